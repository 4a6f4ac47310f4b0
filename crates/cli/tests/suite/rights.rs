//! Without root: everything works on one's own files, and what only root could do is said.

use std::{
    fs,
    os::unix::{fs::PermissionsExt as _, process::CommandExt as _},
    path::Path,
    process::Command,
};

use crate::world::{Ran, World, copy, is_root};

/// `nobody` on Debian and its relatives.
const NOBODY: u32 = 65_534;

/// A copy of the program, the recording's evidence and the unpacked world, all owned by `nobody`.
fn world_of_nobody(scenario: &str) -> Option<World> {
    if !is_root() {
        eprintln!("skipped: taking the place of another user takes root; without it the other tests show the same");
        return None;
    }
    let world = World::of(scenario);
    fs::copy(assert_cmd::cargo::cargo_bin!("yobitsugi"), world.path("yobitsugi")).unwrap();
    copy(&world.recording().join("evidence"), &world.path("evidence")).unwrap();
    give(&world.path(""));
    Some(world)
}

fn give(path: &Path) {
    std::os::unix::fs::lchown(path, Some(NOBODY), Some(NOBODY)).unwrap();
    if path.symlink_metadata().unwrap().is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            give(&entry.unwrap().path());
        }
    }
}

fn run(world: &World, words: &[&str]) -> Ran {
    let mut command = Command::new(world.path("yobitsugi"));
    command.args(words).current_dir(world.path("")).env_clear().uid(NOBODY).gid(NOBODY);
    Ran::of(command.output().unwrap())
}

#[test]
fn the_whole_way_without_root() {
    let Some(world) = world_of_nobody("bind-mount-write") else { return };
    let restic = world.restic();
    let words = ["investigate", "evidence", "--case", "case", "--backup", &restic, "--password-file", "password"];
    let ran = run(&world, &[&words[..], &["--approve", "--target", "target"]].concat()).ends_with(10);
    assert!(!ran.err.contains("panicked"), "{}", ran.err);
    let receipts = world.artefact("case", "receipts.json").unwrap();
    let receipts = receipts.as_array().unwrap();
    assert!(receipts.iter().all(|receipt| receipt["state"]["state"] == "done"), "{receipts:#?}");
    let skipped = |receipt: &&serde_json::Value| receipt["notes"].to_string().contains("owner_not_restored");
    assert!(receipts.iter().filter(skipped).count() > 5, "that owners were skipped is said");
    let clean = world.truth()["clean_sha256"].clone();
    for receipt in receipts {
        let path = receipt["path"].as_str().unwrap();
        if let Some(wanted) = clean[path].as_str().filter(|_| !path.ends_with("prices.csv")) {
            let found = crate::world::sha256(&fs::read(world.path(&format!("target{path}"))).unwrap());
            assert_eq!(found, wanted, "{path}");
        }
    }
    run(&world, &["undo", "--case", "case", "--target", "target"]).ends_with(0);
}

#[test]
fn evidence_that_may_not_be_read_is_said_and_kept_on_record() {
    let Some(world) = world_of_nobody("core-pattern") else { return };
    let secret = world.path("evidence").read_dir().unwrap().next().unwrap().unwrap().path();
    std::os::unix::fs::chown(&secret, Some(0), Some(0)).unwrap();
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).unwrap();
    let ran = run(&world, &["investigate", "evidence", "--case", "case"]);
    ran.fails_with(13, "refuses to let the evidence be read", "Run it as a user who may read the evidence");
    let evidence = world.artefact("case", "evidence.json").unwrap();
    assert_eq!(evidence[0]["problems"][0]["kind"], "unreadable", "{evidence}");
}

#[test]
fn a_case_where_one_may_not_write_is_refused() {
    let Some(world) = world_of_nobody("core-pattern") else { return };
    fs::create_dir(world.path("closed")).unwrap();
    fs::set_permissions(world.path("closed"), fs::Permissions::from_mode(0o755)).unwrap();
    let ran = run(&world, &["investigate", "evidence", "--case", "closed/case"]);
    ran.fails_with(13, "closed/case", "Run it as a user who may read and write there");
}
