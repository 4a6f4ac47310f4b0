//! Native journal files under damage: whatever happens to a file, the entries that it did not happen to come out.

use std::collections::BTreeSet;

use model::{Event, Sha256};
use parse::{Batch, ReadAt, Source};
use proptest::prelude::*;

/// Below this offset stand the header and two hash tables; no entry lies there.
const TABLES_END: usize = 38_000;

fn small(layout: &str) -> Vec<u8> {
    let bytes = std::fs::read(format!("tests/journals/small-{layout}.journal.zst")).expect("a committed file");
    zstd::decode_all(bytes.as_slice()).expect("it was packed by zstd")
}

#[allow(clippy::ptr_arg, reason = "a slice is no `dyn ReadAt`")]
fn read(bytes: &Vec<u8>) -> Batch {
    let source = Source { id: Sha256([3; 32]), modified: None, path: None };
    let format = parse::by_name("journal_file").expect("the format exists");
    let mut whole = format.whole(source, bytes.len() as u64).expect("it is read at any offset");
    let mut out = Batch::default();
    let mut calls = 0;
    while whole.read(bytes as &dyn ReadAt, &mut out).expect("memory can be read") {
        calls += 1;
        assert!(calls < 10_000, "a small file takes few calls");
    }
    assert_eq!(out.record_bytes + out.problem_bytes, bytes.len() as u64, "every byte is accounted for");
    for address in out.drafts.iter().flat_map(|draft| &draft.addresses).chain(out.problems.iter().map(|p| &p.address)) {
        assert!(address.length > 0 && address.offset + address.length <= bytes.len() as u64, "{address:?}");
    }
    let ids: BTreeSet<_> = out.drafts.iter().map(|draft| draft.id).collect();
    assert_eq!(ids.len(), out.drafts.len(), "identities are unique");
    out
}

/// The events of entries, without those that need a second record (audit events, clock steps).
fn own(out: &Batch) -> Vec<&Event> {
    let own = out.drafts.iter().filter(|draft| draft.format != "auditd" && draft.id.part == 0);
    own.collect()
}

#[test]
fn a_file_that_is_whole_has_no_problems() {
    for layout in ["regular", "compact"] {
        let out = read(&small(layout));
        assert_eq!((out.problems.as_slice(), out.records), (&[][..], 9), "{layout}");
    }
}

#[test]
fn entries_before_a_cut_are_read_wherever_the_file_is_cut() {
    for layout in ["regular", "compact"] {
        let whole = small(layout);
        let all = read(&whole);
        let last = all.drafts.iter().flat_map(|draft| &draft.addresses).map(|a| a.offset + a.length).max().unwrap();
        for cut in (1..300).chain((TABLES_END..last as usize + 40).step_by(3)) {
            let out = read(&whole[..cut].to_vec());
            let expected: Vec<&Event> = own(&all)
                .into_iter()
                .filter(|draft| draft.addresses.iter().all(|a| a.offset + a.length <= cut as u64))
                .collect();
            assert_eq!(own(&out), expected, "{layout} cut at {cut}");
            if cut < last as usize {
                assert!(!out.problems.is_empty(), "{layout} cut at {cut}: it must say so");
            }
        }
    }
}

#[test]
fn a_damaged_object_costs_only_the_entries_that_use_it() {
    for layout in ["regular", "compact"] {
        let whole = small(layout);
        let all = read(&whole);
        let mut lost_most = 0;
        for at in (TABLES_END + 2_000..49_000).step_by(8) {
            // The type, the size and the hash of an object in turn, or content that holds none.
            for byte in [0, 1] {
                let mut damaged = whole.clone();
                damaged[at + byte] ^= 0x55;
                let out = read(&damaged);
                let found: BTreeSet<_> = out.drafts.iter().map(|draft| draft.id).collect();
                let lost = own(&all).iter().filter(|draft| !found.contains(&draft.id)).count();
                lost_most = lost_most.max(lost);
                assert!(lost <= 1, "{layout}: byte {} costs {lost} entries", at + byte);
            }
        }
        assert_eq!(lost_most, 1, "{layout}: the damage does reach entries");
    }
}

#[test]
fn a_changed_message_is_shown_and_named() {
    let mut changed = small("regular");
    let at = changed.windows(9).position(|text| text == b"publickey").unwrap();
    changed[at] = b'P';
    let out = read(&changed);
    let event = out.drafts.iter().find(|draft| draft.fact("damaged_fields") == Some("MESSAGE")).unwrap();
    assert!(event.fact("message").unwrap().contains("Publickey"));
    assert!(out.problems.iter().any(|problem| problem.text.contains("contradicts its checksum")), "{:?}", out.problems);
}

#[test]
fn claims_of_the_header_are_compared_and_not_trusted() {
    let whole = small("regular");
    let clean = read(&whole);
    for (name, at, value) in [
        ("n_entries", 152, u64::MAX),
        ("n_objects", 144, 0),
        ("tail_object_offset", 136, u64::MAX),
        ("entry_array_offset", 176, 12_345),
        ("data_hash_table_offset", 104, u64::MAX),
        ("arena_size", 96, 0),
    ] {
        let mut lying = whole.clone();
        lying[at..at + 8].copy_from_slice(&value.to_le_bytes());
        let out = read(&lying);
        assert_eq!(out.drafts, clean.drafts, "{name}");
        let told = matches!(name, "n_entries" | "tail_object_offset");
        assert_eq!(out.problems.is_empty(), !told, "{name}: {:?}", out.problems);
    }
    for at in [0, 12, 88, 89] {
        let mut damaged = whole.clone();
        damaged[at] ^= 0xff;
        let out = read(&damaged);
        assert!(own(&out).len() + 1 >= own(&clean).len() && !out.problems.is_empty(), "{at}: {}", own(&out).len());
    }
}

#[test]
fn a_reader_that_fails_is_an_error_and_no_problem() {
    struct Failing;
    impl ReadAt for Failing {
        fn read_at(&self, _: &mut [u8], _: u64) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::UnexpectedEof.into())
        }
    }
    let source = Source { id: Sha256([3; 32]), modified: None, path: None };
    let mut whole = parse::by_name("journal_file").unwrap().whole(source, 1 << 20).unwrap();
    assert!(whole.read(&Failing, &mut Batch::default()).is_err());
}

proptest! {
    #[test]
    fn any_damage_is_bounded_and_accounted_for(
        layout in prop::sample::select(vec!["regular", "compact"]),
        flips in prop::collection::vec((0_usize..53_248, any::<u8>()), 0..12),
        zeroed in prop::option::of((0_usize..53_248, 1_usize..9_000)),
        copied in prop::option::of((0_usize..50_000, 0_usize..50_000, 1_usize..4_000)),
        end in 1_usize..53_248,
    ) {
        let mut bytes = small(layout);
        for (at, bits) in flips {
            bytes[at] ^= bits;
        }
        if let Some((at, length)) = zeroed {
            let end = (at + length).min(bytes.len());
            bytes[at..end].fill(0);
        }
        if let Some((from, to, length)) = copied {
            let length = length.min(bytes.len() - from.max(to));
            bytes.copy_within(from..from + length, to);
        }
        bytes.truncate(end.max(bytes.len() * usize::from(end % 2 == 0)));
        read(&bytes);
    }
}
