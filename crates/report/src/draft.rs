//! The report while it is written: page, texts and the citations made so far.

use std::collections::BTreeMap;

use model::{Answer, Certainty, CrossingOutcome, EventId, Sha256, Timestamp};
use texts::Texts;

use crate::{
    CITED_EVENTS_MAX, ROWS_MAX, ReportInput,
    page::{Page, mark},
    story::missing_text,
    times,
};

/// Most citations behind one statement: the first ones carry it, and the artefact lists all.
pub(crate) const CITATIONS_PER_STATEMENT_MAX: usize = 6;

/// The report while it is written.
pub(crate) struct Draft<'a> {
    pub(crate) input: &'a ReportInput<'a>,
    pub(crate) texts: &'a Texts,
    pub(crate) page: Page,
    cited: Vec<EventId>,
    numbers: BTreeMap<EventId, usize>,
}

impl<'a> Draft<'a> {
    pub(crate) fn new(input: &'a ReportInput<'a>, texts: &'a Texts) -> Self {
        Self { input, texts, page: Page::default(), cited: Vec::new(), numbers: BTreeMap::new() }
    }

    /// The events cited so far, in the order of their numbers (the first has number 1).
    pub(crate) fn cited(&self) -> &[EventId] {
        &self.cited
    }

    /// The text of `key`, escaped; what stands in backquotes there is set as code.
    pub(crate) fn say(&mut self, key: &str) {
        let text = self.texts.get(key, &[]);
        for (at, part) in text.split('`').enumerate() {
            match at % 2 {
                0 => self.page.text(part),
                _ => self.page.code(part),
            }
        }
    }

    /// The text of `key` with its values set apart as code.
    pub(crate) fn say_with(&mut self, key: &str, facts: &[(&str, &str)]) {
        let text = sentence(self.texts, key, facts);
        self.page.marked(&text);
    }

    /// The text of `key` with its values, without any markup: titles inside pictures hold none.
    pub(crate) fn say_plain(&mut self, key: &str, facts: &[(&str, &str)]) {
        let text = self.texts.get(key, facts);
        self.page.text(&text);
    }

    /// A paragraph of the text of `key`.
    pub(crate) fn paragraph(&mut self, key: &str, facts: &[(&str, &str)]) {
        self.page.markup("<p>");
        self.say_with(key, facts);
        self.page.markup("</p>\n");
    }

    /// A paragraph that explains how to read what follows.
    pub(crate) fn explain(&mut self, key: &str) {
        self.page.markup("<p class=\"explain\">");
        self.say(key);
        self.page.markup("</p>\n");
    }

    /// A paragraph that says that something is not there.
    pub(crate) fn nothing(&mut self, key: &str) {
        self.page.markup("<p class=\"nothing\">");
        self.say(key);
        self.page.markup("</p>\n");
    }

    /// A heading inside a section.
    pub(crate) fn heading(&mut self, key: &str, facts: &[(&str, &str)]) {
        self.page.markup("<h3>");
        self.say_with(key, facts);
        self.page.markup("</h3>\n");
    }

    /// A name from an artefact in words: text of `FAMILY-NAME`.
    pub(crate) fn named(&mut self, family: &str, name: &str) {
        let text = self.texts.named(family, name, &[]);
        self.page.text(&text);
    }

    /// UTC, and local time beside it.
    pub(crate) fn time(&mut self, time: Timestamp) {
        self.page.tag("time", &[("datetime", &time.to_string())]);
        self.page.text(&times::utc(time));
        self.page.markup("<span class=\"zone\"> UTC</span></time>");
        if let Some(local) = times::local(time, self.input.display_offset_minutes) {
            self.page.markup(" <span class=\"local\">");
            self.page.text(&local);
            self.page.markup("</span>");
        }
    }

    /// A time, or that it is unknown.
    pub(crate) fn time_or(&mut self, time: Option<Timestamp>, otherwise: &str) {
        match time {
            Some(time) => self.time(time),
            None => self.say(otherwise),
        }
    }

    /// A whole hash.
    pub(crate) fn hash(&mut self, hash: &Sha256) {
        self.page.markup("<code class=\"hash\">");
        self.page.text(&hash.to_string());
        self.page.markup("</code>");
    }

    /// Word and sign for how a statement is known.
    pub(crate) fn certainty(&mut self, certainty: Certainty) {
        let (open, name) = match certainty {
            Certainty::Observed => ("<span class=\"badge observed\">● ", "observed"),
            Certainty::Inferred => ("<span class=\"badge inferred\">◐ ", "inferred"),
            Certainty::Possible => ("<span class=\"badge possible\">○ ", "possible"),
        };
        self.page.markup(open);
        self.named("certainty", name);
        self.page.markup("</span>");
    }

    /// Word and sign for how far a crossing got.
    pub(crate) fn outcome(&mut self, outcome: CrossingOutcome) {
        self.page.markup(match outcome {
            CrossingOutcome::Succeeded => "<span class=\"badge bad\">▲ ",
            CrossingOutcome::Unknown => "<span class=\"badge unsure\">? ",
            CrossingOutcome::Attempted => "<span class=\"badge tried\">△ ",
        });
        self.named("crossing", outcome_name(outcome));
        self.page.markup("</span>");
    }

    /// Yes, no, or cannot tell with what is missing. No colour: a yes is good here and bad there.
    pub(crate) fn answer(&mut self, answer: &Answer) {
        match answer {
            Answer::Yes => self.say("answer-yes"),
            Answer::No => self.say("answer-no"),
            Answer::CannotTell { missing } => {
                self.page.markup("<span class=\"badge unsure\">? ");
                self.say("answer-cannot_tell");
                self.page.markup("</span> ");
                if !missing.is_empty() {
                    self.page.markup("<span class=\"missing\">");
                    let words = missing_text(self.texts, missing);
                    self.say_with("report-missing", &[("words", &words)]);
                    self.page.markup("</span>");
                }
            }
        }
    }

    /// ATT&CK ids; anything that does not look like one is dropped.
    pub(crate) fn attack(&mut self, ids: &[String]) {
        for id in ids.iter().filter(|id| is_attack_id(id)) {
            self.page.markup(" <span class=\"attack\">");
            self.page.text(id);
            self.page.markup("</span>");
        }
    }

    /// Numbers that lead to the evidence bytes in the appendix.
    pub(crate) fn cite(&mut self, events: &[EventId]) {
        if events.is_empty() {
            return;
        }
        self.page.markup("<sup class=\"cites\">");
        for event in events.iter().take(CITATIONS_PER_STATEMENT_MAX) {
            match self.number_of(*event) {
                Some(number) => {
                    self.page.tag("a", &[("href", &format!("#evidence-{number}")), ("title", &event.to_string())]);
                    self.page.text(&format!("[{number}]"));
                    self.page.markup("</a>");
                }
                None => self.page.text(&format!("[{event}]")),
            }
        }
        if let Some(more) = events.len().checked_sub(CITATIONS_PER_STATEMENT_MAX).filter(|more| *more > 0) {
            self.page.text(&format!("+{more}"));
        }
        self.page.markup("</sup>");
    }

    fn number_of(&mut self, event: EventId) -> Option<usize> {
        if let Some(number) = self.numbers.get(&event) {
            return Some(*number);
        }
        if self.cited.len() >= CITED_EVENTS_MAX {
            return None;
        }
        self.cited.push(event);
        self.numbers.insert(event, self.cited.len());
        Some(self.cited.len())
    }

    /// A table of at most [`ROWS_MAX`] rows. `columns` are keys of headings; `artefact` is the file that
    /// holds the rows that were left out.
    pub(crate) fn table<T>(
        &mut self,
        columns: &[&str],
        artefact: &str,
        rows: &[T],
        mut write: impl FnMut(&mut Row<'_, 'a>, &T),
    ) {
        let labels: Vec<String> = columns.iter().map(|key| self.texts.get(key, &[])).collect();
        self.page.markup("<div class=\"scroll\"><table><thead><tr>");
        for label in &labels {
            self.page.markup("<th scope=\"col\">");
            self.page.text(label);
            self.page.markup("</th>");
        }
        self.page.markup("</tr></thead><tbody>\n");
        for item in rows.iter().take(ROWS_MAX) {
            self.page.markup("<tr>");
            let mut row = Row { draft: self, labels: &labels, at: 0 };
            write(&mut row, item);
            assert!(row.at == labels.len(), "a row has as many cells as the table has columns");
            self.page.markup("</tr>\n");
        }
        self.page.markup("</tbody></table></div>\n");
        if rows.len() > ROWS_MAX {
            let more = times::number((rows.len() - ROWS_MAX) as u64);
            self.page.markup("<p class=\"more\">");
            self.say_with("report-more-rows", &[("count", &more), ("file", artefact)]);
            self.page.markup("</p>\n");
        }
    }
}

/// One row of a table while it is written.
pub(crate) struct Row<'d, 'a> {
    draft: &'d mut Draft<'a>,
    labels: &'d [String],
    at: usize,
}

impl<'a> Row<'_, 'a> {
    /// The next cell. It carries its column's heading, which a narrow screen shows beside it.
    pub(crate) fn cell(&mut self, write: impl FnOnce(&mut Draft<'a>)) {
        self.write_cell(&[], write);
    }

    /// [`Row::cell`] for a path or a like name, which needs room.
    pub(crate) fn wide_cell(&mut self, write: impl FnOnce(&mut Draft<'a>)) {
        self.write_cell(&[("class", "wide")], write);
    }

    fn write_cell(&mut self, attributes: &[(&'static str, &str)], write: impl FnOnce(&mut Draft<'a>)) {
        let label = self.labels.get(self.at).map_or("", String::as_str);
        let attributes: Vec<(&'static str, &str)> = [("data-label", label)].iter().chain(attributes).copied().collect();
        self.draft.page.tag("td", &attributes);
        write(self.draft);
        self.draft.page.markup("</td>");
        self.at += 1;
    }
}

/// The text of `key`, its values marked for [`Page::marked`]. Numbers stay plain, for the plural rules.
pub(crate) fn sentence(texts: &Texts, key: &str, facts: &[(&str, &str)]) -> String {
    let marked: Vec<(&str, String)> = facts
        .iter()
        .map(|(name, value)| {
            let plain = value.is_empty() || *name == "outcome" || is_number(value) || PLAIN_FACTS.contains(name);
            (*name, if plain { value.to_string() } else { mark(value) })
        })
        .collect();
    let facts: Vec<(&str, &str)> = marked.iter().map(|(name, value)| (*name, value.as_str())).collect();
    texts.get(key, &facts)
}

/// [`sentence`] with facts out of an artefact: nothing in them is taken for prose.
pub(crate) fn artefact_sentence(
    texts: &Texts,
    key: &str,
    facts: &BTreeMap<String, String>,
    outcome: Option<CrossingOutcome>,
) -> String {
    let mut marked: Vec<(&str, String)> = facts
        .iter()
        .filter(|(name, _)| *name != "outcome")
        .map(|(name, value)| {
            let plain = value.is_empty() || is_number(value);
            (name.as_str(), if plain { value.clone() } else { mark(value) })
        })
        .collect();
    marked.extend(outcome.map(|outcome| ("outcome", outcome_name(outcome).to_string())));
    let facts: Vec<(&str, &str)> = marked.iter().map(|(name, value)| (*name, value.as_str())).collect();
    texts.get(key, &facts)
}

/// Facts that this crate makes itself, out of texts and times: to be read as prose, not as a name.
const PLAIN_FACTS: &[&str] =
    &["duration", "time", "text", "reason", "technique", "period", "words", "from", "to", "class"];

fn is_number(value: &str) -> bool {
    value.len() <= 26 && value.chars().all(|character| character.is_ascii_digit() || character == ',')
}

/// The artefact's name of an outcome.
pub(crate) fn outcome_name(outcome: CrossingOutcome) -> &'static str {
    match outcome {
        CrossingOutcome::Attempted => "attempted",
        CrossingOutcome::Unknown => "unknown",
        CrossingOutcome::Succeeded => "succeeded",
    }
}

/// `T1611` or `T1053.003`.
pub(crate) fn is_attack_id(id: &str) -> bool {
    let Some(digits) = id.strip_prefix('T') else { return false };
    let (technique, sub) = digits.split_once('.').unwrap_or((digits, "000"));
    let is_digits = |text: &str, count: usize| text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    is_digits(technique, 4) && is_digits(sub, 3)
}
