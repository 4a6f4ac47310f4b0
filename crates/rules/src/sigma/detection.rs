//! Sigma's searches: maps of fields, lists of maps, keywords.

use super::{
    condition,
    modifiers::{Modifiers, Operator},
    text::{Pattern, Piece},
};
use crate::{
    catalogue::{Field, sigma as names},
    eval::lower,
    fault::{Kind, Reason},
    form::{Ask, Comparison, Forms, NodeId, Read, Transform},
    matcher::{Matcher, Net, number},
    yaml::{Node, Value},
};

/// Values of one field of one search.
const VALUES_MAX: usize = 50_000;

/// Compiles `detection`: every search, and the condition over them.
pub(crate) fn compile(detection: &Node, forms: &mut Forms) -> Result<NodeId, Reason> {
    let mut searches = Vec::new();
    for (name, search) in detection.entries() {
        if matches!(name.as_str(), "condition" | "timeframe") {
            continue;
        }
        let compiled = search_of(search, forms);
        let named = |reason: Reason| Reason::new(reason.kind, format!("{name}: {}", reason.detail));
        searches.push((name.clone(), compiled.map_err(named)?));
    }
    let condition = detection.get("condition").ok_or_else(|| Reason::new(Kind::Missing, "condition"))?;
    let mut all = Vec::new();
    for text in condition.one_or_more() {
        let text = text.text().ok_or_else(|| Reason::new(Kind::BadValue, "condition"))?;
        all.push(condition::compile(text, &searches, forms)?);
    }
    forms.or(all)
}

fn search_of(search: &Node, forms: &mut Forms) -> Result<NodeId, Reason> {
    match &search.value {
        Value::Map(entries) => {
            let all = entries.iter().map(|(key, value)| item(key, value, forms)).collect::<Result<_, _>>()?;
            forms.and(all)
        }
        Value::List(items) => {
            // Keywords are one test together.
            let (texts, maps): (Vec<&Node>, Vec<&Node>) = items.iter().partition(|item| item.text().is_some());
            let mut all = Vec::new();
            if !texts.is_empty() {
                all.push(of_values(&Field::Everything, "keywords", &keywords(&[])?, &texts, forms)?);
            }
            for map in maps {
                // Lists in lists are not part of the language.
                if matches!(map.value, Value::List(_)) {
                    return Err(Reason::new(Kind::BadValue, "a list in a list"));
                }
                all.push(search_of(map, forms)?);
            }
            forms.or(all)
        }
        Value::Scalar(..) => of_values(&Field::Everything, "keywords", &keywords(&[])?, &[search], forms),
    }
}

/// Keywords are looked for anywhere in the record.
fn keywords(modifiers: &[&str]) -> Result<Modifiers, Reason> {
    let mut read = Modifiers::read(modifiers)?;
    if read.operator == Operator::Equal {
        read.operator = Operator::Contains;
    }
    Ok(read)
}

fn item(key: &str, value: &Node, forms: &mut Forms) -> Result<NodeId, Reason> {
    let mut parts = key.split('|');
    let name = parts.next().unwrap_or_default().trim();
    let modifiers: Vec<&str> = parts.collect();
    if matches!(value.value, Value::Map(_)) {
        return Err(Reason::new(Kind::BadValue, format!("{key}: a map")));
    }
    let values: Vec<&Node> = value.one_or_more().iter().collect();
    if name.is_empty() {
        return of_values(&Field::Everything, "keywords", &keywords(&modifiers)?, &values, forms);
    }
    of_values(&names::field(name), name, &Modifiers::read(&modifiers)?, &values, forms)
}

/// One field and its values.
fn of_values(
    field: &Field,
    name: &str,
    modifiers: &Modifiers,
    values: &[&Node],
    forms: &mut Forms,
) -> Result<NodeId, Reason> {
    if values.len() > VALUES_MAX {
        return Err(Reason::new(Kind::TooLarge, format!("{name}: more than {VALUES_MAX} values")));
    }
    let question = Question { field, name, modifiers };
    let node = if modifiers.all {
        let all = values.iter().map(|value| question.any(&[value], forms)).collect::<Result<_, _>>()?;
        forms.and(all)?
    } else {
        question.any(values, forms)?
    };
    if modifiers.negated { forms.not(node) } else { Ok(node) }
}

struct Question<'q> {
    field: &'q Field,
    name: &'q str,
    modifiers: &'q Modifiers,
}

/// Values by how they can be compared at once.
#[derive(Default)]
struct Sorted {
    equal: Vec<Vec<u8>>,
    contains: Vec<Vec<u8>>,
    starts: Vec<Vec<u8>>,
    ends: Vec<Vec<u8>>,
    patterns: Vec<String>,
    anything: bool,
    nothing: bool,
}

impl Question<'_> {
    /// The field has one of these values.
    fn any(&self, values: &[&Node], forms: &mut Forms) -> Result<NodeId, Reason> {
        let text = |node: &Node| node.text().map(str::to_string).ok_or_else(|| self.wrong("a value that is no text"));
        if self.modifiers.field {
            let all = values.iter().map(|value| self.field(&text(value)?, forms)).collect::<Result<_, _>>()?;
            return forms.or(all);
        }
        match self.modifiers.operator {
            Operator::Exists => {
                let wanted = values.first().and_then(|value| value.bool()).ok_or_else(|| self.wrong("exists"))?;
                let node = self.test(false, "exists", forms, || Ok(Ask::Exists))?;
                if wanted { Ok(node) } else { forms.not(node) }
            }
            Operator::Number(order) => {
                let mut all = Vec::new();
                for value in values {
                    let value = text(value)?;
                    let right = number(value.as_bytes()).ok_or_else(|| self.wrong(&format!("{value}: no number")))?;
                    let words = format!("{order:?} {value}");
                    all.push(self.test(false, &words, forms, || Ok(value_of(Matcher::Number(order, right))))?);
                }
                forms.or(all)
            }
            Operator::Net => {
                let texts = values.iter().map(|value| text(value)).collect::<Result<Vec<_>, _>>()?;
                let net = |text: &String| Net::read(text).ok_or_else(|| self.wrong(&format!("{text}: no network")));
                let nets = texts.iter().map(net).collect::<Result<Vec<_>, _>>()?;
                self.test(false, &format!("cidr {texts:?}"), forms, || Ok(value_of(Matcher::Nets(nets))))
            }
            Operator::Pattern => {
                let flags = &self.modifiers.flags;
                let flagged = |text: String| if flags.is_empty() { text } else { format!("(?{flags}){text}") };
                let texts = values.iter().map(|value| text(value).map(flagged)).collect::<Result<Vec<_>, _>>()?;
                self.test(false, &format!("re {texts:?}"), forms, || Ok(value_of(Matcher::patterns(&texts)?)))
            }
            _ => self.texts(values, forms),
        }
    }

    fn wrong(&self, what: &str) -> Reason {
        Reason::new(Kind::BadValue, format!("{}: {what}", self.name))
    }

    /// Comparison with texts that may have wildcards.
    fn texts(&self, values: &[&Node], forms: &mut Forms) -> Result<NodeId, Reason> {
        let mut sorted = Sorted::default();
        for value in values {
            if value.is_null() {
                sorted.nothing = true;
                continue;
            }
            let text = value.text().ok_or_else(|| self.wrong("a value that is no text"))?;
            for pattern in self.modifiers.patterns(text)? {
                let cased = self.modifiers.cased;
                let pattern = if cased { pattern } else { pattern.map(|bytes| lower(&bytes).into_owned()) };
                sorted.take(pattern);
            }
        }
        let lowered = !self.modifiers.cased;
        let mut all = Vec::new();
        let shown = |kind: &str, values: &[Vec<u8>]| {
            let texts: Vec<_> = values.iter().map(|value| String::from_utf8_lossy(value)).collect();
            format!("{kind} {texts:?}")
        };
        let Sorted { equal, contains, starts, ends, patterns, anything, nothing } = sorted;
        if !equal.is_empty() {
            all.push(self.test(lowered, &shown("=", &equal), forms, || Ok(value_of(Matcher::set(&equal))))?);
        }
        if !contains.is_empty() {
            let words = shown("contains", &contains);
            all.push(self.test(lowered, &words, forms, || Ok(value_of(Matcher::contains(&contains)?)))?);
        }
        if !starts.is_empty() {
            let words = shown("startswith", &starts);
            all.push(self.test(lowered, &words, forms, || Ok(value_of(Matcher::starts(&starts))))?);
        }
        if !ends.is_empty() {
            all.push(self.test(lowered, &shown("endswith", &ends), forms, || Ok(value_of(Matcher::ends(&ends))))?);
        }
        if !patterns.is_empty() {
            let words = format!("like {patterns:?}");
            all.push(self.test(lowered, &words, forms, || Ok(value_of(Matcher::patterns(&patterns)?)))?);
        }
        if anything {
            all.push(self.test(false, "exists", forms, || Ok(Ask::Exists))?);
        }
        if nothing {
            all.push(self.test(false, "is null", forms, || Ok(Ask::Null))?);
        }
        forms.or(all)
    }

    fn read(&self, name: &str, field: Field, lowered: bool) -> Read {
        let mut transforms: Vec<Transform> = self.modifiers.part.map(Transform::Part).into_iter().collect();
        if lowered && self.modifiers.part.is_none() {
            transforms.push(Transform::Lower);
        }
        Read { field, transforms, name: name.to_string() }
    }

    fn test(
        &self,
        lowered: bool,
        words: &str,
        forms: &mut Forms,
        ask: impl FnOnce() -> Result<Ask, Reason>,
    ) -> Result<NodeId, Reason> {
        let read = self.read(self.name, self.field.clone(), lowered);
        forms.test(read, format!("sigma {words}"), words, |_| ask())
    }

    /// Comparison with another field of the event.
    fn field(&self, other: &str, forms: &mut Forms) -> Result<NodeId, Reason> {
        let by = match self.modifiers.operator {
            Operator::Equal => Comparison::Equal,
            Operator::Contains => Comparison::Contains,
            Operator::Starts => Comparison::Starts,
            Operator::Ends => Comparison::Ends,
            Operator::Number(order) => Comparison::Number(order),
            _ => return Err(Reason::new(Kind::UnknownModifier, "fieldref with this comparison")),
        };
        let lowered = !self.modifiers.cased;
        let (left, right) =
            (self.read(self.name, self.field.clone(), lowered), self.read(other, names::field(other), lowered));
        let words = format!("{by:?} the field {other}");
        forms.test(left, format!("sigma {words}"), &words, |forms| Ok(Ask::Field { other: forms.read(right), by }))
    }
}

fn value_of(matcher: Matcher) -> Ask {
    Ask::Value { matcher, each: false, negated: false }
}

impl Sorted {
    fn take(&mut self, pattern: Pattern) {
        match &pattern.0[..] {
            [Piece::Star] => self.anything = true,
            [Piece::Star, Piece::Literal(bytes), Piece::Star] => self.contains.push(bytes.clone()),
            [Piece::Literal(bytes), Piece::Star] => self.starts.push(bytes.clone()),
            [Piece::Star, Piece::Literal(bytes)] => self.ends.push(bytes.clone()),
            _ => match pattern.bytes() {
                Some(bytes) => self.equal.push(bytes.to_vec()),
                None => self.patterns.push(pattern.expression()),
            },
        }
    }
}
