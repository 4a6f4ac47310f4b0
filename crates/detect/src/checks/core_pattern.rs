//! A container's process writes `core_pattern`: at the next crash the kernel starts a program of its
//! choice on the host.
//!
//! The path is matched by its end, because the attacker chooses where the host's `/proc` is mounted.

use super::{acts::Acts, settings};

/// Catalogue row 15.
pub(super) fn check() -> Acts<settings::Written> {
    Acts::new("core_pattern", &["T1611"], settings::NEEDS, settings::ACTS, |memory, event| {
        settings::see(memory, event, &["/proc/sys/kernel/core_pattern"])
    })
}
