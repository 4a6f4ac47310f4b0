//! A container's process names the program that the kernel starts for each event of a device.

use super::{acts::Acts, settings};

/// Catalogue row 16.
pub(super) fn check() -> Acts<settings::Written> {
    Acts::new("uevent_helper", &["T1611"], settings::NEEDS, settings::ACTS, |memory, event| {
        settings::see(memory, event, &["/sys/kernel/uevent_helper", "/proc/sys/kernel/hotplug"])
    })
}
