//! Brings stored events back, in order.

use std::{
    collections::{BTreeMap, VecDeque},
    fs::File,
    io,
    path::{Path, PathBuf},
    vec,
};

use arrow::{
    array::{Array as _, AsArray as _, RecordBatch},
    datatypes::{TimestampNanosecondType, UInt64Type},
};
use model::{Event, EventId, Timestamp};
use parquet::arrow::{
    ProjectionMask,
    arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder},
};

use crate::{
    Error, Partition,
    columns::BODY,
    merge::{Merge, Rows},
    partitions::{file, partitions},
    runs::{Row, RunDirectory, RunReader},
};

/// Events decoded at once per open file.
const BATCH_ROWS: usize = 512;

/// Hosts of one day that are merged directly, each with one open file.
const HOSTS_MERGED_MAX: usize = 128;

/// All stored events of the case in [`Event::order`].
///
/// A file that is missing, torn, or holds other events than the list says is an error
/// ([`Error::Damaged`], [`Error::Read`]) when it is reached: a shorter answer would look like a quiet
/// day. Fails at once with [`Error::Missing`] when the parse stage has not run.
pub fn read_partitions(case: &Path) -> Result<StoredEvents, Error> {
    let mut days: BTreeMap<String, BTreeMap<Option<String>, VecDeque<Partition>>> = BTreeMap::new();
    for partition in partitions(case)? {
        let day = days.entry(partition.day.clone()).or_default();
        day.entry(partition.host.clone()).or_default().push_back(partition);
    }
    // A host's files of one day follow each other in time, not in the order of their names.
    for parts in days.values_mut().flat_map(BTreeMap::values_mut) {
        parts.make_contiguous().sort_by_key(|part| (part.first, part.last, part.path.len(), part.path.clone()));
    }
    let days: Vec<_> = days.into_values().map(|hosts| hosts.into_values().collect()).collect();
    Ok(StoredEvents { case: case.to_path_buf(), days: days.into_iter(), today: None, failed: false })
}

/// Stored events in order; ends behind the first error.
pub struct StoredEvents {
    case: PathBuf,
    /// The files of each day that is still to come, by host.
    days: vec::IntoIter<Vec<VecDeque<Partition>>>,
    today: Option<Day>,
    failed: bool,
}

struct Day {
    merge: Merge<Stream>,
    /// Where the runs of a day with very many hosts are kept meanwhile.
    _runs: Option<RunDirectory>,
}

impl Iterator for StoredEvents {
    type Item = Result<Event, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let next = self.advance();
        self.failed = next.is_err();
        next.transpose()
    }
}

impl StoredEvents {
    fn advance(&mut self) -> Result<Option<Event>, Error> {
        loop {
            if let Some(day) = &mut self.today {
                if let Some((row, stream)) = day.merge.next()? {
                    return event_of(&row, day.merge.stream(stream).path()).map(Some);
                }
                self.today = None;
            }
            let Some(hosts) = self.days.next() else { return Ok(None) };
            self.today = Some(open_day(&self.case, hosts)?);
        }
    }
}

fn event_of(row: &Row, path: &Path) -> Result<Event, Error> {
    let event = row.event(path)?;
    if event.order() != row.order {
        let cause = format!("event {} does not agree with its columns", event.id);
        return Err(Error::Damaged { path: path.to_path_buf(), cause });
    }
    Ok(event)
}

fn open_day(case: &Path, hosts: Vec<VecDeque<Partition>>) -> Result<Day, Error> {
    let mut streams: Vec<_> = hosts.into_iter().map(|parts| Stream::Host(HostDay::new(case, parts))).collect();
    let mut runs = None;
    while streams.len() > HOSTS_MERGED_MAX {
        let directory = match runs {
            Some(directory) => directory,
            None => RunDirectory::create(case)?,
        };
        let mut merged = Vec::new();
        while !streams.is_empty() {
            let group = streams.drain(..streams.len().min(HOSTS_MERGED_MAX)).collect();
            let mut merge = merge_of(group)?;
            let mut run = directory.start()?;
            while let Some((row, _)) = merge.next()? {
                run.push(row.order, &row.body)?;
            }
            merged.push(Stream::Run(RunReader::open(&run.finish()?)?));
        }
        streams = merged;
        runs = Some(directory);
    }
    Ok(Day { merge: merge_of(streams)?, _runs: runs })
}

fn merge_of(streams: Vec<Stream>) -> Result<Merge<Stream>, Error> {
    let mut merge = Merge::new(streams)?;
    merge.keep_duplicates();
    Ok(merge)
}

enum Stream {
    Host(HostDay),
    Run(RunReader),
}

impl Stream {
    fn path(&self) -> &Path {
        match self {
            Self::Host(host) => &host.path,
            Self::Run(run) => &run.path,
        }
    }
}

impl Rows for Stream {
    fn next_row(&mut self) -> Result<Option<Row>, Error> {
        match self {
            Self::Host(host) => host.next_row(),
            Self::Run(run) => run.next(),
        }
    }
}

/// The events of one host on one day, file after file.
struct HostDay {
    case: PathBuf,
    parts: VecDeque<Partition>,
    /// The file being read.
    path: PathBuf,
    reader: Option<ParquetRecordBatchReader>,
    rows: vec::IntoIter<Row>,
    /// Events that the list promises and that have not come yet.
    left: u64,
}

impl HostDay {
    fn new(case: &Path, parts: VecDeque<Partition>) -> Self {
        let (path, rows) = (PathBuf::new(), Vec::new().into_iter());
        Self { case: case.to_path_buf(), parts, path, reader: None, rows, left: 0 }
    }

    fn next_row(&mut self) -> Result<Option<Row>, Error> {
        loop {
            if let Some(row) = self.rows.next() {
                return Ok(Some(row));
            }
            if let Some(reader) = &mut self.reader {
                match reader.next() {
                    Some(Ok(batch)) => {
                        let rows = rows_of(&batch).map_err(|cause| self.damaged(cause))?;
                        self.left = self.left.wrapping_sub(rows.len() as u64);
                        self.rows = rows.into_iter();
                        continue;
                    }
                    Some(Err(cause)) => return Err(self.damaged(cause.to_string())),
                    None if self.left != 0 => {
                        return Err(self.damaged("it does not hold as many events as were stored".to_string()));
                    }
                    None => self.reader = None,
                }
            }
            let Some(part) = self.parts.pop_front() else { return Ok(None) };
            self.open(&part)?;
        }
    }

    fn open(&mut self, part: &Partition) -> Result<(), Error> {
        self.path = file(&self.case, part);
        let path = || self.path.clone();
        let hash_and_open = || -> io::Result<_> {
            let mut file = File::open(&self.path)?;
            let mut hasher = blake3::Hasher::new();
            hasher.update_reader(&mut file)?;
            Ok((*hasher.finalize().as_bytes(), file))
        };
        let (hash, file) = match hash_and_open() {
            Err(source) if source.kind() == io::ErrorKind::NotFound => {
                return Err(self.damaged("it was stored and is not there any more".to_string()));
            }
            other => other.map_err(|source| Error::Read { path: path(), source })?,
        };
        if hash != part.blake3.0 {
            return Err(self.damaged("it is not the file that was stored: its hash differs".to_string()));
        }
        let open = || {
            let builder = ParquetRecordBatchReaderBuilder::try_new(file)?;
            let columns = ProjectionMask::columns(builder.parquet_schema(), ORDER.into_iter().chain([BODY]));
            builder.with_projection(columns).with_batch_size(BATCH_ROWS).build()
        };
        self.reader = Some(open().map_err(|cause| self.damaged(cause.to_string()))?);
        self.left = part.events;
        Ok(())
    }

    fn damaged(&self, cause: String) -> Error {
        Error::Damaged { path: self.path.clone(), cause }
    }
}

/// The columns that say where an event stands, so that a merge need not read its body.
const ORDER: [&str; 3] = ["id", "time", "serial"];

fn rows_of(batch: &RecordBatch) -> Result<Vec<Row>, String> {
    let missing = |name: &str| format!("its column {name} is missing or of another type");
    let column = |name: &str| batch.column_by_name(name).ok_or_else(|| missing(name));
    let text = |name: &str| column(name)?.as_string_opt::<i32>().ok_or_else(|| missing(name));
    let (ids, bodies) = (text("id")?, text(BODY)?);
    let times = column("time")?.as_primitive_opt::<TimestampNanosecondType>().ok_or_else(|| missing("time"))?;
    let serials = column("serial")?.as_primitive_opt::<UInt64Type>().ok_or_else(|| missing("serial"))?;
    (0..batch.num_rows())
        .map(|row| {
            let id = ids.value(row).parse::<EventId>()?;
            let serial = if serials.is_null(row) { 0 } else { serials.value(row) };
            let order = (Timestamp(times.value(row)), serial, id);
            Ok(Row { order, body: bodies.value(row).as_bytes().to_vec() })
        })
        .collect()
}
