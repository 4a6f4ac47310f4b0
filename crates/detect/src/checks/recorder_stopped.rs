//! The audit daemon ends, recording is switched off, or a rule is deleted, after a container had acted on that host.

use model::{Action, Event};

use super::{
    acts::{Acts, Seen, Sign},
    crossed::Crossed,
};
use crate::Need;

/// Catalogue row 46: the recorder. What a container's own process does to it is another check's.
pub(super) fn check() -> Acts<Crossed> {
    let needs = &[Need::AnyOf(&[Action::AuditConfig]), Need::Containers];
    Acts::new("recorder_stopped", &["T1562.012"], needs, Action::ALL, see)
}

fn see(memory: &mut Crossed, event: &Event) -> Seen {
    memory.note(event);
    if event.action != Action::AuditConfig || event.container.is_some() {
        return Seen::Nothing;
    }
    let Some(what) = stops(event) else { return Seen::Nothing };
    let Some((act, container)) = memory.before(event) else { return Seen::Nothing };
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
