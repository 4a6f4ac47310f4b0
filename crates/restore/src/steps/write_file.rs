//! Puts a file with clean content and metadata at the path, as a new inode.
//!
//! Never through what stands there: a hard link's other names, a link's target, a FIFO or a device
//! keep what they had.

use model::{EntryKind, Fingerprint, Metadata, Receipt, RestoreSource, Sha256, Step};

use crate::{
    ContentSource, Progress, Refusal,
    change::{Ready, replace},
    error::Stop,
    private,
    session::{Session, stated_hash},
    stage,
};

pub(crate) fn perform(
    session: &mut Session<'_>,
    step: &Step,
    ready: &Ready,
    from: &RestoreSource,
    metadata: &Metadata,
    content: &mut dyn ContentSource,
    progress: &mut dyn FnMut(Progress),
) -> Result<Receipt, Stop> {
    if metadata.entry != EntryKind::File {
        return Err(Refusal::because("kind_mismatch", "the version to write is not a regular file").into());
    }
    super::refuse_full_directory(session, ready)?;
    if let Some(look) = &ready.look {
        look.refuse_if_locked()?;
    }
    if let Some(expected) = stated_hash(&from.content)
        && is_right(session, ready, metadata, expected)?
    {
        return Ok(super::already_right(session, step, ready, Some(metadata)));
    }
    let staged = stage::file(session, ready.place.root, step.id, from, metadata, content, progress)?;
    // A source that could not state the hash before it was read.
    if let Some(fetched) = staged.sha256.filter(|_| stated_hash(&from.content).is_none())
        && is_right(session, ready, metadata, fetched)?
    {
        private::clear_staged(session, ready.place.root, &staged.private, step.id)?;
        return Ok(super::already_right(session, step, ready, Some(metadata)));
    }
    replace(session, step, ready, &staged)
}

fn is_right(session: &Session<'_>, ready: &Ready, metadata: &Metadata, expected: Sha256) -> Result<bool, Refusal> {
    let Some(look) = ready.look.as_ref().filter(|look| look.is_file()) else { return Ok(false) };
    let Fingerprint::Something { sha256, .. } = ready.print else { return Ok(false) };
    // A file that shares its inode with a name elsewhere can be changed through it at any time.
    let has_planted_link = look.stat.stx_nlink > 1 && metadata.links.is_none_or(|links| links < 2);
    Ok(sha256 == Some(expected) && !has_planted_link && super::has_metadata(session, metadata, look)?)
}
