//! How completely the evidence could be read, and where it is blind.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Address, ProblemKind, SourceId, TimeBasis, Timestamp};

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
    /// Which stretches of time it covers, one lane per host.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lanes: Vec<Lane>,
    /// Its clocks, one per host and time basis.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clocks: Vec<SourceClock>,
}

/// What one source covers of one host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lane {
    /// The host, where known.
    pub host: Option<String>,
    /// How the host is known.
    pub host_known: HostKnown,
    /// Corrected time of the earliest event.
    pub first: Timestamp,
    /// Corrected time of the latest event.
    pub last: Timestamp,
    /// Events.
    pub events: u64,
    /// Stretches without any event, much longer than usual for this lane, at most 32.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub silences: Vec<Span>,
    /// From how many seconds on a pause counted as a silence; `None`: too few pauses to know what is usual.
    pub silence_seconds: Option<u64>,
}

/// A stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Span {
    /// Its beginning.
    pub from: Timestamp,
    /// Its end.
    pub to: Timestamp,
}

/// How it is known to which host events belong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HostKnown {
    /// The records name it.
    Named,
    /// A person said so.
    Stated,
    /// The source shares events with one that names this host.
    Shared,
    /// It is the only host that the evidence names, and nothing speaks against it.
    Assumed,
    /// It is not known, or the events belong to no single host.
    Unknown,
}

/// How far one clock of a source is from true time, and how that is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceClock {
    /// The host as the records name it; `None` where they do not.
    pub host: Option<String>,
    /// What its recorded times count from.
    pub basis: TimeBasis,
    /// How the rest is known.
    pub known: ClockKnown,
    /// Minutes that a clock without zone is ahead of UTC; `None`: not such a clock, or not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone_minutes: Option<i32>,
    /// Whole years by which a year that the records leave out was guessed too late (negative: too early).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub years: Option<i32>,
    /// Nanoseconds that the clock is ahead of the reference, besides zone and years; what is smaller than its own
    /// error counts as 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skew_ns: Option<i64>,
    /// When the host booted, for times that count from there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boot: Option<Timestamp>,
    /// By how much a corrected time may be wrong either way, in nanoseconds; `None`: nothing tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_ns: Option<i64>,
    /// Name of the source that it was measured against.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// Events that both share and that agree on the result.
    pub shared: u64,
}

/// How a clock is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockKnown {
    /// A person stated it.
    Stated,
    /// The others are measured against it: the best recorder among those that share events.
    Reference,
    /// Estimated from events that two sources share.
    Shared,
    /// Not known: it shares no event with a source whose clock is known. Taken as it is.
    NotShared,
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
    /// The evidence names more hosts, processes, places or containers than are kept in memory; facts `hosts` (events
    /// of hosts that were not followed), `processes`, `places` and `containers` count what had no room.
    NotFollowed,
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
