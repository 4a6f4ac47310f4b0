//! What the formats of event stores (ECS, OCSF) share: records are trees of many fields, of which an event shows all as
//! facts and understands some; and the record that was stored may hold the one it was made from.

use std::collections::BTreeMap;

use model::{
    Action, BUILDS_CONTAINER, Bytes, CARRIED_BY, Event, EventId, LAUNCHED_BY, Object, ObjectKind, Outcome, Role,
};

use crate::{Batch, carried::Carried, json_tree::Node, json_values::cut, records::Origin};

/// Facts of an event: fields by dotted path.
pub(crate) type Facts = BTreeMap<String, String>;

/// Fields of one record that are kept; real ones have some dozens to two hundred.
const FIELDS_MAX: usize = 512;
/// Names in front of a field (`kubernetes.pod.…`) that are followed; what is deeper is kept as JSON.
const DEPTH_MAX: usize = 8;

/// The fields of a record by dotted path, whether it nests them, spells the path out, or both. `skip` names fields that
/// are left out: the original record, which the address leads to.
pub(crate) fn flat(node: &Node<'_>, skip: &[&str]) -> Facts {
    let mut fields = Vec::with_capacity(64);
    below(node, &mut String::with_capacity(128), 0, skip, &mut fields);
    // Made as a whole, which is cheaper than one by one; of one field in two spellings the later stays.
    let mut facts: Facts = fields.into_iter().collect();
    // Names that mean something else in this program.
    for name in [BUILDS_CONTAINER, LAUNCHED_BY, CARRIED_BY] {
        facts.remove(name);
    }
    facts
}

fn below(node: &Node<'_>, path: &mut String, depth: usize, skip: &[&str], fields: &mut Vec<(String, String)>) {
    let length = path.len();
    for (name, value) in node.fields() {
        if fields.len() >= FIELDS_MAX {
            return;
        }
        if length > 0 {
            path.push('.');
        }
        path.push_str(name);
        if !skip.contains(&path.as_str()) {
            match value {
                Node::Map(_) if depth < DEPTH_MAX => below(value, path, depth + 1, skip, fields),
                _ => {
                    if let Some(text) = value.text() {
                        fields.push((cut(path), cut(&text)));
                    }
                }
            }
        }
        path.truncate(length);
    }
}

/// The field of that path, however it is spelt; null when there is none.
pub(crate) fn field<'n, 'a>(node: &'n Node<'a>, path: &str) -> Option<&'n Node<'a>> {
    node.fields().iter().find_map(|(name, value)| {
        if name == path {
            return Some(value).filter(|value| !value.is_null());
        }
        let rest = path.strip_prefix(name.as_ref())?.strip_prefix('.')?;
        field(value, rest)
    })
}

/// The first of the facts that is there.
pub(crate) fn first<'f>(facts: &'f Facts, names: &[&str]) -> Option<&'f str> {
    names.iter().find_map(|name| facts.get(*name)).map(String::as_str).filter(|text| !text.is_empty())
}

/// The first of the facts that is a number in 32 bits, and not the one that means "unset".
pub(crate) fn number(facts: &Facts, names: &[&str]) -> Option<u32> {
    first(facts, names)?.parse().ok().filter(|&number| number != u32::MAX)
}

/// The first of the facts as bytes.
pub(crate) fn bytes(facts: &Facts, names: &[&str]) -> Option<Bytes> {
    first(facts, names).map(Bytes::from)
}

/// Adds facts under the names that checks read, where the record has them under others.
pub(crate) fn rename(facts: &mut Facts, names: &[(&str, &str)]) {
    for (from, to) in names {
        if let Some(value) = facts.get(*from).filter(|_| !facts.contains_key(*to)) {
            let value = value.clone();
            facts.insert((*to).to_string(), value);
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
            if let Some(value) = facts.get(*name).filter(|_| !draft.facts.contains_key(*name)) {
                draft.facts.insert((*name).to_string(), value.clone());
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_and_dotted_fields_are_the_same() {
        let node: Node<'_> = serde_json::from_str(
            "{\"a\":{\"b.c\":1,\"d\":[\"x\",\"y\"]},\"e.f\":{\"g\":null,\"h\":{\"i\":true}},\"builds_container\":\"x\",\"s\":2}",
        )
        .expect("JSON");
        let facts: Vec<_> = flat(&node, &["s"]).into_iter().collect();
        let text = |name: &str, value: &str| (name.to_string(), value.to_string());
        assert_eq!(facts, [text("a.b.c", "1"), text("a.d", "x y"), text("e.f.h.i", "true")]);
        assert_eq!(field(&node, "a.b.c").and_then(Node::int), Some(1));
        assert_eq!(field(&node, "e.f.h.i"), Some(&Node::Bool(true)));
        assert!(field(&node, "e.f.g").is_none() && field(&node, "a.x").is_none());
    }
}
