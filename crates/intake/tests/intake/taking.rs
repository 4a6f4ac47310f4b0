//! What an intake keeps, records and refuses.

use std::{
    fs,
    io::Read as _,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink},
    path::PathBuf,
};

use crate::support::*;
use intake::{Error, Options, check_original, items, open_source, read_sources, stored_path};
use model::{Bytes, ProblemKind, Sha256, Storage, Timestamp};

#[test]
fn an_original_is_kept_read_only_under_its_hash_and_the_given_file_is_left_alone() {
    let desk = Desk::new();
    let path = desk.put("audit.log", b"one\ntwo\n");
    let before = fs::metadata(&path).unwrap();
    let items = desk.take(std::slice::from_ref(&path));
    let [item] = &items[..] else { panic!("{items:?}") };
    let original = &item.original;
    assert_eq!(original.sha256, Sha256::of(b"one\ntwo\n"));
    assert_eq!(original.blake3.0, *blake3::hash(b"one\ntwo\n").as_bytes());
    assert_eq!((original.size, original.storage.clone()), (8, Storage::Copied));
    assert_eq!(original.taken, Timestamp::from_seconds(1_800_000_000, 0));
    assert_eq!(original.modified.seconds(), before.mtime());
    assert_eq!(original.changed.seconds(), before.ctime());
    let stored = stored_path(&desk.case(), &original.sha256);
    assert_eq!(fs::metadata(&stored).unwrap().permissions().mode() & 0o777, 0o444);
    assert_eq!(fs::read(&stored).unwrap(), b"one\ntwo\n");
    let after = fs::metadata(&path).unwrap();
    assert_eq!((before.atime_nsec(), before.mtime_nsec()), (after.atime_nsec(), after.mtime_nsec()));
    assert_eq!(contents(&desk.case(), item), [(String::new(), b"one\ntwo\n".to_vec())]);
    assert_eq!(item.problems, []);
    check_original(&desk.case(), item).unwrap();
}

#[test]
fn the_same_bytes_twice_are_one_original_with_both_paths() {
    let desk = Desk::new();
    let (one, two) = (desk.put("a/audit.log", b"same"), desk.put("b/audit.log", b"same"));
    desk.take(std::slice::from_ref(&one));
    desk.take(&[two.clone(), one.clone()]);
    desk.put("c.log", b"other");
    desk.take(&[desk.given()]);
    let all = items(&desk.case()).unwrap();
    assert_eq!(all.len(), 2);
    assert_eq!(all[0].original.path, Bytes::from(one.to_str().unwrap()));
    assert_eq!(all[0].original.also_at, [Bytes::from(two.to_str().unwrap())]);
    let before = fs::read(desk.case().join("evidence.json")).unwrap();
    desk.take(&[desk.given()]);
    assert_eq!(fs::read(desk.case().join("evidence.json")).unwrap(), before);
}

#[test]
fn directories_are_read_in_byte_order_without_following_links() {
    let desk = Desk::new();
    for name in ["b.log", "a/z.log", "a/b.log", "B.log"] {
        desk.put(name, name.as_bytes());
    }
    symlink("/etc/passwd", desk.given().join("a/link")).unwrap();
    symlink("..", desk.given().join("a/up")).unwrap();
    let pipe = std::process::Command::new("mkfifo").arg(desk.given().join("pipe")).status().unwrap();
    assert!(pipe.success());
    let items = desk.take(&[desk.given()]);
    let told: Vec<_> = items
        .iter()
        .map(|item| {
            let path = item.original.path.to_string();
            let name = path.split("given/").nth(1).unwrap().to_string();
            (name, item.problems.first().map(|problem| problem.text.clone()))
        })
        .collect();
    let link = |target| Some(format!("not read: it is a symbolic link to {target}; give its target if it is evidence"));
    let expected = [
        ("B.log", None),
        ("a/b.log", None),
        ("a/link", link("/etc/passwd")),
        ("a/up", link("..")),
        ("a/z.log", None),
        ("b.log", None),
        ("pipe", Some("not read: it is a named pipe".to_string())),
    ];
    assert_eq!(told, expected.map(|(name, problem)| (name.to_string(), problem)));
    // Taking it again adds nothing.
    desk.take(&[desk.given()]);
    assert_eq!(intake::items(&desk.case()).unwrap().len(), 7);
    let unread = &items[2];
    assert!(matches!(open_source(&desk.case(), unread, &items[0].sources[0]), Err(Error::NothingTaken { .. })));
    read_sources(&desk.case(), unread, &mut |_, _| panic!("nothing was taken")).unwrap();
}

#[test]
fn a_case_inside_the_evidence_is_not_taken_into_itself() {
    let desk = Desk::new();
    let case = desk.given().join("case");
    fs::create_dir(&case).unwrap();
    desk.put("a.log", b"a");
    for _ in 0..2 {
        let items = desk.take_with(&Options::new(&case), &[desk.given()]).unwrap();
        assert_eq!(items.len(), 1);
    }
}

#[test]
fn a_missing_path_is_an_error_before_anything_is_taken() {
    let desk = Desk::new();
    let good = desk.put("a.log", b"a");
    let taken = desk.take_with(&desk.options(), &[good, desk.given().join("typo")]);
    assert!(matches!(taken, Err(Error::Missing { .. })));
    assert!(!desk.case().join("evidence.json").exists());
}

#[test]
fn an_unreadable_file_is_a_problem_of_its_own() {
    let desk = Desk::new();
    desk.put("a.log", b"a");
    // /proc/self/mem answers the first read with EIO, for root too.
    let items = desk.take(&[PathBuf::from("/proc/self/mem"), desk.given()]);
    assert_eq!(items[0].problems[0].kind, ProblemKind::Unreadable, "{:?}", items[0]);
    assert_eq!(items[1].problems, []);
}

#[test]
fn an_empty_file_is_a_source_and_said_to_be_empty() {
    let desk = Desk::new();
    let item = desk.take_one(b"");
    assert_eq!(contents(&desk.case(), &item), [(String::new(), vec![])]);
    assert_eq!(item.problems[0].text, "the file is empty");
}

#[test]
fn a_file_without_a_size_is_read_to_its_end() {
    let desk = Desk::new();
    let items = desk.take(&[PathBuf::from("/proc/version")]);
    assert_eq!(items[0].original.sha256, Sha256::of(&fs::read("/proc/version").unwrap()));
}

#[test]
fn evidence_left_in_place_is_compared_before_every_reading() {
    let desk = Desk::new();
    let path = desk.put("audit.log", b"one\ntwo\n");
    let options = Options { in_place: true, ..desk.options() };
    let items = desk.take_with(&options, std::slice::from_ref(&path)).unwrap();
    assert_eq!(items[0].original.storage, Storage::InPlace);
    assert!(!stored_path(&desk.case(), &items[0].original.sha256).exists());
    contents(&desk.case(), &items[0]);
    fs::write(&path, b"one\nTWO\n").unwrap();
    let opened = open_source(&desk.case(), &items[0], &items[0].sources[0]);
    assert!(matches!(opened, Err(Error::Changed { .. })));
    assert!(matches!(check_original(&desk.case(), &items[0]), Err(Error::Changed { .. })));
    fs::remove_file(&path).unwrap();
    let opened = read_sources(&desk.case(), &items[0], &mut |_, _| Ok(()));
    assert!(matches!(opened, Err(Error::Unreadable { .. })));
}

#[test]
fn a_damaged_original_in_the_case_is_found() {
    let desk = Desk::new();
    let path = desk.put("audit.log", b"one\ntwo\n");
    let item = desk.take(std::slice::from_ref(&path)).remove(0);
    let stored = stored_path(&desk.case(), &item.original.sha256);
    fs::set_permissions(&stored, fs::Permissions::from_mode(0o644)).unwrap();
    fs::write(&stored, b"one\nTWO\n").unwrap();
    assert!(matches!(check_original(&desk.case(), &item), Err(Error::StoredDiffers { .. })));
    assert!(matches!(desk.take_with(&desk.options(), &[path]), Err(Error::StoredDiffers { .. })));
    fs::write(&stored, b"one\n").unwrap();
    let mut rest = Vec::new();
    let read = open_source(&desk.case(), &item, &item.sources[0]).unwrap().read_to_end(&mut rest);
    assert_eq!(read.unwrap_err().kind(), std::io::ErrorKind::UnexpectedEof);
}

#[test]
fn a_file_that_grows_while_it_is_read_is_taken_and_said_to_have_changed() {
    let desk = Desk::new();
    let path = desk.put("live.log", &log(1000));
    let clock = stdx::FixedClock::at(Timestamp(0));
    let mut grown = false;
    let items = intake::take(std::slice::from_ref(&path), &desk.options(), &clock, &mut |_| {
        if !grown {
            grown = true;
            let mut file = fs::OpenOptions::new().append(true).open(&path).unwrap();
            std::io::Write::write_all(&mut file, b"later\n").unwrap();
        }
    })
    .unwrap();
    assert_eq!(items[0].problems[0].kind, ProblemKind::Incomplete, "{:?}", items[0].problems);
    contents(&desk.case(), &items[0]);
}

#[test]
fn a_file_larger_than_the_disk_is_refused_before_it_is_copied() {
    let desk = Desk::new();
    let path = desk.given().join("sparse.img");
    fs::File::create(&path).unwrap().set_len(1 << 43).unwrap();
    let small = desk.put("a.log", b"a");
    let taken = desk.take_with(&desk.options(), &[small, path]);
    assert!(matches!(taken, Err(Error::StorageFull { needed, .. }) if needed == 1 << 43));
    // What was complete before stays recorded, and nothing is half stored.
    assert_eq!(items(&desk.case()).unwrap().len(), 1);
    let left: Vec<_> =
        fs::read_dir(desk.case().join("evidence")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().starts_with(".incoming")), "{left:?}");
}

#[test]
fn leftovers_of_a_crashed_intake_are_removed() {
    let desk = Desk::new();
    fs::create_dir(desk.case().join("evidence")).unwrap();
    fs::write(desk.case().join("evidence/.incoming-99"), b"half").unwrap();
    desk.take_one(b"a");
    assert!(!desk.case().join("evidence/.incoming-99").exists());
}

#[test]
fn the_bound_on_files_ends_the_search_and_says_so() {
    let desk = Desk::new();
    for n in 0..5 {
        desk.put(&format!("{n}.log"), format!("{n}").as_bytes());
    }
    let mut options = desk.options();
    options.limits.files_max = 3;
    let items = desk.take_with(&options, &[desk.given()]).unwrap();
    let kinds: Vec<_> = items.iter().map(|item| item.problems.first().map(|problem| problem.kind)).collect();
    assert_eq!(kinds, [None, None, None, Some(ProblemKind::Bound)]);
}

#[test]
fn of_an_engines_directory_only_what_it_says_of_containers_is_taken() {
    let desk = Desk::new();
    let id = "ab".repeat(32);
    let inside = format!("docker/overlay2/{id}/diff/var/log/app.log");
    desk.put(&inside, b"a layer's own\n");
    desk.put(&format!("docker/overlay2/{id}/lower"), b"l/WDCW23FNTOF33YVREBRDEGIWEN");
    desk.put(&format!("docker/containers/{id}/config.v2.json"), b"{}");
    desk.put("docker/volumes/db/_data/table", b"data");
    let names = |items: &[model::EvidenceItem]| -> Vec<String> {
        let taken = items.iter().filter(|item| !item.sources.is_empty());
        taken.map(|item| String::from_utf8_lossy(item.original.path.file_name()).into_owned()).collect()
    };
    let items = desk.take(&[desk.given()]);
    assert_eq!(names(&items), ["config.v2.json", "lower"]);
    let left: Vec<&str> = items.iter().flat_map(|item| &item.problems).map(|it| it.text.as_str()).collect();
    let [left] = &left[..] else { panic!("{left:?}") };
    assert!(left.contains("contents of layers (1 ") && left.contains("contents of volumes (1 "), "{left}");
    assert!(items.iter().flat_map(|item| &item.problems).all(|problem| problem.kind == ProblemKind::LeftAlone));
    let given = desk.given().join(format!("docker/overlay2/{id}/diff"));
    assert_eq!(names(&desk.take(&[given])), ["app.log"], "who gives a place inside wants it read");
}
