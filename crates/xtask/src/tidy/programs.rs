//! Every program that a test starts is one that `make test` installs.

use std::collections::BTreeSet;

use crate::{
    manifests::manifests,
    modules::modules,
    rust_code::{code, names},
    tidy::Fault,
    tree::Tree,
};

const SETUP: &str = "scripts/setup-tests.sh";

/// What every machine with a shell and Rust has.
const EVERYWHERE: &[&str] = &["cargo", "sh"];

/// Starts the programs that it is compared with, outside of tests; its script says what to install.
const MEASUREMENTS: &str = "bench";

pub(super) fn faults(tree: &Tree) -> Vec<Fault> {
    let mut faults = Vec::new();
    let installed = installed(tree);
    let mut started = BTreeSet::from(["cc".to_string()]);
    for manifest in manifests(tree).into_iter().filter(|manifest| manifest.directory != MEASUREMENTS) {
        let found = modules(tree, &manifest.directory);
        for path in found.product.iter().chain(&found.tests) {
            let source = tree.text(path).unwrap_or_default();
            let code = code(source);
            if !names(&code.text).iter().any(|named| named.path.ends_with("process::Command"))
                && !source.contains("process::Command")
            {
                continue;
            }
            for literal in &code.literals {
                if !source.contains(&format!("Command::new(\"{}\")", literal.text)) {
                    continue;
                }
                started.insert(literal.text.clone());
                if !installed.contains(&literal.text) && !EVERYWHERE.contains(&literal.text.as_str()) {
                    let text = format!("starts {}, which {SETUP} does not install", literal.text);
                    faults.push(Fault::new(path, literal.line, text));
                }
            }
        }
    }
    for program in installed.difference(&started) {
        faults.push(Fault::new(SETUP, 0, format!("installs {program}, which no test starts")));
    }
    faults
}

/// The first words of the lines of the script's tables (`…_programs="` to `"`).
fn installed(tree: &Tree) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut in_table = false;
    for line in tree.text(SETUP).unwrap_or_default().lines() {
        if line.ends_with("_programs=\"") {
            in_table = true;
        } else if line == "\"" {
            in_table = false;
        } else if in_table {
            found.extend(line.split_whitespace().next().map(ToString::to_string));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::planted;

    fn one(script: &str, source: &str) -> Vec<String> {
        let manifest = ("crates/x/Cargo.toml", "[package]\nname = \"x\"");
        planted(faults, &[manifest, ("crates/x/src/lib.rs", source), (SETUP, script)])
    }

    #[test]
    fn what_is_started_is_installed() {
        let source = "use std::process::Command;\nfn f() { Command::new(\"restic\"); Command::new(\"sh\"); }";
        let script = "a_programs=\"\ncc  gcc  x\n\"\nb_programs=\"\nrestic restic why\n\"\n";
        assert!(one(script, source).is_empty());
        assert!(one(&script.replace("restic", "borg"), source)[0].contains("starts restic"));
        assert!(one(script, "fn f() {}")[0].contains("no test starts"));
        assert!(one(script, "fn f() { clap::Command::new(\"x\"); }")[0].contains("installs restic"));
    }
}
