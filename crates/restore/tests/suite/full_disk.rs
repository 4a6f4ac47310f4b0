//! A target whose disk is really full.

use std::{fs, path::Path, process::Command};

use model::{EntryKind, Metadata, StepState};

use crate::world::{World, metadata};

/// A small ext4 image on a loop device, mounted as the host; taken away again when dropped.
struct Disk(std::path::PathBuf);

impl Disk {
    fn ext4(at: &Path, image: &Path) -> Option<Self> {
        fs::File::create(image).unwrap().set_len(4 << 20).unwrap();
        let ran = |command: &mut Command| command.output().is_ok_and(|output| output.status.success());
        let is_made = ran(Command::new("mkfs.ext4").args(["-q", "-F", "-O", "^has_journal"]).arg(image))
            && ran(Command::new("mount").args(["-o", "loop"]).arg(image).arg(at));
        is_made.then(|| Self(at.to_path_buf()))
    }

    fn tmpfs(at: &Path) -> Option<Self> {
        let done = Command::new("mount").args(["-t", "tmpfs", "-o", "size=3m", "tmpfs"]).arg(at).output();
        done.is_ok_and(|output| output.status.success()).then(|| Self(at.to_path_buf()))
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).output();
    }
}

fn check(world: &mut World) {
    world.hacked("/large", "evil");
    world.hacked("/small", "evil");
    world.hacked("/kit", "evil");
    let content: Vec<u8> = (0..6_u32 << 20).map(|at| (at % 251) as u8).collect();
    let wanted = Metadata { size: Some(content.len() as u64), ..metadata(EntryKind::File, 0o600) };
    world.write_with(b"/large", &content, wanted);
    world.write("/small", "clean");
    world.quarantine("/kit");
    let receipts = world.run();
    assert!(matches!(&receipts[0].state, StepState::Failed { detail } if detail.contains("No space")), "{receipts:?}");
    assert_eq!(fs::read(world.at("/large")).unwrap(), b"evil");
    assert_eq!(receipts[1].state, StepState::Done, "what was staged in vain was removed again");
    assert_eq!(fs::read(world.at("/small")).unwrap(), b"clean");
    assert_eq!(receipts[2].state, StepState::Done);
    assert!(world.private().iter().all(|name| !name.contains("staging")));
}

#[test]
fn a_full_ext4_disk_costs_the_step_and_nothing_else() {
    let mut world = World::new();
    let Some(_disk) = Disk::ext4(&world.host, &world.outside.join("image")) else {
        eprintln!("SKIPPED: a loop-mounted ext4 needs root, loop devices and mkfs.ext4");
        return;
    };
    check(&mut world);
}

#[test]
fn a_full_memory_file_system_costs_the_step_and_nothing_else() {
    let mut world = World::new();
    let Some(_disk) = Disk::tmpfs(&world.host) else {
        eprintln!("SKIPPED: mounting a tmpfs needs root");
        return;
    };
    check(&mut world);
}
