//! Tells an incident in order: entry, crossings, what was left behind, traces removed.

use std::collections::BTreeMap;

use model::{Crossing, CrossingOutcome, Finding, Incident, StoryPart, StoryStep, Subject, Timestamp};

use crate::groups::Group;

/// Checks that tell of something left behind which acts again later.
const PERSISTENCE: &[&str] = &[
    "cron_write",
    "authorized_keys_write",
    "systemd_unit_write",
    "static_pod_write",
    "preload_write",
    "account_write",
    "startup_write",
    "module_file_write",
    "suid_set",
    "role_binding_created",
];

/// Checks that tell of traces removed.
const COVER_UP: &[&str] = &[
    "audit_tampering",
    "clock_stepped",
    "history_removed",
    "log_removed",
    "timestamps_changed",
    "journal_vacuumed",
    "cover_up_commands",
    "recorder_stopped",
    "serial_hole",
    "api_events_deleted",
];

/// Makes the incident of one group of findings.
pub(crate) fn incident(
    group: &Group,
    findings: &[Finding],
    subjects: Vec<Subject>,
    last_act: Option<Timestamp>,
) -> Incident {
    let own: Vec<&Finding> = group.findings.iter().map(|&at| &findings[at]).collect();
    let crossing: Vec<&Finding> = own.iter().copied().filter(|finding| finding.crossing.is_some()).collect();
    let first = crossing.iter().min_by_key(|finding| (finding.time, &finding.id));
    let time = first.map_or(Timestamp::default(), |finding| finding.time);
    let outcome = crossing.iter().filter_map(|finding| finding.crossing).max().unwrap_or(CrossingOutcome::Attempted);
    let last = own.iter().map(|finding| finding.last).chain(last_act).max().unwrap_or(time);
    Incident {
        id: format!(
            "incident-{}",
            first.and_then(|finding| finding.events.first()).map_or(String::new(), ToString::to_string)
        ),
        host: own.iter().find_map(|finding| finding.host.clone()),
        container: crossing.iter().find_map(|finding| finding.container.clone()),
        first: time,
        last,
        outcome,
        crossings: crossings(&crossing),
        story: story(&own, &subjects),
        subjects,
        findings: own.iter().map(|finding| finding.id.clone()).collect(),
    }
}

fn crossings(findings: &[&Finding]) -> Vec<Crossing> {
    let mut by_check: BTreeMap<&str, Crossing> = BTreeMap::new();
    for finding in findings {
        let outcome = finding.crossing.unwrap_or(CrossingOutcome::Attempted);
        let crossing = by_check.entry(&finding.check).or_insert_with(|| Crossing {
            technique: finding.check.clone(),
            attack: finding.attack.clone(),
            outcome,
            time: finding.time,
            findings: Vec::new(),
        });
        crossing.outcome = crossing.outcome.max(outcome);
        crossing.time = crossing.time.min(finding.time);
        crossing.findings.push(finding.id.clone());
    }
    let mut crossings: Vec<Crossing> = by_check.into_values().collect();
    crossings.sort_by(|a, b| (a.time, &a.technique).cmp(&(b.time, &b.technique)));
    crossings
}

fn story(findings: &[&Finding], subjects: &[Subject]) -> Vec<StoryStep> {
    let mut steps = Vec::new();
    if let (Some(first), Some(container)) = (subjects.first(), findings.iter().find_map(|f| f.container.as_ref())) {
        let mut facts = BTreeMap::from([("container".to_string(), container.id.clone())]);
        if let Some(comm) = &first.comm {
            facts.insert("process".to_string(), comm.to_text());
        }
        steps.push(StoryStep {
            part: StoryPart::Entry,
            time: first.since,
            text: "container_first_seen".to_string(),
            facts,
            events: vec![first.event],
        });
    }
    for finding in findings {
        let part = if PERSISTENCE.contains(&finding.check.as_str()) {
            StoryPart::Persistence
        } else if COVER_UP.contains(&finding.check.as_str()) {
            StoryPart::CoverUp
        } else if finding.crossing.is_some() {
            StoryPart::Crossing
        } else {
            StoryPart::Action
        };
        steps.push(StoryStep {
            part,
            time: finding.time,
            text: finding.check.clone(),
            facts: finding.facts.clone(),
            events: finding.events.clone(),
        });
    }
    steps.sort_by(|a, b| (a.time, a.part, &a.text).cmp(&(b.time, b.part, &b.text)));
    steps
}
