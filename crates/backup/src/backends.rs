//! The kinds of sources: one line each.

mod directory;
mod restic;

use std::{
    fs,
    io::Read as _,
    path::{Path, PathBuf},
};

use crate::{Backend, Error, Kind};

/// How a kind of source is told and opened.
struct BackendKind {
    /// What stands before the colon of its URL.
    scheme: &'static str,
    /// Whether the directory looks like such a source.
    detect: fn(&Path) -> bool,
    /// What [`detect`](Self::detect) looks for, in words for an error.
    looks_for: &'static str,
    open: Open,
}

type Open = fn(&Location, &OpenOptions) -> Result<Box<dyn Backend>, Error>;

/// Specific before general: a restic repository is a directory too.
const BACKENDS: &[BackendKind] = &[
    BackendKind {
        scheme: "restic",
        detect: restic::detect,
        looks_for: "restic's config, keys and data",
        open: restic::open,
    },
    BackendKind {
        scheme: "dir",
        detect: directory::detect,
        looks_for: "directories named after times",
        open: directory::open,
    },
];

/// Longest password file that is read: restic itself reads one line.
const PASSWORD_BYTES_MAX: u64 = 64 * 1024;

/// How a source is opened.
#[derive(Debug, Clone, Default)]
pub struct OpenOptions {
    /// Where the password comes from. `None`: the source must need none.
    pub password: Option<Password>,
    /// Where the version index may be kept, so that a second look-up is fast: a directory of the
    /// case, created when missing. `None`: nothing is kept.
    pub cache: Option<PathBuf>,
}

/// Where a password comes from. Never shown by `Debug`.
#[derive(Clone)]
pub enum Password {
    /// The password.
    Given(String),
    /// Its first line, read when the source is opened.
    File(PathBuf),
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Given(_) => f.write_str("Given(…)"),
            Self::File(path) => write!(f, "File({})", path.display()),
        }
    }
}

impl Password {
    fn read(&self) -> Result<String, Error> {
        match self {
            Self::Given(password) => Ok(password.clone()),
            Self::File(path) => {
                let attempted = "cannot read the password file";
                let failed = |source| Error::io(attempted, path.display().to_string(), source);
                let mut bytes = Vec::new();
                let file = fs::File::open(path).map_err(failed)?;
                file.take(PASSWORD_BYTES_MAX).read_to_end(&mut bytes).map_err(failed)?;
                let line = bytes.split(|&byte| byte == b'\n').next().unwrap_or_default();
                let line = line.strip_suffix(b"\r").unwrap_or(line);
                String::from_utf8(line.to_vec())
                    .map_err(|_| Error::new(attempted, path.display().to_string(), Kind::WrongPassword))
            }
        }
    }
}

/// A URL taken apart.
struct Location {
    /// As it was given.
    url: String,
    path: PathBuf,
    /// What follows `?`, as name and value.
    settings: Vec<(String, String)>,
}

impl Location {
    fn of(url: &str, rest: &str) -> Self {
        // A `?` that is part of a name on disk is not a query.
        let (path, query) = match rest.rsplit_once('?') {
            Some((path, query)) if query.contains('=') && !Path::new(rest).exists() => (path, query),
            _ => (rest, ""),
        };
        let settings = query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .map(|(name, value)| (name.to_string(), value.to_string()))
            .collect();
        Self { url: url.to_string(), path: PathBuf::from(path), settings }
    }

    /// Whether a person vouches for what snapshots say of their own times (`times=declared`): the
    /// storage's times are known to be lost, for example by a copy.
    fn trusts_declared_times(&self) -> bool {
        self.setting("times") == Some("declared")
    }

    fn setting(&self, name: &str) -> Option<&str> {
        self.settings.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Opens a source: `restic:PATH`, `dir:PATH?root=/srv/host`, or a bare path whose kind is found out.
///
/// `?times=declared` (or `&times=declared`) takes what snapshots say of their own times, which their
/// writer can forge: only for a source whose storage times were lost, and whose snapshots a person vouches for.
///
/// Nothing is written to the source, and nothing of it is locked: freeze its pruning first. Fails with
/// [`Kind::UnknownBackend`], [`Kind::Missing`], [`Kind::NotARepository`], [`Kind::PermissionDenied`],
/// [`Kind::PasswordMissing`], [`Kind::WrongPassword`], [`Kind::ConfigDamaged`], [`Kind::KeyDamaged`] or
/// [`Kind::UnsupportedFormat`].
pub fn open(url: &str, options: &OpenOptions) -> Result<Box<dyn Backend>, Error> {
    for kind in BACKENDS {
        if let Some(rest) = url.strip_prefix(kind.scheme).and_then(|rest| rest.strip_prefix(':')) {
            let location = Location::of(url, rest);
            look(&location)?;
            return (kind.open)(&location, options);
        }
    }
    let location = Location::of(url, url);
    let scheme = url.split_once(':').map(|(scheme, _)| scheme);
    let named =
        scheme.is_some_and(|scheme| !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    if named && fs::symlink_metadata(&location.path).is_err() {
        return Err(Error::new("cannot open", url, Kind::UnknownBackend));
    }
    look(&location)?;
    for kind in BACKENDS {
        if (kind.detect)(&location.path) {
            return (kind.open)(&location, options);
        }
    }
    let lacking = BACKENDS.iter().map(|kind| kind.looks_for).collect::<Vec<_>>().join(", and no ");
    Err(Error::new("cannot open", url, Kind::NotARepository { lacking }))
}

/// There must be a readable directory, whatever the kind.
fn look(location: &Location) -> Result<(), Error> {
    let failed = |source| Error::io("cannot open", location.url.clone(), source);
    if !fs::metadata(&location.path).map_err(failed)?.is_dir() {
        let lacking = "directory of that name".to_string();
        return Err(Error::new("cannot open", location.url.clone(), Kind::NotARepository { lacking }));
    }
    fs::read_dir(&location.path).map_err(failed)?;
    Ok(())
}
