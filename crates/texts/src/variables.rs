//! Which variables a message needs: its own, and those of the messages it refers to.

use std::collections::{BTreeMap, BTreeSet};

use fluent_bundle::FluentResource;
use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement};

/// A variable `X_known` is not given by callers: it is `yes` when `X` was given, else `no`.
pub(crate) const KNOWN: &str = "_known";

/// Variables that messages only select by. When they are not given, the message's default is right.
const SELECTORS: &[&str] = &["outcome"];

pub(crate) fn only_selects(name: &str) -> bool {
    SELECTORS.contains(&name)
}

/// What one message names in its own text.
#[derive(Default)]
pub(crate) struct Mentioned {
    variables: BTreeSet<String>,
    messages: BTreeSet<String>,
}

/// The messages of a resource and what each mentions.
pub(crate) fn of_messages(resource: &FluentResource) -> Vec<(String, Mentioned)> {
    let mut found = Vec::new();
    for entry in resource.entries() {
        if let Entry::Message(message) = entry {
            let mut mentioned = Mentioned::default();
            if let Some(pattern) = &message.value {
                in_pattern(pattern, &mut mentioned);
            }
            found.push((message.id.name.to_string(), mentioned));
        }
    }
    found
}

/// The variables of every message, including those of the messages it refers to.
pub(crate) fn with_references(messages: &BTreeMap<String, Mentioned>) -> BTreeMap<String, BTreeSet<String>> {
    let mut all = BTreeMap::new();
    for name in messages.keys() {
        let mut variables = BTreeSet::new();
        let mut seen = BTreeSet::new();
        let mut open = vec![name.clone()];
        // Bounded by the number of messages: each is opened once.
        while let Some(next) = open.pop() {
            if !seen.insert(next.clone()) {
                continue;
            }
            if let Some(mentioned) = messages.get(&next) {
                variables.extend(mentioned.variables.iter().cloned());
                open.extend(mentioned.messages.iter().cloned());
            }
        }
        all.insert(name.clone(), variables);
    }
    all
}

fn in_pattern(pattern: &Pattern<&str>, mentioned: &mut Mentioned) {
    for element in &pattern.elements {
        if let PatternElement::Placeable { expression } = element {
            in_expression(expression, mentioned);
        }
    }
}

fn in_expression(expression: &Expression<&str>, mentioned: &mut Mentioned) {
    match expression {
        Expression::Inline(inline) => in_inline(inline, mentioned),
        Expression::Select { selector, variants } => {
            in_inline(selector, mentioned);
            for variant in variants {
                in_pattern(&variant.value, mentioned);
            }
        }
    }
}

fn in_inline(inline: &InlineExpression<&str>, mentioned: &mut Mentioned) {
    match inline {
        InlineExpression::VariableReference { id } => {
            mentioned.variables.insert(id.name.to_string());
        }
        InlineExpression::MessageReference { id, .. } => {
            mentioned.messages.insert(id.name.to_string());
        }
        InlineExpression::Placeable { expression } => in_expression(expression, mentioned),
        InlineExpression::StringLiteral { .. }
        | InlineExpression::NumberLiteral { .. }
        | InlineExpression::FunctionReference { .. }
        | InlineExpression::TermReference { .. } => {}
    }
}
