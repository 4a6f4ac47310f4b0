//! Recorded scenarios, changed in ways that must not change the answer: another tool, another mount
//! point, another host name, records in another order, fewer rules.

#![expect(clippy::unwrap_used, reason = "a test that cannot read its own recording has to stop")]

mod common;

use std::collections::{BTreeMap, BTreeSet};

use common::{Judged, evidence, judge, recordings, touched};

const ATTACKS: &[&str] = &[
    "bind-mount-write",
    "bind-mount-light",
    "block-device-chroot",
    "core-pattern",
    "hostpid-nsenter",
    "runtime-socket",
];
const BENIGN: &[&str] = &["quiet", "inside-only"];

/// Judges every recording as it is and after `change`.
fn unchanged_by(change: impl Fn(&[u8]) -> Vec<u8>) {
    for name in ATTACKS.iter().chain(BENIGN) {
        let sources = evidence(&recordings().join(name));
        let before = judge(&sources);
        let changed: Vec<Vec<u8>> = sources.iter().map(|source| change(source)).collect();
        assert_ne!(sources, changed, "{name}: the change changes nothing");
        let after = judge(&changed);
        assert_eq!(touched(&before), touched(&after), "{name}");
        assert_eq!(crossed(&before), crossed(&after), "{name}");
    }
}

fn crossed(judged: &Judged) -> Vec<model::CrossingOutcome> {
    judged.incidents.iter().map(|incident| incident.outcome).collect()
}

fn lines(source: &[u8]) -> impl Iterator<Item = &[u8]> {
    source.split_inclusive(|&byte| byte == b'\n')
}

/// The event that a line belongs to: `SEC.MSEC:SERIAL`.
fn event_of(line: &[u8]) -> Option<&[u8]> {
    let at = line.windows(10).position(|window| window == b"msg=audit(")? + 10;
    let end = line[at..].iter().position(|&byte| byte == b')')? + at;
    Some(&line[at..end])
}

fn contains(line: &[u8], part: &str) -> bool {
    line.windows(part.len()).any(|window| window == part.as_bytes())
}

fn replaced(source: &[u8], from: &str, to: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(source.len());
    let mut rest = source;
    while let Some(at) = rest.windows(from.len()).position(|window| window == from.as_bytes()) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(to.as_bytes());
        rest = &rest[at + from.len()..];
    }
    out.extend_from_slice(rest);
    out
}

/// Takes every event away that has a line with one of these parts.
fn without_events(source: &[u8], parts: &[&str]) -> Vec<u8> {
    let gone: BTreeSet<Vec<u8>> = lines(source)
        .filter(|line| parts.iter().any(|part| contains(line, part)))
        .filter_map(|line| event_of(line).map(<[u8]>::to_vec))
        .collect();
    lines(source).filter(|line| event_of(line).is_none_or(|event| !gone.contains(event))).flatten().copied().collect()
}

#[test]
fn without_the_enriched_part() {
    unchanged_by(|source| {
        let mut out = Vec::new();
        for line in lines(source) {
            let end = line.iter().position(|&byte| byte == 0x1d).unwrap_or(line.len());
            out.extend_from_slice(&line[..end]);
            if !out.ends_with(b"\n") {
                out.push(b'\n');
            }
        }
        // Sources that were recorded raw get a harmless blank line, so that there is a change to survive.
        out.push(b'\n');
        out
    });
}

#[test]
fn on_a_host_of_another_name() {
    unchanged_by(|source| {
        let named = replaced(source, "node=web-01 ", "");
        let renamed: Vec<u8> = lines(&named).flat_map(|line| [b"node=db-07 ".as_slice(), line].concat()).collect();
        renamed
    });
    // Host names are part of identities, not of paths: `touched` compares paths.
}

#[test]
fn with_containers_and_tools_of_other_names() {
    unchanged_by(|source| {
        let tools = replaced(source, "/bin/busybox", "/opt/toolbox");
        let mut renamed = replaced(&tools, "comm=\"sed\"", "comm=\"edit\"");
        renamed.push(b'\n');
        renamed
    });
}

#[test]
fn with_records_of_neighbouring_events_interleaved() {
    // Every two neighbouring lines of different events change places.
    unchanged_by(|source| {
        let mut all: Vec<&[u8]> = lines(source).collect();
        let mut at = 0;
        while at + 1 < all.len() {
            if all[at].ends_with(b"\n") && all[at + 1].ends_with(b"\n") && event_of(all[at]) != event_of(all[at + 1]) {
                all.swap(at, at + 1);
                at += 1;
            }
            at += 1;
        }
        all.concat()
    });
}

#[test]
fn without_any_record_of_program_starts() {
    for name in ATTACKS.iter().chain(BENIGN) {
        let sources = evidence(&recordings().join(name));
        let fewer: Vec<Vec<u8>> = sources.iter().map(|source| without_events(source, &["key=\"yb-exec\""])).collect();
        assert_eq!(touched(&judge(&sources)), touched(&judge(&fewer)), "{name}");
    }
}

#[test]
fn at_another_mount_point_inside_the_container() {
    for (name, from, to) in [
        ("bind-mount-write", "\"/host/", "\"/var/cache/x/"),
        ("bind-mount-light", "\"/host/", "\"/var/cache/x/"),
        ("block-device-chroot", "\"/mnt", "\"/tmp/.d"),
        ("core-pattern", "\"/hostproc/", "\"/tmp/p/"),
    ] {
        let sources = evidence(&recordings().join(name));
        let moved: Vec<Vec<u8>> = sources
            .iter()
            .map(|source| {
                let names = replaced(source, from, to);
                // The same directory without its slash, as CWD and PARENT records have it.
                let whole = |text: &str| format!("{}\"", text.trim_end_matches('/'));
                if from.ends_with('/') { replaced(&names, &whole(from), &whole(to)) } else { names }
            })
            .collect();
        assert_ne!(sources, moved, "{name}");
        assert_eq!(touched(&judge(&sources)), touched(&judge(&moved)), "{name}");
    }
}

#[test]
fn a_log_that_lost_its_mounts_never_answers_no() {
    // Without mounts nobody can tell a volume from the host's data: no check about them may say "no".
    for name in ATTACKS {
        let sources = evidence(&recordings().join(name));
        let fewer: Vec<Vec<u8>> =
            sources.iter().map(|source| without_events(source, &["key=\"yb-mount\"", "key=\"yb-ns\""])).collect();
        let judged = judge(&fewer);
        let answers: BTreeMap<&str, &model::Answer> =
            judged.detection.answers.iter().map(|answer| (answer.check.as_str(), &answer.answer)).collect();
        assert_ne!(answers["writes_host_inode"], &model::Answer::No, "{name}");
    }
}

#[test]
fn with_parents_that_no_record_shows() {
    // Children of the container's first process seem to descend from a process that was never recorded.
    for name in ["bind-mount-write", "bind-mount-light"] {
        let sources = evidence(&recordings().join(name));
        let first = first_process(&sources);
        let orphaned: Vec<Vec<u8>> =
            sources.iter().map(|source| replaced(source, &format!("ppid={first} "), "ppid=98765 ")).collect();
        assert_ne!(sources, orphaned, "{name}");
        assert_eq!(touched(&judge(&sources)), touched(&judge(&orphaned)), "{name}");
    }
}

/// Host pid of the first process of the container that the incident came out of.
fn first_process(sources: &[Vec<u8>]) -> String {
    let judged = judge(sources);
    judged.incidents[0].subjects[0].process.pid.to_string()
}
