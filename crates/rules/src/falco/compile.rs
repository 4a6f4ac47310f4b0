//! From Falco's expressions to the internal form.

use crate::{
    catalogue::{
        Cluster, Field,
        falco::{self as names, Kind as ValueKind},
        is_told,
    },
    falco::condition::{Expression, FieldOf, Right},
    fault::{Kind, Reason},
    form::{Ask, Comparison, Forms, NodeId, Read, Transform},
    matcher::{Matcher, Net, Order, number, of_glob},
};

/// What the names in a condition stand for.
pub(crate) trait Names {
    /// The condition of a macro.
    fn of_macro(&mut self, name: &str, forms: &mut Forms) -> Result<NodeId, Reason>;
    /// The items of a list; `None` where the name is no list, but a value.
    fn of_list(&mut self, name: &str) -> Result<Option<Vec<String>>, Reason>;
}

/// Values of one comparison.
const VALUES_MAX: usize = 100_000;

/// Compiles an expression.
pub(crate) fn compile(expression: &Expression, names: &mut dyn Names, forms: &mut Forms) -> Result<NodeId, Reason> {
    // As deep as the parser allows.
    match expression {
        Expression::And(all) => {
            let all = all.iter().map(|one| compile(one, names, forms)).collect::<Result<Vec<_>, _>>()?;
            forms.and(all)
        }
        Expression::Or(all) => {
            let all = all.iter().map(|one| compile(one, names, forms)).collect::<Result<Vec<_>, _>>()?;
            forms.or(all)
        }
        Expression::Not(one) => {
            let one = compile(one, names, forms)?;
            forms.not(one)
        }
        Expression::Macro(name) => names.of_macro(name, forms),
        Expression::Check { left, operator, right } => match right {
            Right::Nothing => values(left, operator, &[], forms),
            Right::Text(text) => values(left, operator, std::slice::from_ref(text), forms),
            Right::List(items) => {
                let mut all = Vec::new();
                for (item, quoted) in items {
                    match if *quoted { None } else { names.of_list(item)? } {
                        Some(items) => all.extend(items),
                        None => all.push(item.clone()),
                    }
                    if all.len() > VALUES_MAX {
                        return Err(Reason::new(Kind::TooLarge, format!("more than {VALUES_MAX} values")));
                    }
                }
                values(left, operator, &all, forms)
            }
            Right::Field(other) => fields(left, operator, other, forms),
        },
    }
}

/// A field of the rule as a read of the catalogue.
fn read(field: &FieldOf) -> Result<(Read, ValueKind), Reason> {
    let shown = match &field.argument {
        Some(argument) => format!("{}[{argument}]", field.name),
        None => field.name.clone(),
    };
    let found = names::field(&field.name, field.argument.as_deref());
    let (catalogued, mut kind) = found.ok_or_else(|| Reason::new(Kind::UnknownField, shown.clone()))?;
    let mut name = shown;
    let mut transforms = Vec::new();
    for transformer in &field.transformers {
        name = format!("{transformer}({name})");
        let (transform, changed) = match *transformer {
            "tolower" => (Transform::Lower, ValueKind::Text),
            "toupper" => (Transform::Upper, ValueKind::Text),
            "b64" => (Transform::Base64Decoded, ValueKind::Text),
            "basename" => (Transform::Basename, ValueKind::Text),
            _ => (Transform::Length, ValueKind::Number),
        };
        transforms.push(transform);
        kind = changed;
    }
    Ok((Read { field: catalogued, transforms, name }, kind))
}

/// Whether the field is a list of which `in` asks every item.
fn is_list(field: &Field) -> bool {
    matches!(
        field,
        Field::Cluster(
            Cluster::MetaList(_)
                | Cluster::BodyList(_)
                | Cluster::Repositories
                | Cluster::RoleRules(_)
                | Cluster::SourceIps
                | Cluster::UriParameter(_)
        )
    )
}

/// A comparison with values.
pub(crate) fn values(
    left: &FieldOf,
    operator: &'static str,
    values: &[String],
    forms: &mut Forms,
) -> Result<NodeId, Reason> {
    let (mut read, kind) = read(left)?;
    if matches!(operator, "icontains" | "iglob") {
        read.transforms.push(Transform::Lower);
    }
    // Flags that events do not keep would look as if they were not set.
    if matches!(&read.field, Field::Argument(name) if name == "flags")
        && operator != "exists"
        && !values.iter().flat_map(|value| value.split('|')).all(is_told)
    {
        read.field = Field::Nowhere;
    }
    let each = operator == "in" && is_list(&read.field);
    let words = match operator {
        "exists" => operator.to_string(),
        "in" | "intersects" | "pmatch" => format!("{operator} ({})", values.join(", ")),
        _ => format!("{operator} {}", values.join(", ")),
    };
    forms.test(read, format!("{operator} {values:?}"), &words, |_| {
        if operator == "exists" {
            return Ok(Ask::Exists);
        }
        Ok(Ask::Value { matcher: matcher(operator, values, kind)?, each, negated: operator == "!=" })
    })
}

fn matcher(operator: &str, values: &[String], kind: ValueKind) -> Result<Matcher, Reason> {
    let first = values.first().map_or("", String::as_str);
    match operator {
        "=" | "==" | "!=" | "in" | "intersects" => equal(values, kind),
        "<" => Ok(Matcher::Number(Order::Less, of_number(first)?)),
        "<=" => Ok(Matcher::Number(Order::LessOrEqual, of_number(first)?)),
        ">" => Ok(Matcher::Number(Order::Greater, of_number(first)?)),
        ">=" => Ok(Matcher::Number(Order::GreaterOrEqual, of_number(first)?)),
        "contains" => Matcher::contains([first]),
        "icontains" => Matcher::contains([crate::eval::lower(first.as_bytes())]),
        "bcontains" => Matcher::contains([bytes(first)?]),
        "startswith" => Ok(Matcher::starts([first])),
        "bstartswith" => Ok(Matcher::starts([bytes(first)?])),
        "endswith" => Ok(Matcher::ends([first])),
        "glob" => Matcher::pattern(&of_glob(first)),
        "iglob" => Matcher::pattern(&of_glob(&first.to_lowercase())),
        // Falco asks whether the whole value matches.
        "regex" => Matcher::pattern(&format!("\\A(?:{first})\\z")),
        "pmatch" => Ok(Matcher::paths(values)),
        other => Err(Reason::new(Kind::Syntax, format!("the operator {other}"))),
    }
}

fn equal(values: &[String], kind: ValueKind) -> Result<Matcher, Reason> {
    match kind {
        ValueKind::Text => Ok(Matcher::set(values)),
        ValueKind::Number => {
            let all = values.iter().map(|value| of_number(value).map(|number| number.to_string()));
            Ok(Matcher::set(all.collect::<Result<Vec<_>, _>>()?))
        }
        ValueKind::Address => {
            let net = |value: &String| {
                Net::read(value).ok_or_else(|| Reason::new(Kind::BadValue, format!("{value}: no address or network")))
            };
            Ok(Matcher::Nets(values.iter().map(net).collect::<Result<_, _>>()?))
        }
    }
}

fn of_number(value: &str) -> Result<f64, Reason> {
    number(value.as_bytes()).ok_or_else(|| Reason::new(Kind::BadValue, format!("{value}: no number")))
}

/// Bytes in hexadecimal.
fn bytes(text: &str) -> Result<Vec<u8>, Reason> {
    let wrong = || Reason::new(Kind::BadValue, format!("{text}: no bytes in hexadecimal"));
    if !text.len().is_multiple_of(2) || !text.is_ascii() {
        return Err(wrong());
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).map_err(|_| wrong())).collect()
}

/// A comparison with another field.
fn fields(left: &FieldOf, operator: &'static str, right: &FieldOf, forms: &mut Forms) -> Result<NodeId, Reason> {
    let by = match operator {
        "=" | "==" | "in" | "intersects" => Comparison::Equal,
        "!=" => Comparison::NotEqual,
        "contains" | "icontains" => Comparison::Contains,
        "startswith" => Comparison::Starts,
        "endswith" => Comparison::Ends,
        "<" => Comparison::Number(Order::Less),
        "<=" => Comparison::Number(Order::LessOrEqual),
        ">" => Comparison::Number(Order::Greater),
        ">=" => Comparison::Number(Order::GreaterOrEqual),
        other => return Err(Reason::new(Kind::Syntax, format!("{other} with a field on the right"))),
    };
    let ((mut left, _), (mut right, _)) = (read(left)?, read(right)?);
    if operator == "icontains" {
        left.transforms.push(Transform::Lower);
        right.transforms.push(Transform::Lower);
    }
    let words = format!("{operator} val({})", right.name);
    forms.test(left, format!("{words} {:?}", right.field), &words, |forms| {
        Ok(Ask::Field { other: forms.read(right), by })
    })
}
