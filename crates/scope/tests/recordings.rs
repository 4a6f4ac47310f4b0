//! Every recorded scenario: the touched set equals what an independent oracle saw change.

#![expect(clippy::unwrap_used, reason = "a test that cannot read its own recording has to stop")]

mod common;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use common::{decoded, evidence, judge, recordings, touched};

fn truth(scenario: &Path) -> serde_json::Value {
    serde_json::from_slice(&fs::read(scenario.join("truth.json")).unwrap()).unwrap()
}

/// Inode of every path before the attack.
fn inodes_before(scenario: &Path) -> BTreeMap<String, u64> {
    let before: serde_json::Value = serde_json::from_slice(&decoded(&scenario.join("before.json.zst"))).unwrap();
    let entries = before.get("files").unwrap_or(&before).as_object().unwrap();
    entries.iter().filter_map(|(path, entry)| Some((path.clone(), entry["inode"].as_u64()?))).collect()
}

fn scenario(name: &str) {
    let folder = recordings().join(name);
    let judged = judge(&evidence(&folder));
    let truth = truth(&folder);
    let expected: BTreeSet<String> = truth["touched"].as_object().unwrap().keys().cloned().collect();
    let found = touched(&judged);
    let incidents: BTreeMap<&str, _> =
        judged.incidents.iter().map(|incident| (incident.id.as_str(), incident.outcome)).collect();
    // The log names a file as the intruder did, through symbolic links and by one of its hard links;
    // only a backup knows the other names. Here the inode stands in for it.
    let inodes = inodes_before(&folder);
    let aliases: BTreeMap<u64, String> = judged
        .scopes
        .iter()
        .flat_map(|scope| &scope.touched)
        .filter_map(|object| Some((object.object.inode?, object.object.host_path.as_ref()?.path.to_text())))
        .collect();
    let alias = |path: &String| inodes.get(path).and_then(|inode| aliases.get(inode));
    let missed: Vec<_> = expected.difference(&found).filter(|path| alias(path).is_none()).collect();
    let named: BTreeSet<&String> = expected.iter().filter_map(alias).collect();
    let extra: Vec<_> = found.difference(&expected).filter(|path| !named.contains(path)).collect();
    let findings: Vec<_> = judged
        .detection
        .findings
        .iter()
        .map(|finding| format!("{} {:?} {:?}", finding.id, finding.crossing, finding.facts))
        .collect();
    assert!(
        missed.is_empty() && extra.is_empty(),
        "{name}: missed {missed:#?}\nextra {extra:#?}\nincidents {incidents:#?}\nfindings {findings:#?}"
    );
    if expected.is_empty() {
        assert!(judged.incidents.is_empty(), "{name}: {incidents:#?} {findings:#?}");
    }
}

macro_rules! scenarios {
    ($($test:ident = $name:literal;)*) => {
        $(#[test] fn $test() { scenario($name); })*
    };
}

scenarios! {
    bind_mount_write = "bind-mount-write";
    bind_mount_light = "bind-mount-light";
    block_device_chroot = "block-device-chroot";
    core_pattern = "core-pattern";
    hostpid_nsenter = "hostpid-nsenter";
    inside_only = "inside-only";
    quiet = "quiet";
    runtime_socket = "runtime-socket";
}
