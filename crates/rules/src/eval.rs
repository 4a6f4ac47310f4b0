//! Answers conditions for one event. Every field is read, every test asked and every condition answered at most once.

use std::borrow::Cow;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use model::{Event, Timestamp};

use crate::{
    bundle::{Bundles, Found},
    catalogue::Field,
    family::Family,
    form::{Ask, Comparison, Forms, Node, NodeId, ReadId, Test, TestId, TimePart, Transform},
    matcher,
    seen::{Extent, Seen},
    truth::Truth,
};

/// Answers that were given for the event at hand; kept from event to event only to save allocations.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    nodes: Vec<Option<Truth>>,
    tests: Vec<Option<Truth>>,
    found: Found,
    touched_nodes: Vec<NodeId>,
    touched_tests: Vec<TestId>,
}

impl Memory {
    fn forget(&mut self, forms: &Forms) {
        self.touched_nodes.drain(..).for_each(|id| self.nodes[id as usize] = None);
        self.touched_tests.drain(..).for_each(|id| self.tests[id as usize] = None);
        self.found.forget();
        self.nodes.resize(forms.nodes.len(), None);
        self.tests.resize(forms.tests.len(), None);
    }
}

/// One event, as the conditions see it.
pub(crate) struct Evaluation<'e> {
    forms: &'e Forms,
    event: &'e Event,
    family: &'e Family,
    memory: &'e mut Memory,
    bundles: Option<&'e Bundles>,
    reads: Vec<Option<Seen<'e>>>,
    /// Which fields may be read; the others are as if the source did not carry them.
    visible: &'e dyn Fn(&Field) -> bool,
}

impl<'e> Evaluation<'e> {
    pub(crate) fn new(
        forms: &'e Forms,
        event: &'e Event,
        family: &'e Family,
        memory: &'e mut Memory,
        visible: &'e dyn Fn(&Field) -> bool,
    ) -> Self {
        memory.forget(forms);
        Self { forms, event, family, memory, bundles: None, reads: vec![None; forms.reads.len()], visible }
    }

    /// The same, with texts of many tests found at once.
    pub(crate) fn bundled(mut self, bundles: &'e Bundles) -> Self {
        self.bundles = Some(bundles);
        self
    }

    /// The answer of a condition.
    pub(crate) fn node(&mut self, id: NodeId) -> Truth {
        if let Some(known) = self.memory.nodes[id as usize] {
            return known;
        }
        let forms = self.forms;
        let truth = match &forms.nodes[id as usize] {
            Node::Const(truth) => *truth,
            Node::Test(test) => self.test(*test),
            Node::Not(one) => !self.node(*one),
            Node::And(all) => self.fold(all, Truth::No, Truth::min, Truth::Yes),
            Node::Or(all) => self.fold(all, Truth::Yes, Truth::max, Truth::No),
        };
        self.memory.nodes[id as usize] = Some(truth);
        self.memory.touched_nodes.push(id);
        truth
    }

    fn fold(&mut self, all: &[NodeId], decided: Truth, join: fn(Truth, Truth) -> Truth, start: Truth) -> Truth {
        let mut so_far = start;
        for &one in all {
            so_far = join(so_far, self.node(one));
            if so_far == decided {
                break;
            }
        }
        so_far
    }

    /// The answer of a test.
    pub(crate) fn test(&mut self, id: TestId) -> Truth {
        if let Some(known) = self.memory.tests[id as usize] {
            return known;
        }
        let forms = self.forms;
        let truth = match self.in_bundle(id) {
            Some(truth) => truth,
            None => self.ask(&forms.tests[id as usize]),
        };
        self.memory.tests[id as usize] = Some(truth);
        self.memory.touched_tests.push(id);
        truth
    }

    /// The bundled tests of a field that hold; `None` where its value is not known whole, or it has no bundle.
    pub(crate) fn hits(&mut self, bundle: u32, read: ReadId) -> Option<&[TestId]> {
        self.read(read);
        let seen = self.reads[read as usize].as_ref()?;
        self.bundles?.hits(bundle, seen, &mut self.memory.found)
    }

    fn in_bundle(&mut self, id: TestId) -> Option<Truth> {
        let bundles = self.bundles?;
        let bundle = bundles.of_test(id)?;
        let read = self.forms.tests[id as usize].read;
        self.read(read);
        let seen = self.reads[read as usize].as_ref()?;
        bundles.answer(bundle, id, seen, &mut self.memory.found)
    }

    fn ask(&mut self, test: &Test) -> Truth {
        if let Ask::Field { other, by } = &test.ask {
            let (left, right) = (self.read(test.read).clone(), self.read(*other).clone());
            return compare(&left, &right, *by);
        }
        let seen = self.read(test.read);
        match &test.ask {
            Ask::Exists => exists(seen),
            Ask::Null => !exists(seen),
            Ask::Value { matcher, each, negated } => {
                let answer = match seen.extent {
                    Extent::From(least) => matcher.holds_from(least),
                    Extent::AtLeast if !seen.all().is_empty() && matcher.is_of_own_addresses() => {
                        seen.all().iter().any(|value| matcher.holds(value)).into()
                    }
                    _ => of_values(seen, *each, |value| matcher.holds(value)),
                };
                // A comparison with no value is no comparison: it holds neither way.
                let absent = seen.extent == Extent::All && seen.all().is_empty();
                if *negated && !absent { !answer } else { answer }
            }
            Ask::Field { .. } => Truth::Unknown,
        }
    }

    /// What the event says of a field.
    pub(crate) fn read(&mut self, id: ReadId) -> &Seen<'e> {
        let at = id as usize;
        if self.reads[at].is_none() {
            let read = &self.forms.reads[at];
            let mut seen =
                if (self.visible)(&read.field) { read.field.read(self.event, self.family) } else { Seen::UNKNOWN };
            for &transform in &read.transforms {
                seen = transformed(seen, transform);
            }
            self.reads[at] = Some(seen);
        }
        self.reads[at].as_ref().unwrap_or(&UNKNOWN)
    }
}

static UNKNOWN: Seen<'static> = Seen::UNKNOWN;

fn exists(seen: &Seen<'_>) -> Truth {
    match (seen.extent, seen.all().is_empty()) {
        (_, false) => Truth::Yes,
        (Extent::From(_), _) => Truth::Yes,
        (Extent::All, true) => Truth::No,
        (_, true) => Truth::Unknown,
    }
}

/// The answer of a question to the values of a field: of one of them, or of each.
fn of_values(seen: &Seen<'_>, each: bool, holds: impl Fn(&[u8]) -> bool) -> Truth {
    let values = seen.all();
    match seen.extent {
        Extent::All if each => (!values.is_empty() && values.iter().all(|value| holds(value))).into(),
        Extent::All => values.iter().any(|value| holds(value)).into(),
        Extent::AtLeast if each => {
            if values.iter().all(|value| holds(value)) {
                Truth::Unknown
            } else {
                Truth::No
            }
        }
        Extent::AtLeast => {
            if values.iter().any(|value| holds(value)) {
                Truth::Yes
            } else {
                Truth::Unknown
            }
        }
        Extent::OneOf => {
            let mut answers = values.iter().map(|value| holds(value));
            let Some(first) = answers.next() else { return Truth::Unknown };
            if answers.all(|other| other == first) { first.into() } else { Truth::Unknown }
        }
        Extent::From(_) => Truth::Unknown,
    }
}

fn compare(left: &Seen<'_>, right: &Seen<'_>, by: Comparison) -> Truth {
    // Decided even where the other side is not known: nothing compares with no value.
    let absent = |seen: &Seen<'_>| seen.extent == Extent::All && seen.all().is_empty();
    if absent(left) || absent(right) {
        return Truth::No;
    }
    if left.extent != Extent::All || right.extent != Extent::All {
        return Truth::Unknown;
    }
    let holds = |left: &[u8], right: &[u8]| match by {
        Comparison::Equal | Comparison::NotEqual => left == right,
        Comparison::Contains => right.is_empty() || left.windows(right.len()).any(|window| window == right),
        Comparison::Starts => left.starts_with(right),
        Comparison::Ends => left.ends_with(right),
        Comparison::Number(order) => match (matcher::number(left), matcher::number(right)) {
            (Some(left), Some(right)) => order.holds(left, right),
            _ => false,
        },
    };
    let any = left.all().iter().any(|left| right.all().iter().any(|right| holds(left, right)));
    (any != (by == Comparison::NotEqual)).into()
}

fn transformed<'e>(seen: Seen<'e>, transform: Transform) -> Seen<'e> {
    match transform {
        Transform::Lower => seen.map(|value| Some(lower(value).into_owned())),
        Transform::Upper => seen.map(|value| Some(value.to_ascii_uppercase())),
        Transform::Base64Decoded => seen.map(|value| STANDARD.decode(value.trim_ascii()).ok()),
        Transform::Basename => seen.map(|value| {
            let start = value.iter().rposition(|&byte| byte == b'/').map_or(0, |slash| slash + 1);
            Some(value[start..].to_vec())
        }),
        // Of a list its items are counted, of a text its bytes.
        Transform::Length => match (seen.extent, seen.all()) {
            (Extent::All, []) => Seen::ABSENT,
            (Extent::All, [one]) => Seen::number(one.len()),
            (Extent::All, all) => Seen::number(all.len()),
            _ => Seen::UNKNOWN,
        },
        Transform::Part(part) => seen.map(|value| {
            let time = Timestamp::parse(std::str::from_utf8(value).ok()?).ok()?;
            Some(part.of(time).to_string().into_bytes())
        }),
    }
}

/// Lower case, beyond ASCII where the value is text.
pub(crate) fn lower(value: &[u8]) -> Cow<'_, [u8]> {
    if value.is_ascii() {
        if value.iter().any(u8::is_ascii_uppercase) { value.to_ascii_lowercase().into() } else { value.into() }
    } else {
        match std::str::from_utf8(value) {
            Ok(text) => text.to_lowercase().into_bytes().into(),
            Err(_) => value.to_ascii_lowercase().into(),
        }
    }
}

impl TimePart {
    fn of(self, time: Timestamp) -> i64 {
        // `YYYY-MM-DDThh:mm:…`.
        let text = time.to_millis_text();
        let part = |from: usize, to: usize| text.get(from..to).and_then(|digits| digits.parse().ok()).unwrap_or(0);
        match self {
            Self::Minute => part(14, 16),
            Self::Hour => part(11, 13),
            Self::Day => part(8, 10),
            Self::Week => iso_week(time),
            Self::Month => part(5, 7),
            Self::Year => part(0, 4),
        }
    }
}

/// The week of ISO 8601: that of the year in which its Thursday lies.
fn iso_week(time: Timestamp) -> i64 {
    const DAY_NS: i64 = 86_400_000_000_000;
    let days = time.0.div_euclid(DAY_NS);
    // 1970-01-01 was a Thursday; Monday is 0.
    let thursday = days - (days + 3).rem_euclid(7) + 3;
    let year = TimePart::Year.of(Timestamp(thursday * DAY_NS));
    let first = Timestamp::parse(&format!("{year:04}-01-01T00:00:00Z")).map_or(0, |time| time.0.div_euclid(DAY_NS));
    (thursday - first) / 7 + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weeks_are_those_of_the_iso_calendar() {
        let week = |text: &str| TimePart::Week.of(Timestamp::parse(text).unwrap());
        assert_eq!(week("2021-01-03T12:00:00Z"), 53);
        assert_eq!(week("2021-01-04T12:00:00Z"), 1);
        assert_eq!(week("2026-11-27T12:00:00Z"), 48);
        assert_eq!(week("2024-12-30T00:00:00Z"), 1);
    }

    #[test]
    fn lower_case_reaches_beyond_ascii() {
        assert_eq!(&*lower("ÄB".as_bytes()), "äb".as_bytes());
        assert_eq!(&*lower(b"A\xffB"), b"a\xffb");
    }
}
