//! Each kind of step on a tree that is only damaged, not hostile.

use std::{fs, os::unix::fs::MetadataExt as _};

use model::{EntryKind, Fingerprint, Metadata, Sha256, StepState, Undo, Xattr};
use restore::{NoFaults, PathMapping, Target};

use crate::world::{CLEAN_TIME, World, all_done, hash_in, is_root, metadata, mode, reason, set_mode, snapshot, xattrs};

#[test]
fn a_changed_file_gets_content_and_metadata_and_the_former_one_is_kept() {
    let mut world = World::new();
    let path = world.hacked("/etc/passwd", "evil");
    set_mode(&path, 0o4777);
    let former = snapshot(&path);
    let attributes = vec![Xattr { name: "user.note".into(), value: "clean".into() }];
    let wanted = Metadata { size: Some(5), xattrs: Some(attributes.clone()), ..metadata(EntryKind::File, 0o4711) };
    world.write_with(b"/etc/passwd", b"clean", wanted);
    let receipts = world.run();
    all_done(&receipts);
    assert_eq!(fs::read(&path).unwrap(), b"clean");
    assert_eq!(mode(&path), 0o4711);
    assert_eq!(xattrs(&path), attributes);
    let found = fs::metadata(&path).unwrap();
    assert_eq!((found.mtime(), found.mtime_nsec()), (CLEAN_TIME.seconds(), i64::from(CLEAN_TIME.subsecond_nanos())));
    assert_eq!(world.quarantined(), [("0001-passwd".to_string(), former)]);
    assert_eq!(hash_in(&receipts[0].before), Some(Sha256::of(b"evil")));
    assert_eq!(hash_in(&receipts[0].after), Some(Sha256::of(b"clean")));
    assert_eq!(receipts[0].undo, Undo::PutBack { quarantined: "0001-passwd".into() });
    assert_eq!(receipts[0].notes, Vec::<String>::new());
    assert_eq!(world.private().len(), 1, "staging is gone, quarantine stays");
}

#[test]
fn deleted_files_come_back_below_directories_that_the_plan_makes() {
    let mut world = World::new();
    world.directory("/srv", 0o755);
    world.directory("/srv/data", 0o2750);
    world.write("/srv/data/a", "a");
    world.symlink("/srv/data/link", "../elsewhere");
    world.write("/srv/data/empty", "");
    let receipts = world.run();
    all_done(&receipts);
    assert_eq!(fs::read(world.at("/srv/data/a")).unwrap(), b"a");
    assert_eq!(fs::read(world.at("/srv/data/empty")).unwrap(), b"");
    assert_eq!(fs::read_link(world.at("/srv/data/link")).unwrap().to_str(), Some("../elsewhere"));
    assert_eq!(mode(&world.at("/srv/data")), 0o2750);
    for directory in ["/srv", "/srv/data"] {
        let found = fs::metadata(world.at(directory)).unwrap();
        let time = (found.mtime(), found.mtime_nsec());
        assert_eq!(time, (CLEAN_TIME.seconds(), i64::from(CLEAN_TIME.subsecond_nanos())), "{directory}");
    }
    assert_eq!(receipts[0].undo, Undo::Remove);
    assert!(world.private().is_empty(), "nothing was quarantined");
}

#[test]
fn a_second_run_changes_nothing_and_fetches_nothing() {
    let mut world = World::new();
    world.hacked("/a", "evil");
    world.write("/a", "clean");
    world.directory("/d", 0o755);
    world.write("/d/b", "b");
    world.quarantine("/nothing");
    let first = world.run();
    let inode = fs::metadata(world.at("/a")).unwrap().ino();
    let picture = world.picture();
    world.memory.0.clear();
    assert_eq!(world.run(), first);
    assert_eq!(fs::metadata(world.at("/a")).unwrap().ino(), inode);
    assert_eq!(world.picture(), picture);
    assert_eq!(first[3].state, StepState::AlreadyRight);
}

#[test]
fn what_is_right_already_is_left_alone() {
    let mut world = World::new();
    world.hacked("/a", "evil");
    world.write("/a", "clean");
    world.symlink("/l", "x");
    all_done(&world.run());
    let inode = fs::metadata(world.at("/a")).unwrap().ino();
    // Another case, which knows nothing of the first.
    fs::remove_dir_all(&world.case).unwrap();
    fs::create_dir(&world.case).unwrap();
    for receipt in world.run() {
        assert_eq!((receipt.state, receipt.undo), (StepState::AlreadyRight, Undo::Nothing));
    }
    assert_eq!(fs::metadata(world.at("/a")).unwrap().ino(), inode);
}

#[test]
fn metadata_is_set_only_on_the_right_content() {
    let mut world = World::new();
    let path = world.hacked("/a", "right");
    world.hacked("/b", "wrong");
    set_mode(&path, 0o6777);
    let wanted = metadata(EntryKind::File, 0o600);
    world.set_metadata("/a", "right", wanted.clone());
    world.set_metadata("/b", "right", wanted.clone());
    world.set_metadata("/c", "right", wanted);
    let inode = fs::metadata(&path).unwrap().ino();
    let receipts = world.run();
    assert_eq!(receipts[0].state, StepState::Done);
    assert_eq!((mode(&path), fs::metadata(&path).unwrap().ino()), (0o600, inode));
    assert!(matches!(receipts[0].undo, Undo::ResetMetadata { mode: 0o6777, .. }));
    assert_eq!(reason(&receipts[1]), "content_mismatch");
    assert_eq!(reason(&receipts[2]), "nothing_there");
}

#[test]
fn content_that_is_not_what_the_plan_says_never_reaches_the_target() {
    for (expected_size, given, answer) in
        [(5, &b"forged"[..], "more"), (6, b"forged", "hash"), (7, b"forged", "hash"), (5, b"", "hash")]
    {
        let mut world = World::new();
        world.hacked("/a", "evil");
        let before = world.picture();
        world.write_with(b"/a", b"clean!", Metadata { size: Some(expected_size), ..metadata(EntryKind::File, 0o600) });
        world.memory.0.insert(Sha256::of(b"clean!"), given.to_vec());
        let receipts = world.run();
        assert_eq!(reason(&receipts[0]), "content_mismatch", "{answer}");
        assert_eq!(world.picture(), before);
        assert!(world.private().is_empty());
    }
    let mut world = World::new();
    world.write("/a", "clean");
    world.memory.0.clear();
    let receipts = world.run();
    assert!(matches!(&receipts[0].state, StepState::Failed { detail } if detail.contains("blob is missing")));
}

#[test]
fn holes_stay_holes_and_large_files_arrive_whole() {
    let mut world = World::new();
    let mut content = vec![0_u8; 9 << 20];
    content[5 << 20] = 1;
    content.extend_from_slice(&[0; 12_345]);
    let wanted = Metadata { size: Some(content.len() as u64), ..metadata(EntryKind::File, 0o600) };
    world.write_with(b"/sparse", &content, wanted);
    all_done(&world.run());
    assert!(fs::read(world.at("/sparse")).unwrap() == content);
    let found = fs::metadata(world.at("/sparse")).unwrap();
    assert!(found.blocks() * 512 < 1 << 20, "{} blocks", found.blocks());
}

#[test]
fn quarantine_takes_what_the_attacker_made_and_nothing_else() {
    let mut world = World::new();
    world.hacked("/opt/kit/run.sh", "evil");
    world.hacked("/opt/mixed/evil", "evil");
    world.hacked("/opt/mixed/ours", "later work of somebody");
    world.quarantine("/opt/kit/run.sh");
    world.quarantine("/opt/kit");
    world.quarantine("/opt/mixed");
    world.quarantine("/opt/mixed/evil");
    let receipts = world.run();
    assert_eq!(receipts[0].state, StepState::Done);
    assert_eq!(receipts[1].state, StepState::Done);
    assert_eq!(reason(&receipts[2]), "directory_not_empty_of_others");
    assert_eq!(receipts[3].state, StepState::Done);
    assert_eq!(receipts[3].after, Fingerprint::Nothing);
    let left: Vec<_> = world.picture().into_keys().collect();
    assert_eq!(left, ["opt", "opt/mixed", "opt/mixed/ours"].map(std::path::PathBuf::from));
    let names: Vec<_> = world.quarantined().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["0001-run.sh", "0002-kit", "0004-evil"]);
}

#[test]
fn a_whole_directory_of_the_attacker_goes_as_it_is() {
    let mut world = World::new();
    world.hacked("/kit/deep/run.sh", "evil");
    for path in ["/kit", "/kit/deep", "/kit/deep/run.sh"] {
        world.quarantine(path);
    }
    let states: Vec<_> = world.run().into_iter().map(|receipt| receipt.state).collect();
    assert_eq!(states, [StepState::Done, StepState::AlreadyRight, StepState::AlreadyRight]);
    let kept = world.host.join(&world.private()[0]).join("0001-kit/deep/run.sh");
    assert_eq!(fs::read(kept).unwrap(), b"evil");
}

#[test]
fn a_missing_parent_is_never_invented() {
    let mut world = World::new();
    world.write("/gone/a", "a");
    let receipts = world.run();
    assert_eq!(reason(&receipts[0]), "parent_missing");
    assert!(world.picture().is_empty());
}

#[test]
fn each_mapping_has_its_own_place_and_nothing_lies_outside_them() {
    let mut world = World::new();
    let other = world.outside.join("var");
    fs::create_dir(&other).unwrap();
    fs::write(world.at("x"), "").unwrap();
    world.write("/var/a", "in var");
    world.write("/srv/host/b", "in host");
    world.write("/etc/c", "nowhere");
    world.write("/srv/hostile", "nowhere");
    let mapping = |prefix: &str, directory: &std::path::Path| PathMapping {
        host_prefix: prefix.into(),
        directory: directory.to_path_buf(),
    };
    let target = Target::open(&[mapping("/srv/host", &world.host), mapping("/var", &other)]).unwrap();
    let receipts = world.run_with(&target, &NoFaults).unwrap();
    assert_eq!(fs::read(other.join("a")).unwrap(), b"in var");
    assert_eq!(fs::read(world.at("b")).unwrap(), b"in host");
    assert_eq!(reason(&receipts[2]), "outside_target");
    assert_eq!(reason(&receipts[3]), "outside_target");
    assert!(Target::open(&[mapping("/a", &world.host), mapping("/a/", &other)]).is_err());
    assert!(Target::open(&[mapping("a/../b", &world.host)]).is_err());
}

#[test]
fn only_one_restore_of_a_case_runs_at_a_time() {
    let mut world = World::new();
    world.write("/a", "a");
    let held = fs::File::create(world.case.join("restore.lock")).unwrap();
    held.lock().unwrap();
    let error = world.run_with(&world.target(), &NoFaults).unwrap_err();
    assert!(matches!(error, restore::Error::AlreadyRunning { .. }));
    drop(held);
    all_done(&world.run());
}

#[test]
fn access_lists_and_capabilities_are_restored() {
    if !is_root() {
        eprintln!("SKIPPED: needs root to set file capabilities");
        return;
    }
    let mut world = World::new();
    let path = world.hacked("/a", "evil");
    // Version 2, entries user:: rw-, user:1234 rw-, group:: r--, mask rw-, other ---: linux/posix_acl_xattr.h.
    let entry = |tag: u16, permissions: u16, id: u32| {
        [&tag.to_le_bytes()[..], &permissions.to_le_bytes(), &id.to_le_bytes()].concat()
    };
    let any = u32::MAX;
    let list = [
        2_u32.to_le_bytes().to_vec(),
        entry(1, 6, any),
        entry(2, 6, 1234),
        entry(4, 4, any),
        entry(16, 6, any),
        entry(32, 0, any),
    ]
    .concat();
    // Revision 2 with CAP_NET_BIND_SERVICE permitted and effective: linux/capability.h.
    let capability = [0x0200_0001_u32, 1 << 10, 0, 0, 0].map(u32::to_le_bytes).concat();
    let attributes = vec![
        Xattr { name: "security.capability".into(), value: capability.into() },
        Xattr { name: "system.posix_acl_access".into(), value: list.into() },
        Xattr { name: "user.z".into(), value: vec![0, 255].into() },
    ];
    let wanted = Metadata {
        uid: Some(1000),
        gid: Some(1000),
        size: Some(5),
        xattrs: Some(attributes.clone()),
        ..metadata(EntryKind::File, 0o660)
    };
    world.write_with(b"/a", b"clean", wanted.clone());
    all_done(&world.run());
    assert_eq!(xattrs(&path), attributes);
    assert_eq!((mode(&path), fs::metadata(&path).unwrap().uid()), (0o660, 1000));

    // The same by metadata alone, where the attacker planted a capability and an access list of his own.
    let mut world = World::new();
    let path = world.hacked("/a", "clean");
    let planted = [0x0200_0001_u32, 1 << 21, 0, 0, 0].map(u32::to_le_bytes).concat();
    rustix::fs::setxattr(&path, "security.capability", &planted, rustix::fs::XattrFlags::empty()).unwrap();
    rustix::fs::setxattr(&path, "user.evil", b"x", rustix::fs::XattrFlags::empty()).unwrap();
    world.set_metadata("/a", "clean", wanted);
    all_done(&world.run());
    assert_eq!(xattrs(&path), attributes);
}

/// `cargo nextest run -p restore --run-ignored only --no-capture -E 'test(thousand)'` prints the time.
#[test]
#[ignore = "a measurement, not a check"]
fn a_thousand_small_files() {
    let mut world = World::new();
    for number in 0..1_000 {
        world.hacked(&format!("/data/{number}"), "evil");
        world.write(&format!("/data/{number}"), &format!("clean {number}").repeat(300));
    }
    let begin = std::time::Instant::now();
    all_done(&world.run());
    eprintln!("1,000 files of 3 kB replaced in {:?}", begin.elapsed());
}
