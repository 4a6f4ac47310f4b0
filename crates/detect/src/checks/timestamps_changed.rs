//! A container's process sets the times of a file of the host that it had written before: the file then looks as old
//! as its neighbours. Archives and backups that are unpacked do the same.

use std::{
    collections::BTreeMap,
    hash::{DefaultHasher, Hash, Hasher},
};

use model::{Action, Event, EventId, Object};

use super::acts::{Acts, Seen, Sign, make_room};
use crate::{Need, signs};

/// Files that are remembered as written.
const FILES_MAX: usize = 100_000;
/// Calls that set times.
const CALLS: &[&str] = &["utime", "utimes", "utimensat", "futimesat", "utimensat_time64", "vfs_utimes"];

/// Files that a container wrote, by a hash of host, container and path: names can be long, and a hostile log has many.
type Written = BTreeMap<u64, EventId>;

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
    let key = |object: &Object| {
        let mut hasher = DefaultHasher::new();
        (&event.host, &container.id, signs::judged_path(object)?.as_bytes()).hash(&mut hasher);
        Some(hasher.finish())
    };
    if event.action != Action::FileMetadata {
        for key in signs::host_changes(event).filter_map(key) {
            make_room(memory, &key, FILES_MAX);
            memory.entry(key).or_insert(event.id);
        }
        return Seen::Nothing;
    }
    if !signs::call(event).is_some_and(|call| CALLS.contains(&call)) {
        return Seen::Nothing;
    }
    let changed = signs::host_changes(event).find_map(|object| Some((object, *memory.get(&key(object)?)?)));
    changed
        .map(|(object, written)| {
            let sign = Sign::noted().on(object).at_most(signs::confidence(event, Some(object)));
            sign.after(written, None).lacking("times_set")
        })
        .into()
}
