//! Years of times that state none.
//!
//! A line is not younger than its file. So its year is the latest in which it is not later than the file's last
//! change; this holds for every line by itself, as long as the file holds less than a year.

use model::{TimeBasis, Timestamp};

use super::head::{Clock, Stamp};

const DAY_NANOS: i64 = 86_400_000_000_000;
/// How much later than the file's last change a line may be: its clock is local, and zones reach to 14 hours.
const ZONE_NANOS: i64 = 14 * 3_600_000_000_000;
/// How far back a line may lie behind the one before without a change of year.
const BACK_NANOS: i64 = 180 * DAY_NANOS;
/// Years that are tried backwards; a leap day is at most eight years away.
const YEARS_TRIED: u32 = 9;

/// What is doubtful about a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Doubt {
    /// Nothing says which year it is; the lines of a source are still in order.
    Unknown,
    /// The line lies months before the one before it, so the file holds more than a year.
    Backwards,
}

/// Finds the years of one source.
pub(super) struct Years {
    modified: Option<Timestamp>,
    /// The year of the line before, where nothing else is known.
    year: u32,
    before: Option<Timestamp>,
}

impl Years {
    /// For a source that was last modified then.
    pub fn new(modified: Option<Timestamp>) -> Self {
        Self { modified, year: 1970, before: None }
    }

    /// The time of a line, what it counts from, and what is doubtful about it.
    pub fn time(&mut self, stamp: &Stamp) -> (Timestamp, TimeBasis, Option<Doubt>) {
        let (month, day, clock) = match *stamp {
            Stamp::Whole(time, basis) => return (time, basis, None),
            Stamp::None => return (self.modified.unwrap_or_default(), TimeBasis::Unknown, None),
            Stamp::NoYear { month, day, clock } => (month, day, clock),
        };
        let Some(modified) = self.modified else { return self.without_file_time(month, day, clock) };
        let latest = modified.0.saturating_add(ZONE_NANOS);
        let year = civil_year(Timestamp(latest));
        let mut years = (0..YEARS_TRIED).filter_map(|back| at(year.checked_sub(back)?, month, day, clock));
        let Some(time) = years.find(|time| time.0 <= latest) else { return (modified, TimeBasis::Unknown, None) };
        let backwards = self.before.is_some_and(|before| before.0.saturating_sub(time.0) > BACK_NANOS);
        self.before = Some(time);
        (time, TimeBasis::Local, backwards.then_some(Doubt::Backwards))
    }

    /// Without the file's time, years are counted from 1970: the order of the lines is right, the year is not known.
    fn without_file_time(&mut self, month: u32, day: u32, clock: Clock) -> (Timestamp, TimeBasis, Option<Doubt>) {
        let mut years = (0..YEARS_TRIED).filter_map(|more| at(self.year + more, month, day, clock));
        let before = self.before.map_or(i64::MIN, |before| before.0.saturating_sub(BACK_NANOS));
        let time = years.find(|time| time.0 >= before).unwrap_or_default();
        self.year = civil_year(time).clamp(1970, 2200);
        self.before = Some(time);
        (time, TimeBasis::Unknown, Some(Doubt::Unknown))
    }
}

/// A moment; `None` for days that the year does not have.
pub(super) fn at(year: u32, month: u32, day: u32, clock: Clock) -> Option<Timestamp> {
    let Clock { hour, minute, second, nanos } = clock;
    Timestamp::from_civil((year, month, day), (hour, minute, second), nanos)
}

fn civil_year(time: Timestamp) -> u32 {
    u32::try_from(time.year()).unwrap_or(1970)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn years(modified: Option<&str>, days: &[(u32, u32)]) -> Vec<(String, Option<Doubt>)> {
        let mut years = Years::new(modified.map(|text| Timestamp::parse(text).unwrap()));
        let clock = Clock { hour: 12, minute: 0, second: 0, nanos: 0 };
        let read = days.iter().map(|&(month, day)| years.time(&Stamp::NoYear { month, day, clock }));
        read.map(|(time, _, doubt)| (time.day(), doubt)).collect()
    }

    #[test]
    fn the_turn_of_the_year_needs_only_the_file_time() {
        let found = years(Some("2026-01-03T00:00:00Z"), &[(11, 30), (12, 31), (1, 1), (1, 3)]);
        let days: Vec<&str> = found.iter().map(|found| found.0.as_str()).collect();
        assert_eq!(days, ["2025-11-30", "2025-12-31", "2026-01-01", "2026-01-03"], "a zone before UTC may be ahead");
        assert!(found.iter().all(|found| found.1.is_none()));
    }

    #[test]
    fn leap_days_and_long_files() {
        assert_eq!(years(Some("2026-11-27T00:00:00Z"), &[(2, 29)]), [("2024-02-29".to_string(), None)]);
        assert_eq!(years(Some("2026-11-27T00:00:00Z"), &[(2, 30)])[0].0, "2026-11-27");
        let found = years(Some("2026-03-01T00:00:00Z"), &[(2, 1), (6, 1), (2, 2)]);
        assert_eq!(found[1], ("2025-06-01".to_string(), Some(Doubt::Backwards)), "{found:?}");
    }

    #[test]
    fn without_a_file_time_the_order_is_kept() {
        let found = years(None, &[(11, 30), (12, 31), (1, 1), (2, 29)]);
        let days: Vec<&str> = found.iter().map(|found| found.0.as_str()).collect();
        assert_eq!(days, ["1970-11-30", "1970-12-31", "1971-01-01", "1972-02-29"]);
    }
}
