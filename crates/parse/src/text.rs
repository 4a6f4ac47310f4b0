//! Small readings of byte text that several formats share.

use std::borrow::Cow;

/// The bytes that a string of hexadecimal digit pairs stands for; `None` when it is anything else.
pub(crate) fn unhex(text: &[u8]) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) {
        return None;
    }
    let mut out = Vec::with_capacity(text.len() / 2);
    for pair in text.chunks_exact(2) {
        let (high, low) = (HEX[usize::from(pair[0])], HEX[usize::from(pair[1])]);
        if high > 15 || low > 15 {
            return None;
        }
        out.push(high << 4 | low);
    }
    Some(out)
}

/// The value of each hexadecimal digit; 255 for every other byte.
const HEX: [u8; 256] = {
    let mut table = [255; 256];
    let mut digit = 0;
    while digit < 10 {
        table[b'0' as usize + digit] = digit as u8;
        digit += 1;
    }
    while digit < 16 {
        table[b'a' as usize + digit - 10] = digit as u8;
        table[b'A' as usize + digit - 10] = digit as u8;
        digit += 1;
    }
    table
};

/// A hexadecimal number without prefix; `None` when it is empty, has another digit or is over 64 bits.
pub(crate) fn hex_number(text: &[u8]) -> Option<u64> {
    if text.is_empty() || text.len() > 16 {
        return None;
    }
    text.iter().try_fold(0_u64, |sum, &byte| {
        let digit = HEX[usize::from(byte)];
        (digit < 16).then(|| sum << 4 | u64::from(digit))
    })
}

/// A decimal number; `None` when it is empty, has another digit or does not fit.
pub(crate) fn number(text: &[u8]) -> Option<u64> {
    if text.is_empty() || text.len() > 20 {
        return None;
    }
    text.iter().try_fold(0_u64, |sum, &byte| {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        sum.checked_mul(10)?.checked_add(u64::from(digit))
    })
}

/// A decimal number with an optional minus sign.
pub(crate) fn signed(text: &[u8]) -> Option<i64> {
    match text.strip_prefix(b"-") {
        Some(digits) => number(digits).and_then(|value| 0_i64.checked_sub_unsigned(value)),
        None => number(text).and_then(|value| i64::try_from(value).ok()),
    }
}

/// An octal number; `None` when it is empty, has another digit or is over 32 bits.
pub(crate) fn octal(text: &[u8]) -> Option<u32> {
    if text.is_empty() || text.len() > 12 {
        return None;
    }
    let value = text.iter().try_fold(0_u64, |sum, &byte| {
        let digit = byte.wrapping_sub(b'0');
        (digit < 8).then(|| sum << 3 | u64::from(digit))
    })?;
    u32::try_from(value).ok()
}

/// The number of a month by its English abbreviation.
pub(crate) fn month(name: &str) -> Option<u32> {
    const NAMES: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let at = NAMES.iter().position(|known| *known == name)?;
    u32::try_from(at + 1).ok()
}

/// Text from bytes: UTF-8 as it is, U+FFFD for every other byte. What is all UTF-8, as nearly everything is, is
/// looked at once.
pub(crate) fn lossy(bytes: &[u8]) -> Cow<'_, str> {
    std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
}

/// How many bytes are control characters that no log message has: all but tabs, and escapes as colours need them.
pub(crate) fn control_characters(text: &[u8]) -> usize {
    // In pieces whose count fits into a byte: the compiler then compares many bytes at a time.
    let count =
        |piece: &[u8]| piece.iter().map(|&byte| u8::from(byte < b' ' && byte != b'\t' && byte != 0x1b)).sum::<u8>();
    text.chunks(usize::from(u8::MAX)).map(|piece| usize::from(count(piece))).sum()
}

/// At most that many characters of a text, from its start.
pub(crate) fn first_chars(text: &str, count: usize) -> &str {
    if text.len() <= count {
        return text;
    }
    text.char_indices().nth(count).map_or(text, |(end, _)| &text[..end])
}

/// Text from bytes: UTF-8 as it is, every other byte escaped as in `model::Bytes`.
pub(crate) fn lossless(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) if !bytes.contains(&b'\\') => text.to_string(),
        _ => model::Bytes::from(bytes).to_text(),
    }
}

/// Bytes of one fact that are kept; command lines, mount lists and container specifications are the long ones.
pub(crate) const FACT_BYTES_MAX: usize = 16_384;

/// A fact's text: UTF-8 as it is, other bytes escaped, cut with `…` after [`FACT_BYTES_MAX`] bytes.
pub(crate) fn fact(bytes: &[u8]) -> String {
    let cut = bytes.len() > FACT_BYTES_MAX;
    let mut kept = &bytes[..bytes.len().min(FACT_BYTES_MAX)];
    if cut {
        // Not inside a character: its first byte is at most three before the cut.
        let start = (kept.len().saturating_sub(3)..kept.len()).rev().find(|&at| kept[at] >= 0xc0);
        if let Some(start) = start.filter(|&start| std::str::from_utf8(&kept[start..]).is_err()) {
            kept = &kept[..start];
        }
    }
    let text = std::str::from_utf8(kept).map_or_else(|_| model::Bytes::from(kept).to_text(), str::to_string);
    if cut { text + "…" } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_whole_or_not_at_all() {
        assert_eq!(unhex(b"2F7a"), Some(b"/z".to_vec()));
        assert_eq!(unhex(b"2F7"), None);
        assert_eq!(unhex(b"2G"), None);
        assert_eq!(hex_number(b"ffffffffffffff9c"), Some(0xffff_ffff_ffff_ff9c));
        assert_eq!(hex_number(b"1ffffffffffffffff"), None);
        assert_eq!(number(b"18446744073709551616"), None);
        assert_eq!(signed(b"-115"), Some(-115));
        assert_eq!(signed(b"-9223372036854775808"), Some(i64::MIN));
        assert_eq!(octal(b"0100644"), Some(0o100_644));
        assert_eq!(lossless(b"a\\\xff"), "a\\\\\\xff");
    }

    #[test]
    fn control_characters_are_counted() {
        let long = b"\0a\t\x1b".repeat(1000);
        assert_eq!((control_characters(&long), control_characters(b"")), (1000, 0));
    }

    #[test]
    fn texts_are_cut_after_characters() {
        for (count, expected) in [(0, ""), (1, "呼"), (2, "呼a"), (3, "呼a"), (9, "呼a")] {
            assert_eq!(first_chars("呼a", count), expected);
        }
        assert_eq!((lossy(b"a"), lossy(b"a\xff")), (Cow::Borrowed("a"), Cow::Borrowed("a\u{fffd}")));
    }

    #[test]
    fn facts_are_cut_between_characters() {
        assert_eq!(fact(b"C:\\dir"), "C:\\dir");
        assert_eq!(fact(b"a\xff"), "a\\xff");
        for lead in 0..4 {
            let long = "x".repeat(lead) + &"呼".repeat(6000);
            let text = fact(long.as_bytes());
            assert!(text.len() <= FACT_BYTES_MAX + 3 && text.ends_with("呼…"), "{lead}");
        }
    }
}
