//! The snapshot files: what each says, when it was really stored, and which part of a host it covers.

use model::{Bytes, Sha256, Timestamp};
use serde::Deserialize;

use super::{
    seal::Seal,
    storage::{Folder, Storage},
};
use crate::{
    Snapshot, path,
    storage_time::{DURATION_MAX_NS, Stored, TOLERANCE_NS, by_declaration, by_file, contradicts, copied_without_times},
};

/// Real snapshot files have about 1 KiB; rustic's with long path lists some more.
const SNAPSHOT_BYTES_MAX: u64 = 16 << 20;

/// A snapshot with what is needed to look into it.
pub(super) struct Stock {
    pub snapshot: Snapshot,
    /// Root tree, or why there is none.
    pub tree: Result<Sha256, String>,
    /// Exclude patterns of the run.
    pub excludes: Vec<String>,
}

#[derive(Deserialize)]
struct SnapshotFile {
    time: String,
    tree: Sha256,
    #[serde(default)]
    paths: Option<Vec<String>>,
    #[serde(default)]
    hostname: Option<String>,
    #[serde(default)]
    excludes: Option<Vec<String>>,
    #[serde(default)]
    original: Option<String>,
    #[serde(default)]
    summary: Option<Summary>,
}

#[derive(Deserialize)]
struct Summary {
    #[serde(default)]
    backup_start: Option<String>,
    #[serde(default)]
    backup_end: Option<String>,
}

/// rustic may add the zone's name in brackets.
fn time(text: &str) -> Option<Timestamp> {
    Timestamp::parse(text.split('[').next()?).ok()
}

impl SnapshotFile {
    /// When the run began, and how long it says that it took.
    fn run(&self) -> (Option<Timestamp>, Option<i64>) {
        let declared = time(&self.time);
        let summary = self.summary.as_ref();
        let start = summary.and_then(|summary| time(summary.backup_start.as_ref()?));
        let end = summary.and_then(|summary| time(summary.backup_end.as_ref()?));
        let duration = match (start, end) {
            (Some(start), Some(end)) => Some(end.0.saturating_sub(start.0).clamp(0, DURATION_MAX_NS)),
            _ => None,
        };
        (declared, duration)
    }
}

/// Reads all snapshots, oldest first by storage time. Unreadable ones are listed with their storage
/// time and the warning `snapshot_unreadable`. The second value says whether the repository was
/// evidently copied without its file times.
pub(super) fn read_all(storage: &Storage, seal: &Seal, trust_declared: bool) -> std::io::Result<(Vec<Stock>, bool)> {
    let mut read = Vec::new();
    for (id, modified) in storage.list(Folder::Snapshots)? {
        read.push((id, modified, read_one(storage, seal, &id)));
    }
    let stored: Vec<Stored> = read
        .iter()
        .filter_map(|(_, file, snapshot)| Some(Stored { file: *file, declared: snapshot.as_ref().ok()?.run().0 }))
        .collect();
    let copied = trust_declared || copied_without_times(&stored);
    let mut packs = PackTimes { storage, times: None };
    let mut stocks: Vec<Stock> =
        read.into_iter().map(|(id, file, snapshot)| stock(&id, file, snapshot, copied, &mut packs)).collect();
    stocks.sort_by(|one, other| {
        let key =
            |stock: &Stock| (stock.snapshot.stored.time, stock.snapshot.stored.declared, stock.snapshot.id.clone());
        key(one).cmp(&key(other))
    });
    Ok((stocks, copied))
}

fn read_one(storage: &Storage, seal: &Seal, id: &Sha256) -> Result<SnapshotFile, String> {
    let sealed = storage.read(Folder::Snapshots, id, SNAPSHOT_BYTES_MAX).map_err(|cause| cause.to_string())?;
    // A snapshot is named by its hash: one that was exchanged for another does not fit its name.
    if Sha256::of(&sealed) != *id {
        return Err("the snapshot file does not hash to its name".to_string());
    }
    let text = seal.open_file(sealed, SNAPSHOT_BYTES_MAX)?;
    serde_json::from_slice(&text).map_err(|cause| cause.to_string())
}

fn stock(
    id: &Sha256,
    file: Timestamp,
    snapshot: Result<SnapshotFile, String>,
    copied: bool,
    packs: &mut PackTimes<'_>,
) -> Stock {
    let id = id.to_string();
    let mut warnings = Vec::new();
    let snapshot = match snapshot {
        Ok(snapshot) => snapshot,
        Err(detail) => {
            warnings.push("snapshot_unreadable".to_string());
            let (stored, roots) = (by_file(Stored { file, declared: None }), vec![Bytes::from("/")]);
            let snapshot = Snapshot { id, stored, began: None, roots, host: None, warnings };
            return Stock { snapshot, tree: Err(detail), excludes: Vec::new() };
        }
    };
    let (declared, duration) = snapshot.run();
    let found = Stored { file, declared };
    let stored = match declared {
        Some(declared) if copied => {
            warnings.push("only_declared_time".to_string());
            by_declaration(declared, duration.unwrap_or(0))
        }
        _ => {
            if snapshot.original.is_some() && contradicts(found, duration.unwrap_or(0)) {
                // Made from an older snapshot by `tag`, `rewrite` or `copy`, and says so: its own time is the
                // older one's. The storage time decides all the same, so claiming this gains nothing.
                warnings.push("rewritten_snapshot".to_string());
            } else if contradicts(found, duration.unwrap_or_else(|| packs.plausible_duration(found))) {
                warnings.push("forged_time".to_string());
            }
            by_file(found)
        }
    };
    let (roots, odd) = roots(snapshot.paths.unwrap_or_default());
    if odd {
        warnings.push("odd_roots".to_string());
    }
    let excludes = snapshot.excludes.unwrap_or_default();
    if !excludes.is_empty() {
        warnings.push("partly_excluded".to_string());
    }
    let host = snapshot.hostname.filter(|host| !host.is_empty());
    let tree = Ok(snapshot.tree);
    Stock { snapshot: Snapshot { id, stored, began: declared, roots, host, warnings }, tree, excludes }
}

/// Covered roots as plain absolute paths, and whether some were left out: Windows' and relative ones.
fn roots(paths: Vec<String>) -> (Vec<Bytes>, bool) {
    let all = paths.len();
    let mut roots: Vec<Bytes> = paths.iter().filter_map(|root| path::normalised(root.as_bytes())).collect();
    let odd = roots.len() < all;
    roots.sort();
    roots.dedup();
    (roots, odd)
}

/// Times of all packs, read when a snapshot looks forged and does not say how long it ran.
struct PackTimes<'s> {
    storage: &'s Storage,
    times: Option<Vec<Timestamp>>,
}

impl PackTimes<'_> {
    /// A long honest run writes packs all the while. Without any pack between what the snapshot
    /// declares and shortly before it was stored, it did not run so long.
    fn plausible_duration(&mut self, stored: Stored) -> i64 {
        let Some(declared) = stored.declared.filter(|declared| *declared < stored.file) else { return 0 };
        if !contradicts(stored, 0) {
            return 0;
        }
        let times = self.times.get_or_insert_with(|| self.storage.pack_times().unwrap_or_default());
        let before_end = stored.file.0.saturating_sub(TOLERANCE_NS);
        let wrote = times.iter().any(|time| *time >= declared && time.0 < before_end);
        if wrote { DURATION_MAX_NS } else { 0 }
    }
}
