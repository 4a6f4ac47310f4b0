//! Facts of an event: named texts.

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{MapAccess, Visitor},
};

/// Names and their texts, each name once, in the order in which they were given.
///
/// An event has dozens of them and a log has millions of events, so all texts of one event share one allocation
/// (a map of strings costs two for each), and a name is found by a mark rather than by comparing names: an event is
/// asked for some fifty names of which it has ten. Two are equal when they hold the same, in whatever order.
/// In artefacts: an object of strings.
#[derive(Clone, Default)]
pub struct Facts {
    /// Name and text of each entry, one behind the other; what was replaced or removed stays, without an entry.
    text: String,
    entries: Vec<Entry>,
    /// A bit for each mark that an entry has or had: where it is not set, there is no such entry.
    marks: u128,
}

#[derive(Clone, Copy)]
struct Entry {
    mark: u32,
    start: u32,
    middle: u32,
    end: u32,
}

impl Entry {
    fn name<'a>(&self, text: &'a str) -> &'a str {
        &text[self.start as usize..self.middle as usize]
    }

    fn value<'a>(&self, text: &'a str) -> &'a str {
        &text[self.middle as usize..self.end as usize]
    }
}

/// Room for an event's texts and entries, so that most events need no second allocation.
const USUAL_BYTES: usize = 256;
const USUAL_FACTS: usize = 12;

/// A number that few names share: made of the length, the first letter and the last ones.
#[inline]
fn mark(name: &str) -> u32 {
    let ends = match *name.as_bytes() {
        [first, .., third, second, last] => [first, third, second, last],
        [first, .., last] => [first, 0, 0, last],
        [only] => [only, 0, 0, 0],
        [] => [0; 4],
    };
    // Fibonacci hashing: the upper bits depend on all lower ones.
    (u32::from_le_bytes(ends) ^ (name.len() as u32) << 5).wrapping_mul(0x9e37_79b9)
}

#[inline]
fn bit(mark: u32) -> u128 {
    1 << (mark >> 25)
}

impl Facts {
    /// No facts.
    pub fn new() -> Self {
        Self::default()
    }

    /// No facts, and room for some: bytes of names and texts together, and how many.
    pub fn with_room(bytes: usize, facts: usize) -> Self {
        Self { text: String::with_capacity(bytes), entries: Vec::with_capacity(facts), marks: 0 }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The text of that name.
    #[inline]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.find(name, mark(name)).map(|at| self.entries[at].value(&self.text))
    }

    /// Whether that name has a text.
    #[inline]
    pub fn contains_key(&self, name: &str) -> bool {
        self.find(name, mark(name)).is_some()
    }

    /// Gives the name this text, in place of one that it had. More than 4 GiB of texts are not taken in.
    pub fn insert(&mut self, name: impl AsRef<str>, value: impl AsRef<str>) {
        let (name, value) = (name.as_ref(), value.as_ref());
        let mark = mark(name);
        let known = self.find(name, mark);
        self.write(name, mark, value, known);
    }

    /// Gives the name this text unless it has one. Returns whether it had none.
    pub fn insert_missing(&mut self, name: impl AsRef<str>, value: impl AsRef<str>) -> bool {
        let name = name.as_ref();
        let mark = mark(name);
        let missing = self.find(name, mark).is_none();
        if missing {
            self.write(name, mark, value.as_ref(), None);
        }
        missing
    }

    /// Takes the text of that name away and returns it.
    pub fn remove(&mut self, name: &str) -> Option<String> {
        let at = self.find(name, mark(name))?;
        Some(self.entries.remove(at).value(&self.text).to_string())
    }

    /// Names and texts, in the order in which the names were first given.
    pub fn iter(&self) -> Iter<'_> {
        Iter { text: &self.text, entries: self.entries.iter() }
    }

    /// The same by name.
    pub fn sorted(&self) -> Vec<(&str, &str)> {
        let mut all: Vec<_> = self.iter().collect();
        all.sort_unstable();
        all
    }

    #[inline]
    fn find(&self, name: &str, mark: u32) -> Option<usize> {
        if self.marks & bit(mark) == 0 {
            return None;
        }
        self.entries.iter().position(|entry| entry.mark == mark && entry.name(&self.text) == name)
    }

    fn write(&mut self, name: &str, mark: u32, value: &str, known: Option<usize>) {
        if self.text.capacity() == 0 {
            self.text.reserve(USUAL_BYTES.max(name.len() + value.len()));
            self.entries.reserve(USUAL_FACTS);
        }
        let Ok(end) = u32::try_from(self.text.len() + name.len() + value.len()) else { return };
        // Both lie before the end, which fits.
        let start = self.text.len() as u32;
        let entry = Entry { mark, start, middle: start + name.len() as u32, end };
        self.text.push_str(name);
        self.text.push_str(value);
        match known {
            Some(at) => self.entries[at] = entry,
            None => {
                self.marks |= bit(mark);
                self.entries.push(entry);
            }
        }
    }
}

/// Iterates over [`Facts`].
pub struct Iter<'a> {
    text: &'a str,
    entries: std::slice::Iter<'a, Entry>,
}

impl<'a> Iterator for Iter<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        self.entries.next().map(|entry| (entry.name(self.text), entry.value(self.text)))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.entries.size_hint()
    }
}

impl<'a> IntoIterator for &'a Facts {
    type Item = (&'a str, &'a str);
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<N: AsRef<str>, V: AsRef<str>> Extend<(N, V)> for Facts {
    fn extend<I: IntoIterator<Item = (N, V)>>(&mut self, facts: I) {
        for (name, value) in facts {
            self.insert(name, value);
        }
    }
}

impl<N: AsRef<str>, V: AsRef<str>> FromIterator<(N, V)> for Facts {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(facts: I) -> Self {
        let mut all = Self::new();
        all.extend(facts);
        all
    }
}

impl PartialEq for Facts {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len()
            && (self.entries.iter()).all(|entry| {
                let at = other.find(entry.name(&self.text), entry.mark);
                at.is_some_and(|at| other.entries[at].value(&other.text) == entry.value(&self.text))
            })
    }
}

impl Eq for Facts {}

impl fmt::Debug for Facts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl Serialize for Facts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de> Deserialize<'de> for Facts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = Facts;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of strings")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Facts, A::Error> {
                use std::borrow::Cow;

                /// Borrowed where the text has no escapes.
                #[derive(Deserialize)]
                #[serde(transparent)]
                struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

                let mut facts = Facts::new();
                while let Some((Text(name), Text(value))) = map.next_entry::<Text<'_>, Text<'_>>()? {
                    facts.insert(name, value);
                }
                Ok(facts)
            }
        }

        deserializer.deserialize_map(Members)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn facts_are_a_map_of_strings() {
        let names = ["b", "a", "c.d", "", "b", "é", "aXcd", "aYcd"];
        let mut facts = Facts::new();
        let mut map = BTreeMap::new();
        for (at, name) in names.iter().enumerate() {
            let value = "v".repeat(at);
            facts.insert(name, &value);
            map.insert((*name).to_string(), value);
        }
        let same = |facts: &Facts, map: &BTreeMap<String, String>| {
            assert!(facts.sorted().into_iter().eq(map.iter().map(|(name, value)| (name.as_str(), value.as_str()))));
            let json = serde_json::to_string(facts).unwrap();
            assert_eq!(&serde_json::from_str::<BTreeMap<String, String>>(&json).unwrap(), map);
            assert_eq!(&serde_json::from_str::<Facts>(&json).unwrap(), facts);
        };
        same(&facts, &map);
        assert_eq!(facts.iter().map(|(name, _)| name).collect::<Vec<_>>(), ["b", "a", "c.d", "", "é", "aXcd", "aYcd"]);
        assert_eq!(facts.remove("b"), map.remove("b"));
        assert!(!facts.insert_missing("a", "other") && facts.insert_missing("b", "again"));
        map.insert("b".to_string(), "again".to_string());
        same(&facts, &map);
        assert_eq!((facts.get("zzz"), facts.get("b"), facts.get("aYcd")), (None, Some("again"), Some("vvvvvvv")));
    }

    #[test]
    fn the_order_makes_no_difference() {
        let facts: Facts = [("a", "1"), ("b", "2")].into_iter().collect();
        let turned: Facts = [("b", "2"), ("a", "1")].into_iter().collect();
        assert_eq!(facts, turned);
        for other in [[("a", "1"), ("c", "2")], [("a", "1"), ("b", "3")]] {
            assert_ne!(facts, other.into_iter().collect());
        }
        assert_ne!(facts, [("a", "1")].into_iter().collect());
    }
}
