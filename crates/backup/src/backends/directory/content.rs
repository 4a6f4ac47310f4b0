//! Contents of files in snapshot directories: hashed, and checked for being still the same file.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, Read as _, Write},
    os::{fd::OwnedFd, unix::ffi::OsStrExt as _},
    path::Path,
};

use model::{Bytes, ContentRef, Sha256};
use sha2::Digest as _;

use super::beneath::{self, FileState};
use crate::{Error, Kind, history::Sighted, path};

/// The contents below the directory of snapshots.
pub(super) struct Contents<'d> {
    /// Its canonical path.
    pub base: &'d Path,
    /// The same, opened.
    pub top: &'d OwnedFd,
}

impl Contents<'_> {
    /// Equal metadata in different inodes proves no equal content: those files are hashed.
    pub(super) fn tell_apart(&self, sighted: &mut [(Sighted, Option<FileState>)]) {
        let mut states: BTreeMap<String, BTreeSet<FileState>> = BTreeMap::new();
        for (sighted, state) in sighted.iter() {
            if let (Sighted::Entry(metadata, _), Some(state)) = (sighted, state) {
                states.entry(format!("{metadata:?}")).or_default().insert(*state);
            }
        }
        let mut hashes: BTreeMap<FileState, Result<Sha256, String>> = BTreeMap::new();
        for (sighted, state) in sighted {
            let (Sighted::Entry(metadata, ContentRef::Path { path, sha256 }), Some(state)) = (&mut *sighted, state)
            else {
                continue;
            };
            if states.get(&format!("{metadata:?}")).is_none_or(|states| states.len() < 2) {
                continue;
            }
            let hash = hashes
                .entry(*state)
                .or_insert_with(|| self.copy(path, metadata.size, &mut io::sink()).map_err(|error| error.to_string()));
            match hash {
                Ok(hash) => *sha256 = Some(*hash),
                Err(detail) => *sighted = Sighted::Damaged(detail.clone()),
            }
        }
    }

    /// Copies a content of this source to `out`, hashing it; checks that it did not change meanwhile.
    pub(super) fn copy(&self, content: &Bytes, size: Option<u64>, out: &mut dyn Write) -> Result<Sha256, Error> {
        let attempted = "cannot read the content";
        let piece = content.to_text();
        let failed = |source| Error::io(attempted, piece.clone(), source);
        let base = self.base.as_os_str().as_bytes();
        let below = content.as_bytes().strip_prefix(base).filter(|below| below.first() == Some(&b'/'));
        let Some(names) = below.and_then(path::names) else {
            return Err(Error::new(attempted, piece, Kind::OtherSource));
        };
        let missing = || Error::new(attempted, piece.clone(), Kind::ContentMissing { piece: piece.clone() });
        let entry = beneath::find(self.top, &names).map_err(failed)?.ok_or_else(missing)?;
        let mismatch = |expected: String, found: String| {
            Error::new(attempted, piece.clone(), Kind::ContentMismatch { piece: piece.clone(), expected, found })
        };
        if let Some(size) = size.filter(|size| *size != entry.size()) {
            return Err(mismatch(format!("{size} bytes"), format!("{} bytes", entry.size())));
        }
        if entry.file_type() != rustix::fs::FileType::RegularFile {
            return Err(mismatch("a regular file".to_string(), "another kind of entry".to_string()));
        }
        let mut file = entry.open().map_err(failed)?;
        let mut hasher = sha2::Sha256::new();
        let mut buffer = vec![0; 128 * 1024];
        let mut total = 0_u64;
        loop {
            let got = match file.read(&mut buffer) {
                Ok(got) => got,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(failed(error)),
            };
            if got == 0 {
                break;
            }
            total += got as u64;
            // A file that grows while it is read would never end.
            if total > entry.size() {
                return Err(mismatch(format!("{} bytes", entry.size()), "more".to_string()));
            }
            hasher.update(&buffer[..got]);
            out.write_all(&buffer[..got]).map_err(|source| Error {
                attempted,
                subject: piece.clone(),
                kind: Kind::Write,
                source: Some(source),
            })?;
        }
        if total != entry.size() {
            return Err(mismatch(format!("{} bytes", entry.size()), format!("{total} bytes")));
        }
        Ok(Sha256(hasher.finalize().into()))
    }
}
