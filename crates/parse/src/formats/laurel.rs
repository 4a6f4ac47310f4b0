//! laurel's log: Linux audit events, put together by laurel and written as one JSON object per line.
//!
//! The same kernel records as in an audit log, so they are given back their kernel spelling ([`rebuild`]) and
//! read by the code that reads audit logs: a copy of an event in either format says the same, and can be joined
//! by time and serial. What laurel adds (container, parent process, environment) becomes facts.
//!
//! Sources: threathunters-io/laurel `json-format.md`, `man/`, `etc/laurel/config.toml`, `src/quote.rs`; output of
//! laurel 0.5.1 for this project's own recordings.

mod rebuild;
mod spelling;

use model::{CARRIED_BY, Problem, ProblemKind};

use crate::{
    Batch, Decoder, Format, Source,
    ahead::{Ahead, Left},
    carried::CarriedFormat,
    formats::auditd::{Rebuilt, Whole, WholeEvents},
    json_tree::{self, Arena},
    records::{Fault, Framed, Framing, Origin, Reader},
};
use rebuild::Parts;

/// The format.
pub(crate) struct Laurel;

impl Format for Laurel {
    fn name(&self) -> &'static str {
        "laurel"
    }

    fn sniff(&self, head: &[u8]) -> u8 {
        let mut lines = head.split(|&byte| byte == b'\n').filter(|line| !line.trim_ascii().is_empty()).take(64);
        let (mut good, mut own, mut all) = (0_u32, 0_u32, 0_u32);
        for line in &mut lines {
            all += 1;
            let start = object_start(line);
            good += u32::from(start.is_some());
            // Behind more than a mark it stands in another log, whose format knows who wrote it.
            own += u32::from(start.is_some_and(|start| start <= MARK_BYTES_MAX));
        }
        match (good, all) {
            (0, _) => 0,
            _ => u8::try_from(55 + 42 * own / all).unwrap_or(55),
        }
    }

    fn decoder(&self, source: Source) -> Box<dyn Decoder> {
        Box::new(Framed::new(source, Framing::lines(), Events::default()))
    }
}

impl CarriedFormat for Laurel {
    fn recognises(&self, message: &[u8], _origin: &Origin<'_>) -> bool {
        message.ends_with(b"}") && is_event(message)
    }

    fn writers(&self) -> &'static [&'static str] {
        &["auditd", "audisp", "audispd", "laurel"]
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(Events::default())
    }
}

/// Bytes before the object: laurel's `line-prefix` (`@cee: `), or what a log shipper puts there.
const PREFIX_BYTES_MAX: usize = 64;

/// Bytes of a `line-prefix` that is a mark for a reader, as `@cee: `, and no head of a log's line.
const MARK_BYTES_MAX: usize = 8;

/// Where the object starts: its first field is always `ID`, which is audit's `SECONDS.MILLIS:SERIAL`.
fn object_start(line: &[u8]) -> Option<usize> {
    let head = &line[..line.len().min(PREFIX_BYTES_MAX)];
    let at = memchr::memchr(b'{', head)?;
    let rest = line[at + 1..].trim_ascii_start().strip_prefix(b"\"ID\"")?.trim_ascii_start();
    let stamp = rest.strip_prefix(b":")?.trim_ascii_start().strip_prefix(b"\"")?;
    let end = memchr::memchr(b'"', &stamp[..stamp.len().min(48)])?;
    let is_stamp = stamp[..end].iter().all(|byte| byte.is_ascii_digit() || b".:".contains(byte));
    (is_stamp && stamp[..end].contains(&b':')).then_some(at)
}

fn is_event(line: &[u8]) -> bool {
    object_start(line).is_some()
}

/// Reads lines.
#[derive(Default)]
struct Events {
    events: WholeEvents,
    records: Rebuilt,
    /// For one that reads ahead of its turn: the events with what they say.
    left: Option<Vec<(Whole, Batch)>>,
}

impl Ahead for Events {
    fn record(&mut self, text: &[u8], origin: &Origin<'_>, out: &mut Batch) -> Result<bool, Fault> {
        Reader::record(self, text, origin, out).map(|()| true)
    }

    fn leave(&mut self) -> Option<Left> {
        let events = std::mem::take(self.left.as_mut()?);
        (!events.is_empty()).then(|| Box::new(events) as Left)
    }
}

impl Reader for Events {
    fn record(&mut self, text: &[u8], origin: &Origin<'_>, out: &mut Batch) -> Result<(), Fault> {
        let none = || (ProblemKind::NotARecord, "no laurel event in JSON (`ID` of seconds and serial)".to_string());
        let start = object_start(text).ok_or_else(none)?;
        let arena = Arena::default();
        let event = json_tree::read(&text[start..], "laurel event", &arena)?;
        let stamp = event.get("ID").str().ok_or_else(none)?.as_bytes();
        let node = event.get("NODE").str().or(origin.host).map(str::as_bytes);
        self.records.clear();
        let mut parts = Parts::default();
        parts.read(&event, &mut self.records, out);
        let Some(whole) = Whole::of(node, stamp, &self.records, origin.address) else {
            return Err((ProblemKind::BadTime, "expected an `ID` of SECONDS.MILLISECONDS:SERIAL".to_string()));
        };
        let mut said = Batch::default();
        whole.interpret(&mut said);
        out.records += 1;
        if parts.arguments_joined {
            let text = "laurel joined the arguments of this program start; where one ends is not recorded".to_string();
            out.problems.push(Problem { kind: ProblemKind::BadField, address: origin.address, text });
        }
        for draft in &mut said.drafts {
            draft.format = "laurel".to_string();
            // The records of an event share a line.
            draft.addresses.truncate(1);
            draft.facts.extend(parts.facts.iter().cloned());
            if let Some(carrier) = origin.carrier {
                draft.facts.insert(CARRIED_BY, carrier);
            }
        }
        match &mut self.left {
            Some(left) => left.push((whole, said)),
            None => self.events.event(&whole, said, out),
        }
        Ok(())
    }

    fn finish(&mut self, out: &mut Batch) {
        self.events.finish(out);
    }

    fn ahead(&self) -> Option<(Box<dyn Ahead>, Box<dyn Reader>)> {
        Some((Box::new(Self { left: Some(Vec::new()), ..Self::default() }), Box::new(Self::default())))
    }

    fn join(&mut self, left: Left, out: &mut Batch) {
        if let Ok(events) = left.downcast::<Vec<(Whole, Batch)>>() {
            events.into_iter().for_each(|(whole, said)| self.events.event(&whole, said, out));
        }
    }
}
