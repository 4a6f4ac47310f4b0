//! Findings of one check, put together as their events come, within bounds.
//!
//! A log holds any number of alerts or of names that a check watches; what a person reads, and memory, do not.
//! Every event is counted in one of the findings, and stays in the stored events.

use std::collections::BTreeMap;

use model::{Confidence, CrossingOutcome, Event, EventId, Finding};

/// Findings of one check that are kept apart; a host has some hundreds of containers in a month. Events beyond them
/// share one finding, which says so.
const FINDINGS_MAX: usize = 10_000;
/// Most events that one finding cites; all are counted.
const CITED_MAX: usize = 200;
/// Events that all findings of one check cite together before each cites only its first ones.
const CITED_ALL_MAX: usize = 50_000;
/// Those.
const CITED_MIN: usize = 3;

/// What stands in [`Finding::missing`] of the finding that events without one of their own share.
pub(crate) const SHARED: &str = "own_findings";

/// Findings by a key.
pub(crate) struct Grouped<K> {
    by_key: BTreeMap<K, Held>,
    /// That of the events beyond the bound.
    shared: Option<Held>,
    cited: usize,
}

/// A finding and the event that was added last.
struct Held {
    finding: Finding,
    latest: Option<EventId>,
}

impl Held {
    fn new(finding: Finding) -> Self {
        let latest = finding.events.last().copied();
        Self { finding, latest }
    }
}

impl<K> Default for Grouped<K> {
    fn default() -> Self {
        Self { by_key: BTreeMap::new(), shared: None, cited: 0 }
    }
}

/// One of them, to be added to.
pub(crate) struct Group<'a> {
    pub(crate) finding: &'a mut Finding,
    latest: &'a mut Option<EventId>,
    cited: &'a mut usize,
}

impl<K: Ord> Grouped<K> {
    /// The finding under `key`; `make` makes it from its first event.
    pub(crate) fn of(&mut self, key: K, make: impl FnOnce() -> Finding) -> Group<'_> {
        let held = if self.by_key.len() < FINDINGS_MAX || self.by_key.contains_key(&key) {
            self.by_key.entry(key).or_insert_with(|| Held::new(make()))
        } else {
            self.shared.get_or_insert_with(|| Held::new(shared(make())))
        };
        Group { finding: &mut held.finding, latest: &mut held.latest, cited: &mut self.cited }
    }

    /// The finding under `key`, if there is one.
    pub(crate) fn get_mut(&mut self, key: &K) -> Option<Group<'_>> {
        let held = self.by_key.get_mut(key)?;
        Some(Group { finding: &mut held.finding, latest: &mut held.latest, cited: &mut self.cited })
    }

    /// Whether there is one.
    pub(crate) fn contains(&self, key: &K) -> bool {
        self.by_key.contains_key(key)
    }

    /// All, in the order of their first events.
    pub(crate) fn findings(&self) -> Vec<Finding> {
        let mut findings: Vec<Finding> =
            self.by_key.values().chain(&self.shared).map(|held| held.finding.clone()).collect();
        findings.sort_by(|a, b| (a.time, &a.id).cmp(&(b.time, &b.id)));
        findings
    }
}

/// A finding that others will share: of no host, container or process.
fn shared(first: Finding) -> Finding {
    let missing = vec![SHARED.to_string()];
    Finding { host: None, container: None, subject: None, facts: BTreeMap::new(), missing, ..first }
}

impl Group<'_> {
    /// Adds a further event. The furthest outcome and the highest confidence stay.
    pub(crate) fn extend(&mut self, event: &Event, crossing: CrossingOutcome, confidence: Confidence) {
        if self.cite(event, confidence) {
            self.finding.crossing = self.finding.crossing.max(Some(crossing));
        }
    }

    /// Adds a further event that says nothing of a crossing. The highest confidence stays. `false` for the event that
    /// was added last.
    pub(crate) fn cite(&mut self, event: &Event, confidence: Confidence) -> bool {
        if self.latest.replace(event.id) == Some(event.id) {
            return false;
        }
        let finding = &mut *self.finding;
        finding.count += 1;
        finding.last = finding.last.max(event.time);
        finding.confidence = finding.confidence.max(confidence);
        let room = if *self.cited < CITED_ALL_MAX { CITED_MAX } else { CITED_MIN };
        if finding.events.len() < room {
            finding.events.push(event.id);
            *self.cited += 1;
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signs;
    use model::{Action, Timestamp};

    fn event(at: usize) -> Event {
        let at = u64::try_from(at).unwrap();
        let id = EventId { source: [1; 8], offset: at, part: 0 };
        Event::draft(id, Timestamp(i64::try_from(at).unwrap()), "falco", Action::AlertRaised)
    }

    fn grouped(events: usize, key: impl Fn(usize) -> usize) -> Vec<Finding> {
        let mut grouped = Grouped::default();
        for at in 0..events {
            let event = event(at);
            let mut group = grouped.of(key(at), || signs::finding("any", &[], &event, None));
            // An event with two objects comes twice.
            group.extend(&event, CrossingOutcome::Unknown, 50);
            group.cite(&event, 50);
        }
        grouped.findings()
    }

    #[test]
    fn many_events_of_a_kind_are_one_finding_that_counts_all_and_cites_the_first() {
        let found = grouped(1_000, |_| 0);
        let [finding] = &found[..] else { unreachable!("one finding, not {}", found.len()) };
        assert_eq!((finding.count, finding.time, finding.last), (1_000, Timestamp(0), Timestamp(999)));
        assert_eq!(finding.events, (0..CITED_MAX).map(|at| event(at).id).collect::<Vec<_>>());
        // The event that began it said nothing of a crossing; the next one did.
        assert_eq!((finding.crossing, finding.confidence), (Some(CrossingOutcome::Unknown), 100));
    }

    #[test]
    fn findings_beyond_the_bound_share_one_and_no_event_is_lost() {
        let found = grouped(FINDINGS_MAX * 7, |at| at % (FINDINGS_MAX + 5));
        assert_eq!(found.len(), FINDINGS_MAX + 1);
        assert_eq!(found.iter().map(|finding| finding.count).sum::<u64>(), FINDINGS_MAX as u64 * 7);
        let shared: Vec<&Finding> = found.iter().filter(|finding| finding.missing == [SHARED]).collect();
        assert_eq!(shared.len(), 1);
        assert!(shared[0].facts.is_empty() && shared[0].count >= 30, "{shared:?}");
        let cited: usize = found.iter().map(|finding| finding.events.len()).sum();
        assert!(cited <= CITED_ALL_MAX + found.len() * CITED_MIN, "{cited}");
        assert!(found.iter().all(|finding| !finding.events.is_empty()));
    }
}
