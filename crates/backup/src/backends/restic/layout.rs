//! How a snapshot's trees stand to the host's paths.
//!
//! A backup of an absolute path stores the host's tree from `/` down. One of a relative path stores it
//! from the directory in which the backup was started, while the snapshot's `paths` are absolute all
//! the same; which of both it was is told by looking the roots up.

use std::collections::BTreeSet;

use model::{Bytes, Sha256};

use super::{Restic, tree, version_index::Known, walk};
use crate::{Error, Progress, path};

/// How host paths stand in a snapshot's trees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Layout {
    /// From the host's root down.
    Absolute,
    /// From the directory in which the backup was started: per covered root, how many of a path's first
    /// names are not in the trees. Inferred from what the trees hold.
    Relative(Vec<(Bytes, usize)>),
}

impl Restic {
    /// The roots of all snapshots, looked up to tell how their trees are laid out.
    pub(super) fn probes(&self) -> BTreeSet<Bytes> {
        let roots = self.stocks.iter().flat_map(|stock| &stock.snapshot.roots);
        roots.filter(|root| root.as_bytes() != b"/" && path::names(root.as_bytes()).is_some()).cloned().collect()
    }

    pub(super) fn find_layouts(&mut self, progress: Progress<'_>) -> Result<(), Error> {
        if self.layouts.len() == self.stocks.len() {
            return Ok(());
        }
        self.resolve(&self.probes(), &self.root_trees(), progress)?;
        let mut layouts = Vec::with_capacity(self.stocks.len());
        for number in 0..self.stocks.len() {
            layouts.push(self.layout(number)?);
        }
        for (stock, layout) in self.stocks.iter_mut().zip(&layouts) {
            if *layout != Layout::Absolute {
                stock.snapshot.warnings.push("relative_paths".to_string());
            }
        }
        self.layouts = layouts;
        Ok(())
    }

    fn layout(&mut self, number: usize) -> Result<Layout, Error> {
        let stock = &self.stocks[number];
        let roots = stock.snapshot.roots.clone();
        let Ok(tree) = stock.tree.clone() else { return Ok(Layout::Absolute) };
        let holds = |root: &Bytes| !matches!(self.index.get(root, &tree), None | Some(Known::Absent));
        if roots.is_empty() || roots.iter().any(|root| root.as_bytes() == b"/" || holds(root)) {
            return Ok(Layout::Absolute);
        }
        self.blobs()?;
        let Ok(bytes) = self.load_tree(&tree) else { return Ok(Layout::Absolute) };
        let Ok(top) = tree::parse(&bytes) else { return Ok(Layout::Absolute) };
        let mut cuts = Vec::new();
        let mut firsts = BTreeSet::new();
        for root in &roots {
            let Some(names) = path::names(root.as_bytes()) else { continue };
            let cut = (1..names.len()).find(|&cut| self.tree_holds(&tree, &names[cut..]));
            if let Some(cut) = cut {
                firsts.insert(names[cut].to_vec());
                cuts.push((root.clone(), cut));
            }
        }
        let complete = cuts.len() == roots.len() && top.entries.iter().all(|(name, _)| firsts.contains(name));
        Ok(match roots.as_slice() {
            _ if complete => Layout::Relative(cuts),
            // `restic backup .` stores the directory's entries without its own name.
            [root] => {
                let depth = path::names(root.as_bytes()).map_or(0, |names| names.len());
                Layout::Relative(vec![(root.clone(), depth)])
            }
            _ => Layout::Absolute,
        })
    }

    fn tree_holds(&self, tree: &Sha256, names: &[&[u8]]) -> bool {
        let Some((last, way)) = names.split_last() else { return true };
        let Ok(Some(bytes)) = walk::descend(tree, way, &|id| self.load_tree(id)) else { return false };
        tree::parse(&bytes).is_ok_and(|tree| tree.get(last).is_some())
    }

    /// Where a host path stands in the trees of a snapshot, and whether the snapshot covers it; `None`
    /// when it stands nowhere. Directories above a covered root are stored too, but not what is beside it.
    pub(super) fn tree_path(&self, number: usize, host_path: &Bytes) -> Option<(Bytes, bool)> {
        let names = path::names(host_path.as_bytes())?;
        let covers = |root: &Bytes| host_path.is_within(root.as_bytes());
        match self.layouts.get(number) {
            Some(Layout::Relative(cuts)) => {
                let (_, cut) = cuts.iter().find(|(root, _)| covers(root))?;
                Some((path::join(names.get(*cut..)?), true))
            }
            _ => {
                let roots = &self.stocks[number].snapshot.roots;
                let above = roots.iter().any(|root| root.is_within(host_path.as_bytes()));
                let covered = roots.iter().any(covers);
                (covered || above).then(|| (path::join(&names), covered))
            }
        }
    }

    /// The inverse of [`Restic::tree_path`].
    pub(super) fn host_path(&self, number: usize, names: &[Vec<u8>]) -> Bytes {
        let below = path::join(names);
        let Some(Layout::Relative(cuts)) = self.layouts.get(number) else { return below };
        for (root, cut) in cuts {
            let Some(root_names) = path::names(root.as_bytes()) else { continue };
            if names.starts_with(&root_names[*cut..].iter().map(|name| name.to_vec()).collect::<Vec<_>>()) {
                let mut all: Vec<&[u8]> = root_names[..*cut].to_vec();
                all.extend(names.iter().map(Vec::as_slice));
                return path::join(&all);
            }
        }
        below
    }
}
