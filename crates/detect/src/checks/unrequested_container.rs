//! Invariant: a container appears that nobody entitled asked for.
//!
//! Two signs: the last client that spoke to the runtime's socket before it started was itself inside
//! a container; or the kubelet reports a mirror pod after a container wrote a static pod manifest.

use std::collections::{BTreeMap, BTreeSet};

use model::{Action, ContainerRef, CrossingOutcome, Event, Finding, ObjectKind, Timestamp};

use crate::{
    Check, Need,
    grouped::Grouped,
    signs::{self, Persistence},
};

const NAME: &str = "unrequested_container";

/// How long after a request a container's first act may come. Image pulls can take longer; chosen by
/// eye from recordings, where it took under two seconds.
const START_WITHIN_NS: i64 = 60_000_000_000;

/// Length of a task name. Source: `TASK_COMM_LEN` in include/linux/sched.h, less the final NUL.
const COMM_BYTES: usize = 15;

/// Containers of one host that are told apart.
const CONTAINERS_MAX: usize = 100_000;

/// Daemons that speak to runtime sockets on behalf of others.
const DAEMONS: &[&str] =
    &["dockerd", "containerd", "containerd-shim", "containerd-shim-runc-v2", "conmon", "kubelet", "crio", "runc"];

/// Invariant (v).
#[derive(Default)]
pub(super) struct UnrequestedContainer {
    known: BTreeMap<Option<String>, BTreeSet<String>>,
    /// The last client of a runtime socket per host: when, and which container it was in.
    last_client: BTreeMap<Option<String>, (Timestamp, Option<String>, model::EventId)>,
    static_pod: Option<model::EventId>,
    by_event: Grouped<model::EventId>,
}

impl Check for UnrequestedContainer {
    fn name(&self) -> &'static str {
        NAME
    }

    fn needs(&self) -> &'static [Need] {
        &[Need::AnyOf(&[Action::SocketConnect]), Need::Containers]
    }

    fn on(&mut self, event: &Event) {
        self.note_client(event);
        self.note_manifest(event);
        self.mirror_pod(event);
        let Some((container, asked_daemon)) = started(event) else { return };
        let known = self.known.entry(event.host.clone()).or_default();
        if known.len() >= CONTAINERS_MAX || !known.insert(container.clone()) {
            return;
        }
        let Some((asked, Some(by), connect)) = self.last_client.get(&event.host).cloned() else { return };
        if !asked_daemon || by == container || event.time.0.saturating_sub(asked.0) > START_WITHIN_NS {
            return;
        }
        let mut finding = signs::finding(NAME, &["T1610", "T1611"], event, Some(CrossingOutcome::Succeeded));
        finding.container = Some(ContainerRef { id: container.clone(), confidence: 95 });
        finding.confidence = 80;
        finding.subject = None;
        finding.facts.insert("container".to_string(), container);
        finding.facts.insert("requested_by".to_string(), by);
        finding.events.insert(0, connect);
        finding.count += 1;
        self.by_event.of(event.id, || finding).extend(event, CrossingOutcome::Succeeded, 80);
    }

    fn findings(&self) -> Vec<Finding> {
        self.by_event.findings()
    }
}

/// The container that starts with this event, and whether a daemon was asked for it: somebody who runs the runtime
/// directly asks for the container by that.
fn started(event: &Event) -> Option<(String, bool)> {
    if let Some(container) = event.fact(model::BUILDS_CONTAINER) {
        let parent = event.fact("parent.binary").and_then(|binary| binary.rsplit('/').next());
        let is_daemon =
            |comm: &str| DAEMONS.iter().any(|daemon| comm.starts_with(&daemon[..daemon.len().min(COMM_BYTES)]));
        return Some((container.to_string(), event.fact(model::LAUNCHED_BY).or(parent).is_some_and(is_daemon)));
    }
    // A runtime, or a recorder that follows it, tells of one that is there; a request for one has no id yet.
    let tells = matches!(event.action, Action::ContainerCreate | Action::ContainerStart);
    if !tells || event.fact("api.path").is_some() || matches!(event.outcome, model::Outcome::Failed { .. }) {
        return None;
    }
    let object = event.objects.iter().find(|object| object.kind == ObjectKind::Container)?;
    Some((object.name.as_ref()?.to_text(), true))
}

impl UnrequestedContainer {
    fn note_client(&mut self, event: &Event) {
        let connects = event.action == Action::SocketConnect && event.objects.iter().any(signs::is_runtime_socket);
        if !connects || matches!(event.outcome, model::Outcome::Failed { .. }) {
            return;
        }
        let program = event.actor.exe.as_ref().map(|exe| String::from_utf8_lossy(exe.file_name()).into_owned());
        let daemon = program.is_some_and(|program| DAEMONS.contains(&program.as_str()));
        if event.container.is_none() && daemon {
            return;
        }
        let by = event.container.as_ref().map(|container| container.id.clone());
        self.last_client.insert(event.host.clone(), (event.time, by, event.id));
    }

    fn note_manifest(&mut self, event: &Event) {
        let writes = signs::host_changes(event)
            .any(|object| signs::judged_path(object).and_then(signs::persistence) == Some(Persistence::StaticPod));
        if writes {
            self.static_pod.get_or_insert(event.id);
        }
    }

    fn mirror_pod(&mut self, event: &Event) {
        let Some(manifest) = self.static_pod else { return };
        if event.action != Action::ApiCreate || event.fact("config.mirror").is_none() {
            return;
        }
        let mut finding = signs::finding(NAME, &["T1543", "T1610"], event, Some(CrossingOutcome::Succeeded));
        finding.confidence = 70;
        finding.events.insert(0, manifest);
        finding.count += 1;
        self.by_event.of(event.id, || finding).extend(event, CrossingOutcome::Succeeded, 70);
    }
}
