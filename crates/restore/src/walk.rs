//! From a target's root to a directory below it, without ever leaving it.
//!
//! Two equally strict walks: one `openat2` call, or one `openat` per component. Both refuse
//! symbolic links in every component and mounts other than the root's.

use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};

use rustix::{
    fs::{CWD, Mode, OFlags, ResolveFlags},
    io::Errno,
};

use crate::{
    Refusal,
    calls::Calls,
    target::{Mount, Root},
};

/// How a path below the root is walked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Walk {
    /// `openat2` with `RESOLVE_BENEATH`, `NO_SYMLINKS`, `NO_MAGICLINKS`, `NO_XDEV` (openat2(2), Linux 5.6).
    Openat2,
    /// `openat` with `O_NOFOLLOW` for every component, and a comparison of its mount with the root's.
    ComponentWise,
}

const RESOLVE: ResolveFlags = ResolveFlags::BENEATH
    .union(ResolveFlags::NO_SYMLINKS)
    .union(ResolveFlags::NO_MAGICLINKS)
    .union(ResolveFlags::NO_XDEV);

const DIRECTORY: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW);
const COMPONENT: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW);
const ENTRY: OFlags = OFlags::PATH.union(OFlags::NOFOLLOW);

impl Walk {
    /// The walk that this kernel allows. `EPERM` is what older container seccomp profiles answer for an unknown call.
    pub(crate) fn best() -> Self {
        match rustix::fs::openat2(CWD, c".", OFlags::PATH | OFlags::CLOEXEC, Mode::empty(), ResolveFlags::NO_SYMLINKS) {
            Err(Errno::NOSYS | Errno::PERM) => Self::ComponentWise,
            _ => Self::Openat2,
        }
    }

    /// Opens the directory `names` below the root.
    pub(crate) fn directory(self, calls: Calls<'_>, root: &Root, names: &[Vec<u8>]) -> Result<OwnedFd, Refusal> {
        if self == Self::Openat2 {
            let path = if names.is_empty() { b".".to_vec() } else { names.join(&b'/') };
            return calls
                .openat2(root.directory.as_fd(), &path, DIRECTORY, RESOLVE)
                .map_err(|error| parent_refusal(&error));
        }
        // With O_PATH until the mount is known to be ours: opening a directory of a mounted FUSE or network file
        // system would wait for whoever answers for it.
        let mut directory =
            calls.openat(root.directory.as_fd(), b".", COMPONENT).map_err(|error| parent_refusal(&error))?;
        for name in names {
            let next = calls.openat(directory.as_fd(), name, COMPONENT).map_err(|error| parent_refusal(&error))?;
            same_mount(calls, root, next.as_fd())?;
            directory = next;
        }
        calls.openat(directory.as_fd(), b".", DIRECTORY).map_err(|error| parent_refusal(&error))
    }

    /// Opens one entry of a directory with `O_PATH`: whatever it is, nothing of it is started, followed or waited for.
    pub(crate) fn entry(
        self,
        calls: Calls<'_>,
        root: &Root,
        directory: BorrowedFd<'_>,
        name: &[u8],
    ) -> Result<Option<OwnedFd>, Refusal> {
        let opened = match self {
            Self::Openat2 => calls.openat2(directory, name, ENTRY, RESOLVE),
            Self::ComponentWise => calls.openat(directory, name, ENTRY),
        };
        match opened {
            Ok(entry) => {
                if self == Self::ComponentWise {
                    same_mount(calls, root, entry.as_fd())?;
                }
                Ok(Some(entry))
            }
            Err(error) => match Errno::from_io_error(&error) {
                Some(Errno::NOENT) => Ok(None),
                Some(Errno::XDEV) => Err(mount_refusal()),
                _ => Err(Refusal::of("looking at the path", &error)),
            },
        }
    }
}

fn same_mount(calls: Calls<'_>, root: &Root, object: BorrowedFd<'_>) -> Result<(), Refusal> {
    let stat = calls.statx_cached(object).map_err(|error| Refusal::of("looking at the mount", &error))?;
    if Mount::of(&stat) == root.mount { Ok(()) } else { Err(mount_refusal()) }
}

fn mount_refusal() -> Refusal {
    Refusal::because("mount_point", "another file system is mounted on the way; give it a mapping of its own")
}

fn parent_refusal(error: &std::io::Error) -> Refusal {
    match Errno::from_io_error(error) {
        Some(Errno::LOOP) => Refusal::because("unsafe_parent", "a parent directory is a symbolic link"),
        // The component-wise walk gets ENOTDIR for a link too, because it asks for a directory.
        Some(Errno::NOTDIR) => Refusal::because("unsafe_parent", "a parent is not a real directory"),
        Some(Errno::XDEV) => mount_refusal(),
        Some(Errno::NOENT) => Refusal::because("parent_missing", "a parent directory is missing and no step makes it"),
        Some(Errno::NAMETOOLONG) => Refusal::because("unsafe_name", "the path is longer than the system allows"),
        _ => Refusal::of("opening the parent directory", error),
    }
}
