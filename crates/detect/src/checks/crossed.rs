//! What the checks of cover-up share: on which hosts a container has acted on the host, since when, and which one.

use std::collections::BTreeMap;

use model::{ContainerRef, Event, EventId, Timestamp};

use crate::signs;

/// How long after such an act a change of the recorders may belong to it.
const WITHIN_NS: i64 = 24 * 3_600 * 1_000_000_000;
/// Hosts that are remembered.
const HOSTS_MAX: usize = 10_000;

/// The last act on each host by one of its containers.
#[derive(Default)]
pub(super) struct Crossed(BTreeMap<Option<String>, (Timestamp, EventId, ContainerRef)>);

impl Crossed {
    /// Notes an act of a container on its host.
    pub(super) fn note(&mut self, event: &Event) {
        let Some(container) = &event.container else { return };
        if !signs::acts_on_host(event) && signs::host_changes(event).next().is_none() {
            return;
        }
        if let Some(last) = self.0.get_mut(&event.host) {
            if last.2 != *container {
                last.2 = container.clone();
            }
            (last.0, last.1) = (event.time, event.id);
        } else if self.0.len() < HOSTS_MAX {
            self.0.insert(event.host.clone(), (event.time, event.id, container.clone()));
        }
    }

    /// The last such act on the host of the event, when it is recent enough.
    pub(super) fn before(&self, event: &Event) -> Option<(EventId, &ContainerRef)> {
        let (time, act, container) = self.0.get(&event.host)?;
        (event.time.0.saturating_sub(time.0) <= WITHIN_NS).then_some((*act, container))
    }
}
