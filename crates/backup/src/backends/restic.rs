//! restic repositories (formats 1 and 2) in a local directory: `restic:PATH`.
//!
//! `rustic_core` turns the password into the master key; everything else is read here, so that every
//! blob is proven by its SHA-256, all places of a blob are tried, and damage costs one answer, not all.
//! No lock is taken and no cache written: nothing in the repository changes.

mod blobs;
mod excludes;
mod layout;
mod seal;
mod snapshots;
mod storage;
mod tree;
mod unlock;
mod version_index;
mod walk;

use std::{
    cell::OnceCell,
    collections::{BTreeMap, BTreeSet},
    io::Write,
    path::Path,
    rc::Rc,
};

use model::{Bytes, ContentRef, Sha256};
use sha2::Digest as _;

use self::{
    blobs::{BlobKind, Blobs, Trouble},
    layout::Layout,
    seal::Seal,
    snapshots::Stock,
    storage::{Folder, Storage},
    version_index::{Known, Row, VersionIndex},
};
use super::{Location, OpenOptions};
use crate::{
    Backend, Error, InodeHint, InodeKey, Kind, Listing, PathHistory, Progress, Snapshot,
    history::{self, Sighted},
    path,
};

/// Most trees that a search for inodes visits. Chosen by eye: at 0.1 ms each, ten minutes.
const SEARCH_TREES_MAX: usize = 5_000_000;

const CANNOT_READ: &str = "cannot read";
const CANNOT_READ_CONTENT: &str = "cannot read the content";

/// Whether the directory has the parts of a repository.
pub(super) fn detect(path: &Path) -> bool {
    path.join("config").is_file() && path.join("keys").is_dir() && path.join("data").is_dir()
}

/// Opens a repository; the errors are those of [`super::open`].
pub(super) fn open(location: &Location, options: &OpenOptions) -> Result<Box<dyn Backend>, Error> {
    let url = location.url.clone();
    let storage = Storage { root: location.path.clone() };
    let password = options.password.as_ref().map(super::Password::read).transpose()?;
    let unlocked = unlock::unlock(&url, &storage, password.as_deref())?;
    let failed = |cause| Error::io("cannot list the snapshots of", url.clone(), cause);
    let (stocks, copied) =
        snapshots::read_all(&storage, &unlocked.seal, location.trusts_declared_times()).map_err(failed)?;
    let mut warnings = unlocked.warnings;
    if copied {
        warnings.push(format!("only_declared_time source={url} snapshots={}", stocks.len()));
    }
    match storage.list(Folder::Locks) {
        Ok(locks) if !locks.is_empty() => {
            warnings.push(format!("prune_may_run: freeze pruning source={url} locks={}", locks.len()));
        }
        _ => {}
    }
    let roots: Vec<Sha256> = stocks.iter().filter_map(|stock| stock.tree.clone().ok()).collect();
    let (index, thrown_away) = VersionIndex::open(options.cache.as_deref(), &unlocked.repository, &roots);
    if let Some(detail) = thrown_away {
        warnings.push(format!("version_index_rebuilt source={url} detail={detail}"));
    }
    let (seal, blobs, layouts) = (unlocked.seal, OnceCell::new(), Vec::new());
    Ok(Box::new(Restic { url, storage, seal, stocks, blobs, index, layouts, warnings }))
}

struct Restic {
    url: String,
    storage: Storage,
    seal: Seal,
    /// Oldest first by storage time.
    stocks: Vec<Stock>,
    /// Read at the first need.
    blobs: OnceCell<Blobs>,
    index: VersionIndex,
    /// Of each stock, once found out.
    layouts: Vec<Layout>,
    warnings: Vec<String>,
}

impl Restic {
    fn blobs(&mut self) -> Result<(), Error> {
        if self.blobs.get().is_some() {
            return Ok(());
        }
        let failed = |cause| Error::io("cannot read the index of", self.url.clone(), cause);
        let (blobs, damaged) = Blobs::load(&self.storage, &self.seal).map_err(failed)?;
        if let (true, Some(detail)) = (blobs.is_empty(), damaged.first()) {
            let kind = Kind::IndexDamaged { detail: detail.clone() };
            return Err(Error::new("cannot read the index of", self.url.clone(), kind));
        }
        self.warnings.extend(damaged.iter().map(|damaged| format!("index_damaged source={} {damaged}", self.url)));
        // Only one thread ever gets here, and it was empty.
        let _ = self.blobs.set(blobs);
        Ok(())
    }

    fn read_blob(&self, kind: BlobKind, id: &Sha256) -> Result<Vec<u8>, Trouble> {
        match self.blobs.get() {
            Some(blobs) => blobs.read(&self.storage, &self.seal, kind, id),
            None => Err(Trouble::Missing("the index was not read".to_string())),
        }
    }

    fn load_tree(&self, id: &Sha256) -> Result<Vec<u8>, String> {
        self.read_blob(BlobKind::Tree, id).map_err(|trouble| trouble.to_string())
    }

    /// Makes sure that the index knows what the root trees hold at the tree paths.
    fn resolve(&mut self, paths: &BTreeSet<Bytes>, roots: &[Sha256], progress: Progress<'_>) -> Result<(), Error> {
        let open: Vec<&Bytes> =
            paths.iter().filter(|path| roots.iter().any(|root| self.index.get(path, root).is_none())).collect();
        if open.is_empty() {
            return Ok(());
        }
        self.blobs()?;
        let names: Vec<Vec<Vec<u8>>> = open
            .iter()
            .map(|path| path::names(path.as_bytes()).unwrap_or_default().into_iter().map(<[u8]>::to_vec).collect())
            .collect();
        let mut found = Vec::with_capacity(roots.len());
        {
            let load = |id: &Sha256| self.load_tree(id);
            let (mut walk, _) = walk::Walk::new(&names, &load);
            for (done, root) in roots.iter().enumerate() {
                progress(done as u64, roots.len() as u64);
                found.push(walk.answers(root));
            }
        }
        progress(roots.len() as u64, roots.len() as u64);
        for (root, answers) in roots.iter().zip(found) {
            let answers: BTreeMap<usize, &walk::Outcome> =
                answers.iter().map(|(number, outcome)| (*number, outcome)).collect();
            for (number, path) in open.iter().enumerate() {
                if self.index.get(path, root).is_none() {
                    self.index.add(path, root, answers.get(&number).copied());
                }
            }
        }
        Ok(())
    }

    fn root_trees(&self) -> Vec<Sha256> {
        let trees: BTreeSet<Sha256> = self.stocks.iter().filter_map(|stock| stock.tree.clone().ok()).collect();
        trees.into_iter().collect()
    }

    fn sight(&self, number: usize, path: &Bytes, unavailable: &mut BTreeMap<usize, Option<String>>) -> Sighted {
        let stock = &self.stocks[number];
        let tree = match &stock.tree {
            Ok(tree) => tree,
            Err(detail) => return Sighted::Damaged(detail.clone()),
        };
        let Some((tree_path, covered)) = self.tree_path(number, path) else { return Sighted::NotCovered };
        if tree_path.as_bytes() == b"/" {
            // Of its top directory a snapshot stores the entries, not the directory itself.
            return Sighted::NotCovered;
        }
        match self.index.get(&tree_path, tree) {
            Some(Known::Entry(row)) => {
                let trouble = unavailable.entry(Rc::as_ptr(&row) as usize).or_insert_with(|| self.lacking(&row));
                match trouble {
                    Some(detail) => Sighted::Damaged(detail.clone()),
                    None => Sighted::Entry(row.0.clone(), row.1.clone()),
                }
            }
            Some(Known::Damaged(detail)) => Sighted::Damaged(detail.to_string()),
            Some(Known::Absent) if !covered => Sighted::NotCovered,
            Some(Known::Absent) => {
                let names = path::names(path.as_bytes()).unwrap_or_default();
                if excludes::may_exclude(&stock.excludes, &names) { Sighted::NotCovered } else { Sighted::Absent }
            }
            None => Sighted::Damaged("it was not looked up".to_string()),
        }
    }

    /// What of a version's content is evidently not there.
    fn lacking(&self, row: &Row) -> Option<String> {
        let (ContentRef::Blobs { blobs: pieces, .. }, Some(blobs)) = (&row.1, self.blobs.get()) else { return None };
        let lacking = pieces.iter().find(|piece| !blobs.available(&self.storage, BlobKind::Data, piece))?;
        Some(format!("content blob {} is not in the repository", lacking.short()))
    }
}

impl Backend for Restic {
    fn name(&self) -> &str {
        &self.url
    }

    fn snapshots(&mut self) -> Result<Vec<Snapshot>, Error> {
        self.find_layouts(&mut |_, _| {})?;
        Ok(self.stocks.iter().map(|stock| stock.snapshot.clone()).collect())
    }

    fn history(&mut self, paths: &[Bytes], progress: Progress<'_>) -> Result<Vec<PathHistory>, Error> {
        // Contents are checked for being there, so the index of blobs is needed even when all paths are known.
        self.blobs()?;
        let plain = paths.iter().filter_map(|path| path::names(path.as_bytes()));
        let mut wanted: BTreeSet<Bytes> = plain.map(|names| path::join(&names)).collect();
        wanted.extend(self.probes());
        let trees = self.root_trees();
        self.resolve(&wanted, &trees, progress)?;
        self.find_layouts(&mut |_, _| {})?;
        let relative: Vec<usize> =
            (0..self.stocks.len()).filter(|number| self.layouts[*number] != Layout::Absolute).collect();
        for number in relative {
            let Ok(tree) = self.stocks[number].tree.clone() else { continue };
            let moved: BTreeSet<Bytes> =
                paths.iter().filter_map(|path| Some(self.tree_path(number, path)?.0)).collect();
            self.resolve(&moved, &[tree], &mut |_, _| {})?;
        }
        let snapshots = self.snapshots()?;
        let mut unavailable = BTreeMap::new();
        let mut histories = Vec::with_capacity(paths.len());
        for path in paths {
            let sighted = (0..self.stocks.len()).map(|number| self.sight(number, path, &mut unavailable)).collect();
            histories.push(history::number(&self.url, path, &snapshots, sighted));
        }
        if let Err(detail) = self.index.keep() {
            self.warnings.push(format!("version_index_not_kept source={} detail={detail}", self.url));
        }
        Ok(histories)
    }

    fn children(&mut self, path: &Bytes, snapshot: &str) -> Result<Option<Listing>, Error> {
        let subject = format!("{} in {snapshot}", path.to_text());
        let Some(number) = self.stocks.iter().position(|stock| stock.snapshot.id == snapshot) else {
            return Err(Error::new(CANNOT_READ, subject, Kind::UnknownSnapshot));
        };
        self.blobs()?;
        self.find_layouts(&mut |_, _| {})?;
        let damaged = |detail: String| Error::new(CANNOT_READ, subject.clone(), Kind::SnapshotDamaged { detail });
        let tree = self.stocks[number].tree.clone().map_err(damaged)?;
        let Some((tree_path, _)) = self.tree_path(number, path) else { return Ok(None) };
        let names = path::names(tree_path.as_bytes()).unwrap_or_default();
        let Some(bytes) = walk::descend(&tree, &names, &|id| self.load_tree(id)).map_err(damaged)? else {
            return Ok(None);
        };
        let tree = tree::parse(&bytes).map_err(damaged)?;
        let mut listing = Listing::default();
        listing.refused.extend(tree.refused.iter().map(|name| Bytes::from(name.as_str())));
        for (name, node) in &tree.entries {
            match node.version() {
                Ok((metadata, _)) => listing.entries.push((Bytes::from(name.as_slice()), metadata)),
                Err(_) => listing.refused.push(Bytes::from(name.as_slice())),
            }
        }
        Ok(Some(listing))
    }

    fn read_content(&mut self, content: &ContentRef, out: &mut dyn Write) -> Result<Sha256, Error> {
        let ContentRef::Blobs { blobs: pieces, sha256 } = content else {
            return Err(Error::new(CANNOT_READ_CONTENT, self.url.clone(), Kind::OtherSource));
        };
        self.blobs()?;
        let failed = |kind| Error::new(CANNOT_READ_CONTENT, self.url.clone(), kind);
        let mut hasher = sha2::Sha256::new();
        for id in pieces {
            let piece = format!("blob {id}");
            let bytes = self.read_blob(BlobKind::Data, id).map_err(|trouble| match trouble {
                Trouble::Missing(_) => failed(Kind::ContentMissing { piece }),
                Trouble::Damaged(detail) => failed(Kind::ContentDamaged { piece, detail }),
                Trouble::Other(found) => {
                    failed(Kind::ContentMismatch { piece, expected: id.to_string(), found: found.to_string() })
                }
            })?;
            hasher.update(&bytes);
            out.write_all(&bytes).map_err(|source| Error {
                attempted: CANNOT_READ_CONTENT,
                subject: self.url.clone(),
                kind: Kind::Write,
                source: Some(source),
            })?;
        }
        let found = Sha256(hasher.finalize().into());
        match sha256 {
            Some(expected) if *expected != found => {
                let (expected, found) = (expected.to_string(), found.to_string());
                Err(failed(Kind::ContentMismatch { piece: "the whole content".to_string(), expected, found }))
            }
            _ => Ok(found),
        }
    }

    fn find_by_inode(&mut self, inodes: &[InodeKey], progress: Progress<'_>) -> Result<Vec<InodeHint>, Error> {
        self.blobs()?;
        self.find_layouts(&mut |_, _| {})?;
        let wanted: BTreeSet<InodeKey> = inodes.iter().copied().collect();
        let mut hints: BTreeMap<InodeKey, InodeHint> = BTreeMap::new();
        let mut seen = BTreeSet::new();
        let all = self.stocks.len() as u64;
        for (done, number) in (0..self.stocks.len()).rev().enumerate() {
            progress(done as u64, all);
            let Ok(tree) = self.stocks[number].tree.clone() else { continue };
            walk::everything(&tree, &mut seen, SEARCH_TREES_MAX, &|id| self.load_tree(id), &mut |names, node| {
                let Some(inode) = node.inode_key().filter(|inode| wanted.contains(inode)) else { return };
                hints.entry(inode).or_insert_with(|| InodeHint {
                    inode,
                    path: self.host_path(number, names),
                    snapshot: self.stocks[number].snapshot.id.clone(),
                });
            });
            if hints.len() == wanted.len() {
                break;
            }
        }
        progress(all, all);
        Ok(hints.into_values().collect())
    }

    fn warnings(&self) -> Vec<String> {
        self.warnings.clone()
    }
}
