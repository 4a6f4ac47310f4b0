//! The ladder: which results give which verdict; neighbours; the write-ahead log; panics.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test reports its failure by panicking")]

#[path = "support/samples.rs"]
mod samples;
mod support;

use model::*;
use proptest::prelude::*;
use verify::Observed;

const RUNGS: [Rung; 7] = [Rung::V0, Rung::V1, Rung::V2, Rung::V3, Rung::V4, Rung::V5, Rung::V6];

fn unclear() -> Answer {
    Answer::CannotTell { missing: "x".into() }
}

fn result(check: &str, rung: Rung, answer: Answer) -> CheckResult {
    CheckResult { check: check.into(), rung, answer, proof: String::new() }
}

fn decide(answers: &[(Rung, Answer)]) -> (Option<Rung>, bool) {
    let checks = answers.iter().map(|(rung, answer)| result("x", *rung, answer.clone())).collect();
    let verdict = verify::decide(ObjectId("h:/a".into()), "/a".into(), None, checks);
    (verdict.rung, verdict.verified)
}

#[test]
fn the_weakest_failing_rung_decides_and_cannot_tell_is_never_held() {
    use Answer::{No, Yes};
    use Rung::*;
    assert_eq!(decide(&[]), (None, false));
    assert_eq!(decide(&[(V0, No), (V1, Yes), (V2, Yes)]), (None, false));
    assert_eq!(decide(&[(V0, Yes), (V1, Yes), (V2, Yes), (V3, Yes)]), (Some(V3), false));
    assert_eq!(decide(&[(V0, Yes), (V1, Yes), (V2, Yes), (V3, unclear()), (V4, Yes)]), (Some(V4), true));
    assert_eq!(decide(&[(V0, Yes), (V1, Yes), (V2, Yes), (V3, unclear())]), (Some(V2), false));
    assert_eq!(decide(&[(V0, Yes), (V1, Yes), (V2, Yes), (V3, No), (V4, Yes)]), (Some(V2), false));
    assert_eq!(decide(&[(V0, Yes), (V1, Yes), (V2, Yes), (V3, Yes), (V3, No)]), (Some(V2), false));
    assert_eq!(decide(&[(V0, Yes), (V1, unclear()), (V2, Yes), (V4, Yes)]), (Some(V0), false), "bytes not shown");
    assert_eq!(decide(&[(V0, Yes), (V2, Yes)]), (Some(V2), false), "a directory has no bytes");
}

proptest! {
    /// Whatever the answers: the rung was answered with yes, and nothing up to it with no.
    #[test]
    fn no_rung_is_claimed_beyond_its_answers(answers in prop::collection::vec((prop::sample::select(&RUNGS[..]), 0..3_usize), 0..12)) {
        let answers: Vec<(Rung, Answer)> = answers
            .into_iter()
            .map(|(rung, answer)| (rung, [Answer::Yes, Answer::No, unclear()][answer].clone()))
            .collect();
        let (rung, verified) = decide(&answers);
        if let Some(rung) = rung {
            prop_assert!(answers.contains(&(rung, Answer::Yes)));
        }
        for (at, answer) in &answers {
            prop_assert!(!(Some(*at) <= rung && *answer == Answer::No));
        }
        prop_assert!(!verified || rung >= Some(Rung::V4));
    }
}

fn plan(paths: &[(&str, bool)], left_out: &[(&str, &str)]) -> Plan {
    let metadata = support::metadata(1);
    let from = RestoreSource { source: "s".into(), snapshot: "1".into(), content: ContentRef::Empty };
    let steps = paths.iter().zip(1..).map(|((path, quarantine), id)| Step {
        id,
        object: ObjectId(format!("h:{path}")),
        path: (*path).into(),
        action: match quarantine {
            true => StepAction::Quarantine,
            false => StepAction::WriteFile { from: from.clone(), metadata: metadata.clone() },
        },
        reason: String::new(),
        candidates: vec![],
        events: vec![],
    });
    let not_restored = left_out.iter().map(|(object, reason)| NotRestored {
        object: ObjectId(object.to_string()),
        reason: reason.to_string(),
        next: String::new(),
    });
    Plan {
        id: Sha256([0; 32]),
        first_hostile_act: Timestamp(0),
        clock_error_ns: 0,
        steps: steps.collect(),
        not_restored: not_restored.collect(),
    }
}

fn reached(path: &str, rung: Rung) -> Verdict {
    let checks = RUNGS.iter().filter(|step| **step <= rung).map(|step| result("x", *step, Answer::Yes)).collect();
    verify::decide(ObjectId(format!("h:{path}")), path.into(), None, checks)
}

#[test]
fn a_set_is_complete_when_every_entry_is_back() {
    let two = [("/d/a", false), ("/d/b", false), ("/d/evil", true), ("/other/c", false)];
    let back = vec![
        reached("/d/a", Rung::V3),
        reached("/d/b", Rung::V2),
        reached("/d/evil", Rung::V1),
        reached("/other/c", Rung::V0),
    ];
    let answer = |plan: &Plan, verdicts: &[Verdict]| verify::set_complete(&"/d".into(), plan, verdicts).answer;
    assert_eq!(answer(&plan(&two, &[]), &back), Answer::Yes);
    assert_eq!(answer(&plan(&two, &[("h:/d/tmp", "gone_again"), ("h:/e/x", "path_unknown")]), &back), Answer::Yes);
    assert_eq!(answer(&plan(&two, &[("h:/d/x", "later_benign_change")]), &back), Answer::No);
    assert_eq!(answer(&plan(&two, &[]), &back[1..]), Answer::No, "one has no verdict");
    let short = vec![reached("/d/a", Rung::V3), reached("/d/b", Rung::V1), reached("/d/evil", Rung::V1)];
    assert_eq!(answer(&plan(&two, &[]), &short), Answer::No);
    assert!(matches!(answer(&plan(&two[..1], &[]), &back), Answer::CannotTell { .. }), "alone");

    let judged = verify::with_neighbours(back.clone(), &plan(&two, &[]));
    assert_eq!(judged[0].rung, Some(Rung::V4));
    assert_eq!(judged[2].rung, Some(Rung::V1), "what lies in quarantine is no neighbour");
    assert_eq!(verify::with_neighbours(judged.clone(), &plan(&two, &[])), judged, "asking again changes nothing");
    let judged = verify::with_neighbours(back, &plan(&two, &[("h:/d/x", "later_benign_change")]));
    assert_eq!((judged[0].rung, judged[0].verified), (Some(Rung::V3), false));
}

/// A real database in write-ahead mode, with its log, as a crash or a live copy leaves them.
#[test]
fn a_database_is_read_with_its_write_ahead_log() {
    let folder = std::env::temp_dir().join(format!("verify-wal-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("shop.sqlite");
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection
        .execute_batch(
            "PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0; CREATE TABLE t(a, b); CREATE INDEX i ON t(b);",
        )
        .unwrap();
    connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE);").unwrap();
    for row in 0..300 {
        connection.execute("INSERT INTO t VALUES(?1, ?2)", (row, format!("value {row}"))).unwrap();
    }
    let content = std::fs::read(&path).unwrap();
    let log = std::fs::read(folder.join("shop.sqlite-wal")).unwrap();
    drop(connection);
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(log.len() > 100_000 && content[18] == 2, "the rows are in the log alone");

    let judge = |log: Option<&[u8]>| {
        let expected = support::expected("/srv/shop.sqlite", &content, None);
        let mut observed = Observed::file(support::metadata(content.len() as u64), &content);
        observed.write_ahead_log = log;
        verify::verdict(&expected, &observed)
    };
    let proof =
        |verdict: &Verdict| support::opinions(verdict).iter().map(|check| check.proof.clone()).collect::<String>();
    let with = judge(Some(&log));
    assert!(support::says_yes(&with) && proof(&with).contains("pages of its write-ahead log"), "{with:#?}");
    assert!(proof(&judge(None)).contains("write-ahead log was not given"));
    // A page damaged in the log breaks its checksum: the log ends before that transaction, whose two
    // frames (table and index) are counted in the proof.
    let mut torn = log.clone();
    let at = torn.len() - 2000;
    torn[at] ^= 1;
    assert!(proof(&judge(Some(&torn))).contains("2 frames left out"), "{:#?}", judge(Some(&torn)));
    for length in [0, 5, 31, 32, 40, 5000] {
        assert!(!support::says_no(&judge(Some(&log[..length.min(log.len())]))), "a short log is an older state");
    }
}
