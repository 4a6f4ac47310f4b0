//! Snapshots as plain directories: each child of a directory is the state of a host at one time.
//!
//! `dir:PATH?root=/srv/host`: `root` says which host path the top of a snapshot is. Without it the
//! top is `/`, unless the looked-up paths themselves show that it is another one.

mod beneath;
mod content;
mod name;
mod times;

use std::{
    collections::BTreeMap,
    fs,
    io::Write,
    os::{fd::OwnedFd, unix::ffi::OsStrExt as _},
    path::{Path, PathBuf},
};

use model::{Bytes, ContentRef, EntryKind, Metadata, Sha256, Version};

use self::{beneath::FileState, content::Contents};
use super::{Location, OpenOptions};
use crate::{
    Backend, Error, Kind, Listing, PathHistory, Progress, Snapshot,
    history::{self, Sighted},
    path,
};

/// Where snapshot directories are looked for below the given one, when its own children are none.
const INNER: &[&str] = &["snapshots", ".snapshots", ".zfs/snapshot", "@snapshots"];

const CANNOT_READ: &str = "cannot read";

/// Whether at least one child, and at least half of them, is a directory named after a time.
pub(super) fn detect(path: &Path) -> bool {
    base(path).is_some()
}

/// The directory whose children are snapshots.
fn base(path: &Path) -> Option<PathBuf> {
    let candidates = std::iter::once(path.to_path_buf()).chain(INNER.iter().map(|inner| path.join(inner)));
    candidates.into_iter().find(|candidate| holds_snapshots(candidate))
}

fn holds_snapshots(path: &Path) -> bool {
    let Ok(directory) = beneath::open_directory(path) else { return false };
    let Ok(names) = beneath::names(&directory) else { return false };
    let directories = names.iter().filter(|name| is_directory(&directory, name));
    let (mut named, mut all) = (0, 0);
    for name in directories {
        let name = String::from_utf8_lossy(name);
        all += 1;
        named += usize::from(name::declared(&name).is_some() || name::is_rotating(&name));
    }
    named > 0 && named * 2 >= all
}

fn is_directory(parent: &OwnedFd, name: &[u8]) -> bool {
    let entry = beneath::find(parent, &[name]);
    matches!(entry, Ok(Some(entry)) if entry.file_type() == rustix::fs::FileType::Directory)
}

/// Opens the directory of snapshots.
pub(super) fn open(location: &Location, _options: &OpenOptions) -> Result<Box<dyn Backend>, Error> {
    let failed = |source| Error::io("cannot open", location.url.clone(), source);
    // Named by the operator as snapshots: any directory in it is one, whatever its name.
    let base = base(&location.path).unwrap_or_else(|| location.path.clone());
    let base = fs::canonicalize(base).map_err(failed)?;
    let top = beneath::open_directory(&base).map_err(failed)?;
    let root = match location.setting("root") {
        None => Root::Assumed,
        Some(root) => match path::normalised(root.as_bytes()) {
            Some(root) => Root::Given(root),
            None => {
                let lacking = "absolute path behind root=".to_string();
                return Err(Error::new("cannot open", location.url.clone(), Kind::NotARepository { lacking }));
            }
        },
    };
    let mut directory = Directory {
        url: location.url.clone(),
        base,
        top,
        root,
        trust_declared: location.trusts_declared_times(),
        found: Vec::new(),
        warnings: Vec::new(),
    };
    directory.found = directory.list()?;
    Ok(Box::new(directory))
}

struct Directory {
    url: String,
    /// Canonical: contents are named by absolute paths below it.
    base: PathBuf,
    top: OwnedFd,
    root: Root,
    /// Whether a person vouches for the times that the names state.
    trust_declared: bool,
    found: Vec<Found>,
    warnings: Vec<String>,
}

/// Which host path the top of each snapshot is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Root {
    /// The operator says so.
    Given(Bytes),
    /// Nobody said; `/` until looked-up paths tell.
    Assumed,
    /// Looked-up paths were found only below this one.
    Inferred(Bytes),
}

impl Root {
    fn path(&self) -> Bytes {
        match self {
            Self::Given(root) | Self::Inferred(root) => root.clone(),
            Self::Assumed => Bytes::from("/"),
        }
    }
}

struct Found {
    name: Vec<u8>,
    snapshot: Snapshot,
    /// The opened directory, or why it cannot be opened.
    top: Result<OwnedFd, String>,
}

impl Directory {
    fn list(&self) -> Result<Vec<Found>, Error> {
        let failed = |source| Error::io("cannot list", self.url.clone(), source);
        let mut named = Vec::new();
        for name in beneath::names(&self.top).map_err(failed)? {
            if name.starts_with(b".") || !is_directory(&self.top, &name) {
                continue;
            }
            let text = String::from_utf8_lossy(&name).into_owned();
            let Ok(Some(entry)) = beneath::find(&self.top, &[&name]) else { continue };
            let top = entry.open_directory();
            let (modified, changed) = entry.times();
            let times =
                times::Times { declared: name::declared(&text), rotating: name::is_rotating(&text), modified, changed };
            named.push((name, times, top.map_err(|error| error.to_string())));
        }
        let weighed = times::weigh(&named.iter().map(|(_, times, _)| *times).collect::<Vec<_>>(), self.trust_declared);
        let mut found: Vec<Found> = named
            .into_iter()
            .zip(weighed)
            .map(|((name, _, top), (stored, warning))| {
                let mut warnings: Vec<String> = warning.into_iter().map(str::to_string).collect();
                if top.is_err() {
                    warnings.push("snapshot_unreadable".to_string());
                }
                let snapshot = Snapshot {
                    id: Bytes(name.clone()).to_text(),
                    stored,
                    began: stored.declared,
                    roots: vec![self.root.path()],
                    host: None,
                    warnings,
                };
                Found { name, snapshot, top }
            })
            .collect();
        found.sort_by(|one, other| {
            (one.snapshot.stored.time, &one.name).cmp(&(other.snapshot.stored.time, &other.name))
        });
        Ok(found)
    }

    /// Without a given root: `/` when any path is found as it stands; else the one ancestor below which
    /// the most paths are found.
    fn infer_root(&mut self, paths: &[Bytes]) {
        if self.root != Root::Assumed {
            return;
        }
        let mut hits: BTreeMap<Vec<&[u8]>, usize> = BTreeMap::new();
        for names in paths.iter().filter_map(|path| path::names(path.as_bytes())) {
            for cut in 0..names.len() {
                if self.found.iter().any(|found| found.holds(&names[cut..])) {
                    *hits.entry(names[..cut].to_vec()).or_default() += 1;
                }
            }
        }
        if hits.is_empty() || hits.contains_key(&Vec::new()) {
            return;
        }
        let most = hits.values().copied().max().unwrap_or(0);
        let mut best = hits.iter().filter(|(_, count)| **count == most).map(|(root, _)| root);
        match (best.next(), best.next()) {
            (Some(root), None) => {
                let root = path::join(root);
                self.warnings.push(format!("root_inferred source={} root={}", self.url, root.to_text()));
                for found in &mut self.found {
                    found.snapshot.roots = vec![root.clone()];
                }
                self.root = Root::Inferred(root);
            }
            _ => self.warnings.push(format!("root_ambiguous source={}", self.url)),
        }
    }

    /// What a snapshot says of a path, with the state of the file that says it.
    fn sight(&self, found: &Found, path: &Bytes) -> (Sighted, Option<FileState>) {
        let Some(names) = self.below_root(path) else { return (Sighted::NotCovered, None) };
        let top = match &found.top {
            Ok(top) => top,
            Err(detail) => return (Sighted::Damaged(detail.clone()), None),
        };
        let entry = match beneath::find(top, &names) {
            Ok(Some(entry)) => entry,
            Ok(None) if self.may_be_partial(found, &names) => return (Sighted::NotCovered, None),
            Ok(None) => return (Sighted::Absent, None),
            Err(error) => return (Sighted::Damaged(error.to_string()), None),
        };
        match entry.metadata() {
            Err(error) => (Sighted::Damaged(error.to_string()), None),
            Ok(metadata) if metadata.entry == EntryKind::File => {
                let content = ContentRef::Path { path: self.content_path(found, &names), sha256: None };
                (Sighted::Entry(metadata, content), Some(entry.state()))
            }
            Ok(metadata) => (Sighted::Entry(metadata, ContentRef::Empty), None),
        }
    }

    fn below_root<'p>(&self, path: &'p Bytes) -> Option<Vec<&'p [u8]>> {
        let root = self.root.path();
        let root = path::names(root.as_bytes())?;
        let names = path::names(path.as_bytes())?;
        names.starts_with(&root).then(|| names[root.len()..].to_vec())
    }

    /// Nobody said what the snapshots hold: without even the topmost directory, they may hold only a part of the host.
    fn may_be_partial(&self, found: &Found, names: &[&[u8]]) -> bool {
        !matches!(self.root, Root::Given(_)) && names.first().is_some_and(|first| !found.holds(&[first]))
    }

    fn content_path(&self, found: &Found, names: &[&[u8]]) -> Bytes {
        let mut path = self.base.as_os_str().as_bytes().to_vec();
        for name in std::iter::once(&found.name.as_slice()).chain(names) {
            path.push(b'/');
            path.extend_from_slice(name);
        }
        Bytes(path)
    }

    fn contents(&self) -> Contents<'_> {
        Contents { base: &self.base, top: &self.top }
    }
}

impl Found {
    fn holds(&self, names: &[&[u8]]) -> bool {
        self.top.as_ref().is_ok_and(|top| matches!(beneath::find(top, names), Ok(Some(_))))
    }
}

impl Backend for Directory {
    fn name(&self) -> &str {
        &self.url
    }

    fn snapshots(&mut self) -> Result<Vec<Snapshot>, Error> {
        Ok(self.found.iter().map(|found| found.snapshot.clone()).collect())
    }

    fn history(&mut self, paths: &[Bytes], progress: Progress<'_>) -> Result<Vec<PathHistory>, Error> {
        self.infer_root(paths);
        let snapshots = self.snapshots()?;
        let mut histories = Vec::with_capacity(paths.len());
        for (done, path) in paths.iter().enumerate() {
            progress(done as u64, paths.len() as u64);
            let mut sighted: Vec<_> = self.found.iter().map(|found| self.sight(found, path)).collect();
            self.contents().tell_apart(&mut sighted);
            let sighted = sighted.into_iter().map(|(sighted, _)| sighted).collect();
            histories.push(history::number(&self.url, path, &snapshots, sighted));
        }
        progress(paths.len() as u64, paths.len() as u64);
        Ok(histories)
    }

    fn children(&mut self, path: &Bytes, snapshot: &str) -> Result<Option<Listing>, Error> {
        let subject = format!("{} in {snapshot}", path.to_text());
        let failed = |source| Error::io(CANNOT_READ, subject.clone(), source);
        let Some(found) = self.found.iter().find(|found| found.snapshot.id == snapshot) else {
            return Err(Error::new(CANNOT_READ, subject, Kind::UnknownSnapshot));
        };
        let top = found.top.as_ref().map_err(|detail| {
            Error::new(CANNOT_READ, subject.clone(), Kind::SnapshotDamaged { detail: detail.clone() })
        })?;
        let Some(names) = self.below_root(path) else { return Ok(None) };
        let Some(entry) = beneath::find(top, &names).map_err(failed)? else { return Ok(None) };
        if entry.file_type() != rustix::fs::FileType::Directory {
            return Ok(None);
        }
        let directory = entry.open_directory().map_err(failed)?;
        let mut listing = Listing::default();
        for name in beneath::names(&directory).map_err(failed)? {
            // Gone since it was listed: a snapshot that is being removed.
            let Some(entry) = beneath::find(&directory, &[&name]).map_err(failed)? else { continue };
            listing.entries.push((Bytes(name), entry.metadata().map_err(failed)?));
        }
        Ok(Some(listing))
    }

    fn read_content(&mut self, content: &ContentRef, out: &mut dyn Write) -> Result<Sha256, Error> {
        let ContentRef::Path { path, sha256 } = content else {
            return Err(Error::new("cannot read the content", self.url.clone(), Kind::OtherSource));
        };
        let found = self.contents().copy(path, None, out)?;
        match sha256 {
            Some(expected) if *expected != found => {
                let (piece, expected, found) = (path.to_text(), expected.to_string(), found.to_string());
                let kind = Kind::ContentMismatch { piece: piece.clone(), expected, found };
                Err(Error::new("cannot read the content", piece, kind))
            }
            _ => Ok(found),
        }
    }

    fn read(&mut self, version: &Version, out: &mut dyn Write) -> Result<Sha256, Error> {
        // Without a known hash, the catalogued size is the only proof that it is still the same file.
        if let (ContentRef::Path { path, sha256: None }, Metadata { size, .. }) = (&version.content, &version.metadata)
        {
            return self.contents().copy(path, *size, out);
        }
        self.read_content(&version.content, out)
    }

    fn warnings(&self) -> Vec<String> {
        self.warnings.clone()
    }
}
