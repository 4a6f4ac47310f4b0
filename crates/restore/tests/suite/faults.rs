//! Every operation fails once, with every error; and the machine dies before every operation.

use std::{cell::Cell, collections::BTreeMap, fs, io, path::PathBuf};

use model::{EntryKind, StepState};
use restore::{Error, FaultPoint, NoFaults, Selection};
use rustix::io::Errno;

use crate::world::{World, all_done, metadata, set_mode, snapshot};

/// Fails the Nth operation, and from then on every one if the machine is dead.
struct FailsAt {
    left: Cell<u64>,
    error: Errno,
    is_dead_after: bool,
}

impl FailsAt {
    fn once(at: u64, error: Errno) -> Self {
        Self { left: Cell::new(at), error, is_dead_after: false }
    }

    fn dies(at: u64) -> Self {
        Self { left: Cell::new(at), error: Errno::IO, is_dead_after: true }
    }
}

impl FaultPoint for FailsAt {
    fn reach(&self, _call: &'static str) -> io::Result<()> {
        match self.left.get() {
            0 if self.is_dead_after => Err(self.error.into()),
            0 => Ok(()),
            1 => {
                self.left.set(0);
                Err(self.error.into())
            }
            left => {
                self.left.set(left - 1);
                Ok(())
            }
        }
    }
}

struct Counts(Cell<u64>);

impl FaultPoint for Counts {
    fn reach(&self, _call: &'static str) -> io::Result<()> {
        self.0.set(self.0.get() + 1);
        Ok(())
    }
}

/// One step of every kind, in every way that it can act.
fn small_world() -> World {
    let mut world = World::in_memory();
    world.hacked("/etc/passwd", "evil");
    world.hacked("/kit/run", "evil");
    let set = world.hacked("/set", "same");
    set_mode(&set, 0o4755);
    world.hacked("/changed", "x");
    std::os::unix::fs::symlink("/outside", world.at("/planted")).unwrap();
    world.directory("/etc", 0o750);
    world.write("/etc/passwd", "clean");
    world.directory("/new", 0o755);
    world.write("/new/file", "new");
    world.directory("/planted", 0o700);
    world.symlink("/changed", "elsewhere");
    world.set_metadata("/set", "same", metadata(EntryKind::File, 0o600));
    world.quarantine("/kit");
    world.quarantine("/kit/run");
    world.settle_times();
    world
}

/// The paths of the small world's steps, by step.
fn paths(world: &World) -> Vec<PathBuf> {
    world.steps.iter().map(|step| world.at(std::str::from_utf8(step.path.as_bytes()).unwrap())).collect()
}

fn snapshots(world: &World) -> Vec<String> {
    paths(world).iter().map(|path| snapshot(path)).collect()
}

fn operations(run: impl Fn(&dyn FaultPoint)) -> u64 {
    let counts = Counts(Cell::new(0));
    run(&counts);
    counts.0.get()
}

/// Old and new state of every step's object, from a run without faults.
fn old_and_new() -> (Vec<String>, Vec<String>, u64) {
    let world = small_world();
    let old = snapshots(&world);
    let count = operations(|counts| {
        world.run_with(&world.target(), counts).unwrap();
    });
    (old, snapshots(&world), count)
}

#[test]
fn whichever_operation_fails_its_step_is_taken_back_and_the_others_go_on() {
    let (old, new, count) = old_and_new();
    assert!(count > 200, "only {count} operations pass the fault point");
    let mut failed_steps = BTreeMap::new();
    for error in [Errno::NOSPC, Errno::IO, Errno::ACCESS, Errno::PERM] {
        for at in 1..=count {
            let world = small_world();
            let context = format!("{error:?} at operation {at} of {count}");
            let receipts = match world.run_with(&world.target(), &FailsAt::once(at, error)) {
                Ok(receipts) => receipts,
                Err(Error::Journal { .. }) => {
                    // Without a journal nothing may go on; the next run does.
                    check_resumed(&world, &new, &context);
                    continue;
                }
                Err(other) => panic!("{context}: {other}"),
            };
            let now = snapshots(&world);
            for (index, receipt) in receipts.iter().enumerate() {
                let is_gone_with_parent = index == 8 && receipts[7].state == StepState::Done;
                match &receipt.state {
                    StepState::Done => assert_eq!(now[index], new[index], "{context}, step {}", receipt.step),
                    StepState::AlreadyRight if is_gone_with_parent => {}
                    StepState::Failed { .. } | StepState::Refused { .. } => {
                        *failed_steps.entry(receipt.step).or_insert(0) += 1;
                        let children_of_missing = index == 3 && receipts[2].state != StepState::Done;
                        let is_elsewhere = children_of_missing || is_gone_with_parent;
                        let expected = if is_elsewhere { "nothing" } else { &old[index] };
                        assert_eq!(now[index], expected, "{context}, {receipt:?}");
                        assert!(!receipt.notes.contains(&"not_put_back".to_string()), "{context}, {receipt:?}");
                    }
                    other => panic!("{context}: step {} is {other:?}", receipt.step),
                }
            }
            let failed = receipts.iter().filter(|receipt| matches!(receipt.state, StepState::Failed { .. })).count();
            assert!(failed <= 1, "{context}: one fault failed {failed} steps: {receipts:#?}");
            check_resumed(&world, &new, &context);
        }
    }
    for step in 1..=8 {
        assert!(failed_steps.contains_key(&step), "step {step} never failed: {failed_steps:?}");
    }
}

/// A run without faults brings everything into its new state and leaves nothing but quarantine.
fn check_resumed(world: &World, new: &[String], context: &str) {
    world.run_with(&world.target(), &NoFaults).unwrap_or_else(|error| panic!("{context}, resumed: {error}"));
    assert_eq!(snapshots(world), new, "{context}, resumed");
    assert!(world.private().iter().all(|name| name.contains("quarantine")), "{context}: {:?}", world.private());
    let kept: Vec<_> = world.quarantined().into_iter().map(|(_, what)| what).collect();
    for expected in ["file", "link", "file", "directory"] {
        assert!(kept.iter().any(|what| what.starts_with(expected)), "{context}: {expected} is not in {kept:?}");
    }
    // Where the directory's own step failed first, what was in it went by itself.
    let alone = usize::from(world.quarantined().iter().any(|(name, _)| name.ends_with("-run")));
    assert_eq!(kept.len(), 4 + alone, "{context}: {kept:?}");
}

#[test]
fn whenever_the_machine_dies_each_object_is_old_or_new_and_the_next_run_completes() {
    let (old, new, count) = old_and_new();
    for at in 1..=count {
        let world = small_world();
        let context = format!("death at operation {at} of {count}");
        let _ = world.run_with(&world.target(), &FailsAt::dies(at));
        let now = snapshots(&world);
        for index in 0..now.len() {
            // Metadata set in place (the directory and the file) may be half set; the modes below are all it may show.
            let is_in_place = index == 0 || index == 6;
            let is_old_or_new = now[index] == old[index] || now[index] == new[index] || now[index] == "nothing";
            assert!(is_old_or_new || is_in_place, "{context}: {}", now[index]);
            let was_there = old[index] != "nothing" && new[index] != "nothing";
            assert!(!was_there || now[index] != "nothing", "{context}: {} is gone", world.steps[index].path);
        }
        check_resumed(&world, &new, &context);
        check_undo(&world, &old, &context);
    }
}

/// After all of it, everything can still be undone to the very first state.
fn check_undo(world: &World, old: &[String], context: &str) {
    let undone = world.undo(&Selection::All);
    assert!(undone.refused.is_empty(), "{context}: {:?}", undone.refused);
    assert_eq!(snapshots(world), old, "{context}, undone");
    assert!(world.private().is_empty(), "{context}: {:?}", world.private());
}

#[test]
fn whenever_the_machine_dies_in_an_undo_the_next_one_completes() {
    let (old, new, _) = old_and_new();
    let world = small_world();
    all_or_right(&world);
    let count = operations(|counts| {
        world.undo_with(&Selection::All, counts).unwrap();
    });
    for at in 1..=count {
        let world = small_world();
        all_or_right(&world);
        let context = format!("death at operation {at} of {count} of the undo");
        let _ = world.undo_with(&Selection::All, &FailsAt::dies(at));
        for (index, now) in snapshots(&world).iter().enumerate() {
            let is_in_place = index == 0 || index == 6;
            assert!(*now == old[index] || *now == new[index] || is_in_place || now == "nothing", "{context}: {now}");
        }
        check_undo(&world, &old, &context);
    }
}

fn all_or_right(world: &World) {
    let receipts = world.run();
    all_done(&receipts[..8]);
    assert_eq!(receipts[8].state, StepState::AlreadyRight);
}

/// The machine dies right after the Nth call of a name was let through.
struct DiesAfter {
    call: &'static str,
    is_dead: Cell<bool>,
}

impl FaultPoint for DiesAfter {
    fn reach(&self, call: &'static str) -> io::Result<()> {
        if self.is_dead.get() {
            return Err(Errno::IO.into());
        }
        self.is_dead.set(call == self.call);
        Ok(())
    }
}

#[test]
fn a_change_that_cannot_be_settled_now_is_settled_later() {
    let mut world = World::in_memory();
    world.hacked("/etc/passwd", "evil");
    world.write("/etc/passwd", "clean");
    world.write("/other", "clean");
    let _ = world.run_with(&world.target(), &DiesAfter { call: "exchange", is_dead: false.into() });
    assert_eq!(fs::read(world.at("/etc/passwd")).unwrap(), b"clean", "it died after the swap");
    // Before the next run somebody puts a link in place of the directory.
    fs::rename(world.at("/etc"), world.at("/etc-real")).unwrap();
    std::os::unix::fs::symlink("/etc", world.at("/etc")).unwrap();
    for _ in 0..2 {
        let receipts = world.run();
        assert_eq!(crate::world::reason(&receipts[0]), "unsafe_parent");
        assert!(receipts[0].notes.contains(&"interrupted_and_not_settled".to_string()));
        assert!(matches!(receipts[1].state, StepState::Done));
        assert_eq!(world.undo(&Selection::Steps([1].into())).refused.len(), 1);
    }
    fs::remove_file(world.at("/etc")).unwrap();
    fs::rename(world.at("/etc-real"), world.at("/etc")).unwrap();
    all_done(&world.run());
    assert_eq!(world.quarantined().len(), 1);
    assert!(world.undo(&Selection::All).refused.is_empty());
    assert_eq!(fs::read(world.at("/etc/passwd")).unwrap(), b"evil");
    assert!(world.private().is_empty());
}

#[test]
fn the_fault_sweep_would_notice_a_lost_file() {
    // The sweep's own proof: a world whose quarantine lost an object does not pass.
    let world = small_world();
    let (_, new, _) = old_and_new();
    all_or_right(&world);
    let kept = world.host.join(&world.private()[0]).join("0002-passwd");
    fs::remove_file(kept).unwrap();
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| check_resumed(&world, &new, "planted")));
    assert!(caught.is_err());
}
