//! Answers, event by event, whether a boundary was crossed.
//!
//! A fold over normalised events: the batch investigation and the live watch run the same code.
//! Five *invariants* hold for techniques that nobody has named; the named checks say which technique
//! it was. Every check answers yes (with findings), no, or cannot tell: silence of a log that does
//! not record the needed events is never taken for safety.

mod checks;
mod grouped;
pub mod signs;

use std::collections::BTreeSet;

use model::{Action, Answer, CheckAnswer, Detection, Event, Finding};

pub use checks::checks;

/// What a check needs to be able to answer "no".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// At least one event of one of these actions.
    AnyOf(&'static [Action]),
    /// At least one container that the evidence identifies.
    Containers,
}

/// One detector.
pub trait Check: Send {
    /// Its name: also that of its file, its page and its texts.
    fn name(&self) -> &'static str;

    /// What the evidence must hold before silence means "no".
    fn needs(&self) -> &'static [Need];

    /// What single events left open, in words for a person: silence is then no "no" either.
    fn unanswered(&self) -> Option<String> {
        None
    }

    /// Looks at the next event, in [`Event::order`].
    fn on(&mut self, event: &Event);

    /// The findings up to now, in the order of their first events.
    fn findings(&self) -> Vec<Finding>;
}

/// All checks at work over one stream of events.
pub struct Detector {
    checks: Vec<Box<dyn Check>>,
    actions: BTreeSet<Action>,
    containers: bool,
}

impl Default for Detector {
    fn default() -> Self {
        Self::new(checks())
    }
}

impl Detector {
    /// A detector with these checks.
    pub fn new(checks: Vec<Box<dyn Check>>) -> Self {
        Self { checks, actions: BTreeSet::new(), containers: false }
    }

    /// Shows the next event to every check. Events must be labelled and come in [`Event::order`].
    pub fn push(&mut self, event: &Event) {
        self.actions.insert(event.action);
        self.containers |= event.container.is_some() || event.fact(model::BUILDS_CONTAINER).is_some();
        for check in &mut self.checks {
            check.on(event);
        }
    }

    /// What is known now: all findings in the order of their first events, and every check's answer.
    pub fn detection(&self) -> Detection {
        let mut findings = Vec::new();
        let mut answers = Vec::new();
        for check in &self.checks {
            let found = check.findings();
            let answer = if found.is_empty() { self.silence(check.as_ref()) } else { Answer::Yes };
            answers.push(CheckAnswer { check: check.name().to_string(), answer });
            findings.extend(found);
        }
        findings.sort_by(|a, b| (a.time, &a.id).cmp(&(b.time, &b.id)));
        Detection { findings, answers }
    }

    fn silence(&self, check: &dyn Check) -> Answer {
        let missing: Vec<String> = check
            .needs()
            .iter()
            .filter_map(|need| match need {
                Need::AnyOf(actions) if actions.iter().any(|action| self.actions.contains(action)) => None,
                Need::AnyOf(actions) => {
                    let names: Vec<&str> = actions.iter().map(|action| action.name()).collect();
                    Some(format!("no event of {}", names.join(", ")))
                }
                Need::Containers => (!self.containers).then(|| "no container could be identified".to_string()),
            })
            .chain(check.unanswered())
            .collect();
        if missing.is_empty() { Answer::No } else { Answer::CannotTell { missing: missing.join("; ") } }
    }
}
