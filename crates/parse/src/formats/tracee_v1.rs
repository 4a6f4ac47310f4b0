//! Tracee's JSON of the newer releases (`v1beta1`): nested, one object per line.
//!
//! The schema has been written in three ways: by protobuf's JSON (camel case), by Go's (`{"value":…}` around numbers,
//! `{seconds,nanos}` as time), and by Tracee's own writer (RFC 3339, plain numbers). All are read.
//! Fields that no event shows are counted in a part of the records.
//!
//! Sources: aquasecurity/tracee `api/v1beta1/event.proto`, `event_data.proto`, `threat.proto`, `event_json.go`.

use model::{Action, Bytes, CARRIED_BY, Event, EventId, ProblemKind, TimeBasis, Timestamp};

use crate::{
    Batch, Decoder, Format, Source,
    carried::CarriedFormat,
    formats::tracee::{Reported, node_fact, sniff, time_of},
    json_tree::{self, Arena, Node},
    json_values::is_sampled,
    records::{Fault, Framed, Framing, Origin, Reader},
};

/// The format.
pub(crate) struct TraceeV1;

impl Format for TraceeV1 {
    fn name(&self) -> &'static str {
        "tracee_v1"
    }

    fn sniff(&self, head: &[u8]) -> u8 {
        sniff(head, is_event)
    }

    fn decoder(&self, source: Source) -> Box<dyn Decoder> {
        Box::new(Framed::new(source, Framing::json(), Events))
    }
}

impl CarriedFormat for TraceeV1 {
    fn recognises(&self, message: &[u8], _origin: &Origin<'_>) -> bool {
        message.starts_with(b"{") && message.ends_with(b"}") && is_event(message)
    }

    fn writers(&self) -> &'static [&'static str] {
        &["tracee"]
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(Events)
    }
}

/// `timestamp` and `name`, and a `workload` that is an object (in other formats the word is a text), or `policies`.
fn is_event(line: &[u8]) -> bool {
    let find = |name: &[u8]| memchr::memmem::find(line, name);
    let object = |at: usize, name: &[u8]| {
        let rest = line[at + name.len()..].trim_ascii_start().strip_prefix(b":");
        rest.is_some_and(|rest| rest.trim_ascii_start().starts_with(b"{"))
    };
    let has = |name: &[u8]| find(name).is_some_and(|at| object(at, name));
    find(b"\"timestamp\"").is_some()
        && find(b"\"name\"").is_some()
        && find(b"\"eventName\"").is_none()
        && (has(b"\"workload\"") || has(b"\"policies\"") && find(b"\"matched\"").is_some())
}

/// Ancestors that are named in a fact.
const ANCESTORS_MAX: usize = 32;
/// Properties of a threat that are kept.
const PROPERTIES_MAX: usize = 64;
/// Events from which an event was concluded, one from the other.
const DETECTED_MAX: usize = 8;

#[rustfmt::skip]
const KNOWN: &[&str] = &[
    "timestamp", "id", "name", "policies.matched", "data", "threat", "detected_from", "detectedFrom",
    "workload.process.executable.path", "workload.process.unique_id", "workload.process.uniqueId", "workload.process.host_pid",
    "workload.process.hostPid", "workload.process.pid", "workload.process.real_user.id", "workload.process.realUser.id",
    "workload.process.thread", "workload.process.ancestors", "workload.container.id", "workload.container.name",
    "workload.container.image.id", "workload.container.image.name", "workload.container.image.repo_digests",
    "workload.container.image.repoDigests", "workload.container.started", "workload.container.is_running",
    "workload.container.isRunning", "workload.k8s.pod.name", "workload.k8s.pod.uid", "workload.k8s.namespace.name",
    "workload.pod.name", "workload.pod.uid", "workload.pod.namespace",
];

/// Reads lines.
struct Events;

impl Reader for Events {
    fn record(&mut self, text: &[u8], origin: &Origin<'_>, out: &mut Batch) -> Result<(), Fault> {
        let arena = Arena::default();
        let record = json_tree::read(text, "Tracee event", &arena)?;
        let none = || (ProblemKind::NotARecord, "JSON that is no Tracee event (`timestamp`, `name`)".to_string());
        // Some writers give the name as the id.
        let name = record.get("name").str().or(record.get("id").str()).ok_or_else(none)?;
        if record.get("timestamp").is_null() && record.get("workload").is_null() {
            return Err(none());
        }
        let stated = time(record.get("timestamp")).or(origin.time.map(|time| (time, TimeBasis::Utc)));
        let (time, basis) = stated
            .ok_or_else(|| (ProblemKind::BadTime, "no time that can be read in this Tracee event".to_string()))?;
        let id = EventId::new(origin.address.source, origin.address.offset, 0);
        let mut event = Event::draft(id, time, "tracee_v1", Action::Other);
        event.time_basis = basis;
        event.addresses.push(origin.address);
        event.host = origin.host.map(str::to_string);
        event.facts.insert("eventName", name.chars().take(256).collect::<String>());
        node_fact(&mut event, "eventId", record.get("id"));
        node_fact(&mut event, "matchedPolicies", record.get("policies").get("matched"));
        let workload = record.get("workload");
        process(workload.get("process"), &mut event);
        container(workload, &mut event);
        let mut reported = Reported::of(name, None);
        reported.arguments(record.get("data"));
        let detected = record.any(&["detected_from", "detectedFrom"]);
        reported.trigger_of(detected);
        reported.fill(&mut event);
        threat(name, record.get("threat"), detected, &mut event);
        if let Some(carrier) = origin.carrier {
            event.facts.insert(CARRIED_BY, carrier);
        }
        if is_sampled(origin.address.offset) {
            record.note_unmapped(KNOWN, &mut out.unmapped);
        }
        out.records += 1;
        out.drafts.push(event);
        Ok(())
    }

    fn another(&self) -> Option<Box<dyn Reader>> {
        Some(Box::new(Self))
    }
}

/// RFC 3339, `{seconds,nanos}`, or nanoseconds.
fn time(stated: &Node<'_>) -> Option<(Timestamp, TimeBasis)> {
    if let Some(seconds) = stated.get("seconds").int() {
        let nanos = stated.get("nanos").int().and_then(|nanos| u32::try_from(nanos).ok()).unwrap_or(0);
        return Some(time_of(Timestamp::from_seconds(seconds, nanos).0)).filter(|_| seconds > 0);
    }
    if let Some(nanos) = stated.int() {
        return Some(time_of(nanos)).filter(|_| nanos > 0);
    }
    Timestamp::parse(stated.str()?).ok().map(|time| time_of(time.0))
}

fn process(process: &Node<'_>, event: &mut Event) {
    let thread = process.get("thread");
    let ancestors = process.get("ancestors").items();
    let host_pid = |process: &Node<'_>| process.any(&["host_pid", "hostPid"]).id();
    let user = process.any(&["real_user", "realUser"]).get("id");
    let path = |process: &Node<'_>| process.get("executable").get("path").str().map(str::to_string);
    let actor = &mut event.actor;
    actor.pid = host_pid(process);
    actor.ppid = ancestors.first().and_then(host_pid);
    // Go leaves out a wrapped number that is 0: `{}` is root.
    actor.uid = if matches!(user, Node::Map(fields) if fields.is_empty()) { Some(0) } else { user.id() };
    actor.comm = thread.get("name").str().map(Bytes::from);
    actor.exe = path(process).map(|path| Bytes::from(path.as_str()));
    node_fact(event, "processId", process.get("pid"));
    node_fact(event, "processEntityId", process.any(&["unique_id", "uniqueId"]));
    node_fact(event, "syscall", thread.get("syscall"));
    let host_tid = thread.any(&["host_tid", "hostTid"]);
    if host_tid.id() != event.actor.pid {
        node_fact(event, "hostThreadId", host_tid);
    }
    let names: Vec<String> = ancestors
        .iter()
        .take(ANCESTORS_MAX)
        .map(|process| {
            let pid = host_pid(process).map(|pid| format!("({pid})")).unwrap_or_default();
            let name = path(process).or(process.get("thread").get("name").str().map(str::to_string));
            format!("{}{pid}", name.unwrap_or("?".to_string()))
        })
        .collect();
    if !names.is_empty() {
        event.facts.insert("ancestors", names.join(" < "));
    }
}

fn container(workload: &Node<'_>, event: &mut Event) {
    let container = workload.get("container");
    let image = container.get("image");
    node_fact(event, "container.id", container.get("id"));
    node_fact(event, "container.name", container.get("name"));
    node_fact(event, "container.image.repository", image.get("name"));
    let digest = image.any(&["repo_digests", "repoDigests"]).items().first().and_then(Node::str);
    if let Some(digest) = digest.or(image.get("id").str().filter(|id| id.starts_with("sha256:"))) {
        let digest = digest.rsplit('@').next().unwrap_or(digest);
        event.facts.insert("container.image.digest", digest.chars().take(256).collect::<String>());
    }
    node_fact(event, "containerStarted", container.any(&["started", "is_running", "isRunning"]));
    let k8s = workload.get("k8s");
    let pod = if k8s.is_null() { workload.get("pod") } else { k8s.get("pod") };
    node_fact(event, "k8s.pod.name", pod.get("name"));
    node_fact(event, "k8s.pod.uid", pod.get("uid"));
    let namespace = if k8s.is_null() { pod.get("namespace") } else { k8s.get("namespace").get("name") };
    node_fact(event, "k8s.ns.name", namespace);
}

/// A signature's finding: another system's conclusion.
fn threat(name: &str, threat: &Node<'_>, detected: &Node<'_>, event: &mut Event) {
    if threat.is_null() {
        return;
    }
    event.action = Action::AlertRaised;
    let rule = threat.get("name").str().unwrap_or(name).chars().take(1024).collect::<String>();
    event.facts.insert("rule", rule);
    node_fact(event, "description", threat.get("description"));
    node_fact(event, "severity", threat.get("severity"));
    let mitre = threat.get("mitre");
    node_fact(event, "tactic", mitre.get("tactic").get("name"));
    node_fact(event, "technique", mitre.get("technique").get("name"));
    node_fact(event, "external_id", mitre.get("technique").get("id"));
    for (property, value) in threat.get("properties").fields().iter().take(PROPERTIES_MAX) {
        node_fact(event, &format!("properties.{property}"), value);
    }
    let mut parents = Vec::new();
    let mut parent = detected.get("parent");
    while let Some(name) = parent.get("name").str().filter(|_| parents.len() < DETECTED_MAX) {
        parents.push(name.to_string());
        parent = parent.get("parent");
    }
    if !parents.is_empty() {
        event.facts.insert("detected_from.parents", parents.join(" < "));
    }
}
