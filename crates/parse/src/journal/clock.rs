//! Steps of the host's clock, seen in entries that give both clocks: the time of day and the time since boot.
//!
//! Within one boot their difference stays the same, but for what time synchronisation slews. A larger
//! change forwards means that the clock was set, or that the host slept (the time since boot does not
//! count that); backwards it was set.

use std::collections::BTreeMap;

use model::{Action, BlindWindow, BlindWindowKind, Event, EventId, Timestamp};

use super::{Entry, draft_at};
use crate::Batch;

/// Boots whose clocks are followed at once: a merged journal interleaves some, a hostile one any number.
const BOOTS_MAX: usize = 256;
/// Change that is no step: both clocks are read one after the other, by a process that may have to wait.
const STEP_MICROS_MIN: i64 = 100_000;
/// How much of the time passed may be slewing: 500 ppm by frequency and 500 ppm by `adjtime`.
const SLEW_PARTS: i64 = 1_000;
/// Event ids of one entry's clock step; far from the parts that carried records use.
const STEP_PART: u16 = 1_000;

/// Follows the clocks of one source.
#[derive(Default)]
pub(super) struct Clock {
    boots: BTreeMap<[u8; 16], (i64, i64)>,
}

impl Clock {
    /// Compares an entry with the one before it of the same boot. `event` is the entry's own draft, which
    /// learns of the step when it is about one anyway.
    pub fn entry(&mut self, entry: &Entry<'_>, event: &mut Event, out: &mut Batch) {
        let signed = |value: Option<u64>| value.and_then(|value| i64::try_from(value).ok());
        let (Some(boot), Some(real), Some(since)) = (entry.boot, signed(entry.realtime), signed(entry.monotonic))
        else {
            return;
        };
        if self.boots.len() >= BOOTS_MAX && !self.boots.contains_key(&boot) {
            self.boots.clear();
        }
        let Some((real_before, since_before)) = self.boots.insert(boot, (real, since)) else { return };
        let passed = since.saturating_sub(since_before);
        // Entries of several files may be merged out of order; their clocks can still be compared.
        let step = real.saturating_sub(real_before).saturating_sub(passed);
        if step.saturating_abs() > STEP_MICROS_MIN + passed.saturating_abs() / SLEW_PARTS {
            report(step, real, real_before, event, out);
        }
    }
}

fn report(step: i64, real: i64, real_before: i64, event: &mut Event, out: &mut Batch) {
    let Some(&address) = event.addresses.first() else { return };
    let time = |micros: i64| Timestamp(micros.saturating_mul(1000));
    let mut facts = model::Facts::from_iter([("step_ns".to_string(), step.saturating_mul(1000).to_string())]);
    let cause = if step > 0 { "the clock was set, or the host slept" } else { "the clock was set" };
    facts.insert("cause", cause);
    if step < 0 {
        out.blind_windows.push(BlindWindow {
            kind: BlindWindowKind::ClockJump,
            host: event.host.clone(),
            from: Some(time(real)),
            to: Some(time(real_before.max(real))),
            facts: BTreeMap::from([("step_ms".to_string(), (step / 1000).to_string())]),
            addresses: vec![address],
        });
    }
    if event.action == Action::ClockStep {
        event.facts.extend(&facts);
        return;
    }
    if let Some(boot) = event.fact("_BOOT_ID") {
        facts.insert("_BOOT_ID", boot);
    }
    let mut stepped = draft_at(&event.format, time(real), address);
    stepped.id = EventId { part: STEP_PART, ..event.id };
    stepped.action = Action::ClockStep;
    stepped.host.clone_from(&event.host);
    stepped.facts = facts;
    out.drafts.push(stepped);
}
