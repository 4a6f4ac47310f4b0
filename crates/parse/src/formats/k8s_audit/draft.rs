//! What one stage of a request says.

use model::{Action, Address, Bytes, Event, EventId, Object, ObjectKind, Outcome, Role, Timestamp};

use super::{
    bodies::Bodies,
    record::{Record, User},
    workload::{cut, text_of_list},
};

/// Facts of an event.
use model::Facts;

/// Drafts the event of one stage. `otherwise` is the time of a record without one; `None` when a time cannot be read.
pub(super) fn of(record: &Record<'_>, address: Address, part: u16, otherwise: Option<Timestamp>) -> Option<Event> {
    let times = [&record.request_received_timestamp, &record.stage_timestamp, &record.timestamp];
    let mut times = times.into_iter().flatten().peekable();
    let time = match times.peek() {
        Some(_) => times.find_map(|text| Timestamp::parse(text).ok())?,
        None => otherwise?,
    };
    let id = EventId::new(address.source, address.offset, part);
    let object = record.object_ref.as_ref();
    let resource = Resource {
        resource: object.and_then(|object| object.resource.as_deref()).unwrap_or(""),
        subresource: object.and_then(|object| object.subresource.as_deref()).unwrap_or(""),
        namespace: object.and_then(|object| object.namespace.as_deref()).unwrap_or(""),
        name: object.and_then(|object| object.name.as_deref()).unwrap_or(""),
        path: record.request_uri.as_deref().unwrap_or(""),
    };
    let verb = record.verb.as_deref().unwrap_or("");
    let mut event = Event::draft(id, time, "k8s_audit", action(verb, resource.subresource));
    event.addresses = vec![address];
    event.outcome = outcome(record);
    actor(record, &mut event);
    request_facts(record, &mut event.facts);
    Bodies::read(record.request_object, record.response_object, verb, |bodies| {
        bodies.facts(resource.resource, resource.subresource, verb, &mut event.facts);
        event.objects.push(resource.target(bodies.name()));
    });
    Some(event)
}

/// What is done to API objects by a request of that verb.
pub(in crate::formats) fn action(verb: &str, subresource: &str) -> Action {
    match verb {
        // exec is a GET over websockets and a POST over SPDY: the subresource decides.
        _ if matches!(subresource, "exec" | "attach" | "portforward" | "proxy") => Action::ApiConnect,
        "create" => Action::ApiCreate,
        "update" | "patch" => Action::ApiUpdate,
        "delete" | "deletecollection" => Action::ApiDelete,
        "get" | "list" | "watch" => Action::ApiRead,
        _ => Action::Other,
    }
}

fn outcome(record: &Record<'_>) -> Outcome {
    let code = record.response_status.as_ref().and_then(|status| status.code);
    match (record.stage.as_deref(), code) {
        (Some("RequestReceived"), _) => Outcome::Unknown,
        (_, Some(code)) if code >= 400 => Outcome::Failed { code: Some(code) },
        (Some("Panic"), code) => Outcome::Failed { code },
        (_, Some(code)) if code >= 100 => Outcome::Succeeded,
        _ => Outcome::Unknown,
    }
}

fn actor(record: &Record<'_>, event: &mut Event) {
    let actor = &mut event.actor;
    actor.addresses = record.source_ips.clone().unwrap_or_default();
    actor.user_agent = record.user_agent.as_deref().map(cut);
    if let Some(user) = &record.user {
        actor.user = user.username.as_deref().map(cut);
        groups("groups", user, &mut event.facts);
        // Where a bound service account token was used from.
        for (key, fact) in [("pod-name", "pod_name"), ("pod-uid", "pod_uid"), ("node-name", "node_name")] {
            let extra = user.extra.as_ref().and_then(|extra| extra.get(&format!("authentication.kubernetes.io/{key}")));
            if let Some(value) = extra.and_then(|values| values.first()) {
                event.facts.insert(fact, cut(value));
            }
        }
    }
    if let Some(user) = &record.impersonated_user {
        if let Some(name) = &user.username {
            event.facts.insert("impersonated", cut(name));
        }
        groups("impersonated_groups", user, &mut event.facts);
    }
}

fn groups(name: &str, user: &User, facts: &mut Facts) {
    if let Some(groups) = user.groups.as_ref().filter(|groups| !groups.is_empty()) {
        facts.insert(name, text_of_list(groups));
    }
}

fn request_facts(record: &Record<'_>, facts: &mut Facts) {
    let mut put = |name: &str, value: Option<&str>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            facts.insert(name, cut(value));
        }
    };
    put("auditID", record.audit_id.as_deref());
    put("level", record.level.as_deref());
    put("stage", record.stage.as_deref());
    put("verb", record.verb.as_deref());
    put("requestURI", record.request_uri.as_deref());
    if let Some(object) = &record.object_ref {
        put("resource", object.resource.as_deref());
        put("namespace", object.namespace.as_deref());
        put("name", object.name.as_deref());
        put("subresource", object.subresource.as_deref());
        put("apiGroup", object.api_group.as_deref());
    }
    if let Some(status) = &record.response_status {
        put("status_reason", status.reason.as_deref());
        put("status_message", status.message.as_deref());
    }
    for (name, value) in record.annotations.iter().flatten() {
        match name.as_str() {
            "authorization.k8s.io/decision" => put("decision", Some(value)),
            "authorization.k8s.io/reason" => put("reason", Some(value)),
            name if name.starts_with("pod-security.kubernetes.io/") => put(&cut(name), Some(value)),
            _ => {}
        }
    }
    query_facts(record.request_uri.as_deref().unwrap_or(""), facts);
}

/// `…/exec?command=sh&command=-c&container=web`.
fn query_facts(uri: &str, facts: &mut Facts) {
    let Some((_, query)) = uri.split_once('?') else { return };
    let mut command = Vec::new();
    for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
        match name {
            "command" => command.push(cut(&percent_decoded(value))),
            "container" | "stdin" | "tty" | "fieldSelector" | "labelSelector" | "dryRun" => {
                facts.insert(name, cut(&percent_decoded(value)));
            }
            _ => {}
        }
    }
    if !command.is_empty() {
        facts.insert("command", text_of_list(&command));
    }
}

fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match (byte, bytes.get(at + 1..at + 3).and_then(crate::text::unhex)) {
            (b'%', Some(decoded)) => {
                out.extend_from_slice(&decoded);
                at += 3;
                continue;
            }
            (b'+', _) => out.push(b' '),
            _ => out.push(byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// What a request is about; what it does not name is empty.
pub(in crate::formats) struct Resource<'a> {
    pub resource: &'a str,
    pub subresource: &'a str,
    pub namespace: &'a str,
    pub name: &'a str,
    /// The path of the request, for what is no resource.
    pub path: &'a str,
}

impl Resource<'_> {
    /// `namespace/resource/name[/subresource]`; without a namespace for what has none, without a name for
    /// lists; the path of the request for what is no resource. `generated` is the name that the server gave.
    pub fn target(&self, generated: Option<String>) -> Object {
        let name = if self.resource.is_empty() {
            self.path.split('?').next().unwrap_or("").to_string()
        } else {
            // While a pod is being made, objectRef may only hold the prefix of generateName, or nothing.
            let name = if self.name.is_empty() { generated.as_deref().unwrap_or("") } else { self.name };
            let parts = [self.namespace, self.resource, name, self.subresource];
            parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/")
        };
        let name = (!name.is_empty()).then(|| Bytes::from(cut(&name).as_str()));
        Object { name, ..Object::new(Role::Target, ObjectKind::ApiObject) }
    }
}
