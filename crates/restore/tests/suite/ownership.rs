//! A restore without root: what it can do, it does; what it cannot, it says.

use std::{fs, os::unix::fs::MetadataExt as _};

use model::{EntryKind, Metadata, StepState, Xattr};
use restore::{NoFaults, Ownership, Run};
use stdx::FixedClock;

use crate::world::{CLEAN_TIME, World, metadata, mode};

fn run(world: &World, ownership: Ownership) -> Vec<model::Receipt> {
    let clock = FixedClock::at(CLEAN_TIME);
    let mut memory = world.memory.clone();
    let run = Run { case: &world.case, ownership, clock: &clock, faults: &NoFaults, progress: &mut |_| {} };
    restore::execute(&world.approved(), &world.target(), &mut memory, run).unwrap()
}

/// Wanted by somebody whom this process is not, whoever runs the test.
fn foreign(mode: u32) -> Metadata {
    Metadata { uid: Some(54_321), gid: Some(54_321), size: Some(5), ..metadata(EntryKind::File, mode) }
}

#[test]
fn skipped_owners_are_noted_and_their_set_id_bits_not_given_away() {
    let mut world = World::new();
    world.hacked("/a", "evil");
    world.write_with(b"/a", b"clean", foreign(0o4755));
    let receipts = run(&world, Ownership::Skip);
    let (uid, gid) = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
    assert_eq!(receipts[0].state, StepState::Done);
    let owner = format!("owner_not_restored wanted=54321:54321 found={uid}:{gid}");
    assert_eq!(receipts[0].notes, [owner, "set_id_bits_not_restored".to_string()]);
    assert_eq!(mode(&world.at("/a")), 0o755);
    let again = run(&world, Ownership::Skip);
    assert_eq!(again, receipts);
}

#[test]
fn exact_owners_are_set_or_the_step_fails() {
    let mut world = World::new();
    world.hacked("/a", "evil");
    world.write_with(b"/a", b"clean", foreign(0o4755));
    let receipts = run(&world, Ownership::Exact);
    if rustix::process::geteuid().is_root() {
        assert_eq!(receipts[0].state, StepState::Done);
        let found = fs::metadata(world.at("/a")).unwrap();
        assert_eq!((found.uid(), found.gid(), mode(&world.at("/a"))), (54_321, 54_321, 0o4755));
    } else {
        assert!(matches!(&receipts[0].state, StepState::Failed { detail } if detail.contains("owner")));
        assert_eq!(fs::read(world.at("/a")).unwrap(), b"evil");
    }
}

/// Runs the whole suite's core as an ordinary user, by starting this test binary again as one.
#[test]
fn the_same_tests_pass_without_root() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    // The binary may lie where others cannot read: a copy lies where they can.
    let directory = tempfile::tempdir_in("/tmp").unwrap();
    crate::world::set_mode(directory.path(), 0o755);
    let binary = directory.path().join("suite");
    fs::copy(std::env::current_exe().unwrap(), &binary).unwrap();
    crate::world::set_mode(&binary, 0o755);
    let mut command = std::process::Command::new(&binary);
    command.args(["steps::", "undo::", "hostile::", "ownership::", "--test-threads", "2"]).current_dir("/tmp");
    command.env("TMPDIR", "/tmp");
    use std::os::unix::process::CommandExt as _;
    command.uid(65_534).gid(65_534);
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(!text.contains(" 0 passed"), "{text}");
}

#[test]
fn attributes_that_only_root_may_set_are_noted() {
    if rustix::process::geteuid().is_root() {
        return;
    }
    let mut world = World::new();
    world.hacked("/a", "evil");
    let capability = [0x0200_0001_u32, 1 << 10, 0, 0, 0].map(u32::to_le_bytes).concat();
    let attributes = vec![
        Xattr { name: "security.capability".into(), value: capability.into() },
        Xattr { name: "user.note".into(), value: "x".into() },
    ];
    let wanted = Metadata { size: Some(5), xattrs: Some(attributes), ..metadata(EntryKind::File, 0o400) };
    world.write_with(b"/a", b"clean", wanted);
    let receipts = run(&world, Ownership::Skip);
    assert_eq!(receipts[0].state, StepState::Done, "{receipts:?}");
    assert_eq!(receipts[0].notes, ["attribute_not_restored name=security.capability"]);
}
