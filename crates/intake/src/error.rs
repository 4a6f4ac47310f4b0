//! What can fail while evidence is taken or read again, and which text says what to do next.

use std::{io, path::PathBuf};

/// An intake, or a reading of evidence, that failed. Evidence that is merely damaged is no error.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A path that was given does not exist. Nothing was taken.
    #[error("cannot take {path}: there is no such file or directory; nothing was taken", path = .path.display())]
    Missing {
        /// As it was given.
        path: PathBuf,
    },
    /// The case's disk or quota is full. What was complete before is recorded, nothing is half stored.
    #[error("cannot store {path} in the case: no space is left ({needed} bytes are needed)", path = .path.display())]
    StorageFull {
        /// Which evidence.
        path: PathBuf,
        /// Its size.
        needed: u64,
    },
    /// The case cannot be written.
    #[error("cannot store {path} in the case: {source}", path = .path.display())]
    Store {
        /// Which evidence, or which place of the case.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// What was stored is not what was read: the disk, or somebody, changed it.
    #[error("the stored original {path} does not have its hash", path = .path.display())]
    StoredDiffers {
        /// The file in the case.
        path: PathBuf,
    },
    /// Evidence that was left in place is no longer what was taken.
    #[error("{path} was changed since it was taken: its content has another hash", path = .path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// Evidence that was taken cannot be read any more.
    #[error("cannot read {path} again: {source}", path = .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Nothing was stored of this item when it was taken, so there is nothing to read.
    #[error("{path} could not be read when it was taken", path = .path.display())]
    NothingTaken {
        /// As it was given.
        path: PathBuf,
    },
    /// The original does not hold the source that the case records.
    #[error("{path} does not hold the source {source_name} that the case records", path = .path.display())]
    NoSuchSource {
        /// The file.
        path: PathBuf,
        /// The source's hash.
        source_name: String,
    },
    /// The list of evidence cannot be read or written.
    #[error(transparent)]
    List(#[from] stdx::Error),
}

impl Error {
    /// The key of the text that tells a person what to do next.
    pub fn next_step(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "next-intake-path",
            Self::StorageFull { .. } => "next-storage-full",
            Self::Store { source, .. } | Self::Unreadable { source, .. } => match source.kind() {
                io::ErrorKind::PermissionDenied => "next-intake-permission",
                io::ErrorKind::ReadOnlyFilesystem => "next-file-read-only",
                io::ErrorKind::NotFound => "next-intake-gone",
                _ => "next-file-device",
            },
            Self::StoredDiffers { .. } => "next-intake-stored-differs",
            Self::Changed { .. } => "next-intake-changed",
            Self::NothingTaken { .. } => "next-intake-take-again",
            Self::NoSuchSource { .. } => "next-intake-stored-differs",
            Self::List(error) => error.next_step(),
        }
    }
}
