//! A JSON grammar check that keeps no tree: RFC 8259, without recursion, with two tolerated dialects.
//!
//! A library that builds values limits depth by failing (so a deep but valid file would count as
//! damaged) and silently keeps one of two equal keys; both matter here.

use std::collections::BTreeSet;

/// Nesting deeper than this is not followed. Real files stay below 100; this needs 1 MiB at most.
const DEPTH_MAX: usize = 20_000;
/// Keys beyond this are not compared with each other; it bounds memory to some 100 MiB.
const KEYS_MAX: usize = 2_000_000;

/// What was read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Summary {
    /// Values that stand one after the other, each on its own line.
    pub(crate) documents: u64,
    pub(crate) values: u64,
    pub(crate) depth: usize,
    pub(crate) duplicate_keys: u64,
    /// Comments or trailing commas, which RFC 8259 does not allow and many configuration files have.
    pub(crate) relaxed: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    /// What was expected at which byte.
    Wrong { at: usize, expected: &'static str },
    /// Nested deeper than the bound.
    TooDeep,
}

/// Reads the whole text as one or more JSON values.
pub(crate) fn read(text: &str) -> Result<Summary, Fault> {
    let mut reader = Reader { bytes: text.as_bytes(), at: 0, open: Vec::new(), keys: 0, summary: Summary::default() };
    loop {
        let line_end = reader.space()?;
        if reader.at == reader.bytes.len() && reader.summary.documents > 0 {
            return Ok(reader.summary);
        }
        if reader.summary.documents > 0 && !line_end {
            return Err(reader.wrong("the end of the text, or a further value on a line of its own"));
        }
        reader.value()?;
        reader.summary.documents += 1;
    }
}

enum Open<'a> {
    Object(BTreeSet<&'a [u8]>),
    Array,
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    open: Vec<Open<'a>>,
    keys: usize,
    summary: Summary,
}

impl<'a> Reader<'a> {
    fn wrong(&self, expected: &'static str) -> Fault {
        Fault::Wrong { at: self.at, expected }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn eat(&mut self, byte: u8) -> bool {
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        there
    }

    /// Skips white space and comments; says whether a line ended among them.
    fn space(&mut self) -> Result<bool, Fault> {
        let mut line_end = false;
        loop {
            match (self.peek(), self.bytes.get(self.at + 1)) {
                // 0x1e separates records in RFC 7464.
                (Some(b'\n' | 0x1e), _) => {
                    line_end = true;
                    self.at += 1;
                }
                (Some(b' ' | b'\t' | b'\r'), _) => self.at += 1,
                (Some(b'/'), Some(b'/')) => {
                    self.summary.relaxed = true;
                    while self.peek().is_some_and(|byte| byte != b'\n') {
                        self.at += 1;
                    }
                }
                (Some(b'/'), Some(b'*')) => {
                    self.summary.relaxed = true;
                    let rest = &self.bytes[self.at..];
                    let Some(end) = rest.windows(2).skip(2).position(|pair| pair == b"*/") else {
                        return Err(self.wrong("the end of a comment"));
                    };
                    self.at += end + 4;
                }
                _ => return Ok(line_end),
            }
        }
    }

    /// Reads one value with all it contains; an explicit stack takes the place of recursion.
    fn value(&mut self) -> Result<(), Fault> {
        let mut wanted = true;
        loop {
            if wanted {
                self.space()?;
                self.summary.values += 1;
                wanted = self.start()?;
                continue;
            }
            // A value has just ended.
            let Some(open) = self.open.last() else { return Ok(()) };
            let closing = match open {
                Open::Object(_) => b'}',
                Open::Array => b']',
            };
            self.space()?;
            if self.eat(b',') {
                self.space()?;
                if self.peek() == Some(closing) {
                    self.summary.relaxed = true;
                } else {
                    self.key()?;
                    wanted = true;
                    continue;
                }
            }
            if !self.eat(closing) {
                return Err(self.wrong(if closing == b'}' { "`,` or `}`" } else { "`,` or `]`" }));
            }
            self.open.pop();
            if self.open.is_empty() {
                return Ok(());
            }
        }
    }

    /// Reads a whole simple value, or the beginning of an object or array. Says whether a value must follow.
    fn start(&mut self) -> Result<bool, Fault> {
        match self.peek() {
            Some(b'{') => self.descend(Open::Object(BTreeSet::new()), b'}'),
            Some(b'[') => self.descend(Open::Array, b']'),
            Some(b'"') => self.string().map(|()| false),
            Some(b'-' | b'0'..=b'9') => self.number().map(|()| false),
            _ => {
                for literal in [&b"true"[..], b"false", b"null"] {
                    if self.bytes[self.at..].starts_with(literal) {
                        self.at += literal.len();
                        return Ok(false);
                    }
                }
                Err(self.wrong("a value"))
            }
        }
    }

    fn descend(&mut self, open: Open<'a>, closing: u8) -> Result<bool, Fault> {
        self.at += 1;
        if self.open.len() >= DEPTH_MAX {
            return Err(Fault::TooDeep);
        }
        self.open.push(open);
        self.summary.depth = self.summary.depth.max(self.open.len());
        self.space()?;
        if self.peek() == Some(closing) {
            // The caller's loop closes it: an empty container is a value that has just ended.
            return Ok(false);
        }
        self.key()?;
        Ok(true)
    }

    /// In an object, reads `"key":`.
    fn key(&mut self) -> Result<(), Fault> {
        if !matches!(self.open.last(), Some(Open::Object(_))) {
            return Ok(());
        }
        if self.peek() != Some(b'"') {
            return Err(self.wrong("a key"));
        }
        let start = self.at;
        self.string()?;
        let key = &self.bytes[start..self.at];
        if self.keys < KEYS_MAX
            && let Some(Open::Object(keys)) = self.open.last_mut()
        {
            self.keys += 1;
            self.summary.duplicate_keys += u64::from(!keys.insert(key));
        }
        self.space()?;
        if self.eat(b':') { Ok(()) } else { Err(self.wrong("`:`")) }
    }

    fn string(&mut self) -> Result<(), Fault> {
        self.at += 1;
        loop {
            match self.peek() {
                None => return Err(self.wrong("the end of a string")),
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => {
                    self.at += 1;
                    match self.peek() {
                        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 1,
                        Some(b'u') => {
                            let digits = self.bytes.get(self.at + 1..self.at + 5);
                            if !digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)) {
                                return Err(self.wrong("four hexadecimal digits"));
                            }
                            self.at += 5;
                        }
                        _ => return Err(self.wrong("an escape")),
                    }
                }
                Some(0..=0x1f) => return Err(self.wrong("no raw control character in a string")),
                Some(_) => self.at += 1,
            }
        }
    }

    fn number(&mut self) -> Result<(), Fault> {
        self.eat(b'-');
        if !self.eat(b'0') {
            self.digits()?;
        }
        if self.eat(b'.') {
            self.digits()?;
        }
        if self.eat(b'e') || self.eat(b'E') {
            let _ = self.eat(b'+') || self.eat(b'-');
            self.digits()?;
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<(), Fault> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at == start { Err(self.wrong("a digit")) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        /// The strict grammar agrees with an independent reader, on JSON-like text.
        #[test]
        fn agrees_with_serde_json(text in r#"[\[\]{}:, "a\\u0-9.eE+tnul-]{0,24}"#) {
            let ours = match read(&text) {
                Ok(summary) => summary.documents == 1 && !summary.relaxed,
                Err(_) => false,
            };
            let theirs = serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok();
            prop_assert_eq!(ours, theirs, "{}", text);
        }

        /// The same on valid text with a few characters changed, which is harder to get right.
        #[test]
        fn agrees_with_serde_json_on_near_misses(changes in proptest::collection::vec((0..90_usize, r#"[\[\]{}:, "a\\u0-9.eE+-]"#), 0..3)) {
            const VALID: &str = r#"{"a": [1, -0.5e+3, true, null, {}], "b\u00e9\n": {"c": [[], "x"], "d": false}, "e": 0} "#;
            let mut text: Vec<char> = VALID.chars().collect();
            for (at, with) in &changes {
                if let (Some(place), Some(with)) = (text.get_mut(*at), with.chars().next()) {
                    *place = with;
                }
            }
            let text: String = text.into_iter().collect();
            let ours = read(&text).is_ok_and(|summary| summary.documents == 1 && !summary.relaxed);
            let theirs = serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok();
            prop_assert_eq!(ours, theirs, "{}", text);
        }

        #[test]
        fn never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&String::from_utf8_lossy(&bytes));
        }
    }

    #[test]
    fn depth_is_bounded_without_recursion() {
        assert!(read(&("[".repeat(DEPTH_MAX) + &"]".repeat(DEPTH_MAX))).is_ok());
        assert_eq!(read(&"[".repeat(1_000_000)), Err(Fault::TooDeep));
    }
}
