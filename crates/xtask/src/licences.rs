//! Every library's licence is one that `deny.toml` allows; with cargo-deny, its own checks as well.

mod expression;

use std::{
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use expression::allows;

/// What `deny.toml` says of licences.
struct Policy {
    allow: Vec<String>,
    exceptions: Vec<(String, Vec<String>)>,
    targets: Vec<String>,
}

/// Checks the licences of all libraries that a target of `deny.toml` compiles, and of tests.
///
/// Fails when one has a licence that is not allowed, or none.
pub(crate) fn run(root: &Path) -> Result<()> {
    let policy = policy(&std::fs::read_to_string(root.join("deny.toml")).context("cannot read deny.toml")?)?;
    let mut command = Command::new("cargo");
    command.args(["metadata", "--format-version=1", "--locked"]).current_dir(root).stderr(Stdio::inherit());
    for target in &policy.targets {
        command.args(["--filter-platform", target]);
    }
    let output = command.output().context("cannot start cargo metadata")?;
    ensure!(output.status.success(), "cargo metadata failed; it says why above");
    let metadata: Value = serde_json::from_slice(&output.stdout).context("cannot read what cargo metadata says")?;
    let (count, faults) = judge(&metadata, &policy);
    for fault in &faults {
        eprintln!("licences: {fault}");
    }
    ensure!(faults.is_empty(), "licences: {} of {count} libraries are not allowed by deny.toml", faults.len());
    println!("licences: all {count} libraries are allowed by deny.toml");
    cargo_deny(root)
}

fn policy(text: &str) -> Result<Policy> {
    let table: toml::Table = text.parse().context("deny.toml is no TOML")?;
    let texts = |value: Option<&toml::Value>| -> Vec<String> {
        let list = value.and_then(toml::Value::as_array);
        list.into_iter().flatten().filter_map(toml::Value::as_str).map(ToString::to_string).collect()
    };
    let licenses = table.get("licenses").and_then(toml::Value::as_table).context("deny.toml has no [licenses]")?;
    let exceptions = licenses.get("exceptions").and_then(toml::Value::as_array);
    let exceptions = exceptions
        .into_iter()
        .flatten()
        .filter_map(|entry| Some((entry.get("crate")?.as_str()?.to_string(), texts(entry.get("allow")))))
        .collect();
    let targets = texts(table.get("graph").and_then(|graph| graph.get("targets")));
    Ok(Policy { allow: texts(licenses.get("allow")), exceptions, targets })
}

/// Counts the libraries in use and lists those that are not allowed.
fn judge(metadata: &Value, policy: &Policy) -> (usize, Vec<String>) {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let used: Vec<Value> = list(&metadata["resolve"]["nodes"]).iter().map(|node| node["id"].clone()).collect();
    let ours = list(&metadata["workspace_members"]);
    let (mut count, mut faults) = (0, Vec::new());
    for package in list(&metadata["packages"]) {
        if !used.contains(&package["id"]) || ours.contains(&package["id"]) {
            continue;
        }
        count += 1;
        let name = package["name"].as_str().unwrap_or_default();
        let name_and_version = format!("{name} {}", package["version"].as_str().unwrap_or_default());
        let Some(licence) = package["license"].as_str() else {
            faults.push(format!("{name_and_version} names no licence"));
            continue;
        };
        let mut allowed = policy.allow.clone();
        allowed.extend(policy.exceptions.iter().filter(|(known, _)| known == name).flat_map(|(_, more)| more.clone()));
        match allows(licence, &allowed) {
            Some(true) => {}
            Some(false) => faults.push(format!("{name_and_version}: {licence}")),
            None => faults.push(format!("{name_and_version}: {licence:?} is no licence expression")),
        }
    }
    (count, faults)
}

/// Runs cargo-deny where it is installed. Its database of advisories comes over the network: without one,
/// that part is left out and said.
fn cargo_deny(root: &Path) -> Result<()> {
    let deny = |arguments: &[&str]| Command::new("cargo").arg("deny").args(arguments).current_dir(root).status();
    let version = Command::new("cargo").args(["deny", "--version"]).output().context("cannot start cargo")?;
    if !version.status.success() {
        println!("licences: cargo-deny is not installed; bans, sources and advisories are not checked");
        return Ok(());
    }
    ensure!(deny(&["check", "licenses", "bans", "sources"])?.success(), "cargo deny found faults; it lists them above");
    if !deny(&["fetch", "db"])?.success() {
        println!("licences: the database of advisories cannot be fetched; advisories are not checked");
        return Ok(());
    }
    ensure!(deny(&["check", "--disable-fetch", "advisories"])?.success(), "a library in use has an advisory");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_library_in_use_is_judged() {
        let policy = policy(
            "[licenses]\nallow = [\"MIT\"]\nexceptions = [{ allow = [\"MPL-2.0\"], crate = \"odd\" }]\n[graph]\ntargets = [\"x\"]",
        )
        .unwrap();
        assert_eq!(policy.targets, ["x"]);
        let package =
            |name: &str, licence: Value| json!({"id": name, "name": name, "version": "1", "license": licence});
        let metadata = json!({
            "packages": [
                package("ours", json!("none")), package("fine", json!("MIT OR GPL-3.0")), package("odd", json!("MPL-2.0")),
                package("other", json!("MPL-2.0")), package("silent", json!(null)), package("torn", json!("MIT OR")),
                package("elsewhere", json!("GPL-3.0")),
            ],
            "resolve": {"nodes": [{"id": "ours"}, {"id": "fine"}, {"id": "odd"}, {"id": "other"}, {"id": "silent"}, {"id": "torn"}]},
            "workspace_members": ["ours"],
        });
        let (count, faults) = judge(&metadata, &policy);
        assert_eq!(count, 5);
        assert_eq!(
            faults,
            ["other 1: MPL-2.0", "silent 1 names no licence", "torn 1: \"MIT OR\" is no licence expression"]
        );
    }
}
