//! What a person with one minute must know.

use crate::{
    Section,
    draft::Draft,
    figures::Figures,
    story::{StoryLevel, marked_story},
    times,
};

pub(crate) struct Summary;

impl Section for Summary {
    fn name(&self) -> &'static str {
        "summary"
    }

    fn write(&self, draft: &mut Draft<'_>) {
        figures(draft);
        how_to_read(draft);
        for line in marked_story(draft.input, draft.texts) {
            let (open, close) = match line.level {
                StoryLevel::Heading => ("<h3>", "</h3>\n"),
                StoryLevel::Line => ("<p>", "</p>\n"),
                StoryLevel::Detail => ("<p class=\"detail\">", "</p>\n"),
                StoryLevel::Warning => ("<p class=\"warning\"><span class=\"badge bad\">! ", "</p>\n"),
            };
            draft.page.markup(open);
            if line.level == StoryLevel::Warning {
                draft.say("report-warning");
                draft.page.markup("</span> ");
            }
            draft.page.marked(&line.text);
            draft.cite(&line.events);
            draft.page.markup(close);
        }
    }
}

fn figures(draft: &mut Draft<'_>) {
    let figures = Figures::of(draft.input);
    draft.page.markup("<dl class=\"figures\">\n");
    for (key, count) in [
        ("report-figure-incidents", draft.input.incidents.len() as u64),
        ("report-figure-crossings", figures.crossings_succeeded),
        ("report-figure-touched", figures.touched),
        ("report-figure-restored", figures.receipts_done),
        ("report-figure-verified", figures.verified),
        ("report-figure-not-restored", figures.not_restored),
        ("report-figure-secrets", figures.secrets),
        ("report-figure-blind", draft.input.coverage.blind_windows.len() as u64),
    ] {
        draft.page.markup("<div><dt>");
        draft.say(key);
        draft.page.markup("</dt><dd>");
        draft.page.text(&times::number(count));
        draft.page.markup("</dd></div>\n");
    }
    draft.page.markup("</dl>\n");
}

/// Facts, inferences and unknowns are told apart from the first page on.
fn how_to_read(draft: &mut Draft<'_>) {
    draft.page.markup("<ul class=\"legend\">\n");
    for (certainty, key) in [
        (model::Certainty::Observed, "report-legend-observed"),
        (model::Certainty::Inferred, "report-legend-inferred"),
        (model::Certainty::Possible, "report-legend-possible"),
    ] {
        draft.page.markup("<li>");
        draft.certainty(certainty);
        draft.page.markup(" ");
        draft.say(key);
        draft.page.markup("</li>\n");
    }
    draft.page.markup("</ul>\n");
}
