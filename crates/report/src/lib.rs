//! The report of a case: one self-contained HTML file, and the short story for a terminal.
//!
//! Pure: the same input gives the same bytes. No time of making and nothing of the machine it was made
//! on stands in it. Nothing that comes from evidence is ever markup: all output goes through
//! `page::Page`, which takes markup only as `&'static str` and escapes everything else.
//!
//! A section is one file in `sections/` and one line in the table of `sections.rs`.

mod data_hash;
mod draft;
mod exports;
mod figures;
mod lanes;
mod lines;
mod page;
mod sections;
mod story;
mod times;

use std::collections::BTreeMap;

use model::{
    Address, Approval, Bytes, Catalogue, Coverage, Detection, EventId, EvidenceItem, Incident, KnownContainer, Plan,
    Receipt, Scope, Verdict,
};
use texts::{Language, Texts};

pub use data_hash::{ArtefactHash, DataHashes, data_hashes};
pub use exports::{EXPORT_NAMES, Export, export};
pub use lines::{csv_line, csv_text, json_line};
pub use story::{StoryLevel, StoryLine, story};

/// All that a report is made of. What has not been made yet is `None` or empty, and the report says so.
#[derive(Debug, Clone, Copy)]
pub struct ReportInput<'a> {
    /// The case's name for people.
    pub case_name: &'a str,
    /// Minutes that local time is ahead of UTC (540 for Japan), -1,440 to 1,440; 0 shows UTC alone.
    pub display_offset_minutes: i32,
    /// Where the report file will lie, for [`story()`] only.
    pub report_path: Option<&'a str>,
    /// `evidence.json`.
    pub evidence: &'a [EvidenceItem],
    /// `coverage.json`.
    pub coverage: &'a Coverage,
    /// `containers.json`.
    pub containers: &'a [KnownContainer],
    /// `findings.json`.
    pub detection: &'a Detection,
    /// `incidents.json`.
    pub incidents: &'a [Incident],
    /// `scope.json`.
    pub scopes: &'a [Scope],
    /// `catalogue.json`.
    pub catalogue: &'a Catalogue,
    /// `plan.json`.
    pub plan: Option<&'a Plan>,
    /// `approval.json`.
    pub approval: Option<&'a Approval>,
    /// `receipts.json`.
    pub receipts: &'a [Receipt],
    /// `verdicts.json`.
    pub verdicts: &'a [Verdict],
    /// The state of the custody log.
    pub custody: Option<&'a CustodySummary>,
    /// The evidence bytes of the events that the report cites: [`cited_events`] says which are needed.
    pub quotes: &'a BTreeMap<EventId, Vec<Quote>>,
}

/// Bytes of evidence that show an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// The source's name for people.
    pub source_name: String,
    /// Where the bytes stand.
    pub address: Address,
    /// The bytes, or their beginning; at most [`QUOTE_BYTES_MAX`] are shown.
    pub text: Bytes,
}

/// The state of the custody log that the report is handed out with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustodySummary {
    /// The signed checkpoint, as it stands in the file (several lines).
    pub checkpoint: String,
    /// The public key in the text form that the verifier takes.
    pub public_key: String,
    /// Number of entries that the checkpoint covers.
    pub entries: u64,
}

/// Most rows of one table; the JSON artefact beside the report holds all. 500 rows are about twelve A4 pages.
pub const ROWS_MAX: usize = 500;

/// Most bytes of one quoted record: an audit record is rarely longer, and 2,000 of them stay below 5 MB.
pub const QUOTE_BYTES_MAX: usize = 2_048;

/// Most events that the appendix quotes; later citations name the event's identity instead of a number.
pub const CITED_EVENTS_MAX: usize = 2_000;

/// One part of the report.
pub(crate) trait Section: Sync {
    /// Its anchor, and its heading's key: `report-section-NAME`.
    fn name(&self) -> &'static str;

    /// Writes what stands below the heading. Must write something for empty input too: what is not
    /// there and why is part of the report.
    fn write(&self, draft: &mut draft::Draft<'_>);
}

/// The report as one HTML file, in the language of `texts`.
///
/// No script, no outside reference, a content security policy that forbids both, print style included.
/// Tables end after [`ROWS_MAX`] rows and say how many more the artefact holds. Never fails: what is
/// missing in `input` is said to be missing.
pub fn html(input: &ReportInput<'_>, texts: &Texts) -> String {
    sections::document(input, texts).0
}

/// The events that [`html`] cites, in the order of citation, at most [`CITED_EVENTS_MAX`]: read their
/// bytes from the evidence and give them as [`ReportInput::quotes`].
pub fn cited_events(input: &ReportInput<'_>) -> Vec<EventId> {
    let none = BTreeMap::new();
    sections::document(&ReportInput { quotes: &none, ..*input }, &Texts::new(Language::En)).1
}
