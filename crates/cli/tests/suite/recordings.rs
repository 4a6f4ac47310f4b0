//! Every recorded escape, the whole way: what the oracle saw change is touched, comes back as it was,
//! and nothing else changes.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::world::{Seen, World, is_root, quarantined, sweep};

struct Judged {
    truth: Value,
    before: BTreeMap<String, Seen>,
    after: BTreeMap<String, Seen>,
    touched: BTreeSet<String>,
    /// Reason by host path.
    left: BTreeMap<String, String>,
    quarantined: Vec<String>,
}

fn judge(world: &World, code: i32) -> Judged {
    let before = sweep(&world.path("target"));
    let ran = world.investigate("case", &["--approve", "--target", "target"]).ends_with(code);
    assert!(!ran.out.contains('⟦') && !ran.err.contains('⟦'), "{}{}", ran.out, ran.err);
    let scopes = world.artefact("case", "scope.json").unwrap();
    let objects = scopes.as_array().unwrap().iter().flat_map(|scope| scope["touched"].as_array().unwrap());
    let path_of = |object: &Value| object["host_path"]["path"].as_str().map(str::to_string);
    let touched = objects.map(|object| path_of(object).unwrap_or_else(|| panic!("unresolved {object}"))).collect();
    let plan = world.artefact("case", "plan.json").unwrap_or_default();
    let left = plan["not_restored"].as_array().into_iter().flatten().map(|left| {
        let (_, path) = left["object"].as_str().unwrap().split_once(':').unwrap();
        (path.to_string(), left["reason"].as_str().unwrap().to_string())
    });
    Judged {
        truth: world.truth(),
        before,
        after: sweep(&world.path("target")),
        touched,
        left: left.collect(),
        quarantined: quarantined(&world.path("target")),
    }
}

impl Judged {
    fn changes(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.truth["touched"].as_object().unwrap().iter()
    }

    fn check(&self) {
        let wanted: BTreeSet<String> = self.changes().map(|(path, _)| path.clone()).collect();
        assert_eq!(self.touched, wanted, "touched is what the oracle saw change");
        for (path, change) in self.changes() {
            self.check_object(path, change);
        }
        self.check_bystanders();
    }

    fn check_object(&self, path: &str, change: &Value) {
        let what = change["change"].as_str().unwrap();
        if let Some(reason) = self.left.get(path) {
            let texts = texts::Texts::new(texts::Language::En);
            assert!(texts.has(&format!("not-restored-{reason}")), "{path}: {reason} has no text");
            assert_eq!(self.before.get(path), self.after.get(path), "{path}: left alone, {reason}");
            let has_source = !self.truth["sources"][path]["exact"].as_array().is_none_or(Vec::is_empty);
            assert!(!has_source || reason == "later_benign_change", "{path} has a source, and {reason}");
            return;
        }
        if matches!(what, "created" | "renamed-to") {
            assert!(!self.after.contains_key(path), "{path}: made by the attacker, and still there");
            if let Some(sha256) = self.before[path].sha256.as_ref().filter(|_| self.before[path].kind == 'f') {
                assert!(self.quarantined.contains(sha256), "{path}: not in quarantine");
            }
            return;
        }
        let after = self.after.get(path).unwrap_or_else(|| panic!("{path}: {what}, not there again"));
        if change["before_type"] == "file" {
            let exact = !self.truth["sources"][path]["exact"].as_array().is_none_or(Vec::is_empty);
            let clean = self.truth["clean_sha256"][path].as_str();
            assert!(!exact || after.sha256.as_deref() == clean, "{path}: {what}, not the clean content");
            if exact {
                let modified = after.modified.0 * 1_000_000_000 + after.modified.1;
                assert_eq!(Some(modified), change["before_mtime_ns"].as_i64(), "{path}: time");
            }
        }
        let mode = u32::from_str_radix(change["before_mode"].as_str().unwrap().trim_start_matches("0o"), 8).unwrap();
        assert_eq!(after.mode, mode, "{path}: mode");
        if is_root() {
            let owner = (change["before_uid"].as_u64().unwrap(), change["before_gid"].as_u64().unwrap());
            assert_eq!((u64::from(after.owner.0), u64::from(after.owner.1)), owner, "{path}: owner");
        }
    }

    /// Nothing but touched objects changed: not the legitimate changes, not anything else. The time
    /// of a directory changes with its entries.
    fn check_bystanders(&self) {
        let bystanders = |seen: &BTreeMap<String, Seen>| -> BTreeMap<String, Seen> {
            let others = seen.iter().filter(|(path, _)| !self.touched.contains(*path));
            others
                .map(|(path, seen)| {
                    let modified = if seen.kind == 'd' { (0, 0) } else { seen.modified };
                    (path.clone(), Seen { modified, ..seen.clone() })
                })
                .collect()
        };
        let (before, after) = (bystanders(&self.before), bystanders(&self.after));
        for (path, seen) in &before {
            assert_eq!(after.get(path), Some(seen), "{path} was changed");
        }
        // Made by the attacker and gone before the recording ended: never in the tree.
        assert_eq!(after.len(), before.len(), "something was added");
        for path in self.truth["legit_changed"].as_object().into_iter().flat_map(|map| map.keys()) {
            assert!(self.touched.contains(path) || after.get(path) == before.get(path), "{path}: legitimate change");
        }
    }
}

macro_rules! escapes {
    ($($test:ident = $name:literal;)*) => {
        $(#[test] fn $test() { judge(&World::of($name), 10).check(); })*
    };
}

escapes! {
    bind_mount_light = "bind-mount-light";
    bind_mount_write = "bind-mount-write";
    block_device_chroot = "block-device-chroot";
    chroot_bind = "chroot-bind";
    core_pattern = "core-pattern";
    cover_up = "cover-up";
    hostpid_nsenter = "hostpid-nsenter";
    inner_mounts = "inner-mounts";
    mknod_mount = "mknod-mount";
    persistence = "persistence";
    proc_root = "proc-root";
    ransom = "ransom";
    release_agent = "release-agent";
    runtime_socket = "runtime-socket";
}

/// No incident, nothing changed, and the coverage says what could not be told.
fn without_incident(scenario: &str) {
    let world = World::of(scenario);
    let judged = judge(&world, 0);
    assert_eq!(world.artefact("case", "incidents.json").unwrap(), Value::Array(vec![]));
    assert_eq!(judged.before, judged.after, "no byte of the target was changed");
    assert!(world.artefact("case", "plan.json").is_none());
    let windows = world.artefact("case", "coverage.json").unwrap()["blind_windows"].clone();
    assert!(windows.as_array().is_some_and(|windows| !windows.is_empty()), "{windows}");
    let shown = world.run(&["coverage", "--case", "case"]).ends_with(0);
    assert!(shown.out.contains("The sources do not record this kind of event"), "{}", shown.out);
    assert!(world.path("case/report/report.en.html").exists());
}

#[test]
fn ordinary_work_is_no_incident() {
    without_incident("quiet");
}

#[test]
fn reading_and_writing_inside_is_no_incident() {
    without_incident("inside-only");
}

#[test]
fn builds_agents_and_administrators_are_no_incident() {
    for name in ["ci-build", "backup-agent", "node-agent", "package-upgrade", "admin-debug"] {
        without_incident(name);
    }
}

#[test]
fn a_conflict_with_later_work_waits_for_a_person_and_is_settled_by_one() {
    let world = World::of("bind-mount-write");
    let conf = "/srv/host/srv/data/app.conf";
    let judged = judge(&world, 10);
    assert_eq!(judged.left.get(conf).map(String::as_str), Some("later_benign_change"));
    let decided = world
        .run(&[
            "plan",
            "--case",
            "case",
            "--backup",
            &world.restic(),
            "--password-file",
            "password",
            "--take-clean",
            conf,
        ])
        .ends_with(0);
    assert!(decided.out.contains(conf), "{}", decided.out);
    let restore = ["restore", "--case", "case", "--password-file", "password", "--target", "target"];
    world.run(&restore).fails_with(7, "not approved", "yobitsugi approve");
    world.run(&["approve", "--case", "case", "--by", "Sato"]).ends_with(0);
    world.run(&restore).ends_with(0);
    let after = sweep(&world.path("target"));
    let clean = judged.truth["clean_sha256"][conf].as_str();
    assert_eq!(after[conf].sha256.as_deref(), clean);
    assert!(
        quarantined(&world.path("target")).contains(judged.before[conf].sha256.as_ref().unwrap()),
        "later work kept"
    );
    world.run(&["verify", "--case", "case", "--password-file", "password", "--target", "target"]).ends_with(0);
}

#[test]
fn undo_brings_the_tree_back_byte_for_byte() {
    for scenario in ["bind-mount-write", "block-device-chroot"] {
        let world = World::of(scenario);
        let before = sweep(&world.path("target"));
        judge(&world, 10);
        assert_ne!(sweep(&world.path("target")), before, "{scenario}");
        world.run(&["undo", "--case", "case", "--target", "target"]).ends_with(0);
        let after = sweep(&world.path("target"));
        // The time of a directory says when an entry last came or went, which the undo did.
        let timeless = |seen: &Seen| match seen.kind {
            'd' => Seen { modified: (0, 0), ..seen.clone() },
            _ => seen.clone(),
        };
        for (path, seen) in &before {
            assert_eq!(after.get(path).map(timeless), Some(timeless(seen)), "{scenario}: {path}");
        }
        assert_eq!(after.len(), before.len(), "{scenario}");
    }
}
