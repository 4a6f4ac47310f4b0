//! Containers as the state of their runtimes describes them, and the pieces of state that say so.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Address, Bytes, Timestamp};

/// A container as the state of its runtimes describes it: an entry of `containers.json`.
///
/// Joined from all state files of the evidence that speak of the same id. State is what was left when the
/// evidence was taken: it says how the container was set up last, not what happened in it. A field that is
/// missing was stated by no file.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct KnownContainer {
    /// The runtime's full id, or the name where the runtime has no other id (`ctr run … NAME`).
    pub id: String,
    /// The name that people use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Whose state speaks of it: `docker`, `containerd`, `containers-storage` (Podman, CRI-O), `oci`, `kubelet`.
    pub runtimes: Vec<String>,
    /// The host, where the evidence leaves no choice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// The pod that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pod: Option<PodRef>,
    /// The image as it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// Hash of the image's configuration (`sha256:…`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_id: Option<String>,
    /// Hash of the image's manifest, as registries name it (`sha256:…`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_digest: Option<String>,
    /// Labels and annotations, at most 256.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// When it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<Timestamp>,
    /// When it was last started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started: Option<Timestamp>,
    /// When it last ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished: Option<Timestamp>,
    /// Whether it was running when the state was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub running: Option<bool>,
    /// Host pid of its first process, while it ran.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pid: Option<u32>,
    /// Whether it was privileged: told by the engine, else all devices and the capabilities that go with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub privileged: Option<bool>,
    /// Capabilities that its processes can have at most (`CAP_…`), as the runtime was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capabilities: Option<Vec<String>>,
    /// Capabilities asked for beyond the engine's usual ones; `ALL` for every one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub capabilities_added: Vec<String>,
    /// Usual capabilities taken away.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub capabilities_dropped: Vec<String>,
    /// Namespaces that it shares with the host.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub host_namespaces: Vec<NamespaceKind>,
    /// Namespaces of its own. Of a kind that stands in no list nothing is known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub own_namespaces: Vec<NamespaceKind>,
    /// Namespaces that were made before it and that it joined: its pod's, another container's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub joined_namespaces: Vec<NamespaceKind>,
    /// Devices of the host that it was given, at most 256.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub devices: Vec<String>,
    /// The seccomp profile: `unconfined`, a name, or `filtered` where only the filter itself is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seccomp: Option<String>,
    /// The AppArmor profile, or the SELinux label behind `selinux:`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confinement: Option<String>,
    /// The user that its first process starts as.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Its program and arguments, at most 256.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<String>,
    /// Names of its environment variables. Their values are not kept: they may be secrets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub env_names: Vec<String>,
    /// Whether it cannot write its own root file system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_only_root: Option<bool>,
    /// What is mounted into it, at most 1,024.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mounts: Vec<StateMount>,
    /// Its root file system on the host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root: Option<RootFs>,
    /// The files that say all this, in order of their paths.
    pub stated_by: Vec<StateFile>,
}

/// The pod of a container.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PodRef {
    /// Namespace of the API.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// The pod's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The pod's uid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<String>,
    /// The container's name in the pod; none for the sandbox.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub container: Option<String>,
    /// Whether it is the pod's sandbox (the `pause` container), which holds the pod's namespaces.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sandbox: bool,
}

/// A kind of Linux namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NamespaceKind {
    /// Process ids.
    Pid,
    /// Network.
    Network,
    /// Interprocess communication.
    Ipc,
    /// Host name.
    Uts,
    /// User ids.
    User,
    /// Mounts.
    Mount,
    /// Control groups.
    Cgroup,
    /// Clocks.
    Time,
}

impl NamespaceKind {
    /// Its name in artefacts.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pid => "pid",
            Self::Network => "network",
            Self::Ipc => "ipc",
            Self::Uts => "uts",
            Self::User => "user",
            Self::Mount => "mount",
            Self::Cgroup => "cgroup",
            Self::Time => "time",
        }
    }
}

/// Something mounted into a container.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct StateMount {
    /// `bind`, `volume`, or the type of the file system (`tmpfs`, `proc`, …).
    pub kind: String,
    /// Path on the host; none for what lies in memory or in the kernel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Bytes>,
    /// Path in the container.
    pub destination: Bytes,
    /// Whether the container can write there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub writable: Option<bool>,
    /// How later mounts pass between host and container (`rprivate`, `rslave`, `rshared`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub propagation: Option<String>,
    /// Name of the volume, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volume: Option<String>,
}

/// A container's root file system on the host.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RootFs {
    /// The storage driver or snapshotter: `overlay2`, `overlayfs`, `overlay`, `vfs`, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub driver: Option<String>,
    /// Where the host sees the whole of it while the container runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged: Option<Bytes>,
    /// Directory of what the container changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upper: Option<Bytes>,
    /// Directories of the layers below, the topmost first, as overlayfs takes them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lower: Vec<Bytes>,
}

/// A file of runtime state that speaks of a container.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct StateFile {
    /// The file's path as the evidence has it.
    pub path: Bytes,
    /// The bytes that speak of it: the file, or the page of a database.
    pub address: Address,
}

/// What one record of runtime state says: a piece from which containers are joined.
///
/// Many state files do not say by themselves whose they are; their path does, so it stands beside them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateRecord {
    /// The bytes that say it.
    pub address: Address,
    /// Paths at which these bytes stood in the evidence; a parser leaves them empty.
    pub paths: Vec<Bytes>,
    /// When the file was last modified: of two that contradict each other, the newer is right.
    pub modified: Option<Timestamp>,
    /// What they say.
    pub content: StateContent,
}

impl StateRecord {
    /// A record of which only the bytes are known yet.
    pub fn new(address: Address, content: StateContent) -> Self {
        Self { address, paths: Vec::new(), modified: None, content }
    }
}

/// The kinds of pieces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StateContent {
    /// Facts about one container. An empty id means that the path names it.
    Container {
        /// The facts; `stated_by` is empty.
        facts: Box<KnownContainer>,
        /// Its own layer, as the runtime names it.
        layer: Option<LayerName>,
        /// The engine's data directory on the host, where paths in the record give it away.
        data_root: Option<Bytes>,
    },
    /// Facts about one image.
    Image(ImageState),
    /// Facts about one layer.
    Layer(LayerState),
    /// A named volume.
    Volume {
        /// Its name; empty where the path gives it.
        name: String,
        /// The host directory or device that is mounted as the volume, where it is no directory of the engine.
        device: Option<Bytes>,
    },
    /// A file that holds one short value; its path says what it means (`link`, `cache-id`, `init.pid`).
    Value(String),
    /// The `hosts` file that a kubelet wrote for a pod: names of the pod.
    PodHosts(Vec<String>),
}

/// How a runtime names a layer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LayerName {
    /// Which list of layers the name is of.
    pub store: LayerStore,
    /// The name in that list.
    pub key: String,
}

/// Lists of layers, each with names of its own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum LayerStore {
    /// containerd's own list (`meta.db`), which gives the snapshotter's name for each of its own.
    Containerd {
        /// Namespace of containerd.
        namespace: String,
        /// The snapshotter.
        snapshotter: String,
    },
    /// A snapshotter's list (`metadata.db`).
    Snapshotter,
    /// containers-storage (`layers.json`).
    ContainersStorage,
}

/// One layer of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayerState {
    /// Its name.
    pub name: LayerName,
    /// The layer below, by its name in the same list.
    pub parent: Option<String>,
    /// The same layer in a snapshotter's list.
    pub snapshot: Option<String>,
    /// Name of its directory.
    pub directory: Option<String>,
    /// Whether it is of an image, and is written no more.
    pub committed: Option<bool>,
}

/// One image of a list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ImageState {
    /// Hash of its configuration, or the engine's id; empty where the path gives it.
    pub id: String,
    /// Hash of its manifest.
    pub digest: Option<String>,
    /// Names and tags.
    pub names: Vec<String>,
}
