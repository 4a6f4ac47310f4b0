//! First half of the read stage: bytes to drafts, on all cores.
//!
//! One thread goes through the sources in order and frames records; the workers say what the records mean and
//! encode the drafts; the calling thread takes what comes back, in the order in which it was framed. So the
//! answer does not depend on the number of threads, and what is in flight has a bound.

use std::{
    fs::File,
    io::{self, Read, Write as _},
    path::Path,
    sync::mpsc::{self, SyncSender},
    thread,
};

use model::{Address, Event, EvidenceItem, EvidenceSource, FormatChoice, Layer, Problem, ProblemKind};
use parse::{Batch, Piece, Turn};
use store::{Encoded, EventWriter};

use crate::{
    Error, Progress, Stage,
    coverage::{Count, Tally},
    read_stage::{ReadOptions, source_name},
    rotation,
};

/// Bytes read at a time: large enough that the cost of a call disappears, small enough to stay in cache.
const CHUNK_BYTES: usize = 256 * 1024;

/// Parts that wait for a worker. Each holds about a chunk.
const PARTS_WAITING: usize = 8;

/// Drafts that are encoded together when a decoder made them itself.
const DRAFTS_TOGETHER: usize = 256;

/// Name of the copy of a source that is read at any offset, in the work directory.
const SPOOL_FILE: &str = "source";

/// What the framing thread hands over, in the order of the evidence.
enum Part {
    /// A source begins; the parts that follow belong to it, or to the number they name.
    Begin { source: Box<EvidenceSource>, name: String, choice: FormatChoice },
    /// Work that a decoder left to others.
    Piece { source: usize, piece: Box<dyn Piece> },
    /// What a decoder found itself.
    Batch { source: usize, batch: Batch },
    /// No format recognises the source.
    Unknown { source: usize, evidence: Box<EvidenceSource> },
    /// A problem that the intake met.
    Intake { problem: Problem, has_sources: bool },
    /// So many bytes of the evidence have been framed.
    Progress(u64),
}

/// A part when a worker is done with it.
enum Done {
    Events { source: usize, events: Events, turn: Option<Box<dyn Turn>> },
    Other(Part),
}

/// Events that are encoded, and what came with them.
struct Events {
    batch: Batch,
    tally: Tally,
    encoded: Result<Encoded, store::Error>,
}

impl Events {
    fn of(mut batch: Batch) -> Self {
        let events: Vec<Event> = std::mem::take(&mut batch.drafts);
        let mut tally = Tally::default();
        events.iter().for_each(|event| tally.draft(event));
        Self { batch, tally, encoded: Encoded::of(&events) }
    }

    fn keep(self, drafts: &mut EventWriter, count: &mut Count, source: usize) -> Result<(), store::Error> {
        drafts.append(self.encoded?)?;
        count.tally(self.tally, source);
        count.batch(self.batch, source);
        Ok(())
    }
}

/// Reads all items into `drafts` and counts what they hold. Fails with the first error of intake or store.
pub(crate) fn read_items(
    directory: &Path,
    work: &Path,
    items: &[&EvidenceItem],
    options: &ReadOptions,
    (drafts, count): (&mut EventWriter, &mut Count),
    observe: &mut dyn FnMut(Progress),
) -> Result<(), Error> {
    let total = items.iter().flat_map(|item| &item.sources).map(|source| source.size).sum();
    thread::scope(|scope| {
        let (parts, waiting) = mpsc::sync_channel(PARTS_WAITING);
        let framing = scope.spawn(move || {
            let mut framing = Framing { options, work, parts, open: None, sources: 0, done: 0 };
            items.iter().try_for_each(|item| framing.item(directory, item)).and_then(|()| framing.close())
        });
        let taken = stdx::parallel::ordered(waiting.into_iter(), options.threads, interpret, |done| {
            take(done, drafts, count, &mut |done| observe(Progress { stage: Stage::Read, done, total: Some(total) }))
        });
        let framed = match framing.join() {
            Ok(framed) => framed,
            Err(panic) => std::panic::resume_unwind(panic),
        };
        taken?;
        match framed {
            Ok(()) => Ok(()),
            Err(Stopped::Failed(error)) => Err(error),
            // The other side has gone, and said why above.
            Err(Stopped::Unwanted) => Ok(()),
        }
    })
}

/// A worker's share.
fn interpret(part: Part) -> Done {
    let (source, batch, turn) = match part {
        Part::Piece { source, piece } => {
            let mut batch = Batch::default();
            let turn = piece.complete(&mut batch);
            (source, batch, turn)
        }
        Part::Batch { source, batch } => (source, batch, None),
        other => return Done::Other(other),
    };
    Done::Events { source, events: Events::of(batch), turn }
}

/// Takes one part in its turn.
fn take(
    done: Done,
    drafts: &mut EventWriter,
    count: &mut Count,
    observe: &mut dyn FnMut(u64),
) -> Result<(), store::Error> {
    match done {
        Done::Events { source, events, turn } => {
            events.keep(drafts, count, source)?;
            if let Some(turn) = turn {
                let mut batch = Batch::default();
                turn.take(&mut batch);
                Events::of(batch).keep(drafts, count, source)?;
            }
        }
        Done::Other(Part::Begin { source, name, choice }) => {
            count.begin(&source, name, choice);
        }
        Done::Other(Part::Unknown { source, evidence }) => count.source(source).unknown(&evidence),
        Done::Other(Part::Intake { problem, has_sources }) => count.intake_problem(&problem, has_sources),
        Done::Other(Part::Progress(bytes)) => observe(bytes),
        Done::Other(Part::Piece { .. } | Part::Batch { .. }) => {}
    }
    Ok(())
}

/// Why framing ended early.
enum Stopped {
    Failed(Error),
    /// Nobody takes the parts any more.
    Unwanted,
}

/// The framing thread.
struct Framing<'a> {
    options: &'a ReadOptions,
    work: &'a Path,
    parts: SyncSender<Part>,
    /// The log that was read last, which the next file may continue.
    open: Option<Open>,
    sources: usize,
    done: u64,
}

/// A log that may go on in the next file: rotation cuts events in two.
struct Open {
    family: String,
    format: &'static str,
    decoder: Box<dyn parse::Decoder>,
    /// Which source of the count it reads.
    source: usize,
}

impl Framing<'_> {
    fn give(&self, part: Part) -> Result<(), Stopped> {
        self.parts.send(part).map_err(|_| Stopped::Unwanted)
    }

    fn item(&mut self, case: &Path, item: &EvidenceItem) -> Result<(), Stopped> {
        let mut stopped = None;
        let read = intake::read_sources(case, item, &mut |source, stream| {
            let result = self.source(item, source, stream);
            self.done += source.size;
            result.map_err(|why| {
                // Ends the pass; the reason itself is returned below.
                stopped = Some(why);
                io::Error::other("reading was stopped")
            })
        });
        if let Some(why) = stopped {
            return Err(why);
        }
        for problem in &item.problems {
            self.give(Part::Intake { problem: problem.clone(), has_sources: !item.sources.is_empty() })?;
        }
        read.map_err(|error| Stopped::Failed(error.into()))
    }

    fn source(&mut self, item: &EvidenceItem, source: &EvidenceSource, stream: &mut dyn Read) -> Result<(), Stopped> {
        let mut head = vec![0; parse::HEAD_BYTES];
        let (length, failure) = fill(stream, &mut head);
        head.truncate(length);
        let name = source_name(item, source);
        let choice = self.options.choice(&name, &head);
        let format = choice.chosen.as_deref().and_then(parse::by_name);
        let at = self.sources;
        self.sources += 1;
        self.give(Part::Begin { source: Box::new(source.clone()), name, choice })?;
        let Some(format) = format else {
            if source.size > 0 {
                self.give(Part::Unknown { source: at, evidence: Box::new(source.clone()) })?;
            }
            return Ok(());
        };
        match format.whole(of(item, source), source.size) {
            Some(whole) => self.whole(whole, source, at, (head, failure), stream),
            None => self.stream(format, item, source, at, (head, failure), stream),
        }
    }

    /// Reads a source from its first byte to its last.
    fn stream(
        &mut self,
        format: &'static dyn parse::Format,
        item: &EvidenceItem,
        source: &EvidenceSource,
        at: usize,
        (mut chunk, mut failure): (Vec<u8>, Option<io::Error>),
        stream: &mut dyn Read,
    ) -> Result<(), Stopped> {
        let mut open = self.opened(item, source, format, at)?;
        let mut batch = Batch::default();
        let mut offset = 0_u64;
        let mut length = chunk.len();
        while length > 0 {
            open.decoder.push(&chunk[..length], &mut batch);
            offset += length as u64;
            self.keep(&mut open, &mut batch)?;
            self.give(Part::Progress(self.done + offset))?;
            if failure.is_some() {
                break;
            }
            chunk.resize(CHUNK_BYTES, 0);
            (length, failure) = fill(stream, &mut chunk);
        }
        self.open = Some(open);
        if let Some(cause) = failure {
            self.close()?;
            self.broke_off(source, at, offset, &cause)?;
        }
        Ok(())
    }

    /// Reads a source at any offset, from a copy beside the case: within an archive it can only be read once through.
    fn whole(
        &mut self,
        mut whole: Box<dyn parse::Whole>,
        source: &EvidenceSource,
        at: usize,
        (head, mut failure): (Vec<u8>, Option<io::Error>),
        stream: &mut dyn Read,
    ) -> Result<(), Stopped> {
        self.close()?;
        let path = self.work.join(SPOOL_FILE);
        let failed = |action, cause| Stopped::Failed(Error::io(action, &path, cause));
        let mut size = head.len() as u64;
        let mut spool = File::create(&path).map_err(|cause| failed("copy a source to", cause))?;
        let mut chunk = head;
        while !chunk.is_empty() {
            spool.write_all(&chunk).map_err(|cause| failed("copy a source to", cause))?;
            if failure.is_some() {
                break;
            }
            chunk.resize(CHUNK_BYTES, 0);
            let (length, cause) = fill(stream, &mut chunk);
            chunk.truncate(length);
            size += length as u64;
            failure = cause;
        }
        let bytes = Spooled(File::open(&path).map_err(|cause| failed("read the copy of a source", cause))?);
        loop {
            let mut batch = Batch::default();
            let more = whole.read(&bytes, &mut batch).map_err(|cause| failed("read the copy of a source", cause))?;
            self.give(Part::Batch { source: at, batch })?;
            if !more {
                break;
            }
        }
        // Only disk space is lost when this fails, until the work directory goes.
        let _ = std::fs::remove_file(&path);
        match failure {
            Some(cause) => self.broke_off(source, at, size, &cause),
            None => Ok(()),
        }
    }

    fn broke_off(&mut self, source: &EvidenceSource, at: usize, offset: u64, cause: &io::Error) -> Result<(), Stopped> {
        let address = Address { source: source.id, offset, length: source.size.saturating_sub(offset) };
        let text = format!("reading stopped here: {cause}");
        let problem = Problem { kind: ProblemKind::Unreadable, address, text };
        self.give(Part::Batch { source: at, batch: Batch { problems: vec![problem], ..Batch::default() } })
    }

    /// The decoder of the log that this source continues, or a new one.
    fn opened(
        &mut self,
        item: &EvidenceItem,
        source: &EvidenceSource,
        format: &'static dyn parse::Format,
        at: usize,
    ) -> Result<Open, Stopped> {
        let family = rotation::place(&item.original.path).family;
        // Members of an archive come in its order, which need not be theirs.
        let alone = item.sources.len() == 1;
        let same = |open: &mut Open| alone && open.family == family && open.format == format.name();
        if let Some(mut open) = self.open.take_if(same) {
            let mut batch = Batch::default();
            open.decoder.continue_in(of(item, source), &mut batch);
            self.keep(&mut open, &mut batch)?;
            return Ok(Open { source: at, ..open });
        }
        self.close()?;
        let mut decoder = format.decoder(of(item, source));
        decoder.defer();
        Ok(Open { family, format: format.name(), decoder, source: at })
    }

    /// Ends the log that was read last.
    fn close(&mut self) -> Result<(), Stopped> {
        let Some(mut open) = self.open.take() else { return Ok(()) };
        let mut batch = Batch::default();
        open.decoder.finish(&mut batch);
        self.keep(&mut open, &mut batch)
    }

    fn keep(&mut self, open: &mut Open, batch: &mut Batch) -> Result<(), Stopped> {
        let source = open.source;
        let mut batch = std::mem::take(batch);
        // Several workers share what the decoder made itself.
        while batch.drafts.len() > DRAFTS_TOGETHER {
            let rest = batch.drafts.split_off(DRAFTS_TOGETHER);
            let drafts = std::mem::replace(&mut batch.drafts, rest);
            self.give(Part::Batch { source, batch: Batch { drafts, ..Batch::default() } })?;
        }
        if batch != Batch::default() {
            self.give(Part::Batch { source, batch })?;
        }
        for piece in open.decoder.pieces() {
            self.give(Part::Piece { source, piece })?;
        }
        Ok(())
    }
}

fn of(item: &EvidenceItem, source: &EvidenceSource) -> parse::Source {
    let member = source.layers.iter().rev().find_map(|layer| match layer {
        Layer::Tar { member } => Some(member),
        _ => None,
    });
    let path = Some(member.unwrap_or(&item.original.path).to_text());
    parse::Source { id: source.id, modified: Some(source.modified), path }
}

/// A source that was copied to a file.
struct Spooled(File);

impl parse::ReadAt for Spooled {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        stdx::positional::read_fully_at(&self.0, buffer, offset)
    }
}

/// Reads until `buffer` is full, the source ends or reading fails; what was read before a failure counts.
fn fill(stream: &mut dyn Read, buffer: &mut [u8]) -> (usize, Option<io::Error>) {
    let mut filled = 0;
    while filled < buffer.len() {
        match stream.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
            Err(cause) => return (filled, Some(cause)),
        }
    }
    (filled, None)
}
