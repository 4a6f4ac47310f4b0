//! An unprivileged process of a container asks to handle page faults of the kernel itself: exploits use it to win races.

use model::{Action, Event, Outcome};

use super::acts::{Acts, Seen, Sign};
use crate::{Need, signs};

/// Catalogue row 30. A means, and no crossing by itself.
pub(super) fn check() -> Acts {
    let needs = &[Need::Calls(&["userfaultfd"]), Need::Containers];
    Acts::new("userfaultfd", &["T1068"], needs, &[Action::Other], see)
}

fn see((): &mut (), event: &Event) -> Seen {
    let asked = signs::call(event) == Some("userfaultfd") && event.container.is_some();
    if !asked || matches!(event.outcome, Outcome::Failed { .. }) {
        return Seen::Nothing;
    }
    match event.actor.euid.or(event.actor.uid) {
        Some(0) => Seen::Nothing,
        Some(_) => Sign::noted().into(),
        None => Seen::Undecided("acting_user"),
    }
}
