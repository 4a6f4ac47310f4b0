//! Refines scopes by what a backup knows of the host's tree and the log does not: where symbolic links
//! lead, which further names a file has, and what lies in a directory that was moved.
//!
//! Pure: the caller asks the backups and hands over plain answers; every method says what it needs.
//! The order is [`Refiner::place_inodes`], [`Refiner::follow_links`], [`Refiner::other_names`],
//! [`Refiner::take_contents`], then the events once more through [`Refiner::push`], and [`Refiner::scopes`].
//! All answers must come from snapshots that were stored before the first hostile act.

mod contents;
mod later;
mod links;
mod merge;
mod names;

use std::collections::{BTreeMap, BTreeSet};

use model::{Answer, Bytes, Device, EntryKind, Event, Incident, ObjectId, ObjectKind, Scope, Timestamp, TouchedObject};

use later::Later;

/// What a clean snapshot says of one path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Its name.
    pub snapshot: String,
    /// When it was stored.
    pub stored: Timestamp,
    /// What stood at the path.
    pub entry: EntryKind,
    /// Its inode number on the host, where the source keeps it.
    pub inode: Option<u64>,
    /// Its number of names, where the source keeps it.
    pub links: Option<u64>,
}

/// Answers about paths: `None` when nothing stood there or no source can tell.
pub type Tree = BTreeMap<Bytes, Option<Known>>;

/// Where an inode was backed up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// The snapshot.
    pub snapshot: String,
    /// When it was stored.
    pub stored: Timestamp,
    /// Its names in that snapshot, sorted.
    pub paths: Vec<Bytes>,
}

/// What lay below a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contents {
    /// The snapshot.
    pub snapshot: String,
    /// When it was stored.
    pub stored: Timestamp,
    /// Absolute host path, kind and inode of everything below it, at any depth.
    pub entries: Vec<(Bytes, ObjectKind, Option<u64>)>,
}

/// Most symbolic links that one path is followed through, as in the kernel (`MAXSYMLINKS`).
pub const LINKS_MAX: usize = 40;

/// Why an object was added although no record names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Because {
    /// It is a further name of a changed file.
    OtherName,
    /// It lay in a directory that was moved or removed.
    Inside,
}

/// Scopes being refined.
pub struct Refiner {
    scopes: Vec<Scope>,
    /// Per scope: touched and transient objects.
    objects: Vec<BTreeMap<ObjectId, TouchedObject>>,
    /// Objects whose path is new: their later acts have to be looked for again.
    renamed: BTreeSet<ObjectId>,
    /// Objects that no record names, and the storage time of the snapshot that knows them.
    added: BTreeMap<ObjectId, (Because, Timestamp)>,
    later: Option<Later>,
}

impl Refiner {
    /// Begins with the scopes as the log alone draws them.
    pub fn new(scopes: Vec<Scope>) -> Self {
        let objects = scopes
            .iter()
            .map(|scope| {
                let all = scope.touched.iter().chain(&scope.transient);
                all.map(|object| (object.object.id.clone(), object.clone())).collect()
            })
            .collect();
        Self { scopes, objects, renamed: BTreeSet::new(), added: BTreeMap::new(), later: None }
    }

    /// Inodes of objects whose host path is not known.
    pub fn unplaced_inodes(&self) -> BTreeSet<(Device, u64)> {
        let unplaced = self.all().filter(|object| object.object.host_path.is_none());
        unplaced.filter_map(|object| object.object.device.zip(object.object.inode)).collect()
    }

    /// Host paths of all objects: what a backup must know first, because some find the place of their
    /// copies by them.
    pub fn paths(&self) -> BTreeSet<Bytes> {
        self.all().filter_map(|object| Some(object.object.host_path.as_ref()?.path.clone())).collect()
    }

    /// The host path of each object that has one.
    pub fn places(&self) -> BTreeMap<ObjectId, Bytes> {
        let place =
            |object: &TouchedObject| Some((object.object.id.clone(), object.object.host_path.as_ref()?.path.clone()));
        self.all().filter_map(place).collect()
    }

    /// Whether the events have to be read once more.
    pub fn needs_events(&self) -> bool {
        !self.renamed.is_empty() || !self.added.is_empty()
    }

    /// Follows the next event, in [`Event::order`], to see what others did later to what is newly named.
    pub fn push(&mut self, event: &Event, incidents: &[Incident]) {
        let ids = || self.renamed.iter().chain(self.added.keys()).cloned().collect();
        self.later.get_or_insert_with(|| Later::new(incidents, ids())).push(event);
    }

    /// The refined scopes, and whether anything differs from before.
    pub fn scopes(mut self) -> (Vec<Scope>, bool) {
        let before = self.scopes.clone();
        if let Some(later) = self.later.take() {
            for objects in &mut self.objects {
                later.apply(objects, &self.added);
            }
        }
        for (scope, objects) in self.scopes.iter_mut().zip(self.objects) {
            let (transient, touched) = objects.into_values().partition(is_temporary);
            (scope.touched, scope.transient) = (touched, transient);
        }
        let is_changed = before != self.scopes;
        (self.scopes, is_changed)
    }

    fn all(&self) -> impl Iterator<Item = &TouchedObject> {
        self.objects.iter().flat_map(BTreeMap::values)
    }
}

fn is_temporary(object: &TouchedObject) -> bool {
    object.existed_before == Answer::No && object.exists_after == Answer::No && object.later_benign.is_empty()
}

/// Identity of a path on the object's host.
fn identity(host: Option<&String>, path: &Bytes) -> ObjectId {
    crate::touched::path_identity(host, path)
}

/// The first eight characters of a snapshot's name, as restic prints them; shorter names whole.
fn short(snapshot: &str) -> &str {
    if snapshot.len() == 64 { snapshot.get(..8).unwrap_or(snapshot) } else { snapshot }
}

fn kind_of(entry: &EntryKind) -> ObjectKind {
    match entry {
        EntryKind::File => ObjectKind::File,
        EntryKind::Directory => ObjectKind::Directory,
        EntryKind::Symlink { .. } => ObjectKind::Symlink,
        EntryKind::Special { what } => match what.as_str() {
            "block" => ObjectKind::BlockDevice,
            "char" => ObjectKind::CharDevice,
            "fifo" => ObjectKind::Fifo,
            _ => ObjectKind::Socket,
        },
    }
}
