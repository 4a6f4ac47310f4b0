//! What was handed over, with its hashes and times.

use model::{EvidenceItem, Layer, Storage};

use crate::{Section, draft::Draft, times};

pub(crate) struct EvidenceList;

impl Section for EvidenceList {
    fn name(&self) -> &'static str {
        "evidence"
    }

    fn write(&self, draft: &mut Draft<'_>) {
        if draft.input.evidence.is_empty() {
            draft.nothing("report-evidence-none");
            return;
        }
        let columns =
            ["report-column-file", "report-column-hashes", "report-column-file-times", "report-column-contents"];
        draft.table(&columns, "evidence.json", draft.input.evidence, |row, item| {
            row.wide_cell(|draft| file(draft, item));
            row.cell(|draft| {
                draft.page.markup("<span class=\"fine\">SHA-256</span> ");
                draft.hash(&item.original.sha256);
                draft.page.markup("<br><span class=\"fine\">BLAKE3</span> <code class=\"hash\">");
                draft.page.text(&item.original.blake3.to_string());
                draft.page.markup("</code>");
            });
            row.cell(|draft| file_times(draft, item));
            row.cell(|draft| sources(draft, item));
        });
    }
}

fn file(draft: &mut Draft<'_>, item: &EvidenceItem) {
    draft.page.code(&item.original.path.to_string());
    for other in item.original.also_at.iter().take(3) {
        draft.page.markup("<br>");
        draft.say_with("report-also-at", &[("path", &other.to_string())]);
    }
    draft.page.markup("<br><span class=\"fine\">");
    draft.say_with("report-bytes", &[("count", &times::number(item.original.size))]);
    draft.page.markup(" · ");
    draft.say(match item.original.storage {
        Storage::Copied => "report-evidence-copied",
        Storage::InPlace => "report-evidence-in-place",
    });
    draft.page.markup("</span>");
}

fn file_times(draft: &mut Draft<'_>, item: &EvidenceItem) {
    for (key, time) in [
        ("report-time-modified", item.original.modified),
        ("report-time-changed", item.original.changed),
        ("report-time-taken", item.original.taken),
    ] {
        draft.page.markup("<span class=\"fine\">");
        draft.say(key);
        draft.page.markup("</span> ");
        draft.time(time);
        draft.page.markup("<br>");
    }
}

/// Most sources of one file that are listed; an archive may hold thousands.
const SOURCES_MAX: usize = 20;

fn sources(draft: &mut Draft<'_>, item: &EvidenceItem) {
    for problem in item.problems.iter().take(SOURCES_MAX) {
        draft.page.markup("<span class=\"badge unsure\">! ");
        draft.named("problem", crate::sections::coverage::problem_name(problem.kind));
        draft.page.markup("</span> ");
        draft.page.text(&crate::page::short(&problem.text));
        draft.page.markup("<br>");
    }
    if item.sources.iter().all(|source| source.layers.is_empty()) {
        draft.say("report-evidence-plain");
        return;
    }
    draft.page.markup("<ul>");
    for source in item.sources.iter().take(SOURCES_MAX) {
        draft.page.markup("<li>");
        let layers: Vec<String> = source.layers.iter().map(layer_name).collect();
        draft.page.code(&layers.join(" → "));
        draft.page.markup("<br>");
        draft.hash(&source.id);
        draft.page.markup("</li>");
    }
    draft.page.markup("</ul>");
    if item.sources.len() > SOURCES_MAX {
        let more = (item.sources.len() - SOURCES_MAX).to_string();
        draft.say_with("report-more-rows", &[("count", &more), ("file", "evidence.json")]);
    }
}

fn layer_name(layer: &Layer) -> String {
    match layer {
        Layer::Gzip => "gzip".to_string(),
        Layer::Zstd => "zstd".to_string(),
        Layer::Xz => "xz".to_string(),
        Layer::Tar { member } => format!("tar: {member}"),
    }
}
