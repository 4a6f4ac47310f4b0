//! When each source saw something of each host, and where it was silent for much longer than usual.
//!
//! A fold over the labelled events in their order. What is *usual* is taken from the lane itself: pauses of a
//! second or more between its events. A pause counts as a silence when it is longer than six times the pause
//! that only one in twenty exceeds, and longer than ten minutes. Logs come in bursts, so all differences
//! together would make every quiet night a silence; with fewer than twenty pauses nothing is usual.

use std::collections::{BTreeMap, BTreeSet};

use model::{Event, HostKnown, Lane, SourceId, Span, TimeBasis, Timestamp};

const SECOND: i64 = 1_000_000_000;
/// Lanes that are followed, each about 1 KiB.
const LANES_MAX: usize = 4_096;
/// Longest pauses kept per lane.
const SILENCES_MAX: usize = 32;
/// Pauses that make a usual one.
const PAUSES_MIN: u64 = 20;
/// No pause below this is a silence, in seconds. Chosen by eye.
const SILENCE_SECONDS_MIN: u64 = 600;
/// How much longer than the usual long pause a silence is. Chosen by eye.
const TIMES_USUAL: u64 = 6;
/// Classes of pauses: four for each doubling, from 1 second to 2³⁰.
const CLASSES: usize = 120;

/// All lanes under construction.
#[derive(Debug, Default)]
pub struct Lanes {
    index: BTreeMap<(SourceId, Option<String>), usize>,
    lanes: Vec<State>,
    /// The lane of the last event, which is usually also that of the next.
    last: Option<(SourceId, Option<String>, usize)>,
}

#[derive(Debug)]
struct State {
    first: Timestamp,
    last: Timestamp,
    events: u64,
    pauses: [u32; CLASSES],
    /// The longest pauses, as length, beginning and end.
    longest: BTreeSet<(i64, Timestamp, Timestamp)>,
}

impl Lanes {
    /// Takes the next event, in [`Event::order`]. Times that are not known, or count from an unknown boot, cover nothing.
    pub fn event(&mut self, event: &Event) {
        let is_unanchored = event.time_basis == TimeBasis::Boot && event.time_recorded.is_none();
        if is_unanchored || event.time_basis == TimeBasis::Unknown {
            return;
        }
        for (at, address) in event.addresses.iter().enumerate() {
            // A joined copy has records in several sources; records of one source stand together.
            if at == 0 || event.addresses[at - 1].source != address.source {
                self.seen(address.source, event);
            }
        }
    }

    fn seen(&mut self, source: SourceId, event: &Event) {
        let known = self.last.as_ref().filter(|(last, host, _)| *last == source && *host == event.host);
        let at = match known {
            Some(last) => last.2,
            None => {
                let key = (source, event.host.clone());
                let at = match self.index.get(&key) {
                    Some(&at) => at,
                    None if self.lanes.len() >= LANES_MAX => return,
                    None => {
                        self.lanes.push(State::new(event.time));
                        self.index.insert(key, self.lanes.len() - 1);
                        self.lanes.len() - 1
                    }
                };
                self.last = Some((source, event.host.clone(), at));
                at
            }
        };
        self.lanes[at].event(event.time);
    }

    /// The lanes of every source, by host. `given` says which host a source got that names none, and how it is known.
    pub fn finish<'a>(self, given: impl Fn(SourceId) -> Option<(&'a str, HostKnown)>) -> BTreeMap<SourceId, Vec<Lane>> {
        let mut found: BTreeMap<SourceId, Vec<Lane>> = BTreeMap::new();
        for ((source, host), at) in self.index {
            let host_known = match &host {
                None => HostKnown::Unknown,
                Some(host) => given(source).filter(|(it, _)| it == host).map_or(HostKnown::Named, |(_, known)| known),
            };
            found.entry(source).or_default().push(self.lanes[at].lane(host, host_known));
        }
        found
    }
}

impl State {
    fn new(first: Timestamp) -> Self {
        Self { first, last: first, events: 0, pauses: [0; CLASSES], longest: BTreeSet::new() }
    }

    fn event(&mut self, time: Timestamp) {
        self.events += 1;
        let pause = time.0.saturating_sub(self.last.0);
        if pause >= SECOND {
            let count = &mut self.pauses[class((pause / SECOND).unsigned_abs())];
            *count = count.saturating_add(1);
            self.longest.insert((pause, self.last, time));
            if self.longest.len() > SILENCES_MAX {
                self.longest.pop_first();
            }
        }
        self.last = self.last.max(time);
    }

    fn lane(&self, host: Option<String>, host_known: HostKnown) -> Lane {
        let silence_seconds = self.silence_seconds();
        let is_silence = |pause: i64| silence_seconds.is_some_and(|seconds| (pause / SECOND).unsigned_abs() > seconds);
        let mut silences: Vec<Span> = self
            .longest
            .iter()
            .filter(|(pause, _, _)| is_silence(*pause))
            .map(|&(_, from, to)| Span { from, to })
            .collect();
        silences.sort_unstable();
        let (first, last) = (self.first, self.last);
        Lane { host, host_known, first, last, events: self.events, silences, silence_seconds }
    }

    /// From how many seconds on a pause is a silence.
    fn silence_seconds(&self) -> Option<u64> {
        let all: u64 = self.pauses.iter().copied().map(u64::from).sum();
        if all < PAUSES_MIN {
            return None;
        }
        let mut beyond = all / 20;
        let usual = self.pauses.iter().enumerate().rev().find_map(|(at, &count)| {
            let is_it = u64::from(count) > beyond;
            beyond = beyond.saturating_sub(count.into());
            is_it.then(|| upper_bound(at))
        });
        Some(usual.unwrap_or(0).saturating_mul(TIMES_USUAL).max(SILENCE_SECONDS_MIN))
    }
}

/// The class of a pause of that many seconds, 1 or more.
fn class(seconds: u64) -> usize {
    let seconds = seconds.max(1);
    let doublings = seconds.ilog2();
    let quarter = if doublings >= 2 { (seconds >> (doublings - 2)) & 3 } else { (seconds << (2 - doublings)) & 3 };
    usize::try_from(u64::from(doublings) * 4 + quarter).unwrap_or(CLASSES).min(CLASSES - 1)
}

/// Seconds that no pause of the class exceeds, about.
fn upper_bound(class: usize) -> u64 {
    let (doublings, quarter) = (class / 4, class as u64 % 4);
    (1_u64 << doublings) * (5 + quarter) / 4
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Action, Address, EventId, Sha256};

    fn lanes(seconds: impl Iterator<Item = i64>) -> Lane {
        let source = Sha256([1; 32]);
        let mut lanes = Lanes::default();
        for (at, second) in seconds.enumerate() {
            let id = EventId::new(source, at as u64, 0);
            let mut event = Event::draft(id, Timestamp(second * SECOND), "auditd", Action::Other);
            event.addresses = vec![Address { source, offset: at as u64, length: 1 }];
            lanes.event(&event);
        }
        lanes.finish(|_| None).remove(&source).unwrap().remove(0)
    }

    #[test]
    fn an_hour_without_events_in_a_busy_log_is_a_silence() {
        let times = (0..200).map(|at| at * 5 + if at >= 100 { 3_600 } else { 0 });
        let lane = lanes(times);
        assert_eq!(lane.silence_seconds, Some(600));
        assert_eq!(lane.silences, [Span { from: Timestamp(495 * SECOND), to: Timestamp(4_100 * SECOND) }]);
        assert_eq!((lane.events, lane.host_known), (200, HostKnown::Unknown));
    }

    #[test]
    fn a_log_that_speaks_once_an_hour_is_not_silent_for_two() {
        let times = (0..40).flat_map(|at| [at * 3_600, at * 3_600]).chain([41 * 3_600 + 3_600]);
        let lane = lanes(times);
        assert_eq!(lane.silences, []);
        assert!(lane.silence_seconds.is_some_and(|seconds| (6 * 3_600..8 * 3_600).contains(&seconds)), "{lane:?}");
    }

    #[test]
    fn few_pauses_make_nothing_usual() {
        let lane = lanes([0, 1, 2, 90_000].into_iter());
        assert_eq!((lane.silence_seconds, lane.silences), (None, vec![]));
    }

    #[test]
    fn classes_rise_with_the_pause_and_bound_it() {
        for seconds in 1..5_000_u64 {
            assert!(class(seconds) <= class(seconds + 1));
            assert!(upper_bound(class(seconds)) >= seconds, "{seconds}");
        }
        assert_eq!(class(u64::MAX), CLASSES - 1);
    }
}
