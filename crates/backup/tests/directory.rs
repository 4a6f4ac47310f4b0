//! What only directories of snapshots can do: be links, pipes, copies, and lie about their root.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on must fail")]

mod support;

use std::{fs, os::unix::fs::symlink, path::Path};

use backup::{Backend, Kind, PathHistory, Presence};
use model::{Bytes, ContentRef, TimeOrigin};
use support::noon;

fn snapshot(base: &Path, day: i64, files: &[(&str, &str)]) {
    let name = noon(day).to_string()[..19].replace(':', "-") + "Z";
    let top = base.join(name);
    for (path, text) in files {
        let path = top.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        support::set_time(&path, noon(day));
    }
    support::set_time(&top, noon(day));
}

fn ask(backend: &mut dyn Backend, path: &str) -> PathHistory {
    backend.history(&[Bytes::from(path)], &mut |_, _| {}).unwrap().remove(0)
}

#[test]
fn links_inside_a_snapshot_lead_nowhere() {
    let work = tempfile::tempdir().unwrap();
    let (base, outside) = (work.path().join("snapshots"), work.path().join("outside"));
    fs::create_dir_all(&outside).unwrap();
    fs::write(outside.join("secret"), "outside").unwrap();
    snapshot(&base, 0, &[("srv/a", "inside"), ("srv/b", "b")]);
    let top = fs::read_dir(&base).unwrap().next().unwrap().unwrap().path();
    symlink(&outside, top.join("srv/way")).unwrap();
    symlink(&top, base.join("2026-01-09T12-00-00Z")).unwrap();
    let mut backend = support::open(&format!("dir:{}?root=/", base.display()));
    assert_eq!(backend.snapshots().unwrap().len(), 1, "a link is no snapshot");
    assert_eq!(ask(backend.as_mut(), "/srv/way/secret").presence, [Presence::Absent]);
    let id = backend.snapshots().unwrap()[0].id.clone();
    assert!(backend.children(&Bytes::from("/srv/way"), &id).unwrap().is_none());

    // Exchanged after it was catalogued: for a link, for other bytes, for a pipe, for nothing.
    let version = ask(backend.as_mut(), "/srv/a").versions.remove(0);
    let read = |backend: &mut dyn Backend| {
        let mut bytes = Vec::new();
        backend.read(&version, &mut bytes).map(|_| bytes).map_err(|error| error.kind)
    };
    assert_eq!(read(backend.as_mut()).unwrap(), b"inside");
    let file = top.join("srv/a");
    fs::write(&file, "changed in length").unwrap();
    assert!(matches!(read(backend.as_mut()), Err(Kind::ContentMismatch { .. })));
    fs::remove_file(&file).unwrap();
    assert!(matches!(read(backend.as_mut()), Err(Kind::ContentMissing { .. })));
    symlink(outside.join("secret"), &file).unwrap();
    assert!(matches!(read(backend.as_mut()), Err(Kind::ContentMismatch { .. })));
    fs::remove_file(&file).unwrap();
    support::run(std::process::Command::new("mkfifo").arg(&file));
    assert!(matches!(read(backend.as_mut()), Err(Kind::ContentMismatch { .. })));
    let escape = format!("{}/../outside/secret", base.display());
    let escape = ContentRef::Path { path: Bytes::from(escape.as_str()), sha256: None };
    let error = backend.read_content(&escape, &mut std::io::sink()).unwrap_err();
    assert_eq!(error.kind, Kind::OtherSource);
}

#[test]
fn a_known_hash_is_proven_on_reading() {
    let work = tempfile::tempdir().unwrap();
    snapshot(work.path(), 0, &[("srv/a", "true")]);
    let mut backend = support::open(&format!("dir:{}?root=/", work.path().display()));
    let version = ask(backend.as_mut(), "/srv/a").versions.remove(0);
    let ContentRef::Path { path, .. } = version.content else { panic!() };
    let content = ContentRef::Path { path, sha256: Some(model::Sha256::of(b"fake")) };
    let error = backend.read_content(&content, &mut std::io::sink()).unwrap_err();
    assert!(matches!(error.kind, Kind::ContentMismatch { .. }), "{error}");
}

#[test]
fn the_root_is_found_out_when_nobody_says_it() {
    let work = tempfile::tempdir().unwrap();
    for day in 0..2 {
        snapshot(work.path(), day, &[("etc/passwd", "p"), ("srv/data/a", "a")]);
    }
    let url = work.path().display().to_string();
    let mut backend = support::open(&url);
    let paths = ["/srv/host/etc/passwd", "/srv/host/srv/data/a", "/srv/host/srv/data/new", "/srv/host/opt/x"];
    let histories = backend.history(&paths.map(Bytes::from), &mut |_, _| {}).unwrap();
    assert_eq!(histories[1].presence, [Presence::Version(0), Presence::Version(1)]);
    assert_eq!(histories[2].presence, [Presence::Absent, Presence::Absent]);
    assert_eq!(histories[3].presence, [const { Presence::NotCovered }; 2], "without opt, it may be a partial copy");
    assert!(
        backend
            .warnings()
            .iter()
            .any(|warning| warning.contains("root_inferred") && warning.contains("root=/srv/host"))
    );

    let mut backend = support::open(&url);
    assert!(matches!(ask(backend.as_mut(), "/srv/data/a").presence[0], Presence::Version(0)));
    assert!(backend.warnings().is_empty(), "as it stands, the root is /");
    let mut backend = support::open(&format!("dir:{url}?root=/srv/host"));
    assert_eq!(ask(backend.as_mut(), "/srv/host/opt/x").presence[0], Presence::Absent, "the operator said so");
    assert_eq!(ask(backend.as_mut(), "/srv/data/a").presence[0], Presence::NotCovered);
}

#[test]
fn copies_without_times_say_so() {
    let work = tempfile::tempdir().unwrap();
    for day in 0..4 {
        snapshot(work.path(), day, &[("srv/a", "x")]);
    }
    for (place, entry) in fs::read_dir(work.path()).unwrap().enumerate() {
        support::set_time(&entry.unwrap().path(), model::Timestamp(noon(60).0 + place as i64));
    }
    let mut backend = support::open(&work.path().display().to_string());
    let snapshots = backend.snapshots().unwrap();
    assert!(snapshots.iter().all(|snapshot| snapshot.stored.origin == TimeOrigin::Declared), "{snapshots:?}");
    assert!(snapshots.iter().all(|snapshot| snapshot.has_warning("only_declared_time")));
    assert_eq!(snapshots[3].stored.time, noon(3));
}

#[test]
fn what_is_no_collection_of_snapshots_is_not_opened_as_one() {
    let work = tempfile::tempdir().unwrap();
    fs::create_dir_all(work.path().join("etc")).unwrap();
    fs::create_dir_all(work.path().join("srv")).unwrap();
    let open = |url: &str| backup::open(url, &support::options()).err().map(|error| error.kind);
    assert!(matches!(open(&work.path().display().to_string()), Some(Kind::NotARepository { .. })));
    assert!(matches!(open(&format!("dir:{}?root=relative", work.path().display())), Some(Kind::NotARepository { .. })));
    let file = work.path().join("file");
    fs::write(&file, "x").unwrap();
    assert!(matches!(open(&format!("dir:{}", file.display())), Some(Kind::NotARepository { .. })));
    assert_eq!(open(&format!("dir:{}/none", work.path().display())), Some(Kind::Missing));
    // Snapshots one level down are found.
    snapshot(&work.path().join(".snapshots"), 0, &[("srv/a", "x")]);
    assert_eq!(open(&work.path().display().to_string()), None);
}
