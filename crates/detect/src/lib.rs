//! Answers, event by event, whether a boundary was crossed.
//!
//! A fold over normalised events: the batch investigation and the live watch run the same code.
//! Five *invariants* hold for techniques that nobody has named; the named checks say which technique
//! it was. Every check answers yes (with findings), no, or cannot tell: silence of a log that does
//! not record the needed events is never taken for safety.

pub mod catalogue;
mod checks;
mod grouped;
pub mod signs;
mod told;

use std::collections::{BTreeMap, BTreeSet};

use model::{Action, Answer, CheckAnswer, Detection, Event, Finding};

pub use checks::checks;

/// What a check needs to be able to answer "no".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// At least one event of one of these actions.
    AnyOf(&'static [Action]),
    /// At least one record of one of these system calls, which have no action of their own.
    Calls(&'static [&'static str]),
    /// At least one container that the evidence identifies.
    Containers,
}

/// One detector.
pub trait Check: Send {
    /// Its name: also that of its file, its page and its texts.
    fn name(&self) -> &'static str;

    /// What the evidence must hold before silence means "no".
    fn needs(&self) -> &'static [Need];

    /// The actions that it looks at; other events are not shown to it.
    fn acts(&self) -> &'static [Action] {
        Action::ALL
    }

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
    /// By action: the checks that look at it.
    by_action: Vec<Vec<usize>>,
    actions: BTreeSet<Action>,
    /// Calls that checks need, and whether one was recorded.
    calls: BTreeMap<&'static str, bool>,
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
        let looks = |action: Action| {
            checks.iter().enumerate().filter(|(_, check)| check.acts().contains(&action)).map(|(at, _)| at).collect()
        };
        let by_action = Action::ALL.iter().map(|&action| looks(action)).collect();
        let needs = checks.iter().flat_map(|check| check.needs());
        let calls = needs.filter_map(|need| if let Need::Calls(calls) = need { Some(*calls) } else { None });
        let calls = calls.flatten().map(|&call| (call, false)).collect();
        Self { checks, by_action, actions: BTreeSet::new(), calls, containers: false }
    }

    /// Shows the next event to every check. Events must be labelled and come in [`Event::order`].
    pub fn push(&mut self, event: &Event) {
        self.actions.insert(event.action);
        self.containers |= event.container.is_some() || event.fact(model::BUILDS_CONTAINER).is_some();
        // Sensors give a write an action; audit records keep it under its name.
        if matches!(event.action, Action::Other | Action::FileWrite)
            && let Some(recorded) = signs::call(event).and_then(|call| self.calls.get_mut(call))
        {
            *recorded = true;
        }
        self.show(event);
        // What an alert tells of an act is judged like the act; that it was told does not mean that others would be.
        if let Some(act) = told::act(event) {
            self.show(&act);
        }
    }

    fn show(&mut self, event: &Event) {
        for &at in &self.by_action[event.action as usize] {
            self.checks[at].on(event);
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
                Need::Calls(calls) if calls.iter().any(|call| self.calls.get(call) == Some(&true)) => None,
                Need::Calls(calls) => Some(format!("no event of {}", calls.join(", "))),
                Need::Containers => (!self.containers).then(|| "no container could be identified".to_string()),
            })
            .chain(check.unanswered())
            .collect();
        if missing.is_empty() { Answer::No } else { Answer::CannotTell { missing: missing.join("; ") } }
    }
}
