//! Falco concluded something: its alert is evidence under Falco's own rule name.

use model::{Action, CrossingOutcome, Event, Finding};

use crate::{Check, Need, signs};

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

/// Other systems' alerts.
#[derive(Default)]
pub(super) struct FalcoAlert {
    findings: Vec<Finding>,
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
        let mut finding =
            signs::finding(NAME, &attack_ids(&words), event, boundary.then_some(CrossingOutcome::Unknown));
        finding.confidence = if boundary { 60 } else { 40 };
        finding.facts.insert("rule".to_string(), rule.to_string());
        let object = event.objects.iter().find_map(|object| signs::judged_path(object));
        if let Some(path) = object {
            finding.facts.insert("path".to_string(), path.to_text());
        }
        finding.missing.push("raw_events".to_string());
        self.findings.push(finding);
    }

    fn findings(&self) -> Vec<Finding> {
        self.findings.clone()
    }
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
