//! A JSON value that borrows its text: what formats with changing, nested fields are read into.
//!
//! Cheaper than `serde_json::Value` (no copies of text, objects are lists in the order of the record, all lists of a
//! record in one piece of memory), and lenient: recorders write one field as a number, as text, or as `{"value": …}`, depending on version and options.
//! Depth is bounded by `serde_json` (128), size by the line.

use std::{borrow::Cow, fmt};

use bumpalo::Bump;
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor},
};

use model::ProblemKind;

use crate::{
    Unmapped,
    records::{Fault, not_json},
};

/// Memory for the values of one record, given back all at once.
#[derive(Default)]
pub(crate) struct Arena(Bump);

/// A JSON value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Node<'a> {
    Null,
    Bool(bool),
    Int(i64),
    /// Beyond 63 bits.
    Big(u64),
    Float(f64),
    Text(&'a str),
    List(&'a [Node<'a>]),
    Map(&'a [(&'a str, Node<'a>)]),
}

/// Reads one JSON text. The text is checked for UTF-8 once, rather than string by string.
pub(crate) fn read<'a>(text: &'a [u8], what: &str, arena: &'a Arena) -> Result<Node<'a>, Fault> {
    read_without(text, what, &NOTHING, arena)
}

/// Reads everything.
const NOTHING: Skipped = Skipped { below: "", fields: &[] };

/// Fields that are passed over: what nobody reads costs no memory then.
pub(crate) struct Skipped {
    /// Only below members of that name.
    pub below: &'static str,
    pub fields: &'static [&'static str],
}

/// Reads one JSON text but for some fields.
pub(crate) fn read_without<'a>(
    text: &'a [u8],
    what: &str,
    skipped: &Skipped,
    arena: &'a Arena,
) -> Result<Node<'a>, Fault> {
    text_without(utf8(text, what)?, skipped, arena).map_err(|cause| not_json(what, &cause))
}

/// Bytes as the text that a JSON value stands in; `what` names it in a fault.
pub(crate) fn utf8<'a>(text: &'a [u8], what: &str) -> Result<&'a str, Fault> {
    std::str::from_utf8(text)
        .map_err(|_| (ProblemKind::NotARecord, format!("no {what} in JSON: bytes that are no UTF-8")))
}

/// The same as [`read_without`] for a text.
pub(crate) fn text_without<'a>(text: &'a str, skipped: &Skipped, arena: &'a Arena) -> serde_json::Result<Node<'a>> {
    let mut json = serde_json::Deserializer::from_str(text);
    let mut open = Open::default();
    let node = NodeSeed { skipped, below: false, arena, open: &mut open }.deserialize(&mut json)?;
    json.end().map(|()| node)
}

static NULL: Node<'static> = Node::Null;

impl<'a> Node<'a> {
    /// A list that a visitor of another kind has come to.
    pub fn of_list<A: SeqAccess<'a>>(access: A, arena: &'a Arena) -> Result<Self, A::Error> {
        NodeSeed { skipped: &NOTHING, below: false, arena, open: &mut Open::default() }.visit_seq(access)
    }

    /// The same for an object.
    pub fn of_map<A: MapAccess<'a>>(access: A, arena: &'a Arena) -> Result<Self, A::Error> {
        NodeSeed { skipped: &NOTHING, below: false, arena, open: &mut Open::default() }.visit_map(access)
    }

    /// The same for the value that comes next in an object.
    pub fn of_member<A: MapAccess<'a>>(access: &mut A, arena: &'a Arena) -> Result<Self, A::Error> {
        access.next_value_seed(NodeSeed { skipped: &NOTHING, below: false, arena, open: &mut Open::default() })
    }

    /// The member of that name; null when there is none.
    pub fn get(&self, name: &str) -> &'a Node<'a> {
        match self {
            Self::Map(fields) => fields.iter().find(|field| field.0 == name).map_or(&NULL, |field| &field.1),
            _ => &NULL,
        }
    }

    /// The first member that exists under one of the names (`hostPid`, `host_pid`).
    pub fn any(&self, names: &[&str]) -> &'a Node<'a> {
        names.iter().map(|name| self.get(name)).find(|node| !node.is_null()).unwrap_or(&NULL)
    }

    pub fn is_null(&self) -> bool {
        *self == Self::Null
    }

    pub fn fields(&self) -> &'a [(&'a str, Node<'a>)] {
        match self {
            Self::Map(fields) => fields,
            _ => &[],
        }
    }

    pub fn items(&self) -> &'a [Node<'a>] {
        match self {
            Self::List(items) => items,
            _ => &[],
        }
    }

    /// A text that is not empty.
    pub fn str(&self) -> Option<&'a str> {
        match self {
            Self::Text(text) if !text.is_empty() => Some(text),
            Self::Map(_) => Some(self.get("value")).filter(|inner| !matches!(inner, Self::Map(_)))?.str(),
            _ => None,
        }
    }

    /// A whole number, written as one, as text, or wrapped in `value`. What needs 64 bits comes out negative,
    /// as the kernel's return values do that were written unsigned.
    pub fn int(&self) -> Option<i64> {
        match self {
            Self::Int(number) => Some(*number),
            Self::Big(number) => Some(number.cast_signed()),
            Self::Text(text) => text
                .parse::<i64>()
                .ok()
                .or_else(|| text.parse::<u64>().ok().map(u64::cast_signed))
                .or_else(|| crate::text::hex_number(text.strip_prefix("0x")?.as_bytes()).map(u64::cast_signed)),
            Self::Map(_) => Some(self.get("value")).filter(|inner| !matches!(inner, Self::Map(_)))?.int(),
            _ => None,
        }
    }

    /// A user or process id; `None` when it is unset (4294967295, -1).
    pub fn id(&self) -> Option<u32> {
        self.int().and_then(|number| u32::try_from(number).ok()).filter(|&number| number != u32::MAX)
    }

    /// A value as text for a fact: scalars as they are, lists of scalars with spaces, the rest as JSON. `None`: empty.
    pub fn text(&self) -> Option<Cow<'a, str>> {
        match self {
            Self::Null => None,
            Self::Text(text) => (!text.is_empty()).then_some(Cow::Borrowed(text)),
            Self::Bool(value) => Some(Cow::Borrowed(if *value { "true" } else { "false" })),
            Self::Int(number) => Some(Cow::Owned(number.to_string())),
            Self::Big(number) => Some(Cow::Owned(number.to_string())),
            Self::Float(number) => Some(Cow::Owned(number.to_string())),
            Self::Map(fields) if fields.len() == 1 && fields[0].0 == "value" => fields[0].1.text(),
            Self::Map([]) => None,
            Self::List([]) => None,
            Self::List(items) if items.iter().all(|item| !matches!(item, Self::Map(_) | Self::List(_))) => {
                let items: Vec<_> = items.iter().map(|item| item.text().unwrap_or_default()).collect();
                Some(Cow::Owned(items.join(" ")))
            }
            Self::Map(_) | Self::List(_) => {
                let mut text = String::with_capacity(128);
                self.write(&mut text);
                Some(Cow::Owned(text))
            }
        }
    }

    /// Whether [`Node::text`] is `None`.
    fn is_nothing(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Text(text) => text.is_empty(),
            Self::Map(fields) if fields.len() == 1 && fields[0].0 == "value" => fields[0].1.is_nothing(),
            Self::Map(fields) => fields.is_empty(),
            Self::List(items) => items.is_empty(),
            Self::Bool(_) | Self::Int(_) | Self::Big(_) | Self::Float(_) => false,
        }
    }

    /// Appends the value as JSON.
    fn write(&self, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Text(text) => quote(text, out),
            Self::List(items) => {
                out.push('[');
                for (at, item) in items.iter().enumerate() {
                    if at > 0 {
                        out.push(',');
                    }
                    item.write(out);
                }
                out.push(']');
            }
            Self::Map(fields) => {
                out.push('{');
                for (at, (name, value)) in fields.iter().enumerate() {
                    if at > 0 {
                        out.push(',');
                    }
                    quote(name, out);
                    out.push(':');
                    value.write(out);
                }
                out.push('}');
            }
            Self::Bool(_) | Self::Int(_) | Self::Big(_) | Self::Float(_) => {
                out.push_str(&self.text().unwrap_or_default());
            }
        }
    }

    /// Counts the fields that are not among `known`: dotted paths, `[]` for the members of a list. A known path
    /// covers all below it.
    pub fn note_unmapped(&self, known: &[&str], out: &mut Unmapped) {
        self.note_below(&mut String::new(), known, out);
    }

    fn note_below(&self, path: &mut String, known: &[&str], out: &mut Unmapped) {
        let length = path.len();
        for (name, value) in self.fields() {
            if length > 0 {
                path.push('.');
            }
            path.push_str(name);
            value.note_at(path, known, out);
            path.truncate(length);
        }
    }

    fn note_at(&self, path: &mut String, known: &[&str], out: &mut Unmapped) {
        if self.is_nothing() || known.contains(&path.as_str()) {
            return;
        }
        let below = |path: &str, end: &str| {
            known.iter().any(|known| known.strip_prefix(path).is_some_and(|rest| rest.starts_with(end)))
        };
        match self {
            Self::Map(_) if below(path, ".") => self.note_below(path, known, out),
            Self::List(items) if below(path, "[]") => {
                let length = path.len();
                path.push_str("[]");
                if !known.contains(&path.as_str()) {
                    items.iter().for_each(|item| item.note_below(path, known, out));
                }
                path.truncate(length);
            }
            _ => out.note(path),
        }
    }
}

/// Appends a text in quotes. Most need no escapes.
fn quote(text: &str, out: &mut String) {
    if text.bytes().any(|byte| byte < b' ' || byte == b'"' || byte == b'\\') {
        out.push_str(&serde_json::to_string(text).unwrap_or_default());
    } else {
        out.push('"');
        out.push_str(text);
        out.push('"');
    }
}

impl fmt::Display for Node<'_> {
    /// JSON.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        self.write(&mut text);
        f.write_str(&text)
    }
}

/// Members of the lists and objects that are being read, the innermost last: how many an object has is known at its end.
#[derive(Default)]
struct Open<'a> {
    items: Vec<Node<'a>>,
    fields: Vec<(&'a str, Node<'a>)>,
}

struct NodeSeed<'a, 's> {
    skipped: &'s Skipped,
    /// Whether this value stands where fields are passed over.
    below: bool,
    arena: &'a Arena,
    open: &'s mut Open<'a>,
}

impl<'a> NodeSeed<'a, '_> {
    fn member(&mut self, below: bool) -> NodeSeed<'a, '_> {
        NodeSeed { below, skipped: self.skipped, arena: self.arena, open: self.open }
    }
}

impl<'de> DeserializeSeed<'de> for NodeSeed<'de, '_> {
    type Value = Node<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

/// A key, borrowed where it has no escapes.
pub(crate) struct Key<'a>(pub Cow<'a, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(KeyVisitor)
    }
}

struct KeyVisitor;

impl<'de> Visitor<'de> for KeyVisitor {
    type Value = Key<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a field name")
    }

    fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Self::Value, E> {
        Ok(Key(Cow::Borrowed(name)))
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(Key(Cow::Owned(name.to_string())))
    }
}

impl<'de> Visitor<'de> for NodeSeed<'de, '_> {
    type Value = Node<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Node::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Node::Int(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(i64::try_from(value).map_or(Node::Big(value), Node::Int))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Node::Float(value))
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Self::Value, E> {
        Ok(Node::Text(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Node::Text(self.arena.0.alloc_str(value)))
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut access: A) -> Result<Self::Value, A::Error> {
        let start = self.open.items.len();
        let below = self.below;
        while let Some(item) = access.next_element_seed(self.member(below))? {
            self.open.items.push(item);
        }
        let items = self.arena.0.alloc_slice_copy(&self.open.items[start..]);
        self.open.items.truncate(start);
        Ok(Node::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut access: A) -> Result<Self::Value, A::Error> {
        let start = self.open.fields.len();
        while let Some(Key(key)) = access.next_key()? {
            if self.below && self.skipped.fields.contains(&&*key) {
                access.next_value::<IgnoredAny>()?;
                continue;
            }
            let below = self.below || key == self.skipped.below;
            let value = access.next_value_seed(self.member(below))?;
            let key = match key {
                Cow::Borrowed(key) => key,
                Cow::Owned(key) => self.arena.0.alloc_str(&key),
            };
            self.open.fields.push((key, value));
        }
        let fields = self.arena.0.alloc_slice_copy(&self.open.fields[start..]);
        self.open.fields.truncate(start);
        Ok(Node::Map(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_in_every_spelling() {
        let text = r#"{"a":5,"b":"5","c":{"value":5},"d":"18446744073709551614","e":18446744073709551614,"f":-1,"g":"0x10","h":4294967295,"i":"x"}"#;
        let arena = Arena::default();
        let node = read(text.as_bytes(), "x", &arena).unwrap();
        let ints: Vec<_> = node.fields().iter().map(|field| field.1.int()).collect();
        assert_eq!(
            ints,
            [Some(5), Some(5), Some(5), Some(-2), Some(-2), Some(-1), Some(16), Some(4_294_967_295), None]
        );
        assert_eq!((node.get("h").id(), node.get("a").id(), node.get("none").int()), (None, Some(5), None));
        assert_eq!(node.to_string(), text);
        let odd = "{\"a\\\"\":[\"\\\\\",\"\\u0001\",\"呼\",null,true,1.5]}";
        assert_eq!(read(odd.as_bytes(), "x", &arena).unwrap().to_string(), odd);
    }

    #[test]
    fn fields_are_passed_over_where_nobody_reads_them() {
        let skipped = Skipped { below: "parent", fields: &["ns"] };
        let arena = Arena::default();
        let text = br#"{"ns":1,"parent":{"ns":{"x":[1]},"pid":2,"in":{"ns":3}}}"#;
        assert_eq!(
            read_without(text, "x", &skipped, &arena).unwrap().to_string(),
            r#"{"ns":1,"parent":{"pid":2,"in":{}}}"#
        );
        assert!(read_without(br#"{"parent":{"ns":{"#, "x", &skipped, &arena).is_err());
        assert!(read(b"{} {}", "x", &arena).is_err() && read(b"\"\xff\"", "x", &arena).is_err());
    }

    #[test]
    fn what_nobody_reads_is_counted() {
        let text = br#"{"a":{"b":1,"c":2},"l":[{"x":1,"y":2},{"y":3}],"n":null,"o":{}}"#;
        let arena = Arena::default();
        let node = read(text, "x", &arena).unwrap();
        let mut out = Unmapped::default();
        for part in node.fields().iter().map(|field| &field.1).chain([&node]) {
            assert_eq!(part.is_nothing(), part.text().is_none(), "{part}");
        }
        node.note_unmapped(&["a.b", "l[].x"], &mut out);
        assert_eq!(out.fields, [("a.c".to_string(), 1), ("l[].y".to_string(), 2)].into());
    }
}
