//! Asks the backups what the log leaves open about the place of touched objects, and refines the scope.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use backup::{Backend, InodeKey, Presence, Snapshot};
use model::{Bytes, Device, EntryKind, Incident, ObjectKind, Scope, Timestamp};
use scope::refine::{Contents, Known, LINKS_MAX, Placed, Refiner, Tree};

use crate::Error;

/// Most entries that are listed below moved directories: more is a whole file system, whose
/// comparison is another task. Bounds memory to about 30 MB.
const ENTRIES_MAX: usize = 100_000;

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
    let inodes: BTreeSet<(Device, u64)> = files.values().copied().collect();
    refiner.other_names(&files, &sources.inodes(&inodes));
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

    /// Where clean snapshots hold the inodes: of each the newest snapshot that does, with all its paths there.
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
        for backend in 0..self.backends.len() {
            let Ok(snapshots) = self.backends[backend].snapshots() else { continue };
            let Ok(hints) = self.backends[backend].find_by_inode(&wanted, &mut |_, _| {}) else { continue };
            for hint in hints {
                let snapshot = snapshots.iter().find(|snapshot| snapshot.id == hint.snapshot);
                let Some(snapshot) = snapshot.filter(|snapshot| self.is_clean(snapshot)) else { continue };
                let Some(key) = keys.get(&hint.inode) else { continue };
                let stored = snapshot.stored.time;
                let fresh = || Placed { snapshot: hint.snapshot.clone(), stored, paths: Vec::new() };
                let known = placed.entry(*key).or_insert_with(fresh);
                if known.stored < stored {
                    *known = fresh();
                }
                if known.snapshot == hint.snapshot && !known.paths.contains(&hint.path) {
                    known.paths.push(hint.path.clone());
                    known.paths.sort();
                }
            }
        }
        placed
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
        let path = Bytes(
            [directory.as_bytes().strip_suffix(b"/").unwrap_or(directory.as_bytes()), b"/", name.as_bytes()].concat(),
        );
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
