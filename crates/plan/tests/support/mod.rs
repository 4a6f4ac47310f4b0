//! A little language for scopes and catalogues, one statement a line:
//!
//! ```text
//! touched ID KIND ops=OP,OP… [before=yes|no] [after=yes|no] [path=PATH|none] [inode=N] [to=ID] [from=ID] [later]
//! transient ID KIND …        setting ID KIND …        incident        (starts another scope)
//! clean ID file|directory|link:TARGET|special:WHAT [links=N] [declared] [late]
//! clean ID absent            clean ID none:REASON
//! version ID HOURS           (a further version, stored HOURS before the first act; negative: after)
//! forged ID HOURS            (the same, saying of itself that it is four days older)
//! resolve ID take_clean|keep_live       error SECONDS       host NAME
//! ```
//!
//! `before` and `after` default to *cannot tell*; the path is what follows the first `:` of the id. The
//! first hostile act is at hour 1000; each operation happens a second after the one before.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test reports its failure by panicking")]
#![allow(dead_code, reason = "each test binary uses its part")]

use model::*;
use plan::{Options, Resolution};

pub const HOUR: i64 = 3600 * 1_000_000_000;
pub const FIRST: Timestamp = Timestamp(1000 * HOUR);

pub struct Given {
    pub scopes: Vec<Scope>,
    pub catalogue: Catalogue,
    pub options: Options,
}

pub fn empty_scope(name: &str) -> Scope {
    Scope {
        incident: name.to_string(),
        touched: vec![],
        transient: vec![],
        settings: vec![],
        derived: vec![],
        exposed: vec![],
        possible: vec![],
    }
}

pub fn metadata(entry: EntryKind, links: Option<u64>) -> Metadata {
    let size = matches!(entry, EntryKind::File).then_some(5);
    let (mode, uid, gid) = (Some(0o644), Some(0), Some(0));
    Metadata { entry, mode, uid, gid, size, modified: Some(Timestamp(900 * HOUR)), inode: None, links, xattrs: None }
}

pub fn version(entry: EntryKind, hours_before: i64, links: Option<u64>) -> Version {
    let content = match entry {
        EntryKind::File => ContentRef::Blobs { blobs: vec![Sha256::of(b"clean")], sha256: Some(Sha256::of(b"clean")) },
        _ => ContentRef::Empty,
    };
    Version {
        source: "restic:/backup".into(),
        first_snapshot: format!("s{hours_before}"),
        last_snapshot: "newest".into(),
        stored: StorageTime {
            time: Timestamp((1000 - hours_before) * HOUR),
            origin: TimeOrigin::Server,
            declared: None,
        },
        metadata: metadata(entry, links),
        content,
    }
}

pub fn read(text: &str) -> Given {
    let mut given =
        Given { scopes: vec![empty_scope("i0")], catalogue: Catalogue::default(), options: Options::default() };
    let mut clock = FIRST;
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let scope = given.scopes.last_mut().unwrap();
        match words.as_slice() {
            ["incident"] => given.scopes.push(empty_scope("i1")),
            ["touched", rest @ ..] => scope.touched.push(object(rest, &mut clock, number)),
            ["transient", rest @ ..] => scope.transient.push(object(rest, &mut clock, number)),
            ["setting", rest @ ..] => scope.settings.push(object(rest, &mut clock, number)),
            ["clean", id, what, rest @ ..] => clean(&mut given.catalogue, id, what, rest),
            ["version", id, hours] => further(&mut given.catalogue, id, hours, false),
            ["forged", id, hours] => further(&mut given.catalogue, id, hours, true),
            ["resolve", id, "take_clean"] => drop(given.options.resolve.insert(oid(id), Resolution::TakeClean)),
            ["resolve", id, "keep_live"] => drop(given.options.resolve.insert(oid(id), Resolution::KeepLive)),
            ["error", seconds] => given.options.clock_error_ns = seconds.parse::<i64>().unwrap() * 1_000_000_000,
            ["host", name] => given.options.host = Some(name.to_string()),
            _ => panic!("line {}: {line}", number + 1),
        }
    }
    given
}

fn oid(text: &str) -> ObjectId {
    ObjectId(text.to_string())
}

fn path_of(id: &str) -> Bytes {
    Bytes::from_text(id.split_once(':').unwrap().1)
}

fn object(words: &[&str], clock: &mut Timestamp, line: usize) -> TouchedObject {
    let value = |name: &str| words.iter().find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
    let answer = |name: &str| match value(name) {
        Some("yes") => Answer::Yes,
        Some("no") => Answer::No,
        _ => Answer::CannotTell { missing: "a record of it".into() },
    };
    let path = match value("path") {
        Some("none") => None,
        Some(path) => Some(Bytes::from(path)),
        None => Some(path_of(words[0])),
    };
    let kind = match words[1] {
        "file" => ObjectKind::File,
        "directory" => ObjectKind::Directory,
        "link" => ObjectKind::Symlink,
        "block" => ObjectKind::BlockDevice,
        "fifo" => ObjectKind::Fifo,
        "process" => ObjectKind::Process,
        other => panic!("kind {other}"),
    };
    let mut operations = Vec::new();
    let first = *clock;
    for (part, name) in value("ops").unwrap_or_default().split(',').filter(|name| !name.is_empty()).enumerate() {
        let kind = match name {
            "created" => OperationKind::Created,
            "truncated" => OperationKind::Truncated,
            "overwritten" => OperationKind::Overwritten,
            "renamed_away" => OperationKind::RenamedAway,
            "renamed_here" => OperationKind::RenamedHere,
            "linked" => OperationKind::Linked,
            "deleted" => OperationKind::Deleted,
            "metadata" => OperationKind::Metadata,
            other => panic!("operation {other}"),
        };
        let event = EventId::new(Sha256([0; 32]), line as u64, part as u16);
        operations.push(Operation { kind, time: *clock, event });
        clock.0 += 1_000_000_000;
    }
    TouchedObject {
        object: ObjectRef {
            id: oid(words[0]),
            host: words[0].split_once(':').map(|(host, _)| host.to_string()).filter(|host| !host.is_empty()),
            kind,
            device: value("inode").map(|_| Device { major: 8, minor: 1 }),
            inode: value("inode").map(|inode| inode.parse().unwrap()),
            host_path: path.map(|path| model::Resolution { path, confidence: 95, how: "as recorded".into() }),
            recorded_paths: vec![],
        },
        operations,
        existed_before: answer("before"),
        exists_after: answer("after"),
        renamed_to: value("to").map(oid),
        renamed_from: value("from").map(oid),
        first_act: first,
        last_act: Timestamp(clock.0 - 1_000_000_000),
        certainty: Certainty::Observed,
        later_benign: if words.contains(&"later") {
            vec![EventId::new(Sha256([9; 32]), line as u64, 0)]
        } else {
            vec![]
        },
    }
}

fn clean(catalogue: &mut Catalogue, id: &str, what: &str, rest: &[&str]) {
    let links = rest.iter().find_map(|word| word.strip_prefix("links=")).map(|links| links.parse().unwrap());
    let (versions, clean) = match what.split_once(':').unwrap_or((what, "")) {
        ("absent", _) => (vec![], CleanPoint::Absent { stored: Timestamp(FIRST.0 - HOUR), snapshot: "s1".into() }),
        ("none", reason) => (vec![], CleanPoint::None { reason: reason.to_string() }),
        (kind, argument) => {
            let entry = match kind {
                "file" => EntryKind::File,
                "directory" => EntryKind::Directory,
                "link" => EntryKind::Symlink { target: argument.into() },
                "special" => EntryKind::Special { what: argument.into() },
                other => panic!("clean {other}"),
            };
            let mut version = version(entry, if rest.contains(&"late") { -1 } else { 24 }, links);
            if rest.contains(&"declared") {
                version.stored.origin = TimeOrigin::Declared;
            }
            (vec![version], CleanPoint::Version { index: 0, age_ns: 24 * HOUR })
        }
    };
    catalogue.entries.push(CatalogueEntry { object: oid(id), path: path_of(id), versions, clean });
}

fn further(catalogue: &mut Catalogue, id: &str, hours: &str, forged: bool) {
    let entry = catalogue.entries.iter_mut().find(|entry| entry.object == oid(id)).expect("clean comes first");
    let mut version = version(EntryKind::File, hours.parse().unwrap(), None);
    if forged {
        version.stored.declared = Some(Timestamp(version.stored.time.0 - 96 * HOUR));
    }
    entry.versions.push(version);
}

/// The plan, one line per step and per object that is not restored.
pub fn show(plan: &Plan) -> String {
    let mut out = String::new();
    for line in plan::describe(plan) {
        let subject = line.path.clone().unwrap_or_else(|| line.object.0.clone());
        let number = line.step.map_or("-".to_string(), |step| step.to_string());
        out.push_str(&format!("{number} {} {subject} {}", line.action, line.reason));
        if let Some(next) = line.next {
            out.push_str(&format!(" → {next}"));
        }
        if let Some(snapshot) = line.facts.get("snapshot") {
            out.push_str(&format!(" from {snapshot}"));
        }
        for note in line.notes {
            out.push_str(&format!(" !{note}"));
        }
        let step = line.step.and_then(|id| plan.steps.iter().find(|step| step.id == id));
        if let Some(step) = step.filter(|step| step.candidates.len() > 1) {
            for candidate in &step.candidates {
                out.push_str(&format!(" [{}:{}]", candidate.version, candidate.reason));
            }
        }
        out.push('\n');
    }
    out
}
