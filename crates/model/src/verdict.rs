//! What was proven of a restored object.

use serde::{Deserialize, Serialize};

use crate::{Answer, Bytes, ObjectId, Sha256};

/// The ladder of verdicts; the weakest failing rung decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Rung {
    /// Written.
    V0,
    /// Bytes equal the chosen version (SHA-256).
    V1,
    /// Metadata equal.
    V2,
    /// Valid in its own format.
    V3,
    /// Consistent with its neighbours (set complete, database integrity, configuration test).
    V4,
    /// Functional assertions hold (real server, real queries).
    V5,
    /// Signed by a person.
    V6,
}

/// The verdict on one object: an entry of `verdicts.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// Which object.
    pub object: ObjectId,
    /// Absolute host path.
    pub path: Bytes,
    /// SHA-256 of what was found there; `None` for what has no content.
    pub sha256: Option<Sha256>,
    /// The highest rung that holds with every rung below it that could be asked; `None`: not even written.
    ///
    /// A rung that answers *cannot tell* (no validator knows the format) is passed over, never counted as held.
    pub rung: Option<Rung>,
    /// Whether the object is "verified": V4 or higher, or V2 with an external known-good hash.
    pub verified: bool,
    /// Every check that was made.
    pub checks: Vec<CheckResult>,
}

/// What one check answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckResult {
    /// The check's name, also the name of its file: `sqlite`, `bytes`, `metadata`.
    pub check: String,
    /// The rung it speaks for.
    pub rung: Rung,
    /// Its answer.
    pub answer: Answer,
    /// The proof in words that a person can repeat: hashes, counts, the validator's own message.
    pub proof: String,
}
