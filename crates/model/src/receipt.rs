//! What a step did, enough to undo it.

use serde::{Deserialize, Serialize};

use crate::{Bytes, ObjectId, Sha256, StepId, Timestamp};

/// What one step did: an entry of `receipts.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// Which step.
    pub step: StepId,
    /// Which object.
    pub object: ObjectId,
    /// Absolute host path.
    pub path: Bytes,
    /// How far it got.
    pub state: StepState,
    /// What stood at the path before.
    pub before: Fingerprint,
    /// What stands there now.
    pub after: Fingerprint,
    /// How to undo it.
    pub undo: Undo,
    /// When it reached its state.
    pub at: Timestamp,
    /// What a reader must know besides, each a message key and its facts as `name=value`
    /// (`owner_not_restored wanted=0:0 found=1000:1000`). Empty for most steps.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// How far a step got.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum StepState {
    /// Done and confirmed by reading back.
    Done,
    /// Nothing had to be done: what is there already equals the clean version.
    AlreadyRight,
    /// Refused, and nothing was changed.
    Refused {
        /// Message key: `target_changed_since_planning`, `unsafe_parent`, `not_a_regular_file`, `content_mismatch`, …
        reason: String,
        /// The particulars, for a person.
        detail: String,
    },
    /// Failed; what was there is unchanged or was put back.
    Failed {
        /// The particulars, for a person.
        detail: String,
    },
    /// Undone again.
    Undone,
}

/// What stands at a path: enough to notice any change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "there")]
pub enum Fingerprint {
    /// Nothing.
    Nothing,
    /// Something.
    Something {
        /// `file`, `directory`, `symlink`, `block`, `char`, `fifo`, `socket`.
        kind: String,
        /// Inode number.
        inode: u64,
        /// Permission bits.
        mode: u32,
        /// Owner.
        uid: u32,
        /// Group.
        gid: u32,
        /// Size in bytes.
        size: u64,
        /// Modification time.
        modified: Timestamp,
        /// SHA-256 of a file's content or of a link's text; `None` for other kinds.
        sha256: Option<Sha256>,
    },
}

/// How to undo a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "undo")]
pub enum Undo {
    /// Nothing was changed.
    Nothing,
    /// Remove what was put there.
    Remove,
    /// Put back what lies in quarantine under this name.
    PutBack {
        /// Name inside the restore's quarantine directory.
        quarantined: Bytes,
    },
    /// Set the metadata back.
    ResetMetadata {
        /// What it was.
        mode: u32,
        /// Owner.
        uid: u32,
        /// Group.
        gid: u32,
        /// Modification time.
        modified: Timestamp,
        /// Extended attributes.
        xattrs: Vec<crate::Xattr>,
    },
}
