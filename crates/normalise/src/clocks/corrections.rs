//! The estimated clocks, and how they change events.

use std::collections::BTreeMap;

use model::{BlindWindow, ClockKnown, Event, HostKnown, SourceClock, SourceId, TimeBasis, Timestamp};

use super::{HostOfSource, anchors::Key};

/// One clock as estimated or stated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clock {
    /// Nanoseconds to take off a recorded time.
    pub offset_ns: i64,
    pub(super) error_ns: Option<i64>,
    pub(super) zone_minutes: Option<i32>,
    pub(super) years: Option<i32>,
    pub(super) skew_ns: Option<i64>,
    pub(super) boot: Option<Timestamp>,
    pub(super) known: ClockKnown,
    pub(super) reference: Option<SourceId>,
    pub(super) shared: u64,
}

impl Clock {
    pub(super) fn untouched(known: ClockKnown) -> Self {
        Self {
            offset_ns: 0,
            error_ns: None,
            zone_minutes: None,
            years: None,
            skew_ns: None,
            boot: None,
            known,
            reference: None,
            shared: 0,
        }
    }
}

/// All clocks of the evidence.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Clocks {
    clocks: BTreeMap<Key, Clock>,
    beyond: bool,
}

impl Clocks {
    pub(super) fn new(clocks: BTreeMap<Key, Clock>, beyond: bool) -> Self {
        Self { clocks, beyond }
    }

    /// Whether no clock needs a correction.
    pub fn change_nothing(&self) -> bool {
        self.clocks.values().all(|clock| clock.offset_ns == 0)
            && !self.clocks.iter().any(|(key, _)| matches!(key.basis, TimeBasis::Local))
    }

    /// Whether there were more clocks than could be followed; the others keep their recorded times.
    pub fn are_beyond_bound(&self) -> bool {
        self.beyond
    }

    /// The clock of that source, host (as recorded) and basis.
    pub fn of(&self, source: SourceId, host: Option<&str>, basis: TimeBasis) -> Option<&Clock> {
        self.clocks.get(&Key { source, basis, host: host.map(str::to_string) })
    }

    /// The clocks of one source for its coverage.
    pub fn of_source(&self, source: SourceId, name_of: &BTreeMap<SourceId, String>) -> Vec<SourceClock> {
        let own = self.clocks.iter().filter(|(key, _)| key.source == source);
        own.map(|(key, clock)| SourceClock {
            host: key.host.clone(),
            basis: key.basis,
            known: clock.known,
            zone_minutes: clock.zone_minutes,
            years: clock.years,
            skew_ns: clock.skew_ns,
            boot: clock.boot,
            error_ns: clock.error_ns,
            reference: clock.reference.and_then(|source| name_of.get(&source).cloned()),
            shared: clock.shared,
        })
        .collect()
    }
}

/// What is changed in every draft before events are put in order: its time, and its host where it names none.
#[derive(Debug, Clone, Default)]
pub struct Labels {
    clocks: Clocks,
    hosts: HostOfSource,
    /// The clock of the last event, which is usually also that of the next.
    last: Option<(Key, Option<Clock>)>,
}

impl Labels {
    /// Labels by these clocks and hosts.
    pub fn new(clocks: Clocks, hosts: HostOfSource) -> Self {
        Self { clocks, hosts, last: None }
    }

    /// Whether every event would stay as it is.
    pub fn change_nothing(&self) -> bool {
        self.clocks.change_nothing() && self.hosts.is_empty()
    }

    /// The clocks.
    pub fn clocks(&self) -> &Clocks {
        &self.clocks
    }

    /// The host of a source's events that name none, and how it is known.
    pub fn host_of(&self, source: SourceId) -> Option<(&str, HostKnown)> {
        self.hosts.of(source)
    }

    /// Corrects one draft. Its identity stays.
    pub fn apply(&mut self, event: &mut Event) {
        let Some(source) = event.addresses.first().map(|address| address.source) else { return };
        let is_last = self
            .last
            .as_ref()
            .is_some_and(|(key, _)| key.source == source && key.basis == event.time_basis && key.host == event.host);
        if !is_last {
            let key = Key { source, basis: event.time_basis, host: event.host.clone() };
            let clock = self.clocks.clocks.get(&key).cloned();
            self.last = Some((key, clock));
        }
        if let Some(clock) = self.last.as_ref().and_then(|last| last.1.as_ref()) {
            if clock.offset_ns != 0 {
                event.time_recorded = Some(event.time);
                event.time = moved(event.time, clock);
            }
            if clock.offset_ns != 0 || event.time_basis == TimeBasis::Local {
                event.time_error_ns = clock.error_ns;
            }
        }
        if event.host.is_none()
            && super::hosts::is_of_host(event)
            && let Some((host, _)) = self.hosts.of(source)
        {
            event.host = Some(host.to_string());
        }
    }

    /// The corrected form of a time that a recorder in UTC stated.
    pub fn corrected(&self, source: SourceId, host: Option<&str>, time: Timestamp) -> Timestamp {
        self.clocks.of(source, host, TimeBasis::Utc).map_or(time, |clock| moved(time, clock))
    }

    /// Corrects a blind window that a parser reported: recorders count in UTC.
    pub fn apply_to_window(&self, window: &mut BlindWindow) {
        let Some(source) = window.addresses.first().map(|address| address.source) else { return };
        if let Some(clock) = self.clocks.of(source, window.host.as_deref(), TimeBasis::Utc) {
            window.from = window.from.map(|time| moved(time, clock));
            window.to = window.to.map(|time| moved(time, clock));
        }
        if window.host.is_none() {
            window.host = self.hosts.of(source).map(|(host, _)| host.to_string());
        }
    }
}

fn moved(time: Timestamp, clock: &Clock) -> Timestamp {
    Timestamp(time.0.saturating_sub(clock.offset_ns))
}
