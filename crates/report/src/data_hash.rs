//! The hashes of the data that a report was made of.

use model::{Artefact, ArtefactKind, SCHEMA_VERSION, Sha256};
use serde::Serialize;

use crate::ReportInput;

/// One artefact and the SHA-256 of its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArtefactHash {
    /// The file's name in the case directory.
    pub file_name: &'static str,
    /// SHA-256 of the file as the stages write it: indented JSON and a final line break.
    pub sha256: Sha256,
}

/// The hashes of all artefacts that a report was made of, and one over them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataHashes {
    /// Sorted by file name.
    pub artefacts: Vec<ArtefactHash>,
    /// SHA-256 of the lines `HASH  NAME` in that order: what `sha256sum NAMES | sha256sum` prints.
    pub all: Sha256,
}

/// The hashes of what `input` holds, so that a reader can check with `sha256sum` that the report and
/// the artefacts beside it belong together.
///
/// What has not been made yet has no line: a plan or approval that is `None`, containers, a catalogue, receipts or
/// verdicts that are empty. Evidence, coverage, findings, incidents and scope always have one.
pub fn data_hashes(input: &ReportInput<'_>) -> DataHashes {
    let mut artefacts = vec![
        hash(ArtefactKind::Evidence, input.evidence),
        hash(ArtefactKind::Coverage, input.coverage),
        hash(ArtefactKind::Findings, input.detection),
        hash(ArtefactKind::Incidents, input.incidents),
        hash(ArtefactKind::Scope, input.scopes),
    ];
    let catalogue = (!input.catalogue.entries.is_empty() || input.plan.is_some()).then_some(input.catalogue);
    artefacts.extend(catalogue.map(|catalogue| hash(ArtefactKind::Catalogue, catalogue)));
    let containers = (!input.containers.is_empty()).then_some(input.containers);
    artefacts.extend(containers.map(|containers| hash(ArtefactKind::Containers, containers)));
    let receipts = (!input.receipts.is_empty()).then_some(input.receipts);
    artefacts.extend(receipts.map(|receipts| hash(ArtefactKind::Receipts, receipts)));
    let verdicts = (!input.verdicts.is_empty()).then_some(input.verdicts);
    artefacts.extend(verdicts.map(|verdicts| hash(ArtefactKind::Verdicts, verdicts)));
    artefacts.extend(input.plan.map(|plan| hash(ArtefactKind::Plan, plan)));
    artefacts.extend(input.approval.map(|approval| hash(ArtefactKind::Approval, approval)));
    artefacts.sort_by_key(|artefact| artefact.file_name);
    let lines: String =
        artefacts.iter().map(|artefact| format!("{}  {}\n", artefact.sha256, artefact.file_name)).collect();
    DataHashes { all: Sha256::of(lines.as_bytes()), artefacts }
}

fn hash<T: Serialize + ?Sized>(kind: ArtefactKind, content: &T) -> ArtefactHash {
    // Plain data with string keys always serialises; a failure would show as the hash of nothing.
    let mut bytes = serde_json::to_vec_pretty(&Artefact { kind, schema: SCHEMA_VERSION, content }).unwrap_or_default();
    bytes.push(b'\n');
    ArtefactHash { file_name: kind.file_name(), sha256: Sha256::of(&bytes) }
}
