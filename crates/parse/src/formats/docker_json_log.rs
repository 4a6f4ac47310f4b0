//! Docker's `json-file` container logs: one object per line, `{"log":"…\n","stream":"stdout","time":"…"}`.
//!
//! A line of the container that is longer than 16 KiB comes in several objects, of which only the last ends with a
//! line feed in `log`. The last words of a program that ends without one have none either. What the container wrote is data: colour codes and all. Which container it was stands in the
//! path, not in the record; `attrs` holds the labels and variables that the log driver was told to add.
//!
//! Sources: moby `daemon/logger/jsonfilelog`, `daemon/logger/copier.go`; a daemon that lost power leaves NUL bytes or
//! half an object before the next one.

use std::{borrow::Cow, collections::BTreeMap, fmt};

use model::{Address, Problem, ProblemKind, Timestamp};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};

use crate::{
    Batch, Decoder, Format, Source,
    messages::{Messages, Piece, whole_lines},
    records::{Fault, Framed, Framing, Origin, Reader, not_json},
    text,
};

/// The format.
pub(crate) struct DockerJsonLog;

const NAME: &str = "docker_json_log";

impl Format for DockerJsonLog {
    fn name(&self) -> &'static str {
        NAME
    }

    fn sniff(&self, head: &[u8]) -> u8 {
        match whole_lines(head, has_shape) {
            (0, _) => 0,
            // More than the formats that look through this wrapper: here the other messages are kept too.
            (_, 0) => 98,
            (ours, others) => u8::try_from(50 * ours / (ours + others)).unwrap_or(0),
        }
    }

    fn decoder(&self, source: Source) -> Box<dyn Decoder> {
        let reader = LineReader { messages: Messages::new(NAME, &source) };
        Box::new(Framed::new(source, Framing::lines(), reader))
    }
}

/// Whether the line is such an object, by the names of its fields. A very long one may end behind what was read.
fn has_shape(line: &[u8]) -> bool {
    let line = trimmed(line);
    let has = |name: &[u8]| line.len() > 4096 || memchr::memmem::find(line, name).is_some();
    // A member of the object itself: clouds put `log` and `stream` into an object of theirs.
    let own = |at: usize| memchr::memrchr(b'{', &line[..at]) == Some(0);
    memchr::memmem::find(line, b"\"log\":\"").is_some_and(own) && has(b"\"stream\":\"std") && has(b"\"time\":\"")
}

/// Without white space around it and without the NUL bytes that a power failure leaves.
fn trimmed(line: &[u8]) -> &[u8] {
    let start = line.iter().position(|&byte| byte != 0 && !byte.is_ascii_whitespace()).unwrap_or(line.len());
    line[start..].trim_ascii_end()
}

/// One object.
#[derive(Default)]
struct Record<'a> {
    log: Option<Cow<'a, str>>,
    stream: Option<Cow<'a, str>>,
    time: Option<Cow<'a, str>>,
    attrs: model::Facts,
    /// A field that no version writes.
    unknown: Option<Cow<'a, str>>,
}

/// Bytes after which Docker cuts a line.
const BUFFER_BYTES: usize = 16 * 1024;
/// Attributes of a line that are kept; the driver adds the labels and variables that a person listed.
const ATTRIBUTES_MAX: usize = 64;

struct LineReader {
    messages: Messages,
}

impl Reader for LineReader {
    fn record(&mut self, line: &[u8], origin: &Origin<'_>, out: &mut Batch) -> Result<(), Fault> {
        let line = trimmed(line);
        let (record, lost) = read(line).map_err(|fault| match fault {
            (ProblemKind::NotARecord, text) if !origin.ended && line.starts_with(b"{") => (ProblemKind::Torn, text),
            fault => fault,
        })?;
        if lost > 0 {
            let address = Address { length: lost as u64, ..origin.address };
            let text = "half an object before the next one, as a power failure leaves it".to_string();
            out.problems.push(Problem { kind: ProblemKind::Torn, address, text });
        }
        if let Some(name) = &record.unknown {
            out.unmapped.note(name);
        }
        let Some(log) = &record.log else {
            return Err((ProblemKind::NotARecord, "no container log line: `log` is missing".to_string()));
        };
        let time = record.time.as_deref().and_then(|text| Timestamp::parse(text).ok());
        if time.is_none() {
            let text = "no time that can be read in this container log line".to_string();
            out.problems.push(Problem { kind: ProblemKind::BadTime, address: origin.address, text });
        }
        let whole = log.strip_suffix('\n').map(|log| log.strip_suffix('\r').unwrap_or(log));
        let piece = Piece {
            text: whole.unwrap_or(log).as_bytes(),
            last: whole.is_some(),
            full: log.len() >= BUFFER_BYTES,
            time,
            stream: record.stream.as_deref().unwrap_or("unknown"),
            facts: record.attrs,
        };
        self.messages.piece(piece, origin, out);
        Ok(())
    }

    fn finish(&mut self, out: &mut Batch) {
        self.messages.finish(out);
    }
}

/// Reads the object of a line, or the last one when the line starts with the half of another: with how many bytes were lost.
fn read(line: &[u8]) -> Result<(Record<'_>, usize), Fault> {
    let cause = match serde_json::from_slice(line) {
        Ok(record) => return Ok((record, 0)),
        Err(cause) => cause,
    };
    let start = memchr::memmem::rfind(line, b"{\"log\":\"").filter(|&start| start > 0);
    let rest = start.and_then(|start| Some((serde_json::from_slice(&line[start..]).ok()?, start)));
    rest.ok_or_else(|| not_json("container log line", &cause))
}

impl<'de: 'a, 'a> Deserialize<'de> for Record<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(RecordVisitor)
    }
}

/// A text that is borrowed where it has no escapes.
#[derive(serde::Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

struct RecordVisitor;

impl<'de> Visitor<'de> for RecordVisitor {
    type Value = Record<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with `log`, `stream` and `time`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut record = Record::default();
        while let Some(Text(name)) = map.next_key()? {
            match name.as_ref() {
                "log" => record.log = map.next_value::<Option<Text<'_>>>()?.map(|text| text.0),
                "stream" => record.stream = map.next_value::<Option<Text<'_>>>()?.map(|text| text.0),
                "time" => record.time = map.next_value::<Option<Text<'_>>>()?.map(|text| text.0),
                "attrs" => {
                    let attrs = map.next_value::<Option<BTreeMap<String, String>>>()?.unwrap_or_default();
                    let facts = attrs.iter().take(ATTRIBUTES_MAX);
                    record.attrs = facts
                        .map(|(name, value)| {
                            (format!("attrs.{}", text::fact(name.as_bytes())), text::fact(value.as_bytes()))
                        })
                        .collect();
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                    record.unknown = Some(name);
                }
            }
        }
        Ok(record)
    }
}
