//! Findings that belong together.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Certainty, ContainerRef, CrossingOutcome, EventId, FindingId, ProcessKey, Timestamp};

/// Identity of an incident: `incident-` and the identity of its first event.
pub type IncidentId = String;

/// A correlated set: entry → crossings → consequences.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    /// Identity.
    pub id: IncidentId,
    /// Host, where known.
    pub host: Option<String>,
    /// The container it came out of, where known.
    pub container: Option<ContainerRef>,
    /// Time of the first hostile act.
    pub first: Timestamp,
    /// Time of the last hostile act seen.
    pub last: Timestamp,
    /// The furthest that any of its crossings got.
    pub outcome: CrossingOutcome,
    /// How the boundary was crossed, in order.
    pub crossings: Vec<Crossing>,
    /// Processes whose acts are hostile, in order of appearance.
    pub subjects: Vec<Subject>,
    /// The story in order.
    pub story: Vec<StoryStep>,
    /// All findings that belong to it.
    pub findings: Vec<FindingId>,
}

/// One way over the boundary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Crossing {
    /// The check that names the technique.
    pub technique: String,
    /// ATT&CK ids.
    pub attack: Vec<String>,
    /// How far it got.
    pub outcome: CrossingOutcome,
    /// When it was first seen.
    pub time: Timestamp,
    /// The findings that show it.
    pub findings: Vec<FindingId>,
}

/// A process whose acts are hostile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// Which process.
    pub process: ProcessKey,
    /// The process that started it, where known.
    pub parent: Option<ProcessKey>,
    /// Its task name when it became a subject.
    pub comm: Option<crate::Bytes>,
    /// Its arguments where recorded.
    pub argv: Vec<crate::Bytes>,
    /// From when on its acts count.
    pub since: Timestamp,
    /// Why it is one: `container`, `descendant`, `kernel_helper`, `entered_host_namespace`, `started_container`.
    pub reason: String,
    /// Whether that was recorded or inferred.
    pub certainty: Certainty,
    /// The event that made it one.
    pub event: EventId,
}

/// Which part of the story a step tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StoryPart {
    /// How the container came to be or was entered.
    Entry,
    /// The boundary was crossed.
    Crossing,
    /// Data was changed or read.
    Action,
    /// Something was left behind that acts again later.
    Persistence,
    /// Traces were removed.
    CoverUp,
}

/// One step of the story, text made from `check` and `facts` in the reader's language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoryStep {
    /// Which part.
    pub part: StoryPart,
    /// When.
    pub time: Timestamp,
    /// Message key: the check's name, or a story key such as `container_started`.
    pub text: String,
    /// Facts that fill the text.
    pub facts: BTreeMap<String, String>,
    /// The events that show it.
    pub events: Vec<EventId>,
}
