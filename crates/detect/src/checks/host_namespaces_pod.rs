//! Somebody asks the Kubernetes API for a pod in the host's pid, ipc or network namespace.

use super::api::PodRequest;

/// Catalogue row 45.
pub(super) fn check() -> PodRequest {
    PodRequest::new("host_namespaces_pod", "hostPID", |event| {
        let shared = ["hostPID", "hostIPC", "hostNetwork"].into_iter().filter(|name| event.fact(name) == Some("true"));
        Some(shared.collect::<Vec<_>>().join(" ")).filter(|shared| !shared.is_empty())
    })
}
