//! Writes sorted events into the case: one file per host and day.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use model::{Blake3, Event};
use parquet::{
    arrow::{ArrowWriter, arrow_writer::ArrowWriterOptions},
    basic::{Compression, Encoding, ZstdLevel},
    errors::ParquetError,
    file::properties::{EnabledStatistics, WriterProperties, WriterVersion},
    schema::types::ColumnPath,
};

use crate::{
    EVENTS_DIRECTORY, Error, Partition,
    columns::{BODY, Batch, ORDINAL, Row, schema},
    partitions::{HOSTS_PER_DAY_MAX, LAYOUT_VERSION, LIST_FILE, List, OTHERS_DIRECTORY, host_directory},
    runs::Order,
};

/// Events collected before they are encoded.
const BATCH_ROWS: usize = 4_096;
/// Bytes collected before they are encoded: few very long events must not make a batch of gigabytes.
const BATCH_BYTES: usize = 4 << 20;
/// Encoded bytes of one row group; readers hold one of each open file.
const ROW_GROUP_BYTES: usize = 16 << 20;
/// Encoded bytes of all open files together.
const OPEN_BYTES_MAX: usize = 96 << 20;
/// Replaces the stored events of the case by `events`, which must come in [`Event::order`].
///
/// The new files are written beside the old ones and take their place at the end; on an error, and
/// after a crash, the old ones stay. Returns the files, by day and host. No events make no files
/// but an empty list. Fails with the first error of `events`, [`Error::OutOfOrder`],
/// [`Error::Write`] or [`Error::List`].
pub fn write_partitions(
    events: impl IntoIterator<Item = Result<Event, Error>>,
    case: &Path,
) -> Result<Vec<Partition>, Error> {
    let new = case.join(format!(".{EVENTS_DIRECTORY}.new"));
    let failed = |source| Error::Write { path: new.clone(), source };
    remove_tree(&new).map_err(failed)?;
    fs::create_dir_all(&new).map_err(failed)?;
    let written = write_all(events, &new).and_then(|partitions| {
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

fn write_all(events: impl IntoIterator<Item = Result<Event, Error>>, root: &Path) -> Result<Vec<Partition>, Error> {
    let mut writer = Writer { root, day: String::new(), open: BTreeMap::new(), ordinal: 0, done: Vec::new() };
    let mut last: Option<Order> = None;
    for event in events {
        let event = event?;
        let order = event.order();
        if last.is_some_and(|last| order < last) {
            return Err(Error::OutOfOrder { id: event.id });
        }
        last = Some(order);
        writer.push(&event)?;
    }
    writer.close_all()?;
    let mut done = writer.done;
    done.sort_by(|one, other| (&one.day, &one.path).cmp(&(&other.day, &other.path)));
    Ok(done)
}

struct Writer<'a> {
    root: &'a Path,
    /// The day being written; events come in order of time.
    day: String,
    /// Open files by host; [`Shelf::Others`] is that of the hosts beyond the bound.
    open: BTreeMap<Shelf, OpenFile>,
    /// Events written so far.
    ordinal: u64,
    done: Vec<Partition>,
}

/// Which file of a day an event goes to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Shelf {
    Host(Option<String>),
    Others,
}

struct OpenFile {
    path: PathBuf,
    writer: ArrowWriter<Hashing>,
    batch: Batch,
    partition: Partition,
}

impl Writer<'_> {
    fn push(&mut self, event: &Event) -> Result<(), Error> {
        let day = event.time.day();
        if day != self.day {
            self.close_all()?;
            self.day = day;
        }
        let mut shelf = Shelf::Host(event.host.clone());
        if !self.open.contains_key(&shelf) {
            // The others' file counts too, so that it can always still be opened.
            if self.open.len() >= HOSTS_PER_DAY_MAX {
                shelf = Shelf::Others;
            }
            if !self.open.contains_key(&shelf) {
                let file = self.open_file(&shelf, event)?;
                self.open.insert(shelf.clone(), file);
            }
        }
        let Some(file) = self.open.get_mut(&shelf) else { unreachable!("opened above") };
        let is_encoded = file.push(event, self.ordinal)?;
        self.ordinal += 1;
        if is_encoded {
            self.relieve()?;
        }
        Ok(())
    }

    fn open_file(&self, shelf: &Shelf, event: &Event) -> Result<OpenFile, Error> {
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
        let (first, last, blake3, day) = (event.time, event.time, Blake3([0; 32]), self.day.clone());
        let partition = Partition { path: relative, host, day, events: 0, bytes: 0, blake3, first, last };
        Ok(OpenFile { path, writer, batch: Batch::new(), partition })
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
    /// Adds an event; `true` when a batch was encoded.
    fn push(&mut self, event: &Event, ordinal: u64) -> Result<bool, Error> {
        let body =
            serde_json::to_string(event).map_err(|cause| self.failed(ParquetError::from(io::Error::from(cause))))?;
        self.batch.push(&Row { event, body: &body, ordinal });
        self.partition.events += 1;
        self.partition.last = event.time;
        if self.batch.rows < BATCH_ROWS && self.batch.bytes < BATCH_BYTES {
            return Ok(false);
        }
        self.encode()?;
        if self.writer.in_progress_size() >= ROW_GROUP_BYTES {
            self.flush()?;
        }
        Ok(true)
    }

    fn encode(&mut self) -> Result<(), Error> {
        if self.batch.rows == 0 {
            return Ok(());
        }
        let batch = self.batch.take().map_err(|cause| self.failed(cause.into()))?;
        self.writer.write(&batch).map_err(|cause| self.failed(cause))
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
