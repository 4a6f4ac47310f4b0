//! Exceptions of Falco rules: fields, how they compare, and the values for which the rule does not hold.

use super::condition::{Expression, FieldOf, Right};
use crate::{
    fault::{Kind, Reason},
    yaml::{Node, Value},
};

/// Values of one exception.
const VALUES_MAX: usize = 20_000;

/// An exception.
#[derive(Debug, Clone)]
pub(crate) struct Exception {
    name: String,
    /// One field, or several whose values come together.
    fields: Vec<FieldOf>,
    operators: Vec<&'static str>,
    /// Whether `fields` is one text: then the values are a list that the field is compared with as a whole.
    single: bool,
    values: Vec<Node>,
}

const OPERATORS: &[&str] = &[
    "=",
    "==",
    "!=",
    "<",
    "<=",
    ">",
    ">=",
    "contains",
    "icontains",
    "bcontains",
    "startswith",
    "bstartswith",
    "endswith",
    "glob",
    "iglob",
    "in",
    "intersects",
    "pmatch",
    "regex",
];

/// Reads the exceptions of a rule.
pub(crate) fn read(node: &Node) -> Result<Vec<Exception>, Reason> {
    node.items().iter().map(one).collect()
}

fn wrong(name: &str, what: &str) -> Reason {
    Reason::new(Kind::BadException, format!("{name}: {what}"))
}

fn one(node: &Node) -> Result<Exception, Reason> {
    let name = node.get("name").and_then(Node::text).ok_or_else(|| wrong("", "no name"))?.to_string();
    let values = node.get("values").map_or(&[][..], Node::items).to_vec();
    let Some(fields) = node.get("fields").filter(|node| !node.is_null()) else {
        // An addition to an exception that is defined before: only its values.
        return Ok(Exception { name, fields: Vec::new(), operators: Vec::new(), single: false, values });
    };
    let single = matches!(fields.value, Value::Scalar(..));
    let text = |node: &Node| node.text().map(str::to_string).ok_or_else(|| wrong(&name, "fields"));
    let names = fields.one_or_more().iter().map(text).collect::<Result<Vec<_>, _>>()?;
    let operators = match node.get("comps").filter(|node| !node.is_null()) {
        None if single => vec!["in"],
        None => vec!["="; names.len()],
        Some(comps) => {
            let operator = |node: &Node| {
                let text = node.text().unwrap_or_default();
                OPERATORS.iter().find(|known| **known == text).copied().ok_or_else(|| wrong(&name, text))
            };
            comps.one_or_more().iter().map(operator).collect::<Result<Vec<_>, _>>()?
        }
    };
    if operators.len() != names.len() {
        return Err(wrong(&name, "fields and comps differ in number"));
    }
    let fields = names.iter().map(|text| field(&name, text)).collect::<Result<Vec<_>, _>>()?;
    Ok(Exception { name, fields, operators, single, values })
}

fn field(exception: &str, text: &str) -> Result<FieldOf, Reason> {
    let parsed = super::condition::parse(&format!("{text} exists"));
    match parsed {
        Ok(Expression::Check { left, .. }) => Ok(left),
        _ => Err(wrong(exception, text)),
    }
}

/// Adds exceptions to those of a rule: values to one of the same name, or a new one.
pub(crate) fn append(known: &mut Vec<Exception>, more: Vec<Exception>) -> Result<(), Reason> {
    for exception in more {
        match known.iter_mut().find(|one| one.name == exception.name) {
            Some(one) if exception.fields.is_empty() || exception.fields == one.fields => {
                one.values.extend(exception.values);
            }
            Some(_) => return Err(wrong(&exception.name, "other fields than before")),
            None if exception.fields.is_empty() => return Err(wrong(&exception.name, "no fields")),
            None => known.push(exception),
        }
    }
    Ok(())
}

impl Exception {
    /// What holds for an excepted event. `None` where no values are given.
    pub(crate) fn expression(&self) -> Result<Option<Expression>, Reason> {
        if self.fields.is_empty() {
            return Err(wrong(&self.name, "no fields"));
        }
        if self.values.is_empty() {
            return Ok(None);
        }
        if self.values.len() > VALUES_MAX {
            return Err(Reason::new(Kind::TooLarge, format!("{}: more than {VALUES_MAX} values", self.name)));
        }
        if self.single {
            return self.of_single().map(Some);
        }
        let rows = self.values.iter().map(|row| self.of_row(row)).collect::<Result<Vec<_>, _>>()?;
        Ok(Some(Expression::Or(rows)))
    }

    fn of_single(&self) -> Result<Expression, Reason> {
        let (left, operator) = (self.fields[0].clone(), self.operators[0]);
        if takes_list(operator) {
            let right = Right::List(self.values.iter().map(|value| self.item(value)).collect::<Result<Vec<_>, _>>()?);
            return Ok(Expression::Check { left, operator, right });
        }
        // Each value by itself.
        let one = |value: &Node| {
            Ok(Expression::Check { left: left.clone(), operator, right: Right::Text(self.item(value)?.0) })
        };
        Ok(Expression::Or(self.values.iter().map(one).collect::<Result<Vec<_>, Reason>>()?))
    }

    fn of_row(&self, row: &Node) -> Result<Expression, Reason> {
        let values = row.items();
        if values.len() != self.fields.len() {
            return Err(wrong(&self.name, "fields and values differ in number"));
        }
        let checks = self.fields.iter().zip(&self.operators).zip(values).map(|((field, operator), value)| {
            let right = if takes_list(operator) {
                Right::List(value.one_or_more().iter().map(|value| self.item(value)).collect::<Result<Vec<_>, _>>()?)
            } else {
                Right::Text(self.item(value)?.0)
            };
            Ok(Expression::Check { left: field.clone(), operator, right })
        });
        Ok(Expression::And(checks.collect::<Result<Vec<_>, Reason>>()?))
    }

    /// A value, and whether it was quoted inside the text: `'"a b"'` is one value, `a_list` or `(a, b)` may be a list.
    fn item(&self, node: &Node) -> Result<(String, bool), Reason> {
        let text = node.text().ok_or_else(|| wrong(&self.name, "a value that is no text"))?;
        let quoted = ['"', '\''].into_iter().find_map(|quote| text.strip_prefix(quote)?.strip_suffix(quote));
        Ok(match quoted {
            Some(inner) => (inner.to_string(), true),
            None => (text.trim().to_string(), false),
        })
    }
}

fn takes_list(operator: &str) -> bool {
    matches!(operator, "in" | "intersects" | "pmatch")
}
