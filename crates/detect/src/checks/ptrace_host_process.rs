//! A container's process traces or changes a process outside its container.

use model::{Action, Event};

use super::acts::{Acts, Seen, Sign};
use crate::{Need, signs};

/// Requests that take hold of a process, or write to it. Source: ptrace(2).
const REQUESTS: &[&str] =
    &["attach", "seize", "poketext", "pokedata", "pokeuser", "setregs", "setfpregs", "setregset", "interrupt"];

/// Catalogue row 22.
pub(super) fn check() -> Acts {
    let needs = &[Need::AnyOf(&[Action::ProcessPtrace]), Need::Containers];
    Acts::new("ptrace_host_process", &["T1611", "T1055.008"], needs, &[Action::ProcessPtrace], see)
}

fn see((): &mut (), event: &Event) -> Seen {
    let Some(container) = &event.container else { return Seen::Nothing };
    let request = event.fact("request");
    if !request.is_some_and(|request| REQUESTS.contains(&request)) {
        return Seen::Nothing;
    }
    match event.fact(model::TARGET_CONTAINER) {
        Some(target) if target == container.id => Seen::Nothing,
        Some(target) => target_process(Sign::crossing(event), event, target).into(),
        None => Seen::Undecided("traced_process"),
    }
}

/// Names the process that is acted on: its name, and whose it is.
pub(super) fn target_process(sign: Sign, event: &Event, container: &str) -> Sign {
    let process = event.objects.iter().find(|object| object.kind == model::ObjectKind::Process);
    let name = process.and_then(signs::judged_path).map(model::Bytes::to_text);
    sign.with("target", name.map_or(container.to_string(), |name| format!("{name} ({container})")))
}
