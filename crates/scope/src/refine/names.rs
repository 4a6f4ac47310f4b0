//! Further names of changed files: a write through one hard link changes what all of them show.

use std::collections::BTreeMap;

use model::{
    Answer, Bytes, Certainty, Device, ObjectId, ObjectRef, Operation, OperationKind, Resolution, TouchedObject,
};

use super::{Because, Placed, Refiner, Tree, identity, merge, short};

/// How sure it is that a name of the backup still belonged to the file when it was changed.
const OTHER_NAME: u8 = 70;

impl Refiner {
    /// Files that were changed in place and had several names when they were backed up: their inodes.
    pub fn files_with_names(&self, tree: &Tree) -> BTreeMap<ObjectId, (Device, u64)> {
        let mut files = BTreeMap::new();
        for object in self.all() {
            let known = object.object.host_path.as_ref().and_then(|path| tree.get(&path.path)).and_then(Option::as_ref);
            let Some(known) = known.filter(|known| known.links.is_some_and(|links| links > 1)) else { continue };
            // Another inode under the name: it was replaced since the backup, and with it the link broken.
            let same = known.inode.is_some() && object.object.inode.is_none_or(|inode| Some(inode) == known.inode);
            if let (true, Some(device), Some(inode)) = (same, object.object.device, known.inode)
                && !in_place(object).is_empty()
            {
                files.insert(object.object.id.clone(), (device, inode));
            }
        }
        files
    }

    /// Adds the further names that `placed` gives, as touched by the same acts.
    pub fn other_names(&mut self, files: &BTreeMap<ObjectId, (Device, u64)>, placed: &BTreeMap<(Device, u64), Placed>) {
        for objects in &mut self.objects {
            for (id, inode) in files {
                let (Some(changed), Some(placed)) = (objects.get(id).cloned(), placed.get(inode)) else { continue };
                let Some(own) = changed.object.host_path.as_ref().map(|path| path.path.clone()) else { continue };
                for name in placed.paths.iter().filter(|name| **name != own) {
                    let other = other_name(&changed, &own, name, &placed.snapshot);
                    let to = other.object.id.clone();
                    if let Some(known) = objects.get_mut(&to) {
                        // By this name it may have been written too; what it was itself stays as it is recorded.
                        if known.object.inode.is_none_or(|known| Some(known) == changed.object.inode) {
                            other.operations.into_iter().for_each(|operation| merge::add(known, operation));
                        }
                        continue;
                    }
                    self.added.insert(to, (Because::OtherName, placed.stored));
                    merge::put(objects, other);
                }
            }
        }
    }
}

/// The acts on the file itself before its name was moved or given to another one.
fn in_place(object: &TouchedObject) -> Vec<Operation> {
    use OperationKind::{Metadata, Overwritten, Truncated};
    let until = object.operations.iter().take_while(|it| matches!(it.kind, Metadata | Overwritten | Truncated));
    until.cloned().collect()
}

fn other_name(changed: &TouchedObject, own: &Bytes, name: &Bytes, snapshot: &str) -> TouchedObject {
    let operations = in_place(changed);
    let first_act = operations.first().map_or(changed.first_act, |first| first.time);
    let last_act = operations.last().map_or(first_act, |last| last.time);
    let how = format!("hard link of {own} in snapshot {}", short(snapshot));
    TouchedObject {
        object: ObjectRef {
            id: identity(changed.object.host.as_ref(), name),
            host: changed.object.host.clone(),
            kind: changed.object.kind,
            device: changed.object.device,
            inode: changed.object.inode,
            host_path: Some(Resolution { path: name.clone(), confidence: OTHER_NAME, how }),
            recorded_paths: Vec::new(),
        },
        operations,
        existed_before: Answer::Yes,
        exists_after: Answer::Yes,
        renamed_to: None,
        renamed_from: None,
        first_act,
        last_act,
        certainty: Certainty::Inferred,
        later_benign: Vec::new(),
    }
}
