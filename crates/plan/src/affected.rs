//! The affected objects of all incidents, each once.

use std::collections::BTreeMap;

use model::{Answer, Device, EventId, ObjectId, ObjectRef, Operation, OperationKind, Scope, Timestamp, TouchedObject};

/// One affected object, joined from all scopes that name it.
pub(crate) struct Affected {
    pub(crate) object: ObjectRef,
    pub(crate) class: Class,
    /// By time, then event.
    pub(crate) operations: Vec<Operation>,
    /// As of the earliest act.
    pub(crate) existed_before: Answer,
    /// As of the latest act.
    pub(crate) exists_after: Answer,
    pub(crate) renamed_to: Option<ObjectId>,
    pub(crate) renamed_from: Option<ObjectId>,
    pub(crate) first_act: Timestamp,
    last_act: Timestamp,
    pub(crate) later_benign: Vec<EventId>,
    /// Writes through another name of the same inode (hard link).
    pub(crate) changed_through: Vec<EventId>,
}

/// In which list of the scope it stands; of several, the greatest counts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Class {
    Transient,
    Touched,
    Setting,
}

impl Affected {
    pub(crate) fn has(&self, kinds: &[OperationKind]) -> bool {
        self.operations.iter().any(|operation| kinds.contains(&operation.kind))
    }

    /// Whether only its metadata can differ: no act, by this or another name, could change content or name.
    pub(crate) fn only_metadata(&self) -> bool {
        const HARMLESS: [OperationKind; 2] = [OperationKind::Metadata, OperationKind::Linked];
        self.changed_through.is_empty() && self.operations.iter().all(|operation| HARMLESS.contains(&operation.kind))
    }

    /// The events that show why, sorted.
    pub(crate) fn events(&self) -> Vec<EventId> {
        let mut events: Vec<EventId> = self.operations.iter().map(|operation| operation.event).collect();
        events.extend(&self.changed_through);
        events.sort_unstable();
        events.dedup();
        events
    }
}

/// Joins the scopes and carries writes over hard links.
pub(crate) fn merge(scopes: &[Scope]) -> BTreeMap<ObjectId, Affected> {
    let mut all: Vec<(Class, &TouchedObject)> = Vec::new();
    for scope in scopes {
        all.extend(scope.touched.iter().map(|object| (Class::Touched, object)));
        all.extend(scope.transient.iter().map(|object| (Class::Transient, object)));
        all.extend(scope.settings.iter().map(|object| (Class::Setting, object)));
    }
    // Sorted, so that the result does not depend on the order of the scopes.
    all.sort_by_key(|(class, object)| (object.first_act, object.last_act, *class));
    let mut objects: BTreeMap<ObjectId, Affected> = BTreeMap::new();
    for (class, touched) in all {
        match objects.get_mut(&touched.object.id) {
            Some(known) => join(known, class, touched),
            None => {
                objects.insert(touched.object.id.clone(), first(class, touched));
            }
        }
    }
    for object in objects.values_mut() {
        object.operations.sort_by_key(|operation| (operation.time, operation.event, operation.kind));
        object.operations.dedup();
        object.later_benign.sort_unstable();
        object.later_benign.dedup();
    }
    carry_over_hard_links(&mut objects);
    objects
}

fn first(class: Class, touched: &TouchedObject) -> Affected {
    Affected {
        object: touched.object.clone(),
        class,
        operations: touched.operations.clone(),
        existed_before: touched.existed_before.clone(),
        exists_after: touched.exists_after.clone(),
        renamed_to: touched.renamed_to.clone(),
        renamed_from: touched.renamed_from.clone(),
        first_act: touched.first_act,
        last_act: touched.last_act,
        later_benign: touched.later_benign.clone(),
        changed_through: Vec::new(),
    }
}

/// `touched` has no earlier first act than `known`, because the caller sorts by it.
fn join(known: &mut Affected, class: Class, touched: &TouchedObject) {
    known.class = known.class.max(class);
    known.operations.extend(touched.operations.iter().cloned());
    known.later_benign.extend(&touched.later_benign);
    if touched.last_act >= known.last_act {
        known.last_act = touched.last_act;
        known.exists_after = touched.exists_after.clone();
        known.renamed_to = touched.renamed_to.clone().or(known.renamed_to.take());
    }
    if touched.first_act == known.first_act && matches!(known.existed_before, Answer::CannotTell { .. }) {
        known.existed_before = touched.existed_before.clone();
    }
    known.renamed_from = known.renamed_from.take().or_else(|| touched.renamed_from.clone());
    if known.object.host_path.is_none() {
        known.object.host_path = touched.object.host_path.clone();
    }
}

/// A write through one name of an inode changes what every other name of it shows, and so does a
/// later legitimate one. An inode number that was freed and used again joins strangers; the price is
/// that the other's content counts as possibly changed, and restoring it finds it already right.
fn carry_over_hard_links(objects: &mut BTreeMap<ObjectId, Affected>) {
    type Inode = (Option<String>, Device, u64);
    let mut names: BTreeMap<Inode, Vec<ObjectId>> = BTreeMap::new();
    for (id, affected) in objects.iter() {
        if let (Some(device), Some(inode)) = (affected.object.device, affected.object.inode) {
            names.entry((affected.object.host.clone(), device, inode)).or_default().push(id.clone());
        }
    }
    for ids in names.values().filter(|ids| ids.len() > 1) {
        let (mut writes, mut benign) = (Vec::new(), Vec::new());
        for affected in ids.iter().filter_map(|id| objects.get(id)) {
            let written = |operation: &&Operation| {
                matches!(operation.kind, OperationKind::Overwritten | OperationKind::Truncated)
            };
            writes.extend(affected.operations.iter().filter(written).map(|operation| operation.event));
            if affected.exists_after != Answer::No {
                benign.extend(affected.later_benign.iter().copied());
            }
        }
        writes.sort_unstable();
        writes.dedup();
        benign.sort_unstable();
        benign.dedup();
        for id in ids {
            let Some(affected) = objects.get_mut(id) else { continue };
            affected.changed_through.clone_from(&writes);
            if affected.exists_after != Answer::No {
                affected.later_benign.clone_from(&benign);
            }
        }
    }
}
