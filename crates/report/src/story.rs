//! The story that the command line prints: what a tired person needs to know, in under forty lines.

use std::collections::{BTreeMap, BTreeSet};

use model::{
    BlindWindow, BlindWindowKind, CleanPoint, Crossing, EventId, Finding, Incident, ObjectId, OperationKind, Rung,
    StepAction, StepState, Timestamp, TouchedObject,
};
use texts::Texts;

use crate::{
    ReportInput,
    draft::{artefact_sentence, sentence},
    figures::{Figures, findings_by_id, is_examined, object_name, touched},
    page::unmarked,
    times,
};

/// Most lines about one matter before the rest is counted.
const INCIDENTS_MAX: usize = 2;
const CROSSINGS_MAX: usize = 3;
const OBJECTS_MAX: usize = 6;
const SOURCES_MAX: usize = 3;
const UNKNOWNS_MAX: usize = 3;

/// What a line is, for indentation and colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoryLevel {
    /// The heading of a part.
    Heading,
    /// A statement.
    Line,
    /// A particular of the statement above.
    Detail,
    /// Something that a person must not overlook.
    Warning,
}

/// The beginning of a content-addressed name, enough to find it; any other name whole.
fn short(name: &str) -> &str {
    let hash = name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    if hash { &name[..12] } else { name }
}

/// One line of the story.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoryLine {
    /// What the line is.
    pub level: StoryLevel,
    /// One line of plain text: no markup, no control characters.
    pub text: String,
    /// The events that show it, where single events do.
    pub events: Vec<EventId>,
}

/// The story of the case in the language of `texts`: what came in; when and how the boundary was
/// crossed; which data was touched; from where each object is restored; what was verified; what is not
/// known; where the report is. Parts of which nothing can be said yet say so.
pub fn story(input: &ReportInput<'_>, texts: &Texts) -> Vec<StoryLine> {
    let mut lines = marked_story(input, texts);
    if let Some(path) = input.report_path {
        let mut teller = Teller { input, texts, figures: Figures::default(), lines: Vec::new() };
        teller.add(StoryLevel::Heading, "report-story-report", &[], &[]);
        teller.add(StoryLevel::Line, "report-story-report-path", &[("path", path)], &[]);
        lines.extend(teller.lines);
    }
    for line in &mut lines {
        line.text = unmarked(&line.text);
    }
    lines
}

/// The story with its values marked for HTML, without the place of the report.
pub(crate) fn marked_story(input: &ReportInput<'_>, texts: &Texts) -> Vec<StoryLine> {
    let mut teller = Teller { input, texts, figures: Figures::of(input), lines: Vec::new() };
    teller.what_came_in();
    teller.how_the_boundary_was_crossed();
    teller.which_data_was_touched();
    teller.where_it_is_restored_from();
    teller.what_was_verified();
    teller.what_is_not_known();
    teller.lines
}

struct Teller<'a> {
    input: &'a ReportInput<'a>,
    texts: &'a Texts,
    figures: Figures,
    lines: Vec<StoryLine>,
}

impl Teller<'_> {
    fn add(&mut self, level: StoryLevel, key: &str, facts: &[(&str, &str)], events: &[EventId]) {
        let text = sentence(self.texts, key, facts);
        self.lines.push(StoryLine { level, text, events: events.to_vec() });
    }

    fn add_count(&mut self, level: StoryLevel, key: &str, count: u64) {
        self.add(level, key, &[("count", &times::number(count))], &[]);
    }

    fn more(&mut self, shown: usize, all: usize) {
        if all > shown {
            self.add_count(StoryLevel::Detail, "report-story-more", (all - shown) as u64);
        }
    }

    fn what_came_in(&mut self) {
        self.add(StoryLevel::Heading, "report-story-evidence", &[], &[]);
        let (files, records) = (times::number(self.figures.files), times::number(self.figures.records));
        self.add(StoryLevel::Line, "report-story-files", &[("files", &files), ("records", &records)], &[]);
        if let (Some(first), Some(last)) = (self.figures.first, self.figures.last) {
            let period = period(self.texts, Some(first), Some(last), self.input.display_offset_minutes);
            let hosts: Vec<&str> = self.figures.hosts.iter().take(3).map(String::as_str).collect();
            let hosts = hosts.join(", ");
            self.add(StoryLevel::Detail, "report-story-period", &[("period", &period), ("host", &hosts)], &[]);
        }
        if self.figures.problems > 0 {
            self.add_count(StoryLevel::Detail, "report-story-problems", self.figures.problems);
        }
    }

    fn how_the_boundary_was_crossed(&mut self) {
        self.add(StoryLevel::Heading, "report-story-crossing", &[], &[]);
        if self.input.incidents.is_empty() {
            let examined = is_examined(self.input);
            let key = if examined { "report-story-no-incident" } else { "report-story-not-examined" };
            self.add(StoryLevel::Line, key, &[], &[]);
            return;
        }
        let findings = findings_by_id(self.input);
        for incident in self.input.incidents.iter().take(INCIDENTS_MAX) {
            self.one_incident(incident, &findings);
        }
        self.more(INCIDENTS_MAX, self.input.incidents.len());
    }

    fn one_incident(&mut self, incident: &Incident, findings: &BTreeMap<&str, &Finding>) {
        let period = period(self.texts, Some(incident.first), Some(incident.last), self.input.display_offset_minutes);
        let container = incident.container.as_ref().map_or("", |container| container.id.as_str());
        let host = incident.host.as_deref().unwrap_or("");
        let user = incident.findings.iter().find_map(|id| findings.get(id.as_str())?.facts.get("user"));
        match user.filter(|_| incident.container.is_none() && incident.host.is_none()) {
            Some(user) => {
                let facts = [("period", period.as_str()), ("user", user)];
                self.add(StoryLevel::Line, "report-story-incident-api", &facts, &[]);
            }
            None => {
                let facts = [("period", period.as_str()), ("container", container), ("host", host)];
                self.add(StoryLevel::Line, "report-story-incident", &facts, &[]);
            }
        }
        for crossing in incident.crossings.iter().take(CROSSINGS_MAX) {
            self.one_crossing(crossing, findings);
        }
        self.more(CROSSINGS_MAX, incident.crossings.len());
    }

    fn one_crossing(&mut self, crossing: &Crossing, findings: &BTreeMap<&str, &Finding>) {
        let finding = crossing.findings.iter().find_map(|id| findings.get(id.as_str()));
        let text = match finding {
            Some(finding) => finding_sentence(self.texts, finding),
            None => self.texts.named("check", &crossing.technique, &[]),
        };
        let time = times::utc(crossing.time);
        let facts = [("time", time.as_str()), ("text", &text)];
        self.add(StoryLevel::Detail, "report-story-crossing-line", &facts, finding.map_or(&[], |it| &it.events));
    }

    fn which_data_was_touched(&mut self) {
        self.add(StoryLevel::Heading, "report-story-touched", &[], &[]);
        let figures = &self.figures;
        let counts = [
            (figures.transient, "report-story-transient"),
            (figures.settings, "report-story-settings"),
            (figures.derived, "report-story-derived"),
            (figures.exposed, "report-story-exposed"),
        ];
        let touched = touched(self.input);
        if self.input.scopes.is_empty() {
            self.add(StoryLevel::Line, "report-story-no-scope", &[], &[]);
            return;
        }
        self.add_count(StoryLevel::Line, "report-story-touched-count", touched.len() as u64);
        let groups = groups_of(&touched);
        for group in groups.iter().take(OBJECTS_MAX) {
            let words: Vec<String> =
                group.operations.iter().map(|name| self.texts.named("operation", name, &[])).collect();
            let words = words.join(&self.texts.get("report-list-separator", &[]));
            let count = times::number(group.count);
            let facts = [("path", group.path.as_str()), ("words", &words), ("count", &count)];
            let key = if group.count == 1 { "report-story-object" } else { "report-story-objects" };
            self.add(StoryLevel::Detail, key, &facts, &group.events);
        }
        self.more(OBJECTS_MAX, groups.len());
        for (count, key) in counts {
            if count > 0 {
                self.add_count(StoryLevel::Line, key, count);
            }
        }
        if self.figures.secrets > 0 {
            self.add_count(StoryLevel::Warning, "report-story-secrets", self.figures.secrets);
        }
    }

    fn where_it_is_restored_from(&mut self) {
        self.add(StoryLevel::Heading, "report-story-restore", &[], &[]);
        let Some(plan) = self.input.plan else {
            self.add(StoryLevel::Line, "report-story-no-plan", &[], &[]);
            return;
        };
        let mut sources: BTreeMap<(&str, &str), u64> = BTreeMap::new();
        for step in &plan.steps {
            if let Some(from) = source_of(&step.action) {
                *sources.entry((from.source.as_str(), from.snapshot.as_str())).or_default() += 1;
            }
        }
        let all = sources.len();
        for ((source, snapshot), count) in sources.into_iter().take(SOURCES_MAX) {
            let count = times::number(count);
            let facts = [("count", count.as_str()), ("source", source), ("snapshot", short(snapshot))];
            self.add(StoryLevel::Line, "report-story-restore-from", &facts, &[]);
        }
        self.more(SOURCES_MAX, all);
        if let Some(age) = self.largest_data_loss_window() {
            let duration = duration(self.texts, age);
            self.add(StoryLevel::Detail, "report-story-loss", &[("duration", &duration)], &[]);
        }
        if self.figures.steps_quarantine > 0 {
            self.add_count(StoryLevel::Line, "report-story-quarantine", self.figures.steps_quarantine);
        }
        if plan.steps.is_empty() && plan.not_restored.is_empty() {
            self.add(StoryLevel::Line, "report-story-nothing-to-restore", &[], &[]);
        }
        self.not_restored();
        if self.input.receipts.is_empty() && !plan.steps.is_empty() {
            let approved = self.input.approval.is_some_and(|approval| approval.plan == plan.id);
            let key = if approved { "report-story-approved-only" } else { "report-story-planned-only" };
            self.add(StoryLevel::Line, key, &[], &[]);
        }
        for warning in self.input.catalogue.warnings.iter().take(2) {
            let reason = warning_text(self.texts, warning);
            self.add(StoryLevel::Warning, "report-story-text", &[("text", &reason)], &[]);
        }
    }

    fn not_restored(&mut self) {
        let mut reasons: BTreeMap<&str, u64> = BTreeMap::new();
        for object in self.input.plan.iter().flat_map(|plan| &plan.not_restored) {
            *reasons.entry(object.reason.as_str()).or_default() += 1;
        }
        let all = reasons.len();
        for (reason, count) in reasons.into_iter().take(UNKNOWNS_MAX) {
            let reason = self.texts.named("not-restored", reason, &[]);
            let count = times::number(count);
            let facts = [("count", count.as_str()), ("reason", &reason)];
            self.add(StoryLevel::Warning, "report-story-not-restored", &facts, &[]);
        }
        self.more(UNKNOWNS_MAX, all);
    }

    /// The longest time between a chosen version's storage and the first hostile act.
    fn largest_data_loss_window(&self) -> Option<i64> {
        let ages = self.input.catalogue.entries.iter().filter_map(|entry| match entry.clean {
            CleanPoint::Version { age_ns, .. } => Some(age_ns),
            CleanPoint::Absent { .. } | CleanPoint::None { .. } => None,
        });
        ages.max().filter(|age| *age > 0)
    }

    fn what_was_verified(&mut self) {
        self.add(StoryLevel::Heading, "report-story-verified", &[], &[]);
        if !self.input.receipts.is_empty() {
            self.add_count(StoryLevel::Line, "report-story-receipts", self.figures.receipts_done);
        }
        if self.figures.receipts_failed > 0 {
            self.add_count(StoryLevel::Warning, "report-story-receipts-failed", self.figures.receipts_failed);
            let failed = self
                .input
                .receipts
                .iter()
                .find(|receipt| matches!(receipt.state, StepState::Refused { .. } | StepState::Failed { .. }));
            if let Some(receipt) = failed {
                let path = receipt.path.to_string();
                self.add(StoryLevel::Detail, "report-story-for-example", &[("path", &path)], &[]);
            }
        }
        if self.input.verdicts.is_empty() {
            self.add(StoryLevel::Line, "report-story-no-verdict", &[], &[]);
            return;
        }
        let quarantine: BTreeSet<&ObjectId> = self
            .input
            .plan
            .iter()
            .flat_map(|plan| &plan.steps)
            .filter(|step| step.action == StepAction::Quarantine)
            .map(|step| &step.object)
            .collect();
        let (aside, back): (Vec<_>, Vec<_>) =
            self.input.verdicts.iter().partition(|verdict| quarantine.contains(&verdict.object));
        let restored = back.iter().filter(|verdict| verdict.rung >= Some(Rung::V2)).count() as u64;
        let verified = back.iter().filter(|verdict| verdict.verified).count() as u64;
        let kept = aside.iter().filter(|verdict| verdict.rung >= Some(Rung::V1)).count() as u64;
        self.add_count(StoryLevel::Line, "report-story-restored-count", restored);
        self.add_count(StoryLevel::Line, "report-story-verified-count", verified);
        if kept > 0 {
            self.add_count(StoryLevel::Line, "report-story-kept-count", kept);
        }
        let open: Vec<_> = back
            .iter()
            .filter(|verdict| verdict.rung < Some(Rung::V2))
            .chain(aside.iter().filter(|verdict| verdict.rung < Some(Rung::V1)))
            .collect();
        if open.is_empty() {
            return;
        }
        self.add_count(StoryLevel::Warning, "report-story-not-verified", open.len() as u64);
        for verdict in open.iter().take(2) {
            let path = verdict.path.to_string();
            let words = match verdict.rung {
                Some(rung) => format!("{rung:?}, {}", self.texts.named("rung-meaning", &format!("{rung:?}"), &[])),
                None => self.texts.get("rung-none", &[]),
            };
            self.add(StoryLevel::Detail, "report-story-verdict", &[("path", &path), ("words", &words)], &[]);
        }
    }

    fn what_is_not_known(&mut self) {
        self.add(StoryLevel::Heading, "report-story-unknown", &[], &[]);
        let before = self.lines.len();
        let windows = &self.input.coverage.blind_windows;
        for window in windows.iter().take(UNKNOWNS_MAX) {
            let text = blind_window_sentence(self.texts, window);
            let period = period(self.texts, window.from, window.to, self.input.display_offset_minutes);
            let facts = [("period", period.as_str()), ("text", &text)];
            self.add(StoryLevel::Line, "report-story-blind", &facts, &[]);
        }
        self.more(UNKNOWNS_MAX, windows.len());
        if !self.figures.cannot_tell.is_empty() {
            let names: Vec<String> =
                self.figures.cannot_tell.iter().take(3).map(|check| self.texts.named("check", check, &[])).collect();
            let words = names.join(&self.texts.get("report-list-separator", &[]));
            let count = times::number(self.figures.cannot_tell.len() as u64);
            self.add(StoryLevel::Line, "report-story-cannot-tell", &[("count", &count), ("words", &words)], &[]);
        }
        let unresolved = touched(self.input).iter().filter(|it| it.object.host_path.is_none()).count() as u64;
        for (count, key) in [
            (self.figures.possible, "report-story-possible"),
            (unresolved, "report-story-unresolved"),
            (self.figures.crossings_unknown, "report-story-crossings-unknown"),
        ] {
            if count > 0 {
                self.add_count(StoryLevel::Line, key, count);
            }
        }
        if self.lines.len() == before {
            let read_nothing = self.input.coverage.sources.is_empty();
            let key = if read_nothing { "report-story-nothing-read" } else { "report-story-nothing-unknown" };
            self.add(StoryLevel::Line, key, &[], &[]);
        }
    }
}

/// Touched objects told in one line: one object, or the objects of one directory when there are many.
struct Group {
    path: String,
    count: u64,
    operations: Vec<&'static str>,
    events: Vec<EventId>,
}

fn groups_of(touched: &[&TouchedObject]) -> Vec<Group> {
    let by_directory = touched.len() > OBJECTS_MAX;
    let mut groups: Vec<Group> = Vec::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for it in touched {
        let name = object_name(&it.object);
        let path = match name.rsplit_once('/') {
            Some((directory, _)) if by_directory => format!("{directory}/"),
            _ => name,
        };
        let at = *places.entry(path).or_insert_with_key(|path| {
            groups.push(Group { path: path.clone(), count: 0, operations: Vec::new(), events: Vec::new() });
            groups.len() - 1
        });
        let Some(group) = groups.get_mut(at) else { continue };
        group.count += 1;
        for operation in &it.operations {
            let name = operation_name(operation.kind);
            if !group.operations.contains(&name) {
                group.operations.push(name);
            }
            if !group.events.contains(&operation.event) && group.events.len() < 3 {
                group.events.push(operation.event);
            }
        }
    }
    // Where most happened comes first; the sort is stable, so equal groups keep their path order.
    groups.sort_by_key(|group| std::cmp::Reverse(group.count));
    groups
}

/// The artefact's name of an operation.
pub(crate) fn operation_name(kind: OperationKind) -> &'static str {
    match kind {
        OperationKind::Created => "created",
        OperationKind::Truncated => "truncated",
        OperationKind::Overwritten => "overwritten",
        OperationKind::RenamedAway => "renamed_away",
        OperationKind::RenamedHere => "renamed_here",
        OperationKind::Linked => "linked",
        OperationKind::Deleted => "deleted",
        OperationKind::Metadata => "metadata",
    }
}

/// Where a step takes its data from; `None` for quarantine.
pub(crate) fn source_of(action: &StepAction) -> Option<&model::RestoreSource> {
    match action {
        StepAction::WriteFile { from, .. }
        | StepAction::SetMetadata { from, .. }
        | StepAction::MakeDirectory { from, .. }
        | StepAction::MakeSymlink { from, .. } => Some(from),
        StepAction::Quarantine => None,
    }
}

/// The finding's own sentence, values marked.
pub(crate) fn finding_sentence(texts: &Texts, finding: &Finding) -> String {
    let key = format!("check-{}-text", finding.check);
    if !texts.has(&key) {
        return texts.named("check", &finding.check, &[]);
    }
    let mut facts = finding.facts.clone();
    if let Some(container) = &finding.container {
        facts.entry("container".to_string()).or_insert_with(|| container.id.clone());
    }
    artefact_sentence(texts, &key, &facts, finding.crossing)
}

/// Why a stretch of time is blind, values marked.
pub(crate) fn blind_window_sentence(texts: &Texts, window: &BlindWindow) -> String {
    let name = match window.kind {
        BlindWindowKind::SerialGap => "blind-serial_gap",
        BlindWindowKind::DeclaredDrop => "blind-declared_drop",
        BlindWindowKind::RecorderOff => "blind-recorder_off",
        BlindWindowKind::Unreadable => "blind-unreadable",
        BlindWindowKind::ClockJump => "blind-clock_jump",
        BlindWindowKind::NotFollowed => "blind-not_followed",
        BlindWindowKind::Silence => "blind-silence",
        BlindWindowKind::NotRecorded => "blind-not_recorded",
    };
    match window.facts.get("class") {
        Some(class) if texts.has(&format!("class-{class}")) => {
            sentence(texts, name, &[("class", &texts.named("class", class, &[]))])
        }
        _ => artefact_sentence(texts, name, &window.facts, None),
    }
}

/// What checks say is missing with a number in it: what stands before and after the number, and our text.
const COUNTED_MISSING: [(&str, &str, &str); 2] = [
    ("the place on the host of what ", " writes by containers changed", "missing-place-of-writes"),
    ("the bodies of ", " requests (audit level Metadata)", "missing-request-bodies"),
];

/// What is missing to be surer, in the reader's language where the catalogue knows it, values marked.
///
/// Checks name it by a message key, or by the event classes that no source recorded.
pub(crate) fn missing_text(texts: &Texts, missing: &str) -> String {
    let parts: Vec<String> = missing
        .split("; ")
        .map(|part| {
            let key = format!("missing-{part}");
            if let Some(actions) = part.strip_prefix("no event of ") {
                return sentence(texts, "missing-no-event", &[("actions", actions)]);
            }
            for (before, after, key) in COUNTED_MISSING {
                let count = part.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
                if let Some(count) = count.filter(|count| count.parse::<u64>().is_ok()) {
                    return texts.get(key, &[("count", count)]);
                }
            }
            match part {
                "no container could be identified" => texts.get("missing-no-container", &[]),
                _ if texts.has(&key) => texts.get(&key, &[]),
                _ => crate::page::mark(part),
            }
        })
        .collect();
    parts.join(&texts.get("report-list-separator", &[]))
}

/// A note of a step: its message key, and whatever facts follow the key.
pub(crate) fn note_text(texts: &Texts, note: &str) -> String {
    keyed_text(texts, "note", note)
}

/// A catalogue warning: its message key, and whatever facts follow the key.
pub(crate) fn warning_text(texts: &Texts, warning: &str) -> String {
    keyed_text(texts, "catalogue-warning", warning)
}

/// `KEY fact=value …` as the text of `FAMILY-KEY` with the facts behind it; an unknown key as it is.
fn keyed_text(texts: &Texts, family: &str, line: &str) -> String {
    let end = line.find(|character: char| !(character.is_ascii_lowercase() || character == '_'));
    let (key, rest) = line.split_at(end.unwrap_or(line.len()));
    let rest = rest.trim_start_matches([':', ' ']);
    if !texts.has(&format!("{family}-{key}")) {
        return crate::page::mark(line);
    }
    let text = texts.named(family, key, &[]);
    if rest.is_empty() { text } else { format!("{text} {}", crate::page::mark(rest)) }
}

/// A stretch of time in words, open ends included: in UTC, and in local time behind it.
pub(crate) fn period(texts: &Texts, from: Option<Timestamp>, to: Option<Timestamp>, offset_minutes: i32) -> String {
    let point = |time: Timestamp| match times::local(time, offset_minutes) {
        Some(local) => format!("{} UTC ({local})", times::utc(time)),
        None => format!("{} UTC", times::utc(time)),
    };
    match (from, to) {
        (Some(from), Some(to)) if from == to => point(from),
        (Some(from), Some(to)) => {
            let between = |range: (String, String)| {
                sentence(texts, "report-period-between", &[("from", &range.0), ("to", &range.1)])
            };
            let utc = between(times::range(from, to, 0));
            match offset_minutes {
                0 => format!("{utc} UTC"),
                _ => {
                    let local = between(times::range(from, to, offset_minutes));
                    format!("{utc} UTC ({local} {})", times::zone(offset_minutes))
                }
            }
        }
        (Some(from), None) => sentence(texts, "report-period-since", &[("from", &point(from))]),
        (None, Some(to)) => sentence(texts, "report-period-until", &[("to", &point(to))]),
        (None, None) => texts.get("report-period-whole", &[]),
    }
}

/// A duration in words: `3 hours 12 minutes`.
pub(crate) fn duration(texts: &Texts, nanoseconds: i64) -> String {
    let parts: Vec<String> = times::units(nanoseconds)
        .into_iter()
        .map(|(number, key)| texts.get(key, &[("count", &number.to_string())]))
        .collect();
    parts.join(&texts.get("report-unit-separator", &[]))
}

#[cfg(test)]
mod tests {
    use texts::Language;

    use super::*;

    #[test]
    fn what_checks_miss_reads_in_the_readers_language_and_the_unknown_stays_as_it_is() {
        let japanese = Texts::new(Language::Ja);
        let say = |missing: &str| unmarked(&missing_text(&japanese, missing));
        assert_eq!(say("target_namespace"), "入った先の名前空間");
        assert_eq!(
            say("no event of file.write, file.create; no container could be identified"),
            "file.write, file.create の事象が一件もありません、コンテナを一つも特定できません"
        );
        assert_eq!(
            say("the place on the host of what 12 writes by containers changed"),
            "コンテナによる書き込み 12 件の、ホスト上の位置"
        );
        assert_eq!(
            say("the bodies of 3 requests (audit level Metadata)"),
            "要求 3 件の本文 (監査レベルが Metadata のため記録なし)"
        );
        assert_eq!(
            say("the bodies of <b> requests (audit level Metadata)"),
            "the bodies of <b> requests (audit level Metadata)"
        );
    }

    #[test]
    fn a_warning_keeps_its_facts_and_an_unknown_one_its_words() {
        let english = Texts::new(Language::En);
        let say = |warning: &str| unmarked(&warning_text(&english, warning));
        assert_eq!(
            say("key_refused source=restic:/x id=1"),
            "A key of the repository could not be used. source=restic:/x id=1"
        );
        assert_eq!(say("of_a_newer_version a=b"), "of_a_newer_version a=b");
    }
}
