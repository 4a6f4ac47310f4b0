//! What of a container engine's own directories is no evidence: the contents of layers, images and volumes.
//!
//! `/var/lib/docker` and its like hold some hundred files that say which containers there were, and hundreds of
//! thousands that are the containers' own. Those are left alone, and how many were is said. A path inside them
//! that a person gives as evidence is taken.

use std::collections::BTreeMap;

/// Small files that every container gets and that say nothing of it.
const OF_EVERY_CONTAINER: &[&str] =
    &["hostname", "hosts", "resolv.conf", "resolv.conf.hash", "mounts", "checkpoints", "shm", "secrets"];

/// Files of a bundle that say how its shim is reached.
const OF_EVERY_BUNDLE: &[&str] = &["address", "log", "log.json", "options.json", "runtime", "shim-binary-path", "work"];

/// Files of a container in containers-storage that say nothing of it.
const OF_EVERY_STORED: &[&str] = &[
    ".containerenv",
    "artifacts",
    "attach",
    "conmon.pid",
    "ctl",
    "group",
    "hostname",
    "hosts",
    "oci-log",
    "passwd",
    "resolv.conf",
    "run",
    "secrets",
    "shm",
    "winsz",
];

/// What was left alone, by what it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct LeftAlone(BTreeMap<&'static str, u64>);

impl LeftAlone {
    /// Counts one file or directory.
    pub(crate) fn add(&mut self, what: &'static str) {
        *self.0.entry(what).or_default() += 1;
    }

    /// One sentence for a person; `None` when there was nothing.
    pub(crate) fn text(&self, unit: &str) -> Option<String> {
        if self.0.is_empty() {
            return None;
        }
        let counts: Vec<String> = self.0.iter().map(|(what, count)| format!("{what} ({count} {unit})")).collect();
        Some(format!("{}; give a path inside as evidence of its own to have it read", counts.join(", ")))
    }
}

/// What a path below an engine's directory is, when it is to be left alone; the path may be that of a directory.
pub(crate) fn left_alone(path: &[u8]) -> Option<&'static str> {
    let text = String::from_utf8_lossy(path);
    let parts: Vec<&str> = text.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    (0..parts.len()).find_map(|at| of_docker(&parts[at..]).or_else(|| of_others(&parts[at..])))
}

fn of_docker(parts: &[&str]) -> Option<&'static str> {
    match parts {
        ["overlay2" | "overlay" | "fuse-overlayfs", id, "diff" | "merged" | "work" | "empty" | "committed", ..]
            if is_id(id) =>
        {
            Some("contents of layers")
        }
        ["overlay2" | "overlay" | "fuse-overlayfs", "l", link, ..] if link.len() == 26 => Some("contents of layers"),
        ["vfs", "dir", id, ..] | ["btrfs", "subvolumes", id, ..] if is_id(id) => Some("contents of layers"),
        ["layerdb", "sha256", _, "tar-split.json.gz" | "size"] | ["imagedb", "metadata", ..] => {
            Some("contents of images")
        }
        ["image", _, "distribution", ..] => Some("contents of images"),
        ["volumes", _, "_data", ..] => Some("contents of volumes"),
        ["containers" | "sandboxes", id, name, ..] if is_id(id) && OF_EVERY_CONTAINER.contains(name) => {
            Some("files that every container gets")
        }
        _ => None,
    }
}

fn of_others(parts: &[&str]) -> Option<&'static str> {
    match parts {
        [area, "snapshots", ..] if area.starts_with("io.containerd.snapshotter.v1.") => Some("contents of layers"),
        ["io.containerd.content.v1.content", "blobs" | "ingest", ..] => Some("contents of images"),
        [area, _, _, "rootfs", ..] if area.starts_with("io.containerd.runtime.v") => Some("contents of layers"),
        [area, _, _, name, ..] if area.starts_with("io.containerd.runtime.v") && OF_EVERY_BUNDLE.contains(name) => {
            Some("files that every container gets")
        }
        [area, name] if area.ends_with("-layers") && name.ends_with(".tar-split.gz") => Some("contents of layers"),
        [area, id, ..] if area.ends_with("-images") && is_id(id) => Some("contents of images"),
        [area, id, "userdata", name, ..]
            if area.ends_with("-containers") && is_id(id) && OF_EVERY_STORED.contains(name) =>
        {
            Some("files that every container gets")
        }
        ["pods", uid, "volumes" | "volume-subpaths" | "plugins", ..] if is_uid(uid) => Some("contents of volumes"),
        _ => None,
    }
}

/// A name that only an engine gives: 32 hexadecimal digits or more.
fn is_id(name: &str) -> bool {
    let name = name.strip_suffix("-init").unwrap_or(name);
    name.len() >= 32 && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// A pod's uid: a UUID, or the hash of a pod that a file describes.
fn is_uid(name: &str) -> bool {
    is_id(name) || name.len() == 36 && name.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contents_are_left_alone_and_facts_are_not() {
        let id = "ab".repeat(32);
        let cases = [
            ("/var/lib/docker/overlay2/ID/diff/etc/passwd", true),
            ("/var/lib/docker/overlay2/ID-init/diff", true),
            ("/var/lib/docker/overlay2/ID/lower", false),
            ("./var/lib/docker/overlay2/l/WDCW23FNTOF33YVREBRDEGIWEN", true),
            ("/var/lib/docker/containers/ID/config.v2.json", false),
            ("/var/lib/docker/containers/ID/ID-json.log", false),
            ("/var/lib/docker/containers/ID/resolv.conf", true),
            ("/var/lib/docker/volumes/metadata.db", false),
            ("/var/lib/docker/volumes/db/_data/x", true),
            ("/c/io.containerd.snapshotter.v1.overlayfs/metadata.db", false),
            ("/c/io.containerd.snapshotter.v1.overlayfs/snapshots/7/fs/var/log/x", true),
            ("/run/containerd/io.containerd.runtime.v2.task/k8s.io/ID/config.json", false),
            ("/run/containerd/io.containerd.runtime.v2.task/k8s.io/ID/rootfs/etc", true),
            ("/s/overlay-images/ID/manifest", true),
            ("/s/overlay-images/images.json", false),
            ("/s/overlay-containers/ID/userdata/ctr.log", false),
            ("/k/pods/3f1c2b5e-9a51-4c56-8d3c-0a1b2c3d4e01/volumes/kubernetes.io~secret/t/token", true),
            ("/k/pods/3f1c2b5e-9a51-4c56-8d3c-0a1b2c3d4e01/etc-hosts", false),
            ("/var/log/pods/ns_pod_uid/volumes/0.log", false),
            ("/srv/overlay/photos/diff/a", false),
        ];
        for (path, expected) in cases {
            let path = path.replace("ID", &id);
            assert_eq!(left_alone(path.as_bytes()).is_some(), expected, "{path}");
        }
    }

    #[test]
    fn what_was_left_is_counted() {
        let mut left = LeftAlone::default();
        assert_eq!(left.text("files"), None);
        left.add("contents of layers");
        left.add("contents of layers");
        assert!(left.text("files").is_some_and(|text| text.contains("contents of layers (2 files)")));
    }
}
