//! What is there.

use model::{EntryKind, Fingerprint, Metadata, Sha256};

/// What was found at a path, read without trusting it.
#[derive(Debug, Clone)]
pub struct Observed<'a> {
    /// Whether something is there, and what.
    pub there: There,
    /// Its content, for a regular file.
    pub content: Content<'a>,
    /// SHA-256 of a file's whole content as an ordinary read gives it.
    pub sha256: Option<Sha256>,
    /// SHA-256 as read past the page cache (`O_DIRECT`, or after dropping it). Attacks on the page cache
    /// leave the disk clean, and the other way round.
    pub sha256_uncached: Option<Sha256>,
    /// What lies in quarantine under the name that the receipt gives, for a quarantined object.
    pub quarantined: Option<Fingerprint>,
    /// Content of the file of the same name with `-wal`, for an SQLite database.
    pub write_ahead_log: Option<&'a [u8]>,
}

/// Whether something is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum There {
    /// Nothing.
    Nothing,
    /// Something, with its metadata.
    Something(Metadata),
    /// It could not be looked at; the operating system's words.
    Unreadable(String),
}

/// A file's content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content<'a> {
    /// All of it.
    Bytes(&'a [u8]),
    /// More than [`crate::CONTENT_BYTES_MAX`].
    TooLarge,
    /// Not a regular file, or not read.
    None,
}

impl<'a> Observed<'a> {
    /// Nothing at the path.
    pub fn nothing() -> Self {
        Self {
            there: There::Nothing,
            content: Content::None,
            sha256: None,
            sha256_uncached: None,
            quarantined: None,
            write_ahead_log: None,
        }
    }

    /// A regular file with this content, whose hash is computed here.
    pub fn file(metadata: Metadata, content: &'a [u8]) -> Self {
        Self {
            there: There::Something(metadata),
            content: Content::Bytes(content),
            sha256: Some(Sha256::of(content)),
            ..Self::nothing()
        }
    }

    pub(crate) fn metadata(&self) -> Option<&Metadata> {
        match &self.there {
            There::Something(metadata) => Some(metadata),
            _ => None,
        }
    }

    /// The bytes of a regular file.
    pub(crate) fn bytes(&self) -> Option<&'a [u8]> {
        let is_file = self.metadata().is_some_and(|metadata| metadata.entry == EntryKind::File);
        match self.content {
            Content::Bytes(bytes) if is_file => Some(bytes),
            _ => None,
        }
    }
}
