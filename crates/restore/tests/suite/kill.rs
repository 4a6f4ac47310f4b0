//! A real process, really killed, at seeded moments; then resumed.

use std::{
    collections::BTreeMap,
    env, fs, io,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use model::{Approved, EntryKind, Metadata, StepAction, StepState, Xattr};
use restore::{FaultPoint, NoFaults, Ownership, Run, Target};
use stdx::FixedClock;

use crate::world::{CLEAN_TIME, Memory, World, metadata, set_mode, snapshot};

const WORKER: &str = "YOBITSUGI_RESTORE_KILL_WORKER";
const KILLS: usize = 60;
const SEED: u64 = 0x59_6f_62_69;

/// SplitMix64: Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (2014).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }
}

/// About forty objects of every kind; larger contents, so that a kill can fall into a write.
fn build(world: &mut World) {
    let large = |tag: &str| tag.repeat(25_000);
    world.directory("/srv", 0o755);
    world.directory("/srv/data", 0o2775);
    for number in 0..14 {
        let path = format!("/srv/data/changed{number}");
        world.hacked(&path, &large("evil"));
        let wanted = Metadata {
            xattrs: Some(vec![Xattr { name: "user.n".into(), value: number.to_string().as_str().into() }]),
            ..metadata(EntryKind::File, 0o640 + number)
        };
        world.write_with(path.as_bytes(), large(&format!("clean{number}")).as_bytes(), wanted);
    }
    for number in 0..5 {
        world.write(&format!("/srv/data/deleted{number}"), &large("back"));
    }
    world.directory("/srv/data/gone", 0o700);
    for number in 0..3 {
        world.write(&format!("/srv/data/gone/inner{number}"), "inner");
    }
    for number in 0..3 {
        let path = format!("/srv/link{number}");
        world.hacked(&path, "a file where a link belongs");
        world.symlink(&path, "data/changed0");
    }
    for number in 0..2 {
        std::os::unix::fs::symlink("/etc/shadow", world.at(&format!("/srv/planted{number}"))).unwrap();
        world.write(&format!("/srv/planted{number}"), "a file again");
    }
    for number in 0..4 {
        let path = format!("/srv/mode{number}");
        let made = world.hacked(&path, "same");
        set_mode(&made, 0o6777);
        world.set_metadata(&path, "same", metadata(EntryKind::File, 0o600));
    }
    for number in 0..4 {
        let path = format!("/srv/kit{number}");
        world.hacked(&path, &format!("tool {number}"));
        world.quarantine(&path);
    }
    world.hacked("/srv/lair/tool", "tool");
    world.quarantine("/srv/lair/tool");
    world.quarantine("/srv/lair");
    world.settle_times();
}

/// Kills its own process before the Nth operation.
struct KillsAt(std::cell::Cell<u64>);

impl FaultPoint for KillsAt {
    fn reach(&self, _call: &'static str) -> io::Result<()> {
        let left = self.0.get();
        if left == 1 {
            let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
        }
        self.0.set(left.saturating_sub(1));
        Ok(())
    }
}

/// The child's whole life, when this test binary is started with the variable set; else nothing.
#[test]
fn worker() {
    let Ok(order) = env::var(WORKER) else { return };
    let (directory, kill_at) = order.split_once('|').unwrap();
    let directory = Path::new(directory);
    let approved = read_plan(directory);
    let content: BTreeMap<String, Vec<u8>> =
        serde_json::from_slice(&fs::read(directory.join("content.json")).unwrap()).unwrap();
    let content = content.into_iter().map(|(hash, bytes)| (model::Sha256::from_hex(&hash).unwrap(), bytes));
    let clock = FixedClock::at(CLEAN_TIME);
    let faults = KillsAt(std::cell::Cell::new(kill_at.parse().unwrap()));
    let run = Run {
        case: &directory.join("case"),
        ownership: Ownership::of_this_process(),
        clock: &clock,
        faults: &faults,
        progress: &mut |_| {},
    };
    let target = Target::open_root(&directory.join("host")).unwrap();
    restore::execute(&approved, &target, &mut Memory(content.collect()), run).unwrap();
}

fn read_plan(directory: &Path) -> Approved {
    crate::world::approve(serde_json::from_slice(&fs::read(directory.join("steps.json")).unwrap()).unwrap())
}

fn write_order(world: &World) -> PathBuf {
    let directory = world.host.parent().unwrap().to_path_buf();
    fs::write(directory.join("steps.json"), serde_json::to_vec(&world.steps).unwrap()).unwrap();
    let content: BTreeMap<_, _> = world.memory.0.iter().map(|(hash, bytes)| (hash.to_string(), bytes)).collect();
    fs::write(directory.join("content.json"), serde_json::to_vec(&content).unwrap()).unwrap();
    directory
}

fn start(directory: &Path, kill_at: u64) -> Child {
    Command::new(env::current_exe().unwrap())
        .args(["--exact", "kill::worker", "--nocapture"])
        .env(WORKER, format!("{}|{kill_at}", directory.display()))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn snapshots(world: &World) -> Vec<String> {
    let at = |step: &model::Step| world.at(std::str::from_utf8(step.path.as_bytes()).unwrap());
    world.steps.iter().map(|step| snapshot(&at(step))).collect()
}

/// What a killed process may leave: each object whole, old or new.
fn check_killed(world: &World, old: &[String], new: &[String], context: &str) {
    for (index, now) in snapshots(world).iter().enumerate() {
        let step = &world.steps[index];
        let is_in_place = match &step.action {
            StepAction::SetMetadata { .. } => true,
            StepAction::MakeDirectory { .. } => old[index] != "nothing",
            _ => false,
        };
        if is_in_place {
            check_half_set(now, &old[index], &new[index], context);
        } else {
            assert!(*now == old[index] || *now == new[index], "{context}: {} is {now}", step.path);
        }
    }
}

/// Set in place: the content is untouched, and the mode is the old, the new, or what both allow.
fn check_half_set(now: &str, old: &str, new: &str, context: &str) {
    let content = |text: &str| {
        text.split(' ')
            .take_while(|word| !word.starts_with(|c: char| c.is_ascii_digit()))
            .map(str::to_string)
            .collect::<Vec<_>>()
    };
    assert_eq!(content(now), content(old), "{context}");
    let mode = |text: &str| {
        let word = text.split(' ').find(|word| word.starts_with(|c: char| c.is_ascii_digit())).unwrap();
        u32::from_str_radix(word, 8).unwrap()
    };
    let allowed = [mode(old), mode(new), mode(old) & mode(new) & 0o777];
    assert!(allowed.contains(&mode(now)), "{context}: mode {:o}", mode(now));
}

#[test]
fn a_restore_killed_at_any_moment_leaves_whole_objects_and_resumes() {
    let mut reference = World::new();
    build(&mut reference);
    let old = snapshots(&reference);
    let counter = Counts::default();
    let begin = Instant::now();
    let receipts = reference.run_with(&reference.target(), &counter).unwrap();
    let whole_run = begin.elapsed();
    assert!(receipts.iter().all(|receipt| receipt.state == StepState::Done), "{receipts:#?}");
    let new = snapshots(&reference);
    let kept = reference.quarantined();
    let operations = counter.0.get();
    eprintln!("seed {SEED:#x}, {} objects, {operations} operations, {whole_run:?}", old.len());

    let mut random = Random(SEED);
    let mut interrupted = 0;
    for kill in 0..KILLS {
        let by_time = kill % 3 == 0;
        // A killed process leaves the same on every file system; by time, a real disk spreads the moments better.
        let mut world = if by_time { World::new() } else { World::in_memory() };
        build(&mut world);
        let directory = write_order(&world);
        let context = if by_time {
            // Somewhat more than one run's time, because starting the process and reading the order take some of it.
            let delay = Duration::from_micros(random.below(whole_run.as_micros() as u64 * 3 / 2 + 1));
            let mut child = start(&directory, 0);
            std::thread::sleep(delay);
            let _ = child.kill();
            child.wait().unwrap();
            format!("kill {kill} after {delay:?}")
        } else {
            let at = 1 + random.below(operations);
            let status = start(&directory, at).wait().unwrap();
            assert!(!status.success(), "kill {kill}: operation {at} was not reached");
            format!("kill {kill} at operation {at}")
        };
        check_killed(&world, &old, &new, &context);
        let begun = fs::read_dir(&world.case).unwrap().count() > 0;
        interrupted += usize::from(begun && snapshots(&world) != new);
        let receipts = world.run_with(&world.target(), &NoFaults).unwrap();
        assert!(receipts.iter().all(|receipt| receipt.state == StepState::Done), "{context}: {receipts:#?}");
        assert_eq!(snapshots(&world), new, "{context}");
        assert_eq!(world.quarantined(), kept, "{context}");
        assert!(world.private().iter().all(|name| !name.contains("staging")), "{context}");
    }
    assert!(interrupted >= KILLS / 2, "only {interrupted} of {KILLS} kills came in the middle");
}

#[derive(Default)]
struct Counts(std::cell::Cell<u64>);

impl FaultPoint for Counts {
    fn reach(&self, _call: &'static str) -> io::Result<()> {
        self.0.set(self.0.get() + 1);
        Ok(())
    }
}
