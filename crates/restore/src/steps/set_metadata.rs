//! Sets owner, mode, times and attributes of an object whose content is right.
//!
//! In place: each attribute is a system call of its own, so a crash can leave some old and some new.
//! The content is never touched, the journal holds both, and the next run completes them.

use std::io;

use model::{EntryKind, Fingerprint, Metadata, Receipt, RestoreSource, Sha256, Step};
use sha2::Digest as _;

use crate::{
    ContentSource, Refusal,
    change::{Ready, set_in_place},
    error::{Attempted as _, Stop},
    look::Look,
    session::{Session, stated_hash},
};

pub(crate) fn perform(
    session: &mut Session<'_>,
    step: &Step,
    ready: &Ready,
    from: &RestoreSource,
    metadata: &Metadata,
    content: &mut dyn ContentSource,
) -> Result<Receipt, Stop> {
    let Some(look) = &ready.look else {
        return Err(Refusal::because("nothing_there", "there is nothing to set metadata on").into());
    };
    check_kind(session, look, metadata)?;
    if metadata.entry == EntryKind::File {
        check_content(ready, look, from, metadata, content)?;
    }
    if super::has_metadata(session, metadata, look)? && !session.interrupted.contains_key(&step.id) {
        return Ok(super::already_right(session, step, ready, Some(metadata)));
    }
    set_in_place(session, step, ready)
}

fn check_kind(session: &Session<'_>, look: &Look, metadata: &Metadata) -> Result<(), Refusal> {
    use std::os::fd::AsFd as _;
    let is_same = match &metadata.entry {
        EntryKind::File => look.is_file(),
        EntryKind::Directory => look.is_directory(),
        EntryKind::Symlink { target } => {
            look.kind() == "symlink"
                && session.calls.readlink(look.object.as_fd()).attempted("reading the link")? == target.as_bytes()
        }
        EntryKind::Special { what } => {
            return Err(Refusal::because("special_file", format!("a {what} is recorded, never restored")));
        }
    };
    if is_same {
        return Ok(());
    }
    Err(Refusal::because("kind_mismatch", format!("a {} stands at the path", look.kind())))
}

/// The hash of content that the source could not state: fetched, hashed and thrown away.
fn fetched_hash(from: &RestoreSource, size: u64, content: &mut dyn ContentSource) -> Result<Sha256, Refusal> {
    let mut sink = HashingSink { hash: sha2::Sha256::new(), left: size };
    content.fetch(from, &mut sink).map_err(|error| Refusal::failed(format!("fetching the content: {error}")))?;
    Ok(Sha256(sink.hash.finalize().into()))
}

/// Hashes at most as much as the file at the path holds; more cannot be equal to it.
struct HashingSink {
    hash: sha2::Sha256,
    left: u64,
}

impl io::Write for HashingSink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.left = self.left.checked_sub(bytes.len() as u64).ok_or(io::ErrorKind::FileTooLarge)?;
        self.hash.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn check_content(
    ready: &Ready,
    look: &Look,
    from: &RestoreSource,
    metadata: &Metadata,
    content: &mut dyn ContentSource,
) -> Result<(), Refusal> {
    if look.stat.stx_nlink > 1 && metadata.links.is_none_or(|links| links < 2) {
        let detail = "the file has further names, which the backup does not know; they would get its metadata too";
        return Err(Refusal::because("hard_linked", detail));
    }
    if let Some(size) = metadata.size.filter(|&size| size != look.stat.stx_size) {
        let detail = format!("the clean version has {size} bytes, what is there {}", look.stat.stx_size);
        return Err(Refusal::because("content_mismatch", detail));
    }
    let expected = match stated_hash(&from.content) {
        Some(expected) => expected,
        None => fetched_hash(from, look.stat.stx_size, content)?,
    };
    match ready.print {
        Fingerprint::Something { sha256: Some(found), .. } if found == expected => Ok(()),
        Fingerprint::Something { sha256: None, .. } => {
            Err(Refusal::because("content_mismatch", "the content cannot be read, so it cannot be compared"))
        }
        _ => Err(Refusal::because("content_mismatch", format!("the clean version hashes to {expected}"))),
    }
}
