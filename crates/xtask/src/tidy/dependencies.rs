//! External libraries: `anyhow` for faces only, none that opens files or sockets for thinkers, none unused.

use crate::{
    manifests::{Floor, Manifest, floor, manifests},
    modules::modules,
    rust_code::{code, names},
    tidy::Fault,
    tree::Tree,
};

/// Libraries whose purpose is input and output.
const INPUT_OUTPUT: &[&str] = &[
    "async-std",
    "cap-std",
    "crossbeam-channel",
    "dirs",
    "fs-err",
    "getrandom",
    "hyper",
    "libc",
    "memmap2",
    "mio",
    "nix",
    "notify",
    "object_store",
    "rand",
    "rayon",
    "reqwest",
    "rustic_core",
    "rustix",
    "socket2",
    "tempfile",
    "tokio",
    "ureq",
    "walkdir",
];

pub(super) fn faults(tree: &Tree) -> Vec<Fault> {
    let mut faults = Vec::new();
    for manifest in manifests(tree) {
        let own = floor(&manifest.name);
        for used in &manifest.dependencies {
            let is_face = matches!(own, None | Some(Floor::Face | Floor::Beside));
            if used == "anyhow" && !is_face {
                let text =
                    format!("{} uses anyhow; below floor 5 an error is a kind that callers can match", manifest.name);
                faults.push(Fault::new(&manifest.path, 0, text));
            }
            if own == Some(Floor::Thinker) && INPUT_OUTPUT.contains(&used.as_str()) {
                let text = format!("{} is a thinker and uses {used}, which does input and output", manifest.name);
                faults.push(Fault::new(&manifest.path, 0, text));
            }
        }
        unused(tree, &manifest, &mut faults);
    }
    faults
}

/// A dependency that no source file names.
fn unused(tree: &Tree, manifest: &Manifest, faults: &mut Vec<Fault>) {
    let modules = modules(tree, &manifest.directory);
    let words = |paths: &mut dyn Iterator<Item = &String>| -> String {
        let mut all = String::from(" ");
        for path in paths {
            let code = code(tree.text(path).unwrap_or_default());
            for named in names(&code.text) {
                all.push_str(named.path.split("::").next().unwrap_or_default());
                all.push(' ');
            }
        }
        all
    };
    let product = words(&mut modules.product.iter());
    let everything = words(&mut modules.product.iter().chain(&modules.tests));
    for (list, text) in [(&manifest.dependencies, &product), (&manifest.dev_dependencies, &everything)] {
        for used in list {
            if !text.contains(&format!(" {} ", used.replace('-', "_"))) {
                let text = format!("{} does not use {used}; take it out", manifest.name);
                faults.push(Fault::new(&manifest.path, 0, text));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::planted;

    fn one(name: &str, rest: &str, source: &str) -> Vec<String> {
        let manifest = format!("[package]\nname = \"{name}\"\n{rest}");
        planted(faults, &[("crates/x/Cargo.toml", &manifest), ("crates/x/src/lib.rs", source)])
    }

    #[test]
    fn used_libraries_in_their_place_are_fine() {
        assert!(one("cli", "[dependencies]\nanyhow = \"1\"", "use anyhow::Result;").is_empty());
        assert!(one("plan", "[dependencies]\nserde-x = \"1\"", "#[derive(serde_x::Y)] struct Z;").is_empty());
        assert!(one("plan", "[dev-dependencies]\ntempfile = \"3\"", "#[cfg(test)] use tempfile::X;").is_empty());
    }

    #[test]
    fn misplaced_and_unused_libraries_are_found() {
        assert!(one("plan", "[dependencies]\nanyhow = \"1\"", "use anyhow::Result;")[0].contains("floor 5"));
        assert!(one("plan", "[dependencies]\nrustix = \"1\"", "use rustix::fs;")[0].contains("input and output"));
        assert!(
            one("cli", "[dependencies]\nclap = \"1\"", "// clap\nconst X: &str = \"clap\";")[0]
                .contains("does not use clap")
        );
    }
}
