//! Evidence that is damaged, empty, foreign or not there; disks that are full.

use std::{
    fs::{self, File},
    io::Write,
    process::Command,
};

use flate2::{Compression, write::GzEncoder};

use crate::world::{World, is_root, log};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn of_a_truncated_gzip_the_rest_is_used_and_the_loss_is_said() {
    let world = World::empty();
    let whole = gzip(&log("bind-mount-write"));
    fs::write(world.path("audit.log.gz"), &whole[..whole.len() * 9 / 10]).unwrap();
    let ran = world.run(&["investigate", "audit.log.gz", "--case", "case"]).ends_with(10);
    assert!(ran.out.contains("/srv/host/"), "{}", ran.out);
    let coverage = world.artefact("case", "coverage.json").unwrap();
    let source = &coverage["sources"][0];
    assert!(source["records"].as_u64().unwrap() > 1_000);
    assert_eq!(source["problems"]["truncated"], 1, "{}", source["problems"]);
    let windows = coverage["blind_windows"].as_array().unwrap();
    assert!(windows.iter().any(|window| window["kind"] == "unreadable" && window["to"].is_null()), "{windows:?}");
    let shown = world.run(&["coverage", "--case", "case"]).ends_with(0);
    assert!(shown.out.contains("damaged or broken-off archive"), "{}", shown.out);
}

#[test]
fn binary_junk_is_no_quiet_day() {
    let world = World::empty();
    let mut seed = 1_u32;
    let junk: Vec<u8> = std::iter::repeat_with(|| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 24) as u8
    })
    .take(100_000)
    .collect();
    fs::write(world.path("junk"), junk).unwrap();
    let ran = world.run(&["investigate", "junk", "--case", "case"]);
    let ran = ran.fails_with(3, "nothing in the evidence is a log that could be read", "yobitsugi coverage");
    assert!(!ran.out.contains("No crossing"), "{}", ran.out);
    let shown = world.run(&["coverage", "--case", "case"]).ends_with(0);
    assert!(shown.out.contains("unknown format"), "{}", shown.out);
    world.run(&["custody", "verify", "--case", "case"]).ends_with(0);
}

#[test]
fn junk_beside_a_log_costs_only_itself() {
    let world = World::empty();
    fs::create_dir(world.path("evidence")).unwrap();
    fs::write(world.path("evidence/audit.log"), log("core-pattern")).unwrap();
    fs::write(world.path("evidence/notes.docx"), [0, 159, 146, 150, 7, 0, 0]).unwrap();
    world.run(&["investigate", "evidence", "--case", "case"]).ends_with(10);
    let coverage = world.artefact("case", "coverage.json").unwrap();
    let chosen: Vec<&str> = coverage["sources"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["format"]["chosen"].as_str().unwrap_or("-"))
        .collect();
    assert_eq!(chosen, ["auditd", "-"]);
}

#[test]
fn an_empty_file_says_nothing_and_that_is_said() {
    let world = World::empty();
    File::create(world.path("audit.log")).unwrap();
    world.run(&["investigate", "audit.log", "--case", "case"]).fails_with(
        3,
        "nothing in the evidence is a log",
        "take the right files in",
    );
    assert!(world.path("case/evidence.json").exists(), "what came in is on record");
}

#[test]
fn a_path_that_is_not_there_makes_no_case() {
    let world = World::empty();
    let ran = world.run(&["investigate", "no-such.log", "--case", "case"]);
    ran.fails_with(3, "cannot take no-such.log: there is no such file", "Check the path; nothing was taken in");
    assert!(!world.path("case").exists());
    world.run(&["case", "new", "case"]).ends_with(0);
    world.run(&["intake", "--case", "case", "no-such.log"]).fails_with(3, "no-such.log", "Check the path");
    let shown = world.run(&["custody", "show", "--case", "case"]).ends_with(0);
    assert!(shown.out.contains("no-such.log") && shown.out.contains("\"failed\""), "the failure is on record");
}

#[test]
fn evidence_that_changed_in_place_is_noticed() {
    let world = World::empty();
    fs::write(world.path("audit.log"), log("core-pattern")).unwrap();
    world.run(&["investigate", "audit.log", "--case", "case", "--in-place"]).ends_with(10);
    fs::write(world.path("audit.log"), log("quiet")).unwrap();
    world.run(&["read", "--case", "case"]).fails_with(3, "was changed since it was taken", "Find out who changed it");
    assert!(world.path("case/incidents.json").exists(), "what was known stays");
}

#[test]
fn the_same_evidence_twice_changes_nothing() {
    let world = World::empty();
    fs::write(world.path("a.log"), log("core-pattern")).unwrap();
    fs::copy(world.path("a.log"), world.path("b.log")).unwrap();
    world.run(&["investigate", "a.log", "--case", "once", "--name", "x"]).ends_with(10);
    world.run(&["investigate", "a.log", "b.log", "a.log", "--case", "twice", "--name", "x"]).ends_with(10);
    for name in ["incidents.json", "scope.json", "findings.json"] {
        assert_eq!(world.artefact("once", name), world.artefact("twice", name), "{name}");
    }
}

/// A small file system in memory as the case's disk.
struct SmallDisk(std::path::PathBuf);

impl SmallDisk {
    /// `None`, and why on standard error, where mounting is not allowed.
    fn mounted(world: &World, size: &str) -> Option<Self> {
        let disk = world.path("disk");
        fs::create_dir(&disk).unwrap();
        if !is_root() {
            eprintln!("skipped: mounting a small disk takes root");
            return None;
        }
        let options = format!("size={size}");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(&disk).status();
        if !mounted.is_ok_and(|status| status.success()) {
            eprintln!("skipped: mounting is not allowed here");
            return None;
        }
        Some(Self(disk))
    }

    fn enlarge(&self) {
        let status = Command::new("mount").args(["-o", "remount,size=64m"]).arg(&self.0).status().unwrap();
        assert!(status.success());
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

#[test]
fn a_full_disk_loses_nothing_and_the_same_command_goes_on() {
    let world = World::empty();
    fs::write(world.path("audit.log"), log("bind-mount-write")).unwrap();
    // Enough for the case's own files, for the evidence, for the events: full at another place each time.
    for (number, size) in ["64k", "512k", "1100k", "1200k"].into_iter().enumerate() {
        let place = World::empty();
        let Some(disk) = SmallDisk::mounted(&place, size) else { return };
        let case = place.text("disk/case");
        let evidence = world.text("audit.log");
        let words = ["investigate", &evidence, "--case", &case, "--name", "x"];
        let ran = place.run(&words);
        if ran.code != 10 {
            ran.fails_with(12, "", "Free some space");
        } else {
            assert!(number > 1, "{size} is enough for everything");
        }
        disk.enlarge();
        place.run(&words).ends_with(10);
        place.run(&["custody", "verify", "--case", &case]).ends_with(0);
        drop(disk);
    }
}
