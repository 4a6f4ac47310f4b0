//! A container's process makes a node for a disk or for memory, or widens the devices that its control group allows.

use model::{Action, Device, Event, Object, ObjectKind, Role};

use super::acts::{Acts, Seen, Sign};
use crate::Need;

/// Block devices that hold nothing of the host's by themselves: memory disks, network block devices.
/// Source: Linux `Documentation/admin-guide/devices.txt`.
const EMPTY_MAJORS: &[u32] = &[1, 43];
/// Loop devices: builds of images make them by the dozen, and a host can have a disk of its own behind one.
const LOOP_MAJOR: u32 = 7;

/// Catalogue row 4. Making a node uses nothing yet; that is another check's finding.
pub(super) fn check() -> Acts {
    let needs = &[Need::AnyOf(&[Action::DeviceCreate, Action::FileWrite]), Need::Containers];
    Acts::new("device_node_made", &["T1611"], needs, &[Action::DeviceCreate, Action::FileWrite], see)
}

fn see((): &mut (), event: &Event) -> Seen {
    if event.container.is_none() {
        return Seen::Nothing;
    }
    let object = event.object(Role::Target);
    if event.action == Action::FileWrite {
        let list =
            object.filter(|object| object.name.as_ref().is_some_and(|name| name.file_name() == b"devices.allow"));
        let list = list.filter(|object| object.device.is_none_or(|device| device.major == 0));
        return list.map(|object| Sign::means(event).on(object).lacking("device_use")).into();
    }
    let device = object.and_then(|object| object.rdev).or_else(|| asked_device(event));
    let node = |device: Device| {
        let sign = object.map_or_else(|| Sign::means(event), |object| Sign::means(event).on(object));
        sign.with("device", device.to_string()).lacking("device_use")
    };
    match (is_block(event, object), device) {
        (Some(true), Some(device)) if EMPTY_MAJORS.contains(&device.major) => Seen::Nothing,
        (Some(true), Some(device)) if device.major == LOOP_MAJOR => {
            Sign { crossing: None, ..node(device) }.at_most(50).into()
        }
        (Some(true), Some(device)) => node(device).into(),
        (Some(false), Some(device)) => {
            (device.major == 1 && [1, 2, 4].contains(&device.minor)).then(|| node(device)).into()
        }
        _ => Seen::Undecided("device_number"),
    }
}

/// The number that the call asked for, where no node came into being. Source: `new_decode_dev`, Linux
/// `include/linux/kdev_t.h`.
fn asked_device(event: &Event) -> Option<Device> {
    let number = u64::from_str_radix(event.fact("rdev")?, 16).ok()?;
    let part = |value: u64| u32::try_from(value & 0xf_ffff).unwrap_or(0);
    Some(Device { major: part((number >> 8) & 0xfff), minor: part((number & 0xff) | ((number >> 12) & 0xfff00)) })
}

fn is_block(event: &Event, object: Option<&Object>) -> Option<bool> {
    let mode = event.fact("mode").and_then(|mode| u32::from_str_radix(mode, 8).ok());
    match object.map(|object| object.kind) {
        Some(ObjectKind::BlockDevice) => Some(true),
        Some(ObjectKind::CharDevice) => Some(false),
        _ => mode.map(|mode| mode & 0o170_000 == 0o060_000),
    }
}
