//! A container's process opens a file by its handle, past every directory: any inode of the file system, if the
//! kernel lets it (CAP_DAC_READ_SEARCH).

use model::{Action, Domain, Event, Role};

use super::acts::{Acts, Seen, Sign};
use crate::{Need, signs};

/// Catalogue row 25.
pub(super) fn check() -> Acts {
    let needs = &[Need::AnyOf(&[Action::HandleOpen]), Need::Containers];
    Acts::new("file_handle_open", &["T1611"], needs, &[Action::HandleOpen], see)
}

fn see((): &mut (), event: &Event) -> Seen {
    if event.container.is_none() {
        return Seen::Nothing;
    }
    match event.object(Role::Target) {
        Some(object) if matches!(object.domain, Some(Domain::Container | Domain::Volume)) => Seen::Nothing,
        Some(object) if object.domain == Some(Domain::Host) => {
            Sign::crossing(event).on(object).at_most(signs::confidence(event, Some(object))).into()
        }
        _ => Sign::means(event).lacking("opened_object").into(),
    }
}
