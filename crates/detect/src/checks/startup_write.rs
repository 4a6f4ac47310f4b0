//! A container's process writes a file of the host that a login, a boot or a new device runs.

use super::host_writes::PersistenceWrite;
use crate::signs::Persistence;

/// Persistence after T1611 (Escape to Host).
pub(super) fn check() -> PersistenceWrite {
    PersistenceWrite::new("startup_write", Persistence::Startup, &["T1546", "T1037.004", "T1611"])
}
