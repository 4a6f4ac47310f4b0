//! Parses every source, labels the events, and stores them.

use std::{
    io::{self, Read},
    path::Path,
};

use custody::Subject;
use model::{
    Address, ArtefactKind, Coverage, Event, EvidenceItem, EvidenceSource, FormatChoice, Layer, Problem, ProblemKind,
};
use normalise::{Context, Policy};
use store::EventWriter;

use crate::{
    Case, Error, ErrorKind, Progress, Stage,
    case::{forget, set_aside_plan, write_artefact},
    coverage::Count,
    rotation,
};

/// Bytes read at a time: large enough that the cost of a call disappears, small enough to stay in cache.
const CHUNK_BYTES: usize = 256 * 1024;

/// Directory for sorted runs, removed after the stage.
const WORK_DIRECTORY: &str = "work";

/// How sources are read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReadOptions {
    /// Read every source as this format, whatever it looks like.
    pub format: Option<String>,
}

/// Parses all evidence of the case; writes `events/` and `coverage.json`.
///
/// Bad input becomes problems in the coverage, never an error. Fails when there is no evidence, when
/// `options.format` names no format, when evidence is no longer what was taken, or when the case
/// cannot be written. Artefacts of later stages are removed, because they no longer belong to these events.
pub fn read(case: &mut Case, options: &ReadOptions, observe: &mut dyn FnMut(Progress)) -> Result<Coverage, Error> {
    let directory = case.directory().to_path_buf();
    let items: Vec<EvidenceItem> = case.read_if_there(ArtefactKind::Evidence)?.unwrap_or_default();
    if items.is_empty() {
        return Err(Error::new(ErrorKind::NoEvidence, "read the evidence of", &directory));
    }
    if let Some(name) = &options.format
        && parse::by_name(name).is_none()
    {
        return Err(Error::new(ErrorKind::UnknownFormat, "read the evidence as", name.as_ref()));
    }
    let policy = case.settings.policy();
    case.custody.act_with("read", Vec::new(), |outcome| {
        let work = directory.join(WORK_DIRECTORY);
        let mut drafts = EventWriter::create(&work)?;
        let mut count = Count::default();
        let total = items.iter().flat_map(|item| &item.sources).map(|source| source.size).sum();
        let mut reading = Reading {
            format: options.format.as_deref(),
            drafts: &mut drafts,
            count: &mut count,
            open: None,
            done: 0,
            total,
            observe,
        };
        let mut in_order: Vec<&EvidenceItem> = items.iter().collect();
        in_order.sort_by_key(|item| rotation::place(&item.original.path));
        for item in in_order {
            outcome.subjects.extend(item.sources.iter().map(|source| subject(item, source)));
            reading.item(&directory, item)?;
        }
        reading.close()?;
        let events = label(drafts, policy, &mut count, &directory, observe)?;
        // The runs are only a sorting aid; a leftover costs space, not truth.
        let _ = std::fs::remove_dir_all(&work);
        let coverage = count.coverage();
        outcome.subjects.push(write_artefact(&directory, ArtefactKind::Coverage, &coverage)?);
        outcome.detail.insert("events".to_string(), events.stored.to_string());
        outcome.detail.insert("duplicates".to_string(), events.duplicates.to_string());
        set_aside_plan(&directory)?;
        forget(&directory, &[ArtefactKind::Findings, ArtefactKind::Incidents, ArtefactKind::Scope])?;
        Ok(coverage)
    })
}

/// Fails when not one source could be read as a log, with why: then silence says nothing at all.
///
/// Everything that was found instead stands in `evidence.json` and `coverage.json`.
pub fn must_be_readable(case: &Case, coverage: &Coverage) -> Result<(), Error> {
    if coverage.sources.iter().any(|source| source.records > 0) {
        return Ok(());
    }
    let items: Vec<EvidenceItem> = case.read_if_there(ArtefactKind::Evidence)?.unwrap_or_default();
    let refused = |item: &EvidenceItem| {
        item.sources.is_empty() && item.problems.iter().any(|problem| problem.kind == ProblemKind::Unreadable)
    };
    let mut found: Vec<&str> = items.iter().flat_map(|item| &item.problems).map(|it| it.text.as_str()).collect();
    found.extend(coverage.sources.iter().flat_map(|source| &source.problem_list).map(|it| it.text.as_str()));
    if found.is_empty() {
        found.push("it holds nothing");
    }
    found.dedup();
    found.truncate(3);
    let kind = if !items.is_empty() && items.iter().all(refused) {
        ErrorKind::EvidenceRefused
    } else {
        ErrorKind::NothingReadable
    };
    Err(Error::new(kind, "judge the evidence of", case.directory()).because(found.join("; ")))
}

fn subject(item: &EvidenceItem, source: &EvidenceSource) -> Subject {
    Subject::hashed(source_name(item, source).as_str(), source.id)
}

/// A source's name for people: the original's path, then what lies within.
pub(crate) fn source_name(item: &EvidenceItem, source: &EvidenceSource) -> String {
    let mut name = item.original.path.to_text();
    for layer in &source.layers {
        if let Layer::Tar { member } = layer {
            name.push_str(" › ");
            name.push_str(&member.to_text());
        }
    }
    name
}

/// How many events there were.
struct Events {
    stored: u64,
    /// Handed over more than once, kept once.
    duplicates: u64,
}

/// Second half of the stage: labels the drafts in their order and stores the events.
fn label(
    drafts: EventWriter,
    policy: Policy,
    count: &mut Count,
    case: &Path,
    observe: &mut dyn FnMut(Progress),
) -> Result<Events, Error> {
    let sorted = drafts.finish()?;
    let mut context = Context::new(policy);
    for draft in sorted.iter()? {
        context.observe(&draft?);
    }
    let mut labeller = context.into_labeller();
    let mut stored = 0;
    let mut again = sorted.iter()?;
    let labelled = again.by_ref().map(|draft| -> Result<Event, store::Error> {
        let event = labeller.label(draft?);
        count.event(&event);
        stored += 1;
        if stored % 4_096 == 0 {
            observe(Progress { stage: Stage::Normalise, done: stored, total: None });
        }
        Ok(event)
    });
    store::write_partitions(labelled, case)?;
    Ok(Events { stored, duplicates: again.duplicates() })
}

/// First half: bytes to drafts.
struct Reading<'a> {
    format: Option<&'a str>,
    drafts: &'a mut EventWriter,
    count: &'a mut Count,
    /// The log that was read last, which the next file may continue.
    open: Option<Open>,
    done: u64,
    total: u64,
    observe: &'a mut dyn FnMut(Progress),
}

/// A log that may go on in the next file: rotation cuts events in two.
struct Open {
    family: String,
    format: &'static str,
    decoder: Box<dyn parse::Decoder>,
    /// Which source of the count it reads.
    source: usize,
}

impl Reading<'_> {
    fn item(&mut self, case: &Path, item: &EvidenceItem) -> Result<(), Error> {
        let mut stored: Option<store::Error> = None;
        let read = intake::read_sources(case, item, &mut |source, stream| {
            let result = self.source(item, source, stream);
            self.done += source.size;
            result.map_err(|error| {
                // Ends the pass; the error itself is returned below.
                stored = Some(error);
                io::Error::other("the event store failed")
            })
        });
        if let Some(error) = stored {
            return Err(error.into());
        }
        for problem in &item.problems {
            self.count.intake_problem(problem, !item.sources.is_empty());
        }
        Ok(read?)
    }

    fn source(
        &mut self,
        item: &EvidenceItem,
        source: &EvidenceSource,
        stream: &mut dyn Read,
    ) -> Result<(), store::Error> {
        let mut chunk = vec![0; parse::HEAD_BYTES];
        let (mut length, mut failure) = fill(stream, &mut chunk);
        let choice = match self.format {
            Some(name) => by_person(name),
            None => parse::choose(&chunk[..length]),
        };
        let format = choice.chosen.as_deref().and_then(parse::by_name);
        let at = self.count.begin(source, source_name(item, source), choice);
        let Some(format) = format else {
            if source.size > 0 {
                self.count.source(at).unknown(source);
            }
            return Ok(());
        };
        let mut open = self.opened(item, source, format, at)?;
        let mut batch = parse::Batch::default();
        let mut offset = 0_u64;
        while length > 0 {
            open.decoder.push(&chunk[..length], &mut batch);
            offset += length as u64;
            self.keep(&mut batch, at)?;
            (self.observe)(Progress { stage: Stage::Read, done: self.done + offset, total: Some(self.total) });
            if failure.is_some() {
                break;
            }
            chunk.resize(CHUNK_BYTES, 0);
            (length, failure) = fill(stream, &mut chunk);
        }
        self.open = Some(open);
        if let Some(cause) = failure {
            self.close()?;
            let length = source.size.saturating_sub(offset);
            self.count.source(at).problem(Problem {
                kind: ProblemKind::Unreadable,
                address: Address { source: source.id, offset, length },
                text: format!("reading stopped here: {cause}"),
            });
        }
        Ok(())
    }

    /// The decoder of the log that this source continues, or a new one.
    fn opened(
        &mut self,
        item: &EvidenceItem,
        source: &EvidenceSource,
        format: &'static dyn parse::Format,
        at: usize,
    ) -> Result<Open, store::Error> {
        let family = rotation::place(&item.original.path).family;
        // Members of an archive come in its order, which need not be theirs.
        let alone = item.sources.len() == 1;
        if let Some(mut open) = self.open.take_if(|open| alone && open.family == family && open.format == format.name())
        {
            let mut batch = parse::Batch::default();
            open.decoder.continue_in(parse::Source { id: source.id, modified: Some(source.modified) }, &mut batch);
            self.keep(&mut batch, open.source)?;
            return Ok(Open { source: at, ..open });
        }
        self.close()?;
        Ok(Open {
            family,
            format: format.name(),
            decoder: format.decoder(parse::Source { id: source.id, modified: Some(source.modified) }),
            source: at,
        })
    }

    /// Ends the log that was read last.
    fn close(&mut self) -> Result<(), store::Error> {
        let Some(mut open) = self.open.take() else { return Ok(()) };
        let mut batch = parse::Batch::default();
        open.decoder.finish(&mut batch);
        self.keep(&mut batch, open.source)
    }

    fn keep(&mut self, batch: &mut parse::Batch, source: usize) -> Result<(), store::Error> {
        for draft in batch.drafts.drain(..) {
            self.count.draft(&draft, source);
            self.drafts.push(&draft)?;
        }
        self.count.batch(std::mem::take(batch), source);
        Ok(())
    }
}

fn by_person(name: &str) -> FormatChoice {
    FormatChoice { chosen: Some(name.to_string()), confidence: 100, runner_up: None, by_person: true }
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
