//! HTML text that nothing hostile can become markup of.

/// Longest untrusted text that is shown whole, in characters. Chosen by eye: longer names push all else
/// off a page; the artefacts keep them whole.
pub(crate) const TEXT_CHARACTERS_MAX: usize = 600;

/// Stand around a value inside a sentence, so that it can be set apart when the sentence becomes HTML.
/// Private-use characters: [`mark`] replaces them inside values.
const VALUE_START: char = '\u{e000}';
const VALUE_END: char = '\u{e001}';

/// A piece of HTML. Markup enters only as `&'static str`, that is, from this program's own source.
#[derive(Default)]
pub(crate) struct Page {
    out: String,
}

impl Page {
    /// The HTML so far.
    pub(crate) fn into_html(self) -> String {
        self.out
    }

    /// Markup of ours.
    pub(crate) fn markup(&mut self, markup: &'static str) {
        self.out.push_str(markup);
    }

    /// An opening tag with attributes; values are escaped.
    pub(crate) fn tag(&mut self, name: &'static str, attributes: &[(&'static str, &str)]) {
        self.out.push('<');
        self.out.push_str(name);
        for (attribute, value) in attributes {
            self.out.push(' ');
            self.out.push_str(attribute);
            self.out.push_str("=\"");
            escape_into(&mut self.out, value);
            self.out.push('"');
        }
        self.out.push('>');
    }

    /// Text, escaped.
    pub(crate) fn text(&mut self, text: &str) {
        escape_into(&mut self.out, text);
    }

    /// Untrusted text as it was recorded: escaped, cut, in the fixed-width face and isolated, so that
    /// right-to-left letters in it cannot reorder what stands around.
    pub(crate) fn code(&mut self, text: &str) {
        self.markup("<code>");
        escape_into(&mut self.out, &short(text));
        self.markup("</code>");
    }

    /// A sentence whose values were marked with [`mark`]. Marks that do not pair are dropped.
    pub(crate) fn marked(&mut self, sentence: &str) {
        let mut inside = false;
        for run in sentence.split_inclusive([VALUE_START, VALUE_END]) {
            escape_into(&mut self.out, run.trim_end_matches([VALUE_START, VALUE_END]));
            if run.ends_with(VALUE_START) && !inside {
                self.markup("<code>");
                inside = true;
            } else if run.ends_with(VALUE_END) && inside {
                self.markup("</code>");
                inside = false;
            }
        }
        if inside {
            self.markup("</code>");
        }
    }
}

/// A value to be put into a sentence for [`Page::marked`].
pub(crate) fn mark(value: &str) -> String {
    let mut marked = String::from(VALUE_START);
    marked.extend(short(value).chars().filter(|&character| character != VALUE_START && character != VALUE_END));
    marked.push(VALUE_END);
    marked
}

/// The sentence without the marks, for a terminal.
pub(crate) fn unmarked(sentence: &str) -> String {
    sentence.replace([VALUE_START, VALUE_END], "")
}

/// The text, or its beginning and its length.
pub(crate) fn short(text: &str) -> String {
    match text.char_indices().nth(TEXT_CHARACTERS_MAX) {
        Some((end, _)) => format!("{}… (+{} bytes)", &text[..end], text.len() - end),
        None => text.to_string(),
    }
}

fn escape_into(out: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ if is_hidden(character) => out.push_str(&format!("\\u{{{:x}}}", u32::from(character))),
            _ => out.push(character),
        }
    }
}

/// Characters that show nothing or reorder what is shown: those of [`model::display_safe`], and the
/// further format and filler characters of Unicode that a name has no honest use for.
fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{e000}'..='\u{f8ff}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn escaped(text: &str) -> String {
        let mut page = Page::default();
        page.text(text);
        page.into_html()
    }

    proptest! {
        #[test]
        fn no_text_becomes_markup(text in any::<String>()) {
            let mut page = Page::default();
            page.text(&text);
            page.code(&text);
            page.marked(&format!("a {} b", mark(&text)));
            page.marked(&text);
            page.tag("td", &[("title", &text)]);
            let html = page.into_html();
            let rest = html.replace("<code>", "").replace("</code>", "").replacen("<td title=\"", "", 1);
            let rest = rest.strip_suffix("\">").unwrap_or(&rest);
            prop_assert!(!rest.contains(['<', '>', '"', '\'']), "{}", html);
            prop_assert!(!html.chars().any(is_hidden), "{}", html);
            prop_assert_eq!(html.matches("<code>").count(), html.matches("</code>").count());
        }
    }

    #[test]
    fn references_escape_codes_and_bidirectional_marks_lie_open() {
        assert_eq!(escaped("&#x3c;"), "&amp;#x3c;");
        assert_eq!(escaped("a\u{1b}[2J\u{202e}\u{61c}b"), "a\\u{1b}[2J\\u{202e}\\u{61c}b");
    }

    #[test]
    fn a_long_text_is_cut_and_says_so() {
        let cut = short(&"é".repeat(TEXT_CHARACTERS_MAX + 3));
        assert!(cut.ends_with("é… (+6 bytes)"), "{cut}");
        assert_eq!(short("kept"), "kept");
        assert!(mark(&"x".repeat(1 << 20)).len() < 700, "a name of a megabyte");
    }

    #[test]
    fn marks_that_do_not_pair_are_dropped() {
        let mut page = Page::default();
        page.marked("a\u{e001}b\u{e000}c\u{e000}d");
        assert_eq!(page.into_html(), "ab<code>cd</code>");
    }

    #[test]
    fn a_value_cannot_end_its_own_mark() {
        let mut page = Page::default();
        page.marked(&format!("wrote {}.", mark("/a\u{e001}<b>")));
        assert_eq!(page.into_html(), "wrote <code>/a&lt;b&gt;</code>.");
    }
}
