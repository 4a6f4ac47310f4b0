//! Runs an approved plan, step by step, and goes on where a crash stopped it.

use model::{Approved, EntryKind, Receipt, Step, StepAction, StepState, Undo};

use crate::{
    ContentSource, Error, Progress, Refusal, Target,
    change::{self, changed},
    error::{Attempted as _, Stop},
    journal::{Change, Intent},
    look::{Hashing, Look},
    private,
    session::{Run, Session, wanted},
    steps,
};

/// Executes an approved plan on a target. Only an [`Approved`] plan can be executed:
///
/// ```compile_fail,E0308
/// fn skip_the_approval(plan: &model::Plan, target: &restore::Target, source: &mut dyn restore::ContentSource, run: restore::Run<'_>) {
///     let _ = restore::execute(plan, target, source, run);
/// }
/// ```
///
/// Returns one receipt per step, in plan order. A step that is refused or fails leaves its object
/// exactly as it was, and the others go on. Steps that the journal shows done are not done again; steps
/// that were refused, failed or undone are tried anew. An [`Error`] means that the run stopped between two steps or
/// could not begin; running it again goes on from there.
pub fn execute(
    approved: &Approved,
    target: &Target,
    content: &mut dyn ContentSource,
    run: Run<'_>,
) -> Result<Vec<Receipt>, Error> {
    let mut session = Session::open(approved, target, &run)?;
    let progress = run.progress;
    settle_all(&mut session)?;
    for step in &approved.plan().steps {
        if is_finished(&session, step) || session.unsettled.contains_key(&step.id) {
            continue;
        }
        progress(Progress::Started { step: step.id, steps: approved.plan().steps.len() });
        let mut receipt = match steps::perform(&mut session, step, content, progress) {
            Ok(receipt) => receipt,
            Err(Stop::Step(refusal)) => session.refused(step, &refusal),
            Err(Stop::Run(error)) => return Err(error),
        };
        note_earlier_object(&session, &mut receipt);
        session.finish(&receipt)?;
        progress(Progress::Finished { step: step.id, state: receipt.state });
    }
    set_directory_times(&mut session)?;
    // Leftovers hurt nothing, and the next run removes them; failing now would hide the receipts.
    let _ = private::tidy(&mut session);
    Ok(receipts(&session))
}

pub(crate) fn receipts(session: &Session<'_>) -> Vec<Receipt> {
    let receipt = |step: &Step| {
        session.unsettled.get(&step.id).or_else(|| session.journal.history.receipts.get(&step.id)).cloned()
    };
    session.plan.steps.iter().filter_map(receipt).collect()
}

/// A step tried again after it could not be taken back: what it took out then is still in quarantine.
fn note_earlier_object(session: &Session<'_>, receipt: &mut Receipt) {
    let earlier =
        session.journal.history.receipts.get(&receipt.step).filter(|earlier| earlier.state != StepState::Undone);
    if let Some(Undo::PutBack { quarantined }) = earlier.map(|earlier| &earlier.undo) {
        receipt.notes.push(format!("earlier_object_in_quarantine name={quarantined}"));
    }
}

fn is_finished(session: &Session<'_>, step: &Step) -> bool {
    let state = session.journal.history.receipts.get(&step.id).map(|receipt| &receipt.state);
    matches!(state, Some(StepState::Done | StepState::AlreadyRight))
}

/// Settles every change that a crash interrupted, by looking where everything is.
pub(crate) fn settle_all(session: &mut Session<'_>) -> Result<(), Error> {
    let pending: Vec<Intent> = session.journal.history.pending.values().cloned().collect();
    let plan = session.plan;
    for intent in pending {
        let Some(step) = plan.steps.iter().find(|step| step.id == intent.step) else { continue };
        match settle(session, step, &intent) {
            Ok(Some(receipt)) => session.finish(&receipt)?,
            Ok(None) => {}
            Err(Stop::Step(refusal)) => {
                let receipt = change::unsettled(session, step, &intent, &refusal);
                session.unsettled.insert(step.id, receipt);
            }
            Err(Stop::Run(error)) => return Err(error),
        }
    }
    Ok(())
}

/// `None`: the change had not happened, and the step is to be done from its beginning.
fn settle(session: &mut Session<'_>, step: &Step, intent: &Intent) -> Result<Option<Receipt>, Stop> {
    if intent.change == Change::InPlace {
        session.interrupted.insert(step.id, intent.clone());
        return Ok(None);
    }
    let place = session.target.place(session.calls, &step.path)?;
    let private = private::open(session, place.root)?;
    let here = Look::at_place(session.calls, session.target, &place)?.map(|look| look.inode());
    let is_swapped = match intent.change {
        Change::Exchange | Change::Place => here.is_some() && here == intent.ours,
        Change::TakeAway => here.is_none() && change::is_taken(session, place.root, &private, intent)?,
        Change::InPlace => false,
    };
    if is_swapped {
        return Ok(Some(match change::complete(session, step, &place, Some(&private), intent) {
            Ok(receipt) => receipt,
            Err(refusal) => change::give_back(session, step, &place, Some(&private), intent, &refusal),
        }));
    }
    // Not swapped, or somebody put a third thing there since: what we took out is kept, and the step looks anew.
    change::keep_former(session, step, place.root, &private, intent)?;
    private::clear_staged(session, place.root, &private, step.id)?;
    Ok(None)
}

/// Entries made and moved in a directory changed its times; the plan's own times come last, deepest first.
fn set_directory_times(session: &mut Session<'_>) -> Result<(), Error> {
    let plan = session.plan;
    let mut directories: Vec<&Step> = plan.steps.iter().filter(|step| gives_directory_times(step)).collect();
    directories.sort_by_key(|step| std::cmp::Reverse(step.path.as_bytes().len()));
    for step in directories {
        let Some(receipt) = session.journal.history.receipts.get(&step.id).cloned() else { continue };
        if !matches!(receipt.state, StepState::Done | StepState::AlreadyRight) {
            continue;
        }
        let Some(modified) = wanted(step).and_then(|metadata| metadata.modified) else { continue };
        let updated = match set_time(session, step, &receipt, modified) {
            Ok(None) => continue,
            Ok(Some(after)) => Receipt { after, ..receipt },
            Err(refusal) => {
                let mut receipt = receipt;
                let note = format!("directory_time_not_restored reason={}", refusal.reason);
                if receipt.notes.contains(&note) {
                    continue;
                }
                receipt.notes.push(note);
                receipt
            }
        };
        session.finish(&updated)?;
    }
    Ok(())
}

fn gives_directory_times(step: &Step) -> bool {
    matches!(
        &step.action,
        StepAction::MakeDirectory { metadata, .. } | StepAction::SetMetadata { metadata, .. }
            if metadata.entry == EntryKind::Directory
    )
}

fn set_time(
    session: &Session<'_>,
    step: &Step,
    receipt: &Receipt,
    modified: model::Timestamp,
) -> Result<Option<model::Fingerprint>, Refusal> {
    use std::os::fd::AsFd as _;
    let calls = session.calls;
    let place = session.target.place(calls, &step.path)?;
    let inode = match receipt.after {
        model::Fingerprint::Something { inode, .. } => inode,
        model::Fingerprint::Nothing => return Ok(None),
    };
    let look = Look::at_place(calls, session.target, &place)?
        .filter(|look| look.inode() == inode)
        .ok_or_else(|| changed("another directory stands at the path now"))?;
    let looks_right = look.modified() == modified;
    if !looks_right {
        calls.set_modified(look.object.as_fd(), modified).attempted("setting the directory's time")?;
    }
    let after = Look::at_place(calls, session.target, &place)?
        .ok_or_else(|| changed("the directory is gone"))?
        .fingerprint(calls, Hashing::Never)?;
    Ok((after != receipt.after).then_some(after))
}
