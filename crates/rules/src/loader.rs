//! From the texts of rule files to rules that can be run.

use crate::{
    bundle::Bundles,
    falco::Falco,
    fault::Fault,
    form::{Forms, NodeId, TestId},
    sigma::{Sigma, correlation::Correlation},
};

/// Whose language a rule is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Language {
    /// Falco's.
    Falco,
    /// Sigma's.
    Sigma,
}

impl Language {
    /// The spelling in outputs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Falco => "falco",
            Self::Sigma => "sigma",
        }
    }
}

/// The language that a rule file is written in: Falco's files are lists, Sigma's are maps.
pub fn language_of(text: &str) -> Language {
    let first = text.lines().map(str::trim_end).find(|line| {
        let start = line.trim_start();
        !start.is_empty() && !start.starts_with('#') && !start.starts_with("---")
    });
    match first {
        Some(line) if line.trim_start().starts_with("- ") || line.trim() == "-" => Language::Falco,
        _ => Language::Sigma,
    }
}

/// A rule that was loaded.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Whose language it is written in.
    pub language: Language,
    /// Falco's name, Sigma's title.
    pub name: String,
    /// Sigma's id.
    pub id: Option<String>,
    /// What it says of itself.
    pub description: String,
    /// The file, as the caller named it.
    pub file: String,
    /// The line where it begins, from 1.
    pub line: u32,
    /// Falco's priority, Sigma's level, in lower case; empty where none is given.
    pub level: String,
    /// Its tags as written: `mitre_persistence`, `attack.t1611`, …
    pub tags: Vec<String>,
    /// Falco's output text; empty for Sigma.
    pub output: String,
    /// Whether it is run: Falco rules can be switched off.
    pub enabled: bool,
    /// Sigma's name, by which correlations call it.
    pub(crate) alias: Option<String>,
    pub(crate) root: NodeId,
    pub(crate) correlation: Option<Correlation>,
    /// It is only there to be correlated.
    pub(crate) silent: bool,
}

impl Rule {
    /// ATT&CK techniques among its tags: `T1611`, `T1053.003`.
    pub fn attack(&self) -> Vec<String> {
        let technique = |tag: &String| {
            let id = tag.strip_prefix("attack.").unwrap_or(tag).to_ascii_uppercase();
            let digits = id.strip_prefix('T')?;
            let (number, sub) = digits.split_once('.').unwrap_or((digits, "000"));
            let right = |part: &str, length| part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit());
            (right(number, 4) && right(sub, 3)).then_some(id)
        };
        self.tags.iter().filter_map(technique).collect()
    }
}

/// Rules of any number of files, ready to run.
#[derive(Debug, Default)]
pub struct Rules {
    pub(crate) forms: Forms,
    pub(crate) bundles: Bundles,
    pub(crate) rules: Vec<Rule>,
}

impl Rules {
    /// All rules, also those that are switched off, in the order of their definition: Falco's, then Sigma's.
    pub fn all(&self) -> &[Rule] {
        &self.rules
    }

    /// Names of the fields that a rule asks for, as it writes them, sorted.
    pub fn fields(&self, rule: usize) -> Vec<&str> {
        let tests = self.rules.get(rule).map_or(Vec::new(), |rule| self.forms.tests_of(rule.root));
        let mut names: Vec<&str> =
            tests.into_iter().flat_map(|test| self.reads(test)).map(|read| self.name(read)).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    pub(crate) fn name(&self, read: u32) -> &str {
        &self.forms.reads[read as usize].name
    }

    /// The field of a test, and the one that it compares with.
    pub(crate) fn reads(&self, test: TestId) -> Vec<u32> {
        let test = &self.forms.tests[test as usize];
        let other = match test.ask {
            crate::form::Ask::Field { other, .. } => Some(other),
            _ => None,
        };
        [Some(test.read), other].into_iter().flatten().collect()
    }
}

/// Takes the texts of rule files, in the order in which they are to be read.
#[derive(Debug, Default)]
pub struct Loader {
    falco: Falco,
    sigma: Sigma,
    faults: Vec<Fault>,
}

impl Loader {
    /// Without any file.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a file of Falco rules; `file` names it in faults. Later files can change what earlier ones define.
    pub fn falco(&mut self, file: &str, text: &str) {
        self.falco.take(file, text, &mut self.faults);
    }

    /// Takes a file of Sigma rules; `file` names it in faults.
    pub fn sigma(&mut self, file: &str, text: &str) {
        self.sigma.take(file, text, &mut self.faults);
    }

    /// Takes a file of that language.
    pub fn take(&mut self, language: Language, file: &str, text: &str) {
        match language {
            Language::Falco => self.falco(file, text),
            Language::Sigma => self.sigma(file, text),
        }
    }

    /// The rules, and what was not loaded, by file and line.
    pub fn finish(mut self) -> (Rules, Vec<Fault>) {
        let mut forms = Forms::default();
        let mut rules = self.falco.compile(&mut forms, &mut self.faults);
        self.sigma.compile(&mut forms, &mut rules, &mut self.faults);
        self.faults.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
        (Rules { bundles: Bundles::of(&forms), forms, rules }, self.faults)
    }
}
