//! The journal as JSON (`journalctl -o json`, `json-pretty`, `json-seq`, `json-sse`): an object per entry.
//!
//! Values are texts; what is no text is an array of bytes, a field that occurs several times an array of
//! values, and a field of 4 KiB and more `null` (without `--all`).
//!
//! Source: systemd "Journal JSON Format" in systemd.io/JOURNAL_EXPORT_FORMATS.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, SeqAccess, Visitor},
};

use crate::{
    Batch, Decoder, Format, Source,
    journal::{ENTRY_FIELDS_MAX, Entry, Field, Interpreter, VALUE_BYTES_MAX},
    json_tree,
    records::{self, Fault, Framed, Framing, Origin},
};

/// The format.
pub(crate) struct JournalJson;

impl Format for JournalJson {
    fn name(&self) -> &'static str {
        "journal_json"
    }

    fn sniff(&self, head: &[u8]) -> u8 {
        let is_entry = |text: &[u8]| {
            let has = |needle: &[u8]| memchr::memmem::find(text, needle).is_some();
            has(b"\"__REALTIME_TIMESTAMP\"") && (has(b"\"_BOOT_ID\"") || has(b"\"__CURSOR\""))
        };
        let start = body(head.trim_ascii_start());
        if !start.starts_with(b"{") && !start.starts_with(b"[") {
            return 0;
        }
        // A pretty object takes many lines, so the first 4 KiB count there.
        let lines = head.split(|&byte| byte == b'\n').filter(|line| !line.trim_ascii().is_empty()).take(16);
        match lines.filter(|line| is_entry(line)).count() {
            0 if is_entry(&head[..head.len().min(4096)]) => 90,
            0 => 0,
            _ => 97,
        }
    }

    fn decoder(&self, source: Source) -> Box<dyn Decoder> {
        Box::new(Framed::new(source, Framing::json(), EntryReader(Interpreter::new("journal_json"))))
    }
}

/// The object of a line: `json-seq` puts a record separator before it, `json-sse` the word `data:`.
fn body(line: &[u8]) -> &[u8] {
    let line = line.strip_prefix(b"\x1e").unwrap_or(line);
    line.strip_prefix(b"data:").unwrap_or(line).trim_ascii()
}

struct EntryReader(Interpreter);

impl records::Reader for EntryReader {
    fn record(&mut self, text: &[u8], origin: &Origin<'_>, out: &mut Batch) -> Result<(), Fault> {
        let text = json_tree::utf8(body(text), "journal entry")?;
        let object: Object<'_> =
            serde_json::from_str(text).map_err(|cause| records::not_json("journal entry", &cause))?;
        let mut entry = Entry { fields: Vec::with_capacity(object.0.len()), ..Entry::default() };
        for (name, values) in &object.0 {
            match values {
                Value::Text(text) => entry.take(field(name, Some(text))),
                Value::Several(values) => values.iter().for_each(|value| entry.take(field(name, value.as_deref()))),
                Value::Null | Value::Byte(_) => entry.take(field(name, None)),
            }
        }
        self.0.entry(&entry, origin.address, out)
    }

    fn finish(&mut self, out: &mut Batch) {
        self.0.finish(out);
    }
}

/// A field; without a value it was left out of the source.
fn field<'a>(name: &'a str, value: Option<&'a [u8]>) -> Field<'a> {
    let bytes = value.unwrap_or_default();
    let cut = value.is_none() || bytes.len() > VALUE_BYTES_MAX;
    Field { name: name.as_bytes(), value: bytes[..bytes.len().min(VALUE_BYTES_MAX)].into(), cut }
}

/// Names and their values, in the order of the object.
struct Object<'a>(Vec<(Cow<'a, str>, Value<'a>)>);
/// Several values of one name; `None` for `null`.
type Values<'a> = Vec<Option<Cow<'a, [u8]>>>;

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Object<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::with_capacity(32);
                while let Some((Name(name), value)) = map.next_entry::<Name<'de>, Value<'de>>()? {
                    if members.len() < ENTRY_FIELDS_MAX {
                        members.push((name, value.settled()));
                    }
                }
                Ok(Object(members))
            }
        }
        deserializer.deserialize_map(Members)
    }
}

#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

/// A value of an object, or an element of its arrays.
enum Value<'a> {
    Null,
    Text(Cow<'a, [u8]>),
    Byte(u8),
    Several(Values<'a>),
}

impl<'a> Value<'a> {
    /// A small number that stands by itself is a text; in an array it is a byte.
    fn settled(self) -> Self {
        match self {
            Self::Byte(byte) => Self::Text(byte.to_string().into_bytes().into()),
            other => other,
        }
    }

    fn all(self) -> Values<'a> {
        match self {
            Self::Null => vec![None],
            Self::Text(text) => vec![Some(text)],
            Self::Byte(byte) => vec![Some(byte.to_string().into_bytes().into())],
            Self::Several(values) => values,
        }
    }
}

impl<'de> Deserialize<'de> for Value<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Value<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text, bytes or null")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Value::Text(text.as_bytes().into()))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Value::Text(text.as_bytes().to_vec().into()))
            }

            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(Value::Null)
            }

            fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
                Ok(Value::Text(value.to_string().into_bytes().into()))
            }

            fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
                Ok(match u8::try_from(number) {
                    Ok(byte) => Value::Byte(byte),
                    Err(_) => Value::Text(number.to_string().into_bytes().into()),
                })
            }

            fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
                Ok(Value::Text(number.to_string().into_bytes().into()))
            }

            fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
                Ok(Value::Text(number.to_string().into_bytes().into()))
            }

            /// Numbers are the bytes of one value; anything else is a value of its own.
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let (mut bytes, mut values) = (Vec::new(), Vec::new());
                while let Some(element) = seq.next_element::<Value<'de>>()? {
                    match element {
                        Value::Byte(byte) => bytes.push(byte),
                        other if values.len() < ENTRY_FIELDS_MAX => values.extend(other.all()),
                        _ => {}
                    }
                }
                if !bytes.is_empty() || values.is_empty() {
                    values.push(Some(bytes.into()));
                }
                Ok(Value::Several(values))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Value::Null)
            }
        }
        deserializer.deserialize_any(Any)
    }
}
