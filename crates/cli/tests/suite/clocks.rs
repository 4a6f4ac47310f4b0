//! Sources with different clocks: what they share, what is stated, and what stays unknown.

use std::fs;

use serde_json::Value;

use crate::world::World;

/// 2026-11-22T23:28:00Z in microseconds.
const START_US: u64 = 1_795_390_080_000_000;
const HOUR_US: u64 = 3_600_000_000;

/// The day and time of a clock in the form of the kubelet's log.
fn wall_clock(us: u64) -> String {
    let text = model::Timestamp(i64::try_from(us * 1_000).unwrap()).to_string();
    format!("{}{} {}", &text[5..7], &text[8..10], &text[11..26])
}

/// A kubelet's own log in Japanese time, and the journal of its host, which carries half of the same lines.
fn kubelet_and_journal(world: &World) {
    let (mut file, mut journal) = (String::new(), String::new());
    for at in 0..20_u64 {
        let us = START_US + at * 61_000_417;
        let message = format!("4711 kubelet.go:2302] \"Container started\" pod=\"shop/web-{at}\"");
        file.push_str(&format!("I{} {message}\n", wall_clock(us + 9 * HOUR_US)));
        if at % 2 == 0 {
            let line = format!("I{} {message}", wall_clock(us + 9 * HOUR_US));
            let entry = serde_json::json!({
                "__CURSOR": format!("s=1;i={at}"), "__REALTIME_TIMESTAMP": (us + 300).to_string(),
                "__MONOTONIC_TIMESTAMP": (us - START_US + 1).to_string(), "_BOOT_ID": "8e9825434c8f4e2d9b1a3057c6e8f4d2",
                "_HOSTNAME": "node1", "SYSLOG_IDENTIFIER": "kubelet", "_PID": "4711", "_COMM": "kubelet", "MESSAGE": line,
            });
            journal.push_str(&format!("{entry}\n"));
        }
    }
    fs::create_dir(world.path("evidence")).unwrap();
    fs::write(world.path("evidence/kubelet.log"), file).unwrap();
    fs::write(world.path("evidence/journal.json"), journal).unwrap();
    let modified = std::time::UNIX_EPOCH + std::time::Duration::from_micros(START_US + 24 * HOUR_US);
    let open = fs::File::options().write(true).open(world.path("evidence/kubelet.log")).unwrap();
    open.set_modified(modified).unwrap();
}

/// The source whose name ends so.
fn source(world: &World, end: &str) -> Value {
    let coverage = world.artefact("case", "coverage.json").unwrap();
    let sources = coverage["sources"].as_array().unwrap();
    sources.iter().find(|source| source["name"].as_str().unwrap().ends_with(end)).unwrap().clone()
}

#[test]
fn a_log_in_local_time_is_put_beside_the_journal_that_carries_the_same_lines() {
    let world = World::empty();
    kubelet_and_journal(&world);
    world.run(&["case", "new", "case"]).ends_with(0);
    world.run(&["intake", "evidence", "--case", "case"]).ends_with(0);
    let ran = world.run(&["read", "--case", "case"]).ends_with(0);
    assert!(ran.out.contains("+09:00"), "{}", ran.out);
    let kubelet = source(&world, "kubelet.log");
    let clock = &kubelet["clocks"][0];
    assert_eq!((&clock["known"], &clock["zone_minutes"]), (&"shared".into(), &540.into()), "{clock}");
    assert!(clock["reference"].as_str().unwrap().ends_with("journal.json"), "{clock}");
    assert_eq!(kubelet["lanes"][0]["host"], "node1", "{kubelet}");
    assert_eq!(kubelet["lanes"][0]["host_known"], "shared", "{kubelet}");
    assert_eq!(&kubelet["first"].as_str().unwrap()[..19], "2026-11-22T23:28:00");
    let line = world.run(&["timeline", "--case", "case", "--json"]).ends_with(0);
    let first: Value = serde_json::from_str(line.out.lines().find(|it| it.contains("time_recorded")).unwrap()).unwrap();
    assert_eq!(&first["time_recorded"].as_str().unwrap()[..19], "2026-11-23T08:28:00", "what it said stays visible");
    assert!(first["time_error_ns"].as_i64().unwrap() < 5_000_000_000, "{first}");
}

#[test]
fn without_shared_events_a_zone_is_not_known_until_a_person_states_it() {
    let world = World::empty();
    kubelet_and_journal(&world);
    fs::remove_file(world.path("evidence/journal.json")).unwrap();
    world.run(&["case", "new", "case"]).ends_with(0);
    world.run(&["intake", "evidence", "--case", "case"]).ends_with(0);
    let ran = world.run(&["read", "--case", "case"]).ends_with(0);
    assert!(ran.out.contains("±14 h"), "{}", ran.out);
    let clock = source(&world, "kubelet.log")["clocks"][0].clone();
    assert_eq!((&clock["known"], &clock["error_ns"]), (&"not_shared".into(), &50_400_000_000_000_i64.into()));

    world.run(&["read", "--case", "case", "--clock", "kubelet.log=+09:00"]).ends_with(0);
    let kubelet = source(&world, "kubelet.log");
    assert_eq!(kubelet["clocks"][0]["known"], "stated");
    assert_eq!(&kubelet["first"].as_str().unwrap()[..19], "2026-11-22T23:28:00");
    let log = fs::read_to_string(world.path("case/custody.log")).unwrap();
    assert!(log.contains("clock kubelet.log"), "a stated clock is an act");

    let wrong = world.run(&["read", "--case", "case", "--clock", "messages=+09:00"]);
    wrong.fails_with(3, "no source is named \"messages\"", "case.toml");
}

#[test]
fn a_host_that_no_record_names_can_be_stated() {
    let world = World::empty();
    kubelet_and_journal(&world);
    fs::remove_file(world.path("evidence/journal.json")).unwrap();
    world.run(&["case", "new", "case"]).ends_with(0);
    world.run(&["intake", "evidence", "--case", "case"]).ends_with(0);
    let settings = fs::read_to_string(world.path("case/case.toml")).unwrap();
    let more = "[[source]]\nname = \"kubelet.log\"\nhost = \"node7\"\n\n[[clock]]\nsource = \"kubelet.log\"\noffset = \"+09:00\"\n";
    fs::write(world.path("case/case.toml"), format!("{settings}\n{more}")).unwrap();
    world.run(&["read", "--case", "case"]).ends_with(0);
    let lane = source(&world, "kubelet.log")["lanes"][0].clone();
    assert_eq!((&lane["host"], &lane["host_known"]), (&"node7".into(), &"stated".into()), "{lane}");
}

#[test]
fn a_plan_goes_back_by_the_error_of_the_clocks_that_the_incident_rests_on() {
    let world = World::of("bind-mount-write");
    world.investigate("case", &[]).ends_with(10);
    let before = world.artefact("case", "plan.json").unwrap();
    assert_eq!(before["clock_error_ns"], 1_000_000_000, "no worse clock, so the setting decides");
    let path = world.path("case/coverage.json");
    let mut coverage: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    let clocks = coverage["content"]["sources"][0]["clocks"].as_array_mut().unwrap();
    assert!(!clocks.is_empty());
    clocks[0]["error_ns"] = 90_000_000_000_i64.into();
    fs::write(&path, serde_json::to_vec_pretty(&coverage).unwrap()).unwrap();
    let (restic, copies) = (world.restic(), world.copies());
    let words = ["plan", "--case", "case", "--backup", &restic, "--backup", &copies, "--password-file", "password"];
    world.run(&words).ends_with(0);
    let after = world.artefact("case", "plan.json").unwrap();
    assert_eq!(after["clock_error_ns"], 90_000_000_000_i64);
}
