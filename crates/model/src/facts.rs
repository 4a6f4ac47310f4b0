//! Facts of an event: named texts in the order of their names.

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{MapAccess, Visitor},
};

/// Names and their texts, sorted by name, each name once.
///
/// An event has dozens of them and a log has millions of events, so all texts of one event share one allocation
/// (a map of strings costs two for each). In artefacts: an object of strings.
#[derive(Clone, Default)]
pub struct Facts {
    /// Name and text of each entry, one behind the other; what was replaced or removed stays, without an entry.
    text: String,
    /// Sorted by name.
    entries: Vec<Entry>,
}

#[derive(Clone, Copy)]
struct Entry {
    start: u32,
    name: u32,
    value: u32,
}

impl Entry {
    fn name<'a>(&self, text: &'a str) -> &'a str {
        let start = self.start as usize;
        &text[start..start + self.name as usize]
    }

    fn value<'a>(&self, text: &'a str) -> &'a str {
        let start = self.start as usize + self.name as usize;
        &text[start..start + self.value as usize]
    }
}

/// Room for an event's texts and entries, so that most events need no second allocation.
const USUAL_BYTES: usize = 256;
const USUAL_FACTS: usize = 12;

impl Facts {
    /// No facts.
    pub fn new() -> Self {
        Self::default()
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
    pub fn get(&self, name: &str) -> Option<&str> {
        self.find(name).ok().map(|at| self.entries[at].value(&self.text))
    }

    /// Whether that name has a text.
    pub fn contains_key(&self, name: &str) -> bool {
        self.find(name).is_ok()
    }

    /// Gives the name this text, in place of one that it had. More than 4 GiB of texts are not taken in.
    pub fn insert(&mut self, name: impl AsRef<str>, value: impl AsRef<str>) {
        let (name, value) = (name.as_ref(), value.as_ref());
        let place = self.find(name);
        let Some(entry) = self.write(name, value) else { return };
        match place {
            Ok(at) => self.entries[at] = entry,
            Err(at) => self.entries.insert(at, entry),
        }
    }

    /// Gives the name this text unless it has one. Returns whether it had none.
    pub fn insert_missing(&mut self, name: impl AsRef<str>, value: impl AsRef<str>) -> bool {
        let missing = !self.contains_key(name.as_ref());
        if missing {
            self.insert(name, value);
        }
        missing
    }

    /// Takes the text of that name away and returns it.
    pub fn remove(&mut self, name: &str) -> Option<String> {
        let at = self.find(name).ok()?;
        Some(self.entries.remove(at).value(&self.text).to_string())
    }

    /// Keeps those for which `keep` says so.
    pub fn retain(&mut self, mut keep: impl FnMut(&str, &str) -> bool) {
        let text = &self.text;
        self.entries.retain(|entry| keep(entry.name(text), entry.value(text)));
    }

    /// Names and texts, by name.
    pub fn iter(&self) -> Iter<'_> {
        Iter { text: &self.text, entries: self.entries.iter() }
    }

    fn find(&self, name: &str) -> Result<usize, usize> {
        // Records often give their fields in the order of the names.
        match self.entries.last() {
            Some(last) if last.name(&self.text) < name => Err(self.entries.len()),
            _ => self.entries.binary_search_by(|entry| entry.name(&self.text).cmp(name)),
        }
    }

    fn write(&mut self, name: &str, value: &str) -> Option<Entry> {
        if self.text.capacity() == 0 {
            self.text.reserve(USUAL_BYTES.max(name.len() + value.len()));
            self.entries.reserve(USUAL_FACTS);
        }
        let end = self.text.len() + name.len() + value.len();
        u32::try_from(end).ok()?;
        let length = |text: &str| u32::try_from(text.len()).ok();
        let entry = Entry { start: u32::try_from(self.text.len()).ok()?, name: length(name)?, value: length(value)? };
        self.text.push_str(name);
        self.text.push_str(value);
        Some(entry)
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
        self.len() == other.len() && self.iter().eq(other.iter())
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
        let names = ["b", "a", "c.d", "", "b", "é"];
        let mut facts = Facts::new();
        let mut map = BTreeMap::new();
        for (at, name) in names.iter().enumerate() {
            let value = "v".repeat(at);
            facts.insert(name, &value);
            map.insert((*name).to_string(), value);
        }
        let same = |facts: &Facts, map: &BTreeMap<String, String>| {
            assert!(facts.iter().eq(map.iter().map(|(name, value)| (name.as_str(), value.as_str()))));
            let json = serde_json::to_string(facts).unwrap();
            assert_eq!(json, serde_json::to_string(map).unwrap());
            assert_eq!(&serde_json::from_str::<Facts>(&json).unwrap(), facts);
        };
        same(&facts, &map);
        assert_eq!(facts.remove("b"), map.remove("b"));
        assert!(!facts.insert_missing("a", "other") && facts.insert_missing("b", "again"));
        map.insert("b".to_string(), "again".to_string());
        same(&facts, &map);
        facts.retain(|name, _| name != "é");
        map.retain(|name, _| name != "é");
        same(&facts, &map);
        assert_eq!(facts.get("zzz"), None);
    }
}
