//! Looks below a directory without ever being led out of it.
//!
//! Every step opens one plain name relative to the directory before it with `O_NOFOLLOW`: a symbolic
//! link inside a snapshot is an entry, never a way. Files are opened non-blocking and only after
//! they are known to be regular, so that a FIFO in a snapshot hangs nobody.

use std::{
    ffi::OsStr,
    fs::File,
    io,
    os::{fd::OwnedFd, unix::ffi::OsStrExt as _},
    path::Path,
};

use model::{Bytes, EntryKind, Metadata, Timestamp, Xattr};
use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags, Stat};

/// Longest value of all extended attributes together. Linux bounds one value to 64 KiB and the list of
/// names to 64 KiB.
const XATTR_BYTES_MAX: usize = 64 * 1024;

/// Most entries of one directory that are listed. Chosen by eye: 4 million names need about 1 GB.
pub(super) const ENTRIES_MAX: usize = 4_000_000;

const DIRECTORY: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// What tells one inode in one state from another: device, inode, size, change time.
pub(super) type FileState = (u64, u64, i64, i64, i64);

/// What stands at the end of a path below a directory.
pub(super) struct Entry {
    parent: OwnedFd,
    name: Vec<u8>,
    stat: Stat,
}

/// Opens the directory at `path`; the path itself is the operator's and may go through links.
pub(super) fn open_directory(path: &Path) -> io::Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    Ok(rustix::fs::openat(CWD, path, flags, Mode::empty())?)
}

/// Finds the entry at `names` below `top`; `None` when it is not there or something on the way is no directory.
pub(super) fn find(top: &OwnedFd, names: &[&[u8]]) -> io::Result<Option<Entry>> {
    let mut parent = top.try_clone()?;
    let Some((last, way)) = names.split_last() else {
        let stat = rustix::fs::fstat(top)?;
        return Ok(Some(Entry { parent, name: b".".to_vec(), stat }));
    };
    for name in way {
        match rustix::fs::openat(&parent, OsStr::from_bytes(name), DIRECTORY, Mode::empty()) {
            Ok(next) => parent = next,
            Err(error) if is_absence(error) => return Ok(None),
            Err(error) => return Err(error.into()),
        }
    }
    match rustix::fs::statat(&parent, OsStr::from_bytes(last), AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) => Ok(Some(Entry { parent, name: last.to_vec(), stat })),
        Err(error) if is_absence(error) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Not there, or the way is blocked by a file or a link: in this snapshot the path does not exist.
fn is_absence(error: rustix::io::Errno) -> bool {
    use rustix::io::Errno;
    matches!(error, Errno::NOENT | Errno::NOTDIR | Errno::LOOP | Errno::NAMETOOLONG)
}

impl Entry {
    /// Modification and change time.
    pub(super) fn times(&self) -> (Timestamp, Timestamp) {
        let stat = &self.stat;
        (
            Timestamp::from_seconds(stat.st_mtime, u32::try_from(stat.st_mtime_nsec).unwrap_or(0)),
            Timestamp::from_seconds(stat.st_ctime, u32::try_from(stat.st_ctime_nsec).unwrap_or(0)),
        )
    }

    pub(super) fn file_type(&self) -> FileType {
        FileType::from_raw_mode(self.stat.st_mode)
    }

    pub(super) fn state(&self) -> FileState {
        let stat = &self.stat;
        (stat.st_dev, stat.st_ino, stat.st_size, stat.st_ctime, stat.st_ctime_nsec as i64)
    }

    pub(super) fn size(&self) -> u64 {
        u64::try_from(self.stat.st_size).unwrap_or(0)
    }

    /// Everything a restore would bring back. Fails when attributes or link texts cannot be read.
    pub(super) fn metadata(&self) -> io::Result<Metadata> {
        let entry = self.kind()?;
        let is_file = entry == EntryKind::File;
        let stat = &self.stat;
        Ok(Metadata {
            mode: Some(stat.st_mode & 0o7777),
            uid: Some(stat.st_uid),
            gid: Some(stat.st_gid),
            size: is_file.then(|| self.size()),
            modified: Some(Timestamp::from_seconds(stat.st_mtime, u32::try_from(stat.st_mtime_nsec).unwrap_or(0))),
            // Inode and link count are the copy's, not the original's.
            inode: None,
            links: None,
            xattrs: self.xattrs()?,
            entry,
        })
    }

    fn kind(&self) -> io::Result<EntryKind> {
        let special = |what: &str| EntryKind::Special { what: what.to_string() };
        Ok(match self.file_type() {
            FileType::RegularFile => EntryKind::File,
            FileType::Directory => EntryKind::Directory,
            FileType::Symlink => {
                let target = rustix::fs::readlinkat(&self.parent, OsStr::from_bytes(&self.name), Vec::new())?;
                EntryKind::Symlink { target: Bytes(target.into_bytes()) }
            }
            FileType::BlockDevice => special("block"),
            FileType::CharacterDevice => special("char"),
            FileType::Fifo => special("fifo"),
            FileType::Socket => special("socket"),
            FileType::Unknown => special("unknown"),
        })
    }

    /// Attributes of files and directories, sorted by name; `None` for other kinds and where the file
    /// system keeps none.
    fn xattrs(&self) -> io::Result<Option<Vec<Xattr>>> {
        let descriptor = match self.file_type() {
            FileType::RegularFile => OwnedFd::from(self.open()?),
            FileType::Directory => self.open_directory()?,
            _ => return Ok(None),
        };
        let mut names = vec![0_u8; XATTR_BYTES_MAX];
        let length = match rustix::fs::flistxattr(&descriptor, &mut names[..]) {
            Ok(length) => length,
            Err(rustix::io::Errno::NOTSUP) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        names.truncate(length);
        let mut xattrs = Vec::new();
        for name in names.split(|&byte| byte == 0).filter(|name| !name.is_empty()) {
            let mut value = vec![0_u8; XATTR_BYTES_MAX];
            match rustix::fs::fgetxattr(&descriptor, OsStr::from_bytes(name), &mut value[..]) {
                Ok(length) => value.truncate(length),
                Err(rustix::io::Errno::NODATA) => continue,
                Err(error) => return Err(error.into()),
            }
            xattrs.push(Xattr { name: Bytes::from(name), value: Bytes(value) });
        }
        xattrs.sort();
        Ok(Some(xattrs))
    }

    /// Opens a regular file for reading; fails with `InvalidInput` when it is none any more.
    pub(super) fn open(&self) -> io::Result<File> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let open = |flags| rustix::fs::openat(&self.parent, OsStr::from_bytes(&self.name), flags, Mode::empty());
        // Access times are evidence too; only the owner and root may ask to leave them alone.
        let descriptor = match open(flags | OFlags::NOATIME) {
            Err(rustix::io::Errno::PERM) => open(flags)?,
            other => other?,
        };
        let stat = rustix::fs::fstat(&descriptor)?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "no regular file"));
        }
        Ok(File::from(descriptor))
    }

    /// Opens a directory.
    pub(super) fn open_directory(&self) -> io::Result<OwnedFd> {
        Ok(rustix::fs::openat(&self.parent, OsStr::from_bytes(&self.name), DIRECTORY, Mode::empty())?)
    }
}

/// The names in a directory, sorted, at most [`ENTRIES_MAX`].
pub(super) fn names(directory: &OwnedFd) -> io::Result<Vec<Vec<u8>>> {
    let mut names = Vec::new();
    for entry in Dir::read_from(directory)? {
        let name = entry?.file_name().to_bytes().to_vec();
        if name == b"." || name == b".." {
            continue;
        }
        if names.len() == ENTRIES_MAX {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("more than {ENTRIES_MAX} entries")));
        }
        names.push(name);
    }
    names.sort();
    Ok(names)
}
