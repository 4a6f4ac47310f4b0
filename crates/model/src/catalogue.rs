//! Every version of every affected object that any source still holds.

use serde::{Deserialize, Serialize};

use crate::{Bytes, ObjectId, Sha256, Timestamp};

/// `catalogue.json`: versions of affected objects, and which of them is clean.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Catalogue {
    /// One entry per affected object with a host path, sorted by identity.
    pub entries: Vec<CatalogueEntry>,
    /// Warnings about whole sources as message keys with facts (`forged_time`, `only_declared_time`, …).
    pub warnings: Vec<String>,
}

/// What sources hold of one object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CatalogueEntry {
    /// Which object.
    pub object: ObjectId,
    /// Absolute host path that was looked up.
    pub path: Bytes,
    /// Distinct versions, oldest first by storage time.
    pub versions: Vec<Version>,
    /// The chosen clean point.
    pub clean: CleanPoint,
}

/// The clean point of one object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum CleanPoint {
    /// A version stored before the first hostile act, less the clock error.
    Version {
        /// Index into the entry's versions.
        index: usize,
        /// Nanoseconds between its storage and the first hostile act: changes in between are not in it.
        age_ns: i64,
    },
    /// A source that was written before the first hostile act shows that the object did not exist then.
    Absent {
        /// Storage time of that source's newest clean snapshot.
        stored: Timestamp,
        /// Name of that snapshot.
        snapshot: String,
    },
    /// No source was written before the first hostile act, or none covers the path.
    None {
        /// Message key: `no_source_covers_path`, `all_versions_after_first_act`, …
        reason: String,
    },
}

/// One version of one object in one source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// The backup source, as given: `restic:/path`.
    pub source: String,
    /// The oldest snapshot that holds exactly this version.
    pub first_snapshot: String,
    /// The newest snapshot that holds exactly this version.
    pub last_snapshot: String,
    /// When that oldest snapshot was stored.
    pub stored: StorageTime,
    /// What is known of the object in this version.
    pub metadata: Metadata,
    /// Where its content is.
    pub content: ContentRef,
}

/// A candidate version with the reason why it was not chosen; for `plan` output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// Index into the catalogue entry's versions.
    pub version: usize,
    /// Message key: `chosen`, `stored_after_first_act`, `older`, `forged_time`, `snapshot_damaged`.
    pub reason: String,
}

/// When a source stored something, and who says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct StorageTime {
    /// The time.
    pub time: Timestamp,
    /// Who says so.
    pub origin: TimeOrigin,
    /// What the snapshot says of itself, where that differs in kind.
    pub declared: Option<Timestamp>,
}

/// Who says when something was stored, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeOrigin {
    /// A storage server's own clock.
    Server,
    /// The file times of the storage's file system.
    StorageFile,
    /// Only the snapshot itself, whose writer can forge it.
    Declared,
}

/// What kind of entry a version is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum EntryKind {
    /// Regular file.
    File,
    /// Directory.
    Directory,
    /// Symbolic link.
    Symlink {
        /// Its text.
        target: Bytes,
    },
    /// Device, FIFO or socket: recorded, never restored as content.
    Special {
        /// `block`, `char`, `fifo` or `socket`.
        what: String,
    },
}

/// Metadata of a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata {
    /// Kind of entry.
    pub entry: EntryKind,
    /// Permission bits including set-uid, set-gid and sticky, `0o7777` at most.
    pub mode: Option<u32>,
    /// Owner.
    pub uid: Option<u32>,
    /// Group.
    pub gid: Option<u32>,
    /// Content size in bytes, for files.
    pub size: Option<u64>,
    /// Modification time.
    pub modified: Option<Timestamp>,
    /// Inode number when it was backed up, where the source keeps it.
    pub inode: Option<u64>,
    /// Number of hard links when it was backed up, where the source keeps it.
    pub links: Option<u64>,
    /// Extended attributes, sorted by name; `None` when the source does not keep them.
    pub xattrs: Option<Vec<Xattr>>,
}

/// One extended attribute.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Xattr {
    /// Full name with its namespace: `user.note`.
    pub name: Bytes,
    /// Value.
    pub value: Bytes,
}

/// Where the content of a version is and what it must hash to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "content")]
pub enum ContentRef {
    /// Ordered content-addressed blobs of a repository (restic blob ids are the SHA-256 of each).
    Blobs {
        /// SHA-256 of each blob, in order.
        blobs: Vec<Sha256>,
        /// SHA-256 of the whole content, once it has been read.
        sha256: Option<Sha256>,
    },
    /// A file in a mounted or copied tree.
    Path {
        /// Absolute path of the snapshot's copy on this machine.
        path: Bytes,
        /// SHA-256 of the whole content, once it has been read.
        sha256: Option<Sha256>,
    },
    /// No content: a directory, link or special file.
    Empty,
}
