//! A container's process writes the host's list of users, their passwords, or who may become root.

use super::host_writes::PersistenceWrite;
use crate::signs::Persistence;

/// Persistence after T1611 (Escape to Host).
pub(super) fn check() -> PersistenceWrite {
    PersistenceWrite::new("account_write", Persistence::Account, &["T1098", "T1136.001", "T1611"])
}
