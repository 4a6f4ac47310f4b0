//! No dead files: every source file is compiled, every other file of a crate is named by one, every
//! document is linked from another, every script is called.

use std::collections::BTreeSet;

use crate::{
    manifests::manifests,
    modules::modules,
    rust_code::{Literal, code},
    tidy::Fault,
    tree::Tree,
};

pub(super) fn faults(tree: &Tree) -> Vec<Fault> {
    let mut faults = Vec::new();
    for manifest in manifests(tree) {
        one_crate(tree, &manifest.directory, &mut faults);
    }
    for path in tree.matching("docs/", ".md").filter(|path| *path != "docs/index.md") {
        if !is_linked(tree, path) {
            faults.push(Fault::new(path, 0, "no document links to it; name it in docs/index.md"));
        }
    }
    for path in tree.matching("scripts/", "") {
        let callers = tree.paths().filter(|caller| {
            *caller != path
                && (*caller == "Makefile"
                    || caller.starts_with("scripts/")
                    || caller.starts_with(".ci/")
                    || caller.ends_with(".rs"))
        });
        if !callers.filter_map(|caller| tree.text(caller)).any(|text| text.contains(path)) {
            faults.push(Fault::new(path, 0, "neither the Makefile nor a script calls it"));
        }
    }
    faults
}

fn one_crate(tree: &Tree, directory: &str, faults: &mut Vec<Fault>) {
    let found = modules(tree, directory);
    let compiled: BTreeSet<&str> = found.product.iter().chain(&found.tests).map(String::as_str).collect();
    let literals: Vec<Literal> =
        compiled.iter().flat_map(|path| code(tree.text(path).unwrap_or_default()).literals).collect();
    let folder = format!("{directory}/");
    for path in tree.matching(&folder, "") {
        let below = &path[folder.len()..];
        if below.ends_with(".rs") {
            if !compiled.contains(path) {
                faults.push(Fault::new(path, 0, "no `mod` line reaches it: it is never compiled"));
            }
        } else if below != "Cargo.toml" && !below.ends_with("README.md") && !is_named(below, &literals) {
            faults.push(Fault::new(path, 0, "no source file of its crate names it or its folder"));
        }
    }
}

/// Whether a string of the crate holds the file's name or a folder above it other than `src` and `tests`.
fn is_named(below: &str, literals: &[Literal]) -> bool {
    let parts: Vec<&str> = below.split('/').filter(|part| !matches!(*part, "src" | "tests")).collect();
    let file = parts.last().copied().unwrap_or_default();
    let stem = file.split('.').next().unwrap_or(file);
    literals.iter().any(|literal| {
        let words: Vec<&str> = literal.text.split(['/', '"', ' ']).collect();
        words.iter().any(|word| parts.contains(word)) || literal.text == stem
    })
}

fn is_linked(tree: &Tree, path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    tree.paths()
        .filter(|other| *other != path && other.ends_with(".md"))
        .filter_map(|other| tree.text(other))
        .any(|text| text.match_indices(name).any(|(at, _)| text[..at].ends_with(['(', '/'])))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::planted;

    const MANIFEST: (&str, &str) = ("crates/x/Cargo.toml", "[package]\nname = \"x\"");

    #[test]
    fn what_is_used_is_fine() {
        let lib = "mod a; const T: &str = include_str!(\"../locales/en/a.ftl\"); fn f() { page(\"tests/pages\"); }";
        let found = planted(
            faults,
            &[
                MANIFEST,
                ("crates/x/src/lib.rs", lib),
                ("crates/x/src/a.rs", ""),
                ("crates/x/locales/en/a.ftl", "x"),
                ("crates/x/tests/pages/one.md", "x"),
                ("docs/index.md", "[b](b.md)"),
                ("docs/b.md", "x"),
                ("scripts/c.sh", "x"),
                ("Makefile", "\tscripts/c.sh"),
            ],
        );
        assert!(found.is_empty(), "{found:?}");
    }

    #[test]
    fn each_dead_file_is_found() {
        let lib = ("crates/x/src/lib.rs", "fn f() { page(\"tests/pages\"); }");
        for dead in [
            "crates/x/src/a.rs",
            "crates/x/tests/old/part.rs",
            "crates/x/tests/other/one.md",
            "crates/x/src/style.css",
            "docs/b.md",
            "scripts/c.sh",
        ] {
            assert_eq!(planted(faults, &[MANIFEST, lib, (dead, "x")]).len(), 1, "{dead}");
        }
    }
}
