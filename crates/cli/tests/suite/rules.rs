//! Rules of others over real recordings: what they match, why, and as findings.

use std::fs;

use serde_json::Value;

use crate::world::{World, log};

const FALCO: &str = "\
- macro: writes
  condition: evt.is_open_write = true
- rule: Kernel setting written
  desc: A file below /proc/sys is opened for writing
  condition: writes and fd.name endswith sys/kernel/core_pattern
  output: \"written (file=%fd.name)\"
  priority: CRITICAL
  tags: [T1611]
- rule: Parent is no shell
  desc: Needs the parent
  condition: evt.type = execve and not proc.pname in (sh, bash)
  output: x
  priority: INFO
- rule: Needs the layer
  desc: No log has it
  condition: evt.type = execve and proc.is_exe_upper_layer = true
  output: x
  priority: INFO
- rule: Broken
  desc: x
  condition: proc.nmae = x
  output: x
  priority: INFO
";

const SIGMA: &str = "\
title: Core pattern written
logsource:
    product: linux
    category: file_event
detection:
    selection:
        TargetFilename|endswith: sys/kernel/core_pattern
    condition: selection
level: high
";

fn world() -> World {
    let world = World::empty();
    fs::write(world.path("audit.log"), log("core-pattern")).unwrap();
    fs::create_dir(world.path("falco")).unwrap();
    fs::write(world.path("falco/a.yaml"), FALCO).unwrap();
    fs::write(world.path("falco/readme.txt"), "no rules").unwrap();
    fs::write(world.path("sigma.yml"), SIGMA).unwrap();
    world.run(&["--quiet", "investigate", "audit.log", "--case", "case"]).ends_with(10);
    world
}

#[test]
fn matches_are_told_explained_and_made_findings() {
    let world = world();
    let words = ["rules", "run", "--case", "case", "--falco-rules", "falco", "--sigma-rules", "sigma.yml"];
    let ran = world.run(&words).ends_with(0);
    assert!(ran.err.contains("falco/a.yaml:19: Broken: There is no such field: proc.nmae"), "{}", ran.err);
    assert!(ran.out.contains("Kernel setting written") && ran.out.contains("Core pattern written"), "{}", ran.out);
    assert!(ran.out.contains("Needs the layer: for") && ran.out.contains("proc.is_exe_upper_layer"), "{}", ran.out);
    let japanese = world.run(&[&["--lang", "ja"], &words[..]].concat()).ends_with(0);
    assert!(japanese.err.contains("Broken: このようなフィールドはありません: proc.nmae"), "{}", japanese.err);

    let lines = world.run(&[&words[..], &["-t", "jsonl"]].concat()).ends_with(0).out;
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |name: &str| lines.iter().filter(|line| line["rule"] == name).collect::<Vec<_>>();
    let found = of("Kernel setting written");
    assert_eq!(found.len(), of("Core pattern written").len());
    assert_eq!((&found[0]["level"], &found[0]["attack"][0]), (&Value::from("critical"), &Value::from("T1611")));
    let only = world.run(&[&words[..], &["-t", "jsonl", "--rule", "Core pattern written"]].concat()).ends_with(0).out;
    assert_eq!(only.lines().count(), found.len());

    let event = found[0]["event"].as_str().unwrap();
    let why = world.run(&[&words[..], &["--explain", event]].concat()).ends_with(0).out;
    assert!(why.contains("yes  fd.name endswith sys/kernel/core_pattern   ["), "{why}");
    let why_not =
        world.run(&[&words[..], &["--explain", event, "--rule", "Needs the layer"]].concat()).ends_with(0).out;
    assert!(why_not.starts_with("Needs the layer: no"), "{why_not}");

    world.run(&["--quiet", "detect", "--case", "case", "--falco-rules", "falco"]).ends_with(10);
    let findings = world.artefact("case", "findings.json").unwrap();
    let of_rules: Vec<&Value> =
        findings["findings"].as_array().unwrap().iter().filter(|finding| finding["check"] == "falco_rule").collect();
    let setting = of_rules.iter().find(|finding| finding["facts"]["rule"] == "Kernel setting written").unwrap();
    assert_eq!(setting["count"], found.len());
    assert_eq!(setting["crossing"], "unknown");
    world.run(&["--quiet", "report", "--case", "case"]).ends_with(0);
    world.run(&["--quiet", "detect", "--case", "case"]).ends_with(10);
    let without = world.artefact("case", "findings.json").unwrap().to_string();
    assert!(!without.contains("falco_rule"));
}

#[test]
fn rules_are_checked_with_and_without_a_case() {
    let world = world();
    let ran = world.run(&["rules", "check", "falco", "sigma.yml"]).ends_with(3);
    assert!(ran.out.contains("Broken: There is no such field"), "{}", ran.out);
    assert!(ran.err.contains("4 rules loaded; not loaded: 1"), "{}", ran.err);
    world.run(&["rules", "check", "sigma.yml"]).ends_with(0);
    let ran = world.run(&["rules", "check", "falco", "--case", "case"]).ends_with(3);
    assert!(ran.out.contains("auditd: never answered: proc.is_exe_upper_layer"), "{}", ran.out);
    let json = world.run(&["rules", "check", "falco", "sigma.yml", "--case", "case", "--json"]).ends_with(3).out;
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["not_loaded"][0]["kind"], "unknown_field");
    assert_eq!(json["rules"][3]["language"], "sigma");
    assert!(json["rules"][3]["sources"]["auditd"]["TargetFilename"]["answered"].as_u64().unwrap() > 0);
}

#[test]
fn mistakes_are_refused_with_the_next_step() {
    let world = world();
    let run = |words: &[&str]| world.run(&[&["rules", "run", "--case", "case"], words].concat());
    run(&[]).fails_with(2, "no rules were given", "--help");
    run(&["--falco-rules", "nowhere"]).fails_with(3, "nowhere", "");
    run(&["--falco-rules", "falco", "--rule", "Nothing"]).fails_with(2, "no rule of this name", "--help");
    run(&["--falco-rules", "falco", "--explain", "x"]).fails_with(2, "event id", "--help");
    run(&["--falco-rules", "falco", "--explain", "0123456789abcdef:0.0"]).fails_with(2, "no such event", "--help");
    let missing = ["--quiet", "investigate", "audit.log", "--case", "other", "--sigma-rules", "nowhere"];
    world.run(&missing).fails_with(3, "nowhere", "");
}
