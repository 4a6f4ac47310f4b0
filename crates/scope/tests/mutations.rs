//! Recorded scenarios, changed in ways that must not change the answer: another tool, another mount
//! point, another host name, records in another order, fewer rules.

#![expect(clippy::unwrap_used, reason = "a test that cannot read its own recording has to stop")]

mod common;

use std::collections::{BTreeMap, BTreeSet};

use common::{ATTACKS, BENIGN, Judged, evidence, judge, recordings, touched};

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
        ("chroot-bind", "\"/host/", "\"/var/cache/x/"),
        ("cover-up", "\"/host/", "\"/tmp/y/"),
        ("persistence", "\"/host/", "\"/h/o/s/t/"),
        ("ransom", "\"/data/", "\"/var/www/html/"),
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

/// A generator of our own, so that a seed says everything.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        // SplitMix64 (Steele, Lea, Flood 2014).
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (word ^ (word >> 31)) % limit
    }
}

#[test]
fn with_one_record_in_twenty_lost_nothing_is_missed_silently() {
    for (at, name) in ATTACKS.iter().enumerate() {
        let sources = evidence(&recordings().join(name));
        let whole = judge(&sources);
        for seed in [at as u64, 1_000 + at as u64] {
            let mut dice = Dice(seed);
            let fewer: Vec<Vec<u8>> = sources
                .iter()
                .map(|source| lines(source).filter(|_| dice.below(20) > 0).collect::<Vec<_>>().concat())
                .collect();
            let after = judge(&fewer);
            let cannot_tell =
                after.detection.answers.iter().any(|answer| matches!(answer.answer, model::Answer::CannotTell { .. }));
            assert!(
                !after.incidents.is_empty() || cannot_tell,
                "{name}, seed {seed}: no incident, and nothing says why"
            );
            assert!(after.missing > whole.missing, "{name}, seed {seed}: the loss is not told");
            // What was found is right all the same: nothing that nobody touched. Of an object whose path is lost with its
            // record, device and inode remain.
            let known = touched(&whole);
            let strange: Vec<String> = touched(&after)
                .difference(&known)
                .filter(|path| !path.contains("ino=") && !path.contains(":?") && !is_temporary(path))
                .cloned()
                .collect();
            assert!(strange.is_empty(), "{name}, seed {seed}: {strange:?}");
        }
    }
}

/// Made and removed again by the attack (`sed -i`); its end may be lost.
fn is_temporary(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    name.starts_with("sed")
        || [".conf", ".csv", ".yaml", ".json", "_config", ".service"].iter().any(|end| {
            name.rsplit_once(end)
                .is_some_and(|(_, rest)| rest.len() == 6 && rest.bytes().all(|byte| byte.is_ascii_alphanumeric()))
        })
        || name == ".b"
        || name == "busybox"
        || name == ".c"
        || name == "archive.tmp"
}

#[test]
fn with_the_ordinary_work_of_many_hosts_around_it() {
    // The ordinary work, ten times over, of other hosts in the same log.
    let noise = evidence(&recordings().join("package-upgrade")).concat();
    for name in ["inner-mounts", "proc-root"] {
        let sources = evidence(&recordings().join(name));
        let mut mixed: Vec<u8> = Vec::new();
        let mut others: Vec<Vec<u8>> =
            (0..10).map(|host| replaced(&noise, "node=web-01 ", &format!("node=other-{host} "))).collect();
        let own = sources.concat();
        let mut iterators: Vec<_> = others.iter_mut().map(|other| lines(other)).collect();
        for line in lines(&own) {
            mixed.extend_from_slice(line);
            for other in &mut iterators {
                mixed.extend(other.next().into_iter().flatten());
            }
        }
        assert_eq!(touched(&judge(&sources)), touched(&judge(&[mixed])), "{name}");
    }
}
