//! The rules of the workspace that no compiler checks: one `mod` line and one table line per rule.

mod artefacts;
mod bounds;
mod dependencies;
mod floors;
mod length;
mod links;
mod programs;
mod purity;
mod reachable;
mod registration;
mod stubs;
mod words;
mod writes;

use std::{fmt, path::Path};

use anyhow::{Result, ensure};

use crate::tree::Tree;

/// A rule: its name, and what it finds.
struct Rule {
    name: &'static str,
    faults: fn(&Tree) -> Vec<Fault>,
}

/// Every rule.
const RULES: &[Rule] = &[
    Rule { name: "floors", faults: floors::faults },
    Rule { name: "dependencies", faults: dependencies::faults },
    Rule { name: "purity", faults: purity::faults },
    Rule { name: "writes", faults: writes::faults },
    Rule { name: "bounds", faults: bounds::faults },
    Rule { name: "registration", faults: registration::faults },
    Rule { name: "reachable", faults: reachable::faults },
    Rule { name: "stubs", faults: stubs::faults },
    Rule { name: "length", faults: length::faults },
    Rule { name: "words", faults: words::faults },
    Rule { name: "links", faults: links::faults },
    Rule { name: "programs", faults: programs::faults },
    Rule { name: "artefacts", faults: artefacts::faults },
];

/// Something that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Fault {
    /// The file.
    pub(crate) path: String,
    /// The line, from 1; 0 for the whole file.
    pub(crate) line: usize,
    /// What is wrong and what to do.
    pub(crate) text: String,
}

impl Fault {
    pub(crate) fn new(path: &str, line: usize, text: impl Into<String>) -> Self {
        Self { path: path.to_string(), line, text: text.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.path, self.text),
            line => write!(f, "{}:{line}: {}", self.path, self.text),
        }
    }
}

/// Checks the checkout at `root`; prints every fault. Fails when there is one.
pub(crate) fn run(root: &Path) -> Result<()> {
    let tree = Tree::read(root)?;
    words::set_private(root);
    let mut count = 0;
    for rule in RULES {
        let mut faults = (rule.faults)(&tree);
        faults.sort();
        for fault in &faults {
            eprintln!("{}: {fault}", rule.name);
        }
        count += faults.len();
    }
    ensure!(count == 0, "tidy: {count} faults");
    println!("tidy: {} rules hold over {} files", RULES.len(), tree.paths().count());
    Ok(())
}

/// The texts of the faults that `rule` finds in a tree of `files`, as `path:line: text` up to the first `;`.
#[cfg(test)]
fn planted(rule: fn(&Tree) -> Vec<Fault>, files: &[(&str, &str)]) -> Vec<String> {
    let mut faults = rule(&Tree::of(files));
    faults.sort();
    faults.iter().map(ToString::to_string).collect()
}
