//! Evidence made to exhaust, to deceive or to break out: bounded, reported, and the rest still read.

use std::{
    fs::{self, File},
    io::{Seek as _, SeekFrom, Write},
    process::{Command, Stdio},
};

use flate2::{Compression, write::GzEncoder};
use serde_json::Value;

use crate::world::{Ran, World, log, recording, sweep};

/// Memory that a run may allocate: what the project promises for any evidence.
const MEMORY_BYTES: u64 = 512 << 20;

const GIBIBYTE: u64 = 1 << 30;

/// Bytes of a block of which gigabytes are made.
const BLOCK: usize = 16 << 20;

/// Runs the program with [`MEMORY_BYTES`]; an allocation beyond that ends it. A shell sets the limit: set on a process
/// that runs already, it can come after the allocator has taken its first room.
fn run(world: &World, words: &[&str]) -> Ran {
    let program = world.command(words);
    // From its first instruction on: the allocator sees at its start how much it can have.
    let mut limited = Command::new("sh");
    limited.args(["-c", "ulimit -d \"$0\" && exec \"$@\"", &(MEMORY_BYTES / 1024).to_string()]);
    limited.arg(program.get_program()).args(program.get_args()).env_clear().current_dir(world.path(""));
    limited.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?)))).stdin(Stdio::null());
    let ran = Ran::of(limited.output().unwrap());
    printable("standard output", &ran.out);
    printable("standard error", &ran.err);
    ran
}

/// `investigate` on this evidence ends with this code, and no text for people can command a terminal.
fn investigated(world: &World, evidence: &str, more: &[&str], code: i32) -> Ran {
    let ran = run(world, &[&["investigate", evidence, "--case", "case"], more].concat()).ends_with(code);
    for name in ["report.en.html", "report.ja.html"] {
        printable(name, &fs::read_to_string(world.path("case/report").join(name)).unwrap());
    }
    printable("coverage", &run(world, &["coverage", "--case", "case"]).ends_with(0).out);
    printable("timeline", &run(world, &["timeline", "--case", "case"]).ends_with(0).out);
    run(world, &["custody", "verify", "--case", "case"]).ends_with(0);
    ran
}

#[track_caller]
fn printable(what: &str, text: &str) {
    let found =
        text.char_indices().find(|(_, it)| it.is_control() && *it != '\n' || ('\u{202a}'..='\u{202e}').contains(it));
    assert!(found.is_none(), "{what} holds the control character {found:?}");
}

/// What the coverage says of the source whose name ends so.
#[track_caller]
fn source(world: &World, end: &str) -> Value {
    let coverage = world.artefact("case", "coverage.json").unwrap();
    let sources = coverage["sources"].as_array().unwrap();
    let found = sources.iter().find(|source| source["name"].as_str().unwrap().ends_with(end));
    found.unwrap_or_else(|| panic!("{end} is not among the sources")).clone()
}

/// The one problem of a kind: its offset, its length, its text.
#[track_caller]
fn problem(source: &Value, kind: &str) -> (u64, u64, String) {
    assert_eq!(source["problems"][kind], 1, "{kind}: {}", source["problems"]);
    let list = source["problem_list"].as_array().unwrap();
    let found = list.iter().find(|problem| problem["kind"] == kind).unwrap();
    let number = |name: &str| found["address"][name].as_u64().unwrap();
    (number("offset"), number("length"), found["text"].as_str().unwrap().to_string())
}

fn counted(source: &Value) -> (u64, u64) {
    (source["records"].as_u64().unwrap(), source["events"].as_u64().unwrap())
}

/// A log of records, cut where no event is open.
struct Halves {
    before: Vec<u8>,
    after: Vec<u8>,
}

impl Halves {
    fn of(scenario: &str) -> Self {
        Self::cut(&log(scenario))
    }

    fn cut(log: &[u8]) -> Self {
        let lines: Vec<&[u8]> = log.split_inclusive(|byte| *byte == b'\n').collect();
        let head = |at: usize| lines[at].split(|byte| *byte == b')').next();
        let serial = |at: usize| head(at).and_then(|head| head.rsplit(|byte| *byte == b':').next());
        let middle = (lines.len() / 2..lines.len()).find(|&at| serial(at) != serial(at - 1)).unwrap();
        Self { before: lines[..middle].concat(), after: lines[middle..].concat() }
    }

    /// Records and events of the undamaged log.
    fn whole() -> (u64, u64) {
        let world = World::empty();
        fs::write(world.path("audit.log"), log("core-pattern")).unwrap();
        world.run(&["investigate", "audit.log", "--case", "case"]).ends_with(10);
        counted(&source(&world, "audit.log"))
    }

    fn around(&self, middle: &[u8]) -> Vec<u8> {
        [&self.before, middle, &self.after].concat()
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = GzEncoder::new(Vec::new(), Compression::default());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

/// A gzip stream of a line of `filler`, `times` over, between the halves of a log. A member for each: compressing
/// gigabytes takes long, and reading them does not.
fn gzip_around(halves: &Halves, filler: &[u8], times: usize) -> Vec<u8> {
    [gzip(&halves.before), gzip(filler).repeat(times), gzip(b"\n"), gzip(&halves.after)].concat()
}

/// Bytes that gzip makes small, but not as small as a bomb.
fn compressible() -> Vec<u8> {
    let mut seed = 1_u32;
    let mut noise = || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        b'a' + (seed >> 24) as u8 % 26
    };
    let mut bytes = vec![b'x'; BLOCK];
    bytes.iter_mut().step_by(1 << 9).for_each(|byte| *byte = noise());
    bytes
}

#[test]
fn a_line_of_a_gigabyte_costs_only_itself() {
    let (whole, halves) = (Halves::whole(), Halves::of("core-pattern"));
    let world = World::empty();
    fs::create_dir(world.path("in")).unwrap();
    // A hole is a line of zero bytes.
    let mut plain = File::create(world.path("in/plain.log")).unwrap();
    plain.write_all(&halves.before).unwrap();
    plain.seek(SeekFrom::Current(GIBIBYTE as i64)).unwrap();
    plain.write_all(b"\n").unwrap();
    plain.write_all(&halves.after).unwrap();
    fs::write(world.path("in/packed.log.gz"), gzip_around(&halves, &compressible(), 64)).unwrap();
    fs::write(world.path("in/neighbour.log"), log("quiet")).unwrap();
    investigated(&world, "in", &["--in-place"], 10);
    for name in ["plain.log", "packed.log.gz"] {
        let source = source(&world, name);
        assert_eq!(counted(&source), whole, "{name}");
        let (offset, length, text) = problem(&source, "too_long");
        assert_eq!((offset, length), (halves.before.len() as u64, GIBIBYTE + 1), "{name}");
        assert!(text.contains("at most 1048576 are read"), "{text}");
    }
    assert_eq!(source(&world, "neighbour.log")["problems"], serde_json::json!({}));
}

#[test]
fn a_bomb_is_stopped_and_what_lies_beside_it_is_read() {
    let (whole, halves) = (Halves::whole(), Halves::of("core-pattern"));
    let world = World::empty();
    fs::create_dir(world.path("in")).unwrap();
    let bomb = gzip_around(&halves, &vec![0; BLOCK], 128);
    let mut archive = tar::Builder::new(Vec::new());
    for (name, bytes) in [("before.log", log("core-pattern")), ("bomb.gz", gzip(&bomb)), ("after.log", log("quiet"))] {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, name, &bytes[..]).unwrap();
    }
    fs::write(world.path("in/bundle.tar.gz"), gzip(&archive.into_inner().unwrap())).unwrap();
    fs::write(world.path("in/bomb.log.gz"), &bomb).unwrap();
    let zstd = |bytes: &[u8]| zstd::encode_all(bytes, 1).unwrap();
    let packed = [zstd(&halves.before), zstd(&vec![0; BLOCK]).repeat(128), zstd(&halves.after)].concat();
    fs::write(world.path("in/bomb.log.zst"), packed).unwrap();
    fs::write(world.path("in/neighbour.log"), log("core-pattern")).unwrap();

    investigated(&world, "in", &[], 10);
    for name in ["bomb.log.gz", "bomb.log.zst", "bomb.gz"] {
        let source = source(&world, name);
        let (_, _, text) = problem(&source, "bound");
        assert!(text.contains("beyond the bound of 1000:1"), "{name}: {text}");
        assert!(text.contains("decompress it yourself"), "how to go on is said: {text}");
        let (records, events) = counted(&source);
        assert!(records >= whole.0 / 3 && events > 0, "{name}: what was decoded before is read");
    }
    for name in ["before.log", "neighbour.log"] {
        assert_eq!(counted(&source(&world, name)), whole, "{name}");
    }
    assert!(counted(&source(&world, "after.log")).1 > 0);
}

#[test]
fn an_archive_writes_nowhere_and_its_links_lead_nowhere() {
    let world = World::empty();
    fs::create_dir(world.path("in")).unwrap();
    fs::write(world.path("secret"), log("bind-mount-write")).unwrap();
    let mut archive = tar::Builder::new(Vec::new());
    let mut add = |name: &[u8], kind: tar::EntryType, link: &[u8], bytes: &[u8]| {
        // The safe ways to name a member refuse these names.
        let mut header = tar::Header::new_gnu();
        if name.len() > 100 {
            let mut long = tar::Header::new_gnu();
            long.set_entry_type(tar::EntryType::GNULongName);
            long.set_size(name.len() as u64 + 1);
            long.set_cksum();
            archive.append(&long, &[name, b"\0"].concat()[..]).unwrap();
        }
        let fields = header.as_gnu_mut().unwrap();
        fields.name[..name.len().min(100)].copy_from_slice(&name[..name.len().min(100)]);
        fields.linkname[..link.len()].copy_from_slice(link);
        header.set_entry_type(kind);
        header.set_size(bytes.len() as u64);
        header.set_mode(0o777);
        header.set_cksum();
        archive.append(&header, bytes).unwrap();
    };
    use tar::EntryType as Kind;
    let good = log("core-pattern");
    let absolute = world.text("absolute.log");
    add(b"first.log", Kind::Regular, b"", &good);
    add(b"../../../../out-of-the-case.log", Kind::Regular, b"", &good);
    add(absolute.as_bytes(), Kind::Regular, b"", &good);
    add(b"link", Kind::Symlink, b"../../..", b"");
    add(b"link/through-a-link.log", Kind::Regular, b"", &good);
    add(b"hard", Kind::Link, world.text("secret").as_bytes(), b"");
    add(b"memory", Kind::Char, b"", b"");
    add(b"disk", Kind::Block, b"", b"");
    add(b"pipe", Kind::Fifo, b"", b"");
    add(b"\x1b[2J\x1b]0;owned\x07\n\xe2\x80\xae\xff.log", Kind::Regular, b"", &good);
    add(&b"x/".repeat(50_000), Kind::Regular, b"", &good);
    add(b"last.log", Kind::Regular, b"", &good);
    fs::write(world.path("in/bundle.tar"), archive.into_inner().unwrap()).unwrap();

    let before = sweep(&world.path(""));
    let ran = investigated(&world, "in", &[], 10);
    let after = sweep(&world.path(""));
    let new = after.iter().filter(|(path, _)| *path != "/case" && !path.starts_with("/case/"));
    assert_eq!(before, new.map(|(path, seen)| (path.clone(), seen.clone())).collect(), "nothing beside the case");
    assert!(!world.path("../out-of-the-case.log").exists());
    let kept: Vec<_> = after.iter().filter(|(path, _)| path.starts_with("/case/evidence/")).collect();
    assert!(kept.iter().all(|(_, seen)| "fd".contains(seen.kind)), "{kept:?}");

    let whole = counted(&source(&world, "first.log"));
    assert!(whole.1 > 0);
    for name in ["› ../../../../out-of-the-case.log", "absolute.log", "link/through-a-link.log", "x/x/", "last.log"] {
        assert_eq!(counted(&source(&world, name)), whole, "{name}");
    }
    assert!(ran.out.contains("\\u{1b}[2J\\u{1b}]0;owned\\u{7}"), "the name is shown, harmless: {}", ran.out);
    let evidence = world.artefact("case", "evidence.json").unwrap();
    let text = evidence[0]["problems"][0]["text"].as_str().unwrap();
    assert!(text.ends_with("2 device nodes, 1 hard links, 1 named pipes, 1 symbolic links"), "{text}");
}

#[test]
fn escape_codes_and_bytes_that_are_no_text_reach_no_terminal() {
    let whole = Halves::whole();
    // Names that an attacker chose, where every reader of the story sees them.
    let named = String::from_utf8(log("core-pattern")).unwrap();
    let name =
        b"/usr/bin/d\x1b[2J\x1b]0;owned\x07\xff".iter().fold(String::new(), |name, byte| name + &format!("{byte:02X}"));
    let named = named.replace("exe=\"/usr/bin/dash\"", &format!("exe={name}"));
    assert!(named.contains(&name));
    let halves = Halves::cut(named.as_bytes());
    let world = World::empty();
    fs::create_dir(world.path("in")).unwrap();
    let codes = b"\x1b[2J\x1b]0;owned\x07\x1b[31m\x9b31m\x08\r\x1b]52;c;b3duZWQ=\x07".repeat(4096);
    let mut noise: Vec<u8> = codes.chunks(4095).flat_map(|line| [line, b"\n"].concat()).collect();
    noise.extend((0..=255).filter(|byte| *byte != b'\n').collect::<Vec<u8>>().repeat(16));
    noise.extend(b"\n\xff\xfe\xc0\x80\xed\xa0\x80\n");
    fs::write(world.path("in/audit.log"), halves.around(&noise)).unwrap();
    let ran = investigated(&world, "in", &[], 10);
    assert!(ran.out.contains("\\u{1b}[2J\\u{1b}]0;owned\\u{7}"), "shown, and harmless: {}", ran.out);
    let source = source(&world, "audit.log");
    assert_eq!(counted(&source), whole);
    let (offset, length, _) = problem(&source, "not_a_record");
    assert_eq!((offset, length), (halves.before.len() as u64, noise.len() as u64));
    let timeline = run(&world, &["timeline", "--case", "case", "--json"]).ends_with(0);
    assert!(timeline.out.contains("u001b") || timeline.out.contains("u{1b}"), "JSON keeps it, escaped");
}

#[test]
fn objects_ten_thousand_deep_cost_only_themselves() {
    let world = World::empty();
    fs::create_dir(world.path("in")).unwrap();
    let packed = [
        ("falco.jsonl", "falco"),
        ("docker/events.jsonl.zst", "docker_events"),
        ("exports/journalctl.json.zst", "journal_json"),
        ("collected/laurel-array.jsonl.zst", "laurel"),
    ];
    let alert = concat!(
        r#"{"hostname":"node-1","output":"x","output_fields":{"evt.type":"execve","proc.pid":7},"priority":"Notice","#,
        r#""rule":"Terminal shell in container","source":"syscall","time":"2026-11-22T23:42:34.233523000Z"}"#
    );
    let deep = |open: &str, close: &str| [open.repeat(10_000), "1".into(), close.repeat(10_000)].concat();
    let deep = [
        deep("[", "]"),
        deep("{\"a\":", "}"),
        "[".repeat(10_000),
        "{\"a\":".repeat(10_000),
        format!("{{\"time\":{}}}", deep("[{\"a\":", "}]")),
    ];
    let mut expected = Vec::new();
    for (name, format) in packed {
        let good = match fs::read(recording("formats").join(name)) {
            Ok(bytes) => zstd::decode_all(&bytes[..]).unwrap(),
            Err(_) => format!("{alert}\n").into_bytes(),
        };
        let bad: String = deep.iter().map(|line| format!("{line}\n")).collect();
        // Twice, because a carrier's records are told apart by their place.
        fs::write(world.path(&format!("in/{format}.json")), [&good, bad.as_bytes(), &good].concat()).unwrap();
        fs::write(world.path(&format!("in/{format}-clean.json")), [&good[..], &good].concat()).unwrap();
        expected.push((format, good.len() as u64, bad.len() as u64));
    }
    let code = run(&world, &["investigate", "in", "--case", "case"]).code;
    assert!([0, 10].contains(&code), "{code}");
    for (format, offset, length) in expected {
        let (dirty, clean) =
            (source(&world, &format!("{format}.json")), source(&world, &format!("{format}-clean.json")));
        assert_eq!(dirty["format"]["chosen"], format, "{format}");
        assert_eq!(counted(&dirty), counted(&clean), "{format}");
        let number = |source: &Value, name: &str| source[name].as_u64().unwrap();
        assert_eq!(number(&dirty, "problem_bytes"), number(&clean, "problem_bytes") + length, "{format}");
        let first = dirty["problem_list"].as_array().unwrap().iter().find(|it| it["address"]["offset"] == offset);
        assert_eq!(
            first.unwrap_or_else(|| panic!("{format}: no problem at {offset}"))["kind"],
            "not_a_record",
            "{format}"
        );
    }
}

#[test]
fn a_journal_cut_anywhere_gives_what_stands_before_the_cut() {
    let journal = fs::read(recording("formats/exports").join("compact-zstd-keyed.journal.zst")).unwrap();
    let journal = zstd::decode_all(&journal[..]).unwrap();
    let world = World::empty();
    fs::create_dir(world.path("in")).unwrap();
    fs::write(world.path("in/whole.journal"), &journal).unwrap();
    fs::write(world.path("in/neighbour.log"), log("core-pattern")).unwrap();
    // An odd place between two multiples of eight is inside an object.
    let cuts = [5, 6, 7].map(|eighths| journal.len() * eighths / 64 * 8 + 3);
    for cut in cuts {
        fs::write(world.path(&format!("in/{cut}.journal")), &journal[..cut]).unwrap();
    }
    investigated(&world, "in", &[], 10);
    let whole = counted(&source(&world, "whole.journal"));
    let mut before = 0;
    for cut in cuts {
        let source = source(&world, &format!("{cut}.journal"));
        let problems = source["problems"].as_object().unwrap();
        assert!(
            problems.keys().any(|kind| ["torn", "truncated", "incomplete"].contains(&kind.as_str())),
            "{problems:?}"
        );
        let bytes = source["record_bytes"].as_u64().unwrap() + source["problem_bytes"].as_u64().unwrap();
        assert_eq!(bytes, cut as u64, "every byte is accounted for");
        let (records, _) = counted(&source);
        assert!((before..=whole.0).contains(&records), "{records} of {} at {cut}", whole.0);
        before = records;
    }
    assert!(before > 0);
    assert!(counted(&source(&world, "neighbour.log")).1 > 0);
}
