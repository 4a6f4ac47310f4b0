//! Finds the files below the given paths: in byte order, no link followed, nothing special opened.

use std::{
    ffi::{CString, OsStr},
    fs::File,
    io,
    os::{fd::OwnedFd, unix::ffi::OsStrExt as _, unix::fs::MetadataExt as _},
    path::{Path, PathBuf},
};

use model::ProblemKind;
use rustix::fs::{AtFlags, Dir, FileType, fstat, statat};

use crate::{
    Error,
    limits::DIRECTORY_DEPTH_MAX,
    open,
    state_trees::{LeftAlone, left_alone},
};

/// What stands at a path.
pub(crate) enum Entry {
    /// A regular file, open for reading.
    File(File),
    /// Something that cannot be, or is not, read.
    NotRead(ProblemKind, String),
}

/// Shows every file below the given paths to `visit`, which may fail.
pub(crate) struct Search<'a> {
    /// A directory that is left out: the case itself, as (device, inode).
    pub(crate) leave_out: Option<(u64, u64)>,
    /// Entries that may still be shown.
    pub(crate) left: usize,
    /// What was left alone below the path that is being searched; `None` where everything is taken.
    pub(crate) left_alone: Option<LeftAlone>,
    pub(crate) visit: &'a mut dyn FnMut(&Path, Entry) -> Result<(), Error>,
}

/// The identity of a directory, so that it can be left out under any name.
pub(crate) fn identity(path: &Path) -> Option<(u64, u64)> {
    path.metadata().ok().map(|metadata| (metadata.dev(), metadata.ino()))
}

impl Search<'_> {
    /// A path as the person gave it.
    pub(crate) fn given(&mut self, path: &Path) -> Result<(), Error> {
        let metadata = match path.symlink_metadata() {
            Ok(metadata) => metadata,
            Err(error) => return self.show(path, unreadable(&error)),
        };
        if metadata.is_dir() {
            return match open::directory(path) {
                Ok(directory) => {
                    // Who gives a place inside as evidence wants it read.
                    let inside = left_alone(path.as_os_str().as_bytes()).is_some();
                    self.left_alone = (!inside).then(LeftAlone::default);
                    self.directory(path, directory, 1)?;
                    match self.left_alone.take().and_then(|left| left.text("files or directories")) {
                        Some(text) => self.show(path, Entry::NotRead(ProblemKind::LeftAlone, text)),
                        None => Ok(()),
                    }
                }
                Err(error) => self.show(path, unreadable(&error)),
            };
        }
        let opened = if metadata.is_file() { Some(open::file(path)) } else { None };
        let link = || std::fs::read_link(path).map(PathBuf::into_os_string).unwrap_or_default();
        let kind = FileType::from_raw_mode(metadata.mode());
        self.show(path, entry(kind, opened, link))
    }

    fn directory(&mut self, path: &Path, directory: OwnedFd, depth: usize) -> Result<(), Error> {
        if fstat(&directory).is_ok_and(|stat| Some((stat.st_dev, stat.st_ino)) == self.leave_out) {
            return Ok(());
        }
        if depth > DIRECTORY_DEPTH_MAX {
            let text = format!("not read: more than {DIRECTORY_DEPTH_MAX} directories inside each other");
            return self.show(path, Entry::NotRead(ProblemKind::Bound, text));
        }
        let names = match self.names(&directory) {
            Ok(names) => names,
            Err(error) => return self.show(path, unreadable(&error)),
        };
        for name in names {
            if self.left == 0 {
                return Ok(());
            }
            let below = path.join(OsStr::from_bytes(name.to_bytes()));
            if let Some(left) = &mut self.left_alone
                && let Some(what) = left_alone(below.as_os_str().as_bytes())
            {
                left.add(what);
                continue;
            }
            match statat(&directory, &name, AtFlags::SYMLINK_NOFOLLOW).map(|stat| FileType::from_raw_mode(stat.st_mode))
            {
                Ok(FileType::Directory) => match open::directory_in(&directory, &name) {
                    Ok(inner) => self.directory(&below, inner, depth + 1)?,
                    Err(error) => self.show(&below, unreadable(&error))?,
                },
                Ok(kind) => {
                    let opened = (kind == FileType::RegularFile).then(|| open::file_in(&directory, &name));
                    let link = || {
                        let text = rustix::fs::readlinkat(&directory, &name, Vec::new()).unwrap_or_default();
                        OsStr::from_bytes(text.to_bytes()).to_os_string()
                    };
                    self.show(&below, entry(kind, opened, link))?;
                }
                Err(error) => self.show(&below, unreadable(&error.into()))?,
            }
        }
        Ok(())
    }

    /// The names in a directory, sorted; one more than may still be shown at most.
    fn names(&self, directory: &OwnedFd) -> io::Result<Vec<CString>> {
        let mut names = Vec::new();
        for entry in Dir::read_from(directory)? {
            let entry = entry?;
            if !matches!(entry.file_name().to_bytes(), b"." | b"..") {
                names.push(entry.file_name().to_owned());
            }
            if names.len() > self.left {
                break;
            }
        }
        names.sort();
        Ok(names)
    }

    fn show(&mut self, path: &Path, entry: Entry) -> Result<(), Error> {
        match self.left {
            0 => return Ok(()),
            1 => {
                self.left = 0;
                let text = "the bound on the number of files was reached here; this and all further ones are not read";
                return (self.visit)(path, Entry::NotRead(ProblemKind::Bound, text.into()));
            }
            _ => self.left -= 1,
        }
        (self.visit)(path, entry)
    }
}

fn entry(kind: FileType, opened: Option<io::Result<File>>, link: impl FnOnce() -> std::ffi::OsString) -> Entry {
    let special = |what: &str| Entry::NotRead(ProblemKind::Unreadable, format!("not read: it is a {what}"));
    match (kind, opened) {
        // Between looking and opening somebody may have put something else there: only what is open counts.
        (_, Some(Ok(file))) => match file.metadata() {
            Ok(metadata) if metadata.is_file() => Entry::File(file),
            Ok(_) => special("different thing from what it was a moment ago"),
            Err(error) => unreadable(&error),
        },
        (_, Some(Err(error))) => unreadable(&error),
        (FileType::Symlink, None) => {
            let target = model::Bytes::from(link().as_bytes());
            special(&format!("symbolic link to {target}; give its target if it is evidence"))
        }
        (FileType::Socket, None) => special("socket"),
        (FileType::Fifo, None) => special("named pipe"),
        (FileType::BlockDevice, None) => special("block device; give an image of it"),
        (FileType::CharacterDevice, None) => special("character device"),
        _ => special("file of unknown kind"),
    }
}

fn unreadable(error: &io::Error) -> Entry {
    Entry::NotRead(ProblemKind::Unreadable, format!("not read: {error}"))
}
