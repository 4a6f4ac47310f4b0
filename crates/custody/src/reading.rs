//! Reads the log line by line, with a bound, and follows the chain that its entries form.

use std::io::{self, BufRead, BufReader, Read};

use model::{Bytes, Sha256};

use crate::{
    Deviation, DeviationKind, ENTRY_BYTES_MAX, Entry,
    merkle::{Tree, leaf_hash},
};

/// The act by which a later run records that the line before it was torn by a crash.
pub(crate) const TORN_ACT: &str = "custody.torn";

/// Entries of a kind that a report names one by one; of more only the first are named.
const NAMED_MAX: usize = 1_000;

/// One line of the log.
pub(crate) enum Line {
    /// A line that ends in a line break, which is not part of it.
    Whole(Vec<u8>),
    /// What stands behind the last line break.
    Torn(Vec<u8>),
    /// A line longer than [`ENTRY_BYTES_MAX`].
    TooLong,
}

/// Splits a reader into lines of bounded length.
pub(crate) struct Lines<R> {
    reader: BufReader<R>,
}

impl<R: Read> Lines<R> {
    pub(crate) fn new(reader: R) -> Self {
        Self { reader: BufReader::with_capacity(64 * 1024, reader) }
    }

    /// The next line, `None` at the end.
    pub(crate) fn next(&mut self) -> io::Result<Option<Line>> {
        let mut line = Vec::new();
        (&mut self.reader).take(ENTRY_BYTES_MAX as u64 + 1).read_until(b'\n', &mut line)?;
        Ok(match line.pop() {
            None => None,
            Some(b'\n') => Some(Line::Whole(line)),
            Some(_) if line.len() >= ENTRY_BYTES_MAX => Some(Line::TooLong),
            Some(last) => {
                line.push(last);
                Some(Line::Torn(line))
            }
        })
    }
}

/// Reads the entries of a log for display, in order; a line that is no entry comes as its bytes.
///
/// Checks nothing: that is the business of [`crate::verify()`]. Ends at the first line beyond the
/// bound and at the first failed read, which is returned.
pub fn entries(log: impl Read) -> impl Iterator<Item = io::Result<Result<Entry, Bytes>>> {
    let mut lines = Lines::new(log);
    let mut ended = false;
    std::iter::from_fn(move || {
        if ended {
            return None;
        }
        let line = match lines.next() {
            Ok(Some(Line::Whole(line) | Line::Torn(line))) => line,
            Ok(None) => return None,
            Ok(Some(Line::TooLong)) => {
                ended = true;
                return Some(Err(io::Error::new(io::ErrorKind::InvalidData, "a line is longer than any entry")));
            }
            Err(error) => {
                ended = true;
                return Some(Err(error));
            }
        };
        Some(Ok(serde_json::from_slice(&line).map_err(|_| Bytes(line))))
    })
}

/// The tree and the chain of entries, fed line by line.
#[derive(Clone, Default)]
pub(crate) struct Chain {
    pub(crate) tree: Tree,
    /// Leaf hash of the last line.
    pub(crate) last_leaf: Option<Sha256>,
    /// The last line is no entry, and no later entry has explained it yet.
    pub(crate) unexplained: Option<u64>,
    /// Lines that a later entry explains as torn by a crash.
    pub(crate) torn: Vec<u64>,
    /// Acts that were started and have no end yet.
    pub(crate) unfinished: Vec<u64>,
    /// Entries whose time lies before that of the entry before them.
    pub(crate) clock_steps_back: Vec<u64>,
    /// Times of the first and the last readable entry.
    pub(crate) span: Option<(model::Timestamp, model::Timestamp)>,
    deviation: Option<Deviation>,
    /// Entry whose `previous` contradicts the line before it: which of the two was changed shows the next entry.
    suspect: Option<u64>,
}

impl Chain {
    /// Takes the next line.
    pub(crate) fn push(&mut self, line: &[u8]) {
        let number = self.tree.size();
        let entry: Option<Entry> = serde_json::from_slice(line).ok();
        if let Some(torn) = self.unexplained.take() {
            if entry.as_ref().is_some_and(|entry| explains(entry, torn)) {
                self.torn.push(torn);
            } else {
                self.deviate(torn, DeviationKind::Unreadable);
            }
        }
        match &entry {
            Some(entry) => self.follow(number, entry),
            None => self.unexplained = Some(number),
        }
        let leaf = leaf_hash(line);
        self.tree.push(leaf);
        self.last_leaf = Some(leaf);
    }

    /// The first place that is out of order, once all lines were pushed.
    pub(crate) fn first_deviation(&self) -> Option<Deviation> {
        let pending = |entry: u64, kind| Deviation { entry, kind };
        self.deviation
            .clone()
            .or_else(|| self.suspect.map(|entry| pending(entry.saturating_sub(1), DeviationKind::Chain)))
            .or_else(|| self.unexplained.map(|entry| pending(entry, DeviationKind::Unreadable)))
    }

    fn follow(&mut self, number: u64, entry: &Entry) {
        if let Some(suspect) = self.suspect.take() {
            // The entry behind vouches for the suspect or not.
            let culprit = if entry.previous == self.last_leaf { suspect.saturating_sub(1) } else { suspect };
            self.deviate(culprit, DeviationKind::Chain);
        }
        if entry.n != number {
            self.deviate(number, DeviationKind::Number { found: entry.n });
        } else if entry.previous != self.last_leaf && self.deviation.is_none() {
            self.suspect = Some(number);
        }
        match &entry.result {
            crate::ActResult::Started if self.unfinished.len() < NAMED_MAX => self.unfinished.push(number),
            _ => {}
        }
        if let Some(started) = entry.started {
            self.unfinished.retain(|open| *open != started);
        }
        let (first, last) = self.span.unwrap_or((entry.time, entry.time));
        if entry.time < last && self.clock_steps_back.len() < NAMED_MAX {
            self.clock_steps_back.push(number);
        }
        self.span = Some((first, entry.time));
    }

    fn deviate(&mut self, entry: u64, kind: DeviationKind) {
        self.deviation.get_or_insert(Deviation { entry, kind });
    }
}

fn explains(entry: &Entry, torn: u64) -> bool {
    entry.act == TORN_ACT && entry.detail.get("entry").is_some_and(|number| *number == torn.to_string())
}
