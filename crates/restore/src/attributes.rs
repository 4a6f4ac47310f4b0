//! Owner, mode, times and extended attributes: compared, and set in the order that never opens a door.

use std::{io, os::fd::BorrowedFd};

use model::{EntryKind, Metadata, Timestamp, Xattr, display_safe};
use rustix::{fs::Statx, io::Errno};
use serde::{Deserialize, Serialize};

use crate::{Refusal, calls::Calls, error::Attempted as _, look::Look};

/// Whether owners are restored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ownership {
    /// Owner and group must be as in the backup; a step that cannot set them fails.
    Exact,
    /// Owner and group are left alone (a restore without root). Every receipt of an object whose
    /// owner differs says so, and set-uid and set-gid bits are not given to the wrong owner.
    Skip,
}

impl Ownership {
    /// [`Ownership::Exact`] for root, else [`Ownership::Skip`].
    pub fn of_this_process() -> Self {
        if rustix::process::geteuid().is_root() { Self::Exact } else { Self::Skip }
    }
}

/// Attributes that the security modules manage: set when the backup holds them, but never removed,
/// because a new file has the one its policy gives it.
const MANAGED: &[&[u8]] =
    &[b"security.selinux", b"security.ima", b"security.evm", b"security.apparmor", b"security.SMACK64"];

const ACCESS_LIST: &[u8] = b"system.posix_acl_access";
const SET_ID_BITS: u32 = 0o6000;

/// One respect in which an object is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Difference {
    Owner,
    Mode { wanted: u32, found: u32 },
    Modified { wanted: Timestamp, found: Timestamp },
    Attribute(Vec<u8>),
}

/// In what respects the object differs from the metadata; a field that the metadata lacks asks nothing.
pub(crate) fn differences(
    calls: Calls<'_>,
    wanted: &Metadata,
    look: &Look,
    ownership: Ownership,
) -> Result<Vec<Difference>, Refusal> {
    let mut found = Vec::new();
    if ownership == Ownership::Exact && !owner_is(wanted, &look.stat) {
        found.push(Difference::Owner);
    }
    if let Some(mode) = wanted_mode(wanted, &look.stat, ownership).filter(|&mode| mode != look.mode()) {
        found.push(Difference::Mode { wanted: mode, found: look.mode() });
    }
    if let Some(wanted) = wanted.modified.filter(|&time| time != look.modified()) {
        found.push(Difference::Modified { wanted, found: look.modified() });
    }
    if let Some(wanted) = &wanted.xattrs {
        let present = look.attributes(calls)?.unwrap_or_default();
        let lacking = wanted.iter().filter(|attribute| !present.contains(attribute));
        let extra = present.iter().filter(|attribute| is_extra(wanted, &attribute.name.0));
        let mut names: Vec<_> = lacking.chain(extra).map(|attribute| attribute.name.0.clone()).collect();
        names.sort();
        names.dedup();
        found.extend(names.into_iter().map(Difference::Attribute));
    }
    Ok(found)
}

/// Sets everything that the metadata names on an object held by a descriptor (`O_PATH` will do).
///
/// Returns the names of attributes that this file system or this user cannot have. First the mode
/// is cut to what old and new both allow, then owner, attributes, final mode with its set-uid bits,
/// access list, times: at no moment may anybody do what neither the old nor the new state allows.
pub(crate) fn apply(
    calls: Calls<'_>,
    object: BorrowedFd<'_>,
    wanted: &Metadata,
    ownership: Ownership,
) -> Result<Vec<Vec<u8>>, Refusal> {
    let before = calls.statx(object).attempted("looking at the object")?;
    let is_link = matches!(wanted.entry, EntryKind::Symlink { .. });
    let mut mode = u32::from(before.stx_mode) & 0o7777;
    if ownership == Ownership::Exact && !owner_is(wanted, &before) {
        let interim = mode & wanted.mode.unwrap_or(mode) & 0o777;
        if !is_link && interim != mode {
            calls.chmod(object, interim).attempted("restricting the mode")?;
            mode = interim;
        }
        calls.chown(object, wanted.uid, wanted.gid).attempted("setting the owner")?;
    }
    let mut lacking = Vec::new();
    if let Some(attributes) = &wanted.xattrs {
        lacking = set_attributes(calls, object, attributes, ownership, &mut mode)?;
    }
    let now = calls.statx(object).attempted("looking at the object")?;
    if let Some(final_mode) = wanted_mode(wanted, &now, ownership).filter(|_| !is_link)
        && final_mode != u32::from(now.stx_mode) & 0o7777
    {
        calls.chmod(object, final_mode).attempted("setting the mode")?;
    }
    // After the mode: an access list is what the group bits then mean.
    if let Some(list) = wanted.xattrs.iter().flatten().find(|attribute| attribute.name.0 == ACCESS_LIST)
        && calls.xattr(object, ACCESS_LIST).ok().as_deref() != Some(list.value.as_bytes())
    {
        set_one(calls, object, list, ownership, &mut lacking)?;
    }
    if let Some(modified) = wanted.modified {
        calls.set_modified(object, modified).attempted("setting the modification time")?;
    }
    Ok(lacking)
}

fn set_attributes(
    calls: Calls<'_>,
    object: BorrowedFd<'_>,
    wanted: &[Xattr],
    ownership: Ownership,
    mode: &mut u32,
) -> Result<Vec<Vec<u8>>, Refusal> {
    let present = read_all(calls, object).attempted("reading the extended attributes")?.unwrap_or_default();
    let extra: Vec<_> = present.iter().filter(|attribute| is_extra(wanted, &attribute.name.0)).collect();
    let missing: Vec<_> =
        wanted.iter().filter(|attribute| attribute.name.0 != ACCESS_LIST && !present.contains(attribute)).collect();
    let needs_write = extra.iter().chain(&missing).any(|attribute| attribute.name.0.starts_with(b"user."));
    if needs_write && *mode & 0o200 == 0 {
        // `user.` attributes need write permission, which an owner without privileges must first give himself.
        calls.chmod(object, *mode | 0o200).attempted("making the object writable for its owner")?;
        *mode |= 0o200;
    }
    let mut lacking = Vec::new();
    for attribute in extra {
        if let Err(error) = calls.remove_xattr(object, &attribute.name.0) {
            tolerate(&error, &attribute.name.0, ownership, "removing", &mut lacking)?;
        }
    }
    for attribute in missing {
        set_one(calls, object, attribute, ownership, &mut lacking)?;
    }
    Ok(lacking)
}

fn set_one(
    calls: Calls<'_>,
    object: BorrowedFd<'_>,
    attribute: &Xattr,
    ownership: Ownership,
    lacking: &mut Vec<Vec<u8>>,
) -> Result<(), Refusal> {
    match calls.set_xattr(object, &attribute.name.0, attribute.value.as_bytes()) {
        Ok(()) => Ok(()),
        Err(error) => tolerate(&error, &attribute.name.0, ownership, "setting", lacking),
    }
}

/// A file system without such attributes, or a user without the right to them, costs a note; all else the step.
fn tolerate(
    error: &io::Error,
    name: &[u8],
    ownership: Ownership,
    attempted: &str,
    lacking: &mut Vec<Vec<u8>>,
) -> Result<(), Refusal> {
    let is_tolerable = match Errno::from_io_error(error) {
        Some(Errno::NOTSUP) => true,
        Some(Errno::PERM | Errno::ACCESS) => ownership == Ownership::Skip && !name.starts_with(b"user."),
        _ => false,
    };
    if !is_tolerable {
        let name = display_safe(&String::from_utf8_lossy(name));
        return Err(Refusal::of(&format!("{attempted} the extended attribute {name}"), error));
    }
    lacking.push(name.to_vec());
    Ok(())
}

/// All extended attributes of an object, sorted by name; `None` where the file system has none.
pub(crate) fn read_all(calls: Calls<'_>, object: BorrowedFd<'_>) -> io::Result<Option<Vec<Xattr>>> {
    let mut names = match calls.xattr_names(object) {
        Err(error) if Errno::from_io_error(&error) == Some(Errno::NOTSUP) => return Ok(None),
        other => other?,
    };
    names.sort();
    let mut attributes = Vec::with_capacity(names.len());
    for name in names {
        match calls.xattr(object, &name) {
            Ok(value) => attributes.push(Xattr { name: name.into(), value: value.into() }),
            // Taken away since it was listed, or listed but not ours to read (`trusted.` without root).
            Err(error)
                if matches!(
                    Errno::from_io_error(&error),
                    Some(Errno::NODATA | Errno::PERM | Errno::ACCESS | Errno::NOTSUP)
                ) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(Some(attributes))
}

/// Facts about metadata that could not be restored, as receipt notes.
pub(crate) fn notes(wanted: &Metadata, look: &Look, differences: &[Difference]) -> Vec<String> {
    let mut notes = Vec::new();
    if !owner_is(wanted, &look.stat) {
        let text = |id: Option<u32>| id.map_or_else(|| "?".to_string(), |id| id.to_string());
        let (uid, gid) = (text(wanted.uid), text(wanted.gid));
        notes.push(format!("owner_not_restored wanted={uid}:{gid} found={}:{}", look.stat.stx_uid, look.stat.stx_gid));
        if wanted.mode.is_some_and(|mode| mode & SET_ID_BITS != 0) {
            notes.push("set_id_bits_not_restored".to_string());
        }
    }
    for difference in differences {
        match difference {
            Difference::Attribute(name) => {
                notes.push(format!("attribute_not_restored name={}", display_safe(&String::from_utf8_lossy(name))));
            }
            Difference::Modified { wanted, found } => {
                notes.push(format!("time_not_restored wanted={wanted} found={found}"));
            }
            Difference::Owner | Difference::Mode { .. } => {}
        }
    }
    if wanted.xattrs.is_none() {
        notes.push("attributes_unknown_to_source".to_string());
    }
    notes
}

fn owner_is(wanted: &Metadata, stat: &Statx) -> bool {
    wanted.uid.is_none_or(|uid| uid == stat.stx_uid) && wanted.gid.is_none_or(|gid| gid == stat.stx_gid)
}

/// The mode to set: without set-uid and set-gid where the owner is not the one they were meant for,
/// and none for links, which have no mode of their own on Linux.
fn wanted_mode(wanted: &Metadata, stat: &Statx, ownership: Ownership) -> Option<u32> {
    if matches!(wanted.entry, EntryKind::Symlink { .. }) {
        return None;
    }
    let mode = wanted.mode? & 0o7777;
    let is_wrong_owner = ownership == Ownership::Skip && !owner_is(wanted, stat);
    Some(if is_wrong_owner { mode & !SET_ID_BITS } else { mode })
}

fn is_extra(wanted: &[Xattr], name: &[u8]) -> bool {
    !wanted.iter().any(|attribute| attribute.name.0 == name) && !MANAGED.iter().any(|managed| name.starts_with(managed))
}
