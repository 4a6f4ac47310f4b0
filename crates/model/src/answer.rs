//! Answers that know their own limits.

use serde::{Deserialize, Serialize};

/// Yes, no, or *cannot tell, because this is missing*.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "answer")]
pub enum Answer {
    /// The evidence shows it.
    Yes,
    /// The evidence that would show it is there, and does not.
    No,
    /// The evidence cannot decide it.
    CannotTell {
        /// What would have to be there, in words for a person.
        missing: String,
    },
}

impl Answer {
    /// The spelling used in artefacts.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::CannotTell { .. } => "cannot_tell",
        }
    }
}

/// How a statement is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Certainty {
    /// A record states it.
    Observed,
    /// It follows from records by a rule that is named beside it.
    Inferred,
    /// It lies inside a blind window; only another source can settle it.
    Possible,
}

/// Per cent, 0 to 100. Ordinal, not a probability: it ranks how directly the evidence speaks.
pub type Confidence = u8;
