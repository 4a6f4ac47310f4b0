//! Which sighting becomes the clean point, case by case, and what holds for every history.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on must fail")]

use backup::clean_point::{Choice, Sighting, State, choose};
use model::{CleanPoint, StorageTime, TimeOrigin, Timestamp};
use proptest::prelude::*;

const SECOND: i64 = 1_000_000_000;

/// Storage second, state: version number, `-` absent, `!` damaged; a trailing `f` is forged, `d` declared only.
fn sighting(text: &str) -> Sighting {
    let (seconds, state) = text.split_once(' ').unwrap();
    let time = Timestamp(seconds.parse::<i64>().unwrap() * SECOND);
    let origin = if state.ends_with('d') { TimeOrigin::Declared } else { TimeOrigin::StorageFile };
    let forged = state.ends_with('f');
    let state = match state.trim_end_matches(['d', 'f']) {
        "-" => State::Absent,
        "!" => State::Damaged,
        number => State::Version(number.parse().unwrap()),
    };
    Sighting { snapshot: format!("s{seconds}"), stored: StorageTime { time, origin, declared: None }, forged, state }
}

/// The choice for a first hostile act at second 100 with a clock error of 2 seconds.
fn chosen(sightings: &[&str]) -> Choice {
    let sightings: Vec<Sighting> = sightings.iter().map(|text| sighting(text)).collect();
    choose(&sightings, Timestamp(100 * SECOND), 2 * SECOND)
}

fn clean(sightings: &[&str]) -> String {
    match chosen(sightings).clean {
        CleanPoint::Version { index, age_ns } => format!("version {index} of {}", (100 * SECOND - age_ns) / SECOND),
        CleanPoint::Absent { snapshot, .. } => format!("absent in {snapshot}"),
        CleanPoint::None { reason } => reason,
    }
}

#[test]
fn the_newest_sighting_before_the_act_decides() {
    assert_eq!(clean(&["10 0", "50 1", "120 2"]), "version 1 of 50");
    assert_eq!(clean(&["10 0", "50 0", "120 2"]), "version 0 of 50");
    assert_eq!(clean(&["97 0", "98 1"]), "version 0 of 97", "strictly before, less the clock error");
    assert_eq!(clean(&["120 0"]), "all_versions_after_first_act");
    assert_eq!(clean(&[]), "no_source_covers_path");
}

#[test]
fn an_absence_before_the_act_is_a_clean_point_too() {
    assert_eq!(clean(&["10 -", "50 -", "120 0"]), "absent in s50");
    assert_eq!(clean(&["10 0", "50 -", "120 1"]), "absent in s50", "deleted for good reason");
    assert_eq!(clean(&["10 -", "50 0"]), "version 0 of 50");
}

#[test]
fn forged_sightings_are_listed_and_never_chosen() {
    assert_eq!(clean(&["10 0", "50 1f"]), "version 0 of 10");
    let choice = chosen(&["50 1f"]);
    assert_eq!(choice.clean, CleanPoint::None { reason: "only_forged_times".to_string() });
    assert_eq!(choice.considered[0].reason, "forged_time");
}

#[test]
fn damage_is_passed_over_for_a_version_but_not_for_an_absence() {
    assert_eq!(clean(&["10 0", "50 !"]), "version 0 of 10");
    assert_eq!(clean(&["10 -", "50 !"]), "snapshot_damaged", "it may have been made in between");
    assert_eq!(clean(&["5 0", "10 -", "50 !"]), "snapshot_damaged");
    assert_eq!(clean(&["10 0", "50 1", "60 -", "110 !"]), "absent in s60", "damage after the act is no matter");
}

#[test]
fn a_better_witness_wins_within_the_clock_error_only() {
    assert_eq!(clean(&["50 0", "51 1d"]), "version 0 of 50");
    assert_eq!(clean(&["50 0", "53 1d"]), "version 1 of 53");
    assert!(chosen(&["50 0", "53 1d"]).only_declared_time);
    assert!(!chosen(&["50 0", "51 1d"]).only_declared_time);
}

proptest! {
    #[test]
    fn every_choice_was_stored_before_the_act_by_no_forger(
        raw in proptest::collection::vec((0_i64..200, 0_usize..5, any::<bool>(), any::<bool>()), 0..12),
        act in 0_i64..200,
        error in 0_i64..5,
    ) {
        let sightings: Vec<Sighting> = raw
            .iter()
            .map(|(time, state, forged, declared)| Sighting {
                snapshot: time.to_string(),
                stored: StorageTime {
                    time: Timestamp(*time),
                    origin: if *declared { TimeOrigin::Declared } else { TimeOrigin::StorageFile },
                    declared: None,
                },
                forged: *forged,
                state: match state { 0 => State::Absent, 1 => State::Damaged, n => State::Version(*n) },
            })
            .collect();
        let choice = choose(&sightings, Timestamp(act), error);
        prop_assert_eq!(choice.considered.len(), sightings.len());
        let chosen: Vec<_> = choice.considered.iter().filter(|one| one.reason == "chosen").collect();
        prop_assert_eq!(chosen.len(), usize::from(!matches!(choice.clean, CleanPoint::None { .. })));
        for one in chosen {
            let sighting = &sightings[one.sighting];
            prop_assert!(sighting.stored.time.0 < act - error && !sighting.forged);
            // Nothing believable is newer by more than the clock error.
            let newer = sightings.iter().any(|other| {
                !other.forged && other.state != State::Damaged && other.stored.time.0 < act - error
                    && other.stored.time.0 > sighting.stored.time.0 + error
            });
            prop_assert!(!newer);
        }
    }
}
