//! A container's process opens the memory of the machine or of the kernel, or asks for its I/O ports.

use model::{Action, Event, Object, ObjectKind};

use super::acts::{Acts, Seen, Sign};
use crate::{Need, signs};

/// `mem`, `kmem` and `port` are character devices of major 1. Source: Linux `Documentation/admin-guide/devices.txt`.
const MEMORY_MINORS: &[u32] = &[1, 2, 4];

/// Catalogue row 27.
pub(super) fn check() -> Acts {
    let needs = &[Need::AnyOf(&[Action::FileRead, Action::FileWrite]), Need::Containers];
    Acts::new("kernel_memory", &["T1611"], needs, &[Action::FileRead, Action::FileWrite, Action::Other], see)
}

fn see((): &mut (), event: &Event) -> Seen {
    if event.container.is_none() {
        return Seen::Nothing;
    }
    if event.action == Action::Other {
        let ports = matches!(signs::call(event), Some("iopl" | "ioperm"));
        return ports.then(|| Sign::means(event).with("path", signs::call(event).unwrap_or_default())).into();
    }
    event.objects.iter().find(|object| is_memory(object)).map(|object| Sign::crossing(event).on(object)).into()
}

/// Runtimes put `/dev/null` over `/proc/kcore`: the number of the device tells.
fn is_memory(object: &Object) -> bool {
    if let Some(device) = object.rdev.filter(|device| (device.major, device.minor) != (0, 0)) {
        return object.kind != ObjectKind::BlockDevice && device.major == 1 && MEMORY_MINORS.contains(&device.minor);
    }
    let Some(path) = signs::judged_path(object) else { return false };
    object.kind != ObjectKind::CharDevice
        && ["/dev/mem", "/dev/kmem", "/dev/port", "/proc/kcore"].iter().any(|own| path.as_bytes() == own.as_bytes())
}
