//! What the name of a snapshot directory says about its time.

use model::Timestamp;

/// The time that a name states: RFC 3339, `2026-11-22T10-00-00Z`, `20261122-1000`, `2026-11-22_10:00`,
/// also behind a prefix such as `home-` or `@GMT-`. Without a zone it is read as UTC.
pub(super) fn declared(name: &str) -> Option<Timestamp> {
    (0..name.len())
        .filter(|&at| name.is_char_boundary(at) && (at == 0 || !name.as_bytes()[at - 1].is_ascii_digit()))
        .find_map(|at| from_start(&name.as_bytes()[at..]))
}

/// rsnapshot's rotating names (`daily.0`), whose directories carry the end of the run as their time.
pub(super) fn is_rotating(name: &str) -> bool {
    const INTERVALS: &[&str] =
        &["hourly", "daily", "weekly", "monthly", "yearly", "alpha", "beta", "gamma", "delta", "epsilon", "zeta"];
    name.rsplit_once('.').is_some_and(|(interval, number)| {
        INTERVALS.contains(&interval) && !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// Reads date digits, then time digits, whatever stands between them, then a zone.
fn from_start(text: &[u8]) -> Option<Timestamp> {
    let mut at = 0;
    let year = digits(text, &mut at, 4)?;
    separator(text, &mut at, b"-_.");
    let month = digits(text, &mut at, 2)?;
    separator(text, &mut at, b"-_.");
    let day = digits(text, &mut at, 2)?;
    let mut clock = [0_u32; 3];
    if separator(text, &mut at, b"-_.Tt @") || text.get(at).is_some_and(u8::is_ascii_digit) {
        for part in &mut clock {
            match digits(text, &mut at, 2) {
                Some(value) => *part = value,
                None => break,
            }
            separator(text, &mut at, b"-_.:h");
        }
        // The separator behind the last digits may have been the sign of a zone.
        if text.get(at.wrapping_sub(1)) == Some(&b'-') && text.get(at).is_some_and(u8::is_ascii_digit) {
            at -= 1;
        }
    } else if text.get(at).is_some() {
        return None;
    }
    let zone = zone(&text[at..])?;
    let [hour, minute, second] = clock;
    Timestamp::parse(&format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{zone}")).ok()
}

fn digits(text: &[u8], at: &mut usize, count: usize) -> Option<u32> {
    let found = text.get(*at..*at + count)?;
    let value =
        found.iter().try_fold(0, |sum, digit| digit.is_ascii_digit().then(|| sum * 10 + u32::from(digit - b'0')))?;
    *at += count;
    Some(value)
}

fn separator(text: &[u8], at: &mut usize, allowed: &[u8]) -> bool {
    let found = text.get(*at).is_some_and(|byte| allowed.contains(byte));
    *at += usize::from(found);
    found
}

fn zone(rest: &[u8]) -> Option<String> {
    match rest {
        b"" | b"Z" | b"z" | b"UTC" => Some("Z".to_string()),
        [sign @ (b'+' | b'-'), hours @ ..] => {
            let numbers: Vec<u8> = hours.iter().copied().filter(u8::is_ascii_digit).collect();
            let text = String::from_utf8(numbers).ok().filter(|text| text.len() == 4)?;
            Some(format!("{}{}:{}", *sign as char, &text[..2], &text[2..]))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_spellings_are_read() {
        let ten = Timestamp::parse("2026-11-22T10:00:00Z").unwrap();
        for name in [
            "2026-11-22T10:00:00Z",
            "2026-11-22T10-00-00Z",
            "2026-11-22T10:00:00+00:00",
            "20261122-1000",
            "20261122T100000Z",
            "20261122100000",
            "2026-11-22_10:00:00",
            "2026-11-22_10-00",
            "home.20261122_1000",
            "@GMT-2026.11.22-10.00.00",
            "2026-11-22T19-00-00+0900",
        ] {
            assert_eq!(declared(name), Some(ten), "{name}");
        }
        assert_eq!(declared("2026-11-22"), Timestamp::parse("2026-11-22T00:00:00Z").ok());
        for name in ["daily.0", "etc", "2026", "2026-13-01", "report-2026-11-22.txt", "20261122100000999", "ü2026"] {
            assert_eq!(declared(name), None, "{name}");
        }
    }

    #[test]
    fn rotating_names_are_known() {
        assert!(is_rotating("daily.0") && is_rotating("alpha.12"));
        assert!(!is_rotating("daily.") && !is_rotating("etc.0") && !is_rotating("daily.x"));
    }
}
