//! Cuts a source into lines and keeps their addresses, whatever the size of the chunks.

use memchr::memchr;

/// Longest line that is read, in bytes without its line end. The longest real records are a few
/// hundred kilobytes (API audit events with whole objects); 1 MiB is what Falco, auditd and the
/// API server stay below by far, and bounds what a line without end can cost.
pub(crate) const LINE_BYTES_MAX: usize = 1024 * 1024;

/// One line of a source.
pub(crate) struct Line<'a> {
    /// Offset of its first byte in the source.
    pub offset: u64,
    /// What was found.
    pub content: Content<'a>,
    /// Bytes of the line with its line end.
    pub bytes: u64,
    /// Whether a line feed ended it; only the last line of a source may lack one.
    pub ended: bool,
}

/// What a line holds.
pub(crate) enum Content<'a> {
    /// The line without its line end (`\n` or `\r\n`).
    Text(&'a [u8]),
    /// More than [`LINE_BYTES_MAX`] bytes, of which nothing is kept.
    TooLong,
}

/// Cuts chunks into lines.
#[derive(Default)]
pub(crate) struct Lines {
    /// The start of a line whose end has not come yet; at most [`LINE_BYTES_MAX`] + 1 bytes.
    carried: Vec<u8>,
    /// Bytes of the current line so far, also when they are no longer carried.
    pending: u64,
    /// Offset of the current line.
    offset: u64,
    /// Whether the current line is too long and being skipped.
    skipping: bool,
}

impl Lines {
    /// Gives every line that `chunk` completes to `each`.
    pub fn push(&mut self, mut chunk: &[u8], mut each: impl FnMut(Line<'_>)) {
        while let Some(end) = memchr(b'\n', chunk) {
            let (head, rest) = chunk.split_at(end);
            let bytes = self.pending + head.len() as u64 + 1;
            let too_long = self.skipping || bytes - 1 > LINE_BYTES_MAX as u64 + 1;
            let line = if self.pending == 0 {
                head
            } else {
                if !too_long {
                    self.carried.extend_from_slice(head);
                }
                &self.carried
            };
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            let content = if too_long || line.len() > LINE_BYTES_MAX { Content::TooLong } else { Content::Text(line) };
            each(Line { offset: self.offset, content, bytes, ended: true });
            self.carried.clear();
            self.offset += bytes;
            self.pending = 0;
            self.skipping = false;
            chunk = &rest[1..];
        }
        self.pending += chunk.len() as u64;
        // One byte beyond the bound is carried, because it may be the `\r` of the line end.
        if self.pending > LINE_BYTES_MAX as u64 + 1 {
            self.skipping = true;
            self.carried = Vec::new();
        } else {
            self.carried.extend_from_slice(chunk);
        }
    }

    /// Gives the last line, when it has no line end.
    pub fn finish(&mut self, mut each: impl FnMut(Line<'_>)) {
        if self.pending == 0 {
            return;
        }
        let content = if self.skipping || self.carried.len() > LINE_BYTES_MAX {
            Content::TooLong
        } else {
            Content::Text(&self.carried)
        };
        each(Line { offset: self.offset, content, bytes: self.pending, ended: false });
        self.offset += self.pending;
        self.pending = 0;
        self.skipping = false;
        self.carried = Vec::new();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cut(text: &[u8], sizes: &[usize]) -> Vec<(u64, Option<Vec<u8>>, u64, bool)> {
        let mut lines = Lines::default();
        let mut found = Vec::new();
        let mut each = |line: Line<'_>| {
            let content = match line.content {
                Content::Text(text) => Some(text.to_vec()),
                Content::TooLong => None,
            };
            found.push((line.offset, content, line.bytes, line.ended));
        };
        let (mut rest, mut sizes) = (text, sizes.iter().cycle());
        while !rest.is_empty() {
            let (chunk, after) = rest.split_at((*sizes.next().unwrap()).min(rest.len()));
            lines.push(chunk, &mut each);
            rest = after;
        }
        lines.finish(&mut each);
        found
    }

    proptest! {
        #[test]
        fn lines_do_not_depend_on_chunks(text in "[ab\r\n]{0,60}", sizes in prop::collection::vec(1_usize..9, 1..5)) {
            let whole = cut(text.as_bytes(), &[usize::MAX]);
            prop_assert_eq!(&cut(text.as_bytes(), &sizes), &whole);
            prop_assert_eq!(whole.iter().map(|line| line.2).sum::<u64>(), text.len() as u64);
        }
    }

    #[test]
    fn a_line_over_the_bound_costs_only_itself() {
        for (length, fits) in [(LINE_BYTES_MAX, true), (LINE_BYTES_MAX + 1, false), (3 * LINE_BYTES_MAX, false)] {
            for end in ["\n", "\r\n"] {
                let mut text = vec![b'x'; length];
                text.extend_from_slice(end.as_bytes());
                text.extend_from_slice(b"next\n");
                for size in [usize::MAX, 1 << 16, 4097] {
                    let found = cut(&text, &[size]);
                    assert_eq!(found.len(), 2);
                    assert_eq!(found[0].1.is_some(), fits, "{length} {end:?} {size}");
                    assert_eq!(found[1], ((length + end.len()) as u64, Some(b"next".to_vec()), 5, true));
                }
            }
        }
    }
}
