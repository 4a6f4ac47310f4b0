//! A container's process exchanges two names on a shared volume again and again (`renameat2` with RENAME_EXCHANGE), so
//! that the runtime mounts through the one while it has checked the other.

use std::collections::BTreeMap;

use model::{Action, Domain, Event};

use super::acts::{Acts, Seen, Sign, make_room};
use crate::Need;

/// Exchanges that make a loop. Programs that replace one tree by another exchange once. Chosen by eye.
const EXCHANGES_MIN: u32 = 16;
/// Processes whose exchanges are counted.
const PROCESSES_MAX: usize = 10_000;

type Counts = BTreeMap<(Option<String>, u32), u32>;

/// Catalogue row 35 (CVE-2021-30465).
pub(super) fn check() -> Acts<Counts> {
    let needs = &[Need::AnyOf(&[Action::FileRename]), Need::Containers];
    Acts::new("mount_swap_race", &["T1611"], needs, &[Action::FileRename], see)
}

fn see(memory: &mut Counts, event: &Event) -> Seen {
    let (Some(_), Some(pid)) = (&event.container, event.actor.pid) else { return Seen::Nothing };
    let shared = event.objects.iter().any(|object| object.domain != Some(Domain::Container));
    // An exchange is two events, one for each way; Tracee shows it by the flags.
    let exchanged = event.fact("exchange").is_some() && event.id.part == 0 || by_flags(event);
    if !shared || !exchanged {
        return Seen::Nothing;
    }
    let key = (event.host.clone(), pid);
    make_room(memory, &key, PROCESSES_MAX);
    let count = memory.entry(key).or_default();
    *count += 1;
    let names = event.objects.first();
    (*count >= EXCHANGES_MIN)
        .then(|| names.map_or(Sign::means(event), |object| Sign::means(event).on(object)).lacking("mount_target"))
        .into()
}

fn by_flags(event: &Event) -> bool {
    let flags = event.fact("args.flags").unwrap_or_default();
    flags.contains("RENAME_EXCHANGE") || flags == "2" && event.format.starts_with("tracee")
}
