//! SQL over the events and exports of the timeline, on real recordings.

use std::fs;

use serde_json::Value;

use crate::world::{World, log};

fn read(scenario: &str) -> World {
    let world = World::empty();
    fs::write(world.path("audit.log"), log(scenario)).unwrap();
    world.run(&["--quiet", "investigate", "audit.log", "--case", "case"]).ends_with(10);
    world
}

fn query(world: &World, words: &[&str]) -> String {
    world.run(&[&["--quiet", "query", "--case", "case"], words].concat()).ends_with(0).out
}

#[test]
fn a_statement_finds_the_crossing_and_leads_back_to_its_bytes() {
    let world = read("core-pattern");
    let statement = "select id, comm, source, \"offset\", length from events \
                     where object_host_path = '/proc/sys/kernel/core_pattern' and action = 'file.write' limit 1";
    let row: Value = serde_json::from_str(&query(&world, &[statement, "--json"])).unwrap();
    let (offset, length) = (row["offset"].as_u64().unwrap(), row["length"].as_u64().unwrap());
    let evidence = fs::read(world.path("audit.log")).unwrap();
    let record = &evidence[usize::try_from(offset).unwrap()..][..usize::try_from(length).unwrap()];
    let record = String::from_utf8_lossy(record);
    assert!(record.contains("core_pattern") || record.contains("type=SYSCALL"), "{record}");
    assert_eq!(row["source"].as_str().unwrap(), crate::world::sha256(&evidence));
}

#[test]
fn all_ways_to_print_hold_the_same_rows() {
    let world = read("core-pattern");
    let statement = "select action, count(*) as n from events group by action";
    let table = query(&world, &[statement]);
    let csv = query(&world, &[statement, "-t", "csv"]);
    let json = query(&world, &[statement, "-t", "jsonl"]);
    assert!(table.starts_with("action") && csv.starts_with("action,n\n"), "{table}{csv}");
    let from_json: Vec<String> = json
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .map(|row| format!("{},{}", row["action"].as_str().unwrap(), row["n"]))
        .collect();
    assert_eq!(csv.lines().skip(1).collect::<Vec<_>>(), from_json);
    let from_table: Vec<String> =
        table.lines().skip(1).map(|line| line.split_whitespace().collect::<Vec<_>>().join(",")).collect();
    assert_eq!(from_table, from_json);
    assert!(from_json.len() > 5 && from_json.is_sorted(), "{from_json:?}");
    let counted = world.run(&["query", "--case", "case", statement]).ends_with(0);
    assert!(counted.err.contains(&format!("{} rows", from_json.len())), "{}", counted.err);
}

#[test]
fn hostile_values_are_harmless_in_tables_and_spreadsheets() {
    let world = read("core-pattern");
    let hostile = "select chr(27) || '[2J' as \"=a\", '=1+1' as b, -5 as c";
    assert_eq!(query(&world, &[hostile, "-t", "csv"]), "'=a,b,c\n\\u{1b}[2J,'=1+1,-5\n");
    assert!(query(&world, &[hostile]).contains("\\u{1b}[2J"));
    assert_eq!(query(&world, &[hostile, "-t", "jsonl"]), "{\"=a\":\"\\u001b[2J\",\"b\":\"=1+1\",\"c\":-5}\n");
}

#[test]
fn mistakes_and_changes_are_refused_with_the_next_step() {
    let world = read("core-pattern");
    let run = |statement: &str| world.run(&["query", "--case", "case", statement]);
    run("select pidd from events").fails_with(2, "there is no column pidd", "describe events");
    run("select pid from event").fails_with(2, "there is no table event", "from events");
    run("select pid form events").fails_with(2, "the statement", "docs/stages/search.md");
    run("drop table events").fails_with(2, "only statements that read", "select");
    run("copy events to 'x.csv'").fails_with(2, "only statements that read", "select");
    run(" ").fails_with(2, "the statement is empty", "--help");
    assert!(!world.path("x.csv").exists() && !world.path("case/work").exists());
    fs::remove_file(world.path("case/coverage.json")).unwrap();
    run("select 1").fails_with(7, "coverage.json has not run", "intake, read");
}

#[test]
fn a_changed_file_of_events_is_not_queried() {
    let world = read("core-pattern");
    let list: Value = serde_json::from_slice(&fs::read(world.path("case/events/_partitions.json")).unwrap()).unwrap();
    let file = world.path("case/events").join(list["partitions"][0]["path"].as_str().unwrap());
    let mut bytes = fs::read(&file).unwrap();
    bytes[100] ^= 1;
    fs::write(&file, bytes).unwrap();
    world.run(&["query", "--case", "case", "select 1"]).fails_with(3, "its hash differs", "yobitsugi read");
}

#[test]
fn a_statement_is_on_record() {
    let world = read("core-pattern");
    query(&world, &["select 42"]);
    let shown = world.run(&["custody", "show", "--case", "case"]).ends_with(0);
    assert!(shown.out.contains("select 42"), "{}", shown.out);
}

#[test]
fn exports_hold_every_event_in_order_with_its_address() {
    let world = read("core-pattern");
    let timeline = |kind: &str| world.run(&["timeline", "--case", "case", "-t", kind]).ends_with(0).out;
    let ids: Vec<String> = timeline("jsonl")
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["id"].as_str().unwrap().to_string())
        .collect();
    assert!(ids.len() > 100);
    let at = |line: &Value, path: &str| line.pointer(path).unwrap_or_else(|| panic!("{path} in {line}")).clone();
    for (kind, id, offset) in [
        ("timesketch", "/event_id", "/evidence_offset"),
        ("ecs", "/event/id", "/yobitsugi/evidence/0/offset"),
        ("ocsf", "/metadata/uid", "/unmapped/evidence/0/offset"),
    ] {
        let lines: Vec<Value> = timeline(kind).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.iter().map(|line| at(line, id)).collect::<Vec<_>>(), ids, "{kind}");
        assert!(lines.iter().all(|line| at(line, offset).is_u64()), "{kind}");
    }
    let text = timeline("text");
    let csv = timeline("csv");
    assert_eq!((text.lines().count(), csv.lines().count()), (ids.len(), ids.len() + 1));
    assert!(text.lines().zip(&ids).all(|(line, id)| line.ends_with(&format!("⟨{id}⟩"))));
    assert!(csv.lines().skip(1).zip(&ids).all(|(line, id)| line.contains(id)));
}

#[test]
fn filters_narrow_the_timeline() {
    let world = read("core-pattern");
    let count = |more: &[&str]| -> usize {
        world.run(&[&["timeline", "--case", "case"], more].concat()).ends_with(0).out.lines().count()
    };
    let all = count(&[]);
    let expected = |condition: &str| -> usize {
        let statement = format!("select count(*) from events where {condition}");
        query(&world, &[&statement, "-t", "csv"]).lines().nth(1).unwrap().parse().unwrap()
    };
    let sample =
        query(&world, &["select comm, pid, host from events where comm is not null and pid > 1 limit 1", "--json"]);
    let sample: Value = serde_json::from_str(&sample).unwrap();
    let (comm, pid) = (sample["comm"].as_str().unwrap(), sample["pid"].to_string());
    let by_pid = count(&["--actor", &pid]);
    assert!(by_pid > 0 && by_pid < all);
    assert_eq!(by_pid, expected(&format!("pid = {pid}")));
    let by_name = expected(&format!("comm = '{comm}' or exe like '%/{comm}' or exe = '{comm}'"));
    assert_eq!(count(&["--actor", comm]), by_name);
    match sample["host"].as_str() {
        Some(host) => assert_eq!(count(&["--host", host]), expected(&format!("host = '{host}'"))),
        None => assert_eq!(count(&["--host", "web-1"]), 0),
    }
    assert_eq!(count(&["--host", "no-such-host"]), 0);
}
