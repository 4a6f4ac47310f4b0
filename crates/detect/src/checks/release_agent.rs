//! A container's process names the program that the kernel starts when a control group becomes empty.

use super::{acts::Acts, settings};

/// Catalogue row 14 (CVE-2022-0492). `notify_on_release` alone starts nothing.
pub(super) fn check() -> Acts<settings::Written> {
    Acts::new("release_agent", &["T1611"], settings::NEEDS, settings::ACTS, |memory, event| {
        settings::see(memory, event, &["/sys/fs/cgroup/release_agent"])
    })
}
