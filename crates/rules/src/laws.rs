//! What must hold for any rules and any events: less knowledge never changes an answer, and neither do shortcuts.

use std::path::Path;

use model::Event;
use proptest::prelude::*;

use crate::{
    Language, Loader, Rules, Runner, Truth,
    catalogue::Field,
    eval::{Evaluation, Memory},
    family::Family,
};

#[path = "../tests/common/mod.rs"]
mod common;

/// The events of all logs of all pages, and their processes.
fn events() -> (Vec<Event>, Family) {
    let mut logs = Vec::new();
    for folder in ["tests/falco", "tests/sigma"] {
        for page in testkit::page::in_folder(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)) {
            for case in testkit::page::read(page) {
                logs.extend(case.blocks_of("log").map(testkit::page::Block::bytes));
            }
        }
    }
    logs.sort();
    logs.dedup();
    // Each log by itself, or their processes would be taken for each other.
    let events: Vec<Event> = logs.into_iter().flat_map(|log| common::events(&[log])).collect();
    let mut family = Family::default();
    events.iter().for_each(|event| family.meet(event));
    (events, family)
}

/// All rules of all pages.
fn rules_of_pages() -> Rules {
    let mut loader = Loader::new();
    for folder in ["falco", "sigma"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder);
        for (number, page) in testkit::page::in_folder(path).into_iter().enumerate() {
            for (at, case) in testkit::page::read(page).into_iter().enumerate() {
                for block in &case.blocks {
                    // Names of one page must not change those of another.
                    let text = block.text.replace("- rule: ", &format!("- rule: {number}.{at} "));
                    match block.kind() {
                        "falco" => loader.falco(folder, &text),
                        "sigma" => loader.sigma(folder, &block.text),
                        _ => {}
                    }
                }
            }
        }
    }
    loader.finish().0
}

fn answers(rules: &Rules, event: &Event, family: &Family, visible: &dyn Fn(&Field) -> bool) -> Vec<Truth> {
    let mut memory = Memory::default();
    let mut evaluation = Evaluation::new(&rules.forms, event, family, &mut memory, visible);
    rules.rules.iter().map(|rule| evaluation.node(rule.root)).collect()
}

#[test]
fn what_is_hidden_never_turns_a_yes_into_a_no() {
    let ((events, family), rules) = (events(), rules_of_pages());
    assert!(events.len() > 40 && rules.rules.len() > 200, "{} events, {} rules", events.len(), rules.rules.len());
    let fields: Vec<Field> = {
        let mut fields: Vec<Field> = rules.forms.reads.iter().map(|read| read.field.clone()).collect();
        fields.sort_by_key(|field| format!("{field:?}"));
        fields.dedup();
        fields
    };
    let strategy = (0..events.len(), proptest::collection::vec(any::<bool>(), fields.len()));
    proptest!(ProptestConfig::with_cases(2_000), |((at, shown) in strategy)| {
        let visible = |field: &Field| fields.iter().position(|known| known == field).is_none_or(|at| shown[at]);
        let full = answers(&rules, &events[at], &family, &|_| true);
        let partial = answers(&rules, &events[at], &family, &visible);
        for (rule, (full, partial)) in rules.rules.iter().zip(full.into_iter().zip(partial)) {
            prop_assert!(partial == full || partial == Truth::Unknown, "{}: {partial:?} of {full:?}", rule.name);
        }
    });
}

#[test]
fn neither_classes_nor_bundles_of_texts_hide_an_answer() {
    let ((events, _), rules) = (events(), rules_of_pages());
    let mut runner = Runner::new(rules);
    let mut family = Family::default();
    let (mut asked, mut all) = (0, 0);
    for event in &events {
        family.meet(event);
        let wanted = answers(runner.rules(), event, &family, &|_| true);
        let hits = runner.push(event).to_vec();
        for (at, wanted) in wanted.into_iter().enumerate() {
            let rule = &runner.rules().rules[at];
            if rule.correlation.is_some() || rule.silent || !rule.enabled {
                continue;
            }
            let given = hits.iter().find(|hit| hit.0 == at).map_or(Truth::No, |hit| hit.1);
            assert_eq!(given, wanted, "{} of {}", rule.name, event.id);
        }
    }
    for (rule, answered) in runner.rules().rules.iter().zip(runner.answered()) {
        if rule.language == Language::Falco {
            (asked, all) = (asked + answered.asked, all + events.len() as u64);
        }
    }
    assert!(asked * 3 < all * 2, "classes keep hardly any rule from being asked: {asked} of {all}");
}

/// A condition over tests that can be anything.
fn condition() -> impl Strategy<Value = String> {
    let tests = proptest::sample::select(vec![
        "proc.name = cat",
        "proc.pname = bash",
        "not proc.aname[2] exists",
        "fd.name startswith /etc",
        "fd.num >= 0",
        "evt.type in (openat, execve)",
        "proc.is_exe_upper_layer = true",
        "container.id != host",
        "evt.num = 0",
        "proc.cmdline contains val(proc.name)",
    ]);
    tests.prop_map(str::to_string).prop_recursive(5, 40, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|one| format!("not ({one})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} and {b})")),
            (inner.clone(), inner).prop_map(|(a, b)| format!("({a} or {b})")),
        ]
    })
}

fn rule(name: &str, condition: &str) -> String {
    format!("- rule: {name}\n  desc: x\n  output: x\n  priority: INFO\n  condition: '{condition}'\n")
}

#[test]
fn de_morgan_and_double_negation_hold() {
    let (events, family) = events();
    let strategy = (condition(), condition(), 0..events.len());
    proptest!(ProptestConfig::with_cases(1_000), |((a, b, at) in strategy)| {
        let mut loader = Loader::new();
        let forms = [
            format!("not ({a} and {b})"),
            format!("(not {a}) or (not {b})"),
            format!("not ({a} or {b})"),
            format!("(not {a}) and (not {b})"),
            format!("not not ({a} or {b})"),
            format!("{b} or {a}"),
        ];
        let text: String = forms.iter().enumerate().map(|(at, form)| rule(&at.to_string(), form)).collect();
        loader.falco("laws", &text);
        let (rules, faults) = loader.finish();
        prop_assert!(faults.is_empty(), "{:?}", faults);
        let answers: Vec<Truth> =
            answers(&rules, &events[at], &family, &|_| true).into_iter().collect();
        for pair in answers.chunks(2) {
            prop_assert_eq!(pair[0], pair[1], "{} and {}", a, b);
        }
    });
}

#[test]
fn any_text_is_read_without_panic() {
    let pieces = proptest::sample::select(vec![
        "- rule: a\n",
        "- macro: b\n",
        "- list: c\n",
        "  condition: ",
        "  items: [a, b]\n",
        "  append: true\n",
        "and ",
        "or ",
        "not ",
        "(",
        ")",
        "proc.name ",
        "= ",
        "in ",
        "\"",
        "'",
        "title: a\n",
        "detection:\n",
        "  sel:\n",
        "    Image|re: ",
        "logsource: {product: linux}\n",
        "---\n",
        "&a ",
        "*a ",
        "[",
        "{",
        "\u{feff}",
        "  desc: x\n",
        "  output: x\n",
        "  priority: x\n",
        "\n",
        "é",
        "\\",
        "correlation:\n",
        "1 of them",
    ]);
    let text = proptest::collection::vec(pieces, 0..60).prop_map(|pieces| pieces.concat());
    proptest!(ProptestConfig::with_cases(3_000), |(text in text)| {
        let mut loader = Loader::new();
        loader.falco("a", &text);
        loader.sigma("b", &text);
        loader.finish();
    });
}
