//! The spellings of a kernel line: level, time, message.

use model::Timestamp;

/// What a line's time counts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stamp {
    /// Nanoseconds since boot.
    Boot(i64),
    /// A wall clock without zone.
    Local(Timestamp),
    /// 1970 UTC.
    Utc(Timestamp),
}

/// A line taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line<'a> {
    /// Its time; `None` for the further lines of a message, and for carried lines.
    pub stamp: Option<Stamp>,
    /// How urgent, 0 to 7.
    pub level: Option<u8>,
    /// What it says.
    pub message: &'a str,
}

impl<'a> Line<'a> {
    /// Takes a line apart. Every text is a message at least.
    pub fn read(text: &'a str) -> Self {
        if let Some(line) = kmsg(text) {
            return line;
        }
        let (level, rest) = level(text);
        let (stamp, message) = match bracketed(rest).or_else(|| iso(rest)) {
            Some((stamp, rest)) => (Some(stamp), rest),
            None => (None, rest),
        };
        Self { stamp, level, message: message.trim_end() }
    }
}

/// `6,1234,5678901234,-;message`: priority with facility, sequence, microseconds since boot, flags.
fn kmsg(text: &str) -> Option<Line<'_>> {
    let (head, message) = text.split_once(';')?;
    let mut fields = head.split(',');
    let priority: u32 = fields.next()?.parse().ok()?;
    let _sequence: u64 = fields.next()?.parse().ok()?;
    let micros: i64 = fields.next()?.parse().ok()?;
    let flag = fields.next()?;
    if flag.is_empty() || !flag.chars().all(|c| "-c+".contains(c)) {
        return None;
    }
    let stamp = Some(Stamp::Boot(micros.checked_mul(1000)?));
    Some(Line { stamp, level: u8::try_from(priority & 7).ok(), message: message.trim_end() })
}

/// `<6>` of `dmesg -r`, or `kern  :info  : ` of `dmesg -x`.
fn level(text: &str) -> (Option<u8>, &str) {
    if let Some((digits, rest)) = text.strip_prefix('<').and_then(|rest| rest.split_once('>'))
        && let Ok(priority) = digits.parse::<u32>()
    {
        return (u8::try_from(priority & 7).ok(), rest);
    }
    const NAMES: [&str; 8] = ["emerg", "alert", "crit", "err", "warn", "notice", "info", "debug"];
    let mut parts = text.splitn(3, ':');
    if let (Some(facility), Some(name), Some(rest)) = (parts.next(), parts.next(), parts.next())
        && !facility.is_empty()
        && facility.trim_end().chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
        && let Some(at) = NAMES.iter().position(|known| *known == name.trim_end())
    {
        return (u8::try_from(at).ok(), rest.trim_start());
    }
    (None, text)
}

/// `[ 1234.567890] `, with `[    T1] ` behind it where the kernel names callers, or `[Sun Nov 22 23:28:50 2026] `.
fn bracketed(text: &str) -> Option<(Stamp, &str)> {
    let (inside, rest) = text.trim_start().strip_prefix('[')?.split_once(']')?;
    let stamp = seconds(inside.trim()).map(Stamp::Boot).or_else(|| calendar(inside).map(Stamp::Local))?;
    let rest = rest.strip_prefix(' ').unwrap_or(rest);
    let caller = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')).filter(|(caller, _)| {
        let caller = caller.trim_start();
        caller.len() > 1 && caller.starts_with(['T', 'C']) && caller[1..].chars().all(|c| c.is_ascii_digit())
    });
    Some((stamp, caller.map_or(rest, |(_, rest)| rest.strip_prefix(' ').unwrap_or(rest))))
}

/// `1234.567890` as nanoseconds.
fn seconds(text: &str) -> Option<i64> {
    let (seconds, fraction) = text.split_once('.')?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(seconds) || !digits(fraction) || fraction.len() > 9 {
        return None;
    }
    let scale = 10_i64.pow(9 - u32::try_from(fraction.len()).ok()?);
    seconds.parse::<i64>().ok()?.checked_mul(1_000_000_000)?.checked_add(fraction.parse::<i64>().ok()? * scale)
}

/// `Sun Nov 22 23:28:50 2026`, as C's `ctime` writes it.
fn calendar(text: &str) -> Option<Timestamp> {
    let mut words = text.split_whitespace();
    let (_weekday, month, day, time, year) =
        (words.next()?, words.next()?, words.next()?, words.next()?, words.next()?);
    let month = crate::text::month(month)?;
    let day: u32 = day.parse().ok()?;
    Timestamp::parse(&format!("{year}-{month:02}-{day:02}T{time}")).ok()
}

/// `2026-11-22T23:28:50,123456+00:00 ` of `dmesg --time-format iso`.
fn iso(text: &str) -> Option<(Stamp, &str)> {
    let (time, rest) = text.split_once(' ')?;
    if time.len() < 25 || time.as_bytes().get(19) != Some(&b',') {
        return None;
    }
    Timestamp::parse(time).ok().map(|time| (Stamp::Utc(time), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spellings_of_a_line() {
        let boot = Some(Stamp::Boot(1_234_567_890_000));
        for (text, stamp, level) in [
            ("[ 1234.567890] text", boot, None),
            ("<6>[ 1234.567890] text", boot, Some(6)),
            ("<30>[ 1234.567890][   T12] text", boot, Some(6)),
            ("kern  :warn  : [ 1234.567890] text", boot, Some(4)),
            ("6,99,1234567890,-;text", boot, Some(6)),
            ("[Sun Nov 22 23:28:50 2026] text", Some(Stamp::Local(Timestamp::from_seconds(1_795_390_130, 0))), None),
            ("2026-11-22T23:28:50,500000+00:00 text", Some(Stamp::Utc(Timestamp(1_795_390_130_500_000_000))), None),
            ("text", None, None),
        ] {
            assert_eq!(Line::read(text), Line { stamp, level, message: "text" }, "{text}");
        }
        assert_eq!(Line::read("[drm] initialised: ok").stamp, None);
        assert_eq!(Line::read("[ 99999999999999999999.1] x").stamp, None);
    }
}
