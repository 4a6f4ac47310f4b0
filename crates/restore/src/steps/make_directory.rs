//! Makes a directory with its metadata, or sets the metadata of the one that is there.
//!
//! Anything else that stands there (a link planted to lead elsewhere, a file) is swapped out into quarantine.

use model::{EntryKind, Metadata, Receipt, Step};

use crate::{
    Refusal,
    change::{Ready, replace, set_in_place},
    error::Stop,
    session::Session,
    stage,
};

pub(crate) fn perform(
    session: &mut Session<'_>,
    step: &Step,
    ready: &Ready,
    metadata: &Metadata,
) -> Result<Receipt, Stop> {
    if metadata.entry != EntryKind::Directory {
        return Err(Refusal::because("kind_mismatch", "the version to make is not a directory").into());
    }
    match &ready.look {
        Some(look) if look.is_directory() => {
            if super::has_metadata(session, metadata, look)? && !session.interrupted.contains_key(&step.id) {
                return Ok(super::already_right(session, step, ready, Some(metadata)));
            }
            set_in_place(session, step, ready)
        }
        other => {
            if let Some(look) = other {
                look.refuse_if_locked()?;
            }
            let staged = stage::directory(session, ready.place.root, step.id, metadata)?;
            replace(session, step, ready, &staged)
        }
    }
}
