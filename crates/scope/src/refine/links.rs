//! Objects whose place the log leaves open: inodes without a path, and paths through symbolic links.

use std::collections::{BTreeMap, BTreeSet};

use model::{Bytes, Device, EntryKind, ObjectId, ObjectKind, OperationKind, Resolution, Timestamp, TouchedObject};

use super::{LINKS_MAX, Placed, Refiner, Tree, identity, merge, short};

/// How sure a path is that goes through links of a backup.
const THROUGH_LINK: u8 = 90;

/// The same when the inode that was changed is not the one that was backed up there.
const THROUGH_LINK_OTHER_INODE: u8 = 70;

/// How sure the place of an inode is: numbers are used again after a deletion.
const BY_INODE: u8 = 60;

impl Refiner {
    /// Gives objects of which only device and inode are known the path at which a backup holds that
    /// inode, when it is one path.
    pub fn place_inodes(&mut self, placed: &BTreeMap<(Device, u64), Placed>) {
        self.replace(|object| {
            if object.object.host_path.is_some() {
                return None;
            }
            let inode = object.object.device.zip(object.object.inode)?;
            let placed = placed.get(&inode)?;
            let [path] = placed.paths.as_slice() else { return None };
            let how = format!("the same inode in snapshot {}", short(&placed.snapshot));
            Some(Resolution { path: path.clone(), confidence: BY_INODE, how })
        });
    }

    /// Paths whose answers [`Refiner::follow_links`] needs and `tree` does not hold yet. Ask, add, and
    /// ask again until it is empty: a link leads to further paths.
    pub fn unknown_paths(&self, tree: &Tree) -> BTreeSet<Bytes> {
        let mut asked = BTreeSet::new();
        for objects in &self.objects {
            let renames = renamed_names(objects);
            for object in objects.values() {
                if let Some(walk) = walk(object, tree, &renames) {
                    asked.extend(walk.unknown);
                }
            }
        }
        asked
    }

    /// Gives objects that were reached through symbolic links their canonical path, and joins each with
    /// the object that stands there. Links that a hostile subject may have replaced are not followed.
    pub fn follow_links(&mut self, tree: &Tree) {
        let renames: Vec<_> = self.objects.iter().map(renamed_names).collect();
        for (index, renames) in renames.iter().enumerate() {
            self.replace_in(index, |object| {
                let before = object.object.host_path.as_ref()?;
                let walk = walk(object, tree, renames)?;
                let (link, target, snapshot) = walk.through.first()?;
                let backed_up = tree.get(&walk.path).and_then(Option::as_ref).and_then(|known| known.inode);
                let is_other = backed_up.zip(object.object.inode).is_some_and(|(one, other)| one != other);
                let confidence = if is_other { THROUGH_LINK_OTHER_INODE } else { THROUGH_LINK };
                let how = format!("{}; through the symbolic link {link} → {target} of snapshot {snapshot}", before.how);
                Some(Resolution { path: walk.path, confidence: confidence.min(before.confidence), how })
            });
        }
    }

    fn replace(&mut self, place: impl Fn(&TouchedObject) -> Option<Resolution>) {
        for index in 0..self.objects.len() {
            self.replace_in(index, &place);
        }
    }

    /// Moves objects of one scope to the places that `place` gives them, and every reference with them.
    fn replace_in(&mut self, index: usize, place: impl Fn(&TouchedObject) -> Option<Resolution>) {
        let mut moved: BTreeMap<ObjectId, ObjectId> = BTreeMap::new();
        let mut after: BTreeMap<ObjectId, TouchedObject> = BTreeMap::new();
        let mut placed: Vec<TouchedObject> = Vec::new();
        for (id, mut object) in std::mem::take(&mut self.objects[index]) {
            match place(&object) {
                None => {
                    after.insert(id, object);
                }
                Some(resolution) => {
                    let to = identity(object.object.host.as_ref(), &resolution.path);
                    object.object.id = to.clone();
                    object.object.host_path = Some(resolution);
                    moved.insert(id, to);
                    placed.push(object);
                }
            }
        }
        // What the log itself places comes first, so that it stays the base of a joined object.
        placed.into_iter().for_each(|object| merge::put(&mut after, object));
        let follow = |id: &mut ObjectId| {
            if let Some(to) = moved.get(id) {
                id.clone_from(to);
            }
        };
        for object in after.values_mut() {
            object.renamed_to.iter_mut().for_each(follow);
            object.renamed_from.iter_mut().for_each(follow);
        }
        self.scopes[index].derived.iter_mut().for_each(|derived| follow(&mut derived.from));
        self.objects[index] = after;
        self.renamed.extend(moved.into_values());
    }
}

/// Paths whose name hostile subjects took away or gave, and when they first did.
fn renamed_names(objects: &BTreeMap<ObjectId, TouchedObject>) -> BTreeMap<Bytes, Timestamp> {
    use OperationKind::{Created, Deleted, Linked, RenamedAway, RenamedHere};
    let mut names = BTreeMap::new();
    for object in objects.values() {
        let Some(path) = &object.object.host_path else { continue };
        let first = object
            .operations
            .iter()
            .find(|operation| matches!(operation.kind, Created | Deleted | Linked | RenamedAway | RenamedHere));
        if let Some(first) = first {
            names.insert(path.path.clone(), first.time);
        }
    }
    names
}

/// A path followed component by component.
struct Walk {
    path: Bytes,
    /// Links that were followed: path, text, snapshot.
    through: Vec<(Bytes, Bytes, String)>,
    /// Paths about which the tree says nothing.
    unknown: Vec<Bytes>,
}

/// `None` for objects without a path, for loops, and for links that lead where we cannot follow.
fn walk(object: &TouchedObject, tree: &Tree, renames: &BTreeMap<Bytes, Timestamp>) -> Option<Walk> {
    let path = &object.object.host_path.as_ref()?.path;
    // An absolute link leads to the host's root only for who sees the host's root.
    let sees_host_root = object.object.recorded_paths.contains(path);
    let mut left: Vec<Vec<u8>> = names(path).rev().map(<[u8]>::to_vec).collect();
    let mut walked: Vec<Vec<u8>> = Vec::new();
    let mut found = Walk { path: Bytes::default(), through: Vec::new(), unknown: Vec::new() };
    while let Some(name) = left.pop() {
        if name == b".." {
            walked.pop();
            continue;
        }
        walked.push(name);
        let here = joined(&walked);
        let is_replaced = renames.get(&here).is_some_and(|first| *first <= object.first_act);
        if is_replaced && !left.is_empty() {
            continue;
        }
        let known = match tree.get(&here) {
            None => {
                found.unknown.push(here);
                continue;
            }
            Some(known) => known,
        };
        let Some((known, target)) = known.as_ref().and_then(|known| match &known.entry {
            EntryKind::Symlink { target } => Some((known, target)),
            _ => None,
        }) else {
            continue;
        };
        if left.is_empty() && !acts_through_last_link(object, known.inode) {
            continue;
        }
        if found.through.len() == LINKS_MAX || (target.0.first() == Some(&b'/') && !sees_host_root) {
            return None;
        }
        found.through.push((here, target.clone(), short(&known.snapshot).to_string()));
        if target.0.first() == Some(&b'/') {
            walked.clear();
        } else {
            walked.pop();
        }
        left.extend(names(target).rev().map(<[u8]>::to_vec));
    }
    found.path = joined(&walked);
    Some(found)
}

/// Whether the acts went through the link to what it names: opening does, renaming and deleting do not.
fn acts_through_last_link(object: &TouchedObject, link_inode: Option<u64>) -> bool {
    if object.object.kind == ObjectKind::Symlink {
        return false;
    }
    let on_content = |kind: OperationKind| {
        matches!(kind, OperationKind::Overwritten | OperationKind::Truncated | OperationKind::Metadata)
    };
    object.operations.iter().all(|operation| on_content(operation.kind))
        && link_inode.zip(object.object.inode).is_none_or(|(link, changed)| link != changed)
}

fn names(path: &Bytes) -> impl DoubleEndedIterator<Item = &[u8]> {
    path.0.split(|&byte| byte == b'/').filter(|name| !name.is_empty() && *name != b".")
}

fn joined(names: &[Vec<u8>]) -> Bytes {
    if names.is_empty() {
        return Bytes::from("/");
    }
    let mut path = Vec::new();
    for name in names {
        path.push(b'/');
        path.extend_from_slice(name);
    }
    Bytes(path)
}
