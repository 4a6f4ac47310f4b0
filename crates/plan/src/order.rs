//! The order of steps.
//!
//! Directories from the top down, so that each finds its parent; files; links; metadata of files and
//! links; then what the attacker made, deepest first, when everything that lies beside it is back;
//! last the metadata of directories, deepest first, because every step in them changes their times.

use std::cmp::Reverse;

use model::{Bytes, EntryKind, StepAction};

/// Number of components of a cleaned path.
pub(crate) fn depth(path: &Bytes) -> usize {
    path.0.split(|&byte| byte == b'/').filter(|component| !component.is_empty()).count()
}

/// The sort key of a step. Paths are unique among steps, so the order is total.
pub(crate) fn key(path: &Bytes, action: &StepAction) -> (u8, usize, Reverse<usize>, Bytes) {
    let depth = depth(path);
    let (phase, down, up) = match action {
        StepAction::MakeDirectory { .. } => (0, depth, 0),
        StepAction::WriteFile { .. } => (1, 0, 0),
        StepAction::MakeSymlink { .. } => (2, 0, 0),
        StepAction::SetMetadata { metadata, .. } if metadata.entry != EntryKind::Directory => (3, 0, 0),
        StepAction::Quarantine => (4, 0, depth),
        StepAction::SetMetadata { .. } => (5, 0, depth),
    };
    (phase, down, Reverse(up), path.clone())
}
