//! Names that are one plain path component and nothing else.

/// Linux's `NAME_MAX`: the longest name of a directory entry, in bytes.
pub const NAME_BYTES_MAX: usize = 255;

/// Longest result of [`escape`], in bytes: leaves room for a prefix such as `host=`.
pub const ESCAPED_BYTES_MAX: usize = 200;

/// Why a name is not one plain path component.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnsafeName {
    /// Nothing.
    #[error("the name is empty")]
    Empty,
    /// `.` or `..`.
    #[error("the name is `.` or `..`")]
    Dots,
    /// A slash or a zero byte.
    #[error("the name contains a slash or a zero byte")]
    Separator,
    /// Longer than [`NAME_BYTES_MAX`].
    #[error("the name is longer than {NAME_BYTES_MAX} bytes")]
    TooLong,
}

/// Checks that `name` names an entry of a directory and cannot lead anywhere else.
///
/// Control characters and non-UTF-8 bytes pass: they are legal in names, and a restore must keep them.
pub fn check(name: &[u8]) -> Result<(), UnsafeName> {
    match name {
        b"" => Err(UnsafeName::Empty),
        b"." | b".." => Err(UnsafeName::Dots),
        _ if name.contains(&b'/') || name.contains(&0) => Err(UnsafeName::Separator),
        _ if name.len() > NAME_BYTES_MAX => Err(UnsafeName::TooLong),
        _ => Ok(()),
    }
}

/// Makes a file name of any text: ASCII letters, digits, `-`, `_` and inner dots stand for
/// themselves, every other byte becomes `%NN`. Different texts give different names; a text too
/// long for a name keeps its start and ends in `%~` and its SHA-256 (a form no short text can give).
pub fn escape(text: &str) -> String {
    let mut name = String::with_capacity(text.len());
    for (index, byte) in text.bytes().enumerate() {
        let plain = byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_') || (byte == b'.' && index > 0);
        if plain {
            name.push(byte as char);
        } else {
            name.push_str(&format!("%{byte:02x}"));
        }
    }
    if text.is_empty() {
        name.push_str("%~");
    }
    if name.len() > ESCAPED_BYTES_MAX {
        let kept = ESCAPED_BYTES_MAX - 66;
        name.truncate(kept);
        name.push_str(&format!("%~{}", model::Sha256::of(text.as_bytes())));
    }
    name
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_plain_components_pass() {
        for good in [&b"a"[..], b"...", b"a b", b".hidden", b"\xff\n", &[b'x'; 255]] {
            assert_eq!(check(good), Ok(()), "{good:?}");
        }
        for bad in [&b""[..], b".", b"..", b"a/b", b"/", b"a\0b", &[b'x'; 256]] {
            assert!(check(bad).is_err(), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn every_text_becomes_a_safe_name_of_its_own(one in any::<String>(), other in any::<String>()) {
            prop_assert_eq!(check(escape(&one).as_bytes()), Ok(()));
            prop_assert!(escape(&one).len() <= ESCAPED_BYTES_MAX);
            prop_assert_eq!(one == other, escape(&one) == escape(&other));
        }
    }

    #[test]
    fn hostile_texts_are_disarmed() {
        assert_eq!(escape("../etc"), "%2e.%2fetc");
        assert_eq!(escape(""), "%~");
        assert_eq!(escape("web-1.example"), "web-1.example");
        let long = [escape(&"a".repeat(300)), escape(&"a".repeat(301))];
        assert_ne!(long[0], long[1]);
        assert!(long.iter().all(|name| name.len() == ESCAPED_BYTES_MAX));
    }
}
