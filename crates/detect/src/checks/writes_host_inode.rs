//! Invariant: a process of container lineage changes an object of the host.
//!
//! Whatever the technique was called: the object lies outside the container's own root, outside
//! declared volumes, or is a kernel interface that starts programs on the host.

use model::{Domain, Event, Finding, View};

use super::host_writes::{Gathered, Per};
use crate::{Check, Need, signs};

const NAME: &str = "writes_host_inode";

/// Invariant (ii).
pub(super) struct WritesHostInode {
    gathered: Gathered,
    /// Changes of which the evidence does not say whose the object is, or whether a container made them.
    undecided: u64,
}

impl Default for WritesHostInode {
    fn default() -> Self {
        Self { gathered: Gathered::new(Per::Container), undecided: 0 }
    }
}

impl Check for WritesHostInode {
    fn name(&self) -> &'static str {
        NAME
    }

    fn needs(&self) -> &'static [Need] {
        &[Need::AnyOf(signs::CHANGES), Need::Containers]
    }

    fn unanswered(&self) -> Option<String> {
        (self.undecided > 0)
            .then(|| format!("the place on the host of what {} writes by containers changed", self.undecided))
    }

    fn on(&mut self, event: &Event) {
        if event.container.is_none() {
            // Perhaps a process of a container that began before the log.
            let changes = event.view == Some(View::Unidentified) && signs::changed_objects(event).next().is_some();
            self.undecided += u64::from(changes);
            return;
        }
        self.undecided += u64::from(signs::changed_objects(event).any(|object| object.domain.is_none()));
        let crossing = signs::crossing_of(event.outcome);
        for object in signs::changed_objects(event) {
            let interface = object.domain == Some(Domain::Kernel)
                && object.resolved.as_ref().is_some_and(|resolved| resolved.how == "kernel interface");
            if object.domain == Some(Domain::Host) || interface {
                self.gathered.take(NAME, &["T1611"], event, object, crossing);
            }
        }
    }

    fn findings(&self) -> Vec<Finding> {
        self.gathered.findings()
    }
}
