//! Google Cloud's audit log of GKE clusters: `LogEntry` objects whose `protoPayload` is an `AuditLog` of `k8s.io`.
//!
//! Google rewrites the API server's audit events: the verb and the resource stand in `methodName`, the object in
//! `resourceName`, the answer is a gRPC code. The events say the same as those of `k8s_audit`, under the same fact names.
//! JSON lines, the array of `gcloud logging read --format json`, and rows of an export to BigQuery. An export of a
//! project holds other entries too: container and node logs, audit entries of other services. They are records as well.
//!
//! Sources: `google/logging/v2/log_entry.proto` and `google/cloud/audit/audit_log.proto` of googleapis; GKE's page on
//! audit logging.

mod entry;
mod method;

use std::borrow::Cow;

use model::{Action, Event, EventId, Outcome, ProblemKind, TimeBasis, Timestamp};
use serde_json::{json, value::RawValue};

use super::k8s_audit::{Bodies, Resource, action};
use crate::{
    Batch, Decoder, Format, Source,
    carried::{Carried, CarriedFormat},
    json_values::{cut, note_unknown, string_of, text_of, time_of},
    records::{Fault, Framed, Framing, Origin, Reader, not_json},
};
use entry::{AuditLog, Entry};

/// The format.
pub(crate) struct GkeAudit;

const NAME: &str = "gke_audit";

impl Format for GkeAudit {
    fn name(&self) -> &'static str {
        NAME
    }

    fn sniff(&self, head: &[u8]) -> u8 {
        let contains = |needle: &[u8]| memchr::memmem::find(head, needle).is_some();
        let is_json = head.iter().find(|byte| !byte.is_ascii_whitespace()).is_some_and(|byte| b"{[".contains(byte));
        if !is_json {
            return 0;
        }
        let audit = contains(b"\"protoPayload\"") || contains(b"\"protopayload_auditlog\"");
        let entry = contains(b"\"insertId\"") || contains(b"\"logName\"");
        match (audit, contains(b"k8s.io"), entry) {
            (true, true, true) => 96,
            (true, true, false) => 85,
            (true, false, _) => 60,
            (false, _, true) if contains(b"\"textPayload\"") || contains(b"\"jsonPayload\"") => 60,
            _ => 0,
        }
    }

    fn decoder(&self, source: Source) -> Box<dyn Decoder> {
        Box::new(Framed::new(source, Framing::json(), EntryReader::default()))
    }
}

impl CarriedFormat for GkeAudit {
    fn recognises(&self, message: &[u8], _origin: &Origin<'_>) -> bool {
        message.starts_with(b"{") && memchr::memmem::find(message, b"\"protoPayload\"").is_some()
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(EntryReader::default())
    }
}

/// Reads log entries.
#[derive(Default)]
struct EntryReader {
    carried: Carried,
}

impl Reader for EntryReader {
    fn record(&mut self, text: &[u8], origin: &Origin<'_>, out: &mut Batch) -> Result<(), Fault> {
        let none = || (ProblemKind::NotARecord, "JSON that is no log entry of Google Cloud (no payload)".to_string());
        // Members of a list would be taken for the fields of an entry, by their order.
        let text = std::str::from_utf8(text).map_err(|_| none())?.trim();
        if !text.starts_with('{') {
            return Err((ProblemKind::NotARecord, "no log entry in JSON".to_string()));
        }
        let entry: Entry<'_> = serde_json::from_str(text).map_err(|cause| not_json("log entry", &cause))?;
        let time =
            [entry.timestamp, entry.receive_timestamp].into_iter().flatten().find_map(|token| time_of(token.get()));
        let message = entry.message().map(|message| message.trim_end().to_string());
        if entry.payload().is_none() && message.is_none() {
            return Err(none());
        }
        let Some(time) = time.or(origin.time) else {
            return Err((ProblemKind::BadTime, "no time that can be read in this log entry".to_string()));
        };
        if let Some(payload) = entry.payload() {
            note_unknown(text, origin.address.offset, "", entry::KNOWN, &mut out.unmapped);
            note_unknown(payload, origin.address.offset, "protoPayload.", entry::KNOWN_AUDIT, &mut out.unmapped);
            let audit: AuditLog<'_> = serde_json::from_str(payload).map_err(|cause| not_json("audit entry", &cause))?;
            out.drafts.push(audited(&entry, &audit, time, origin));
            out.records += 1;
            return Ok(());
        }
        self.message(&message.unwrap_or_default(), &entry, time, origin, out);
        Ok(())
    }

    fn finish(&mut self, out: &mut Batch) {
        self.carried.finish(out);
    }

    fn another(&self) -> Option<Box<dyn Reader>> {
        Some(Box::new(Self::default()))
    }

    /// Entries without an audit record hold messages of other programs, which may belong together.
    fn in_order(&self, text: &[u8]) -> bool {
        memchr::memmem::find(text, b"\"protoPayload\"").is_none()
    }
}

impl EntryReader {
    /// An entry of another log of the project: what a container, a node or a service wrote.
    fn message(&mut self, message: &str, entry: &Entry<'_>, time: Timestamp, origin: &Origin<'_>, out: &mut Batch) {
        let label = |name: &str| entry.resource_label(name);
        let (node, container) = (label("node_name"), label("container_name"));
        let carried = Origin {
            address: origin.address,
            time: Some(time),
            host: node.as_deref().or(origin.host),
            basis: TimeBasis::Utc,
            carrier: Some(NAME),
            program: container.as_deref(),
            vouched: None,
            pid: None,
            ended: true,
        };
        // An object that is carried by a carried entry could nest without end.
        let may_carry = origin.carrier.is_none() || !message.starts_with('{');
        if may_carry && self.carried.message(message.as_bytes(), &carried, out) {
            return;
        }
        let mut event = draft(entry, time, origin, Action::LogMessage);
        event.host = carried.host.map(cut);
        event.facts.insert("message", cut(message));
        let names =
            [("k8s.ns.name", "namespace_name"), ("k8s.pod.name", "pod_name"), ("container.name", "container_name")];
        for (fact, name) in names {
            if let Some(value) = label(name) {
                event.facts.insert(fact, cut(&value));
            }
        }
        out.drafts.push(event);
        out.records += 1;
    }
}

/// What every event of an entry says.
fn draft(entry: &Entry<'_>, time: Timestamp, origin: &Origin<'_>, action: Action) -> Event {
    let address = origin.address;
    let mut event = Event::draft(EventId::new(address.source, address.offset, 0), time, NAME, action);
    event.addresses = vec![address];
    event.host = origin.host.map(cut);
    // Google: entries of one log with the same time and `insertId` are copies of one.
    event.occurrence = entry.insert_id.as_ref().map(|id| format!("gcp:{}", cut(id)));
    let names = [("cluster", "cluster_name"), ("project_id", "project_id"), ("location", "location")];
    for (fact, label) in names {
        if let Some(value) = entry.resource_label(label) {
            event.facts.insert(fact, cut(&value));
        }
    }
    for (fact, value) in [("insertId", &entry.insert_id), ("logName", &entry.log_name)] {
        if let Some(value) = value {
            event.facts.insert(fact, cut(value));
        }
    }
    if let Some(carrier) = origin.carrier {
        event.facts.insert(model::CARRIED_BY, carrier);
    }
    event
}

/// An audit entry: a request to the Kubernetes API, or to another service of Google.
fn audited(entry: &Entry<'_>, audit: &AuditLog<'_>, time: Timestamp, origin: &Origin<'_>) -> Event {
    let method = audit.method_name.as_deref().unwrap_or("");
    let name = audit.resource_name.as_deref().unwrap_or("");
    let is_kubernetes = match audit.service_name.as_deref() {
        Some(service) => service == "k8s.io",
        None => method.starts_with("io.k8s."),
    };
    let request = if is_kubernetes { method::read(method, name) } else { method::Request::default() };
    let mut event = draft(entry, time, origin, action(request.verb, request.subresource));
    event.outcome = outcome(entry, audit);
    who(audit, &mut event);
    let facts = &mut event.facts;
    let mut put = |fact: &str, value: &str| {
        if !value.is_empty() {
            facts.insert(fact, cut(value));
        }
    };
    put("serviceName", audit.service_name.as_deref().unwrap_or(""));
    put("methodName", method);
    put("resourceName", name);
    put("verb", request.verb);
    put("resource", request.resource);
    put("subresource", request.subresource);
    put("namespace", request.namespace);
    put("name", request.name);
    put("apiGroup", request.api_group);
    for name in ["decision", "reason"] {
        put(name, entry.label(name).as_deref().unwrap_or(""));
    }
    if let Some(operation) = &entry.operation {
        put("operation_id", operation.id.as_deref().unwrap_or(""));
    }
    if let Some(status) = &audit.status {
        put("status_code", &status.code.map(|code| code.to_string()).unwrap_or_default());
        put("status_message", status.message.as_deref().unwrap_or(""));
    }
    let permissions: Vec<&str> = audit.authorizations().filter_map(|entry| entry.permission.as_deref()).collect();
    if !permissions.is_empty() {
        put("permissions", &json!(permissions).to_string());
    }
    if is_kubernetes {
        bodies(audit, &request, &mut event);
    }
    event
}

fn bodies(audit: &AuditLog<'_>, request: &method::Request<'_>, event: &mut Event) {
    let (asked, answered) = (audit.request.or(audit.request_json), audit.response.or(audit.response_json));
    let resource = Resource {
        resource: request.resource,
        subresource: request.subresource,
        namespace: request.namespace,
        name: request.name,
        path: audit.resource_name.as_deref().unwrap_or(""),
    };
    if event.action == Action::ApiConnect {
        command(asked, event);
        event.objects.push(resource.target(None));
        return;
    }
    Bodies::read(asked, answered, request.verb, |bodies| {
        bodies.facts(request.resource, request.subresource, request.verb, &mut event.facts);
        event.objects.push(resource.target(bodies.name()));
    });
}

/// The options of an exec, where the entry shows them.
fn command(request: Option<&RawValue>, event: &mut Event) {
    #[derive(serde::Deserialize)]
    struct Options {
        command: Option<Vec<String>>,
        container: Option<String>,
    }
    let Some(token) = request.map(RawValue::get) else { return };
    let text = string_of(token).unwrap_or(Cow::Borrowed(token));
    let Ok(options) = serde_json::from_str::<Options>(&text) else { return };
    if let Some(command) = options.command.filter(|command| !command.is_empty()) {
        event.facts.insert("command", cut(&json!(command).to_string()));
    }
    if let Some(container) = options.container {
        event.facts.insert("container", cut(&container));
    }
}

fn who(audit: &AuditLog<'_>, event: &mut Event) {
    if let Some(user) = &audit.authentication_info {
        let name = user.principal_email.as_deref().or(user.principal_subject.as_deref());
        event.actor.user = name.filter(|name| !name.is_empty()).map(cut);
    }
    if let Some(metadata) = &audit.request_metadata {
        let address = metadata.caller_ip.and_then(|token| text_of(token.get()));
        event.actor.addresses = address.map(|address| cut(&address)).into_iter().collect();
        let agent = metadata.caller_supplied_user_agent.and_then(|token| text_of(token.get()));
        event.actor.user_agent = agent.map(|agent| cut(&agent));
    }
}

/// `status` is absent or empty for what was done; an operation that has only begun has no outcome yet.
fn outcome(entry: &Entry<'_>, audit: &AuditLog<'_>) -> Outcome {
    let refused = entry.label("decision").as_deref() == Some("forbid")
        || audit.authorizations().any(|authorization| authorization.granted == Some(false));
    match audit.status.as_ref().map(|status| status.code.unwrap_or(0)) {
        Some(code) if code != 0 => Outcome::Failed { code: Some(http_status(code)) },
        _ if refused => Outcome::Failed { code: Some(403) },
        _ if entry.operation.as_ref().is_some_and(|operation| operation.has_only_begun()) => Outcome::Unknown,
        Some(_) => Outcome::Succeeded,
        None => Outcome::Unknown,
    }
}

/// The HTTP status that the API server answered, of the gRPC code that Google made of it.
/// Source: `google/rpc/code.proto`.
fn http_status(code: i64) -> i64 {
    match code {
        1 => 499,
        3 | 9 | 11 => 400,
        4 => 504,
        5 => 404,
        6 | 10 => 409,
        7 => 403,
        8 => 429,
        12 => 501,
        14 => 503,
        16 => 401,
        2 | 13 | 15 => 500,
        other => other,
    }
}
