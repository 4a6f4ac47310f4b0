//! Where stored events lie, and the list of their files.
//!
//! The list is what makes a lost file noticeable: a directory with a file less looks as good as one
//! in which less happened.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use model::{Blake3, Timestamp};
use serde::{Deserialize, Serialize};

use crate::Error;

/// Where events are stored, in the case directory.
pub const EVENTS_DIRECTORY: &str = "events";

/// Name of the list in [`EVENTS_DIRECTORY`]. Readers of partitioned tables pass over names that start with `_`.
pub(crate) const LIST_FILE: &str = "_partitions.json";

/// Version of the layout and of the columns: 2 added `ordinal` and the columns that only queries use.
pub(crate) const LAYOUT_VERSION: u32 = 2;

/// Hosts of one day that have a file of their own, each open at once in writing and reading. Host
/// names come from the evidence: there may be any number. Events of further hosts share one file.
pub(crate) const HOSTS_PER_DAY_MAX: usize = 256;

/// The directory of the hosts beyond [`HOSTS_PER_DAY_MAX`]; no host's name is escaped to that.
pub(crate) const OTHERS_DIRECTORY: &str = "host=%~others";

/// One file of stored events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Partition {
    /// Path below [`EVENTS_DIRECTORY`]: `host=H/day=YYYY-MM-DD/part-N.parquet`.
    pub path: String,
    /// The host, `None` for events that name none, and for the shared file (`host=%~others`) of the
    /// hosts beyond the first 256 of a day.
    pub host: Option<String>,
    /// The day in UTC, `YYYY-MM-DD`.
    pub day: String,
    /// Number of events.
    pub events: u64,
    /// Size of the file.
    pub bytes: u64,
    /// Hash of the file. It is compared before the file is read: a Parquet reader may panic on damaged bytes.
    pub blake3: Blake3,
    /// Time of its first event.
    pub first: Timestamp,
    /// Time of its last event.
    pub last: Timestamp,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct List {
    pub(crate) layout: u32,
    pub(crate) partitions: Vec<Partition>,
}

/// The files in which the events of a case are stored, by day and host.
///
/// Fails with [`Error::Missing`] when no events were ever stored, and with [`Error::Damaged`] or [`Error::List`]
/// when the list cannot be read or names paths that no writer of ours makes.
pub fn partitions(case: &Path) -> Result<Vec<Partition>, Error> {
    Ok(partitions_of(case)?.partitions)
}

/// The checked list itself.
pub(crate) fn partitions_of(case: &Path) -> Result<List, Error> {
    let path = case.join(EVENTS_DIRECTORY).join(LIST_FILE);
    let bytes = match stdx::artefact::read_capped(&path, stdx::artefact::ARTEFACT_BYTES_MAX) {
        Err(error) if error.is_missing() => return Err(Error::Missing { path }),
        other => other?,
    };
    let damaged = |cause: String| Error::Damaged { path: path.clone(), cause };
    let list: List = serde_json::from_slice(&bytes).map_err(|cause| damaged(cause.to_string()))?;
    if list.layout > LAYOUT_VERSION {
        return Err(damaged(format!("its layout {} is newer than this program knows", list.layout)));
    }
    let mut files_of_day = BTreeMap::new();
    for partition in &list.partitions {
        let files = files_of_day.entry(&partition.day).or_insert(0);
        *files += 1;
        if *files > HOSTS_PER_DAY_MAX + 1 {
            return Err(damaged(format!("it lists too many files of {}", partition.day)));
        }
        let components: Vec<_> = partition.path.split('/').collect();
        if components.len() != 3 || components.iter().any(|name| stdx::safe_name::check(name.as_bytes()).is_err()) {
            return Err(damaged(format!("it names the path {:?}", partition.path)));
        }
    }
    Ok(list)
}

/// The directory of a host: `host=` and its name, escaped; `host=unknown` for events without one.
pub(crate) fn host_directory(host: Option<&str>) -> String {
    match host {
        None => "host=unknown".to_string(),
        // A host that is really called so.
        Some("unknown") => "host=%75nknown".to_string(),
        Some(host) => format!("host={}", stdx::safe_name::escape(host)),
    }
}

pub(crate) fn file(case: &Path, partition: &Partition) -> PathBuf {
    case.join(EVENTS_DIRECTORY).join(&partition.path)
}
