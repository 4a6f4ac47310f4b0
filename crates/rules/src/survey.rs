//! Which fields of a rule the events of each source can answer.

use std::collections::BTreeMap;

use model::Event;

use crate::{loader::Rules, runner::Runner};

/// Events of one class that are all looked at; of further ones only every so often.
const LOOKED_AT: u64 = 64;

/// How often a field was asked for, and how often the event said something of it: its value, or that it has none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Carried {
    /// Events that were looked at.
    pub asked: u64,
    /// Events of those that answer.
    pub answered: u64,
}

/// Looks at events of every class, and at which fields the rules about that class would ask for.
#[derive(Debug)]
pub struct Survey {
    runner: Runner,
    seen: BTreeMap<Vec<u8>, u64>,
    found: BTreeMap<(usize, String), BTreeMap<String, Carried>>,
}

impl Survey {
    /// A survey for these rules.
    pub fn new(rules: Rules) -> Self {
        Self { runner: Runner::new(rules), seen: BTreeMap::new(), found: BTreeMap::new() }
    }

    /// The rules.
    pub fn rules(&self) -> &Rules {
        self.runner.rules()
    }

    /// Shows the next event, in [`Event::order`].
    pub fn push(&mut self, event: &Event) {
        let (class, candidates) = self.runner.candidates(event);
        let count = self.seen.entry(class).or_default();
        *count += 1;
        // The first ones, and then fewer and fewer: parents become known as a log goes on.
        if *count > LOOKED_AT && !count.is_power_of_two() {
            return;
        }
        for rule in candidates {
            let fields = self.found.entry((rule, event.format.clone())).or_default();
            for (name, is_known) in self.runner.carried(rule, event) {
                let carried = fields.entry(name).or_default();
                carried.asked += 1;
                carried.answered += u64::from(is_known);
            }
        }
    }

    /// Of each rule and format of whose events the rule may speak: its fields, by name.
    pub fn found(&self) -> &BTreeMap<(usize, String), BTreeMap<String, Carried>> {
        &self.found
    }
}
