//! What is printed where, in which language, and for whom.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    process::Stdio,
};

use crate::world::{World, log};

fn story() -> World {
    let world = World::empty();
    fs::write(world.path("audit.log"), log("core-pattern")).unwrap();
    world
}

#[test]
fn data_goes_to_standard_output_and_talk_to_standard_error() {
    let world = story();
    let ran = world.run(&["investigate", "audit.log", "--case", "case"]).ends_with(10);
    assert!(ran.out.starts_with("What came in\n") && ran.out.contains("report.en.html"), "{}", ran.out);
    assert!(
        ran.err.contains("Case: case") && ran.err.contains("yobitsugi plan --case case --backup URL"),
        "{}",
        ran.err
    );
    assert!(!ran.out.contains('\u{1b}') && !ran.err.contains('\u{1b}'), "no colours without a terminal");
    let quiet = world.run(&["--quiet", "investigate", "audit.log", "--case", "other"]).ends_with(10);
    assert_eq!(quiet.err, "");
}

#[test]
fn without_approval_the_exact_next_commands_are_named() {
    let world = World::of("core-pattern");
    let ran = world.investigate("case", &["--target", "target"]).ends_with(10);
    for command in [
        "yobitsugi approve --case case\n",
        "yobitsugi restore --case case --password-file password --target target\n",
        "yobitsugi verify --case case --password-file password --target target\n",
    ] {
        assert!(ran.err.contains(command), "{command}{}", ran.err);
    }
    assert!(!world.path("case/approval.json").exists() && !world.path("case/receipts.json").exists());
    for line in ran.err.lines().filter_map(|line| line.strip_prefix("    yobitsugi ")) {
        let words: Vec<&str> = line.split(' ').collect();
        let code = world.run(&words).code;
        assert!(matches!(code, 0 | 10), "{line}: {code}");
    }
}

#[test]
fn japanese_is_spoken_throughout() {
    let world = World::of("core-pattern");
    let evidence = world.recording().join("evidence");
    let restic = world.restic();
    let mut command = world.command(&["investigate", evidence.to_str().unwrap(), "--case", "case", "--lang", "ja"]);
    let output = command.args(["--backup", &restic, "--password-file", "password"]).output().unwrap();
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    for text in [&out, &err] {
        assert!(!text.contains('⟦'), "{text}");
    }
    assert!(out.contains("report.ja.html") && !out.contains("What came in"), "{out}");
    for words in [&["plan", "--help"][..], &["--help"], &["case", "new", "--help"], &["custody", "verify", "--help"]] {
        let mut command = world.command(words);
        let help = String::from_utf8(command.env("LC_ALL", "ja_JP.UTF-8").output().unwrap().stdout).unwrap();
        for english in ["Usage", "Options", "Commands", "Print help", "Arguments"] {
            assert!(!help.contains(english), "{english} in\n{help}");
        }
        assert!(help.contains("使い方:"), "{help}");
    }
}

#[test]
fn every_verb_has_an_example_in_its_help() {
    let world = World::empty();
    let help = world.run(&["--help"]).ends_with(0).out;
    let verbs = ["investigate", "intake", "read", "coverage", "detect", "timeline", "scope", "plan", "approve"];
    for verb in verbs.into_iter().chain(["query", "restore", "undo", "verify", "report"]) {
        assert!(help.contains(&format!("\n  {verb} ")), "{verb} in\n{help}");
        let help = world.run(&[verb, "--help"]).ends_with(0).out;
        assert!(help.contains("Example:") && help.contains(&format!("yobitsugi {verb} ")), "{help}");
    }
}

#[test]
fn json_is_json() {
    let world = World::of("core-pattern");
    let ran = world.investigate("case", &["--json"]).ends_with(10);
    let value: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert!(value["story"].as_array().unwrap().len() > 10 && value["incidents"][0].is_string(), "{value}");
    for verb in ["coverage", "scope", "plan"] {
        let restic = world.restic();
        let mut words = vec![verb, "--case", "case", "--json"];
        if verb == "plan" {
            words.extend(["--backup", &restic, "--password-file", "password"]);
        }
        let ran = world.run(&words);
        assert!(matches!(ran.code, 0 | 10), "{}", ran.err);
        serde_json::from_str::<serde_json::Value>(&ran.out).unwrap();
    }
    let timeline = world.run(&["timeline", "--case", "case", "--json", "--hostile"]).ends_with(0);
    assert!(timeline.out.lines().count() > 10);
    for line in timeline.out.lines() {
        serde_json::from_str::<serde_json::Value>(line).unwrap();
    }
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let world = story();
    world.run(&["investigate", "audit.log", "--case", "case"]).ends_with(10);
    let mut child =
        world.command(&["timeline", "--case", "case"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    drop(out);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn the_dry_run_says_from_where_and_how_old_and_why_not() {
    let world = World::of("bind-mount-write");
    world.investigate("case", &["-q"]).ends_with(10);
    let restic = world.restic();
    let plan = world.run(&["plan", "--case", "case", "--backup", &restic, "--password-file", "password"]).ends_with(0);
    for words in [
        "Write file  /srv/host/root/.ssh/authorized_keys",
        "Move into quarantine  /srv/host/etc/cron.d/updater",
        "(file times of the storage)",
        "loss window",
        "Not restored",
        "A legitimate process changed it later",
        "Nothing was changed",
    ] {
        assert!(plan.out.contains(words) || plan.err.contains(words), "{words} in\n{}\n{}", plan.out, plan.err);
    }
}

#[test]
fn the_log_proves_itself_with_what_was_kept_elsewhere() {
    let world = story();
    world.run(&["investigate", "audit.log", "--case", "case"]).ends_with(10);
    for name in ["checkpoint", "custody.pub", "custody.log"] {
        fs::copy(world.path("case").join(name), world.path(name)).unwrap();
    }
    let words =
        ["custody", "verify", "--log", "custody.log", "--checkpoint", "checkpoint", "--public-key", "custody.pub"];
    let ran = world.run(&words).ends_with(0);
    assert!(ran.out.contains("The custody log is whole"), "{}", ran.out);
    let text = fs::read_to_string(world.path("custody.log")).unwrap();
    for act in ["case.new", "intake", "read", "detect", "report"] {
        assert!(text.contains(&format!("\"act\":\"{act}\"")), "{act} is on record");
    }
}
