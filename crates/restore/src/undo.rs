//! Takes steps back: exactly what stood at each path before stands there again.

use std::{collections::BTreeSet, os::fd::AsFd as _};

use model::{Approved, EntryKind, Fingerprint, Receipt, Step, StepId, StepState, Undo};

use crate::{
    Error, Progress, Refusal, Target,
    change::{inode_of, matches_print, reset_metadata},
    error::{Attempted as _, Stop},
    execute::{receipts, settle_all},
    journal::{Entry, journal_path},
    look::{Hashing, Look},
    private,
    session::{Run, Session},
    target::Place,
};

/// Which steps are to be undone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// Every step that changed something.
    All,
    /// These.
    Steps(BTreeSet<StepId>),
}

/// What an undo came to.
#[derive(Debug)]
pub struct Undone {
    /// The receipts of all steps as they are now, in plan order.
    pub receipts: Vec<Receipt>,
    /// Steps that were to be undone and were not; their objects are as the restore left them.
    pub refused: Vec<(StepId, Refusal)>,
}

/// Undoes steps of an executed plan, last first, from the journal in the case.
///
/// A step is undone only while what it put there still stands there unchanged, else it is refused with
/// `changed_since_restore`: somebody's later work is never lost. A directory that the restore made
/// is removed only when it is empty (`directory_not_empty`). Undoing again what is undone does
/// nothing; a crash at any point resumes.
pub fn undo(approved: &Approved, target: &Target, selection: &Selection, run: Run<'_>) -> Result<Undone, Error> {
    let path = journal_path(run.case, &approved.plan().id);
    if !path.exists() {
        return Err(Error::NeverExecuted { path });
    }
    let mut session = Session::open(approved, target, &run)?;
    settle_all(&mut session)?;
    let mut refused = Vec::new();
    for step in approved.plan().steps.iter().rev() {
        let is_selected = match selection {
            Selection::All => true,
            Selection::Steps(steps) => steps.contains(&step.id),
        };
        if is_selected && session.unsettled.contains_key(&step.id) {
            let detail = "a change that was interrupted cannot be settled, because its place cannot be reached safely";
            refused.push((step.id, Refusal::because("unsafe_parent", detail)));
            continue;
        }
        let Some(receipt) = session.journal.history.receipts.get(&step.id).filter(|_| is_selected).cloned() else {
            continue;
        };
        if receipt.state == StepState::Undone || receipt.undo == Undo::Nothing {
            continue;
        }
        match undo_step(&mut session, step, &receipt) {
            Ok(undone) => {
                session.finish(&undone)?;
                (run.progress)(Progress::Finished { step: step.id, state: StepState::Undone });
            }
            Err(Stop::Step(refusal)) => refused.push((step.id, refusal)),
            Err(Stop::Run(error)) => return Err(error),
        }
    }
    reset_directory_times(&session);
    // As after a restore: leftovers hurt nothing and go with the next run.
    let _ = private::tidy(&mut session);
    Ok(Undone { receipts: receipts(&session), refused })
}

fn undo_step(session: &mut Session<'_>, step: &Step, receipt: &Receipt) -> Result<Receipt, Stop> {
    let place = session.target.place(session.calls, &step.path)?;
    let found = Look::at_place(session.calls, session.target, &place)?;
    match &receipt.undo {
        Undo::Nothing => {}
        Undo::PutBack { quarantined } => put_back(session, step, receipt, &place, found.as_ref(), quarantined)?,
        Undo::Remove => remove(session, step, receipt, &place, found.as_ref())?,
        Undo::ResetMetadata { mode, uid, gid, modified, xattrs } => {
            // Only the inode counts: a crash may have set half of it back already.
            let look =
                found.filter(|look| Some(look.inode()) == inode_of(&receipt.before)).ok_or_else(changed_since)?;
            session.journal.commit(session.calls, &Entry::UndoIntent { step: step.id })?;
            reset_metadata(session, &look, (*mode, *uid, *gid, *modified), xattrs)?;
        }
    }
    session.calls.fsync(place.parent.as_fd()).attempted("making the directory durable")?;
    let now = Look::at_place(session.calls, session.target, &place)?;
    Ok(Receipt {
        state: StepState::Undone,
        after: match &now {
            // The content was not touched since its hash was taken.
            Some(look) if matches_print(look, &receipt.before) => receipt.before.clone(),
            other => crate::look::fingerprint_of(session.calls, other.as_ref(), Hashing::Bounded { expected: None })?,
        },
        undo: Undo::Nothing,
        at: session.clock.now(),
        ..receipt.clone()
    })
}

fn put_back(
    session: &mut Session<'_>,
    step: &Step,
    receipt: &Receipt,
    place: &Place,
    found: Option<&Look>,
    quarantined: &model::Bytes,
) -> Result<(), Stop> {
    let private = private::open(session, place.root)?;
    let calls = session.calls;
    let kept = (private.quarantine.as_fd(), quarantined.as_bytes());
    let in_quarantine = Look::at(calls, session.target, place.root, kept)?.map(|look| look.inode());
    let ours = inode_of(&receipt.after);
    let is_begun = session.journal.history.undo_pending.contains(&step.id);
    let is_back = found.map(Look::inode).is_some_and(|inode| Some(inode) == inode_of(&receipt.before));
    if is_back && is_begun {
        // A crash came after the swap: only our own object is left to be removed.
        return Ok(drop_ours(session, place, &private, kept, ours)?);
    }
    if in_quarantine != inode_of(&receipt.before) {
        let detail = format!("{quarantined} in quarantine is not what the step put there");
        return Err(Refusal::because("quarantine_missing", detail).into());
    }
    match found {
        None if ours.is_none() => {
            session.journal.commit(calls, &Entry::UndoIntent { step: step.id })?;
            calls.rename_new(kept, place.at()).attempted("putting the former object back")?;
        }
        Some(look) if is_still_ours(session, look, &receipt.after)? => {
            session.journal.commit(calls, &Entry::UndoIntent { step: step.id })?;
            calls.exchange(kept, place.at()).attempted("putting the former object back")?;
            drop_ours(session, place, &private, kept, ours)?;
        }
        _ => return Err(changed_since().into()),
    }
    calls.fsync(private.quarantine.as_fd()).attempted("making quarantine durable")?;
    Ok(())
}

/// Removes the restored object after it was swapped out; anything else that came along is kept and swapped back.
fn drop_ours(
    session: &Session<'_>,
    place: &Place,
    private: &private::Private,
    kept: (std::os::fd::BorrowedFd<'_>, &[u8]),
    ours: Option<u64>,
) -> Result<(), Refusal> {
    let calls = session.calls;
    let Some(out) = Look::at(calls, session.target, place.root, kept)? else { return Ok(()) };
    if Some(out.inode()) != ours {
        calls.exchange(kept, place.at()).attempted("giving back what appeared at the path")?;
        return Err(changed_since());
    }
    let removed = if out.is_directory() { calls.rmdir(kept.0, kept.1) } else { calls.unlink(kept.0, kept.1) };
    if let Err(error) = removed {
        if out.is_directory() {
            calls.exchange(kept, place.at()).attempted("giving back a directory that is not empty")?;
            return Err(Refusal::because("directory_not_empty", "the directory that the restore made is in use"));
        }
        return Err(Refusal::of("removing the restored object", &error));
    }
    calls.fsync(private.quarantine.as_fd()).attempted("making quarantine durable")
}

fn remove(
    session: &mut Session<'_>,
    step: &Step,
    receipt: &Receipt,
    place: &Place,
    found: Option<&Look>,
) -> Result<(), Stop> {
    let calls = session.calls;
    let Some(look) = found else {
        // Gone: by a crashed undo, or by somebody who wanted the same.
        return Ok(());
    };
    if !is_still_ours(session, look, &receipt.after)? {
        return Err(changed_since().into());
    }
    session.journal.commit(calls, &Entry::UndoIntent { step: step.id })?;
    if look.is_directory() {
        return match calls.rmdir(place.parent.as_fd(), &place.name) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == std::io::ErrorKind::DirectoryNotEmpty => {
                let detail = "the directory that the restore made holds something by now";
                Err(Refusal::because("directory_not_empty", detail).into())
            }
            Err(error) => Err(Refusal::of("removing the directory", &error).into()),
        };
    }
    // Out of sight first, then looked at again: an unlink of the path itself could hit what was put there meanwhile.
    let private = private::open(session, place.root)?;
    private::clear_staged(session, place.root, &private, step.id)?;
    let name = private::staged_name(step.id);
    let staging = (private.staging.as_fd(), &name[..]);
    calls.rename_new(place.at(), staging).attempted("taking the restored object away")?;
    let out = Look::at(calls, session.target, place.root, staging)?.map(|look| look.inode());
    if out != inode_of(&receipt.after) {
        calls.rename_new(staging, place.at()).attempted("giving back what appeared at the path")?;
        return Err(changed_since().into());
    }
    Ok(calls.unlink(staging.0, staging.1).attempted("removing the restored object")?)
}

/// Same inode, and for files the same content. (Directories change with their children.)
fn is_still_ours(session: &Session<'_>, look: &Look, after: &Fingerprint) -> Result<bool, Refusal> {
    let Fingerprint::Something { kind, inode, sha256, size, .. } = after else { return Ok(false) };
    if look.inode() != *inode || look.kind() != kind {
        return Ok(false);
    }
    if !look.is_file() {
        return Ok(true);
    }
    if look.stat.stx_size != *size {
        return Ok(false);
    }
    let found = look
        .content_hash(session.calls, Hashing::Bounded { expected: Some(*size) })
        .attempted("reading the restored file")?;
    Ok(found == *sha256)
}

fn changed_since() -> Refusal {
    Refusal::because("changed_since_restore", "what the restore put there was changed or replaced since")
}

/// Undoing children changed the times of directories that were undone before them.
fn reset_directory_times(session: &Session<'_>) {
    let calls = session.calls;
    for step in &session.plan.steps {
        let is_directory = crate::session::wanted(step).is_some_and(|wanted| wanted.entry == EntryKind::Directory);
        let Some(receipt) = session.journal.history.receipts.get(&step.id).filter(|_| is_directory) else { continue };
        let (StepState::Undone | StepState::AlreadyRight, Fingerprint::Something { inode, modified, .. }) =
            (&receipt.state, &receipt.before)
        else {
            continue;
        };
        let Ok(place) = session.target.place(calls, &step.path) else { continue };
        if let Ok(Some(look)) = Look::at_place(calls, session.target, &place)
            && look.inode() == *inode
        {
            let _ = calls.set_modified(look.object.as_fd(), *modified);
        }
    }
}
