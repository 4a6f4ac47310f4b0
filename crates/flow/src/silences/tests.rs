//! Which stretches count as unseen.

use super::*;
use model::{FormatChoice, HostKnown, Sha256};

const MINUTE: i64 = 60_000_000_000;

fn source(format: &str, lanes: &[(i64, i64)]) -> SourceCoverage {
    let lanes = lanes.iter().map(|&(from, to)| Lane {
        host: Some("web-01".to_string()),
        host_known: HostKnown::Named,
        first: Timestamp(from * MINUTE),
        last: Timestamp(to * MINUTE),
        events: 2,
        silences: vec![Span { from: Timestamp(from * MINUTE), to: Timestamp(to * MINUTE) }],
        silence_seconds: Some(600),
    });
    let format_choice = FormatChoice { chosen: Some(format.to_string()), ..FormatChoice::default() };
    SourceCoverage {
        hosts: vec!["web-01".to_string()],
        records: 2,
        events: 2,
        lanes: lanes.collect(),
        ..crate::coverage::empty(Sha256::of(format.as_bytes()), &format!("{format}.log"), format_choice)
    }
}

/// Named fact and minutes of every window.
fn found(sources: &[SourceCoverage]) -> Vec<(String, i64, i64)> {
    let minutes = |time: Option<Timestamp>| time.map_or(-1, |time| time.0 / MINUTE);
    let windows = windows(sources);
    windows
        .iter()
        .map(|it| (it.facts.keys().next().cloned().unwrap_or_default(), minutes(it.from), minutes(it.to)))
        .collect()
}

#[test]
fn a_host_that_others_saw_outside_its_recorder_was_unseen() {
    let mut audit = source("auditd", &[(100, 200)]);
    audit.lanes[0].silences.clear();
    let unseen = |from, to| ("seen_in".to_string(), from, to);
    assert_eq!(found(&[audit.clone(), source("shell_history", &[(40, 320)])]), [unseen(40, 100), unseen(200, 320)]);
    assert_eq!(found(&[audit.clone(), source("shell_history", &[(95, 205)])]), [], "edges");
    let mut later = audit.clone();
    (later.lanes[0].first, later.lanes[0].last) = (Timestamp(260 * MINUTE), Timestamp(300 * MINUTE));
    assert_eq!(found(&[audit.clone(), later, source("shell_history", &[(90, 310)])]), [unseen(200, 260)]);
    assert_eq!(found(&[source("shell_history", &[(0, 500)])]), [], "no recorder at all is said otherwise");
}

#[test]
fn only_steady_sources_are_silent() {
    assert_eq!(found(&[source("auditd", &[(100, 200)])]), [("source".to_string(), 100, 200)]);
    assert_eq!(found(&[source("journal_file", &[(100, 200)])]), [("source".to_string(), 100, 200)]);
    assert_eq!(found(&[source("falco", &[(100, 200)])]), []);
}
