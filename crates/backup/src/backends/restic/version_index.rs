//! What was once found out about paths in trees, kept for the next look-up.
//!
//! A root tree's id is the hash of everything below it, so what it holds at a path never changes:
//! the index is only ever added to, and cut to the snapshots that are still there. Damage is never
//! kept. A kept file that is torn, altered, of another repository or another version is thrown away
//! and found out anew.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    rc::Rc,
};

use model::{Bytes, ContentRef, Metadata, Sha256};
use serde::{Deserialize, Serialize};

use super::{seal::decompress, walk::Outcome};

/// Raised whenever the shape or the meaning of a row changes.
const VERSION: u32 = 1;

/// Largest index file, and what it may decompress to. 10,000 paths over 500 snapshots are about 60 MB.
const INDEX_BYTES_MAX: u64 = 512 << 20;

/// Fast rather than small: it is written at the end of every look-up that found something new.
const COMPRESSION_LEVEL: i32 = 1;

const UNKNOWN: u32 = 0;
const ABSENT: u32 = 1;
const FIRST_ROW: u32 = 2;

/// Metadata and content of an entry.
pub(super) type Row = Rc<(Metadata, ContentRef)>;

/// What a tree is known to hold at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Known {
    Entry(Row),
    Absent,
    Damaged(Rc<str>),
}

#[derive(Default)]
pub(super) struct VersionIndex {
    file: Option<PathBuf>,
    repository: String,
    roots: BTreeMap<Sha256, usize>,
    rows: Vec<Row>,
    row_numbers: BTreeMap<usize, u32>,
    /// Per path, by number of the root: [`UNKNOWN`], [`ABSENT`] or a row.
    paths: BTreeMap<Bytes, Vec<u32>>,
    damaged: BTreeMap<(Bytes, Sha256), Rc<str>>,
    changed: bool,
}

#[derive(Serialize, Deserialize)]
struct Kept {
    version: u32,
    repository: String,
    roots: Vec<Sha256>,
    rows: Vec<(Metadata, ContentRef)>,
    paths: Vec<(Bytes, Vec<u32>)>,
}

impl VersionIndex {
    /// Reads the index of a repository from the cache directory, for the given root trees. The second
    /// value says why a kept one was thrown away.
    pub(super) fn open(cache: Option<&Path>, repository: &str, roots: &[Sha256]) -> (Self, Option<String>) {
        let mut index = Self { repository: repository.to_string(), ..Self::default() };
        for root in roots {
            let next = index.roots.len();
            index.roots.entry(*root).or_insert(next);
        }
        let Some(cache) = cache else { return (index, None) };
        let name: String = repository.chars().filter(char::is_ascii_alphanumeric).take(16).collect();
        let file = cache.join(format!("restic-{name}.versions"));
        let thrown_away = match read(&file, repository) {
            Ok(Some(kept)) => {
                index.take_in(kept);
                None
            }
            Ok(None) => None,
            Err(detail) => Some(detail),
        };
        index.file = Some(file);
        (index, thrown_away)
    }

    fn take_in(&mut self, kept: Kept) {
        self.rows = kept.rows.into_iter().map(Rc::new).collect();
        for (number, row) in (FIRST_ROW..).zip(&self.rows) {
            self.row_numbers.insert(Rc::as_ptr(row) as usize, number);
        }
        let places: Vec<Option<usize>> = kept.roots.iter().map(|root| self.roots.get(root).copied()).collect();
        for (path, codes) in kept.paths {
            let mut mine = vec![UNKNOWN; self.roots.len()];
            for (place, code) in places.iter().zip(codes) {
                if let Some(place) = place {
                    mine[*place] = code;
                }
            }
            self.paths.insert(path, mine);
        }
    }

    /// What is known of the tree path below the root tree.
    pub(super) fn get(&self, path: &Bytes, root: &Sha256) -> Option<Known> {
        let place = *self.roots.get(root)?;
        match self.paths.get(path).and_then(|codes| codes.get(place)).copied().unwrap_or(UNKNOWN) {
            UNKNOWN => self.damaged.get(&(path.clone(), *root)).cloned().map(Known::Damaged),
            ABSENT => Some(Known::Absent),
            row => self.rows.get((row - FIRST_ROW) as usize).cloned().map(Known::Entry),
        }
    }

    /// Adds what a walk found; `None`: absent.
    pub(super) fn add(&mut self, path: &Bytes, root: &Sha256, outcome: Option<&Outcome>) {
        let Some(&place) = self.roots.get(root) else { return };
        let code = match outcome {
            None => ABSENT,
            Some(Outcome::Damaged(detail)) => {
                self.damaged.insert((path.clone(), *root), detail.clone());
                return;
            }
            Some(Outcome::Entry(row)) => {
                let next = FIRST_ROW + u32::try_from(self.rows.len()).unwrap_or(u32::MAX - FIRST_ROW);
                *self.row_numbers.entry(Rc::as_ptr(row) as usize).or_insert_with(|| {
                    self.rows.push(row.clone());
                    next
                })
            }
        };
        if !self.paths.contains_key(path) {
            self.paths.insert(path.clone(), vec![UNKNOWN; self.roots.len()]);
        }
        if let Some(known) = self.paths.get_mut(path).and_then(|codes| codes.get_mut(place)) {
            *known = code;
            self.changed = true;
        }
    }

    /// Keeps the index when something was added. Failing to keep it costs only time, later.
    pub(super) fn keep(&mut self) -> Result<(), String> {
        let Some(file) = self.file.as_ref().filter(|_| self.changed) else { return Ok(()) };
        let mut roots: Vec<(usize, Sha256)> = self.roots.iter().map(|(root, place)| (*place, *root)).collect();
        roots.sort_unstable();
        let kept = Kept {
            version: VERSION,
            repository: self.repository.clone(),
            roots: roots.into_iter().map(|(_, root)| root).collect(),
            rows: self.rows.iter().map(|row| row.as_ref().clone()).collect(),
            paths: self.paths.iter().map(|(path, codes)| (path.clone(), codes.clone())).collect(),
        };
        let json = serde_json::to_vec(&kept).map_err(|cause| cause.to_string())?;
        let compressed = zstd::encode_all(json.as_slice(), COMPRESSION_LEVEL).map_err(|cause| cause.to_string())?;
        let mut bytes = Sha256::of(&compressed).to_string().into_bytes();
        bytes.push(b'\n');
        bytes.extend_from_slice(&compressed);
        if let Some(directory) = file.parent() {
            std::fs::create_dir_all(directory).map_err(|cause| cause.to_string())?;
        }
        stdx::write_atomic(file, &bytes).map_err(|cause| cause.to_string())?;
        self.changed = false;
        Ok(())
    }
}

fn read(file: &Path, repository: &str) -> Result<Option<Kept>, String> {
    let bytes = match stdx::artefact::read_capped(file, INDEX_BYTES_MAX) {
        Ok(bytes) => bytes,
        Err(error) if error.is_missing() => return Ok(None),
        Err(error) => return Err(error.to_string()),
    };
    let (hash, compressed) = bytes.split_at_checked(65).ok_or("it is torn")?;
    if hash != format!("{}\n", Sha256::of(compressed)).as_bytes() {
        return Err("its hash does not fit".to_string());
    }
    let json = decompress(compressed, INDEX_BYTES_MAX)?;
    let kept: Kept = serde_json::from_slice(&json).map_err(|cause| cause.to_string())?;
    if kept.version != VERSION || kept.repository != repository {
        return Err("it is of another version or repository".to_string());
    }
    Ok(Some(kept))
}
