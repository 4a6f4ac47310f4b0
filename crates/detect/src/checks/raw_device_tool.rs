//! A container's process starts a program with a disk of the host among its arguments (`debugfs -w /dev/sda1`): such
//! programs change files without mounting anything. Whether the disk was opened decides.

use std::collections::BTreeMap;

use model::{Action, Event, EventId, Object, ObjectKind, Outcome, Role};

use super::acts::{Acts, Seen, Sign, make_room};
use crate::{Need, signs};

/// Processes whose start is remembered.
const PROCESSES_MAX: usize = 10_000;

type Started = BTreeMap<(Option<String>, u32), EventId>;

/// Catalogue row 3.
pub(super) fn check() -> Acts<Started> {
    let needs = &[Need::AnyOf(&[Action::ProcessExec]), Need::Containers];
    let acts = &[Action::ProcessExec, Action::FileRead, Action::FileWrite, Action::ProcessExit];
    Acts::new("raw_device_tool", &["T1611", "T1006"], needs, acts, see)
}

fn see(memory: &mut Started, event: &Event) -> Seen {
    let (Some(container), Some(pid)) = (&event.container, event.actor.pid) else { return Seen::Nothing };
    let key = (event.host.clone(), pid);
    match event.action {
        Action::ProcessExec => {
            memory.remove(&key);
            let disk = event.actor.argv.iter().skip(1).map(model::Bytes::to_text).find(|word| is_disk(word));
            let Some(disk) = disk.filter(|_| !matches!(event.outcome, Outcome::Failed { .. }) && !mounts(event)) else {
                return Seen::Nothing;
            };
            make_room(memory, &key, PROCESSES_MAX);
            memory.insert(key, event.id);
            Sign::means(event).with("path", disk).with("command", signs::command(event)).lacking("device_use").into()
        }
        Action::ProcessExit => {
            memory.remove(&key);
            Seen::Nothing
        }
        _ => {
            let Some(started) = memory.get(&key) else { return Seen::Nothing };
            let opened = event.objects.iter().find(|object| object.role == Role::Target && is_opened_disk(object));
            opened.map(|disk| Sign::crossing(event).on(disk).after(*started, Some(container)).settling()).into()
        }
    }
}

/// Mounting is told by the mount itself.
fn mounts(event: &Event) -> bool {
    event.actor.argv.first().is_some_and(|program| matches!(program.file_name(), b"mount" | b"umount"))
}

fn is_opened_disk(object: &Object) -> bool {
    object.kind == ObjectKind::BlockDevice || object.name.as_ref().is_some_and(|name| is_disk(&name.to_text()))
}

/// Names that the kernel and udev give to disks, their partitions and volumes.
pub(super) fn is_disk(path: &str) -> bool {
    let Some(name) = path.strip_prefix("/dev/") else { return false };
    let numbered =
        |start: &str| name.strip_prefix(start).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let lettered = |start: &str| {
        let rest = name.strip_prefix(start).map(|rest| rest.trim_end_matches(|c: char| c.is_ascii_digit()));
        rest.is_some_and(|rest| (1..=3).contains(&rest.len()) && rest.bytes().all(|byte| byte.is_ascii_lowercase()))
    };
    ["sd", "vd", "xvd", "hd"].into_iter().any(lettered)
        || ["nvme", "dm-", "mmcblk", "md"].into_iter().any(numbered)
        || name.starts_with("mapper/") && name != "mapper/control"
        || name.starts_with("disk/by-")
}
