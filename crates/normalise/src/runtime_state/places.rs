//! What the path of a state file says: which engine's directory, which container, which layer.

use model::{Bytes, KnownContainer, RootFs};

/// The place of a state file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Place<'a> {
    /// The engine's own directory in the evidence: what precedes the part of the path that is known.
    pub(super) root: String,
    /// Which part of which engine's directory.
    pub(super) area: Area,
    /// Storage driver, snapshotter or namespace.
    pub(super) kind: &'a str,
    /// Container, layer, pod or volume.
    pub(super) id: &'a str,
    /// Name of the file.
    pub(super) file: &'a str,
}

/// Parts of engines' directories.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Area {
    /// `containers/ID/config.v2.json`.
    DockerContainer,
    /// `image/DRIVER/layerdb/mounts/ID/mount-id`.
    DockerMount,
    /// `image/DRIVER/layerdb/sha256/CHAIN/cache-id`.
    DockerChain,
    /// `volumes/NAME/opts.json`, `volumes/metadata.db`.
    DockerVolume,
    /// `overlay2/ID/link`, `overlay/ID/lower`.
    LayerDirectory,
    /// `io.containerd.runtime.v2.task/NAMESPACE/ID/config.json`.
    Bundle,
    /// `io.containerd.snapshotter.v1.NAME/metadata.db`.
    Snapshotter,
    /// `io.containerd.metadata.v1.bolt/meta.db`.
    Metadata,
    /// `DRIVER-containers/ID/userdata/config.json`.
    StorageContainer,
    /// `DRIVER-containers/containers.json`, `DRIVER-layers/layers.json`.
    StorageList,
    /// `runtime-runc/NAMESPACE/ID/state.json`, `runc/ID/state.json`.
    RuncState,
    /// `pods/UID/etc-hosts`.
    Pod,
    /// None of them.
    #[default]
    Elsewhere,
}

impl Place<'_> {
    /// The container that the path names.
    pub(super) fn container(&self) -> Option<&str> {
        let named = matches!(
            self.area,
            Area::DockerContainer | Area::DockerMount | Area::Bundle | Area::StorageContainer | Area::RuncState
        );
        named.then_some(self.id)
    }

    /// The volume that the path names.
    pub(super) fn volume(&self) -> Option<&str> {
        (self.area == Area::DockerVolume && self.file == "opts.json").then_some(self.id)
    }

    /// Adds what the place says of a container: where a bundle's root directory is seen.
    pub(super) fn complete(&self, facts: &mut KnownContainer) {
        if self.area == Area::Bundle && facts.root.as_ref().is_none_or(|root| root.merged.is_none()) {
            let Some(root) = host_root(&self.root) else { return };
            let merged = format!("{root}/io.containerd.runtime.v2.task/{}/{}/rootfs", self.kind, self.id);
            let root = facts.root.take().unwrap_or_default();
            facts.root = Some(RootFs { merged: Some(Bytes::from(merged.as_str())), ..root });
        }
        if self.area == Area::StorageList {
            let driver = Some(self.kind.to_string());
            facts.root = Some(RootFs { driver, ..facts.root.take().unwrap_or_default() });
        }
    }
}

/// A path as text with one kind of separator: members of archives stand behind their archive.
pub(super) fn plain(path: &Bytes) -> String {
    path.to_text().replace(" › ", "/")
}

/// Reads a path.
pub(super) fn place(path: &str) -> Place<'_> {
    let parts: Vec<&str> = path.split('/').collect();
    let found = |area, known: usize, kind, id| {
        let root = parts[..parts.len().saturating_sub(known)].join("/");
        Place { root, area, kind, id, file: parts.last().copied().unwrap_or_default() }
    };
    // From the end: what precedes it is where somebody put the copy.
    let at = |back: usize| parts.len().checked_sub(back + 1).and_then(|at| parts.get(at)).copied().unwrap_or_default();
    let file = at(0);
    if at(2) == "containers" && matches!(file, "config.v2.json" | "hostconfig.json") {
        return found(Area::DockerContainer, 3, "", at(1));
    }
    if at(2) == "mounts" && at(3) == "layerdb" && at(5) == "image" {
        return found(Area::DockerMount, 6, at(4), at(1));
    }
    if at(3) == "layerdb" && at(5) == "image" {
        return found(Area::DockerChain, 6, at(4), at(1));
    }
    if file == "repositories.json" && at(2) == "image" {
        return found(Area::Elsewhere, 3, at(1), "");
    }
    if at(2) == "volumes" && file == "opts.json" {
        return found(Area::DockerVolume, 3, "", at(1));
    }
    if at(1) == "volumes" && file == "metadata.db" {
        return found(Area::DockerVolume, 2, "", "");
    }
    if matches!(file, "link" | "lower") && is_driver(at(2)) {
        return found(Area::LayerDirectory, 3, at(2), at(1));
    }
    if at(3).starts_with("io.containerd.runtime.v") {
        return found(Area::Bundle, 4, at(2), at(1));
    }
    if let Some(name) = at(1).strip_prefix("io.containerd.snapshotter.v1.") {
        return found(Area::Snapshotter, 2, name, "");
    }
    if at(1).starts_with("io.containerd.metadata.v1") {
        return found(Area::Metadata, 2, "", "");
    }
    if let Some(driver) = at(3).strip_suffix("-containers").filter(|_| at(1) == "userdata") {
        return found(Area::StorageContainer, 4, driver, at(2));
    }
    let list = ["-containers", "-layers", "-images"].iter().find_map(|end| at(1).strip_suffix(end));
    if let Some(driver) = list.filter(|_| file.ends_with(".json")) {
        return found(Area::StorageList, 2, driver, "");
    }
    if file == "state.json" && (at(2) == "runc" || at(2) == "crun" || at(3) == "runtime-runc" || at(3) == "runc") {
        return found(Area::RuncState, 3, at(2), at(1));
    }
    if at(2) == "pods" && file == "etc-hosts" {
        return found(Area::Pod, 3, "", at(1));
    }
    // A bundle that was copied alone is still in the directory of its id.
    if file == "config.json" && super::is_unique(at(1)) {
        return found(Area::Bundle, 2, "", at(1));
    }
    Place { root: parts[..parts.len() - 1].join("/"), file, ..Place::default() }
}

fn is_driver(name: &str) -> bool {
    matches!(name, "overlay2" | "overlay" | "fuse-overlayfs")
}

/// Directories of hosts under which engines keep their state; a copy keeps the path from there on.
const HOST_TOPS: &[&str] = &["/var/snap/microk8s/", "/var/lib/", "/run/", "/home/", "/root/.local/"];

/// Where a directory of state lies on its host, by its path in the evidence: the last part that begins as
/// engines' directories do. `None` when the copy kept too little of the path.
pub(super) fn host_root(root: &str) -> Option<Bytes> {
    let slashed = format!("/{}/", root.trim_matches('/'));
    let start = HOST_TOPS.iter().find_map(|top| slashed.rfind(top))?;
    Some(Bytes::from(slashed[start..].trim_end_matches('/')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_say_whose_a_file_is() {
        let id = "a".repeat(64);
        let cases = [
            (
                "/ev/h1/var/lib/docker/containers/ID/hostconfig.json",
                Area::DockerContainer,
                "/ev/h1/var/lib/docker",
                "",
                "ID",
            ),
            (
                "x.tar/./var/lib/docker/image/overlay2/layerdb/mounts/ID/mount-id",
                Area::DockerMount,
                "x.tar/./var/lib/docker",
                "overlay2",
                "ID",
            ),
            ("/d/image/overlay2/layerdb/sha256/CHAIN/cache-id", Area::DockerChain, "/d", "overlay2", "CHAIN"),
            ("/d/overlay2/L/lower", Area::LayerDirectory, "/d", "overlay2", "L"),
            ("/c/io.containerd.snapshotter.v1.overlayfs/metadata.db", Area::Snapshotter, "/c", "overlayfs", ""),
            (
                "/run/containerd/io.containerd.runtime.v2.task/k8s.io/ID/config.json",
                Area::Bundle,
                "/run/containerd",
                "k8s.io",
                "ID",
            ),
            ("/s/overlay-containers/ID/userdata/config.json", Area::StorageContainer, "/s", "overlay", "ID"),
            ("/s/overlay-layers/layers.json", Area::StorageList, "/s", "overlay", ""),
            ("/run/docker/runtime-runc/moby/ID/state.json", Area::RuncState, "/run/docker/runtime-runc", "moby", "ID"),
            ("/var/lib/kubelet/pods/UID/etc-hosts", Area::Pod, "/var/lib/kubelet", "", "UID"),
            ("/x/config.json", Area::Elsewhere, "/x", "", ""),
        ];
        for (path, area, root, kind, of) in cases {
            let path = path.replace("ID", &id);
            let (root, of) = (root.replace("ID", &id), of.replace("ID", &id));
            let found = place(&path);
            assert_eq!(
                (found.area, found.root.as_str(), found.kind, found.id),
                (area, root.as_str(), kind, of.as_str()),
                "{path}"
            );
        }
    }

    #[test]
    fn a_copy_keeps_the_host_path_from_its_top_on() {
        for (copy, host) in [
            ("/ev/h1/var/lib/docker", Some("/var/lib/docker")),
            ("/var/lib/cases/7/var/lib/containerd", Some("/var/lib/containerd")),
            ("state.tar.zst/./run/containerd", Some("/run/containerd")),
            ("/var/snap/microk8s/common/var/lib/containerd", Some("/var/snap/microk8s/common/var/lib/containerd")),
            ("/ev/docker", None),
        ] {
            assert_eq!(host_root(copy), host.map(Bytes::from), "{copy}");
        }
    }
}
