//! Reads the versions of paths that backup sources still hold, and never writes to a source.
//!
//! [`open`] gives a [`Backend`] for a URL, [`catalogue()`] asks several of them about the objects of an
//! incident and chooses each object's clean point ([`clean_point`](mod@clean_point), pure). One more
//! kind of source is one file in `backends/` and two lines in `backends.rs`; all kinds pass the
//! suite in `tests/conformance.rs`.

mod backends;
mod catalogue;
mod error;
mod history;
mod path;
mod storage_time;

pub mod clean_point;

use std::io::Write;

pub use backends::{OpenOptions, Password, open};
pub use catalogue::{LookedUp, catalogue};
pub use error::{Error, Kind};
pub use history::{PathHistory, Presence};
use model::{Bytes, ContentRef, Metadata, Sha256, StorageTime, Timestamp, Version};

/// How far a long call is: pieces done and pieces in all, where that is known already (else 0).
pub type Progress<'a> = &'a mut dyn FnMut(u64, u64);

/// A source of versions. Implementations only ever read their source.
///
/// Calls take `&mut self` because sources keep what they have read; none changes the source.
pub trait Backend {
    /// The source as it was given: `restic:/backup/host`.
    fn name(&self) -> &str;

    /// All snapshots, oldest first by storage time.
    ///
    /// A snapshot that cannot be read is listed all the same, with the warning `snapshot_unreadable`.
    /// Fails when the list itself cannot be read.
    fn snapshots(&mut self) -> Result<Vec<Snapshot>, Error>;

    /// What every snapshot says of each absolute host path, in the order of `paths`.
    ///
    /// Damage costs only the answers it touches ([`Presence::Damaged`]). Fails when the source as a
    /// whole cannot be read.
    fn history(&mut self, paths: &[Bytes], progress: Progress<'_>) -> Result<Vec<PathHistory>, Error>;

    /// The entries of the directory `path` in one snapshot, sorted by name; `None` when the snapshot
    /// has no such directory.
    ///
    /// Entries whose name could lead out of the directory are named in [`Listing::refused`], not listed.
    /// Fails with [`Kind::UnknownSnapshot`], or when the directory cannot be read.
    fn children(&mut self, path: &Bytes, snapshot: &str) -> Result<Option<Listing>, Error>;

    /// Writes the content to `out` and returns its SHA-256.
    ///
    /// Every content-addressed piece is hashed and compared before it is written; so is the whole,
    /// when its hash is known. Fails with [`Kind::ContentMismatch`] (bytes are not those that were
    /// catalogued), [`Kind::ContentMissing`], [`Kind::ContentDamaged`], or [`Kind::Write`] when `out`
    /// fails. After a failure, what `out` got is a prefix of the content and must be thrown away.
    fn read_content(&mut self, content: &ContentRef, out: &mut dyn Write) -> Result<Sha256, Error>;

    /// [`Backend::read_content`] of a version of this source.
    fn read(&mut self, version: &Version, out: &mut dyn Write) -> Result<Sha256, Error> {
        self.read_content(&version.content, out)
    }

    /// Paths at which the given inodes were backed up: a hint for objects whose path is unknown.
    ///
    /// The answer is *inferred*, because inode numbers are used again. Sources that keep no inode
    /// numbers of the original answer nothing.
    fn find_by_inode(&mut self, inodes: &[InodeKey], progress: Progress<'_>) -> Result<Vec<InodeHint>, Error> {
        let _ = (inodes, progress);
        Ok(Vec::new())
    }

    /// What must be said of the source as a whole: a message key, then facts as `name=value`.
    ///
    /// `prune_may_run`, `only_declared_time`, `index_damaged`, `key_refused`, `version_index_rebuilt`,
    /// `version_index_not_kept`, `root_inferred`, `root_ambiguous`. Complete after [`Backend::history`].
    fn warnings(&self) -> Vec<String>;
}

/// One state of a host (or a part of it) at one time, as a source stored it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// Its name in the source: the full id of a restic snapshot, the name of a directory.
    pub id: String,
    /// When it was complete in storage, and who says so.
    pub stored: StorageTime,
    /// When the backup began, where the snapshot says so.
    pub began: Option<Timestamp>,
    /// Absolute host paths at and below which it can hold something.
    pub roots: Vec<Bytes>,
    /// The host that it says it was made on.
    pub host: Option<String>,
    /// Message keys: `forged_time`, `only_declared_time`, `rewritten_snapshot`, `snapshot_unreadable`,
    /// `relative_paths`, `partly_excluded`, `odd_roots`.
    pub warnings: Vec<String>,
}

impl Snapshot {
    /// Whether it carries that warning.
    pub fn has_warning(&self, key: &str) -> bool {
        self.warnings.iter().any(|warning| warning == key)
    }
}

/// The entries of one directory.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Listing {
    /// Plain names with their metadata, sorted by name.
    pub entries: Vec<(Bytes, Metadata)>,
    /// Names that are no plain names (`..`, with a slash, empty) or stand twice. Never followed.
    pub refused: Vec<Bytes>,
}

/// A file's identity on a host: device number as `st_dev` gives it, and inode number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct InodeKey {
    /// Device, as [`device_number`] makes it of major and minor.
    pub device: u64,
    /// Inode number.
    pub inode: u64,
}

/// Where an inode was seen in a snapshot. Inferred: numbers are used again after a deletion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InodeHint {
    /// Which inode.
    pub inode: InodeKey,
    /// Absolute host path.
    pub path: Bytes,
    /// The newest snapshot that shows it there.
    pub snapshot: String,
}

/// Linux's `st_dev` of a device. Source: glibc `gnu_dev_makedev`.
pub fn device_number(device: model::Device) -> u64 {
    let (major, minor) = (u64::from(device.major), u64::from(device.minor));
    (major & 0xffff_f000) << 32 | (major & 0xfff) << 8 | (minor & 0xffff_ff00) << 12 | (minor & 0xff)
}

#[cfg(test)]
mod tests {
    #[test]
    fn device_numbers_are_those_of_stat() {
        let device = model::Device { major: 254, minor: 1 };
        assert_eq!(super::device_number(device), rustix::fs::makedev(254, 1));
        let large = model::Device { major: 0x12345, minor: 0x6789a };
        assert_eq!(super::device_number(large), rustix::fs::makedev(0x12345, 0x6789a));
    }
}
