//! Turns log bytes into records, and records into event drafts.
//!
//! A [`Format`] recognises a source by its first bytes and hands out a [`Decoder`], which is fed
//! the bytes of one source in chunks of any size and fills a [`Batch`]. Every byte is accounted
//! for: it belongs to a record, or to a [`Problem`] with its address. The result does not depend
//! on how the bytes were cut into chunks.
//!
//! Pure: no disk, no network, no clock. Bounds against hostile input are named where they apply.

mod ahead;
mod carried;
mod formats;
mod journal;
mod json_items;
mod json_tree;
mod json_values;
mod kernel_acts;
mod lines;
mod log_path;
mod messages;
mod pieces;
mod records;
mod sessions;
mod siem;
mod state_json;
mod text;
mod unmapped;
mod whole;

pub mod syscalls;

pub use pieces::{Piece, Turn};
pub use unmapped::Unmapped;
pub use whole::{BUFFERED_BYTES_MAX, ReadAt, Whole};

use model::{BlindWindow, DeclaredDrop, Event, FormatChoice, Problem, SerialGap, SourceId, StateRecord, Timestamp};

/// How many bytes of a source [`choose`] needs at most: enough for several records of any format.
pub const HEAD_BYTES: usize = 64 * 1024;

/// What is known of a source besides its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Which source.
    pub id: SourceId,
    /// When the file was last modified: gives the year to times without one, and the latest time to records without any.
    pub modified: Option<Timestamp>,
    /// The path of the original file, or of a member in its archive: of a container's log it says which container wrote
    /// it. A claim like any other.
    pub path: Option<String>,
}

impl From<SourceId> for Source {
    fn from(id: SourceId) -> Self {
        Self { id, modified: None, path: None }
    }
}

/// A log format.
pub trait Format: Sync {
    /// Its name, which is also the name of its file, its page and `Event::format`.
    fn name(&self) -> &'static str;

    /// How sure it is, 0 to 100, that a source that starts with `head` is of this format.
    ///
    /// `head` may end in the middle of a record. 0 means "certainly not mine".
    fn sniff(&self, head: &[u8]) -> u8;

    /// A decoder for one source, at its first byte.
    fn decoder(&self, source: Source) -> Box<dyn Decoder>;

    /// For a format that is read at any offset: a reader of one source of `size` bytes. A caller that can
    /// read at any offset uses it instead of [`Format::decoder`], which has to hold the source in memory.
    fn whole(&self, _source: Source, _size: u64) -> Option<Box<dyn Whole>> {
        None
    }
}

/// Reads one source from its first byte to its last.
pub trait Decoder: Send {
    /// Takes the next bytes of the source and appends to `out` what they complete.
    ///
    /// Chunks may be cut anywhere, also inside a character or a line.
    fn push(&mut self, chunk: &[u8], out: &mut Batch);

    /// Says that the source has ended and that `next` continues it, as `audit.log` continues the
    /// rotated `audit.log.1`: appends what the last line completes, and goes on with the bytes of
    /// `next`, whose offsets count from 0 again.
    ///
    /// Events that rotation cut in two become whole, and the numbering goes on, so that a source
    /// missing between two others shows as a serial gap. The caller orders the sources by time.
    fn continue_in(&mut self, next: Source, out: &mut Batch);

    /// Says that the source has ended: appends every event that still waited for records, and a
    /// problem for a record that was cut off. After it, [`Batch::record_bytes`] and
    /// [`Batch::problem_bytes`] of all batches add up to the bytes pushed.
    fn finish(&mut self, out: &mut Batch);

    /// From now on leaves to [`Decoder::pieces`] what other threads can do. Has no effect on a decoder that cannot.
    ///
    /// The batches of all calls, of all completed pieces and of their turns together hold the same as without it; their
    /// order differs.
    fn defer(&mut self) {}

    /// The work left since the last call. To be asked after every other call, once [`Decoder::defer`] was called.
    fn pieces(&mut self) -> Vec<Box<dyn Piece>> {
        Vec::new()
    }
}

/// What a decoder found since the batch was last emptied.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Batch {
    /// Events in the order in which they were completed; [`model::Event::draft`] says what is filled.
    pub drafts: Vec<Event>,
    /// Bytes that could not be used, or not in full.
    pub problems: Vec<Problem>,
    /// Records framed.
    pub records: u64,
    /// Bytes of those records, with their line ends and the blank lines between them.
    pub record_bytes: u64,
    /// Bytes that became problems instead of records.
    pub problem_bytes: u64,
    /// Holes in the source's own numbering. At most [`SERIAL_GAPS_LISTED`] per host and source are
    /// listed one by one; the rest is summed up in one last entry at the end of the source, whose
    /// `missing` counts missing serials only, though its range also spans serials that did come.
    pub serial_gaps: Vec<SerialGap>,
    /// Losses that the recorder itself declared.
    pub drops: Vec<DeclaredDrop>,
    /// Stretches of time in which the recorder was off, or its clock stepped back.
    pub blind_windows: Vec<BlindWindow>,
    /// What files of runtime state say of containers, images and layers.
    pub state: Vec<StateRecord>,
    /// Fields that the records have and no event shows.
    pub unmapped: Unmapped,
}

impl Batch {
    /// Appends what another batch found.
    pub fn append(&mut self, other: Self) {
        self.drafts.extend(other.drafts);
        self.problems.extend(other.problems);
        self.records += other.records;
        self.record_bytes += other.record_bytes;
        self.problem_bytes += other.problem_bytes;
        self.serial_gaps.extend(other.serial_gaps);
        self.drops.extend(other.drops);
        self.blind_windows.extend(other.blind_windows);
        self.state.extend(other.state);
        self.unmapped.join(other.unmapped);
    }
}

/// How many serial gaps per host and source are listed one by one. A log that was filtered has a gap
/// at almost every event; a thousand entries show the pattern, and a sum keeps memory bounded.
pub const SERIAL_GAPS_LISTED: usize = 1_000;

/// All formats, in the order of the format table.
pub fn formats() -> &'static [&'static dyn Format] {
    formats::ALL
}

/// The format of that name, `None` when there is none.
pub fn by_name(name: &str) -> Option<&'static dyn Format> {
    formats().iter().copied().find(|format| format.name() == name)
}

/// Asks every format how sure it is of a source that starts with `head`
/// (at most [`HEAD_BYTES`] are looked at), and names the surest and the runner-up.
///
/// `chosen` is `None` when no format is sure at all. Of equally sure formats the first of the table wins.
pub fn choose(head: &[u8]) -> FormatChoice {
    let head = &head[..head.len().min(HEAD_BYTES)];
    let mut answers: Vec<(&'static str, u8)> =
        formats().iter().map(|format| (format.name(), format.sniff(head))).filter(|answer| answer.1 > 0).collect();
    answers.sort_by_key(|answer| std::cmp::Reverse(answer.1));
    let mut best = answers.into_iter();
    let chosen = best.next();
    FormatChoice {
        chosen: chosen.map(|answer| answer.0.to_string()),
        confidence: chosen.map_or(0, |answer| answer.1),
        runner_up: best.next().map(|answer| (answer.0.to_string(), answer.1)),
        by_person: false,
    }
}
