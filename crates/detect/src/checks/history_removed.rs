//! A container's process removes, empties or blinds the history of a shell of the host.

use model::{Action, Domain, Event, Object, Role};

use super::acts::{Acts, Seen, Sign};
use crate::{Need, signs};

/// Files in which shells and clients keep what was typed.
const HISTORIES: &[&str] = &[
    ".bash_history",
    ".zsh_history",
    ".zhistory",
    ".ash_history",
    ".sh_history",
    ".history",
    "fish_history",
    ".python_history",
    ".mysql_history",
    ".psql_history",
    ".viminfo",
    ".lesshst",
];

/// Catalogue row 46: shell histories.
pub(super) fn check() -> Acts {
    let needs = &[Need::AnyOf(&[Action::FileDelete, Action::FileTruncate, Action::FileWrite]), Need::Containers];
    let acts = &[Action::FileDelete, Action::FileTruncate, Action::FileWrite, Action::FileRename, Action::FileSymlink];
    Acts::new("history_removed", &["T1070.003"], needs, acts, see)
}

fn see((): &mut (), event: &Event) -> Seen {
    if event.container.is_none() {
        return Seen::Nothing;
    }
    let removed = event.objects.iter().find(|object| removes(event, object));
    match removed {
        Some(object) if object.domain == Some(Domain::Host) => {
            Sign::noted().on(object).at_most(signs::confidence(event, Some(object))).into()
        }
        Some(object) if object.domain.is_none() => Seen::Undecided("host_path"),
        _ => Seen::Nothing,
    }
}

fn removes(event: &Event, object: &Object) -> bool {
    let is_history = |object: &Object| {
        let name = object.name.as_ref().map(|name| String::from_utf8_lossy(name.file_name()).into_owned());
        name.is_some_and(|name| HISTORIES.contains(&name.as_str()))
    };
    let by_role = match event.action {
        Action::FileWrite => object.role == Role::Target && signs::truncates(event),
        // A shell that shortens its history writes a new file and gives it the name.
        Action::FileRename => object.role == Role::Source,
        _ => object.role == Role::Target,
    };
    by_role && is_history(object)
}
