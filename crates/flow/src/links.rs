//! Asks the backups what the log leaves open about the place of touched objects, and refines the scope.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use backup::{Backend, InodeHint, InodeKey, Presence, Snapshot};
use model::{Bytes, Device, EntryKind, Incident, Metadata, ObjectId, ObjectKind, Scope, Timestamp};
use scope::refine::{Contents, Known, LINKS_MAX, Placed, Refiner, Tree};

use crate::Error;

/// Most entries that are listed below moved directories: more is a whole file system, whose
/// comparison is another task. Bounds memory to about 30 MB.
const ENTRIES_MAX: usize = 100_000;

/// Most entries of a snapshot that are searched for the other names of one file.
const SEARCHED_MAX: usize = 2_000_000;

/// Deepest directory that is listed; deeper than any path that the kernel takes in one call.
const DEPTH_MAX: usize = 128;

/// Refines `scopes` in place and says whether they changed. `limit`: snapshots stored from then on
/// are not asked.
///
/// A source that cannot answer costs only its answers: the catalogue names it afterwards. Fails when
/// the events cannot be read.
pub(crate) fn refine(
    case: &Path,
    incidents: &[Incident],
    scopes: &mut Vec<Scope>,
    backends: &mut [Box<dyn Backend>],
    limit: Timestamp,
) -> Result<bool, Error> {
    let mut refiner = Refiner::new(std::mem::take(scopes));
    let mut sources = Sources { backends, limit };
    refiner.place_inodes(&sources.inodes(&refiner.unplaced_inodes()));
    // Whole paths first: a source of plain directories finds out by them where its copies belong.
    let mut tree = sources.known(&refiner.paths());
    for _ in 0..LINKS_MAX {
        let unknown = refiner.unknown_paths(&tree);
        if unknown.is_empty() {
            break;
        }
        tree.extend(sources.known(&unknown));
    }
    refiner.follow_links(&tree);
    let files = refiner.files_with_names(&tree);
    refiner.other_names(&files, &sources.names(&files, &refiner.places()));
    let contents = refiner
        .gone_directories(&tree)
        .into_iter()
        .filter_map(|directory| Some((directory.clone(), sources.contents(&directory)?)))
        .collect();
    refiner.take_contents(&contents);
    if refiner.needs_events() {
        for event in store::read_partitions(case)? {
            refiner.push(&event?, incidents);
        }
    }
    let (refined, is_changed) = refiner.scopes();
    *scopes = refined;
    Ok(is_changed)
}

struct Sources<'a> {
    backends: &'a mut [Box<dyn Backend>],
    limit: Timestamp,
}

impl Sources<'_> {
    fn is_clean(&self, snapshot: &Snapshot) -> bool {
        snapshot.stored.time < self.limit && !snapshot.has_warning("forged_time")
    }

    /// What the newest clean snapshot that covers each path says of it.
    fn known(&mut self, paths: &BTreeSet<Bytes>) -> Tree {
        let wanted: Vec<Bytes> = paths.iter().cloned().collect();
        let mut newest: BTreeMap<Bytes, (Timestamp, Option<Known>)> = BTreeMap::new();
        for backend in 0..self.backends.len() {
            let Ok(snapshots) = self.backends[backend].snapshots() else { continue };
            let Ok(histories) = self.backends[backend].history(&wanted, &mut |_, _| {}) else { continue };
            for history in histories {
                let newest_clean = snapshots.iter().zip(&history.presence).rev().find(|(snapshot, presence)| {
                    let answers = matches!(presence, Presence::Absent | Presence::Version(_));
                    answers && self.is_clean(snapshot)
                });
                let Some((snapshot, presence)) = newest_clean else { continue };
                if newest.get(&history.path).is_some_and(|(stored, _)| *stored >= snapshot.stored.time) {
                    continue;
                }
                let version = match presence {
                    Presence::Version(index) => history.versions.get(*index),
                    _ => None,
                };
                let known = version.map(|version| Known {
                    snapshot: snapshot.id.clone(),
                    stored: snapshot.stored.time,
                    entry: version.metadata.entry.clone(),
                    inode: version.metadata.inode,
                    links: version.metadata.links,
                });
                newest.insert(history.path.clone(), (snapshot.stored.time, known));
            }
        }
        wanted.into_iter().map(|path| (path.clone(), newest.remove(&path).and_then(|(_, known)| known))).collect()
    }

    /// Where clean snapshots hold the inodes.
    ///
    /// A source's own hint may come from a snapshot that is not clean; its path is believed only when
    /// the newest clean snapshot shows the same inode there.
    fn inodes(&mut self, inodes: &BTreeSet<(Device, u64)>) -> BTreeMap<(Device, u64), Placed> {
        let mut placed: BTreeMap<(Device, u64), Placed> = BTreeMap::new();
        if inodes.is_empty() {
            return placed;
        }
        let keys: BTreeMap<InodeKey, (Device, u64)> = inodes
            .iter()
            .map(|&(device, inode)| (InodeKey { device: backup::device_number(device), inode }, (device, inode)))
            .collect();
        let wanted: Vec<InodeKey> = keys.keys().copied().collect();
        let hints: Vec<InodeHint> = self
            .backends
            .iter_mut()
            .filter_map(|backend| backend.find_by_inode(&wanted, &mut |_, _| {}).ok())
            .flatten()
            .collect();
        let tree = self.known(&hints.iter().map(|hint| hint.path.clone()).collect());
        for hint in hints {
            let Some(known) = tree.get(&hint.path).and_then(Option::as_ref) else { continue };
            let Some(key) = keys.get(&hint.inode).filter(|(_, inode)| known.inode == Some(*inode)) else { continue };
            let fresh = Placed { snapshot: known.snapshot.clone(), stored: known.stored, paths: Vec::new() };
            let paths = &mut placed.entry(*key).or_insert(fresh).paths;
            if !paths.contains(&hint.path) {
                paths.push(hint.path);
            }
            paths.sort();
        }
        placed
    }

    /// All names that the newest clean snapshot holds of files with several names.
    fn names(
        &mut self,
        files: &BTreeMap<ObjectId, (Device, u64)>,
        paths: &BTreeMap<ObjectId, Bytes>,
    ) -> BTreeMap<(Device, u64), Placed> {
        let mut placed = BTreeMap::new();
        for (id, inode) in files {
            let Some(path) = paths.get(id) else { continue };
            let found = (0..self.backends.len()).find_map(|backend| self.names_in(backend, path));
            placed.extend(found.map(|found| (*inode, found)));
        }
        placed
    }

    fn names_in(&mut self, backend: usize, path: &Bytes) -> Option<Placed> {
        let snapshots = self.backends[backend].snapshots().ok()?;
        let history = self.backends[backend].history(std::slice::from_ref(path), &mut |_, _| {}).ok()?.pop()?;
        let (snapshot, version) = snapshots.iter().zip(&history.presence).rev().find_map(|(snapshot, presence)| {
            let Presence::Version(version) = presence else { return None };
            self.is_clean(snapshot).then_some((snapshot, history.versions.get(*version)?))
        })?;
        let mut search = Names { wanted: &version.metadata, left: SEARCHED_MAX, paths: Vec::new() };
        for root in &snapshot.roots {
            search.below(self.backends[backend].as_mut(), root, &snapshot.id, DEPTH_MAX);
        }
        search.paths.sort();
        Some(Placed { snapshot: snapshot.id.clone(), stored: snapshot.stored.time, paths: search.paths })
    }

    /// Everything below a directory in the newest clean snapshot that has it; `None` when none has.
    fn contents(&mut self, directory: &Bytes) -> Option<Contents> {
        let limit = self.limit;
        let clean = |snapshot: &Snapshot| snapshot.stored.time < limit && !snapshot.has_warning("forged_time");
        let mut best: Option<(Timestamp, usize, String)> = None;
        for (index, backend) in self.backends.iter_mut().enumerate() {
            let Ok(snapshots) = backend.snapshots() else { continue };
            for snapshot in snapshots.iter().rev().filter(|snapshot| clean(snapshot)) {
                if best.as_ref().is_some_and(|(stored, ..)| *stored >= snapshot.stored.time) {
                    break;
                }
                if matches!(backend.children(directory, &snapshot.id), Ok(Some(_))) {
                    best = Some((snapshot.stored.time, index, snapshot.id.clone()));
                    break;
                }
            }
        }
        let (stored, index, snapshot) = best?;
        let mut entries = Vec::new();
        let backend = self.backends.get_mut(index)?;
        list(backend.as_mut(), directory, &snapshot, DEPTH_MAX, &mut entries);
        Some(Contents { snapshot, stored, entries })
    }
}

/// A search for the names of one inode.
struct Names<'a> {
    wanted: &'a Metadata,
    left: usize,
    paths: Vec<Bytes>,
}

impl Names<'_> {
    fn below(&mut self, backend: &mut dyn Backend, directory: &Bytes, snapshot: &str, depth: usize) {
        let Some(depth) = depth.checked_sub(1) else { return };
        let Ok(Some(listing)) = backend.children(directory, snapshot) else { return };
        for (name, metadata) in listing.entries {
            if self.left == 0 || Some(self.paths.len() as u64) == self.wanted.links {
                return;
            }
            self.left -= 1;
            let path = joined(directory, &name);
            if metadata.entry == EntryKind::Directory {
                self.below(backend, &path, snapshot, depth);
            } else if self.is_same(&metadata) {
                self.paths.push(path);
            }
        }
    }

    /// An inode number belongs to one file system; what else is kept in the inode tells two apart.
    fn is_same(&self, metadata: &Metadata) -> bool {
        let facts =
            |it: &Metadata| (it.inode, it.links, it.mode, it.uid, it.gid, it.size, it.modified, it.entry.clone());
        metadata.inode.is_some() && facts(metadata) == facts(self.wanted)
    }
}

fn joined(directory: &Bytes, name: &Bytes) -> Bytes {
    let directory = directory.as_bytes();
    Bytes([directory.strip_suffix(b"/").unwrap_or(directory), b"/", name.as_bytes()].concat())
}

fn list(
    backend: &mut dyn Backend,
    directory: &Bytes,
    snapshot: &str,
    depth: usize,
    entries: &mut Vec<(Bytes, ObjectKind, Option<u64>)>,
) {
    let Some(depth) = depth.checked_sub(1) else { return };
    let Ok(Some(listing)) = backend.children(directory, snapshot) else { return };
    for (name, metadata) in listing.entries {
        if entries.len() >= ENTRIES_MAX {
            return;
        }
        let path = joined(directory, &name);
        let kind = match metadata.entry {
            EntryKind::Directory => ObjectKind::Directory,
            EntryKind::Symlink { .. } => ObjectKind::Symlink,
            EntryKind::File => ObjectKind::File,
            // Devices and their like are named, so that the plan says that they do not come back.
            EntryKind::Special { .. } => ObjectKind::CharDevice,
        };
        entries.push((path.clone(), kind, metadata.inode));
        if kind == ObjectKind::Directory {
            list(backend, &path, snapshot, depth, entries);
        }
    }
}
