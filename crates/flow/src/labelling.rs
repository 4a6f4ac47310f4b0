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

/// Blocks that wait for the next thread.
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
    let duplicates = pass(sorted, threads, |block| {
        block.into_iter().try_for_each(|event| {
            let mut event = event?;
            labels.apply(&mut event);
            corrected.push(&event)
        })
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
    pass(sorted, threads, |block| {
        block.into_iter().try_for_each(|event| {
            joiner.push(event?, &mut |event| context.observe(&event));
            Ok(())
        })
    })?;
    joiner.finish(&mut |event| context.observe(&event));

    let mut labeller = context.into_labeller();
    thread::scope(|scope| {
        let (give, blocks) = mpsc::sync_channel(BLOCKS_WAITING);
        let writing = scope.spawn(move || store::write_blocks(blocks.into_iter(), case, threads));
        let mut joiner = Joiner::default();
        let mut out = Output { block: Vec::new(), give, stored: 0 };
        let passed = pass(sorted, threads, |block| {
            for event in block {
                joiner.push(event?, &mut |event| out.event(labeller.label(event), count));
            }
            out.hand_over();
            observe(Progress { stage: Stage::Normalise, done: out.stored, total: None });
            Ok(())
        });
        joiner.finish(&mut |event| out.event(labeller.label(event), count));
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

/// Events that are decoded together, or what kept one of them from it.
type Decoded = Vec<Result<Event, store::Error>>;

/// Labelled events on their way to the writer.
struct Output {
    block: Vec<Event>,
    give: SyncSender<Result<Vec<Event>, store::Error>>,
    stored: u64,
}

impl Output {
    fn event(&mut self, event: Event, count: &mut Count) {
        count.event(&event);
        self.stored += 1;
        self.block.push(event);
    }

    /// Hands over what is there. To be called where it does not depend on the number of threads.
    fn hand_over(&mut self) {
        if !self.block.is_empty() {
            // A writer that has gone says why when it is asked for.
            let _ = self.give.send(Ok(std::mem::take(&mut self.block)));
        }
    }

    /// Hands over the rest, or the error; returns the number that came with success, else 0.
    fn end(mut self, passed: Result<u64, store::Error>) -> u64 {
        self.hand_over();
        passed.unwrap_or_else(|error| {
            let _ = self.give.send(Err(error));
            0
        })
    }
}

/// Gives all events in order, in blocks, to `each`; other threads read and decode them. Returns how many stood there
/// twice.
fn pass(
    sorted: &SortedEvents,
    threads: usize,
    each: impl FnMut(Decoded) -> Result<(), store::Error>,
) -> Result<u64, store::Error> {
    thread::scope(|scope| {
        let (give, blocks) = mpsc::sync_channel(BLOCKS_WAITING);
        let reading = scope.spawn(move || read_blocks(sorted, &give));
        let decode = |block: Vec<EncodedEvent>| -> Decoded { block.iter().map(EncodedEvent::decode).collect() };
        stdx::parallel::ordered(blocks.into_iter(), threads, decode, each)?;
        match reading.join() {
            Ok(duplicates) => duplicates,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

/// Hands over all events in order, as long as somebody takes them.
fn read_blocks(sorted: &SortedEvents, give: &SyncSender<Vec<EncodedEvent>>) -> Result<u64, store::Error> {
    let mut encoded = sorted.encoded()?;
    let (mut block, mut bytes) = (Vec::new(), 0);
    while let Some(event) = encoded.next().transpose()? {
        bytes += event.bytes();
        block.push(event);
        if bytes >= BLOCK_BYTES {
            bytes = 0;
            if give.send(std::mem::take(&mut block)).is_err() {
                return Ok(0);
            }
        }
    }
    // One who has gone had an error of his own.
    let _ = give.send(block);
    Ok(encoded.duplicates())
}
