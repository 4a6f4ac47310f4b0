//! Originals: hashed at first read, kept content-addressed and read-only, or left in place.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Write as _},
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use model::{Blake3, EvidenceItem, Sha256, Storage};
use rustix::fs::{Advice, fadvise};
use sha2::Digest as _;

use crate::{Error, open};

/// Where originals are kept, in the case directory.
pub const EVIDENCE_DIRECTORY: &str = "evidence";

const CHUNK_BYTES: usize = 256 * 1024;
const INCOMING: &str = ".incoming-";

/// The file of the case that keeps the original with that hash: `evidence/HH/HASH`.
pub fn stored_path(case: &Path, sha256: &Sha256) -> PathBuf {
    let name = sha256.to_string();
    case.join(EVIDENCE_DIRECTORY).join(&name[..2]).join(name)
}

/// Reads an original again as a whole and compares it with both of its hashes.
///
/// Fails with [`Error::StoredDiffers`] or [`Error::Changed`] when it differs, [`Error::Unreadable`]
/// when it cannot be read, [`Error::NothingTaken`] for an item of which nothing could be read at intake.
pub fn check_original(case: &Path, item: &EvidenceItem) -> Result<(), Error> {
    let (file, path) = reopen(case, item)?;
    let hashes = copy(file, &mut |_| Ok(()))
        .map_err(|failure| Error::Unreadable { path: path.clone(), source: failure.into_source() })?;
    if (hashes.sha256, hashes.blake3) == (item.original.sha256, item.original.blake3) {
        return Ok(());
    }
    Err(differs(item, path))
}

/// Compares the faster of the two hashes only.
pub(crate) fn check_blake3(file: &mut impl Read, item: &EvidenceItem, path: &Path) -> Result<(), Error> {
    let mut hasher = blake3::Hasher::new();
    let mut buffer = vec![0; CHUNK_BYTES];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => break,
            Ok(got) => hasher.update(&buffer[..got]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(source) => return Err(Error::Unreadable { path: path.to_path_buf(), source }),
        };
    }
    if *hasher.finalize().as_bytes() == item.original.blake3.0 {
        Ok(())
    } else {
        Err(differs(item, path.to_path_buf()))
    }
}

fn differs(item: &EvidenceItem, path: PathBuf) -> Error {
    match item.original.storage {
        Storage::Copied => Error::StoredDiffers { path },
        Storage::InPlace => Error::Changed { path },
    }
}

/// Opens the bytes of an item, wherever they are kept. Of bytes in place, any of the paths at
/// which they were handed over will do.
pub(crate) fn reopen(case: &Path, item: &EvidenceItem) -> Result<(File, PathBuf), Error> {
    if item.sources.is_empty() && item.original.size == 0 {
        return Err(Error::NothingTaken { path: as_path(&item.original.path) });
    }
    let path = match item.original.storage {
        Storage::Copied => stored_path(case, &item.original.sha256),
        Storage::InPlace => as_path(&item.original.path),
    };
    let opened = match (open::file(&path), &item.original.storage) {
        (Err(error), Storage::InPlace) => item
            .original
            .also_at
            .iter()
            .find_map(|other| open::file(&as_path(other)).ok().map(|file| (file, as_path(other))))
            .ok_or(error),
        (opened, _) => opened.map(|file| (file, path.clone())),
    };
    opened.map_err(|source| Error::Unreadable { path, source })
}

pub(crate) fn as_path(bytes: &model::Bytes) -> PathBuf {
    use std::os::unix::ffi::OsStrExt as _;
    std::ffi::OsStr::from_bytes(bytes.as_bytes()).into()
}

/// Both hashes and the number of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hashes {
    pub(crate) sha256: Sha256,
    pub(crate) blake3: Blake3,
    pub(crate) size: u64,
}

/// Which side of a copy failed.
pub(crate) enum CopyFailure {
    /// Reading; the hashes are of what was read before.
    Read(io::Error, Hashes),
    /// Passing the bytes on.
    Write(io::Error),
}

impl CopyFailure {
    fn into_source(self) -> io::Error {
        match self {
            Self::Read(error, _) | Self::Write(error) => error,
        }
    }
}

/// Reads to the end in one pass, hashing, and passes every chunk on.
pub(crate) fn copy(
    mut reader: impl Read,
    pass_on: &mut dyn FnMut(&[u8]) -> io::Result<()>,
) -> Result<Hashes, CopyFailure> {
    let (mut sha256, mut blake3) = (sha2::Sha256::new(), blake3::Hasher::new());
    let mut buffer = vec![0; CHUNK_BYTES];
    let mut size = 0_u64;
    let failed = loop {
        match reader.read(&mut buffer) {
            Ok(0) => break None,
            Ok(got) => {
                sha256.update(&buffer[..got]);
                blake3.update(&buffer[..got]);
                size += got as u64;
                pass_on(&buffer[..got]).map_err(CopyFailure::Write)?;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => break Some(error),
        }
    };
    let hashes =
        Hashes { sha256: Sha256(sha256.finalize().into()), blake3: Blake3(*blake3.finalize().as_bytes()), size };
    match failed {
        None => Ok(hashes),
        Some(error) => Err(CopyFailure::Read(error, hashes)),
    }
}

/// A file on its way into the evidence store; removed again unless it is kept.
pub(crate) struct Incoming<'a> {
    case: &'a Path,
    path: PathBuf,
    pub(crate) file: File,
}

impl<'a> Incoming<'a> {
    pub(crate) fn create(case: &'a Path) -> io::Result<Self> {
        let path = case.join(EVIDENCE_DIRECTORY).join(format!("{INCOMING}{}", std::process::id()));
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        Ok(Self { case, path, file })
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)
    }

    /// Makes the file durable and read-only, moves it to its place, and reads it back from the disk.
    pub(crate) fn keep(self, hashes: &Hashes) -> Result<(), Error> {
        let target = stored_path(self.case, &hashes.sha256);
        let failed = |source| Error::Store { path: target.clone(), source };
        if target.symlink_metadata().is_err() {
            self.file.set_permissions(fs::Permissions::from_mode(0o444)).map_err(failed)?;
            self.file.sync_all().map_err(failed)?;
            // Without this the check below would read the page cache, not the disk.
            let _ = fadvise(&self.file, 0, None, Advice::DontNeed);
            if let Some(directory) = target.parent() {
                fs::create_dir_all(directory).map_err(failed)?;
            }
            fs::rename(&self.path, &target).map_err(failed)?;
            stdx::atomic::sync_directory(&target).map_err(failed)?;
        }
        let stored = open::file(&target).map_err(failed)?;
        let again = copy(stored, &mut |_| Ok(())).map_err(|failure| failed(failure.into_source()))?;
        if again == *hashes { Ok(()) } else { Err(Error::StoredDiffers { path: target }) }
    }
}

impl Drop for Incoming<'_> {
    fn drop(&mut self) {
        // After `keep` there is nothing under this name any more, unless the original was known already.
        let _ = fs::remove_file(&self.path);
    }
}

/// Removes what a crashed intake left behind. The caller holds the lock.
pub(crate) fn remove_leftovers(case: &Path) {
    let Ok(entries) = fs::read_dir(case.join(EVIDENCE_DIRECTORY)) else { return };
    for entry in entries.flatten() {
        if entry.file_name().as_encoded_bytes().starts_with(INCOMING.as_bytes()) {
            let _ = fs::remove_file(entry.path());
        }
    }
}
