//! What every kind of source must answer, asked of each over the same history of a host.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on must fail")]

mod support;

use std::{
    collections::BTreeMap,
    fs,
    io::Write as _,
    os::unix::{
        ffi::OsStrExt as _,
        fs::{PermissionsExt as _, symlink},
    },
    path::{Path, PathBuf},
};

use backup::{Backend, Kind, PathHistory, Presence};
use model::{Bytes, ContentRef, EntryKind, Sha256, TimeOrigin, Version};
use support::{noon, path_bytes};

/// The kinds of sources.
const MEMBERS: &[Member] = &[
    Member { name: "restic format 2", store: |work, states| store_restic(work, states, 2) },
    Member { name: "restic format 1", store: |work, states| store_restic(work, states, 1) },
    Member { name: "directory", store: store_directories },
];

struct Member {
    name: &'static str,
    /// Stores one snapshot per state, at noon of day 0, 1, …; returns the URL.
    store: fn(&Path, &[State]) -> String,
}

/// Brings the host to its next state.
type State = fn(&Path);

fn store_restic(work: &Path, states: &[State], version: u8) -> String {
    let (repository, host) = (work.join("repository"), work.join("host"));
    support::restic_init(&repository, version);
    fs::create_dir(&host).unwrap();
    for (day, state) in states.iter().enumerate() {
        state(&host);
        support::restic_backup(&repository, &host, noon(day as i64), &[]);
    }
    format!("restic:{}", repository.display())
}

fn store_directories(work: &Path, states: &[State]) -> String {
    let (snapshots, host) = (work.join("snapshots"), work.join("host"));
    fs::create_dir(&snapshots).unwrap();
    fs::create_dir(&host).unwrap();
    for (day, state) in states.iter().enumerate() {
        state(&host);
        let time = noon(day as i64);
        let snapshot = snapshots.join(time.to_string()[..19].replace(':', "-") + "Z");
        support::copy_tree(&host, &snapshot);
        support::set_time(&snapshot, model::Timestamp(time.0 + 60_000_000_000));
    }
    format!("dir:{}?root={}", snapshots.display(), host.display())
}

/// Stores the states with every member and hands each source, with the host's path, to `check`.
fn for_all(states: &[State], check: fn(&str, &mut dyn Backend, &Path)) {
    for member in MEMBERS {
        let work = tempfile::tempdir().unwrap();
        let url = (member.store)(work.path(), states);
        let source = work.path().join(if url.starts_with("dir") { "snapshots" } else { "repository" });
        let before = support::fingerprint(&source);
        let mut backend = support::open(&url);
        check(member.name, backend.as_mut(), &work.path().join("host"));
        drop(backend);
        assert_eq!(support::fingerprint(&source), before, "{}: the source was changed", member.name);
    }
}

fn history(backend: &mut dyn Backend, path: &Path) -> PathHistory {
    backend.history(&[path_bytes(path)], &mut |_, _| {}).unwrap().remove(0)
}

fn content(backend: &mut dyn Backend, version: &Version) -> Vec<u8> {
    let mut bytes = Vec::new();
    let hash = backend.read(version, &mut bytes).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(hash, Sha256::of(&bytes));
    bytes
}

/// Presence as one character per snapshot: version number, `-` absent, `?` not covered, `!` damaged.
fn signs(history: &PathHistory) -> String {
    let sign = |presence: &Presence| match presence {
        Presence::Version(index) => index.to_string(),
        Presence::Absent => "-".to_string(),
        Presence::NotCovered => "?".to_string(),
        Presence::Damaged { .. } => "!".to_string(),
    };
    history.presence.iter().map(sign).collect()
}

fn write(path: &Path, bytes: &[u8], day: i64) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut file = fs::File::create(path).unwrap();
    file.write_all(bytes).unwrap();
    drop(file);
    support::set_time(path, noon(day));
}

#[test]
fn versions_of_a_path_come_back_with_their_times_and_bytes() {
    let states: &[State] = &[
        |host| write(&host.join("srv/a"), b"one", 0),
        |host| write(&host.join("srv/a"), b"two", 1),
        |host| write(&host.join("srv/b"), b"unrelated", 2),
        |host| write(&host.join("srv/a"), b"one", 0),
        |host| fs::remove_file(host.join("srv/a")).unwrap(),
        |host| write(&host.join("srv/a"), b"three", 5),
    ];
    for_all(states, |name, backend, host| {
        let found = history(backend, &host.join("srv/a"));
        assert_eq!(signs(&found), "0110-2", "{name}");
        let bytes: Vec<_> = found.versions.iter().map(|version| content(backend, version)).collect();
        assert_eq!(bytes, [&b"one"[..], b"two", b"three"], "{name}");
        let snapshots = backend.snapshots().unwrap();
        for (day, snapshot) in snapshots.iter().enumerate() {
            assert_eq!(snapshot.stored.time.0, noon(day as i64).0 + 60_000_000_000, "{name}");
            assert_eq!(snapshot.stored.origin, TimeOrigin::StorageFile, "{name}");
            assert_eq!(snapshot.stored.declared, Some(noon(day as i64)), "{name}");
            assert_eq!(snapshot.warnings, [""; 0], "{name}");
        }
        let one = &found.versions[0];
        assert_eq!((&one.first_snapshot, &one.last_snapshot), (&snapshots[0].id, &snapshots[3].id), "{name}");
        assert_eq!(one.metadata.size, Some(3), "{name}");
        assert_eq!(one.metadata.modified, Some(noon(0)), "{name}");
    });
}

#[test]
fn a_path_that_was_file_directory_and_link_in_turn_is_told_in_full() {
    let states: &[State] = &[
        |host| write(&host.join("srv/x"), b"a file", 0),
        |host| {
            fs::remove_file(host.join("srv/x")).unwrap();
            write(&host.join("srv/x/y"), b"below", 1);
            support::set_time(&host.join("srv/x"), noon(1));
        },
        |host| {
            fs::remove_dir_all(host.join("srv/x")).unwrap();
            write(&host.join("srv/z/y"), b"elsewhere", 2);
            symlink("z", host.join("srv/x")).unwrap();
        },
    ];
    for_all(states, |name, backend, host| {
        let found = history(backend, &host.join("srv/x"));
        assert_eq!(signs(&found), "012", "{name}");
        let kinds: Vec<_> = found.versions.iter().map(|version| version.metadata.entry.clone()).collect();
        let target = Bytes::from("z");
        assert_eq!(kinds, [EntryKind::File, EntryKind::Directory, EntryKind::Symlink { target }], "{name}");
        // A link inside a snapshot is never followed, not even inside it.
        let below = history(backend, &host.join("srv/x/y"));
        assert_eq!(signs(&below), "-0-", "{name}");
    });
}

#[test]
fn odd_names_and_kinds_are_kept_as_they_are() {
    let states: &[State] = &[|host| {
        for odd in [&b"n\xff\xfe"[..], b"line\nbreak", b"back\\slash", "ĳ \u{202e}".as_bytes(), b"\x1b[31m\"'`"] {
            write(&host.join("srv").join(std::ffi::OsStr::from_bytes(odd)), odd, 0);
        }
        write(&host.join("srv/empty"), b"", 0);
        write(&host.join("srv/sparse"), b"", 0);
        fs::File::options().write(true).open(host.join("srv/sparse")).unwrap().set_len(3 << 20).unwrap();
        write(&host.join("srv/tool"), b"#!", 0);
        fs::set_permissions(host.join("srv/tool"), fs::Permissions::from_mode(0o4751)).unwrap();
        write(&host.join("srv/marked"), b"m", 0);
        let marked = fs::File::open(host.join("srv/marked")).unwrap();
        rustix::fs::fsetxattr(&marked, "user.note", b"\xff\0", rustix::fs::XattrFlags::empty()).unwrap();
        symlink("plain", host.join("srv/link")).unwrap();
        symlink(std::ffi::OsStr::from_bytes(b"to\xff"), host.join("srv/odd-link")).unwrap();
        support::run(std::process::Command::new("mkfifo").arg(host.join("srv/pipe")));
    }];
    for_all(states, |name, backend, host| {
        let mut one = |entry: &[u8]| {
            let mut found = history(backend, &host.join("srv").join(std::ffi::OsStr::from_bytes(entry)));
            assert_eq!(signs(&found), "0", "{name} {}", Bytes::from(entry));
            let version = found.versions.remove(0);
            let bytes = matches!(version.metadata.entry, EntryKind::File).then(|| content(backend, &version));
            (version, bytes)
        };
        for odd in [&b"n\xff\xfe"[..], b"line\nbreak", b"back\\slash", "ĳ \u{202e}".as_bytes(), b"\x1b[31m\"'`"] {
            assert_eq!(one(odd).1.as_deref(), Some(odd), "{name}");
        }
        assert_eq!(one(b"empty").1.as_deref(), Some(&b""[..]), "{name}");
        assert_eq!(one(b"sparse").1, Some(vec![0; 3 << 20]), "{name}");
        assert_eq!(one(b"tool").0.metadata.mode, Some(0o4751), "{name}");
        let xattrs = one(b"marked").0.metadata.xattrs.unwrap();
        let note = xattrs.iter().find(|xattr| xattr.name.as_bytes() == b"user.note");
        assert_eq!(note.unwrap().value.as_bytes(), b"\xff\0", "{name}");
        let target = Bytes::from("plain");
        assert_eq!(one(b"link").0.metadata.entry, EntryKind::Symlink { target }, "{name}");
        let what = "fifo".to_string();
        assert_eq!(one(b"pipe").0.metadata.entry, EntryKind::Special { what }, "{name}");

        // restic 0.14 does not keep such a target: no version is better than a wrong one.
        let odd_link = history(backend, &host.join("srv/odd-link"));
        assert_eq!(signs(&odd_link), if name.starts_with("restic") { "!" } else { "0" }, "{name}");
        let target = Bytes::from(&b"to\xff"[..]);
        let right = |version: &Version| version.metadata.entry == EntryKind::Symlink { target: target.clone() };
        assert!(odd_link.versions.iter().all(right), "{name}");

        let snapshot = backend.snapshots().unwrap()[0].id.clone();
        let listing = backend.children(&path_bytes(&host.join("srv")), &snapshot).unwrap().unwrap();
        assert_eq!(listing.entries.len() + listing.refused.len(), 12, "{name}");
        assert_eq!(listing.refused.len(), usize::from(name.starts_with("restic")), "{name}");
        assert!(backend.children(&path_bytes(&host.join("srv/tool")), &snapshot).unwrap().is_none(), "{name}");
        assert!(backend.children(&path_bytes(&host.join("nowhere")), &snapshot).unwrap().is_none(), "{name}");
        let error = backend.children(&path_bytes(host), "no such").unwrap_err();
        assert_eq!(error.kind, Kind::UnknownSnapshot, "{name}");
    });
}

#[test]
fn hard_links_keep_their_own_histories() {
    let states: &[State] = &[
        |host| {
            write(&host.join("srv/a"), b"v1", 0);
            fs::hard_link(host.join("srv/a"), host.join("srv/b")).unwrap();
        },
        |host| write(&host.join("srv/b"), b"v2", 1),
    ];
    for_all(states, |name, backend, host| {
        for file in ["srv/a", "srv/b"] {
            let found = history(backend, &host.join(file));
            assert_eq!(signs(&found), "01", "{name}");
            let bytes: Vec<_> = found.versions.iter().map(|version| content(backend, version)).collect();
            assert_eq!(bytes, [b"v1", b"v2"], "{name} {file}");
        }
    });
}

#[test]
fn equal_size_and_time_do_not_make_equal_content() {
    let states: &[State] =
        &[|host| write(&host.join("srv/a"), b"true", 0), |host| write(&host.join("srv/a"), b"fake", 0)];
    for_all(states, |name, backend, host| {
        let found = history(backend, &host.join("srv/a"));
        assert_eq!(signs(&found), "01", "{name}");
        assert_eq!(content(backend, &found.versions[1]), b"fake", "{name}");
    });
}

#[test]
fn what_lies_outside_is_not_covered_and_odd_paths_harm_nobody() {
    let states: &[State] = &[|host| write(&host.join("srv/a"), b"one", 0)];
    for_all(states, |name, backend, host| {
        let outside: PathBuf = host.with_file_name("host2").join("srv/a");
        assert_eq!(signs(&history(backend, &outside)), "?", "{name}");
        for odd in ["relative", "", "/a/../b", "/a\0b"] {
            assert_eq!(signs(&history(backend, Path::new(odd))), "?", "{name} {odd:?}");
        }
        let deep = host.join("d/".repeat(2000));
        assert_eq!(signs(&history(backend, &deep)), "-", "{name}");
        let slashes = format!("{}//srv///a/", host.display());
        assert_eq!(signs(&history(backend, Path::new(&slashes))), "0", "{name}");
        let error = backend.read_content(&ContentRef::Empty, &mut std::io::sink()).unwrap_err();
        assert_eq!(error.kind, Kind::OtherSource, "{name}");
        let foreign = ContentRef::Path { path: Bytes::from("/etc/passwd"), sha256: None };
        let error = backend.read_content(&foreign, &mut std::io::sink()).unwrap_err();
        assert_eq!(error.kind, Kind::OtherSource, "{name}");
    });
}

#[test]
fn a_receiver_that_fails_is_told_from_a_source_that_fails() {
    struct Full;
    impl std::io::Write for Full {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    for_all(&[|host| write(&host.join("srv/a"), b"one", 0)], |name, backend, host| {
        let found = history(backend, &host.join("srv/a"));
        let error = backend.read(&found.versions[0], &mut Full).unwrap_err();
        assert_eq!(error.kind, Kind::Write, "{name}");
    });
}

#[test]
fn sources_merge_into_one_catalogue() {
    let states: &[State] = &[
        |host| {
            write(&host.join("srv/a"), b"clean", 0);
            write(&host.join("srv/gone"), b"was here", 0);
        },
        |host| {
            write(&host.join("srv/a"), b"cleaner", 1);
            fs::remove_file(host.join("srv/gone")).unwrap();
        },
        |host| {
            write(&host.join("srv/a"), b"tampered", 2);
            write(&host.join("srv/new"), b"attacker's", 2);
        },
    ];
    let work = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let restic = store_restic(work[0].path(), states, 2);
    let snapshots = store_directories(work[1].path(), states);
    // Both sources hold the same host: the directory one lives elsewhere, so its root is named.
    let host = work[0].path().join("host");
    let snapshots = format!("{}?root={}", snapshots.split('?').next().unwrap(), host.display());
    let mut backends = vec![support::open(&restic), support::open(&snapshots)];
    let first_act = noon(2);
    let objects: Vec<_> = ["srv/a", "srv/gone", "srv/new"]
        .iter()
        .map(|file| {
            let path = path_bytes(&host.join(file));
            (model::ObjectId(format!("web-01:{}", path.to_text())), path, first_act)
        })
        .collect();
    let catalogue = backup::catalogue(&mut backends, &objects, first_act, 1_000_000, &mut |_, _| {}).unwrap();
    let by_path: BTreeMap<_, _> =
        catalogue.entries.iter().map(|entry| (entry.path.file_name().to_vec(), entry)).collect();
    let a = by_path[&b"a"[..]];
    assert_eq!(a.versions.len(), 6);
    assert!(a.versions.is_sorted_by_key(|version| version.stored.time));
    let model::CleanPoint::Version { index, age_ns } = a.clean else { panic!("{:?}", a.clean) };
    assert_eq!(age_ns, 86_400_000_000_000 - 60_000_000_000);
    let chosen = &a.versions[index];
    let source = backends.iter_mut().find(|backend| backend.name() == chosen.source).unwrap();
    assert_eq!(content(source.as_mut(), chosen), b"cleaner");
    let gone = by_path[&b"gone"[..]];
    assert!(matches!(gone.clean, model::CleanPoint::Absent { .. }) && gone.versions.len() == 2, "{gone:?}");
    let new = by_path[&b"new"[..]];
    assert!(matches!(new.clean, model::CleanPoint::Absent { .. }) && new.versions.len() == 2, "{new:?}");
}
