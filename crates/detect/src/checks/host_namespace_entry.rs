//! `nsenter` or `setns` from a container into the namespaces of a host process.

use model::{Action, CrossingOutcome, Event, Finding, View};

use crate::{Check, Need, grouped::Grouped, signs};

const NAME: &str = "host_namespace_entry";

/// Catalogue row 20.
#[derive(Default)]
pub(super) struct HostNamespaceEntry {
    by_container: Grouped<String>,
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
            let mut group = self.by_container.of(container, || {
                let mut finding = signs::finding(NAME, &["T1611"], event, Some(crossing));
                finding.missing.push("target_namespace".to_string());
                finding
            });
            group.extend(event, crossing, signs::confidence(event, None));
        } else if event.view == Some(View::Host)
            && let Some(mut group) = self.by_container.get_mut(&container)
            && group.finding.crossing == Some(CrossingOutcome::Unknown)
        {
            group.extend(event, CrossingOutcome::Succeeded, signs::confidence(event, None));
            group.finding.missing.retain(|missing| missing != "target_namespace");
        }
    }

    fn findings(&self) -> Vec<Finding> {
        self.by_container.findings()
    }
}
