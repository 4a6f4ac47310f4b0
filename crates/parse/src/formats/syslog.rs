//! Syslog, in files and as it came over the network: RFC 3164 with its relatives, and RFC 5424.
//!
//! Old lines state neither year nor zone. The year is the latest in which the line is not younger than the file;
//! the zone is left to be found out ([`TimeBasis::Local`]).
//!
//! Messages go to the formats that syslog [carries](crate::carried) first.
//!
//! Sources: RFC 3164, RFC 5424, RFC 6587 (octet counting); rsyslog's templates and `message repeated`.

mod frames;
mod head;
mod year;

use model::{Action, Event, EventId, Problem, ProblemKind, TimeBasis, Timestamp};

use crate::{
    Batch, Decoder, Format, Source,
    carried::Carried,
    records::{Fault, Framed, Framing, Origin, Reader},
    sessions, text,
};
use head::{Head, Stamp};
use year::Years;

/// The format.
pub(crate) struct Syslog;

/// Characters of a message that are kept as a fact.
const MESSAGE_CHARS_MAX: usize = 16_384;

impl Format for Syslog {
    fn name(&self) -> &'static str {
        "syslog"
    }

    fn sniff(&self, head: &[u8]) -> u8 {
        let lines = head.split(|&byte| byte == b'\n').filter(|line| !line.trim_ascii().is_empty()).take(64);
        let (mut sum, mut count) = (0_usize, 0_usize);
        for line in lines {
            count += 1;
            let text = text::lossy(frames::first(line).unwrap_or(line));
            sum += match Head::read(&text) {
                Some(head) if head.version == Some(1) => 96,
                Some(head) if matches!(head.stamp, Stamp::NoYear { .. }) => 93,
                Some(head) if head.program.is_some() && head.host.is_some() => 90,
                // A time and some words: many logs begin like that.
                Some(head) if head.priority.is_some() => 60,
                Some(_) => 12,
                None => 0,
            };
        }
        u8::try_from(sum / count.max(1)).unwrap_or(0)
    }

    fn decoder(&self, source: Source) -> Box<dyn Decoder> {
        let reader = SyslogReader::new(source.modified);
        Box::new(Framed::new(source, Framing::lines(), reader))
    }
}

/// What is kept of a line for the next ones.
#[derive(Default)]
struct Before {
    time: Timestamp,
    basis: TimeBasis,
    host: Option<String>,
    program: Option<String>,
    message: String,
}

/// Puts a text in the place of the last one, in the room that this took.
fn keep(place: &mut Option<String>, text: Option<&str>) {
    match (place.as_mut(), text) {
        (Some(room), Some(text)) => {
            room.clear();
            room.push_str(text);
        }
        _ => *place = text.map(str::to_string),
    }
}

struct SyslogReader {
    carried: Carried,
    years: Years,
    before: Option<Before>,
}

impl SyslogReader {
    fn new(modified: Option<Timestamp>) -> Self {
        Self { carried: Carried::default(), years: Years::new(modified), before: None }
    }
}

impl Reader for SyslogReader {
    fn record(&mut self, text: &[u8], origin: &Origin<'_>, out: &mut Batch) -> Result<(), Fault> {
        let mut frames = frames::Frames::of(text);
        let (mut used, mut faults) = (false, Vec::new());
        while let Some((start, frame)) = frames.next() {
            let mut address = origin.address;
            address.offset += start as u64;
            address.length = frame.len() as u64;
            match self.message(frame, &Origin { address, ..*origin }, out) {
                Ok(()) => used = true,
                Err(fault) => faults.push((address, fault)),
            }
        }
        if !used && let Some((_, fault)) = faults.pop() {
            return Err(fault);
        }
        for (address, (kind, text)) in faults {
            out.problems.push(Problem { kind, address, text });
        }
        Ok(())
    }

    fn continue_in(&mut self, next: Source) {
        self.years = Years::new(next.modified);
    }

    fn finish(&mut self, out: &mut Batch) {
        self.carried.finish(out);
    }
}

impl SyslogReader {
    fn message(&mut self, line: &[u8], origin: &Origin<'_>, out: &mut Batch) -> Result<(), Fault> {
        let no_record = || (ProblemKind::NotARecord, "no syslog line (`time host program: message`)".to_string());
        if text::control_characters(line) * 8 > line.len() {
            // What a crash leaves: blocks of NUL.
            return Err(no_record());
        }
        let text = text::lossy(line);
        let Some(head) = Head::read(&text) else { return self.continuation(&text, origin, out, no_record) };
        let (time, basis, inferred) = self.years.time(&head.stamp);
        if inferred == Some(year::Doubt::Backwards) {
            let text = "the time lies months before that of the line before: lines before may be of an earlier year";
            let address = origin.address;
            out.problems.push(Problem { kind: ProblemKind::BadTime, address, text: text.to_string() });
        }
        let mut event = self.draft(&head, time, basis, origin);
        if matches!(head.stamp, Stamp::NoYear { .. }) {
            let how = if inferred == Some(year::Doubt::Unknown) { "unknown" } else { "inferred" };
            event.facts.insert("year", how);
        }
        let repeated = self.repeated(&head);
        let message = repeated.as_ref().map_or(head.message, |(_, message)| message.as_str());
        let carried = repeated.is_none() && self.carries(message, &head, &event, origin, out);
        if !carried {
            if let Some(program) = head.program {
                sessions::interpret(program, message.trim_start(), &mut event);
            }
            if let Some((count, _)) = &repeated {
                event.facts.insert("repeated", count.to_string());
            }
            event.facts.insert("message", text::first_chars(message, MESSAGE_CHARS_MAX));
            out.drafts.push(event);
            out.records += 1;
        }
        let before = self.before.get_or_insert_default();
        (before.time, before.basis) = (time, basis);
        keep(&mut before.host, head.host);
        keep(&mut before.program, head.program);
        before.message.clear();
        before.message.push_str(text::first_chars(message, MESSAGE_CHARS_MAX));
        Ok(())
    }

    fn draft(&self, head: &Head<'_>, time: Timestamp, basis: TimeBasis, origin: &Origin<'_>) -> Event {
        let address = origin.address;
        let id = EventId::new(address.source, address.offset, 0);
        let mut event = Event::draft(id, time, "syslog", Action::LogMessage);
        event.time_basis = basis;
        event.host = head.host.map(str::to_string);
        event.addresses = vec![address];
        event.actor.pid = head.pid.and_then(|pid| pid.parse().ok());
        let mut fact = |name: &str, value: Option<String>| {
            if let Some(value) = value {
                event.facts.insert(name, value);
            }
        };
        fact("program", head.program.map(str::to_string));
        fact("facility", head.priority.map(|priority| (priority >> 3).to_string()));
        fact("severity", head.priority.map(|priority| (priority & 7).to_string()));
        fact("msgid", head.message_id.map(str::to_string));
        for (name, value) in head.data() {
            event.facts.insert(name, value);
        }
        event
    }

    /// Gives the message to the formats that syslog carries.
    fn carries(&mut self, message: &str, head: &Head<'_>, event: &Event, origin: &Origin<'_>, out: &mut Batch) -> bool {
        let known = event.time_basis != TimeBasis::Unknown;
        let carried = Origin {
            time: known.then_some(event.time),
            basis: event.time_basis,
            host: head.host,
            carrier: Some("syslog"),
            program: head.program,
            pid: event.actor.pid,
            ..*origin
        };
        let (first, records) = (out.drafts.len(), out.records);
        if !self.carried.message(message.as_bytes(), &carried, out) {
            out.records = records;
            return false;
        }
        out.records = records + 1;
        for draft in &mut out.drafts[first..] {
            // A local time is this line's: nothing that is carried here states one by itself.
            if draft.time == event.time
                && draft.time_basis == TimeBasis::Local
                && let Some(year) = event.fact("year")
            {
                draft.facts.insert("year", year);
            }
        }
        true
    }

    /// `message repeated 5 times: [ …]` of rsyslog, `last message repeated 5 times` of older daemons.
    fn repeated(&self, head: &Head<'_>) -> Option<(u64, String)> {
        let message = head.message.trim();
        if let Some(rest) = message.strip_prefix("message repeated ") {
            let (count, rest) = rest.split_once(" times: [")?;
            let inner = rest.strip_suffix(']').unwrap_or(rest);
            return Some((count.parse().ok()?, inner.trim().to_string()));
        }
        // Such a line has no program: its first words are those of the message.
        let rest = message.strip_prefix("last message repeated ").filter(|_| head.program.is_none())?;
        let count = rest.split(' ').next()?.parse().ok()?;
        let before = self.before.as_ref().filter(|before| before.host.as_deref() == head.host)?;
        Some((count, before.message.clone()))
    }

    /// A line without a head: a further line of the message before.
    fn continuation(
        &mut self,
        text: &str,
        origin: &Origin<'_>,
        out: &mut Batch,
        no_record: impl Fn() -> Fault,
    ) -> Result<(), Fault> {
        let before = self.before.as_ref().ok_or_else(no_record)?;
        let address = origin.address;
        let id = EventId::new(address.source, address.offset, 0);
        let mut event = Event::draft(id, before.time, "syslog", Action::LogMessage);
        event.time_basis = before.basis;
        event.host.clone_from(&before.host);
        event.addresses = vec![address];
        if let Some(program) = &before.program {
            event.facts.insert("program", program.clone());
        }
        event.facts.insert("continues", "yes");
        event.facts.insert("message", text::first_chars(text, MESSAGE_CHARS_MAX));
        out.drafts.push(event);
        out.records += 1;
        Ok(())
    }
}
