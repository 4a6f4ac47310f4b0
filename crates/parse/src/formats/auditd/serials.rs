//! Holes in a node's serial numbers, and steps of its clock.
//!
//! The kernel counts every event it hands to the recorder, so a number that never comes is an event
//! that was lost, removed or filtered out afterwards. Numbers start again at boot and after 2³² − 1.

use std::collections::BTreeMap;

use model::{Action, Address, BlindWindow, BlindWindowKind, Event, EventId, SerialGap, Timestamp};

use crate::{Batch, SERIAL_GAPS_LISTED};

/// Events that may overtake a missing one before it counts as missing. Interleaving on a busy host
/// stays far below it.
const OVERTAKING_EVENTS_MAX: usize = 512;
/// A serial this far below the last one is a new count, not a late event.
const LATE_SERIALS_MAX: u64 = 4096;
/// A serial that went back while the time went forward by this much is a new count.
const RESTART_NANOS: i64 = 500_000_000;
/// How far an event's time may lie behind an earlier one's: a system call's event carries the time
/// of its beginning, so calls that waited come late.
const CLOCK_TOLERANCE_NANOS: i64 = 1_000_000_000;
/// Events in a row that must lie behind before the clock counts as set back; calls that waited are few.
const CLOCK_EVENTS_MIN: u32 = 8;
/// The same at the end of a source, where no more can come.
const CLOCK_EVENTS_MIN_AT_END: u32 = 2;
/// The counter is 32 bits wide.
const ROLLOVER: u64 = 1 << 32;

/// Follows one node's serials.
#[derive(Default)]
pub(super) struct Serials {
    /// The serial up to which every number came or is reported as missing, with its time.
    settled: Option<(u64, Timestamp)>,
    /// Events beyond the first missing number.
    ahead: BTreeMap<u64, (Timestamp, Address)>,
    /// What was added to the counter because it rolled over.
    rolled: u64,
    /// Gaps reported so far.
    listed: usize,
    /// The gaps that are no longer listed one by one.
    rest: Option<SerialGap>,
    /// Whether a boot record said that a new count begins (or has just begun).
    restart_expected: bool,
    /// The highest time so far and its serial.
    highest: Option<(Timestamp, u64)>,
    /// Events in a row behind the highest time: how many, the first's time and address.
    behind: Option<(u32, Timestamp, Address)>,
}

impl Serials {
    /// Takes the serial of an event when its first record comes.
    pub fn event(&mut self, host: Option<&str>, serial: u64, time: Timestamp, address: Address, out: &mut Batch) {
        let Some((settled, settled_time)) = self.settled else {
            self.settled = Some((serial, time));
            self.highest = Some((time, serial));
            return;
        };
        let mut counted = serial + self.rolled;
        if serial < ROLLOVER >> 8 && settled.saturating_sub(self.rolled) > ROLLOVER - (ROLLOVER >> 8) {
            self.rolled += ROLLOVER;
            counted = serial + self.rolled;
        }
        if self.is_restart(counted, settled, time, settled_time) {
            self.restart(host, serial, time, out);
            return;
        }
        self.clock(host, counted, time, address, out);
        if counted == settled + 1 && self.ahead.is_empty() {
            self.settled = Some((counted, time));
        } else if counted > settled {
            self.ahead.insert(counted, (time, address));
            self.settle(host, OVERTAKING_EVENTS_MAX, out);
        }
    }

    /// Says that a boot record came: the next serial that is lower belongs to a new count.
    pub fn restart_expected(&mut self) {
        self.restart_expected = true;
    }

    /// Reports what is still missing at the end of the source.
    pub fn finish(&mut self, host: Option<&str>, out: &mut Batch) {
        self.settle(host, 0, out);
        self.clock_stepped(host, CLOCK_EVENTS_MIN_AT_END, out);
        out.serial_gaps.extend(self.rest.take());
    }

    fn is_restart(&self, counted: u64, settled: u64, time: Timestamp, settled_time: Timestamp) -> bool {
        if counted > settled {
            return false;
        }
        settled - counted > LATE_SERIALS_MAX
            || self.restart_expected
            || time.0.saturating_sub(self.highest.map_or(settled_time, |highest| highest.0).0) > RESTART_NANOS
    }

    fn restart(&mut self, host: Option<&str>, serial: u64, time: Timestamp, out: &mut Batch) {
        self.settle(host, 0, out);
        self.clock_stepped(host, CLOCK_EVENTS_MIN, out);
        self.settled = Some((serial, time));
        self.rolled = 0;
        self.restart_expected = false;
        self.highest = Some((time, serial));
        self.behind = None;
    }

    /// Moves over the numbers that came, and reports the first missing ones while more than `kept`
    /// events wait behind them.
    fn settle(&mut self, host: Option<&str>, kept: usize, out: &mut Batch) {
        while let (Some((&first, &(time, address))), Some((settled, from))) =
            (self.ahead.first_key_value(), self.settled)
        {
            if first > settled + 1 {
                if self.ahead.len() <= kept {
                    return;
                }
                let gap = SerialGap {
                    host: host.map(str::to_string),
                    after: settled % ROLLOVER,
                    before: first % ROLLOVER,
                    missing: first - settled - 1,
                    from,
                    to: time,
                    address,
                };
                self.report(gap, out);
            }
            self.ahead.pop_first();
            self.settled = Some((first, time));
        }
    }

    fn report(&mut self, gap: SerialGap, out: &mut Batch) {
        if self.listed < SERIAL_GAPS_LISTED {
            self.listed += 1;
            out.serial_gaps.push(gap);
            return;
        }
        match &mut self.rest {
            None => self.rest = Some(gap),
            Some(rest) => {
                rest.before = gap.before;
                rest.missing = rest.missing.saturating_add(gap.missing);
                rest.from = rest.from.min(gap.from);
                rest.to = rest.to.max(gap.to);
            }
        }
    }

    fn clock(&mut self, host: Option<&str>, counted: u64, time: Timestamp, address: Address, out: &mut Batch) {
        let Some((highest, at)) = self.highest else { return };
        if highest.0.saturating_sub(time.0) > CLOCK_TOLERANCE_NANOS {
            if counted > at {
                let (count, first, address) = self.behind.unwrap_or((0, time, address));
                self.behind = Some((count + 1, first.min(time), address));
                if count + 1 >= CLOCK_EVENTS_MIN {
                    self.clock_stepped(host, CLOCK_EVENTS_MIN, out);
                    self.highest = Some((time, counted));
                }
            }
        } else {
            // An event at the old time: the others had only waited.
            self.behind = None;
            if time > highest {
                self.highest = Some((time, counted));
            }
        }
    }

    fn clock_stepped(&mut self, host: Option<&str>, minimum: u32, out: &mut Batch) {
        let (Some((count, first, address)), Some((highest, _))) = (self.behind.take(), self.highest) else { return };
        if count < minimum {
            return;
        }
        let step_ns = highest.0.saturating_sub(first.0);
        let step = step_ns / 1_000_000;
        // The event of the first record behind has the parts 0 and 1.
        let id = EventId::new(address.source, address.offset, 2);
        let mut event = Event::draft(id, first, "auditd", Action::ClockStep);
        event.host = host.map(str::to_string);
        event.facts.insert("step_ns", format!("-{step_ns}"));
        event.facts.insert("seen_by", "times go back while serials go on");
        event.addresses = vec![address];
        out.drafts.push(event);
        out.blind_windows.push(BlindWindow {
            kind: BlindWindowKind::ClockJump,
            host: host.map(str::to_string),
            from: Some(first),
            to: Some(highest),
            facts: BTreeMap::from([("step_ms".to_string(), format!("-{step}"))]),
            addresses: vec![address],
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Sha256;
    use proptest::prelude::*;

    fn run(events: &[(u64, i64)]) -> Batch {
        let mut serials = Serials::default();
        let mut out = Batch::default();
        for (offset, &(serial, millis)) in events.iter().enumerate() {
            let address = Address { source: Sha256([0; 32]), offset: offset as u64, length: 1 };
            serials.event(None, serial, Timestamp(millis * 1_000_000), address, &mut out);
        }
        serials.finish(None, &mut out);
        out
    }

    fn gaps(out: &Batch) -> Vec<(u64, u64, u64)> {
        out.serial_gaps.iter().map(|gap| (gap.after, gap.before, gap.missing)).collect()
    }

    proptest! {
        #[test]
        fn exactly_the_missing_numbers_are_reported(
            missing in prop::collection::btree_set(2_u64..200, 0..40),
            swaps in prop::collection::vec((0_usize..190, 1_usize..8), 0..30),
        ) {
            let mut serials: Vec<u64> = (1..=200).filter(|serial| !missing.contains(serial)).collect();
            for (at, distance) in swaps {
                let at = at % serials.len();
                let other = (at + distance).min(serials.len() - 1);
                // The first event sets the start of the count, so it stays first.
                if at > 0 {
                    serials.swap(at, other);
                }
            }
            let events: Vec<(u64, i64)> = serials.iter().map(|&serial| (serial, 1_000)).collect();
            let out = run(&events);
            let mut found = std::collections::BTreeSet::new();
            for gap in &out.serial_gaps {
                found.extend(gap.after + 1..gap.before);
                prop_assert_eq!(gap.missing, gap.before - gap.after - 1);
            }
            prop_assert_eq!(found, missing);
            prop_assert!(out.blind_windows.is_empty());
        }
    }

    #[test]
    fn a_boot_and_a_rollover_are_no_gaps() {
        assert_eq!(gaps(&run(&[(67_800, 0), (67_801, 1), (5, 60_000), (6, 60_001)])), []);
        assert_eq!(gaps(&run(&[(300, 0), (301, 1), (5, 60_000), (7, 60_001)])), [(5, 7, 1)]);
        assert_eq!(gaps(&run(&[(u64::from(u32::MAX) - 1, 0), (u64::from(u32::MAX), 0), (0, 1), (1, 1)])), []);
    }

    #[test]
    fn a_filtered_log_is_summed_up() {
        let events: Vec<(u64, i64)> = (0..3000).map(|at| (at * 2 + 1, at as i64)).collect();
        let out = run(&events);
        assert_eq!(out.serial_gaps.len(), SERIAL_GAPS_LISTED + 1);
        assert_eq!(out.serial_gaps.iter().map(|gap| gap.missing).sum::<u64>(), 2999);
    }

    #[test]
    fn a_clock_set_back_is_told_from_a_call_that_waited() {
        let mut events: Vec<(u64, i64)> = (1..20).map(|serial| (serial, 100_000 + serial as i64)).collect();
        events[10].1 = 40_000;
        assert!(run(&events).blind_windows.is_empty(), "one call that waited a minute");
        events[10].1 = 100_011;
        for event in &mut events[10..] {
            event.1 -= 60_000;
        }
        let out = run(&events);
        assert_eq!(out.blind_windows.len(), 1);
        assert_eq!(out.blind_windows[0].kind, BlindWindowKind::ClockJump);
        assert_eq!(out.drafts.len(), 1, "the jump is an event too");
        assert_eq!((out.drafts[0].action, out.drafts[0].id.part), (Action::ClockStep, 2));
        assert_eq!(out.drafts[0].fact("step_ns"), Some("-59999000000"));
    }
}
