//! Which checks find what in every recorded scenario, and that ordinary work gives no finding at all.

#![expect(clippy::unwrap_used, reason = "a test that cannot read its own recording has to stop")]

#[allow(dead_code, reason = "the other tests ask for more of it")]
mod common;

use std::{collections::BTreeMap, fmt::Write};

use common::{ATTACKS, BENIGN, evidence, judge, recordings};
use model::CrossingOutcome;

#[test]
fn every_escape_is_named_and_ordinary_work_gives_no_finding() {
    let mut table = String::new();
    for name in ATTACKS.iter().chain(BENIGN) {
        let judged = judge(&evidence(&recordings().join(name)));
        // By check: the furthest outcome, and how many events show it.
        let mut found: BTreeMap<&str, (Option<CrossingOutcome>, u64)> = BTreeMap::new();
        for finding in &judged.detection.findings {
            let entry = found.entry(&finding.check).or_default();
            *entry = (entry.0.max(finding.crossing), entry.1 + finding.count);
        }
        assert_eq!(found.is_empty(), BENIGN.contains(name), "{name}: {found:?}");
        let crossed = found.values().any(|(outcome, _)| *outcome == Some(CrossingOutcome::Succeeded));
        assert_eq!(crossed, ATTACKS.contains(name), "{name}: {found:?}");
        writeln!(table, "{name}").unwrap();
        for (check, (outcome, count)) in found {
            let outcome = outcome.map_or("no crossing".to_string(), |outcome| format!("{outcome:?}").to_lowercase());
            writeln!(table, "  {check}: {outcome}, {count}").unwrap();
        }
    }
    testkit::golden::check(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/found.txt"), &table);
}
