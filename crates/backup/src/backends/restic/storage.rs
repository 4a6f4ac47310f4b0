//! The files of a local repository: opened for reading only, bounded, and never waited for.

use std::{
    fs::{self, File},
    io,
    os::unix::{ffi::OsStrExt as _, fs::MetadataExt as _},
    path::{Path, PathBuf},
};

use model::{Sha256, Timestamp};
use rustix::fs::{CWD, Mode, OFlags};

/// Most files of one kind that are listed. Chosen by eye: four million packs of 16 MiB are 64 TiB.
const FILES_MAX: usize = 4_000_000;

/// A kind of repository file. Source: restic design document, "Repository Layout".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Folder {
    Keys,
    Locks,
    Snapshots,
    Index,
}

impl Folder {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Keys => "keys",
            Self::Locks => "locks",
            Self::Snapshots => "snapshots",
            Self::Index => "index",
        }
    }
}

/// A repository directory on this machine.
#[derive(Debug, Clone)]
pub(super) struct Storage {
    pub root: PathBuf,
}

impl Storage {
    /// The files of a folder whose names are ids, sorted by id, with their modification times.
    /// Other names are passed over, as restic does. A missing folder is an error: every repository has all.
    pub(super) fn list(&self, folder: Folder) -> io::Result<Vec<(Sha256, Timestamp)>> {
        let mut files = Vec::new();
        list_into(&self.root.join(folder.name()), &mut files)?;
        files.sort();
        Ok(files)
    }

    /// The modification times of all packs.
    pub(super) fn pack_times(&self) -> io::Result<Vec<Timestamp>> {
        let mut files = Vec::new();
        for entry in fs::read_dir(self.root.join("data"))? {
            let path = entry?.path();
            if path.file_name().is_some_and(|name| name.len() == 2) && path.is_dir() {
                list_into(&path, &mut files)?;
            }
        }
        Ok(files.into_iter().map(|(_, time)| time).collect())
    }

    /// Reads a whole file of at most `bytes_max` bytes.
    pub(super) fn read(&self, folder: Folder, id: &Sha256, bytes_max: u64) -> io::Result<Vec<u8>> {
        read_whole(&self.root.join(folder.name()).join(id.to_string()), bytes_max)
    }

    /// Reads the repository's `config`, at most `bytes_max` bytes.
    pub(super) fn read_config(&self, bytes_max: u64) -> io::Result<Vec<u8>> {
        read_whole(&self.root.join("config"), bytes_max)
    }

    /// Opens a pack.
    pub(super) fn open_pack(&self, id: &Sha256) -> io::Result<File> {
        let id = id.to_string();
        open(&self.root.join("data").join(&id[..2]).join(&id))
    }
}

fn list_into(directory: &Path, files: &mut Vec<(Sha256, Timestamp)>) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let name = entry.file_name();
        let Some(id) = std::str::from_utf8(name.as_bytes()).ok().and_then(Sha256::from_hex) else { continue };
        // Gone since it was listed: a prune is running, which the lock files tell.
        let Ok(metadata) = entry.metadata() else { continue };
        if files.len() == FILES_MAX {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("more than {FILES_MAX} files")));
        }
        let nanoseconds = u32::try_from(metadata.mtime_nsec()).unwrap_or(0);
        files.push((id, Timestamp::from_seconds(metadata.mtime(), nanoseconds)));
    }
    Ok(())
}

fn read_whole(path: &Path, bytes_max: u64) -> io::Result<Vec<u8>> {
    stdx::capped::read_to_end(open(path)?, bytes_max)
}

/// Opens a regular file. Non-blocking, so that a FIFO planted in the repository hangs nobody.
fn open(path: &Path) -> io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    // Access times are evidence too; only the owner and root may ask to leave them alone.
    let descriptor = match rustix::fs::openat(CWD, path, flags | OFlags::NOATIME, Mode::empty()) {
        Err(rustix::io::Errno::PERM) => rustix::fs::openat(CWD, path, flags, Mode::empty())?,
        other => other?,
    };
    let file = File::from(descriptor);
    if !file.metadata()?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "no regular file"));
    }
    Ok(file)
}
