//! What happened when: the story, the acts on objects and the blind windows in one order.

use std::collections::{BTreeMap, BTreeSet};

use model::{BlindWindow, Certainty, EventId, Finding, Operation, StoryPart, StoryStep, Timestamp, TouchedObject};

use texts::Texts;

use crate::{
    Section,
    draft::{Draft, artefact_sentence},
    figures::object_name,
    page::mark,
    story::{blind_window_sentence, finding_sentence, operation_name, period},
};

pub(crate) struct Timeline;

impl Section for Timeline {
    fn name(&self) -> &'static str {
        "timeline"
    }

    fn write(&self, draft: &mut Draft<'_>) {
        let entries = entries(draft);
        if entries.is_empty() {
            draft.nothing("report-timeline-empty");
            return;
        }
        draft.explain("report-timeline-explain");
        let columns = ["report-column-time", "report-column-part", "report-column-what"];
        draft.table(&columns, "incidents.json, scope.json", &entries, |row, entry| {
            row.cell(|draft| draft.time(entry.time));
            row.cell(|draft| part(draft, entry));
            row.cell(|draft| {
                draft.page.marked(&entry.text);
                draft.cite(&entry.events);
            });
        });
    }
}

enum Part {
    Story(StoryPart),
    Act(Certainty),
    Blind,
}

struct Entry {
    time: Timestamp,
    part: Part,
    text: String,
    events: Vec<EventId>,
}

fn part(draft: &mut Draft<'_>, entry: &Entry) {
    match entry.part {
        Part::Story(part) => {
            let name = match part {
                StoryPart::Entry => "entry",
                StoryPart::Crossing => "crossing",
                StoryPart::Action => "action",
                StoryPart::Persistence => "persistence",
                StoryPart::CoverUp => "cover_up",
            };
            draft.page.markup("<strong>");
            draft.named("story-part", name);
            draft.page.markup("</strong>");
        }
        Part::Act(certainty) => draft.certainty(certainty),
        Part::Blind => {
            draft.page.markup("<span class=\"badge unsure\">? ");
            draft.say("report-blind-window");
            draft.page.markup("</span>");
        }
    }
}

fn entries(draft: &Draft<'_>) -> Vec<Entry> {
    let input = draft.input;
    let mut entries = Vec::new();
    let mut told = BTreeSet::new();
    let findings = input.detection.findings.iter();
    let findings: Findings<'_> =
        findings.rev().map(|finding| ((finding.check.as_str(), finding.events.first().copied()), finding)).collect();
    for step in input.incidents.iter().flat_map(|incident| &incident.story) {
        told.extend(step.events.iter().copied());
        entries.push(Entry {
            time: step.time,
            part: Part::Story(step.part),
            text: step_sentence(draft.texts, step, &findings),
            events: step.events.clone(),
        });
    }
    for scope in input.scopes {
        for object in scope.touched.iter().chain(&scope.settings).chain(&scope.transient) {
            let acts = object.operations.iter().filter(|operation| told.insert(operation.event));
            entries.extend(acts.map(|operation| act(draft, object, operation)));
        }
    }
    entries.extend(input.coverage.blind_windows.iter().filter_map(|window| blind(draft, window)));
    // Stable: what shares a time keeps the order of the artefacts.
    entries.sort_by_key(|entry| entry.time);
    entries
}

/// Findings by their check and first event.
type Findings<'a> = BTreeMap<(&'a str, Option<EventId>), &'a Finding>;

/// The story step's own text; a finding's when its key is a check.
fn step_sentence(texts: &Texts, step: &StoryStep, findings: &Findings<'_>) -> String {
    let check = format!("check-{}-text", step.text);
    if texts.has(&check) {
        // The finding knows how far the act got; the step may not.
        return match findings.get(&(step.text.as_str(), step.events.first().copied())) {
            Some(finding) => finding_sentence(texts, finding),
            None => artefact_sentence(texts, &check, &step.facts, None),
        };
    }
    let story = format!("story-{}", step.text);
    match texts.has(&story) {
        true => artefact_sentence(texts, &story, &step.facts, None),
        false => mark(&step.text),
    }
}

fn act(draft: &Draft<'_>, object: &TouchedObject, operation: &Operation) -> Entry {
    let words = draft.texts.named("operation", operation_name(operation.kind), &[]);
    let path = mark(&object_name(&object.object));
    Entry {
        time: operation.time,
        part: Part::Act(object.certainty),
        text: draft.texts.get("report-timeline-act", &[("path", &path), ("words", &words)]),
        events: vec![operation.event],
    }
}

/// A blind window stands where it begins, or where it ends when its start is open.
fn blind(draft: &Draft<'_>, window: &BlindWindow) -> Option<Entry> {
    let text = blind_window_sentence(draft.texts, window);
    let period = period(draft.texts, window.from, window.to, 0);
    Some(Entry {
        time: window.from.or(window.to)?,
        part: Part::Blind,
        text: draft.texts.get("report-story-blind", &[("period", &period), ("text", &text)]),
        events: Vec::new(),
    })
}
