//! A container's process gives the kernel a command over `sysrq-trigger`: crash, restart, kill all.

use std::collections::BTreeMap;

use model::{Action, ContainerRef, CrossingOutcome, Event, EventId, Timestamp};

use super::acts::{Acts, Seen, Sign};
use crate::{Need, signs};

/// How long after the write the kernel's message may come; it is written at once, but by another clock's log.
const ANSWER_WITHIN_NS: i64 = 30_000_000_000;

/// Hosts whose last write is remembered.
const HOSTS_MAX: usize = 10_000;

type Written = BTreeMap<Option<String>, (Timestamp, EventId, ContainerRef)>;

/// Catalogue row 19.
pub(super) fn check() -> Acts<Written> {
    Acts::new(
        "sysrq_trigger",
        &["T1611", "T1529"],
        &[Need::AnyOf(&[Action::FileWrite]), Need::Containers],
        &[Action::FileWrite, Action::FileCreate, Action::Other],
        see,
    )
}

fn see(memory: &mut Written, event: &Event) -> Seen {
    if event.action == Action::Other {
        let Some(command) = event.fact("sysrq").filter(|_| event.fact("type") == Some("sysrq")) else {
            return Seen::Nothing;
        };
        // From the keyboard, by an administrator, or by a write that no record shows.
        let last = memory.get(&event.host).filter(|last| event.time.0.saturating_sub(last.0.0) <= ANSWER_WITHIN_NS);
        let Some((_, written, container)) = last else { return Seen::Undecided("sysrq_writer") };
        let mut sign = Sign::noted().with("command", command).after(*written, Some(container));
        sign.crossing = Some(CrossingOutcome::Succeeded);
        return sign.into();
    }
    let Some(container) = &event.container else { return Seen::Nothing };
    let trigger = signs::changed_objects(event).find(|object| {
        object.resolved.as_ref().is_some_and(|resolved| resolved.path.as_bytes() == b"/proc/sysrq-trigger")
    });
    let Some(trigger) = trigger else { return Seen::Nothing };
    if memory.len() < HOSTS_MAX || memory.contains_key(&event.host) {
        memory.insert(event.host.clone(), (event.time, event.id, container.clone()));
    }
    Sign::means(event).on(trigger).lacking("kernel_log").into()
}
