//! Rules of others: read from files, and run over the stored events.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

use model::{ArtefactKind, Event, EventId, Sha256};
use rules::{Answered, Carried, Fault, Language, Line, Loader, Match, Rule, Rules, Runner, Survey, Tally, Truth};

use crate::{Case, Error, ErrorKind, Progress, Stage};

/// Files of rules; a community has some thousand.
const FILES_MAX: usize = 50_000;
/// Directories inside each other.
const DEPTH_MAX: usize = 32;
/// Bytes of one file.
const FILE_BYTES_MAX: u64 = 8 << 20;

/// Where rules are read from: files, or directories of which every `.yaml` and `.yml` file is read, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RuleFiles {
    /// Falco's, in the order in which they change each other.
    pub falco: Vec<PathBuf>,
    /// Sigma's.
    pub sigma: Vec<PathBuf>,
    /// Of either language: a file that is a list is Falco's.
    pub any: Vec<PathBuf>,
}

impl RuleFiles {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.falco.is_empty() && self.sigma.is_empty() && self.any.is_empty()
    }
}

/// Rules that were read.
#[derive(Debug, Default)]
pub struct LoadedRules {
    /// Those that can be run.
    pub rules: Rules,
    /// What was not loaded and why.
    pub faults: Vec<Fault>,
    /// Hash of all files, in their order.
    pub sha256: Option<Sha256>,
}

/// Reads rules. A rule that cannot be loaded is a fault of its own.
///
/// Fails when a path is not there or cannot be read, and when there are more files than anybody has.
pub fn load_rules(files: &RuleFiles) -> Result<LoadedRules, Error> {
    let mut loader = Loader::new();
    let mut hashes = Vec::new();
    let mut count = 0;
    let groups = [(Some(Language::Falco), &files.falco), (Some(Language::Sigma), &files.sigma), (None, &files.any)];
    for (language, paths) in groups {
        for path in paths {
            let mut found = Vec::new();
            gather(path, 0, &mut found)?;
            count += found.len();
            if count > FILES_MAX {
                let because = format!("more than {FILES_MAX} files");
                return Err(Error::new(ErrorKind::BadRules, "read the rules in", path).because(because));
            }
            for path in found {
                let file = File::open(&path).map_err(|cause| Error::io("open the rules", &path, cause))?;
                let bytes = stdx::capped::read_to_end(file, FILE_BYTES_MAX)
                    .map_err(|cause| Error::io("read the rules", &path, cause))?;
                hashes.extend_from_slice(&Sha256::of(&bytes).0);
                let text = String::from_utf8_lossy(&bytes);
                loader.take(language.unwrap_or_else(|| rules::language_of(&text)), &path.display().to_string(), &text);
            }
        }
    }
    let (rules, faults) = loader.finish();
    Ok(LoadedRules { rules, faults, sha256: (!hashes.is_empty()).then(|| Sha256::of(&hashes)) })
}

/// The files that a path stands for, sorted. What a link in a directory points to is not read.
fn gather(path: &Path, depth: usize, found: &mut Vec<PathBuf>) -> Result<(), Error> {
    let refused = |cause| Error::io("read the rules in", path, cause);
    let kind = if depth == 0 { fs::metadata(path) } else { fs::symlink_metadata(path) }.map_err(refused)?;
    if kind.is_file() {
        let named = path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml");
        // A file that was named by a person is read whatever it is called.
        if named || depth == 0 {
            found.push(path.to_path_buf());
        }
        return Ok(());
    }
    if !kind.is_dir() || depth > DEPTH_MAX || found.len() > FILES_MAX {
        return Ok(());
    }
    let entries = fs::read_dir(path).map_err(refused)?;
    let mut entries =
        entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>().map_err(refused)?;
    entries.sort();
    entries.iter().try_for_each(|entry| gather(entry, depth + 1, found))
}

/// Rules at work in the stage `detect`.
pub(crate) struct RuleRun {
    runner: Runner,
    tally: Tally,
}

impl RuleRun {
    pub(crate) fn new(rules: Rules) -> Self {
        Self { runner: Runner::new(rules), tally: Tally::new() }
    }

    pub(crate) fn push(&mut self, event: &Event) {
        let hits = self.runner.push(event).to_vec();
        if !hits.is_empty() {
            self.tally.take(self.runner.rules(), event, &hits);
        }
    }

    pub(crate) fn add_to(&self, detection: &mut model::Detection) {
        detection.findings.extend(self.tally.findings());
        detection.findings.sort_by(|a, b| (a.time, &a.id).cmp(&(b.time, &b.id)));
        detection.answers.extend(self.tally.answers(self.runner.rules(), self.runner.answered()));
    }
}

/// What rules answered over all events.
#[derive(Debug, Default)]
pub struct RuleAnswers {
    /// The rules, in the order in which they were defined.
    pub rules: Vec<Rule>,
    /// What each of them answered.
    pub answered: Vec<Answered>,
    /// Matches by rule, host and container, in the order of the first of each.
    pub matches: Vec<Match>,
    /// Events that were looked at.
    pub events: u64,
}

/// Runs rules over the stored events, and shows every match to `each` as it is found.
///
/// Fails when the evidence has not been read or cannot be read back, and where `each` does.
pub fn run_rules<E: From<Error>>(
    case: &Case,
    rules: Rules,
    each: &mut dyn FnMut(&Event, &Rule) -> Result<(), E>,
    observe: &mut dyn FnMut(Progress),
) -> Result<RuleAnswers, E> {
    let mut run = RuleRun::new(rules);
    let mut done = 0;
    for event in crate::events(case)? {
        let event = event?;
        let hits = run.runner.push(&event).to_vec();
        run.tally.take(run.runner.rules(), &event, &hits);
        for (rule, _) in hits.iter().filter(|hit| hit.1 == Truth::Yes) {
            each(&event, &run.runner.rules().all()[*rule])?;
        }
        done += 1;
        if done % 4_096 == 0 {
            observe(Progress { stage: Stage::Detect, done, total: None });
        }
    }
    Ok(RuleAnswers {
        rules: run.runner.rules().all().to_vec(),
        answered: run.runner.answered().to_vec(),
        matches: run.tally.matches().into_iter().cloned().collect(),
        events: done,
    })
}

/// Why rules answer what they answer for one event: of each the rule, its answer, and its parts.
pub type Explanation = Vec<(Rule, Truth, Vec<Line>)>;

/// Explains the rules of these names for an event; without names, all that hold or cannot tell.
///
/// `None` when the case has no such event. Fails when the evidence has not been read or cannot be read back.
pub fn explain_rules(
    case: &Case,
    rules: Rules,
    wanted: EventId,
    names: &[String],
) -> Result<Option<Explanation>, Error> {
    let mut runner = Runner::new(rules);
    for event in crate::events(case)? {
        let event = event?;
        // What came before tells of parents, and is counted by correlations.
        let hits = runner.push(&event).to_vec();
        if event.id != wanted {
            continue;
        }
        let mut out = Vec::new();
        for at in 0..runner.rules().all().len() {
            let rule = runner.rules().all()[at].clone();
            let hit = hits.iter().find(|hit| hit.0 == at).map(|hit| hit.1);
            let asked = if names.is_empty() { hit.is_some() } else { names.contains(&rule.name) };
            if asked {
                out.push((rule, hit.unwrap_or(Truth::No), runner.explain(at, &event)));
            }
        }
        return Ok(Some(out));
    }
    Ok(None)
}

/// Of each rule: the formats whose events it may be about, and how often each of its fields is answered there.
pub type RuleSurvey = Vec<(Rule, Vec<(String, Vec<(String, Carried)>)>)>;

/// Finds out which fields of each rule the sources of the case can answer.
///
/// Fails when the evidence has not been read or cannot be read back.
pub fn survey_rules(case: &Case, rules: Rules) -> Result<RuleSurvey, Error> {
    let mut survey = Survey::new(rules);
    for event in crate::events(case)? {
        survey.push(&event?);
    }
    let of_rule = |(at, rule): (usize, &Rule)| {
        let formats = survey.found().range((at, String::new())..(at + 1, String::new()));
        let formats = formats.map(|((_, format), fields)| {
            (format.clone(), fields.iter().map(|(name, carried)| (name.clone(), *carried)).collect())
        });
        (rule.clone(), formats.collect())
    };
    Ok(survey.rules().all().iter().enumerate().map(of_rule).collect())
}

/// Whether the case has events to run rules over.
pub fn has_events(case: &Case) -> bool {
    case.directory().join(ArtefactKind::Coverage.file_name()).exists()
}
