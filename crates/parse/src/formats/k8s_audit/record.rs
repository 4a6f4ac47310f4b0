//! One line of the API server's audit log, as far as it is read.
//!
//! Source: Kubernetes `staging/src/k8s.io/apiserver/pkg/apis/audit/v1/types.go`; v1beta1 has the same
//! fields plus `timestamp` and `metadata`.

use std::{borrow::Cow, collections::BTreeMap};

use serde::Deserialize;
use serde_json::value::RawValue;

/// `audit.k8s.io` Event. Everything is optional: what a policy or an older version leaves out is unknown.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Record<'a> {
    #[serde(borrow)]
    pub level: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "auditID")]
    pub audit_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub stage: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "requestURI")]
    pub request_uri: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub verb: Option<Cow<'a, str>>,
    pub user: Option<User>,
    pub impersonated_user: Option<User>,
    #[serde(rename = "sourceIPs")]
    pub source_ips: Option<Vec<String>>,
    #[serde(borrow)]
    pub user_agent: Option<Cow<'a, str>>,
    pub object_ref: Option<ObjectRef>,
    pub response_status: Option<Status>,
    #[serde(borrow)]
    pub request_object: Option<&'a RawValue>,
    #[serde(borrow)]
    pub response_object: Option<&'a RawValue>,
    #[serde(borrow)]
    pub request_received_timestamp: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub stage_timestamp: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub timestamp: Option<Cow<'a, str>>,
    pub annotations: Option<BTreeMap<String, String>>,
    /// A list in one line, as the webhook backend sends it.
    #[serde(borrow)]
    pub items: Option<Vec<&'a RawValue>>,
    /// Wrappers of log services: AKS (`properties.log`, object or text).
    #[serde(borrow)]
    pub properties: Option<&'a RawValue>,
    /// CloudWatch and others (`message`, `@message`), container logs (`log`): the event as text.
    #[serde(borrow)]
    pub message: Option<&'a RawValue>,
    #[serde(borrow, rename = "@message")]
    pub at_message: Option<&'a RawValue>,
    #[serde(borrow)]
    pub log: Option<&'a RawValue>,
}

/// Who asked.
#[derive(Deserialize, Default)]
pub(super) struct User {
    pub username: Option<String>,
    pub groups: Option<Vec<String>>,
    pub extra: Option<BTreeMap<String, Vec<String>>>,
}

/// What it was about.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
pub(super) struct ObjectRef {
    pub resource: Option<String>,
    pub namespace: Option<String>,
    pub name: Option<String>,
    pub api_group: Option<String>,
    pub subresource: Option<String>,
}

/// What was answered.
#[derive(Deserialize, Default)]
pub(super) struct Status {
    pub code: Option<i64>,
    pub reason: Option<String>,
    pub message: Option<String>,
}

impl<'a> Record<'a> {
    /// Whether this is an audit event rather than something else in JSON.
    pub fn is_event(&self) -> bool {
        self.audit_id.is_some() && (self.stage.is_some() || self.verb.is_some())
    }

    /// The texts that may hold the event inside a wrapper, outermost first.
    pub fn wrapped(&self) -> Option<&'a RawValue> {
        #[derive(Deserialize)]
        struct Properties<'b> {
            #[serde(borrow)]
            log: Option<&'b RawValue>,
        }
        let properties = self
            .properties
            .and_then(|text| serde_json::from_str::<Properties<'_>>(text.get()).ok())
            .and_then(|p| p.log);
        properties.or(self.message).or(self.at_message).or(self.log)
    }
}
