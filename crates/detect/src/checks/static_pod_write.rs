//! A container's process writes a static pod manifest: the kubelet starts the pod without asking the API server.

use super::host_writes::PersistenceWrite;
use crate::signs::Persistence;

/// Persistence after T1611 (Escape to Host).
pub(super) fn check() -> PersistenceWrite {
    PersistenceWrite::new("static_pod_write", Persistence::StaticPod, &["T1543", "T1611"])
}
