//! Every recorded scenario: the touched set equals what an independent oracle saw change.

#![expect(clippy::unwrap_used, reason = "a test that cannot read its own recording has to stop")]

#[allow(dead_code, reason = "the other tests ask for more of it")]
mod common;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use common::{ATTACKS, BENIGN, decoded, evidence, judge, recordings, touched};

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
    // No record of any recording is missing, and nobody cut one.
    let is_hole = |finding: &&model::Finding| finding.check == "serial_hole";
    assert!(!judged.detection.findings.iter().any(|finding| is_hole(&finding)), "{name}: {findings:#?}");
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
    admin_debug = "admin-debug";
    backup_agent = "backup-agent";
    chroot_bind = "chroot-bind";
    ci_build = "ci-build";
    cover_up = "cover-up";
    inner_mounts = "inner-mounts";
    mknod_mount = "mknod-mount";
    node_agent = "node-agent";
    package_upgrade = "package-upgrade";
    persistence = "persistence";
    proc_root = "proc-root";
    ransom = "ransom";
    release_agent = "release-agent";
    runtime_socket = "runtime-socket";
}

/// The table of all recordings: `YOBITSUGI_UPDATE=1 cargo nextest run -p scope the_table` writes it anew.
#[test]
fn the_table_of_all_recordings() {
    use std::fmt::Write as _;

    let mut table = String::from(
        "# What is found in the recordings\n\nEvery recorded scenario, judged from its log alone. *Touched*: objects that the \
         oracle saw change, those that are listed of them (by the host's path, or by another name of the same inode, which only \
         a backup can tell apart), and those that are listed beside them.\n\n\
         | recording | incidents | furthest | touched | listed | beside | by |\n|---|--:|---|--:|--:|--:|---|\n",
    );
    let (mut wanted, mut listed, mut beside) = (0, 0, 0);
    for name in ATTACKS.iter().chain(BENIGN) {
        let folder = recordings().join(name);
        let judged = judge(&evidence(&folder));
        let expected: BTreeSet<String> = truth(&folder)["touched"].as_object().unwrap().keys().cloned().collect();
        let found = touched(&judged);
        let inodes = inodes_before(&folder);
        let by_inode: BTreeMap<u64, String> = judged
            .scopes
            .iter()
            .flat_map(|scope| &scope.touched)
            .filter_map(|object| Some((object.object.inode?, object.object.host_path.as_ref()?.path.to_text())))
            .collect();
        let alias = |path: &String| by_inode.get(inodes.get(path)?);
        let hit = expected.iter().filter(|path| found.contains(*path) || alias(path).is_some()).count();
        let named: BTreeSet<&String> = expected.iter().filter_map(alias).collect();
        let extra = found.difference(&expected).filter(|path| !named.contains(path)).count();
        let furthest = judged.incidents.iter().map(|incident| incident.outcome).max();
        let furthest = furthest.map_or("none".to_string(), |outcome| format!("{outcome:?}").to_lowercase());
        let crossings: BTreeSet<&str> = judged
            .incidents
            .iter()
            .flat_map(|incident| &incident.crossings)
            .map(|one| one.technique.as_str())
            .collect();
        let crossings = crossings.into_iter().collect::<Vec<_>>().join(", ");
        let incidents = judged.incidents.len();
        let _ = writeln!(
            table,
            "| {name} | {incidents} | {furthest} | {} | {hit} | {extra} | {crossings} |",
            expected.len()
        );
        assert_eq!(incidents > 0, ATTACKS.contains(name), "{name}");
        (wanted, listed, beside) = (wanted + expected.len(), listed + hit, beside + extra);
    }
    let _ = writeln!(table, "\nOf {wanted} touched objects {listed} are listed, and {beside} beside them.");
    testkit::golden::check("tests/recordings.md", &table);
}
