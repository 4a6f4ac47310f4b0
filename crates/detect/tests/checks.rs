//! The pages of the checks: each shows logs on which its check matches, is silent, and cannot tell.

mod common;

use detect::Detector;
use model::{Answer, Event};
use testkit::page::Case;

#[test]
fn every_page_gives_the_answers_it_shows() {
    let pages = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/checks");
    testkit::page::check_folder(pages, answer);
}

/// What one check says of a case's logs: its answer, then its findings.
fn answer(check: &str, case: &Case) -> String {
    let sources: Vec<Vec<u8>> = case.blocks_of("log").map(testkit::page::Block::bytes).collect();
    let mut detector = Detector::default();
    events(&sources).iter().for_each(|event| detector.push(event));
    let detection = detector.detection();
    let Some(own) = detection.answers.iter().find(|answer| answer.check == check) else {
        return format!("there is no check {check}");
    };
    let mut lines = vec![match &own.answer {
        Answer::Yes => "yes".to_string(),
        Answer::No => "no".to_string(),
        Answer::CannotTell { missing } => format!("cannot tell: {missing}"),
    }];
    for finding in detection.findings.iter().filter(|finding| finding.check == check) {
        let crossing =
            finding.crossing.map_or("no crossing".to_string(), |crossing| format!("{crossing:?}").to_lowercase());
        let container = finding.container.as_ref().map_or("-", |container| &container.id);
        let facts: Vec<String> = finding.facts.iter().map(|(name, value)| format!("{name}={value}")).collect();
        lines.push(format!(
            "{} {crossing} {} % {} container {container}: {}",
            finding.time.to_millis_text(),
            finding.confidence,
            finding.attack.join(" "),
            facts.join(" · ")
        ));
        if finding.count > 1 {
            lines.push(format!("  {} events to {}", finding.count, finding.last.to_millis_text()));
        }
        if !finding.missing.is_empty() {
            lines.push(format!("  missing: {}", finding.missing.join(", ")));
        }
    }
    lines.join("\n")
}

fn events(sources: &[Vec<u8>]) -> Vec<Event> {
    common::labelled(sources.iter().filter_map(|bytes| common::read(bytes)).flat_map(|batch| batch.drafts).collect())
}
