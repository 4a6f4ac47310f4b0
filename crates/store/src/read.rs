//! Brings stored events back, in order.

use std::{collections::BTreeMap, path::Path, sync::Arc, vec};

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
    runs::Row,
    verified,
};

/// Events decoded at once per open file.
const BATCH_ROWS: usize = 512;

/// All stored events of the case in [`Event::order`].
///
/// A file that is missing, torn, or holds other events than the list says is an error
/// ([`Error::Damaged`], [`Error::Read`]) when it is reached: a shorter answer would look like a quiet
/// day. Fails at once with [`Error::Missing`] when the parse stage has not run.
pub fn read_partitions(case: &Path) -> Result<StoredEvents, Error> {
    let mut days: BTreeMap<String, Vec<HostDay>> = BTreeMap::new();
    for partition in partitions(case)? {
        let path = Arc::from(file(case, &partition));
        let day = days.entry(partition.day.clone()).or_default();
        day.push(HostDay { path, partition, state: State::Unopened, rows: Vec::new().into_iter(), left: 0 });
    }
    Ok(StoredEvents { days: days.into_values().collect::<Vec<_>>().into_iter(), today: None, failed: false })
}

/// Stored events in order; ends behind the first error.
pub struct StoredEvents {
    /// The files of each day that is still to come.
    days: vec::IntoIter<Vec<HostDay>>,
    today: Option<Merge<HostDay>>,
    failed: bool,
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

/// An event that is still encoded, and the file that it stands in.
type Stored = (Row, Arc<Path>);

/// Events that are decoded together.
const BLOCK_EVENTS: usize = 1_024;

/// Gives all stored events of the case to `each`, in [`Event::order`], as [`read_partitions`] does; `threads` threads
/// decode them, which is the greater part of the work. The number of threads does not show.
///
/// Fails as the iterator of [`read_partitions`] does; `each` may have had some of the events by then.
pub fn fold_partitions(case: &Path, threads: usize, mut each: impl FnMut(&Event)) -> Result<(), Error> {
    let mut stored = read_partitions(case)?;
    let blocks = std::iter::from_fn(|| stored.next_block().transpose());
    let decode = |block: Result<Vec<Stored>, Error>| -> Result<Vec<Event>, Error> {
        block?.iter().map(|(row, path)| event_of(row, path)).collect()
    };
    stdx::parallel::ordered(blocks, threads, decode, |events| {
        events?.iter().for_each(&mut each);
        Ok(())
    })
}

impl StoredEvents {
    fn advance(&mut self) -> Result<Option<Event>, Error> {
        let Some((row, path)) = self.next_row()? else { return Ok(None) };
        event_of(&row, &path).map(Some)
    }

    /// `None` at the end, and behind the first error.
    fn next_block(&mut self) -> Result<Option<Vec<Stored>>, Error> {
        let mut block = Vec::new();
        while !self.failed && block.len() < BLOCK_EVENTS {
            let next = self.next_row();
            self.failed = next.is_err();
            match next? {
                Some(row) => block.push(row),
                None => break,
            }
        }
        Ok((!block.is_empty()).then_some(block))
    }

    /// The next row and the file that it stands in.
    fn next_row(&mut self) -> Result<Option<Stored>, Error> {
        loop {
            if let Some(day) = &mut self.today {
                if let Some((row, stream)) = day.next()? {
                    let path = Arc::clone(&day.stream(stream).path);
                    return Ok(Some((row, path)));
                }
                self.today = None;
            }
            let Some(files) = self.days.next() else { return Ok(None) };
            let mut merge = Merge::new(files)?;
            merge.keep_duplicates();
            self.today = Some(merge);
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

/// The events of one file.
struct HostDay {
    path: Arc<Path>,
    partition: Partition,
    state: State,
    rows: vec::IntoIter<Row>,
    /// Events that the list promises and that have not come yet.
    left: u64,
}

enum State {
    Unopened,
    Open(ParquetRecordBatchReader),
    Ended,
}

impl Rows for HostDay {
    fn next_row(&mut self) -> Result<Option<Row>, Error> {
        loop {
            if let Some(row) = self.rows.next() {
                return Ok(Some(row));
            }
            let reader = match &mut self.state {
                State::Ended => return Ok(None),
                State::Unopened => {
                    self.open()?;
                    continue;
                }
                State::Open(reader) => reader,
            };
            match reader.next() {
                Some(Ok(batch)) => {
                    let rows = rows_of(&batch).map_err(|cause| self.damaged(cause))?;
                    self.left = self.left.wrapping_sub(rows.len() as u64);
                    self.rows = rows.into_iter();
                }
                Some(Err(cause)) => return Err(self.damaged(cause.to_string())),
                None if self.left != 0 => {
                    return Err(self.damaged("it does not hold as many events as were stored".to_string()));
                }
                None => self.state = State::Ended,
            }
        }
    }
}

impl HostDay {
    fn open(&mut self) -> Result<(), Error> {
        let file = verified::open(&self.path, &self.partition)?;
        let open = || {
            let builder = ParquetRecordBatchReaderBuilder::try_new(file)?;
            let columns = ProjectionMask::columns(builder.parquet_schema(), ORDER.into_iter().chain([BODY]));
            builder.with_projection(columns).with_batch_size(BATCH_ROWS).build()
        };
        self.state = State::Open(open().map_err(|cause| self.damaged(cause.to_string()))?);
        self.left = self.partition.events;
        Ok(())
    }

    fn damaged(&self, cause: String) -> Error {
        Error::Damaged { path: self.path.to_path_buf(), cause }
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
