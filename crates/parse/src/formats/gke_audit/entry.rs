//! One log entry, as far as it is read.

use std::{borrow::Cow, collections::BTreeMap};

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::json_values::{string_of, text_of};

/// Fields of an entry that events show, or that say nothing about what happened.
pub(super) const KNOWN: &[&str] = &[
    "insertId",
    "logName",
    "timestamp",
    "receiveTimestamp",
    "severity",
    "labels",
    "resource",
    "operation",
    "protoPayload",
    "protopayload_auditlog",
    "textPayload",
    "jsonPayload",
];

/// The same of an audit entry.
pub(super) const KNOWN_AUDIT: &[&str] = &[
    "@type",
    "at_sign_type",
    "serviceName",
    "methodName",
    "resourceName",
    "authenticationInfo",
    "authorizationInfo",
    "requestMetadata",
    "request",
    "requestJson",
    "response",
    "responseJson",
    "status",
];

/// `google.logging.v2.LogEntry`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Entry<'a> {
    #[serde(borrow)]
    pub insert_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub log_name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub timestamp: Option<&'a RawValue>,
    #[serde(borrow)]
    pub receive_timestamp: Option<&'a RawValue>,
    #[serde(borrow)]
    labels: Option<Labels<'a>>,
    #[serde(borrow)]
    resource: Option<Monitored<'a>>,
    #[serde(borrow)]
    pub operation: Option<Operation<'a>>,
    #[serde(borrow)]
    proto_payload: Option<&'a RawValue>,
    #[serde(borrow, rename = "protopayload_auditlog")]
    table_payload: Option<&'a RawValue>,
    #[serde(borrow)]
    text_payload: Option<&'a RawValue>,
    #[serde(borrow)]
    json_payload: Option<&'a RawValue>,
}

/// Labels by name; values are texts, read when wanted.
type Labels<'a> = BTreeMap<Cow<'a, str>, &'a RawValue>;

#[derive(Deserialize)]
struct Monitored<'a> {
    #[serde(borrow)]
    labels: Option<Labels<'a>>,
}

/// Which long operation the entry belongs to.
#[derive(Deserialize)]
pub(super) struct Operation<'a> {
    #[serde(borrow)]
    pub id: Option<Cow<'a, str>>,
    first: Option<bool>,
    last: Option<bool>,
}

impl Operation<'_> {
    pub fn has_only_begun(&self) -> bool {
        self.first == Some(true) && self.last != Some(true)
    }
}

impl<'a> Entry<'a> {
    /// The raw audit entry, by either name.
    pub fn payload(&self) -> Option<&'a str> {
        self.proto_payload.or(self.table_payload).map(RawValue::get)
    }

    /// A label that the API server's annotations became: `authorization.k8s.io/NAME`, in BigQuery `authorization_k8s_io_NAME`.
    pub fn label(&self, name: &str) -> Option<Cow<'a, str>> {
        let labels = self.labels.as_ref()?;
        let own = |label: &&Cow<'a, str>| {
            let rest = label.strip_prefix("authorization");
            rest.and_then(|rest| rest.strip_suffix(name))
                .is_some_and(|between| matches!(between, ".k8s.io/" | "_k8s_io_"))
        };
        let label = labels.keys().find(own)?;
        text_of(labels[label].get())
    }

    /// A label of the resource that wrote the entry.
    pub fn resource_label(&self, name: &str) -> Option<Cow<'a, str>> {
        text_of(self.resource.as_ref()?.labels.as_ref()?.get(name)?.get())
    }

    /// What a container, a node or a service wrote: the text, the message of a record of the journal, or the object as it
    /// stands (log agents take JSON messages apart).
    pub fn message(&self) -> Option<Cow<'a, str>> {
        #[derive(Deserialize)]
        struct Journal<'b> {
            #[serde(borrow, rename = "MESSAGE")]
            message: Option<&'b RawValue>,
        }
        if let Some(text) = self.text_payload.and_then(|token| string_of(token.get())) {
            return Some(text);
        }
        let object = self.json_payload?.get();
        let journal = serde_json::from_str::<Journal<'a>>(object).ok().and_then(|journal| journal.message);
        journal.and_then(|token| string_of(token.get())).or(Some(Cow::Borrowed(object)))
    }
}

/// `google.cloud.audit.AuditLog`. In BigQuery, bodies are texts with `Json` behind the name.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AuditLog<'a> {
    #[serde(borrow)]
    pub service_name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub method_name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub resource_name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub authentication_info: Option<Authentication<'a>>,
    #[serde(borrow)]
    authorization_info: Option<Vec<Authorization<'a>>>,
    #[serde(borrow)]
    pub request_metadata: Option<Metadata<'a>>,
    #[serde(borrow)]
    pub request: Option<&'a RawValue>,
    #[serde(borrow)]
    pub request_json: Option<&'a RawValue>,
    #[serde(borrow)]
    pub response: Option<&'a RawValue>,
    #[serde(borrow)]
    pub response_json: Option<&'a RawValue>,
    #[serde(borrow)]
    pub status: Option<Status<'a>>,
}

impl<'a> AuditLog<'a> {
    /// What was asked of authorisation.
    pub fn authorizations(&self) -> impl Iterator<Item = &Authorization<'a>> {
        self.authorization_info.iter().flatten()
    }
}

/// Who asked.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Authentication<'a> {
    #[serde(borrow)]
    pub principal_email: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub principal_subject: Option<Cow<'a, str>>,
}

/// Whether it was allowed. `granted` is left out where it is false.
#[derive(Deserialize)]
pub(super) struct Authorization<'a> {
    pub granted: Option<bool>,
    #[serde(borrow)]
    pub permission: Option<Cow<'a, str>>,
}

/// Where the request came from.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Metadata<'a> {
    #[serde(borrow)]
    pub caller_ip: Option<&'a RawValue>,
    #[serde(borrow)]
    pub caller_supplied_user_agent: Option<&'a RawValue>,
}

/// `google.rpc.Status`.
#[derive(Deserialize)]
pub(super) struct Status<'a> {
    pub code: Option<i64>,
    #[serde(borrow)]
    pub message: Option<Cow<'a, str>>,
}
