//! Cuts an export into fields, whatever the size of the chunks.

use memchr::memchr;

use crate::journal::VALUE_BYTES_MAX;

/// Bytes of a field's name. journald takes at most 64; names of other writers may be longer.
const NAME_BYTES_MAX: usize = 256;
/// Longest binary field that is believed: journald's own bound for one object is 768 MiB.
const LENGTH_MAX: u64 = 1 << 30;

/// A part of an export, with its place in all bytes received.
pub(super) enum Piece<'a> {
    /// A blank line.
    Blank { end: u64 },
    /// A field. `cut`: its value is longer than what is given.
    Field { start: u64, end: u64, name: &'a [u8], value: &'a [u8], cut: bool },
    /// Bytes that are no field. `content_until`: of a binary field whose length cannot be right; until there,
    /// what follows may be its content.
    Junk { start: u64, end: u64, content_until: Option<u64> },
}

/// Cuts chunks into pieces.
#[derive(Default)]
pub(super) struct Cutter {
    /// Bytes that are not cut yet: a bounded field at most.
    pending: Vec<u8>,
    /// How far `pending` was searched for a line end.
    searched: usize,
    /// Place of the first pending byte.
    at: u64,
    /// The rest of something too long to hold.
    skip: Option<Skip>,
}

enum Skip {
    /// A value that ends after so many bytes and a line end; given out at its end.
    Value { left: u64, start: u64, name: Vec<u8>, value: Vec<u8> },
    /// A line without end so far; its first part was `start`.
    Line { start: u64 },
}

/// What a look at the pending bytes gave.
enum Step {
    Taken(usize),
    More,
}

impl Cutter {
    /// How many bytes came in.
    pub fn received(&self) -> u64 {
        self.at + self.pending.len() as u64
    }

    /// Where the first byte stands that is not given out yet.
    pub fn consumed(&self) -> u64 {
        match &self.skip {
            Some(Skip::Value { start, .. } | Skip::Line { start }) => *start,
            None => self.at,
        }
    }

    /// Gives every piece that `chunk` completes to `each`.
    pub fn push(&mut self, chunk: &[u8], each: &mut dyn FnMut(Piece<'_>)) {
        // A bounded part at a time, so that `pending` stays small whatever the chunk.
        for part in chunk.chunks(VALUE_BYTES_MAX) {
            self.pending.extend_from_slice(part);
            self.advance(false, each);
        }
    }

    /// Gives what the end leaves.
    pub fn finish(&mut self, each: &mut dyn FnMut(Piece<'_>)) {
        self.advance(true, each);
        let end = self.received();
        match self.skip.take() {
            Some(Skip::Value { start, name, value, .. }) => {
                each(Piece::Field { start, end, name: &name, value: &value, cut: true })
            }
            Some(Skip::Line { start }) => each(Piece::Junk { start, end, content_until: None }),
            None if end > self.at => each(Piece::Junk { start: self.at, end, content_until: None }),
            None => {}
        }
        self.pending.clear();
        self.at = end;
    }

    fn advance(&mut self, ended: bool, each: &mut dyn FnMut(Piece<'_>)) {
        let mut taken = 0;
        while taken < self.pending.len() {
            match self.step(taken, ended, each) {
                Step::Taken(bytes) => {
                    taken += bytes;
                    self.at += bytes as u64;
                    self.searched = 0;
                }
                Step::More => break,
            }
        }
        self.pending.drain(..taken);
    }

    fn step(&mut self, from: usize, ended: bool, each: &mut dyn FnMut(Piece<'_>)) -> Step {
        if self.skip.is_some() {
            return self.skip(from, each);
        }
        let (rest, at) = (&self.pending[from..], self.at);
        let Some(line) = memchr(b'\n', &rest[self.searched..]).map(|end| self.searched + end) else {
            self.searched = rest.len();
            return self.unended(from, each);
        };
        let text = &rest[..line];
        let end = at + line as u64 + 1;
        if text.is_empty() || text == b"\r" {
            each(Piece::Blank { end });
            return Step::Taken(line + 1);
        }
        let equals = memchr(b'=', &text[..text.len().min(NAME_BYTES_MAX + 1)]);
        if let Some(equals) = equals.filter(|&equals| is_name(&text[..equals])) {
            let value = &text[equals + 1..];
            let cut = value.len() > VALUE_BYTES_MAX;
            let value = &value[..value.len().min(VALUE_BYTES_MAX)];
            each(Piece::Field { start: at, end, name: &text[..equals], value, cut });
            return Step::Taken(line + 1);
        }
        if !is_name(text) {
            each(Piece::Junk { start: at, end, content_until: None });
            return Step::Taken(line + 1);
        }
        self.binary(from, line, ended, each)
    }

    /// A field whose name ends at `line`: eight bytes of length, the value, a line end.
    fn binary(&mut self, from: usize, line: usize, ended: bool, each: &mut dyn FnMut(Piece<'_>)) -> Step {
        let (rest, at) = (&self.pending[from..], self.at);
        let name = &rest[..line];
        let after = &rest[line + 1..];
        let length = after.get(..8).and_then(|bytes| bytes.try_into().ok()).map(u64::from_le_bytes);
        // The line end was found already; only the bytes behind it are waited for.
        self.searched = line;
        let until = at + line as u64 + 9 + length.unwrap_or(0).min(LENGTH_MAX);
        let junk = Piece::Junk { start: at, end: at + line as u64 + 1, content_until: Some(until) };
        let Some(length) = length else {
            if ended {
                each(junk);
                return Step::Taken(line + 1);
            }
            return Step::More;
        };
        let value = &after[8..];
        if length > LENGTH_MAX {
            each(junk);
            return Step::Taken(line + 1);
        }
        let held = usize::try_from(length).unwrap_or(usize::MAX);
        if held > VALUE_BYTES_MAX {
            if value.len() < VALUE_BYTES_MAX && !ended {
                return Step::More;
            }
            let value = value[..value.len().min(VALUE_BYTES_MAX)].to_vec();
            let bytes = line + 1 + 8 + value.len();
            let left = length - value.len() as u64;
            self.skip = Some(Skip::Value { left, start: at, name: name.to_vec(), value });
            return Step::Taken(bytes);
        }
        match value.get(held) {
            Some(b'\n') => {
                let bytes = line + 1 + 8 + held + 1;
                each(Piece::Field { start: at, end: at + bytes as u64, name, value: &value[..held], cut: false });
                Step::Taken(bytes)
            }
            None if !ended => Step::More,
            // The length is wrong, or the end was cut off: what follows the name is looked at line by line.
            _ => {
                each(junk);
                Step::Taken(line + 1)
            }
        }
    }

    /// A line that has no end yet; beyond the bound its rest is skipped.
    fn unended(&mut self, from: usize, each: &mut dyn FnMut(Piece<'_>)) -> Step {
        let rest = &self.pending[from..];
        if rest.len() <= NAME_BYTES_MAX + 1 + VALUE_BYTES_MAX {
            return Step::More;
        }
        let start = self.at;
        let equals = memchr(b'=', &rest[..NAME_BYTES_MAX]).filter(|&equals| is_name(&rest[..equals]));
        if let Some(equals) = equals {
            let value = &rest[equals + 1..equals + 1 + VALUE_BYTES_MAX];
            each(Piece::Field { start, end: start + rest.len() as u64, name: &rest[..equals], value, cut: true });
        }
        let bytes = rest.len();
        // The field was given out; what is left of its line belongs to it, and is no field of its own.
        let start = if equals.is_some() { start + bytes as u64 } else { start };
        self.skip = Some(Skip::Line { start });
        Step::Taken(bytes)
    }

    fn skip(&mut self, from: usize, each: &mut dyn FnMut(Piece<'_>)) -> Step {
        let rest = &self.pending[from..];
        match self.skip.take() {
            Some(Skip::Value { left: 0, start, name, value }) => {
                let ended = rest[0] == b'\n';
                let end = self.at + u64::from(ended);
                each(Piece::Field { start, end, name: &name, value: &value, cut: true });
                Step::Taken(usize::from(ended))
            }
            Some(Skip::Value { left, start, name, value }) => {
                let bytes = usize::try_from(left).unwrap_or(usize::MAX).min(rest.len());
                self.skip = Some(Skip::Value { left: left - bytes as u64, start, name, value });
                Step::Taken(bytes)
            }
            Some(Skip::Line { start }) => match memchr(b'\n', rest) {
                Some(line) => {
                    each(Piece::Junk { start, end: self.at + line as u64 + 1, content_until: None });
                    Step::Taken(line + 1)
                }
                None => {
                    let bytes = rest.len();
                    self.skip = Some(Skip::Line { start });
                    Step::Taken(bytes)
                }
            },
            None => Step::More,
        }
    }
}

/// Letters, digits and underscores; other writers than journald use small letters, dots and hyphens too.
fn is_name(text: &[u8]) -> bool {
    !text.is_empty()
        && text.len() <= NAME_BYTES_MAX
        && text.iter().all(|&byte| byte.is_ascii_alphanumeric() || b"_.-@".contains(&byte))
}
