//! Second half of the read stage: copies are joined, events labelled and stored.

use std::{
    path::Path,
    sync::mpsc::{self, SyncSender},
    thread,
};

use model::Event;
use normalise::{Context, Joiner, clocks::Labels};
use store::{EncodedEvent, EventWriter, SortedEvents};

use crate::{Error, Progress, Stage, coverage::Count};

/// Bytes of encoded events that are decoded together.
const BLOCK_BYTES: usize = 256 * 1024;

/// Blocks of labelled events that wait to be written.
const BLOCKS_WAITING: usize = 4;

/// How many events there were.
pub(crate) struct Labelled {
    /// Kept.
    pub(crate) stored: u64,
    /// Handed over more than once in one source or file, kept once.
    pub(crate) duplicates: u64,
    /// Copies of an event in a further source, joined to it.
    pub(crate) joined: u64,
}

/// Corrects the times and hosts of drafts, and puts them in their new order. Returns how many stood there twice.
pub(crate) fn relabel(
    sorted: &SortedEvents,
    labels: &mut Labels,
    mut corrected: EventWriter,
    threads: usize,
) -> Result<(SortedEvents, u64), Error> {
    let duplicates = pass(sorted, threads, |mut event| {
        labels.apply(&mut event);
        corrected.push(&event)
    })?;
    Ok((corrected.finish()?, duplicates))
}

/// Labels the drafts in their order and stores the events. Fails with the first error of the store.
pub(crate) fn label(
    sorted: &SortedEvents,
    mut context: Context,
    (threads, case): (usize, &Path),
    count: &mut Count,
    observe: &mut dyn FnMut(Progress),
) -> Result<Labelled, Error> {
    let mut joiner = Joiner::default();
    pass(sorted, threads, |event| {
        joiner.push(event, &mut |event| context.observe(&event));
        Ok(())
    })?;
    joiner.finish(&mut |event| context.observe(&event));

    let mut labeller = context.into_labeller();
    thread::scope(|scope| {
        let (give, blocks) = mpsc::sync_channel::<Block>(BLOCKS_WAITING);
        let writing = scope.spawn(move || store::write_partitions(blocks.into_iter().flatten(), case));
        let mut joiner = Joiner::default();
        let mut out = Output { block: Vec::new(), give, stored: 0 };
        let mut label = |event: Event, out: &mut Output| {
            let event = labeller.label(event);
            count.event(&event);
            out.event(event);
            if out.stored.is_multiple_of(4_096) {
                observe(Progress { stage: Stage::Normalise, done: out.stored, total: None });
            }
        };
        let passed = pass(sorted, threads, |event| {
            joiner.push(event, &mut |event| label(event, &mut out));
            Ok(())
        });
        joiner.finish(&mut |event| label(event, &mut out));
        let stored = out.stored;
        // An error goes to the writer too: with fewer events than there were, it must not replace what is stored.
        let duplicates = out.end(passed);
        match writing.join() {
            Ok(written) => written?,
            Err(panic) => std::panic::resume_unwind(panic),
        };
        count.joined(&joiner.joined);
        count.forgotten(labeller.forgotten());
        Ok(Labelled { stored, duplicates, joined: joiner.joined.values().sum() })
    })
}

/// Events for the writer; an error makes it fail.
type Block = Vec<Result<Event, store::Error>>;

/// Labelled events on their way to the writer.
struct Output {
    block: Block,
    give: SyncSender<Block>,
    stored: u64,
}

/// Events that are handed to the writer together.
const EVENTS_TOGETHER: usize = 512;

impl Output {
    fn event(&mut self, event: Event) {
        self.stored += 1;
        self.block.push(Ok(event));
        if self.block.len() >= EVENTS_TOGETHER {
            // A writer that has gone says why when it is asked for.
            let _ = self.give.send(std::mem::take(&mut self.block));
        }
    }

    /// Hands over the rest, or the error; returns the number that came with success, else 0.
    fn end(mut self, passed: Result<u64, store::Error>) -> u64 {
        let (number, last) = match passed {
            Ok(number) => (number, None),
            Err(error) => (0, Some(Err(error))),
        };
        self.block.extend(last);
        let _ = self.give.send(self.block);
        number
    }
}

/// Gives every event in order to `each`; other threads decode. Returns how many stood there twice.
fn pass(
    sorted: &SortedEvents,
    threads: usize,
    mut each: impl FnMut(Event) -> Result<(), store::Error>,
) -> Result<u64, store::Error> {
    let mut encoded = sorted.encoded()?;
    let mut failed = None;
    let blocks = std::iter::from_fn(|| {
        let (mut block, mut bytes) = (Vec::new(), 0);
        while bytes < BLOCK_BYTES && failed.is_none() {
            match encoded.next() {
                Some(Ok(event)) => {
                    bytes += event.bytes();
                    block.push(event);
                }
                Some(Err(error)) => failed = Some(error),
                None => break,
            }
        }
        (!block.is_empty()).then_some(block)
    });
    let decode = |block: Vec<EncodedEvent>| -> Vec<Result<Event, store::Error>> {
        block.iter().map(EncodedEvent::decode).collect()
    };
    stdx::parallel::ordered(blocks, threads, decode, |block| block.into_iter().try_for_each(|event| each(event?)))?;
    match failed {
        Some(error) => Err(error),
        None => Ok(encoded.duplicates()),
    }
}
