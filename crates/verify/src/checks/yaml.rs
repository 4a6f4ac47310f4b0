//! V3: YAML 1.2, read as a stream of events: aliases are counted, never expanded, and nothing recurses.
//!
//! Almost any text is YAML: a stream of plain scalars alone cannot tell. A file with template marks
//! (`{{`, `{%`) that does not parse cannot tell either: it may become YAML only when it is filled in.

use std::collections::{BTreeMap, BTreeSet};

use model::Rung;
use yaml_rust2::{
    Event,
    parser::Parser,
    scanner::{ScanError, TScalarStyle},
};

use crate::{
    Check, Expected, Format, Observed, Reply,
    encoding::{self, Text},
    format,
};

/// Longer texts are not parsed. The parser makes a few hundred bytes of every token; the largest real
/// manifests (bundles of custom resource definitions) have some 4 MiB.
const BYTES_MAX: usize = 16 * 1024 * 1024;
/// Nesting deeper than this is not followed.
const DEPTH_MAX: usize = 1000;
/// Aliases that would make more nodes than this are stated: a reader that expands them would drown.
const EXPANDED_NODES_MAX: u64 = 10_000_000;

pub(super) struct Yaml;

impl Check for Yaml {
    fn name(&self) -> &'static str {
        "yaml"
    }

    fn rung(&self) -> Rung {
        Rung::V3
    }

    fn applies(&self, expected: &Expected, observed: &Observed) -> bool {
        format::formats(expected, observed).contains(&Format::Yaml)
    }

    fn check(&self, _: &Expected, observed: &Observed) -> Reply {
        let content = observed.bytes().unwrap_or_default();
        if content.is_empty() {
            return Reply::no("empty, and the chosen version is not");
        }
        if content.len() > BYTES_MAX {
            return Reply::cannot_tell("a validator for YAML of this size", format!("longer than {BYTES_MAX} bytes"));
        }
        let text = match encoding::read(content) {
            Text::Readable(text) if text.encoding.starts_with("UTF-") => text.text,
            Text::Readable(text) => return Reply::no(format!("text in {}, and YAML is Unicode", text.encoding)),
            Text::Unclear { seen, .. } | Text::No { seen } => return Reply::no(format!("no Unicode text: {seen}")),
        };
        match read(&text) {
            Ok(summary) => summary.reply(),
            Err(Fault::TooDeep) => {
                Reply::cannot_tell("a validator for nesting this deep", "nested deeper than is followed")
            }
            Err(Fault::Wrong(error)) => {
                let proof = crate::short(&error.to_string());
                if error.info().contains("unknown anchor") {
                    return Reply::cannot_tell("the file that defines the anchor: this may be a part of it", proof);
                }
                if text.contains("{{") || text.contains("{%") {
                    return Reply::cannot_tell("the values that fill the template", format!("a template: {proof}"));
                }
                Reply::no(proof)
            }
        }
    }
}

enum Fault {
    Wrong(ScanError),
    TooDeep,
}

#[derive(Default)]
struct Summary {
    documents: u64,
    nodes: u64,
    collections: u64,
    quoted: u64,
    aliases: u64,
    expanded: u64,
    duplicate_keys: u64,
}

/// An open collection.
struct Open {
    anchor: usize,
    /// Nodes in it so far, aliases counted with what they stand for.
    expanded: u64,
    /// For a mapping: its scalar keys so far, and whether the next node is a key.
    keys: Option<(BTreeSet<String>, bool)>,
}

fn read(text: &str) -> Result<Summary, Fault> {
    let mut parser = Parser::new_from_str(text);
    let mut summary = Summary::default();
    let mut open: Vec<Open> = Vec::new();
    let mut sizes: BTreeMap<usize, u64> = BTreeMap::new();
    // Every event takes at least one character or closes what one opened; twice that is a safe bound.
    for _ in 0..text.len().saturating_mul(4).saturating_add(64) {
        let (event, _) = parser.next_token().map_err(Fault::Wrong)?;
        match event {
            Event::StreamEnd => return Ok(summary),
            Event::Nothing | Event::StreamStart | Event::DocumentEnd => {}
            Event::DocumentStart => {
                summary.documents += 1;
                sizes.clear();
            }
            Event::Alias(anchor) => {
                summary.aliases += 1;
                let size = sizes.get(&anchor).copied().unwrap_or(1);
                ended(&mut summary, &mut open, size, None);
            }
            Event::Scalar(value, style, anchor, _) => {
                summary.quoted += u64::from(style != TScalarStyle::Plain);
                if anchor > 0 {
                    sizes.insert(anchor, 1);
                }
                ended(&mut summary, &mut open, 1, Some(value));
            }
            Event::SequenceStart(anchor, _) => open.push(Open { anchor, expanded: 1, keys: None }),
            Event::MappingStart(anchor, _) => {
                open.push(Open { anchor, expanded: 1, keys: Some((BTreeSet::new(), true)) })
            }
            Event::SequenceEnd | Event::MappingEnd => {
                summary.collections += 1;
                if let Some(closed) = open.pop() {
                    if closed.anchor > 0 {
                        sizes.insert(closed.anchor, closed.expanded);
                    }
                    ended(&mut summary, &mut open, closed.expanded, None);
                }
            }
        }
        if open.len() > DEPTH_MAX {
            return Err(Fault::TooDeep);
        }
    }
    Err(Fault::TooDeep)
}

/// A node of that expanded size has ended inside the innermost open collection.
fn ended(summary: &mut Summary, open: &mut [Open], size: u64, scalar: Option<String>) {
    summary.nodes += 1;
    let Some(parent) = open.last_mut() else {
        summary.expanded = summary.expanded.saturating_add(size);
        return;
    };
    parent.expanded = parent.expanded.saturating_add(size);
    if let Some((keys, is_key)) = &mut parent.keys {
        if *is_key && let Some(key) = scalar {
            // A merge key may stand several times by common usage.
            let merge = key == "<<";
            summary.duplicate_keys += u64::from(!keys.insert(key) && !merge);
        }
        *is_key = !*is_key;
    }
}

impl Summary {
    fn reply(self) -> Reply {
        let mut proof = format!("{} nodes in {} documents", self.nodes, self.documents);
        if self.aliases > 0 {
            proof.push_str(&format!("; {} aliases, {} nodes when expanded", self.aliases, self.expanded));
        }
        if self.expanded > EXPANDED_NODES_MAX {
            proof.push_str(" (an alias bomb)");
        }
        if self.duplicate_keys > 0 {
            proof.push_str(&format!("; {} repeated keys", self.duplicate_keys));
        }
        if self.nodes > 0 && self.collections == 0 && self.quoted == 0 {
            return Reply::cannot_tell("any structure: plain text without it is YAML too", proof);
        }
        Reply::yes(proof)
    }
}
