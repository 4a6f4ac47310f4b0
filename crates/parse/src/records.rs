//! Records of text formats: one trait for what a record means, one decoder for how records are framed.
//!
//! A format of lines or JSON objects writes a [`Reader`] and leaves framing, addresses and the count
//! of bytes to [`Framed`]. The same reader reads records that another format [carries](crate::carried):
//! an audit record in a journal, an alert in a container's log.

use model::{Address, Problem, ProblemKind, SourceId, TimeBasis, Timestamp};

use crate::{
    Batch, Decoder, Source, Turn,
    ahead::{Ahead, InTurn, Left, RecordsAhead},
    json_items::{Item, ItemContent, JsonItems, Lists},
    lines::{Content, LINE_BYTES_MAX, Line, Lines},
    pieces::{PIECE_BYTES, Piece},
};

/// Why bytes are no record of a format, with one sentence for a person.
pub(crate) type Fault = (ProblemKind, String);

/// Where a record stands, and what the format that carries it says about it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Origin<'a> {
    /// The bytes to cite. A carried record cites what carries it, so that time and host can be checked too.
    pub address: Address,
    /// When the carrier says that it happened.
    pub time: Option<Timestamp>,
    /// What that time counts from.
    pub basis: TimeBasis,
    /// The host that the carrier names.
    pub host: Option<&'a str>,
    /// The format that carries the record, `None` for a record of the source itself.
    pub carrier: Option<&'static str>,
    /// The program that wrote it, as the carrier names it (syslog tag, `_COMM`, container name).
    pub program: Option<&'a str>,
    /// Who wrote it, by what the carrier itself saw and no writer can choose (of a journal: the service, or the program
    /// of root).
    pub vouched: Option<&'a str>,
    /// That program's process id.
    pub pid: Option<u32>,
    /// Whether the record is whole up to its line end; the last line of a source may be cut off.
    pub ended: bool,
}

impl Origin<'_> {
    /// A whole record of the source itself.
    pub fn own(address: Address) -> Self {
        Self {
            address,
            time: None,
            basis: TimeBasis::Utc,
            host: None,
            carrier: None,
            program: None,
            vouched: None,
            pid: None,
            ended: true,
        }
    }
}

/// Says what the records of one source mean. May hold state from one record to the next.
pub(crate) trait Reader: Send {
    /// Reads one record and appends what it states; counts it in [`Batch::records`] (bytes are counted by the frame).
    ///
    /// What cannot be used in part becomes a problem in `out`; a fault means that nothing was used.
    fn record(&mut self, text: &[u8], origin: &Origin<'_>, out: &mut Batch) -> Result<(), Fault>;

    /// The records that come now are those of `next`, which continues the source read so far.
    fn continue_in(&mut self, _next: Source) {}

    /// The source has ended: appends what still waited for further records.
    fn finish(&mut self, _out: &mut Batch) {}

    /// For a reader whose records do not depend on each other: another one like it, for another thread.
    fn another(&self) -> Option<Box<dyn Reader>> {
        None
    }

    /// Whether this record must be read in the order of the source all the same. Asked only beside [`Reader::another`].
    fn in_order(&self, _text: &[u8]) -> bool {
        false
    }

    /// For a reader whose records need each other, but less than they need time: readers for other threads, and the
    /// reader that joins what they [leave](Left). Asked before the first record.
    fn ahead(&self) -> Option<(Box<dyn Ahead>, Box<dyn Reader>)> {
        None
    }

    /// Joins what a reader of another thread left, in the order of the source. Asked only beside [`Reader::ahead`].
    fn join(&mut self, _left: Left, _out: &mut Batch) {}
}

/// How records are told apart.
pub(crate) enum Framing {
    /// One record per line.
    Lines(Lines),
    /// JSON objects: one per line, over several lines, or members of an array.
    Json(Box<JsonItems>),
}

impl Framing {
    pub fn lines() -> Self {
        Self::Lines(Lines::default())
    }

    pub fn json() -> Self {
        Self::json_in(Lists::ITEMS)
    }

    /// JSON objects, and the members of these lists of envelopes.
    pub fn json_in(lists: Lists) -> Self {
        Self::Json(Box::new(JsonItems::new(lists)))
    }

    /// The same framing at the start of another source.
    fn anew(&self) -> Self {
        match self {
            Self::Lines(_) => Self::lines(),
            Self::Json(items) => Self::Json(Box::new(items.anew())),
        }
    }
}

/// The decoder of a format that has a [`Reader`].
pub(crate) struct Framed<R> {
    framing: Framing,
    frame: Frame<R>,
}

struct Frame<R> {
    source: SourceId,
    reader: R,
    deferring: bool,
    /// For readers ahead of their turn.
    in_turn: Option<InTurn>,
    /// Records for the next piece.
    block: Block,
    /// Pieces that were not asked for yet.
    pieces: Vec<Box<dyn Piece>>,
}

/// Framed records that wait to be read.
#[derive(Default)]
pub(crate) struct Block {
    texts: Vec<u8>,
    records: Vec<Waiting>,
}

impl Block {
    fn push(&mut self, text: &[u8], waiting: Waiting) {
        self.texts.extend_from_slice(text);
        self.records.push(Waiting { end: self.texts.len(), ..waiting });
    }

    /// The records with their texts.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &Waiting)> {
        let mut start = 0;
        self.records
            .iter()
            .map(move |waiting| (&self.texts[std::mem::replace(&mut start, waiting.end)..waiting.end], waiting))
    }
}

/// One of them: where its text ends in the block, and what is known of it besides.
#[derive(Clone, Copy)]
pub(crate) struct Waiting {
    end: usize,
    address: Address,
    bytes: u64,
    ended: bool,
}

impl Waiting {
    /// What its reader is told.
    pub fn origin(&self) -> Origin<'static> {
        Origin { ended: self.ended, ..Origin::own(self.address) }
    }

    /// Counts its bytes by what its reader made of it.
    pub fn count(&self, result: Result<(), Fault>, out: &mut Batch) {
        let Self { address, bytes, .. } = *self;
        match result {
            Ok(()) => out.record_bytes += bytes,
            Err((kind, text)) => {
                out.problem_bytes += bytes;
                out.problems.push(Problem { kind, address: Address { length: bytes, ..address }, text });
            }
        }
    }
}

/// A block with the reader for it.
struct Records {
    reader: Box<dyn Reader>,
    block: Block,
}

impl Piece for Records {
    fn complete(mut self: Box<Self>, out: &mut Batch) -> Option<Box<dyn Turn>> {
        for (text, waiting) in self.block.iter() {
            read_one(self.reader.as_mut(), text, waiting, out);
        }
        self.reader.finish(out);
        None
    }
}

/// Reads one framed record and counts its bytes.
pub(crate) fn read_one<R: Reader + ?Sized>(reader: &mut R, text: &[u8], waiting: &Waiting, out: &mut Batch) {
    let result = reader.record(text, &waiting.origin(), out);
    waiting.count(result, out);
}

impl<R: Reader> Framed<R> {
    pub fn new(source: Source, framing: Framing, reader: R) -> Self {
        Self {
            framing,
            frame: Frame {
                source: source.id,
                reader,
                deferring: false,
                in_turn: None,
                block: Block::default(),
                pieces: Vec::new(),
            },
        }
    }

    fn end(&mut self, out: &mut Batch) {
        let frame = &mut self.frame;
        match &mut self.framing {
            Framing::Lines(lines) => lines.finish(|line| frame.line(&line, out)),
            Framing::Json(items) => items.finish(&mut |item| frame.item(&item, out)),
        }
    }
}

impl<R: Reader> Decoder for Framed<R> {
    fn push(&mut self, chunk: &[u8], out: &mut Batch) {
        let frame = &mut self.frame;
        match &mut self.framing {
            Framing::Lines(lines) => lines.push(chunk, |line| frame.line(&line, out)),
            Framing::Json(items) => items.push(chunk, &mut |item| frame.item(&item, out)),
        }
    }

    fn continue_in(&mut self, next: Source, out: &mut Batch) {
        self.end(out);
        self.framing = self.framing.anew();
        self.frame.source = next.id;
        self.frame.reader.continue_in(next);
    }

    fn finish(&mut self, out: &mut Batch) {
        self.end(out);
        self.frame.close_block();
        match &self.frame.in_turn {
            Some(in_turn) => self.frame.pieces.push(in_turn.end()),
            None => self.frame.reader.finish(out),
        }
    }

    fn defer(&mut self) {
        self.frame.in_turn = self.frame.reader.ahead().map(|(_, reader)| InTurn::new(reader));
        self.frame.deferring = self.frame.in_turn.is_some() || self.frame.reader.another().is_some();
    }

    fn pieces(&mut self) -> Vec<Box<dyn Piece>> {
        self.frame.close_block();
        std::mem::take(&mut self.frame.pieces)
    }
}

impl<R: Reader> Frame<R> {
    fn line(&mut self, line: &Line<'_>, out: &mut Batch) {
        match line.content {
            Content::Text(text) if text.iter().all(u8::is_ascii_whitespace) => out.record_bytes += line.bytes,
            Content::Text(text) => self.record(text, line.offset, line.bytes, line.ended, out),
            Content::TooLong => {
                let text = format!("line of {} bytes; at most {LINE_BYTES_MAX} are read", line.bytes);
                self.problem(ProblemKind::TooLong, line.offset, line.bytes, text, out);
            }
        }
    }

    fn item(&mut self, item: &Item<'_>, out: &mut Batch) {
        let (kind, text) = match item.content {
            ItemContent::Frame => {
                out.record_bytes += item.bytes;
                return;
            }
            ItemContent::Text(text) => return self.record(text, item.offset, item.bytes, true, out),
            ItemContent::TooLong => {
                (ProblemKind::TooLong, format!("{} bytes; at most {LINE_BYTES_MAX} are read", item.bytes))
            }
            ItemContent::Torn => (ProblemKind::Torn, "the object breaks off before its end".to_string()),
            ItemContent::Junk => (ProblemKind::NotARecord, "bytes between the objects of a list".to_string()),
        };
        self.problem(kind, item.offset, item.bytes, text, out);
    }

    fn record(&mut self, text: &[u8], offset: u64, bytes: u64, ended: bool, out: &mut Batch) {
        let address = Address { source: self.source, offset, length: text.len() as u64 };
        let waiting = Waiting { end: text.len(), address, bytes, ended };
        if !self.deferring || self.reader.in_order(text) {
            return read_one(&mut self.reader, text, &waiting, out);
        }
        self.block.push(text, waiting);
        if self.block.texts.len() >= PIECE_BYTES {
            self.close_block();
        }
    }

    fn close_block(&mut self) {
        if self.block.records.is_empty() {
            return;
        }
        let block = std::mem::take(&mut self.block);
        if let (Some(in_turn), Some((reader, _))) = (&self.in_turn, self.reader.ahead()) {
            self.pieces.push(Box::new(RecordsAhead { reader, block, in_turn: in_turn.clone() }));
        } else if let Some(reader) = self.reader.another() {
            self.pieces.push(Box::new(Records { reader, block }));
        }
    }

    fn problem(&mut self, kind: ProblemKind, offset: u64, length: u64, text: String, out: &mut Batch) {
        out.problem_bytes += length;
        out.problems.push(Problem { kind, address: Address { source: self.source, offset, length }, text });
    }
}

/// The fault of a text that is no JSON: torn where it merely ends too early.
pub(crate) fn not_json(what: &str, cause: &serde_json::Error) -> Fault {
    let kind = if cause.is_eof() { ProblemKind::Torn } else { ProblemKind::NotARecord };
    let text = cause.to_string();
    // The problem's address gives the place better.
    let cause = text.split(" at line ").next().unwrap_or(&text);
    (kind, format!("no {what} in JSON: {cause}"))
}
