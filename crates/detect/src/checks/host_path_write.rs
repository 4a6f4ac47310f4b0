//! A container that was given a directory of the host changes something in it.

use std::collections::BTreeSet;

use model::{Action, Event, Finding, ObjectKind, Role, View};

use super::host_writes::{Gathered, Per};
use crate::{Check, Need, signs};

const NAME: &str = "host_path_write";

/// Catalogue row 6: host directory mounted into a container (hostPath, bind mount).
pub(super) struct HostPathWrite {
    gathered: Gathered,
    /// Containers that mounted a block device themselves: their writes go by that check's name.
    device_mounters: BTreeSet<String>,
}

impl Default for HostPathWrite {
    fn default() -> Self {
        Self { gathered: Gathered::new(Per::Container), device_mounters: BTreeSet::new() }
    }
}

impl Check for HostPathWrite {
    fn name(&self) -> &'static str {
        NAME
    }

    fn needs(&self) -> &'static [Need] {
        &[Need::AnyOf(signs::CHANGES), Need::Containers]
    }

    fn on(&mut self, event: &Event) {
        let Some(container) = &event.container else { return };
        let mounts_device = event.action == Action::MountAttach
            && event.object(Role::Source).is_some_and(|source| source.kind == ObjectKind::BlockDevice);
        if mounts_device {
            self.device_mounters.insert(container.id.clone());
        }
        if event.view != Some(View::Container) || self.device_mounters.contains(&container.id) {
            return;
        }
        for object in signs::host_changes(event) {
            self.gathered.take(NAME, &["T1611", "T1610"], event, object, signs::crossing_of(event.outcome));
        }
    }

    fn findings(&self) -> Vec<Finding> {
        self.gathered.findings()
    }
}
