//! The steps: one file per kind of action. Each looks, decides whether anything has to be done and
//! may be done, and hands the change to [`crate::change`].

pub(crate) mod make_directory;
pub(crate) mod make_symlink;
pub(crate) mod quarantine;
pub(crate) mod set_metadata;
pub(crate) mod write_file;

use model::{Fingerprint, Metadata, Receipt, Step, StepAction, StepState};

use crate::{ContentSource, Progress, Refusal, attributes, change::Ready, error::Stop, look::Look, session::Session};

/// Does one step.
pub(crate) fn perform(
    session: &mut Session<'_>,
    step: &Step,
    content: &mut dyn ContentSource,
    progress: &mut dyn FnMut(Progress),
) -> Result<Receipt, Stop> {
    let ready = match Ready::look(session, step) {
        // Nothing can stand below a directory that is not there (it went to quarantine as a whole).
        Err(refusal) if refusal.reason == "parent_missing" && step.action == StepAction::Quarantine => {
            return Ok(session.unchanged(step, StepState::AlreadyRight, Fingerprint::Nothing, Vec::new()));
        }
        other => other?,
    };
    match &step.action {
        StepAction::WriteFile { from, metadata } => {
            write_file::perform(session, step, &ready, from, metadata, content, progress)
        }
        StepAction::SetMetadata { from, metadata } => {
            set_metadata::perform(session, step, &ready, from, metadata, content)
        }
        StepAction::MakeDirectory { metadata, .. } => make_directory::perform(session, step, &ready, metadata),
        StepAction::MakeSymlink { metadata, .. } => make_symlink::perform(session, step, &ready, metadata),
        StepAction::Quarantine => quarantine::perform(session, step, &ready),
    }
}

/// Whether the metadata is already as wanted, as far as this run restores it.
fn has_metadata(session: &Session<'_>, wanted: &Metadata, look: &Look) -> Result<bool, Refusal> {
    Ok(attributes::differences(session.calls, wanted, look, session.ownership)?.is_empty())
}

fn already_right(session: &Session<'_>, step: &Step, ready: &Ready, wanted: Option<&Metadata>) -> Receipt {
    let notes = match (wanted, &ready.look) {
        (Some(wanted), Some(look)) => attributes::notes(wanted, look, &[]),
        _ => Vec::new(),
    };
    session.unchanged(step, StepState::AlreadyRight, ready.print.clone(), notes)
}

/// A directory in the way of a file or link may be swapped out only when nothing is in it.
fn refuse_full_directory(session: &Session<'_>, ready: &Ready) -> Result<(), Refusal> {
    let Some(look) = ready.look.as_ref().filter(|look| look.is_directory()) else { return Ok(()) };
    if quarantine::names_in(session, look)?.is_empty() {
        return Ok(());
    }
    let detail = "a directory that is not empty stands where a file or link belongs; it was left as it is";
    Err(Refusal::because("directory_in_the_way", detail))
}
