//! A container's process writes a systemd unit of the host: it will be started outside the container.

use super::host_writes::PersistenceWrite;
use crate::signs::Persistence;

/// Persistence after T1611 (Escape to Host).
pub(super) fn check() -> PersistenceWrite {
    PersistenceWrite::new("systemd_unit_write", Persistence::SystemdUnit, &["T1543.002", "T1611"])
}
