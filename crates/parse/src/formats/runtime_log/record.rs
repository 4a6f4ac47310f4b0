//! One line of a daemon, whatever its shape: time, level, message and further fields.

use std::borrow::Cow;

use model::{ProblemKind, TimeBasis, Timestamp};
use serde_json::value::RawValue;

use super::logfmt;
use crate::records::{Fault, not_json};

/// What a line states.
#[derive(Default)]
pub(super) struct Record<'a> {
    /// Its own time, with what it counts from; `None` where it has none that can be read.
    pub time: Option<(Timestamp, TimeBasis)>,
    pub level: Cow<'a, str>,
    pub message: Cow<'a, str>,
    /// The other fields, in their order, under their own names.
    pub fields: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    /// What stands before the record on its line.
    pub prefix: &'a str,
    /// The line ends inside a value.
    pub torn: bool,
}

impl<'a> Record<'a> {
    /// The field of that name.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|field| field.0 == name).map(|field| field.1.as_ref())
    }

    /// Takes one field; the first of a name counts for time, level and message.
    fn take(&mut self, key: Cow<'a, str>, value: Cow<'a, str>) {
        match key.as_ref() {
            "time" if self.time.is_none() => {
                self.time = Timestamp::parse(&value).ok().map(|time| (time, TimeBasis::Utc));
                if self.time.is_none() {
                    self.fields.push((key, value));
                }
            }
            "level" if self.level.is_empty() => self.level = value,
            "msg" if self.message.is_empty() => self.message = value,
            _ => self.fields.push((key, value)),
        }
    }

    fn pairs(&mut self, text: &'a str) {
        for pair in logfmt::pairs(text) {
            self.torn |= pair.torn;
            if pair.key.is_empty() {
                // Text behind the fields, as old daemons and pagers leave it.
                self.fields.push((Cow::Borrowed("text"), pair.value));
            } else {
                self.take(Cow::Borrowed(pair.key), pair.value);
            }
        }
    }

    /// `time="…" level=… msg=…` from byte `start` on. `None` where it has neither level nor message.
    pub fn of_logfmt(text: &'a str, start: usize) -> Option<Self> {
        let mut record = Self { fields: Vec::with_capacity(8), ..Self::default() };
        record.prefix = text.get(..start)?.trim_end();
        record.pairs(text.get(start..)?);
        (!record.level.is_empty() || !record.message.is_empty()).then_some(record)
    }

    /// The same as a JSON object. Values that are no texts are kept as JSON.
    pub fn of_json(text: &'a str) -> Result<Option<Self>, Fault> {
        let object: Members<'a> = serde_json::from_str(text).map_err(|cause| not_json("daemon's message", &cause))?;
        let mut record = Self::default();
        for (key, value) in object.0 {
            let value = match serde_json::from_str::<Text<'a>>(value.get()) {
                Ok(text) => text.0,
                Err(_) if value.get() == "null" => continue,
                Err(_) => Cow::Borrowed(value.get()),
            };
            record.take(key, value);
        }
        if record.message.is_empty() && record.level.is_empty() {
            return Err((ProblemKind::NotARecord, "a JSON object without `level` and `msg`".to_string()));
        }
        Ok(Some(record))
    }

    /// `INFO[2026-11-22T23:28:52.1Z] message   key=value`, as daemons write to a terminal. `INFO[0013]` counts seconds
    /// since the daemon's start, which nothing tells.
    pub fn of_terminal(text: &'a str) -> Option<Self> {
        let (level, rest) = text.split_once('[')?;
        let (time, rest) = rest.split_once(']')?;
        let level = match level {
            "TRAC" => "trace",
            "DEBU" => "debug",
            "INFO" => "info",
            "WARN" => "warning",
            "ERRO" => "error",
            "FATA" => "fatal",
            "PANI" => "panic",
            _ => return None,
        };
        let rest = rest.trim_start();
        let end = fields_start(rest);
        let mut record = Self {
            time: Timestamp::parse(time).ok().map(|time| (time, TimeBasis::Utc)),
            level: Cow::Borrowed(level),
            message: Cow::Borrowed(rest[..end].trim_end()),
            ..Self::default()
        };
        if record.time.is_none() {
            record.fields.push((Cow::Borrowed("uptime_seconds"), Cow::Borrowed(time)));
        }
        record.pairs(&rest[end..]);
        Some(record)
    }
}

/// Whether the line starts as [`Record::of_terminal`] reads it.
pub(super) fn is_terminal(line: &[u8]) -> bool {
    const LEVELS: [&[u8]; 7] = [b"TRAC[", b"DEBU[", b"INFO[", b"WARN[", b"ERRO[", b"FATA[", b"PANI["];
    LEVELS.iter().any(|level| line.starts_with(level))
        && line[5..].iter().take(40).find(|byte| !b"0123456789-:.TZ+ ".contains(byte)) == Some(&b']')
}

/// Where the fields behind a message begin. The terminal form pads messages to 44 characters, then a space.
fn fields_start(text: &str) -> usize {
    let mut at = text.len();
    // The last run of `key=value` words, found from the end. A quoted value may hold anything, so the search is for the
    // first word that looks like a key and stands behind the padding.
    for (space, _) in text.match_indices(' ') {
        let word = &text[space + 1..];
        let key = word.bytes().position(|byte| !byte.is_ascii_alphanumeric() && !b"_.-".contains(&byte));
        if space >= 43 && key.is_some_and(|end| end > 0 && word.as_bytes()[end] == b'=') {
            at = space + 1;
            break;
        }
    }
    at
}

#[derive(serde::Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// Members of one object that are read; real ones have about ten.
const MEMBERS_MAX: usize = 64;

/// The members of an object in their order, values as they are written.
struct Members<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de: 'a, 'a> serde::Deserialize<'de> for Members<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Vec<(Cow<'de, str>, &'de RawValue)>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::with_capacity(8);
                while let Some((Text(key), value)) = map.next_entry::<Text<'de>, &'de RawValue>()? {
                    if members.len() < MEMBERS_MAX {
                        members.push((key, value));
                    }
                }
                Ok(members)
            }
        }
        deserializer.deserialize_map(Visitor).map(Self)
    }
}
