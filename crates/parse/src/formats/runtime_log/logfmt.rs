//! `key=value key="quoted value"`: the text form of logrus.

use std::borrow::Cow;

/// Fields of one line that are read; real ones have about ten.
const FIELDS_MAX: usize = 64;

/// One `key=value`. A word without `=` has an empty key.
pub(super) struct Pair<'a> {
    pub key: &'a str,
    pub value: Cow<'a, str>,
    /// The line ends inside the value's quotes.
    pub torn: bool,
}

/// The pairs of a line, in their order.
pub(super) fn pairs(text: &str) -> impl Iterator<Item = Pair<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches(' ');
        if rest.is_empty() {
            return None;
        }
        let end = memchr::memchr2(b'=', b' ', rest.as_bytes()).unwrap_or(rest.len());
        if rest.as_bytes().get(end) != Some(&b'=') {
            let (word, after) = rest.split_at(end);
            rest = after;
            return Some(Pair { key: "", value: Cow::Borrowed(word), torn: false });
        }
        let (key, after) = (&rest[..end], &rest[end + 1..]);
        let Some(quoted) = after.strip_prefix('"') else {
            let end = memchr::memchr(b' ', after.as_bytes()).unwrap_or(after.len());
            rest = &after[end..];
            return Some(Pair { key, value: Cow::Borrowed(&after[..end]), torn: false });
        };
        let (end, torn) = match closing(quoted) {
            Some(end) => (end, false),
            None => (quoted.len(), true),
        };
        rest = quoted.get(end + 1..).unwrap_or_default();
        Some(Pair { key, value: unquoted(&quoted[..end]), torn })
    })
    .take(FIELDS_MAX)
}

/// Where the value ends: at a quote that no backslash precedes and that the line's end or a next `key=` follows.
/// Daemons of before 2019 wrote inner quotes without a backslash (`msg="loading plugin "x"..." type=…`).
fn closing(quoted: &str) -> Option<usize> {
    let bytes = quoted.as_bytes();
    let mut at = 0;
    let mut last = None;
    while let Some(found) = memchr::memchr2(b'"', b'\\', bytes.get(at..)?) {
        at += found;
        if bytes[at] == b'\\' {
            at += 2;
            continue;
        }
        if ends_here(&bytes[at + 1..]) {
            return Some(at);
        }
        last = Some(at);
        at += 1;
    }
    last
}

/// Whether `after` is what may stand behind a closing quote.
fn ends_here(after: &[u8]) -> bool {
    let Some(next) = after.strip_prefix(b" ") else { return after.is_empty() };
    let next = next.trim_ascii_start();
    let key = next.iter().position(|byte| !byte.is_ascii_alphanumeric() && !b"_.-/()".contains(byte));
    next.is_empty() || key.is_some_and(|end| end > 0 && next[end] == b'=')
}

/// The text that Go's `%q` wrote. An escape that Go does not write stays as it is.
pub(super) fn unquoted(text: &str) -> Cow<'_, str> {
    let Some(first) = memchr::memchr(b'\\', text.as_bytes()) else { return Cow::Borrowed(text) };
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut next = Some(first);
    while let Some(at) = next {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let (character, length) = escape(rest).unwrap_or(('\\', 1));
        out.push(character);
        rest = &rest[length..];
        next = memchr::memchr(b'\\', rest.as_bytes());
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The character of the escape at the start of `text`, and its length.
fn escape(text: &str) -> Option<(char, usize)> {
    let hex = |digits: usize| {
        let code = text.get(2..2 + digits).and_then(|hex| u32::from_str_radix(hex, 16).ok())?;
        Some((char::from_u32(code)?, 2 + digits))
    };
    let character = match text.as_bytes().get(1)? {
        b'n' => '\n',
        b't' => '\t',
        b'r' => '\r',
        b'"' => '"',
        b'\\' => '\\',
        b'a' => '\u{7}',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'v' => '\u{b}',
        // A byte that is no UTF-8: shown by its number, like U+0080 to U+00FF.
        b'x' => return hex(2),
        b'u' => return hex(4),
        b'U' => return hex(8),
        _ => return None,
    };
    Some((character, 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(&str, String, bool)> {
        pairs(text).map(|pair| (pair.key, pair.value.into_owned(), pair.torn)).collect()
    }

    #[test]
    fn quotes_end_where_the_next_key_begins() {
        let whole = |key, value: &str| (key, value.to_string(), false);
        assert_eq!(
            read(r#"msg="a \"b\" c\n" d=1 e="""#),
            [whole("msg", "a \"b\" c\n"), whole("d", "1"), whole("e", "")]
        );
        assert_eq!(
            read(r#"msg="loading "x" and "y"..." type=t"#),
            [whole("msg", "loading \"x\" and \"y\"..."), whole("type", "t")]
        );
        assert_eq!(read("msg=serving... stray  k="), [whole("msg", "serving..."), whole("", "stray"), whole("k", "")]);
        assert_eq!(read(r#"msg="cut off"#), [("msg", "cut off".to_string(), true)]);
        assert_eq!(read(r#"msg="cut \"#), [("msg", "cut \\".to_string(), true)]);
        assert_eq!(read(r#"m="\u547c\x1b\q\xzz""#), [whole("m", "呼\u{1b}\\q\\xzz")]);
        assert_eq!(pairs(&"a=1 ".repeat(1000)).count(), FIELDS_MAX);
    }
}
