//! What containers write: pieces of long lines joined to whole messages, and each message given to the
//! format that it is a record of.
//!
//! Container logs state a time and a stream per line; which container wrote it stands in the file's path ([`Writer`]).
//! The container's own messages get that container; a record that somebody's program wrote there, an alert for instance,
//! speaks of other containers and gets it as its carrier's.

use model::{Action, Address, Event, EventId, TimeBasis, Timestamp};

use crate::{Batch, Source, carried::Carried, lines::LINE_BYTES_MAX, log_path::Writer, records::Origin, text};

/// The formats whose messages are what a container wrote.
pub(crate) const CARRIERS: &[&str] = &["docker_json_log", "cri_log"];

/// Bytes of one joined message; the same bound as for a line, which a message would be without its carrier.
const MESSAGE_BYTES_MAX: usize = LINE_BYTES_MAX;
/// Pieces of one message: runtimes cut at 8 or 16 KiB, so a whole message has 128 at most.
const PIECES_MAX: usize = 1024;

/// Nanoseconds after which a piece without a line end was the last that its program wrote: pieces of one line come at
/// once, and Docker waits 100 ms before it starts a program again.
const PAUSE_NS: i64 = 100_000_000;

/// Of the first whole lines of a source, how many are of a log's shape and how many are not.
pub(crate) fn whole_lines(head: &[u8], is_ours: impl Fn(&[u8]) -> bool) -> (usize, usize) {
    let mut lines: Vec<&[u8]> = head.split(|&byte| byte == b'\n').take(33).collect();
    // The last one may be cut off.
    if lines.len() > 1 {
        lines.pop();
    }
    lines.retain(|line| !line.iter().all(u8::is_ascii_whitespace));
    let ours = lines.iter().filter(|line| is_ours(line)).count();
    (ours, lines.len() - ours)
}

/// One line of a container's log.
pub(crate) struct Piece<'a> {
    /// What the container wrote, without its line end.
    pub text: &'a [u8],
    /// Whether the container ended its line here; otherwise the next piece of the same stream may go on.
    pub last: bool,
    /// Of a piece that is not the last one: whether the runtime cut it because its buffer was full, so that the next
    /// piece certainly goes on.
    pub full: bool,
    /// When the runtime read it; `None` where the line states no time that can be read.
    pub time: Option<Timestamp>,
    /// `stdout` or `stderr`.
    pub stream: &'a str,
    /// What else the line states, as facts.
    pub facts: model::Facts,
}

/// The messages of one source.
pub(crate) struct Messages {
    format: &'static str,
    modified: Option<Timestamp>,
    writer: Writer,
    carried: Carried,
    /// Messages whose end has not come: of standard output, standard error, and any other stream.
    open: [Option<Open>; 3],
}

/// The pieces of one message so far.
struct Open {
    text: Vec<u8>,
    addresses: Vec<Address>,
    time: Option<Timestamp>,
    /// The latest piece's time, and whether it was full.
    latest: (Option<Timestamp>, bool),
    stream: String,
    facts: model::Facts,
}

impl Open {
    /// Whether a piece of this time goes on with the message.
    fn goes_on_at(&self, time: Option<Timestamp>) -> bool {
        match (self.latest, time) {
            ((Some(latest), false), Some(time)) => time.0.saturating_sub(latest.0) < PAUSE_NS,
            _ => true,
        }
    }
}

impl Messages {
    /// For a source of `format`.
    pub fn new(format: &'static str, source: &Source) -> Self {
        let writer = source.path.as_deref().map(Writer::of).unwrap_or_default();
        let modified = source.modified;
        Self { format, modified, writer, carried: Carried::default(), open: [None, None, None] }
    }

    /// Takes the next line of the log. It is counted as a record when its message is whole.
    pub fn piece(&mut self, piece: Piece<'_>, origin: &Origin<'_>, out: &mut Batch) {
        let slot = match piece.stream {
            "stdout" => 0,
            "stderr" => 1,
            _ => 2,
        };
        let Piece { text, last, full, time, stream, facts } = piece;
        if let Some(mut ended) = self.open[slot].take_if(|open| !open.goes_on_at(time)) {
            ended.facts.insert("cut", "no line end");
            self.close(ended, origin, out);
        }
        let open = self.open[slot].take();
        if last && open.is_none() {
            let message = Message { text, time, stream, addresses: &[origin.address] };
            return self.message(&message, facts, origin, out);
        }
        let mut open = open.unwrap_or_else(|| Open {
            text: Vec::new(),
            addresses: Vec::new(),
            time,
            latest: (time, full),
            stream: text::fact(stream.as_bytes()),
            facts,
        });
        open.latest = (time, full);
        open.text.extend_from_slice(text);
        open.addresses.push(origin.address);
        if last {
            self.close(open, origin, out);
        } else if open.text.len() >= MESSAGE_BYTES_MAX || open.addresses.len() >= PIECES_MAX {
            open.facts.insert("cut", format!("after {} bytes; the next event goes on", open.text.len()));
            self.close(open, origin, out);
        } else {
            self.open[slot] = Some(open);
        }
    }

    /// The source has ended: gives out what still waited for its last piece.
    pub fn finish(&mut self, out: &mut Batch) {
        for mut open in std::mem::take(&mut self.open).into_iter().flatten() {
            open.facts.insert("cut", "the log ends before the message");
            if let Some(&first) = open.addresses.first() {
                self.close(open, &Origin::own(first), out);
            }
        }
        self.carried.finish(out);
    }

    fn close(&mut self, open: Open, origin: &Origin<'_>, out: &mut Batch) {
        // Who reads the message counts one record.
        out.records += open.addresses.len().saturating_sub(1) as u64;
        let message = Message { text: &open.text, time: open.time, stream: &open.stream, addresses: &open.addresses };
        self.message(&message, open.facts, origin, out);
    }

    fn message(&mut self, message: &Message<'_>, mut facts: model::Facts, origin: &Origin<'_>, out: &mut Batch) {
        let address = message.span();
        let program = self.writer.name();
        let inner = Origin { address, time: message.time, carrier: Some(self.format), program, ended: true, ..*origin };
        let before = out.drafts.len();
        if self.carried.message(message.text, &inner, out) {
            for draft in out.drafts.get_mut(before..).unwrap_or_default() {
                self.writer.carries(draft);
            }
            return;
        }
        let id = EventId::new(address.source, address.offset, 0);
        let when = message.time.or(self.modified).unwrap_or_default();
        let mut event = Event::draft(id, when, self.format, Action::LogMessage);
        if message.time.is_none() {
            event.time_basis = TimeBasis::Unknown;
        }
        event.addresses = message.addresses.to_vec();
        facts.insert("message", text::fact(message.text));
        facts.insert("stream", text::fact(message.stream.as_bytes()));
        event.facts = facts;
        self.writer.wrote(&mut event);
        out.drafts.push(event);
        out.records += 1;
    }
}

/// A whole message.
struct Message<'a> {
    text: &'a [u8],
    time: Option<Timestamp>,
    stream: &'a str,
    /// Of its pieces; at least one.
    addresses: &'a [Address],
}

impl Message<'_> {
    /// From the first byte of the first piece to the last byte of the last one, where one source holds both.
    fn span(&self) -> Address {
        let (first, last) = (self.addresses[0], self.addresses[self.addresses.len() - 1]);
        if first.source != last.source {
            return first;
        }
        Address { length: (last.offset + last.length).saturating_sub(first.offset), ..first }
    }
}
