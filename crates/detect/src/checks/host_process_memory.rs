//! A container's process writes into the memory of a process outside its container: `/proc/PID/mem`, or
//! `process_vm_writev`.

use model::{Action, Bytes, Event};

use super::{
    acts::{Acts, Seen, Sign},
    ptrace_host_process::target_process,
};
use crate::{Need, signs};

/// Catalogue row 23.
pub(super) fn check() -> Acts {
    let needs = &[Need::AnyOf(&[Action::ProcessPtrace, Action::FileWrite]), Need::Containers];
    let acts = &[Action::ProcessPtrace, Action::FileWrite];
    Acts::new("host_process_memory", &["T1611", "T1055.009"], needs, acts, see)
}

fn see((): &mut (), event: &Event) -> Seen {
    let Some(container) = &event.container else { return Seen::Nothing };
    let memory = event.objects.iter().find(|object| signs::judged_path(object).and_then(memory_of).is_some());
    let writes = match event.action {
        Action::ProcessPtrace => matches!(signs::call(event), Some("process_vm_writev" | "mem_write")),
        _ => memory.is_some(),
    };
    if !writes {
        return Seen::Nothing;
    }
    let named = || memory.map_or(Sign::crossing(event), |object| Sign::crossing(event).on(object));
    match event.fact(model::TARGET_CONTAINER) {
        Some(target) if target == container.id => Seen::Nothing,
        Some(target) => target_process(named(), event, target).into(),
        // The host's /proc under another name numbers the host's processes.
        None if memory.is_some_and(|object| object.resolved.as_ref().is_some_and(|at| at.how.contains("/proc"))) => {
            named().into()
        }
        None if memory.and_then(signs::judged_path).and_then(memory_of) == event.actor.pid && memory.is_some() => {
            Seen::Nothing
        }
        None => Seen::Undecided("traced_process"),
    }
}

/// The process whose memory the file is: `/proc/PID/mem`. A process's own (`/proc/self/mem`) is no other's.
fn memory_of(path: &Bytes) -> Option<u32> {
    path.to_text().strip_prefix("/proc/")?.strip_suffix("/mem")?.parse().ok()
}
