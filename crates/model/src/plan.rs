//! The ordered restore as plain data.

use serde::{Deserialize, Serialize};

use crate::{Bytes, Candidate, ContentRef, EventId, Metadata, ObjectId, Sha256, Timestamp};

/// Identity of a step: its place in the plan, from 1.
pub type StepId = u32;

/// `plan.json`: showing it is the dry run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// SHA-256 of the canonical JSON of `steps` and `not_restored`; an approval names it.
    pub id: Sha256,
    /// Time of the first hostile act over all incidents: nothing stored later is clean.
    pub first_hostile_act: Timestamp,
    /// Clock error subtracted from it, in nanoseconds.
    pub clock_error_ns: i64,
    /// What will be done, in order.
    pub steps: Vec<Step>,
    /// Affected objects that no step brings back, each with its reason.
    pub not_restored: Vec<NotRestored>,
}

/// One step of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Place in the plan, from 1.
    pub id: StepId,
    /// Which affected object it serves.
    pub object: ObjectId,
    /// Absolute host path it acts on.
    pub path: Bytes,
    /// What it does.
    pub action: StepAction,
    /// Why, as a message key: `content_changed`, `deleted`, `metadata_changed`, `created_by_attacker`, `renamed_here`.
    pub reason: String,
    /// All candidates and why each was or was not chosen.
    pub candidates: Vec<Candidate>,
    /// Events that show why.
    pub events: Vec<EventId>,
}

/// What a step does to its path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "action")]
pub enum StepAction {
    /// Put a file with this content and metadata at the path, replacing what is there; what was there is kept in quarantine.
    WriteFile {
        /// Where the content comes from.
        from: RestoreSource,
        /// Metadata it must have.
        metadata: Metadata,
    },
    /// Set owner, mode, times and attributes of what is there. The content must already equal the source's.
    SetMetadata {
        /// Where the metadata comes from.
        from: RestoreSource,
        /// Metadata it must have.
        metadata: Metadata,
    },
    /// Make the directory if it is missing and give it this metadata.
    MakeDirectory {
        /// Where the metadata comes from.
        from: RestoreSource,
        /// Metadata it must have.
        metadata: Metadata,
    },
    /// Put a symbolic link at the path.
    MakeSymlink {
        /// Where the link comes from.
        from: RestoreSource,
        /// Metadata with the link's text.
        metadata: Metadata,
    },
    /// Move what is at the path into quarantine: made by the attacker, evidence, never just deleted.
    Quarantine,
}

/// Where a step takes its data from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestoreSource {
    /// Backup source, as given: `restic:/path`.
    pub source: String,
    /// Snapshot that holds the version.
    pub snapshot: String,
    /// Content to fetch.
    pub content: ContentRef,
}

/// An affected object that will not be restored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotRestored {
    /// Which object.
    pub object: ObjectId,
    /// Message key of the reason: `no_source_covers_path`, `path_unknown`, `all_versions_after_first_act`,
    /// `parent_is_not_restored`, `special_file`, `later_benign_change`, …
    pub reason: String,
    /// What a person can do next, as a message key.
    pub next: String,
}

/// A person's consent to exactly one plan: `approval.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// The plan that was approved.
    pub plan: Sha256,
    /// Who approved it.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// A plan that a person approved. Only this can be executed.
///
/// Invariant: the approval names this very plan, and the plan's identity is the hash of its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approved {
    plan: Plan,
    approval: Approval,
}

impl Plan {
    /// The identity that `steps` and `not_restored` give.
    pub fn computed_id(&self) -> Sha256 {
        // Serialising plain data with string keys cannot fail; an empty list would be caught by the comparison.
        let bytes =
            serde_json::to_vec(&(&self.first_hostile_act, self.clock_error_ns, &self.steps, &self.not_restored))
                .unwrap_or_default();
        Sha256::of(&bytes)
    }
}

impl Approved {
    /// Joins a plan with its approval. `None` when the approval is for another plan, or the plan was
    /// edited after it was made.
    pub fn new(plan: Plan, approval: Approval) -> Option<Self> {
        (plan.id == approval.plan && plan.id == plan.computed_id()).then_some(Self { plan, approval })
    }

    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The approval.
    pub fn approval(&self) -> &Approval {
        &self.approval
    }
}
