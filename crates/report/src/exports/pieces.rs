//! What the exports share: the words of an event, and JSON objects built by path.

use model::{Bytes, Event, Object, Outcome, Role};
use serde_json::{Map, Value, json};

/// The process, or else the user, that acted; `None` when the record names neither. Not yet safe to show.
pub(super) fn actor(event: &Event) -> Option<String> {
    match (&event.actor.comm, event.actor.pid) {
        (Some(comm), Some(pid)) => Some(format!("{}[{pid}]", comm.to_text())),
        (Some(comm), None) => Some(comm.to_text()),
        (None, Some(pid)) => Some(format!("[{pid}]")),
        (None, None) => event.actor.user.clone(),
    }
}

/// Who did what to what, as one text. Not yet safe to show.
pub(super) fn sentence(event: &Event) -> String {
    actor(event).into_iter().chain([act(event)]).collect::<Vec<_>>().join("  ")
}

/// What was done to what: action, failure, objects. Not yet safe to show.
pub(super) fn act(event: &Event) -> String {
    let failed = match event.outcome {
        Outcome::Failed { code: Some(code) } => format!(" !{code}"),
        Outcome::Failed { code: None } => " !".to_string(),
        Outcome::Succeeded | Outcome::Unknown => String::new(),
    };
    let mut objects: Vec<String> = event
        .objects
        .iter()
        .filter(|object| !matches!(object.role, Role::TargetParent | Role::SourceParent))
        .filter_map(|object| path(object).map(Bytes::to_text))
        .collect();
    if objects.is_empty() {
        objects.extend(event.fact("rule").or(event.fact("message")).map(ToString::to_string));
    }
    format!("{}{failed}  {}", event.action.name(), objects.join(" → ")).trim_end().to_string()
}

/// Where an object lies on the host, else its name as recorded.
pub(super) fn path(object: &Object) -> Option<&Bytes> {
    object.resolved.as_ref().map(|resolved| &resolved.path).or(object.name.as_ref())
}

/// Arguments as one text.
pub(super) fn command_line(event: &Event) -> Option<String> {
    let argv: Vec<String> = event.actor.argv.iter().map(Bytes::to_text).collect();
    (!argv.is_empty()).then(|| argv.join(" "))
}

/// The bytes that show the event.
pub(super) fn addresses(event: &Event) -> Value {
    let address =
        |it: &model::Address| json!({ "source": it.source.to_string(), "offset": it.offset, "length": it.length });
    event.addresses.iter().map(address).collect()
}

/// Host and port of an address as parsers write them: `192.0.2.1:80`, `[2001:db8::1]:443`. `None` for
/// the path of a local socket.
pub(super) fn host_and_port(name: &Bytes) -> Option<(String, u16)> {
    let text = name.to_text();
    let (host, port) = text.rsplit_once(':')?;
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host.parse::<std::net::IpAddr>().ok()?;
    Some((host.to_string(), port.parse().ok()?))
}

/// ATT&CK techniques that an alert names in its tags: `T1611`, `T1059.004`.
pub(super) fn techniques(event: &Event) -> Vec<String> {
    let tags: Vec<String> = event.fact("tags").and_then(|tags| serde_json::from_str(tags).ok()).unwrap_or_default();
    let is_technique = |tag: &String| {
        let Some(digits) = tag.strip_prefix('T') else { return false };
        let (technique, sub) = digits.split_once('.').unwrap_or((digits, "000"));
        let are_digits = |text: &str, count| text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
        are_digits(technique, 4) && are_digits(sub, 3)
    };
    tags.into_iter().filter(is_technique).collect()
}

/// A JSON object that is built by dotted paths; what is unknown is left out.
#[derive(Default)]
pub(super) struct Tree(Map<String, Value>);

impl Tree {
    /// Sets `a.b.c`; nothing for `None`.
    pub(super) fn set<T: Into<Value>>(&mut self, path: &str, value: Option<T>) {
        let Some(value) = value else { return };
        let (above, last) = path.rsplit_once('.').unwrap_or(("", path));
        let mut at = &mut self.0;
        for name in above.split('.').filter(|name| !name.is_empty()) {
            let next = at.entry(name).or_insert_with(|| Value::Object(Map::new()));
            let Value::Object(map) = next else { return };
            at = map;
        }
        at.insert(last.to_string(), value.into());
    }

    /// Sets a text of the evidence.
    pub(super) fn bytes(&mut self, path: &str, value: Option<&Bytes>) {
        self.set(path, value.map(Bytes::to_text));
    }

    /// Whether something was set below or at this first component.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    pub(super) fn line(self) -> String {
        crate::json_line(&Value::Object(self.0))
    }
}
