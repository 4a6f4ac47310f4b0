//! A container's process writes a file of login keys of the host: someone can come back without the container.

use model::{Event, Finding};

use super::host_writes::{Gathered, Per};
use crate::{
    Check, Need,
    signs::{self, Persistence},
};

const NAME: &str = "authorized_keys_write";

/// Catalogue: persistence after T1611 (Escape to Host).
pub(super) struct AuthorizedKeysWrite(Gathered);

impl Default for AuthorizedKeysWrite {
    fn default() -> Self {
        Self(Gathered::new(Per::Path))
    }
}

impl Check for AuthorizedKeysWrite {
    fn name(&self) -> &'static str {
        NAME
    }

    fn needs(&self) -> &'static [Need] {
        &[Need::AnyOf(signs::CHANGES), Need::Containers]
    }

    fn on(&mut self, event: &Event) {
        for object in signs::host_changes(event) {
            let place = signs::judged_path(object).and_then(signs::persistence);
            if place == Some(Persistence::AuthorizedKeys) && event.action != model::Action::FileDelete {
                self.0.take(NAME, &["T1098.004", "T1611"], event, object, signs::crossing_of(event.outcome));
            }
        }
    }

    fn findings(&self) -> Vec<Finding> {
        self.0.findings()
    }
}
