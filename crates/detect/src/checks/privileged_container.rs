//! A container is started with every right of the host's root user (`--privileged`), outside the API server's sight.

use model::{Action, ContainerRef, Event, ObjectKind, Outcome};

use super::acts::{Acts, Seen, Sign};
use crate::{Need, signs};

/// Clients of runtimes that know the option.
const CLIENTS: &[&str] = &["docker", "podman", "nerdctl", "ctr"];

/// Catalogue row 1, as far as runtimes and the node know. A means, and no crossing by itself.
pub(super) fn check() -> Acts {
    let needs = &[Need::AnyOf(&[Action::ContainerCreate, Action::ProcessExec])];
    let acts = &[Action::ContainerCreate, Action::ProcessExec];
    Acts::new("privileged_container", &["T1610"], needs, acts, see)
}

fn see((): &mut (), event: &Event) -> Seen {
    if matches!(event.outcome, Outcome::Failed { .. }) {
        return Seen::Nothing;
    }
    let asked = event.fact("body.HostConfig.Privileged") == Some("true");
    let object = event.objects.iter().find(|object| object.kind == ObjectKind::Container);
    let named = object.and_then(|object| object.name.as_ref()).map(model::Bytes::to_text);
    if event.action == Action::ContainerCreate {
        let container = named.map(|id| ContainerRef { id, confidence: 95 });
        let name = event.fact("container.name").unwrap_or_default();
        return asked.then(|| Sign::noted().with("target", name).inside(container).keyed(name)).into();
    }
    // Tetragon states it of the container that the program runs in.
    let context = event.fact("container.security_context").unwrap_or_default();
    if context.replace(' ', "").contains("\"privileged\":true") {
        return Sign::noted().into();
    }
    let client = event
        .actor
        .argv
        .first()
        .is_some_and(|program| CLIENTS.iter().any(|client| client.as_bytes() == program.file_name()));
    let option = |word: &model::Bytes| matches!(word.as_bytes(), b"--privileged" | b"--privileged=true");
    let asks = client && event.actor.argv.iter().skip(1).any(option);
    asks.then(|| Sign::noted().with("command", signs::command(event)).keyed(event.id.to_string())).into()
}
