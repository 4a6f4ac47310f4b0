//! What can fail here, on which path, and which text says what to do next.

use std::{io, path::PathBuf};

/// A file operation of a case that failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The operating system refused to read the file.
    #[error("cannot read {path}: {source}", path = .path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The operating system refused to write the file; the old file, if any, is untouched.
    #[error("cannot write {path}: {source}; the file that was there before is unchanged", path = .path.display())]
    Write {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The disk or the quota is full; the old file, if any, is untouched.
    #[error("cannot write {path}: no space is left; the file that was there before is unchanged", path = .path.display())]
    StorageFull {
        /// Which file.
        path: PathBuf,
    },
    /// The file is larger than its bound.
    #[error("{path} is larger than the bound of {bytes_max} bytes for its kind", path = .path.display())]
    TooLarge {
        /// Which file.
        path: PathBuf,
        /// The bound.
        bytes_max: u64,
    },
    /// The file is not the JSON that it should be: torn by a crash, edited, or another file.
    #[error("{path} is not a readable artefact: {cause}", path = .path.display())]
    Malformed {
        /// Which file.
        path: PathBuf,
        /// Where it stops making sense.
        cause: String,
    },
    /// The artefact was written by a newer version.
    #[error("{path} has schema version {found}, this program reads up to {known}", path = .path.display())]
    NewerSchema {
        /// Which file.
        path: PathBuf,
        /// Its version.
        found: u32,
        /// The newest version known here.
        known: u32,
    },
    /// The file is an artefact of another kind.
    #[error("{path} holds {found}, expected {expected}", path = .path.display())]
    OtherKind {
        /// Which file.
        path: PathBuf,
        /// The kind it states.
        found: String,
        /// The kind that was asked for.
        expected: String,
    },
}

impl Error {
    /// The key of the text that tells a person what to do next.
    pub fn next_step(&self) -> &'static str {
        match self {
            Self::Read { source, .. } | Self::Write { source, .. } => match source.kind() {
                io::ErrorKind::PermissionDenied => "next-file-permission",
                io::ErrorKind::NotFound => "next-file-missing",
                io::ErrorKind::ReadOnlyFilesystem => "next-file-read-only",
                _ => "next-file-device",
            },
            Self::StorageFull { .. } => "next-storage-full",
            Self::TooLarge { .. } | Self::Malformed { .. } | Self::OtherKind { .. } => "next-artefact-rerun-stage",
            Self::NewerSchema { .. } => "next-artefact-newer-version",
        }
    }

    /// Whether the file is simply not there, which for many artefacts means "this stage has not run".
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Read { source, .. } if source.kind() == io::ErrorKind::NotFound)
    }
}

/// Whether the cause is a full disk or an exhausted quota.
pub(crate) fn is_full(cause: &io::Error) -> bool {
    matches!(cause.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}
