//! A process of a container becomes root without starting a set-user-id program: the kernel was made to change its
//! credentials. What made it so (user namespaces, `fsconfig`) is cited where it is on record.

use std::collections::BTreeMap;

use model::{Action, Event, EventId, Outcome, Role};

use super::acts::{Acts, Seen, Sign, make_room};
use crate::{Need, signs};

/// Processes that are remembered.
const PROCESSES_MAX: usize = 50_000;
/// `S_ISUID`.
const SET_USER_ID: u32 = 0o4000;

/// How a process may have become root.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// None is on record.
    None,
    /// It started a program of which the mode is not recorded.
    Unknown,
    /// It started a set-user-id program, or was let change its user by a call.
    Allowed,
}

/// What is remembered.
#[derive(Default)]
pub(super) struct Users {
    /// By process: the event that showed it as another user than root, and how it may have become root since.
    others: BTreeMap<(u32, EventId), (EventId, Way)>,
    /// By container: its last user namespace or mount by way of `fsconfig`.
    preparations: BTreeMap<String, EventId>,
}

/// Catalogue row 29.
pub(super) fn check() -> Acts<Users> {
    let needs = &[Need::AnyOf(&[Action::ProcessExec]), Need::Containers];
    let acts = &[
        Action::ProcessExec,
        Action::ProcessCredentials,
        Action::FileRead,
        Action::FileWrite,
        Action::FileCreate,
        Action::NamespaceCreate,
        Action::NamespaceEnter,
        Action::MountAttach,
        Action::SocketConnect,
        Action::Other,
    ];
    Acts::new("root_without_setuid", &["T1068", "T1611"], needs, acts, see)
}

fn see(memory: &mut Users, event: &Event) -> Seen {
    let Some(container) = &event.container else { return Seen::Nothing };
    let user = event.fact("namespaces").is_some_and(|list| list.contains("user"));
    if event.action == Action::NamespaceCreate && user || matches!(signs::call(event), Some("fsconfig" | "fsopen")) {
        make_room(&mut memory.preparations, &container.id, PROCESSES_MAX);
        memory.preparations.insert(container.id.clone(), event.id);
    }
    let (Some(process), Some(uid), Some(euid)) = (&event.process, event.actor.uid, event.actor.euid) else {
        return Seen::Nothing;
    };
    let key = (process.pid, process.first);
    if uid != 0 && euid != 0 {
        // The user before the program starts is that of the process; the record shows it afterwards.
        let way = memory.others.get(&key).map_or(Way::None, |known| known.1);
        make_room(&mut memory.others, &key, PROCESSES_MAX);
        memory.others.insert(key, (event.id, way));
    }
    let Some((seen, way)) = memory.others.get_mut(&key) else { return Seen::Nothing };
    note_way(way, event);
    if euid != 0 {
        return Seen::Nothing;
    }
    let (seen, way) = (*seen, *way);
    memory.others.remove(&key);
    match way {
        Way::Allowed => Seen::Nothing,
        Way::Unknown => Seen::Undecided("program_mode"),
        Way::None => {
            let mut sign = Sign::crossing(event).at_most(85).after(seen, Some(container));
            sign.crossing = Some(model::CrossingOutcome::Unknown);
            sign.earlier.splice(0..0, memory.preparations.get(&container.id).copied());
            sign.lacking("kernel_log").into()
        }
    }
}

fn note_way(way: &mut Way, event: &Event) {
    if matches!(event.outcome, Outcome::Failed { .. }) {
        return;
    }
    match event.action {
        Action::ProcessExec => match event.object(Role::Target).and_then(|program| program.mode) {
            Some(mode) if mode & SET_USER_ID != 0 => *way = Way::Allowed,
            Some(_) => {}
            None if *way == Way::None => *way = Way::Unknown,
            None => {}
        },
        // The kernel let it: the capability or the saved user was there.
        Action::ProcessCredentials => *way = Way::Allowed,
        _ => {}
    }
}
