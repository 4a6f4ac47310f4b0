//! Commands that cannot be done: what was tried, what was found, what to do next, and nothing changed.

use std::fs;

use crate::world::{World, sweep};

fn detected() -> World {
    let world = World::of("core-pattern");
    let evidence = world.recording().join("evidence");
    world.run(&["investigate", evidence.to_str().unwrap(), "--case", "case"]).ends_with(10);
    world
}

fn planned() -> World {
    let world = detected();
    plan(&world, &world.restic(), "password").ends_with(0);
    world
}

fn plan(world: &World, backup: &str, password: &str) -> crate::world::Ran {
    world.run(&["plan", "--case", "case", "--backup", backup, "--password-file", password])
}

const RESTORE: [&str; 7] = ["restore", "--case", "case", "--password-file", "password", "--target", "target"];

#[test]
fn each_kind_of_wrong_backup_has_its_own_answer() {
    let world = detected();
    fs::write(world.path("wrong"), "not the password\n").unwrap();
    fs::create_dir(world.path("nothing")).unwrap();
    plan(&world, &world.restic(), "wrong").fails_with(5, "the password opens no key", "Check the password file");
    plan(&world, "restic:missing", "password").fails_with(6, "there is nothing there", "Check the path");
    plan(&world, "restic:nothing", "password").fails_with(4, "no such backup source", "Give the directory that holds");
    plan(&world, "ftp:somewhere", "password").fails_with(2, "names no kind of backup source", "restic:/PATH");
    plan(&world, &world.restic(), "no-such-file").fails_with(6, "cannot read the password file", "Check the path");
    let without = world.run(&["plan", "--case", "case", "--backup", &world.restic()]);
    without.fails_with(5, "no password was given", "--password-file");
    world.run(&["plan", "--case", "case"]).fails_with(2, "no backup source was given", "--backup");
    assert!(!world.path("case/plan.json").exists());
    plan(&world, &world.restic(), "password").ends_with(0);
    let shown = world.run(&["custody", "show", "--case", "case"]).ends_with(0);
    assert!(shown.out.contains("the password opens no key"), "failures are on record");
    assert!(!shown.out.contains("yobitsugi-lab") && !shown.out.contains("not the password"), "passwords are not");
}

#[test]
fn a_failing_backup_does_not_cost_the_report() {
    let world = World::of("core-pattern");
    let evidence = world.recording().join("evidence");
    let words = ["investigate", evidence.to_str().unwrap(), "--case", "case", "--backup", "restic:missing"];
    world.run(&words).fails_with(6, "there is nothing there", "Check the path");
    assert!(world.path("case/report/report.ja.html").exists());
    assert!(world.path("case/scope.json").exists());
}

#[test]
fn the_password_may_come_from_the_environment() {
    let world = detected();
    let restic = world.restic();
    for (name, value) in [("RESTIC_PASSWORD_FILE", "password"), ("YOBITSUGI_PASSWORD", "yobitsugi-lab")] {
        let mut command = world.command(&["plan", "--case", "case", "--backup", &restic]);
        assert!(command.env(name, value).output().unwrap().status.success(), "{name}");
    }
}

#[test]
fn a_case_that_is_there_is_not_made_again_and_one_that_is_not_cannot_be_used() {
    let world = World::empty();
    world.run(&["case", "new", "case"]).ends_with(0);
    let log = fs::read(world.path("case/custody.log")).unwrap();
    world.run(&["case", "new", "case"]).fails_with(2, "the directory is not empty", "Choose a directory");
    assert!(fs::read(world.path("case/custody.log")).unwrap().starts_with(&log));
    for verb in
        ["read", "coverage", "detect", "scope", "timeline", "plan", "approve", "restore", "undo", "verify", "report"]
    {
        world.run(&[verb, "--case", "elsewhere"]).fails_with(7, "there is no case.toml", "yobitsugi case new");
    }
    assert!(!world.path("elsewhere").exists());
}

#[test]
fn a_stage_whose_predecessor_has_not_run_says_so() {
    let world = World::empty();
    world.run(&["case", "new", "case"]).ends_with(0);
    world.run(&["read", "--case", "case"]).fails_with(3, "there is no evidence in the case", "yobitsugi intake");
    world.run(&["detect", "--case", "case"]).fails_with(7, "coverage.json has not run", "earlier stage first");
    world.run(&["scope", "--case", "case"]).fails_with(7, "scope.json has not run", "earlier stage first");
    world.run(&["verify", "--case", "case", "--target", "."]).fails_with(7, "plan.json has not run", "earlier stage");
    world.run(&["report", "--case", "case"]).fails_with(7, "coverage.json has not run", "earlier stage first");
}

#[test]
fn nothing_is_restored_without_an_approval_of_this_very_plan() {
    let world = planned();
    let before = sweep(&world.path("target"));
    world.run(&RESTORE).fails_with(7, "not approved", "yobitsugi approve");
    world.run(&["approve", "--case", "case"]).ends_with(0);
    let path = world.path("case/plan.json");
    let plan = fs::read_to_string(&path).unwrap();
    fs::write(&path, plan.replacen("/etc/cron.d/agent", "/etc/passwd", 1)).unwrap();
    world.run(&RESTORE).fails_with(7, "the plan was changed after it was made", "Make the plan anew");
    world.run(&["approve", "--case", "case"]).fails_with(7, "the plan was changed after it was made", "Make the plan");
    assert_eq!(sweep(&world.path("target")), before, "nothing was changed");
    fs::write(&path, plan).unwrap();
    world.run(&RESTORE).ends_with(0);
}

#[test]
fn a_wrong_target_is_refused_before_anything_is_done() {
    let world = planned();
    world.run(&["approve", "--case", "case"]).ends_with(0);
    let before = sweep(&world.path("target"));
    std::os::unix::fs::symlink(world.path("target"), world.path("link")).unwrap();
    let restore = |more: &[&str]| world.run(&[&RESTORE[..5], more].concat());
    restore(&[]).fails_with(2, "no target directory was given", "--target DIR");
    restore(&["--target", "missing"]).fails_with(2, "cannot open the target directory", "Give a directory that exists");
    restore(&["--target", "link"]).fails_with(2, "through a symbolic link", "by its real path");
    restore(&["--target", "."]).fails_with(2, "the case lies inside the target", "outside");
    restore(&["--map", "srv=target/srv"]).fails_with(2, "expected /path/on/host=DIR", "--help");
    restore(&["--map", "/srv="]).fails_with(2, "the directory behind = is missing", "--help");
    restore(&["--map", "/srv/../etc=target"]).fails_with(2, "not an absolute path of plain names", "--map");
    assert_eq!(sweep(&world.path("target")), before, "nothing was changed");
    // A mapping that covers only a part does that part and says what is left.
    let part = restore(&["--map", "/srv/host/srv=target/srv/host/srv"]).ends_with(8);
    assert!(part.out.contains("The path leads out of the target"), "{}", part.out);
}

#[test]
fn undo_and_verify_need_a_restore() {
    let world = planned();
    world.run(&["approve", "--case", "case"]).ends_with(0);
    world.run(&["undo", "--case", "case", "--target", "target"]).fails_with(7, "was not executed", "nothing to undo");
    let verify = ["verify", "--case", "case", "--password-file", "password", "--target", "target"];
    world.run(&verify).fails_with(7, "receipts.json has not run", "earlier stage first");
}

#[test]
fn verification_notices_what_was_changed_after_the_restore() {
    let world = World::of("core-pattern");
    world.investigate("case", &["--approve", "--target", "target"]).ends_with(10);
    fs::write(world.path("target/srv/host/etc/motd"), "hello again\n").unwrap();
    let verify = ["verify", "--case", "case", "--password-file", "password", "--target", "target"];
    let ran = world.run(&verify).ends_with(9);
    assert!(ran.out.contains("/srv/host/etc/motd") && ran.out.contains("instead of"), "{}", ran.out);
    let undone = world.run(&["undo", "--case", "case", "--target", "target"]).ends_with(8);
    assert!(undone.err.contains("changed after the restore"), "{}", undone.err);
    assert_eq!(fs::read_to_string(world.path("target/srv/host/etc/motd")).unwrap(), "hello again\n");
}

#[test]
fn what_cannot_be_understood_changes_nothing_and_is_on_record() {
    let world = World::empty();
    world.run(&["case", "new", "case"]).ends_with(0);
    world.run(&["obliterate", "--case", "case"]).fails_with(2, "obliterate", "yobitsugi --help");
    world.run(&["read", "--case", "case", "--frobnicate"]).fails_with(2, "--frobnicate", "--help");
    world.run(&["read", "--case", "case", "--format", "syslog-ng"]).fails_with(3, "no evidence", "intake");
    world.run(&["investigate", "x", "--approve", "--case", "case"]).fails_with(2, "--approve needs", "--help");
    world.run(&["case", "new", "other", "--clock-error", "soon"]).fails_with(2, "not a number of seconds", "--help");
    world.run(&["case", "new", "other", "--offset", "9"]).fails_with(2, "+HH:MM", "--help");
    world.run(&["timeline", "--case", "case", "--from", "yesterday"]).fails_with(2, "not an RFC 3339 time", "--help");
    assert!(!world.path("other").exists());
    let shown = world.run(&["custody", "show", "--case", "case"]).ends_with(0);
    for word in ["obliterate", "--frobnicate", "--approve needs", "yesterday"] {
        assert!(shown.out.contains(word), "{word} is on record:\n{}", shown.out);
    }
    world.run(&["custody", "verify", "--case", "case"]).ends_with(0);
}

#[test]
fn a_format_that_does_not_exist_is_named() {
    let world = detected();
    let ran = world.run(&["read", "--case", "case", "--format", "syslog-ng"]);
    ran.fails_with(2, "there is no such format", "auditd, bolt, containers_storage");
}

#[test]
fn a_decision_over_an_object_that_is_not_affected_is_a_mistake() {
    let world = detected();
    let restic = world.restic();
    let words =
        ["plan", "--case", "case", "--backup", &restic, "--password-file", "password", "--keep-live", "/etc/shadow"];
    world.run(&words).fails_with(2, "no affected object", "yobitsugi scope");
}

#[test]
fn a_damaged_custody_log_stops_everything() {
    let world = detected();
    let path = world.path("case/custody.log");
    let log = fs::read_to_string(&path).unwrap();
    fs::write(&path, log.replacen("\"ok\"", "\"no\"", 1)).unwrap();
    world.run(&["custody", "verify", "--case", "case"]).fails_with(11, "entry", "Leave everything as it is");
    world.run(&["report", "--case", "case"]).fails_with(11, "damaged or tampered", "Leave everything as it is");
    let shorter: String = log.lines().take(2).map(|line| format!("{line}\n")).collect();
    fs::write(&path, shorter).unwrap();
    world.run(&["custody", "verify", "--case", "case"]).fails_with(11, "entries were removed", "make a copy");
}

#[test]
fn a_misspelt_setting_is_not_passed_over() {
    let world = World::empty();
    world.run(&["case", "new", "case"]).ends_with(0);
    let path = world.path("case/case.toml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("clock_eror_ms = 5\n{text}")).unwrap();
    world.run(&["coverage", "--case", "case"]).fails_with(3, "clock_eror_ms", "Put `case.toml` right");
}

#[test]
fn without_an_incident_there_is_nothing_to_plan() {
    let world = World::of("quiet");
    let evidence = world.recording().join("evidence");
    world.run(&["investigate", evidence.to_str().unwrap(), "--case", "case"]).ends_with(0);
    plan(&world, &world.restic(), "password").fails_with(7, "there is no incident", "yobitsugi coverage");
}

#[test]
fn what_would_be_passed_over_in_silence_is_refused() {
    let world = detected();
    let evidence = world.recording().join("evidence");
    let evidence = evidence.to_str().unwrap();
    for setting in [["--volume", "/srv/app"], ["--clock-error", "5"], ["--name", "other"]] {
        let words = [&["investigate", evidence, "--case", "case"][..], &setting].concat();
        world.run(&words).fails_with(2, "its case.toml says something else", "--help");
    }
    let words = ["investigate", evidence, "--case", "case", "--approve", "--target", "target"];
    world.run(&words).fails_with(2, "--approve needs a backup source", "--help");
}
