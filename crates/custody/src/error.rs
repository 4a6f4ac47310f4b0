//! What can fail while the log is written, and which text says what to do next.

use std::{io, path::PathBuf};

use crate::{VerifyError, note::NoteError};

/// An operation on the custody log that failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file of the log cannot be read or written.
    #[error("custody log: {0}")]
    File(#[from] stdx::Error),
    /// The log cannot be read or appended to; what was there is unchanged.
    #[error("custody log: cannot {doing} {path}: {source}", path = .path.display())]
    Io {
        /// `read` or `append to`.
        doing: &'static str,
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The case has a custody log already.
    #[error("custody log: {path} exists already", path = .path.display())]
    Exists {
        /// Which file.
        path: PathBuf,
    },
    /// The directory has no custody log: it is not a case.
    #[error("custody log: {path} does not exist", path = .path.display())]
    Missing {
        /// Which file.
        path: PathBuf,
    },
    /// The private key is not in the case, and none was given.
    #[error("custody log: the case has no {path}: its key is kept elsewhere", path = .path.display())]
    KeyElsewhere {
        /// Where it would be.
        path: PathBuf,
    },
    /// The key or the case's name is malformed, or the key is of another case.
    #[error("custody log: {path}: {source}", path = .path.display())]
    Key {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        source: NoteError,
    },
    /// The log does not agree with its checkpoint. Nothing was appended, because a new signature
    /// would cover up the damage.
    #[error("custody log: {path} was damaged or tampered with: {source}", path = .path.display())]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What was found.
        source: Box<VerifyError>,
    },
    /// An entry is longer than its bound.
    #[error("custody log: an entry of {bytes} bytes is longer than the bound of {bytes_max} bytes")]
    TooLong {
        /// Its length.
        bytes: usize,
        /// The bound.
        bytes_max: usize,
    },
}

impl Error {
    /// The key of the text that tells a person what to do next.
    pub fn next_step(&self) -> &'static str {
        match self {
            Self::File(error) => error.next_step(),
            Self::Io { source, .. } => match source.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "next-storage-full",
                io::ErrorKind::PermissionDenied => "next-file-permission",
                io::ErrorKind::ReadOnlyFilesystem => "next-file-read-only",
                _ => "next-file-device",
            },
            Self::Exists { .. } => "next-custody-exists",
            Self::Missing { .. } => "next-custody-no-case",
            Self::KeyElsewhere { .. } => "next-custody-give-key",
            Self::Key { .. } => "next-custody-wrong-key",
            Self::Damaged { .. } => "next-custody-damaged",
            Self::TooLong { .. } => "next-custody-entry-too-long",
        }
    }
}
