//! A container's process names the program that the kernel starts when it looks for a module.

use super::{acts::Acts, settings};

/// Catalogue row 18.
pub(super) fn check() -> Acts<settings::Written> {
    Acts::new("modprobe_path", &["T1611"], settings::NEEDS, settings::ACTS, |memory, event| {
        settings::see(memory, event, &["/proc/sys/kernel/modprobe"])
    })
}
