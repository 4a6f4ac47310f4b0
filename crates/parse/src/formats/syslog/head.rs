//! What stands before a message: priority, time, host, program, and structured data.

use model::{TimeBasis, Timestamp};

/// When, as the line states it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stamp {
    /// A whole time; without a zone it is local.
    Whole(Timestamp, TimeBasis),
    /// A time without a year.
    NoYear { month: u32, day: u32, clock: Clock },
    /// RFC 5424's `-`.
    None,
}

/// A time of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Clock {
    pub hour: u32,
    pub minute: u32,
    pub second: u32,
    pub nanos: u32,
}

/// A line taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Head<'a> {
    /// Facility times 8 plus severity.
    pub priority: Option<u32>,
    /// 1 for RFC 5424.
    pub version: Option<u8>,
    pub stamp: Stamp,
    pub host: Option<&'a str>,
    pub program: Option<&'a str>,
    pub pid: Option<&'a str>,
    pub message_id: Option<&'a str>,
    /// Structured data as written.
    data: &'a str,
    pub message: &'a str,
}

/// Parameters of structured data that become facts.
const PARAMETERS_MAX: usize = 128;
/// Characters of one of them.
const PARAMETER_CHARS_MAX: usize = 4096;
/// Bytes of a program's name; RFC 3164 allows 32, unit names are longer.
const PROGRAM_BYTES_MAX: usize = 128;

impl<'a> Head<'a> {
    /// Takes a line apart; `None` when it has no head.
    pub fn read(line: &'a str) -> Option<Self> {
        let (priority, rest) = priority(line);
        if let Some(head) = rest.strip_prefix("1 ").and_then(|rest| rfc5424(priority, rest)) {
            return Some(head);
        }
        let (stamp, rest) = no_year(rest).or_else(|| whole(rest))?;
        let (host, rest) = host(rest);
        let (program, pid, message) = tag(rest);
        Some(Self { priority, version: None, stamp, host, program, pid, message_id: None, data: "", message })
    }

    /// The structured data, as `ID.NAME` and value.
    pub fn data(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        let (mut id, mut rest) = ("", self.data);
        while found.len() < PARAMETERS_MAX && !rest.is_empty() {
            if let Some(inside) = rest.strip_prefix('[') {
                let end = inside.find([' ', ']']).unwrap_or(inside.len());
                id = &inside[..end];
                rest = inside[end..].trim_start();
            } else if let Some(outside) = rest.strip_prefix(']') {
                rest = outside;
            } else {
                let Some((name, after)) = rest.split_once("=\"") else { break };
                let (value, end) = quoted(after);
                found.push((format!("{id}.{}", name.trim()), value));
                rest = after[end..].trim_start();
            }
        }
        found
    }
}

/// `<PRI>`; 191 is the largest that the standards know, others are text.
fn priority(line: &str) -> (Option<u32>, &str) {
    let Some((digits, rest)) = line.strip_prefix('<').and_then(|rest| rest.split_once('>')) else {
        return (None, line);
    };
    match digits.parse::<u32>() {
        Ok(priority) if priority <= 191 && digits.len() <= 3 => (Some(priority), rest),
        _ => (None, line),
    }
}

/// `TIME HOST APP PROCID MSGID SD MSG`, `-` for what is not known.
fn rfc5424(priority: Option<u32>, rest: &str) -> Option<Head<'_>> {
    let mut parts = rest.splitn(6, ' ');
    let (time, host, program, pid, id) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let rest = parts.next()?;
    let known = |text: &'_ str| (text != "-" && !text.is_empty()).then_some(());
    let stamp = match time {
        "-" => Stamp::None,
        time => Stamp::Whole(Timestamp::parse(time).ok()?, basis(time)),
    };
    let end = data_end(rest)?;
    let message = rest[end..].strip_prefix(' ').unwrap_or(&rest[end..]);
    Some(Head {
        priority,
        version: Some(1),
        stamp,
        host: known(host).map(|()| host),
        program: known(program).map(|()| program),
        pid: known(pid).map(|()| pid),
        message_id: known(id).map(|()| id),
        data: if rest.starts_with('[') { &rest[..end] } else { "" },
        message: message.strip_prefix('\u{feff}').unwrap_or(message),
    })
}

/// Where the structured data ends: behind `-`, or behind the last `]` that no quotes hold.
fn data_end(text: &str) -> Option<usize> {
    if text.starts_with('-') {
        return Some(1);
    }
    let (mut quoted, mut escaped, mut end) = (false, false, None);
    let bytes = text.as_bytes();
    for (at, &byte) in bytes.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b']' if !quoted => {
                end = Some(at + 1);
                if bytes.get(at + 1) != Some(&b'[') {
                    break;
                }
            }
            b'[' if !quoted && end.is_none_or(|end| end == at) => {}
            _ if at == 0 => return None,
            _ => {}
        }
    }
    end
}

/// A value up to its closing quote, escapes resolved, and where the text goes on.
fn quoted(text: &str) -> (String, usize) {
    let (mut value, mut escaped, mut characters) = (String::new(), false, 0);
    for (at, c) in text.char_indices() {
        match c {
            '"' if !escaped => return (value, at + 1),
            '\\' if !escaped => {
                escaped = true;
                continue;
            }
            // Before any other character than these three the backslash stands for itself.
            c if escaped && !matches!(c, '"' | '\\' | ']') => value.push('\\'),
            _ => {}
        }
        escaped = false;
        characters += 1;
        if characters <= PARAMETER_CHARS_MAX {
            value.push(c);
        }
    }
    (value, text.len())
}

/// `Nov 22 23:28:50`, with a year behind the day or the time where a device adds one, and a fraction.
fn no_year(text: &str) -> Option<(Stamp, &str)> {
    let month = crate::text::month(text.get(..3)?)?;
    let rest = text.get(3..)?.strip_prefix(' ')?.trim_start();
    let (day, rest) = rest.split_once(' ')?;
    let day: u32 = day.parse().ok().filter(|day| (1..=31).contains(day))?;
    let year_of = |word: &str| word.parse::<u32>().ok().filter(|year| word.len() == 4 && (1970..2200).contains(year));
    let (first, after) = rest.split_once(' ').unwrap_or((rest, ""));
    let (mut year, time, mut rest) = match year_of(first) {
        Some(year) => {
            let (time, rest) = after.split_once(' ').unwrap_or((after, ""));
            (Some(year), time, rest)
        }
        None => (None, first, after),
    };
    let clock = clock(time.trim_end_matches(':'))?;
    if year.is_none()
        && let Some((word, after)) = rest.split_once(' ')
        && let Some(stated) = year_of(word)
    {
        (year, rest) = (Some(stated), after);
    }
    let stamp = match year {
        Some(year) => Stamp::Whole(super::year::at(year, month, day, clock)?, TimeBasis::Local),
        None => Stamp::NoYear { month, day, clock },
    };
    Some((stamp, rest))
}

/// `23:28:50`, with a fraction.
fn clock(text: &str) -> Option<Clock> {
    let number = |text: &str, max: u32| {
        text.parse::<u32>().ok().filter(|value| *value <= max && text.len() == 2 && !text.starts_with('+'))
    };
    let mut parts = text.split(':');
    let (hour, minute, second) = (parts.next()?, parts.next()?, parts.next()?);
    let (second, fraction) = second.split_once(['.', ',']).unwrap_or((second, ""));
    if parts.next().is_some() || fraction.len() > 9 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let digits = fraction.bytes().chain(std::iter::repeat(b'0')).take(9);
    let nanos = digits.fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0'));
    Some(Clock { hour: number(hour, 23)?, minute: number(minute, 59)?, second: number(second, 60)?, nanos })
}

/// `2026-11-22T23:28:50.123456+09:00`, also with a blank for the `T`.
fn whole(text: &str) -> Option<(Stamp, &str)> {
    let (mut word, mut rest) = text.split_once(' ')?;
    if word.len() == 10 {
        // The date alone: the time is the next word.
        let end = 11 + rest.find(' ')?;
        (word, rest) = (text.get(..end)?, text.get(end + 1..)?);
    }
    let time = Timestamp::parse(word).ok()?;
    Some((Stamp::Whole(time, basis(word)), rest))
}

/// Whether a time states its zone.
fn basis(time: &str) -> TimeBasis {
    let clock = time.get(11..).unwrap_or("");
    if clock.ends_with(['Z', 'z']) || clock.contains(['+', '-']) { TimeBasis::Utc } else { TimeBasis::Local }
}

/// The host: one word, unless that word is a program's tag already.
fn host(rest: &str) -> (Option<&str>, &str) {
    let rest = rest.trim_start();
    let Some((word, after)) = rest.split_once(' ') else { return (None, rest) };
    // A tag ends in a colon or has a pid in brackets; an address has colons inside.
    if word.ends_with(':') || word.ends_with(']') {
        return (None, rest);
    }
    (Some(word).filter(|word| *word != "-"), after)
}

/// `program[pid]: message`, `program: message`, or a message alone.
fn tag(rest: &str) -> (Option<&str>, Option<&str>, &str) {
    let none = (None, None, rest);
    let end = memchr::memchr3(b':', b'[', b' ', rest.as_bytes()).unwrap_or(rest.len());
    if end == 0 || end > PROGRAM_BYTES_MAX {
        return none;
    }
    let (name, after) = rest.split_at(end);
    if let Some(message) = after.strip_prefix(':') {
        return (Some(name), None, message.strip_prefix(' ').unwrap_or(message));
    }
    let Some((pid, after)) = after.strip_prefix('[').and_then(|after| after.split_once(']')) else { return none };
    // Some daemons leave the colon out.
    let message = after.strip_prefix(':').unwrap_or(after);
    if pid.len() > PROGRAM_BYTES_MAX {
        return none;
    }
    (Some(name), Some(pid), message.strip_prefix(' ').unwrap_or(message))
}
