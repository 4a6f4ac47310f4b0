//! A container's process takes an open file out of another process (`pidfd_getfd`).

use std::collections::BTreeMap;

use model::{Action, Event, EventId, Outcome};

use super::acts::{Acts, Seen, Sign, make_room};
use crate::{Need, signs};

/// Processes whose last `pidfd_open` is remembered.
const PROCESSES_MAX: usize = 10_000;

/// By host and pid: the last process that was opened, and whose it is where known.
type Opened = BTreeMap<(Option<String>, u32), (EventId, Option<String>)>;

/// Catalogue row 24.
pub(super) fn check() -> Acts<Opened> {
    let needs = &[Need::Calls(&["pidfd_open", "pidfd_getfd"]), Need::Containers];
    Acts::new("pidfd_fd_theft", &["T1611"], needs, &[Action::Other], see)
}

fn see(memory: &mut Opened, event: &Event) -> Seen {
    let (Some(container), Some(pid)) = (&event.container, event.actor.pid) else { return Seen::Nothing };
    let key = || (event.host.clone(), pid);
    match signs::call(event) {
        Some("pidfd_open") => {
            make_room(memory, &key(), PROCESSES_MAX);
            memory.insert(key(), (event.id, event.fact(model::TARGET_CONTAINER).map(str::to_string)));
            Seen::Nothing
        }
        Some("pidfd_getfd") => match memory.get(&key()) {
            Some((_, Some(target))) if *target == container.id => Seen::Nothing,
            Some((opened, Some(target))) => {
                Sign::crossing(event).with("target", target.clone()).after(*opened, Some(container)).into()
            }
            // Supervisors and debuggers do it inside a container; refused, it took nothing.
            _ if matches!(event.outcome, Outcome::Failed { .. }) => Seen::Nothing,
            _ => Sign::noted().lacking("traced_process").into(),
        },
        _ => Seen::Nothing,
    }
}
