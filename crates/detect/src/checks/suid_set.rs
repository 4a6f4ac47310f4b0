//! A container's process makes a file of the host run as its owner (set-user-id, set-group-id).

use model::{Action, Domain, Event, ObjectKind, Role};

use super::acts::{Acts, Seen, Sign};
use crate::{Need, signs};

/// `S_ISUID` and `S_ISGID`.
const SET_ID: u32 = 0o6000;

/// Persistence after T1611 (Escape to Host).
pub(super) fn check() -> Acts {
    let needs = &[Need::AnyOf(&[Action::FileMetadata]), Need::Containers];
    let acts = &[Action::FileMetadata, Action::FileCreate];
    Acts::new("suid_set", &["T1548.001", "T1611"], needs, acts, see)
}

fn see((): &mut (), event: &Event) -> Seen {
    let Some(target) = event.object(Role::Target).filter(|_| event.container.is_some()) else { return Seen::Nothing };
    // On a directory, the group's bit says who owns what is made there.
    let outside = !matches!(target.domain, Some(Domain::Container | Domain::Volume | Domain::Kernel));
    if !outside || target.kind == ObjectKind::Directory {
        return Seen::Nothing;
    }
    let sets_mode = signs::call(event).is_some_and(|call| call.contains("chmod"));
    let stated = event.fact("mode").and_then(|mode| u32::from_str_radix(mode.trim_start_matches("0o"), 8).ok());
    let mode = match event.action {
        Action::FileMetadata if !sets_mode => return Seen::Nothing,
        Action::FileMetadata => stated,
        _ => target.mode.or(Some(0)),
    };
    match mode {
        None => Seen::Undecided("file_mode"),
        Some(mode) if mode & SET_ID == 0 => Seen::Nothing,
        Some(_) if target.domain.is_none() => Seen::Undecided("host_path"),
        Some(mode) => {
            let sign = Sign::crossing(event).on(target).with("mode", format!("{:04o}", mode & 0o7777));
            sign.at_most(signs::confidence(event, Some(target))).into()
        }
    }
}
