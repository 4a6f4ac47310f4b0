//! A container's process writes a file of login keys of the host: someone can come back without the container.

use super::host_writes::PersistenceWrite;
use crate::signs::Persistence;

/// Persistence after T1611 (Escape to Host).
pub(super) fn check() -> PersistenceWrite {
    PersistenceWrite::new("authorized_keys_write", Persistence::AuthorizedKeys, &["T1098.004", "T1611"])
}
