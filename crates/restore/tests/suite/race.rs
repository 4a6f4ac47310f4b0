//! An attacker's process swaps directories for links in a loop while the restore runs.

use std::{
    fs,
    os::unix::fs::symlink,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    thread,
    time::{Duration, Instant},
};

use model::StepState;
use restore::{NoFaults, PathMapping, Target};
use rustix::fs::{CWD, RenameFlags, renameat_with};

use crate::world::{World, snapshot};

const FILES: usize = 60;

fn run(component_wise: bool) {
    let mut world = World::in_memory();
    for number in 0..FILES {
        world.hacked(&format!("/data/sub/f{number}"), "evil");
        fs::write(world.outside.join(format!("f{number}")), "canary").unwrap();
        world.write(&format!("/data/sub/f{number}"), "clean");
    }
    let canaries = |world: &World| {
        let mut all: Vec<_> = fs::read_dir(&world.outside).unwrap().map(|entry| entry.unwrap().path()).collect();
        all.sort();
        all.into_iter().map(|path| (snapshot(&path), path)).collect::<Vec<_>>()
    };
    let before = canaries(&world);
    let (parent, evil) = (world.at("/data/sub"), world.at("/data/evil"));
    symlink(&world.outside, &evil).unwrap();
    // By descriptor: through the path, the attacker would swap the canary himself whenever his own link stands there.
    let (real, planted) = (fs::File::open(&parent).unwrap(), world.at("/data/planted"));
    symlink(world.outside.join("f7"), &planted).unwrap();

    let is_over = AtomicBool::new(false);
    let swaps = AtomicU64::new(0);
    let mapping = [PathMapping { host_prefix: "/".into(), directory: world.host.clone() }];
    let target = if component_wise { Target::open_component_wise(&mapping) } else { Target::open(&mapping) }.unwrap();
    let mut refused = 0_u64;
    let mut done = 0_u64;
    thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                let _ = renameat_with(CWD, &parent, CWD, &evil, RenameFlags::EXCHANGE);
                let _ = renameat_with(&real, "f7", CWD, &planted, RenameFlags::EXCHANGE);
                // Every so often the tree stands still for a moment, so that some steps get through.
                if swaps.fetch_add(1, Ordering::Relaxed).is_multiple_of(64) {
                    thread::sleep(Duration::from_micros(300));
                }
            }
        });
        // Until the attacker had thousands of chances; the second bound only keeps a broken attacker from hanging us.
        let begin = Instant::now();
        while swaps.load(Ordering::Relaxed) < 5_000 && begin.elapsed() < Duration::from_secs(60) {
            for receipt in world.run_with(&target, &NoFaults).unwrap() {
                match receipt.state {
                    StepState::Done | StepState::AlreadyRight => done += 1,
                    _ => refused += 1,
                }
            }
            if done > 0 && refused > 0 {
                // From the start again, with another case, so that there is always something to do.
                fs::remove_dir_all(&world.case).unwrap();
                fs::create_dir(&world.case).unwrap();
            }
        }
        is_over.store(true, Ordering::Relaxed);
    });
    eprintln!("{} swaps, {done} steps done, {refused} refused", swaps.load(Ordering::Relaxed));
    assert_eq!(canaries(&world), before, "the canaries outside were touched");
    assert!(swaps.load(Ordering::Relaxed) >= 5_000);
    assert!(refused > 0, "the attacker never came in between");
}

#[test]
fn a_racing_attacker_never_leads_the_restore_outside() {
    run(false);
}

#[test]
fn nor_the_component_wise_walk() {
    run(true);
}
