//! The dry run as plain data: message keys and facts, no text.

use std::collections::BTreeMap;

use model::{
    Catalogue, CleanPoint, ContentRef, EntryKind, Metadata, ObjectId, Plan, RestoreSource, Step, StepAction, StepId,
};
use serde::Serialize;

/// One line of the dry run: a step, or an object that is not restored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlanLine {
    /// The step's number; `None` for an object that is not restored.
    pub step: Option<StepId>,
    /// Which object. Holds names that an attacker chose: escape before display.
    pub object: ObjectId,
    /// Absolute host path in its reversible text form; `None` when no step acts on it.
    pub path: Option<String>,
    /// What is done, as a message key: `write_file`, `set_metadata`, `make_directory`, `make_symlink`,
    /// `quarantine`, `not_restored`.
    pub action: &'static str,
    /// Why, as a message key.
    pub reason: String,
    /// What a person can do, as a message key; for objects that are not restored.
    pub next: Option<String>,
    /// What fills the text: `source`, `snapshot`, `sha256`, `size` (bytes), `mode` (octal), `uid`, `gid`,
    /// `modified`, `link_target`, `versions`, `events` (counts). Unknown facts are left out.
    pub facts: BTreeMap<&'static str, String>,
    /// Cautions as message keys: `only_declared_time` (only the snapshot dates itself), `hard_link_split`
    /// (the version had further names, which will not share its inode any more).
    pub notes: Vec<&'static str>,
}

/// The lines of the dry run: the steps in order, then what is not restored.
pub fn describe(plan: &Plan) -> Vec<PlanLine> {
    let steps = plan.steps.iter().map(line);
    let rest = plan.not_restored.iter().map(|entry| PlanLine {
        step: None,
        object: entry.object.clone(),
        path: None,
        action: "not_restored",
        reason: entry.reason.clone(),
        next: Some(entry.next.clone()),
        facts: BTreeMap::new(),
        notes: Vec::new(),
    });
    steps.chain(rest).collect()
}

/// Nanoseconds between the storage of the version that a step uses and the first hostile act:
/// legitimate changes in between are not in it. `None` for steps that take no version, and when the
/// catalogue has no clean version for the object.
pub fn data_loss_window(step: &Step, catalogue: &Catalogue) -> Option<i64> {
    if matches!(step.action, StepAction::Quarantine) {
        return None;
    }
    let entry = catalogue.entries.iter().find(|entry| entry.object == step.object)?;
    match entry.clean {
        CleanPoint::Version { age_ns, .. } => Some(age_ns),
        _ => None,
    }
}

fn line(step: &Step) -> PlanLine {
    let mut facts = BTreeMap::from([("events", step.events.len().to_string())]);
    let mut versions: Vec<usize> = step.candidates.iter().map(|candidate| candidate.version).collect();
    versions.dedup();
    facts.insert("versions", versions.len().to_string());
    let mut notes = Vec::new();
    if step.candidates.iter().any(|candidate| candidate.reason == "chosen")
        && let Some(chosen) = step.candidates.iter().find(|candidate| candidate.reason == "chosen")
        && step.candidates.iter().any(|other| other.version == chosen.version && other.reason == "only_declared_time")
    {
        notes.push("only_declared_time");
    }
    let action = match &step.action {
        StepAction::WriteFile { from, metadata } => {
            if metadata.links.is_some_and(|links| links > 1) {
                notes.push("hard_link_split");
            }
            add(&mut facts, from, metadata);
            "write_file"
        }
        StepAction::SetMetadata { from, metadata } => {
            add(&mut facts, from, metadata);
            "set_metadata"
        }
        StepAction::MakeDirectory { from, metadata } => {
            add(&mut facts, from, metadata);
            "make_directory"
        }
        StepAction::MakeSymlink { from, metadata } => {
            add(&mut facts, from, metadata);
            "make_symlink"
        }
        StepAction::Quarantine => "quarantine",
    };
    PlanLine {
        step: Some(step.id),
        object: step.object.clone(),
        path: Some(step.path.to_text()),
        action,
        reason: step.reason.clone(),
        next: None,
        facts,
        notes,
    }
}

fn add(facts: &mut BTreeMap<&'static str, String>, from: &RestoreSource, metadata: &Metadata) {
    facts.insert("source", from.source.clone());
    facts.insert("snapshot", from.snapshot.clone());
    if let ContentRef::Blobs { sha256: Some(sha256), .. } | ContentRef::Path { sha256: Some(sha256), .. } =
        &from.content
    {
        facts.insert("sha256", sha256.to_string());
    }
    let known = [
        ("size", metadata.size.map(|size| size.to_string())),
        ("mode", metadata.mode.map(|mode| format!("{mode:04o}"))),
        ("uid", metadata.uid.map(|uid| uid.to_string())),
        ("gid", metadata.gid.map(|gid| gid.to_string())),
        ("modified", metadata.modified.map(|modified| modified.to_string())),
    ];
    facts.extend(known.into_iter().filter_map(|(name, value)| value.map(|value| (name, value))));
    if let EntryKind::Symlink { target } = &metadata.entry {
        facts.insert("link_target", target.to_text());
    }
}
