//! Joins the records of one event: same node, same time, same serial.
//!
//! Records of several events interleave, come out of order, and the end-of-event record is usually
//! not in the file. An event is therefore held until it is complete and a few further lines have
//! passed, or until it is clear that nothing more will come; the bounds below say when.

mod whole;

pub(in crate::formats) use whole::{Rebuilt, Whole};

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use model::{Address, Problem, ProblemKind, Timestamp};

use super::{draft, header::Header, recorder::Recorder, serials::Serials};
use crate::{Batch, Piece, Turn};

/// Lines for which a complete event still waits: `EOE`, or a record that a transport delayed.
const HOLD_COMPLETE_LINES: u64 = 8;
/// Lines for which an event waits that may lack records, once its time has passed by [`HOLD_NANOS`].
/// In recordings a late `PROCTITLE` came a dozen lines after its event; the rest is margin, chosen by eye.
const HOLD_LINES: u64 = 64;
/// After how much newer an event of the same node an open one counts as over: the 2 seconds of
/// audit-userspace's `end_of_event_timeout`.
const HOLD_NANOS: i64 = 2_000_000_000;
/// Lines after which an event is closed whatever the clock says.
const HOLD_LINES_MAX: u64 = 4096;
/// Events held open at once; the oldest is closed beyond it.
const OPEN_EVENTS_MAX: usize = 4096;
/// Bytes of all open events; the oldest is closed beyond it. Keeps memory bounded when every event
/// carries the longest command line.
const OPEN_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Records of one event. A recursive operation writes dozens of `PATH` records, a long command line
/// some hundred `EXECVE` records; more is an attack or a wrong file.
const EVENT_RECORDS_MAX: usize = 4096;
/// Bytes of one event: the largest command line that Linux takes (2 MiB), hexadecimal, with margin.
const EVENT_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Distinct `node=` names of one source.
const NODES_MAX: usize = 1024;

/// Record types that events are built from; all others are looked at by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Syscall,
    UringOp,
    Path,
    Cwd,
    Execve,
    Proctitle,
    Sockaddr,
    ObjPid,
    KernelModule,
    Bpf,
    Openat2,
    Socketcall,
    EndOfEvent,
    /// A type that never has siblings: written by a user program or the daemon itself.
    Single,
    Other,
}

impl Kind {
    fn of(name: &[u8]) -> Self {
        match name {
            b"SYSCALL" | b"1300" => Self::Syscall,
            b"PATH" | b"1302" => Self::Path,
            b"CWD" | b"1307" => Self::Cwd,
            b"PROCTITLE" | b"1327" => Self::Proctitle,
            b"EXECVE" | b"1309" => Self::Execve,
            b"SOCKADDR" | b"1306" => Self::Sockaddr,
            b"EOE" | b"1320" => Self::EndOfEvent,
            b"OBJ_PID" | b"1318" => Self::ObjPid,
            b"KERN_MODULE" | b"1330" | b"UNKNOWN[1330]" => Self::KernelModule,
            b"BPF" | b"1334" | b"UNKNOWN[1334]" => Self::Bpf,
            b"URINGOP" | b"1336" | b"UNKNOWN[1336]" => Self::UringOp,
            b"OPENAT2" | b"1337" | b"UNKNOWN[1337]" => Self::Openat2,
            b"SOCKETCALL" | b"1304" => Self::Socketcall,
            name if [&b"USER"[..], b"DAEMON_", b"SERVICE_", b"SYSTEM_", b"CRED_"]
                .iter()
                .any(|p| name.starts_with(p)) =>
            {
                Self::Single
            }
            _ => Self::Other,
        }
    }
}

/// A record of an open event.
#[derive(Debug, Clone, Copy)]
pub(super) struct Record {
    /// Its type.
    pub kind: Kind,
    /// Start of the type name in the event's bytes; the fields follow the name directly.
    pub start: usize,
    /// End of the type name.
    pub body: usize,
    /// End of the fields.
    pub end: usize,
    /// Where the record stands in the source.
    pub address: Address,
}

/// An event whose records are still coming.
pub(super) struct OpenEvent {
    /// Index of its node.
    node: usize,
    /// Its time.
    pub time: Timestamp,
    /// Its serial.
    pub serial: u64,
    /// Its records in the order they came.
    pub records: Vec<Record>,
    /// The bytes of the records: type names and fields.
    pub bytes: Vec<u8>,
    /// Number of the line that brought the latest record.
    last_line: u64,
    /// Whether nothing more is expected.
    complete: bool,
    /// `items=` of the system call record, less the `PATH` records that came.
    paths_missing: i64,
}

impl OpenEvent {
    /// The type name of a record.
    pub fn type_name(&self, record: &Record) -> &[u8] {
        &self.bytes[record.start..record.body]
    }

    /// The fields of a record.
    pub fn body(&self, record: &Record) -> &[u8] {
        &self.bytes[record.body..record.end]
    }

    /// The records of a kind, in the order they came.
    pub fn of(&self, kind: Kind) -> impl Iterator<Item = &Record> {
        self.records.iter().filter(move |record| record.kind == kind)
    }
}

/// What is followed per node.
struct Node {
    name: Option<Arc<str>>,
    latest: Timestamp,
    serials: Serials,
    recorder: Recorder,
}

/// Joins records into events.
#[derive(Default)]
pub(super) struct Assembler {
    nodes: Vec<Node>,
    node_of: HashMap<Vec<u8>, usize>,
    /// Node of the previous record: nearly always the same again.
    last_node: Option<usize>,
    /// Open events; `None` where a slot is free.
    slots: Vec<Option<OpenEvent>>,
    free: Vec<usize>,
    index: HashMap<(usize, u64, i64), usize>,
    /// Slots in the order in which their events began.
    order: VecDeque<usize>,
    /// Slot of the previous record.
    last_slot: Option<usize>,
    open_bytes: usize,
    line: u64,
    /// Buffers of closed events, for the next ones.
    spare: Vec<(Vec<Record>, Vec<u8>)>,
    /// Closed events that another thread will interpret; `None` while this one does.
    closed: Option<Closed>,
}

/// Events whose records are all there, with the names of their nodes.
#[derive(Default)]
struct Closed {
    events: Vec<(Option<Arc<str>>, OpenEvent)>,
}

impl Piece for Closed {
    fn complete(self: Box<Self>, out: &mut Batch) -> Option<Box<dyn Turn>> {
        for (host, event) in &self.events {
            draft::interpret(host.as_deref(), event, out);
        }
        None
    }
}

impl Assembler {
    /// Takes one record and closes the events that are over.
    pub fn record(&mut self, header: &Header<'_>, body: &[u8], address: Address, out: &mut Batch) {
        self.line += 1;
        let Some(node) = self.node(header.node) else {
            let text = format!("more than {NODES_MAX} different node names; the record was not used");
            out.problems.push(Problem { kind: ProblemKind::Bound, address, text });
            return;
        };
        let kind = Kind::of(header.type_name);
        let slot = match self.find(node, header) {
            Some(slot) => slot,
            // The end of an event that was closed already says nothing new.
            None if kind == Kind::EndOfEvent => return self.close_finished(out),
            None => self.open(node, header, address, out),
        };
        self.last_slot = Some(slot);
        self.watch(node, kind, header, body, address, out);
        self.append(slot, kind, header.type_name, body, address, out);
        self.close_finished(out);
    }

    /// Closes everything and reports what is still missing.
    pub fn finish(&mut self, out: &mut Batch) {
        while !self.order.is_empty() {
            self.close_oldest(out);
        }
        for node in &mut self.nodes {
            node.serials.finish(node.name.as_deref(), out);
            node.recorder.finish(node.name.as_deref(), out);
        }
    }

    /// From now on keeps closed events for [`Assembler::pieces`].
    pub fn defer(&mut self) {
        self.closed.get_or_insert_default();
    }

    /// The events closed since the last call.
    pub fn pieces(&mut self) -> Vec<Box<dyn Piece>> {
        match &mut self.closed {
            Some(closed) if !closed.events.is_empty() => vec![Box::new(std::mem::take(closed))],
            _ => Vec::new(),
        }
    }

    fn node(&mut self, name: Option<&[u8]>) -> Option<usize> {
        let bytes = name.unwrap_or(b"");
        if let Some(last) = self.last_node
            && self.nodes[last].name.as_deref().unwrap_or("").as_bytes() == bytes
        {
            return Some(last);
        }
        let at = match self.node_of.get(bytes) {
            Some(&at) => at,
            None if self.nodes.len() == NODES_MAX => return None,
            None => {
                self.nodes.push(Node {
                    name: name.map(|name| crate::text::lossless(name).into()),
                    latest: Timestamp(i64::MIN),
                    serials: Serials::default(),
                    recorder: Recorder::default(),
                });
                self.node_of.insert(bytes.to_vec(), self.nodes.len() - 1);
                self.nodes.len() - 1
            }
        };
        self.last_node = Some(at);
        Some(at)
    }

    fn find(&self, node: usize, header: &Header<'_>) -> Option<usize> {
        let is_it = |slot: usize| {
            self.slots[slot]
                .as_ref()
                .is_some_and(|event| event.serial == header.serial && event.time == header.time && event.node == node)
        };
        match self.last_slot {
            Some(slot) if is_it(slot) => Some(slot),
            _ => self.index.get(&(node, header.serial, header.time.0)).copied(),
        }
    }

    fn open(&mut self, node: usize, header: &Header<'_>, address: Address, out: &mut Batch) -> usize {
        let (records, bytes) = self.spare.pop().unwrap_or_default();
        let event = OpenEvent {
            node,
            time: header.time,
            serial: header.serial,
            records,
            bytes,
            last_line: self.line,
            complete: false,
            paths_missing: 0,
        };
        let slot = match self.free.pop() {
            Some(slot) => {
                self.slots[slot] = Some(event);
                slot
            }
            None => {
                self.slots.push(Some(event));
                self.slots.len() - 1
            }
        };
        self.index.insert((node, header.serial, header.time.0), slot);
        self.order.push_back(slot);
        self.number(node, header, address, out);
        slot
    }

    /// Follows the count of a node with the first record of an event.
    fn number(&mut self, node: usize, header: &Header<'_>, address: Address, out: &mut Batch) {
        let state = &mut self.nodes[node];
        // The daemon numbers its own records by itself, not by the kernel's counter.
        if !header.type_name.starts_with(b"DAEMON_") {
            state.serials.event(state.name.as_deref(), header.serial, header.time, address, out);
        }
        state.latest = state.latest.max(header.time);
    }

    /// Records that speak of the recorder itself.
    fn watch(&mut self, node: usize, kind: Kind, header: &Header<'_>, body: &[u8], address: Address, out: &mut Batch) {
        if matches!(kind, Kind::Single | Kind::Other) {
            let state = &mut self.nodes[node];
            state.recorder.record(state.name.as_deref(), header, body, address, out);
            if header.type_name == b"SYSTEM_BOOT" {
                state.serials.restart_expected();
            }
        }
        self.nodes[node].recorder.seen(header.time);
    }

    fn append(&mut self, slot: usize, kind: Kind, name: &[u8], body: &[u8], address: Address, out: &mut Batch) {
        let Some(event) = self.slots[slot].as_mut() else { return };
        let same =
            |record: &&Record| record.kind == kind && event.body(record) == body && event.type_name(record) == name;
        if let Some(first) = event.of(kind).find(same).map(|record| record.address.offset) {
            let text = format!("the same record stands at offset {first}; it was counted once");
            out.problems.push(Problem { kind: ProblemKind::Duplicate, address, text });
            return;
        }
        if event.records.len() == EVENT_RECORDS_MAX || event.bytes.len() + name.len() + body.len() > EVENT_BYTES_MAX {
            let text = format!(
                "an event of more than {EVENT_RECORDS_MAX} records or {EVENT_BYTES_MAX} bytes; this record was not used"
            );
            out.problems.push(Problem { kind: ProblemKind::Bound, address, text });
            return;
        }
        let start = event.bytes.len();
        event.bytes.extend_from_slice(name);
        event.bytes.extend_from_slice(body);
        self.open_bytes += event.bytes.len() - start;
        let record = Record { kind, start, body: start + name.len(), end: event.bytes.len(), address };
        event.records.push(record);
        event.last_line = self.line;
        match kind {
            Kind::Syscall | Kind::UringOp => event.paths_missing += i64::from(draft::declared_items(body)),
            Kind::Path => event.paths_missing -= 1,
            // The kernel writes PROCTITLE last, so with the system call and all paths nothing is missing.
            Kind::Proctitle => {
                event.complete = event.paths_missing == 0 && event.of(Kind::Syscall).next().is_some();
            }
            Kind::EndOfEvent | Kind::Single => event.complete = true,
            _ => {}
        }
    }

    fn close_finished(&mut self, out: &mut Batch) {
        while let Some(&slot) = self.order.front() {
            let Some(event) = self.slots[slot].as_ref() else { return };
            let age = self.line - event.last_line;
            let passed = self.nodes[event.node].latest.0.saturating_sub(event.time.0) >= HOLD_NANOS;
            let over = age >= HOLD_LINES_MAX
                || event.complete && age >= HOLD_COMPLETE_LINES
                || passed && age >= HOLD_LINES
                || self.order.len() > OPEN_EVENTS_MAX
                || self.open_bytes > OPEN_BYTES_MAX;
            if !over {
                return;
            }
            self.close_oldest(out);
        }
    }

    fn close_oldest(&mut self, out: &mut Batch) {
        let Some(slot) = self.order.pop_front() else { return };
        let Some(event) = self.slots[slot].take() else { return };
        self.index.remove(&(event.node, event.serial, event.time.0));
        self.free.push(slot);
        if self.last_slot == Some(slot) {
            self.last_slot = None;
        }
        self.open_bytes -= event.bytes.len();
        let host = &self.nodes[event.node].name;
        if let Some(closed) = &mut self.closed {
            closed.events.push((host.clone(), event));
            return;
        }
        draft::interpret(host.as_deref(), &event, out);
        self.keep_buffers(event);
    }

    /// Keeps the buffers of a closed event for the next ones.
    fn keep_buffers(&mut self, event: OpenEvent) {
        let (mut records, mut bytes) = (event.records, event.bytes);
        // Large buffers are given back rather than kept for a small event.
        if self.spare.len() < 64 && bytes.capacity() <= 64 * 1024 {
            records.clear();
            bytes.clear();
            self.spare.push((records, bytes));
        }
    }
}
