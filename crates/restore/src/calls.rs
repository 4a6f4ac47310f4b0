//! Every system call that this crate makes on a target, each behind a fault point.
//!
//! All of them take a directory or object that is already open and a single name below it; none
//! takes a path of the target. (The one exception, `/proc/self/fd/N`, names a descriptor we hold.)

use std::{
    io::{self, Read as _},
    num::NonZeroU64,
    os::fd::{AsFd, AsRawFd as _, BorrowedFd, OwnedFd},
};

use rustix::fs::{
    self, Advice, AtFlags, Mode, OFlags, RenameFlags, ResolveFlags, Statx, StatxFlags, Timespec, Timestamps, XattrFlags,
};

use crate::FaultPoint;

/// Largest value and largest name list of extended attributes: `XATTR_SIZE_MAX` and `XATTR_LIST_MAX`
/// of `linux/limits.h`.
const XATTR_BYTES_MAX: usize = 65_536;

/// `openat2` with `RESOLVE_BENEATH` and friends answers `EAGAIN` while names are being moved; trying
/// again is what openat2(2) asks for. Chosen by eye; each further try means another rename in the microsecond before.
const OPEN_TRIES_MAX: usize = 128;

/// The system calls, with the fault point that each passes first.
#[derive(Clone, Copy)]
pub(crate) struct Calls<'a> {
    faults: &'a dyn FaultPoint,
}

impl<'a> Calls<'a> {
    pub(crate) fn new(faults: &'a dyn FaultPoint) -> Self {
        Self { faults }
    }

    /// Passes the fault point of an operation that is not a method here (journal, lock).
    pub(crate) fn reach(&self, call: &'static str) -> io::Result<()> {
        self.faults.reach(call)
    }

    pub(crate) fn openat2(
        &self,
        at: BorrowedFd<'_>,
        path: &[u8],
        flags: OFlags,
        resolve: ResolveFlags,
    ) -> io::Result<OwnedFd> {
        self.reach("openat2")?;
        let mut tries = 0;
        loop {
            match fs::openat2(at, path, flags | OFlags::CLOEXEC, Mode::empty(), resolve) {
                Err(rustix::io::Errno::AGAIN) if tries < OPEN_TRIES_MAX => tries += 1,
                other => return Ok(other?),
            }
        }
    }

    /// Opens one component; never follows a link, never waits for the other end of a FIFO.
    pub(crate) fn openat(&self, at: BorrowedFd<'_>, name: &[u8], flags: OFlags) -> io::Result<OwnedFd> {
        self.reach("openat")?;
        let flags = flags | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
        Ok(fs::openat(at, name, flags, Mode::empty())?)
    }

    /// Makes a regular file that was not there before, mode 0600.
    pub(crate) fn create(&self, at: BorrowedFd<'_>, name: &[u8]) -> io::Result<OwnedFd> {
        self.reach("create")?;
        let flags = OFlags::CREATE | OFlags::EXCL | OFlags::RDWR | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(fs::openat(at, name, flags, Mode::from_raw_mode(0o600))?)
    }

    /// Opens the very object behind a descriptor (`O_PATH` or not) again, for reading.
    ///
    /// Through `/proc`, because only that cannot be tricked into another object; only ever called
    /// for regular files and directories, so nothing with a driver behind it is opened.
    pub(crate) fn reopen(&self, object: BorrowedFd<'_>, flags: OFlags) -> io::Result<OwnedFd> {
        self.reach("reopen")?;
        let flags = flags | OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
        let path = descriptor_path(object);
        // Without O_NOATIME our reading would change the access time, which is evidence; only owners may ask for it.
        match fs::open(&*path, flags | OFlags::NOATIME, Mode::empty()) {
            Err(rustix::io::Errno::PERM) => Ok(fs::open(&*path, flags, Mode::empty())?),
            other => Ok(other?),
        }
    }

    pub(crate) fn statx(&self, object: BorrowedFd<'_>) -> io::Result<Statx> {
        self.reach("statx")?;
        let wanted = StatxFlags::BASIC_STATS | StatxFlags::BTIME | StatxFlags::MNT_ID;
        Ok(fs::statx(object, c"", AtFlags::EMPTY_PATH | AtFlags::SYMLINK_NOFOLLOW, wanted)?)
    }

    /// Which mount an object lies on, without asking a network or FUSE file system to answer.
    pub(crate) fn statx_cached(&self, object: BorrowedFd<'_>) -> io::Result<Statx> {
        self.reach("statx")?;
        let flags = AtFlags::EMPTY_PATH | AtFlags::SYMLINK_NOFOLLOW | AtFlags::STATX_DONT_SYNC;
        Ok(fs::statx(object, c"", flags, StatxFlags::MNT_ID)?)
    }

    pub(crate) fn read(&self, file: &mut std::fs::File, buffer: &mut [u8]) -> io::Result<usize> {
        self.reach("read")?;
        loop {
            match file.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => return other,
            }
        }
    }

    pub(crate) fn forget_cached(&self, file: BorrowedFd<'_>) -> io::Result<()> {
        self.reach("fadvise")?;
        Ok(fs::fadvise(file, 0, None::<NonZeroU64>, Advice::DontNeed)?)
    }

    pub(crate) fn readlink(&self, link: BorrowedFd<'_>) -> io::Result<Vec<u8>> {
        self.reach("readlink")?;
        Ok(fs::readlinkat(link, c"", Vec::new())?.into_bytes())
    }

    pub(crate) fn symlink(&self, text: &[u8], at: BorrowedFd<'_>, name: &[u8]) -> io::Result<()> {
        self.reach("symlinkat")?;
        Ok(fs::symlinkat(text, at, name)?)
    }

    pub(crate) fn mkdir(&self, at: BorrowedFd<'_>, name: &[u8]) -> io::Result<()> {
        self.reach("mkdirat")?;
        Ok(fs::mkdirat(at, name, Mode::from_raw_mode(0o700))?)
    }

    pub(crate) fn unlink(&self, at: BorrowedFd<'_>, name: &[u8]) -> io::Result<()> {
        self.reach("unlinkat")?;
        Ok(fs::unlinkat(at, name, AtFlags::empty())?)
    }

    pub(crate) fn rmdir(&self, at: BorrowedFd<'_>, name: &[u8]) -> io::Result<()> {
        self.reach("rmdir")?;
        Ok(fs::unlinkat(at, name, AtFlags::REMOVEDIR)?)
    }

    /// Swaps two names that are both there.
    pub(crate) fn exchange(&self, one: (BorrowedFd<'_>, &[u8]), other: (BorrowedFd<'_>, &[u8])) -> io::Result<()> {
        self.reach("exchange")?;
        Ok(fs::renameat_with(one.0, one.1, other.0, other.1, RenameFlags::EXCHANGE)?)
    }

    /// Moves a name to where nothing is; fails with `EEXIST` otherwise.
    pub(crate) fn rename_new(&self, from: (BorrowedFd<'_>, &[u8]), to: (BorrowedFd<'_>, &[u8])) -> io::Result<()> {
        self.reach("rename")?;
        Ok(fs::renameat_with(from.0, from.1, to.0, to.1, RenameFlags::NOREPLACE)?)
    }

    pub(crate) fn fsync(&self, file: BorrowedFd<'_>) -> io::Result<()> {
        self.reach("fsync")?;
        Ok(fs::fsync(file)?)
    }

    pub(crate) fn chown(&self, object: BorrowedFd<'_>, uid: Option<u32>, gid: Option<u32>) -> io::Result<()> {
        self.reach("chown")?;
        let (uid, gid) = (uid.map(fs::Uid::from_raw), gid.map(fs::Gid::from_raw));
        Ok(fs::chownat(object, c"", uid, gid, AtFlags::EMPTY_PATH | AtFlags::SYMLINK_NOFOLLOW)?)
    }

    pub(crate) fn chmod(&self, object: BorrowedFd<'_>, mode: u32) -> io::Result<()> {
        self.reach("chmod")?;
        let mode = Mode::from_raw_mode(mode);
        match fs::fchmod(object, mode) {
            // An `O_PATH` descriptor: the call that takes those (fchmodat2) is younger than the kernels that we support.
            Err(rustix::io::Errno::BADF) => {
                Ok(fs::chmodat(fs::CWD, &*descriptor_path(object), mode, AtFlags::empty())?)
            }
            other => Ok(other?),
        }
    }

    /// Sets the modification time and leaves the access time alone.
    pub(crate) fn set_modified(&self, object: BorrowedFd<'_>, modified: model::Timestamp) -> io::Result<()> {
        self.reach("utimens")?;
        let times = Timestamps {
            last_access: Timespec { tv_sec: 0, tv_nsec: fs::UTIME_OMIT },
            last_modification: Timespec {
                tv_sec: modified.seconds(),
                tv_nsec: i64::from(modified.subsecond_nanos()) as _,
            },
        };
        match fs::utimensat(object, c"", &times, AtFlags::EMPTY_PATH | AtFlags::SYMLINK_NOFOLLOW) {
            // Before Linux 5.8 utimensat knows no AT_EMPTY_PATH.
            Err(rustix::io::Errno::INVAL) => {
                Ok(fs::utimensat(fs::CWD, &*descriptor_path(object), &times, AtFlags::empty())?)
            }
            other => Ok(other?),
        }
    }

    pub(crate) fn xattr_names(&self, object: BorrowedFd<'_>) -> io::Result<Vec<Vec<u8>>> {
        self.reach("listxattr")?;
        let mut list = Vec::with_capacity(XATTR_BYTES_MAX);
        fs::listxattr(&*descriptor_path(object), rustix::buffer::spare_capacity(&mut list))?;
        Ok(list.split(|&byte| byte == 0).filter(|name| !name.is_empty()).map(<[u8]>::to_vec).collect())
    }

    pub(crate) fn xattr(&self, object: BorrowedFd<'_>, name: &[u8]) -> io::Result<Vec<u8>> {
        self.reach("getxattr")?;
        let mut value = Vec::with_capacity(XATTR_BYTES_MAX);
        fs::getxattr(&*descriptor_path(object), name, rustix::buffer::spare_capacity(&mut value))?;
        Ok(value)
    }

    pub(crate) fn set_xattr(&self, object: BorrowedFd<'_>, name: &[u8], value: &[u8]) -> io::Result<()> {
        self.reach("setxattr")?;
        Ok(fs::setxattr(&*descriptor_path(object), name, value, XattrFlags::empty())?)
    }

    pub(crate) fn remove_xattr(&self, object: BorrowedFd<'_>, name: &[u8]) -> io::Result<()> {
        self.reach("removexattr")?;
        Ok(fs::removexattr(&*descriptor_path(object), name)?)
    }

    /// The names in a directory, sorted, at most `entries_max`; `None` when there are more.
    pub(crate) fn entries(
        &self,
        directory: impl AsFd,
        entries_max: usize,
    ) -> io::Result<Option<std::collections::BTreeSet<Vec<u8>>>> {
        self.reach("getdents")?;
        let mut names = std::collections::BTreeSet::new();
        for entry in fs::Dir::read_from(directory)? {
            let entry = entry?;
            let name = entry.file_name().to_bytes();
            if name == b"." || name == b".." {
                continue;
            }
            if names.len() == entries_max {
                return Ok(None);
            }
            names.insert(name.to_vec());
        }
        Ok(Some(names))
    }
}

fn descriptor_path(object: BorrowedFd<'_>) -> String {
    format!("/proc/self/fd/{}", object.as_raw_fd())
}
