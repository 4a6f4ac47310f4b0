//! Times, durations and sizes as people read them.

use model::Timestamp;

const NANOS_PER_SECOND: i64 = 1_000_000_000;
const NANOS_PER_MINUTE: i64 = 60 * NANOS_PER_SECOND;

/// `2026-11-23 21:04:09.868`, in UTC.
pub(crate) fn utc(time: Timestamp) -> String {
    time.to_millis_text().trim_end_matches('Z').replace('T', " ")
}

/// `2026-11-24 06:04:09.868 +09:00`, or `None` when local time is UTC or lies outside the range.
pub(crate) fn local(time: Timestamp, offset_minutes: i32) -> Option<String> {
    if offset_minutes == 0 {
        return None;
    }
    let shifted = time.0.checked_add(i64::from(offset_minutes).checked_mul(NANOS_PER_MINUTE)?)?;
    Some(format!("{} {}", utc(Timestamp(shifted)), zone(offset_minutes)))
}

/// Both ends of a stretch of time, shortened: the day of the end is left out when it is the day of the
/// start, and the milliseconds when the stretch lasts two seconds or longer. The end is rounded up then,
/// so that the stretch never looks shorter than it is.
pub(crate) fn range(from: Timestamp, to: Timestamp, offset_minutes: i32) -> (String, String) {
    let shift = i64::from(offset_minutes) * NANOS_PER_MINUTE;
    let shifted = |time: i64| utc(Timestamp(time.saturating_add(shift)));
    let exact = to.0.saturating_sub(from.0) < 2 * NANOS_PER_SECOND;
    let (from, to) = match exact {
        true => (shifted(from.0), shifted(to.0)),
        false => {
            let up = to.0.saturating_add(NANOS_PER_SECOND - 1).div_euclid(NANOS_PER_SECOND);
            let (mut from, mut to) = (shifted(from.0), shifted(up.saturating_mul(NANOS_PER_SECOND)));
            from.truncate("2026-11-23 21:04:09".len());
            to.truncate("2026-11-23 21:04:09".len());
            (from, to)
        }
    };
    let day = "2026-11-23 ".len();
    match from.get(..day) == to.get(..day) {
        true => (from, to.get(day..).unwrap_or_default().to_string()),
        false => (from, to),
    }
}

/// `+09:00`.
pub(crate) fn zone(offset_minutes: i32) -> String {
    let sign = if offset_minutes < 0 { '-' } else { '+' };
    let minutes = offset_minutes.unsigned_abs();
    format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

/// The two largest units of a duration, as numbers and message keys: `(3, "hours"), (12, "minutes")`.
pub(crate) fn units(nanoseconds: i64) -> Vec<(u64, &'static str)> {
    let seconds = nanoseconds.unsigned_abs() / 1_000_000_000;
    let parts = [
        (seconds / 86_400, "report-unit-days"),
        (seconds / 3_600 % 24, "report-unit-hours"),
        (seconds / 60 % 60, "report-unit-minutes"),
        (seconds % 60, "report-unit-seconds"),
    ];
    let first = parts.iter().position(|(number, _)| *number > 0).unwrap_or(3);
    parts[first..]
        .iter()
        .take(2)
        .enumerate()
        .filter(|(at, part)| *at == 0 || part.0 > 0)
        .map(|(_, part)| *part)
        .collect()
}

/// A number with thousands set apart once it has five digits.
pub(crate) fn number(value: u64) -> String {
    let digits = value.to_string();
    if digits.len() < 5 {
        return digits;
    }
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_time_stands_beside_utc_unless_it_is_utc() {
        let time = Timestamp::from_seconds(1_795_390_132, 868_000_000);
        assert_eq!(utc(time), "2026-11-22 23:28:52.868");
        assert_eq!(local(time, 540).as_deref(), Some("2026-11-23 08:28:52.868 +09:00"));
        assert_eq!(local(time, -210).as_deref(), Some("2026-11-22 19:58:52.868 -03:30"));
        assert_eq!(local(time, 0), None);
        assert_eq!(local(Timestamp(i64::MAX), 540), None);
    }

    #[test]
    fn a_range_leaves_out_what_repeats_and_never_looks_shorter_than_it_is() {
        let at = |seconds: i64, nanos: u32| Timestamp::from_seconds(1_795_390_132 + seconds, nanos);
        let pair = |from: &str, to: &str| (from.to_string(), to.to_string());
        assert_eq!(range(at(0, 900), at(63, 1), 0), pair("2026-11-22 23:28:52", "23:29:56"));
        assert_eq!(range(at(0, 0), at(3_600, 0), 0), pair("2026-11-22 23:28:52", "2026-11-23 00:28:52"));
        assert_eq!(range(at(0, 0), at(3_600, 0), 540), pair("2026-11-23 08:28:52", "09:28:52"));
        assert_eq!(range(at(0, 1_000_000), at(1, 0), 0), pair("2026-11-22 23:28:52.001", "23:28:53.000"));
        range(Timestamp(i64::MIN), Timestamp(i64::MAX), 1_440);
    }

    #[test]
    fn durations_keep_their_two_largest_units() {
        let seconds = |count: i64| units(count * 1_000_000_000);
        assert_eq!(seconds(0), [(0, "report-unit-seconds")]);
        assert_eq!(seconds(3_600), [(1, "report-unit-hours")]);
        assert_eq!(seconds(90_061), [(1, "report-unit-days"), (1, "report-unit-hours")]);
        assert_eq!(seconds(86_400 + 60), [(1, "report-unit-days")]);
    }

    #[test]
    fn big_numbers_are_grouped() {
        assert_eq!([0, 999, 9_999, 10_000, 1_234_567].map(number), ["0", "999", "9999", "10,000", "1,234,567"]);
    }
}
