//! The same evidence gives the same bytes.

use std::{collections::BTreeMap, fs, path::Path};

use crate::world::World;

/// What holds acts, keys and their times, and so differs by its nature.
const OF_ACTS: &[&str] = &["custody.log", "custody.key", "custody.pub", "checkpoint", "checkpoints", ".custody.lock"];

fn files(case: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut open = vec![case.to_path_buf()];
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(case).unwrap().to_str().unwrap().to_string();
            if OF_ACTS.iter().any(|act| name.starts_with(act)) {
                continue;
            }
            if path.is_dir() {
                open.push(path);
            } else {
                files.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    files
}

/// A report without its custody section, which shows the case's own key.
fn without_custody(html: &[u8]) -> String {
    let html = String::from_utf8(html.to_vec()).unwrap();
    let start = html.find("id=\"custody\"").expect("the report has a custody section");
    let end = html[start..].find("<section").map_or(html.len(), |end| start + end);
    format!("{}{}", &html[..start], &html[end..])
}

fn twice(scenario: &str) {
    let world = World::of(scenario);
    let evidence = world.recording().join("evidence");
    for case in ["one", "two"] {
        let mut command = world.command(&["investigate", evidence.to_str().unwrap(), "--case", case]);
        command.args(["--name", "same", "--backup", &world.restic(), "--password-file", "password"]);
        command.args(["--backup", &world.copies()]).env("SOURCE_DATE_EPOCH", "1800000000");
        let output = command.output().unwrap();
        assert!(matches!(output.status.code(), Some(0 | 10)), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let (one, two) = (files(&world.path("one")), files(&world.path("two")));
    assert_eq!(one.keys().collect::<Vec<_>>(), two.keys().collect::<Vec<_>>());
    assert!(one.contains_key("scope.json") && one.keys().any(|name| name.ends_with(".parquet")));
    for (name, bytes) in &one {
        if name.ends_with(".html") {
            assert_eq!(without_custody(bytes), without_custody(&two[name]), "{scenario}: {name}");
        } else {
            assert!(*bytes == two[name], "{scenario}: {name} differs");
        }
    }
}

#[test]
fn every_recording_twice_gives_the_same_artefacts() {
    for scenario in ["bind-mount-write", "block-device-chroot", "core-pattern", "hostpid-nsenter", "quiet"] {
        twice(scenario);
    }
    for scenario in ["runtime-socket", "bind-mount-light", "inside-only"] {
        twice(scenario);
    }
}

#[test]
fn a_restore_done_twice_gives_the_same_verdicts() {
    let world = World::of("core-pattern");
    let verdicts: Vec<Vec<u8>> = ["one", "two"]
        .into_iter()
        .map(|case| {
            world.investigate(case, &["--name", "same", "--approve", "--target", "target"]).ends_with(10);
            let verdicts = fs::read(world.path(case).join("verdicts.json")).unwrap();
            world.run(&["undo", "--case", case, "--target", "target"]).ends_with(0);
            assert!(!world.path(case).join("verdicts.json").exists(), "what was undone is proven no more");
            verdicts
        })
        .collect();
    assert_eq!(String::from_utf8_lossy(&verdicts[0]), String::from_utf8_lossy(&verdicts[1]));
}

#[test]
fn the_same_command_again_goes_on_with_the_same_case() {
    let world = World::of("core-pattern");
    let first = world.investigate("case", &["--approve", "--target", "target"]).ends_with(10);
    let before = crate::world::sweep(&world.path("target"));
    let second = world.investigate("case", &["--approve", "--target", "target"]).ends_with(10);
    assert_eq!(first.out, second.out);
    assert_eq!(before, crate::world::sweep(&world.path("target")));
    world.run(&["custody", "verify", "--case", "case"]).ends_with(0);
}
