//! What a person with one minute must know.

use crate::{
    Section,
    draft::Draft,
    figures::{Figures, is_examined},
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

/// Counts, each of them only once its stage has run: a zero must not stand for "not looked".
fn figures(draft: &mut Draft<'_>) {
    let figures = Figures::of(draft.input);
    let input = draft.input;
    let known = |stage_has_run: bool, count: u64| stage_has_run.then_some(count);
    let (examined, scoped) = (is_examined(input), !input.scopes.is_empty() || input.incidents.is_empty());
    draft.page.markup("<dl class=\"figures\">\n");
    for (key, count) in [
        ("report-figure-incidents", known(examined, input.incidents.len() as u64)),
        ("report-figure-crossings", known(examined, figures.crossings_succeeded)),
        ("report-figure-touched", known(examined && scoped, figures.touched)),
        ("report-figure-restored", known(!input.receipts.is_empty(), figures.receipts_done)),
        ("report-figure-verified", known(!input.verdicts.is_empty(), figures.verified)),
        ("report-figure-not-restored", known(input.plan.is_some(), figures.not_restored)),
        ("report-figure-secrets", known(examined && scoped, figures.secrets)),
        ("report-figure-blind", known(!input.coverage.sources.is_empty(), input.coverage.blind_windows.len() as u64)),
    ] {
        draft.page.markup("<div><dt>");
        draft.say(key);
        match count {
            Some(count) => {
                draft.page.markup("</dt><dd>");
                draft.page.text(&times::number(count));
            }
            None => {
                draft.page.markup("</dt><dd class=\"not-known\">");
                draft.say("report-not-known-yet");
            }
        }
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
