//! A container's process mounts a block device, or opens one directly.

use model::{Action, Event, Finding, Object, ObjectKind, Role};

use super::raw_device_tool::is_disk;
use crate::{Check, Need, grouped::Grouped, signs};

const NAME: &str = "block_device_mount";

/// Catalogue row 2.
#[derive(Default)]
pub(super) struct BlockDeviceMount {
    by_device: Grouped<(String, String)>,
}

impl Check for BlockDeviceMount {
    fn name(&self) -> &'static str {
        NAME
    }

    fn needs(&self) -> &'static [Need] {
        &[Need::AnyOf(&[Action::MountAttach]), Need::Containers]
    }

    fn on(&mut self, event: &Event) {
        let Some(container) = &event.container else { return };
        let Some(device) = used_device(event) else { return };
        let number = device.rdev.map(|rdev| rdev.to_string());
        let named = || device.name.as_ref().map(model::Bytes::to_text).unwrap_or_default();
        let crossing = signs::crossing_of(event.outcome);
        let key = (container.id.clone(), number.clone().unwrap_or_else(named));
        // The node's name is the container's choice.
        let sure = if number.is_some() { 100 } else { 80 };
        let make = || {
            let mut finding = signs::finding(NAME, &["T1611"], event, Some(crossing));
            finding.confidence = finding.confidence.min(sure);
            finding.facts.extend(number.map(|number| ("device".to_string(), number)));
            if let Some(name) = &device.name {
                finding.facts.insert("path".to_string(), name.to_text());
            }
            let target = event.object(Role::Target).and_then(|target| target.name.as_ref());
            if let Some(target) = target.filter(|_| event.action == Action::MountAttach) {
                finding.facts.insert("target".to_string(), target.to_text());
            }
            finding
        };
        self.by_device.of(key, make).extend(event, crossing, signs::confidence(event, None).min(sure));
    }

    fn findings(&self) -> Vec<Finding> {
        self.by_device.findings()
    }
}

/// The block device that the event mounts, reads or writes; making a node alone uses nothing yet.
fn used_device(event: &Event) -> Option<&Object> {
    let role = match event.action {
        Action::MountAttach => Role::Source,
        Action::FileRead | Action::FileWrite => Role::Target,
        _ => return None,
    };
    event.object(role).filter(|object| {
        let unknown = object.mode.is_none() && object.rdev.is_none();
        let by_name = || object.name.as_ref().is_some_and(|name| is_disk(&name.to_text()));
        object.kind == ObjectKind::BlockDevice || unknown && by_name()
    })
}
