//! Sorts any number of events in bounded memory.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
    thread::{self, JoinHandle},
};

use model::Event;

use crate::{
    Error,
    merge::{Merge, Rows},
    runs::{Order, Row, RunDirectory, RunReader},
};

/// How much memory a sort may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Events held before a run is written; while it is written, as many again.
    pub events: usize,
    /// Bytes held before a run is written, approximately; while it is written, as many again.
    pub bytes: usize,
    /// Runs merged at once, 2 or more; each takes about 1 MiB.
    pub fan_in: usize,
}

impl Default for Bounds {
    /// 56 MiB to sort and about 24 MiB to merge, of the 512 MiB that a whole run may use; two merges are enough for 10 GB.
    fn default() -> Self {
        Self { events: 1 << 20, bytes: 28 << 20, fan_in: 24 }
    }
}

/// Takes events in any order.
pub struct EventWriter {
    bounds: Bounds,
    directory: Arc<RunDirectory>,
    held: Held,
    runs: Vec<PathBuf>,
    spilling: Spilling,
}

/// A run that another thread sorts and writes; it gives the room of the events back.
#[derive(Default)]
struct Spilling(Option<JoinHandle<Result<(PathBuf, Held), Error>>>);

impl Spilling {
    fn begin(&mut self, held: Held, directory: Arc<RunDirectory>) {
        self.0 = Some(thread::spawn(move || held.write(&directory)));
    }

    /// Waits for the run that was begun last.
    fn end(&mut self) -> Result<Option<(PathBuf, Held)>, Error> {
        match self.0.take().map(JoinHandle::join) {
            Some(Ok(written)) => written.map(Some),
            Some(Err(panic)) => std::panic::resume_unwind(panic),
            None => Ok(None),
        }
    }
}

impl Drop for Spilling {
    /// Nobody wants the run any more, but its directory can go only when nobody writes there.
    fn drop(&mut self) {
        let _ = self.0.take().map(JoinHandle::join);
    }
}

/// Events in memory: their places, and one string of all their bodies.
#[derive(Default)]
struct Held {
    rows: Vec<(Order, std::ops::Range<usize>)>,
    bodies: Vec<u8>,
}

impl Held {
    fn body(&self, range: &std::ops::Range<usize>) -> &[u8] {
        &self.bodies[range.clone()]
    }

    fn push(&mut self, event: &Event) -> io::Result<()> {
        let start = self.bodies.len();
        serde_json::to_writer(&mut self.bodies, event)?;
        self.rows.push((event.order(), start..self.bodies.len()));
        Ok(())
    }

    fn sort(&mut self) {
        let Self { rows, bodies } = self;
        rows.sort_unstable_by(|(one, a), (other, b)| {
            one.cmp(other).then_with(|| bodies[a.clone()].cmp(&bodies[b.clone()]))
        });
    }

    /// Writes a run, and empties itself.
    fn write(mut self, directory: &RunDirectory) -> Result<(PathBuf, Self), Error> {
        self.sort();
        let run = directory.write(self.rows.iter().map(|(order, range)| Ok((*order, self.body(range)))))?;
        self.rows.clear();
        self.bodies.clear();
        Ok((run, self))
    }
}

/// Events that one thread has encoded for the writer of another: to encode them is the greater part of the work.
#[derive(Default)]
pub struct Encoded {
    held: Held,
}

impl Encoded {
    /// Encodes the events. Fails with [`Error::Write`] for one that has no JSON form.
    pub fn of(events: &[Event]) -> Result<Self, Error> {
        let mut held = Held::default();
        for event in events {
            held.push(event).map_err(|source| Error::Write { path: PathBuf::from("memory"), source })?;
        }
        Ok(Self { held })
    }
}

impl EventWriter {
    /// Starts a sort that keeps its temporary files in a new directory below `directory`.
    /// Fails with [`Error::Write`].
    pub fn create(directory: &Path) -> Result<Self, Error> {
        Self::with_bounds(directory, Bounds::default())
    }

    /// [`EventWriter::create`] with other bounds.
    pub fn with_bounds(directory: &Path, bounds: Bounds) -> Result<Self, Error> {
        let bounds = Bounds { fan_in: bounds.fan_in.max(2), ..bounds };
        Ok(Self {
            bounds,
            directory: Arc::new(RunDirectory::create(directory)?),
            held: Held::default(),
            runs: Vec::new(),
            spilling: Spilling::default(),
        })
    }

    /// Takes one event. Fails with [`Error::Write`] when a full buffer cannot be written.
    pub fn push(&mut self, event: &Event) -> Result<(), Error> {
        self.held.push(event).map_err(|source| Error::Write { path: self.directory.path.clone(), source })?;
        self.spill_when_full()
    }

    /// Takes events that were encoded elsewhere. Fails as [`EventWriter::push`].
    pub fn append(&mut self, encoded: Encoded) -> Result<(), Error> {
        let moved = self.held.bodies.len();
        self.held.bodies.extend_from_slice(&encoded.held.bodies);
        let rows = encoded.held.rows.into_iter();
        self.held.rows.extend(rows.map(|(order, range)| (order, range.start + moved..range.end + moved)));
        self.spill_when_full()
    }

    /// Ends the input. Fails with [`Error::Write`], [`Error::Read`] or [`Error::Damaged`] (a run changed under us).
    pub fn finish(mut self) -> Result<SortedEvents, Error> {
        self.runs.extend(self.spilling.end()?.map(|(run, _)| run));
        if self.runs.is_empty() {
            self.held.sort();
        } else if !self.held.rows.is_empty() {
            let (run, _) = std::mem::take(&mut self.held).write(&self.directory)?;
            self.runs.push(run);
        }
        while self.runs.len() > self.bounds.fan_in {
            let group: Vec<_> = self.runs.drain(..self.bounds.fan_in).collect();
            let merged = self.merge(&group)?;
            self.runs.push(merged);
        }
        Ok(SortedEvents { directory: self.directory, held: self.held, runs: self.runs })
    }

    fn spill_when_full(&mut self) -> Result<(), Error> {
        let bytes = self.held.bodies.len() + self.held.rows.len() * size_of::<(Order, std::ops::Range<usize>)>();
        if self.held.rows.len() >= self.bounds.events || bytes >= self.bounds.bytes {
            self.spill()?;
        }
        Ok(())
    }

    fn spill(&mut self) -> Result<(), Error> {
        let (run, empty) = self.spilling.end()?.unzip();
        self.runs.extend(run);
        let full = std::mem::replace(&mut self.held, empty.unwrap_or_default());
        self.spilling.begin(full, Arc::clone(&self.directory));
        Ok(())
    }

    /// Merges runs into one, duplicates included: they are counted where events are handed out.
    fn merge(&self, group: &[PathBuf]) -> Result<PathBuf, Error> {
        let mut merge = Merge::new(open_runs(group)?)?;
        merge.keep_duplicates();
        let mut run = self.directory.start()?;
        while let Some((row, _)) = merge.next()? {
            run.push(row.order, &row.body)?;
        }
        for path in group {
            // Only disk space is lost when this fails, until the directory goes.
            let _ = std::fs::remove_file(path);
        }
        run.finish()
    }
}

fn open_runs<'a>(paths: &[PathBuf]) -> Result<Vec<Source<'a>>, Error> {
    paths.iter().map(|path| RunReader::open(path).map(Source::Run)).collect()
}

/// Events in order. Its temporary files go with it.
pub struct SortedEvents {
    directory: Arc<RunDirectory>,
    /// All events, when they fitted into memory: then there are no runs.
    held: Held,
    runs: Vec<PathBuf>,
}

impl SortedEvents {
    /// Like [`SortedEvents::iter`], but the events are still encoded: to decode them is the greater part of the work,
    /// and other threads can do it.
    pub fn encoded(&self) -> Result<EncodedEvents<'_>, Error> {
        Ok(EncodedEvents { events: self.iter()? })
    }

    /// All events in [`Event::order`], each once; can be asked for as often as wanted.
    /// Fails with [`Error::Read`] or [`Error::Damaged`].
    pub fn iter(&self) -> Result<Events<'_>, Error> {
        let mut sources = open_runs(&self.runs)?;
        if self.runs.is_empty() {
            sources.push(Source::Held { held: &self.held, next: 0 });
        }
        Ok(Events { merge: Merge::new(sources)?, directory: &self.directory.path, failed: false })
    }
}

enum Source<'a> {
    Held { held: &'a Held, next: usize },
    Run(RunReader),
}

impl Rows for Source<'_> {
    fn next_row(&mut self) -> Result<Option<Row>, Error> {
        match self {
            Self::Run(run) => run.next(),
            Self::Held { held, next } => {
                let row =
                    held.rows.get(*next).map(|(order, range)| Row { order: *order, body: held.body(range).to_vec() });
                *next += 1;
                Ok(row)
            }
        }
    }
}

/// Events in order; ends behind the first error.
pub struct Events<'a> {
    merge: Merge<Source<'a>>,
    directory: &'a Path,
    failed: bool,
}

impl Events<'_> {
    fn next_row(&mut self) -> Result<Option<Row>, Error> {
        Ok(self.merge.next()?.map(|(row, _)| row))
    }

    /// Events that were dropped so far because the very same one stood there already.
    pub fn duplicates(&self) -> u64 {
        self.merge.duplicates
    }

    /// Events so far that share their identity with a different event; they were kept.
    pub fn conflicts(&self) -> u64 {
        self.merge.conflicts
    }
}

impl Iterator for Events<'_> {
    type Item = Result<Event, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let next = self.next_row().and_then(|row| row.map(|row| row.event(self.directory)).transpose());
        self.failed = next.is_err();
        next.transpose()
    }
}

/// An event that is still encoded.
pub struct EncodedEvent {
    row: Row,
}

impl EncodedEvent {
    /// Decodes it. Fails with [`Error::Damaged`] when a run changed under us.
    pub fn decode(&self) -> Result<Event, Error> {
        self.row.event(Path::new("a sorted run"))
    }

    /// Bytes that it takes.
    pub fn bytes(&self) -> usize {
        self.row.body.len()
    }
}

/// Encoded events in order; ends behind the first error.
pub struct EncodedEvents<'a> {
    events: Events<'a>,
}

impl EncodedEvents<'_> {
    /// As [`Events::duplicates`].
    pub fn duplicates(&self) -> u64 {
        self.events.duplicates()
    }
}

impl Iterator for EncodedEvents<'_> {
    type Item = Result<EncodedEvent, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.events.failed {
            return None;
        }
        let next = self.events.next_row();
        self.events.failed = next.is_err();
        next.map(|row| row.map(|row| EncodedEvent { row })).transpose()
    }
}
