//! Events whose records arrive together: nothing is waited for, the rest is as for an audit log.

use model::{Address, Problem, ProblemKind, Timestamp};

use super::{Assembler, EVENT_RECORDS_MAX, Kind, NODES_MAX, OpenEvent, Record};
use crate::{
    Batch,
    formats::auditd::{draft, header::Header},
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

impl Assembler {
    /// Takes all records of one event and interprets it.
    pub fn whole(
        &mut self,
        node_name: Option<&[u8]>,
        (time, serial): (Timestamp, u64),
        rebuilt: &Rebuilt,
        address: Address,
        out: &mut Batch,
    ) {
        let Some(node) = self.node(node_name) else {
            let text = format!("more than {NODES_MAX} different node names; the event was not used");
            out.problems.push(Problem { kind: ProblemKind::Bound, address, text });
            return;
        };
        let (mut records, mut bytes) = self.spare.pop().unwrap_or_default();
        bytes.extend_from_slice(&rebuilt.bytes);
        for (at, &(start, body, end)) in rebuilt.records.iter().take(EVENT_RECORDS_MAX).enumerate() {
            let type_name = &rebuilt.bytes[start..body];
            let header = Header { start: 0, node: node_name, type_name, time, serial, body: 0 };
            if at == 0 {
                self.number(node, &header, address, out);
            }
            let kind = Kind::of(type_name);
            self.watch(node, kind, &header, &rebuilt.bytes[body..end], address, out);
            records.push(Record { kind, start, body, end, address });
        }
        if rebuilt.records.len() > EVENT_RECORDS_MAX {
            let text = format!("an event of more than {EVENT_RECORDS_MAX} records; the rest was not used");
            out.problems.push(Problem { kind: ProblemKind::Bound, address, text });
        }
        let event = OpenEvent { node, time, serial, records, bytes, last_line: 0, complete: true, paths_missing: 0 };
        draft::interpret(self.nodes[node].name.as_deref(), &event, out);
        self.keep_buffers(event);
    }
}
