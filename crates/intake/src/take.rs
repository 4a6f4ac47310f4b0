//! Takes evidence into a case.

use std::{
    fs::{self, File},
    io::{self, Read},
    os::unix::{ffi::OsStrExt as _, fs::MetadataExt as _},
    path::{Path, PathBuf},
};

use model::{
    Address, ArtefactKind, Blake3, Bytes, EvidenceItem, EvidenceSource, Original, Problem, ProblemKind, Sha256,
    Storage, Timestamp,
};
use sha2::Digest as _;
use stdx::{Clock, lock::FileLock};

use crate::{
    EVIDENCE_DIRECTORY, Error, Limits,
    items::{List, items},
    limits::GROWTH_BYTES_MAX,
    notes::Notes,
    originals::{CopyFailure, Hashes, Incoming, copy, remove_leftovers, stored_path},
    paths::{Entry, Search, identity},
    walk::{ByContent, Go, walk},
};

/// Where and how evidence is taken.
#[derive(Debug, Clone)]
pub struct Options {
    /// The case directory.
    pub case_dir: PathBuf,
    /// Leave the originals where they are and record their hashes only.
    pub in_place: bool,
    /// Bounds against hostile evidence.
    pub limits: Limits,
}

impl Options {
    /// Copies originals into the case, with the usual bounds.
    pub fn new(case_dir: &Path) -> Self {
        Self { case_dir: case_dir.to_path_buf(), in_place: false, limits: Limits::default() }
    }
}

/// How far an intake is.
#[derive(Debug, Clone, Copy)]
pub struct Progress<'a> {
    /// The file being read.
    pub path: &'a Path,
    /// Its number, counted from 0.
    pub file: u64,
    /// Bytes of it that were read.
    pub done_bytes: u64,
    /// Its size when it was opened.
    pub size_bytes: u64,
}

/// Takes files and directories into the case and appends them to `evidence.json`.
///
/// Every file is hashed (SHA-256, BLAKE3) in its first and only read before anything interprets it,
/// and kept read-only in `evidence/` (or left in place, recorded under its absolute path). Then its
/// layers are opened and its sources hashed. Directories are read in byte order. Links, special
/// files and files that cannot be read become items without sources, with a problem, and the hash
/// and size of no bytes; an unreadable place inside a file ends the file there, with a problem.
///
/// Returns the items of the given paths, those that the case knew already included ([`items`] has
/// all). Taking the same bytes again changes nothing but `also_at`.
///
/// Fails with [`Error::Missing`] before anything is taken, and with [`Error::StorageFull`],
/// [`Error::Store`], [`Error::StoredDiffers`] or [`Error::List`] at the first file that cannot be
/// kept; what was complete before stays recorded.
pub fn take(
    paths: &[PathBuf],
    options: &Options,
    clock: &dyn Clock,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Vec<EvidenceItem>, Error> {
    for path in paths {
        if path.symlink_metadata().is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
            return Err(Error::Missing { path: path.clone() });
        }
    }
    let store = options.case_dir.join(EVIDENCE_DIRECTORY);
    fs::create_dir_all(&store).map_err(|source| Error::Store { path: store.clone(), source })?;
    let _lock = FileLock::exclusive(&store.join(".lock"))?;
    remove_leftovers(&options.case_dir);
    let mut list = List::new(items(&options.case_dir)?);
    let mut number = 0;
    let mut visit = |path: &Path, entry: Entry| {
        let name = if options.in_place { std::path::absolute(path).unwrap_or(path.into()) } else { path.into() };
        let item = match entry {
            Entry::NotRead(kind, text) => not_read(&name, clock.now(), kind, text),
            Entry::File(file) => {
                let mut report =
                    |done_bytes, size_bytes| progress(Progress { path, file: number, done_bytes, size_bytes });
                take_file(&name, file, options, clock, &mut report)?
            }
        };
        number += 1;
        list.add(item);
        Ok(())
    };
    let mut search = Search {
        leave_out: identity(&options.case_dir),
        left: options.limits.files_max.saturating_add(1),
        left_alone: None,
        visit: &mut visit,
    };
    let searched = paths.iter().try_for_each(|path| search.given(path));
    let listed = stdx::artefact::write(&options.case_dir, ArtefactKind::Evidence, &list.items);
    searched?;
    listed?;
    Ok(list.met())
}

fn take_file(
    path: &Path,
    file: File,
    options: &Options,
    clock: &dyn Clock,
    report: &mut dyn FnMut(u64, u64),
) -> Result<EvidenceItem, Error> {
    let taken = clock.now();
    let before = match file.metadata() {
        Ok(metadata) => metadata,
        Err(error) => return Ok(not_read(path, taken, ProblemKind::Unreadable, format!("not read: {error}"))),
    };
    let size = before.len();
    let capped = (&file).take(size.saturating_add(GROWTH_BYTES_MAX));
    let (hashes, failure) = if options.in_place {
        let mut done = 0;
        settle(copy(capped, &mut |chunk| {
            done += chunk.len() as u64;
            report(done, size);
            Ok(())
        }))
        .map_err(|source| Error::Store { path: path.into(), source })?
    } else {
        store(path, capped, size, options, report)?
    };
    let mut problems =
        Problems { address: Address { source: hashes.sha256, offset: 0, length: hashes.size }, found: vec![] };
    if let Some(error) = failure {
        let text = format!("cannot be read behind its byte {}: {error}; what was read before is used", hashes.size);
        problems.at_end(ProblemKind::Unreadable, text);
    }
    if changed_meanwhile(&file, &before) || hashes.size != size && problems.found.is_empty() {
        let text = format!(
            "the file changed while it was read: it had {size} bytes, {} were taken; a later part may be missing",
            hashes.size
        );
        problems.add(ProblemKind::Incomplete, text);
    }
    let modified = Timestamp::from_seconds(before.mtime(), u32::try_from(before.mtime_nsec()).unwrap_or(0));
    let original = Original {
        path: Bytes::from(path.as_os_str().as_bytes()),
        also_at: Vec::new(),
        sha256: hashes.sha256,
        blake3: hashes.blake3,
        size: hashes.size,
        modified,
        changed: Timestamp::from_seconds(before.ctime(), u32::try_from(before.ctime_nsec()).unwrap_or(0)),
        taken,
        storage: if options.in_place { Storage::InPlace } else { Storage::Copied },
    };
    let bytes = if options.in_place {
        stdx::positional::Cursor::new(file)
    } else {
        let stored = stored_path(&options.case_dir, &hashes.sha256);
        stdx::positional::Cursor::new(
            crate::open::file(&stored).map_err(|source| Error::Unreadable { path: stored, source })?,
        )
    };
    let sources = open_layers(bytes.take(hashes.size), &original, &options.limits, &mut problems);
    Ok(EvidenceItem { original, sources, problems: problems.found })
}

/// Copies into the evidence store, hashing on the way.
fn store(
    path: &Path,
    reader: impl Read,
    size: u64,
    options: &Options,
    report: &mut dyn FnMut(u64, u64),
) -> Result<(Hashes, Option<io::Error>), Error> {
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            Error::StorageFull { path: path.into(), needed: size }
        }
        _ => Error::Store { path: path.into(), source },
    };
    let mut incoming = Incoming::create(&options.case_dir).map_err(failed)?;
    // Better to say so now than after filling the disk of a host in trouble.
    if let Ok(space) = rustix::fs::fstatvfs(&incoming.file)
        && space.f_bavail.saturating_mul(space.f_frsize) < size
    {
        return Err(Error::StorageFull { path: path.into(), needed: size });
    }
    let mut done = 0;
    let copied = copy(reader, &mut |chunk| {
        incoming.write(chunk)?;
        done += chunk.len() as u64;
        report(done, size);
        Ok(())
    });
    let (hashes, failure) = settle(copied).map_err(failed)?;
    incoming.keep(&hashes)?;
    Ok((hashes, failure))
}

/// A failed read keeps what was read; a failed write keeps nothing.
fn settle(copied: Result<Hashes, CopyFailure>) -> io::Result<(Hashes, Option<io::Error>)> {
    match copied {
        Ok(hashes) => Ok((hashes, None)),
        Err(CopyFailure::Read(error, hashes)) => Ok((hashes, Some(error))),
        Err(CopyFailure::Write(error)) => Err(error),
    }
}

fn changed_meanwhile(file: &File, before: &fs::Metadata) -> bool {
    let state = |metadata: &fs::Metadata| {
        (metadata.len(), metadata.mtime(), metadata.mtime_nsec(), metadata.ctime(), metadata.ctime_nsec())
    };
    file.metadata().is_ok_and(|after| state(&after) != state(before))
}

fn open_layers(bytes: impl Read, original: &Original, limits: &Limits, problems: &mut Problems) -> Vec<EvidenceSource> {
    let notes = Notes::default();
    let mut sources = Vec::new();
    let mut found_problems = Vec::new();
    let whole = problems.address;
    let mut visit = |found: crate::walk::Found<'_>| {
        let plain = found.layers.is_empty();
        // A plain file was hashed already.
        let (id, size) = if plain { (original.sha256, original.size) } else { hash(found.reader, &notes) };
        for note in notes.take() {
            let address = if note.of_archive { whole } else { Address { source: id, offset: size, length: 0 } };
            found_problems.push(Problem { kind: note.kind, address, text: note.text });
        }
        sources.push(EvidenceSource { id, layers: found.layers.to_vec(), size, modified: found.modified });
        Ok(Go::On)
    };
    let walked = walk(bytes, original.modified, limits, &notes, &mut ByContent(&mut visit));
    problems.found.append(&mut found_problems);
    for note in notes.take() {
        problems.add(note.kind, note.text);
    }
    if notes.dropped() > 0 {
        problems.add(ProblemKind::Bound, format!("{} further problems are not listed", notes.dropped()));
    }
    if let Err(error) = walked {
        problems.add(ProblemKind::Unreadable, format!("cannot be read to its end: {error}"));
    }
    if original.size == 0 && problems.found.is_empty() {
        problems.add(ProblemKind::UnknownFormat, "the file is empty".to_string());
    }
    sources
}

/// Hashes what can be read of a stream.
fn hash(reader: &mut dyn Read, notes: &Notes) -> (Sha256, u64) {
    let mut hasher = sha2::Sha256::new();
    let mut buffer = vec![0; 128 * 1024];
    let mut size = 0_u64;
    loop {
        match reader.read(&mut buffer) {
            Ok(0) => break,
            Ok(got) => {
                hasher.update(&buffer[..got]);
                size += got as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => {
                notes.add(ProblemKind::Unreadable, format!("cannot be read further: {error}"));
                break;
            }
        }
    }
    (Sha256(hasher.finalize().into()), size)
}

fn not_read(path: &Path, taken: Timestamp, kind: ProblemKind, text: String) -> EvidenceItem {
    let metadata = path.symlink_metadata().ok();
    let time = |seconds: Option<(i64, i64)>| {
        let (seconds, nanos) = seconds.unwrap_or((0, 0));
        Timestamp::from_seconds(seconds, u32::try_from(nanos).unwrap_or(0))
    };
    let sha256 = Sha256::of(b"");
    EvidenceItem {
        original: Original {
            path: Bytes::from(path.as_os_str().as_bytes()),
            also_at: Vec::new(),
            sha256,
            blake3: Blake3(*blake3::hash(b"").as_bytes()),
            size: 0,
            modified: time(metadata.as_ref().map(|metadata| (metadata.mtime(), metadata.mtime_nsec()))),
            changed: time(metadata.as_ref().map(|metadata| (metadata.ctime(), metadata.ctime_nsec()))),
            taken,
            storage: Storage::InPlace,
        },
        sources: Vec::new(),
        problems: vec![Problem { kind, address: Address { source: sha256, offset: 0, length: 0 }, text }],
    }
}

/// The problems of one item.
struct Problems {
    /// The whole original.
    address: Address,
    found: Vec<Problem>,
}

impl Problems {
    fn add(&mut self, kind: ProblemKind, text: String) {
        self.found.push(Problem { kind, address: self.address, text });
    }

    fn at_end(&mut self, kind: ProblemKind, text: String) {
        let address = Address { offset: self.address.length, length: 0, ..self.address };
        self.found.push(Problem { kind, address, text });
    }
}
