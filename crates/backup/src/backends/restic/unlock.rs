//! From a password to the repository's master key, by `rustic_core`.
//!
//! `rustic_core` gets a storage that shows it the checked key files and the config, and that
//! refuses every write: no lock, no cache, no repair can reach the repository.

use std::{
    panic::{self, AssertUnwindSafe},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use bytes::Bytes;
use model::Sha256;
use rustic_core::{
    BytesList, Credentials, ErrorKind, FileType, Id, ReadBackend, Repository, RepositoryBackends, RepositoryOptions,
    RusticError, RusticResult, WriteBackend,
};

use super::{
    seal::Seal,
    storage::{Folder, Storage},
};
use crate::{Error, Kind};

/// Real key files have about 450 bytes, configs about 200.
const SMALL_FILE_BYTES_MAX: u64 = 64 * 1024;

/// Most key files that are tried: each costs a second of key derivation.
const KEYS_MAX: usize = 64;

/// Memory that a key file may ask of scrypt (128·N·r). restic calibrates to 60 MB; a planted key
/// file must not be able to take the machine down.
const SCRYPT_BYTES_MAX: u64 = 512 << 20;

/// Most scrypt lanes. restic uses 1 to 20.
const SCRYPT_LANES_MAX: u32 = 64;

const CANNOT_OPEN: &str = "cannot open";

/// What opening found out.
pub(super) struct Unlocked {
    pub seal: Seal,
    /// The repository's own id, hexadecimal.
    pub repository: String,
    pub warnings: Vec<String>,
}

/// Opens the repository. Fails with [`Kind::NotARepository`], [`Kind::PermissionDenied`],
/// [`Kind::ConfigDamaged`], [`Kind::KeyDamaged`], [`Kind::PasswordMissing`], [`Kind::WrongPassword`] or
/// [`Kind::UnsupportedFormat`].
pub(super) fn unlock(url: &str, storage: &Storage, password: Option<&str>) -> Result<Unlocked, Error> {
    let error = |kind| Error::new(CANNOT_OPEN, url, kind);
    let config = storage.read_config(SMALL_FILE_BYTES_MAX).map_err(|cause| missing(url, "config", cause))?;
    if config.len() <= Seal::OVERHEAD {
        let detail = format!("only {} bytes long", config.len());
        return Err(error(Kind::ConfigDamaged { detail }));
    }
    let keys = Keys::read(url, storage)?;
    if keys.good.is_empty() {
        let detail = keys.refused.first().cloned().unwrap_or_else(|| "there is none".to_string());
        return Err(error(Kind::KeyDamaged { detail }));
    }
    let Some(password) = password else { return Err(error(Kind::PasswordMissing)) };
    let warnings = keys.refused.iter().map(|refused| format!("key_refused source={url} {refused}")).collect();
    let any_altered = !keys.refused.is_empty() || keys.altered;
    let shown = Arc::new(Shown { config: config.into(), keys: keys.good, config_was_read: AtomicBool::new(false) });
    let backends = RepositoryBackends::new(shown.clone(), None);
    let mut options = RepositoryOptions::default();
    options.no_cache = true;
    // rustic_core 0.13 asserts on some malformed key material; a planted key file must not end the investigation.
    let opened = panic::catch_unwind(AssertUnwindSafe(|| {
        Repository::new(&options, &backends)?.open(&Credentials::password(password))
    }));
    let opened = opened.unwrap_or_else(|_| Err(RusticError::new(ErrorKind::Key, "a key file is malformed")));
    let repository = opened.map_err(|cause| {
        if cause.is_incorrect_password() {
            // A flipped bit in a key file looks exactly like a wrong password.
            let detail = "the password opens none of the intact ones, and another is altered".to_string();
            return error(if any_altered { Kind::KeyDamaged { detail } } else { Kind::WrongPassword });
        }
        let detail = cause.display_log();
        error(match unsupported_version(&detail) {
            Some(version) => Kind::UnsupportedFormat { version },
            None if shown.config_was_read.load(Ordering::Relaxed) => Kind::ConfigDamaged { detail },
            None => Kind::KeyDamaged { detail },
        })
    })?;
    let config = repository.config();
    if !(1..=2).contains(&config.version) {
        return Err(error(Kind::UnsupportedFormat { version: config.version }));
    }
    let master = repository.key();
    let seal = Seal::of(&master.encrypt, &master.mac.k, &master.mac.r)
        .ok_or_else(|| error(Kind::KeyDamaged { detail: "the master key has a wrong length".to_string() }))?;
    Ok(Unlocked { seal, repository: config.id.to_hex().to_string(), warnings })
}

/// `rustic_core` names the version in words only.
fn unsupported_version(text: &str) -> Option<u32> {
    if !text.contains("not supported") {
        return None;
    }
    let (_, rest) = text.split_once("version")?;
    rest.split(|character: char| !character.is_ascii_digit()).find(|digits| !digits.is_empty())?.parse().ok()
}

fn missing(url: &str, what: &str, cause: std::io::Error) -> Error {
    if cause.kind() == std::io::ErrorKind::NotFound {
        return Error::new(CANNOT_OPEN, url, Kind::NotARepository { lacking: what.to_string() });
    }
    Error::io(CANNOT_OPEN, format!("{url} ({what})"), cause)
}

/// The key files that may be shown to `rustic_core`.
struct Keys {
    good: Vec<(Id, Bytes)>,
    /// Some readable one does not hash to its own name.
    altered: bool,
    refused: Vec<String>,
}

#[derive(serde::Deserialize)]
struct KeyFile {
    kdf: String,
    #[serde(rename = "N")]
    n: u32,
    r: u32,
    p: u32,
}

impl Keys {
    fn read(url: &str, storage: &Storage) -> Result<Self, Error> {
        let mut keys = Self { good: Vec::new(), altered: false, refused: Vec::new() };
        let listed = storage.list(Folder::Keys).map_err(|cause| missing(url, "keys", cause))?;
        for (name, _) in listed.into_iter().take(KEYS_MAX) {
            let bytes = match storage.read(Folder::Keys, &name, SMALL_FILE_BYTES_MAX) {
                Ok(bytes) => bytes,
                Err(cause) if cause.kind() == std::io::ErrorKind::PermissionDenied => {
                    return Err(Error::io(CANNOT_OPEN, format!("{url} (keys/{})", name.short()), cause));
                }
                Err(cause) => {
                    keys.refused.push(format!("key={} detail={cause}", name.short()));
                    continue;
                }
            };
            match check(&bytes) {
                Ok(()) => {
                    keys.altered |= Sha256::of(&bytes) != name;
                    keys.good.push((Id::new(name.0), bytes.into()));
                }
                Err(detail) => keys.refused.push(format!("key={} detail={detail}", name.short())),
            }
        }
        Ok(keys)
    }
}

fn check(bytes: &[u8]) -> Result<(), String> {
    let key: KeyFile = serde_json::from_slice(bytes).map_err(|cause| cause.to_string())?;
    let memory = 128 * u64::from(key.n) * u64::from(key.r);
    let plain = key.kdf == "scrypt" && key.n.is_power_of_two() && key.n > 1 && key.r > 0 && key.p > 0;
    if !plain || memory > SCRYPT_BYTES_MAX || key.p > SCRYPT_LANES_MAX {
        return Err(format!("unreasonable key derivation N={} r={} p={}", key.n, key.r, key.p));
    }
    Ok(())
}

/// The part of the repository that `rustic_core` sees.
#[derive(Debug)]
struct Shown {
    config: Bytes,
    keys: Vec<(Id, Bytes)>,
    config_was_read: AtomicBool,
}

fn refuse<T>(what: &'static str) -> RusticResult<T> {
    Err(RusticError::new(ErrorKind::Unsupported, what))
}

impl ReadBackend for Shown {
    fn location(&self) -> String {
        "read-only".to_string()
    }

    fn list_with_size(&self, kind: FileType) -> RusticResult<Vec<(Id, u32)>> {
        Ok(match kind {
            FileType::Config => vec![(Id::default(), u32::try_from(self.config.len()).unwrap_or(u32::MAX))],
            FileType::Key => {
                self.keys.iter().map(|(id, bytes)| (*id, u32::try_from(bytes.len()).unwrap_or(u32::MAX))).collect()
            }
            _ => Vec::new(),
        })
    }

    fn read_full(&self, kind: FileType, id: &Id) -> RusticResult<Bytes> {
        match kind {
            FileType::Config => {
                self.config_was_read.store(true, Ordering::Relaxed);
                Ok(self.config.clone())
            }
            FileType::Key => match self.keys.iter().find(|(known, _)| known == id) {
                Some((_, bytes)) => Ok(bytes.clone()),
                None => refuse("no such key"),
            },
            _ => refuse("not shown"),
        }
    }

    fn read_partial(&self, _: FileType, _: &Id, _: bool, _: u32, _: u32) -> RusticResult<Bytes> {
        refuse("not shown")
    }

    fn warmup_path(&self, _: FileType, _: &Id) -> String {
        String::new()
    }
}

impl WriteBackend for Shown {
    fn create(&self) -> RusticResult<()> {
        refuse("backups are never written")
    }

    fn write_bytes(&self, _: FileType, _: &Id, _: bool, _: BytesList) -> RusticResult<()> {
        refuse("backups are never written")
    }

    fn remove(&self, _: FileType, _: &Id, _: bool) -> RusticResult<()> {
        refuse("backups are never written")
    }
}
