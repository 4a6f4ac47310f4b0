//! The words of the report.

use crate::{Section, draft::Draft};

/// Words, each with the keys `glossary-WORD` and `glossary-WORD-means`.
pub(crate) const WORDS: [&str; 17] = [
    "evidence",
    "record",
    "event",
    "crossing",
    "finding",
    "incident",
    "scope",
    "touched",
    "derived",
    "exposed",
    "possible",
    "blind-window",
    "clean-point",
    "plan",
    "receipt",
    "verdict",
    "custody-log",
];

pub(crate) struct Glossary;

impl Section for Glossary {
    fn name(&self) -> &'static str {
        "glossary"
    }

    fn write(&self, draft: &mut Draft<'_>) {
        draft.page.markup("<dl class=\"glossary\">\n");
        for word in WORDS {
            draft.page.markup("<div><dt>");
            draft.say(&format!("glossary-{word}"));
            draft.page.markup("</dt><dd>");
            draft.say(&format!("glossary-{word}-means"));
            draft.page.markup("</dd></div>\n");
        }
        draft.page.markup("</dl>\n");
    }
}
