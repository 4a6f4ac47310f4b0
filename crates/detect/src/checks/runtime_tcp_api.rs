//! A container's process connects to a port at which engines listen for commands, and an engine then makes a container.
//! Build jobs speak to an engine in a neighbouring container in the same way.

use std::collections::BTreeMap;

use model::{Action, ContainerRef, CrossingOutcome, Event, EventId, Outcome, Role, Timestamp};

use super::acts::{Acts, Seen, Sign};
use crate::Need;

/// Docker's ports without and with TLS. Source: dockerd(8).
const PORTS: &[&str] = &[":2375", ":2376"];
/// How long after the connection the request may come.
const REQUEST_WITHIN_NS: i64 = 60_000_000_000;
/// Hosts whose last connection is remembered.
const HOSTS_MAX: usize = 10_000;

type Connected = BTreeMap<Option<String>, (Timestamp, EventId, ContainerRef)>;

/// Catalogue row 13.
pub(super) fn check() -> Acts<Connected> {
    let needs = &[Need::AnyOf(&[Action::SocketConnect]), Need::Containers];
    let acts = &[Action::SocketConnect, Action::ContainerCreate];
    Acts::new("runtime_tcp_api", &["T1610", "T1611"], needs, acts, see)
}

fn see(memory: &mut Connected, event: &Event) -> Seen {
    if event.action == Action::ContainerCreate {
        // The host's own engine was asked; its log does not say by whom.
        let asked = event.fact("api.path").is_some() && !matches!(event.outcome, Outcome::Failed { .. });
        let last = memory.get(&event.host);
        let last = last.filter(|last| event.time.0.saturating_sub(last.0.0) <= REQUEST_WITHIN_NS);
        let Some((_, connected, container)) = last.filter(|_| asked) else { return Seen::Nothing };
        let mut sign = Sign::noted().after(*connected, Some(container)).lacking("runtime_client");
        sign.crossing = Some(CrossingOutcome::Unknown);
        return sign.into();
    }
    let Some(container) = &event.container else { return Seen::Nothing };
    let target = event.object(Role::Target).and_then(|target| target.name.as_ref()).map(model::Bytes::to_text);
    let Some(address) = target.filter(|name| PORTS.iter().any(|port| name.ends_with(port))) else {
        return Seen::Nothing;
    };
    if matches!(event.outcome, Outcome::Failed { code } if code != Some(EINPROGRESS)) {
        return Seen::Nothing;
    }
    if memory.len() < HOSTS_MAX || memory.contains_key(&event.host) {
        memory.insert(event.host.clone(), (event.time, event.id, container.clone()));
    }
    Sign::noted().at_most(60).with("path", address).lacking("runtime_request").into()
}

/// A connection that does not wait for its end; most programs make such ones.
const EINPROGRESS: i64 = 115;
