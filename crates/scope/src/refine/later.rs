//! What others did to the objects that are newly named: later changes must not be lost, and what was
//! gone before the incident was not touched by it.

use std::collections::{BTreeMap, BTreeSet};

use detect::signs;
use model::{
    Action, Answer, Event, EventId, Incident, Object, ObjectId, Outcome, ProcessKey, Role, Timestamp, TouchedObject,
};

use super::Because;
use crate::touched::path_identity;

/// Most acts of others that are kept per object.
const ACTS_MAX: usize = 1_000;

/// Most later events of others that are listed per object.
const LATER_MAX: usize = 100;

/// Acts of others on the objects of interest.
pub(super) struct Later {
    subjects: BTreeMap<ProcessKey, (Timestamp, bool)>,
    acts: BTreeMap<ObjectId, Vec<Act>>,
}

struct Act {
    time: Timestamp,
    event: EventId,
    /// What it did to the name: `Some(true)` gave it, `Some(false)` took it away.
    name: Option<bool>,
}

impl Later {
    pub(super) fn new(incidents: &[Incident], objects: BTreeSet<ObjectId>) -> Self {
        let subjects = incidents.iter().flat_map(|incident| &incident.subjects);
        Self {
            subjects: subjects
                .map(|subject| (subject.process.clone(), (subject.since, subject.reason == "container")))
                .collect(),
            acts: objects.into_iter().map(|id| (id, Vec::new())).collect(),
        }
    }

    pub(super) fn push(&mut self, event: &Event) {
        let subject = event.process.as_ref().and_then(|process| self.subjects.get(process));
        let is_hostile =
            subject.is_some_and(|(since, inside)| event.time >= *since && (!inside || event.container.is_some()));
        if is_hostile || matches!(event.outcome, Outcome::Failed { .. }) {
            return;
        }
        for object in signs::changed_objects(event) {
            let Some(path) = object.resolved.as_ref().map(|resolved| &resolved.path) else { continue };
            let Some(acts) = self.acts.get_mut(&path_identity(event.host.as_ref(), path)) else { continue };
            if acts.len() < ACTS_MAX {
                acts.push(Act { time: event.time, event: event.id, name: on_name(event, object) });
            }
        }
    }

    /// Adds later acts, and takes away what no longer belonged to the object when the incident began.
    pub(super) fn apply(
        &self,
        objects: &mut BTreeMap<ObjectId, TouchedObject>,
        added: &BTreeMap<ObjectId, (Because, Timestamp)>,
    ) {
        let gone: Vec<ObjectId> = objects
            .values()
            .filter(|object| added.get(&object.object.id).is_some_and(|added| !self.was_there(object, *added)))
            .map(|object| object.object.id.clone())
            .collect();
        for id in gone {
            // What was not there could not be moved either.
            let to = objects.remove(&id).and_then(|object| object.renamed_to);
            if let Some(to) = to.filter(|to| added.contains_key(to)) {
                objects.remove(&to);
            }
        }
        for (id, acts) in &self.acts {
            let Some(object) = objects.get_mut(id) else { continue };
            for act in acts.iter().filter(|act| act.time >= object.first_act) {
                if !object.later_benign.contains(&act.event) && object.later_benign.len() < LATER_MAX {
                    object.later_benign.push(act.event);
                }
                if act.time >= object.last_act {
                    object.exists_after = if act.name == Some(false) { Answer::No } else { Answer::Yes };
                }
            }
            object.later_benign.sort_unstable();
        }
    }
}

impl Later {
    /// Whether an object that only a backup knows was still what the backup says when the first act came.
    fn was_there(&self, object: &TouchedObject, (because, since): (Because, Timestamp)) -> bool {
        let acts = self.acts.get(&object.object.id).into_iter().flatten();
        let mut before = acts.filter(|act| act.time >= since && act.time < object.first_act);
        match because {
            // Whoever gives or takes a name breaks its link.
            Because::OtherName => before.all(|act| act.name.is_none()),
            Because::Inside => before.filter_map(|act| act.name).next_back().unwrap_or(true),
        }
    }
}

fn on_name(event: &Event, object: &Object) -> Option<bool> {
    match event.action {
        Action::FileDelete | Action::DirectoryDelete => Some(false),
        Action::FileRename => Some(object.role != Role::Source),
        Action::FileCreate | Action::FileLink | Action::FileSymlink | Action::DirectoryCreate => Some(true),
        _ if object.created => Some(true),
        _ => None,
    }
}
