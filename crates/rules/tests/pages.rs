//! The pages of both languages: rules, a log, and what each rule answers for each of its events.

mod common;

use rules::{Loader, Runner, Truth};
use testkit::page::{Block, Case};

#[test]
fn falco_rules_answer_as_their_pages_show() {
    testkit::page::check_folder(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/falco"), answer);
}

#[test]
fn sigma_rules_answer_as_their_pages_show() {
    testkit::page::check_folder(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/sigma"), answer);
}

/// Faults first; then of each rule its answer for each event, and the fields that were missing.
fn answer(_: &str, case: &Case) -> String {
    let mut loader = Loader::new();
    for (at, block) in case.blocks.iter().enumerate() {
        let file = format!("{}.yaml", at + 1);
        match block.kind() {
            "falco" => loader.falco(&file, &block.text),
            "sigma" => loader.sigma(&file, &block.text),
            _ => {}
        }
    }
    let (rules, faults) = loader.finish();
    let mut lines: Vec<String> = faults.iter().map(|fault| format!("fault {fault}")).collect();
    let logs: Vec<Vec<u8>> = case.blocks_of("log").map(Block::bytes).collect();
    let events = common::events(&logs);
    let mut runner = Runner::new(rules);
    let answers: Vec<Vec<(usize, Truth)>> = events.iter().map(|event| runner.push(event).to_vec()).collect();
    for (at, rule) in runner.rules().all().iter().enumerate() {
        let of_event =
            |hits: &Vec<(usize, Truth)>| hits.iter().find(|hit| hit.0 == at).map_or(Truth::No, |hit| hit.1).name();
        let mut line = format!("{}: {}", rule.name, answers.iter().map(of_event).collect::<Vec<_>>().join(", "));
        if !rule.enabled {
            line.push_str(" (switched off)");
        }
        let missing = &runner.answered()[at].missing;
        if !missing.is_empty() {
            line.push_str(&format!(" (missing: {})", missing.join(", ")));
        }
        lines.push(line);
    }
    if let Some(wanted) = case.block("explain") {
        explain(wanted, &events, &mut runner, &mut lines);
    }
    lines.join("\n")
}

/// `RULE @ EVENT`, the event counted from 1.
fn explain(wanted: &str, events: &[model::Event], runner: &mut Runner, lines: &mut Vec<String>) {
    for wanted in wanted.lines() {
        let (name, number) = wanted.split_once(" @ ").expect("RULE @ EVENT");
        let rule = runner.rules().all().iter().position(|rule| rule.name == name).expect("a rule of the page");
        let event = &events[number.parse::<usize>().expect("a number") - 1];
        lines.push(format!("\n{wanted}"));
        for line in runner.explain(rule, event) {
            let values = match &line.values {
                _ if matches!(line.part.as_str(), "and" | "or" | "not") => String::new(),
                Some(values) => format!("   {values:?}"),
                None => "   (not carried)".to_string(),
            };
            lines.push(format!("{}{}: {}{values}", "  ".repeat(line.level + 1), line.part, line.truth.name()));
        }
    }
}
