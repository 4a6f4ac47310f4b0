//! Invariant: a host process writes through a symbolic link that a container made.
//!
//! The hand that writes is the host's (kubectl cp, docker cp, kubelet, runc), so the writer's own
//! lineage shows nothing; the path does.

use std::collections::BTreeMap;

use model::{Action, Bytes, CrossingOutcome, Domain, Event, EventId, Finding, Role};

use crate::{Check, Need, grouped::Grouped, signs};

const NAME: &str = "host_daemon_writes_through_container_path";

/// Most links that are watched; more would only come from a flood.
const LINKS_MAX: usize = 10_000;

/// Invariant (iv).
#[derive(Default)]
pub(super) struct HostDaemonWrites {
    /// Host path of each link that a container made: event and container.
    links: BTreeMap<Bytes, (EventId, String)>,
    by_link: Grouped<Bytes>,
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
        self.by_link.findings()
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

    /// The link that the name leads through, if any: itself or one of the directories above it.
    fn link_above(&self, name: &Bytes, not_itself: bool) -> Option<(Bytes, (EventId, String))> {
        let bytes = name.as_bytes();
        let ends = (1..bytes.len()).filter(|&at| bytes[at] == b'/').chain((!not_itself).then_some(bytes.len()));
        // As many look-ups as the name has components, however many links there are.
        ends.map(|end| Bytes::from(&bytes[..end]))
            .find_map(|above| self.links.get(&above).map(|made| (above, made.clone())))
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
            let Some((link, (made, container))) = self.link_above(name, on_link_itself) else { continue };
            let crossing = signs::crossing_of(event.outcome);
            let mut group = self.by_link.of(link.clone(), || {
                let mut finding = signs::finding(NAME, &["T1611"], event, Some(CrossingOutcome::Attempted));
                finding.confidence = 80;
                finding.facts.insert("container".to_string(), container);
                finding.facts.insert("target".to_string(), link.to_text());
                finding.facts.insert("path".to_string(), name.to_text());
                finding.events.insert(0, made);
                finding.count += 1;
                finding
            });
            group.finding.crossing = group.finding.crossing.max(Some(crossing));
            group.extend(event, crossing, 80);
        }
    }
}
