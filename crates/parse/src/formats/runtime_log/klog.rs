//! klog, the log of Kubernetes' own programs: `I1122 23:28:52.123456    1234 kubelet.go:12] message`.
//!
//! Its time has neither year nor zone. The year is the one that puts it last before the file's modification or the
//! carrier's time; the zone stays unknown.

use std::borrow::Cow;

use model::{TimeBasis, Timestamp};

use super::{logfmt, record::Record};
use crate::text::number;

/// Nanoseconds by which a record's wall clock may be ahead of the time that its year is taken from: a zone.
const AHEAD_NS_MAX: i64 = 26 * 3600 * 1_000_000_000;

/// Whether the line has the header: level, `MMDD`, `HH:MM:SS.`, and `]`.
pub(super) fn is_header(line: &[u8]) -> bool {
    let digits = |from: usize, to: usize| line.get(from..to).is_some_and(|part| part.iter().all(u8::is_ascii_digit));
    digits(1, 5)
        && line.get(5) == Some(&b' ')
        && digits(6, 8)
        && line.get(8) == Some(&b':')
        && digits(9, 11)
        && line.get(11) == Some(&b':')
        && digits(12, 14)
        && line.get(14) == Some(&b'.')
        && memchr::memchr(b']', &line[..line.len().min(160)]).is_some()
}

/// Reads such a line; `latest` is the time from which its year is taken.
pub(super) fn read(text: &str, latest: Option<Timestamp>) -> Option<Record<'_>> {
    let (header, message) = text.split_once(']')?;
    let level = match text.as_bytes().first()? {
        b'I' => "info",
        b'W' => "warning",
        b'E' => "error",
        _ => "fatal",
    };
    let mut words = header.split_ascii_whitespace().skip(1);
    let clock = words.next()?;
    let (pid, place) = (words.next(), words.next());
    let mut record = Record { level: Cow::Borrowed(level), ..Record::default() };
    record.time = time(header.get(1..5)?, clock, latest);
    if record.time.is_none() {
        record.fields.push((Cow::Borrowed("time"), Cow::Borrowed(header.get(1..5 + 1 + clock.len())?)));
    }
    record.fields.extend(pid.map(|pid| (Cow::Borrowed("thread"), Cow::Borrowed(pid))));
    record.fields.extend(place.map(|place| (Cow::Borrowed("file"), Cow::Borrowed(place))));
    let message = message.trim_start();
    // Structured: `"message" key="value"`.
    match message.strip_prefix('"').and_then(|quoted| Some((quoted, end(quoted)?))) {
        Some((quoted, end)) => {
            record.message = logfmt::unquoted(&quoted[..end]);
            for pair in logfmt::pairs(&quoted[end + 1..]) {
                record.torn |= pair.torn;
                record.fields.push((Cow::Borrowed(if pair.key.is_empty() { "text" } else { pair.key }), pair.value));
            }
        }
        None => record.message = Cow::Borrowed(message),
    }
    Some(record)
}

/// The closing quote of a structured message.
fn end(quoted: &str) -> Option<usize> {
    let bytes = quoted.as_bytes();
    let mut at = 0;
    loop {
        at += memchr::memchr2(b'"', b'\\', bytes.get(at..)?)?;
        if bytes[at] == b'"' {
            return Some(at);
        }
        at += 2;
    }
}

fn time(day: &str, clock: &str, latest: Option<Timestamp>) -> Option<(Timestamp, TimeBasis)> {
    let (month, day) = (day.get(..2)?, day.get(2..)?);
    let latest = latest?;
    let year = number(latest.day().get(..4)?.as_bytes())?;
    // 29 February may need a look four years back, eight around 2100.
    (0..9).find_map(|back| {
        let year = year.checked_add(1)?.checked_sub(back)?;
        let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        if (month, day) == ("02", "29") && !leap {
            return None;
        }
        let time = Timestamp::parse(&format!("{year:04}-{month}-{day}T{clock}Z")).ok()?;
        (time.0 <= latest.0.saturating_add(AHEAD_NS_MAX)).then_some((time, TimeBasis::Local))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_may_end_anywhere() {
        let line = b"I1122 23:28:52.123456    1234 file.go:12] text";
        let whole = line.iter().position(|&byte| byte == b']').unwrap();
        assert!((0..line.len()).all(|end| is_header(&line[..end]) == (end > whole)));
    }

    #[test]
    fn years_are_the_last_that_fit() {
        let latest = Timestamp::parse("2027-01-02T00:00:00Z").unwrap();
        for (day, year) in [("1231", "2026"), ("0101", "2027"), ("0103", "2027"), ("0104", "2026"), ("0229", "2024")] {
            let (time, basis) = super::time(day, "00:00:00.5", Some(latest)).unwrap();
            assert_eq!((&time.day()[..4], basis), (year, TimeBasis::Local), "{day}");
        }
        assert_eq!(super::time("1301", "00:00:00.5", Some(latest)), None);
        assert_eq!(super::time("0101", "00:00:00.5", None), None);
    }
}
