//! While files are copied out of or into a container, a process of the host that has the container's root as its own
//! loads a library from there: code of the container runs as root of the host.

use std::collections::BTreeMap;

use model::{Action, ContainerRef, Event, EventId, ObjectKind, Outcome, Role, Timestamp};

use super::acts::{Acts, Seen, Sign, make_room};
use crate::{Need, signs};

/// Processes that are followed.
const PROCESSES_MAX: usize = 10_000;
/// How long after the request the copying may begin.
const COPY_WITHIN_NS: i64 = 60_000_000_000;

/// What is remembered.
#[derive(Default)]
pub(super) struct Copies {
    /// By host and pid: host processes whose root directory became a container's.
    inside: BTreeMap<(Option<String>, u32), EventId>,
    /// By host: the last copy that a runtime told of.
    last: BTreeMap<Option<String>, (Timestamp, ContainerRef)>,
}

/// Catalogue row 36 (CVE-2018-15664, CVE-2019-14271).
pub(super) fn check() -> Acts<Copies> {
    let needs = &[Need::AnyOf(&[Action::ProcessChroot]), Need::AnyOf(&[Action::FileRead])];
    let acts =
        &[Action::ContainerCopy, Action::ProcessChroot, Action::ProcessExec, Action::ProcessExit, Action::FileRead];
    Acts::new("docker_cp_library", &["T1611", "T1574.006"], needs, acts, see)
}

fn see(memory: &mut Copies, event: &Event) -> Seen {
    if event.action == Action::ContainerCopy {
        let object = event.objects.iter().find(|object| object.kind == ObjectKind::Container);
        if let Some(name) = object.and_then(|object| object.name.as_ref()).filter(|_| memory.last.len() < PROCESSES_MAX)
        {
            let container = ContainerRef { id: name.to_text(), confidence: 80 };
            memory.last.insert(event.host.clone(), (event.time, container));
        }
        return Seen::Nothing;
    }
    let (None, Some(pid)) = (&event.container, event.actor.pid) else { return Seen::Nothing };
    let key = (event.host.clone(), pid);
    match event.action {
        // Somebody who looks into a container's files starts a shell there; the copying process loads nothing anew.
        Action::ProcessExec | Action::ProcessExit => {
            memory.inside.remove(&key);
            Seen::Nothing
        }
        Action::ProcessChroot => {
            let path = event.object(Role::Target).and_then(signs::judged_path).map(model::Bytes::to_text);
            let entered = path.is_some_and(|path| is_container_root(&path));
            if entered && !matches!(event.outcome, Outcome::Failed { .. }) {
                make_room(&mut memory.inside, &key, PROCESSES_MAX);
                memory.inside.insert(key, event.id);
            }
            Seen::Nothing
        }
        _ => {
            let Some(&entered) = memory.inside.get(&key) else { return Seen::Nothing };
            let library = event.object(Role::Target).filter(|target| target.name.as_ref().is_some_and(is_library));
            let Some(library) = library else { return Seen::Nothing };
            let last = memory.last.get(&event.host);
            let last = last.filter(|last| event.time.0.saturating_sub(last.0.0) <= COPY_WITHIN_NS);
            Sign::crossing(event).on(library).after(entered, last.map(|last| &last.1)).into()
        }
    }
}

/// Where engines put the root of a container.
fn is_container_root(path: &str) -> bool {
    let below = ["/overlay2/", "/overlay/", "/containers/storage/", "/aufs/mnt/", "/containerd/"];
    below.iter().any(|part| path.contains(part)) || path.ends_with("/rootfs") || path.ends_with("/merged")
}

fn is_library(name: &model::Bytes) -> bool {
    let file = String::from_utf8_lossy(name.file_name()).into_owned();
    file.ends_with(".so") || file.contains(".so.")
}
