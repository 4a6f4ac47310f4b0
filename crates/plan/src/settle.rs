//! What decisions on single objects mean for each other: one path, parents and children.
//!
//! The rules, in order:
//! 1. Two objects with one path get one step; the writer keeps what was there in quarantine. When one
//!    of them must stay as it is, the other gets none.
//! 2. Below a path that becomes a file or link nothing else can be done.
//! 3. A directory that was moved away, whose contents are not listed, is not replaced by an empty one.
//! 4. Nothing is written below a directory that is gone and does not come back.
//! 5. A directory goes into quarantine only if nothing in it is written or has to stay.

use std::collections::{BTreeMap, BTreeSet};

use model::{Answer, Bytes, OperationKind, StepAction};

use crate::{
    decide::{Outcome, What},
    order::depth,
};

pub(crate) fn settle(outcomes: &mut [Outcome]) {
    one_step_per_path(outcomes);
    nothing_below_files(outcomes);
    moved_directories(outcomes);
    missing_parents(outcomes);
    quarantined_directories(outcomes);
}

impl Outcome<'_> {
    fn action(&self) -> Option<&StepAction> {
        match &self.what {
            What::Step(draft) => Some(&draft.action),
            What::NotRestored { .. } => None,
        }
    }

    fn refused_for(&self, key: &str) -> bool {
        matches!(&self.what, What::NotRestored { reason, .. } if reason == key)
    }

    fn writes(&self) -> bool {
        self.action().is_some_and(|action| !matches!(action, StepAction::Quarantine))
    }
}

fn one_step_per_path(outcomes: &mut [Outcome]) {
    let mut by_path: BTreeMap<Bytes, Vec<usize>> = BTreeMap::new();
    for (index, outcome) in outcomes.iter().enumerate() {
        if let Some(path) = &outcome.path {
            by_path.entry(path.clone()).or_default().push(index);
        }
    }
    for indices in by_path.values().filter(|indices| indices.len() > 1) {
        let must_stay = |&&index: &&usize| {
            outcomes[index].refused_for("later_benign_change") || outcomes[index].refused_for("kept_by_decision")
        };
        let stays = indices.iter().any(|index| must_stay(&index));
        let indices: Vec<usize> = indices.iter().copied().filter(|&index| outcomes[index].action().is_some()).collect();
        if stays {
            for index in indices {
                outcomes[index].what = What::refused("later_benign_change", "resolve_conflict");
            }
            continue;
        }
        let kept = indices.iter().min_by_key(|&&index| match outcomes[index].action() {
            Some(StepAction::Quarantine) | None => 2,
            Some(StepAction::SetMetadata { .. }) => 1,
            Some(_) => 0,
        });
        for &index in indices.iter().filter(|&index| Some(index) != kept) {
            outcomes[index].what = What::refused("covered_by_other_step", "nothing");
        }
    }
}

fn nothing_below_files(outcomes: &mut [Outcome]) {
    let files: BTreeSet<Bytes> = outcomes
        .iter()
        .filter(|outcome| {
            matches!(outcome.action(), Some(StepAction::WriteFile { .. } | StepAction::MakeSymlink { .. }))
        })
        .filter_map(|outcome| outcome.path.clone())
        .collect();
    for outcome in outcomes.iter_mut() {
        let Some(path) = &outcome.path else { continue };
        if outcome.action().is_none() || !parents(path).any(|parent| files.contains(&parent)) {
            continue;
        }
        outcome.what = if outcome.writes() {
            What::refused("parent_is_not_a_directory", "review_by_hand")
        } else {
            What::refused("covered_by_other_step", "nothing")
        };
    }
}

fn moved_directories(outcomes: &mut [Outcome]) {
    let mut with_steps_below: BTreeSet<Bytes> = BTreeSet::new();
    for outcome in outcomes.iter().filter(|outcome| outcome.writes()) {
        if let Some(path) = &outcome.path {
            with_steps_below.extend(parents(path));
        }
    }
    for outcome in outcomes.iter_mut() {
        let moved = outcome.object.renamed_to.is_some()
            && outcome.object.exists_after != Answer::Yes
            && outcome.object.has(&[OperationKind::RenamedAway]);
        let empty = outcome.path.as_ref().is_some_and(|path| !with_steps_below.contains(path));
        if moved && empty && matches!(outcome.action(), Some(StepAction::MakeDirectory { .. })) {
            outcome.what = What::refused("directory_moved", "move_directory_back");
        }
    }
}

fn missing_parents(outcomes: &mut [Outcome]) {
    let mut top_down: Vec<usize> = (0..outcomes.len()).collect();
    top_down.sort_by_key(|&index| outcomes[index].path.as_ref().map_or(0, depth));
    let mut gone: BTreeSet<Bytes> = BTreeSet::new();
    for index in top_down {
        let outcome = &mut outcomes[index];
        let Some(path) = outcome.path.clone() else { continue };
        if outcome.writes() && parents(&path).any(|parent| gone.contains(&parent)) {
            outcome.what = What::refused("parent_is_not_restored", "restore_parent");
        }
        // Where a legitimate process came by later, it may have made the directory again.
        let stays_gone = outcome.object.exists_after == Answer::No && outcome.object.later_benign.is_empty();
        let existed = outcome.object.existed_before != Answer::No;
        // Of two objects with one path, the other one's step decides.
        if stays_gone && existed && !outcome.writes() && !outcome.refused_for("covered_by_other_step") {
            gone.insert(path);
        }
    }
}

fn quarantined_directories(outcomes: &mut [Outcome]) {
    let mut bottom_up: Vec<usize> = (0..outcomes.len()).collect();
    bottom_up.sort_by_key(|&index| std::cmp::Reverse(outcomes[index].path.as_ref().map_or(0, depth)));
    let mut held: BTreeSet<Bytes> = BTreeSet::new();
    for index in bottom_up {
        let outcome = &mut outcomes[index];
        let Some(path) = outcome.path.clone() else { continue };
        if matches!(outcome.action(), Some(StepAction::Quarantine)) && held.contains(&path) {
            outcome.what = What::refused("holds_other_objects", "review_by_hand");
        }
        let stays = match &outcome.what {
            What::Step(_) => outcome.writes(),
            What::NotRestored { .. } => {
                let settled = outcome.refused_for("gone_again") || outcome.refused_for("covered_by_other_step");
                outcome.object.exists_after != Answer::No && !settled
            }
        };
        if stays {
            held.extend(parents(&path));
        }
    }
}

/// The directories above a cleaned path, nearest first, without the root.
fn parents(path: &Bytes) -> impl Iterator<Item = Bytes> {
    let bytes = path.0.clone();
    let slashes: Vec<usize> = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(at, _)| at).collect();
    slashes.into_iter().rev().filter(|&at| at > 0).map(move |at| Bytes(bytes[..at].to_vec()))
}
