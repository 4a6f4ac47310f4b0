//! What lay in a directory that was moved or removed went with it, though the log names only the directory.

use std::collections::{BTreeMap, BTreeSet};

use model::{
    Answer, Bytes, Certainty, ObjectId, ObjectKind, ObjectRef, Operation, OperationKind, Resolution, TouchedObject,
};

use super::{Because, Contents, Refiner, Tree, identity, kind_of, merge, short};

/// How sure it is that an entry of the backup was still there.
const INSIDE: u8 = 70;

impl Refiner {
    /// Directories that were moved away or removed: their contents are needed.
    ///
    /// An object whose kind the log does not say is one when the backup says so.
    pub fn gone_directories(&self, tree: &Tree) -> BTreeSet<Bytes> {
        let mut gone = BTreeSet::new();
        for object in self.all().filter(|object| departure(object).is_some()) {
            let Some(path) = &object.object.host_path else { continue };
            let known = tree.get(&path.path).and_then(Option::as_ref).map(|known| kind_of(&known.entry));
            if object.object.kind == ObjectKind::Directory || known == Some(ObjectKind::Directory) {
                gone.insert(path.path.clone());
            }
        }
        gone
    }

    /// Adds what lay below those directories, under the old names and, after a move, under the new ones.
    pub fn take_contents(&mut self, contents: &BTreeMap<Bytes, Contents>) {
        for objects in &mut self.objects {
            let mut directories: Vec<(Operation, Bytes, TouchedObject)> = objects
                .values()
                .filter_map(|object| {
                    let path = object.object.host_path.as_ref()?.path.clone();
                    contents.contains_key(&path).then_some(())?;
                    Some((departure(object)?, path, object.clone()))
                })
                .collect();
            directories.sort_by(|one, other| (one.0.time, &one.1).cmp(&(other.0.time, &other.1)));
            for (departure, path, directory) in directories {
                let Some(below) = contents.get(&path) else { continue };
                let to = directory
                    .renamed_to
                    .as_ref()
                    .and_then(|to| objects.get(to))
                    .and_then(|to| Some(to.object.host_path.as_ref()?.path.clone()));
                let moved =
                    Moved { directory: &directory, from: &path, to, departure, snapshot: short(&below.snapshot) };
                for (entry, kind, inode) in moved.entries(below, objects) {
                    for id in moved.take(objects, &entry, kind, inode) {
                        self.added.insert(id, (Because::Inside, below.stored));
                    }
                }
            }
        }
    }
}

/// The act that took the directory away: the last one on its name.
fn departure(object: &TouchedObject) -> Option<Operation> {
    let gone = |operation: &&Operation| matches!(operation.kind, OperationKind::RenamedAway | OperationKind::Deleted);
    object.operations.iter().rev().find(gone).cloned()
}

struct Moved<'a> {
    directory: &'a TouchedObject,
    from: &'a Bytes,
    to: Option<Bytes>,
    departure: Operation,
    snapshot: &'a str,
}

impl Moved<'_> {
    /// Everything below: what the backup holds, and what hostile subjects had made there.
    fn entries(
        &self,
        below: &Contents,
        objects: &BTreeMap<ObjectId, TouchedObject>,
    ) -> Vec<(Bytes, ObjectKind, Option<u64>)> {
        let mut entries = below.entries.clone();
        for object in objects.values().filter(|object| object.first_act <= self.departure.time) {
            let Some(path) = &object.object.host_path else { continue };
            let is_below = path.path.is_within(self.from.as_bytes()) && path.path != *self.from;
            if is_below && !entries.iter().any(|(entry, ..)| *entry == path.path) {
                entries.push((path.path.clone(), object.object.kind, object.object.inode));
            }
        }
        entries.sort();
        entries
    }

    /// Lets one entry go with its directory. Returns the objects that are new.
    fn take(
        &self,
        objects: &mut BTreeMap<ObjectId, TouchedObject>,
        entry: &Bytes,
        kind: ObjectKind,
        inode: Option<u64>,
    ) -> Vec<ObjectId> {
        let host = self.directory.object.host.as_ref();
        let old = identity(host, entry);
        // Gone before its directory went: its own record says how.
        let before = |operation: &&Operation| operation.time <= self.departure.time;
        let last = objects.get(&old).and_then(|known| known.operations.iter().rfind(before));
        if last.is_some_and(|last| matches!(last.kind, OperationKind::Deleted | OperationKind::RenamedAway)) {
            return Vec::new();
        }
        let mut new = Vec::new();
        let how = format!("in {} of snapshot {}, which went as a whole", self.from, self.snapshot);
        match objects.get_mut(&old) {
            Some(known) => merge::add(known, self.departure.clone()),
            None => {
                let object = self.object(old.clone(), entry, (kind, inode), (self.departure.clone(), &how));
                objects.insert(old.clone(), object);
                new.push(old.clone());
            }
        }
        let Some(to) = &self.to else { return new };
        let rest = entry.0.get(self.from.0.len()..).unwrap_or_default();
        let path = Bytes([to.as_bytes(), rest].concat());
        let id = identity(host, &path);
        let arrival = Operation { kind: OperationKind::RenamedHere, ..self.departure.clone() };
        match objects.get_mut(&id) {
            Some(known) => {
                if known.first_act >= arrival.time {
                    known.existed_before = Answer::No;
                }
                merge::add(known, arrival);
            }
            None => {
                let mut object = self.object(id.clone(), &path, (kind, inode), (arrival, &how));
                object.existed_before = Answer::No;
                object.exists_after = Answer::Yes;
                objects.insert(id.clone(), object);
                new.push(id.clone());
            }
        }
        if let Some(known) = objects.get_mut(&id) {
            known.renamed_from.get_or_insert_with(|| old.clone());
        }
        if let Some(known) = objects.get_mut(&old) {
            known.renamed_to.get_or_insert(id);
        }
        new
    }

    fn object(
        &self,
        id: ObjectId,
        path: &Bytes,
        (kind, inode): (ObjectKind, Option<u64>),
        (operation, how): (Operation, &str),
    ) -> TouchedObject {
        let directory = &self.directory.object;
        let resolution = Resolution { path: path.clone(), confidence: INSIDE, how: how.to_string() };
        TouchedObject {
            object: ObjectRef {
                id,
                host: directory.host.clone(),
                kind,
                device: directory.device,
                inode,
                host_path: Some(resolution),
                recorded_paths: Vec::new(),
            },
            existed_before: Answer::Yes,
            exists_after: Answer::No,
            renamed_to: None,
            renamed_from: None,
            first_act: operation.time,
            last_act: operation.time,
            certainty: Certainty::Inferred,
            later_benign: Vec::new(),
            operations: vec![operation],
        }
    }
}
