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
/// A plan or approval that is `None` has no line. Lists that are empty do have one, as their stage
/// writes an empty artefact.
pub fn data_hashes(input: &ReportInput<'_>) -> DataHashes {
    let mut artefacts = vec![
        hash(ArtefactKind::Evidence, input.evidence),
        hash(ArtefactKind::Coverage, input.coverage),
        hash(ArtefactKind::Findings, input.detection),
        hash(ArtefactKind::Incidents, input.incidents),
        hash(ArtefactKind::Scope, input.scopes),
        hash(ArtefactKind::Catalogue, input.catalogue),
        hash(ArtefactKind::Receipts, input.receipts),
        hash(ArtefactKind::Verdicts, input.verdicts),
    ];
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
