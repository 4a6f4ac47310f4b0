//! Sigma's values: text with wildcards, and its encodings.

use base64::{Engine as _, engine::general_purpose::STANDARD};

/// A part of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    Literal(Vec<u8>),
    /// Any number of characters.
    Star,
    /// One character.
    Question,
}

/// A value with wildcards.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Pattern(pub(crate) Vec<Piece>);

impl Pattern {
    /// Reads a value: `\` before `*`, `?` or `\` takes their meaning away, and stands for itself before anything else.
    pub(crate) fn read(text: &str) -> Self {
        let mut pattern = Self::default();
        let mut characters = text.chars().peekable();
        while let Some(character) = characters.next() {
            match character {
                '*' => pattern.star(),
                '?' => pattern.0.push(Piece::Question),
                '\\' => {
                    let escaped = characters.next_if(|next| matches!(next, '*' | '?' | '\\'));
                    pattern.literal(escaped.unwrap_or('\\').encode_utf8(&mut [0; 4]).as_bytes());
                }
                other => pattern.literal(other.encode_utf8(&mut [0; 4]).as_bytes()),
            }
        }
        pattern
    }

    /// Without wildcards.
    pub(crate) fn plain(bytes: Vec<u8>) -> Self {
        Self(if bytes.is_empty() { Vec::new() } else { vec![Piece::Literal(bytes)] })
    }

    fn literal(&mut self, bytes: &[u8]) {
        if let Some(Piece::Literal(known)) = self.0.last_mut() {
            known.extend_from_slice(bytes);
        } else {
            self.0.push(Piece::Literal(bytes.to_vec()));
        }
    }

    fn star(&mut self) {
        if self.0.last() != Some(&Piece::Star) {
            self.0.push(Piece::Star);
        }
    }

    /// The bytes, where it has no wildcards.
    pub(crate) fn bytes(&self) -> Option<&[u8]> {
        match &self.0[..] {
            [] => Some(b""),
            [Piece::Literal(bytes)] => Some(bytes),
            _ => None,
        }
    }

    pub(crate) fn open_start(mut self) -> Self {
        if self.0.first() != Some(&Piece::Star) {
            self.0.insert(0, Piece::Star);
        }
        self
    }

    pub(crate) fn open_end(mut self) -> Self {
        self.star();
        self
    }

    /// Each literal part changed.
    pub(crate) fn map(self, change: impl Fn(Vec<u8>) -> Vec<u8>) -> Self {
        Self(
            self.0
                .into_iter()
                .map(|piece| match piece {
                    Piece::Literal(bytes) => Piece::Literal(change(bytes)),
                    other => other,
                })
                .collect(),
        )
    }

    /// As a regular expression of the whole value.
    pub(crate) fn expression(&self) -> String {
        let mut out = String::from("(?s-u)\\A");
        for piece in &self.0 {
            match piece {
                Piece::Star => out.push_str(".*"),
                // One character, which may be several bytes.
                Piece::Question => out.push_str("(?:[\\x00-\\x7f]|[\\xc0-\\xff][\\x80-\\xbf]*|[\\x80-\\xbf])"),
                Piece::Literal(bytes) => {
                    for byte in bytes {
                        out.push_str(&format!("\\x{byte:02x}"));
                    }
                }
            }
        }
        out.push_str("\\z");
        out
    }
}

/// UTF-16 of a text, low byte first unless `big`.
pub(crate) fn utf16(bytes: &[u8], big: bool, mark: bool) -> Vec<u8> {
    let text = String::from_utf8_lossy(bytes);
    let units = mark.then_some(0xfeff).into_iter().chain(text.encode_utf16());
    units.flat_map(|unit: u16| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
}

pub(crate) fn base64(bytes: &[u8]) -> Vec<u8> {
    STANDARD.encode(bytes).into_bytes()
}

/// What Base64 of a longer text holds where these bytes begin at each of the three places in a group: the characters
/// that only they decide.
pub(crate) fn base64_offsets(bytes: &[u8]) -> Vec<Vec<u8>> {
    (0..3)
        .map(|offset| {
            let mut shifted = vec![b' '; offset];
            shifted.extend_from_slice(bytes);
            let encoded = STANDARD.encode(&shifted).into_bytes();
            let start = [0, 2, 3][offset];
            let end = encoded.len() - [0, 3, 2][shifted.len() % 3];
            encoded.get(start..end).unwrap_or_default().to_vec()
        })
        .collect()
}

/// The value with each of the marks that begin an option on Windows, at every place that can be one.
pub(crate) fn dashes(text: &str) -> Vec<String> {
    let characters: Vec<char> = text.chars().collect();
    let is_word = |at: usize| characters.get(at).is_some_and(|c| c.is_alphanumeric() || *c == '_');
    let is_option = |at: usize| matches!(characters[at], '-' | '/') && (at == 0 || !is_word(at - 1)) && is_word(at + 1);
    if !(0..characters.len()).any(is_option) {
        return vec![text.to_string()];
    }
    ['-', '/', '–', '—', '―']
        .iter()
        .map(|dash| (0..characters.len()).map(|at| if is_option(at) { *dash } else { characters[at] }).collect())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_and_their_escapes() {
        let literal = |text: &str| Piece::Literal(text.into());
        assert_eq!(Pattern::read("a*b").0, [literal("a"), Piece::Star, literal("b")]);
        assert_eq!(Pattern::read(r"a\*b\\?").0, [literal(r"a*b\"), Piece::Question]);
        assert_eq!(Pattern::read(r"C:\x").0, [literal(r"C:\x")]);
    }

    #[test]
    fn base64_is_found_at_every_offset() {
        for (before, text) in [("", "secret"), ("x", "secret"), ("xy", "secret"), ("xyz", "s3")] {
            let encoded = base64(format!("{before}{text}; more").as_bytes());
            let parts = base64_offsets(text.as_bytes());
            let found = parts.iter().any(|part| encoded.windows(part.len()).any(|window| window == part));
            assert!(found, "{before}{text}");
        }
    }

    #[test]
    fn dashes_are_exchanged_where_options_begin() {
        assert_eq!(dashes("a-b"), ["a-b"]);
        assert_eq!(dashes("x -f /q").len(), 5);
        assert!(dashes("x -f /q").contains(&"x /f /q".to_string()));
    }
}
