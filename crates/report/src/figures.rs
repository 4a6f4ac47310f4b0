//! What the whole case comes to, counted once for the summary and the story.

use std::collections::{BTreeMap, BTreeSet};

use model::{
    Answer, CrossingOutcome, ExposedKind, ExposedObject, Finding, ObjectId, ObjectRef, StepAction, StepState,
    Timestamp, TouchedObject,
};

use crate::ReportInput;

/// Counts over the whole case. Objects are counted once, however many incidents share them.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    pub(crate) files: u64,
    pub(crate) records: u64,
    pub(crate) problems: u64,
    pub(crate) first: Option<Timestamp>,
    pub(crate) last: Option<Timestamp>,
    pub(crate) hosts: BTreeSet<String>,
    pub(crate) crossings_succeeded: u64,
    pub(crate) crossings_attempted: u64,
    pub(crate) crossings_unknown: u64,
    pub(crate) touched: u64,
    pub(crate) transient: u64,
    pub(crate) settings: u64,
    pub(crate) derived: u64,
    pub(crate) exposed: u64,
    pub(crate) secrets: u64,
    pub(crate) possible: u64,
    pub(crate) steps_restore: u64,
    pub(crate) steps_quarantine: u64,
    pub(crate) not_restored: u64,
    pub(crate) receipts_done: u64,
    pub(crate) receipts_failed: u64,
    pub(crate) verified: u64,
    pub(crate) not_verified: u64,
    pub(crate) cannot_tell: Vec<String>,
}

impl Figures {
    pub(crate) fn of(input: &ReportInput<'_>) -> Self {
        let mut figures = Self { files: input.evidence.len() as u64, ..Self::default() };
        figures.count_coverage(input);
        figures.count_incidents(input);
        figures.count_scope(input);
        figures.count_restore(input);
        figures
    }

    fn count_coverage(&mut self, input: &ReportInput<'_>) {
        for source in &input.coverage.sources {
            self.records += source.records;
            self.problems += source.problems.values().sum::<u64>();
            self.first = [self.first, source.first].into_iter().flatten().min();
            self.last = self.last.max(source.last);
            self.hosts.extend(source.hosts.iter().cloned());
        }
    }

    fn count_incidents(&mut self, input: &ReportInput<'_>) {
        for crossing in input.incidents.iter().flat_map(|incident| &incident.crossings) {
            match crossing.outcome {
                CrossingOutcome::Succeeded => self.crossings_succeeded += 1,
                CrossingOutcome::Attempted => self.crossings_attempted += 1,
                CrossingOutcome::Unknown => self.crossings_unknown += 1,
            }
        }
        for check in &input.detection.answers {
            if matches!(check.answer, Answer::CannotTell { .. }) {
                self.cannot_tell.push(check.check.clone());
            }
        }
    }

    fn count_scope(&mut self, input: &ReportInput<'_>) {
        let distinct = |objects: Vec<&ObjectId>| objects.into_iter().collect::<BTreeSet<_>>().len() as u64;
        let scopes = input.scopes;
        self.touched = distinct(scopes.iter().flat_map(|scope| &scope.touched).map(|it| &it.object.id).collect());
        self.transient = distinct(scopes.iter().flat_map(|scope| &scope.transient).map(|it| &it.object.id).collect());
        self.settings = distinct(scopes.iter().flat_map(|scope| &scope.settings).map(|it| &it.object.id).collect());
        self.derived = distinct(scopes.iter().flat_map(|scope| &scope.derived).map(|it| &it.object.id).collect());
        self.exposed = distinct(scopes.iter().flat_map(|scope| &scope.exposed).map(|it| &it.object.id).collect());
        self.secrets = distinct(secrets(input).iter().map(|it| &it.object.id).collect());
        self.possible = scopes.iter().map(|scope| scope.possible.len() as u64).sum();
    }

    fn count_restore(&mut self, input: &ReportInput<'_>) {
        if let Some(plan) = input.plan {
            for step in &plan.steps {
                match step.action {
                    StepAction::Quarantine => self.steps_quarantine += 1,
                    _ => self.steps_restore += 1,
                }
            }
            self.not_restored = plan.not_restored.len() as u64;
        }
        for receipt in input.receipts {
            match receipt.state {
                StepState::Done | StepState::AlreadyRight => self.receipts_done += 1,
                StepState::Refused { .. } | StepState::Failed { .. } => self.receipts_failed += 1,
                StepState::Undone => {}
            }
        }
        self.verified = input.verdicts.iter().filter(|verdict| verdict.verified).count() as u64;
        self.not_verified = input.verdicts.len() as u64 - self.verified;
    }
}

/// Whether any check has looked at the evidence: without that, no incident means nothing.
pub(crate) fn is_examined(input: &ReportInput<'_>) -> bool {
    !input.detection.answers.is_empty() || !input.detection.findings.is_empty() || !input.incidents.is_empty()
}

/// The exposed objects that are secrets, over all incidents, each once.
pub(crate) fn secrets<'a>(input: &ReportInput<'a>) -> Vec<&'a ExposedObject> {
    let mut seen = BTreeSet::new();
    let exposed = input.scopes.iter().flat_map(|scope| &scope.exposed);
    exposed.filter(|it| it.kind == ExposedKind::Secret && seen.insert(&it.object.id)).collect()
}

/// All touched objects, over all incidents, each once.
pub(crate) fn touched<'a>(input: &ReportInput<'a>) -> Vec<&'a TouchedObject> {
    let mut seen = BTreeSet::new();
    input.scopes.iter().flat_map(|scope| &scope.touched).filter(|it| seen.insert(&it.object.id)).collect()
}

/// The findings by their identity.
pub(crate) fn findings_by_id<'a>(input: &ReportInput<'a>) -> BTreeMap<&'a str, &'a Finding> {
    input.detection.findings.iter().map(|finding| (finding.id.as_str(), finding)).collect()
}

/// The name under which people know the object: its host path, else its first recorded one, else its identity.
pub(crate) fn object_name(object: &ObjectRef) -> String {
    match (&object.host_path, object.recorded_paths.first()) {
        (Some(resolution), _) => resolution.path.to_string(),
        (None, Some(recorded)) => recorded.to_string(),
        (None, None) => object.id.to_string(),
    }
}
