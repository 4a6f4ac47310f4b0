//! Damaged, forged and hostile restic repositories: a right answer, a clear error or *damaged* — never
//! a panic and never wrong bytes.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on must fail")]

mod support;

use std::{fs, path::Path};

use backup::{Backend, InodeKey, Kind, PathHistory, Presence};
use model::{Bytes, Sha256, TimeOrigin};
use serde_json::{Value, json};
use support::{noon, writer::Writer};

const MINUTE: i64 = 60_000_000_000;

fn stored(day: i64) -> model::Timestamp {
    model::Timestamp(noon(day).0 + MINUTE)
}

/// Two days of `/srv/data/a` and `/srv/data/b`.
fn small(root: &Path, version: u8) {
    let mut writer = Writer::new(root, version);
    for day in 0..2 {
        let text = format!("day {day}");
        let files = [writer.file("a", &[text.as_bytes()]), writer.file("b", &[b"same, ", b"every day"])];
        let data = writer.directory("data", &files);
        let srv = writer.directory("srv", &[data]);
        let tree = writer.tree(&[srv]);
        writer.snapshot(tree, &["/srv"], noon(day), stored(day), Value::Null);
    }
}

fn url(root: &Path) -> String {
    format!("restic:{}", root.display())
}

fn open(root: &Path) -> Box<dyn Backend> {
    support::open(&url(root))
}

fn ask(backend: &mut dyn Backend, path: &str) -> PathHistory {
    backend.history(&[Bytes::from(path)], &mut |_, _| {}).unwrap().remove(0)
}

fn read(backend: &mut dyn Backend, history: &PathHistory, version: usize) -> Result<Vec<u8>, backup::Error> {
    let mut bytes = Vec::new();
    backend.read(&history.versions[version], &mut bytes).map(|_| bytes)
}

#[test]
fn hand_made_repositories_are_what_restic_itself_reads() {
    for version in [1, 2] {
        let work = tempfile::tempdir().unwrap();
        small(work.path(), version);
        support::run(support::restic(work.path()).args(["check", "--read-data", "--no-lock"]));
        let mut backend = open(work.path());
        let history = ask(backend.as_mut(), "/srv/data/a");
        assert_eq!(history.presence, [Presence::Version(0), Presence::Version(1)]);
        assert_eq!(read(backend.as_mut(), &history, 1).unwrap(), b"day 1");
        let history = ask(backend.as_mut(), "/srv/data/b");
        assert_eq!(history.versions.len(), 1);
        assert_eq!(read(backend.as_mut(), &history, 0).unwrap(), b"same, every day");
    }
}

/// Opens, looks up and reads everything; panics on wrong bytes. Returns what kind of answer it was.
fn survey(root: &Path) -> &'static str {
    let mut backend = match backup::open(&url(root), &support::options()) {
        Ok(backend) => backend,
        Err(error) => {
            assert!(!error.next_step().is_empty() && !error.to_string().is_empty());
            return "clear error";
        }
    };
    let paths = [Bytes::from("/srv/data/a"), Bytes::from("/srv/data/b"), Bytes::from("/srv/data/none")];
    let Ok(histories) = backend.history(&paths, &mut |_, _| {}) else { return "clear error" };
    let mut damaged = backend.snapshots().unwrap().len() < 2 || !backend.warnings().is_empty();
    for (history, right) in histories.iter().zip([&[&b"day 0"[..], b"day 1"][..], &[b"same, every day"], &[]]) {
        for presence in &history.presence {
            damaged |= matches!(presence, Presence::Damaged { .. });
            assert!(*presence != Presence::Absent || right.is_empty(), "{} is not absent", history.path);
        }
        for version in &history.versions {
            let mut bytes = Vec::new();
            match backend.read(version, &mut bytes) {
                Ok(hash) => {
                    assert_eq!(hash, Sha256::of(&bytes));
                    assert!(right.contains(&bytes.as_slice()), "wrong bytes for {}", history.path);
                }
                Err(_) => damaged = true,
            }
        }
    }
    if damaged { "damaged" } else { "right" }
}

fn all_files(root: &Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    let mut open = vec![root.to_path_buf()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { open.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    files
}

#[test]
fn every_flipped_bit_and_every_cut_is_noticed_or_harmless() {
    for version in [1, 2] {
        let work = tempfile::tempdir().unwrap();
        small(work.path(), version);
        assert_eq!(survey(work.path()), "right");
        let mut answers = std::collections::BTreeMap::new();
        for path in all_files(work.path()) {
            let good = fs::read(&path).unwrap();
            let time = fs::metadata(&path).unwrap().modified().unwrap();
            let put = |bytes: &[u8]| {
                fs::write(&path, bytes).unwrap();
                fs::File::open(&path).unwrap().set_modified(time).unwrap();
            };
            let mut changed = |bytes: &[u8], what: &str| {
                put(bytes);
                let answer = survey(work.path());
                let kind = path.strip_prefix(work.path()).unwrap().components().next().unwrap();
                let kind = kind.as_os_str().to_string_lossy().into_owned();
                *answers.entry((kind.clone(), answer)).or_insert(0) += 1;
                assert!(kind == "keys" || kind == "data" || answer != "right", "{what} of {} passed", path.display());
            };
            // Coprime to every length in the format, so that all fields are hit.
            for at in (0..good.len()).step_by(7) {
                let mut bad = good.clone();
                bad[at] ^= 1 << (at % 8);
                changed(&bad, "a flipped bit");
            }
            for cut in (0..good.len()).step_by(29) {
                changed(&good[..cut], "a cut");
            }
            put(b"");
            assert_ne!(survey(work.path()), "right", "an empty {}", path.display());
            fs::remove_file(&path).unwrap();
            assert_ne!(survey(work.path()), "right", "without {}", path.display());
            put(&good);
        }
        assert!(answers.keys().any(|(kind, answer)| kind == "data" && *answer == "damaged"), "{answers:?}");
        assert_eq!(survey(work.path()), "right");
    }
}

#[test]
fn what_is_wrong_with_a_repository_is_told_apart() {
    let work = tempfile::tempdir().unwrap();
    let good = work.path().join("good");
    small(&good, 2);
    let kind = |change: &dyn Fn(&Path)| {
        let copy = work.path().join("copy");
        let _ = fs::remove_dir_all(&copy);
        support::copy_tree(&good, &copy);
        change(&copy);
        match backup::open(&url(&copy), &support::options()) {
            Ok(mut backend) => {
                backend.history(&[Bytes::from("/srv/data/a")], &mut |_, _| {}).map(|_| ()).unwrap_err().kind
            }
            Err(error) => error.kind,
        }
    };
    let first = |copy: &Path, folder: &str| fs::read_dir(copy.join(folder)).unwrap().next().unwrap().unwrap().path();
    let cut = |path: &Path| fs::write(path, &fs::read(path).unwrap()[..20]).unwrap();
    assert_eq!(kind(&|copy| fs::remove_dir_all(copy).unwrap()), Kind::Missing);
    let lacking = |what: &str| Kind::NotARepository { lacking: what.to_string() };
    assert_eq!(kind(&|copy| fs::remove_file(copy.join("config")).unwrap()), lacking("config"));
    assert!(matches!(kind(&|copy| cut(&copy.join("config"))), Kind::ConfigDamaged { .. }));
    let flip = |path: &Path| {
        let mut bytes = fs::read(path).unwrap();
        bytes[50] ^= 1;
        fs::write(path, bytes).unwrap();
    };
    assert!(matches!(kind(&|copy| flip(&copy.join("config"))), Kind::ConfigDamaged { .. }));
    assert!(matches!(kind(&|copy| cut(&first(copy, "keys"))), Kind::KeyDamaged { .. }));
    assert!(matches!(kind(&|copy| fs::remove_file(first(copy, "keys")).unwrap()), Kind::KeyDamaged { .. }));
    let cut_all = |copy: &Path| fs::read_dir(copy.join("index")).unwrap().for_each(|entry| cut(&entry.unwrap().path()));
    assert!(matches!(kind(&cut_all), Kind::IndexDamaged { .. }));

    let open = |password: Option<&str>, path: &Path| {
        let password = password.map(|password| backup::Password::Given(password.to_string()));
        backup::open(&path.display().to_string(), &backup::OpenOptions { password, cache: None })
            .err()
            .map(|error| error.kind)
    };
    assert_eq!(open(Some("correct horse"), &good), None);
    assert_eq!(open(Some("wrong"), &good), Some(Kind::WrongPassword));
    assert_eq!(open(None, &good), Some(Kind::PasswordMissing));
    assert!(matches!(open(None, work.path()), Some(Kind::NotARepository { .. })));
    assert_eq!(open(None, &work.path().join("nothing")), Some(Kind::Missing));
    assert_eq!(open(None, Path::new("ftp:somewhere")), Some(Kind::UnknownBackend));
    let file = work.path().join("password");
    fs::write(&file, "correct horse\r\nsecond line").unwrap();
    let options =
        |path: &Path| backup::OpenOptions { password: Some(backup::Password::File(path.to_path_buf())), cache: None };
    assert!(backup::open(&url(&good), &options(&file)).is_ok());
    let error = backup::open(&url(&good), &options(&work.path().join("none"))).err().unwrap();
    assert!(error.kind == Kind::Missing && error.to_string().contains("password file"), "{error}");

    let newer = work.path().join("newer");
    Writer::new(&newer, 3).flush();
    assert_eq!(open(Some("correct horse"), &newer), Some(Kind::UnsupportedFormat { version: 3 }));
    let greedy = work.path().join("greedy");
    support::copy_tree(&good, &greedy);
    let key = first(&greedy, "keys");
    fs::write(&key, fs::read_to_string(&key).unwrap().replace("\"N\":2", "\"N\":2147483648")).unwrap();
    assert!(matches!(open(Some("correct horse"), &greedy), Some(Kind::KeyDamaged { .. })));
}

#[test]
fn hostile_entries_are_refused_and_make_absence_doubtful() {
    let work = tempfile::tempdir().unwrap();
    let mut writer = Writer::new(work.path(), 2);
    let mut entries = vec![writer.file("good", &[b"good"])];
    for name in ["..", "/etc/passwd", "", "a/b", "\\x2e\\x2e", "nul\\x00"] {
        entries.push(writer.file(name, &[b"hostile"]));
    }
    entries.extend([writer.file("twice", &[b"one"]), writer.file("twice", &[b"two"])]);
    let clean = writer.file("only", &[b"x"]);
    let clean = writer.directory("clean", &[clean]);
    let data = writer.directory("data", &entries);
    let mut loops = json!({"name": "lost", "type": "dir", "mode": 493});
    loops["subtree"] = json!(Sha256::of(b"no such tree").to_string());
    let srv = writer.directory("srv", &[data, clean, loops]);
    let tree = writer.tree(&[srv]);
    let id = writer.snapshot(tree, &["/srv"], noon(0), stored(0), Value::Null);
    let mut backend = open(work.path());
    assert_eq!(ask(backend.as_mut(), "/srv/data/good").presence, [Presence::Version(0)]);
    for doubtful in ["/srv/data/twice", "/srv/data/etc", "/srv/data/a/b", "/srv/lost/x"] {
        let history = ask(backend.as_mut(), doubtful);
        assert!(matches!(history.presence[..], [Presence::Damaged { .. }]), "{doubtful} {history:?}");
    }
    assert_eq!(ask(backend.as_mut(), "/srv/clean/none").presence, [Presence::Absent]);
    assert_eq!(ask(backend.as_mut(), "/etc/passwd").presence, [Presence::NotCovered]);
    let listing = backend.children(&Bytes::from("/srv/data"), &id).unwrap().unwrap();
    assert_eq!(listing.entries.len(), 1);
    assert_eq!(listing.refused.len(), 7);
    let error = backend.children(&Bytes::from("/srv/lost"), &id).unwrap_err();
    assert!(matches!(error.kind, Kind::SnapshotDamaged { .. }), "{error}");
}

#[test]
fn a_forged_index_can_neither_exchange_nor_hide_content() {
    let work = tempfile::tempdir().unwrap();
    small(work.path(), 2);
    let mut backend = open(work.path());
    let history = ask(backend.as_mut(), "/srv/data/a");
    let model::ContentRef::Blobs { blobs, .. } = history.versions[0].content.clone() else { panic!() };
    // Somebody with the client's key adds a pack and an index: the old id, other bytes.
    let mut writer = Writer::new(work.path(), 2);
    writer.blob("data", b"forged bytes", Some(blobs[0]));
    writer.flush();
    let mut backend = open(work.path());
    let history = ask(backend.as_mut(), "/srv/data/a");
    assert_eq!(read(backend.as_mut(), &history, 0).unwrap(), b"day 0");

    // Without the good one, the forged one is named, not believed.
    let alone = work.path().join("alone");
    let mut writer = Writer::new(&alone, 2);
    let real = Sha256::of(b"the real content");
    writer.blob("data", b"forged bytes", Some(real));
    let mut file = writer.file("a", &[]);
    (file["content"], file["size"]) = (json!([real.to_string()]), json!(16));
    let tree = writer.tree(&[file]);
    writer.snapshot(tree, &["/"], noon(0), stored(0), Value::Null);
    let mut backend = open(&alone);
    let history = ask(backend.as_mut(), "/a");
    let error = read(backend.as_mut(), &history, 0).unwrap_err();
    let Kind::ContentMismatch { piece, expected, found } = &error.kind else { panic!("{error}") };
    assert!(piece.contains(&real.to_string()) && *expected == real.to_string());
    assert_eq!(*found, Sha256::of(b"forged bytes").to_string());

    // A tree passed off under another's id is not believed either.
    let trees = work.path().join("trees");
    let mut writer = Writer::new(&trees, 2);
    let forged = writer.file("a", &[b"forged"]);
    let text = json!({"nodes": [forged]}).to_string();
    let tree = writer.blob("tree", text.as_bytes(), Some(Sha256::of(b"the real tree")));
    writer.snapshot(tree, &["/"], noon(0), stored(0), Value::Null);
    let history = ask(open(&trees).as_mut(), "/a");
    assert!(matches!(history.presence[..], [Presence::Damaged { .. }]), "{history:?}");
}

#[test]
fn a_decompression_bomb_is_cut_off() {
    let work = tempfile::tempdir().unwrap();
    let mut writer = Writer::new(work.path(), 2);
    let file = writer.file("a", &[&vec![0_u8; 64 << 20]]);
    let tree = writer.tree(&[file]);
    writer.snapshot(tree, &["/"], noon(0), stored(0), Value::Null);
    let mut backend = open(work.path());
    let history = ask(backend.as_mut(), "/a");
    assert_eq!(read(backend.as_mut(), &history, 0).unwrap().len(), 64 << 20, "an honest one is read");
}

#[test]
fn forged_and_missing_times_are_told() {
    let one = |writer: &mut Writer, text: &str| {
        let file = writer.file("a", &[text.as_bytes()]);
        writer.tree(&[file])
    };
    let work = tempfile::tempdir().unwrap();
    let mut writer = Writer::new(work.path(), 2);
    for day in 0..4 {
        let tree = one(&mut writer, &format!("day {day}"));
        writer.snapshot(tree, &["/"], noon(day), stored(day), Value::Null);
    }
    // The retention attack: end-of-day snapshots dated back.
    let tree = one(&mut writer, "forged");
    let forged = writer.snapshot(tree, &["/"], noon(2), stored(9), Value::Null);
    let tree = one(&mut writer, "forged too");
    let future = writer.snapshot(tree, &["/"], noon(30), stored(10), Value::Null);
    let tree = one(&mut writer, "tagged");
    let tagged = writer.snapshot(tree, &["/"], noon(3), stored(11), json!({"original": "00".repeat(32)}));
    let mut backend = open(work.path());
    let snapshots = backend.snapshots().unwrap();
    let warned: Vec<_> = snapshots.iter().filter(|snapshot| snapshot.has_warning("forged_time")).collect();
    assert_eq!(warned.iter().map(|snapshot| &snapshot.id).collect::<Vec<_>>(), [&forged, &future]);
    assert!(warned.iter().all(|snapshot| snapshot.stored.origin == TimeOrigin::StorageFile));
    assert_eq!(snapshots[4].stored.time, stored(9), "storage time orders, not the forged one");
    assert!(snapshots.iter().any(|snapshot| snapshot.id == tagged && snapshot.has_warning("rewritten_snapshot")));

    // Copied without times: only the snapshots' own word is left.
    for (place, path) in support::snapshot_files(work.path()).values().enumerate() {
        support::set_time(path, model::Timestamp(stored(40).0 + place as i64));
    }
    let mut backend = open(work.path());
    let snapshots = backend.snapshots().unwrap();
    assert!(snapshots.iter().all(|snapshot| snapshot.stored.origin == TimeOrigin::Declared), "{snapshots:?}");
    assert!(backend.warnings().iter().any(|warning| warning.starts_with("only_declared_time")));
}

#[test]
fn a_long_first_backup_is_not_taken_for_forged() {
    let work = tempfile::tempdir().unwrap();
    let mut writer = Writer::new(work.path(), 2);
    let file = writer.file("a", &[b"x"]);
    let tree = writer.tree(&[file]);
    // Five hours of run time, said by the summary; then the same, shown only by a pack written meanwhile.
    let summary = json!({"summary": {"backup_start": noon(0).to_string(), "backup_end": (model::Timestamp(noon(0).0 + 300 * MINUTE)).to_string()}});
    writer.snapshot(tree, &["/"], noon(0), model::Timestamp(noon(0).0 + 301 * MINUTE), summary);
    let file = writer.file("a", &[b"y"]);
    let tree = writer.tree(&[file]);
    writer.snapshot(tree, &["/"], noon(5), model::Timestamp(noon(5).0 + 301 * MINUTE), Value::Null);
    let packs = all_files(&work.path().join("data"));
    support::set_time(&packs[0], model::Timestamp(noon(5).0 + 100 * MINUTE));
    let mut backend = open(work.path());
    assert!(backend.snapshots().unwrap().iter().all(|snapshot| !snapshot.has_warning("forged_time")));
    support::set_time(&packs[0], noon(1));
    support::set_time(&packs[1], noon(1));
    let warned =
        open(work.path()).snapshots().unwrap().iter().filter(|snapshot| snapshot.has_warning("forged_time")).count();
    assert_eq!(warned, 1, "without a pack in between, the run cannot have been so long");
}

#[test]
fn locks_excludes_and_relative_roots_are_heeded() {
    let work = tempfile::tempdir().unwrap();
    let mut writer = Writer::new(work.path(), 2);
    let a = writer.file("a", &[b"x"]);
    let data = writer.directory("data", std::slice::from_ref(&a));
    let tree = writer.tree(&[data]);
    writer.snapshot(tree, &["/srv/host/data"], noon(0), stored(0), json!({"excludes": ["*.log"]}));
    let b = writer.file("b", &[b"y"]);
    let tree = writer.tree(&[a, b]);
    writer.snapshot(tree, &["/srv/host/data", "C:\\Users"], noon(1), stored(1), Value::Null);
    fs::write(work.path().join("locks").join(Sha256::of(b"lock").to_string()), b"sealed").unwrap();
    let mut backend = open(work.path());
    let history = ask(backend.as_mut(), "/srv/host/data/a");
    assert_eq!(history.presence, [Presence::Version(0), Presence::Version(0)]);
    assert_eq!(ask(backend.as_mut(), "/srv/host/data/b").presence, [Presence::Absent, Presence::Version(0)]);
    assert_eq!(ask(backend.as_mut(), "/srv/host/data/x.log").presence, [Presence::NotCovered, Presence::Absent]);
    assert_eq!(ask(backend.as_mut(), "/srv/host/other").presence, [const { Presence::NotCovered }; 2]);
    let snapshots = backend.snapshots().unwrap();
    assert!(snapshots.iter().all(|snapshot| snapshot.has_warning("relative_paths")), "{snapshots:?}");
    assert!(snapshots[0].has_warning("partly_excluded") && snapshots[1].has_warning("odd_roots"));
    assert!(backend.warnings().iter().any(|warning| warning.starts_with("prune_may_run: freeze pruning")));
    let hints = backend.find_by_inode(&[InodeKey { device: 64_769, inode: 11 }], &mut |_, _| {}).unwrap();
    assert_eq!(hints.len(), 1);
    assert!(hints[0].path.is_within(b"/srv/host/data"), "{hints:?}");
}

#[test]
fn the_version_index_answers_alike_and_is_rebuilt_when_damaged() {
    let work = tempfile::tempdir().unwrap();
    let (repository, cache) = (work.path().join("repository"), work.path().join("cache"));
    small(&repository, 2);
    let paths = [Bytes::from("/srv/data/a"), Bytes::from("/srv/data/none")];
    let options = backup::OpenOptions { cache: Some(cache.clone()), ..support::options() };
    let look = || {
        let mut backend = backup::open(&url(&repository), &options).unwrap();
        let histories = backend.history(&paths, &mut |_, _| {}).unwrap();
        (histories, backend.warnings())
    };
    let before = support::fingerprint(&repository);
    let (fresh, warnings) = look();
    assert!(warnings.is_empty(), "{warnings:?}");
    let file = fs::read_dir(&cache).unwrap().next().unwrap().unwrap().path();
    let (again, warnings) = look();
    assert_eq!((again, warnings.len()), (fresh.clone(), 0));
    let good = fs::read(&file).unwrap();
    for at in (0..good.len()).step_by(11) {
        let mut bad = good.clone();
        bad[at] ^= 4;
        fs::write(&file, &bad).unwrap();
        let (rebuilt, warnings) = look();
        assert_eq!(rebuilt, fresh);
        assert!(warnings.iter().any(|warning| warning.starts_with("version_index_rebuilt")), "byte {at}: {warnings:?}");
        assert_eq!(fs::read(&file).unwrap(), good, "rebuilt");
    }
    assert_eq!(support::fingerprint(&repository), before, "nothing in the repository changed");
}

#[test]
fn one_bad_snapshot_costs_only_its_own_answers() {
    let work = tempfile::tempdir().unwrap();
    small(work.path(), 2);
    let good = ask(open(work.path()).as_mut(), "/srv/data/a");
    let newest = good.versions[1].first_snapshot.clone();
    let path = &support::snapshot_files(work.path())[&newest];
    let time = fs::metadata(path).unwrap().modified().unwrap();
    fs::write(path, b"junk").unwrap();
    fs::File::open(path).unwrap().set_modified(time).unwrap();
    let mut backend = open(work.path());
    let history = ask(backend.as_mut(), "/srv/data/a");
    assert!(matches!(history.presence[..], [Presence::Version(0), Presence::Damaged { .. }]), "{history:?}");
    assert!(backend.snapshots().unwrap()[1].has_warning("snapshot_unreadable"));
}

#[test]
fn a_snapshot_file_exchanged_for_another_valid_one_is_not_believed() {
    let work = tempfile::tempdir().unwrap();
    small(work.path(), 2);
    let good = ask(open(work.path()).as_mut(), "/srv/data/a");
    let files = support::snapshot_files(work.path());
    let (old, new) = (&files[&good.versions[0].first_snapshot], &files[&good.versions[1].first_snapshot]);
    fs::copy(new, old).unwrap();
    support::set_time(old, stored(0));
    let history = ask(open(work.path()).as_mut(), "/srv/data/a");
    assert!(matches!(history.presence[..], [Presence::Damaged { .. }, Presence::Version(0)]), "{history:?}");
}
