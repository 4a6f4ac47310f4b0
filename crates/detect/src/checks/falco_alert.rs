//! Falco concluded something: its alert is evidence under Falco's own rule name.
//!
//! Rules repeat themselves by the thousand: alerts of one rule about one container are one finding, which counts them
//! and keeps the facts that all of them share.

use model::{Action, CrossingOutcome, Event, Finding};

use crate::{Check, Need, grouped::Grouped, signs};

const NAME: &str = "falco_alert";

/// Words in upstream rule names and tags that speak of the boundary between container and host.
const BOUNDARY_WORDS: &[&str] = &[
    "t1611",
    "escape",
    "release_agent",
    "namespace",
    "core_pattern",
    "nsenter",
    "host",
    "debugfs",
    "privileged",
    "docker.sock",
    "mount",
];

/// Facts of one alert that another one of the rule need not share.
const OF_ONE_ALERT: &[&str] = &["path", "process", "user"];

/// What alerts of one finding have in common.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    host: Option<String>,
    /// The container; of what happened in none, the user, by whom incidents are put together then.
    whose: (Option<String>, Option<String>),
    /// Rule and tags in lower case: what is concluded from the alert.
    words: String,
}

/// Other systems' alerts.
#[derive(Default)]
pub(super) struct FalcoAlert {
    by_key: Grouped<Key>,
}

impl Check for FalcoAlert {
    fn name(&self) -> &'static str {
        NAME
    }

    fn needs(&self) -> &'static [Need] {
        &[Need::AnyOf(&[Action::AlertRaised, Action::AuditLost])]
    }

    fn on(&mut self, event: &Event) {
        if event.action != Action::AlertRaised || event.format != "falco" {
            return;
        }
        let rule = event.fact("rule").unwrap_or_default();
        let words = format!("{rule} {}", event.fact("tags").unwrap_or_default()).to_lowercase();
        let boundary = event.container.is_some() && BOUNDARY_WORDS.iter().any(|word| words.contains(word));
        let confidence = if boundary { 60 } else { 40 };
        let mut alert = signs::finding(NAME, &attack_ids(&words), event, boundary.then_some(CrossingOutcome::Unknown));
        alert.confidence = confidence;
        alert.facts.insert("rule".to_string(), rule.to_string());
        let object = event.objects.iter().find_map(|object| signs::judged_path(object));
        if let Some(path) = object {
            alert.facts.insert("path".to_string(), path.to_text());
        }
        alert.missing.push("raw_events".to_string());
        let container = event.container.as_ref().map(|container| container.id.clone());
        let user = event.actor.user.clone().filter(|_| container.is_none());
        let key = Key { host: event.host.clone(), whose: (container, user), words };
        let mut group = self.by_key.of(key, || alert.clone());
        keep_common(group.finding, &alert);
        group.cite(event, confidence);
    }

    fn findings(&self) -> Vec<Finding> {
        self.by_key.findings()
    }
}

/// Takes out of the finding what this alert does not share, and takes in what stays unsure.
fn keep_common(finding: &mut Finding, alert: &Finding) {
    for name in OF_ONE_ALERT {
        if finding.facts.get(*name) == alert.facts.get(*name) {
            continue;
        }
        if finding.facts.remove(*name).is_some() && *name == "process" {
            finding.facts.insert("processes".to_string(), "several".to_string());
        }
    }
    if finding.subject != alert.subject {
        finding.subject = None;
    }
    let news: Vec<String> = alert.missing.iter().filter(|it| !finding.missing.contains(it)).cloned().collect();
    finding.missing.extend(news);
}

/// ATT&CK ids among lower-case words: `t1611`, `t1053.003`.
fn attack_ids(words: &str) -> Vec<&str> {
    const KNOWN: &[(&str, &str)] = &[
        ("t1611", "T1611"),
        ("t1610", "T1610"),
        ("t1053.003", "T1053.003"),
        ("t1098.004", "T1098.004"),
        ("t1543", "T1543"),
        ("t1552", "T1552"),
        ("t1059", "T1059"),
        ("t1070", "T1070"),
        ("t1068", "T1068"),
    ];
    KNOWN.iter().filter(|(word, _)| words.contains(word)).map(|(_, id)| *id).collect()
}
