//! What checks of the Kubernetes API share.

use model::{Action, CrossingOutcome, Event, Finding, ObjectKind};

use crate::{Check, Need, grouped::Grouped, signs};

/// Users that the control plane itself acts as.
const SYSTEM_USERS: &[&str] = &["system:apiserver", "system:kube-controller-manager", "system:kube-scheduler"];

/// Name prefixes of controllers and nodes, which create pods and read secrets as their work.
const SYSTEM_PREFIXES: &[&str] = &["system:node:", "system:serviceaccount:kube-system:"];

/// Resources that hold a pod template.
const WORKLOADS: &[&str] =
    &["pods", "deployments", "daemonsets", "statefulsets", "replicasets", "replicationcontrollers", "jobs", "cronjobs"];

/// What requests to the API do.
pub(super) const REQUESTS: &[Action] =
    &[Action::ApiCreate, Action::ApiRead, Action::ApiUpdate, Action::ApiDelete, Action::ApiConnect];

/// Whether the request comes from the control plane itself. A stolen node or controller identity looks
/// the same; that is told apart by where it comes from, not by its name.
pub(super) fn is_control_plane(event: &Event) -> bool {
    event.actor.user.as_ref().is_some_and(|user| {
        SYSTEM_USERS.contains(&user.as_str()) || SYSTEM_PREFIXES.iter().any(|prefix| user.starts_with(prefix))
    })
}

/// Whether the event is a request to the Kubernetes API, whichever log tells of it.
pub(super) fn is_request(event: &Event) -> bool {
    event.objects.iter().any(|object| object.kind == ObjectKind::ApiObject)
}

/// The name of the API object that the event acts on.
pub(super) fn object_name(event: &Event) -> String {
    let object = event.objects.first().and_then(|object| object.name.as_ref());
    object.map(model::Bytes::to_text).unwrap_or_default()
}

/// Somebody asks for a pod that has more of the host than a pod should.
pub(super) struct PodRequest {
    name: &'static str,
    /// Fact without which the log does not say how the pod was asked for.
    fact: &'static str,
    /// What the pod has too much of, in words for the finding; `None` when it has not.
    excess: fn(&Event) -> Option<String>,
    requests: Requests,
}

impl PodRequest {
    pub(super) fn new(name: &'static str, fact: &'static str, excess: fn(&Event) -> Option<String>) -> Self {
        Self { name, fact, excess, requests: Requests::default() }
    }
}

impl Check for PodRequest {
    fn name(&self) -> &'static str {
        self.name
    }

    fn needs(&self) -> &'static [Need] {
        &[Need::AnyOf(&[Action::ApiCreate])]
    }

    fn unanswered(&self) -> Option<String> {
        let hidden = self.requests.hidden;
        (hidden > 0).then(|| format!("the bodies of {hidden} requests (audit level Metadata)"))
    }

    fn on(&mut self, event: &Event) {
        if !matches!(event.action, Action::ApiCreate | Action::ApiUpdate) || is_control_plane(event) {
            return;
        }
        self.requests.note_hidden(event, self.fact);
        let Some(excess) = (self.excess)(event) else { return };
        // The API server accepted or refused a request; whether the pod then crossed, the node's own log tells.
        let crossing = signs::crossing_of(event.outcome).min(CrossingOutcome::Unknown);
        let name = self.name;
        self.requests.take(object_name(event), event, || {
            let mut finding = signs::finding(name, &["T1610", "T1611"], event, Some(crossing));
            finding.confidence = 70;
            finding.facts.insert("target".to_string(), object_name(event));
            finding.facts.insert("path".to_string(), excess);
            finding.missing.push("node_log".to_string());
            finding
        });
    }

    fn findings(&self) -> Vec<Finding> {
        self.requests.findings()
    }
}

/// Findings with one per key, put together as they come.
#[derive(Default)]
pub(super) struct Requests {
    by_key: Grouped<String>,
    /// Requests whose body the log's level leaves out.
    hidden: u64,
}

impl Requests {
    /// Takes a request under `key`, making the finding with `make` when it is the first.
    pub(super) fn take(&mut self, key: String, event: &Event, make: impl FnOnce() -> Finding) {
        // The first request says what was asked; how the later ones ended does not change that.
        self.by_key.of(key, make).cite(event, 0);
    }

    /// Notes a request that creates pods without saying how: at level `Metadata` the log leaves the body out.
    fn note_hidden(&mut self, event: &Event, fact: &str) {
        let pods = object_name(event).split('/').any(|part| WORKLOADS.contains(&part));
        self.hidden += u64::from(pods && event.fact(fact).is_none());
    }

    pub(super) fn findings(&self) -> Vec<Finding> {
        self.by_key.findings()
    }
}
