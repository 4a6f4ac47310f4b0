//! A container's process writes the list of libraries that every program of the host loads, or where they are looked for.

use super::host_writes::PersistenceWrite;
use crate::signs::Persistence;

/// Persistence after T1611 (Escape to Host).
pub(super) fn check() -> PersistenceWrite {
    PersistenceWrite::new("preload_write", Persistence::LibraryPreload, &["T1574.006", "T1611"])
}
