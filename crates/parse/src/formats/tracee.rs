//! Tracee's JSON of the older releases: flat, in camel case, one object per line.
//!
//! Times count from 1970 or, depending on version and options, from boot: their size tells. `hostName` is the name
//! that the acting process sees, which in a container is the container's, and is cut off after 15 characters: the
//! host is named by what processes outside of containers see.
//! Fields that no event shows are counted in a part of the records.
//!
//! Sources: aquasecurity/tracee `types/trace/trace.go`, `docs/` (outputs, custom events), issues on monotonic times.

mod acts;

use model::{Action, Bytes, CARRIED_BY, Event, EventId, ProblemKind, TimeBasis, Timestamp};

use crate::{
    Batch, Decoder, Format, Source,
    ahead::{Ahead, Left},
    carried::CarriedFormat,
    json_tree::{self, Arena, Node},
    json_values::is_sampled,
    records::{Fault, Framed, Framing, Origin, Reader},
};
pub(super) use acts::{Reported, node_fact};

/// The format.
pub(crate) struct Tracee;

impl Format for Tracee {
    fn name(&self) -> &'static str {
        "tracee"
    }

    fn sniff(&self, head: &[u8]) -> u8 {
        sniff(head, is_event)
    }

    fn decoder(&self, source: Source) -> Box<dyn Decoder> {
        Box::new(Framed::new(source, Framing::json(), Events::default()))
    }
}

impl CarriedFormat for Tracee {
    fn recognises(&self, message: &[u8], _origin: &Origin<'_>) -> bool {
        message.starts_with(b"{") && message.ends_with(b"}") && is_event(message)
    }

    fn writers(&self) -> &'static [&'static str] {
        &["tracee"]
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(Events::default())
    }
}

/// How sure a format of JSON lines is whose events `is_event` knows.
pub(super) fn sniff(head: &[u8], is_event: fn(&[u8]) -> bool) -> u8 {
    let start = head.trim_ascii_start();
    let lines = head.split(|&byte| byte == b'\n').filter(|line| !line.trim_ascii().is_empty()).take(64);
    let (mut good, mut all) = (0_u32, 0_u32);
    for line in lines {
        all += 1;
        // Behind a prefix it stands in another log, whose format knows who wrote it.
        let is_object = line.trim_ascii_start().first().is_some_and(|first| b"{[,".contains(first));
        good += u32::from(is_object && is_event(line));
    }
    match (good, all) {
        // One object over several lines, or a list.
        (0, _) if start.starts_with(b"{") && is_event(start) || start.starts_with(b"[") && is_event(start) => 80,
        (0, _) => 0,
        _ => u8::try_from(55 + 41 * good / all).unwrap_or(55),
    }
}

fn is_event(line: &[u8]) -> bool {
    [&b"\"eventName\""[..], b"\"eventId\"", b"\"hostProcessId\""]
        .iter()
        .all(|name| memchr::memmem::find(line, name).is_some())
}

/// Below this, nanoseconds count from boot: more than three years of it, and 1973 if they counted from 1970.
const BOOT_NANOS_MAX: i64 = 100_000_000_000_000_000;

/// A time and what it counts from.
pub(super) fn time_of(nanos: i64) -> (Timestamp, TimeBasis) {
    (Timestamp(nanos), if nanos < BOOT_NANOS_MAX { TimeBasis::Boot } else { TimeBasis::Utc })
}

/// Reads lines.
#[derive(Default)]
struct Events {
    /// What processes outside of containers call their host.
    host: Option<String>,
    /// For one that reads ahead of its turn: events that came before that name did.
    waiting: Option<Vec<Event>>,
}

/// What a reader ahead leaves: events whose host an earlier part names, and the name that later ones are to get.
struct Unhosted {
    events: Vec<Event>,
    host: Option<String>,
}

impl Ahead for Events {
    fn record(&mut self, text: &[u8], origin: &Origin<'_>, out: &mut Batch) -> Result<bool, Fault> {
        let before = out.drafts.len();
        Reader::record(self, text, origin, out)?;
        if let (None, Some(waiting)) = (&self.host, &mut self.waiting) {
            waiting.extend(out.drafts.drain(before..));
        }
        Ok(true)
    }

    fn leave(&mut self) -> Option<Left> {
        let events = std::mem::take(self.waiting.as_mut()?);
        let host = self.host.take();
        (host.is_some() || !events.is_empty()).then(|| Box::new(Unhosted { events, host }) as Left)
    }
}

#[rustfmt::skip]
const KNOWN: &[&str] = &[
    "timestamp", "threadStartTime", "processorId", "processId", "cgroupId", "threadId", "parentProcessId", "hostProcessId",
    "hostThreadId", "hostParentProcessId", "userId", "mountNamespace", "pidNamespace", "processName", "executable.path", "hostName",
    "containerId", "container.id", "container.name", "container.image", "container.imageDigest", "kubernetes.podName",
    "kubernetes.podNamespace", "kubernetes.podUID", "kubernetes.podSandbox", "containerImage", "containerImageDigest",
    "containerName", "podName", "podNamespace", "podUID", "podSandbox", "eventId", "eventName", "matchedPolicies", "matchedScopes",
    "matchedRules", "argsNum", "returnValue", "syscall", "stackAddresses", "contextFlags.containerStarted",
    "contextFlags.isCompat", "threadEntityId", "processEntityId", "parentEntityId", "args", "metadata.Version",
    "metadata.Description", "metadata.Tags", "metadata.Properties",
];

impl Reader for Events {
    fn record(&mut self, text: &[u8], origin: &Origin<'_>, out: &mut Batch) -> Result<(), Fault> {
        let arena = Arena::default();
        let record = json_tree::read(text, "Tracee event", &arena)?;
        let none = || (ProblemKind::NotARecord, "JSON that is no Tracee event (`eventName`)".to_string());
        let name = record.get("eventName").str().ok_or_else(none)?;
        let stated = match record.get("timestamp") {
            // Very old releases wrote seconds since boot.
            Node::Float(seconds) if *seconds > 0.0 && *seconds < 9e9 => Some(time_of(nanos(*seconds))),
            other => other.int().filter(|&nanos| nanos > 0).map(time_of),
        };
        let time = stated.or(origin.time.map(|time| (time, TimeBasis::Utc)));
        let (time, basis) =
            time.ok_or_else(|| (ProblemKind::BadTime, "no time that can be read in this Tracee event".to_string()))?;
        let id = EventId::new(origin.address.source, origin.address.offset, 0);
        let mut event = Event::draft(id, time, "tracee", Action::Other);
        event.time_basis = basis;
        event.addresses.push(origin.address);
        event.host = self.host(&record).or(origin.host.map(str::to_string));
        actor(&record, &mut event);
        container(&record, &mut event);
        facts(&record, &mut event);
        let mut reported = Reported::of(name, record.get("returnValue").int());
        reported.arguments(record.get("args"));
        reported.fill(&mut event);
        alert(name, record.get("metadata"), &mut event);
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

    fn ahead(&self) -> Option<(Box<dyn Ahead>, Box<dyn Reader>)> {
        Some((Box::new(Self { waiting: Some(Vec::new()), ..Self::default() }), Box::new(Self::default())))
    }

    fn join(&mut self, left: Left, out: &mut Batch) {
        if let Ok(left) = left.downcast::<Unhosted>() {
            let host = &self.host;
            out.drafts
                .extend(left.events.into_iter().map(|event| Event { host: host.clone().or(event.host), ..event }));
            self.host = left.host.or(self.host.take());
        }
    }
}

/// Seconds in nanoseconds; the caller has checked that they are few enough.
fn nanos(seconds: f64) -> i64 {
    (seconds * 1e9) as i64
}

impl Events {
    fn host(&mut self, record: &Node<'_>) -> Option<String> {
        if record.get("containerId").str().is_none()
            && record.get("container").get("id").str().is_none()
            && let Some(name) = record.get("hostName").str()
            && self.host.as_deref() != Some(name)
        {
            self.host = Some(name.to_string());
        }
        self.host.clone()
    }
}

fn actor(record: &Node<'_>, event: &mut Event) {
    let actor = &mut event.actor;
    actor.pid = record.get("hostProcessId").id();
    actor.ppid = record.get("hostParentProcessId").id();
    actor.uid = record.get("userId").id();
    actor.comm = record.get("processName").str().map(Bytes::from);
    actor.exe = record.get("executable").get("path").str().map(Bytes::from);
}

fn container(record: &Node<'_>, event: &mut Event) {
    let (container, pod) = (record.get("container"), record.get("kubernetes"));
    let either = |inner: &str, node: &Node<'_>, outer: &str, event: &mut Event, fact: &str| {
        let value = node.get(inner);
        node_fact(event, fact, if value.text().is_some() { value } else { record.get(outer) });
    };
    either("id", container, "containerId", event, "container.id");
    either("name", container, "containerName", event, "container.name");
    either("image", container, "containerImage", event, "container.image.repository");
    either("imageDigest", container, "containerImageDigest", event, "container.image.digest");
    either("podName", pod, "podName", event, "k8s.pod.name");
    either("podNamespace", pod, "podNamespace", event, "k8s.ns.name");
    either("podUID", pod, "podUID", event, "k8s.pod.uid");
    if event.facts.contains_key("container.id") {
        // False while the runtime still builds the container.
        node_fact(event, "containerStarted", record.get("contextFlags").get("containerStarted"));
    }
}

fn facts(record: &Node<'_>, event: &mut Event) {
    for name in [
        "eventId",
        "eventName",
        "hostName",
        "processId",
        "parentProcessId",
        "mountNamespace",
        "pidNamespace",
        "cgroupId",
        "matchedPolicies",
        "matchedRules",
        "returnValue",
        "syscall",
        "processEntityId",
        "parentEntityId",
    ] {
        node_fact(event, name, record.get(name));
    }
    let thread = record.get("hostThreadId");
    if thread.id() != event.actor.pid {
        node_fact(event, "hostThreadId", thread);
    }
}

/// A signature's finding: another system's conclusion.
fn alert(name: &str, metadata: &Node<'_>, event: &mut Event) {
    let properties = metadata.get("Properties");
    if properties.get("signatureID").str().is_none() && properties.get("signatureName").str().is_none() {
        return;
    }
    event.action = Action::AlertRaised;
    let rule = properties.get("signatureName").str().unwrap_or(name).to_string();
    event.facts.insert("rule", rule);
    node_fact(event, "description", metadata.get("Description"));
    for (property, value) in properties.fields().iter().take(PROPERTIES_MAX) {
        node_fact(event, property, value);
    }
}

/// Properties of a signature that are kept; real ones have about ten.
const PROPERTIES_MAX: usize = 64;
