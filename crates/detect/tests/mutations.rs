//! The logs of all pages, changed: tools under other names give the same answers, and no damage brings a check down.

mod common;

use std::collections::BTreeSet;

use detect::Detector;
use model::{Answer, CrossingOutcome, Detection};
use proptest::prelude::*;

const PAGES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/checks");

/// Names of a container's programs on the pages, as the formats write them, and others in their place.
const RENAMED: &[(&str, &str)] = &[
    ("comm=\"sh\" exe=\"/bin/sh\"", "comm=\"q7\" exe=\"/tmp/q7\""),
    ("comm=\"nsenter\" exe=\"/bin/busybox\"", "comm=\"q7\" exe=\"/tmp/q7\""),
    ("comm=\"mount\" exe=\"/bin/busybox\"", "comm=\"q7\" exe=\"/tmp/q7\""),
    ("comm=\"chroot\" exe=\"/bin/busybox\"", "comm=\"q7\" exe=\"/tmp/q7\""),
    ("comm=\"debugfs\" exe=\"/sbin/debugfs\"", "comm=\"q7\" exe=\"/tmp/q7\""),
    ("comm=\"modprobe\" exe=\"/sbin/modprobe\"", "comm=\"q7\" exe=\"/tmp/q7\""),
    ("\"binary\":\"/bin/sh\"", "\"binary\":\"/tmp/q7\""),
    ("\"binary\":\"/usr/bin/nsenter\"", "\"binary\":\"/tmp/q7\""),
    ("\"processName\":\"sh\"", "\"processName\":\"q7\""),
    ("\"processName\":\"nsenter\"", "\"processName\":\"q7\""),
    ("\"path\":\"/bin/sh\"", "\"path\":\"/tmp/q7\""),
    ("\"name\":\"sh\"", "\"name\":\"q7\""),
    ("\"proc.name\":\"sh\"", "\"proc.name\":\"q7\""),
    ("\"comm\":\"sh\",\"exe\":\"/bin/sh\"", "\"comm\":\"q7\",\"exe\":\"/tmp/q7\""),
];

/// A case of a page: where it stands, which check it is about, and its logs.
struct Case {
    at: String,
    check: String,
    logs: Vec<Vec<u8>>,
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for check in detect::checks() {
        for case in testkit::page::read(format!("{PAGES}/{}.md", check.name())) {
            cases.push(Case {
                at: format!("{}: {}", check.name(), case.name),
                check: check.name().to_string(),
                logs: case.blocks_of("log").map(testkit::page::Block::bytes).collect(),
            });
        }
    }
    cases
}

fn detection(logs: &[Vec<u8>]) -> Detection {
    let mut detector = Detector::default();
    let batches = logs.iter().filter_map(|bytes| common::read(bytes));
    common::labelled(batches.flat_map(|batch| batch.drafts).collect()).iter().for_each(|event| detector.push(event));
    detector.detection()
}

/// What a check says, without the names that it found.
fn said(detection: &Detection, check: &str) -> (Option<Answer>, Vec<(Option<CrossingOutcome>, u8)>) {
    let answer = detection.answers.iter().find(|answer| answer.check == check).map(|answer| answer.answer.clone());
    let findings = detection.findings.iter().filter(|finding| finding.check == check);
    (answer, findings.map(|finding| (finding.crossing, finding.confidence)).collect())
}

#[test]
fn a_tool_under_another_name_is_the_same_tool() {
    let mut renamed = 0;
    for case in cases() {
        let change = |log: &Vec<u8>| {
            let text = String::from_utf8_lossy(log).into_owned();
            RENAMED.iter().fold(text, |text, (from, to)| text.replace(from, to)).into_bytes()
        };
        let changed: Vec<Vec<u8>> = case.logs.iter().map(change).collect();
        renamed += usize::from(changed != case.logs);
        let (before, after) = (detection(&case.logs), detection(&changed));
        assert_eq!(said(&before, &case.check), said(&after, &case.check), "{}", case.at);
    }
    assert!(renamed > 200, "only {renamed} cases have a name that is changed");
}

/// Damage to one log: lines left out, doubled, swapped or cut, and bytes changed.
fn damaged(log: &[u8], damage: &[(u8, u16, u16)]) -> Vec<u8> {
    let mut lines: Vec<Vec<u8>> = log.split_inclusive(|&byte| byte == b'\n').map(<[u8]>::to_vec).collect();
    for &(kind, at, with) in damage {
        if lines.is_empty() {
            break;
        }
        let (count, at) = (lines.len(), usize::from(at) % lines.len());
        let with = usize::from(with);
        match kind % 6 {
            0 => _ = lines.remove(at),
            1 => lines.insert(at, lines[with % count].clone()),
            2 => lines.swap(at, with % count),
            3 => {
                let length = lines[at].len();
                lines[at].truncate(with % length.max(1));
            }
            4 => {
                let length = lines[at].len();
                if let Some(byte) = lines[at].get_mut(with % length.max(1)) {
                    *byte = b"0/\"=-,{z"[with % 8];
                }
            }
            _ => {
                // Another number of the same length: pids, devices, results.
                for byte in lines[at].iter_mut().filter(|byte| byte.is_ascii_digit()).skip(with % 64).take(3) {
                    *byte = b'0' + (*byte - b'0' + 1) % 10;
                }
            }
        }
    }
    lines.concat()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damage_brings_no_check_down_and_findings_stay_whole(
        which in any::<prop::sample::Index>(),
        damage in prop::collection::vec((any::<u8>(), any::<u16>(), any::<u16>()), 1..6),
    ) {
        let all = cases();
        let case = &all[which.index(all.len())];
        let logs: Vec<Vec<u8>> = case.logs.iter().map(|log| damaged(log, &damage)).collect();
        let detection = detection(&logs);
        let mut ids = BTreeSet::new();
        for finding in &detection.findings {
            prop_assert!(!finding.events.is_empty() && finding.count >= 1, "{}: {finding:?}", case.at);
            prop_assert!(finding.time <= finding.last && finding.confidence <= 100, "{}: {finding:?}", case.at);
            prop_assert!(finding.id.starts_with(&format!("{}@", finding.check)), "{}: {finding:?}", case.at);
            prop_assert!(ids.insert(&finding.id), "{}: twice {}", case.at, finding.id);
        }
        prop_assert_eq!(detection.answers.len(), detect::checks().len());
    }
}
