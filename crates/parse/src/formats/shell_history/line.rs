//! One line of a history, by its beginning.

use model::Timestamp;

use crate::text::number;

/// What a line is.
#[derive(Clone, Copy)]
pub(super) enum Line<'a> {
    /// bash: `#EPOCH`, with the line itself, since a person can type that too.
    Stamp(Timestamp, &'a [u8]),
    /// zsh: `: EPOCH:DURATION;command`.
    Zsh { time: Timestamp, seconds: &'a [u8], command: &'a [u8] },
    /// fish: `- cmd: command`.
    Fish(&'a [u8]),
    /// fish: `  when: EPOCH`.
    FishWhen(Timestamp),
    /// fish: `  paths:` (empty) or one of them.
    FishDetail(&'a [u8]),
    /// A command, or a further line of one.
    Text(&'a [u8]),
}

impl<'a> Line<'a> {
    pub fn of(line: &'a [u8]) -> Self {
        let known = match line {
            [b'#', digits @ ..] => epoch(digits).map(|time| Self::Stamp(time, line)),
            [b':', b' ', rest @ ..] => zsh(rest),
            [b'-', b' ', b'c', b'm', b'd', b':', rest @ ..] => {
                Some(Self::Fish(rest.strip_prefix(b" ").unwrap_or(rest)))
            }
            [b' ', b' ', rest @ ..] => fish_detail(rest),
            _ => None,
        };
        known.unwrap_or(Self::Text(line))
    }
}

/// Seconds since 1970 in 9 to 11 digits: 1973 and later.
fn epoch(digits: &[u8]) -> Option<Timestamp> {
    let seconds = (9..=11).contains(&digits.len()).then(|| number(digits)).flatten()?;
    Some(Timestamp::from_seconds(i64::try_from(seconds).ok()?, 0))
}

fn zsh(rest: &[u8]) -> Option<Line<'_>> {
    let colon = memchr::memchr(b':', rest.get(..24.min(rest.len()))?)?;
    let semicolon = colon + memchr::memchr(b';', rest.get(colon..rest.len().min(colon + 24))?)?;
    let seconds = &rest[colon + 1..semicolon];
    number(seconds)?;
    Some(Line::Zsh { time: epoch(rest[..colon].trim_ascii())?, seconds, command: &rest[semicolon + 1..] })
}

fn fish_detail(rest: &[u8]) -> Option<Line<'_>> {
    if let Some(when) = rest.strip_prefix(b"when: ") {
        return epoch(when).map(Line::FishWhen);
    }
    if rest == b"paths:" {
        return Some(Line::FishDetail(b""));
    }
    rest.strip_prefix(b"  - ").map(Line::FishDetail)
}
