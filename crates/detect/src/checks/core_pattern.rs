//! A container's process writes `core_pattern`: at the next crash the kernel starts a program of its
//! choice on the host.
//!
//! The path is matched by its end, because the attacker chooses where the host's `/proc` is mounted.

use model::{CrossingOutcome, Event, Finding};

use super::host_writes::{Gathered, Per};
use crate::{Check, Need, signs};

const NAME: &str = "core_pattern";

/// Catalogue row 15.
pub(super) struct CorePattern(Gathered);

impl Default for CorePattern {
    fn default() -> Self {
        Self(Gathered::new(Per::Container))
    }
}

impl Check for CorePattern {
    fn name(&self) -> &'static str {
        NAME
    }

    fn needs(&self) -> &'static [Need] {
        &[Need::AnyOf(&[model::Action::FileWrite, model::Action::FileCreate]), Need::Containers]
    }

    fn on(&mut self, event: &Event) {
        if event.container.is_none() {
            return;
        }
        for object in signs::changed_objects(event) {
            let path = object.resolved.as_ref().map(|resolved| resolved.path.as_bytes());
            if path == Some(b"/proc/sys/kernel/core_pattern") {
                // The write alone prepares the crossing; the helper that the kernel starts completes it.
                let crossing = signs::crossing_of(event.outcome).min(CrossingOutcome::Unknown);
                self.0.take(NAME, &["T1611"], event, object, crossing);
            }
        }
    }

    fn findings(&self) -> Vec<Finding> {
        self.0.findings()
    }
}
