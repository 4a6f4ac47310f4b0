//! A container's process reaches files of the host through `/proc/PID/root` or `/proc/PID/cwd` of a host process.

use model::{Action, Bytes, Domain, Event};

use super::acts::{Acts, Seen, Sign};
use crate::{Need, signs};

const ACTS: &[Action] = &[
    Action::FileRead,
    Action::FileWrite,
    Action::FileCreate,
    Action::FileTruncate,
    Action::FileRename,
    Action::FileLink,
    Action::FileSymlink,
    Action::FileDelete,
    Action::FileMetadata,
    Action::DirectoryCreate,
    Action::ProcessChdir,
    Action::ProcessChroot,
    Action::ProcessExec,
];

/// Catalogue row 21.
pub(super) fn check() -> Acts {
    let needs = &[Need::AnyOf(&[Action::FileRead, Action::FileWrite]), Need::Containers];
    Acts::new("proc_root_path", &["T1611"], needs, ACTS, see)
}

fn see((): &mut (), event: &Event) -> Seen {
    if event.container.is_none() || has_own_pids(event) {
        return Seen::Nothing;
    }
    let through = |name: &Bytes| signs::is_through_process(name);
    let Some(object) = event.objects.iter().find(|object| object.name.as_ref().is_some_and(through)) else {
        return Seen::Nothing;
    };
    match object.domain {
        Some(Domain::Host) => Sign::crossing(event).on(object).at_most(signs::confidence(event, Some(object))).into(),
        Some(_) => Seen::Nothing,
        None => Seen::Undecided("process_root"),
    }
}

/// Whether the source says that the actor numbers processes in a namespace of its own: then the way leads to
/// processes of its container only.
fn has_own_pids(event: &Event) -> bool {
    let tetragon = event.fact("ns.pid.inum").is_some() && event.fact("ns.pid.is_host") != Some("true");
    let own = event.fact("processId").and_then(|pid| pid.parse::<u32>().ok());
    tetragon || own.is_some() && event.actor.pid.is_some() && own != event.actor.pid
}
