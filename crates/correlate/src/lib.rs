//! Joins findings into incidents and follows hostile processes.
//!
//! A fold over the labelled events, given what the detectors found. A process is a *subject* (its
//! acts are hostile) when it belongs to a container that crossed its boundary, descends from a
//! subject, was started by the kernel on a container's behalf, or runs a program that a subject
//! wrote. Each subject carries the event that made it one.

mod groups;
mod story;
mod subjects;

use model::{Detection, Event, Incident};

use groups::Groups;
use subjects::Subjects;

/// Most subjects that one incident lists; the scope follows all of them.
const SUBJECTS_MAX: usize = 10_000;

/// Builds incidents from a detection and the events it was made of.
pub struct Correlator {
    groups: Groups,
    subjects: Subjects,
    detection: Detection,
}

impl Correlator {
    /// A correlator of these findings.
    pub fn new(detection: &Detection) -> Self {
        let groups = Groups::new(&detection.findings);
        let subjects = Subjects::new(&groups, &detection.findings);
        Self { groups, subjects, detection: detection.clone() }
    }

    /// Whether there can be no incident, whatever the events are.
    pub fn is_idle(&self) -> bool {
        self.groups.iter().next().is_none()
    }

    /// Follows the next event, in [`Event::order`].
    pub fn push(&mut self, event: &Event) {
        self.subjects.follow(event);
    }

    /// The incidents, in the order of their first hostile acts. Empty when nothing crossed a boundary.
    pub fn incidents(&self) -> Vec<Incident> {
        let mut incidents: Vec<Incident> = self
            .groups
            .iter()
            .map(|group| {
                let mut subjects = self.subjects.of(group.index);
                subjects.truncate(SUBJECTS_MAX);
                story::incident(group, &self.detection.findings, subjects, self.subjects.last_act(group.index))
            })
            .collect();
        incidents.sort_by(|a, b| (a.first, &a.id).cmp(&(b.first, &b.id)));
        incidents
    }
}
