//! Points in time, always UTC.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// Nanoseconds since 1970-01-01T00:00:00Z, leap seconds not counted (as every log here counts).
///
/// In artefacts: RFC 3339 with nine fractional digits and `Z`. Range: years 1678 to 2262.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(pub i64);

/// A text that is not an RFC 3339 time in the range of [`Timestamp`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an RFC 3339 time between 1678 and 2262: {0:?}")]
pub struct InvalidTimestamp(pub String);

const NANOS_PER_SECOND: i64 = 1_000_000_000;

impl Timestamp {
    /// From whole seconds and nanoseconds; saturates outside the range.
    pub fn from_seconds(seconds: i64, nanoseconds: u32) -> Self {
        Self(seconds.saturating_mul(NANOS_PER_SECOND).saturating_add(i64::from(nanoseconds)))
    }

    /// Whole seconds since 1970, rounded towards the past.
    pub fn seconds(self) -> i64 {
        self.0.div_euclid(NANOS_PER_SECOND)
    }

    /// Nanoseconds within the second, 0 to 999 999 999.
    pub fn subsecond_nanos(self) -> u32 {
        u32::try_from(self.0.rem_euclid(NANOS_PER_SECOND)).unwrap_or(0)
    }

    /// Reads `YYYY-MM-DDTHH:MM:SS[.fraction](Z|±HH:MM)`.
    ///
    /// A missing zone is read as UTC, because docker's json-file log occasionally leaves it out.
    /// Fails for any other text and for times outside the range.
    pub fn parse(text: &str) -> Result<Self, InvalidTimestamp> {
        parse_rfc3339(text).ok_or_else(|| InvalidTimestamp(text.chars().take(64).collect()))
    }

    /// A moment of a calendar day in UTC; `None` for days that the month does not have, and outside the range.
    ///
    /// `time` is hour, minute and second; second 60 is the first of the next minute.
    pub fn from_civil(
        (year, month, day): (u32, u32, u32),
        (hour, minute, second): (u32, u32, u32),
        nanos: u32,
    ) -> Option<Self> {
        let date = (i64::from(year), i64::from(month), i64::from(day));
        let valid = (1..=12).contains(&month) && day >= 1 && hour < 24 && minute < 60 && second <= 60;
        let days = days_from_civil(date.0, date.1, date.2);
        if !valid || year > 9999 || nanos >= 1_000_000_000 || civil_from_days(days) != date {
            return None;
        }
        let seconds = days * 86_400 + i64::from(hour * 3600 + minute * 60 + second);
        Some(Self(seconds.checked_mul(NANOS_PER_SECOND)?.checked_add(i64::from(nanos))?))
    }

    /// The calendar year in UTC.
    pub fn year(self) -> i64 {
        civil_from_days(self.seconds().div_euclid(86_400)).0
    }

    /// The calendar day `YYYY-MM-DD` in UTC.
    pub fn day(self) -> String {
        let (year, month, day) = civil_from_days(self.seconds().div_euclid(86_400));
        format!("{year:04}-{month:02}-{day:02}")
    }

    /// RFC 3339 to the millisecond, for people.
    pub fn to_millis_text(self) -> String {
        let full = self.to_string();
        format!("{}Z", &full[..full.len() - 7])
    }
}

fn parse_rfc3339(text: &str) -> Option<Timestamp> {
    let bytes = text.as_bytes();
    let number = |from: usize, to: usize| -> Option<i64> {
        let digits = bytes.get(from..to)?;
        digits.iter().try_fold(0_i64, |sum, digit| digit.is_ascii_digit().then(|| sum * 10 + i64::from(digit - b'0')))
    };
    let sign_at = |at: usize, allowed: &[u8]| bytes.get(at).is_some_and(|byte| allowed.contains(byte));
    if !(sign_at(4, b"-") && sign_at(7, b"-") && sign_at(10, b"Tt ") && sign_at(13, b":") && sign_at(16, b":")) {
        return None;
    }
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let mut at = 19;
    let mut nanos = 0_i64;
    if sign_at(at, b".,") {
        at += 1;
        let start = at;
        let mut scale = NANOS_PER_SECOND / 10;
        while let Some(digit) = bytes.get(at).filter(|byte| byte.is_ascii_digit()) {
            nanos += i64::from(digit - b'0') * scale;
            scale /= 10;
            at += 1;
        }
        if at == start {
            return None;
        }
    }
    let offset_seconds = match bytes.get(at..)? {
        b"" | b"Z" | b"z" => 0,
        [sign @ (b'+' | b'-'), _, _, b':', _, _] => {
            let (hours, minutes) = (number(at + 1, at + 3)?, number(at + 4, at + 6)?);
            let seconds = hours * 3600 + minutes * 60;
            if *sign == b'+' { seconds } else { -seconds }
        }
        [sign @ (b'+' | b'-'), _, _, _, _] => {
            let (hours, minutes) = (number(at + 1, at + 3)?, number(at + 3, at + 5)?);
            let seconds = hours * 3600 + minutes * 60;
            if *sign == b'+' { seconds } else { -seconds }
        }
        _ => return None,
    };
    let days = days_from_civil(year, month, day);
    let seconds = days * 86_400 + hour * 3600 + minute * 60 + second - offset_seconds;
    Some(Timestamp(seconds.checked_mul(NANOS_PER_SECOND)?.checked_add(nanos)?))
}

/// Days since 1970-01-01 of a date in the proleptic Gregorian calendar.
/// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `days_from_civil`.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// The inverse of [`days_from_civil`], same source, `civil_from_days`.
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = civil_from_days(self.seconds().div_euclid(86_400));
        let second = self.seconds().rem_euclid(86_400);
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{:09}Z",
            second / 3600,
            second / 60 % 60,
            second % 60,
            self.subsecond_nanos()
        )
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_time_survives_its_text_form(nanos in -9_000_000_000_000_000_000_i64..9_000_000_000_000_000_000) {
            let time = Timestamp(nanos);
            prop_assert_eq!(Timestamp::parse(&time.to_string()), Ok(time));
        }
    }

    #[test]
    fn days_that_do_not_exist_are_no_moments() {
        let leap = Timestamp::from_civil((2024, 2, 29), (23, 59, 59), 5);
        assert_eq!(leap, Timestamp::parse("2024-02-29T23:59:59.000000005Z").ok());
        assert_eq!(leap.map(Timestamp::year), Some(2024));
        assert_eq!(
            Timestamp::from_civil((2024, 6, 30), (23, 59, 60), 0),
            Timestamp::parse("2024-07-01T00:00:00Z").ok()
        );
        for (date, time) in [
            ((2026, 2, 29), (0, 0, 0)),
            ((2026, 13, 1), (0, 0, 0)),
            ((2026, 1, 0), (0, 0, 0)),
            ((2026, 1, 1), (24, 0, 0)),
        ] {
            assert_eq!(Timestamp::from_civil(date, time, 0), None, "{date:?}");
        }
        assert_eq!(Timestamp::from_civil((9000, 1, 1), (0, 0, 0), 0), None, "beyond the range");
    }

    #[test]
    fn reads_the_spellings_that_logs_use() {
        let expected = Timestamp::from_seconds(1_795_390_132, 868_000_000);
        for text in [
            "2026-11-22T23:28:52.868Z",
            "2026-11-22T23:28:52.868",
            "2026-11-23T08:28:52.868+09:00",
            "2026-11-22T23:28:52.868+0000",
            "2026-11-22 23:28:52.868000000Z",
        ] {
            assert_eq!(Timestamp::parse(text), Ok(expected), "{text}");
        }
        for text in ["", "yesterday", "2026-13-01T00:00:00Z", "2026-11-22T23:28:52.Z", "2026-11-22T23:28:52+9"] {
            assert!(Timestamp::parse(text).is_err(), "{text}");
        }
    }
}
