//! A container's process opens the runtime's own program for writing, by which the next start of any container would
//! run its code on the host.

use model::{Action, Bytes, CrossingOutcome, Domain, Event, Object, Outcome};

use super::acts::{Acts, Seen, Sign};
use crate::{Need, signs};

/// Programs that start containers as root of the host.
const RUNTIMES: &[&str] = &[
    "runc",
    "docker-runc",
    "crun",
    "youki",
    "runsc",
    "containerd-shim",
    "containerd-shim-runc-v1",
    "containerd-shim-runc-v2",
    "conmon",
    "nvidia-container-runtime",
];

/// Catalogue row 32 (CVE-2019-5736).
pub(super) fn check() -> Acts {
    let needs = &[Need::AnyOf(&[Action::FileWrite]), Need::Containers];
    let acts = &[Action::FileWrite, Action::FileCreate, Action::FileTruncate, Action::FileRename];
    Acts::new("runc_overwrite", &["T1611", "T1554"], needs, acts, see)
}

fn see((): &mut (), event: &Event) -> Seen {
    if event.container.is_none() {
        return Seen::Nothing;
    }
    signs::changed_objects(event).find_map(|object| overwritten(event, object)).into()
}

fn overwritten(event: &Event, object: &Object) -> Option<Sign> {
    let is_runtime = object.domain == Some(Domain::Host)
        && signs::judged_path(object)
            .is_some_and(|path| RUNTIMES.iter().any(|runtime| runtime.as_bytes() == path.file_name()));
    if is_runtime {
        return Some(Sign::crossing(event).on(object).at_most(signs::confidence(event, Some(object))));
    }
    let through_process = object.name.as_ref().is_some_and(is_process_executable);
    if !through_process || event.action != Action::FileWrite {
        return None;
    }
    let sign = Sign::crossing(event).on(object);
    Some(match (event.outcome, object.device) {
        // ETXTBSY while it runs; attacks try again until it ends.
        (Outcome::Failed { .. }, _) => sign,
        // A patched runtime runs from a copy in memory, which is all that was opened.
        (_, Some(device)) if device.major == 0 => Sign { crossing: Some(CrossingOutcome::Attempted), ..sign },
        (_, Some(_)) => sign.at_most(90),
        (_, None) => Sign { crossing: Some(CrossingOutcome::Unknown), ..sign }.lacking("opened_object"),
    })
}

/// `/proc/PID/exe`, `/proc/self/exe`.
fn is_process_executable(name: &Bytes) -> bool {
    let text = name.to_text();
    let process = text.strip_prefix("/proc/").and_then(|rest| rest.strip_suffix("/exe"));
    process.is_some_and(|pid| matches!(pid, "self" | "thread-self") || pid.bytes().all(|byte| byte.is_ascii_digit()))
}
