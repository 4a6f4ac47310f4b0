//! How completely the evidence could be read, and where it is blind.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Address, ProblemKind, SourceId, Timestamp};

/// The coverage of all sources of a case: `coverage.json`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Coverage {
    /// One entry per source that was read, in the order of intake.
    pub sources: Vec<SourceCoverage>,
    /// Stretches of time about which the evidence is silent without being able to say so itself.
    pub blind_windows: Vec<BlindWindow>,
}

/// What one source held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceCoverage {
    /// Which source.
    pub source: SourceId,
    /// Its name for people: the original's path and the layers within.
    pub name: String,
    /// The format it was read as, and the runner-up.
    pub format: FormatChoice,
    /// Hosts that its records name; empty when they name none.
    pub hosts: Vec<String>,
    /// Time of its earliest event.
    pub first: Option<Timestamp>,
    /// Time of its latest event.
    pub last: Option<Timestamp>,
    /// Records framed.
    pub records: u64,
    /// Events drafted from them.
    pub events: u64,
    /// Bytes that became records.
    pub record_bytes: u64,
    /// Bytes that became problems (including blank lines: 0 for those that hold nothing).
    pub problem_bytes: u64,
    /// Number of problems by kind.
    pub problems: BTreeMap<ProblemKind, u64>,
    /// The first problems, at most 1,000 per source, with their addresses.
    pub problem_list: Vec<crate::Problem>,
    /// Holes in the source's own numbering.
    pub serial_gaps: Vec<SerialGap>,
    /// Losses that the recorder itself declared.
    pub drops: Vec<DeclaredDrop>,
    /// How many of its events were copies of events in other sources, and were joined to those.
    #[serde(default)]
    pub joined: u64,
    /// Fields that its records have and no event shows, with the number of records in which they were seen.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub unmapped: BTreeMap<String, u64>,
}

/// Which format was chosen for a source.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FormatChoice {
    /// The chosen format, `None` when no format recognised the content.
    pub chosen: Option<String>,
    /// Its confidence, 0 to 100.
    pub confidence: u8,
    /// The next best format and its confidence.
    pub runner_up: Option<(String, u8)>,
    /// Whether a person chose it.
    pub by_person: bool,
}

/// Serial numbers that never came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SerialGap {
    /// The host (`node=`), where given.
    pub host: Option<String>,
    /// Last serial before the hole.
    pub after: u64,
    /// First serial behind it.
    pub before: u64,
    /// How many serials are missing.
    pub missing: u64,
    /// Time of the event before the hole.
    pub from: Timestamp,
    /// Time of the event behind it.
    pub to: Timestamp,
    /// The record behind the hole.
    pub address: Address,
}

/// A loss that a recorder declared (Falco drop alert, auditd lost or backlog record).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeclaredDrop {
    /// When it was declared.
    pub time: Timestamp,
    /// How many events, where a number is given.
    pub count: Option<u64>,
    /// The declaring record.
    pub address: Address,
}

/// Why a stretch of time is blind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BlindWindowKind {
    /// Serial numbers are missing.
    SerialGap,
    /// The recorder declared a loss.
    DeclaredDrop,
    /// The recorder was stopped, reconfigured or switched off.
    RecorderOff,
    /// Records were torn or unreadable here.
    Unreadable,
    /// The clock stepped backwards.
    ClockJump,
    /// Nothing at all was recorded for much longer than usual.
    Silence,
    /// The sources record no event of a class that a conclusion needs (for example no `execve` records).
    NotRecorded,
}

/// A stretch of time in which something may have happened unseen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlindWindow {
    /// Why.
    pub kind: BlindWindowKind,
    /// The host, where known.
    pub host: Option<String>,
    /// From (`None`: since before the evidence begins).
    pub from: Option<Timestamp>,
    /// To (`None`: until after the evidence ends).
    pub to: Option<Timestamp>,
    /// What is missing, as stable facts for a text: `missing` = count, `class` = event class, …
    pub facts: BTreeMap<String, String>,
    /// Where the evidence shows it; empty when absence itself is the sign.
    pub addresses: Vec<Address>,
}
