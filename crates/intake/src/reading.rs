//! Hands the sources of an item to the parsers: the same bytes that were hashed at intake.

use std::{
    io::{self, Read},
    path::{Path, PathBuf},
};

use model::{EvidenceItem, EvidenceSource, Layer, Storage};
use sha2::Digest as _;

use crate::{
    Error, Limits,
    layers::{Opening, Stream, TarReader},
    notes::{Cut, Notes},
    originals::{check_blake3, reopen},
    walk::{AsRecorded, peek, walk},
};

/// The bytes of one source. Fails with `UnexpectedEof` when there are fewer than the intake recorded.
pub struct SourceReader {
    reader: Box<dyn Read>,
    left: u64,
    notes: Notes,
}

impl Read for SourceReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        read_recorded(&mut self.reader, &mut self.left, &self.notes, buffer)
    }
}

/// Reads at most what is left of a source; an end before that is an error, never a shorter source.
fn read_recorded(reader: &mut dyn Read, left: &mut u64, notes: &Notes, buffer: &mut [u8]) -> io::Result<usize> {
    let want = buffer.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
    if want == 0 {
        return Ok(0);
    }
    let got = reader.read(&mut buffer[..want])?;
    if got == 0 {
        let reasons: Vec<_> = notes.take().into_iter().map(|note| note.text).collect();
        let text = format!("the source ends {left} bytes before its recorded end; {}", reasons.join("; "));
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, text));
    }
    *left -= got as u64;
    Ok(got)
}

/// Reads all sources of an item, in their order, in one pass over the original.
///
/// `visit` need not read a source to its end. Evidence in place is compared with its BLAKE3 hash
/// first. Fails with [`Error::Unreadable`] (also for an error of `visit`), [`Error::Changed`],
/// [`Error::NothingTaken`], or [`Error::NoSuchSource`] when a recorded source is not there any more.
pub fn read_sources(
    case: &Path,
    item: &EvidenceItem,
    visit: &mut dyn FnMut(&EvidenceSource, &mut dyn Read) -> io::Result<()>,
) -> Result<(), Error> {
    if item.sources.is_empty() {
        return Ok(());
    }
    let (reader, path) = bytes_of(case, item)?;
    let notes = Notes::default();
    let mut guide = AsRecorded {
        sources: &item.sources,
        next: 0,
        visit: |source: &EvidenceSource, reader: &mut dyn Read| {
            visit(source, &mut Recorded { reader, left: source.size, notes: &notes })
        },
    };
    walk(reader, item.original.modified, &Limits::as_recorded(), &notes, &mut guide)
        .map_err(|source| Error::Unreadable { path: path.clone(), source })?;
    match item.sources.get(guide.next) {
        None => Ok(()),
        Some(missing) => Err(Error::NoSuchSource { path, source_name: missing.id.to_string() }),
    }
}

struct Recorded<'a> {
    reader: &'a mut dyn Read,
    left: u64,
    notes: &'a Notes,
}

impl Read for Recorded<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        read_recorded(self.reader, &mut self.left, self.notes, buffer)
    }
}

/// Opens one source of an item. For many sources of one archive [`read_sources`] is faster: this
/// reads the archive from its start up to the member.
///
/// Evidence in place is compared with its BLAKE3 hash first. Fails with [`Error::Unreadable`],
/// [`Error::Changed`], [`Error::NothingTaken`] or [`Error::NoSuchSource`].
pub fn open_source(case: &Path, item: &EvidenceItem, source: &EvidenceSource) -> Result<SourceReader, Error> {
    let ambiguous = item.sources.iter().filter(|other| may_be_confused(&source.layers, &other.layers)).count() > 1;
    let archives = source.layers.iter().filter(|layer| matches!(layer, Layer::Tar { .. })).count();
    // Which occurrence of the name in each archive; names in an archive need not be unique.
    let mut occurrence = vec![0; archives];
    loop {
        let (reader, path) = bytes_of(case, item)?;
        let notes = Notes::default();
        let gone = || Error::NoSuchSource { path: path.clone(), source_name: source.id.to_string() };
        let unreadable = |source| Error::Unreadable { path: path.clone(), source };
        match descend(reader, &source.layers, &occurrence, &notes).map_err(unreadable)? {
            Descent::Reached(reader) => {
                let found = SourceReader { reader, left: source.size, notes };
                if !ambiguous {
                    return Ok(found);
                }
                if hash_is(found, source).map_err(unreadable)? {
                    let (reader, path) = bytes_of(case, item)?;
                    let notes = Notes::default();
                    let again = descend(reader, &source.layers, &occurrence, &notes);
                    return match again.map_err(|source| Error::Unreadable { path, source })? {
                        Descent::Reached(reader) => Ok(SourceReader { reader, left: source.size, notes }),
                        Descent::NoSuchMember(_) => Err(gone()),
                    };
                }
                let Some(last) = occurrence.last_mut() else { return Err(gone()) };
                *last += 1;
            }
            // No further member of that name in this archive: the next occurrence of the one around it.
            Descent::NoSuchMember(depth) => {
                if depth == 0 {
                    return Err(gone());
                }
                occurrence[depth - 1] += 1;
                occurrence[depth..].fill(0);
            }
        }
    }
}

/// Whether going down by the names of one source could end in the bytes of the other: they differ
/// otherwise than by the names of two members of one archive. (Every source is confused with itself.)
fn may_be_confused(one: &[Layer], other: &[Layer]) -> bool {
    let common = one.iter().zip(other).take_while(|(one, other)| one == other).count();
    let is_member = |layers: &[Layer]| matches!(layers.get(common), Some(Layer::Tar { .. }));
    one == other || common > 0 && !(is_member(one) && is_member(other))
}

fn hash_is(reader: SourceReader, source: &EvidenceSource) -> io::Result<bool> {
    let mut hasher = sha2::Sha256::new();
    let mut reader = reader;
    let mut buffer = vec![0; 128 * 1024];
    loop {
        match reader.read(&mut buffer) {
            Ok(0) => break,
            Ok(got) => hasher.update(&buffer[..got]),
            // Shorter than the source that is looked for: another member of that name.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(false),
            Err(error) => return Err(error),
        }
    }
    Ok(<[u8; 32]>::from(hasher.finalize()) == source.id.0)
}

/// The bytes of an original from their start, as many as were taken.
fn bytes_of(case: &Path, item: &EvidenceItem) -> Result<(impl Read + use<>, PathBuf), Error> {
    let (file, path) = reopen(case, item)?;
    let mut cursor = stdx::positional::Cursor::new(file);
    if item.original.storage == Storage::InPlace {
        check_blake3(&mut cursor, item, &path)?;
        cursor.position = 0;
    }
    Ok((cursor.take(item.original.size), path))
}

enum Descent {
    Reached(Box<dyn Read>),
    /// The archive with that number, counted from 0 outside, has no such occurrence of the name.
    NoSuchMember(usize),
}

fn descend(reader: impl Read + 'static, layers: &[Layer], occurrence: &[usize], notes: &Notes) -> io::Result<Descent> {
    let limits = Limits::as_recorded();
    let mut stream = Stream { reader: Box::new(reader), cut: Cut::default() };
    let mut depth = 0;
    for (at, layer) in layers.iter().enumerate() {
        // As the intake did: a damaged stream gives the same bytes only when it is read in the same pieces.
        (_, stream) = peek(stream)?;
        stream = match (layer, Opening::recorded(layer)) {
            (_, Opening::Compressed(compression)) => compression.open(stream, &layers[..at], &limits, notes),
            (Layer::Tar { member: name }, _) => {
                let mut archive = TarReader::new(stream, notes.clone());
                let mut left = occurrence.get(depth).copied().unwrap_or(0);
                loop {
                    match archive.next_member()? {
                        Some(member) if member.name == *name && left == 0 => break,
                        Some(member) if member.name == *name => left -= 1,
                        Some(_) => {}
                        None => return Ok(Descent::NoSuchMember(depth)),
                    }
                }
                depth += 1;
                Stream { reader: Box::new(archive), cut: Cut::default() }
            }
            _ => stream,
        };
    }
    Ok(Descent::Reached(stream.reader))
}
