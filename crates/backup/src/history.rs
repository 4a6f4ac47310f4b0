//! The versions of one path over all snapshots: distinct ones are kept once.

use std::collections::BTreeMap;

use model::{Bytes, ContentRef, EntryKind, Metadata, Sha256, Timestamp, Version, Xattr};

use crate::Snapshot;

/// What a source holds of one path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathHistory {
    /// The path that was looked up.
    pub path: Bytes,
    /// Distinct versions, oldest first by the storage time of the oldest snapshot that holds each.
    pub versions: Vec<Version>,
    /// What each snapshot says, in the order of [`Backend::snapshots`](crate::Backend::snapshots).
    pub presence: Vec<Presence>,
}

/// What one snapshot says of one path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Presence {
    /// It holds this version (index into [`PathHistory::versions`]).
    Version(usize),
    /// It covers the path, and nothing was there.
    Absent,
    /// The path is below none of its roots, or was excluded from the backup: it cannot tell.
    NotCovered,
    /// What it says cannot be read, or is not to be believed.
    Damaged {
        /// What was found.
        detail: String,
    },
}

/// What one snapshot says of one path, before versions are numbered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Sighted {
    /// An entry with this metadata and content.
    Entry(Metadata, ContentRef),
    /// Nothing there.
    Absent,
    /// Cannot tell.
    NotCovered,
    /// Not readable or not believable.
    Damaged(String),
}

/// What makes two sightings the same version: all that a restore would bring back. Inode and link
/// count are not: a file keeps its version when its neighbours come and go.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Identity {
    kind: (u8, Bytes),
    mode: Option<u32>,
    uid: Option<u32>,
    gid: Option<u32>,
    size: Option<u64>,
    modified: Option<Timestamp>,
    xattrs: Option<Vec<Xattr>>,
    blobs: Vec<Sha256>,
    sha256: Option<Sha256>,
}

impl Identity {
    fn of(metadata: &Metadata, content: &ContentRef) -> Self {
        let kind = match &metadata.entry {
            EntryKind::File => (0, Bytes::default()),
            EntryKind::Directory => (1, Bytes::default()),
            EntryKind::Symlink { target } => (2, target.clone()),
            EntryKind::Special { what } => (3, Bytes::from(what.as_str())),
        };
        let (blobs, sha256) = match content {
            ContentRef::Blobs { blobs, sha256 } => (blobs.clone(), *sha256),
            ContentRef::Path { sha256, .. } => (Vec::new(), *sha256),
            ContentRef::Empty => (Vec::new(), None),
        };
        let Metadata { mode, uid, gid, size, modified, ref xattrs, .. } = *metadata;
        Self { kind, mode, uid, gid, size, modified, xattrs: xattrs.clone(), blobs, sha256 }
    }
}

/// Numbers the distinct versions; `sighted` stands in the order of `snapshots`, oldest first.
pub(crate) fn number(source: &str, path: &Bytes, snapshots: &[Snapshot], sighted: Vec<Sighted>) -> PathHistory {
    let mut versions: Vec<Version> = Vec::new();
    let mut known: BTreeMap<Identity, usize> = BTreeMap::new();
    let mut presence = Vec::with_capacity(sighted.len());
    for (snapshot, sighted) in snapshots.iter().zip(sighted) {
        presence.push(match sighted {
            Sighted::Absent => Presence::Absent,
            Sighted::NotCovered => Presence::NotCovered,
            Sighted::Damaged(detail) => Presence::Damaged { detail },
            Sighted::Entry(metadata, content) => {
                let index = *known.entry(Identity::of(&metadata, &content)).or_insert_with(|| {
                    versions.push(Version {
                        source: source.to_string(),
                        first_snapshot: snapshot.id.clone(),
                        last_snapshot: String::new(),
                        stored: snapshot.stored,
                        metadata,
                        content,
                    });
                    versions.len() - 1
                });
                versions[index].last_snapshot.clone_from(&snapshot.id);
                Presence::Version(index)
            }
        });
    }
    PathHistory { path: path.clone(), versions, presence }
}
