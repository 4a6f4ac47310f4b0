//! What the layers have to say about damage while somebody else reads through them.
//!
//! A layer never fails: it gives every byte that decodes, leaves a note, and ends. So nothing
//! that could be read is lost to an error path.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use model::ProblemKind;

/// Notes of one original that are kept; of more only the number is.
const NOTES_MAX: usize = 1_000;

/// One thing that is wrong with the bytes of a layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Note {
    pub(crate) kind: ProblemKind,
    pub(crate) text: String,
    /// Whether it is about the archive between its members, not about the stream being read.
    pub(crate) of_archive: bool,
}

/// Where the layers of one original leave their notes; clones write to the same place.
#[derive(Debug, Clone, Default)]
pub(crate) struct Notes(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    kept: Mutex<Vec<Note>>,
    dropped: AtomicU64,
    /// Bytes that all decoders of the original gave so far.
    expanded: AtomicU64,
}

impl Notes {
    pub(crate) fn add(&self, kind: ProblemKind, text: impl Into<String>) {
        self.push(Note { kind, text: text.into(), of_archive: false });
    }

    pub(crate) fn add_of_archive(&self, kind: ProblemKind, text: impl Into<String>) {
        self.push(Note { kind, text: text.into(), of_archive: true });
    }

    fn push(&self, note: Note) {
        let mut kept = self.0.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() < NOTES_MAX {
            kept.push(note);
        } else {
            self.0.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Takes out all notes so far.
    pub(crate) fn take(&self) -> Vec<Note> {
        std::mem::take(&mut *self.0.kept.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Number of notes that there was no room for.
    pub(crate) fn dropped(&self) -> u64 {
        self.0.dropped.load(Ordering::Relaxed)
    }

    /// Counts decoded bytes and returns the sum.
    pub(crate) fn expanded(&self, bytes: u64) -> u64 {
        self.0.expanded.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes)
    }
}

/// Tells the layer above that a stream ended before its time, and that the reason is noted already.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cut(Arc<AtomicBool>);

impl Cut {
    pub(crate) fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
