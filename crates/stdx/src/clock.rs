//! Where "now" comes from: an argument, never a hidden call.

use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::SystemTime,
};

use model::Timestamp;

/// Tells the time.
pub trait Clock: Send + Sync {
    /// The current time. Not monotonic: an administrator or an attacker can set a system clock back.
    fn now(&self) -> Timestamp;
}

/// The operating system's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        SystemTime::now().into_timestamp()
    }
}

/// A clock for tests: starts at a given time and advances by a fixed step at every reading.
#[derive(Debug)]
pub struct FixedClock {
    next: AtomicI64,
    step_ns: i64,
}

impl FixedClock {
    /// A clock that always says `time`.
    pub fn at(time: Timestamp) -> Self {
        Self::stepping(time, 0)
    }

    /// A clock that says `start`, then `start` + `step_ns` nanoseconds, and so on.
    pub fn stepping(start: Timestamp, step_ns: i64) -> Self {
        Self { next: AtomicI64::new(start.0), step_ns }
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.next.fetch_add(self.step_ns, Ordering::Relaxed))
    }
}

impl<C: Clock + ?Sized> Clock for &C {
    fn now(&self) -> Timestamp {
        (**self).now()
    }
}

impl<C: Clock + ?Sized> Clock for std::sync::Arc<C> {
    fn now(&self) -> Timestamp {
        (**self).now()
    }
}

/// Converts file and system times, which may lie before 1970; saturates outside [`Timestamp`]'s range.
pub trait IntoTimestamp {
    /// The same time as a [`Timestamp`].
    fn into_timestamp(self) -> Timestamp;
}

impl IntoTimestamp for SystemTime {
    fn into_timestamp(self) -> Timestamp {
        match self.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(after) => Timestamp(i64::try_from(after.as_nanos()).unwrap_or(i64::MAX)),
            Err(before) => Timestamp(i64::try_from(before.duration().as_nanos()).map_or(i64::MIN, |nanos| -nanos)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn times_before_1970_stay_in_order() {
        let before = (SystemTime::UNIX_EPOCH - Duration::from_nanos(1_500_000_000)).into_timestamp();
        assert_eq!(before, Timestamp(-1_500_000_000));
        assert!(SystemClock.now() > Timestamp::from_seconds(1_700_000_000, 0));
    }

    #[test]
    fn a_fixed_clock_steps() {
        let clock = FixedClock::stepping(Timestamp(10), 5);
        assert_eq!((clock.now(), clock.now(), clock.now()), (Timestamp(10), Timestamp(15), Timestamp(20)));
    }
}
