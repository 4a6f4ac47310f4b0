//! A container's process deletes or empties logs of the host. The recorder's own files are another check's.

use model::{Action, Domain, Event, Object, Role};

use super::{
    acts::{Acts, Seen, Sign},
    audit_tampering::is_recorder_file,
};
use crate::{Need, signs};

/// Catalogue row 46: logs of the system and of containers.
pub(super) fn check() -> Acts {
    let needs = &[Need::AnyOf(&[Action::FileDelete, Action::FileTruncate, Action::FileWrite]), Need::Containers];
    let acts = &[Action::FileDelete, Action::FileTruncate, Action::FileWrite, Action::FileRename];
    Acts::new("log_removed", &["T1070.002"], needs, acts, see)
}

fn see((): &mut (), event: &Event) -> Seen {
    if event.container.is_none() || event.action == Action::FileWrite && !signs::truncates(event) {
        return Seen::Nothing;
    }
    let role = if event.action == Action::FileRename { Role::Source } else { Role::Target };
    let log = |object: &&Object| object.role == role && signs::judged_path(object).is_some_and(is_log);
    match event.objects.iter().find(log) {
        Some(object) if object.domain == Some(Domain::Host) => {
            Sign::noted().on(object).at_most(signs::confidence(event, Some(object))).into()
        }
        Some(object) if object.domain.is_none() => Seen::Undecided("host_path"),
        _ => Seen::Nothing,
    }
}

fn is_log(path: &model::Bytes) -> bool {
    let text = path.to_text();
    let of_containers = text.contains("/docker/containers/") && text.ends_with("-json.log");
    let of_logins = matches!(path.file_name(), b"wtmp" | b"btmp" | b"utmp" | b"lastlog");
    (text.contains("/var/log/") || of_containers || of_logins) && !is_recorder_file(path)
}
