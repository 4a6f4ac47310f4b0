//! A crate uses lower floors only.

use crate::{
    manifests::{Floor, Manifest, floor, manifests},
    tidy::Fault,
    tree::Tree,
};

/// Dependencies between crates of one floor, each with its reason. On floors 1 and 2 there are no others.
const SIDEWAYS: &[(&str, &str, &str)] = &[
    ("stdx", "model", "artefacts of a case are read and written as the values of model"),
    ("texts", "model", "texts show paths and names by model's escaping"),
    ("correlate", "detect", "detect::signs says which checks make a process hostile"),
    ("scope", "detect", "detect::signs says which paths are secrets, settings and startup files"),
];

pub(super) fn faults(tree: &Tree) -> Vec<Fault> {
    let manifests = manifests(tree);
    let mut faults = Vec::new();
    for manifest in &manifests {
        let Some(own) = floor(&manifest.name) else {
            let text = format!("{} has no floor; give it one in crates/xtask/src/manifests.rs", manifest.name);
            faults.push(Fault::new(&manifest.path, 0, text));
            continue;
        };
        one_crate(manifest, own, &mut faults);
    }
    for (from, to, _) in SIDEWAYS {
        let user = manifests.iter().find(|manifest| manifest.name == *from);
        if let Some(user) = user
            && !user.dependencies.iter().any(|name| name == to)
        {
            let text = format!("the sideways edge to {to} is gone; take it out of tidy/floors.rs");
            faults.push(Fault::new(&user.path, 0, text));
        }
    }
    faults
}

fn one_crate(manifest: &Manifest, own: Floor, faults: &mut Vec<Fault>) {
    let name = &manifest.name;
    for used in &manifest.dependencies {
        let Some(theirs) = floor(used) else { continue };
        let listed = SIDEWAYS.iter().any(|(from, to, _)| from == name && to == used);
        let text = if theirs == Floor::Beside {
            format!("{used} stands beside the floors: only tests may use it")
        } else if theirs > own {
            format!("{name} uses {used}, which stands on a higher floor")
        } else if theirs == own && !listed {
            format!("{name} uses {used} of its own floor; move what both need to a lower one")
        } else {
            continue;
        };
        faults.push(Fault::new(&manifest.path, 0, text));
    }
    for used in &manifest.dev_dependencies {
        if floor(used).is_some_and(|theirs| theirs > own && theirs != Floor::Beside) {
            let text = format!("the tests of {name} use {used}, which stands on a higher floor");
            faults.push(Fault::new(&manifest.path, 0, text));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::planted;

    fn manifest(name: &str, rest: &str) -> String {
        format!("[package]\nname = \"{name}\"\n{rest}")
    }

    fn one(name: &str, rest: &str) -> Vec<String> {
        planted(faults, &[("crates/x/Cargo.toml", &manifest(name, rest))])
    }

    #[test]
    fn downwards_and_tests_sideways_are_fine() {
        assert!(one("flow", "[dependencies]\nrestore.workspace = true\nmodel.workspace = true").is_empty());
        assert!(one("plan", "[dev-dependencies]\nparse.workspace = true\ntestkit.workspace = true").is_empty());
    }

    #[test]
    fn upwards_sideways_and_beside_are_found() {
        assert!(one("plan", "[dependencies]\nbackup.workspace = true")[0].contains("higher floor"));
        assert!(one("plan", "[dev-dependencies]\nflow.workspace = true")[0].contains("higher floor"));
        assert!(one("backup", "[dependencies]\nstore.workspace = true")[0].contains("its own floor"));
        assert!(one("backup", "[build-dependencies]\nstore.workspace = true")[0].contains("its own floor"));
        assert!(one("plan", "[target.'cfg(unix)'.dependencies]\nverify = {}")[0].contains("its own floor"));
        assert!(one("cli", "[dependencies]\ntestkit.workspace = true")[0].contains("only tests"));
        assert!(one("unheard", "")[0].contains("no floor"));
        assert!(one("scope", "[dependencies]\nmodel = {}")[0].contains("edge to detect is gone"));
    }
}
