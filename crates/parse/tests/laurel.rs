//! laurel's copy of an audit log must say what the log itself says: event by event, field by field.

use std::{collections::BTreeMap, io::Read as _};

use model::{Bytes, Event, Sha256};
use parse::Batch;

fn read(format: &str, log: &[u8]) -> Batch {
    let mut decoder = parse::by_name(format).expect("the format exists").decoder(Sha256([7; 32]).into());
    let mut batch = Batch::default();
    decoder.push(log, &mut batch);
    decoder.finish(&mut batch);
    batch
}

/// Events by what identifies them in every copy: host, time, serial and part.
fn by_serial(batch: &Batch) -> BTreeMap<(Option<String>, i64, u64, u16), &Event> {
    let key = |event: &Event| (event.host.clone(), event.time.0, event.serial.unwrap_or(0), event.id.part);
    batch.drafts.iter().map(|event| (key(event), event)).collect()
}

/// Compares what both copies hold, and gives how many events that were. laurel may lack events (it cannot read
/// every record, and can be told to filter); it must not have others.
fn compare(audit: &[u8], laurel: &[u8]) -> usize {
    let (audit, laurel) = (read("auditd", audit), read("laurel", laurel));
    let (audit, laurel) = (by_serial(&audit), by_serial(&laurel));
    for (key, copy) in &laurel {
        let event = audit.get(key).expect("laurel has no event that the log has not");
        assert_eq!(copy.action, event.action, "{key:?}");
        assert_eq!(copy.outcome, event.outcome, "{key:?}");
        assert_eq!(copy.objects, event.objects, "{key:?}");
        let mut actor = copy.actor.clone();
        if copy.fact("argv_joined").is_some() {
            let of_one_text = |argv: &[Bytes]| argv.iter().map(|part| part.0.clone()).collect::<Vec<_>>().join(&b' ');
            assert_eq!(of_one_text(&actor.argv), of_one_text(&event.actor.argv), "{key:?}");
            actor.argv.clone_from(&event.actor.argv);
        }
        assert_eq!(actor, event.actor, "{key:?}");
        assert_eq!(copy.time_basis, event.time_basis, "{key:?}");
        for (name, value) in &event.facts {
            assert_eq!(copy.facts.get(name), Some(value), "fact {name} of {key:?}");
        }
        assert_eq!(copy.format, "laurel");
    }
    laurel.len()
}

#[test]
fn a_copy_by_laurel_says_the_same_as_the_log() {
    let page = testkit::page::in_folder("tests/formats").into_iter().find(|page| page.ends_with("laurel.md"));
    let mut compared = 0;
    for case in testkit::page::read(page.expect("laurel has a page")) {
        if case.block("auditd").is_some() {
            compared += compare(&case.bytes("auditd"), &case.bytes("log"));
        }
    }
    assert!(compared >= 19, "only {compared} events were compared");
}

/// Both copies of a whole recording: arguments as a list with addresses translated, and joined with raw addresses.
#[test]
fn a_recording_by_laurel_says_the_same_as_its_log() {
    let open = |path: &str| std::fs::File::open(format!("../../lab/recordings/{path}")).expect(path);
    let mut audit = Vec::new();
    let packed = flate2::read::MultiGzDecoder::new(open("hostpid-nsenter/evidence/audit.log.gz"));
    packed.take(64 << 20).read_to_end(&mut audit).expect("the recording is whole");
    for copy in ["laurel-array", "laurel-string"] {
        let laurel = zstd::decode_all(open(&format!("formats/collected/{copy}.jsonl.zst"))).expect(copy);
        assert_eq!(parse::choose(&laurel).chosen.as_deref(), Some("laurel"));
        assert_eq!(compare(&audit, &laurel), 883, "{copy}");
    }
}
