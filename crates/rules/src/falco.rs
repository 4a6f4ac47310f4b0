//! Falco rule files: lists, macros, rules, additions, overrides, exceptions.
//!
//! Everything is gathered first, in the order of the files, and compiled when all of it is known: an addition or an
//! override changes what came before it. A rule may use any macro, a macro only those that were defined before it, a list
//! only such lists. Source: falcosecurity/falco
//! `userspace/engine/rule_loader_{reader,collector,compiler}.cpp`, and Falco's documentation of rules.

mod compile;
mod condition;
mod exceptions;

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    catalogue::Field,
    fault::{Fault, Kind, Reason},
    form::{Ask, Forms, NodeId, Read},
    loader::{Language, Rule},
    matcher::Matcher,
    yaml::{self, Node},
};

/// Items of one list, with the lists in it.
const ITEMS_MAX: usize = 100_000;
/// Lists, macros and rules together.
const DEFINITIONS_MAX: usize = 100_000;
/// Lists in lists, and macros in macros.
const LEVELS_MAX: usize = 64;

/// Where something is defined, and which names can be used in it.
#[derive(Debug, Clone)]
struct Place {
    file: String,
    line: u32,
    /// When its name was defined first.
    defined: usize,
    /// When it was last changed: it can use the names that were defined before.
    changed: usize,
}

#[derive(Debug)]
struct List {
    place: Place,
    items: Vec<String>,
}

#[derive(Debug)]
struct Macro {
    place: Place,
    condition: String,
}

#[derive(Debug)]
struct Draft {
    place: Place,
    condition: String,
    description: String,
    output: String,
    priority: String,
    source: String,
    tags: Vec<String>,
    enabled: bool,
    exceptions: Vec<exceptions::Exception>,
}

/// Everything that Falco files defined so far.
#[derive(Debug, Default)]
pub(crate) struct Falco {
    lists: BTreeMap<String, List>,
    macros: BTreeMap<String, Macro>,
    rules: BTreeMap<String, Draft>,
    count: usize,
}

impl Falco {
    /// Takes a file in. What is wrong with an item costs that item.
    pub(crate) fn take(&mut self, file: &str, text: &str, faults: &mut Vec<Fault>) {
        let (documents, broken) = yaml::read(text, "- ");
        let fault = |line, rule, reason| Fault { file: file.to_string(), line, rule, reason };
        faults.extend(broken.into_iter().map(|(line, reason)| fault(line, None, reason)));
        for document in &documents {
            if !matches!(document.value, yaml::Value::List(_)) && !document.is_null() {
                let reason = Reason::new(Kind::NoRule, "a Falco file is a list of rules, macros and lists");
                faults.push(fault(document.line, None, reason));
            }
            for item in document.items() {
                if let Err((rule, reason)) = self.item(file, item) {
                    faults.push(fault(item.line, rule, reason));
                }
            }
        }
    }

    fn item(&mut self, file: &str, item: &Node) -> Result<(), (Option<String>, Reason)> {
        self.count += 1;
        if self.count > DEFINITIONS_MAX {
            return Err((None, Reason::new(Kind::TooLarge, format!("more than {DEFINITIONS_MAX} definitions"))));
        }
        let place = Place { file: file.to_string(), line: item.line, defined: self.count, changed: self.count };
        let named = |key: &str| item.get(key).and_then(Node::text).map(str::to_string);
        if let Some(name) = named("rule") {
            self.rule(&name, place, item).map_err(|reason| (Some(name), reason))
        } else if let Some(name) = named("macro") {
            self.a_macro(&name, place, item).map_err(|reason| (Some(name), reason))
        } else if let Some(name) = named("list") {
            self.list(&name, place, item).map_err(|reason| (Some(name), reason))
        } else if let Some(version) = item.get("required_engine_version") {
            of_version(version).map_err(|reason| (None, reason))
        } else if item.get("required_plugin_versions").is_some() {
            Ok(())
        } else {
            let keys: Vec<&str> = item.entries().iter().map(|entry| entry.0.as_str()).collect();
            Err((None, Reason::new(Kind::NoRule, keys.join(", "))))
        }
    }

    fn list(&mut self, name: &str, place: Place, item: &Node) -> Result<(), Reason> {
        let change = Change::of(item, "items")?;
        let node = item.get("items").ok_or_else(|| Reason::new(Kind::Missing, "items"))?;
        let items = texts(node, "items")?;
        match (self.lists.get_mut(name), change) {
            (Some(known), Change::Append) => {
                known.items.extend(items);
                known.place.changed = place.changed;
            }
            (None, Change::Append | Change::Replace) => return Err(Reason::new(Kind::NothingToAppend, name)),
            (known, _) => {
                let place = place.after(known.map(|known| &known.place));
                self.lists.insert(name.to_string(), List { place, items });
            }
        }
        Ok(())
    }

    fn a_macro(&mut self, name: &str, place: Place, item: &Node) -> Result<(), Reason> {
        let change = Change::of(item, "condition")?;
        let condition = required(item, "condition")?;
        match (self.macros.get_mut(name), change) {
            (Some(known), Change::Append) => {
                append(&mut known.condition, &condition);
                known.place.changed = place.changed;
            }
            (None, Change::Append | Change::Replace) => return Err(Reason::new(Kind::NothingToAppend, name)),
            (known, _) => {
                let place = place.after(known.map(|known| &known.place));
                self.macros.insert(name.to_string(), Macro { place, condition });
            }
        }
        Ok(())
    }

    fn rule(&mut self, name: &str, place: Place, item: &Node) -> Result<(), Reason> {
        let is_append = item.get("append").and_then(Node::bool) == Some(true);
        let only_switches = item.get("enabled").is_some() && item.get("condition").is_none();
        if is_append || item.get("override").is_some() || only_switches {
            let known = self.rules.get_mut(name).ok_or_else(|| Reason::new(Kind::NothingToAppend, name))?;
            known.change(item, is_append)?;
            known.place.changed = place.changed;
            return Ok(());
        }
        let enabled = match item.get("enabled") {
            Some(node) => node.bool().ok_or_else(|| Reason::new(Kind::BadValue, "enabled"))?,
            None => true,
        };
        let draft = Draft {
            condition: required(item, "condition")?,
            description: required(item, "desc")?,
            output: required(item, "output")?,
            priority: required(item, "priority")?,
            source: item.get("source").and_then(Node::text).unwrap_or("syscall").to_string(),
            tags: item.get("tags").map_or(Ok(Vec::new()), |tags| texts(tags, "tags"))?,
            enabled,
            exceptions: item.get("exceptions").map_or(Ok(Vec::new()), exceptions::read)?,
            place: place.after(self.rules.get(name).map(|known| &known.place)),
        };
        self.rules.insert(name.to_string(), draft);
        Ok(())
    }

    /// Compiles everything, in the order in which rules were defined.
    pub(crate) fn compile(self, forms: &mut Forms, faults: &mut Vec<Fault>) -> Vec<Rule> {
        let mut scope =
            Scope { lists: &self.lists, macros: &self.macros, done: BTreeMap::new(), open: BTreeSet::new(), before: 0 };
        let mut drafts: Vec<(&String, &Draft)> = self.rules.iter().collect();
        drafts.sort_by_key(|(_, draft)| draft.place.defined);
        let mut rules = Vec::new();
        for (name, draft) in drafts {
            match draft.compile(&mut scope, forms) {
                Ok(root) => rules.push(Rule {
                    language: Language::Falco,
                    name: name.clone(),
                    id: None,
                    description: draft.description.trim().to_string(),
                    file: draft.place.file.clone(),
                    line: draft.place.line,
                    level: draft.priority.to_lowercase(),
                    tags: draft.tags.clone(),
                    output: draft.output.trim().to_string(),
                    enabled: draft.enabled,
                    alias: None,
                    root,
                    correlation: None,
                    silent: false,
                }),
                Err(reason) => {
                    let (file, line) = (draft.place.file.clone(), draft.place.line);
                    faults.push(Fault { file, line, rule: Some(name.clone()), reason });
                }
            }
        }
        rules
    }
}

/// Whether an item stands for itself, or changes what has its name already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    Define,
    Append,
    Replace,
}

impl Change {
    fn of(item: &Node, key: &str) -> Result<Self, Reason> {
        if item.get("append").and_then(Node::bool) == Some(true) {
            return Ok(Self::Append);
        }
        match item.get("override").map(|node| node.get(key).and_then(Node::text)) {
            None => Ok(Self::Define),
            Some(Some("append")) => Ok(Self::Append),
            Some(Some("replace")) => Ok(Self::Replace),
            Some(_) => Err(Reason::new(Kind::BadValue, format!("override of {key}: append or replace"))),
        }
    }
}

impl Place {
    /// A new definition keeps the place in the order that its name had.
    fn after(self, known: Option<&Self>) -> Self {
        Self { defined: known.map_or(self.defined, |known| known.defined), ..self }
    }
}

impl Draft {
    /// Applies `append: true`, the keys of `override`, or a switch.
    fn change(&mut self, item: &Node, append_all: bool) -> Result<(), Reason> {
        let how = |key: &str| match item.get("override").and_then(|node| node.get(key)).and_then(Node::text) {
            Some("append") => Ok(Change::Append),
            Some("replace") => Ok(Change::Replace),
            Some(_) => Err(Reason::new(Kind::BadValue, format!("override of {key}: append or replace"))),
            None if append_all => Ok(Change::Append),
            // Without its name under `override` only the old switch is changed.
            None => Ok(Change::Define),
        };
        for (key, node) in item.entries() {
            let text = || node.text().map(str::to_string).ok_or_else(|| Reason::new(Kind::BadValue, key.as_str()));
            match (key.as_str(), how(key)?) {
                ("condition", Change::Append) => append(&mut self.condition, &text()?),
                ("condition", Change::Replace) => self.condition = text()?,
                ("output", Change::Append) => append(&mut self.output, &text()?),
                ("output", Change::Replace) => self.output = text()?,
                ("desc", Change::Append) => append(&mut self.description, &text()?),
                ("desc", Change::Replace) => self.description = text()?,
                ("tags", Change::Append) => self.tags.extend(texts(node, "tags")?),
                ("tags", Change::Replace) => self.tags = texts(node, "tags")?,
                ("exceptions", Change::Append) => exceptions::append(&mut self.exceptions, exceptions::read(node)?)?,
                ("exceptions", Change::Replace) => self.exceptions = exceptions::read(node)?,
                ("priority", Change::Replace) => self.priority = text()?,
                ("enabled", _) => {
                    self.enabled = node.bool().ok_or_else(|| Reason::new(Kind::BadValue, "enabled"))?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn compile(&self, scope: &mut Scope<'_>, forms: &mut Forms) -> Result<NodeId, Reason> {
        let stream: &[&str] = match self.source.as_str() {
            "syscall" => &["syscall"],
            "k8s_audit" => &["k8s_audit"],
            other => return Err(Reason::new(Kind::UnknownSource, other)),
        };
        scope.before = usize::MAX;
        let read = Read { field: Field::Stream, transforms: Vec::new(), name: "source".to_string() };
        let mut all = vec![forms.test(read, format!("= {stream:?}"), &format!("= {}", self.source), |_| {
            Ok(Ask::Value { matcher: Matcher::set(stream), each: false, negated: false })
        })?];
        all.push(compile::compile(&condition::parse(&self.condition)?, scope, forms)?);
        for exception in &self.exceptions {
            if let Some(expression) = exception.expression()? {
                let excepted = compile::compile(&expression, scope, forms)?;
                all.push(forms.not(excepted)?);
            }
        }
        forms.and(all)
    }
}

/// What names stand for, seen from the definition at hand.
struct Scope<'d> {
    lists: &'d BTreeMap<String, List>,
    macros: &'d BTreeMap<String, Macro>,
    /// Macros that were compiled, or why they cannot be.
    done: BTreeMap<&'d str, Result<NodeId, Reason>>,
    /// Macros that are being compiled.
    open: BTreeSet<&'d str>,
    /// Only macros that were defined before this can be used.
    before: usize,
}

impl compile::Names for Scope<'_> {
    fn of_macro(&mut self, name: &str, forms: &mut Forms) -> Result<NodeId, Reason> {
        let unknown = || Reason::new(Kind::UnknownMacro, name);
        let (name, found) = self.macros.get_key_value(name).ok_or_else(unknown)?;
        if found.place.defined >= self.before || self.open.contains(name.as_str()) {
            return Err(unknown());
        }
        if let Some(done) = self.done.get(name.as_str()) {
            return done.clone();
        }
        if self.open.len() >= LEVELS_MAX {
            return Err(Reason::new(Kind::TooDeep, format!("more than {LEVELS_MAX} macros in each other")));
        }
        self.open.insert(name);
        let before = std::mem::replace(&mut self.before, found.place.changed);
        let compiled =
            condition::parse(&found.condition).and_then(|expression| compile::compile(&expression, self, forms));
        self.before = before;
        self.open.remove(name.as_str());
        let compiled =
            compiled.map_err(|reason| Reason::new(reason.kind, format!("in macro {name}: {}", reason.detail)));
        self.done.insert(name, compiled.clone());
        compiled
    }

    fn of_list(&mut self, name: &str) -> Result<Option<Vec<String>>, Reason> {
        let mut out = Vec::new();
        Ok(self.expand(name, usize::MAX, 0, &mut out)?.then_some(out))
    }
}

impl Scope<'_> {
    /// Adds the items of a list, and of the lists in it. Returns whether there is such a list.
    fn expand(&self, name: &str, before: usize, level: usize, out: &mut Vec<String>) -> Result<bool, Reason> {
        let Some(list) = self.lists.get(name).filter(|list| list.place.defined < before) else { return Ok(false) };
        if level >= LEVELS_MAX {
            return Err(Reason::new(Kind::TooDeep, format!("more than {LEVELS_MAX} lists in each other")));
        }
        for item in &list.items {
            // Quoted a second time, inside of YAML's quotes: a value whatever characters it has.
            let quoted = ['"', '\''].into_iter().find_map(|quote| item.strip_prefix(quote)?.strip_suffix(quote));
            match quoted {
                Some(value) => out.push(value.to_string()),
                None if self.expand(item, list.place.changed, level + 1, out)? => {}
                None => out.push(item.clone()),
            }
            if out.len() > ITEMS_MAX {
                return Err(Reason::new(Kind::TooLarge, format!("the list {name} has more than {ITEMS_MAX} items")));
            }
        }
        Ok(true)
    }
}

fn append(text: &mut String, more: &str) {
    text.push(' ');
    text.push_str(more);
}

fn required(item: &Node, key: &str) -> Result<String, Reason> {
    match item.get(key).map(Node::text) {
        None => Err(Reason::new(Kind::Missing, key)),
        Some(None) => Err(Reason::new(Kind::BadValue, key)),
        Some(Some(text)) => Ok(text.to_string()),
    }
}

fn texts(node: &Node, key: &str) -> Result<Vec<String>, Reason> {
    if !matches!(node.value, yaml::Value::List(_)) && !node.is_null() {
        return Err(Reason::new(Kind::BadValue, key));
    }
    let text = |item: &Node| item.text().map(str::to_string).ok_or_else(|| Reason::new(Kind::BadValue, key));
    node.items().iter().map(text).collect()
}

/// A number, or `MAJOR.MINOR.PATCH`. Which version it is does not matter: what a rule needs and is not known here is
/// told of that rule.
fn of_version(node: &Node) -> Result<(), Reason> {
    let text = node.text().unwrap_or_default();
    let parts: Vec<&str> = text.split('.').collect();
    let is_version = matches!(parts.len(), 1 | 3) && parts.iter().all(|part| part.parse::<u32>().is_ok());
    if is_version { Ok(()) } else { Err(Reason::new(Kind::BadValue, format!("required_engine_version {text}"))) }
}
