//! What the formats of event stores (ECS, OCSF) share: records are trees of many fields, of which an event shows all as
//! facts and understands some; and the record that was stored may hold the one it was made from.

mod fields;

use model::{Action, Bytes, Event, EventId, Facts, Object, ObjectKind, Outcome, Role};

use crate::{Batch, carried::Carried, records::Origin};
pub(crate) use fields::{Fields, Wanted, get_in, read};

/// The first of the facts that is there.
#[inline]
pub(crate) fn first<'f>(facts: &'f Facts, names: &[&str]) -> Option<&'f str> {
    names.iter().find_map(|name| facts.get(name))
}

/// The first of the facts that is there, of those whose names start with `place`.
pub(crate) fn first_in<'f>(facts: &'f Facts, place: &str, names: &[&str]) -> Option<&'f str> {
    names.iter().find_map(|name| get_in(facts, place, name))
}

/// The first of the facts that is a number in 32 bits, and not the one that means "unset".
pub(crate) fn number(facts: &Facts, names: &[&str]) -> Option<u32> {
    id(first(facts, names))
}

/// A fact as a number in 32 bits, and not the one that means "unset".
pub(crate) fn id(fact: Option<&str>) -> Option<u32> {
    fact?.parse().ok().filter(|&number| number != u32::MAX)
}

/// The first of the facts as bytes.
pub(crate) fn bytes(facts: &Facts, names: &[&str]) -> Option<Bytes> {
    first(facts, names).map(Bytes::from)
}

/// Adds facts under the names that checks read, where the record has them under others.
#[inline]
pub(crate) fn rename(facts: &mut Facts, place: &str, names: &[(&str, &str)]) {
    for (from, to) in names {
        if let Some(value) = get_in(facts, place, from).filter(|_| facts.get(to).is_none()) {
            let value = value.to_string();
            facts.insert(*to, value);
        }
    }
}

/// A target of that kind and name.
pub(crate) fn target(kind: ObjectKind, name: Option<&str>) -> Object {
    Object { name: name.map(Bytes::from), ..Object::new(Role::Target, kind) }
}

/// The words of a command line as blanks part them: a record that gives it as one text does not say where an argument
/// with a blank begins.
pub(crate) fn words(line: &str) -> Vec<Bytes> {
    const WORDS_MAX: usize = 4096;
    line.split_whitespace().take(WORDS_MAX).map(Bytes::from).collect()
}

/// `success`, `failure` and their relatives.
pub(crate) fn outcome(text: Option<&str>, code: Option<i64>) -> Outcome {
    match text.map(str::to_ascii_lowercase).as_deref() {
        Some("success" | "succeeded" | "allowed") => Outcome::Succeeded,
        Some("failure" | "failed" | "denied") => Outcome::Failed { code },
        _ => Outcome::Unknown,
    }
}

/// Facts of the stored record that a carried one is given where it says nothing itself: what the shipper knew of the container.
const ADDED: &[&str] = &[
    "container.id",
    "container.name",
    "container.image.repository",
    "container.image.digest",
    "k8s.ns.name",
    "k8s.pod.name",
    "k8s.pod.uid",
];

/// Reads the record that a stored one was made from; `false` when no format knows it.
pub(crate) fn carried(carried: &mut Carried, text: &str, facts: &Facts, origin: &Origin<'_>, out: &mut Batch) -> bool {
    let before = out.drafts.len();
    if !carried.message(text.as_bytes(), origin, out) {
        return false;
    }
    let own = |draft: &&mut Event| draft.addresses == [origin.address];
    for draft in out.drafts.iter_mut().skip(before).filter(own) {
        for name in ADDED {
            if let Some(value) = facts.get(name).filter(|_| !draft.facts.contains_key(name)) {
                draft.facts.insert(name, value);
            }
        }
    }
    true
}

/// Appends the stored record's own event, unless the record that it was made from was read (its drafts begin at `before`) and
/// says as much. An alert about a record of another kind is told beside it.
pub(crate) fn keep(event: Event, original_was_read: bool, before: usize, out: &mut Batch) {
    if !original_was_read {
        out.drafts.push(event);
        out.records += 1;
        return;
    }
    let is_alert = |event: &Event| event.action == Action::AlertRaised;
    if is_alert(&event) && !out.drafts.iter().skip(before).any(is_alert) {
        let id = EventId { part: 1, ..event.id };
        out.drafts.push(Event { id, ..event });
    }
}
