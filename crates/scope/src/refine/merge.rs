//! Joins two records of one object: operations in the order of time, names of both kept.

use std::collections::BTreeMap;

use model::{Answer, ObjectId, Operation, OperationKind, TouchedObject};

/// Puts `object` under its identity, joining it with what is there.
pub(super) fn put(objects: &mut BTreeMap<ObjectId, TouchedObject>, object: TouchedObject) {
    match objects.get_mut(&object.object.id) {
        Some(known) => join(known, object),
        None => {
            objects.insert(object.object.id.clone(), object);
        }
    }
}

fn join(known: &mut TouchedObject, other: TouchedObject) {
    if other.first_act < known.first_act {
        known.existed_before = other.existed_before;
        known.object.device = other.object.device.or(known.object.device);
        known.object.inode = other.object.inode.or(known.object.inode);
    }
    if other.last_act > known.last_act {
        known.exists_after = other.exists_after;
        known.renamed_to = other.renamed_to.or(known.renamed_to.take());
    } else {
        known.renamed_to = known.renamed_to.take().or(other.renamed_to);
    }
    known.renamed_from = known.renamed_from.take().or(other.renamed_from);
    known.first_act = known.first_act.min(other.first_act);
    known.last_act = known.last_act.max(other.last_act);
    known.certainty = known.certainty.min(other.certainty);
    known.operations.extend(other.operations);
    in_order(&mut known.operations);
    known.later_benign.extend(other.later_benign);
    known.later_benign.sort_unstable();
    known.later_benign.dedup();
    for name in other.object.recorded_paths {
        if !known.object.recorded_paths.contains(&name) {
            known.object.recorded_paths.push(name);
        }
    }
    // The log's own statement of a place is the more direct one.
    let surer = |object: &TouchedObject| object.object.host_path.as_ref().map_or(0, |path| path.confidence);
    if surer(known) == 0 {
        known.object.host_path = other.object.host_path;
    }
}

/// Adds an operation and moves the object's times and its end with it.
pub(super) fn add(object: &mut TouchedObject, operation: Operation) {
    if object.operations.contains(&operation) {
        return;
    }
    if operation.time >= object.last_act {
        let gone = matches!(operation.kind, OperationKind::Deleted | OperationKind::RenamedAway);
        object.exists_after = if gone { Answer::No } else { Answer::Yes };
    }
    object.first_act = object.first_act.min(operation.time);
    object.last_act = object.last_act.max(operation.time);
    object.operations.push(operation);
    in_order(&mut object.operations);
}

fn in_order(operations: &mut Vec<Operation>) {
    // Stable, so that several operations of one event keep their order.
    operations.sort_by_key(|operation| (operation.time, operation.event));
    operations.dedup();
}
