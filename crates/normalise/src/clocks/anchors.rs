//! A bounded sample of the occurrences that each clock recorded.

use std::collections::BTreeMap;

use model::{Action, CARRIED_BY, CARRIER_TIME, Event, SourceId, TimeBasis, Timestamp};

use super::{
    hosts::is_of_host,
    keys::{Kind, keys},
};

/// Clocks that are followed; a clock is one source, host and time basis. Evidence of more keeps its recorded times.
const CLOCKS_MAX: usize = 4_096;
/// Occurrences sampled per clock and kind, while clocks are few.
const SAMPLE_MAX: usize = 1_024;
/// The same when clocks are many: enough to find a mode.
const SAMPLE_MIN: usize = 64;
/// Occurrences sampled per kind over all clocks: with 6 kinds of about 64 bytes, 25 MiB.
const SAMPLES_ALL: usize = 64 * 1_024;
/// Times kept of one key; what comes more often is no identity.
const TIMES_MAX: usize = 4;
/// Boots kept per clock.
const BOOTS_MAX: usize = 64;

/// One clock: a file may hold several hosts, and carry records that have a time of their own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub source: SourceId,
    pub basis: TimeBasis,
    pub host: Option<String>,
}

/// The times at which a clock recorded occurrences of one key.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Times {
    times: [i64; TIMES_MAX],
    count: usize,
}

impl Times {
    fn add(&mut self, time: i64) {
        if let Some(place) = self.times.get_mut(self.count) {
            *place = time;
        }
        self.count = (self.count + 1).min(TIMES_MAX + 1);
    }

    /// The times; none when there were too many.
    pub fn all(&self) -> &[i64] {
        if self.count > TIMES_MAX { &[] } else { &self.times[..self.count] }
    }
}

/// What is known of one clock.
#[derive(Debug, Clone, Default)]
pub(super) struct Sample {
    by_kind: [Bottom; Kind::ALL.len()],
    /// Boots of the host by this clock.
    pub boots: Vec<Timestamp>,
    /// First and last event.
    pub span: Option<(i64, i64)>,
    pub events: u64,
    /// The best recorder that uses this clock, as its rank.
    pub rank: u8,
    /// Greatest common granularity seen: 1 s, 1 ms, 1 µs or 1 ns.
    pub precision_ns: i64,
    /// Events that belong to a host: not those of an API.
    pub host_events: u64,
}

/// The occurrences whose keys hash lowest: every clock samples the same ones, whatever the order.
#[derive(Debug, Clone, Default)]
struct Bottom {
    by_key: BTreeMap<u64, Times>,
}

impl Bottom {
    fn add(&mut self, key: u64, time: i64, limit: usize) {
        if self.by_key.len() >= limit && self.by_key.last_key_value().is_some_and(|(&last, _)| key > last) {
            return;
        }
        self.by_key.entry(key).or_default().add(time);
        self.shrink(limit);
    }

    fn shrink(&mut self, limit: usize) {
        while self.by_key.len() > limit {
            self.by_key.pop_last();
        }
    }
}

impl Sample {
    /// What was sampled of one kind, by key.
    pub fn of(&self, kind: Kind) -> &BTreeMap<u64, Times> {
        &self.by_kind[kind as usize].by_key
    }

    fn note(&mut self, time: Timestamp) {
        self.events += 1;
        self.note_precision(time);
        self.span = Some(self.span.map_or((time.0, time.0), |(first, last)| (first.min(time.0), last.max(time.0))));
    }

    fn note_precision(&mut self, time: Timestamp) {
        for step in [1_000_000_000, 1_000_000, 1_000] {
            if self.precision_ns == step && time.0 % step != 0 {
                self.precision_ns = step / 1_000;
            }
        }
    }
}

/// The anchors of all clocks, collected while sources are read, in any order.
#[derive(Debug, Clone, Default)]
pub struct Anchors {
    index: BTreeMap<Key, usize>,
    clocks: Vec<(Key, Sample)>,
    /// The clock of the last event, which is usually also that of the next.
    last: usize,
    /// Clocks that were not followed because there were too many.
    beyond: bool,
}

impl Anchors {
    /// Takes a draft, as the parser gave it.
    pub fn event(&mut self, event: &Event) {
        let Some(source) = event.addresses.first().map(|address| address.source) else { return };
        if event.time_basis == TimeBasis::Unknown {
            return;
        }
        let Some((limit, sample)) = self.sample(source, event.time_basis, event.host.as_deref()) else { return };
        sample.note(event.time);
        sample.rank = sample.rank.min(rank(&event.format));
        sample.host_events += u64::from(is_of_host(event));
        if event.action == Action::SystemBoot && sample.boots.len() < BOOTS_MAX {
            sample.boots.push(event.time);
        }
        keys(event, |kind, key| sample.by_kind[kind as usize].add(key, event.time.0, limit));
        // Only syslog's clock has no zone; times of other carriers need no anchor.
        if event.fact(CARRIED_BY) == Some("syslog")
            && let Some(time) = event.fact(CARRIER_TIME).and_then(|text| Timestamp::parse(text).ok())
        {
            self.carried(source, event, time);
        }
    }

    /// A record with a time of its own inside one of a clock without zone: both clocks get the same key.
    fn carried(&mut self, source: SourceId, event: &Event, time: Timestamp) {
        let key = event.id.offset ^ u64::from(event.id.part) << 48;
        for (basis, time) in [(event.time_basis, event.time), (TimeBasis::Local, time)] {
            if let Some((limit, sample)) = self.sample(source, basis, event.host.as_deref()) {
                sample.note_precision(time);
                // Offsets in a file are no fair sample as they are; a multiplicative mix makes them one.
                let mixed = key.wrapping_mul(0x9e37_79b9_7f4a_7c15);
                sample.by_kind[Kind::Carried as usize].add(mixed, time.0, limit);
            }
        }
    }

    fn sample(&mut self, source: SourceId, basis: TimeBasis, host: Option<&str>) -> Option<(usize, &mut Sample)> {
        let is_last = self
            .clocks
            .get(self.last)
            .is_some_and(|(key, _)| key.source == source && key.basis == basis && key.host.as_deref() == host);
        if !is_last {
            let key = Key { source, basis, host: host.map(str::to_string) };
            self.last = match self.index.get(&key) {
                Some(&at) => at,
                None if self.clocks.len() >= CLOCKS_MAX => {
                    self.beyond = true;
                    return None;
                }
                None => self.add(key),
            };
        }
        let limit = self.limit();
        self.clocks.get_mut(self.last).map(|(_, sample)| (limit, sample))
    }

    fn add(&mut self, key: Key) -> usize {
        let new = Sample { rank: u8::MAX, precision_ns: 1_000_000_000, ..Sample::default() };
        self.index.insert(key.clone(), self.clocks.len());
        self.clocks.push((key, new));
        let limit = self.limit();
        for bottom in self.clocks.iter_mut().flat_map(|(_, sample)| &mut sample.by_kind) {
            bottom.shrink(limit);
        }
        self.clocks.len() - 1
    }

    /// All clocks in the order of their keys.
    pub(super) fn in_order(&self) -> Vec<(&Key, &Sample)> {
        self.index.values().filter_map(|&at| self.clocks.get(at)).map(|(key, sample)| (key, sample)).collect()
    }

    fn limit(&self) -> usize {
        (SAMPLES_ALL / self.clocks.len().max(1)).clamp(SAMPLE_MIN, SAMPLE_MAX)
    }

    /// Adds what was collected elsewhere, such as by another thread over other sources.
    pub fn join(&mut self, other: Self) {
        self.beyond |= other.beyond;
        for (key, sample) in other.clocks {
            let Some((limit, own)) = self.sample(key.source, key.basis, key.host.as_deref()) else { continue };
            own.events += sample.events;
            own.host_events += sample.host_events;
            own.rank = own.rank.min(sample.rank);
            own.precision_ns = own.precision_ns.min(sample.precision_ns);
            own.boots.extend(sample.boots);
            own.boots.sort_unstable();
            own.boots.truncate(BOOTS_MAX);
            if let Some((first, last)) = sample.span {
                own.span = Some(own.span.map_or((first, last), |(a, b)| (a.min(first), b.max(last))));
            }
            for (mine, theirs) in own.by_kind.iter_mut().zip(sample.by_kind) {
                for (key, times) in theirs.by_key {
                    let all = times.times.iter().take(times.count);
                    all.for_each(|&time| mine.add(key, time, limit));
                    if times.count > TIMES_MAX {
                        mine.add(key, 0, limit);
                    }
                }
            }
        }
    }

    /// Whether there were more clocks than are followed.
    pub fn are_beyond_bound(&self) -> bool {
        self.beyond
    }
}

/// How good a recorder's clock is as a reference, best first: the kernel's own stamp, the journal's, sensors'.
fn rank(format: &str) -> u8 {
    match format {
        "auditd" | "laurel" => 0,
        format if format.starts_with("journal") => 1,
        "falco" | "tetragon" | "tracee" => 2,
        _ => 3,
    }
}
