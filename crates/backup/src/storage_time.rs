//! When snapshots were really stored: file times of the storage against what snapshots say of themselves.

use model::{StorageTime, TimeOrigin, Timestamp};

/// Clocks of a host and its storage may differ by this much before a contradiction counts as forged.
/// Chosen by eye: hosts without time synchronisation drift by minutes, forgeries need days.
pub(crate) const TOLERANCE_NS: i64 = 15 * 60 * 1_000_000_000;

/// Longest honest backup run whose length nobody states. Chosen by eye: a first full backup over a day.
pub(crate) const DURATION_MAX_NS: i64 = 24 * 3600 * 1_000_000_000;

/// A storage whose file times span less than this fraction of what its snapshots declare was copied
/// without its times: real backups are as far apart in storage as they say.
const COPY_NARROWER: i128 = 10;

/// What is known of one stored snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stored {
    /// File time of the storage.
    pub file: Timestamp,
    /// What the snapshot says of itself.
    pub declared: Option<Timestamp>,
}

/// Whether the files were evidently copied without their times, so that file times say nothing: two
/// or more, all times after the newest declared one, within a window far narrower than the declared times.
///
/// A single snapshot proves nothing: a forged one looks the same, and is the worse mistake.
pub(crate) fn copied_without_times(all: &[Stored]) -> bool {
    let declared = || all.iter().filter_map(|stored| stored.declared);
    let (Some(oldest), Some(newest)) = (declared().min(), declared().max()) else { return false };
    let files = || all.iter().map(|stored| stored.file);
    let (Some(first), Some(last)) = (files().min(), files().max()) else { return false };
    let spread = i128::from(newest.0) - i128::from(oldest.0);
    let window = i128::from(last.0) - i128::from(first.0);
    all.len() > 1 && first >= newest && spread > 0 && window * COPY_NARROWER < spread
}

/// Whether what a snapshot says of itself contradicts the time of its storage.
///
/// It says when it began, so it may be older than its storage by the run's length (`duration_ns`,
/// the longest that is plausible) and the tolerance; it cannot be younger by more than the tolerance.
pub(crate) fn contradicts(stored: Stored, duration_ns: i64) -> bool {
    let Some(declared) = stored.declared else { return false };
    let later = i128::from(stored.file.0) - i128::from(declared.0);
    later > i128::from(TOLERANCE_NS) + i128::from(duration_ns.max(0)) || later < -i128::from(TOLERANCE_NS)
}

/// A storage time on the word of the storage's file system.
pub(crate) fn by_file(stored: Stored) -> StorageTime {
    StorageTime { time: stored.file, origin: TimeOrigin::StorageFile, declared: stored.declared }
}

/// A storage time on the snapshot's own word; `duration_ns` is how long it says that it ran.
pub(crate) fn by_declaration(declared: Timestamp, duration_ns: i64) -> StorageTime {
    let end = Timestamp(declared.0.saturating_add(duration_ns.max(0)));
    StorageTime { time: end, origin: TimeOrigin::Declared, declared: Some(declared) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400;

    fn stored(file: i64, declared: i64) -> Stored {
        Stored { file: Timestamp::from_seconds(file, 0), declared: Some(Timestamp::from_seconds(declared, 0)) }
    }

    #[test]
    fn a_copy_is_told_from_real_storage() {
        let real = [stored(DAY, DAY - 60), stored(2 * DAY, 2 * DAY - 60), stored(3 * DAY, 3 * DAY - 60)];
        assert!(!copied_without_times(&real));
        let copied = real.map(|real| Stored { file: Timestamp::from_seconds(30 * DAY, 0), ..real });
        assert!(copied_without_times(&copied));
        assert!(!copied_without_times(&copied[..1]), "one snapshot proves nothing");
        // A forger stores five old-looking snapshots beside real ones: the storage's times stay in force.
        let forged = [stored(DAY, DAY), stored(9 * DAY, 2 * DAY), stored(9 * DAY + 1, 3 * DAY)];
        assert!(!copied_without_times(&forged));
    }

    #[test]
    fn a_contradiction_needs_more_than_clock_error_and_run_time() {
        let hour = 3_600_000_000_000;
        assert!(!contradicts(stored(1000, 1000 - 14 * 60), 0));
        assert!(contradicts(stored(1000, 1000 - 16 * 60), 0));
        assert!(!contradicts(stored(2 * 3600, 3600), hour));
        assert!(!contradicts(stored(1000, 1000 + 14 * 60), hour));
        assert!(contradicts(stored(1000, 1000 + 16 * 60), hour), "a snapshot cannot be stored before it began");
    }
}
