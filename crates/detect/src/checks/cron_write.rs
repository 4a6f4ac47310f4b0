//! A container's process writes a cron table of the host: it will run again from outside the container.

use super::host_writes::PersistenceWrite;
use crate::signs::Persistence;

/// Persistence after T1611 (Escape to Host).
pub(super) fn check() -> PersistenceWrite {
    PersistenceWrite::new("cron_write", Persistence::Cron, &["T1053.003", "T1611"])
}
