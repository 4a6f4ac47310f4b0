//! The sections of the report, in their order, and the document around them.

mod boundary;
mod cited;
mod containers;
mod coverage;
mod custody;
mod evidence;
mod glossary;
mod not_restored;
mod plan;
mod processes;
mod receipts;
mod scope;
mod secrets;
mod sign_off;
mod summary;
mod timeline;
mod verification;

use model::EventId;
use texts::Texts;

use crate::{ReportInput, Section, data_hashes, draft::Draft, figures::Figures, story::period, times};

/// Every section, in the order of reading. A new one is a file and a line here.
pub(crate) const SECTIONS: &[&dyn Section] = &[
    &summary::Summary,
    &coverage::CoverageAndGaps,
    &timeline::Timeline,
    &boundary::Boundary,
    &containers::Containers,
    &processes::Processes,
    &scope::AffectedObjects,
    &secrets::Secrets,
    &plan::RestorePlan,
    &not_restored::NotRestored,
    &receipts::Receipts,
    &verification::Verification,
    &evidence::EvidenceList,
    &custody::Custody,
    &sign_off::SignOff,
    &glossary::Glossary,
    // Last, because it shows what the others cited.
    &cited::Cited,
];

/// The whole document, and the events it cites.
pub(crate) fn document(input: &ReportInput<'_>, texts: &Texts) -> (String, Vec<EventId>) {
    let mut draft = Draft::new(input, texts);
    draft.page.markup("<!DOCTYPE html>\n");
    draft.page.tag("html", &[("lang", texts.language().tag())]);
    head(&mut draft);
    draft.page.markup("<body>\n");
    title(&mut draft);
    contents(&mut draft);
    draft.page.markup("<main>\n");
    for (at, section) in SECTIONS.iter().enumerate() {
        draft.page.tag("section", &[("id", section.name())]);
        draft.page.markup("<h2>");
        draft.page.text(&format!("{}. ", at + 1));
        draft.say(&format!("report-section-{}", section.name()));
        draft.page.markup("</h2>\n");
        section.write(&mut draft);
        draft.page.markup("</section>\n");
    }
    draft.page.markup("</main>\n");
    footer(&mut draft);
    draft.page.markup("</body>\n</html>\n");
    let cited = draft.cited().to_vec();
    (draft.page.into_html(), cited)
}

fn head(draft: &mut Draft<'_>) {
    draft.page.markup(concat!(
        "\n<head>\n<meta charset=\"utf-8\">\n",
        "<meta http-equiv=\"Content-Security-Policy\" ",
        "content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">\n",
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n",
        "<meta name=\"color-scheme\" content=\"light dark\">\n",
        "<meta name=\"referrer\" content=\"no-referrer\">\n<title>",
    ));
    let name = crate::page::short(draft.input.case_name);
    let title = draft.texts.get("report-title", &[]);
    draft.page.text(&format!("{title}: {name}"));
    draft.page.markup("</title>\n<style>\n");
    draft.page.markup(include_str!("style.css"));
    draft.page.markup("</style>\n</head>\n");
}

fn title(draft: &mut Draft<'_>) {
    draft.page.markup("<header>\n<p class=\"product\">Yobitsugi</p>\n<h1>");
    draft.say("report-title");
    draft.page.markup("</h1>\n<dl class=\"facts\">\n");
    let figures = Figures::of(draft.input);
    let offset = draft.input.display_offset_minutes;
    let hosts: Vec<String> = figures.hosts.iter().take(8).cloned().collect();
    let covered = match (figures.first, figures.last) {
        (None, None) => draft.texts.get("unknown", &[]),
        (first, last) => period(draft.texts, first, last, offset),
    };
    let zone = match offset {
        0 => draft.texts.get("report-zone-utc", &[]),
        _ => draft.texts.get("report-zone-both", &[("zone", &times::zone(offset))]),
    };
    let hosts = if hosts.is_empty() { draft.texts.get("unknown", &[]) } else { hosts.join(", ") };
    let case_name = draft.input.case_name.to_string();
    for (key, value) in [
        ("report-title-case", &case_name),
        ("report-title-hosts", &hosts),
        ("report-title-period", &covered),
        ("report-title-zone", &zone),
    ] {
        draft.page.markup("<div><dt>");
        draft.say(key);
        draft.page.markup("</dt><dd>");
        draft.page.text(&crate::page::short(value));
        draft.page.markup("</dd></div>\n");
    }
    draft.page.markup("</dl>\n</header>\n");
}

fn contents(draft: &mut Draft<'_>) {
    let label = draft.texts.get("report-contents", &[]);
    draft.page.tag("nav", &[("aria-label", &label)]);
    draft.page.markup("<ol>\n");
    for section in SECTIONS {
        draft.page.markup("<li>");
        draft.page.tag("a", &[("href", &format!("#{}", section.name()))]);
        draft.say(&format!("report-section-{}", section.name()));
        draft.page.markup("</a></li>\n");
    }
    draft.page.markup("</ol></nav>\n");
}

fn footer(draft: &mut Draft<'_>) {
    let hashes = data_hashes(draft.input);
    draft.page.markup("<footer>\n<p>");
    draft.say("report-footer-data");
    draft.page.markup(" ");
    draft.hash(&hashes.all);
    draft.page.markup("</p>\n<p class=\"explain\">");
    draft.say("report-footer-how");
    draft.page.markup("</p>\n<ul class=\"hashes\">\n");
    for artefact in &hashes.artefacts {
        draft.page.markup("<li><code>");
        draft.page.text(artefact.file_name);
        draft.page.markup("</code> ");
        draft.hash(&artefact.sha256);
        draft.page.markup("</li>\n");
    }
    draft.page.markup("</ul>\n</footer>\n");
}
