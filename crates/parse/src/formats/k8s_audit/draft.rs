//! What one stage of a request says.

use std::collections::BTreeMap;

use model::{Action, Address, Bytes, Event, EventId, Object, ObjectKind, Outcome, Role, Timestamp};
use serde_json::{Value, json, value::RawValue};

use super::{
    record::{ObjectRef, Record, User},
    workload::{Workload, cut},
};

/// Facts of an event.
type Facts = BTreeMap<String, String>;

/// Drafts the event of one stage; `None` when its time cannot be read.
pub(super) fn of(record: &Record<'_>, address: Address, part: u16) -> Option<Event> {
    let times = [&record.request_received_timestamp, &record.stage_timestamp, &record.timestamp];
    let time = times.into_iter().flatten().find_map(|text| Timestamp::parse(text).ok())?;
    let id = EventId::new(address.source, address.offset, part);
    let object = record.object_ref.as_ref();
    let verb = record.verb.as_deref().unwrap_or("");
    let mut event = Event::draft(id, time, "k8s_audit", action(verb, object));
    event.addresses = vec![address];
    event.outcome = outcome(record);
    actor(record, &mut event);
    request_facts(record, &mut event.facts);
    let bodies = Bodies::read(record, verb);
    bodies.facts(object, verb, &mut event.facts);
    event.objects.push(target(record, object, bodies.name()));
    Some(event)
}

fn action(verb: &str, object: Option<&ObjectRef>) -> Action {
    let subresource = object.and_then(|object| object.subresource.as_deref()).unwrap_or("");
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
                event.facts.insert(fact.to_string(), cut(value));
            }
        }
    }
    if let Some(user) = &record.impersonated_user {
        if let Some(name) = &user.username {
            event.facts.insert("impersonated".to_string(), cut(name));
        }
        groups("impersonated_groups", user, &mut event.facts);
    }
}

fn groups(name: &str, user: &User, facts: &mut Facts) {
    if let Some(groups) = user.groups.as_ref().filter(|groups| !groups.is_empty()) {
        facts.insert(name.to_string(), json!(groups).to_string());
    }
}

fn request_facts(record: &Record<'_>, facts: &mut Facts) {
    let mut put = |name: &str, value: Option<&str>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            facts.insert(name.to_string(), cut(value));
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
                facts.insert(name.to_string(), cut(&percent_decoded(value)));
            }
            _ => {}
        }
    }
    if !command.is_empty() {
        facts.insert("command".to_string(), json!(command).to_string());
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

/// `namespace/resource/name[/subresource]`; without a namespace for what has none, without a name for
/// lists; the path of the request for what is no resource.
fn target(record: &Record<'_>, object: Option<&ObjectRef>, generated: Option<String>) -> Object {
    let name = match object {
        Some(object) if object.resource.is_some() => {
            // While a pod is being made, objectRef may only hold the prefix of generateName, or nothing.
            let name = object.name.clone().or(generated);
            let parts = [object.namespace.clone(), object.resource.clone(), name, object.subresource.clone()];
            parts.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/")
        }
        _ => record.request_uri.as_deref().unwrap_or("").split('?').next().unwrap_or("").to_string(),
    };
    let name = (!name.is_empty()).then(|| Bytes::from(cut(&name).as_str()));
    Object { name, ..Object::new(Role::Target, ObjectKind::ApiObject) }
}

/// The bodies that are shown, where they change something.
struct Bodies {
    request: Option<Value>,
    response: Option<Value>,
}

impl Bodies {
    fn read(record: &Record<'_>, verb: &str) -> Self {
        let parse = |raw: Option<&RawValue>| raw.and_then(|raw| serde_json::from_str(raw.get()).ok());
        if !matches!(verb, "create" | "update" | "patch") {
            return Self { request: None, response: None };
        }
        let response: Option<Value> = parse(record.response_object);
        let is_error = |body: &Value| body.get("kind").and_then(Value::as_str) == Some("Status");
        Self { request: parse(record.request_object), response: response.filter(|body| !is_error(body)) }
    }

    fn both(&self) -> impl Iterator<Item = &Value> {
        self.request.iter().chain(self.response.iter()).filter(|body| !body.is_null())
    }

    /// The name that the server gave.
    fn name(&self) -> Option<String> {
        let name = |body: &Value| body.pointer("/metadata/name").and_then(Value::as_str).map(str::to_string);
        self.response.as_ref().and_then(name).or_else(|| self.request.as_ref().and_then(name))
    }

    fn facts(&self, object: Option<&ObjectRef>, verb: &str, facts: &mut Facts) {
        let resource = object.and_then(|object| object.resource.as_deref()).unwrap_or("");
        let subresource = object.and_then(|object| object.subresource.as_deref()).unwrap_or("");
        match (resource, subresource) {
            // Their contents stay in the evidence: a report must not spread them.
            ("secrets" | "configmaps", _) => {}
            ("rolebindings" | "clusterrolebindings", _) => self.binding(facts),
            ("roles" | "clusterroles", _) => self.member("rules", facts),
            ("serviceaccounts", "token") => self.token(facts),
            _ => {
                let mut workload = Workload::default();
                self.both().for_each(|body| workload.search(body));
                let whole = verb != "patch" || self.response.is_some();
                workload.facts(whole, facts);
            }
        }
        if let Some(prefix) = self.both().find_map(|body| body.pointer("/metadata/generateName")?.as_str().map(cut)) {
            facts.insert("generateName".to_string(), prefix);
        }
    }

    fn member(&self, name: &str, facts: &mut Facts) {
        if let Some(value) = self.both().find_map(|body| body.get(name)).filter(|value| !value.is_null()) {
            facts.insert(name.to_string(), cut(&value.to_string()));
        }
    }

    fn binding(&self, facts: &mut Facts) {
        self.member("subjects", facts);
        let role = self.both().find_map(|body| {
            let part = |key| body.get("roleRef")?.get(key)?.as_str();
            Some(format!("{}/{}", part("kind")?, part("name")?))
        });
        if let Some(role) = role {
            facts.insert("roleRef".to_string(), cut(&role));
        }
    }

    /// A token request; the token itself is never copied.
    fn token(&self, facts: &mut Facts) {
        let spec = self.both().find_map(|body| body.get("spec"));
        for name in ["audiences", "expirationSeconds", "boundObjectRef"] {
            if let Some(value) = spec.and_then(|spec| spec.get(name)).filter(|value| !value.is_null()) {
                facts.insert(name.to_string(), cut(&value.to_string()));
            }
        }
    }
}
