//! Somebody reads secrets through the Kubernetes API.

use model::{Action, Event, Finding, Outcome};

use super::api::{self, Requests};
use crate::{Check, Need, signs};

const NAME: &str = "secret_read";

/// Catalogue row 43.
#[derive(Default)]
pub(super) struct SecretRead(Requests);

impl Check for SecretRead {
    fn name(&self) -> &'static str {
        NAME
    }

    fn needs(&self) -> &'static [Need] {
        &[Need::AnyOf(&[Action::ApiRead])]
    }

    fn on(&mut self, event: &Event) {
        if event.action != Action::ApiRead || event.outcome != Outcome::Succeeded || api::is_control_plane(event) {
            return;
        }
        if !api::object_name(event).split('/').any(|part| part == "secrets") {
            return;
        }
        self.0.take(api::object_name(event), event, || {
            let mut finding = signs::finding(NAME, &["T1552.007"], event, None);
            finding.facts.insert("target".to_string(), api::object_name(event));
            finding
        });
    }

    fn findings(&self) -> Vec<Finding> {
        self.0.findings()
    }
}
