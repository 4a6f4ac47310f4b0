//! What becomes of one affected object, looked at by itself.

use std::collections::{BTreeMap, BTreeSet};

use model::{
    Answer, Bytes, Candidate, CatalogueEntry, CleanPoint, ContentRef, EntryKind, EventId, ObjectId, ObjectKind,
    OperationKind, RestoreSource, StepAction, Timestamp, Version,
};

use crate::{
    Options, Resolution,
    affected::{Affected, Class},
    candidates,
};

/// What all decisions share.
pub(crate) struct Context<'a> {
    pub(crate) entries: BTreeMap<&'a ObjectId, &'a CatalogueEntry>,
    /// Nothing stored later than this is clean.
    pub(crate) limit: Timestamp,
    pub(crate) hosts: BTreeSet<String>,
    pub(crate) options: &'a Options,
    pub(crate) objects: &'a BTreeMap<ObjectId, Affected>,
}

/// The decision on one object.
pub(crate) struct Outcome<'a> {
    pub(crate) object: &'a Affected,
    /// Its cleaned host path; always there when a step is drafted.
    pub(crate) path: Option<Bytes>,
    pub(crate) what: What,
}

pub(crate) enum What {
    Step(Box<Draft>),
    NotRestored { reason: String, next: &'static str },
}

/// A step without its number.
pub(crate) struct Draft {
    pub(crate) action: StepAction,
    pub(crate) reason: &'static str,
    pub(crate) candidates: Vec<Candidate>,
    pub(crate) events: Vec<EventId>,
}

impl What {
    pub(crate) fn refused(reason: &str, next: &'static str) -> Self {
        Self::NotRestored { reason: reason.to_string(), next }
    }
}

pub(crate) fn decide<'a>(object: &'a Affected, context: &Context<'a>) -> Outcome<'a> {
    let path = object.object.host_path.as_ref().and_then(|resolution| cleaned(&resolution.path));
    let what = match before_the_path(object, context) {
        Some(refused) => refused,
        None => match &path {
            None => no_path(object),
            Some(path) if path.is_within(b"/proc") || path.is_within(b"/sys") => {
                What::refused("kernel_setting", "set_back_by_hand")
            }
            Some(path) => at_path(object, path, context),
        },
    };
    Outcome { object, path, what }
}

/// The reasons that need no path.
fn before_the_path(object: &Affected, context: &Context) -> Option<What> {
    if object.class == Class::Setting {
        return Some(What::refused("kernel_setting", "set_back_by_hand"));
    }
    match object.object.kind {
        ObjectKind::Process | ObjectKind::Container | ObjectKind::ApiObject | ObjectKind::Module => {
            return Some(What::refused("not_a_file", "review_by_hand"));
        }
        _ => {}
    }
    let gone_again = object.existed_before == Answer::No && object.exists_after == Answer::No;
    if object.class == Class::Transient || gone_again {
        return Some(What::refused("gone_again", "nothing"));
    }
    if context.resolution(object) == Some(Resolution::KeepLive) {
        return Some(What::refused("kept_by_decision", "review_by_hand"));
    }
    match (&object.object.host, &context.options.host) {
        (Some(host), Some(wanted)) if host != wanted => Some(What::refused("other_host", "plan_for_that_host")),
        (Some(_), None) if context.hosts.len() > 1 => Some(What::refused("host_is_ambiguous", "plan_for_that_host")),
        _ => None,
    }
}

fn no_path(object: &Affected) -> What {
    match (&object.object.host_path, object.object.inode) {
        (Some(_), _) => What::refused("unsafe_path", "find_path"),
        (None, Some(_)) => What::refused("path_unknown", "find_path_by_inode"),
        (None, None) => What::refused("path_unknown", "find_path"),
    }
}

fn at_path(object: &Affected, path: &Bytes, context: &Context) -> What {
    let entry = context.entries.get(&object.object.id).copied();
    if entry.is_some_and(|entry| cleaned(&entry.path).as_ref() != Some(path)) {
        return What::refused("catalogue_is_for_other_path", "plan_again");
    }
    let clean = match clean_version(entry, context.limit) {
        Ok(clean) => clean,
        Err(refused) => return refused,
    };
    let what = match (&object.existed_before, clean) {
        (Answer::No, Clean::Version(version)) if context.resolution(object) == Some(Resolution::TakeClean) => {
            restore(object, version)
        }
        (Answer::No, _) => quarantine(object, context),
        (_, Clean::Version(version)) => restore(object, version),
        (_, _) if is_special(object.object.kind) => Err(What::refused("special_file", "review_by_hand")),
        (Answer::Yes, Clean::Absent) => Err(What::refused("created_after_clean_point", next_without_version(object))),
        (Answer::CannotTell { .. }, Clean::Absent) if may_be_attackers(object) => quarantine(object, context),
        (_, Clean::Absent) => Err(What::refused("existence_unknown", "look_for_another_backup")),
        (_, Clean::None(reason)) => {
            let next = if object.renamed_to.is_some() { next_without_version(object) } else { next_for(reason) };
            Err(What::refused(reason, next))
        }
    };
    let (action, reason) = match what {
        Ok(drafted) => drafted,
        Err(refused) => return refused,
    };
    // The root directory can be neither replaced nor moved.
    if path.0 == b"/" && !matches!(action, StepAction::SetMetadata { .. }) {
        return What::refused("unsafe_path", "review_by_hand");
    }
    if !object.later_benign.is_empty() && context.resolution(object).is_none() {
        return What::refused("later_benign_change", "resolve_conflict");
    }
    let taken = !matches!(action, StepAction::Quarantine);
    let candidates = entry.map(|entry| candidates::list(entry, context.limit, taken)).unwrap_or_default();
    What::Step(Box::new(Draft { action, reason, candidates, events: object.events() }))
}

impl Context<'_> {
    fn resolution(&self, object: &Affected) -> Option<Resolution> {
        self.options.resolve.get(&object.object.id).copied()
    }
}

enum Clean<'a> {
    Version(&'a Version),
    Absent,
    None(&'a str),
}

/// Reads the clean point, and does not trust it: a plan must not use what was stored too late.
fn clean_version<'a>(entry: Option<&'a CatalogueEntry>, limit: Timestamp) -> Result<Clean<'a>, What> {
    let Some(entry) = entry else { return Ok(Clean::None("no_source_covers_path")) };
    match &entry.clean {
        CleanPoint::Version { index, .. } => match entry.versions.get(*index) {
            None => Err(What::refused("clean_version_missing", "plan_again")),
            Some(version) if version.stored.time > limit => Err(What::refused("clean_version_too_late", "plan_again")),
            Some(version) => Ok(Clean::Version(version)),
        },
        CleanPoint::Absent { stored, .. } if *stored > limit => {
            Err(What::refused("clean_version_too_late", "plan_again"))
        }
        CleanPoint::Absent { .. } => Ok(Clean::Absent),
        CleanPoint::None { reason } => Ok(Clean::None(reason)),
    }
}

fn next_for(reason: &str) -> &'static str {
    match reason {
        "all_versions_after_first_act" => "older_backup",
        "snapshot_damaged" => "repair_backup",
        "only_forged_times" => "older_backup",
        "only_declared_time" => "confirm_time",
        _ => "add_backup_source",
    }
}

fn next_without_version(object: &Affected) -> &'static str {
    if object.renamed_to.is_some() { "recover_from_renamed_copy" } else { "look_for_another_backup" }
}

fn is_special(kind: ObjectKind) -> bool {
    matches!(kind, ObjectKind::BlockDevice | ObjectKind::CharDevice | ObjectKind::Fifo)
}

/// Whether an act was seen that could have made the object, and it may still be there.
fn may_be_attackers(object: &Affected) -> bool {
    use OperationKind::{Created, Overwritten, RenamedHere, Truncated};
    object.exists_after != Answer::No && object.has(&[Created, Overwritten, RenamedHere, Truncated])
}

/// What the attacker made goes aside. A directory that was moved here is not what the attacker made:
/// its contents are the victim's data, and hiding them would harm.
fn quarantine(object: &Affected, context: &Context) -> Result<(StepAction, &'static str), What> {
    let moved_here = object.object.kind == ObjectKind::Directory && object.has(&[OperationKind::RenamedHere]);
    let source = object.renamed_from.as_ref().and_then(|from| context.objects.get(from));
    if moved_here && source.is_none_or(|source| source.existed_before != Answer::No) {
        return Err(What::refused("directory_moved_here", "move_directory_back"));
    }
    Ok((StepAction::Quarantine, "created_by_attacker"))
}

fn restore(object: &Affected, version: &Version) -> Result<(StepAction, &'static str), What> {
    let metadata = version.metadata.clone();
    // The oldest snapshot that holds it: of that one the storage time, checked above, speaks.
    let from = RestoreSource {
        source: version.source.clone(),
        snapshot: version.first_snapshot.clone(),
        content: version.content.clone(),
    };
    if let EntryKind::Special { .. } = metadata.entry {
        return Err(What::refused("special_file", "recreate"));
    }
    if object.only_metadata() {
        let reason = if object.has(&[OperationKind::Metadata]) { "metadata_changed" } else { "linked" };
        return Ok((StepAction::SetMetadata { from, metadata }, reason));
    }
    let reason = reason(object);
    Ok(match metadata.entry {
        EntryKind::File if from.content == ContentRef::Empty && metadata.size != Some(0) => {
            return Err(What::refused("snapshot_damaged", "repair_backup"));
        }
        EntryKind::File => (StepAction::WriteFile { from, metadata }, reason),
        EntryKind::Directory => (StepAction::MakeDirectory { from, metadata }, reason),
        EntryKind::Symlink { .. } => (StepAction::MakeSymlink { from, metadata }, reason),
        EntryKind::Special { .. } => unreachable!("special files were refused above"),
    })
}

/// The last act on the name decides; without one, it was the content.
fn reason(object: &Affected) -> &'static str {
    use OperationKind::{Deleted, RenamedAway, RenamedHere};
    let last_on_name =
        object.operations.iter().rev().find(|operation| matches!(operation.kind, Deleted | RenamedAway | RenamedHere));
    match last_on_name.map(|operation| operation.kind) {
        Some(Deleted) if object.exists_after != Answer::Yes => "deleted",
        Some(RenamedAway) if object.exists_after != Answer::Yes => "renamed_away",
        Some(RenamedHere) => "renamed_here",
        _ => "content_changed",
    }
}

/// The path without repeated or trailing slashes and `.`; `None` for what a plan must not name:
/// relative paths, `..` and NUL.
fn cleaned(path: &Bytes) -> Option<Bytes> {
    if path.0.first() != Some(&b'/') || path.0.contains(&0) {
        return None;
    }
    let mut out = Vec::with_capacity(path.0.len());
    for component in path.0.split(|&byte| byte == b'/') {
        match component {
            b"" | b"." => {}
            b".." => return None,
            name => {
                out.push(b'/');
                out.extend_from_slice(name);
            }
        }
    }
    if out.is_empty() {
        out.push(b'/');
    }
    Some(Bytes(out))
}
