//! What should be there.

use model::{Bytes, ContentRef, EntryKind, Fingerprint, Metadata, ObjectId, Sha256, Step, StepAction};

use crate::format::Format;

/// What should be there after a restore.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// Which object.
    pub object: ObjectId,
    /// Absolute host path: its name is evidence of the format.
    pub path: Bytes,
    /// What should be there.
    pub wanted: Wanted,
    /// The format that an earlier version had ([`crate::sniff`] of any version in the catalogue). When
    /// it is of a format with a signature, it outweighs the name.
    pub format_before: Option<Format>,
    /// A hash that somebody outside vouches for.
    pub known_good: Option<KnownGood>,
    /// Whether the owner could be set at all.
    pub owners: Owners,
}

/// What should be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// The chosen version.
    Version {
        /// Its metadata; for a link also its text.
        metadata: Metadata,
        /// SHA-256 of its content; `None` when nobody has read it yet.
        sha256: Option<Sha256>,
    },
    /// Nothing: what was there lies in quarantine.
    Nothing {
        /// What stood there before it was moved (`Receipt::before`).
        before: Fingerprint,
    },
}

/// A hash from a signed package or an image layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownGood {
    /// Who vouches: `dpkg passwd 1:4.13+dfsg1-1`, `layer sha256:…`.
    pub source: String,
    /// Its SHA-256 of this path's content.
    pub sha256: Sha256,
}

/// Whether the restore was able to set owners and privileged attributes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Owners {
    /// It ran with the right to do so: they must be equal.
    #[default]
    MustEqual,
    /// It ran without: a different owner, and missing `trusted.` and `security.` attributes, are stated
    /// in the proof and do not fail the rung.
    CannotBeSet,
}

impl Expected {
    /// What a step should have brought about. `before` is what its receipt says stood there.
    ///
    /// The hash is the catalogue's; for content of one blob, and for empty content, it is also known
    /// when nobody has read it, because a blob's identity is its SHA-256.
    pub fn of_step(step: &Step, before: &Fingerprint) -> Self {
        let wanted = match &step.action {
            StepAction::WriteFile { from, metadata }
            | StepAction::SetMetadata { from, metadata }
            | StepAction::MakeDirectory { from, metadata }
            | StepAction::MakeSymlink { from, metadata } => {
                Wanted::Version { metadata: metadata.clone(), sha256: content_hash(&from.content, metadata) }
            }
            StepAction::Quarantine => Wanted::Nothing { before: before.clone() },
        };
        Self {
            object: step.object.clone(),
            path: step.path.clone(),
            wanted,
            format_before: None,
            known_good: None,
            owners: Owners::default(),
        }
    }

    /// The metadata of the wanted version.
    pub(crate) fn metadata(&self) -> Option<&Metadata> {
        match &self.wanted {
            Wanted::Version { metadata, .. } => Some(metadata),
            Wanted::Nothing { .. } => None,
        }
    }

    pub(crate) fn is_file(&self) -> bool {
        self.metadata().is_some_and(|metadata| metadata.entry == EntryKind::File)
    }
}

fn content_hash(content: &ContentRef, metadata: &Metadata) -> Option<Sha256> {
    if metadata.entry != EntryKind::File {
        return None;
    }
    match content {
        ContentRef::Blobs { sha256: Some(sha256), .. } | ContentRef::Path { sha256: Some(sha256), .. } => Some(*sha256),
        ContentRef::Blobs { blobs, sha256: None } => match blobs.as_slice() {
            [] => Some(Sha256::of(b"")),
            [only] => Some(*only),
            _ => None,
        },
        ContentRef::Path { sha256: None, .. } => None,
        ContentRef::Empty => Some(Sha256::of(b"")),
    }
}
