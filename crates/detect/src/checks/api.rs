//! What checks of the Kubernetes API share.

use std::collections::BTreeMap;

use model::{Event, Finding};

use crate::signs;

/// Users that the control plane itself acts as.
const SYSTEM_USERS: &[&str] = &["system:apiserver", "system:kube-controller-manager", "system:kube-scheduler"];

/// Name prefixes of controllers and nodes, which create pods and read secrets as their work.
const SYSTEM_PREFIXES: &[&str] = &["system:node:", "system:serviceaccount:kube-system:"];

/// Resources that hold a pod template.
const WORKLOADS: &[&str] =
    &["pods", "deployments", "daemonsets", "statefulsets", "replicasets", "replicationcontrollers", "jobs", "cronjobs"];

/// Whether the request comes from the control plane itself. A stolen node or controller identity looks
/// the same; that is told apart by where it comes from, not by its name.
pub(super) fn is_control_plane(event: &Event) -> bool {
    event.actor.user.as_ref().is_some_and(|user| {
        SYSTEM_USERS.contains(&user.as_str()) || SYSTEM_PREFIXES.iter().any(|prefix| user.starts_with(prefix))
    })
}

/// The name of the API object that the event acts on.
pub(super) fn object_name(event: &Event) -> String {
    let object = event.objects.first().and_then(|object| object.name.as_ref());
    object.map(model::Bytes::to_text).unwrap_or_default()
}

/// Findings with one per key, put together as they come.
#[derive(Default)]
pub(super) struct Requests {
    by_key: BTreeMap<String, Finding>,
    /// Requests whose body the log's level leaves out.
    hidden: u64,
}

impl Requests {
    /// Takes a request under `key`, making the finding with `make` when it is the first.
    pub(super) fn take(&mut self, key: String, event: &Event, make: impl FnOnce() -> Finding) {
        let finding = self.by_key.entry(key).or_insert_with(make);
        if finding.events.last() != Some(&event.id) {
            let crossing = finding.crossing;
            signs::extend(finding, event, crossing.unwrap_or(model::CrossingOutcome::Attempted), finding.confidence);
            finding.crossing = crossing.max(finding.crossing.filter(|_| crossing.is_some()));
        }
    }

    /// Notes a request that creates pods without saying how: at level `Metadata` the log leaves the body out.
    pub(super) fn note_hidden(&mut self, event: &Event, fact: &str) {
        let pods = object_name(event).split('/').any(|part| WORKLOADS.contains(&part));
        self.hidden += u64::from(pods && event.fact(fact).is_none());
    }

    /// What the hidden requests leave open.
    pub(super) fn unanswered(&self) -> Option<String> {
        (self.hidden > 0).then(|| format!("the bodies of {} requests (audit level Metadata)", self.hidden))
    }

    pub(super) fn findings(&self) -> Vec<Finding> {
        self.by_key.values().cloned().collect()
    }
}
