//! Small readings of JSON values that several formats share: raw tokens are looked at, nothing is copied before it is wanted.

use std::{borrow::Cow, fmt};

use model::Timestamp;
use serde::de::{Deserializer as _, IgnoredAny, MapAccess, Visitor};

use crate::Unmapped;

/// Characters of one fact that are kept; command lines and messages are the long ones.
pub(crate) const TEXT_CHARS_MAX: usize = 16_384;

/// A text of bounded length; what was cut shows as `…`.
pub(crate) fn cut(text: &str) -> String {
    if text.len() <= TEXT_CHARS_MAX {
        return text.to_string();
    }
    text.chars().take(TEXT_CHARS_MAX).chain(['…']).collect()
}

/// The text of a token that is a string; `None` for every other value.
pub(crate) fn string_of(token: &str) -> Option<Cow<'_, str>> {
    let inner = token.strip_prefix('"')?.strip_suffix('"')?;
    if memchr::memchr(b'\\', inner.as_bytes()).is_none() {
        return Some(Cow::Borrowed(inner));
    }
    serde_json::from_str::<String>(token).ok().map(Cow::Owned)
}

/// A token as text: strings without quotes, everything else as it stands; `None` for `null` and for empty strings.
pub(crate) fn text_of(token: &str) -> Option<Cow<'_, str>> {
    match token {
        "null" => None,
        _ if token.starts_with('"') => string_of(token).filter(|text| !text.is_empty()),
        _ => Some(Cow::Borrowed(token)),
    }
}

/// The time that a token states: RFC 3339 as string, with `T` or a blank, with `UTC` behind it or without zone (then
/// UTC, as log services write it); or a number since 1970 whose size says whether it counts seconds (with a
/// fraction or without), milliseconds, microseconds or nanoseconds.
pub(crate) fn time_of(token: &str) -> Option<Timestamp> {
    time_in(&text_of(token)?)
}

/// The same for the text of a token.
pub(crate) fn time_in(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    match text.as_bytes().first()? {
        _ if text.contains('-') => Timestamp::parse(text.strip_suffix(" UTC").unwrap_or(text)).ok(),
        b'0'..=b'9' => since_1970(text),
        _ => None,
    }
    .filter(|time| time.0 > 0)
}

fn since_1970(text: &str) -> Option<Timestamp> {
    // `1.7e12`, as some programs print large numbers.
    if text.contains(['e', 'E']) {
        let value = text.parse::<f64>().ok().filter(|value| (0.0..1e15).contains(value))?;
        return since_1970(&format!("{value:.0}"));
    }
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let value = i64::try_from(crate::text::number(whole.as_bytes())?).ok()?;
    // Until the year 5138 in seconds, and from 1973 in everything finer.
    let scale = match value {
        0..100_000_000_000 => 1_000_000_000,
        100_000_000_000..100_000_000_000_000 => 1_000_000,
        100_000_000_000_000..100_000_000_000_000_000 => 1_000,
        _ => 1,
    };
    let mut nanos = value.checked_mul(scale)?;
    let mut digit_ns = scale / 10;
    for digit in fraction.bytes().take(9) {
        if !digit.is_ascii_digit() {
            return None;
        }
        nanos = nanos.checked_add(i64::from(digit - b'0') * digit_ns)?;
        digit_ns /= 10;
    }
    Some(Timestamp(nanos))
}

/// Bytes at the start of a source whose records' field names are all looked at; after them one record of some
/// [`SAMPLED_EVERY`]: what a newer version of a recorder adds is in most records.
const SAMPLED_FIRST: u64 = 1024 * 1024;
/// See [`SAMPLED_FIRST`].
const SAMPLED_EVERY: u64 = 64;

/// Whether the record at that offset is one whose fields are looked at. The offset alone decides, so that readers of
/// parts of one source choose the same records as one reader of the whole.
pub(crate) fn is_sampled(offset: u64) -> bool {
    // Fibonacci hashing: records of one length would else all be chosen, or none.
    offset < SAMPLED_FIRST || offset.wrapping_mul(0x9e37_79b9_7f4a_7c15) < u64::MAX / SAMPLED_EVERY
}

/// Notes the fields of the object `text` that are not among `known`, under `prefix`, where the record at that offset is
/// [sampled](is_sampled).
pub(crate) fn note_unknown(text: &str, offset: u64, prefix: &str, known: &[&str], out: &mut Unmapped) {
    if !is_sampled(offset) {
        return;
    }
    // A text that is no object was a problem before.
    let _ = serde_json::Deserializer::from_str(text).deserialize_map(Names { prefix, known, out });
}

struct Names<'a> {
    prefix: &'a str,
    known: &'a [&'a str],
    out: &'a mut Unmapped,
}

impl<'de> Visitor<'de> for Names<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some((name, value)) = map.next_entry::<Cow<'de, str>, Option<IgnoredAny>>()? {
            if value.is_some() && !self.known.contains(&name.as_ref()) {
                self.out.note(&format!("{}{name}", self.prefix));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spellings_of_a_time_are_one_time() {
        let expected = Timestamp::from_seconds(1_795_390_954, 233_000_000);
        for token in [
            "\"2026-11-22T23:42:34.233Z\"",
            "\"2026-11-22 23:42:34.233\"",
            "\"2026-11-22 23:42:34.233000 UTC\"",
            "\"2026-11-23T08:42:34.233+09:00\"",
            "1795390954.233",
            "1795390954233",
            "1795390954233.0",
            "\"1795390954233\"",
            "1795390954233000",
            "1795390954233000000",
            "1.795390954233e12",
        ] {
            assert_eq!(time_of(token), Some(expected), "{token}");
        }
        for token in ["null", "\"\"", "\"soon\"", "{}", "[1]", "0", "-5", "true", "\"1.x\"", "99999999999999999999"] {
            assert_eq!(time_of(token), None, "{token}");
        }
    }

    #[test]
    fn unknown_names_are_noted() {
        let mut unmapped = Unmapped::default();
        note_unknown("{\"a\":1,\"b\":{\"c\":2},\"d\":[]}", 0, "x.", &["a"], &mut unmapped);
        assert_eq!(unmapped.fields.keys().collect::<Vec<_>>(), ["x.b", "x.d"]);
    }

    #[test]
    fn a_part_of_the_records_is_sampled() {
        assert!(is_sampled(0) && is_sampled(SAMPLED_FIRST - 1));
        for length in [1_u64, 64, 300, 4096] {
            let chosen = (0..64_000).filter(|at| is_sampled(SAMPLED_FIRST + at * length)).count();
            assert!((900..1100).contains(&chosen), "{chosen} of records of {length} bytes");
        }
    }
}
