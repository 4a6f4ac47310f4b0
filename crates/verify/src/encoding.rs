//! In which known encoding bytes are text, if in any.
//!
//! UTF-8 and, with a byte order mark, UTF-16 prove themselves: random bytes do not pass. Shift_JIS and
//! EUC-JP are told apart by decoding with both; where both or neither give plausible Japanese, the answer
//! is that it cannot be told. Single-byte encodings accept every byte, so nothing can disprove them.

use std::borrow::Cow;

use encoding_rs::{EUC_JP, Encoding, ISO_2022_JP, SHIFT_JIS, UTF_8, UTF_16BE, UTF_16LE};

/// What bytes are as text.
pub(crate) enum Text<'a> {
    /// Text in a known encoding.
    Readable(Readable<'a>),
    /// Perhaps text; what is missing to tell, and what was seen.
    Unclear { missing: &'static str, seen: String },
    /// Text in no known encoding.
    No { seen: String },
}

/// Decoded text.
pub(crate) struct Readable<'a> {
    pub(crate) encoding: &'static str,
    /// Without byte order mark.
    pub(crate) text: Cow<'a, str>,
    /// NUL and control characters that text does not use.
    pub(crate) controls: u64,
}

/// Kana and kanji that a decoding must give before it counts as Japanese. Chosen by eye: a handful of
/// Latin-1 letters decodes as one or two rare kanji.
const JAPANESE_MIN: u64 = 6;

/// So many multi-byte characters prove UTF-8: other encodings hardly ever form even one by chance.
const UTF8_PROOF: usize = 3;

pub(crate) fn read(content: &[u8]) -> Text<'_> {
    for (mark, encoding) in [(&b"\xef\xbb\xbf"[..], UTF_8), (b"\xff\xfe", UTF_16LE), (b"\xfe\xff", UTF_16BE)] {
        if let Some(rest) = content.strip_prefix(mark) {
            return match encoding.decode_without_bom_handling_and_without_replacement(rest) {
                Some(text) => readable(encoding.name(), text),
                None => {
                    Text::No { seen: format!("{} by its byte order mark, with bytes that are not", encoding.name()) }
                }
            };
        }
    }
    match std::str::from_utf8(content) {
        Ok(text) => utf8(content, text),
        Err(error) => legacy(content, error.valid_up_to()),
    }
}

fn readable<'a>(encoding: &'static str, text: Cow<'a, str>) -> Text<'a> {
    let controls = text.chars().filter(|character| is_odd_control(*character)).count() as u64;
    Text::Readable(Readable { encoding, text, controls })
}

fn utf8<'a>(content: &'a [u8], text: &'a str) -> Text<'a> {
    // ISO-2022-JP is seven-bit and so always UTF-8 too; its escape sequences name it.
    if content.windows(3).any(|bytes| matches!(bytes, b"\x1b$B" | b"\x1b$@" | b"\x1b(J")) {
        return match ISO_2022_JP.decode_without_bom_handling_and_without_replacement(content) {
            Some(text) => readable("ISO-2022-JP", text),
            None => Text::Unclear {
                missing: "an encoding that the file itself names",
                seen: "escape sequences of ISO-2022-JP, with bytes that are not".to_string(),
            },
        };
    }
    readable("UTF-8", Cow::Borrowed(text))
}

fn legacy(content: &[u8], valid_up_to: usize) -> Text<'_> {
    let seen = format!("no UTF-8 at byte {valid_up_to}");
    let before = String::from_utf8_lossy(content.get(..valid_up_to).unwrap_or_default());
    let proven = before.chars().filter(|character| !character.is_ascii()).take(UTF8_PROOF).count();
    if proven >= UTF8_PROOF {
        return Text::No { seen: format!("{seen}, and UTF-8 up to there") };
    }
    if content.contains(&0) {
        let unmarked = [UTF_16LE, UTF_16BE].into_iter().find(|encoding| japanese(encoding, content).is_some());
        return match unmarked {
            Some(encoding) => Text::Unclear {
                missing: "an encoding that the file itself names",
                seen: format!("{seen}; perhaps {} without its mark", encoding.name()),
            },
            None => Text::No { seen: format!("{seen}, NUL bytes, and no UTF-16 either") },
        };
    }
    let shift_jis = japanese(SHIFT_JIS, content);
    let euc_jp = japanese(EUC_JP, content);
    let hiragana = |decoded: &Option<(Cow<str>, u64, u64)>| decoded.as_ref().map_or(0, |decoded| decoded.2);
    match (hiragana(&shift_jis), hiragana(&euc_jp)) {
        (1.., 0) if shift_jis.as_ref().is_some_and(|decoded| decoded.1 >= JAPANESE_MIN) => {
            if let Some((text, ..)) = shift_jis {
                return readable("Shift_JIS", text);
            }
        }
        (0, 1..) if euc_jp.as_ref().is_some_and(|decoded| decoded.1 >= JAPANESE_MIN) => {
            if let Some((text, ..)) = euc_jp {
                return readable("EUC-JP", text);
            }
        }
        _ => {}
    }
    if shift_jis.is_some() || euc_jp.is_some() || single_byte(content) {
        return Text::Unclear { missing: "an encoding that the file itself names", seen };
    }
    Text::No { seen: format!("{seen}, no Shift_JIS and no EUC-JP either") }
}

/// The text, its count of Japanese characters, and of hiragana among them; `None` when a byte does not
/// fit or a control character comes out.
fn japanese<'a>(encoding: &'static Encoding, content: &'a [u8]) -> Option<(Cow<'a, str>, u64, u64)> {
    let text = encoding.decode_without_bom_handling_and_without_replacement(content)?;
    let (mut japanese, mut hiragana) = (0, 0);
    for character in text.chars() {
        match character {
            '\u{3041}'..='\u{3096}' => {
                hiragana += 1;
                japanese += 1;
            }
            '\u{30a1}'..='\u{30fa}' | '\u{4e00}'..='\u{9fff}' => japanese += 1,
            // Private use: the decoder's answer to unassigned codes.
            '\u{e000}'..='\u{f8ff}' => return None,
            other if is_odd_control(other) => return None,
            _ => {}
        }
    }
    Some((text, japanese, hiragana))
}

/// Whether the bytes may be text of a single-byte encoding (Latin-1, windows-1251, …): those use every
/// byte from 0x80 on, so only ASCII's control characters speak against it.
fn single_byte(content: &[u8]) -> bool {
    content.iter().all(|&byte| !is_odd_control(char::from(byte)))
}

/// Control characters beyond those of ordinary text: tab, line ends, form feed, and what terminals
/// record (bell, backspace, escape, shift in and out).
fn is_odd_control(character: char) -> bool {
    matches!(character, '\0'..='\x06' | '\x10'..='\x1a' | '\x1c'..='\x1f' | '\x7f')
}
