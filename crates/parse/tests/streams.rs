//! Properties of every decoder, on real-shaped logs and on damaged ones: no panic, every byte
//! accounted for, the same result for every chunking, addresses inside the source.

use model::{Address, Sha256};
use parse::{Batch, Decoder};
use proptest::prelude::*;

/// All logs of all pages, as (format, bytes).
fn corpus() -> Vec<(String, Vec<u8>)> {
    let mut logs = Vec::new();
    for page in testkit::page::in_folder("tests/formats") {
        let format = page.file_stem().expect("a page has a name").to_string_lossy().into_owned();
        let all: Vec<Vec<u8>> = testkit::page::read(&page).iter().map(|case| case.bytes("log")).collect();
        logs.push((format.clone(), all.concat()));
        logs.extend(all.into_iter().map(|log| (format.clone(), log)));
    }
    logs
}

fn decoder(format: &str) -> Box<dyn Decoder> {
    parse::by_name(format).expect("the format exists").decoder(Sha256([7; 32]).into())
}

fn read(format: &str, log: &[u8], sizes: &[usize]) -> Batch {
    let mut decoder = decoder(format);
    let mut batch = Batch::default();
    let (mut rest, mut sizes) = (log, sizes.iter().cycle());
    while !rest.is_empty() {
        let size = sizes.next().map_or(rest.len(), |&size| size.clamp(1, rest.len()));
        let (chunk, after) = rest.split_at(size);
        decoder.push(chunk, &mut batch);
        rest = after;
    }
    decoder.finish(&mut batch);
    batch
}

/// Reads with the work left to others, who do it in reverse order; what they leave is done in its order.
fn read_deferred(format: &str, log: &[u8], size: usize) -> Batch {
    let mut decoder = decoder(format);
    decoder.defer();
    let (mut batch, mut pieces) = (Batch::default(), Vec::new());
    for chunk in log.chunks(size.max(1)) {
        decoder.push(chunk, &mut batch);
        pieces.extend(decoder.pieces());
    }
    decoder.finish(&mut batch);
    pieces.extend(decoder.pieces());
    let turns: Vec<_> = pieces.into_iter().rev().map(|piece| piece.complete(&mut batch)).collect();
    turns.into_iter().rev().flatten().for_each(|turn| turn.take(&mut batch));
    batch
}

/// The same batch with everything in one order.
fn sorted(mut batch: Batch) -> Batch {
    batch.drafts.sort_by_key(|draft| draft.id);
    batch.problems.sort_by_key(|problem| (problem.address, problem.text.clone()));
    batch.drops.sort_by_key(|drop| (drop.address, drop.time));
    batch
}

/// What must hold of every batch of a whole source.
fn check(batch: &Batch, log: &[u8]) {
    assert_eq!(batch.record_bytes + batch.problem_bytes, log.len() as u64, "every byte is accounted for");
    let inside = |address: &Address| {
        address.source == Sha256([7; 32]) && address.length > 0 && address.offset + address.length <= log.len() as u64
    };
    let mut ids = std::collections::BTreeSet::new();
    for draft in &batch.drafts {
        assert!(!draft.addresses.is_empty() && draft.addresses.iter().all(inside), "{draft:?}");
        assert!(ids.insert(draft.id), "two events with the id {}", draft.id);
        assert_eq!(Some(draft.id.offset), draft.addresses.iter().map(|address| address.offset).min());
    }
    assert!(batch.problems.iter().all(|problem| inside(&problem.address)), "{:?}", batch.problems);
    let of_drafts: u64 =
        batch.drafts.iter().filter(|draft| draft.id.part == 0).map(|draft| draft.addresses.len() as u64).sum();
    assert!(of_drafts <= batch.records, "{of_drafts} addresses of {} records", batch.records);
}

#[derive(Debug, Clone)]
enum Damage {
    Flip(usize, u8),
    Remove(usize, usize),
    Repeat(usize, usize),
    Insert(usize, Vec<u8>),
    End(usize),
}

fn damage() -> impl Strategy<Value = Damage> {
    let at = any::<prop::sample::Index>().prop_map(|index| index.index(1 << 20));
    let telling = prop::sample::select(vec![
        &b"\n"[..],
        b"\0\0\0\0",
        b"\"",
        b"{",
        b"}",
        b"]",
        b"\\",
        b"\x1d",
        b"type=",
        b" msg=audit(",
        b"=",
        b"\xff\xfe",
        b"'",
        b",",
        b"a0_len=99 a0[0]=41",
        b"item=99999999999999999999",
        b"\r\n",
        b"node=x ",
    ]);
    prop_oneof![
        (at.clone(), any::<u8>()).prop_map(|(at, bits)| Damage::Flip(at, bits)),
        (at.clone(), 1_usize..400).prop_map(|(at, length)| Damage::Remove(at, length)),
        (at.clone(), 1_usize..1200).prop_map(|(at, length)| Damage::Repeat(at, length)),
        (at.clone(), telling).prop_map(|(at, bytes)| Damage::Insert(at, bytes.to_vec())),
        at.prop_map(Damage::End),
    ]
}

fn damaged(log: &[u8], damages: &[Damage]) -> Vec<u8> {
    let mut log = log.to_vec();
    for damage in damages {
        if log.is_empty() {
            break;
        }
        let length = log.len();
        match damage {
            Damage::Flip(at, bits) => log[at % length] ^= bits,
            Damage::Remove(at, count) => {
                let at = at % length;
                log.drain(at..(at + count).min(length));
            }
            Damage::Repeat(at, count) => {
                let at = at % length;
                let piece = log[at..(at + count).min(length)].to_vec();
                log.splice(at..at, piece);
            }
            Damage::Insert(at, bytes) => {
                let at = at % length;
                log.splice(at..at, bytes.iter().copied());
            }
            Damage::End(at) => log.truncate(at % length),
        }
    }
    log
}

proptest! {
    #[test]
    fn damaged_logs_are_read_the_same_in_every_chunking(
        pick in any::<prop::sample::Index>(),
        damages in prop::collection::vec(damage(), 0..6),
        sizes in prop::collection::vec(1_usize..700, 1..6),
    ) {
        let corpus = corpus();
        let (format, log) = &corpus[pick.index(corpus.len())];
        let log = damaged(log, &damages);
        let whole = read(format, &log, &[usize::MAX]);
        check(&whole, &log);
        prop_assert_eq!(&read(format, &log, &sizes), &whole);
        prop_assert_eq!(sorted(read_deferred(format, &log, sizes[0])), sorted(whole));
        // A wrong choice of format is no reason to lose a byte either.
        for other in parse::formats() {
            check(&read(other.name(), &log, &[usize::MAX]), &log);
        }
        let _ = parse::choose(&log);
    }

    #[test]
    fn random_bytes_cost_nothing_but_themselves(junk in prop::collection::vec(any::<u8>(), 0..600)) {
        // What follows an entry of several lines without its end belongs to that entry.
        let open = |format: &str, log: &[u8]| format == "journal_export" && !log.ends_with(b"\n\n");
        for (format, log) in corpus().iter().filter(|(format, log)| log.ends_with(b"\n") && !open(format, log)) {
            let clean = read(format, log, &[usize::MAX]);
            // The junk follows the log on a line of its own, so everything before it must come out unchanged.
            let mut damaged = log.clone();
            damaged.extend(junk.iter().map(|&byte| if byte == b'\n' { b' ' } else { byte }));
            damaged.push(b'\n');
            let batch = read(format, &damaged, &[usize::MAX]);
            check(&batch, &damaged);
            // Audit records that are carried wait for their siblings, so the junk's own event may stand before theirs.
            let mut found = batch.drafts.iter();
            prop_assert!(clean.drafts.iter().all(|draft| found.any(|found| found == draft)), "{format}");
        }
    }
}

#[test]
fn one_byte_at_a_time_gives_the_same() {
    for (format, log) in corpus() {
        assert_eq!(read(&format, &log, &[1]), read(&format, &log, &[usize::MAX]), "{format}");
    }
}

#[test]
fn work_left_to_others_gives_the_same() {
    for (format, log) in corpus() {
        let whole = sorted(read(&format, &log, &[usize::MAX]));
        for size in [64, 700, usize::MAX] {
            assert_eq!(sorted(read_deferred(&format, &log, size)), whole, "{format} in chunks of {size}");
        }
    }
}

#[test]
fn json_ten_thousand_deep_costs_only_itself() {
    let deep = |open: &str, close: &str| [&open.repeat(10_000), "1", &close.repeat(10_000)].concat();
    let deep = [
        deep("[", "]"),
        deep("{\"a\":", "}"),
        "[".repeat(10_000),
        "{\"a\":".repeat(10_000),
        "{\"a\":\n".repeat(10_000),
        ["{\"time\":", &deep("[{\"a\":", "}]"), "}"].concat(),
    ];
    let mut seen = std::collections::BTreeSet::new();
    for (format, log) in corpus() {
        let twice = read(&format, &[&log[..], &log].concat(), &[usize::MAX]);
        // Logs that are damaged themselves may take damage that follows them for their own.
        let is_json = [&b"{\""[..], b"{\n", b"[{", b"[\n"].iter().any(|start| log.starts_with(start));
        if !is_json || !log.ends_with(b"\n") || !twice.problems.is_empty() {
            continue;
        }
        for deep in &deep {
            let damaged = [&log[..], deep.as_bytes(), b"\n", &log].concat();
            let batch = read(&format, &damaged, &[usize::MAX]);
            check(&batch, &damaged);
            let place = format!("{format}: {} … around {}", String::from_utf8_lossy(&log[..20]), &deep[..12]);
            assert_eq!(batch.drafts.len(), twice.drafts.len(), "{place}");
            assert_eq!(batch.records, twice.records, "{place}");
            assert!(!batch.problems.is_empty(), "{place}");
        }
        seen.insert(format);
    }
    assert!(seen.len() >= 12, "{seen:?}");
}

#[test]
fn many_open_events_stay_within_the_bound() {
    // No PROCTITLE, no EOE, one time stamp: nothing says that an event is over.
    let mut log = Vec::new();
    for serial in 1..20_000 {
        log.extend_from_slice(
            format!("type=SYSCALL msg=audit(1795390133.455:{serial}): arch=c000003e syscall=3 success=yes exit=0 items=1 pid=7 comm=\"a\"\n")
                .as_bytes(),
        );
    }
    let mut decoder = decoder("auditd");
    let mut batch = Batch::default();
    decoder.push(&log, &mut batch);
    assert!(batch.drafts.len() > 15_000, "events are given out before the end: {}", batch.drafts.len());
    decoder.finish(&mut batch);
    assert_eq!(batch.drafts.len(), 19_999);
}

#[test]
fn an_event_that_rotation_cut_in_two_becomes_whole() {
    for (format, log) in corpus().into_iter().filter(|(_, log)| log.ends_with(b"\n")) {
        // One-document JSON is never rotated in its middle, nor does it follow on lines in one source.
        let opens = |at: usize| log[at..].starts_with(b"{\n") || log[at..].starts_with(b"[\n");
        if opens(0) || log.iter().enumerate().any(|(at, byte)| *byte == b'\n' && opens(at + 1)) {
            continue;
        }
        let whole = read(&format, &log, &[usize::MAX]);
        for (cut, _) in log.iter().enumerate().filter(|(_, byte)| **byte == b'\n').take(12) {
            let (older, newer) = log.split_at(cut + 1);
            let mut decoder = decoder(&format);
            let mut batch = Batch::default();
            decoder.push(older, &mut batch);
            decoder.continue_in(Sha256([8; 32]).into(), &mut batch);
            assert_eq!(batch.record_bytes + batch.problem_bytes, older.len() as u64);
            decoder.push(newer, &mut batch);
            decoder.finish(&mut batch);
            let facts = |batch: &Batch| -> Vec<_> {
                let drafts = batch.drafts.iter();
                drafts.map(|draft| (draft.serial, draft.action, draft.objects.clone(), draft.facts.clone())).collect()
            };
            assert_eq!(facts(&batch), facts(&whole), "{format} cut at {cut}");
            assert_eq!(batch.serial_gaps.len(), whole.serial_gaps.len());
        }
    }
}
