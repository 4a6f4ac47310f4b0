//! A container's process writes a static pod manifest: the kubelet starts the pod without asking the API server.

use model::{Event, Finding};

use super::host_writes::{Gathered, Per};
use crate::{
    Check, Need,
    signs::{self, Persistence},
};

const NAME: &str = "static_pod_write";

/// Catalogue: persistence after T1611 (Escape to Host).
pub(super) struct StaticPodWrite(Gathered);

impl Default for StaticPodWrite {
    fn default() -> Self {
        Self(Gathered::new(Per::Path))
    }
}

impl Check for StaticPodWrite {
    fn name(&self) -> &'static str {
        NAME
    }

    fn needs(&self) -> &'static [Need] {
        &[Need::AnyOf(signs::CHANGES), Need::Containers]
    }

    fn on(&mut self, event: &Event) {
        for object in signs::host_changes(event) {
            let place = signs::judged_path(object).and_then(signs::persistence);
            if place == Some(Persistence::StaticPod) && event.action != model::Action::FileDelete {
                self.0.take(NAME, &["T1543", "T1611"], event, object, signs::crossing_of(event.outcome));
            }
        }
    }

    fn findings(&self) -> Vec<Finding> {
        self.0.findings()
    }
}
