//! Every layout that systemd writes, entry by entry and field by field against what `journalctl -o export` gives.

use std::collections::BTreeMap;

use super::{
    data::Data,
    examine::File,
    layout::{self, HEADER_BYTES, Kind},
    pieces::Pieces,
};

/// When, since boot, in which boot, and the fields, sorted.
type Plain = (u64, u64, Vec<u8>, Vec<(Vec<u8>, Vec<u8>)>);

const LAB: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../lab/recordings/formats/exports");

fn recorded(name: &str) -> Vec<u8> {
    let bytes = std::fs::read(format!("{LAB}/{name}.zst")).unwrap();
    zstd::decode_all(bytes.as_slice()).unwrap()
}

/// Reads the export without any of the code under test.
fn exported(mut rest: &[u8]) -> Vec<Plain> {
    let (mut entries, mut fields) = (Vec::new(), BTreeMap::<Vec<u8>, Vec<Vec<u8>>>::new());
    while let Some(end) = rest.iter().position(|&byte| byte == b'\n') {
        let line = &rest[..end];
        rest = &rest[end + 1..];
        if line.is_empty() {
            let mut one = |name: &str| fields.remove(name.as_bytes()).unwrap().remove(0);
            let number = |text: Vec<u8>| String::from_utf8(text).unwrap().parse::<u64>().unwrap();
            one("__CURSOR");
            let head = (
                number(one("__REALTIME_TIMESTAMP")),
                number(one("__MONOTONIC_TIMESTAMP")),
                crate::text::unhex(&one("_BOOT_ID")).unwrap(),
            );
            let all = std::mem::take(&mut fields).into_iter();
            let mut all: Vec<_> =
                all.flat_map(|(name, values)| values.into_iter().map(move |value| (name.clone(), value))).collect();
            all.sort();
            entries.push((head.0, head.1, head.2, all));
        } else if let Some(equals) = line.iter().position(|&byte| byte == b'=') {
            fields.entry(line[..equals].to_vec()).or_default().push(line[equals + 1..].to_vec());
        } else {
            let length = u64::from_le_bytes(rest[..8].try_into().unwrap()) as usize;
            fields.entry(line.to_vec()).or_default().push(rest[8..8 + length].to_vec());
            rest = &rest[8 + length + 1..];
        }
    }
    entries
}

#[allow(clippy::ptr_arg, reason = "a slice is no `dyn ReadAt`")]
fn stored(bytes: &Vec<u8>) -> Vec<Plain> {
    let head: [u8; HEADER_BYTES] = bytes[..HEADER_BYTES].try_into().unwrap();
    let header = layout::header(&head).unwrap();
    let (mut data, mut pieces) = (Data::new(bytes.len() as u64), Pieces::new());
    let mut file = File { header: &header, size: bytes.len() as u64, data: &mut data, pieces: &mut pieces, bytes };
    let (mut at, mut entries) = (header.size, Vec::new());
    while let Some(object) = file.object(at).unwrap() {
        if object.kind == Kind::Entry {
            let stored = file.entry(at, &object).unwrap();
            assert!(stored.sound == Some(true) && stored.missing == 0 && stored.fields.iter().all(|datum| datum.sound));
            let entry = stored.entry();
            let fields = entry.fields.iter().map(|field| {
                assert!(!field.cut);
                (field.name.to_vec(), field.value.to_vec())
            });
            let mut fields: Vec<_> = fields.collect();
            fields.sort();
            entries.push((entry.realtime.unwrap(), entry.monotonic.unwrap(), entry.boot.unwrap().to_vec(), fields));
        }
        at += object.span();
    }
    assert_eq!(entries.len() as u64, header.entries);
    entries
}

#[test]
fn every_layout_gives_what_journalctl_gives() {
    let expected = exported(&recorded("journalctl.export"));
    assert_eq!(expected.len(), 316);
    let (mut seen, mut names) = (0, Vec::new());
    for file in std::fs::read_dir(LAB).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        let Some(name) = name.strip_suffix(".zst").filter(|name| name.ends_with(".journal")) else { continue };
        for (found, expected) in stored(&recorded(name)).iter().zip(&expected) {
            assert!(found == expected, "{name}: {found:?}");
            seen += 1;
        }
        names.push(name.to_string());
    }
    assert_eq!(seen, 316 * names.len());
    assert!(names.len() >= 11, "{names:?}");
}
