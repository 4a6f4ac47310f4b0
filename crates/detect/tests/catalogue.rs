//! `docs/catalogue.md`: every row of the catalogue with its checks, and the formats in which a page shows a match.

#![allow(clippy::panic, clippy::unwrap_used, reason = "tests fail by panicking")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

use detect::{Need, catalogue};

mod common;

const PAGES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/checks");

#[test]
fn the_documented_table_is_that_of_the_code() {
    let shown = shown();
    let needs: BTreeMap<&str, String> =
        detect::checks().iter().map(|check| (check.name(), words(check.needs()))).collect();
    let mut out = String::from(INTRODUCTION);
    for row in catalogue::ROWS {
        let links: Vec<String> = row.checks.iter().map(|check| link(check)).collect();
        let formats: BTreeSet<&str> = row.formats.iter().flat_map(|formats| formats.iter().copied()).collect();
        let by_page: BTreeSet<&str> = row.checks.iter().flat_map(|check| &shown[*check]).map(String::as_str).collect();
        assert!(formats.iter().all(|format| parse::by_name(format).is_some()), "row {}: {formats:?}", row.number);
        let strange: Vec<&&str> = by_page.difference(&formats).filter(|format| **format != "syslog").collect();
        assert!(
            strange.is_empty(),
            "row {}: pages match in formats that the row does not name: {strange:?}",
            row.number
        );
        let marked: Vec<String> = formats
            .iter()
            .map(|format| if by_page.contains(format) { format!("**{format}**") } else { format.to_string() })
            .collect();
        writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} |",
            row.number,
            row.technique,
            row.attack.join(" "),
            links.join(", "),
            row.fields,
            marked.join(", ")
        )
        .unwrap();
    }
    out += BESIDE;
    for (what, checks) in catalogue::BESIDE {
        for check in *checks {
            let formats: Vec<&str> = shown[*check].iter().map(String::as_str).collect();
            writeln!(out, "| {} | {} | {} | {} |", what, link(check), needs[check], formats.join(", ")).unwrap();
        }
    }
    out += NEEDS;
    for (check, needs) in &needs {
        writeln!(out, "| {} | {needs} |", link(check)).unwrap();
    }
    testkit::golden::check(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/catalogue.md"), &out);
}

#[test]
fn every_row_has_a_check_and_every_check_a_place() {
    let all: BTreeSet<&str> = detect::checks().iter().map(|check| check.name()).collect();
    let numbers: Vec<u8> = catalogue::ROWS.iter().map(|row| row.number).collect();
    assert_eq!(numbers, (1..=46).collect::<Vec<u8>>());
    let of_rows = catalogue::ROWS.iter().flat_map(|row| row.checks);
    let placed: BTreeSet<&str> = of_rows.chain(catalogue::BESIDE.iter().flat_map(|beside| beside.1)).copied().collect();
    assert_eq!(placed, all);
    assert!(catalogue::ROWS.iter().all(|row| !row.checks.is_empty() && !row.attack.is_empty()));
}

#[test]
fn each_invariant_is_shown_on_audit_records_tetragon_and_tracee() {
    let shown = shown();
    for check in catalogue::BESIDE[0].1 {
        for format in ["auditd", "tetragon", "tracee", "tracee_v1"] {
            assert!(shown[*check].contains(format), "{check} on {format}");
        }
    }
}

/// Everything that a check can say stands in the texts of both languages.
#[test]
fn every_check_and_everything_missing_has_a_text() {
    for language in texts::Language::ALL {
        let texts = texts::Texts::new(language);
        for check in detect::checks() {
            let name = check.name();
            for end in ["", "-text", "-settle"] {
                assert!(texts.has(&format!("check-{name}{end}")), "{name}{end}");
            }
            for case in testkit::page::read(format!("{PAGES}/{name}.md")) {
                let detection = detected(&case.blocks_of("log").map(testkit::page::Block::bytes).collect::<Vec<_>>());
                for answer in detection.answers {
                    let model::Answer::CannotTell { missing } = answer.answer else { continue };
                    // A key, or words of which the report knows the form.
                    let is_words = |part: &str| part.contains(' ');
                    let unknown =
                        missing.split("; ").find(|part| !is_words(part) && !texts.has(&format!("missing-{part}")));
                    assert_eq!(unknown, None, "{}", answer.check);
                }
                for missing in detection.findings.iter().flat_map(|finding| &finding.missing) {
                    assert!(texts.has(&format!("missing-{missing}")), "{missing}");
                }
            }
        }
        let left_behind = catalogue::BESIDE.iter().find(|beside| beside.0 == "Left behind").unwrap();
        let named = ["cron_write", "authorized_keys_write", "static_pod_write", "unrequested_container"];
        for check in left_behind.1.iter().chain(&named) {
            assert!(texts.has(&format!("check-{check}-remove")), "how to remove what {check} finds");
        }
    }
}

fn detected(logs: &[Vec<u8>]) -> model::Detection {
    let batches = logs.iter().filter_map(|bytes| common::read(bytes));
    let mut detector = detect::Detector::default();
    common::labelled(batches.flat_map(|batch| batch.drafts).collect()).iter().for_each(|event| detector.push(event));
    detector.detection()
}

/// Formats of the logs of the pages' cases that match, by check.
fn shown() -> BTreeMap<String, BTreeSet<String>> {
    let mut shown: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for check in detect::checks() {
        let formats = shown.entry(check.name().to_string()).or_default();
        for case in testkit::page::read(format!("{PAGES}/{}.md", check.name())) {
            let logs: Vec<Vec<u8>> = case.blocks_of("log").map(testkit::page::Block::bytes).collect();
            if detected(&logs).findings.iter().any(|finding| finding.check == check.name()) {
                formats.extend(logs.iter().filter_map(|bytes| parse::choose(bytes).chosen));
            }
        }
    }
    shown
}

fn link(check: &str) -> String {
    format!("[{check}](../crates/detect/tests/checks/{check}.md)")
}

/// What must be recorded before silence means "no".
fn words(needs: &[Need]) -> String {
    let parts: Vec<String> = needs
        .iter()
        .map(|need| match need {
            Need::AnyOf(actions) => actions.iter().map(|action| action.name()).collect::<Vec<_>>().join(" or "),
            Need::Calls(calls) => calls.join(" or "),
            Need::Containers => "a container".to_string(),
        })
        .collect();
    if parts.is_empty() { "–".to_string() } else { parts.join("; ") }
}

const INTRODUCTION: &str = "\
# Catalogue

Every technique that is known by name, the checks that know it, and where the facts stand that they need. This page is
written from `crates/detect/src/catalogue.rs` and the pages of the checks by a test of `crates/detect`
(`cargo xtask golden --update`).

A check says *yes* (attempted, succeeded, or unknown how far), *no*, or *cannot tell* with what is missing. Formats are
those that hold the needed facts when their recorder was told to record them; **bold** ones are shown with a match on the
check's page, beside ordinary behaviour on which it is silent.

| row | technique | ATT&CK | checks | facts needed | formats |
|--:|---|---|---|---|---|
";

const BESIDE: &str = "
## Beside the rows

The five invariants hold for techniques that nobody has named. What is left behind comes with how to remove it.

| | check | recorded before silence means *no* | shown on |
|---|---|---|---|
";

const NEEDS: &str = "
## What must be recorded before silence means *no*

| check | needs |
|---|---|
";
