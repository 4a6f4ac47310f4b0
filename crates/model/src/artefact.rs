//! The envelope every JSON artefact of a case stands in.

use serde::{Deserialize, Serialize};

/// Version of all artefact schemas; a change of any shape raises it. Readers accept their own
/// version and every older one.
pub const SCHEMA_VERSION: u32 = 1;

/// Which artefact a file holds; the file in the case is the kind's name plus `.json`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ArtefactKind {
    /// What was handed over: `Vec<EvidenceItem>`.
    Evidence,
    /// How completely it could be read: `Coverage`.
    Coverage,
    /// What runtimes' state says of containers: `Vec<KnownContainer>`.
    Containers,
    /// What the detectors answered: `Detection`.
    Findings,
    /// Correlated sets: `Vec<Incident>`.
    Incidents,
    /// Affected objects: `Vec<Scope>`, one per incident.
    Scope,
    /// Versions that sources still hold: `Catalogue`.
    Catalogue,
    /// The ordered restore: `Plan`.
    Plan,
    /// A person's consent to one plan: `Approval`.
    Approval,
    /// What was done: `Vec<Receipt>`.
    Receipts,
    /// What was proven: `Vec<Verdict>`.
    Verdicts,
}

impl ArtefactKind {
    /// The file name inside the case directory.
    pub fn file_name(self) -> &'static str {
        match self {
            Self::Evidence => "evidence.json",
            Self::Coverage => "coverage.json",
            Self::Containers => "containers.json",
            Self::Findings => "findings.json",
            Self::Incidents => "incidents.json",
            Self::Scope => "scope.json",
            Self::Catalogue => "catalogue.json",
            Self::Plan => "plan.json",
            Self::Approval => "approval.json",
            Self::Receipts => "receipts.json",
            Self::Verdicts => "verdicts.json",
        }
    }
}

/// One artefact file: its kind, schema version and content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Artefact<T> {
    /// Which artefact this is.
    pub kind: ArtefactKind,
    /// [`SCHEMA_VERSION`] of the writer.
    pub schema: u32,
    /// The content.
    pub content: T,
}
