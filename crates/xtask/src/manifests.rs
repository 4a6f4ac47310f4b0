//! What the crates say of themselves: floors, and the dependencies of each manifest.

use crate::tree::Tree;

/// The floor of every crate. A crate uses lower floors only (see ARCHITECTURE.md).
pub const FLOORS: &[(&str, Floor)] = &[
    ("model", Floor::Ground),
    ("stdx", Floor::Ground),
    ("texts", Floor::Ground),
    ("parse", Floor::Thinker),
    ("normalise", Floor::Thinker),
    ("rules", Floor::Thinker),
    ("detect", Floor::Thinker),
    ("correlate", Floor::Thinker),
    ("scope", Floor::Thinker),
    ("plan", Floor::Thinker),
    ("verify", Floor::Thinker),
    ("report", Floor::Thinker),
    ("intake", Floor::Hand),
    ("store", Floor::Hand),
    ("query", Floor::Hand),
    ("backup", Floor::Hand),
    ("custody", Floor::Hand),
    ("restore", Floor::Writer),
    ("flow", Floor::Conductor),
    ("cli", Floor::Face),
    ("testkit", Floor::Beside),
    ("xtask", Floor::Beside),
    ("bench", Floor::Beside),
];

/// A floor of the workspace, lowest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Floor {
    /// 0: nouns, what the standard library could have, texts.
    Ground,
    /// 1: functions from values to values.
    Thinker,
    /// 2: read the world, and write their own part of a case.
    Hand,
    /// 3: the only one that writes to a target.
    Writer,
    /// 4: the order of the stages.
    Conductor,
    /// 5: what people and programs talk to.
    Face,
    /// Beside the floors: may use any crate, and only tests may use it.
    Beside,
}

/// The floor of a crate of this workspace, `None` for a name that is not in the table.
pub fn floor(name: &str) -> Option<Floor> {
    FLOORS.iter().find(|(known, _)| *known == name).map(|(_, floor)| *floor)
}

/// One crate of the workspace.
#[derive(Debug)]
pub struct Manifest {
    /// Its name.
    pub name: String,
    /// Path of its `Cargo.toml`.
    pub path: String,
    /// Its directory.
    pub directory: String,
    /// What the product needs, build scripts included.
    pub dependencies: Vec<String>,
    /// What its tests need.
    pub dev_dependencies: Vec<String>,
}

/// The manifests of all crates, by path. One that is no TOML is left out: cargo says so itself.
pub fn manifests(tree: &Tree) -> Vec<Manifest> {
    let directories = tree.crates().into_iter().chain(tree.contains("bench/Cargo.toml").then_some("bench"));
    directories.filter_map(|directory| manifest(tree, directory)).collect()
}

fn manifest(tree: &Tree, directory: &str) -> Option<Manifest> {
    let path = format!("{directory}/Cargo.toml");
    let table: toml::Table = tree.text(&path)?.parse().ok()?;
    let name = table.get("package")?.get("name")?.as_str()?.to_string();
    let mut dependencies = Vec::new();
    let mut dev_dependencies = Vec::new();
    let targets = table.get("target").and_then(toml::Value::as_table);
    let for_targets = targets.into_iter().flat_map(|targets| targets.values().filter_map(toml::Value::as_table));
    for section in std::iter::once(&table).chain(for_targets) {
        dependencies.extend(keys(section, "dependencies"));
        dependencies.extend(keys(section, "build-dependencies"));
        dev_dependencies.extend(keys(section, "dev-dependencies"));
    }
    Some(Manifest { name, path, directory: directory.to_string(), dependencies, dev_dependencies })
}

fn keys(section: &toml::Table, kind: &str) -> Vec<String> {
    section.get(kind).and_then(toml::Value::as_table).map(|named| named.keys().cloned().collect()).unwrap_or_default()
}
