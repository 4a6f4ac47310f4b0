//! Runs rules over events, as a fold.

use std::collections::{BTreeMap, HashMap};

use model::Event;

use crate::{
    catalogue::{self, Field},
    eval::{Evaluation, Memory},
    family::Family,
    form::{Node, NodeId},
    guard::Guards,
    loader::Rules,
    sigma::correlation::{Correlation, Counted},
    truth::Truth,
};

/// Classes of events whose rules are remembered; a log has some dozens. Of others every rule is asked.
const CLASSES_MAX: usize = 4_096;
/// Fields that are named as missing for one rule.
const MISSING_MAX: usize = 16;
/// Events for which a rule that cannot tell is asked what is missing.
const MISSING_ASKED_MAX: u64 = 64;
/// Values that a line of an explanation shows.
const SHOWN_VALUES_MAX: usize = 8;
/// Characters of a value that a line of an explanation shows.
const SHOWN_CHARS_MAX: usize = 200;

/// How often a rule answered what.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answered {
    /// Events for which it was looked at; all others are a "no" at once.
    pub asked: u64,
    /// Events for which it holds.
    pub yes: u64,
    /// Events that do not say.
    pub unknown: u64,
    /// Fields that were missing where it could not tell, as the rule writes them, sorted.
    pub missing: Vec<String>,
}

/// A line of an explanation: one part of a rule and what it answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// How deep the part stands in the rule.
    pub level: usize,
    /// `and`, `or`, `not`, or the test in the rule's words.
    pub part: String,
    /// Its answer.
    pub truth: Truth,
    /// For a test: the values that the event has, made readable; `None` where the source does not carry the field.
    pub values: Option<Vec<String>>,
}

/// The rules that events of one class may match.
#[derive(Debug, Default)]
struct Class {
    all: Vec<u32>,
    /// Those that are looked at for every event.
    unguarded: Vec<u32>,
    /// Fields whose texts guard the others: bundle, field, and the rules that are looked at where it is not known whole.
    guarded: Vec<(u32, u32, Vec<u32>)>,
    /// Whether a rule is among them.
    has: Vec<bool>,
}

impl Class {
    /// The rules to be looked at for an event, sorted.
    fn candidates(&self, guards: &Guards, evaluation: &mut Evaluation<'_>, out: &mut Vec<u32>) {
        out.clear();
        out.extend_from_slice(&self.unguarded);
        for (bundle, read, rules) in &self.guarded {
            match evaluation.hits(*bundle, *read) {
                None => out.extend_from_slice(rules),
                Some(hits) => {
                    let found = hits.iter().flat_map(|&test| &guards.rules_of[test as usize]);
                    out.extend(found.filter(|rule| self.has[**rule as usize]));
                }
            }
        }
        out.sort_unstable();
        out.dedup();
    }
}

/// Rules at work over one stream of events.
#[derive(Debug)]
pub struct Runner {
    rules: Rules,
    family: Family,
    memory: Memory,
    /// Rules that an event of a class may match: all others say "no" to each of them.
    classes: HashMap<Box<[u8]>, Class>,
    guards: Guards,
    candidates: Vec<u32>,
    class: Vec<u8>,
    hits: Vec<(usize, Truth)>,
    answered: Vec<Answered>,
    /// What each correlation counted: the rule's number, and its groups.
    correlations: Vec<(usize, Correlation, Counted)>,
}

impl Runner {
    /// All rules that are switched on.
    pub fn new(rules: Rules) -> Self {
        let answered = vec![Answered::default(); rules.rules.len()];
        let correlations = rules
            .rules
            .iter()
            .enumerate()
            .filter_map(|(at, rule)| Some((at, rule.correlation.clone()?, Counted::default())));
        let correlations = correlations.collect();
        let guards = Guards::of(&rules.forms, &rules.bundles, rules.rules.iter().map(|rule| rule.root));
        Self {
            rules,
            family: Family::default(),
            memory: Memory::default(),
            classes: HashMap::new(),
            guards,
            candidates: Vec::new(),
            class: Vec::new(),
            hits: Vec::new(),
            answered,
            correlations,
        }
    }

    /// The rules.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// How often each rule answered what, in the order of [`Rules::all`].
    pub fn answered(&self) -> &[Answered] {
        &self.answered
    }

    /// Shows the next event, in [`Event::order`]; gives the rules that hold and those that cannot tell.
    ///
    /// Alerts of other systems are conclusions and no facts that rules could be asked of: nothing is said of them.
    pub fn push(&mut self, event: &Event) -> &[(usize, Truth)] {
        self.hits.clear();
        self.family.meet(event);
        self.learn_class(event);
        let Some(class) = self.classes.get(self.class.as_slice()).filter(|class| !class.all.is_empty()) else {
            return &self.hits;
        };
        let rules = &self.rules;
        let all = |_: &Field| true;
        let mut evaluation =
            Evaluation::new(&rules.forms, event, &self.family, &mut self.memory, &all).bundled(&rules.bundles);
        class.candidates(&self.guards, &mut evaluation, &mut self.candidates);
        for &at in &self.candidates {
            let at = at as usize;
            let truth = evaluation.node(rules.rules[at].root);
            let answered = &mut self.answered[at];
            answered.asked += 1;
            match truth {
                Truth::No => continue,
                Truth::Yes => answered.yes += 1,
                Truth::Unknown => {
                    answered.unknown += 1;
                    if answered.unknown <= MISSING_ASKED_MAX {
                        missing(rules, at, &mut evaluation, &mut answered.missing);
                    }
                }
            }
            correlated(&mut self.correlations, at, truth, event, &mut evaluation, &mut self.hits);
            if !rules.rules[at].silent {
                self.hits.push((at, truth));
            }
        }
        for &(at, truth) in &self.hits {
            if rules.rules[at].correlation.is_some() {
                let answered = &mut self.answered[at];
                answered.asked += 1;
                answered.yes += u64::from(truth == Truth::Yes);
                answered.unknown += u64::from(truth == Truth::Unknown);
            }
        }
        &self.hits
    }

    /// The class of an event, and the rules that it may match; learns of its process.
    pub(crate) fn candidates(&mut self, event: &Event) -> (Vec<u8>, Vec<usize>) {
        self.family.meet(event);
        self.learn_class(event);
        let candidates = self.classes.get(self.class.as_slice()).into_iter().flat_map(|class| &class.all);
        (self.class.clone(), candidates.map(|&at| at as usize).collect())
    }

    /// Finds out which rules an event of this class may match: those that do not say "no" when only what the class
    /// decides is known. That more is known never turns a "no" into anything else.
    fn learn_class(&mut self, event: &Event) {
        catalogue::class(event, &mut self.class);
        if self.classes.contains_key(self.class.as_slice()) {
            return;
        }
        if self.classes.len() >= CLASSES_MAX {
            // Made anew now and then rather than growing with what an attacker writes.
            self.classes.clear();
        }
        let rules = &self.rules;
        let mut evaluation = Evaluation::new(&rules.forms, event, &self.family, &mut self.memory, &Field::is_of_class);
        let may = |rule: &crate::Rule, evaluation: &mut Evaluation<'_>| {
            rule.enabled && evaluation.node(rule.root) != Truth::No
        };
        let all: Vec<u32> = rules
            .rules
            .iter()
            .enumerate()
            .filter(|(_, rule)| may(rule, &mut evaluation))
            .filter_map(|(at, _)| u32::try_from(at).ok())
            .collect();
        let class = self.class_of(all);
        self.classes.insert(self.class.as_slice().into(), class);
    }

    fn class_of(&self, all: Vec<u32>) -> Class {
        let (forms, bundles) = (&self.rules.forms, &self.rules.bundles);
        let mut class = Class { has: vec![false; self.rules.rules.len()], ..Class::default() };
        let mut by_read: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for &rule in &all {
            class.has[rule as usize] = true;
            let reads = self.guards.reads(forms, rule as usize);
            if reads.is_empty() {
                class.unguarded.push(rule);
            }
            reads.into_iter().for_each(|read| by_read.entry(read).or_default().push(rule));
        }
        let guarded = by_read.into_iter().filter_map(|(read, rules)| Some((bundles.of_read(read)?, read, rules)));
        class.guarded = guarded.collect();
        class.all = all;
        class
    }

    /// What a rule answers for an event and why, part by part. The event is not counted.
    ///
    /// Parents are known as far as the events that were pushed before told of them.
    pub fn explain(&mut self, rule: usize, event: &Event) -> Vec<Line> {
        self.family.meet(event);
        let Some(root) = self.rules.rules.get(rule).map(|rule| rule.root) else { return Vec::new() };
        let all = |_: &Field| true;
        let mut evaluation = Evaluation::new(&self.rules.forms, event, &self.family, &mut self.memory, &all);
        let mut lines = Vec::new();
        explain(&self.rules, root, 0, &mut evaluation, &mut lines);
        lines
    }

    /// Which fields of a rule an event's source carries: name, and whether it does. The event is not counted.
    pub(crate) fn carried(&mut self, rule: usize, event: &Event) -> Vec<(String, bool)> {
        let rules = &self.rules;
        let Some(root) = rules.rules.get(rule).map(|rule| rule.root) else { return Vec::new() };
        let all = |_: &Field| true;
        let mut evaluation = Evaluation::new(&rules.forms, event, &self.family, &mut self.memory, &all);
        let reads = rules.forms.tests_of(root).into_iter().flat_map(|test| rules.reads(test));
        reads.map(|read| (rules.name(read).to_string(), evaluation.read(read).is_known())).collect()
    }
}

/// Shows an event that a rule answered with yes or cannot tell to the correlations of that rule.
fn correlated(
    correlations: &mut [(usize, Correlation, Counted)],
    rule: usize,
    truth: Truth,
    event: &Event,
    evaluation: &mut Evaluation<'_>,
    hits: &mut Vec<(usize, Truth)>,
) {
    for (at, correlation, counted) in correlations {
        let parts: Vec<usize> = correlation.parts_of(rule).collect();
        for part in parts {
            let (by, value) = correlation.reads(part);
            let mut one = |read: u32| {
                let seen = evaluation.read(read);
                // That there is no value is a group of its own.
                seen.is_known().then(|| seen.all().join(&0))
            };
            let group = by.iter().map(|&read| one(read)).collect::<Option<Vec<_>>>();
            let value = value.and_then(one);
            match correlation.take(counted, part, event.time.0, truth, group, value) {
                Truth::No => {}
                answer => hits.push((*at, answer)),
            }
        }
    }
}

/// Lines of one explanation.
const LINES_MAX: usize = 2_000;

fn explain(rules: &Rules, id: NodeId, level: usize, evaluation: &mut Evaluation<'_>, lines: &mut Vec<Line>) {
    if lines.len() >= LINES_MAX {
        return;
    }
    let truth = evaluation.node(id);
    // As deep as conditions may be.
    let (part, below): (&str, &[NodeId]) = match &rules.forms.nodes[id as usize] {
        Node::Const(_) => ("always", &[]),
        Node::Not(one) => ("not", std::slice::from_ref(one)),
        Node::And(all) => ("and", all),
        Node::Or(all) => ("or", all),
        Node::Test(test) => {
            let test = &rules.forms.tests[*test as usize];
            let seen = evaluation.read(test.read);
            let values = seen.all().iter().take(SHOWN_VALUES_MAX).map(|value| shown(value)).collect();
            let is_carried = seen.is_known() || !seen.all().is_empty();
            lines.push(Line { level, part: test.shown.clone(), truth, values: is_carried.then_some(values) });
            return;
        }
    };
    lines.push(Line { level, part: part.to_string(), truth, values: None });
    for &one in below {
        explain(rules, one, level + 1, evaluation, lines);
    }
}

fn shown(value: &[u8]) -> String {
    let text = model::Bytes::from(value).to_string();
    match text.char_indices().nth(SHOWN_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// Adds the fields whose tests cannot tell.
fn missing(rules: &Rules, rule: usize, evaluation: &mut Evaluation<'_>, names: &mut Vec<String>) {
    for test in rules.forms.tests_of(rules.rules[rule].root) {
        if names.len() >= MISSING_MAX {
            return;
        }
        if evaluation.test(test).is_known() {
            continue;
        }
        for read in rules.reads(test) {
            if evaluation.read(read).is_known() {
                continue;
            }
            let name = rules.name(read);
            if let Err(at) = names.binary_search_by(|known| known.as_str().cmp(name)) {
                names.insert(at, name.to_string());
            }
        }
    }
}
