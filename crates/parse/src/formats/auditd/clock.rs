//! What an event says of the host's clock.
//!
//! The kernel writes `TIME_INJOFFSET` when the clock is set, with the step, and `TIME_ADJNTPVAL` when a value of
//! the kernel's time discipline changes. Calls that set the clock say so by themselves; `adjtimex` does not: time
//! daemons call it every few seconds only to look, and its `modes` lie behind a pointer.
//! Source: Linux `kernel/auditsc.c` (`audit_log_time`), `kernel/time/timekeeping.c`.

use model::{Action, Event, Outcome};

use super::{
    draft::fact,
    fields::{Fields, plain},
};
use crate::text::{lossless, signed};

/// Values of the time discipline that move the clock; the others (`status`, `tai`) only describe it.
const MOVING: &[&[u8]] = &[b"offset", b"freq", b"tick", b"adjust"];

/// Takes a record of the kernel's timekeeping. A type without a name in old userspace is a number.
pub(super) fn record(name: &[u8], body: &[u8], draft: &mut Event) {
    let value = |wanted: &[u8]| Fields::of(body).find(|(key, _)| *key == wanted).and_then(|(_, value)| plain(value));
    match name {
        b"TIME_INJOFFSET" | b"1332" | b"UNKNOWN[1332]" => {
            draft.action = Action::ClockStep;
            let (seconds, nanos) = (value(b"sec").and_then(signed), value(b"nsec").and_then(signed));
            if let Some(seconds) = seconds {
                let step = seconds.saturating_mul(1_000_000_000).saturating_add(nanos.unwrap_or(0));
                fact(&mut draft.facts, "step_ns", step.to_string());
            }
        }
        b"TIME_ADJNTPVAL" | b"1333" | b"UNKNOWN[1333]" => {
            let Some(operation) = value(b"op").filter(|operation| MOVING.contains(operation)) else { return };
            draft.action = Action::ClockStep;
            fact(&mut draft.facts, "adjustment", lossless(operation));
            for name in ["old", "new"] {
                if let Some(value) = value(name.as_bytes()) {
                    fact(&mut draft.facts, name, lossless(value));
                }
            }
        }
        _ => {}
    }
}

/// Takes a call: one that set the clock, and succeeded.
pub(super) fn call(name: &str, arguments: &[Option<u64>; 4], draft: &mut Event) {
    /// `CLOCK_REALTIME`.
    const REALTIME: u64 = 0;
    let sets = match name {
        "clock_settime" | "clock_settime64" => arguments[0].is_some_and(|clock| clock & 0xffff_ffff == REALTIME),
        // Without a time it sets the kernel's time zone, as init does at every boot.
        "settimeofday" => arguments[0].is_some_and(|time| time != 0),
        "stime" => true,
        _ => false,
    };
    if sets && draft.outcome == Outcome::Succeeded {
        draft.action = Action::ClockStep;
    }
}
