//! Reading records before their turn, for formats whose records need each other in a small part: the stages of a
//! request, the serials of a recorder.
//!
//! Other threads read the records and [leave](Left) what needs the order of the source; one reader joins that in
//! its turn. A record that can only be read in order is left as it is.

use std::{
    any::Any,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::{
    Batch, Turn,
    pieces::Piece,
    records::{Block, Fault, Origin, Reader, Waiting, read_one},
};

/// What a reader ahead leaves to [`Reader::join`] of its format; the two agree on the type.
pub(crate) type Left = Box<dyn Any + Send>;

/// Reads records out of order, on any thread.
pub(crate) trait Ahead: Send {
    /// Reads one record as [`Reader::record`] would, as far as that goes without the records before it. `Ok(false)`:
    /// it must be read in its turn, and nothing of it was used.
    fn record(&mut self, text: &[u8], origin: &Origin<'_>, out: &mut Batch) -> Result<bool, Fault>;

    /// What the records since the last call leave, `None` for nothing.
    fn leave(&mut self) -> Option<Left>;
}

/// The reader that joins what was left, shared by the pieces of a source. They take turns: it is never waited for.
#[derive(Clone)]
pub(crate) struct InTurn(Arc<Mutex<Box<dyn Reader>>>);

impl InTurn {
    pub fn new(reader: Box<dyn Reader>) -> Self {
        Self(Arc::new(Mutex::new(reader)))
    }

    /// The piece that ends the source.
    pub fn end(&self) -> Box<dyn Piece> {
        Box::new(End(self.clone()))
    }

    fn reader(&self) -> MutexGuard<'_, Box<dyn Reader>> {
        // Whoever panicked while it read takes the whole run down.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A block of records with the reader for it.
pub(crate) struct RecordsAhead {
    pub reader: Box<dyn Ahead>,
    pub block: Block,
    pub in_turn: InTurn,
}

/// What to do in order.
enum Step {
    Join(Left),
    Read(Vec<u8>, Waiting),
}

struct Steps {
    steps: Vec<Step>,
    in_turn: InTurn,
}

impl Piece for RecordsAhead {
    fn complete(self: Box<Self>, out: &mut Batch) -> Option<Box<dyn Turn>> {
        let Self { mut reader, block, in_turn } = *self;
        let mut steps = Vec::new();
        for (text, waiting) in block.iter() {
            match reader.record(text, &waiting.origin(), out) {
                Ok(true) => waiting.count(Ok(()), out),
                Err(fault) => waiting.count(Err(fault), out),
                Ok(false) => {
                    steps.extend(reader.leave().map(Step::Join));
                    steps.push(Step::Read(text.to_vec(), *waiting));
                }
            }
        }
        steps.extend(reader.leave().map(Step::Join));
        (!steps.is_empty()).then(|| Box::new(Steps { steps, in_turn }) as Box<dyn Turn>)
    }
}

impl Turn for Steps {
    fn take(self: Box<Self>, out: &mut Batch) {
        let mut reader = self.in_turn.reader();
        for step in self.steps {
            match step {
                Step::Join(left) => reader.join(left, out),
                Step::Read(text, waiting) => read_one(reader.as_mut(), &text, &waiting, out),
            }
        }
    }
}

/// The end of a source.
struct End(InTurn);

impl Piece for End {
    fn complete(self: Box<Self>, _out: &mut Batch) -> Option<Box<dyn Turn>> {
        Some(self)
    }
}

impl Turn for End {
    fn take(self: Box<Self>, out: &mut Batch) {
        self.0.reader().finish(out);
    }
}
