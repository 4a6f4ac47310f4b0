//! The list of a case's evidence, `evidence.json`, and what it means to add to it.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use model::{ArtefactKind, Bytes, EvidenceItem, Sha256, Storage};

use crate::Error;

/// All evidence of a case, in the order of intake; empty before the first intake.
/// Fails with [`Error::List`].
pub fn items(case: &Path) -> Result<Vec<EvidenceItem>, Error> {
    Ok(stdx::artefact::read_if_there(case, ArtefactKind::Evidence)?.unwrap_or_default())
}

/// The list while it grows, with an index: a host's logs are many thousands of files.
pub(crate) struct List {
    pub(crate) items: Vec<EvidenceItem>,
    /// Items with sources, by their hash; items without, by their path.
    known: BTreeMap<Known, usize>,
    /// Every path at which an item was handed over.
    paths: BTreeSet<(usize, Bytes)>,
    /// Items that this intake met, in its order.
    met: Vec<usize>,
    met_already: BTreeSet<usize>,
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Known {
    Bytes(Sha256),
    /// What is wrong with it is part of what is known: the next time it may be readable.
    NotRead(Bytes, Option<String>),
}

fn known_as(item: &EvidenceItem) -> Known {
    if item.sources.is_empty() && item.original.size == 0 {
        return Known::NotRead(item.original.path.clone(), item.problems.first().map(|problem| problem.text.clone()));
    }
    Known::Bytes(item.original.sha256)
}

impl List {
    pub(crate) fn new(items: Vec<EvidenceItem>) -> Self {
        let (mut known, mut paths) = (BTreeMap::new(), BTreeSet::new());
        for (index, item) in items.iter().enumerate() {
            known.entry(known_as(item)).or_insert(index);
            let original = &item.original;
            paths.extend(std::iter::once(&original.path).chain(&original.also_at).map(|path| (index, path.clone())));
        }
        Self { items, known, paths, met: Vec::new(), met_already: BTreeSet::new() }
    }

    /// Adds an item. Of bytes that are known already only the path is added.
    pub(crate) fn add(&mut self, item: EvidenceItem) {
        let new = self.items.len();
        let index = *self.known.entry(known_as(&item)).or_insert(new);
        let path = item.original.path.clone();
        let storage = item.original.storage.clone();
        if index == new {
            self.items.push(item);
            self.paths.insert((index, path));
        } else if self.paths.insert((index, path.clone())) {
            self.items[index].original.also_at.push(path);
        }
        if storage == Storage::Copied {
            // Bytes that were left in place before are safer in the case now.
            self.items[index].original.storage = storage;
        }
        if self.met_already.insert(index) {
            self.met.push(index);
        }
    }

    /// The items that this intake met, as they stand in the list now.
    pub(crate) fn met(&self) -> Vec<EvidenceItem> {
        self.met.iter().map(|index| self.items[*index].clone()).collect()
    }
}
