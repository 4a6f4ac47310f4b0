//! The audit daemon ends, recording is switched off, or a rule is deleted, after a container had acted on that host.

use std::collections::BTreeSet;

use model::{Action, Event};

use super::{
    acts::{Acts, Seen, Sign},
    crossed::Crossed,
};
use crate::Need;

/// Processes of hosts that are remembered from before a container acted there.
const PROCESSES_MAX: usize = 100_000;

/// What is remembered.
#[derive(Default)]
pub(super) struct Memory {
    crossed: Crossed,
    /// Processes of the host, and their parents, that were there before: no container started them.
    before: BTreeSet<u32>,
}

/// Catalogue row 46: the recorder. What a container's own process does to it is another check's.
pub(super) fn check() -> Acts<Memory> {
    let needs = &[Need::AnyOf(&[Action::AuditConfig]), Need::Containers];
    Acts::new("recorder_stopped", &["T1562.012"], needs, Action::ALL, see)
}

fn see(memory: &mut Memory, event: &Event) -> Seen {
    memory.crossed.note(event);
    if event.container.is_none() && memory.before.len() < PROCESSES_MAX && memory.crossed.before(event).is_none() {
        memory.before.extend([event.actor.pid, event.actor.ppid].into_iter().flatten());
    }
    if event.action != Action::AuditConfig || event.container.is_some() {
        return Seen::Nothing;
    }
    let Some(what) = stops(event) else { return Seen::Nothing };
    let Some((act, container)) = memory.crossed.before(event) else { return Seen::Nothing };
    // The first process does what others ask of it.
    let older = event.actor.pid.is_some_and(|pid| pid > 1 && memory.before.contains(&pid));
    if older {
        return Seen::Nothing;
    }
    Sign::noted().at_most(60).with("target", what).after(act, Some(container)).lacking("who_asked").into()
}

/// What of the recorder stops, in the record's own words.
fn stops(event: &Event) -> Option<String> {
    let kind = event.fact("type").unwrap_or_default();
    if matches!(kind, "DAEMON_END" | "DAEMON_ABORT" | "SERVICE_STOP") {
        return Some(kind.to_string());
    }
    if event.fact("op") == Some("remove_rule") {
        return Some("remove_rule".to_string());
    }
    (event.fact("audit_enabled") == Some("0")).then(|| "audit_enabled=0".to_string())
}
