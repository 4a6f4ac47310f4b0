//! All texts that any rule looks for in one field, found in one pass over the field's value.
//!
//! A thousand rules ask a command line for some thousand texts: asked one by one that is a thousand searches per event.

use std::collections::BTreeMap;

use aho_corasick::{AhoCorasick, MatchKind};

use crate::{
    form::{Ask, Forms, ReadId, TestId},
    matcher::Matcher,
    seen::{Extent, Seen},
    truth::Truth,
};

/// Fewer tests of a field are asked one by one.
const TESTS_MIN: usize = 8;

/// Where a text has to stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Anywhere,
    Start,
    End,
    Whole,
}

/// The texts that one test looks for, and where.
type Texts<'t> = Vec<(&'t [u8], Place)>;

/// The texts of all tests of one field.
#[derive(Debug)]
struct Bundle {
    automaton: AhoCorasick,
    /// Of each text: the tests that it answers.
    tests: Vec<Vec<(TestId, Place)>>,
}

/// The bundles of all fields, and which test is in which.
#[derive(Debug, Default)]
pub(crate) struct Bundles {
    bundles: Vec<Bundle>,
    of_test: Vec<Option<u32>>,
    of_read: BTreeMap<ReadId, u32>,
}

/// What was found in the event at hand, by bundle.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Tests that hold, sorted; `None` where the value was not looked at yet.
    hits: Vec<Option<Vec<TestId>>>,
}

impl Bundles {
    /// Puts together what can be: plain texts, of tests that ask one value at a time.
    pub(crate) fn of(forms: &Forms) -> Self {
        let mut by_read: BTreeMap<ReadId, Vec<(TestId, Texts<'_>)>> = BTreeMap::new();
        for (at, test) in forms.tests.iter().enumerate() {
            let Ask::Value { matcher, each: false, negated: false } = &test.ask else { continue };
            let Some(texts) = texts(matcher).filter(|texts| texts.iter().all(|text| !text.0.is_empty())) else {
                continue;
            };
            by_read.entry(test.read).or_default().push((u32::try_from(at).unwrap_or(u32::MAX), texts));
        }
        let mut all = Self { bundles: Vec::new(), of_test: vec![None; forms.tests.len()], of_read: BTreeMap::new() };
        for (read, tests) in by_read.into_iter().filter(|(_, tests)| tests.len() >= TESTS_MIN) {
            let mut by_text: BTreeMap<&[u8], Vec<(TestId, Place)>> = BTreeMap::new();
            for (test, texts) in &tests {
                for (text, place) in texts {
                    by_text.entry(text).or_default().push((*test, *place));
                }
            }
            let built = AhoCorasick::builder().match_kind(MatchKind::Standard).build(by_text.keys());
            // An automaton that would not fit is none; its tests are asked one by one.
            let Ok(automaton) = built else { continue };
            let Ok(number) = u32::try_from(all.bundles.len()) else { continue };
            all.of_read.insert(read, number);
            for (test, _) in &tests {
                all.of_test[*test as usize] = Some(number);
            }
            all.bundles.push(Bundle { automaton, tests: by_text.into_values().collect() });
        }
        all
    }

    /// The bundle that a test is in.
    pub(crate) fn of_test(&self, test: TestId) -> Option<u32> {
        self.of_test.get(test as usize).copied().flatten()
    }

    /// The bundle of a field.
    pub(crate) fn of_read(&self, read: ReadId) -> Option<u32> {
        self.of_read.get(&read).copied()
    }

    /// The tests of a field that hold, where its value is known whole.
    pub(crate) fn hits<'f>(&self, bundle: u32, seen: &Seen<'_>, found: &'f mut Found) -> Option<&'f [TestId]> {
        if seen.extent != Extent::All {
            return None;
        }
        Some(self.found(bundle, seen, found))
    }

    fn found<'f>(&self, bundle: u32, seen: &Seen<'_>, found: &'f mut Found) -> &'f [TestId] {
        let at = bundle as usize;
        if found.hits.len() < self.bundles.len() {
            found.hits.resize(self.bundles.len(), None);
        }
        found.hits[at].get_or_insert_with(|| self.bundles[at].hits(seen))
    }

    /// The answer of a test in that bundle; `None` where the values have to be asked one by one.
    pub(crate) fn answer(&self, bundle: u32, test: TestId, seen: &Seen<'_>, found: &mut Found) -> Option<Truth> {
        let otherwise = match seen.extent {
            Extent::All => Truth::No,
            Extent::AtLeast => Truth::Unknown,
            Extent::OneOf | Extent::From(_) => return None,
        };
        let hits = self.found(bundle, seen, found);
        Some(if hits.binary_search(&test).is_ok() { Truth::Yes } else { otherwise })
    }
}

impl Found {
    /// Forgets what was found in the event before.
    pub(crate) fn forget(&mut self) {
        self.hits.iter_mut().for_each(|hits| *hits = None);
    }
}

impl Bundle {
    fn hits(&self, seen: &Seen<'_>) -> Vec<TestId> {
        let mut hits = Vec::new();
        for value in seen.all() {
            for found in self.automaton.find_overlapping_iter(value.as_ref()) {
                let (starts, ends) = (found.start() == 0, found.end() == value.len());
                for (test, place) in &self.tests[found.pattern().as_usize()] {
                    let holds = match place {
                        Place::Anywhere => true,
                        Place::Start => starts,
                        Place::End => ends,
                        Place::Whole => starts && ends,
                    };
                    // A text that stands there a thousand times is noted once in a row.
                    if holds && hits.last() != Some(test) {
                        hits.push(*test);
                    }
                }
            }
        }
        hits.sort_unstable();
        hits.dedup();
        hits
    }
}

/// The plain texts that a question looks for, where it is about such.
fn texts(matcher: &Matcher) -> Option<Texts<'_>> {
    fn all(texts: &[Box<[u8]>], place: Place) -> Texts<'_> {
        texts.iter().map(|text| (text.as_ref(), place)).collect()
    }
    match matcher {
        Matcher::Contains(_, texts) => Some(all(texts, Place::Anywhere)),
        Matcher::Starts(texts) => Some(all(texts, Place::Start)),
        Matcher::Ends(texts) => Some(all(texts, Place::End)),
        Matcher::Set(texts) => {
            let mut texts: Texts<'_> = texts.iter().map(|text| (text.as_ref(), Place::Whole)).collect();
            // In whatever order the set has them.
            texts.sort_unstable_by_key(|text| text.0);
            Some(texts)
        }
        _ => None,
    }
}
