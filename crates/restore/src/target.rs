//! The directory, or directories, that stand for the host, and the only way to a place below them.

use std::{
    io,
    os::fd::{AsFd as _, BorrowedFd, OwnedFd},
    path::{Path, PathBuf},
};

use model::Bytes;
use rustix::fs::{Mode, OFlags, ResolveFlags};
use stdx::safe_name;

use crate::{Error, NoFaults, Refusal, calls::Calls, walk::Walk};

/// Names at the top of a target that start so are ours; no step may act on them.
pub(crate) const PRIVATE_PREFIX: &[u8] = b".yobitsugi-";

/// Says that the host's `host_prefix` lies at `directory` on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathMapping {
    /// Absolute path on the host: `/`, or `/srv/host`.
    pub host_prefix: Bytes,
    /// Where it lies here. Reached without symbolic links.
    pub directory: PathBuf,
}

/// What stands for the host. Paths outside every mapping are refused.
///
/// Each mapping is one mount: a step whose path crosses into another mount is refused
/// (`mount_point`), unless a mapping of its own names that mount. So a mount that an attacker slips
/// in leads nowhere, and a host with `/var` on its own file system is restored by mapping both.
#[derive(Debug)]
pub struct Target {
    roots: Vec<Root>,
    walk: Walk,
}

/// One mapping, opened.
#[derive(Debug)]
pub(crate) struct Root {
    pub(crate) host_prefix: Bytes,
    components: Vec<Vec<u8>>,
    pub(crate) directory: OwnedFd,
    pub(crate) inode: u64,
    pub(crate) mount: Mount,
}

/// Which mount an object lies on: device and, where the kernel tells it, mount id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mount {
    device: (u32, u32),
    id: u64,
}

impl Mount {
    pub(crate) fn of(stat: &rustix::fs::Statx) -> Self {
        // `stx_mnt_id` is 0 before Linux 5.8; then the device alone decides.
        Self { device: (stat.stx_dev_major, stat.stx_dev_minor), id: stat.stx_mnt_id }
    }
}

/// A verified parent directory and the one name below it that a step acts on.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) root: usize,
    pub(crate) parent: OwnedFd,
    pub(crate) parent_inode: u64,
    pub(crate) name: Vec<u8>,
}

impl Place {
    pub(crate) fn at(&self) -> (BorrowedFd<'_>, &[u8]) {
        (self.parent.as_fd(), &self.name)
    }
}

impl Target {
    /// Opens the directories of all mappings.
    ///
    /// Fails with [`Error::Target`], [`Error::TargetThroughLink`] or [`Error::HostPrefix`].
    pub fn open(mappings: &[PathMapping]) -> Result<Self, Error> {
        Self::open_with(mappings, Walk::best())
    }

    /// Opens a directory that stands for the host's `/`.
    pub fn open_root(directory: &Path) -> Result<Self, Error> {
        Self::open(&[PathMapping { host_prefix: Bytes::from("/"), directory: directory.to_path_buf() }])
    }

    /// [`Target::open`] with the walk that is used where the kernel has no `openat2` (before Linux 5.6, or
    /// forbidden by a container's seccomp profile): every component opened by itself with `O_NOFOLLOW`.
    pub fn open_component_wise(mappings: &[PathMapping]) -> Result<Self, Error> {
        Self::open_with(mappings, Walk::ComponentWise)
    }

    fn open_with(mappings: &[PathMapping], walk: Walk) -> Result<Self, Error> {
        let mut roots: Vec<Root> = Vec::new();
        for mapping in mappings {
            let wrong = || Error::HostPrefix { prefix: mapping.host_prefix.to_string() };
            let components = components(&mapping.host_prefix).map_err(|_| wrong())?;
            if roots.iter().any(|root| root.components == components) {
                return Err(wrong());
            }
            let directory = open_directory(&mapping.directory)?;
            let stat = Calls::new(&NoFaults)
                .statx(directory.as_fd())
                .map_err(|source| Error::Target { path: mapping.directory.clone(), source })?;
            roots.push(Root {
                host_prefix: mapping.host_prefix.clone(),
                components,
                directory,
                inode: stat.stx_ino,
                mount: Mount::of(&stat),
            });
        }
        Ok(Self { roots, walk })
    }

    pub(crate) fn root(&self, index: usize) -> &Root {
        &self.roots[index]
    }

    pub(crate) fn roots(&self) -> &[Root] {
        &self.roots
    }

    /// Finds the parent directory of a host path, through real directories of the mapping's own mount only.
    pub(crate) fn place(&self, calls: Calls<'_>, path: &Bytes) -> Result<Place, Refusal> {
        let wanted = components(path)?;
        let root = self
            .root_of(&wanted)
            .ok_or_else(|| Refusal::because("outside_target", "no mapping of the target covers this host path"))?;
        let within = &wanted[self.roots[root].components.len()..];
        let Some((name, parents)) = within.split_last() else {
            return Err(Refusal::because("path_is_target_root", "the path is the target directory itself"));
        };
        if within[0].starts_with(PRIVATE_PREFIX) {
            return Err(Refusal::because("reserved_name", "the name belongs to this program's own directories"));
        }
        let parent = self.walk.directory(calls, &self.roots[root], parents)?;
        let stat =
            calls.statx(parent.as_fd()).map_err(|error| Refusal::of("looking at the parent directory", &error))?;
        Ok(Place { root, parent, parent_inode: stat.stx_ino, name: name.clone() })
    }

    /// Opens one entry with `O_PATH`, not following it, not crossing a mount; `None` when nothing is there.
    pub(crate) fn entry(
        &self,
        calls: Calls<'_>,
        root: usize,
        at: (BorrowedFd<'_>, &[u8]),
    ) -> Result<Option<OwnedFd>, Refusal> {
        self.walk.entry(calls, &self.roots[root], at.0, at.1)
    }

    fn root_of(&self, wanted: &[Vec<u8>]) -> Option<usize> {
        let covering = self.roots.iter().enumerate().filter(|(_, root)| wanted.starts_with(&root.components));
        covering.max_by_key(|(_, root)| root.components.len()).map(|(index, _)| index)
    }
}

/// Splits an absolute host path into plain names; `.`, `..`, NUL and over-long names are refused, not resolved.
pub(crate) fn components(path: &Bytes) -> Result<Vec<Vec<u8>>, Refusal> {
    let refuse = |why: String| Refusal::because("unsafe_name", why);
    let Some(rest) = path.as_bytes().strip_prefix(b"/") else {
        return Err(refuse("the path is not absolute".into()));
    };
    let mut names = Vec::new();
    for name in rest.split(|&byte| byte == b'/').filter(|name| !name.is_empty()) {
        safe_name::check(name).map_err(|error| refuse(error.to_string()))?;
        names.push(name.to_vec());
    }
    Ok(names)
}

/// The operator's own path: taken at its word, but not through links, which on a hostile tree could lead anywhere.
fn open_directory(path: &Path) -> Result<OwnedFd, Error> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let wrong = |source: io::Error| {
        let is_link = path.symlink_metadata().is_ok_and(|found| found.is_symlink());
        if is_link || rustix::io::Errno::from_io_error(&source) == Some(rustix::io::Errno::LOOP) {
            return Error::TargetThroughLink { path: path.to_path_buf() };
        }
        Error::Target { path: path.to_path_buf(), source }
    };
    let no_links = ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    match rustix::fs::openat2(rustix::fs::CWD, path, flags, Mode::empty(), no_links) {
        Err(rustix::io::Errno::NOSYS | rustix::io::Errno::PERM) => {}
        other => return other.map_err(|errno| wrong(errno.into())),
    }
    let absolute = std::path::absolute(path).map_err(wrong)?;
    let mut directory = rustix::fs::open(c"/", flags, Mode::empty()).map_err(|errno| wrong(errno.into()))?;
    for component in absolute.components() {
        match component {
            std::path::Component::Normal(name) => {
                directory =
                    rustix::fs::openat(&directory, name, flags, Mode::empty()).map_err(|errno| match errno {
                        // O_DIRECTORY makes the kernel answer ENOTDIR for a link that O_NOFOLLOW stops at.
                        rustix::io::Errno::NOTDIR if path.is_dir() => {
                            Error::TargetThroughLink { path: path.to_path_buf() }
                        }
                        _ => wrong(errno.into()),
                    })?;
            }
            std::path::Component::ParentDir => return Err(Error::TargetThroughLink { path: path.to_path_buf() }),
            _ => {}
        }
    }
    Ok(directory)
}
