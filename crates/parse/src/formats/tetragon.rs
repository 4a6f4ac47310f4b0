//! Tetragon's export: one JSON object per line, one event in each.
//!
//! A pod or container label follows the control group, so it stays when a process enters the host's namespaces: the
//! facts `ns.*` and `actor.cwd` say where it really is. `argv[0]` is not recorded; the program's path stands for it.
//! Fields that no event shows are counted in a part of the records.
//!
//! Sources: cilium/tetragon `api/v1/tetragon/*.proto`, `pkg/reader/proc` (spelling of arguments), `docs/`.

mod calls;
mod process;

use std::collections::BTreeMap;

use model::{
    Action, Address, BlindWindow, BlindWindowKind, CARRIED_BY, DeclaredDrop, Event, EventId, Object, ObjectKind,
    Outcome, Problem, ProblemKind, Role, Timestamp,
};

use crate::{
    Batch, Decoder, Format, Source,
    carried::CarriedFormat,
    json_tree::{self, Arena, Node, Skipped},
    json_values::is_sampled,
    records::{Fault, Framed, Framing, Origin, Reader},
};

/// The format.
pub(crate) struct Tetragon;

impl Format for Tetragon {
    fn name(&self) -> &'static str {
        "tetragon"
    }

    fn sniff(&self, head: &[u8]) -> u8 {
        let start = head.trim_ascii_start();
        let lines = head.split(|&byte| byte == b'\n').filter(|line| !line.trim_ascii().is_empty()).take(64);
        let (mut good, mut all) = (0_u32, 0_u32);
        for line in lines {
            all += 1;
            // Behind a prefix it stands in another log, whose format knows who wrote it.
            good += u32::from(line.trim_ascii_start().starts_with(b"{") && is_event(line));
        }
        match (good, all) {
            // One object over several lines has its kind on the second.
            (1, 2..) | (0, _) if start.starts_with(b"{") && is_event(start) => 80,
            (0, _) => 0,
            _ => u8::try_from(55 + 41 * good / all).unwrap_or(55),
        }
    }

    fn decoder(&self, source: Source) -> Box<dyn Decoder> {
        Box::new(Framed::new(source, Framing::json(), Events::default()))
    }
}

impl CarriedFormat for Tetragon {
    fn recognises(&self, message: &[u8], _origin: &Origin<'_>) -> bool {
        message.starts_with(b"{") && message.ends_with(b"}") && is_event(message)
    }

    fn writers(&self) -> &'static [&'static str] {
        &["tetragon", "export-stdout"]
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(Events::default())
    }
}

/// Kinds of events that hold a process.
const KINDS: &[&str] = &[
    "process_exec",
    "process_exit",
    "process_kprobe",
    "process_tracepoint",
    "process_uprobe",
    "process_usdt",
    "process_lsm",
    "process_loader",
    "process_throttle",
    "rate_limit_info",
];

/// An event kind as a key, near the start of the object: it comes first, or after `node_name` and `time`.
fn is_event(line: &[u8]) -> bool {
    const NEAR_BYTES: usize = 512;
    let near = &line[..line.len().min(NEAR_BYTES)];
    let Some(at) =
        memchr::memmem::find(near, b"\"process_").or_else(|| memchr::memmem::find(near, b"\"rate_limit_info\""))
    else {
        return false;
    };
    KINDS.iter().any(|kind| {
        let rest = near[at + 1..].strip_prefix(kind.as_bytes()).and_then(|rest| rest.strip_prefix(b"\""));
        rest.is_some_and(|rest| {
            rest.trim_ascii_start().strip_prefix(b":").is_some_and(|rest| rest.trim_ascii_start().starts_with(b"{"))
        })
    })
}

/// Control groups whose throttling is followed.
const THROTTLED_MAX: usize = 1024;
/// Characters of one fact.
const FACT_CHARS_MAX: usize = 16_384;

/// What a parent is described with and no fact shows: half of a record.
const OF_PARENT: Skipped =
    Skipped { below: "parent", fields: &["cap", "ns", "pod", "process_credentials", "binary_properties"] };

/// Reads lines.
#[derive(Default)]
struct Events {
    /// Control groups that are being throttled: since when, on which host, by which record.
    throttled: BTreeMap<String, (Timestamp, Option<String>, Address)>,
}

impl Reader for Events {
    fn record(&mut self, text: &[u8], origin: &Origin<'_>, out: &mut Batch) -> Result<(), Fault> {
        let arena = Arena::default();
        let record = json_tree::read_without(text, "Tetragon event", &OF_PARENT, &arena)?;
        let none = || (ProblemKind::NotARecord, "JSON without an event kind of Tetragon (`process_…`)".to_string());
        let kind = *KINDS.iter().find(|kind| !record.get(kind).is_null()).ok_or_else(none)?;
        let body = record.get(kind);
        let stated = [record.get("time"), body.get("time"), body.get("process").get("start_time")];
        let time = stated.iter().find_map(|time| Timestamp::parse(time.str()?).ok()).or(origin.time);
        let time =
            time.ok_or_else(|| (ProblemKind::BadTime, "no time that can be read in this Tetragon event".to_string()))?;
        let id = EventId::new(origin.address.source, origin.address.offset, 0);
        let mut event = Event::draft(id, time, "tetragon", Action::Other);
        event.addresses.push(origin.address);
        event.host = record.get("node_name").str().or(origin.host).map(str::to_string);
        self.read(kind, body, &mut event, out);
        fact(&mut event, "type", kind);
        node_fact(&mut event, "cluster_name", record.get("cluster_name"));
        // One record stands for that many alike.
        node_fact(&mut event, "aggregation.count", record.get("aggregation_info").get("count"));
        if let Some(carrier) = origin.carrier {
            fact(&mut event, CARRIED_BY, carrier);
        }
        if is_sampled(origin.address.offset) {
            record.note_unmapped(process::KNOWN, &mut out.unmapped);
        }
        out.records += 1;
        out.drafts.push(event);
        Ok(())
    }

    fn another(&self) -> Option<Box<dyn Reader>> {
        Some(Box::new(Self::default()))
    }

    /// The end of throttling belongs to its start.
    fn in_order(&self, text: &[u8]) -> bool {
        memchr::memmem::find(text, b"process_throttle").is_some()
    }

    fn finish(&mut self, out: &mut Batch) {
        for (cgroup, (from, host, address)) in std::mem::take(&mut self.throttled) {
            out.blind_windows.push(throttling(cgroup, from, None, host, vec![address]));
        }
    }
}

impl Events {
    fn read(&mut self, kind: &str, body: &Node<'_>, event: &mut Event, out: &mut Batch) {
        process::read(body, event);
        let of_exec = |name: &str| body.get("process").get("exec_id").str().map(|id| format!("tetragon:{name}:{id}"));
        match kind {
            "process_exec" => {
                event.action = Action::ProcessExec;
                event.outcome = Outcome::Succeeded;
                event.occurrence = of_exec("exec");
                let binary = event.actor.exe.clone();
                let inode = body.get("process").get("binary_properties").get("file").get("inode").get("number").int();
                event.objects.extend(binary.map(|name| Object {
                    name: Some(name),
                    inode: inode.map(i64::cast_unsigned),
                    ..Object::new(Role::Target, ObjectKind::File)
                }));
                if body.get("process").get("flags").str().is_some_and(|flags| flags.contains("truncArgs")) {
                    problem(event, out, "Tetragon cut off the arguments of this program start (`truncArgs`)");
                }
            }
            "process_exit" => {
                event.action = Action::ProcessExit;
                event.outcome = Outcome::Succeeded;
                event.occurrence = of_exec("exit");
                node_fact(event, "exit_status", body.get("status"));
                node_fact(event, "signal", body.get("signal"));
            }
            "process_loader" => {
                event.outcome = Outcome::Succeeded;
                target(event, body.get("path"));
                node_fact(event, "buildid", body.get("buildid"));
            }
            "process_uprobe" | "process_usdt" => {
                target(event, body.get("path"));
                calls::probe_facts(body, event);
            }
            "process_throttle" => self.throttle(body, event, out),
            "rate_limit_info" => lost(body.get("number_of_dropped_process_events").int(), event, out),
            _ => calls::read(kind, body, event, out),
        }
    }

    /// A control group's events are held back from here on, or come again.
    fn throttle(&mut self, body: &Node<'_>, event: &mut Event, out: &mut Batch) {
        let cgroup = body.get("cgroup").str().unwrap_or("").to_string();
        fact(event, "cgroup", &cgroup);
        node_fact(event, "throttle", body.get("type"));
        let Some(&address) = event.addresses.first() else { return };
        if body.get("type").text().is_some_and(|text| text.ends_with("STOP") || text == "2") {
            event.action = Action::AuditConfig;
            if let Some((from, host, started)) = self.throttled.remove(&cgroup) {
                out.blind_windows.push(throttling(cgroup, from, Some(event.time), host, vec![started, address]));
            }
            return;
        }
        lost(None, event, out);
        if self.throttled.len() < THROTTLED_MAX {
            self.throttled.entry(cgroup).or_insert((event.time, event.host.clone(), address));
        }
    }
}

fn throttling(
    cgroup: String,
    from: Timestamp,
    to: Option<Timestamp>,
    host: Option<String>,
    addresses: Vec<Address>,
) -> BlindWindow {
    let facts = BTreeMap::from([("reason".to_string(), "throttled".to_string()), ("cgroup".to_string(), cgroup)]);
    BlindWindow { kind: BlindWindowKind::RecorderOff, host, from: Some(from), to, facts, addresses }
}

/// The recorder says that it lost events.
fn lost(count: Option<i64>, event: &mut Event, out: &mut Batch) {
    event.action = Action::AuditLost;
    let count = count.map(i64::cast_unsigned);
    if let Some(count) = count {
        fact(event, "lost", &count.to_string());
    }
    out.drops.extend(event.addresses.first().map(|&address| DeclaredDrop { time: event.time, count, address }));
}

fn target(event: &mut Event, path: &Node<'_>) {
    event.objects.extend(
        path.str()
            .map(|path| Object { name: Some(model::Bytes::from(path)), ..Object::new(Role::Target, ObjectKind::File) }),
    );
}

fn problem(event: &Event, out: &mut Batch, text: &str) {
    out.problems.extend(event.addresses.first().map(|&address| Problem {
        kind: ProblemKind::Incomplete,
        address,
        text: text.to_string(),
    }));
}

fn fact(event: &mut Event, name: &str, value: &str) {
    let value =
        if value.len() > FACT_CHARS_MAX { value.chars().take(FACT_CHARS_MAX).collect() } else { value.to_string() };
    event.facts.insert(name, value);
}

fn node_fact(event: &mut Event, name: &str, value: &Node<'_>) {
    if let Some(text) = value.text() {
        fact(event, name, &text);
    }
}
