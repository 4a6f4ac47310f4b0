//! A container's process makes a directory of the host its root.

use model::{Action, Domain, Event, Finding, Role};

use crate::{Check, Need, grouped::Grouped, signs};

const NAME: &str = "chroot_host_root";

/// Catalogue row 5.
#[derive(Default)]
pub(super) struct ChrootHostRoot {
    by_container: Grouped<String>,
}

impl Check for ChrootHostRoot {
    fn name(&self) -> &'static str {
        NAME
    }

    fn needs(&self) -> &'static [Need] {
        &[Need::AnyOf(&[Action::ProcessChroot, Action::MountPivot]), Need::Containers]
    }

    fn on(&mut self, event: &Event) {
        if !matches!(event.action, Action::ProcessChroot | Action::MountPivot) {
            return;
        }
        let (Some(container), Some(target)) = (&event.container, event.object(Role::Target)) else { return };
        if target.domain != Some(Domain::Host) {
            return;
        }
        let crossing = signs::crossing_of(event.outcome);
        let mut group = self.by_container.of(container.id.clone(), || {
            let mut finding = signs::finding(NAME, &["T1611"], event, Some(crossing));
            if let Some(name) = &target.name {
                finding.facts.insert("target".to_string(), name.to_text());
            }
            if let Some(path) = signs::judged_path(target) {
                finding.facts.insert("path".to_string(), path.to_text());
            }
            finding
        });
        group.extend(event, crossing, signs::confidence(event, Some(target)));
    }

    fn findings(&self) -> Vec<Finding> {
        self.by_container.findings()
    }
}
