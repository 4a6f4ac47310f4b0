//! A container's process writes a cron table of the host: it will run again from outside the container.

use model::{Event, Finding};

use super::host_writes::{Gathered, Per};
use crate::{
    Check, Need,
    signs::{self, Persistence},
};

const NAME: &str = "cron_write";

/// Catalogue: persistence after T1611 (Escape to Host).
pub(super) struct CronWrite(Gathered);

impl Default for CronWrite {
    fn default() -> Self {
        Self(Gathered::new(Per::Path))
    }
}

impl Check for CronWrite {
    fn name(&self) -> &'static str {
        NAME
    }

    fn needs(&self) -> &'static [Need] {
        &[Need::AnyOf(signs::CHANGES), Need::Containers]
    }

    fn on(&mut self, event: &Event) {
        for object in signs::host_changes(event) {
            let place = signs::judged_path(object).and_then(signs::persistence);
            if place == Some(Persistence::Cron) && event.action != model::Action::FileDelete {
                self.0.take(NAME, &["T1053.003", "T1611"], event, object, signs::crossing_of(event.outcome));
            }
        }
    }

    fn findings(&self) -> Vec<Finding> {
        self.0.findings()
    }
}
