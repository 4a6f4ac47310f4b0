//! Runs the pages of `tests/checks/`: each shows a match, a no and a cannot-tell of one check.
//!
//! A case of a format has one block with its content, whose info string is `file PATH`, then any of
//! `before=FORMAT` (what an earlier version was), `wal` (a write-ahead log goes with it), and how the
//! text is to be read: `escaped`, `hex`, or `recipe`. A recipe's first line makes a valid sample (`png 7`: format and seed), each further
//! one damages it: `flip AT`, `truncate TO`, `zero FROM COUNT`, `append HEX`.
//!
//! A case of another check has an ```expected and an ```observed block of `name value` lines.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test reports its failure by panicking")]

#[path = "support/samples.rs"]
mod samples;
mod support;

use model::*;
use testkit::page::Case;
use verify::{Content, Expected, Format, KnownGood, Observed, Owners, There, Wanted};

#[test]
fn the_pages_hold() {
    testkit::page::check_folder("tests/checks", |check, case| {
        let verdict = match case.blocks.iter().find(|block| block.kind() == "file") {
            Some(block) => of_file(case, &block.info),
            None => of_object(case),
        };
        show(check, &verdict)
    });
}

#[test]
fn every_check_has_a_page() {
    let pages = testkit::page::in_folder("tests/checks");
    let pages: Vec<String> =
        pages.iter().map(|page| page.file_stem().unwrap().to_string_lossy().into_owned()).collect();
    let mut checks = verify::check_names();
    checks.sort_unstable();
    assert_eq!(pages, checks);
}

fn show(check: &str, verdict: &Verdict) -> String {
    let mut out = String::new();
    for result in verdict.checks.iter().filter(|result| result.check == check || result.check == "format") {
        let answer = match &result.answer {
            Answer::Yes => "yes".to_string(),
            Answer::No => "no".to_string(),
            Answer::CannotTell { missing } => format!("cannot tell, missing {missing}"),
        };
        out.push_str(&format!("{:?} {}: {answer}\n  {}\n", result.rung, result.check, result.proof));
    }
    let rung = verdict.rung.map_or("no rung".to_string(), |rung| format!("{rung:?}"));
    out.push_str(&format!("{rung}{}\n", if verdict.verified { ", verified" } else { "" }));
    out
}

fn format(name: &str) -> Format {
    match name {
        "text" => Format::Text,
        "json" => Format::Json,
        "png" => Format::Png,
        "gzip" => Format::Gzip,
        "pdf" => Format::Pdf,
        "elf" => Format::Elf,
        "sqlite" => Format::Sqlite,
        other => panic!("format {other}"),
    }
}

fn of_file(case: &Case, info: &str) -> Verdict {
    let words: Vec<&str> = info.split_whitespace().collect();
    let before = words.iter().find_map(|word| word.strip_prefix("before=")).map(format);
    let bytes = case.bytes("file");
    let content = if words.contains(&"hex") {
        hex(&String::from_utf8(bytes).unwrap())
    } else if words.contains(&"recipe") {
        recipe(&String::from_utf8(bytes).unwrap())
    } else {
        bytes
    };
    support::judged(words[1], &content, before)
}

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    let value = |digit: u8| (digit as char).to_digit(16).unwrap() as u8;
    digits.chunks_exact(2).map(|pair| value(pair[0]) << 4 | value(pair[1])).collect()
}

fn recipe(text: &str) -> Vec<u8> {
    let mut lines = text.lines();
    let first: Vec<&str> = lines.next().unwrap().split_whitespace().collect();
    let mut content = match first[..] {
        ["sql", ..] => database(&text.lines().next().unwrap()[4..]),
        ["deep", depth] => "[".repeat(depth.parse().unwrap()).into_bytes(),
        ["encrypted_pdf"] => encrypted_pdf(),
        [kind, seed] => samples::make(kind, &mut samples::Random(seed.parse().unwrap())),
        _ => panic!("{text}"),
    };
    for line in lines {
        let words: Vec<&str> = line.split_whitespace().collect();
        let number = |at: usize| words[at].parse::<usize>().unwrap();
        match words[0] {
            "flip" => content[number(1)] ^= 0x10,
            // In the middle of the last compressed stream.
            "flip_stream" => {
                let last = content.windows(11).rposition(|window| window == b"FlateDecode").unwrap();
                content[last + 60] ^= 0x10;
            }
            "truncate" => content.truncate(number(1)),
            "zero" => content[number(1)..][..number(2)].fill(0),
            "append" => content.extend(hex(words[1])),
            "replace" => {
                let at = content.windows(words[1].len()).position(|window| window == words[1].as_bytes()).unwrap();
                content[at..][..words[2].len()].copy_from_slice(words[2].as_bytes());
            }
            // The section number of the last symbol (of 24 bytes in a 64-bit file) becomes one that is not there.
            "extreme_symbol" => {
                let place = symbol_table_end(&content) - 24 + 6;
                content[place..place + 2].copy_from_slice(&[0xf0, 0xf0]);
            }
            other => panic!("recipe {other}"),
        }
    }
    content
}

/// Where the symbol table of a 64-bit little-endian file ends.
fn symbol_table_end(content: &[u8]) -> usize {
    use object::read::{Object, ObjectSection};
    let file = object::File::parse(content).unwrap();
    assert!(file.is_little_endian() && file.is_64());
    let table = file.section_by_name(".symtab").unwrap();
    let (offset, size) = table.file_range().unwrap();
    (offset + size) as usize
}

fn encrypted_pdf() -> Vec<u8> {
    use lopdf::{Document, EncryptionState, EncryptionVersion, Object, Permissions};
    let mut document = Document::load_mem(&samples::make("pdf", &mut samples::Random(1))).unwrap();
    document.trailer.set("ID", Object::Array(vec![Object::string_literal("one"), Object::string_literal("two")]));
    let version = EncryptionVersion::V2 {
        document: &document,
        owner_password: "owner",
        user_password: "user",
        key_length: 128,
        permissions: Permissions::all(),
    };
    let state = EncryptionState::try_from(version).unwrap();
    document.encrypt(&state).unwrap();
    let mut out = Vec::new();
    document.save_to(&mut out).unwrap();
    out
}

fn database(sql: &str) -> Vec<u8> {
    let connection = rusqlite::Connection::open_in_memory().unwrap();
    connection.execute_batch(sql).unwrap();
    connection.serialize("main").unwrap().to_vec()
}

fn of_object(case: &Case) -> Verdict {
    let expected = lines(case.block("expected").unwrap_or_default());
    let observed = lines(case.block("observed").unwrap_or_default());
    let value = |block: &[(String, String)], name: &str| {
        block.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone())
    };
    let wanted = match value(&expected, "nothing") {
        Some(before) => Wanted::Nothing { before: fingerprint(&before) },
        None => Wanted::Version {
            metadata: metadata(&expected),
            sha256: value(&expected, "content").map(|content| Sha256::of(content.as_bytes())),
        },
    };
    let known_good = value(&expected, "known_good").map(|content| KnownGood {
        source: "dpkg base-files 12.4".to_string(),
        sha256: Sha256::of(content.as_bytes()),
    });
    let owners = if value(&expected, "owners").is_some() { Owners::CannotBeSet } else { Owners::MustEqual };
    let path = Bytes::from("/srv/object");
    let expected =
        Expected { object: ObjectId("web:/srv/object".into()), path, wanted, format_before: None, known_good, owners };
    let content = value(&observed, "content");
    let there = match (value(&observed, "nothing"), value(&observed, "unreadable")) {
        (Some(_), _) => There::Nothing,
        (_, Some(cause)) => There::Unreadable(cause),
        _ => There::Something(metadata(&observed)),
    };
    let observed = Observed {
        there,
        content: content.as_ref().map_or(Content::None, |content| Content::Bytes(content.as_bytes())),
        sha256: content.as_ref().map(|content| Sha256::of(content.as_bytes())),
        sha256_uncached: value(&observed, "on_disk").map(|content| Sha256::of(content.as_bytes())),
        quarantined: value(&observed, "quarantined").map(|text| fingerprint(&text)),
        write_ahead_log: None,
    };
    verify::verdict(&expected, &observed)
}

fn lines(text: &str) -> Vec<(String, String)> {
    let pair =
        |line: &str| line.split_once(' ').map_or((line.to_string(), String::new()), |(a, b)| (a.into(), b.into()));
    text.lines().filter(|line| !line.is_empty()).map(pair).collect()
}

fn metadata(lines: &[(String, String)]) -> Metadata {
    let value = |name: &str| lines.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let number = |name: &str| value(name).map(|value| value.parse::<u32>().unwrap());
    let entry = match value("kind").unwrap_or("file").split_once(' ').unwrap_or((value("kind").unwrap_or("file"), "")) {
        ("file", _) => EntryKind::File,
        ("directory", _) => EntryKind::Directory,
        ("link", target) => EntryKind::Symlink { target: target.into() },
        (what, _) => EntryKind::Special { what: what.into() },
    };
    let xattrs: Vec<Xattr> = lines
        .iter()
        .filter(|(key, _)| key == "xattr")
        .filter_map(|(_, value)| value.split_once('='))
        .map(|(name, value)| Xattr { name: name.into(), value: value.into() })
        .collect();
    Metadata {
        entry,
        mode: value("mode").map(|mode| u32::from_str_radix(mode, 8).unwrap()),
        uid: number("uid"),
        gid: number("gid"),
        size: value("content").map(|content| content.len() as u64),
        modified: value("modified").map(|time| Timestamp::parse(time).unwrap()),
        inode: None,
        links: None,
        xattrs: (value("xattrs").is_some() || !xattrs.is_empty()).then_some(xattrs),
    }
}

/// `none`, or `KIND INODE CONTENT`.
fn fingerprint(text: &str) -> Fingerprint {
    let words: Vec<&str> = text.splitn(3, ' ').collect();
    let [kind, inode, rest @ ..] = &words[..] else { return Fingerprint::Nothing };
    let content = rest.first();
    Fingerprint::Something {
        kind: kind.to_string(),
        inode: inode.parse().unwrap(),
        mode: 0o644,
        uid: 0,
        gid: 0,
        size: content.map_or(0, |content| content.len() as u64),
        modified: Timestamp(0),
        sha256: content.map(|content| Sha256::of(content.as_bytes())),
    }
}
