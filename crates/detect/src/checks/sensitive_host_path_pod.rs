//! Somebody asks the Kubernetes API for a pod with a sensitive directory of the host.

use model::{Bytes, Event};

use super::api::PodRequest;

/// Host directories whose content decides what the host runs or trusts.
const SENSITIVE: &[&str] = &[
    "/etc",
    "/root",
    "/home",
    "/proc",
    "/sys",
    "/dev",
    "/boot",
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/var/run",
    "/run",
    "/var/lib/kubelet",
    "/var/lib/docker",
    "/var/lib/containerd",
    "/var/lib/etcd",
    "/var/log",
    "/var/spool/cron",
];

/// Catalogue row 6, as far as the API server knows.
pub(super) fn check() -> PodRequest {
    PodRequest::new("sensitive_host_path_pod", "host_paths", |event| {
        Some(sensitive_paths(event).join(" ")).filter(|paths| !paths.is_empty())
    })
}

fn sensitive_paths(event: &Event) -> Vec<String> {
    let Some(list) = event.fact("host_paths") else { return Vec::new() };
    let paths: Vec<String> = serde_json::from_str(list).unwrap_or_default();
    let is_sensitive = |path: &String| {
        let bytes = Bytes::from(path.as_str());
        path == "/" || path == "/var" || SENSITIVE.iter().any(|top| bytes.is_within(top.as_bytes()))
    };
    paths.into_iter().filter(is_sensitive).collect()
}
