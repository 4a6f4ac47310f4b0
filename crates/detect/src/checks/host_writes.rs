//! Gathers acts of containers on the host's objects: one finding per container, or one per path.
//! Also what the checks of persistence share: they differ in the places that they watch.

use model::{Action, CrossingOutcome, Event, Finding, Object};

use crate::{
    Check, Need,
    grouped::Grouped,
    signs::{self, Persistence},
};

/// How acts are put together into findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Per {
    /// All acts of one container are one finding.
    Container,
    /// Each path is a finding of its own.
    Path,
}

/// Findings of one check, put together as they come.
pub(super) struct Gathered {
    per: Per,
    by_key: Grouped<(String, String)>,
}

impl Gathered {
    pub(super) fn new(per: Per) -> Self {
        Self { per, by_key: Grouped::default() }
    }

    /// Takes one act on one object.
    pub(super) fn take(
        &mut self,
        check: &str,
        attack: &[&str],
        event: &Event,
        object: &Object,
        crossing: CrossingOutcome,
    ) {
        let path = signs::judged_path(object).map(model::Bytes::to_text).unwrap_or_default();
        let container = event.container.as_ref().map(|container| container.id.clone()).unwrap_or_default();
        let key = match self.per {
            Per::Container => (container, String::new()),
            Per::Path => (container, path.clone()),
        };
        let confidence = signs::confidence(event, Some(object));
        let make = || {
            let mut finding = signs::finding(check, attack, event, Some(crossing));
            finding.confidence = confidence;
            finding.facts.insert("path".to_string(), path);
            if let Some(device) = object.device {
                finding.facts.insert("device".to_string(), device.to_string());
            }
            match &object.resolved {
                Some(resolved) => {
                    finding.facts.insert("how".to_string(), resolved.how.clone());
                }
                None => finding.missing.push("host_path".to_string()),
            }
            finding
        };
        self.by_key.of(key, make).extend(event, crossing, confidence);
    }

    pub(super) fn findings(&self) -> Vec<Finding> {
        self.by_key.findings()
    }
}

/// A container's process writes where the host looks for what to run or whom to let in.
pub(super) struct PersistenceWrite {
    name: &'static str,
    place: Persistence,
    attack: &'static [&'static str],
    gathered: Gathered,
}

impl PersistenceWrite {
    pub(super) fn new(name: &'static str, place: Persistence, attack: &'static [&'static str]) -> Self {
        Self { name, place, attack, gathered: Gathered::new(Per::Path) }
    }
}

impl Check for PersistenceWrite {
    fn name(&self) -> &'static str {
        self.name
    }

    fn needs(&self) -> &'static [Need] {
        &[Need::AnyOf(signs::CHANGES), Need::Containers]
    }

    fn on(&mut self, event: &Event) {
        for object in signs::host_changes(event) {
            let place = signs::judged_path(object).and_then(signs::persistence);
            if place == Some(self.place) && event.action != Action::FileDelete {
                self.gathered.take(self.name, self.attack, event, object, signs::crossing_of(event.outcome));
            }
        }
    }

    fn findings(&self) -> Vec<Finding> {
        self.gathered.findings()
    }
}
