//! Journals and syslog files that real daemons wrote: the same entries in every form give the same events.

use std::collections::{BTreeMap, BTreeSet};

use model::{Action, Event, Sha256, TimeBasis, Timestamp};
use parse::{Batch, Source};

fn recorded(path: &str) -> Vec<u8> {
    let path = format!("../../lab/recordings/formats/{path}");
    let bytes = std::fs::read(&path).expect("a committed recording");
    if path.ends_with(".zst") { zstd::decode_all(bytes.as_slice()).expect("it was packed by zstd") } else { bytes }
}

fn read(format: &str, bytes: &[u8], modified: Option<&str>) -> Batch {
    assert_eq!(parse::choose(bytes).chosen.as_deref(), Some(format));
    let modified = modified.map(|text| Timestamp::parse(text).expect("a time"));
    let mut decoder = parse::by_name(format).expect("the format exists").decoder(Source {
        id: Sha256([1; 32]),
        modified,
        path: None,
    });
    let mut out = Batch::default();
    decoder.push(bytes, &mut out);
    decoder.finish(&mut out);
    assert_eq!(out.record_bytes + out.problem_bytes, bytes.len() as u64);
    out
}

/// What an event says, without where it stands.
fn said(event: &Event) -> Event {
    let mut event = event.clone();
    event.id.offset = 0;
    event.addresses.clear();
    if event.format.starts_with("journal_") {
        event.format = "journal".to_string();
    }
    event
}

fn sorted(batches: &[&Batch]) -> Vec<Event> {
    let mut events: Vec<Event> = batches.iter().flat_map(|batch| &batch.drafts).map(said).collect();
    events.sort_by_key(|event| (event.time, event.occurrence.clone(), event.serial, format!("{event:?}")));
    events
}

fn without_steps(events: Vec<Event>) -> Vec<Event> {
    // Where a journal was cut into two files, the step between them is seen in the joined export only.
    events.into_iter().filter(|event| event.action != Action::ClockStep).collect()
}

#[test]
fn a_real_journal_says_the_same_in_every_form() {
    let archived = "journald/system@87671f7ef44a42ddb245d919d7fe35ef-0000000000000001-00066132f0df1d86.journal.zst";
    let files = [archived, "journald/system.journal.zst"].map(|path| read("journal_file", &recorded(path), None));
    let export = read("journal_export", &recorded("journald/journalctl.export.zst"), None);
    let json = read("journal_json", &recorded("journald/journalctl.json.zst"), None);
    assert_eq!(files.iter().map(|batch| batch.records).sum::<u64>(), 1323);
    assert_eq!((export.records, json.records), (1323, 1323));
    for problem in files.iter().chain([&export]).flat_map(|batch| &batch.problems) {
        // One file was being written; its audit events may lack records, as in the log.
        assert!(problem.text.contains("PATH records"), "{problem:?}");
    }
    let expected = without_steps(sorted(&[&export]));
    let found = without_steps(sorted(&[&files[0], &files[1]]));
    for (found, expected) in found.iter().zip(&expected) {
        assert_eq!(found, expected);
    }
    assert_eq!(found.len(), expected.len());
    let occurrences = |batch: &Batch| -> BTreeSet<String> {
        batch.drafts.iter().filter_map(|draft| draft.occurrence.clone()).collect()
    };
    assert_eq!(occurrences(&json), occurrences(&export), "also where JSON leaves the message out");
}

#[test]
fn audit_records_in_a_journal_are_those_of_the_audit_log() {
    let journal = read("journal_export", &recorded("journald/journalctl.export.zst"), None);
    let log = read("auditd", &recorded("journald/audit.log.zst"), None);
    let by_serial = |batch: &Batch| -> BTreeMap<u64, Event> {
        let audit = batch.drafts.iter().filter(|draft| draft.format == "auditd").cloned();
        audit.filter_map(|draft| Some((draft.serial?, draft))).collect()
    };
    let (journal, log) = (by_serial(&journal), by_serial(&log));
    let both: Vec<_> = journal.iter().filter_map(|(serial, event)| Some((event, log.get(serial)?))).collect();
    assert_eq!(both.len(), 107);
    // The daemon's log begins in the middle of the event that started it.
    let (whole, cut): (Vec<_>, Vec<_>) = both.into_iter().partition(|(a, b)| a.addresses.len() == b.addresses.len());
    assert!(cut.len() <= 2, "{cut:?}");
    for (found, expected) in whole {
        assert_eq!(
            (found.time, found.action, found.outcome, &found.actor, &found.objects, &found.host),
            (expected.time, expected.action, expected.outcome, &expected.actor, &expected.objects, &expected.host)
        );
        // Which log it came in is all that the copies differ in.
        let mut facts = found.facts.clone();
        assert_eq!(facts.remove(model::CARRIED_BY).as_deref(), Some("journal"));
        assert_eq!(facts, expected.facts);
    }
}

#[test]
fn the_layouts_of_rsyslog_tell_the_same() {
    let modified = Some("2026-11-27T04:30:05Z");
    let iso = read("syslog", &recorded("syslogs/rsyslog-file-format.log"), modified);
    let old = read("syslog", &recorded("syslogs/traditional.log"), modified);
    let new = read("syslog", &recorded("syslogs/rfc5424.log"), modified);
    for batch in [&iso, &old, &new] {
        assert!(batch.drafts.iter().any(|draft| draft.format == "runtime_log"), "daemon logs are read");
        assert!(batch.drafts.iter().any(|draft| draft.format == "auditd" && draft.serial == Some(77)));
        assert!(batch.drafts.iter().any(|draft| draft.action == Action::ProcessSignal && draft.format == "kernel"));
        assert!(batch.drafts.iter().any(|draft| draft.fact("repeated") == Some("5")));
    }
    let local = old.drafts.iter().find(|draft| draft.fact("message") == Some("upstream is back")).expect("it is there");
    assert_eq!((local.time_basis, local.time.day().as_str()), (TimeBasis::Local, "2026-11-27"));
    let zoned = iso.drafts.iter().find(|draft| draft.fact("message") == Some("upstream is back")).expect("it is there");
    assert_eq!((zoned.time_basis, zoned.time.day().as_str()), (TimeBasis::Utc, "2026-11-26"));
}
