//! The fields of a stored record by dotted path, taken straight from its JSON: whether the record nests them, spells the
//! path out, or both.

use std::{borrow::Cow, fmt};

use model::{BUILDS_CONTAINER, CARRIED_BY, Facts, LAUNCHED_BY};
use serde::{
    Deserializer,
    de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor},
};

use crate::{
    json_tree::{Arena, Key, Node},
    json_values::cut,
    records::{Fault, not_json},
};

/// Fields of one record that are kept; real ones have some dozens to two hundred.
const FIELDS_MAX: usize = 512;
/// Names in front of a field (`kubernetes.pod.…`) that are followed; what is deeper is kept as JSON.
const DEPTH_MAX: usize = 8;
/// Names that mean something else in this program.
const OURS: [&str; 3] = [BUILDS_CONTAINER, LAUNCHED_BY, CARRIED_BY];

/// Room for the fields of a usual record.
const USUAL_BYTES: usize = 1024;
const USUAL_FIELDS: usize = 32;

/// The fact whose name is `place` followed by `name`, of names that this program knows: at most 64 bytes.
pub(crate) fn get_in<'f>(facts: &'f Facts, place: &str, name: &str) -> Option<&'f str> {
    if place.is_empty() {
        return facts.get(name);
    }
    let mut joined = [0; 64];
    let length = place.len() + name.len();
    joined.get_mut(..place.len())?.copy_from_slice(place.as_bytes());
    joined.get_mut(place.len()..length)?.copy_from_slice(name.as_bytes());
    facts.get(std::str::from_utf8(&joined[..length]).ok()?)
}

/// What is read of a record.
pub(crate) struct Fields<'a> {
    pub facts: Facts,
    kept: Vec<(&'static str, Node<'a>)>,
}

impl<'a> Fields<'a> {
    /// The value of that path, one of those that [`Wanted::keep`] names.
    pub fn kept(&self, path: &str) -> Option<&Node<'a>> {
        self.kept.iter().find(|kept| kept.0 == path).map(|kept| &kept.1)
    }
}

/// What is to be read.
pub(crate) struct Wanted {
    /// Paths that are no facts: the original record, which the address leads to.
    pub skip: &'static [&'static str],
    /// Of these paths the value is kept, if it is a list or no fact.
    pub keep: &'static [&'static str],
}

/// Reads the fields of one JSON text; `what` names it in a fault. A text that is no object has none.
pub(crate) fn read<'a>(
    text: &'a str,
    what: &str,
    wanted: &'static Wanted,
    arena: &'a Arena,
) -> Result<Fields<'a>, Fault> {
    let fields = Fields { facts: Facts::with_room(USUAL_BYTES, USUAL_FIELDS), kept: Vec::new() };
    let mut walk = Walk { wanted, path: String::with_capacity(128), depth: 0, taken: 0, fields, arena };
    let mut json = serde_json::Deserializer::from_str(text);
    walk.deserialize(&mut json).and_then(|()| json.end()).map_err(|cause| not_json(what, &cause))?;
    Ok(walk.fields)
}

/// Goes through a record.
struct Walk<'a> {
    wanted: &'static Wanted,
    /// Of the value that comes next.
    path: String,
    /// Names in that path, as the record nests them.
    depth: usize,
    taken: usize,
    fields: Fields<'a>,
    arena: &'a Arena,
}

impl<'a> Walk<'a> {
    fn take(&mut self, value: Cow<'_, str>) {
        if self.depth == 0 || value.is_empty() {
            return;
        }
        self.taken += 1;
        if !OURS.contains(&self.path.as_str()) {
            const MAX: usize = crate::json_values::TEXT_CHARS_MAX;
            let short = |text: &str| (text.len() > MAX).then(|| cut(text));
            let (path, text) = (short(&self.path), short(&value));
            self.fields.facts.insert(path.as_deref().unwrap_or(&self.path), text.as_deref().unwrap_or(&value));
        }
    }

    fn keep(&mut self, path: &'static str, node: Node<'a>) {
        if !node.is_null() && self.fields.kept(path).is_none() {
            self.fields.kept.push((path, node));
        }
    }

    /// Whether the value at this path is kept, and under which name.
    fn kept_as(&self) -> Option<&'static str> {
        self.wanted.keep.iter().copied().find(|path| *path == self.path)
    }

    /// The value that comes next, at this path.
    fn value<A: MapAccess<'a>>(&mut self, access: &mut A) -> Result<(), A::Error> {
        if self.taken >= FIELDS_MAX {
            access.next_value::<IgnoredAny>()?;
        } else if !self.wanted.skip.contains(&self.path.as_str()) {
            access.next_value_seed(self)?;
        } else if let Some(path) = self.kept_as() {
            let node = Node::of_member(access, self.arena)?;
            self.keep(path, node);
        } else {
            access.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }
}

impl<'a> DeserializeSeed<'a> for &mut Walk<'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'a> Visitor<'a> for &mut Walk<'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.take(Cow::Borrowed(if value { "true" } else { "false" }));
        Ok(())
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        self.take(Cow::Owned(value.to_string()));
        Ok(())
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        self.take(Cow::Owned(value.to_string()));
        Ok(())
    }

    fn visit_f64<E>(self, value: f64) -> Result<(), E> {
        self.take(Cow::Owned(value.to_string()));
        Ok(())
    }

    fn visit_str<E>(self, value: &str) -> Result<(), E> {
        self.take(Cow::Borrowed(value));
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'a>>(self, access: A) -> Result<(), A::Error> {
        let list = Node::of_list(access, self.arena)?;
        if let Some(text) = list.text() {
            self.take(text);
        }
        if let Some(path) = self.kept_as() {
            self.keep(path, list);
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'a>>(self, mut access: A) -> Result<(), A::Error> {
        if self.depth > DEPTH_MAX {
            if let Some(text) = Node::of_map(access, self.arena)?.text() {
                self.take(text);
            }
            return Ok(());
        }
        let length = self.path.len();
        self.depth += 1;
        while let Some(Key(name)) = access.next_key()? {
            if length > 0 {
                self.path.push('.');
            }
            self.path.push_str(&name);
            self.value(&mut access)?;
            self.path.truncate(length);
        }
        self.depth -= 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WANTED: Wanted = Wanted { skip: &["s", "k.original"], keep: &["k.original", "a.d"] };

    #[test]
    fn nested_and_dotted_fields_are_the_same() {
        let arena = Arena::default();
        let text =
            "{\"a\":{\"b.c\":1,\"d\":[\"x\",\"y\"]},\"e.f\":{\"g\":null,\"h\":{\"i\":true}},\"builds_container\":\"x\",
            \"s\":2,\"k\":{\"original\":{\"l\":\"m\"}},\"a.b.c\":3}";
        let fields = read(text, "x", &WANTED, &arena).unwrap();
        assert_eq!(fields.kept("k.original").map(Node::to_string).as_deref(), Some("{\"l\":\"m\"}"));
        assert_eq!(fields.kept("a.d").map(|list| list.items().len()), Some(2));
        assert_eq!((get_in(&fields.facts, "e.f.", "h.i"), fields.facts.get("e.f.g")), (Some("true"), None));
        assert_eq!(fields.facts.sorted(), [("a.b.c", "3"), ("a.d", "x y"), ("e.f.h.i", "true")]);
    }

    #[test]
    fn fields_and_depth_are_bounded() {
        let arena = Arena::default();
        let many: Vec<String> = (0..2000).map(|at| format!("\"f{at}\":{at}")).collect();
        let facts = read(&format!("{{{}}}", many.join(",")), "x", &WANTED, &arena).unwrap().facts;
        assert_eq!((facts.get("f511"), facts.get("f512"), facts.len()), (Some("511"), None, FIELDS_MAX));
        let deep = format!("{}1{}", "{\"a\":".repeat(20), "}".repeat(20));
        let facts = read(&deep, "x", &WANTED, &arena).unwrap().facts;
        let name = ["a"; DEPTH_MAX + 1].join(".");
        assert!(facts.get(&name).is_some_and(|text| text.starts_with("{\"a\":")) && facts.len() == 1, "{facts:?}");
        assert!(read(&"{\"a\":".repeat(10_000), "x", &WANTED, &arena).is_err());
        assert!(
            read("[1]", "x", &WANTED, &arena).unwrap().facts.is_empty() && read("{} x", "x", &WANTED, &arena).is_err()
        );
    }
}
