//! Acts, failures, crashes, several writers: what ends up in the log.

#![allow(clippy::unwrap_used, clippy::panic, reason = "functions of tests that are not tests themselves")]

use std::{fs, io::Write as _, os::unix::fs::PermissionsExt as _, path::Path};

use custody::{Act, ActResult, Custody, Entry, Error, Key, Subject, VerifyError, entries, verify, verify_case};
use model::{Sha256, Timestamp};
use stdx::FixedClock;

fn clock() -> FixedClock {
    FixedClock::stepping(Timestamp::from_seconds(1_800_000_000, 0), 1_000_000_000)
}

fn new_case() -> (tempfile::TempDir, Custody) {
    let case = tempfile::tempdir().unwrap();
    let custody = Custody::create(case.path(), "2026-001", Key::InCase, clock()).unwrap();
    (case, custody)
}

fn log_of(case: &Path) -> Vec<Entry> {
    entries(fs::File::open(case.join("custody.log")).unwrap()).map(|entry| entry.unwrap().unwrap()).collect()
}

fn acts(case: &Path) -> Vec<String> {
    entries(fs::File::open(case.join("custody.log")).unwrap())
        .map(|entry| entry.unwrap().map_or_else(|_| "(torn)".to_string(), |entry| entry.act))
        .collect()
}

#[test]
fn a_new_case_has_a_key_of_its_own_and_a_first_entry() {
    let (case, custody) = new_case();
    let mode = fs::metadata(case.path().join("custody.key")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(!custody.key_is_exposed());
    assert_eq!(fs::read_to_string(case.path().join("custody.pub")).unwrap().trim(), custody.vkey());
    assert!(custody.vkey().starts_with("yobitsugi/2026-001+"));
    let log = log_of(case.path());
    assert_eq!((log.len(), log[0].act.as_str(), log[0].previous), (1, "case.new", None));
    assert!(!log[0].actor.user.is_empty());
    let again = Custody::create(case.path(), "2026-001", Key::InCase, clock());
    assert!(matches!(again, Err(Error::Exists { .. })));
    let other = tempfile::tempdir().unwrap();
    assert!(matches!(Custody::create(other.path(), "two words", Key::InCase, clock()), Err(Error::Key { .. })));
}

#[test]
fn every_act_is_recorded_with_its_end_failures_too() {
    let (case, mut custody) = new_case();
    let done: Result<u8, Error> = custody.act("parse", vec![Subject::hashed("a.log", Sha256::of(b"a"))], || Ok(7));
    assert_eq!(done.unwrap(), 7);
    #[derive(Debug, thiserror::Error)]
    #[error("{0}")]
    struct Refused(String);
    impl From<Error> for Refused {
        fn from(error: Error) -> Self {
            Self(error.to_string())
        }
    }
    let failed: Result<(), Refused> = custody.act_with("restore", vec![], |outcome| {
        outcome.subjects.push(Subject::named("/srv/data/a"));
        Err(Refused("no space is left on /srv".into()))
    });
    failed.unwrap_err();
    let log = log_of(case.path());
    let told: Vec<_> = log.iter().map(|entry| (entry.act.as_str(), &entry.result, entry.started)).collect();
    let error = "no space is left on /srv".to_string();
    assert_eq!(
        told,
        [
            ("case.new", &ActResult::Ok, None),
            ("parse", &ActResult::Started, None),
            ("parse", &ActResult::Ok, Some(1)),
            ("restore", &ActResult::Started, None),
            ("restore", &ActResult::Failed { error }, Some(3)),
        ]
    );
    assert_eq!(log[4].subjects, [Subject::named("/srv/data/a")]);
    assert!(log.windows(2).all(|pair| pair[0].time < pair[1].time));
    let report = verify_case(case.path(), None).unwrap();
    assert_eq!((report.sealed, report.unsealed, report.unfinished), (5, 0, vec![]));
}

#[test]
fn the_log_stays_verifiable_over_reopening_and_sealing() {
    let (case, mut custody) = new_case();
    let first = custody.seal().unwrap();
    drop(custody);
    for round in 0..3 {
        let earlier = FixedClock::at(Timestamp::from_seconds(1_700_000_000 - round, 0));
        let mut custody = Custody::open(case.path(), earlier).unwrap();
        custody.record(Act::ok("report").with("round", round)).unwrap();
        custody.seal().unwrap();
    }
    let report = verify_case(case.path(), None).unwrap();
    assert_eq!((report.sealed, report.earlier_checkpoints), (4, 4));
    // A clock that was set back is a fact to report, not an error.
    assert_eq!(report.clock_steps_back, [1, 2, 3]);
    // The checkpoint that somebody kept from the start still fits: the rest is unsealed to it.
    let log = fs::read(case.path().join("custody.log")).unwrap();
    let vkey = fs::read_to_string(case.path().join("custody.pub")).unwrap();
    let report = verify(&log[..], &first, &vkey).unwrap();
    assert_eq!((report.sealed, report.unsealed), (1, 3));
}

#[test]
fn a_line_torn_at_any_byte_by_a_crash_is_kept_and_recorded() {
    let (case, mut custody) = new_case();
    custody.record(Act::ok("intake")).unwrap();
    drop(custody);
    let log = case.path().join("custody.log");
    let whole = fs::read(&log).unwrap();
    let keys =
        ["checkpoint", "custody.key", "custody.pub"].map(|name| (name, fs::read(case.path().join(name)).unwrap()));
    // The longest cut is a whole entry that lacks only its line break.
    let next = {
        let mut custody = Custody::open(case.path(), clock()).unwrap();
        custody.record(Act::ok("parse")).unwrap();
        fs::read(&log).unwrap()[whole.len()..].to_vec()
    };
    for cut in 1..next.len() {
        for (name, bytes) in &keys {
            fs::write(case.path().join(name), bytes).unwrap();
        }
        fs::write(&log, [&whole[..], &next[..cut]].concat()).unwrap();
        let torn = verify_case(case.path(), None).unwrap();
        assert_eq!((torn.sealed, torn.torn_tail_bytes), (2, cut as u64));
        let mut custody = Custody::open(case.path(), clock()).unwrap();
        custody.record(Act::ok("plan")).unwrap();
        let bytes = fs::read(&log).unwrap();
        assert!(bytes.starts_with(&[&whole[..], &next[..cut], b"\n"].concat()), "nothing is dropped");
        let told = acts(case.path());
        let torn = if cut == next.len() - 1 { "parse" } else { "(torn)" };
        assert_eq!(told, ["case.new", "intake", torn, "custody.torn", "custody.unsealed", "plan"], "cut at {cut}");
        let report = verify_case(case.path(), None).unwrap();
        assert_eq!(report.sealed, 6);
        assert_eq!(report.torn, if torn == "(torn)" { vec![2] } else { vec![] });
    }
}

#[test]
fn an_act_whose_process_died_is_reported_as_unfinished() {
    let (case, mut custody) = new_case();
    custody.record(Act::ok("restore").result(ActResult::Started)).unwrap();
    assert_eq!(verify_case(case.path(), None).unwrap().unfinished, [1]);
}

#[test]
fn entries_without_a_signature_are_named_when_the_log_is_opened() {
    let (case, mut custody) = new_case();
    let checkpoint = fs::read(case.path().join("checkpoint")).unwrap();
    custody.record(Act::ok("intake")).unwrap();
    drop(custody);
    fs::write(case.path().join("checkpoint"), checkpoint).unwrap();
    drop(Custody::open(case.path(), clock()).unwrap());
    assert_eq!(acts(case.path()), ["case.new", "intake", "custody.unsealed"]);
}

#[test]
fn a_damaged_log_is_never_signed_again() {
    let (case, mut custody) = new_case();
    custody.record(Act::ok("intake")).unwrap();
    drop(custody);
    let log = case.path().join("custody.log");
    let good = fs::read(&log).unwrap();
    let text = String::from_utf8(good.clone()).unwrap();
    for bad in [text.replace("intake", "outake"), text.lines().next().unwrap().to_string() + "\n", String::new()] {
        fs::write(&log, bad).unwrap();
        let before = fs::read(case.path().join("checkpoint")).unwrap();
        assert!(matches!(Custody::open(case.path(), clock()), Err(Error::Damaged { .. })));
        assert_eq!(fs::read(case.path().join("checkpoint")).unwrap(), before);
    }
    fs::write(&log, good).unwrap();
    Custody::open(case.path(), clock()).unwrap();
}

#[test]
fn a_log_that_shrinks_under_an_open_writer_is_noticed() {
    let (case, mut custody) = new_case();
    fs::write(case.path().join("custody.log"), b"").unwrap();
    assert!(matches!(custody.record(Act::ok("intake")), Err(Error::Damaged { .. })));
}

#[test]
fn several_writers_take_turns() {
    let (case, custody) = new_case();
    drop(custody);
    std::thread::scope(|scope| {
        for writer in 0..4 {
            let case = case.path();
            scope.spawn(move || {
                let mut custody = Custody::open(case, clock()).unwrap();
                for round in 0..10 {
                    custody.record(Act::ok("report").with("writer", writer).with("round", round)).unwrap();
                }
            });
        }
    });
    assert_eq!(verify_case(case.path(), None).unwrap().sealed, 41);
}

#[test]
fn the_key_can_be_kept_outside_the_case() {
    let (elsewhere, case) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let path = elsewhere.path().join("key");
    let key = custody::note::SignerKey::generate("yobitsugi/2026-002").unwrap();
    fs::File::create(&path).unwrap().write_all(key.to_secret_text().as_bytes()).unwrap();
    drop(Custody::create(case.path(), "2026-002", Key::External(&path), clock()).unwrap());
    assert!(!case.path().join("custody.key").exists());
    assert!(matches!(Custody::open(case.path(), clock()), Err(Error::KeyElsewhere { .. })));
    let mut custody = Custody::open_with(case.path(), Key::External(&path), clock()).unwrap();
    custody.record(Act::ok("intake")).unwrap();
    verify_case(case.path(), Some(&key.verifier().to_string())).unwrap();
    let other = custody::note::SignerKey::generate("yobitsugi/2026-002").unwrap();
    let judged = verify_case(case.path(), Some(&other.verifier().to_string()));
    assert!(matches!(judged, Err(VerifyError::Checkpoint(_))), "{judged:?}");
    fs::write(&path, other.to_secret_text()).unwrap();
    assert!(matches!(Custody::open_with(case.path(), Key::External(&path), clock()), Err(Error::Key { .. })));
}

#[test]
fn an_act_on_very_many_subjects_keeps_their_number_and_hash() {
    let (case, mut custody) = new_case();
    let act = (0..1_500).fold(Act::ok("intake"), |act, n| act.on(Subject::named(format!("f{n}").as_str())));
    let entry = custody.record(act).unwrap();
    assert_eq!(entry.subjects.len(), custody::SUBJECTS_MAX);
    assert_eq!(entry.detail["subjects_total"], "1500");
    verify_case(case.path(), None).unwrap();
}

#[test]
fn a_path_that_is_no_case_is_refused() {
    let case = tempfile::tempdir().unwrap();
    assert!(matches!(Custody::open(case.path(), clock()), Err(Error::Missing { .. })));
}

#[test]
fn the_documented_verifier_accepts_a_recorded_crash() {
    let (case, custody) = new_case();
    drop(custody);
    let log = case.path().join("custody.log");
    fs::OpenOptions::new().append(true).open(&log).unwrap().write_all(b"{\"n\":1,\"prev").unwrap();
    drop(Custody::open(case.path(), clock()).unwrap());
    assert_eq!(acts(case.path()), ["case.new", "(torn)", "custody.torn", "custody.unsealed"]);
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/verify_custody.py");
    let files = ["custody.log", "checkpoint", "custody.pub"].map(|name| case.path().join(name));
    let run = std::process::Command::new("python3").arg(script).args(files).output().unwrap();
    assert!(matches!(run.status.code(), Some(0 | 3)), "{run:?}");
}
