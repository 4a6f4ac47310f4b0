//! The evidence behind every number in brackets: where it stands, and its very bytes.

use model::{Bytes, EventId};

use crate::{CITED_EVENTS_MAX, QUOTE_BYTES_MAX, Quote, Section, draft::Draft, times};

/// Most records quoted of one event; an audit event of a long EXECVE has dozens.
const QUOTES_PER_EVENT_MAX: usize = 12;

pub(crate) struct Cited;

impl Section for Cited {
    fn name(&self) -> &'static str {
        "cited"
    }

    fn write(&self, draft: &mut Draft<'_>) {
        let events = draft.cited().to_vec();
        if events.is_empty() {
            draft.nothing("report-cited-none");
            return;
        }
        draft.explain("report-cited-explain");
        if events.len() >= CITED_EVENTS_MAX {
            draft.explain("report-cited-many");
        }
        draft.page.markup("<ol class=\"cited\">\n");
        for (at, event) in events.iter().enumerate() {
            one_event(draft, at + 1, *event);
        }
        draft.page.markup("</ol>\n");
    }
}

fn one_event(draft: &mut Draft<'_>, number: usize, event: EventId) {
    draft.page.tag("li", &[("id", &format!("evidence-{number}"))]);
    draft.page.markup("<p><b>");
    draft.page.text(&format!("[{number}]"));
    draft.page.markup("</b> <code>");
    draft.page.text(&event.to_string());
    draft.page.markup("</code></p>\n");
    let quotes = draft.input.quotes;
    match quotes.get(&event).filter(|quotes| !quotes.is_empty()) {
        None => draft.nothing("report-cited-no-quote"),
        Some(quotes) => {
            for (at, quote) in quotes.iter().take(QUOTES_PER_EVENT_MAX).enumerate() {
                let same_source =
                    at > 0 && quotes.get(at - 1).is_some_and(|before| before.address.source == quote.address.source);
                one_quote(draft, quote, same_source);
            }
            if let Some(more) = quotes.len().checked_sub(QUOTES_PER_EVENT_MAX).filter(|more| *more > 0) {
                draft.paragraph("report-cited-more", &[("count", &more.to_string())]);
            }
        }
    }
    draft.page.markup("</li>\n");
}

fn one_quote(draft: &mut Draft<'_>, quote: &Quote, same_source: bool) {
    draft.page.markup("<p class=\"address\">");
    if !same_source {
        draft.page.code(&quote.source_name);
        draft.page.markup("<br>SHA-256 ");
        draft.hash(&quote.address.source);
        draft.page.markup("<br>");
    }
    let (offset, length) = (quote.address.offset.to_string(), quote.address.length.to_string());
    draft.say_with("report-address", &[("offset", &offset), ("length", &length)]);
    draft.page.markup("</p>\n<pre>");
    let shown = quote.text.0.len().min(QUOTE_BYTES_MAX);
    draft.page.text(&as_recorded(&quote.text, shown));
    draft.page.markup("</pre>\n");
    if quote.address.length > shown as u64 {
        let shown = times::number(shown as u64);
        draft.page.markup("<p class=\"fine\">");
        draft.say_with("report-quote-cut", &[("count", &shown)]);
        draft.page.markup("</p>\n");
    }
}

/// The first bytes as text. Bytes that are no UTF-8 become `\xNN`; a backslash stays as it is, so that a
/// quoted record reads like the record.
fn as_recorded(bytes: &Bytes, shown: usize) -> String {
    let mut text = String::new();
    let bytes = bytes.0.get(..shown).unwrap_or(&bytes.0);
    for chunk in bytes.strip_suffix(b"\n").unwrap_or(bytes).utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            text.push_str(&format!("\\x{byte:02x}"));
        }
    }
    text
}
