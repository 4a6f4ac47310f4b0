//! Docker's event stream: `docker events --format '{{json .}}'`, the API's `/events`, and Podman's `podman events --format json`.
//!
//! An event says that the daemon did something on request; who asked is not in it. The stream is kept nowhere unless
//! somebody listened, so its silence says nothing.
//!
//! Sources: moby/moby `api/types/events/events.go`, `daemon/events.go`, `daemon/exec.go`; containers/podman
//! `libpod/events/events.go`.

use model::{Action, Bytes, CARRIED_BY, Event, EventId, Object, ObjectKind, Outcome, ProblemKind, Role, Timestamp};

use crate::{
    Batch, Decoder, Format, Source,
    carried::CarriedFormat,
    json_tree::{self, Arena, Node},
    json_values::{cut, is_sampled, time_of},
    records::{Fault, Framed, Framing, Origin, Reader},
};

/// The format.
pub(crate) struct DockerEvents;

const NAME: &str = "docker_events";
/// Attributes of one event that are kept: a container's labels are among them, and anybody can set those.
const ATTRIBUTES_MAX: usize = 128;

impl Format for DockerEvents {
    fn name(&self) -> &'static str {
        NAME
    }

    fn sniff(&self, head: &[u8]) -> u8 {
        let lines = head.split(|&byte| byte == b'\n').filter(|line| !line.trim_ascii().is_empty()).take(64);
        let (mut good, mut all) = (0_u32, 0_u32);
        for line in lines {
            all += 1;
            good += u32::from(is_event(line));
        }
        match (good, all) {
            (0, _) if head.trim_ascii_start().starts_with(b"{") && is_event(head) => 70,
            (0, _) => 0,
            _ => u8::try_from(55 + 40 * good / all).unwrap_or(55),
        }
    }

    fn decoder(&self, source: Source) -> Box<dyn Decoder> {
        Box::new(Framed::new(source, Framing::json(), Events))
    }
}

impl CarriedFormat for DockerEvents {
    fn recognises(&self, message: &[u8], _origin: &Origin<'_>) -> bool {
        message.starts_with(b"{") && is_event(message)
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(Events)
    }
}

/// Docker: `Type`, `Action`, `Actor`; before API 1.22 `status`, `id`, `from`, `time` alone. Podman: `Status`, `Type`, `timeNano`.
fn is_event(line: &[u8]) -> bool {
    let has = |name: &str| memchr::memmem::find(line, name.as_bytes()).is_some();
    if has("\"Type\"") {
        return has("\"Action\"") && has("\"Actor\"") || has("\"Status\"") && has("\"time");
    }
    has("\"status\"") && has("\"from\"") && has("\"id\"") && has("\"time\"")
}

/// Reads lines.
struct Events;

/// Attributes that have a fact of their own.
const SHOWN: &[&str] = &["name", "image", "exitCode", "execID", "signal", "oldName", "container"];

/// Fields that events show.
const KNOWN: &[&str] = &[
    "status",
    "Status",
    "id",
    "ID",
    "from",
    "Type",
    "Action",
    "Actor.ID",
    "Actor.Attributes",
    "scope",
    "time",
    "timeNano",
    "Time",
    "Name",
    "Image",
    "Attributes",
    "ContainerExitCode",
];

impl Reader for Events {
    fn record(&mut self, text: &[u8], origin: &Origin<'_>, out: &mut Batch) -> Result<(), Fault> {
        let arena = Arena::default();
        let node = json_tree::read(text, "Docker event", &arena)?;
        let full = node.any(&["Action", "status", "Status"]).str();
        let Some(full) = full.filter(|_| !node.any(&["Type", "from"]).is_null()) else {
            return Err((ProblemKind::NotARecord, "JSON that is no event of Docker (no `Action`)".to_string()));
        };
        // Nanoseconds where they are given, seconds else.
        let stated = ["timeNano", "time", "Time"].iter().find_map(|name| time_of(&node.get(name).to_string()));
        let Some(time) = stated.or(origin.time) else {
            return Err((ProblemKind::BadTime, "no time that can be read in this event of Docker".to_string()));
        };
        out.drafts.push(draft(&node, full, time, origin));
        out.records += 1;
        if is_sampled(origin.address.offset) {
            node.note_unmapped(KNOWN, &mut out.unmapped);
        }
        Ok(())
    }

    fn another(&self) -> Option<Box<dyn Reader>> {
        Some(Box::new(Self))
    }
}

fn draft(node: &Node<'_>, full: &str, time: Timestamp, origin: &Origin<'_>) -> Event {
    let address = origin.address;
    let kind = node.get("Type").str().unwrap_or("container");
    // `exec_create: sh -c …`, `health_status: healthy`.
    let (act, detail) = full.split_once(':').map_or((full, ""), |(act, detail)| (act, detail.trim_start()));
    let (action, outcome) = action(kind, act);
    let mut event = Event::draft(EventId::new(address.source, address.offset, 0), time, NAME, action);
    event.addresses = vec![address];
    event.outcome = outcome;
    event.host = origin.host.map(cut);
    let attributes = [node.get("Actor").get("Attributes"), node.get("Attributes")];
    let attribute = |name: &str| attributes.iter().find_map(|node| node.get(name).str());
    let id = node.get("Actor").get("ID").str().or(node.any(&["id", "ID"]).str());
    for attributes in attributes {
        for (name, value) in attributes.fields().iter().take(ATTRIBUTES_MAX) {
            if let Some(value) = value.text().filter(|_| !SHOWN.contains(name)) {
                // A label may have any name, also that of a fact.
                event.facts.insert(cut(&format!("Attributes.{name}")), cut(&value));
            }
        }
    }
    let facts = &mut event.facts;
    put(facts, "type", Some(kind));
    put(facts, "act", Some(act));
    put(facts, "scope", node.get("scope").str());
    if act.starts_with("exec_") {
        put(facts, "command", Some(detail));
    } else {
        put(facts, "detail", Some(detail));
    }
    let exit = node.get("ContainerExitCode").text();
    for (fact, value) in [
        ("exit_status", attribute("exitCode").or(exit.as_deref())),
        ("exec_id", attribute("execID")),
        ("sig", attribute("signal")),
        ("old_name", attribute("oldName")),
        ("direction", direction(act)),
    ] {
        put(facts, fact, value);
    }
    let name = attribute("name").or(node.get("Name").str());
    let image = attribute("image").or(node.any(&["from", "Image"]).str());
    let container = if kind == "container" { id } else { attribute("container") };
    put(facts, "container.id", container);
    match kind {
        "container" => {
            put(facts, "container.name", name);
            images(facts, image);
        }
        "image" => images(facts, name.or(id)),
        _ => put(facts, "name", name.or(id)),
    }
    if let Some(carrier) = origin.carrier {
        put(facts, CARRIED_BY, Some(carrier));
    }
    if let Some(container) = container {
        let name = Some(Bytes::from(cut(container).as_str()));
        event.objects.push(Object { name, ..Object::new(Role::Target, ObjectKind::Container) });
    }
    // Every listener of a daemon is given the same nanosecond.
    if let Some(nanos) = node.get("timeNano").int() {
        event.occurrence = Some(cut(&format!("docker:{nanos}:{}:{act}", id.unwrap_or(""))));
    }
    event
}

fn put(facts: &mut model::Facts, name: &str, value: Option<&str>) {
    if let Some(value) = value.filter(|value| !value.is_empty()) {
        facts.insert(name, cut(value));
    }
}

/// What was done, and whether it was: an exec is told of before it is tried, everything else after it was done.
fn action(kind: &str, act: &str) -> (Action, Outcome) {
    let action = match (kind, act) {
        ("container" | "pod", "create") => Action::ContainerCreate,
        ("container", "start") => Action::ContainerStart,
        ("container", "exec_create" | "exec_start" | "exec") => return (Action::ContainerExec, Outcome::Unknown),
        ("container", "archive-path" | "extract-to-dir" | "copy" | "export") => Action::ContainerCopy,
        ("container", "die" | "died" | "stop") => Action::ContainerStop,
        // Some process of the container ran out of memory; `die` follows where it was the first one.
        ("container", "oom") => return (Action::ContainerStop, Outcome::Unknown),
        ("container", "kill") => Action::ProcessSignal,
        ("container", "destroy" | "remove") => Action::ContainerDelete,
        ("container", "commit") | ("image", _) => Action::ImageChange,
        _ => Action::Other,
    };
    (action, Outcome::Succeeded)
}

fn direction(act: &str) -> Option<&'static str> {
    match act {
        "archive-path" | "copy" | "export" => Some("out"),
        "extract-to-dir" => Some("in"),
        _ => None,
    }
}

/// An image reference as a whole and in its parts.
fn images(facts: &mut model::Facts, image: Option<&str>) {
    let Some(image) = image else { return };
    put(facts, "container.image", Some(image));
    if image.starts_with("sha256:") {
        return put(facts, "container.image.digest", Some(image));
    }
    let (name, digest) = image.split_once('@').map_or((image, None), |(name, digest)| (name, Some(digest)));
    let tagged = name.rsplit_once(':').filter(|(_, tag)| !tag.contains('/'));
    put(facts, "container.image.repository", Some(tagged.map_or(name, |(name, _)| name)));
    put(facts, "container.image.tag", tagged.map(|(_, tag)| tag));
    put(facts, "container.image.digest", digest);
}
