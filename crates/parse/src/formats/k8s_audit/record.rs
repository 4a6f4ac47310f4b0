//! One event of the API server's audit log, as far as it is read.
//!
//! Source: Kubernetes `staging/src/k8s.io/apiserver/pkg/apis/audit/v1/types.go`; v1beta1 has the same
//! fields plus `timestamp` and `metadata`. The table `AKSAudit` of Azure Monitor spells the same fields its own way, and its
//! exports give objects as text.

use std::{borrow::Cow, collections::BTreeMap};

use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::value::RawValue;

use crate::json_values::string_of;

/// Fields that events have; `kind` and the like say nothing that `format` does not.
pub(super) const KNOWN: &[&str] = &[
    "kind",
    "apiVersion",
    "metadata",
    "level",
    "Level",
    "auditID",
    "AuditId",
    "stage",
    "Stage",
    "requestURI",
    "RequestUri",
    "verb",
    "Verb",
    "user",
    "User",
    "impersonatedUser",
    "sourceIPs",
    "SourceIps",
    "userAgent",
    "UserAgent",
    "objectRef",
    "ObjectRef",
    "responseStatus",
    "ResponseStatus",
    "requestObject",
    "RequestObject",
    "responseObject",
    "ResponseObject",
    "requestReceivedTimestamp",
    "RequestReceivedTime",
    "stageTimestamp",
    "StageReceivedTime",
    "timestamp",
    "TimeGenerated",
    "annotations",
    "Annotations",
];

/// `audit.k8s.io` Event. Everything is optional: what a policy or an older version leaves out is unknown.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Record<'a> {
    #[serde(borrow, alias = "Level")]
    pub level: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "auditID", alias = "AuditId")]
    pub audit_id: Option<Cow<'a, str>>,
    #[serde(borrow, alias = "Stage")]
    pub stage: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "requestURI", alias = "RequestUri")]
    pub request_uri: Option<Cow<'a, str>>,
    #[serde(borrow, alias = "Verb")]
    pub verb: Option<Cow<'a, str>>,
    #[serde(default, deserialize_with = "lenient", alias = "User")]
    pub user: Option<User>,
    #[serde(default, deserialize_with = "lenient")]
    pub impersonated_user: Option<User>,
    #[serde(default, deserialize_with = "lenient", rename = "sourceIPs", alias = "SourceIps")]
    pub source_ips: Option<Vec<String>>,
    #[serde(borrow, alias = "UserAgent")]
    pub user_agent: Option<Cow<'a, str>>,
    #[serde(default, deserialize_with = "lenient", alias = "ObjectRef")]
    pub object_ref: Option<ObjectRef>,
    #[serde(default, deserialize_with = "lenient", alias = "ResponseStatus")]
    pub response_status: Option<Status>,
    #[serde(borrow, alias = "RequestObject")]
    pub request_object: Option<&'a RawValue>,
    #[serde(borrow, alias = "ResponseObject")]
    pub response_object: Option<&'a RawValue>,
    #[serde(borrow, alias = "RequestReceivedTime")]
    pub request_received_timestamp: Option<Cow<'a, str>>,
    #[serde(borrow, alias = "StageReceivedTime")]
    pub stage_timestamp: Option<Cow<'a, str>>,
    #[serde(borrow, alias = "TimeGenerated")]
    pub timestamp: Option<Cow<'a, str>>,
    #[serde(default, deserialize_with = "lenient", alias = "Annotations")]
    pub annotations: Option<BTreeMap<String, String>>,
}

/// An object, or the same object as text. One of another shape costs only itself: it is unknown.
fn lenient<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> Result<Option<T>, D::Error> {
    let token = <&RawValue>::deserialize(deserializer)?.get();
    let text = string_of(token).filter(|_| token.starts_with('"'));
    Ok(serde_json::from_str(text.as_deref().unwrap_or(token)).unwrap_or(None))
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

impl Record<'_> {
    /// Whether a text can be an event at all; cheap.
    pub fn may_be(text: &str) -> bool {
        let has = |name: &str| memchr::memmem::find(text.as_bytes(), name.as_bytes()).is_some();
        has("\"auditID\"") || has("\"AuditId\"")
    }

    /// Whether this is an audit event rather than something else in JSON.
    pub fn is_event(&self) -> bool {
        self.audit_id.is_some() && (self.stage.is_some() || self.verb.is_some())
    }
}
