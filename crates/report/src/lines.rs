//! Lines of CSV and JSON that neither a spreadsheet nor a terminal can be fooled by.

use serde::Serialize;

/// A text as a CSV cell.
///
/// Characters that deceive are escaped by [`model::display_safe`], so that a cell has one line. A cell that a
/// spreadsheet would take for a formula (it begins with `=`, `+`, `-`, `@`, a tab or a carriage return, or
/// with the full-width forms of these signs) gets a `'` in front. Source: OWASP, "CSV Injection".
pub fn csv_text(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    let safe = model::display_safe(text);
    if is_formula { format!("'{safe}") } else { safe }
}

/// Cells as a line of CSV without its end. Quoted where RFC 4180 says, and also around blanks at either end
/// and around `;`, at which spreadsheets of some languages divide.
pub fn csv_line(cells: impl IntoIterator<Item = String>) -> String {
    let quoted = |cell: String| {
        let needs = cell.contains(['"', ',', ';', '\n', '\r']) || cell.starts_with(' ') || cell.ends_with(' ');
        if needs { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell }
    };
    cells.into_iter().map(quoted).collect::<Vec<_>>().join(",")
}

/// A value as one line of JSON without its end: the same value, with characters that deceive as `\uNNNN`.
pub fn json_line(value: &impl Serialize) -> String {
    // Values are our own types with string keys, which cannot fail.
    let plain = serde_json::to_string(value).unwrap_or_else(|_| "null".to_string());
    if !plain.contains(model::is_deceptive) {
        return plain;
    }
    let mut line = String::with_capacity(plain.len() + 16);
    // Such characters stand inside strings only: what JSON itself writes is printable.
    for character in plain.chars() {
        if model::is_deceptive(character) {
            for unit in character.encode_utf16(&mut [0; 2]) {
                line.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            line.push(character);
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn formulas_become_text() {
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1"] {
            assert!(csv_text(formula).starts_with('\''), "{formula:?}");
        }
        assert_eq!(csv_text("a=1"), "a=1");
        assert_eq!(csv_text("a\u{1b}[2J\nb"), "a\\u{1b}[2J\\u{a}b");
    }

    #[test]
    fn cells_are_quoted_where_they_must_be() {
        let cells = ["a", "b,c", "say \"x\"", " d", "e;f", ""];
        assert_eq!(csv_line(cells.map(String::from)), "a,\"b,c\",\"say \"\"x\"\"\",\" d\",\"e;f\",");
    }

    proptest! {
        #[test]
        fn json_is_the_same_value_and_shows_every_character(text in any::<String>()) {
            let line = json_line(&text);
            prop_assert!(!line.contains(model::is_deceptive));
            prop_assert_eq!(serde_json::from_str::<String>(&line).unwrap(), text);
        }
    }

    #[test]
    fn json_writes_bidirectional_marks_and_tags_out() {
        assert_eq!(json_line(&"a\u{202e}\u{e0041}\u{9b}"), r#""a\u202e\udb40\udc41\u009b""#);
    }
}
