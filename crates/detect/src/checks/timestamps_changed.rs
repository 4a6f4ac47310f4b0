//! A container's process sets the times of a file of the host that it had written before: the file then looks as old
//! as its neighbours. Archives and backups that are unpacked do the same.

use std::collections::BTreeSet;

use model::{Action, Event, EventId, Object};

use super::acts::{Acts, Seen, Sign};
use crate::{Need, signs};

/// Files that are remembered as written.
const FILES_MAX: usize = 100_000;
/// Calls that set times.
const CALLS: &[&str] = &["utime", "utimes", "utimensat", "futimesat", "utimensat_time64", "vfs_utimes"];

/// By host: paths that a container wrote, with the container.
type Written = std::collections::BTreeMap<(Option<String>, String), (EventId, BTreeSet<String>)>;

/// Catalogue row 46: time stamps. Which time was set stands in no record; the inode's change time cannot be set.
pub(super) fn check() -> Acts<Written> {
    let needs = &[
        Need::AnyOf(&[Action::FileMetadata]),
        Need::AnyOf(&[Action::FileWrite, Action::FileCreate]),
        Need::Containers,
    ];
    let acts = &[Action::FileWrite, Action::FileCreate, Action::FileTruncate, Action::FileRename, Action::FileMetadata];
    Acts::new("timestamps_changed", &["T1070.006"], needs, acts, see)
}

fn see(memory: &mut Written, event: &Event) -> Seen {
    let Some(container) = &event.container else { return Seen::Nothing };
    let key = |object: &Object| signs::judged_path(object).map(|path| (event.host.clone(), path.to_text()));
    if event.action != Action::FileMetadata {
        for key in signs::host_changes(event).filter_map(key) {
            if memory.len() < FILES_MAX || memory.contains_key(&key) {
                let by = &mut memory.entry(key).or_insert_with(|| (event.id, BTreeSet::new())).1;
                by.insert(container.id.clone());
            }
        }
        return Seen::Nothing;
    }
    if !signs::call(event).is_some_and(|call| CALLS.contains(&call)) {
        return Seen::Nothing;
    }
    let changed = signs::host_changes(event).find_map(|object| {
        let (written, by) = memory.get(&key(object)?)?;
        by.contains(&container.id).then_some((object, *written))
    });
    changed
        .map(|(object, written)| {
            let sign = Sign::noted().on(object).at_most(signs::confidence(event, Some(object)));
            sign.after(written, None).lacking("times_set")
        })
        .into()
}
