//! Opens evidence for reading and nothing else: no link is followed, no access time changed,
//! no device or pipe waited for.

use std::{
    ffi::CStr,
    fs::File,
    io,
    os::fd::{AsFd, OwnedFd},
    path::Path,
};

use rustix::{
    fs::{CWD, Mode, OFlags, openat},
    io::Errno,
};

const READING: OFlags =
    OFlags::RDONLY.union(OFlags::NOFOLLOW).union(OFlags::NONBLOCK).union(OFlags::NOCTTY).union(OFlags::CLOEXEC);

/// Opens a file by its path.
pub(crate) fn file(path: &Path) -> io::Result<File> {
    Ok(open(CWD, path, READING)?.into())
}

/// Opens a file by its name in an open directory.
pub(crate) fn file_in(directory: impl AsFd, name: &CStr) -> io::Result<File> {
    Ok(open(directory, name, READING)?.into())
}

/// Opens a directory by its path.
pub(crate) fn directory(path: &Path) -> io::Result<OwnedFd> {
    Ok(open(CWD, path, READING.union(OFlags::DIRECTORY))?)
}

/// Opens a directory by its name in an open one.
pub(crate) fn directory_in(directory: impl AsFd, name: &CStr) -> io::Result<OwnedFd> {
    Ok(open(directory, name, READING.union(OFlags::DIRECTORY))?)
}

/// Only a file's owner and root may leave its access time alone: ask, and do without when refused.
fn open(directory: impl AsFd, path: impl rustix::path::Arg + Copy, flags: OFlags) -> Result<OwnedFd, Errno> {
    match openat(&directory, path, flags.union(OFlags::NOATIME), Mode::empty()) {
        Err(Errno::PERM) => openat(&directory, path, flags, Mode::empty()),
        other => other,
    }
}
