//! Writes sorted events into the case: one file per host and day.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use arrow::{array::RecordBatch, compute::concat_batches, error::ArrowError};
use model::{Blake3, Event, Timestamp};
use parquet::{
    arrow::{ArrowWriter, arrow_writer::ArrowWriterOptions},
    basic::{Compression, Encoding, ZstdLevel},
    errors::ParquetError,
    file::properties::{EnabledStatistics, WriterProperties, WriterVersion},
    schema::types::ColumnPath,
};

use crate::{
    EVENTS_DIRECTORY, Error, Partition,
    columns::{BODY, ORDINAL, schema},
    partitions::{LAYOUT_VERSION, LIST_FILE, List, OTHERS_DIRECTORY, host_directory},
    shelves::{Planned, Rows, Shelf, Shelves},
};

/// Rows of one file that are encoded together; a block of events of many hosts has few of each.
const BATCH_ROWS: usize = 256;
/// Bytes collected before they are encoded: few very long events must not make a batch of gigabytes.
const BATCH_BYTES: usize = 4 << 20;
/// Encoded bytes of one row group; readers hold one of each open file.
const ROW_GROUP_BYTES: usize = 16 << 20;
/// Encoded bytes of all open files together.
const OPEN_BYTES_MAX: usize = 96 << 20;
/// Events of one block where the caller has made none.
const BLOCK_EVENTS: usize = 1_024;

/// [`write_blocks`] for events that come one by one, on one thread.
pub fn write_partitions(
    events: impl IntoIterator<Item = Result<Event, Error>>,
    case: &Path,
) -> Result<Vec<Partition>, Error> {
    let mut events = events.into_iter().fuse();
    let blocks = std::iter::from_fn(|| {
        let block: Result<Vec<Event>, Error> = events.by_ref().take(BLOCK_EVENTS).collect();
        block.map(|block| (!block.is_empty()).then_some(block)).transpose()
    });
    write_blocks(blocks, case, 1)
}

/// Replaces the stored events of the case by those of `blocks`, which must come in [`Event::order`]. Several blocks are
/// held at once, by `threads` threads that put them into columns. How the events are cut into blocks shows in the bytes
/// of the files, the number of threads does not.
///
/// The new files are written beside the old ones and take their place at the end; on an error, and
/// after a crash, the old ones stay. Returns the files, by day and host. No events make no files
/// but an empty list. Fails with the first error of `blocks`, [`Error::OutOfOrder`],
/// [`Error::Write`] or [`Error::List`].
pub fn write_blocks(
    blocks: impl Iterator<Item = Result<Vec<Event>, Error>>,
    case: &Path,
    threads: usize,
) -> Result<Vec<Partition>, Error> {
    let new = case.join(format!(".{EVENTS_DIRECTORY}.new"));
    let failed = |source| Error::Write { path: new.clone(), source };
    remove_tree(&new).map_err(failed)?;
    fs::create_dir_all(&new).map_err(failed)?;
    let written = write_all(blocks, &new, threads).and_then(|partitions| {
        let list = List { layout: LAYOUT_VERSION, partitions };
        let mut bytes = serde_json::to_vec_pretty(&list).map_err(|cause| failed(cause.into()))?;
        bytes.push(b'\n');
        stdx::write_atomic(&new.join(LIST_FILE), &bytes)?;
        take_the_place(&new, &case.join(EVENTS_DIRECTORY)).map_err(failed)?;
        Ok(list.partitions)
    });
    if written.is_err() {
        // The error that brought us here matters more than what is left.
        let _ = remove_tree(&new);
    }
    written
}

fn remove_tree(path: &Path) -> io::Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Puts `new` where `place` is, in one step where something is there already.
fn take_the_place(new: &Path, place: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    match renameat_with(CWD, new, CWD, place, RenameFlags::EXCHANGE) {
        Ok(()) => remove_tree(new)?,
        Err(rustix::io::Errno::NOENT) => fs::rename(new, place)?,
        // File systems without exchange: a crash in between leaves no events, which is noticed, and never half of them.
        Err(_) => {
            remove_tree(place)?;
            fs::rename(new, place)?;
        }
    }
    stdx::atomic::sync_directory(place)
}

fn write_all(
    blocks: impl Iterator<Item = Result<Vec<Event>, Error>>,
    root: &Path,
    threads: usize,
) -> Result<Vec<Partition>, Error> {
    let mut writer = Writer { root, day: String::new(), open: BTreeMap::new(), done: Vec::new() };
    let mut shelves = Shelves::default();
    let planned = blocks.map(|events| shelves.plan(events?));
    let in_columns = |block: Result<Vec<Planned>, Error>| -> Result<Vec<Rows>, Error> {
        let rows: Result<_, ArrowError> = block?.into_iter().map(Planned::rows).collect();
        rows.map_err(|cause| Error::Write { path: root.to_path_buf(), source: io::Error::other(cause) })
    };
    stdx::parallel::ordered(planned, threads, in_columns, |block| {
        block?.into_iter().try_for_each(|rows| writer.push(rows))
    })?;
    writer.close_all()?;
    let mut done = writer.done;
    done.sort_by(|one, other| (&one.day, &one.path).cmp(&(&other.day, &other.path)));
    Ok(done)
}

struct Writer<'a> {
    root: &'a Path,
    /// The day being written; events come in order of time.
    day: String,
    open: BTreeMap<Shelf, OpenFile>,
    done: Vec<Partition>,
}

struct OpenFile {
    path: PathBuf,
    writer: ArrowWriter<Hashing>,
    /// Rows that wait for more.
    waiting: Vec<RecordBatch>,
    rows: usize,
    bytes: usize,
    partition: Partition,
}

impl Writer<'_> {
    fn push(&mut self, rows: Rows) -> Result<(), Error> {
        if rows.day != self.day {
            self.close_all()?;
            self.day.clone_from(&rows.day);
        }
        if !self.open.contains_key(&rows.shelf) {
            let file = self.open_file(&rows.shelf, rows.first)?;
            self.open.insert(rows.shelf.clone(), file);
        }
        let Some(file) = self.open.get_mut(&rows.shelf) else { unreachable!("opened above") };
        let is_encoded = file.push(rows)?;
        if is_encoded {
            self.relieve()?;
        }
        Ok(())
    }

    fn open_file(&self, shelf: &Shelf, from: Timestamp) -> Result<OpenFile, Error> {
        let (host, directory) = match shelf {
            Shelf::Host(host) => (host.clone(), host_directory(host.as_deref())),
            Shelf::Others => (None, OTHERS_DIRECTORY.to_string()),
        };
        let directory = format!("{directory}/day={}", self.day);
        let relative = format!("{directory}/part-0.parquet");
        let path = self.root.join(&relative);
        let open = || {
            fs::create_dir_all(self.root.join(&directory))?;
            let options = ArrowWriterOptions::new().with_properties(properties());
            ArrowWriter::try_new_with_options(Hashing::create(&path)?, schema(), options).map_err(io::Error::from)
        };
        let writer = open().map_err(|source| Error::Write { path: path.clone(), source })?;
        let (first, last, blake3, day) = (from, from, Blake3([0; 32]), self.day.clone());
        let partition = Partition { path: relative, host, day, events: 0, bytes: 0, blake3, first, last };
        Ok(OpenFile { path, writer, waiting: Vec::new(), rows: 0, bytes: 0, partition })
    }

    /// Writes out the largest row group while all together hold too much.
    fn relieve(&mut self) -> Result<(), Error> {
        let total: usize = self.open.values().map(|file| file.writer.memory_size()).sum();
        if total <= OPEN_BYTES_MAX {
            return Ok(());
        }
        match self.open.values_mut().max_by_key(|file| file.writer.memory_size()) {
            Some(largest) => largest.flush(),
            None => Ok(()),
        }
    }

    fn close_all(&mut self) -> Result<(), Error> {
        for file in std::mem::take(&mut self.open).into_values() {
            self.done.push(file.close()?);
        }
        Ok(())
    }
}

impl OpenFile {
    /// Adds rows; `true` when what waited was encoded.
    fn push(&mut self, rows: Rows) -> Result<bool, Error> {
        self.partition.events += rows.batch.num_rows() as u64;
        self.partition.last = rows.last;
        self.rows += rows.batch.num_rows();
        self.bytes += rows.bytes;
        self.waiting.push(rows.batch);
        if self.rows < BATCH_ROWS && self.bytes < BATCH_BYTES {
            return Ok(false);
        }
        self.encode()?;
        if self.writer.in_progress_size() >= ROW_GROUP_BYTES {
            self.flush()?;
        }
        Ok(true)
    }

    fn encode(&mut self) -> Result<(), Error> {
        (self.rows, self.bytes) = (0, 0);
        let waiting = std::mem::take(&mut self.waiting);
        let written = match waiting.as_slice() {
            [] => return Ok(()),
            [batch] => self.writer.write(batch),
            [first, ..] => match concat_batches(&first.schema(), &waiting) {
                Ok(batch) => self.writer.write(&batch),
                Err(cause) => Err(cause.into()),
            },
        };
        written.map_err(|cause| self.failed(cause))
    }

    fn flush(&mut self) -> Result<(), Error> {
        self.writer.flush().map_err(|cause| self.failed(cause))
    }

    fn close(mut self) -> Result<Partition, Error> {
        self.encode()?;
        let path = self.path.clone();
        let failed = |source| Error::Write { path: path.clone(), source };
        let file = self.writer.into_inner().map_err(|cause| failed(cause.into()))?;
        file.file.sync_all().map_err(failed)?;
        self.partition.bytes = file.hasher.count();
        self.partition.blake3 = Blake3(*file.hasher.finalize().as_bytes());
        Ok(self.partition)
    }

    fn failed(&self, cause: ParquetError) -> Error {
        Error::Write { path: self.path.clone(), source: cause.into() }
    }
}

/// A file that is hashed while it is written.
struct Hashing {
    file: File,
    hasher: blake3::Hasher,
}

impl Hashing {
    fn create(path: &Path) -> io::Result<Self> {
        Ok(Self { file: File::create_new(path)?, hasher: blake3::Hasher::new() })
    }
}

impl io::Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Fixed settings: the same events give the same bytes.
fn properties() -> WriterProperties {
    let no_dictionary = |builder: parquet::file::properties::WriterPropertiesBuilder, column: &str| {
        builder
            .set_column_dictionary_enabled(ColumnPath::from(column), false)
            .set_column_statistics_enabled(ColumnPath::from(column), EnabledStatistics::None)
    };
    let builder = WriterProperties::builder()
        .set_writer_version(WriterVersion::PARQUET_2_0)
        .set_created_by("yobitsugi".to_string())
        .set_compression(Compression::ZSTD(ZstdLevel::default()));
    // Each value is another one, and each is one more than that before.
    let builder = builder
        .set_column_dictionary_enabled(ColumnPath::from(ORDINAL), false)
        .set_column_encoding(ColumnPath::from(ORDINAL), Encoding::DELTA_BINARY_PACKED);
    no_dictionary(no_dictionary(builder, BODY), "id").build()
}
