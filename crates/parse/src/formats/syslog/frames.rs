//! Octet counting: `LENGTH <PRI>…` one after the other, as syslog over TCP frames its messages.

/// Digits of a length; more would be longer than any line that is read.
const DIGITS_MAX: usize = 7;
/// Messages of one line; beyond it the rest is one message.
const FRAMES_MAX: usize = 65_536;

/// The messages of one line: several where they are counted, else the line itself.
pub(super) struct Frames<'a> {
    line: &'a [u8],
    at: usize,
    count: usize,
}

impl<'a> Frames<'a> {
    pub fn of(line: &'a [u8]) -> Self {
        Self { line, at: 0, count: 0 }
    }

    /// The next message with its place in the line.
    pub fn next(&mut self) -> Option<(usize, &'a [u8])> {
        let rest = self.line.get(self.at..).filter(|rest| !rest.is_empty())?;
        self.count += 1;
        let (start, length) = match counted(rest) {
            Some(found) if self.count < FRAMES_MAX => found,
            _ => (0, rest.len()),
        };
        // What follows a counted message is a further one, or belongs to it: the count may be of characters.
        let end = (start + length).min(rest.len());
        let more = rest.get(end..).is_some_and(|after| counted(after.trim_ascii_start()).is_some());
        let end = if more { end } else { rest.len() };
        let place = self.at + start;
        let blank = rest[end..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        self.at += end + blank;
        Some((place, rest[start..end].trim_ascii_end()))
    }
}

/// The first message of a line that starts with a counted one.
pub(super) fn first(line: &[u8]) -> Option<&[u8]> {
    let (start, length) = counted(line)?;
    line.get(start..(start + length).min(line.len()))
}

/// Where a counted message starts, and its stated length.
fn counted(text: &[u8]) -> Option<(usize, usize)> {
    let digits = text.iter().take(DIGITS_MAX + 1).take_while(|byte| byte.is_ascii_digit()).count();
    let rest = text.get(digits..)?;
    if digits == 0 || digits > DIGITS_MAX || !rest.starts_with(b" <") || !rest.get(2)?.is_ascii_digit() {
        return None;
    }
    let length = crate::text::number(&text[..digits]).and_then(|length| usize::try_from(length).ok())?;
    (length > 4).then_some((digits + 1, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(line: &str) -> Vec<(usize, &str)> {
        let mut frames = Frames::of(line.as_bytes());
        std::iter::from_fn(|| frames.next()).map(|(at, text)| (at, std::str::from_utf8(text).unwrap())).collect()
    }

    #[test]
    fn counted_messages_are_told_apart() {
        assert_eq!(texts("<13>1 - - a"), [(0, "<13>1 - - a")]);
        assert_eq!(texts("7 <13>1 a7 <13>1 b"), [(2, "<13>1 a"), (11, "<13>1 b")]);
        assert_eq!(texts("7 <13>1 a 7 <13>1 b"), [(2, "<13>1 a"), (12, "<13>1 b")]);
        assert_eq!(texts("99 <13>1 cut"), [(3, "<13>1 cut")]);
        assert_eq!(texts("5 <13>1 longer than stated"), [(2, "<13>1 longer than stated")]);
        assert_eq!(texts("12 <no"), [(0, "12 <no")]);
    }
}
