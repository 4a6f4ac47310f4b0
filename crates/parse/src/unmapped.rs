//! Fields that records have and no event shows: what a newer version of a recorder added, or what was left out.

use std::collections::BTreeMap;

/// Field names that are counted one by one; real formats have some dozens, a hostile log any number.
const NAMES_MAX: usize = 256;
/// Bytes of a name that are kept.
const NAME_BYTES_MAX: usize = 128;

/// How many records had a field that was not mapped, by the field's name (a dotted path in JSON).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Unmapped {
    /// By name; at most 256 names.
    pub fields: BTreeMap<String, u64>,
    /// Occurrences of fields beyond those names.
    pub others: u64,
}

impl Unmapped {
    /// Counts one occurrence of `name`.
    pub fn note(&mut self, name: &str) {
        self.add(name, 1);
    }

    /// Adds what another part of the same source counted.
    pub fn join(&mut self, other: Self) {
        for (name, count) in other.fields {
            self.add(&name, count);
        }
        self.others += other.others;
    }

    fn add(&mut self, name: &str, count: u64) {
        if let Some(known) = self.fields.get_mut(name) {
            *known += count;
            return;
        }
        let end = name.char_indices().map(|(at, c)| at + c.len_utf8()).take_while(|&end| end <= NAME_BYTES_MAX).last();
        let name = &name[..end.unwrap_or(0)];
        if self.fields.len() < NAMES_MAX || self.fields.contains_key(name) {
            *self.fields.entry(name.to_string()).or_default() += count;
        } else {
            self.others += count;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_bounded_and_nothing_is_lost() {
        let mut unmapped = Unmapped::default();
        for at in 0..1_000 {
            unmapped.note(&format!("{at}{}", "é".repeat(200)));
        }
        assert_eq!(unmapped.fields.len(), NAMES_MAX);
        assert_eq!(unmapped.fields.values().sum::<u64>() + unmapped.others, 1_000);
        assert!(unmapped.fields.keys().all(|name| name.len() <= NAME_BYTES_MAX));
    }
}
