//! Gathers acts of containers on the host's objects: one finding per container, or one per path.

use std::collections::BTreeMap;

use model::{CrossingOutcome, Event, Finding, Object};

use crate::signs;

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
    by_key: BTreeMap<(String, String), Finding>,
}

impl Gathered {
    pub(super) fn new(per: Per) -> Self {
        Self { per, by_key: BTreeMap::new() }
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
        if let Some(finding) = self.by_key.get_mut(&key) {
            signs::extend(finding, event, crossing, confidence);
            return;
        }
        let mut finding = signs::finding(check, attack, event, Some(crossing));
        finding.confidence = confidence;
        finding.facts.insert("path".to_string(), path);
        if let Some(device) = object.device {
            finding.facts.insert("device".to_string(), device.to_string());
        }
        if let Some(resolved) = &object.resolved {
            finding.facts.insert("how".to_string(), resolved.how.clone());
        } else {
            finding.missing.push("host_path".to_string());
        }
        self.by_key.insert(key, finding);
    }

    pub(super) fn findings(&self) -> Vec<Finding> {
        let mut findings: Vec<Finding> = self.by_key.values().cloned().collect();
        findings.sort_by(|a, b| (a.time, &a.id).cmp(&(b.time, &b.id)));
        findings
    }
}
