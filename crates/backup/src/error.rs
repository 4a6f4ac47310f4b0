//! Operations on a backup source that failed: what was attempted, on what, why, and what to do next.

use std::{fmt, io};

/// A failed operation.
#[derive(Debug, thiserror::Error)]
#[error("{attempted} {subject}: {kind}")]
pub struct Error {
    /// What was being done: `cannot open`.
    pub attempted: &'static str,
    /// On what: a URL, a file, a content.
    pub subject: String,
    /// What was wrong.
    pub kind: Kind,
    /// The operating system's answer beneath it, where there is one.
    #[source]
    pub source: Option<io::Error>,
}

/// What was wrong. Texts: `backup-KIND`; next steps: [`Error::next_step`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// The URL names no kind of source that is known.
    UnknownBackend,
    /// There is nothing at the path.
    Missing,
    /// There is something, but it is no source of that kind.
    NotARepository {
        /// What was looked for and not found.
        lacking: String,
    },
    /// The operating system refuses access.
    PermissionDenied,
    /// The operating system failed to read.
    ReadFailed,
    /// The repository is encrypted and no password was given.
    PasswordMissing,
    /// No key of the repository opens with this password.
    WrongPassword,
    /// The repository's `config` is cut, altered or not readable with its key.
    ConfigDamaged {
        /// What was found.
        detail: String,
    },
    /// No key file of the repository can be read.
    KeyDamaged {
        /// What was found.
        detail: String,
    },
    /// No index file of the repository can be read.
    IndexDamaged {
        /// What was found.
        detail: String,
    },
    /// A repository format that is not known.
    UnsupportedFormat {
        /// The version it states.
        version: u32,
    },
    /// The source has no snapshot of that name.
    UnknownSnapshot,
    /// A directory of a snapshot cannot be read or lies.
    SnapshotDamaged {
        /// What was found.
        detail: String,
    },
    /// A piece of content is nowhere in the source.
    ContentMissing {
        /// Which: a blob id or a path.
        piece: String,
    },
    /// A piece of content cannot be read, decrypted or decompressed.
    ContentDamaged {
        /// Which: a blob id or a path.
        piece: String,
        /// What was found.
        detail: String,
    },
    /// The bytes are not those that were catalogued.
    ContentMismatch {
        /// Which: a blob id or a path.
        piece: String,
        /// SHA-256 or size that was catalogued.
        expected: String,
        /// SHA-256 or size that was found.
        found: String,
    },
    /// The content belongs to another kind of source.
    OtherSource,
    /// The receiver of the content failed.
    Write,
    /// More than a bound allows.
    TooLarge {
        /// The bound, with its unit.
        bound: String,
    },
}

impl Error {
    pub(crate) fn new(attempted: &'static str, subject: impl Into<String>, kind: Kind) -> Self {
        Self { attempted, subject: subject.into(), kind, source: None }
    }

    /// Of an operating system's answer: missing, refused or failed.
    pub(crate) fn io(attempted: &'static str, subject: impl Into<String>, source: io::Error) -> Self {
        let kind = match source.kind() {
            io::ErrorKind::NotFound => Kind::Missing,
            io::ErrorKind::PermissionDenied => Kind::PermissionDenied,
            io::ErrorKind::FileTooLarge => Kind::TooLarge { bound: source.to_string() },
            _ => Kind::ReadFailed,
        };
        Self { attempted, subject: subject.into(), kind, source: Some(source) }
    }

    /// The key of the text that tells a person what to do next.
    pub fn next_step(&self) -> &'static str {
        match self.kind {
            Kind::UnknownBackend => "next-backup-url",
            Kind::Missing => "next-backup-path",
            Kind::NotARepository { .. } => "next-backup-kind",
            Kind::PermissionDenied => "next-backup-permission",
            Kind::PasswordMissing => "next-backup-password-missing",
            Kind::WrongPassword => "next-backup-password-wrong",
            Kind::ConfigDamaged { .. } | Kind::KeyDamaged { .. } | Kind::IndexDamaged { .. } => "next-backup-repair",
            Kind::UnsupportedFormat { .. } => "next-backup-format",
            Kind::UnknownSnapshot | Kind::OtherSource => "next-backup-catalogue-again",
            Kind::SnapshotDamaged { .. }
            | Kind::ContentMissing { .. }
            | Kind::ContentDamaged { .. }
            | Kind::ContentMismatch { .. } => "next-backup-other-source",
            Kind::Write => "next-file-device",
            Kind::ReadFailed | Kind::TooLarge { .. } => "next-backup-storage",
        }
    }
}

impl Kind {
    /// The stable name of the kind, the last part of its text's key.
    pub fn key(&self) -> &'static str {
        match self {
            Self::UnknownBackend => "unknown_backend",
            Self::Missing => "repository_missing",
            Self::NotARepository { .. } => "not_a_repository",
            Self::PermissionDenied => "permission_denied",
            Self::ReadFailed => "read_failed",
            Self::PasswordMissing => "password_missing",
            Self::WrongPassword => "wrong_password",
            Self::ConfigDamaged { .. } => "config_damaged",
            Self::KeyDamaged { .. } => "key_damaged",
            Self::IndexDamaged { .. } => "index_damaged",
            Self::UnsupportedFormat { .. } => "unsupported_format",
            Self::UnknownSnapshot => "unknown_snapshot",
            Self::SnapshotDamaged { .. } => "snapshot_damaged",
            Self::ContentMissing { .. } => "content_missing",
            Self::ContentDamaged { .. } => "content_damaged",
            Self::ContentMismatch { .. } => "content_mismatch",
            Self::OtherSource => "other_source",
            Self::Write => "write_failed",
            Self::TooLarge { .. } => "too_large",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownBackend => f.write_str("this names no kind of backup source"),
            Self::Missing => f.write_str("there is nothing there"),
            Self::NotARepository { lacking } => write!(f, "this is no such backup source, it has no {lacking}"),
            Self::PermissionDenied => f.write_str("the operating system refuses access"),
            Self::ReadFailed => f.write_str("reading failed"),
            Self::PasswordMissing => f.write_str("the repository is encrypted, and no password was given"),
            Self::WrongPassword => f.write_str("the password opens no key of the repository"),
            Self::ConfigDamaged { detail } => write!(f, "its config is damaged: {detail}"),
            Self::KeyDamaged { detail } => write!(f, "none of its key files can be read: {detail}"),
            Self::IndexDamaged { detail } => write!(f, "none of its index files can be read: {detail}"),
            Self::UnsupportedFormat { version } => write!(f, "its format has version {version}, known are 1 and 2"),
            Self::UnknownSnapshot => f.write_str("the source has no such snapshot"),
            Self::SnapshotDamaged { detail } => write!(f, "the snapshot is damaged: {detail}"),
            Self::ContentMissing { piece } => write!(f, "{piece} is not in the source"),
            Self::ContentDamaged { piece, detail } => write!(f, "{piece} is damaged: {detail}"),
            Self::ContentMismatch { piece, expected, found } => {
                write!(f, "{piece} is not what was catalogued: expected {expected}, found {found}")
            }
            Self::OtherSource => f.write_str("this content belongs to another kind of source"),
            Self::Write => f.write_str("the content could not be handed on"),
            Self::TooLarge { bound } => write!(f, "larger than the bound: {bound}"),
        }
    }
}
