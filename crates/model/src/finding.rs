//! What detectors conclude.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Confidence, ContainerRef, EventId, ProcessKey, Timestamp};

/// Identity of a finding: `CHECK@EVENT`, the check's name and the first cited event.
pub type FindingId = String;

/// How far a crossing got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CrossingOutcome {
    /// Tried, and the evidence says it did not work.
    Attempted,
    /// The evidence cannot tell whether it worked.
    Unknown,
    /// It worked.
    Succeeded,
}

/// A detector's answer, citing events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// `CHECK@EVENT`.
    pub id: FindingId,
    /// The check's name, also the name of its file and page: `core_pattern`.
    pub check: String,
    /// ATT&CK technique ids, most specific first: `T1611`.
    pub attack: Vec<String>,
    /// Whether a boundary was crossed, and how far; `None` for findings inside one side.
    pub crossing: Option<CrossingOutcome>,
    /// How directly the evidence speaks, 0 to 100.
    pub confidence: Confidence,
    /// Time of the first cited event.
    pub time: Timestamp,
    /// The host, where known.
    pub host: Option<String>,
    /// The acting container, where known.
    pub container: Option<ContainerRef>,
    /// The acting process, where known: from here on its acts are hostile.
    pub subject: Option<ProcessKey>,
    /// Facts that fill the text of the finding (`path`, `device`, `target`, …).
    pub facts: BTreeMap<String, String>,
    /// What is missing to be surer, in words for a person; empty when nothing is.
    pub missing: Vec<String>,
    /// The events that show it, first to last: of many, the first ones.
    pub events: Vec<EventId>,
    /// How many events show it: acts of one kind are put together.
    pub count: u64,
    /// Time of the last of them.
    pub last: Timestamp,
}

/// What one check says of the whole evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckAnswer {
    /// The check.
    pub check: String,
    /// Yes: it has findings. No: the events it needs are recorded, and none matches. Else what is missing.
    #[serde(flatten)]
    pub answer: crate::Answer,
}

/// `findings.json`: all findings, and what each check answers.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Detection {
    /// In the order of their first events.
    pub findings: Vec<Finding>,
    /// One per check, in the order of the check table.
    pub answers: Vec<CheckAnswer>,
}
