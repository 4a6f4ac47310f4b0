//! Files of stored events whose hash has been compared: what any Parquet reader may be given.

use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
};

use crate::{EVENTS_DIRECTORY, Error, Partition, partitions::LIST_FILE, partitions::file, partitions::partitions_of};

/// First layout whose files can be queried: those before have no [`crate::ORDINAL`].
const QUERIED_SINCE: u32 = 2;

/// The stored events of a case as files, for readers of Parquet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedFiles {
    /// The directory they lie below.
    pub directory: PathBuf,
    /// The files, by day and host.
    pub files: Vec<Partition>,
}

/// Compares the hash of every file of stored events with the list, and says where they lie.
///
/// A Parquet reader may panic on damaged bytes, and a file less looks like a quiet day: so this comes
/// before any query. Reads every file once. Fails with [`Error::Missing`] when no events were ever stored,
/// [`Error::Outdated`] when an earlier version stored them without the columns that queries need, and
/// [`Error::Damaged`] or [`Error::Read`] for the first file that is not what was stored.
pub fn verified_files(case: &Path) -> Result<VerifiedFiles, Error> {
    let list = partitions_of(case)?;
    let directory = case.join(EVENTS_DIRECTORY);
    if list.layout < QUERIED_SINCE {
        return Err(Error::Outdated { path: directory.join(LIST_FILE) });
    }
    for partition in &list.partitions {
        open(&file(case, partition), partition)?;
    }
    Ok(VerifiedFiles { directory, files: list.partitions })
}

/// Opens a file of stored events after its hash was compared.
pub(crate) fn open(path: &Path, partition: &Partition) -> Result<File, Error> {
    let damaged = |cause: &str| Error::Damaged { path: path.to_path_buf(), cause: cause.to_string() };
    let hash_and_open = || -> io::Result<_> {
        let mut file = File::open(path)?;
        let mut hasher = blake3::Hasher::new();
        hasher.update_reader(&mut file)?;
        Ok((*hasher.finalize().as_bytes(), file))
    };
    let (hash, file) = match hash_and_open() {
        Err(source) if source.kind() == io::ErrorKind::NotFound => {
            return Err(damaged("it was stored and is not there any more"));
        }
        other => other.map_err(|source| Error::Read { path: path.to_path_buf(), source })?,
    };
    if hash != partition.blake3.0 {
        return Err(damaged("it is not the file that was stored: its hash differs"));
    }
    Ok(file)
}
