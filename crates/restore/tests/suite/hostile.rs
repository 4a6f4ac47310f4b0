//! Trees that an attacker prepared: nothing is written outside, nothing hangs, nothing is opened for its effect.

use std::{
    fs,
    os::unix::fs::{FileTypeExt as _, MetadataExt as _, symlink},
    path::{Path, PathBuf},
    process::Command,
};

use model::{Bytes, EntryKind, Fingerprint, StepState};
use restore::{NoFaults, PathMapping, Target, inspect, observe};
use rustix::fs::{FileType, Mode};

use crate::world::{World, all_done, is_root, metadata, reason, snapshot};

/// Both walks must hold against everything.
fn targets(world: &World) -> [Target; 2] {
    let mapping = [PathMapping { host_prefix: "/".into(), directory: world.host.clone() }];
    [Target::open(&mapping).unwrap(), Target::open_component_wise(&mapping).unwrap()]
}

/// Runs the same world with both walks; `outside` must never change.
fn with_both(prepare: impl Fn(&mut World), check: impl Fn(&World, &[model::Receipt])) {
    for index in 0..2 {
        let mut world = World::new();
        fs::write(world.outside.join("canary"), "canary").unwrap();
        prepare(&mut world);
        let before = tree(&world.outside);
        let target = &targets(&world)[index];
        let receipts = world.run_with(target, &NoFaults).unwrap();
        assert_eq!(tree(&world.outside), before, "something outside changed");
        check(&world, &receipts);
    }
}

fn tree(directory: &Path) -> Vec<(PathBuf, String)> {
    let mut all: Vec<_> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.clone(), snapshot(&path)))
        .collect();
    all.sort();
    all
}

#[test]
fn a_link_planted_at_the_file_is_taken_away_and_not_followed() {
    with_both(
        |world| {
            symlink(world.outside.join("canary"), world.at("a")).unwrap();
            world.write("/a", "clean");
        },
        |world, receipts| {
            all_done(receipts);
            assert!(fs::symlink_metadata(world.at("a")).unwrap().is_file());
            assert!(world.quarantined()[0].1.starts_with("link"));
        },
    );
}

#[test]
fn a_link_planted_at_any_parent_stops_the_step() {
    with_both(
        |world| {
            fs::create_dir(world.outside.join("deep")).unwrap();
            symlink(&world.outside, world.at("one")).unwrap();
            fs::create_dir(world.at("real")).unwrap();
            symlink("../../outside/deep", world.at("real/two")).unwrap();
            symlink(".", world.at("real/self")).unwrap();
            for path in ["/one/canary", "/one/deep/x", "/real/two/x", "/real/self/x"] {
                world.write(path, "clean");
            }
            world.directory("/one/new", 0o755);
            world.symlink("/one/link", "x");
            world.quarantine("/one/canary");
            world.set_metadata("/one/canary", "canary", metadata(EntryKind::File, 0o777));
        },
        |_, receipts| {
            for receipt in receipts {
                assert_eq!(reason(receipt), "unsafe_parent");
            }
        },
    );
}

#[test]
fn a_directory_that_was_replaced_by_a_link_becomes_a_directory_again() {
    with_both(
        |world| {
            symlink(&world.outside, world.at("data")).unwrap();
            world.directory("/data", 0o755);
            world.write("/data/a", "clean");
        },
        |world, receipts| {
            all_done(receipts);
            assert_eq!(fs::read(world.at("data/a")).unwrap(), b"clean");
        },
    );
}

#[test]
fn a_hard_link_is_never_written_through() {
    with_both(
        |world| {
            let canary = world.outside.join("canary");
            fs::hard_link(&canary, world.at("a")).unwrap();
            fs::hard_link(&canary, world.at("b")).unwrap();
            world.write("/a", "clean");
            world.set_metadata("/b", "canary", metadata(EntryKind::File, 0o777));
        },
        |world, receipts| {
            assert_eq!(receipts[0].state, StepState::Done);
            assert_eq!(receipts[0].notes, ["former_object_has_other_links count=3"]);
            assert_eq!(reason(&receipts[1]), "hard_linked");
            assert_eq!(fs::read(world.outside.join("canary")).unwrap(), b"canary");
            assert_eq!(fs::metadata(world.at("a")).unwrap().nlink(), 1);
        },
    );
}

#[test]
fn a_hard_link_with_the_right_content_still_gets_an_inode_of_its_own() {
    with_both(
        |world| {
            let canary = world.outside.join("canary");
            fs::hard_link(&canary, world.at("a")).unwrap();
            let wanted = observe(&world.target(), &"/a".into()).unwrap().unwrap().metadata;
            world.write_with(b"/a", b"canary", model::Metadata { links: Some(1), ..wanted });
        },
        |world, receipts| {
            all_done(receipts);
            assert_eq!(fs::metadata(world.at("a")).unwrap().nlink(), 1);
        },
    );
}

#[test]
fn fifos_sockets_and_devices_are_moved_away_unopened() {
    with_both(
        |world| {
            let make = |name: &str, kind: FileType, device: u64| {
                rustix::fs::mknodat(rustix::fs::CWD, world.at(name), kind, Mode::from_raw_mode(0o666), device)
            };
            make("fifo", FileType::Fifo, 0).unwrap();
            make("fifo2", FileType::Fifo, 0).unwrap();
            make("fifo3", FileType::Fifo, 0).unwrap();
            drop(std::os::unix::net::UnixListener::bind(world.at("socket")).unwrap());
            if is_root() {
                // 5:1 is the console, 10:130 a watchdog: opening the latter would reset the machine.
                make("char", FileType::CharacterDevice, rustix::fs::makedev(10, 130)).unwrap();
                make("block", FileType::BlockDevice, rustix::fs::makedev(7, 99)).unwrap();
            } else {
                eprintln!("devices SKIPPED: only root can make them");
                fs::write(world.at("char"), "").unwrap();
                fs::write(world.at("block"), "").unwrap();
            }
            for name in ["/fifo", "/socket", "/char", "/block"] {
                world.write(name, "clean");
            }
            world.quarantine("/fifo2");
            world.set_metadata("/fifo3", "clean", metadata(EntryKind::File, 0o600));
        },
        |world, receipts| {
            all_done(&receipts[..5]);
            assert_eq!(reason(&receipts[5]), "kind_mismatch");
            assert!(fs::symlink_metadata(world.at("fifo3")).unwrap().file_type().is_fifo());
            let kinds: Vec<_> = receipts.iter().filter_map(|receipt| kind_of(&receipt.before)).collect();
            if is_root() {
                assert_eq!(kinds, ["fifo", "socket", "char", "block", "fifo", "fifo"]);
            }
        },
    );
}

fn kind_of(print: &Fingerprint) -> Option<&str> {
    match print {
        Fingerprint::Something { kind, .. } => Some(kind),
        Fingerprint::Nothing => None,
    }
}

#[test]
fn a_directory_in_the_way_moves_only_when_it_is_empty() {
    with_both(
        |world| {
            world.hacked("/full/later", "somebody's");
            fs::create_dir(world.at("empty")).unwrap();
            world.write("/full", "clean");
            world.symlink("/full", "clean");
            world.write("/empty", "clean");
        },
        |world, receipts| {
            assert_eq!(reason(&receipts[0]), "directory_in_the_way");
            assert_eq!(reason(&receipts[1]), "directory_in_the_way");
            assert!(!world.at("/kit/deep/run").exists(), "what the plan names went all the same");
            assert_eq!(fs::read(world.at("full/later")).unwrap(), b"somebody's");
        },
    );
}

#[test]
fn names_are_plain_components_or_refused() {
    with_both(
        |world| {
            let long = format!("/{}", "x".repeat(256));
            for path in ["", "relative", "/../outside/canary", "/a/../../outside/canary", "/./a", &long, "/a\0b"] {
                world.write(path, "clean");
            }
            let deep = format!("/{}", "d/".repeat(3_000));
            world.write(&deep, "clean");
            world.write("/", "clean");
            world.write("//", "clean");
            world.write("/.yobitsugi-staging-x/a", "clean");
            world.quarantine("/.yobitsugi-quarantine-x");
        },
        |world, receipts| {
            let reasons: Vec<_> = receipts.iter().map(reason).collect();
            assert_eq!(reasons[..7], ["unsafe_name"; 7]);
            assert!(["unsafe_name", "parent_missing"].contains(&reasons[7]), "{}", reasons[7]);
            assert_eq!(reasons[8..], ["path_is_target_root", "path_is_target_root", "reserved_name", "reserved_name"]);
            assert!(world.picture().is_empty());
        },
    );
}

#[test]
fn names_that_fool_terminals_are_kept_as_they_are_and_harmless_in_quarantine() {
    let names: [&[u8]; 5] = [b"line\nbreak", b"\x1b[2Jescape", b"\xff\xfenot utf-8", b"-rf", &[b'l'; 255]];
    with_both(
        |world| {
            for name in names {
                let path = world.host.join(std::ffi::OsStr::new(""));
                let path = path.join(<std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(name));
                fs::write(path, "evil").unwrap();
                let host_path = [b"/", name].concat();
                let wanted = model::Metadata { size: Some(5), ..metadata(EntryKind::File, 0o600) };
                world.write_with(&host_path, b"clean", wanted);
            }
        },
        |world, receipts| {
            all_done(receipts);
            for (name, _) in world.quarantined() {
                assert!(name.bytes().all(|byte| byte.is_ascii_graphic()), "{name:?}");
                assert!(name.len() < 255);
            }
            for name in names {
                let path = Bytes([b"/", name].concat());
                assert_eq!(
                    crate::world::hash_in(&inspect(&world.target(), &path).unwrap()),
                    Some(model::Sha256::of(b"clean"))
                );
            }
        },
    );
}

#[test]
fn a_planted_private_directory_is_not_ours() {
    with_both(
        |world| {
            world.hacked("/a", "evil");
            world.write("/a", "clean");
            let short = world.approved().plan().id.short();
            symlink(&world.outside, world.at(&format!(".yobitsugi-staging-{short}"))).unwrap();
            fs::create_dir(world.at(&format!(".yobitsugi-quarantine-{short}-1"))).unwrap();
        },
        |world, receipts| {
            all_done(receipts);
            assert!(world.private().iter().any(|name| name.ends_with("-2")), "{:?}", world.private());
        },
    );
}

#[test]
fn a_target_behind_a_link_is_refused() {
    let world = World::new();
    let link = world.outside.join("link");
    symlink(&world.host, &link).unwrap();
    fs::create_dir(world.host.join("sub")).unwrap();
    for path in [link.clone(), link.join("sub")] {
        let mapping = PathMapping { host_prefix: "/".into(), directory: path };
        assert!(matches!(Target::open(&[mapping]), Err(restore::Error::TargetThroughLink { .. })));
    }
}

#[test]
fn immutable_and_append_only_files_are_refused_with_their_flag() {
    let mut world = World::new();
    let flags = [("/locked", "+i", "immutable"), ("/log", "+a", "append_only"), ("/dir", "+i", "immutable")];
    world.hacked("/locked", "evil");
    world.hacked("/log", "evil");
    fs::create_dir(world.at("/dir")).unwrap();
    for (path, flag, _) in flags {
        let done = Command::new("chattr").arg(flag).arg(world.at(path)).output();
        if !done.is_ok_and(|output| output.status.success()) {
            eprintln!("SKIPPED: chattr {flag} does not work here (needs root and ext4, XFS or btrfs)");
            unlock(&world);
            return;
        }
    }
    world.write("/locked", "clean");
    world.write("/log", "clean");
    world.write("/dir/new", "clean");
    world.set_metadata("/locked", "evil", metadata(EntryKind::File, 0o777));
    world.quarantine("/log");
    let before = world.picture();
    let receipts = world.run();
    let after = world.picture();
    unlock(&world);
    let reasons: Vec<_> = receipts.iter().map(reason).collect();
    assert_eq!(reasons, ["immutable", "append_only", "immutable", "immutable", "append_only"]);
    assert_eq!(after, before);
    all_done(&world.run()[..2]);
}

fn unlock(world: &World) {
    for path in ["/locked", "/log", "/dir"] {
        let _ = Command::new("chattr").arg("-ia").arg(world.at(path)).output();
    }
}

/// A mount that is taken away again when the test ends, however it ends.
struct Mounted(PathBuf);

impl Mounted {
    fn tmpfs(at: &Path) -> Option<Self> {
        Self::run(at, &["-t", "tmpfs", "tmpfs"])
    }

    fn bind(from: &Path, at: &Path) -> Option<Self> {
        Self::run(at, &["--bind", from.to_str()?])
    }

    fn run(at: &Path, arguments: &[&str]) -> Option<Self> {
        let done = Command::new("mount").args(arguments).arg(at).output();
        if done.is_ok_and(|output| output.status.success()) {
            return Some(Self(at.to_path_buf()));
        }
        eprintln!("SKIPPED: mounting needs root");
        None
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).output();
    }
}

#[test]
fn mounts_lead_nowhere_unless_they_are_mapped() {
    for index in 0..2 {
        let mut world = World::new();
        for directory in ["/disk", "/bound", "/busy"] {
            fs::create_dir(world.at(directory)).unwrap();
        }
        fs::write(world.at("/file"), "evil").unwrap();
        fs::write(world.outside.join("canary"), "canary").unwrap();
        let Some(_disk) = Mounted::tmpfs(&world.at("/disk")) else { return };
        // Same file system, so that only the mount itself gives it away.
        let Some(_bound) = Mounted::bind(&world.outside, &world.at("/bound")) else { return };
        let Some(_file) = Mounted::bind(&world.outside.join("canary"), &world.at("/file")) else { return };
        world.write("/disk/a", "clean");
        world.write("/bound/canary", "clean");
        world.write("/file", "clean");
        world.quarantine("/bound");
        world.directory("/disk", 0o700);
        let receipts = world.run_with(&targets(&world)[index], &NoFaults).unwrap();
        for receipt in &receipts {
            assert_eq!(reason(receipt), "mount_point");
        }
        assert_eq!(fs::read(world.outside.join("canary")).unwrap(), b"canary");
        assert!(inspect(&targets(&world)[index], &"/bound/canary".into()).is_err());

        fs::remove_dir_all(&world.case).unwrap();
        fs::create_dir(&world.case).unwrap();
        let mapping = |prefix: &str, directory: PathBuf| PathMapping { host_prefix: prefix.into(), directory };
        let mapped = [mapping("/", world.host.clone()), mapping("/disk", world.at("/disk"))];
        let receipts = world.run_with(&Target::open(&mapped).unwrap(), &NoFaults).unwrap();
        assert_eq!(receipts[0].state, StepState::Done, "its own mapping makes the mount legitimate");
    }
}

/// Mounts something over the parent while the step is being prepared.
struct MountsMeanwhile<'a> {
    world: &'a World,
    mounted: std::cell::RefCell<Option<Mounted>>,
}

impl restore::FaultPoint for MountsMeanwhile<'_> {
    fn reach(&self, call: &'static str) -> std::io::Result<()> {
        if call == "write" && self.mounted.borrow().is_none() {
            *self.mounted.borrow_mut() = Mounted::bind(&self.world.outside, &self.world.at("/etc"));
        }
        Ok(())
    }
}

#[test]
fn a_mount_that_appears_during_the_step_stops_it() {
    let mut world = World::new();
    world.hacked("/etc/passwd", "evil");
    fs::write(world.outside.join("passwd"), "canary").unwrap();
    world.write("/etc/passwd", "clean");
    if !is_root() {
        eprintln!("SKIPPED: mounting needs root");
        return;
    }
    let mounts = MountsMeanwhile { world: &world, mounted: None.into() };
    let receipts = world.run_with(&world.target(), &mounts).unwrap();
    drop(mounts);
    assert_eq!(reason(&receipts[0]), "mount_point");
    assert_eq!(fs::read(world.outside.join("passwd")).unwrap(), b"canary");
    assert_eq!(fs::read(world.at("/etc/passwd")).unwrap(), b"evil");
    assert!(world.private().is_empty());
}

/// Does something to the target at the very moment before the Nth call of a name.
struct Meanwhile<'a> {
    call: &'static str,
    act: Box<dyn Fn() + 'a>,
    done: std::cell::Cell<bool>,
}

impl restore::FaultPoint for Meanwhile<'_> {
    fn reach(&self, call: &'static str) -> std::io::Result<()> {
        if call == self.call && !self.done.replace(true) {
            (self.act)();
        }
        Ok(())
    }
}

#[test]
fn what_changes_between_the_look_and_the_swap_is_given_back() {
    for moment in ["write", "exchange"] {
        let mut world = World::new();
        let path = world.hacked("/a", "evil");
        world.write("/a", "clean");
        let later = world.outside.join("later");
        fs::write(&later, "somebody's later work").unwrap();
        let replaces =
            Meanwhile { call: moment, act: Box::new(|| fs::rename(&later, &path).unwrap()), done: false.into() };
        let receipts = world.run_with(&world.target(), &replaces).unwrap();
        assert_eq!(reason(&receipts[0]), "changed_during_restore", "{moment}");
        assert_eq!(fs::read(&path).unwrap(), b"somebody's later work", "{moment}");
        assert!(world.private().is_empty(), "{moment}: {:?}", world.private());
    }
    for moment in ["write", "rename"] {
        let mut world = World::new();
        world.write("/a", "clean");
        let path = world.at("/a");
        let appears = Meanwhile {
            call: moment,
            act: Box::new(|| fs::write(&path, "somebody's later work").unwrap()),
            done: false.into(),
        };
        let receipts = world.run_with(&world.target(), &appears).unwrap();
        assert_eq!(reason(&receipts[0]), "changed_during_restore", "{moment}");
        assert_eq!(fs::read(&path).unwrap(), b"somebody's later work", "{moment}");
    }
}

#[test]
fn metadata_is_not_given_to_content_that_changed_after_it_was_compared() {
    let mut world = World::new();
    let path = world.hacked("/a", "same");
    crate::world::set_mode(&path, 0o600);
    world.set_metadata("/a", "same", metadata(EntryKind::File, 0o4755));
    // The attributes are compared after the content was hashed.
    let rewrites =
        Meanwhile { call: "listxattr", act: Box::new(|| fs::write(&path, "evil").unwrap()), done: false.into() };
    let receipts = world.run_with(&world.target(), &rewrites).unwrap();
    assert_eq!(reason(&receipts[0]), "changed_during_restore");
    assert_eq!(crate::world::mode(&path), 0o600);
}

#[test]
fn something_put_into_a_directory_just_before_it_is_quarantined_comes_back() {
    // Below a directory of the directory, only the second comparison with the plan can notice it.
    for place in ["/kit/later", "/kit/deep/later"] {
        let mut world = World::new();
        world.hacked("/kit/deep/run", "evil");
        world.quarantine("/kit");
        world.quarantine("/kit/deep");
        world.quarantine("/kit/deep/run");
        let later = world.at(place);
        let appears = Meanwhile {
            call: "rename",
            act: Box::new(|| fs::write(&later, "somebody's").unwrap()),
            done: false.into(),
        };
        let receipts = world.run_with(&world.target(), &appears).unwrap();
        assert!(matches!(receipts[0].state, StepState::Refused { .. }), "{:?}", receipts[0]);
        assert_eq!(fs::read(&later).unwrap(), b"somebody's");
        assert!(!world.at("/kit/deep/run").exists(), "what the plan names went all the same");
    }
}

#[test]
fn a_planted_file_of_exabytes_does_not_stop_the_restore() {
    let mut world = World::new();
    let path = world.at("/a");
    // Would take hours to hash.
    let file = fs::File::create(&path).unwrap();
    if file.set_len(8 << 40).is_err() {
        eprintln!("SKIPPED: this file system has no such large files");
        return;
    }
    world.write("/a", "clean");
    fs::File::create(world.at("/b")).unwrap().set_len(12 << 30).unwrap();
    world.quarantine("/b");
    let receipts = world.run();
    all_done(&receipts);
    for receipt in &receipts {
        assert_eq!(crate::world::hash_in(&receipt.before), None);
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 48, failure_persistence: None, ..Default::default() })]

    #[test]
    fn no_path_and_no_action_leads_outside(
        parts in proptest::collection::vec(
            proptest::sample::select(vec!["..", ".", "a", "real", "link", "up", "loop", "", "canary", "outside", "\u{1b}", "\n"]),
            0..6,
        ),
        action in 0..5,
    ) {
        let mut world = World::in_memory();
        fs::write(world.outside.join("canary"), "canary").unwrap();
        fs::create_dir_all(world.at("real/real")).unwrap();
        symlink(&world.outside, world.at("link")).unwrap();
        symlink("../outside", world.at("real/link")).unwrap();
        symlink("..", world.at("up")).unwrap();
        symlink("loop", world.at("loop")).unwrap();
        let path = format!("/{}", parts.join("/"));
        match action {
            0 => world.write(&path, "clean"),
            1 => world.set_metadata(&path, "canary", metadata(EntryKind::File, 0o777)),
            2 => world.directory(&path, 0o700),
            3 => world.symlink(&path, "x"),
            _ => world.quarantine(&path),
        };
        let before = (tree(&world.outside), tree(world.host.parent().unwrap()).len());
        for target in targets(&world) {
            world.run_with(&target, &NoFaults).unwrap();
        }
        let after = (tree(&world.outside), tree(world.host.parent().unwrap()).len());
        proptest::prop_assert_eq!(after, before);
    }
}
