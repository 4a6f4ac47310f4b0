//! The moment of change: intent, swap, proof, and the way back when any of it fails.

use std::{os::fd::AsFd as _, rc::Rc};

use model::{Bytes, EntryKind, Fingerprint, Receipt, Step, StepState, Undo, Xattr};
use rustix::io::Errno;

use crate::{
    Refusal,
    attributes::{self, Difference},
    error::{Attempted as _, Stop},
    journal::{Change, Entry, Intent},
    look::{Hashing, Look},
    private::{self, Private, free_quarantine_name, staged_name},
    session::{Session, refused_state, wanted},
    stage::Staged,
    target::Place,
};

/// What was found at a step's path before it acted.
#[derive(Debug)]
pub(crate) struct Ready {
    pub(crate) place: Place,
    pub(crate) look: Option<Look>,
    pub(crate) print: Fingerprint,
}

impl Ready {
    /// The *ready* of a step: where it acts, and a fingerprint of what is there.
    pub(crate) fn look(session: &Session<'_>, step: &Step) -> Result<Self, Refusal> {
        let place = session.target.place(session.calls, &step.path)?;
        let look = Look::at_place(session.calls, session.target, &place)?;
        let hashing = Hashing::Bounded { expected: wanted(step).and_then(|wanted| wanted.size) };
        let print = crate::look::fingerprint_of(session.calls, look.as_ref(), hashing)?;
        Ok(Self { place, look, print })
    }

    /// Looks again, from the root on: the same parent, and the same object, unchanged.
    fn check_unchanged(&self, session: &Session<'_>, step: &Step) -> Result<(), Refusal> {
        let place = session.target.place(session.calls, &step.path)?;
        let now = Look::at_place(session.calls, session.target, &place)?;
        let is_same = place.parent_inode == self.place.parent_inode
            && match (&self.look, &now) {
                (None, None) => true,
                (Some(then), Some(now)) => now.is_unchanged(then),
                _ => false,
            };
        if !is_same {
            return Err(changed("what stands at the path, or its parent, changed while the step was prepared"));
        }
        self.look.as_ref().map_or(Ok(()), Look::refuse_if_locked)
    }

    /// Notes about the former object that a reader must know.
    pub(crate) fn notes(&self) -> Vec<String> {
        let links = self.look.as_ref().filter(|look| look.is_file()).map_or(1, |look| look.stat.stx_nlink);
        if links > 1 { vec![format!("former_object_has_other_links count={links}")] } else { Vec::new() }
    }
}

pub(crate) fn changed(detail: &str) -> Refusal {
    Refusal::because("changed_during_restore", detail)
}

/// Puts the staged object at the path; what is there goes to quarantine.
pub(crate) fn replace(session: &mut Session<'_>, step: &Step, ready: &Ready, staged: &Staged) -> Result<Receipt, Stop> {
    let discard = |session: &Session<'_>, refusal: Refusal| {
        let _ = private::clear_staged(session, ready.place.root, &staged.private, step.id);
        refusal
    };
    ready.check_unchanged(session, step).map_err(|refusal| discard(session, refusal))?;
    let quarantined = match ready.look {
        None => None,
        Some(_) => Some(
            free_quarantine_name(session, ready.place.root, &staged.private, step.id, &ready.place.name)
                .map_err(|refusal| discard(session, refusal))?,
        ),
    };
    let intent = Intent {
        step: step.id,
        change: if quarantined.is_some() { Change::Exchange } else { Change::Place },
        before: ready.print.clone(),
        before_xattrs: Vec::new(),
        ours: Some(staged.inode),
        quarantined,
        sha256: staged.sha256,
        notes: ready.notes(),
    };
    carry_out(session, step, &ready.place, Some(&staged.private), intent)
}

/// Moves what is at the path to quarantine.
pub(crate) fn take_away(session: &mut Session<'_>, step: &Step, ready: &Ready) -> Result<Receipt, Stop> {
    let private = private::open(session, ready.place.root)?;
    ready.check_unchanged(session, step)?;
    let quarantined = free_quarantine_name(session, ready.place.root, &private, step.id, &ready.place.name)?;
    let intent = Intent {
        step: step.id,
        change: Change::TakeAway,
        before: ready.print.clone(),
        before_xattrs: Vec::new(),
        ours: None,
        quarantined: Some(quarantined),
        sha256: None,
        notes: ready.notes(),
    };
    carry_out(session, step, &ready.place, Some(&private), intent)
}

/// Sets metadata on what is at the path.
pub(crate) fn set_in_place(session: &mut Session<'_>, step: &Step, ready: &Ready) -> Result<Receipt, Stop> {
    ready.check_unchanged(session, step)?;
    let Some(look) = &ready.look else {
        return Err(Refusal::because("nothing_there", "there is nothing to set metadata on").into());
    };
    let before_xattrs = look.attributes(session.calls)?.unwrap_or_default();
    let mut intent = Intent {
        step: step.id,
        change: Change::InPlace,
        before: ready.print.clone(),
        before_xattrs,
        ours: None,
        quarantined: None,
        sha256: None,
        notes: Vec::new(),
    };
    // A crash half-way through an earlier run: what stood here then is what an undo must bring back.
    if let Some(first) = session.interrupted.get(&step.id).filter(|first| first.before_inode() == Some(look.inode())) {
        intent = first.clone();
    }
    carry_out(session, step, &ready.place, None, intent)
}

fn carry_out(
    session: &mut Session<'_>,
    step: &Step,
    place: &Place,
    private: Option<&Rc<Private>>,
    intent: Intent,
) -> Result<Receipt, Stop> {
    session.journal.commit(session.calls, &Entry::Intent(intent.clone()))?;
    let private = private.map(Rc::as_ref);
    let done =
        swap(session, step, place, private, &intent).and_then(|()| complete(session, step, place, private, &intent));
    Ok(match done {
        Ok(receipt) => receipt,
        Err(refusal) => give_back(session, step, place, private, &intent, &refusal),
    })
}

/// The one operation that changes what stands at the path.
fn swap(
    session: &Session<'_>,
    step: &Step,
    place: &Place,
    private: Option<&Private>,
    intent: &Intent,
) -> Result<(), Refusal> {
    let calls = session.calls;
    let name = staged_name(step.id);
    let (Some(private), change) = (private, intent.change) else {
        return set_attributes(session, step, place, intent);
    };
    let result = match change {
        Change::Exchange => calls.exchange((private.staging.as_fd(), &name), place.at()),
        Change::Place => calls.rename_new((private.staging.as_fd(), &name), place.at()),
        Change::TakeAway => {
            let to = quarantine_name(intent)?;
            calls.rename_new(place.at(), (private.quarantine.as_fd(), to))
        }
        Change::InPlace => return set_attributes(session, step, place, intent),
    };
    result.map_err(|error| match Errno::from_io_error(&error) {
        Some(Errno::BUSY) => Refusal::because("mount_point", "a file system is mounted at the path"),
        Some(Errno::XDEV) => Refusal::because("mount_point", "the path lies on another file system than the target"),
        Some(Errno::INVAL | Errno::NOSYS) => {
            Refusal::because("no_atomic_exchange", "this file system cannot swap two names in one operation")
        }
        Some(Errno::NOENT | Errno::EXIST) => changed("what stands at the path changed at the very moment of the swap"),
        Some(Errno::PERM) => locked_parent(session, place).unwrap_or_else(|| Refusal::of("swapping", &error)),
        _ => Refusal::of("swapping", &error),
    })
}

fn locked_parent(session: &Session<'_>, place: &Place) -> Option<Refusal> {
    let stat = session.calls.statx(place.parent.as_fd()).ok()?;
    let flags =
        [(rustix::fs::StatxAttributes::IMMUTABLE, "immutable"), (rustix::fs::StatxAttributes::APPEND, "append_only")];
    let (_, reason) = flags.into_iter().find(|(flag, _)| stat.stx_attributes.contains(*flag))?;
    Some(Refusal::because(reason, "the parent directory carries this flag; take it away with chattr first"))
}

fn set_attributes(session: &Session<'_>, step: &Step, place: &Place, intent: &Intent) -> Result<(), Refusal> {
    let look = Look::at_place(session.calls, session.target, place)?
        .filter(|look| Some(look.inode()) == intent.before_inode())
        .ok_or_else(|| changed("another object stands at the path now"))?;
    let wanted = wanted(step).ok_or_else(|| Refusal::failed("the step has no metadata"))?;
    attributes::apply(session.calls, look.object.as_fd(), wanted, session.ownership)?;
    make_durable(session, &look)
}

fn make_durable(session: &Session<'_>, look: &Look) -> Result<(), Refusal> {
    if !look.is_file() && !look.is_directory() {
        return Ok(());
    }
    // A file that its mode keeps from us is synchronised by its file system in its own time.
    match session.calls.reopen(look.object.as_fd(), rustix::fs::OFlags::empty()) {
        Ok(opened) => session.calls.fsync(opened.as_fd()).attempted("making the metadata durable"),
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied && !rustix::process::geteuid().is_root() => {
            Ok(())
        }
        Err(error) => Err(Refusal::of("making the metadata durable", &error)),
    }
}

/// Everything after the swap: former object into quarantine, durable, proven from the root on.
pub(crate) fn complete(
    session: &Session<'_>,
    step: &Step,
    place: &Place,
    private: Option<&Private>,
    intent: &Intent,
) -> Result<Receipt, Refusal> {
    let calls = session.calls;
    if let Some(private) = private {
        if intent.change == Change::Exchange {
            move_former(session, step, place.root, private, intent)?;
        }
        calls.fsync(place.parent.as_fd()).attempted("making the directory durable")?;
        calls.fsync(private.staging.as_fd()).attempted("making staging durable")?;
        calls.fsync(private.quarantine.as_fd()).attempted("making quarantine durable")?;
        if intent.change == Change::TakeAway {
            check_taken(session, step, place.root, private, intent)?;
        }
    }
    let (after, mut notes) = confirm(session, step, intent)?;
    notes.splice(0..0, intent.notes.iter().cloned());
    Ok(Receipt {
        step: step.id,
        object: step.object.clone(),
        path: step.path.clone(),
        state: StepState::Done,
        before: intent.before.clone(),
        after,
        undo: undo_of(intent),
        at: session.clock.now(),
        notes,
    })
}

fn undo_of(intent: &Intent) -> Undo {
    match (intent.change, &intent.quarantined, &intent.before) {
        (Change::InPlace, _, Fingerprint::Something { mode, uid, gid, modified, .. }) => Undo::ResetMetadata {
            mode: *mode,
            uid: *uid,
            gid: *gid,
            modified: *modified,
            xattrs: intent.before_xattrs.clone(),
        },
        (_, Some(quarantined), _) => Undo::PutBack { quarantined: quarantined.clone() },
        _ => Undo::Remove,
    }
}

/// After an exchange the former object stands in staging; checks that it is the one we saw, and quarantines it.
fn move_former(
    session: &Session<'_>,
    step: &Step,
    root: usize,
    private: &Private,
    intent: &Intent,
) -> Result<(), Refusal> {
    let name = staged_name(step.id);
    let to = (private.quarantine.as_fd(), quarantine_name(intent)?);
    match Look::at(session.calls, session.target, root, (private.staging.as_fd(), &name))? {
        Some(former) if matches_print(&former, &intent.before) => session
            .calls
            .rename_new((private.staging.as_fd(), &name), to)
            .attempted("moving the former object to quarantine"),
        Some(_) => Err(changed("what stood at the path was changed or replaced just before the swap")),
        // Resumed after the move.
        None => match Look::at(session.calls, session.target, root, to)? {
            Some(former) if Some(former.inode()) == intent.before_inode() => Ok(()),
            _ => Err(Refusal::failed("the former object is neither in staging nor in quarantine")),
        },
    }
}

fn check_taken(
    session: &Session<'_>,
    step: &Step,
    root: usize,
    private: &Private,
    intent: &Intent,
) -> Result<(), Refusal> {
    let at = (private.quarantine.as_fd(), quarantine_name(intent)?);
    let taken = Look::at(session.calls, session.target, root, at)?;
    let Some(taken) = taken.filter(|taken| matches_print(taken, &intent.before)) else {
        return Err(changed("what stood at the path was changed or replaced just before it was moved"));
    };
    crate::steps::quarantine::refuse_other_entries(session, &taken, root, &step.path)
}

/// Same object and nothing set or written since the fingerprint. (Content is covered by size and time;
/// a hash at this moment would leave the path's former object in staging for as long as it takes.)
pub(crate) fn matches_print(look: &Look, print: &Fingerprint) -> bool {
    let Fingerprint::Something { kind, inode, mode, uid, gid, size, modified, .. } = print else { return false };
    let stat = &look.stat;
    (look.kind(), look.inode(), look.mode(), stat.stx_uid, stat.stx_gid, stat.stx_size, look.modified())
        == (kind.as_str(), *inode, *mode, *uid, *gid, *size, *modified)
}

/// Reads back from the target's root on: the object, its content from cache and disk, its metadata.
fn confirm(session: &Session<'_>, step: &Step, intent: &Intent) -> Result<(Fingerprint, Vec<String>), Refusal> {
    let calls = session.calls;
    let place = session.target.place(calls, &step.path)?;
    let look = Look::at_place(calls, session.target, &place)?;
    let expected = if intent.change == Change::InPlace { intent.before_inode() } else { intent.ours };
    if look.as_ref().map(Look::inode) != expected {
        return Err(changed("another object than ours stands at the path after the swap"));
    }
    let (Some(look), Some(wanted)) = (look, wanted(step)) else { return Ok((Fingerprint::Nothing, Vec::new())) };
    if let Some(expected) = intent.sha256 {
        let (cached, stored) = look.cached_and_stored_hash(calls).attempted("reading the restored file back")?;
        if cached != expected || stored != expected {
            let detail = format!("expected {expected}, the page cache holds {cached}, the disk {stored}");
            return Err(Refusal::failed(format!("the restored file reads back wrong: {detail}")));
        }
    }
    if let EntryKind::Symlink { target } = &wanted.entry
        && calls.readlink(look.object.as_fd()).attempted("reading the link back")? != target.as_bytes()
    {
        return Err(Refusal::failed("the restored link reads back wrong"));
    }
    let differences = attributes::differences(calls, wanted, &look, session.ownership)?;
    if let Some(wrong) = differences.iter().find(|difference| is_grave(difference)) {
        return Err(Refusal::failed(format!("the metadata reads back wrong: {wrong:?}")));
    }
    let mut after = look.fingerprint(calls, Hashing::Never)?;
    if let (Fingerprint::Something { sha256, .. }, Some(expected)) = (&mut after, intent.sha256) {
        *sha256 = Some(expected);
    }
    if let (Fingerprint::Something { sha256, .. }, Change::InPlace) = (&mut after, intent.change) {
        // The content was not touched, and its hash is known from before.
        if let Fingerprint::Something { sha256: before, .. } = &intent.before {
            *sha256 = *before;
        }
    }
    Ok((after, attributes::notes(wanted, &look, &differences)))
}

/// Owner and mode decide who can do what; a time or attribute that the file system cannot hold is a note.
fn is_grave(difference: &Difference) -> bool {
    matches!(difference, Difference::Owner | Difference::Mode { .. })
}

/// After a refusal behind the intent: puts everything back, and says in the receipt whether that worked.
pub(crate) fn give_back(
    session: &Session<'_>,
    step: &Step,
    place: &Place,
    private: Option<&Private>,
    intent: &Intent,
    refusal: &Refusal,
) -> Receipt {
    match roll_back(session, step, place, private, intent) {
        Ok(()) => {
            let mut receipt = session.refused(step, refusal);
            // With its hash, which `refused` leaves out, where it is the very object that was seen before.
            if inode_of(&receipt.after) == intent.before_inode() {
                receipt = session.unchanged(step, refused_state(refusal), intent.before.clone(), Vec::new());
            }
            receipt
        }
        Err(second) => {
            stranded(session, step, place, private, intent, &format!("{refusal}; then, putting back, {second}"))
        }
    }
}

/// The receipt of a step that could neither be completed nor taken back: says where everything is.
fn stranded(
    session: &Session<'_>,
    step: &Step,
    place: &Place,
    private: Option<&Private>,
    intent: &Intent,
    detail: &str,
) -> Receipt {
    if let Some(private) = private {
        let _ = keep_former(session, step, place.root, private, intent);
    }
    let mut receipt = session.refused(step, &Refusal::failed(detail));
    receipt.before = intent.before.clone();
    receipt.undo = undo_of(intent);
    receipt.notes = intent.notes.clone();
    receipt.notes.push("not_put_back".to_string());
    if let Some(name) = &intent.quarantined {
        receipt.notes.push(format!("former_object_in_quarantine name={name}"));
    }
    receipt
}

/// The receipt of an interrupted change whose place cannot be reached now; a later run settles it.
pub(crate) fn unsettled(session: &Session<'_>, step: &Step, intent: &Intent, refusal: &Refusal) -> Receipt {
    let mut receipt = session.refused(step, refusal);
    receipt.before = intent.before.clone();
    receipt.undo = undo_of(intent);
    receipt.notes.push("interrupted_and_not_settled".to_string());
    receipt
}

/// Whether quarantine holds what the intent was about to move there.
pub(crate) fn is_taken(
    session: &Session<'_>,
    root: usize,
    private: &Private,
    intent: &Intent,
) -> Result<bool, Refusal> {
    let at = (private.quarantine.as_fd(), quarantine_name(intent)?);
    let look = Look::at(session.calls, session.target, root, at)?;
    Ok(look.map(|look| look.inode()) == intent.before_inode())
}

/// Moves what was swapped out from staging to quarantine, if it stands there.
pub(crate) fn keep_former(
    session: &Session<'_>,
    step: &Step,
    root: usize,
    private: &Private,
    intent: &Intent,
) -> Result<(), Refusal> {
    let name = staged_name(step.id);
    let at = (private.staging.as_fd(), &name[..]);
    let Some(look) = Look::at(session.calls, session.target, root, at)? else { return Ok(()) };
    if Some(look.inode()) == intent.ours {
        return Ok(());
    }
    let to = (private.quarantine.as_fd(), quarantine_name(intent)?);
    session.calls.rename_new(at, to).attempted("keeping the former object in quarantine")
}

/// Brings back exactly what stood at the path, by looking where everything is.
fn roll_back(
    session: &Session<'_>,
    step: &Step,
    place: &Place,
    private: Option<&Private>,
    intent: &Intent,
) -> Result<(), Refusal> {
    let calls = session.calls;
    let Some(private) = private else { return reset(session, place, intent) };
    let name = staged_name(step.id);
    let staging = (private.staging.as_fd(), &name[..]);
    let inode_at = |at| Look::at(calls, session.target, place.root, at).map(|look| look.map(|look| look.inode()));
    let here = inode_at(place.at())?;
    let is_ours_here = here.is_some() && here == intent.ours;
    // Whatever lies under this name was taken by this step: it was free before.
    let kept = match &intent.quarantined {
        Some(name) => inode_at((private.quarantine.as_fd(), name.as_bytes()))?.map(|_| name.as_bytes()),
        None => None,
    };
    match (intent.change, kept) {
        (Change::Exchange, _) if is_ours_here => {
            if let Some(kept) = kept {
                let kept = (private.quarantine.as_fd(), kept);
                calls.rename_new(kept, staging).attempted("fetching the former object from quarantine")?;
            }
            calls.exchange(staging, place.at()).attempted("putting the former object back")?;
        }
        (Change::Place, _) if is_ours_here => {
            calls.rename_new(place.at(), staging).attempted("taking the new object away again")?;
        }
        (Change::TakeAway, Some(kept)) => {
            let kept = (private.quarantine.as_fd(), kept);
            calls.rename_new(kept, place.at()).attempted("putting the former object back")?;
        }
        (Change::Exchange, Some(_)) => return Err(Refusal::failed("something else stands at the path now")),
        _ => {}
    }
    // Durable when the system calms down; the look decides, not this.
    let _ = calls.fsync(place.parent.as_fd());
    // What lies in staging now is ours, or was swapped out and cannot go back because a third thing took its place.
    if inode_at(staging)?.is_some_and(|inode| Some(inode) != intent.ours) {
        return Err(Refusal::failed("something else stands at the path now"));
    }
    private::clear_staged(session, place.root, private, step.id)
}

/// Sets metadata back to what the intent recorded.
pub(crate) fn reset(session: &Session<'_>, place: &Place, intent: &Intent) -> Result<(), Refusal> {
    let Fingerprint::Something { mode, uid, gid, modified, .. } = intent.before else { return Ok(()) };
    let look = Look::at_place(session.calls, session.target, place)?
        .filter(|look| Some(look.inode()) == intent.before_inode())
        .ok_or_else(|| changed("another object stands at the path now"))?;
    reset_metadata(session, &look, (mode, uid, gid, modified), &intent.before_xattrs)
}

/// Sets metadata back on an object; whatever it is, its kind decides what it can carry.
pub(crate) fn reset_metadata(
    session: &Session<'_>,
    look: &Look,
    (mode, uid, gid, modified): (u32, u32, u32, model::Timestamp),
    xattrs: &[Xattr],
) -> Result<(), Refusal> {
    let entry =
        if look.kind() == "symlink" { EntryKind::Symlink { target: Bytes::default() } } else { EntryKind::File };
    let former = model::Metadata {
        entry,
        mode: Some(mode),
        uid: Some(uid),
        gid: Some(gid),
        size: None,
        modified: Some(modified),
        inode: None,
        links: None,
        xattrs: Some(xattrs.to_vec()),
    };
    attributes::apply(session.calls, look.object.as_fd(), &former, attributes::Ownership::Exact)?;
    make_durable(session, look)
}

/// The inode that a fingerprint names.
pub(crate) fn inode_of(print: &Fingerprint) -> Option<u64> {
    match print {
        Fingerprint::Nothing => None,
        Fingerprint::Something { inode, .. } => Some(*inode),
    }
}

fn quarantine_name(intent: &Intent) -> Result<&[u8], Refusal> {
    intent.quarantined.as_ref().map(Bytes::as_bytes).ok_or_else(|| Refusal::failed("the intent names no quarantine"))
}
