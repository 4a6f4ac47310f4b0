//! `nsenter` or `setns` from a container into the namespaces of a host process.

use std::collections::BTreeMap;

use model::{Action, CrossingOutcome, Event, Finding, View};

use crate::{Check, Need, signs};

const NAME: &str = "host_namespace_entry";

/// Catalogue row 20.
#[derive(Default)]
pub(super) struct HostNamespaceEntry {
    by_container: BTreeMap<String, Finding>,
}

impl Check for HostNamespaceEntry {
    fn name(&self) -> &'static str {
        NAME
    }

    fn needs(&self) -> &'static [Need] {
        &[Need::AnyOf(&[Action::NamespaceEnter]), Need::Containers]
    }

    fn on(&mut self, event: &Event) {
        let Some(container) = event.container.as_ref().map(|container| container.id.clone()) else { return };
        if event.action == Action::NamespaceEnter {
            let crossing = signs::crossing_of(event.outcome).min(CrossingOutcome::Unknown);
            let finding = self.by_container.entry(container).or_insert_with(|| {
                let mut finding = signs::finding(NAME, &["T1611"], event, Some(crossing));
                finding.missing.push("target_namespace".to_string());
                finding
            });
            signs::extend(finding, event, crossing, signs::confidence(event, None));
        } else if event.view == Some(View::Host)
            && let Some(finding) = self.by_container.get_mut(&container)
            && finding.crossing == Some(CrossingOutcome::Unknown)
        {
            signs::extend(finding, event, CrossingOutcome::Succeeded, signs::confidence(event, None));
            finding.missing.retain(|missing| missing != "target_namespace");
        }
    }

    fn findings(&self) -> Vec<Finding> {
        self.by_container.values().cloned().collect()
    }
}
