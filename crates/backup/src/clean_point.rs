//! Which version of an object is clean: the newest one stored before the first hostile act, less the
//! clock error.
//!
//! Pure: plain data in, a choice with its reasons out.

use std::cmp::Reverse;

use model::{CleanPoint, StorageTime, TimeOrigin, Timestamp};

/// What one snapshot of any source says of one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    /// The snapshot's name.
    pub snapshot: String,
    /// When it was complete in storage.
    pub stored: StorageTime,
    /// Whether its own time contradicts the time of its storage.
    pub forged: bool,
    /// What it says.
    pub state: State,
}

/// What a snapshot that covers an object's path says of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It holds the version of this index.
    Version(usize),
    /// It was not there.
    Absent,
    /// Its answer cannot be read.
    Damaged,
}

/// A sighting that was looked at, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Considered {
    /// Index into the sightings.
    pub sighting: usize,
    /// Message key: `chosen`, `stored_after_first_act`, `older`, `forged_time`, `snapshot_damaged`.
    pub reason: &'static str,
}

/// The choice and its reasons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The clean point.
    pub clean: CleanPoint,
    /// Every sighting, newest first.
    pub considered: Vec<Considered>,
    /// Whether the chosen sighting rests on a time that its own writer could forge.
    pub only_declared_time: bool,
}

/// Chooses among everything that snapshots covering the path say (`NotCovered` ones are left out).
///
/// A sighting counts when its snapshot was complete strictly before `first_hostile_act` less
/// `clock_error_ns`; the newest such one decides, be it a version or an absence. Among those stored
/// within the clock error of the newest, a better time origin wins. Forged snapshots are never
/// chosen. A damaged newest sighting is passed over for an older *version*, but not for an older
/// absence: what was made in between would be taken for the attacker's.
///
/// Without a clean point the reason is `no_source_covers_path`, `all_versions_after_first_act`,
/// `only_forged_times` or `snapshot_damaged`.
pub fn choose(sightings: &[Sighting], first_hostile_act: Timestamp, clock_error_ns: i64) -> Choice {
    let limit = Timestamp(first_hostile_act.0.saturating_sub(clock_error_ns.max(0)));
    let order = newest_first(sightings, limit, clock_error_ns.max(0));
    let mut considered = Vec::with_capacity(order.len());
    let mut chosen: Option<usize> = None;
    let mut damaged = false;
    let mut forged = false;
    let mut refused_absence = false;
    for index in order {
        let sighting = &sightings[index];
        let reason = if sighting.stored.time >= limit {
            "stored_after_first_act"
        } else if sighting.forged {
            forged = true;
            "forged_time"
        } else if sighting.state == State::Damaged {
            damaged |= chosen.is_none();
            "snapshot_damaged"
        } else if chosen.is_some() || refused_absence {
            "older"
        } else if sighting.state == State::Absent && damaged {
            refused_absence = true;
            "older"
        } else {
            chosen = Some(index);
            "chosen"
        };
        considered.push(Considered { sighting: index, reason });
    }
    let clean = match chosen.map(|index| &sightings[index]) {
        Some(sighting) => found(sighting, first_hostile_act),
        None => CleanPoint::None { reason: why_none(sightings, damaged, forged).to_string() },
    };
    let only_declared_time = chosen.is_some_and(|index| sightings[index].stored.origin == TimeOrigin::Declared);
    Choice { clean, considered, only_declared_time }
}

fn found(sighting: &Sighting, first_hostile_act: Timestamp) -> CleanPoint {
    match sighting.state {
        State::Version(index) => {
            let age_ns = first_hostile_act.0.saturating_sub(sighting.stored.time.0);
            CleanPoint::Version { index, age_ns }
        }
        _ => CleanPoint::Absent { stored: sighting.stored.time, snapshot: sighting.snapshot.clone() },
    }
}

fn why_none(sightings: &[Sighting], damaged: bool, forged: bool) -> &'static str {
    match (sightings.is_empty(), damaged, forged) {
        (true, ..) => "no_source_covers_path",
        (_, true, _) => "snapshot_damaged",
        (_, _, true) => "only_forged_times",
        _ => "all_versions_after_first_act",
    }
}

/// Newest first; those before the limit that lie within the clock error of the newest usable one are
/// ordered by who says the time.
fn newest_first(sightings: &[Sighting], limit: Timestamp, clock_error_ns: i64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..sightings.len()).collect();
    order.sort_by_key(|&index| (Reverse(sightings[index].stored.time), sightings[index].stored.origin, index));
    let usable = |index: usize| sightings[index].stored.time < limit && !sightings[index].forged;
    let Some(start) = order.iter().position(|&index| usable(index)) else { return order };
    let newest = sightings[order[start]].stored.time.0;
    let near = order[start..]
        .iter()
        .take_while(|&&index| newest.saturating_sub(sightings[index].stored.time.0) <= clock_error_ns)
        .count();
    order[start..start + near]
        .sort_by_key(|&index| (sightings[index].stored.origin, Reverse(sightings[index].stored.time), index));
    order
}
