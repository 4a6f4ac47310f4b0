//! Sorted runs on disk: temporary files of (order, event as JSON), compressed, removed at the end.
//!
//! Rows, not columns: a merge takes single events from many runs at once, and would have to hold a
//! whole page of every column of each.

use std::{
    fs::{self, File},
    io::{self, BufReader, BufWriter, Read, Write},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use model::{Event, EventId, Timestamp};

use crate::Error;

/// Fastest level; a run is read and written once or twice.
const LEVEL: i32 = 1;

/// Longest event that a run gives back: beyond it the file is damaged. Formats bound their records far below.
const BODY_BYTES_MAX: u32 = 256 << 20;

/// [`Event::order`].
pub(crate) type Order = (Timestamp, u64, EventId);

/// One event with its place; ordered by place, then by content.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Row {
    pub(crate) order: Order,
    pub(crate) body: Vec<u8>,
}

impl Row {
    pub(crate) fn event(&self, path: &Path) -> Result<Event, Error> {
        serde_json::from_slice(&self.body)
            .map_err(|cause| Error::Damaged { path: path.to_path_buf(), cause: cause.to_string() })
    }
}

/// A directory of runs that is removed with all of them.
#[derive(Debug)]
pub(crate) struct RunDirectory {
    pub(crate) path: PathBuf,
    next: AtomicU64,
}

impl RunDirectory {
    /// A new directory below `parent`, which is created when missing.
    pub(crate) fn create(parent: &Path) -> Result<Self, Error> {
        static COUNTER: AtomicU64 = AtomicU64::new(0);
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        let path = parent.join(format!(".runs-{}-{number}", std::process::id()));
        // A process of the same number that crashed may have left one.
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).map_err(|source| Error::Write { path: path.clone(), source })?;
        Ok(Self { path, next: AtomicU64::new(0) })
    }

    /// Writes rows, which must come in order, to a new run.
    pub(crate) fn write<'a>(
        &self,
        rows: impl IntoIterator<Item = Result<(Order, &'a [u8]), Error>>,
    ) -> Result<PathBuf, Error> {
        let mut run = self.start()?;
        for row in rows {
            let (order, body) = row?;
            run.push(order, body)?;
        }
        run.finish()
    }

    pub(crate) fn start(&self) -> Result<RunWriter, Error> {
        let path = self.path.join(format!("run-{:06}.zst", self.next.fetch_add(1, Ordering::Relaxed)));
        let open = || {
            let mut encoder = zstd::Encoder::new(BufWriter::new(File::create_new(&path)?), LEVEL)?;
            encoder.include_checksum(true)?;
            Ok(encoder)
        };
        match open() {
            Ok(encoder) => Ok(RunWriter { path, encoder }),
            Err(source) => Err(Error::Write { path, source }),
        }
    }
}

impl Drop for RunDirectory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// A run being written.
pub(crate) struct RunWriter {
    path: PathBuf,
    encoder: zstd::Encoder<'static, BufWriter<File>>,
}

impl RunWriter {
    pub(crate) fn push(&mut self, order: Order, body: &[u8]) -> Result<(), Error> {
        let (time, serial, id) = order;
        let mut head = [0; HEAD_BYTES];
        head[..8].copy_from_slice(&time.0.to_le_bytes());
        head[8..16].copy_from_slice(&serial.to_le_bytes());
        head[16..24].copy_from_slice(&id.source);
        head[24..32].copy_from_slice(&id.offset.to_le_bytes());
        head[32..34].copy_from_slice(&id.part.to_le_bytes());
        let length = u32::try_from(body.len()).ok().filter(|length| *length <= BODY_BYTES_MAX);
        let length = length.ok_or_else(|| self.failed(io::Error::from(io::ErrorKind::FileTooLarge)))?;
        head[34..].copy_from_slice(&length.to_le_bytes());
        self.encoder.write_all(&head).and_then(|()| self.encoder.write_all(body)).map_err(|source| self.failed(source))
    }

    pub(crate) fn finish(self) -> Result<PathBuf, Error> {
        let Self { path, encoder } = self;
        match encoder.finish().and_then(|mut file| file.flush()) {
            Ok(()) => Ok(path),
            Err(source) => Err(Error::Write { path, source }),
        }
    }

    fn failed(&self, source: io::Error) -> Error {
        Error::Write { path: self.path.clone(), source }
    }
}

/// Time, serial, source, offset, part, length of the body.
const HEAD_BYTES: usize = 8 + 8 + 8 + 8 + 2 + 4;

/// A run being read.
pub(crate) struct RunReader {
    pub(crate) path: PathBuf,
    decoder: BufReader<zstd::Decoder<'static, BufReader<File>>>,
}

impl RunReader {
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        let decoder = File::open(path)
            .and_then(zstd::Decoder::new)
            .map_err(|source| Error::Read { path: path.to_path_buf(), source })?;
        Ok(Self { path: path.to_path_buf(), decoder: BufReader::new(decoder) })
    }

    /// The next row; `None` at the end of the run.
    pub(crate) fn next(&mut self) -> Result<Option<Row>, Error> {
        let mut head = [0; HEAD_BYTES];
        if self.fill(&mut head[..1])? == 0 {
            return Ok(None);
        }
        self.fill_whole(&mut head[1..])?;
        let eight = |at: usize| {
            let mut bytes = [0; 8];
            bytes.copy_from_slice(&head[at..at + 8]);
            bytes
        };
        let time = Timestamp(i64::from_le_bytes(eight(0)));
        let part = u16::from_le_bytes([head[32], head[33]]);
        let id = EventId { source: eight(16), offset: u64::from_le_bytes(eight(24)), part };
        let length = u32::from_le_bytes([head[34], head[35], head[36], head[37]]);
        if length > BODY_BYTES_MAX {
            return Err(self.damaged("an event is longer than any event"));
        }
        let mut body = vec![0; length as usize];
        self.fill_whole(&mut body)?;
        Ok(Some(Row { order: (time, u64::from_le_bytes(eight(8)), id), body }))
    }

    fn fill(&mut self, buffer: &mut [u8]) -> Result<usize, Error> {
        let mut filled = 0;
        while filled < buffer.len() {
            match self.decoder.read(&mut buffer[filled..]) {
                Ok(0) => break,
                Ok(got) => filled += got,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.damaged(&error.to_string())),
            }
        }
        Ok(filled)
    }

    fn fill_whole(&mut self, buffer: &mut [u8]) -> Result<(), Error> {
        if self.fill(buffer)? < buffer.len() {
            return Err(self.damaged("it ends inside an event"));
        }
        Ok(())
    }

    fn damaged(&self, cause: &str) -> Error {
        Error::Damaged { path: self.path.clone(), cause: cause.to_string() }
    }
}
