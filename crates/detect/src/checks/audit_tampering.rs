//! A container's process changes the recorder itself: audit rules, the audit daemon, its log.

use model::{Action, Event, Finding};

use crate::{Check, Need, grouped::Grouped, signs};

const NAME: &str = "audit_tampering";

/// Catalogue row 46, as far as the audit system is concerned.
#[derive(Default)]
pub(super) struct AuditTampering {
    by_container: Grouped<String>,
}

impl Check for AuditTampering {
    fn name(&self) -> &'static str {
        NAME
    }

    fn needs(&self) -> &'static [Need] {
        &[
            Need::AnyOf(&[Action::AuditConfig, Action::FileDelete, Action::FileTruncate, Action::FileWrite]),
            Need::Containers,
        ]
    }

    fn on(&mut self, event: &Event) {
        let Some(container) = &event.container else { return };
        let log = signs::host_changes(event)
            .find_map(|object| signs::judged_path(object).filter(|path| is_recorder_file(path)).cloned());
        if event.action != Action::AuditConfig && log.is_none() {
            return;
        }
        let confidence = signs::confidence(event, None);
        let mut group = self.by_container.of(container.id.clone(), || {
            let mut finding = signs::finding(NAME, &["T1562.012", "T1070.002"], event, None);
            if let Some(path) = log {
                finding.facts.insert("path".to_string(), path.to_text());
            }
            finding
        });
        group.cite(event, confidence);
    }

    fn findings(&self) -> Vec<Finding> {
        self.by_container.findings()
    }
}

/// Whether the path is of the audit system or of the journal.
pub(super) fn is_recorder_file(path: &model::Bytes) -> bool {
    let text = path.to_text();
    text.contains("/var/log/audit/") || text.contains("/etc/audit/") || text.contains("/var/log/journal/")
}
