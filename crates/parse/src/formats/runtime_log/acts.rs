//! What a daemon says that it did.
//!
//! Only a statement of the result is an act that succeeded. A request (`StartContainer for "…"`) stays a message,
//! except where the request alone holds what was asked for: a command, an API call.

use model::{Action, Bytes, Outcome};

use super::{api, cri, logfmt, record::Record};

/// What one line states.
pub(super) struct Act<'a> {
    pub action: Action,
    pub outcome: Outcome,
    /// The container's id, or its name.
    pub container: Option<&'a str>,
    /// `container` is a name.
    pub named: bool,
    pub facts: Vec<(&'static str, String)>,
    pub argv: Vec<Bytes>,
}

impl<'a> Act<'a> {
    pub fn new(action: Action, outcome: Outcome, container: Option<&'a str>) -> Self {
        Self { action, outcome, container, named: false, facts: Vec::new(), argv: Vec::new() }
    }

    pub fn message(container: Option<&'a str>) -> Self {
        Self::new(Action::LogMessage, Outcome::Unknown, container)
    }

    pub fn succeeded(action: Action, container: Option<&'a str>) -> Self {
        Self::new(action, Outcome::Succeeded, container)
    }

    pub fn with(mut self, name: &'static str, value: Option<impl Into<String>>) -> Self {
        self.facts.extend(value.map(|value| (name, value.into())));
        self
    }
}

/// Reads what `record` states.
pub(super) fn of<'a>(record: &'a Record<'_>) -> Act<'a> {
    if let Some(topic) = record.field("topic").filter(|topic| topic.starts_with('/')) {
        return topic_act(topic, record);
    }
    let message = record.message.as_ref();
    api::act(record)
        .or_else(|| cri::act(record))
        .or_else(|| shim(message, record))
        .or_else(|| exec_words(message))
        .unwrap_or_else(|| Act::message(container_of(record)))
}

/// An event of containerd's bus, as containerd publishes and dockerd receives it.
fn topic_act<'a>(topic: &str, record: &'a Record<'_>) -> Act<'a> {
    let container = container_of(record);
    let field = |names: &[&str]| names.iter().find_map(|name| record.field(name)).map(str::to_string);
    let exec = field(&["execID", "exec_id", "execId"]);
    let pid = field(&["pid", "Pid", "PID"]);
    let act = |action| Act::succeeded(action, container).with("pid", pid.clone()).with("exec_id", exec.clone());
    match topic {
        "/containers/create" | "/tasks/create" => act(Action::ContainerCreate),
        "/tasks/start" => act(Action::ContainerStart),
        "/tasks/exec-started" => act(Action::ContainerExec),
        // Announced; it starts with `exec-started`.
        "/tasks/exec-added" => Act { outcome: Outcome::Unknown, ..act(Action::ContainerExec) },
        // The id of an exec'd process differs from its container's.
        "/tasks/exit" if exec.is_some() => act(Action::ProcessExit).with("exit_status", field(&["exitStatus"])),
        // The task is gone. The container and its files may well remain, so this is no removal.
        "/tasks/exit" | "/tasks/delete" | "/tasks/oom" => {
            act(Action::ContainerStop).with("exit_status", field(&["exitStatus", "exit_status"]))
        }
        "/containers/delete" => act(Action::ContainerDelete),
        "/images/create" | "/images/update" | "/images/delete" => act(Action::ImageChange),
        _ => Act::message(container),
    }
}

/// The processes that keep containers running.
fn shim<'a>(message: &'a str, record: &'a Record<'_>) -> Option<Act<'a>> {
    match message {
        // All that a daemon at its default level says of a start, and the pid is the shim's.
        "starting signal loop" => {
            let container = record.field("path").and_then(|path| path.rsplit('/').next()).or(container_of(record));
            Some(Act::new(Action::ContainerStart, Outcome::Unknown, container).with("shim.pid", record.field("pid")))
        }
        // Also after a start that failed.
        "shim disconnected" | "shim reaped" => {
            Some(Act::new(Action::ContainerStop, Outcome::Unknown, record.field("id").or(container_of(record))))
        }
        _ => {
            let nested = message.strip_prefix("cleanup warnings ")?;
            Some(Act::message(container_of(record)).with("cleanup", inner(nested)))
        }
    }
}

/// Lines of an inner log that are read; a clean-up writes three at most.
const INNER_LINES_MAX: usize = 16;

/// What the lines of a log inside a message say, without the one that every clean-up starts with.
fn inner(nested: &str) -> Option<String> {
    let mut said = Vec::new();
    for line in nested.lines().take(INNER_LINES_MAX) {
        let of = |name: &str| logfmt::pairs(line).find(|pair| pair.key == name).map(|pair| pair.value.into_owned());
        let Some(message) = of("msg").filter(|message| message != "starting signal loop") else { continue };
        said.push(of("error").map_or(message.clone(), |error| format!("{message}: {error}")));
    }
    (!said.is_empty()).then(|| said.join("; "))
}

/// dockerd's words for a program that it starts in a container, and for one that could not be started.
fn exec_words(message: &str) -> Option<Act<'_>> {
    if let Some(rest) = message.strip_prefix("starting exec command ") {
        let (exec, container) = rest.split_once(" in container ")?;
        let act = Act::new(Action::ContainerExec, Outcome::Unknown, Some(container).filter(|id| is_id(id)));
        return Some(act.with("exec_id", Some(exec)));
    }
    let (exec, _) = message.strip_prefix("Error running exec ")?.split_once(" in container")?;
    let failed = Act::new(Action::ContainerExec, Outcome::Failed { code: None }, None);
    Some(failed.with("exec_id", Some(exec)))
}

/// The container that the fields or the start of the message name.
pub(super) fn container_of<'a>(record: &'a Record<'_>) -> Option<&'a str> {
    const NAMES: &[&str] = &["containerID", "container", "container_id", "containerId", "ContainerID", "sandboxID"];
    let field = NAMES.iter().find_map(|name| record.field(name)).filter(|id| !id.is_empty());
    // `id` is also that of a request, a plugin, a network.
    let id = || record.field("id").filter(|id| is_id(id));
    let first = || record.message.split(' ').next().filter(|word| is_id(word));
    // A pager cuts a long line and ends it with `>`.
    field.or_else(id).or_else(first).map(|id| id.trim_end_matches('>'))
}

/// Whether the text is a container id in full.
pub(super) fn is_id(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}
