//! Which source files of a crate are compiled: reachable by `mod` from a root of cargo's.

use std::collections::BTreeSet;

use crate::{
    rust_code::{code, declared_modules, without_tests},
    tree::Tree,
};

/// The source files of one crate, by what they are compiled for.
#[derive(Debug, Default)]
pub struct Modules {
    /// Part of the library or program.
    pub product: BTreeSet<String>,
    /// Compiled for tests, benchmarks or examples only.
    pub tests: BTreeSet<String>,
}

/// Follows the `mod` lines of the crate in `directory`.
pub fn modules(tree: &Tree, directory: &str) -> Modules {
    let mut found = Modules::default();
    let manifest: toml::Table =
        tree.text(&format!("{directory}/Cargo.toml")).and_then(|text| text.parse().ok()).unwrap_or_default();
    let bins = manifest.get("bin").and_then(toml::Value::as_array).cloned().unwrap_or_default();
    let named = bins.iter().filter_map(|bin| bin.get("path")?.as_str()).map(|path| format!("{directory}/{path}"));
    let fixed = ["src/lib.rs", "src/main.rs", "build.rs"].map(|path| format!("{directory}/{path}"));
    let programs = roots_in(tree, &format!("{directory}/src/bin/"));
    for root in fixed.into_iter().chain(named).chain(programs) {
        follow(tree, &root, true, false, &mut found);
    }
    for folder in ["tests", "benches", "examples"] {
        for root in roots_in(tree, &format!("{directory}/{folder}/")) {
            follow(tree, &root, true, true, &mut found);
        }
    }
    found.tests.retain(|path| !found.product.contains(path));
    found
}

/// Files right in a folder of cargo's, and the `main.rs` of folders in it.
fn roots_in(tree: &Tree, folder: &str) -> Vec<String> {
    tree.matching(folder, ".rs")
        .filter(|path| {
            let below = &path[folder.len()..];
            !below.contains('/') || below.strip_suffix("/main.rs").is_some_and(|name| !name.contains('/'))
        })
        .map(ToString::to_string)
        .collect()
}

fn follow(tree: &Tree, path: &str, is_root: bool, for_tests: bool, found: &mut Modules) {
    let Some(text) = tree.text(path) else { return };
    let set = if for_tests { &mut found.tests } else { &mut found.product };
    if !set.insert(path.to_string()) {
        return;
    }
    let all = code(text);
    let product: BTreeSet<String> = declared_modules(&without_tests(&all.text)).into_iter().collect();
    let (parent, file) = path.rsplit_once('/').unwrap_or(("", path));
    let stem = file.trim_end_matches(".rs");
    let folder = if is_root || stem == "mod" { parent.to_string() } else { format!("{parent}/{stem}") };
    for name in declared_modules(&all.text) {
        let for_tests = for_tests || !product.contains(&name);
        for candidate in [format!("{folder}/{name}.rs"), format!("{folder}/{name}/mod.rs")] {
            follow(tree, &candidate, false, for_tests, found);
        }
    }
    // `#[path = "x.rs"] mod name;` and `include!("x.rs")` name a file beside this one.
    for literal in all.literals.iter().filter(|literal| literal.text.ends_with(".rs")) {
        follow(tree, &format!("{parent}/{}", literal.text), false, for_tests, found);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_every_way_to_a_file() {
        let tree = Tree::of(&[
            ("crates/a/Cargo.toml", "[[bin]]\nname = \"x\"\npath = \"src/x.rs\""),
            ("crates/a/src/lib.rs", "mod b;\n#[cfg(test)]\nmod proofs;\n#[path = \"odd.rs\"]\nmod even;"),
            ("crates/a/src/b.rs", "mod c;"),
            ("crates/a/src/b/c.rs", ""),
            ("crates/a/src/proofs.rs", "mod deep;"),
            ("crates/a/src/proofs/deep.rs", ""),
            ("crates/a/src/odd.rs", ""),
            ("crates/a/src/x.rs", ""),
            ("crates/a/src/dead.rs", ""),
            ("crates/a/tests/one.rs", "mod support;"),
            ("crates/a/tests/support/mod.rs", ""),
            ("crates/a/tests/suite/main.rs", "mod part;"),
            ("crates/a/tests/suite/part.rs", ""),
            ("crates/a/tests/suite/lost.rs", ""),
        ]);
        let found = modules(&tree, "crates/a");
        let short = |set: &BTreeSet<String>| set.iter().map(|path| path[9..].to_string()).collect::<Vec<_>>();
        assert_eq!(short(&found.product), ["src/b.rs", "src/b/c.rs", "src/lib.rs", "src/odd.rs", "src/x.rs"]);
        assert_eq!(
            short(&found.tests),
            [
                "src/proofs.rs",
                "src/proofs/deep.rs",
                "tests/one.rs",
                "tests/suite/main.rs",
                "tests/suite/part.rs",
                "tests/support/mod.rs"
            ]
        );
    }
}
