//! Somebody asks the Kubernetes API for a pod with a sensitive directory of the host.

use model::{Action, CrossingOutcome, Event, Finding};

use super::api::{self, Requests};
use crate::{Check, Need, signs};

const NAME: &str = "sensitive_host_path_pod";

/// Catalogue row 6.
#[derive(Default)]
pub(super) struct SensitiveHostPathPod(Requests);

impl Check for SensitiveHostPathPod {
    fn name(&self) -> &'static str {
        NAME
    }

    fn needs(&self) -> &'static [Need] {
        &[Need::AnyOf(&[Action::ApiCreate])]
    }

    fn unanswered(&self) -> Option<String> {
        self.0.unanswered()
    }

    fn on(&mut self, event: &Event) {
        if !matches!(event.action, Action::ApiCreate | Action::ApiUpdate) || api::is_control_plane(event) {
            return;
        }
        self.0.note_hidden(event, "host_paths");
        let sensitive = sensitive_paths(event);
        if sensitive.is_empty() {
            return;
        }
        // The API server accepted or refused a request; whether the pod then crossed, the node's own log tells.
        let crossing = signs::crossing_of(event.outcome).min(CrossingOutcome::Unknown);
        self.0.take(api::object_name(event), event, || {
            let mut finding = signs::finding(NAME, &["T1610", "T1611"], event, Some(crossing));
            finding.confidence = 70;
            finding.facts.insert("target".to_string(), api::object_name(event));
            finding.facts.insert("path".to_string(), sensitive.join(" "));
            finding.missing.push("node_log".to_string());
            finding
        });
    }

    fn findings(&self) -> Vec<Finding> {
        self.0.findings()
    }
}

/// Host directories whose content decides what the host runs or trusts.
const SENSITIVE: &[&str] = &[
    "/etc",
    "/root",
    "/home",
    "/proc",
    "/sys",
    "/dev",
    "/boot",
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/var/run",
    "/run",
    "/var/lib/kubelet",
    "/var/lib/docker",
    "/var/lib/containerd",
    "/var/lib/etcd",
    "/var/log",
    "/var/spool/cron",
];

fn sensitive_paths(event: &Event) -> Vec<String> {
    let Some(list) = event.fact("host_paths") else { return Vec::new() };
    let paths: Vec<String> = serde_json::from_str(list).unwrap_or_default();
    let is_sensitive = |path: &str| {
        let bytes = model::Bytes::from(path);
        path == "/" || path == "/var" || SENSITIVE.iter().any(|top| bytes.is_within(top.as_bytes()))
    };
    paths.into_iter().filter(|path| is_sensitive(path)).collect()
}
