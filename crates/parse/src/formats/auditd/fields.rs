//! The fields of a record, and how their values are written.

use model::Bytes;

use crate::text::unhex;

/// Iterates over `key=value` pairs; a value is given as written, with its quotes.
///
/// Stops at the enrichment (after byte 0x1D). Some copies of a log have lost that byte, so that
/// `key="x"ARCH=x86_64` runs on without a space: that is recognised by the names that enrichment uses.
pub(super) struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    pub fn of(body: &'a [u8]) -> Self {
        Self { rest: body }
    }
}

/// The byte that auditd's enriched format puts before the names it looked up.
const ENRICHMENT: u8 = 0x1d;

/// Names of enriched fields that can follow a record's own fields directly, longer before shorter.
const ENRICHED: &[&[u8]] =
    &[b"SYSCALL", b"OAUID", b"SADDR", b"ARCH", b"AUID", b"OUID", b"OGID", b"IUID", b"IGID", b"UID", b"GID", b"ID"];

impl<'a> Iterator for Fields<'a> {
    type Item = (&'a [u8], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            while let [b' ' | b',', after @ ..] = self.rest {
                self.rest = after;
            }
            let end = memchr::memchr3(b'=', b' ', ENRICHMENT, self.rest)?;
            let key = &self.rest[..end];
            let after = &self.rest[end + 1..];
            match self.rest[end] {
                b'=' => return Some((key, self.value(after))),
                b' ' => self.rest = after,
                _ => {
                    self.rest = b"";
                    return None;
                }
            }
        }
    }
}

impl<'a> Fields<'a> {
    fn value(&mut self, text: &'a [u8]) -> &'a [u8] {
        match text.first() {
            Some(b'"') => {
                let end = memchr::memchr(b'"', &text[1..]).map_or(text.len(), |end| end + 2);
                self.rest = match text.get(end) {
                    Some(b' ') | None => text.get(end..).unwrap_or(b""),
                    // Enrichment without its separator.
                    Some(_) => b"",
                };
                &text[..end]
            }
            Some(b'\'') => {
                let end = memchr::memrchr(b'\'', text).map_or(text.len(), |end| end + 1);
                self.rest = text.get(end..).unwrap_or(b"");
                if end == 1 { text } else { &text[..end] }
            }
            _ => {
                let end = memchr::memchr3(b' ', b'=', ENRICHMENT, text).unwrap_or(text.len());
                if text.get(end) == Some(&b'=') { self.bare_with_equals(text) } else { self.cut(text, end) }
            }
        }
    }

    /// A bare value with an equals sign in it: either its own (`subj==unconfined`), or the start of an
    /// enrichment that lost its separator.
    fn bare_with_equals(&mut self, text: &'a [u8]) -> &'a [u8] {
        let end = memchr::memchr2(b' ', ENRICHMENT, text).unwrap_or(text.len());
        let equals = memchr::memchr(b'=', &text[..end]).unwrap_or(end);
        match ENRICHED.iter().find(|name| text[..equals].ends_with(name)) {
            Some(name) => {
                self.rest = b"";
                &text[..equals - name.len()]
            }
            None => self.cut(text, end),
        }
    }

    fn cut(&mut self, text: &'a [u8], end: usize) -> &'a [u8] {
        self.rest = &text[end..];
        &text[..end]
    }
}

/// Whether a value is quoted text without its closing quote: the record was cut off inside it.
pub(super) fn is_torn(value: &[u8]) -> bool {
    value.len() == 1 && matches!(value, b"\"" | b"'")
        || match value {
            [b'"', .., b'"'] | [b'\'', .., b'\''] => false,
            [b'"' | b'\'', ..] => true,
            _ => false,
        }
}

/// What an "untrusted string" value stands for: quoted text as it is, bare hexadecimal digits as the
/// bytes they encode (the kernel writes so whatever has a space, a quote or a control character);
/// `None` for `(null)`, `(none)`, `?` and a torn value, of which nobody can say how it went on.
///
/// A bare value that is no hexadecimal text is taken as written: user programs and old kernels do so.
pub(super) fn untrusted(value: &[u8]) -> Option<Vec<u8>> {
    match value {
        [b'"', text @ .., b'"'] => (text != b"(null)").then(|| text.to_vec()),
        [b'"', ..] => None,
        b"(null)" | b"(none)" | b"?" | b"" => None,
        bare => Some(unhex(bare).unwrap_or_else(|| bare.to_vec())),
    }
}

/// [`untrusted`] as [`Bytes`].
pub(super) fn untrusted_bytes(value: &[u8]) -> Option<Bytes> {
    untrusted(value).map(Bytes)
}

/// A value without quotes around it; `None` for the spellings of "nothing".
pub(super) fn plain(value: &[u8]) -> Option<&[u8]> {
    let value = match value {
        [b'"', text @ .., b'"'] | [b'\'', text @ .., b'\''] => text,
        bare => bare,
    };
    (!matches!(value, b"(null)" | b"(none)" | b"?" | b"" | b"(unset)")).then_some(value)
}

/// A user, session or process id; `None` when unset (4294967295, -1) or unreadable.
pub(super) fn id(value: &[u8]) -> Option<u32> {
    crate::text::number(value).and_then(|number| u32::try_from(number).ok()).filter(|&number| number != u32::MAX)
}

/// A device number as mknod(2) takes it. Source: Linux `include/linux/kdev_t.h`, `new_decode_dev`.
pub(super) fn device_number(number: u64) -> model::Device {
    let low = |value: u64| u32::try_from(value & 0xffff_ffff).unwrap_or(0);
    model::Device { major: low((number & 0xfff00) >> 8), minor: low((number & 0xff) | ((number >> 12) & 0xfff00)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(body: &str) -> Vec<(String, String)> {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Fields::of(body.as_bytes()).map(|(key, value)| (text(key), text(value))).collect()
    }

    #[test]
    fn enrichment_is_cut_with_and_without_its_separator() {
        for end in ["\u{1d}ARCH=x86_64 SYSCALL=open", "ARCH=x86_64 SYSCALL=open"] {
            assert_eq!(fields(&format!("a0=1 key=\"k\"{end}")).last().unwrap(), &("key".into(), "\"k\"".into()));
            assert_eq!(fields(&format!("a0=1 key=(null){end}")).last().unwrap(), &("key".into(), "(null)".into()));
        }
        assert_eq!(fields("cap_frootid=0OUID=\"root\" OGID=\"root\""), [("cap_frootid".into(), "0".into())]);
        assert_eq!(fields("res=1AUID=\"unset\""), [("res".into(), "1".into())]);
        assert_eq!(fields("nametype=NORMALOUID=\"r\"")[0].1, "NORMAL");
        assert_eq!(fields("saddr=1000SADDR={ saddr_fam=netlink }")[0].1, "1000");
    }

    #[test]
    fn a_name_that_looks_like_enrichment_stays_inside_its_quotes() {
        let all = fields("comm=\"xARCH=y\" exe=\"/bin/a\" key=\"k\"");
        assert_eq!(all.len(), 3);
        assert_eq!(all[0].1, "\"xARCH=y\"");
        assert_eq!(fields("subj==unconfined key=(null)")[0].1, "=unconfined");
    }

    #[test]
    fn values_are_quoted_bare_or_hexadecimal() {
        assert_eq!(untrusted(b"\"a\""), Some(b"a".to_vec()));
        assert_eq!(untrusted(b"6120622F"), Some(b"a b/".to_vec()));
        assert_eq!(untrusted(b"(null)"), None);
        assert_eq!(untrusted(b"\"torn"), None);
        assert_eq!(id(b"4294967295"), None);
        assert_eq!(id(b"-1"), None);
        assert!(is_torn(b"\"/bin/s") && is_torn(b"\"") && !is_torn(b"\"\"") && !is_torn(b"abc"));
    }
}
