//! Moves what the attacker made out of the way, whole and unopened.
//!
//! A directory goes as it is, and only if the plan quarantines everything in it: what somebody else
//! put there stays where it is, and the step says so.

use std::{collections::BTreeSet, os::fd::AsFd as _};

use model::{Bytes, Receipt, Step};
use rustix::fs::OFlags;

use crate::{
    Refusal,
    change::{Ready, take_away},
    error::{Attempted as _, Stop},
    look::Look,
    session::Session,
    target,
};

/// Most entries of one directory tree that are compared with the plan. Chosen by eye: ten times the largest plan seen.
const ENTRIES_MAX: usize = 100_000;

/// Deepest tree that is compared; each level holds a descriptor. Chosen by eye.
const DEPTH_MAX: usize = 128;

pub(crate) fn perform(session: &mut Session<'_>, step: &Step, ready: &Ready) -> Result<Receipt, Stop> {
    let Some(look) = &ready.look else {
        return Ok(super::already_right(session, step, ready, None));
    };
    look.refuse_if_locked()?;
    refuse_other_entries(session, look, ready.place.root, &step.path)?;
    take_away(session, step, ready)
}

/// Refuses a directory that holds anything which the plan does not quarantine.
pub(crate) fn refuse_other_entries(
    session: &Session<'_>,
    look: &Look,
    root: usize,
    path: &Bytes,
) -> Result<(), Refusal> {
    if !look.is_directory() {
        return Ok(());
    }
    let mut names = target::components(path)?;
    let mut left = ENTRIES_MAX;
    compare(session, look, root, &mut names, &mut left, DEPTH_MAX)
}

fn compare(
    session: &Session<'_>,
    directory: &Look,
    root: usize,
    path: &mut Vec<Vec<u8>>,
    left: &mut usize,
    depth_left: usize,
) -> Result<(), Refusal> {
    let too_many = || Refusal::because("too_many_entries", "the directory holds too much to compare with the plan");
    let names = names_in(session, directory)?;
    *left = left.checked_sub(names.len()).ok_or_else(too_many)?;
    let below = depth_left.checked_sub(1).ok_or_else(too_many)?;
    for name in names {
        path.push(name.clone());
        if !session.quarantined_paths.contains(path) {
            let other = Bytes([b"/", path.join(&b'/').as_slice()].concat());
            let detail = format!("{other} is not in the plan; the directory was left as it is");
            return Err(Refusal::because("directory_not_empty_of_others", detail));
        }
        let entry = Look::at(session.calls, session.target, root, (directory_fd(session, directory)?.as_fd(), &name))?;
        if let Some(entry) = entry.filter(Look::is_directory) {
            compare(session, &entry, root, path, left, below)?;
        }
        path.pop();
    }
    Ok(())
}

fn directory_fd(session: &Session<'_>, directory: &Look) -> Result<std::os::fd::OwnedFd, Refusal> {
    session.calls.reopen(directory.object.as_fd(), OFlags::DIRECTORY).attempted("opening the directory")
}

/// The names in a directory, sorted.
pub(crate) fn names_in(session: &Session<'_>, directory: &Look) -> Result<BTreeSet<Vec<u8>>, Refusal> {
    let opened = directory_fd(session, directory)?;
    session
        .calls
        .entries(opened.as_fd(), ENTRIES_MAX)
        .attempted("listing the directory")?
        .ok_or_else(|| Refusal::because("too_many_entries", "the directory holds too much to compare with the plan"))
}
