//! Whatever is done to a sealed log, verification finds it, and names the place where it can.

#![allow(clippy::unwrap_used, clippy::panic, reason = "functions of tests that are not tests themselves")]

use std::fs;

use custody::{Act, Custody, DeviationKind, Key, Report, Subject, VerifyError, verify, verify_with};
use model::Timestamp;
use proptest::prelude::*;
use stdx::FixedClock;

struct Sealed {
    lines: Vec<Vec<u8>>,
    checkpoint: String,
    /// Checkpoints over the first 1, 2, … entries.
    earlier: Vec<String>,
    vkey: String,
}

fn sealed(acts: &[String]) -> Sealed {
    let case = tempfile::tempdir().unwrap();
    let clock = FixedClock::stepping(Timestamp::from_seconds(1_800_000_000, 0), 1);
    let mut custody = Custody::create(case.path(), "t", Key::InCase, clock).unwrap();
    let mut earlier = vec![custody.seal().unwrap()];
    for act in acts {
        custody.record(Act::ok(act).on(Subject::named(act.as_str()))).unwrap();
        earlier.push(custody.seal().unwrap());
    }
    let log = fs::read(case.path().join("custody.log")).unwrap();
    Sealed {
        lines: log.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect(),
        checkpoint: earlier.last().unwrap().clone(),
        earlier,
        vkey: custody.vkey(),
    }
}

fn judge(sealed: &Sealed, log: &[u8]) -> Result<Report, VerifyError> {
    verify(log, &sealed.checkpoint, &sealed.vkey)
}

#[derive(Debug, Clone)]
enum Mutation {
    EditByte(usize, u8),
    Drop(usize),
    Swap(usize, usize),
    Duplicate(usize, usize),
    Truncate(usize),
    InsertByte(usize, u8),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    prop_oneof![
        (any::<usize>(), 1_u8..).prop_map(|(at, bits)| Mutation::EditByte(at, bits)),
        any::<usize>().prop_map(Mutation::Drop),
        (any::<usize>(), any::<usize>()).prop_map(|(one, other)| Mutation::Swap(one, other)),
        (any::<usize>(), any::<usize>()).prop_map(|(from, to)| Mutation::Duplicate(from, to)),
        any::<usize>().prop_map(Mutation::Truncate),
        (any::<usize>(), any::<u8>()).prop_map(|(at, byte)| Mutation::InsertByte(at, byte)),
    ]
}

/// The mutated log; `None` when the mutation changes nothing.
fn mutate(lines: &[Vec<u8>], mutation: &Mutation) -> Option<Vec<u8>> {
    let original = lines.concat();
    let mut lines = lines.to_vec();
    let mut bytes = original.clone();
    let count = lines.len();
    match *mutation {
        Mutation::EditByte(at, bits) => {
            let at = at % bytes.len();
            bytes[at] ^= bits;
            return Some(bytes);
        }
        Mutation::InsertByte(at, byte) => {
            // Behind the last line break it would be an unsealed tail, which is reported, not refused.
            bytes.insert(at % bytes.len(), byte);
            return Some(bytes);
        }
        Mutation::Truncate(at) => {
            bytes.truncate(at % bytes.len());
            return Some(bytes);
        }
        Mutation::Drop(line) => drop(lines.remove(line % count)),
        Mutation::Swap(one, other) => lines.swap(one % count, other % count),
        Mutation::Duplicate(from, to) => {
            let line = lines[from % count].clone();
            lines.insert(to % (count + 1), line);
        }
    }
    let changed = lines.concat();
    (changed != original).then_some(changed)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_single_mutation_is_found(
        acts in proptest::collection::vec("[a-z.]{1,12}", 0..9),
        mutations in proptest::collection::vec(mutation(), 24),
    ) {
        let sealed = sealed(&acts);
        prop_assert!(judge(&sealed, &sealed.lines.concat()).is_ok());
        for mutation in mutations {
            if let Some(log) = mutate(&sealed.lines, &mutation) {
                prop_assert!(judge(&sealed, &log).is_err(), "{:?}", mutation);
            }
        }
    }
}

fn six() -> Sealed {
    sealed(&["a", "b", "c", "d", "e"].map(String::from))
}

fn edited(sealed: &Sealed, line: usize, from: &str, to: &str) -> Vec<u8> {
    let mut lines = sealed.lines.clone();
    let text = String::from_utf8(lines[line].clone()).unwrap();
    assert!(text.contains(from));
    lines[line] = text.replace(from, to).into_bytes();
    lines.concat()
}

fn first_place(judged: Result<Report, VerifyError>) -> Option<(u64, DeviationKind)> {
    match judged.unwrap_err() {
        VerifyError::Changed { first, .. } | VerifyError::Shorter { first, .. } => {
            first.map(|first| (first.entry, first.kind))
        }
        VerifyError::OutOfOrder(first) => Some((first.entry, first.kind)),
        other => panic!("{other}"),
    }
}

#[test]
fn the_first_differing_entry_is_named() {
    let sealed = six();
    for line in 0..5 {
        let log = edited(&sealed, line, "yobitsugi", "yobitsugj");
        assert_eq!(first_place(judge(&sealed, &log)), Some((line as u64, DeviationKind::Chain)), "line {line}");
    }
    // Of two neighbours that contradict each other, the one behind shows which was changed.
    let previous = String::from_utf8(sealed.lines[3].clone()).unwrap();
    let hash = previous.split("\"previous\":\"").nth(1).unwrap()[..64].to_string();
    let log = edited(&sealed, 3, &hash, &"0".repeat(64));
    assert_eq!(first_place(judge(&sealed, &log)), Some((3, DeviationKind::Chain)));
    // Removed, repeated and moved entries carry the wrong number.
    let mut lines = sealed.lines.clone();
    lines.remove(2);
    assert_eq!(first_place(judge(&sealed, &lines.concat())), Some((2, DeviationKind::Number { found: 3 })));
    let mut lines = sealed.lines.clone();
    lines.swap(1, 4);
    assert_eq!(first_place(judge(&sealed, &lines.concat())), Some((1, DeviationKind::Number { found: 4 })));
    // No longer an entry at all.
    let log = edited(&sealed, 1, "{\"n\"", "{\"m\"");
    assert_eq!(first_place(judge(&sealed, &log)), Some((1, DeviationKind::Unreadable)));
    // The last entry: nothing behind it contradicts, only the root does.
    let log = edited(&sealed, 5, "yobitsugi", "yobitsugj");
    assert_eq!(first_place(judge(&sealed, &log)), None);
}

#[test]
fn a_false_torn_entry_does_not_excuse_a_destroyed_one() {
    let sealed = six();
    let mut lines = sealed.lines.clone();
    lines[2] = b"torn\n".to_vec();
    let text = String::from_utf8(lines[3].clone()).unwrap();
    lines[3] = text.replace("\"act\":\"c\"", "\"act\":\"custody.torn\",\"detail\":{\"entry\":\"2\"}").into_bytes();
    assert!(matches!(judge(&sealed, &lines.concat()), Err(VerifyError::Changed { .. })));
}

#[test]
fn an_earlier_checkpoint_narrows_down_and_finds_a_rollback() {
    let sealed = six();
    let log = edited(&sealed, 5, "yobitsugi", "yobitsugj");
    match verify_with(&log[..], &sealed.checkpoint, &sealed.vkey, &sealed.earlier[..5]) {
        Err(VerifyError::Changed { agrees_until: Some(5), .. }) => {}
        other => panic!("{other:?}"),
    }
    // Log and checkpoint rolled back together: only a checkpoint kept elsewhere can tell.
    let log = sealed.lines[..3].concat();
    let (rolled_back, kept) = (&sealed.earlier[2], &sealed.earlier[3..4]);
    assert!(verify(&log[..], rolled_back, &sealed.vkey).is_ok());
    let judged = verify_with(&log[..], rolled_back, &sealed.vkey, kept);
    assert!(matches!(judged, Err(VerifyError::EarlierCheckpoint { size: 4 })), "{judged:?}");
}

#[test]
fn entries_behind_the_checkpoint_are_reported_and_must_be_in_order() {
    let sealed = six();
    let log = sealed.lines.concat();
    let report = verify(&log[..], &sealed.earlier[1], &sealed.vkey).unwrap();
    assert_eq!((report.sealed, report.unsealed), (2, 4));
    let log = edited(&sealed, 3, "yobitsugi", "yobitsugj");
    let judged = verify(&log[..], &sealed.earlier[1], &sealed.vkey);
    assert!(matches!(&judged, Err(VerifyError::OutOfOrder(first)) if first.entry == 3), "{judged:?}");
}

#[test]
fn another_key_another_signature_and_garbage_are_refused() {
    let (one, other) = (six(), six());
    let log = one.lines.concat();
    assert!(matches!(verify(&log[..], &one.checkpoint, &other.vkey), Err(VerifyError::Checkpoint(_))));
    assert!(matches!(verify(&log[..], &other.checkpoint, &one.vkey), Err(VerifyError::Checkpoint(_))));
    assert!(matches!(verify(&log[..], "", &one.vkey), Err(VerifyError::Checkpoint(_))));
    assert!(matches!(verify(&log[..], &one.checkpoint, "key"), Err(VerifyError::Key(_))));
    let larger = one.checkpoint.replacen("\n6\n", "\n5\n", 1);
    assert!(matches!(verify(&log[..], &larger, &one.vkey), Err(VerifyError::Checkpoint(_))));
    let long = vec![b'x'; custody::ENTRY_BYTES_MAX + 10];
    assert!(matches!(judge(&one, &long), Err(VerifyError::TooLong { entry: 0 })));
}

#[test]
fn every_cut_and_every_flipped_bit_of_a_small_log_is_found() {
    let sealed = sealed(&["intake".to_string()]);
    let log = sealed.lines.concat();
    for at in 0..log.len() {
        assert!(judge(&sealed, &log[..at]).is_err(), "cut at {at}");
        for bit in 0..8 {
            let mut flipped = log.clone();
            flipped[at] ^= 1 << bit;
            assert!(judge(&sealed, &flipped).is_err(), "bit {bit} of byte {at}");
        }
    }
}

/// Runs the verifier that is printed in the documentation; it shares no line with ours.
fn documented_verifier(log: &[u8], sealed: &Sealed) -> i32 {
    let directory = tempfile::tempdir().unwrap();
    let put = |name: &str, bytes: &[u8]| {
        let path = directory.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/verify_custody.py");
    let run = std::process::Command::new("python3")
        .arg(script)
        .arg(put("log", log))
        .arg(put("checkpoint", sealed.checkpoint.as_bytes()))
        .arg(put("key", sealed.vkey.as_bytes()))
        .output()
        .unwrap();
    run.status.code().unwrap()
}

#[test]
fn the_documented_verifier_agrees_with_ours() {
    let one = six();
    let log = one.lines.concat();
    // 3: good, but this machine has no Ed25519 for Python.
    assert!(matches!(documented_verifier(&log, &one), 0 | 3));
    assert!(matches!(documented_verifier(&[&log[..], b"torn tail"].concat(), &one), 0 | 3));
    for mutation in [
        Mutation::EditByte(10, 1),
        Mutation::EditByte(log.len() - 5, 1),
        Mutation::Drop(2),
        Mutation::Swap(1, 3),
        Mutation::Duplicate(2, 3),
        Mutation::Truncate(log.len() - 1),
        Mutation::InsertByte(100, b' '),
    ] {
        let log = mutate(&one.lines, &mutation).unwrap();
        assert!(judge(&one, &log).is_err());
        assert_eq!(documented_verifier(&log, &one), 1, "{mutation:?}");
    }
    let other = six();
    assert_eq!(documented_verifier(&log, &Sealed { vkey: other.vkey, ..six() }), 1);
}
