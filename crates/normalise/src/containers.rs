//! Containers as the boundary log shows them.
//!
//! How an auditd log without container ids gives them away, and how far each sign is trusted:
//!
//! - one pid shows the task names `runc:[1:CHILD]` or `runc:[2:INIT]` and then a program: it is the
//!   first process of a container (95). A `pivot_root` by a known runtime says the same (90).
//! - every process with such an ancestor belongs to it, also after it entered other namespaces;
//! - the name comes from the launching runtime's arguments (98), from its state directory
//!   `/run/…/runc/ID/` (97) or from the cgroup that it mounts (96);
//! - an executable on an unnamed device that is not the host's root (an overlay) belongs to a
//!   container whose start was not recorded (60).
//!
//! Ancestry to a containerd shim alone is not used: a container's first process has a short-lived
//! runc as parent.

use std::collections::BTreeMap;

use model::{Bytes, Confidence, Device, Event, EventId, Timestamp};

/// A container, or an `exec` into one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Container {
    /// The host that it ran on, as the records name it; empty where they name none.
    pub host: String,
    /// Name or id, where some record gives it.
    pub name: Option<(String, Confidence)>,
    /// Host pid of its first process.
    pub init_pid: u32,
    /// Pid that launched it (the runtime's own process).
    pub launcher_pid: Option<u32>,
    /// Task name of the process that started the runtime: a shim's or an engine's when a daemon was
    /// asked for it, a shell's when somebody ran the runtime directly.
    pub launched_by: Option<Bytes>,
    /// How sure it is that this is a container at all.
    pub confidence: Confidence,
    /// Device and inode of its root directory.
    pub root: Option<(Device, u64)>,
    /// Device of the directory that holds the changes of an overlay root: the kernel records its
    /// inodes beside the overlay's own when a file is copied up. Not the host's data.
    pub upper: Option<Device>,
    /// Path of its root directory on the host.
    pub root_path: Option<Bytes>,
    /// Host directories that processes inside made their root although no record shows the call: by
    /// the device that they lie on, as far as the inodes of directories agree on one.
    pub changed_roots: BTreeMap<Device, Bytes>,
    /// What is mounted into it from outside.
    pub binds: Vec<Bind>,
    /// The event that first showed it.
    pub first: EventId,
    /// Time of that event.
    pub started: Timestamp,
}

impl Container {
    /// A container of which nothing is known but the event that first shows it.
    pub(crate) fn seen(event: &Event, init_pid: u32, confidence: Confidence) -> Self {
        Self {
            host: event.host.clone().unwrap_or_default(),
            name: None,
            init_pid,
            launcher_pid: None,
            launched_by: None,
            confidence,
            root: None,
            upper: None,
            root_path: None,
            changed_roots: BTreeMap::new(),
            binds: Vec::new(),
            first: event.id,
            started: event.time,
        }
    }

    /// Whether the device is a disk, and not one that the container's own root or changes lie on.
    pub(crate) fn is_foreign(&self, device: Device) -> bool {
        let own = [self.root.map(|(root, _)| root), self.upper];
        device.major != 0 && !own.contains(&Some(device))
    }

    /// The name, or `pid:N` when no record names it.
    pub fn label(&self) -> String {
        self.name.as_ref().map_or_else(|| format!("pid:{}", self.init_pid), |(name, _)| name.clone())
    }
}

/// A host directory, file or whole file system that appears inside a container.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Bind {
    /// Host path of the source; for a whole file system where the host has mounted it, once known.
    pub source: Option<Bytes>,
    /// Device and inode of the source.
    pub source_id: Option<(Device, u64)>,
    /// For a whole file system: its device.
    pub whole_device: Option<Device>,
    /// Path inside the container, once known.
    pub target: Option<Bytes>,
    /// Of one that was made inside, and whose source was not known then: the name of the source in the container.
    pub(crate) inside: Option<Bytes>,
    /// Whether `target` is a guess from the names used below it.
    pub guessed: bool,
    /// Whether the runtime's state says that it is a volume, which is storage given to containers.
    pub volume: bool,
    /// Whether the host itself also uses names below `target` for this device, so that a name alone
    /// does not say who uses it.
    pub ambiguous: bool,
}

impl Bind {
    /// The device that files below it lie on, where known. Nested mounts of the source are not followed.
    pub fn device(&self) -> Option<Device> {
        self.whole_device.or(self.source_id.map(|(device, _)| device))
    }
}
