//! What stands at a place: looked at without starting, following or waiting for anything.

use std::{
    fs::File,
    io,
    os::fd::{AsFd as _, BorrowedFd, OwnedFd},
};

use model::{Bytes, EntryKind, Fingerprint, Metadata, Sha256, Timestamp, Xattr};
use rustix::fs::{FileType, OFlags, Statx, StatxAttributes, StatxTimestamp};
use sha2::Digest as _;

use crate::{NoFaults, Refusal, Target, attributes, calls::Calls, error::Attempted as _, target::Place};

/// Files beyond this size are fingerprinted without a hash (inode, size and times stay), unless the
/// expected content is exactly that large. Chosen by eye: about ten seconds of hashing.
pub const FINGERPRINT_BYTES_MAX: u64 = 16 << 30;

/// Likewise for files with more bytes of holes than this: they cost an attacker nothing to plant by the
/// thousand. Chosen by eye.
const HOLE_BYTES_MAX: u64 = 1 << 30;

/// Which contents are hashed for a fingerprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hashing {
    /// None.
    Never,
    /// Those within the bounds above, and of the expected size whatever it is.
    Bounded {
        /// Size of the clean version.
        expected: Option<u64>,
    },
}

const READ_BYTES: usize = 1 << 17;

/// One object, held with `O_PATH`, and its status when it was looked at.
#[derive(Debug)]
pub(crate) struct Look {
    pub(crate) object: OwnedFd,
    pub(crate) stat: Statx,
}

impl Look {
    pub(crate) fn at(
        calls: Calls<'_>,
        target: &Target,
        root: usize,
        at: (BorrowedFd<'_>, &[u8]),
    ) -> Result<Option<Self>, Refusal> {
        let Some(object) = target.entry(calls, root, at)? else { return Ok(None) };
        let stat = calls.statx(object.as_fd()).attempted("looking at the object")?;
        Ok(Some(Self { object, stat }))
    }

    pub(crate) fn at_place(calls: Calls<'_>, target: &Target, place: &Place) -> Result<Option<Self>, Refusal> {
        Self::at(calls, target, place.root, place.at())
    }

    pub(crate) fn inode(&self) -> u64 {
        self.stat.stx_ino
    }

    pub(crate) fn file_type(&self) -> FileType {
        FileType::from_raw_mode(u32::from(self.stat.stx_mode))
    }

    pub(crate) fn is_directory(&self) -> bool {
        self.file_type() == FileType::Directory
    }

    pub(crate) fn is_file(&self) -> bool {
        self.file_type() == FileType::RegularFile
    }

    /// `file`, `directory`, `symlink`, `block`, `char`, `fifo` or `socket`.
    pub(crate) fn kind(&self) -> &'static str {
        match self.file_type() {
            FileType::RegularFile => "file",
            FileType::Directory => "directory",
            FileType::Symlink => "symlink",
            FileType::BlockDevice => "block",
            FileType::CharacterDevice => "char",
            FileType::Fifo => "fifo",
            FileType::Socket => "socket",
            FileType::Unknown => "unknown",
        }
    }

    /// Same object, nothing written or set since. The change time cannot be set back by `utimensat`.
    pub(crate) fn is_unchanged(&self, since: &Self) -> bool {
        let time = |time: &StatxTimestamp| (time.tv_sec, time.tv_nsec);
        let facts = |stat: &Statx| {
            let owner = (stat.stx_mode, stat.stx_uid, stat.stx_gid);
            (stat.stx_ino, stat.stx_size, owner, time(&stat.stx_mtime), time(&stat.stx_ctime))
        };
        facts(&self.stat) == facts(&since.stat)
    }

    pub(crate) fn mode(&self) -> u32 {
        u32::from(self.stat.stx_mode) & 0o7777
    }

    pub(crate) fn modified(&self) -> Timestamp {
        Timestamp::from_seconds(self.stat.stx_mtime.tv_sec, self.stat.stx_mtime.tv_nsec)
    }

    /// Refuses what the inode's flags forbid to touch, with the flag's name.
    pub(crate) fn refuse_if_locked(&self) -> Result<(), Refusal> {
        for (flag, reason) in [(StatxAttributes::IMMUTABLE, "immutable"), (StatxAttributes::APPEND, "append_only")] {
            if self.stat.stx_attributes.contains(flag) {
                return Err(Refusal::because(reason, "the inode carries this flag; take it away with chattr first"));
            }
        }
        Ok(())
    }

    /// The content's SHA-256; `None` for what is no regular file or not to be hashed.
    pub(crate) fn content_hash(&self, calls: Calls<'_>, hashing: Hashing) -> io::Result<Option<Sha256>> {
        let size = self.stat.stx_size;
        let holes = size.saturating_sub(self.stat.stx_blocks.saturating_mul(512));
        let is_wanted = match hashing {
            Hashing::Never => false,
            Hashing::Bounded { expected } => {
                expected == Some(size) || (size <= FINGERPRINT_BYTES_MAX && holes <= HOLE_BYTES_MAX)
            }
        };
        if !self.is_file() || !is_wanted {
            return Ok(None);
        }
        let file = calls.reopen(self.object.as_fd(), OFlags::empty())?;
        hash_file(calls, &mut File::from(file), self.stat.stx_size).map(Some)
    }

    /// The content's SHA-256 as the page cache has it and as the disk has it.
    ///
    /// The pages must have been synchronised before, else the kernel keeps them and both are the cache.
    pub(crate) fn cached_and_stored_hash(&self, calls: Calls<'_>) -> io::Result<(Sha256, Sha256)> {
        let mut file = File::from(calls.reopen(self.object.as_fd(), OFlags::empty())?);
        let cached = hash_file(calls, &mut file, self.stat.stx_size)?;
        calls.forget_cached(file.as_fd())?;
        io::Seek::rewind(&mut file)?;
        Ok((cached, hash_file(calls, &mut file, self.stat.stx_size)?))
    }

    pub(crate) fn fingerprint(&self, calls: Calls<'_>, hashing: Hashing) -> Result<Fingerprint, Refusal> {
        let sha256 = match self.file_type() {
            FileType::Symlink => Some(Sha256::of(&calls.readlink(self.object.as_fd()).attempted("reading the link")?)),
            // Content that we may not read stays unknown, and so does that of a file on which somebody holds a
            // lease, which would make us wait. It can then never count as "already right".
            _ => match self.content_hash(calls, hashing) {
                Err(error) if matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::WouldBlock) => {
                    None
                }
                other => other.attempted("reading the content")?,
            },
        };
        Ok(Fingerprint::Something {
            kind: self.kind().to_string(),
            inode: self.inode(),
            mode: self.mode(),
            uid: self.stat.stx_uid,
            gid: self.stat.stx_gid,
            size: self.stat.stx_size,
            modified: self.modified(),
            sha256,
        })
    }

    /// All metadata, as a backup would hold it.
    pub(crate) fn metadata(&self, calls: Calls<'_>) -> Result<Metadata, Refusal> {
        let entry = match self.file_type() {
            FileType::RegularFile => EntryKind::File,
            FileType::Directory => EntryKind::Directory,
            FileType::Symlink => {
                EntryKind::Symlink { target: Bytes(calls.readlink(self.object.as_fd()).attempted("reading the link")?) }
            }
            _ => EntryKind::Special { what: self.kind().to_string() },
        };
        Ok(Metadata {
            entry,
            mode: Some(self.mode()),
            uid: Some(self.stat.stx_uid),
            gid: Some(self.stat.stx_gid),
            size: self.is_file().then_some(self.stat.stx_size),
            modified: Some(self.modified()),
            inode: Some(self.inode()),
            links: Some(u64::from(self.stat.stx_nlink)),
            xattrs: self.attributes(calls)?,
        })
    }

    /// Extended attributes, sorted; `None` where the file system has none.
    pub(crate) fn attributes(&self, calls: Calls<'_>) -> Result<Option<Vec<Xattr>>, Refusal> {
        attributes::read_all(calls, self.object.as_fd()).attempted("reading the extended attributes")
    }
}

/// Fingerprint of what a look found, [`Fingerprint::Nothing`] when it found nothing.
pub(crate) fn fingerprint_of(calls: Calls<'_>, found: Option<&Look>, hashing: Hashing) -> Result<Fingerprint, Refusal> {
    found.map_or(Ok(Fingerprint::Nothing), |look| look.fingerprint(calls, hashing))
}

/// Hashes from the cursor on, at most `bytes_max` bytes: a file that somebody keeps appending to has an end for us.
pub(crate) fn hash_file(calls: Calls<'_>, file: &mut File, bytes_max: u64) -> io::Result<Sha256> {
    let mut hash = sha2::Sha256::new();
    let mut buffer = vec![0; READ_BYTES];
    let mut left = bytes_max;
    while left > 0 {
        let want = usize::try_from(left).unwrap_or(READ_BYTES).min(READ_BYTES);
        let got = calls.read(file, &mut buffer[..want])?;
        if got == 0 {
            break;
        }
        hash.update(&buffer[..got]);
        left -= got as u64;
    }
    Ok(Sha256(hash.finalize().into()))
}

/// What stands at a host path now. Reads only; never follows links, never opens anything but regular files.
///
/// Fails with the reasons of a place that cannot be reached safely: `outside_target`, `unsafe_name`,
/// `unsafe_parent`, `parent_missing`, `mount_point`, `reserved_name`, `path_is_target_root`.
pub fn inspect(target: &Target, path: &Bytes) -> Result<Fingerprint, Refusal> {
    let calls = Calls::new(&NoFaults);
    let place = target.place(calls, path)?;
    fingerprint_of(calls, Look::at_place(calls, target, &place)?.as_ref(), Hashing::Bounded { expected: None })
}

/// What stands at a host path, for the checks that prove a restore.
#[derive(Debug)]
pub struct Observed {
    /// Kind, owner, mode, times, links and attributes.
    pub metadata: Metadata,
    /// A regular file's content, open for reading only; `None` for every other kind, and for a file
    /// that this user may not read.
    pub content: Option<File>,
}

impl Observed {
    /// Asks the kernel to drop the file's cached pages, so that the next read comes from the disk.
    /// (An attack on the page cache leaves the disk clean, and the other way round.)
    pub fn forget_cached(&self) -> io::Result<()> {
        match &self.content {
            Some(file) => Calls::new(&NoFaults).forget_cached(file.as_fd()),
            None => Ok(()),
        }
    }
}

/// Looks at a host path; `None` when nothing is there. Fails like [`inspect`].
pub fn observe(target: &Target, path: &Bytes) -> Result<Option<Observed>, Refusal> {
    let calls = Calls::new(&NoFaults);
    let place = target.place(calls, path)?;
    let Some(look) = Look::at_place(calls, target, &place)? else { return Ok(None) };
    let content = match look.is_file().then(|| calls.reopen(look.object.as_fd(), OFlags::empty())) {
        None => None,
        Some(Err(error)) if error.kind() == io::ErrorKind::PermissionDenied => None,
        Some(opened) => Some(File::from(opened.attempted("opening the file")?)),
    };
    Ok(Some(Observed { metadata: look.metadata(calls)?, content }))
}
