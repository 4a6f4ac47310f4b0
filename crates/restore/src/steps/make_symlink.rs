//! Puts a symbolic link at the path. Where it points is text to us: it is never followed.

use std::os::fd::AsFd as _;

use model::{EntryKind, Metadata, Receipt, Step};

use crate::{
    Refusal,
    change::{Ready, replace},
    error::{Attempted as _, Stop},
    session::Session,
    stage,
};

pub(crate) fn perform(
    session: &mut Session<'_>,
    step: &Step,
    ready: &Ready,
    metadata: &Metadata,
) -> Result<Receipt, Stop> {
    let EntryKind::Symlink { target } = &metadata.entry else {
        return Err(Refusal::because("kind_mismatch", "the version to make is not a symbolic link").into());
    };
    if target.as_bytes().is_empty() || target.as_bytes().contains(&0) {
        return Err(Refusal::because("unsafe_name", "the text of the link is empty or holds a zero byte").into());
    }
    super::refuse_full_directory(session, ready)?;
    if let Some(look) = ready.look.as_ref() {
        look.refuse_if_locked()?;
        let is_same = look.kind() == "symlink"
            && session.calls.readlink(look.object.as_fd()).attempted("reading the link")? == target.as_bytes();
        if is_same && super::has_metadata(session, metadata, look)? {
            return Ok(super::already_right(session, step, ready, Some(metadata)));
        }
    }
    let staged = stage::symlink(session, ready.place.root, step.id, target.as_bytes(), metadata)?;
    replace(session, step, ready, &staged)
}
