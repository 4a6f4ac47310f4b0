//! Events whose records arrive together: nothing is waited for, the rest is as for an audit log.

use model::{Address, Problem, ProblemKind};

use super::{Assembler, EVENT_RECORDS_MAX, Kind, NODES_MAX, OpenEvent, Record};
use crate::{
    Batch,
    formats::auditd::{
        draft,
        header::{self, Header},
    },
};

/// The records of one event, spelt as the kernel spells them.
#[derive(Debug, Default)]
pub(in crate::formats) struct Rebuilt {
    /// Type names and fields of all records.
    bytes: Vec<u8>,
    /// Start, end of the type name, end of the fields.
    records: Vec<(usize, usize, usize)>,
}

impl Rebuilt {
    /// Forgets the records, keeps the memory.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.records.clear();
    }

    /// Begins a record of that type.
    pub fn begin(&mut self, type_name: &[u8]) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(type_name);
        let body = self.bytes.len();
        self.records.push((start, body, body));
    }

    /// Adds ` KEY=` to the record and gives the buffer that its value is to be appended to.
    pub fn key(&mut self, key: &[u8]) -> &mut Vec<u8> {
        self.bytes.push(b' ');
        self.bytes.extend_from_slice(key);
        self.bytes.push(b'=');
        &mut self.bytes
    }

    /// Ends the record; call it before the next one begins.
    pub fn end(&mut self) {
        let end = self.bytes.len();
        if let Some(record) = self.records.last_mut() {
            record.2 = end;
        }
    }
}

/// An event whose records are all there.
pub(in crate::formats) struct Whole {
    node: Option<Vec<u8>>,
    address: Address,
    event: OpenEvent,
    /// Records beyond those that are used.
    is_cut: bool,
}

impl Whole {
    /// The event of these records; `stamp` is audit's own `SECONDS.MILLIS:SERIAL`, `None` when it cannot be read. All
    /// records stand at `address`.
    pub fn of(node: Option<&[u8]>, stamp: &[u8], rebuilt: &Rebuilt, address: Address) -> Option<Self> {
        let (time, serial) = header::read_stamp(stamp)?;
        let used = rebuilt.records.iter().take(EVENT_RECORDS_MAX);
        let records = used.map(|&(start, body, end)| {
            let kind = Kind::of(&rebuilt.bytes[start..body]);
            Record { kind, start, body, end, address }
        });
        let event = OpenEvent {
            // The assembler's number for it is not known here, and not needed to interpret the event.
            node: 0,
            time,
            serial,
            records: records.collect(),
            bytes: rebuilt.bytes.clone(),
            last_line: 0,
            complete: true,
            paths_missing: 0,
        };
        let is_cut = rebuilt.records.len() > EVENT_RECORDS_MAX;
        Some(Self { node: node.map(<[u8]>::to_vec), address, event, is_cut })
    }

    /// What the records say. All drafts cite the address.
    pub fn interpret(&self, out: &mut Batch) {
        if self.is_cut {
            let text = format!("an event of more than {EVENT_RECORDS_MAX} records; the rest was not used");
            out.problems.push(Problem { kind: ProblemKind::Bound, address: self.address, text });
        }
        draft::interpret(self.node.as_deref().map(crate::text::lossless).as_deref(), &self.event, out);
    }
}

impl Assembler {
    /// Takes the next event, and what it [says](Whole::interpret).
    pub fn whole(&mut self, whole: &Whole, said: Batch, out: &mut Batch) {
        let Whole { address, event, .. } = whole;
        let node_name = whole.node.as_deref();
        let Some(node) = self.node(node_name) else {
            let text = format!("more than {NODES_MAX} different node names; the event was not used");
            out.problems.push(Problem { kind: ProblemKind::Bound, address: *address, text });
            return;
        };
        for (at, record) in event.records.iter().enumerate() {
            let (time, serial, type_name) = (event.time, event.serial, event.type_name(record));
            let header = Header { start: 0, node: node_name, type_name, time, serial, body: 0 };
            if at == 0 {
                self.number(node, &header, *address, out);
            }
            self.watch(node, record.kind, &header, event.body(record), *address, out);
        }
        out.append(said);
    }
}
