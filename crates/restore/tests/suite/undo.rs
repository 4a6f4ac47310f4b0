//! After an undo the tree is exactly as it was.

use std::{collections::BTreeSet, fs};

use model::{EntryKind, StepState, Xattr};
use restore::Selection;

use crate::world::{World, all_done, metadata, set_mode};

fn mixed() -> World {
    let mut world = World::new();
    world.hacked("/etc/passwd", "evil");
    set_mode(&world.at("/etc"), 0o777);
    let set = world.hacked("/etc/shadow", "same");
    set_mode(&set, 0o6666);
    rustix::fs::setxattr(&set, "user.was", b"here", rustix::fs::XattrFlags::empty()).unwrap();
    world.hacked("/kit/run", "evil");
    std::os::unix::fs::symlink("/outside", world.at("/etc/link")).unwrap();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        world.at("/etc/pipe"),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::from_raw_mode(0o600),
        0,
    )
    .unwrap();
    world.directory("/etc", 0o755);
    world.write("/etc/passwd", "clean");
    let attributes = Some(vec![Xattr { name: "user.now".into(), value: "there".into() }]);
    world.set_metadata(
        "/etc/shadow",
        "same",
        model::Metadata { xattrs: attributes, ..metadata(EntryKind::File, 0o400) },
    );
    world.write("/etc/link", "a file again");
    world.write("/etc/pipe", "a file again");
    world.directory("/new", 0o700);
    world.write("/new/a", "a");
    world.symlink("/new/l", "a");
    world.quarantine("/kit/run");
    world.quarantine("/kit");
    world
}

#[test]
fn undoing_everything_brings_the_former_tree_back() {
    let world = mixed();
    let before = world.picture();
    all_done(&world.run());
    assert_ne!(world.picture(), before);
    let undone = world.undo(&Selection::All);
    assert!(undone.refused.is_empty(), "{:?}", undone.refused);
    assert!(undone.receipts.iter().all(|receipt| receipt.state == StepState::Undone));
    assert_eq!(world.picture(), before);
    assert!(world.private().is_empty(), "{:?}", world.private());
    assert!(world.undo(&Selection::All).refused.is_empty(), "undoing twice does nothing");
    all_done(&world.run());
    assert_eq!(fs::read(world.at("/etc/passwd")).unwrap(), b"clean", "and it can be done again");
}

#[test]
fn single_steps_can_be_undone() {
    let world = mixed();
    all_done(&world.run());
    let undone = world.undo(&Selection::Steps(BTreeSet::from([2])));
    assert_eq!(fs::read(world.at("/etc/passwd")).unwrap(), b"evil");
    let count = undone.receipts.iter().filter(|receipt| receipt.state == StepState::Undone).count();
    assert_eq!(count, 1);
}

#[test]
fn later_work_is_never_undone_away() {
    let world = mixed();
    all_done(&world.run());
    fs::write(world.at("/etc/passwd"), "clean and a new user").unwrap();
    // Of the same length, in the same inode.
    fs::write(world.at("/etc/pipe"), "A FILE AGAIN").unwrap();
    fs::write(world.at("/new/later"), "somebody's").unwrap();
    fs::write(world.at("/kit"), "a new thing under the old name").unwrap();
    let undone = world.undo(&Selection::All);
    let refused: Vec<_> = undone.refused.iter().map(|(step, refusal)| (*step, refusal.reason)).collect();
    let expected = [
        (10, "changed_since_restore"),
        (9, "unsafe_parent"),
        (6, "directory_not_empty"),
        (5, "changed_since_restore"),
        (2, "changed_since_restore"),
    ];
    assert_eq!(refused, expected);
    assert_eq!(fs::read(world.at("/etc/passwd")).unwrap(), b"clean and a new user");
    assert_eq!(fs::read(world.at("/new/later")).unwrap(), b"somebody's");
}

#[test]
fn a_plan_that_was_never_executed_cannot_be_undone() {
    let world = mixed();
    let error = world.undo_with(&Selection::All, &restore::NoFaults).unwrap_err();
    assert!(matches!(error, restore::Error::NeverExecuted { .. }));
}
