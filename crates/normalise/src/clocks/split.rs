//! What an offset is made of: years guessed wrong, a zone, and skew.

const SECOND: i64 = 1_000_000_000;
const QUARTER_HOUR: i64 = 900 * SECOND;
const DAY: i64 = 86_400 * SECOND;
/// Zones of the world lie between UTC−12:00 and UTC+14:00.
const ZONES: std::ops::RangeInclusive<i64> = -12 * 3_600 * SECOND..=14 * 3_600 * SECOND;
/// Years that a guess can be off: logs older than this do not lie beside fresh ones.
const YEARS_MAX: i64 = 30;

/// By how much a time without zone can be wrong when nothing tells its zone.
pub(super) const UNKNOWN_ZONE_NS: i64 = 14 * 3_600 * SECOND;

/// The parts of a clock's offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Parts {
    pub years: Option<i32>,
    pub zone_minutes: i32,
    pub skew_ns: i64,
}

/// Takes an offset of a clock without zone apart. An offset that no zone explains, with or without whole years,
/// is skew of a clock in UTC.
pub(super) fn parts(offset_ns: i64) -> Parts {
    for years in 0..=YEARS_MAX {
        for sign in if years == 0 { &[1][..] } else { &[1, -1] } {
            // A span of so many years holds a leap day more or less.
            for days in if years == 0 { 0..=0 } else { years * 365 + years / 4 - 1..=years * 365 + years / 4 + 1 } {
                let rest = offset_ns.saturating_sub(sign * days * DAY);
                let zone = nearest_quarter(rest);
                let skew_ns = rest.saturating_sub(zone);
                // A zone of years off must fit well, else a clock that is simply wrong would find one.
                let fits = years == 0 || skew_ns.abs() <= 10 * SECOND;
                if ZONES.contains(&zone) && fits && days_are_whole_years(days, years) {
                    let whole = (years != 0).then(|| i32::try_from(sign * years).unwrap_or(0));
                    let zone_minutes = i32::try_from(zone / (60 * SECOND)).unwrap_or(0);
                    return Parts { years: whole, zone_minutes, skew_ns };
                }
            }
        }
    }
    Parts { years: None, zone_minutes: 0, skew_ns: offset_ns }
}

fn days_are_whole_years(days: i64, years: i64) -> bool {
    let leap_days = days - years * 365;
    (years / 4..=years / 4 + 1).contains(&leap_days)
}

fn nearest_quarter(ns: i64) -> i64 {
    ns.saturating_add(QUARTER_HOUR / 2).div_euclid(QUARTER_HOUR) * QUARTER_HOUR
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zone_years_and_skew_are_told_apart() {
        let hour = 3_600 * SECOND;
        assert_eq!(parts(9 * hour - 400_000_000), Parts { years: None, zone_minutes: 540, skew_ns: -400_000_000 });
        assert_eq!(parts(5 * hour + 45 * 60 * SECOND), Parts { years: None, zone_minutes: 345, skew_ns: 0 });
        assert_eq!(parts(-3 * hour - 31 * 60 * SECOND).zone_minutes, -210);
        assert_eq!(parts(365 * DAY + 9 * hour), Parts { years: Some(1), zone_minutes: 540, skew_ns: 0 });
        assert_eq!(parts(-366 * DAY + 2 * hour), Parts { years: Some(-1), zone_minutes: 120, skew_ns: 0 });
        let week = parts(7 * DAY);
        assert_eq!((week.years, week.skew_ns), (None, 7 * DAY), "a clock that is simply wrong");
    }
}
