//! Which processes are hostile, and since when.

use std::collections::{BTreeMap, BTreeSet};

use detect::signs;
use model::{Action, Certainty, Device, Event, EventId, Finding, Outcome, ProcessKey, Role, Subject, Timestamp};

use crate::groups::Groups;

/// Programs that run the file named by their first argument.
const INTERPRETERS: &[&str] =
    &["sh", "bash", "dash", "ash", "busybox", "zsh", "ksh", "python3", "python", "perl", "ruby"];

/// Most objects whose later execution is watched for; a flood beyond it makes no new subjects.
const WATCHED_MAX: usize = 100_000;

/// Hostile processes by incident.
pub(crate) struct Subjects {
    containers: BTreeMap<(Option<String>, String), usize>,
    helpers: BTreeMap<EventId, usize>,
    by_process: BTreeMap<ProcessKey, (usize, Subject)>,
    written: BTreeMap<(Option<String>, Device, u64), usize>,
    written_paths: BTreeMap<(Option<String>, Vec<u8>), usize>,
    last: BTreeMap<usize, Timestamp>,
}

impl Subjects {
    pub(crate) fn new(groups: &Groups, findings: &[Finding]) -> Self {
        let mut containers = BTreeMap::new();
        let mut helpers = BTreeMap::new();
        for group in groups.iter() {
            for finding in group.findings.iter().map(|&at| &findings[at]) {
                if let Some(container) = &finding.container {
                    let known = groups.of_container(finding.host.as_ref(), &container.id);
                    containers.insert((finding.host.clone(), container.id.clone()), known.unwrap_or(group.index));
                }
                if finding.check == "kernel_started_helper" {
                    helpers.insert(finding.events[0], group.index);
                }
            }
        }
        Self {
            containers,
            helpers,
            by_process: BTreeMap::new(),
            written: BTreeMap::new(),
            written_paths: BTreeMap::new(),
            last: BTreeMap::new(),
        }
    }

    /// Follows one event: its actor may become a subject, and what it writes is remembered.
    pub(crate) fn follow(&mut self, event: &Event) {
        let Some(process) = &event.process else { return };
        if !self.by_process.contains_key(process) || event.action == Action::ProcessExec {
            self.judge(event, process);
        }
        let Some((index, _)) = self.by_process.get(process) else { return };
        let index = *index;
        let mut acted = signs::crossing_of(event.outcome) == model::CrossingOutcome::Succeeded
            && event.action == Action::ProcessExec;
        for object in signs::changed_objects(event) {
            if object.domain != Some(model::Domain::Host) || matches!(event.outcome, Outcome::Failed { .. }) {
                continue;
            }
            acted = true;
            if self.written.len() >= WATCHED_MAX {
                continue;
            }
            if let Some((device, inode)) = object.device.zip(object.inode) {
                self.written.insert((event.host.clone(), device, inode), index);
            }
            if let Some(resolved) = &object.resolved {
                self.written_paths.insert((event.host.clone(), resolved.path.as_bytes().to_vec()), index);
            }
        }
        if acted {
            self.last.insert(index, event.time);
        }
    }

    fn judge(&mut self, event: &Event, process: &ProcessKey) {
        if self.by_process.contains_key(process) {
            return;
        }
        let container = event.container.as_ref().map(|container| (event.host.clone(), container.id.clone()));
        let by_container = container.and_then(|key| self.containers.get(&key)).copied();
        let by_parent = event.parent.as_ref().and_then(|parent| self.by_process.get(parent)).map(|(index, _)| *index);
        let found = if let Some(index) = by_container {
            Some((index, "container", Certainty::Inferred))
        } else if let Some(&index) = self.helpers.get(&event.id) {
            Some((index, "kernel_helper", Certainty::Observed))
        } else if let Some(index) = by_parent {
            Some((index, "descendant", Certainty::Observed))
        } else {
            self.runs_written(event).map(|index| (index, "runs_written_program", Certainty::Inferred))
        };
        let Some((index, reason, certainty)) = found else { return };
        let subject = Subject {
            process: process.clone(),
            parent: event.parent.clone(),
            comm: event.actor.comm.clone(),
            argv: event.actor.argv.clone(),
            since: event.time,
            reason: reason.to_string(),
            certainty,
            event: event.id,
        };
        self.by_process.insert(process.clone(), (index, subject));
    }

    /// Whether the event starts a program, or a script through its interpreter, that a subject wrote.
    fn runs_written(&self, event: &Event) -> Option<usize> {
        if event.action != Action::ProcessExec || matches!(event.outcome, Outcome::Failed { .. }) {
            return None;
        }
        let by_inode = event.object(Role::Target).and_then(|program| {
            let (device, inode) = program.device.zip(program.inode)?;
            self.written.get(&(event.host.clone(), device, inode)).copied()
        });
        if by_inode.is_some() {
            return by_inode;
        }
        let program = event.actor.argv.first()?;
        let name = String::from_utf8_lossy(program.file_name()).into_owned();
        let script = event.actor.argv.get(1).filter(|_| INTERPRETERS.contains(&name.as_str()))?;
        self.written_paths.get(&(event.host.clone(), script.as_bytes().to_vec())).copied()
    }

    /// The subjects of an incident, in order of appearance.
    pub(crate) fn of(&self, index: usize) -> Vec<Subject> {
        let mut subjects: Vec<Subject> =
            self.by_process.values().filter(|(of, _)| *of == index).map(|(_, subject)| subject.clone()).collect();
        subjects.sort_by(|a, b| (a.since, &a.process).cmp(&(b.since, &b.process)));
        let mut seen = BTreeSet::new();
        subjects.retain(|subject| seen.insert(subject.process.clone()));
        subjects
    }

    /// Time of the last hostile change that was seen.
    pub(crate) fn last_act(&self, index: usize) -> Option<Timestamp> {
        self.last.get(&index).copied()
    }
}
