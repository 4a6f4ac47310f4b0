//! How completely the evidence could be read, where it is blind, and what each check could answer.

use model::{CheckAnswer, ProblemKind, SourceCoverage};

use crate::{Section, draft::Draft, lanes, story::blind_window_sentence, times};

pub(crate) struct CoverageAndGaps;

impl Section for CoverageAndGaps {
    fn name(&self) -> &'static str {
        "coverage"
    }

    fn write(&self, draft: &mut Draft<'_>) {
        draft.heading("report-coverage-blind", &[]);
        blind_windows(draft);
        lanes::lanes(draft);
        draft.heading("report-coverage-sources", &[]);
        sources(draft);
        draft.heading("report-coverage-checks", &[]);
        checks(draft);
    }
}

/// The blind windows as a table; also stands beside the conclusions that they limit.
pub(crate) fn blind_windows(draft: &mut Draft<'_>) {
    let windows = &draft.input.coverage.blind_windows;
    if windows.is_empty() {
        let nothing_read = draft.input.coverage.sources.is_empty();
        draft.nothing(if nothing_read { "report-coverage-no-sources" } else { "report-coverage-no-blind" });
        return;
    }
    draft.explain("report-coverage-blind-explain");
    let columns = ["report-column-from", "report-column-to", "report-column-host", "report-column-why-blind"];
    draft.table(&columns, "coverage.json", windows, |row, window| {
        row.cell(|draft| draft.time_or(window.from, "report-open-start"));
        row.cell(|draft| draft.time_or(window.to, "report-open-end"));
        row.cell(|draft| host(draft, window.host.as_deref()));
        row.cell(|draft| {
            let text = blind_window_sentence(draft.texts, window);
            draft.page.marked(&text);
        });
    });
}

fn host(draft: &mut Draft<'_>, host: Option<&str>) {
    match host {
        Some(host) => draft.page.code(host),
        None => draft.say("unknown"),
    }
}

fn sources(draft: &mut Draft<'_>) {
    let sources = &draft.input.coverage.sources;
    if sources.is_empty() {
        draft.nothing("report-coverage-no-sources");
        return;
    }
    let columns = [
        "report-column-source",
        "report-column-format",
        "report-column-span",
        "report-column-records",
        "report-column-losses",
        "report-column-problems",
    ];
    draft.table(&columns, "coverage.json", sources, |row, source| {
        row.wide_cell(|draft| {
            draft.page.code(&source.name);
            draft.page.markup("<br><span class=\"fine\">SHA-256 ");
            draft.page.text(&source.source.short());
            draft.page.markup("…</span>");
        });
        row.cell(|draft| format(draft, source));
        row.cell(|draft| {
            draft.time_or(source.first, "unknown");
            draft.page.markup("<br>");
            draft.time_or(source.last, "unknown");
        });
        row.cell(|draft| {
            let (records, events) = (times::number(source.records), times::number(source.events));
            draft.say_with("report-records-events", &[("records", &records), ("events", &events)]);
        });
        row.cell(|draft| losses(draft, source));
        row.cell(|draft| problems(draft, source));
    });
}

fn format(draft: &mut Draft<'_>, source: &SourceCoverage) {
    match &source.format.chosen {
        Some(format) => {
            draft.page.code(format);
            if source.format.by_person {
                draft.page.markup(" ");
                draft.say("report-format-by-person");
            }
        }
        None => draft.say("report-format-none"),
    }
}

fn losses(draft: &mut Draft<'_>, source: &SourceCoverage) {
    if source.joined > 0 {
        draft.page.markup("<p>");
        draft.say_with("report-joined", &[("count", &times::number(source.joined))]);
        draft.page.markup("</p>");
    }
    unmapped(draft, source);
    if source.serial_gaps.is_empty() && source.drops.is_empty() {
        draft.say("report-losses-none");
        return;
    }
    let missing: u64 = source.serial_gaps.iter().map(|gap| gap.missing).fold(0, u64::saturating_add);
    let (gaps, missing) = (times::number(source.serial_gaps.len() as u64), times::number(missing));
    let drops = times::number(source.drops.len() as u64);
    draft.say_with("report-losses", &[("gaps", &gaps), ("missing", &missing), ("drops", &drops)]);
}

/// Fields without a place that are named per source; the artefact has all.
const UNMAPPED_SHOWN: usize = 8;

fn unmapped(draft: &mut Draft<'_>, source: &SourceCoverage) {
    if source.unmapped.is_empty() {
        return;
    }
    let mut fields: Vec<(&String, &u64)> = source.unmapped.iter().collect();
    fields.sort_by_key(|(name, count)| (std::cmp::Reverse(**count), *name));
    let mut names: Vec<&str> = fields.iter().take(UNMAPPED_SHOWN).map(|(name, _)| name.as_str()).collect();
    names.extend((fields.len() > UNMAPPED_SHOWN).then_some("…"));
    let (count, names) = (times::number(fields.len() as u64), names.join(", "));
    draft.page.markup("<p class=\"fine\">");
    draft.say_with("report-unmapped", &[("count", &count), ("names", &names)]);
    draft.page.markup("</p>");
}

fn problems(draft: &mut Draft<'_>, source: &SourceCoverage) {
    if source.problems.is_empty() {
        draft.say("report-problems-none");
        return;
    }
    draft.page.markup("<ul>");
    for (kind, count) in &source.problems {
        draft.page.markup("<li>");
        draft.named("problem", problem_name(*kind));
        draft.page.text(&format!(": {}", times::number(*count)));
        draft.page.markup("</li>");
    }
    draft.page.markup("</ul>");
    if let Some(first) = source.problem_list.first() {
        draft.page.markup("<span class=\"fine\">");
        let offset = times::number(first.address.offset);
        draft.say_with("report-problem-first", &[("offset", &offset), ("what", &first.text)]);
        draft.page.markup("</span>");
    }
}

pub(crate) fn problem_name(kind: ProblemKind) -> &'static str {
    match kind {
        ProblemKind::NotARecord => "not_a_record",
        ProblemKind::Torn => "torn",
        ProblemKind::TooLong => "too_long",
        ProblemKind::BadField => "bad_field",
        ProblemKind::Incomplete => "incomplete",
        ProblemKind::Duplicate => "duplicate",
        ProblemKind::BadTime => "bad_time",
        ProblemKind::Truncated => "truncated",
        ProblemKind::Bound => "bound",
        ProblemKind::UnknownFormat => "unknown_format",
        ProblemKind::Unreadable => "unreadable",
        ProblemKind::Claimed => "claimed",
        ProblemKind::LeftAlone => "left_alone",
    }
}

fn checks(draft: &mut Draft<'_>) {
    let answers: &[CheckAnswer] = &draft.input.detection.answers;
    if answers.is_empty() {
        draft.nothing("report-coverage-no-checks");
        return;
    }
    draft.explain("report-coverage-checks-explain");
    draft.table(&["report-column-check", "report-column-found"], "findings.json", answers, |row, answer| {
        row.cell(|draft| draft.named("check", &answer.check));
        row.cell(|draft| draft.answer(&answer.answer));
    });
}
