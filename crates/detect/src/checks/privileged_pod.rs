//! Somebody asks the Kubernetes API for a privileged pod.

use model::{Action, CrossingOutcome, Event, Finding};

use super::api::{self, Requests};
use crate::{Check, Need, signs};

const NAME: &str = "privileged_pod";

/// Catalogue row 1.
#[derive(Default)]
pub(super) struct PrivilegedPod(Requests);

impl Check for PrivilegedPod {
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
        self.0.note_hidden(event, "privileged");
        if event.fact("privileged") != Some("true") {
            return;
        }
        // The API server accepted or refused a request; whether the pod then crossed, the node's own log tells.
        let crossing = signs::crossing_of(event.outcome).min(CrossingOutcome::Unknown);
        self.0.take(api::object_name(event), event, || {
            let mut finding = signs::finding(NAME, &["T1610", "T1611"], event, Some(crossing));
            finding.confidence = 70;
            finding.facts.insert("target".to_string(), api::object_name(event));
            finding.facts.insert("path".to_string(), "privileged".to_string());
            finding.missing.push("node_log".to_string());
            finding
        });
    }

    fn findings(&self) -> Vec<Finding> {
        self.0.findings()
    }
}
