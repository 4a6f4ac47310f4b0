//! Breaks running text into lines, also Japanese, which has no spaces to break at.

use crate::table::{character_width, width};

/// Characters that must not begin a line in Japanese (the common ones of JIS X 4051's first class).
const NEVER_FIRST: &str = "。、，．）」』】〕］｝〉》・：；！？ー々ぁぃぅぇぉっゃゅょァィゥェォッャュョ)]}>,.:;!?%";

/// Characters that must not end a line.
const NEVER_LAST: &str = "（「『【〔［｛〈《([{<";

/// `text` in lines of at most `columns` terminal columns. What cannot be broken (a path, an
/// identifier) stands on a line of its own and may be longer.
pub fn wrapped(text: &str, columns: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for piece in pieces(text) {
        let word = piece.trim_end_matches(' ');
        if !line.is_empty() && width(&line) + width(word) > columns {
            lines.push(line.trim_end_matches(' ').to_string());
            line.clear();
        }
        line.push_str(piece);
    }
    if !line.trim_end_matches(' ').is_empty() || lines.is_empty() {
        lines.push(line.trim_end_matches(' ').to_string());
    }
    lines
}

/// Parts between which a line may be broken: words with the space behind them, single wide characters
/// with what must not stand without them.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut start = 0;
    let mut before: Option<char> = None;
    for (at, character) in text.char_indices() {
        let breaks = match before {
            None => false,
            Some(' ') => character != ' ',
            Some(before) => {
                let is_wide = character_width(before) == 2 || character_width(character) == 2;
                is_wide && character != ' ' && !NEVER_FIRST.contains(character) && !NEVER_LAST.contains(before)
            }
        };
        if breaks {
            pieces.push(&text[start..at]);
            start = at;
        }
        before = Some(character);
    }
    pieces.push(&text[start..]);
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn english_breaks_at_spaces_and_keeps_long_paths_whole() {
        assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
        assert_eq!(wrapped("at /srv/host/etc/cron.d/updater now", 10), ["at", "/srv/host/etc/cron.d/updater", "now"]);
        assert_eq!(wrapped("", 10), [""]);
    }

    #[test]
    fn japanese_breaks_between_characters_but_not_before_a_full_stop() {
        assert_eq!(wrapped("復元しました。次", 12), ["復元しまし", "た。次"]);
        assert_eq!(wrapped("これは「例」です", 8), ["これは", "「例」で", "す"]);
    }

    #[test]
    fn nothing_is_lost() {
        let text = "Restic の /srv/backup から 3 個のファイルを復元しました（検証済み）。 end";
        for columns in 1..60 {
            let joined: String = wrapped(text, columns).concat();
            assert_eq!(joined.replace(' ', ""), text.replace(' ', ""), "{columns}");
        }
    }
}
