//! What the case says about storage that belongs to containers by right.

use model::Bytes;
use serde::{Deserialize, Serialize};

/// Where container runtimes keep volumes and the small files they mount into every container.
///
/// A container that writes there stays on its own side. Matched anywhere in the path, because
/// runtimes can be given another data directory. Source: the default layouts of Docker, containerd,
/// CRI-O/Podman and the kubelet.
const RUNTIME_VOLUMES: &[&str] = &[
    "/var/lib/docker/volumes/",
    "/var/lib/docker/containers/",
    "/var/lib/containers/storage/volumes/",
    "/var/lib/containers/storage/overlay-containers/",
    "/run/containers/storage/overlay-containers/",
    "/var/lib/nerdctl/",
    "/var/lib/containerd/io.containerd.grpc.v1.cri/sandboxes/",
    "/run/containerd/io.containerd.grpc.v1.cri/sandboxes/",
];

/// Directories whose parts below `/pods/UID/` the kubelet gives to pods.
const KUBELET_POD_PARTS: &[&str] = &["/volumes/", "/volume-subpaths/", "/etc-hosts", "/containers/"];

/// The case's own rules about who may write where.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Policy {
    /// Host directories that containers are meant to write (declared volumes), absolute.
    #[serde(default)]
    pub declared_volumes: Vec<Bytes>,
}

impl Policy {
    /// Whether the host path is storage that containers are given by right.
    pub fn is_volume(&self, path: &Bytes) -> bool {
        if self.declared_volumes.iter().any(|volume| path.is_within(volume.as_bytes())) {
            return true;
        }
        let text = path.to_text();
        let slashed = format!("{text}/");
        if RUNTIME_VOLUMES.iter().any(|volume| slashed.contains(volume)) {
            return true;
        }
        slashed
            .split_once("/kubelet/pods/")
            .is_some_and(|(_, below)| KUBELET_POD_PARTS.iter().any(|part| below.contains(part)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn volumes_of_runtimes_and_of_the_case_are_known() {
        let policy = Policy { declared_volumes: vec![Bytes::from("/srv/app")] };
        for inside in [
            "/srv/app/db",
            "/var/lib/docker/volumes/web/_data/x",
            "/data/var/lib/docker/volumes/web",
            "/var/lib/kubelet/pods/1234/volumes/kubernetes.io~empty-dir/cache/x",
        ] {
            assert!(policy.is_volume(&Bytes::from(inside)), "{inside}");
        }
        for outside in ["/srv/application", "/var/lib/kubelet/pki/x", "/var/lib/docker", "/etc/cron.d/x"] {
            assert!(!policy.is_volume(&Bytes::from(outside)), "{outside}");
        }
    }
}
