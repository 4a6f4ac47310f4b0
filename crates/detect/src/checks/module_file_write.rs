//! A container's process writes a kernel module of the host, or the list of those that are loaded at boot.

use super::host_writes::PersistenceWrite;
use crate::signs::Persistence;

/// Persistence after T1611 (Escape to Host).
pub(super) fn check() -> PersistenceWrite {
    PersistenceWrite::new("module_file_write", Persistence::KernelModule, &["T1547.006", "T1611"])
}
