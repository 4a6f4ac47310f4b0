//! Somebody runs a command in a pod through the Kubernetes API.

use model::{Action, Event, Finding};

use super::api::{self, Requests};
use crate::{Check, Need, signs};

const NAME: &str = "pod_exec";

/// Catalogue row 44.
#[derive(Default)]
pub(super) struct PodExec(Requests);

impl Check for PodExec {
    fn name(&self) -> &'static str {
        NAME
    }

    fn needs(&self) -> &'static [Need] {
        &[Need::AnyOf(&[Action::ApiConnect])]
    }

    fn on(&mut self, event: &Event) {
        if event.action != Action::ApiConnect || api::is_control_plane(event) {
            return;
        }
        self.0.take(api::object_name(event), event, || {
            let mut finding = signs::finding(NAME, &["T1609"], event, None);
            finding.facts.insert("target".to_string(), api::object_name(event));
            if let Some(command) = event.fact("command") {
                finding.facts.insert("command".to_string(), command.to_string());
            }
            finding
        });
    }

    fn findings(&self) -> Vec<Finding> {
        self.0.findings()
    }
}
