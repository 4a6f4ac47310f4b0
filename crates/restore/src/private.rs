//! Our own two directories at the top of each target root: staging and quarantine, mode 0700.
//!
//! They must lie on the target's own file system, because only there is a swap atomic, and outside
//! the directories that are being restored, because an attacker watches those.

use std::{
    os::fd::{AsFd as _, OwnedFd},
    rc::Rc,
};

use model::{Bytes, Sha256, StepId};
use rustix::{fs::OFlags, io::Errno};
use stdx::safe_name;

use crate::{
    Refusal,
    calls::Calls,
    error::{Attempted as _, Stop},
    journal::{Entry, PrivateNames},
    look::Look,
    session::Session,
    target::{Mount, Root},
};

/// How many names are tried when somebody has taken ours. Chosen by eye.
const NAMES_MAX: u32 = 100;

/// The two directories of one root, open.
#[derive(Debug)]
pub(crate) struct Private {
    pub(crate) staging: OwnedFd,
    pub(crate) quarantine: OwnedFd,
}

/// The name of a step's object in staging.
pub(crate) fn staged_name(step: StepId) -> Vec<u8> {
    format!("{step:04}").into_bytes()
}

/// Opens the private directories of a root, making them the first time.
pub(crate) fn open(session: &mut Session<'_>, root: usize) -> Result<Rc<Private>, Stop> {
    if let Some(private) = session.private.get(&root) {
        return Ok(Rc::clone(private));
    }
    let calls = session.calls;
    let names = names(session, root)?;
    let place = session.target.root(root);
    let staging = open_or_make(calls, place, &names.staging, names.inodes.map(|inodes| inodes.0))?;
    let quarantine = open_or_make(calls, place, &names.quarantine, names.inodes.map(|inodes| inodes.1))?;
    calls.fsync(place.directory.as_fd()).attempted("making the private directories durable")?;
    let inodes = (staging.1, quarantine.1);
    if names.inodes != Some(inodes) {
        let made =
            Entry::PrivateMade { root: place.host_prefix.clone(), staging_inode: inodes.0, quarantine_inode: inodes.1 };
        session.journal.commit(calls, &made)?;
    }
    let private = Rc::new(Private { staging: staging.0, quarantine: quarantine.0 });
    session.private.insert(root, Rc::clone(&private));
    Ok(private)
}

fn names(session: &mut Session<'_>, root: usize) -> Result<PrivateNames, Stop> {
    let place = session.target.root(root);
    let known = session.journal.history.private.get(&place.host_prefix).cloned();
    if let Some(names) = &known {
        // An earlier run removed them when it was done with them; new ones will have other inodes.
        let is_gone = names.inodes.is_some()
            && (is_free(session.calls, place, &names.staging)? || is_free(session.calls, place, &names.quarantine)?);
        if !is_gone {
            return Ok(names.clone());
        }
    }
    let (staging, quarantine) = match known {
        Some(names) => (names.staging, names.quarantine),
        None => free_names(session.calls, place, &session.plan.id)?,
    };
    let named = Entry::PrivateNamed {
        root: place.host_prefix.clone(),
        staging: staging.clone(),
        quarantine: quarantine.clone(),
    };
    session.journal.commit(session.calls, &named)?;
    Ok(PrivateNames { staging, quarantine, inodes: None })
}

/// Names that nobody has taken: an attacker may have guessed ours and planted something there.
fn free_names(calls: Calls<'_>, root: &Root, plan: &Sha256) -> Result<(String, String), Refusal> {
    for number in 0..NAMES_MAX {
        let suffix = if number == 0 { String::new() } else { format!("-{number}") };
        let staging = format!(".yobitsugi-staging-{}{suffix}", plan.short());
        let quarantine = format!(".yobitsugi-quarantine-{}{suffix}", plan.short());
        if is_free(calls, root, &staging)? && is_free(calls, root, &quarantine)? {
            return Ok((staging, quarantine));
        }
    }
    Err(Refusal::failed("every name for the private directories is taken at the top of the target"))
}

fn is_free(calls: Calls<'_>, root: &Root, name: &str) -> Result<bool, Refusal> {
    match calls.openat(root.directory.as_fd(), name.as_bytes(), OFlags::PATH) {
        Ok(_) => Ok(false),
        Err(error) if Errno::from_io_error(&error) == Some(Errno::NOENT) => Ok(true),
        Err(error) => Err(Refusal::of("choosing a name for the private directories", &error)),
    }
}

fn open_or_make(calls: Calls<'_>, root: &Root, name: &str, recorded: Option<u64>) -> Result<(OwnedFd, u64), Refusal> {
    let at = root.directory.as_fd();
    let flags = OFlags::RDONLY | OFlags::DIRECTORY;
    let mut is_new = false;
    let directory = match calls.openat(at, name.as_bytes(), flags) {
        Err(error) if Errno::from_io_error(&error) == Some(Errno::NOENT) => {
            calls.mkdir(at, name.as_bytes()).attempted("making a private directory at the top of the target")?;
            is_new = true;
            calls.openat(at, name.as_bytes(), flags)
        }
        other => other,
    }
    .attempted("opening a private directory at the top of the target")?;
    let stat = calls.statx(directory.as_fd()).attempted("looking at a private directory")?;
    let is_ours = stat.stx_uid == rustix::process::geteuid().as_raw()
        && stat.stx_mode & 0o077 == 0
        && Mount::of(&stat) == root.mount
        && (is_new || recorded.is_none_or(|inode| inode == stat.stx_ino));
    if !is_ours {
        return Err(Refusal::failed(format!("{name} at the top of the target is not the directory that we made")));
    }
    if is_new {
        // A default access list of the target's top would be inherited by everything staged; most have none.
        let _ = calls.remove_xattr(directory.as_fd(), b"system.posix_acl_default");
        calls.chmod(directory.as_fd(), 0o700).attempted("closing a private directory to others")?;
    }
    Ok((directory, stat.stx_ino))
}

/// A name below quarantine that is not taken: the step, and the object's own name made harmless.
pub(crate) fn free_quarantine_name(
    session: &Session<'_>,
    root: usize,
    private: &Private,
    step: StepId,
    name: &[u8],
) -> Result<Bytes, Refusal> {
    let readable = safe_name::escape(&Bytes::from(name).to_text());
    for number in 0..NAMES_MAX {
        let suffix = if number == 0 { String::new() } else { format!("~{number}") };
        let candidate = format!("{step:04}-{readable}{suffix}").into_bytes();
        if Look::at(session.calls, session.target, root, (private.quarantine.as_fd(), &candidate))?.is_none() {
            return Ok(Bytes(candidate));
        }
    }
    Err(Refusal::failed("every name for this object in quarantine is taken"))
}

/// Frees a step's name in staging. What the step once found at its path goes to quarantine, never away.
pub(crate) fn clear_staged(session: &Session<'_>, root: usize, private: &Private, step: StepId) -> Result<(), Refusal> {
    let name = staged_name(step);
    let at = (private.staging.as_fd(), &name[..]);
    let Some(look) = Look::at(session.calls, session.target, root, at)? else { return Ok(()) };
    let former = session.journal.history.former_inodes.get(&step);
    if former.is_some_and(|inodes| inodes.contains(&look.inode())) {
        let kept = free_quarantine_name(session, root, private, step, b"former")?;
        let to = (private.quarantine.as_fd(), kept.as_bytes());
        return session.calls.rename_new(at, to).attempted("keeping a former object in quarantine");
    }
    if !look.is_directory() {
        return session.calls.unlink(at.0, at.1).attempted("removing a staged object");
    }
    match session.calls.rmdir(at.0, at.1) {
        // Somebody used the new directory in the moment in which it stood at its path.
        Err(error) if error.kind() == std::io::ErrorKind::DirectoryNotEmpty => {
            let kept = free_quarantine_name(session, root, private, step, b"used")?;
            let to = (private.quarantine.as_fd(), kept.as_bytes());
            session.calls.rename_new(at, to).attempted("keeping a used directory in quarantine")
        }
        other => other.attempted("removing a staged object"),
    }
}

/// Removes staging, and quarantine where nothing was quarantined. What cannot be removed stays for the next run.
pub(crate) fn tidy(session: &mut Session<'_>) -> Result<(), Refusal> {
    let calls = session.calls;
    for root in 0..session.target.roots().len() {
        let place = session.target.root(root);
        let Some(names) = session.journal.history.private.get(&place.host_prefix).cloned() else { continue };
        let directory = place.directory.as_fd();
        let flags = OFlags::RDONLY | OFlags::DIRECTORY;
        if calls.openat(directory, names.staging.as_bytes(), flags).is_err() {
            // A crash came between the two removals, or there is nothing of ours at all.
            let _ = calls.rmdir(directory, names.quarantine.as_bytes());
            continue;
        }
        let private = match open(session, root) {
            Ok(private) => private,
            Err(Stop::Step(refusal)) => return Err(refusal),
            Err(Stop::Run(error)) => return Err(Refusal::failed(error.to_string())),
        };
        let place = session.target.root(root);
        for step in session.plan.steps.iter().filter(|step| !session.unsettled.contains_key(&step.id)) {
            clear_staged(session, root, &private, step.id)?;
        }
        session.private.remove(&root);
        calls.rmdir(place.directory.as_fd(), names.staging.as_bytes()).attempted("removing staging")?;
        // Not empty means that it holds what was quarantined, which is its purpose.
        let _ = calls.rmdir(place.directory.as_fd(), names.quarantine.as_bytes());
    }
    Ok(())
}
