//! What can fail in the store, on which file, and which text says what to do next.

use std::{io, path::PathBuf};

use model::EventId;

/// An operation of the event store that failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file of the store cannot be written.
    #[error("cannot write events to {path}: {source}", path = .path.display())]
    Write {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file of the store cannot be read.
    #[error("cannot read events from {path}: {source}", path = .path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file of the store is torn, changed or not one of ours.
    #[error("{path} is damaged: {cause}; run the parse stage again", path = .path.display())]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What was found.
        cause: String,
    },
    /// The events of the case are not stored: the parse stage has not run, or its result was removed.
    #[error("{path} does not exist: the case has no stored events; run the parse stage", path = .path.display())]
    Missing {
        /// Which file.
        path: PathBuf,
    },
    /// The events were stored by an earlier version, without what is asked for.
    #[error("{path} was written by an earlier version, without the columns of this one", path = .path.display())]
    Outdated {
        /// Which file.
        path: PathBuf,
    },
    /// An event came after one that stands behind it in the order of events.
    #[error("event {id} came out of order; events are stored in their order only")]
    OutOfOrder {
        /// Which event.
        id: EventId,
    },
    /// The list of partitions cannot be written.
    #[error(transparent)]
    List(#[from] stdx::Error),
}

impl Error {
    /// The key of the text that tells a person what to do next.
    pub fn next_step(&self) -> &'static str {
        match self {
            Self::Write { source, .. } | Self::Read { source, .. } => match source.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "next-storage-full",
                io::ErrorKind::PermissionDenied => "next-file-permission",
                io::ErrorKind::ReadOnlyFilesystem => "next-file-read-only",
                _ => "next-file-device",
            },
            Self::Damaged { .. } | Self::Missing { .. } | Self::Outdated { .. } => "next-store-run-parse",
            Self::OutOfOrder { .. } => "next-report-defect",
            Self::List(error) => error.next_step(),
        }
    }
}
