//! What an entry of systemd's journal says, whichever of the three journal formats it was read from.
//!
//! Messages go to the formats that journals [carry](crate::carried) first: audit records, kernel lines,
//! daemon logs, alerts. What nobody knows is read by the fields that journald itself vouches for
//! (their names start with `_`) and by the messages of well-known programs.
//!
//! Sources: systemd.journal-fields(7), systemd `journald-audit.c`, `sd-messages.h`.

mod clock;
mod draft;
mod known;

use std::borrow::Cow;

use model::{Action, Address, CARRIED_BY, DeclaredDrop, Event, EventId, Problem, ProblemKind, Timestamp};

use crate::{
    Batch,
    carried::Carried,
    records::{Fault, Origin},
    text::{lossy, number},
};
use known::Known;

/// Bytes of one value that are kept; as much as of a line of any other log.
pub(crate) const VALUE_BYTES_MAX: usize = crate::lines::LINE_BYTES_MAX;
/// Bytes of all values of one entry. Only core dumps are larger, and their contents are no facts.
pub(crate) const ENTRY_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Fields of one entry; journald takes at most 1,024 from a program and adds some dozens.
pub(crate) const ENTRY_FIELDS_MAX: usize = 2048;
/// Entries at the start of a source whose fields are all looked at for being unmapped, and the step after them.
const UNMAPPED_FIRST: u64 = 1_000;
const UNMAPPED_STEP: u64 = 64;

/// One field of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Field<'a> {
    /// Its name, as written.
    pub name: &'a [u8],
    /// Its value, at most [`VALUE_BYTES_MAX`] bytes.
    pub value: Cow<'a, [u8]>,
    /// Whether the value is longer, or was left out of the source altogether.
    pub cut: bool,
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Entry<'a> {
    /// When journald received it: microseconds since 1970, by the host's clock.
    pub realtime: Option<u64>,
    /// The same moment in microseconds since boot, suspended time not counted.
    pub monotonic: Option<u64>,
    /// Which boot of the host.
    pub boot: Option<[u8; 16]>,
    /// Its number in the journal it was written to.
    pub seqnum: Option<u64>,
    /// Its fields in the order of the source; a name may occur several times.
    pub fields: Vec<Field<'a>>,
    /// Names of fields whose checksum says that they were changed.
    pub unsound: Vec<&'a [u8]>,
}

impl<'a> Entry<'a> {
    /// Takes one field of a text format, where times, boot and number are fields like all others.
    pub fn take(&mut self, field: Field<'a>) {
        match field.name {
            b"__REALTIME_TIMESTAMP" => self.realtime = number(&field.value),
            b"__MONOTONIC_TIMESTAMP" => self.monotonic = number(&field.value),
            b"__SEQNUM" => self.seqnum = number(&field.value),
            b"_BOOT_ID" => self.boot = boot(&field.value),
            b"__CURSOR" | b"__SEQNUM_ID" => {}
            _ => self.fields.push(field),
        }
    }
}

/// A boot's id: 32 hexadecimal digits, with or without hyphens.
fn boot(text: &[u8]) -> Option<[u8; 16]> {
    let mut digits = [0; 32];
    let mut found = 0;
    for &byte in text.iter().filter(|&&byte| byte != b'-') {
        *digits.get_mut(found)? = byte.to_ascii_lowercase();
        found += 1;
    }
    crate::text::unhex(&digits[..found])?.try_into().ok()
}

/// Reads the entries of one source.
pub(crate) struct Interpreter {
    format: &'static str,
    carried: Carried,
    clock: clock::Clock,
    entries: u64,
}

impl Interpreter {
    /// For a source of that format.
    pub fn new(format: &'static str) -> Self {
        Self { format, carried: Carried::default(), clock: clock::Clock::default(), entries: 0 }
    }

    /// Reads one entry, which stands at `address`, and counts it as a record.
    ///
    /// Fails when the entry has no time.
    pub fn entry(&mut self, entry: &Entry<'_>, address: Address, out: &mut Batch) -> Result<(), Fault> {
        let Some(received) = entry.realtime.and_then(|micros| i64::try_from(micros).ok()?.checked_mul(1000)) else {
            return Err((ProblemKind::BadTime, "a journal entry without a time that can be read".to_string()));
        };
        let known = Known::read(entry);
        self.unmapped(entry, out);
        let records = out.records;
        let first = out.drafts.len();
        let mut event = draft::event(self.format, entry, &known, Timestamp(received), address);
        if known.message_cut {
            let text = format!("a MESSAGE longer than {VALUE_BYTES_MAX} bytes, or left out; the rest was not read");
            out.problems.push(Problem { kind: ProblemKind::Bound, address, text });
        }
        self.clock.entry(entry, &mut event, out);
        if self.carries(&known, &event, address, out) {
            for carried in &mut out.drafts[first..] {
                if carried.id.offset == address.offset && carried.action != Action::ClockStep {
                    draft::add_context(&event, carried);
                }
            }
        } else {
            lost(&known, &event, out);
            out.drafts.push(event);
        }
        // A carried record and the entry that carries it are one record.
        out.records = records + 1;
        Ok(())
    }

    /// The source has ended.
    pub fn finish(&mut self, out: &mut Batch) {
        self.carried.finish(out);
    }

    /// Gives the message to the formats that journals carry.
    fn carries(&mut self, known: &Known<'_>, event: &Event, address: Address, out: &mut Batch) -> bool {
        let Some(message) = known.message.filter(|_| !known.message_cut) else { return false };
        let (program, writer) = (known.program(), known.writer());
        let origin = Origin {
            time: Some(event.time),
            host: event.host.as_deref(),
            carrier: Some("journal"),
            program: program.as_deref(),
            vouched: writer.as_deref(),
            pid: event.actor.pid,
            ..Origin::own(address)
        };
        match known.audit_record(event.time) {
            // journald took it from the kernel itself: `_TRANSPORT=audit` cannot be written by a process.
            Some(record) => self.carried.message(&record, &Origin { vouched: Some("kernel"), ..origin }, out),
            None => self.carried.message(message, &origin, out),
        }
    }

    fn unmapped(&mut self, entry: &Entry<'_>, out: &mut Batch) {
        self.entries += 1;
        if self.entries <= UNMAPPED_FIRST || self.entries.is_multiple_of(UNMAPPED_STEP) {
            for field in entry.fields.iter().filter(|field| !known::is_mapped(field.name)) {
                out.unmapped.note(&lossy(field.name));
            }
        }
    }
}

/// What journald itself says it did not record.
fn lost(known: &Known<'_>, event: &Event, out: &mut Batch) {
    if event.action == Action::AuditLost
        && let Some(&address) = event.addresses.first()
    {
        out.drops.push(DeclaredDrop { time: event.time, count: known.lost(), address });
    }
}

/// A draft of that format for an entry at `address`.
fn draft_at(format: &str, time: Timestamp, address: Address) -> Event {
    let id = EventId::new(address.source, address.offset, 0);
    Event { addresses: vec![address], ..Event::draft(id, time, format, Action::LogMessage) }
}

/// Marks an event as carried by a journal.
fn mark_carried(event: &mut Event) {
    event.facts.insert_missing(CARRIED_BY, "journal");
}
