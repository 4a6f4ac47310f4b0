//! Bytes that are usually text: paths, names and arguments as the kernel saw them.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A byte string that survives JSON unchanged.
///
/// Linux names are bytes without a promise of UTF-8, and an attacker chooses them. In JSON,
/// valid UTF-8 stands as it is, a backslash becomes `\\` and every byte that is not UTF-8
/// becomes `\xNN`, so that the mapping is reversible. [`fmt::Display`] additionally escapes
/// control characters and bidirectional marks, so that it can be printed on a terminal.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Bytes(pub Vec<u8>);

impl Bytes {
    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The reversible text form used in artefacts.
    pub fn to_text(&self) -> String {
        let mut text = String::with_capacity(self.0.len());
        for chunk in self.0.utf8_chunks() {
            for character in chunk.valid().chars() {
                if character == '\\' {
                    text.push_str("\\\\");
                } else {
                    text.push(character);
                }
            }
            for byte in chunk.invalid() {
                text.push_str(&format!("\\x{byte:02x}"));
            }
        }
        text
    }

    /// Reads the text form back. A backslash that starts neither `\\` nor `\xNN` stands for itself,
    /// so every text has a reading.
    pub fn from_text(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut out = Vec::with_capacity(bytes.len());
        let mut at = 0;
        while at < bytes.len() {
            if bytes[at] == b'\\' {
                if bytes.get(at + 1) == Some(&b'\\') {
                    out.push(b'\\');
                    at += 2;
                    continue;
                }
                if let (Some(b'x'), Some(high), Some(low)) = (
                    bytes.get(at + 1),
                    bytes.get(at + 2).copied().and_then(hex_digit),
                    bytes.get(at + 3).copied().and_then(hex_digit),
                ) {
                    out.push(high << 4 | low);
                    at += 4;
                    continue;
                }
            }
            out.push(bytes[at]);
            at += 1;
        }
        Self(out)
    }

    /// The last component of a path: what follows the last `/`, ignoring trailing slashes.
    pub fn file_name(&self) -> &[u8] {
        let end = self.0.iter().rposition(|&byte| byte != b'/').map_or(0, |last| last + 1);
        let start = self.0[..end].iter().rposition(|&byte| byte == b'/').map_or(0, |slash| slash + 1);
        &self.0[start..end]
    }

    /// Whether the path is `prefix` or lies below it.
    pub fn is_within(&self, prefix: &[u8]) -> bool {
        let prefix = prefix.strip_suffix(b"/").unwrap_or(prefix);
        self.0.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest[0] == b'/')
    }
}

fn hex_digit(byte: u8) -> Option<u8> {
    (byte as char).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// Escapes whatever a terminal or a reader could be fooled by: control characters, escape
/// sequences, bidirectional overrides, blank fillers, zero-width and tag marks become `\u{…}`.
pub fn display_safe(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if is_deceptive(character) {
            out.push_str(&format!("\\u{{{:x}}}", u32::from(character)));
        } else {
            out.push(character);
        }
    }
    out
}

/// Whether [`display_safe`] escapes it.
pub fn is_deceptive(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}'
                | '\u{61c}'
                | '\u{115f}'..='\u{1160}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{2069}'
                | '\u{3164}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&display_safe(&self.to_text()))
    }
}

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.to_text())
    }
}

impl From<&str> for Bytes {
    fn from(text: &str) -> Self {
        Self(text.as_bytes().to_vec())
    }
}

impl From<&[u8]> for Bytes {
    fn from(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_text())
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self::from_text(&text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_byte_string_survives_its_text_form(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let original = Bytes(bytes);
            prop_assert_eq!(Bytes::from_text(&original.to_text()), original);
        }
    }

    #[test]
    fn display_disarms_escape_codes_and_bidirectional_marks() {
        assert_eq!(
            Bytes::from("a\u{1b}[31m\u{202e}b\u{3164}\u{e0041}\n").to_string(),
            "a\\u{1b}[31m\\u{202e}b\\u{3164}\\u{e0041}\\u{a}"
        );
    }

    #[test]
    fn a_path_is_within_its_parents_only() {
        assert!(Bytes::from("/srv/data/a").is_within(b"/srv/data"));
        assert!(Bytes::from("/srv/data").is_within(b"/srv/data/"));
        assert!(!Bytes::from("/srv/database").is_within(b"/srv/data"));
        assert_eq!(Bytes::from("/a/b//").file_name(), b"b");
    }
}
