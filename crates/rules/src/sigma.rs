//! Sigma rules: detections over log sources, and correlations of them.
//!
//! Source: the Sigma specification 2.0 (rules, modifiers, correlation rules) and, where it is silent, pySigma.

mod condition;
pub(crate) mod correlation;
mod detection;
mod modifiers;
mod text;

use crate::{
    catalogue::{Field, sigma as names},
    fault::{Fault, Kind, Reason},
    form::{Ask, Forms, NodeId, Read},
    loader::{Language, Rule},
    matcher::Matcher,
    truth::Truth,
    yaml::{self, Node},
};

/// Documents of all files together.
const DOCUMENTS_MAX: usize = 100_000;

/// Everything that Sigma files hold so far.
#[derive(Debug, Default)]
pub(crate) struct Sigma {
    documents: Vec<(String, Node)>,
}

impl Sigma {
    /// Takes a file in. What is wrong with a document costs that document.
    pub(crate) fn take(&mut self, file: &str, text: &str, faults: &mut Vec<Fault>) {
        let (documents, broken) = yaml::read(text, "---");
        let fault = |line, reason| Fault { file: file.to_string(), line, rule: None, reason };
        faults.extend(broken.into_iter().map(|(line, reason)| fault(line, reason)));
        for document in documents.into_iter().filter(|document| !document.is_null()) {
            if self.documents.len() >= DOCUMENTS_MAX {
                let reason = Reason::new(Kind::TooLarge, format!("more than {DOCUMENTS_MAX} rules"));
                faults.push(fault(document.line, reason));
                return;
            }
            self.documents.push((file.to_string(), document));
        }
    }

    /// Compiles everything: detections first, then the correlations that name them. `rules` holds those of before.
    pub(crate) fn compile(self, forms: &mut Forms, rules: &mut Vec<Rule>, faults: &mut Vec<Fault>) {
        let first = rules.len();
        let (correlations, detections): (Vec<_>, Vec<_>) =
            self.documents.into_iter().partition(|(_, document)| document.get("correlation").is_some());
        for (file, document) in detections {
            let compiled = root(&document, forms).and_then(|root| rule(&file, &document, root));
            take(compiled, file, &document, rules, faults);
        }
        let behind = rules.len();
        for (file, document) in correlations {
            let compiled =
                forms.constant(Truth::No).and_then(|root| rule(&file, &document, root)).and_then(|mut rule| {
                    let correlation = correlation::read(&document, &rules[first..behind], first, forms)?;
                    rule.correlation = Some(correlation);
                    Ok(rule)
                });
            take(compiled, file, &document, rules, faults);
        }
        correlation::silence(&mut rules[first..], first);
    }
}

fn take(compiled: Result<Rule, Reason>, file: String, document: &Node, rules: &mut Vec<Rule>, faults: &mut Vec<Fault>) {
    match compiled {
        Ok(rule) => rules.push(rule),
        Err(reason) => {
            let rule = document.get("title").and_then(Node::text).map(str::to_string);
            faults.push(Fault { file, line: document.line, rule, reason });
        }
    }
}

fn rule(file: &str, document: &Node, root: NodeId) -> Result<Rule, Reason> {
    let text = |key: &str| document.get(key).and_then(Node::text).map(|text| text.trim().to_string());
    let tags = document.get("tags").map_or(&[][..], Node::items);
    Ok(Rule {
        language: Language::Sigma,
        name: text("title").ok_or_else(|| Reason::new(Kind::Missing, "title"))?,
        id: text("id"),
        alias: text("name"),
        description: text("description").unwrap_or_default(),
        file: file.to_string(),
        line: document.line,
        level: text("level").unwrap_or_default().to_lowercase(),
        tags: tags.iter().filter_map(Node::text).map(str::to_string).collect(),
        output: String::new(),
        enabled: true,
        root,
        correlation: None,
        silent: false,
    })
}

/// The condition of a detection rule: its log source, and what it looks for.
fn root(document: &Node, forms: &mut Forms) -> Result<NodeId, Reason> {
    let detection = document.get("detection").ok_or_else(|| {
        let kind = if document.get("title").is_some() { Kind::Missing } else { Kind::NoRule };
        Reason::new(kind, "detection")
    })?;
    let source = document.get("logsource").ok_or_else(|| Reason::new(Kind::Missing, "logsource"))?;
    let part = |key: &str| source.get(key).and_then(Node::text);
    let (product, category, service) = (part("product"), part("category"), part("service"));
    let meant = names::source(product, category, service).ok_or_else(|| {
        let parts: Vec<&str> = [product, category, service].into_iter().flatten().collect();
        Reason::new(Kind::UnknownSource, parts.join(", "))
    })?;
    let mut all = Vec::new();
    // Alerts are conclusions, not events that rules are about.
    let read = Read { field: Field::Stream, transforms: Vec::new(), name: "stream".to_string() };
    let streams = ["syscall", "k8s_audit", "log"];
    let recorded = forms.test(read.clone(), "log source".to_string(), "is no alert", |_| {
        Ok(Ask::Value { matcher: Matcher::set(streams), each: false, negated: false })
    });
    all.push(recorded?);
    for (field, name, values) in meant.tests {
        let read = Read { field, transforms: Vec::new(), name: name.to_string() };
        let words = format!("= {}", values.join(", "));
        all.push(forms.test(read, format!("log source {values:?}"), &words, |_| {
            Ok(Ask::Value { matcher: Matcher::set(values), each: false, negated: false })
        })?);
    }
    all.push(detection::compile(detection, forms)?);
    forms.and(all)
}
