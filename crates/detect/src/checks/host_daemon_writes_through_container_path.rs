//! Invariant: a host process writes through a symbolic link that a container made.
//!
//! The hand that writes is the host's (kubectl cp, docker cp, kubelet, runc), so the writer's own
//! lineage shows nothing; the path does.

use std::collections::BTreeMap;

use model::{Action, Bytes, CrossingOutcome, Domain, Event, EventId, Finding, Role};

use crate::{Check, Need, signs};

const NAME: &str = "host_daemon_writes_through_container_path";

/// Most links that are watched; more would only come from a flood.
const LINKS_MAX: usize = 10_000;

/// Invariant (iv).
#[derive(Default)]
pub(super) struct HostDaemonWrites {
    /// Host path of each link that a container made: event and container.
    links: BTreeMap<Bytes, (EventId, String)>,
    by_link: BTreeMap<Bytes, Finding>,
}

impl Check for HostDaemonWrites {
    fn name(&self) -> &'static str {
        NAME
    }

    fn needs(&self) -> &'static [Need] {
        &[Need::AnyOf(&[Action::FileSymlink]), Need::Containers]
    }

    fn on(&mut self, event: &Event) {
        if let Some(container) = &event.container {
            self.note_links(event, &container.id);
        } else {
            self.host_write(event);
        }
    }

    fn findings(&self) -> Vec<Finding> {
        self.by_link.values().cloned().collect()
    }
}

impl HostDaemonWrites {
    fn note_links(&mut self, event: &Event, container: &str) {
        if event.action != Action::FileSymlink || matches!(event.outcome, model::Outcome::Failed { .. }) {
            return;
        }
        let Some(target) = event.object(Role::Target) else { return };
        let shared = matches!(target.domain, Some(Domain::Host | Domain::Volume));
        if let (true, Some(resolved)) = (shared && self.links.len() < LINKS_MAX, &target.resolved) {
            self.links.insert(resolved.path.clone(), (event.id, container.to_string()));
        }
    }

    fn host_write(&mut self, event: &Event) {
        if self.links.is_empty() {
            return;
        }
        // These act on the link itself, not on what lies behind it.
        let on_link_itself =
            matches!(event.action, Action::FileDelete | Action::FileRename | Action::FileLink | Action::FileSymlink);
        for object in signs::changed_objects(event) {
            let Some(name) = &object.name else { continue };
            let link = self.links.iter().find(|(link, _)| {
                name.is_within(link.as_bytes()) && !(on_link_itself && name.as_bytes() == link.as_bytes())
            });
            let Some((link, (made, container))) = link.map(|(link, made)| (link.clone(), made.clone())) else {
                continue;
            };
            let crossing = signs::crossing_of(event.outcome);
            let finding = self.by_link.entry(link.clone()).or_insert_with(|| {
                let mut finding = signs::finding(NAME, &["T1611"], event, Some(CrossingOutcome::Attempted));
                finding.confidence = 80;
                finding.facts.insert("container".to_string(), container);
                finding.facts.insert("target".to_string(), link.to_text());
                finding.facts.insert("path".to_string(), name.to_text());
                finding.events.insert(0, made);
                finding
            });
            finding.crossing = finding.crossing.max(Some(crossing));
            signs::extend(finding, event, crossing, 80);
        }
    }
}
