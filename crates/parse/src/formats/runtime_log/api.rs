//! Requests to dockerd's API, as its debug level shows them: `Calling POST /v1.41/containers/create?name=web`, then
//! `form data: {…}` with the request's body, and on every level `Handler for POST … returned error: …`.
//!
//! The log does not say who asked: neither the client's address nor its user. Bodies of more than 4 KiB are not logged.

use model::{Action, Bytes, Event, Outcome};
use serde_json::Value;

use super::{acts::Act, cri, record::Record};
use crate::text;

/// A request as the line names it.
struct Request<'a> {
    method: &'a str,
    /// With its query.
    path: &'a str,
    /// What dockerd answered, where it is an error.
    error: Option<&'a str>,
}

fn request<'a>(record: &'a Record<'_>) -> Option<Request<'a>> {
    let message = record.message.as_ref();
    if let Some(url) = record.field("request-url") {
        return Some(Request { method: record.field("method")?, path: url, error: record.field("error-response") });
    }
    let (line, error) = match message.strip_prefix("Handler for ") {
        Some(rest) => {
            let (line, error) = rest.split_once(" returned error: ")?;
            (line, Some(error))
        }
        None => (message.strip_prefix("Calling ")?, None),
    };
    let (method, path) = line.split_once(' ')?;
    path.starts_with('/').then_some(Request { method, path, error })
}

/// Whether the body of the request may be the daemon's next line.
pub(super) fn may_have_body(record: &Record<'_>) -> bool {
    request(record).is_some_and(|request| request.method == "POST" && request.error.is_none())
}

/// Reads a request, and which act it asks for.
pub(super) fn act<'a>(record: &'a Record<'_>) -> Option<Act<'a>> {
    let Request { method, path, error } = request(record)?;
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let mut parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).take(8).collect();
    if parts.first().is_some_and(|part| part.starts_with("v1.")) {
        parts.remove(0);
    }
    let (action, container) = asked(method, &parts);
    // An error without an act is a message: who asks in vain for a list does nothing.
    let outcome = match error {
        Some(_) if action != Action::LogMessage => Outcome::Failed { code: None },
        _ => Outcome::Unknown,
    };
    let mut act = Act::new(action, outcome, container);
    act.named = container.is_some_and(|container| !looks_like_id(container));
    act = act.with("api.method", Some(method)).with("api.path", Some(path)).with("error", error);
    if action == Action::ContainerCopy {
        act = act.with("direction", Some(if method == "PUT" { "in" } else { "out" }));
    }
    if let ["exec", exec, "start"] = parts.as_slice() {
        act = act.with("exec_id", Some(*exec));
    }
    Some(query_facts(act, query))
}

/// The act that a request asks for, and the container that it names.
fn asked<'a>(method: &str, parts: &[&'a str]) -> (Action, Option<&'a str>) {
    match (method, parts) {
        ("POST", ["containers", "create"]) => (Action::ContainerCreate, None),
        ("POST", ["containers", id, "start" | "restart"]) => (Action::ContainerStart, Some(id)),
        ("POST", ["containers", id, "stop" | "kill"]) => (Action::ContainerStop, Some(id)),
        ("POST", ["containers", id, "exec"]) => (Action::ContainerExec, Some(id)),
        ("POST", ["exec", _, "start"]) => (Action::ContainerExec, None),
        ("DELETE", ["containers", id]) => (Action::ContainerDelete, Some(id)),
        ("PUT" | "GET", ["containers", id, "archive" | "export"]) => (Action::ContainerCopy, Some(id)),
        (_, ["containers", "json" | "prune"]) => (Action::LogMessage, None),
        (_, ["containers", id, ..]) => (Action::LogMessage, Some(id)),
        ("POST", ["images" | "build" | "commit", ..]) | ("DELETE", ["images", ..]) => (Action::ImageChange, None),
        _ => (Action::LogMessage, None),
    }
}

/// A client may name a container by the start of its id.
fn looks_like_id(text: &str) -> bool {
    (12..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

/// Parameters of one request that are read.
const PARAMETERS_MAX: usize = 32;

fn query_facts<'a>(mut act: Act<'a>, query: &str) -> Act<'a> {
    let (mut image, mut tag) = (None, None);
    for pair in query.split('&').filter(|pair| !pair.is_empty()).take(PARAMETERS_MAX) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let value = decoded(value);
        match name {
            "name" if act.action == Action::ContainerCreate => act = act.with("container.name", Some(value)),
            "path" => act = act.with("path", Some(value)),
            "signal" => act = act.with("signal", Some(value)),
            "container" => act = act.with("container.name", Some(value)),
            "fromImage" | "repo" | "t" if !value.is_empty() => image = Some(value),
            "tag" if !value.is_empty() => tag = Some(value),
            "fromSrc" | "remote" => act = act.with("source", Some(value)),
            _ => {}
        }
    }
    match (image, tag) {
        (Some(image), Some(tag)) => cri::image_facts(act, &format!("{image}:{tag}")),
        (Some(image), None) => cri::image_facts(act, &image),
        _ => act,
    }
}

/// The text of a query parameter.
fn decoded(value: &str) -> String {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let escape = (first == b'%').then(|| after.get(..2).and_then(text::unhex)).flatten();
        match escape {
            Some(byte) => {
                bytes.extend(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(if first == b'+' { b' ' } else { first });
                rest = after;
            }
        }
    }
    text::fact(&bytes)
}

/// Facts of one body that are kept. A body is 4 KiB at most where dockerd wrote it.
const BODY_FACTS_MAX: usize = 128;
/// Objects within objects of a body that are looked into.
const BODY_DEPTH_MAX: usize = 4;

/// Adds what the body of a request states: what is not its default, under its own names.
pub(super) fn body(body: &str, event: &mut Event) {
    let Ok(Value::Object(body)) = serde_json::from_str::<Value>(body) else { return };
    let text = |name: &str| body.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    if let Some(image) = text("Image") {
        for (name, value) in cri::image_facts(Act::message(None), image).facts {
            event.facts.insert(name, text::fact(value.as_bytes()));
        }
    }
    let list = |name: &str| body.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    event.actor.argv.extend(list("Entrypoint").chain(list("Cmd")).take(256).map(Bytes::from));
    if let Some(config) = body.get("HostConfig") {
        let mounts = mounts(config);
        if !mounts.is_empty() {
            event.facts.insert("container.mounts", text::fact(mounts.join(" ").as_bytes()));
        }
    }
    let mut left = BODY_FACTS_MAX;
    for (name, value) in &body {
        add(&format!("body.{name}"), value, BODY_DEPTH_MAX, &mut left, event);
    }
}

fn add(name: &str, value: &Value, depth: usize, left: &mut usize, event: &mut Event) {
    let text = match value {
        Value::Null | Value::Bool(false) => return,
        Value::String(text) if text.is_empty() => return,
        Value::Number(number) if number.as_f64() == Some(0.0) => return,
        Value::Array(items) if items.is_empty() => return,
        Value::Object(members) if depth > 0 => {
            for (member, value) in members {
                add(&format!("{name}.{member}"), value, depth - 1, left, event);
            }
            return;
        }
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    if *left > 0 {
        *left -= 1;
        event.facts.insert(text::fact(name.as_bytes()), text::fact(text.as_bytes()));
    }
}

/// Mounts of one request that are read.
const MOUNTS_MAX: usize = 64;

/// The mounts that a request asks for, as Falco writes them: `source:destination:mode:writable:propagation`.
fn mounts(config: &Value) -> Vec<String> {
    let list = |name: &str| config.get(name).and_then(Value::as_array).into_iter().flatten().take(MOUNTS_MAX);
    let binds = list("Binds").filter_map(Value::as_str).filter_map(|bind| {
        let mut parts = bind.split(':');
        let (source, destination, mode) = (parts.next()?, parts.next()?, parts.next().unwrap_or_default());
        let options = || mode.split(',');
        let writable = !options().any(|option| option == "ro");
        let propagation = options().find(|option| option.ends_with("shared") || option.ends_with("slave"));
        Some(format!("{source}:{destination}:{mode}:{writable}:{}", propagation.unwrap_or("rprivate")))
    });
    let mounts = list("Mounts").map(|mount| {
        let text = |name: &str| mount.get(name).and_then(Value::as_str).unwrap_or_default();
        let writable = mount.get("ReadOnly").and_then(Value::as_bool) != Some(true);
        let propagation = mount.pointer("/BindOptions/Propagation").and_then(Value::as_str);
        let propagation = propagation.filter(|text| !text.is_empty()).unwrap_or("rprivate");
        format!("{}:{}::{writable}:{propagation}", text("Source"), text("Target"))
    });
    binds.chain(mounts).collect()
}
