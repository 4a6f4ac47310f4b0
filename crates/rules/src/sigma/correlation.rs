//! Sigma's correlations: how many, of how many kinds, together, or one after the other, within a time.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::{
    catalogue::sigma as names,
    fault::{Kind, Reason},
    form::{Forms, Read, ReadId},
    loader::Rule,
    truth::Truth,
    yaml::Node,
};

/// Groups that are counted at once.
const GROUPS_MAX: usize = 100_000;
/// Events that one group remembers; counts beyond it cannot be asked for.
const REMEMBERED_MAX: usize = 10_000;
/// Rules of one correlation.
const RULES_MAX: usize = 256;

/// A correlation.
#[derive(Debug, Clone)]
pub(crate) struct Correlation {
    what: What,
    parts: Vec<Part>,
    span_ns: i64,
    /// The count that must be reached.
    least: usize,
    generate: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Events,
    Values,
    Together,
    InOrder,
}

/// One of the rules that are correlated.
#[derive(Debug, Clone)]
struct Part {
    rule: usize,
    /// Fields whose values make the group.
    by: Vec<ReadId>,
    /// The field whose values are counted.
    value: Option<ReadId>,
}

/// Reads a correlation of these rules, the first of which has the number `first`.
pub(crate) fn read(document: &Node, rules: &[Rule], first: usize, forms: &mut Forms) -> Result<Correlation, Reason> {
    let missing = |key: &str| Reason::new(Kind::Missing, key);
    let node = document.get("correlation").ok_or_else(|| missing("correlation"))?;
    let text = |key: &str| node.get(key).and_then(Node::text);
    let what = match text("type").ok_or_else(|| missing("type"))? {
        "event_count" => What::Events,
        "value_count" => What::Values,
        "temporal" => What::Together,
        "temporal_ordered" => What::InOrder,
        other => return Err(Reason::new(Kind::BadValue, format!("type {other}"))),
    };
    let span_ns = timespan(text("timespan").ok_or_else(|| missing("timespan"))?)?;
    let named = node.get("rules").ok_or_else(|| missing("rules"))?.one_or_more();
    if named.len() > RULES_MAX {
        return Err(Reason::new(Kind::TooLarge, format!("more than {RULES_MAX} rules")));
    }
    let condition = node.get("condition");
    let counted = condition.and_then(|condition| condition.get("field")).and_then(Node::text);
    if what == What::Values && counted.is_none() {
        return Err(missing("condition: field"));
    }
    let mut parts = Vec::new();
    for name in named {
        let name = name.text().ok_or_else(|| Reason::new(Kind::BadValue, "rules"))?;
        let found = rules.iter().position(|rule| {
            rule.alias.as_deref() == Some(name) || rule.id.as_deref() == Some(name) || rule.name == name
        });
        let rule = found.ok_or_else(|| Reason::new(Kind::UnknownRule, name))?;
        let mut field = |field: &str| {
            let aliases = node.get("aliases").and_then(|aliases| aliases.get(field));
            let meant = aliases.and_then(|of_rule| of_rule.get(name)).and_then(Node::text).unwrap_or(field);
            forms.read(Read { field: names::field(meant), transforms: Vec::new(), name: meant.to_string() })
        };
        let by = node.get("group-by").map_or(&[][..], Node::one_or_more);
        let by = by.iter().filter_map(Node::text).map(&mut field).collect();
        parts.push(Part { rule: first + rule, by, value: counted.map(&mut field) });
    }
    let least = match what {
        What::Events | What::Values => reached(condition.ok_or_else(|| missing("condition"))?)?,
        What::Together | What::InOrder => parts.len(),
    };
    let generate = [node.get("generate"), document.get("generate")].into_iter().flatten().find_map(Node::bool);
    Ok(Correlation { what, parts, span_ns, least, generate: generate.unwrap_or(false) })
}

/// `30s`, `5m`, `1h`, `7d`, `2w`.
fn timespan(text: &str) -> Result<i64, Reason> {
    let wrong = || Reason::new(Kind::BadValue, format!("timespan {text}"));
    let unit = text.chars().last().ok_or_else(wrong)?;
    let seconds: i64 = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        'w' => 604_800,
        'M' => 2_592_000,
        'y' => 31_536_000,
        _ => return Err(wrong()),
    };
    let count: i64 = text[..text.len() - 1].trim().parse().map_err(|_| wrong())?;
    let span = count.checked_mul(seconds).and_then(|seconds| seconds.checked_mul(1_000_000_000));
    span.filter(|&span| span > 0).ok_or_else(wrong)
}

/// The count that a condition asks for. Counts that must not be reached (`lt`, `eq`) are only known when all is over.
fn reached(condition: &Node) -> Result<usize, Reason> {
    let mut least = None;
    for (key, value) in condition.entries() {
        let more = match key.as_str() {
            "gte" => 0,
            "gt" => 1,
            "field" => continue,
            other => {
                return Err(Reason::new(Kind::BadValue, format!("condition {other}: only gt and gte can be counted")));
            }
        };
        let number: usize = value
            .text()
            .and_then(|text| text.parse().ok())
            .ok_or_else(|| Reason::new(Kind::BadValue, format!("condition {key}")))?;
        least = least.max(Some(number.saturating_add(more)));
    }
    let least = least.ok_or_else(|| Reason::new(Kind::Missing, "condition: gt or gte"))?;
    if least > REMEMBERED_MAX {
        return Err(Reason::new(Kind::TooLarge, format!("a count of more than {REMEMBERED_MAX}")));
    }
    Ok(least.max(1))
}

/// Rules that are only there to be correlated do not tell by themselves.
pub(crate) fn silence(rules: &mut [Rule], first: usize) {
    let mut silent = BTreeSet::new();
    let mut loud = BTreeSet::new();
    for correlation in rules.iter().filter_map(|rule| rule.correlation.as_ref()) {
        let parts = correlation.parts.iter().map(|part| part.rule);
        if correlation.generate { loud.extend(parts) } else { silent.extend(parts) }
    }
    for rule in silent.difference(&loud) {
        if let Some(rule) = rules.get_mut(rule - first) {
            rule.silent = true;
        }
    }
}

/// What a correlation has counted so far.
#[derive(Debug, Default)]
pub(crate) struct Counted {
    groups: BTreeMap<Vec<Vec<u8>>, VecDeque<Sighting>>,
}

/// One event of a group.
#[derive(Debug)]
struct Sighting {
    time_ns: i64,
    part: usize,
    truth: Truth,
    value: Vec<u8>,
}

impl Correlation {
    /// Parts that are answered by this rule.
    pub(crate) fn parts_of(&self, rule: usize) -> impl Iterator<Item = usize> {
        self.parts.iter().enumerate().filter(move |(_, part)| part.rule == rule).map(|(at, _)| at)
    }

    /// Fields to be read for a part: those of the group, and the one that is counted.
    pub(crate) fn reads(&self, part: usize) -> (&[ReadId], Option<ReadId>) {
        (&self.parts[part].by, self.parts[part].value)
    }

    /// Takes an event for which a part holds, or may hold. `group` is `None` where its fields are not known.
    pub(crate) fn take(
        &self,
        counted: &mut Counted,
        part: usize,
        time_ns: i64,
        truth: Truth,
        group: Option<Vec<Vec<u8>>>,
        value: Option<Vec<u8>>,
    ) -> Truth {
        // In which group it would count, or what, is not known: it may be the one that is missing.
        let Some(group) = group else { return Truth::Unknown };
        let value = match (value, self.what) {
            (None, What::Values) => return Truth::Unknown,
            (value, _) => value.unwrap_or_default(),
        };
        if counted.groups.len() >= GROUPS_MAX && !counted.groups.contains_key(&group) {
            let from = time_ns.saturating_sub(self.span_ns);
            counted.groups.retain(|_, seen| seen.back().is_some_and(|last| last.time_ns > from));
            if counted.groups.len() >= GROUPS_MAX {
                return Truth::Unknown;
            }
        }
        let seen = counted.groups.entry(group).or_default();
        while seen.len() >= REMEMBERED_MAX
            || seen.front().is_some_and(|first| first.time_ns < time_ns.saturating_sub(self.span_ns))
        {
            seen.pop_front();
        }
        seen.push_back(Sighting { time_ns, part, truth, value });
        let answer = self.answer(seen);
        if answer == Truth::Yes {
            // Counted anew, or every further event would be one more answer.
            seen.clear();
        }
        answer
    }

    fn answer(&self, seen: &VecDeque<Sighting>) -> Truth {
        let holds = |least: Truth| {
            let mut sure = seen.iter().filter(|sighting| sighting.truth >= least);
            match self.what {
                What::Events => sure.count() >= self.least,
                What::Values => sure.map(|one| &one.value).collect::<BTreeSet<_>>().len() >= self.least,
                What::Together => sure.map(|one| one.part).collect::<BTreeSet<_>>().len() >= self.least,
                What::InOrder => (0..self.least).all(|part| sure.any(|one| one.part == part)),
            }
        };
        if holds(Truth::Yes) {
            Truth::Yes
        } else if holds(Truth::Unknown) {
            Truth::Unknown
        } else {
            Truth::No
        }
    }
}
