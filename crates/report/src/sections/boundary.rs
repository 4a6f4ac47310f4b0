//! How the boundary was crossed: techniques, outcome, confidence, and what is missing to be surer.

use std::collections::BTreeMap;

use model::{Crossing, CrossingOutcome, Finding, Incident};

use crate::{
    Section,
    draft::{CITATIONS_PER_STATEMENT_MAX, Draft, artefact_sentence, is_attack_id},
    figures::{findings_by_id, is_examined},
    sections::coverage,
    story::{finding_sentence, missing_text, period},
    times,
};

/// Most findings told under one crossing; further ones repeat the technique.
const FINDINGS_PER_CROSSING_MAX: usize = 5;

pub(crate) struct Boundary;

impl Section for Boundary {
    fn name(&self) -> &'static str {
        "boundary"
    }

    fn write(&self, draft: &mut Draft<'_>) {
        let input = draft.input;
        if input.incidents.is_empty() {
            draft.nothing(if is_examined(input) { "report-boundary-none" } else { "report-story-not-examined" });
        }
        let findings = findings_by_id(input);
        for (at, incident) in input.incidents.iter().enumerate() {
            one_incident(draft, at + 1, incident, &findings);
        }
        other_findings(draft);
        if !input.coverage.blind_windows.is_empty() {
            draft.heading("report-boundary-limits", &[]);
            coverage::blind_windows(draft);
        }
    }
}

fn one_incident(draft: &mut Draft<'_>, number: usize, incident: &Incident, findings: &BTreeMap<&str, &Finding>) {
    draft.heading("report-incident-heading", &[("number", &number.to_string())]);
    let texts = draft.texts;
    let period = period(texts, Some(incident.first), Some(incident.last), draft.input.display_offset_minutes);
    let container = incident.container.as_ref().map_or("", |container| container.id.as_str());
    let host = incident.host.as_deref().unwrap_or("");
    draft.page.markup("<p>");
    draft.say_with("report-story-incident", &[("period", &period), ("container", container), ("host", host)]);
    draft.page.markup(" ");
    draft.outcome(incident.outcome);
    draft.page.markup("</p>\n");
    if let Some(container) = &incident.container {
        draft.page.markup("<p class=\"explain\">");
        let confidence = container.confidence.to_string();
        draft.say_with("report-container-confidence", &[("confidence", &confidence)]);
        draft.page.markup("</p>\n");
    }
    if incident.crossings.is_empty() {
        draft.nothing("report-boundary-no-crossing");
    }
    for crossing in incident.crossings.iter().take(crate::ROWS_MAX) {
        one_crossing(draft, crossing, findings);
    }
}

fn one_crossing(draft: &mut Draft<'_>, crossing: &Crossing, findings: &BTreeMap<&str, &Finding>) {
    draft.page.markup(match crossing.outcome {
        CrossingOutcome::Succeeded => "<div class=\"crossing succeeded\">\n<h4>",
        CrossingOutcome::Unknown => "<div class=\"crossing unknown\">\n<h4>",
        CrossingOutcome::Attempted => "<div class=\"crossing attempted\">\n<h4>",
    });
    draft.named("check", &crossing.technique);
    draft.page.markup("</h4>\n<p class=\"tags\">");
    draft.outcome(crossing.outcome);
    draft.attack(&crossing.attack);
    draft.page.markup(" ");
    draft.time(crossing.time);
    draft.page.markup("</p>\n");
    let shown: Vec<&Finding> = crossing.findings.iter().filter_map(|id| findings.get(id.as_str()).copied()).collect();
    for finding in shown.iter().take(FINDINGS_PER_CROSSING_MAX) {
        one_finding(draft, finding);
    }
    if shown.len() > FINDINGS_PER_CROSSING_MAX {
        let more = (shown.len() - FINDINGS_PER_CROSSING_MAX).to_string();
        draft.paragraph("report-more-rows", &[("count", &more), ("file", "findings.json")]);
    }
    if crossing.outcome == CrossingOutcome::Unknown {
        settle(draft, &crossing.technique);
    }
    if crossing.outcome != CrossingOutcome::Attempted {
        remove(draft, &crossing.technique);
    }
    draft.page.markup("</div>\n");
}

fn one_finding(draft: &mut Draft<'_>, finding: &Finding) {
    let text = finding_sentence(draft.texts, finding);
    draft.page.markup("<p>");
    draft.page.marked(&text);
    draft.cite(&finding.events);
    draft.page.markup(" <span class=\"fine\">");
    draft.say_with("report-confidence", &[("confidence", &finding.confidence.to_string())]);
    if finding.count > CITATIONS_PER_STATEMENT_MAX as u64 {
        draft.page.markup(" ");
        grouped(draft, finding);
    }
    draft.page.markup("</span></p>\n");
    if !finding.missing.is_empty() {
        draft.page.markup("<ul class=\"missing\">");
        for missing in finding.missing.iter().take(FINDINGS_PER_CROSSING_MAX) {
            draft.page.markup("<li>");
            let words = missing_text(draft.texts, missing);
            draft.say_with("report-missing", &[("words", &words)]);
            draft.page.markup("</li>");
        }
        draft.page.markup("</ul>\n");
    }
}

/// How many events the finding was put together from, where the citations do not show it.
fn grouped(draft: &mut Draft<'_>, finding: &Finding) {
    let period = period(draft.texts, Some(finding.time), Some(finding.last), draft.input.display_offset_minutes);
    let (count, cited) = (times::number(finding.count), times::number(finding.events.len() as u64));
    let facts = [("count", count.as_str()), ("period", &period), ("cited", &cited), ("file", "findings.json")];
    draft.say_with("report-finding-grouped", &facts);
}

fn settle(draft: &mut Draft<'_>, technique: &str) {
    advice(draft, &format!("check-{technique}-settle"), "report-settle");
}

/// How to take away what the technique leaves behind, where it leaves something.
fn remove(draft: &mut Draft<'_>, technique: &str) {
    advice(draft, &format!("check-{technique}-remove"), "report-remove");
}

/// The text `key`, where there is one, in the frame of another.
fn advice(draft: &mut Draft<'_>, key: &str, frame: &str) {
    if draft.texts.has(key) {
        let text = artefact_sentence(draft.texts, key, &BTreeMap::new(), None);
        draft.page.markup("<p class=\"settle\">");
        draft.say_with(frame, &[("text", &text)]);
        draft.page.markup("</p>\n");
    }
}

/// Findings that belong to no crossing shown above: they are kept in sight, not judged.
fn other_findings(draft: &mut Draft<'_>) {
    let input = draft.input;
    let shown: Vec<&str> = input
        .incidents
        .iter()
        .flat_map(|incident| &incident.crossings)
        .flat_map(|crossing| &crossing.findings)
        .map(String::as_str)
        .collect();
    let shown: std::collections::BTreeSet<&str> = shown.into_iter().collect();
    let others: Vec<&Finding> =
        input.detection.findings.iter().filter(|finding| !shown.contains(finding.id.as_str())).collect();
    if others.is_empty() {
        return;
    }
    draft.heading("report-other-findings", &[]);
    draft.explain("report-other-findings-explain");
    let columns = ["report-column-time", "report-column-check", "report-column-what"];
    draft.table(&columns, "findings.json", &others, |row, finding| {
        row.cell(|draft| draft.time(finding.time));
        row.cell(|draft| {
            draft.named("check", &finding.check);
            let ids: Vec<String> = finding.attack.iter().filter(|id| is_attack_id(id)).cloned().collect();
            draft.attack(&ids);
        });
        row.cell(|draft| {
            one_finding(draft, finding);
            remove(draft, &finding.check);
        });
    });
}
