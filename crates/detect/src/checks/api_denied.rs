//! The Kubernetes API refuses somebody's requests: they look for what they may do.

use model::{Action, Event, Finding, Outcome};

use super::api::{self, Requests};
use crate::{Check, Need, signs};

const NAME: &str = "api_denied";

/// Catalogue row 43.
#[derive(Default)]
pub(super) struct ApiDenied(Requests);

impl Check for ApiDenied {
    fn name(&self) -> &'static str {
        NAME
    }

    fn needs(&self) -> &'static [Need] {
        &[Need::AnyOf(&[Action::ApiCreate, Action::ApiRead, Action::ApiUpdate, Action::ApiDelete])]
    }

    fn on(&mut self, event: &Event) {
        let refused = matches!(event.outcome, Outcome::Failed { code: Some(401 | 403) });
        if !api::is_request(event) || !refused || api::is_control_plane(event) {
            return;
        }
        let user = event.actor.user.clone().unwrap_or_default();
        self.0.take(user, event, || {
            let mut finding = signs::finding(NAME, &["T1613"], event, None);
            finding.facts.insert("target".to_string(), api::object_name(event));
            finding
        });
    }

    fn findings(&self) -> Vec<Finding> {
        self.0.findings()
    }
}
