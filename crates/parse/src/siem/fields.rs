//! The fields of a stored record by dotted path, taken straight from its JSON: whether the record nests them, spells the
//! path out, or both.

use std::{borrow::Cow, fmt};

use model::{BUILDS_CONTAINER, CARRIED_BY, LAUNCHED_BY};
use serde::{
    Deserializer,
    de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor},
};

use crate::{
    json_tree::{Key, Node},
    json_values::cut,
    records::{Fault, not_json},
};

/// Fields of one record that are kept; real ones have some dozens to two hundred.
const FIELDS_MAX: usize = 512;
/// Names in front of a field (`kubernetes.pod.…`) that are followed; what is deeper is kept as JSON.
const DEPTH_MAX: usize = 8;
/// Names that mean something else in this program.
const OURS: [&str; 3] = [BUILDS_CONTAINER, LAUNCHED_BY, CARRIED_BY];

/// Chains of fields in the index: more than a usual record has fields.
const CHAINS: usize = 128;
/// The end of a chain.
const END: u16 = u16::MAX;

/// Facts of an event: fields by dotted path. An event is asked for some fifty names of which it has ten, so that they
/// are found by a cheap mark of the name instead of by comparing names.
pub(crate) struct Facts {
    /// Name and value of each field, one behind the other.
    text: String,
    fields: Vec<Field>,
    /// The latest field of each chain.
    latest: [u16; CHAINS],
    /// For each field, the one before it in its chain.
    before: Vec<u16>,
}

/// Where a field stands in the text.
#[derive(Clone, Copy)]
struct Field {
    start: usize,
    middle: usize,
    end: usize,
}

/// The chain of a name: by its length, its first and its last letters. Few names share them all.
#[inline]
fn chain(name: &[u8]) -> usize {
    let ends = match *name {
        [first, .., third, second, last] => [first, third, second, last],
        [first, .., last] => [first, 0, 0, last],
        _ => [0; 4],
    };
    let mark = u32::from_le_bytes(ends) ^ (name.len() as u32) << 5;
    // Fibonacci hashing: the upper bits depend on all lower ones.
    (mark.wrapping_mul(0x9e37_79b9) >> 25) as usize % CHAINS
}

impl Facts {
    fn new() -> Self {
        Self {
            text: String::with_capacity(1024),
            fields: Vec::with_capacity(32),
            latest: [END; CHAINS],
            before: Vec::with_capacity(32),
        }
    }

    fn name(&self, at: usize) -> &str {
        let field = self.fields[at];
        &self.text[field.start..field.middle]
    }

    fn value(&self, at: usize) -> &str {
        let field = self.fields[at];
        &self.text[field.middle..field.end]
    }

    /// The place of a field.
    #[inline]
    fn find(&self, name: &[u8]) -> Option<usize> {
        let mut at = self.latest[chain(name)];
        while at != END {
            if self.name(usize::from(at)).as_bytes() == name {
                return Some(usize::from(at));
            }
            at = self.before[usize::from(at)];
        }
        None
    }

    /// The field of that name.
    #[inline]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.find(name.as_bytes()).map(|at| self.value(at))
    }

    /// The field whose name is `place` followed by `name`, of names that this program knows: at most 64 bytes.
    pub fn get_in(&self, place: &str, name: &str) -> Option<&str> {
        let mut joined = [0; 64];
        let length = place.len() + name.len();
        joined.get_mut(..place.len())?.copy_from_slice(place.as_bytes());
        joined.get_mut(place.len()..length)?.copy_from_slice(name.as_bytes());
        self.find(&joined[..length]).map(|at| self.value(at))
    }

    /// Sets a field. Of one in two spellings the later stays.
    pub fn insert(&mut self, name: &str, value: &str) {
        let start = self.text.len();
        let middle = start + name.len();
        let field = Field { start, middle, end: middle + value.len() };
        let known = self.find(name.as_bytes());
        self.text.push_str(name);
        self.text.push_str(value);
        if let Some(at) = known {
            self.fields[at] = field;
            return;
        }
        // Bounded by `FIELDS_MAX` and the few that formats add.
        let Some(at) = u16::try_from(self.fields.len()).ok().filter(|at| *at != END) else { return };
        self.before.push(std::mem::replace(&mut self.latest[chain(name.as_bytes())], at));
        self.fields.push(field);
    }

    /// Whether a field's name starts with `place` followed by `name`.
    pub fn has_below(&self, place: &str, name: &str) -> bool {
        (0..self.fields.len()).any(|at| self.name(at).strip_prefix(place).is_some_and(|rest| rest.starts_with(name)))
    }

    /// As the facts of an event.
    pub fn into_facts(self) -> model::Facts {
        let mut order: Vec<usize> = (0..self.fields.len()).collect();
        order.sort_unstable_by_key(|at| self.name(*at));
        order.into_iter().map(|at| (self.name(at), self.value(at))).collect()
    }
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
pub(crate) fn read<'a>(text: &'a str, what: &str, wanted: &'static Wanted) -> Result<Fields<'a>, Fault> {
    let fields = Fields { facts: Facts::new(), kept: Vec::new() };
    let mut walk = Walk { wanted, path: String::with_capacity(128), depth: 0, taken: 0, fields };
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
            let node = access.next_value()?;
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
        let list = Node::of_list(access)?;
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
            if let Some(text) = Node::of_map(access)?.text() {
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
        let text =
            "{\"a\":{\"b.c\":1,\"d\":[\"x\",\"y\"]},\"e.f\":{\"g\":null,\"h\":{\"i\":true}},\"builds_container\":\"x\",
            \"s\":2,\"k\":{\"original\":{\"l\":\"m\"}},\"a.b.c\":3}";
        let fields = read(text, "x", &WANTED).unwrap();
        assert_eq!(fields.kept("k.original").map(Node::to_string).as_deref(), Some("{\"l\":\"m\"}"));
        assert_eq!(fields.kept("a.d").map(|list| list.items().len()), Some(2));
        assert!(fields.facts.has_below("e.", "f.h") && !fields.facts.has_below("e.", "g"));
        assert_eq!((fields.facts.get_in("e.f.", "h.i"), fields.facts.get("e.f.g")), (Some("true"), None));
        let facts = fields.facts.into_facts();
        let facts: Vec<_> = facts.iter().collect();
        assert_eq!(facts, [("a.b.c", "3"), ("a.d", "x y"), ("e.f.h.i", "true")]);
    }

    #[test]
    fn fields_and_depth_are_bounded() {
        let many: Vec<String> = (0..2000).map(|at| format!("\"f{at}\":{at}")).collect();
        let facts = read(&format!("{{{}}}", many.join(",")), "x", &WANTED).unwrap().facts;
        assert_eq!((facts.get("f511"), facts.get("f512"), facts.fields.len()), (Some("511"), None, FIELDS_MAX));
        let deep = format!("{}1{}", "{\"a\":".repeat(20), "}".repeat(20));
        let facts = read(&deep, "x", &WANTED).unwrap().facts.into_facts();
        let name = ["a"; DEPTH_MAX + 1].join(".");
        assert!(facts.get(&name).is_some_and(|text| text.starts_with("{\"a\":")) && facts.len() == 1, "{facts:?}");
        assert!(read(&"{\"a\":".repeat(10_000), "x", &WANTED).is_err());
        assert!(read("[1]", "x", &WANTED).unwrap().facts.fields.is_empty() && read("{} x", "x", &WANTED).is_err());
    }
}
