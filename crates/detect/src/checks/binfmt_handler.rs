//! A container's process registers an interpreter for a kind of program, which then runs wherever such a program is
//! started, the host included. Tools that build for other architectures do the same in privileged containers.

use super::{acts::Acts, settings};

/// Catalogue row 17.
pub(super) fn check() -> Acts<settings::Written> {
    Acts::new("binfmt_handler", &["T1611", "T1546"], settings::NEEDS, settings::ACTS, |memory, event| {
        settings::see(memory, event, &["/proc/sys/fs/binfmt_misc/register"])
    })
}
