//! Every version of an object, and why it was or was not chosen.

use model::{Candidate, CatalogueEntry, CleanPoint, TimeOrigin, Timestamp, Version};

/// A snapshot's own time that differs from its storage time by more than this counts as forged.
/// Chosen by eye: an honest snapshot states when it began, and few backups run for a day.
const FORGED_GAP_NS: i64 = 24 * 3600 * 1_000_000_000;

/// Lists all versions of the entry, oldest first. The chosen one (`taken` says whether the step uses
/// it) gets a second line `only_declared_time` when nobody but the snapshot itself dates it.
pub(crate) fn list(entry: &CatalogueEntry, limit: Timestamp, taken: bool) -> Vec<Candidate> {
    let clean = match &entry.clean {
        CleanPoint::Version { index, .. } => Some(*index),
        _ => None,
    };
    let chosen = clean.filter(|_| taken).and_then(|index| entry.versions.get(index).map(|version| (index, version)));
    let mut candidates = Vec::with_capacity(entry.versions.len());
    for (index, version) in entry.versions.iter().enumerate() {
        let reason = match chosen {
            Some((chosen, _)) if chosen == index => "chosen",
            Some((_, chosen)) => why_not(version, chosen, limit),
            None => without_choice(version, limit),
        };
        candidates.push(Candidate { version: index, reason: reason.to_string() });
        if reason == "chosen" && version.stored.origin == TimeOrigin::Declared {
            candidates.push(Candidate { version: index, reason: "only_declared_time".to_string() });
        }
    }
    candidates
}

fn why_not(version: &Version, chosen: &Version, limit: Timestamp) -> &'static str {
    if forged(version) {
        return "forged_time";
    }
    if version.stored.time > limit {
        return "stored_after_first_act";
    }
    if version.stored.origin == TimeOrigin::Declared && chosen.stored.origin != TimeOrigin::Declared {
        return "only_declared_time";
    }
    // Newer than the chosen one and not too late: the catalogue knew a reason that a version does not carry.
    if version.stored.time > chosen.stored.time { "passed_over" } else { "older" }
}

fn without_choice(version: &Version, limit: Timestamp) -> &'static str {
    if forged(version) {
        "forged_time"
    } else if version.stored.time > limit {
        "stored_after_first_act"
    } else {
        "gone_before_first_act"
    }
}

fn forged(version: &Version) -> bool {
    version.stored.declared.is_some_and(|declared| {
        declared.0.checked_sub(version.stored.time.0).is_none_or(|gap| gap.unsigned_abs() > FORGED_GAP_NS as u64)
    })
}
