//! When the snapshots of a directory were stored: names, modification and change times weighed.
//!
//! A directory's modification time is set by the tool that made the snapshot, so whoever feeds that
//! tool can set it too; its change time is the storage's own, but moving, copying or unpacking the
//! snapshots disturbs it. The change time therefore only contradicts, and only where most of its
//! neighbours show that change times were left alone.

use model::{StorageTime, Timestamp};

use crate::storage_time::{
    DURATION_MAX_NS, Stored, TOLERANCE_NS, by_declaration, by_file, contradicts, copied_without_times,
};

/// What is known of one snapshot directory.
#[derive(Debug, Clone, Copy)]
pub(super) struct Times {
    /// What its name says.
    pub declared: Option<Timestamp>,
    /// Whether its name is one of a rotating set, which states no time.
    pub rotating: bool,
    pub modified: Timestamp,
    pub changed: Timestamp,
}

/// The storage time of each, with its warning.
pub(super) fn weigh(all: &[Times], trust_declared: bool) -> Vec<(StorageTime, Option<&'static str>)> {
    let stored = |file: fn(&Times) -> Timestamp| -> Vec<Stored> {
        all.iter().map(|times| Stored { file: file(times), declared: times.declared }).collect()
    };
    if trust_declared && all.iter().all(|times| times.declared.is_some()) {
        let declared = all.iter().filter_map(|times| times.declared);
        return declared.map(|declared| (by_declaration(declared, 0), Some("only_declared_time"))).collect();
    }
    let modified_copied = copied_without_times(&stored(|times| times.modified));
    let changed_copied = copied_without_times(&stored(|times| times.changed));
    let undisturbed =
        all.iter().filter(|times| times.changed.0.saturating_sub(times.modified.0) <= TOLERANCE_NS).count();
    // Unpacked or moved all at once, shortly after the last one was made: these times say when that was.
    let changes = || all.iter().map(|times| times.changed.0);
    let spread = changes().max().unwrap_or(0).saturating_sub(changes().min().unwrap_or(0));
    let changes_speak = !changed_copied && undisturbed * 2 > all.len() && spread > TOLERANCE_NS;
    all.iter().map(|times| one(times, modified_copied, changed_copied, changes_speak)).collect()
}

fn one(
    times: &Times,
    modified_copied: bool,
    changed_copied: bool,
    changes_speak: bool,
) -> (StorageTime, Option<&'static str>) {
    let modified = Stored { file: times.modified, declared: times.declared };
    let changed = Stored { file: times.changed, declared: times.declared };
    let Some(declared) = times.declared else {
        // Rotation renames the directory, which changes its change time; rsnapshot sets the modification time itself.
        let file = if times.rotating { times.modified } else { times.modified.max(times.changed) };
        return (by_file(Stored { file, declared: None }), None);
    };
    let claimed = times.modified.max(declared);
    if changes_speak && times.changed.0.saturating_sub(claimed.0) > TOLERANCE_NS {
        return (by_file(changed), Some("forged_time"));
    }
    if !modified_copied && !contradicts(modified, DURATION_MAX_NS) {
        return (by_file(modified), None);
    }
    // The modification time is the one of the original's top directory, from long before.
    if times.modified < declared && !changed_copied && !contradicts(changed, DURATION_MAX_NS) {
        return (by_file(changed), None);
    }
    if times.modified > declared && !modified_copied {
        return (by_file(modified), Some("forged_time"));
    }
    (by_declaration(declared, 0), Some("only_declared_time"))
}

#[cfg(test)]
mod tests {
    use model::TimeOrigin;

    use super::*;

    const DAY: i64 = 86_400;

    fn times(declared: i64, modified: i64, changed: i64) -> Times {
        let time = |seconds| Timestamp::from_seconds(seconds, 0);
        Times { declared: Some(time(declared)), rotating: false, modified: time(modified), changed: time(changed) }
    }

    fn days() -> Vec<Times> {
        (1..=5).map(|day| times(day * DAY, day * DAY + 60, day * DAY + 60)).collect()
    }

    fn origins(all: &[Times]) -> Vec<(i64, TimeOrigin, Option<&'static str>)> {
        weigh(all, false).into_iter().map(|(stored, warning)| (stored.time.seconds(), stored.origin, warning)).collect()
    }

    #[test]
    fn undisturbed_storage_speaks_for_itself() {
        assert_eq!(origins(&days())[0], (DAY + 60, TimeOrigin::StorageFile, None));
    }

    #[test]
    fn unpacked_snapshots_keep_their_modification_times() {
        for unpacked_at in [5 * DAY + 300, 5 * DAY + 3600, 100 * DAY] {
            let all: Vec<Times> = days()
                .into_iter()
                .map(|times| Times { changed: Timestamp::from_seconds(unpacked_at, 0), ..times })
                .collect();
            assert_eq!(origins(&all)[0], (DAY + 60, TimeOrigin::StorageFile, None), "unpacked at {unpacked_at}");
        }
    }

    #[test]
    fn snapshots_a_few_minutes_apart_may_be_unpacked_a_few_minutes_later() {
        let all: Vec<Times> = (0..5).map(|minute| times(minute * 60, minute * 60, 16 * 60 + 90)).collect();
        assert!(
            origins(&all).iter().all(|(_, origin, warning)| *origin == TimeOrigin::StorageFile && warning.is_none())
        );
    }

    #[test]
    fn copied_snapshots_have_only_their_names() {
        let all: Vec<Times> = (1..=5).map(|day| times(day * DAY, 100 * DAY + day, 100 * DAY + day)).collect();
        assert_eq!(origins(&all)[1], (2 * DAY, TimeOrigin::Declared, Some("only_declared_time")));
    }

    #[test]
    fn a_snapshot_made_up_later_is_found_out() {
        let mut all = days();
        // Named and dated back to the third day, made on the ninth.
        all.push(times(3 * DAY + 7, 3 * DAY + 9, 9 * DAY));
        assert_eq!(origins(&all)[5], (9 * DAY, TimeOrigin::StorageFile, Some("forged_time")));
        all[5] = times(3 * DAY + 7, 9 * DAY, 9 * DAY);
        assert_eq!(origins(&all)[5], (9 * DAY, TimeOrigin::StorageFile, Some("forged_time")));
    }

    #[test]
    fn preserved_times_of_the_original_are_not_storage_times() {
        let all: Vec<Times> = (1..=5).map(|day| times(day * DAY, 7, day * DAY + 60)).collect();
        assert_eq!(origins(&all)[2], (3 * DAY + 60, TimeOrigin::StorageFile, None));
        // A file system snapshot keeps both times of the original.
        let all: Vec<Times> = (1..=5).map(|day| times(day * DAY, 7, 8)).collect();
        assert_eq!(origins(&all)[2], (3 * DAY, TimeOrigin::Declared, Some("only_declared_time")));
    }

    #[test]
    fn a_person_can_vouch_for_declared_times() {
        let one = Times {
            declared: Some(Timestamp::from_seconds(DAY, 0)),
            rotating: false,
            modified: Timestamp::from_seconds(30 * DAY, 0),
            changed: Timestamp::from_seconds(30 * DAY, 0),
        };
        assert_ne!(weigh(&[one], false)[0].0.origin, TimeOrigin::Declared, "a single copy proves nothing by itself");
        let (stored, warning) = weigh(&[one], true)[0];
        assert_eq!((stored.time, stored.origin), (Timestamp::from_seconds(DAY, 0), TimeOrigin::Declared));
        assert_eq!(warning, Some("only_declared_time"));
    }
}
