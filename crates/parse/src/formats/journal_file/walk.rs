//! Goes through a journal file from object to object, and finds the way again behind damage.

use std::io;

use model::{Address, Problem, ProblemKind, SourceId};

use super::{
    data::Data,
    entry::Stored,
    examine::{self, File, Trust},
    layout::{self, ALIGNMENT, HEADER_BYTES, Header, Kind, OBJECT_HEAD, Object},
    pieces::Pieces,
};
use crate::{Batch, ReadAt, Whole, journal::Interpreter};

/// Objects, or stretches of other bytes, of one call: some megabytes, so that a caller can show progress and empty the batch.
const STEPS_PER_CALL: usize = 4096;
/// Examinations of what only might be an object, summed over a file, in steps of some dozen nanoseconds: a few
/// seconds. Without it, a file made of beginnings of objects would cost the square of its size.
const SEARCH_COST_MAX: u64 = 1 << 26;
/// Places that are tried per step while searching.
const PLACES_PER_STEP: u64 = 4096;

/// Where the walk is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before the header.
    Start,
    /// At an object, or at what should be one.
    Object,
    /// In zeros since the offset.
    Zeros(u64),
    /// Searching for the next object since the offset: in damage, or in an object that may claim too much.
    Search(u64, Option<(Object, Trust)>),
    /// At the end.
    End,
}

/// Reads one journal file.
pub(super) struct Walk {
    source: SourceId,
    size: u64,
    header: Header,
    state: State,
    at: u64,
    entries: u64,
    last_object: u64,
    search_cost: u64,
    data: Data,
    pieces: Pieces,
    interpreter: Interpreter,
}

impl Whole for Walk {
    fn read(&mut self, bytes: &dyn ReadAt, out: &mut Batch) -> io::Result<bool> {
        for _ in 0..STEPS_PER_CALL {
            match self.state {
                State::Start => self.start(bytes, out)?,
                State::Object => self.object(bytes, out)?,
                State::Zeros(since) => self.zeros(since, bytes, out)?,
                State::Search(since, doubted) => self.search(since, doubted, bytes, out)?,
                State::End => return Ok(false),
            }
        }
        Ok(self.state != State::End)
    }
}

impl Walk {
    pub fn new(source: SourceId, size: u64) -> Self {
        let header = Header { size: 0, compact: false, key: None, file_id: [0; 16], state: 0, entries: 0, tail: 0 };
        Self {
            source,
            size,
            header,
            state: State::Start,
            at: 0,
            entries: 0,
            last_object: 0,
            search_cost: 0,
            data: Data::new(size),
            pieces: Pieces::new(),
            interpreter: Interpreter::new("journal_file"),
        }
    }

    fn start(&mut self, bytes: &dyn ReadAt, out: &mut Batch) -> io::Result<()> {
        let (head, _) = self.pieces.array::<HEADER_BYTES>(bytes, 0)?;
        let (header, fault) = match layout::header(&head) {
            Ok(header) => (header, None),
            Err((header, fault)) => (header, Some(fault)),
        };
        self.header = header;
        self.at = header.size.min(self.size);
        self.state = State::Object;
        if let Some(fault) = fault {
            let text = format!("the header is damaged: {fault}; objects are searched for without it");
            self.problem(ProblemKind::BadField, 0, self.at, text, out);
        }
        if header.size > self.size {
            let text = "the file ends inside its header".to_string();
            self.problem(ProblemKind::Torn, 0, self.at, text, out);
            out.problem_bytes += self.at;
        } else {
            out.record_bytes += self.at;
        }
        Ok(())
    }

    fn file<'a>(&'a mut self, bytes: &'a dyn ReadAt) -> File<'a> {
        File { header: &self.header, size: self.size, data: &mut self.data, pieces: &mut self.pieces, bytes }
    }

    /// Reads the object here, if there is one.
    fn object(&mut self, bytes: &dyn ReadAt, out: &mut Batch) -> io::Result<()> {
        let at = self.at;
        if at >= self.size {
            self.finish(out);
            return Ok(());
        }
        let (head, _) = self.pieces.array::<{ OBJECT_HEAD as usize }>(bytes, at)?;
        if head == [0; OBJECT_HEAD as usize] {
            self.state = State::Zeros(at);
            return Ok(());
        }
        let mut file = self.file(bytes);
        let Some(object) = file.object(at)? else {
            self.state = State::Search(at, None);
            self.at = at + ALIGNMENT;
            return Ok(());
        };
        let followed = file.is_followed(at, &object)?;
        let (trust, stored) = match object.kind {
            Kind::Entry => {
                let stored = file.entry(at, &object)?;
                (examine::trust_in(&stored), Some(stored))
            }
            _ => (file.trust(at, &object)?, None),
        };
        if trust == Trust::Proven || trust == Trust::Possible && followed {
            self.take(at, &object, trust, out);
            if let Some(stored) = stored {
                self.entry(&stored, at, &object, out);
            }
        } else {
            // Its size may be wrong, so that it claims other objects for itself.
            self.state = State::Search(at, Some((object, trust)));
            self.at = at + OBJECT_HEAD;
        }
        Ok(())
    }

    /// Whether an object stands at a place where none needs to be.
    fn is_found(&mut self, place: u64, bytes: &dyn ReadAt) -> io::Result<bool> {
        if self.search_cost >= SEARCH_COST_MAX {
            return Ok(false);
        }
        let mut file = self.file(bytes);
        let Some(object) = file.object(place)? else { return Ok(false) };
        let found = match object.kind {
            // Too little vouches for them; the next data or entry is not far.
            Kind::HashTable | Kind::Tag | Kind::EntryArray => false,
            // The damage may have cost the entry a field.
            Kind::Entry => match file.trust(place, &object)? {
                Trust::Proven => true,
                Trust::Possible => file.is_followed(place, &object)?,
                Trust::Contradicted => false,
            },
            Kind::Data | Kind::Field => file.trust(place, &object)? == Trust::Proven,
        };
        self.search_cost += File::cost(&object);
        Ok(found)
    }

    fn take(&mut self, at: u64, object: &Object, trust: Trust, out: &mut Batch) {
        let span = object.span().min(self.size - at);
        self.last_object = at;
        self.at = at + span;
        self.state = State::Object;
        out.record_bytes += span;
        if trust == Trust::Contradicted && object.kind != Kind::Entry {
            let text = "the content of this object contradicts its checksum; what it holds may have been changed";
            self.problem(ProblemKind::BadField, at, object.size, text.to_string(), out);
        }
    }

    fn entry(&mut self, stored: &Stored, at: u64, object: &Object, out: &mut Batch) {
        self.entries += 1;
        let address = Address { source: self.source, offset: at, length: object.size };
        if stored.missing > 0 {
            let text =
                format!("{} fields of this entry cannot be read: nothing is where they should be", stored.missing);
            self.problem(ProblemKind::Incomplete, at, object.size, text, out);
        }
        if stored.beyond > 0 {
            let text = format!("{} fields of this entry were left out: it is too large", stored.beyond);
            self.problem(ProblemKind::Bound, at, object.size, text, out);
        }
        let entry = stored.entry();
        if stored.sound == Some(false) && entry.unsound.is_empty() {
            let text = "the entry contradicts its own checksum: fields may have been changed".to_string();
            self.problem(ProblemKind::BadField, at, object.size, text, out);
        }
        if !stored.is_plausible() {
            let text = "no time or boot that an entry can have".to_string();
            self.problem(ProblemKind::BadTime, at, object.size, text, out);
            out.records += 1;
            return;
        }
        if let Err((kind, text)) = self.interpreter.entry(&entry, address, out) {
            self.problem(kind, at, object.size, text, out);
        }
    }

    /// Zeros behind the last object are the file's reserve; zeros between objects are a hole.
    fn zeros(&mut self, since: u64, bytes: &dyn ReadAt, out: &mut Batch) -> io::Result<()> {
        let (zeros, to_block_end) = self.pieces.zeros(bytes, self.at)?;
        self.at += zeros;
        if self.at >= self.size {
            out.record_bytes += self.size - since;
            self.state = State::Object;
        } else if !to_block_end {
            // An object begins at or before its first byte that is not zero.
            let end = self.at - self.at % ALIGNMENT;
            self.lost(since, end, out);
        }
        Ok(())
    }

    /// Searches for the next object behind damage, or inside an object that is `doubted`.
    fn search(
        &mut self,
        since: u64,
        doubted: Option<(Object, Trust)>,
        bytes: &dyn ReadAt,
        out: &mut Batch,
    ) -> io::Result<()> {
        let end = doubted.map_or(self.size, |(object, _)| since + object.span()).min(self.size);
        for _ in 0..PLACES_PER_STEP {
            if self.at >= end {
                match doubted {
                    Some((object, trust)) => {
                        let stored = match object.kind {
                            Kind::Entry => Some(self.file(bytes).entry(since, &object)?),
                            _ => None,
                        };
                        self.take(since, &object, trust, out);
                        if let Some(stored) = stored {
                            self.entry(&stored, since, &object, out);
                        }
                    }
                    None => self.lost(since, self.size, out),
                }
                return Ok(());
            }
            if self.is_found(self.at, bytes)? {
                self.lost(since, self.at, out);
                return Ok(());
            }
            self.at += ALIGNMENT;
        }
        Ok(())
    }

    fn finish(&mut self, out: &mut Batch) {
        self.state = State::End;
        self.interpreter.finish(out);
        // A file that is being written may have more than its header says, never less.
        if self.header.entries > self.entries && self.size >= 160 {
            let text = format!("the header counts {} entries; {} were found", self.header.entries, self.entries);
            self.problem(ProblemKind::Incomplete, 152, 8, text, out);
        } else if self.header.tail > self.last_object && self.size >= 144 {
            let text = format!(
                "the header says that the last object stands at {}; the last one found stands at {}",
                self.header.tail, self.last_object
            );
            self.problem(ProblemKind::Incomplete, 136, 8, text, out);
        }
    }

    /// Gives up the bytes from `from` to `to` and goes on there.
    fn lost(&mut self, from: u64, to: u64, out: &mut Batch) {
        let (kind, text) = if self.search_cost >= SEARCH_COST_MAX {
            (ProblemKind::Bound, "damaged, and more looks like an object than is tried: the rest was not searched")
        } else if to == self.size {
            (ProblemKind::Torn, "the file breaks off inside an object, or is damaged from here on")
        } else {
            (ProblemKind::NotARecord, "damaged: no object of a journal can be read here")
        };
        out.problem_bytes += to - from;
        self.problem(kind, from, to - from, text.to_string(), out);
        self.at = to;
        self.state = State::Object;
    }

    fn problem(&self, kind: ProblemKind, offset: u64, length: u64, text: String, out: &mut Batch) {
        if length > 0 {
            let address = Address { source: self.source, offset, length };
            out.problems.push(Problem { kind, address, text });
        }
    }
}
