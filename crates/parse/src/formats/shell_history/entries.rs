//! Joins the lines of a history to commands, and gives each command its time.

use model::{Action, Address, Bytes, Event, EventId, Problem, ProblemKind, TimeBasis, Timestamp};

use super::{NAME, line::Line, words};
use crate::{
    Batch,
    records::{Fault, Origin, Reader},
    text,
};

/// Lines of one command that are joined: a here-document whose end is missing would take the rest of the file.
const LINES_MAX: usize = 128;
/// Bytes of one command that are kept.
const COMMAND_BYTES_MAX: usize = 256 * 1024;
/// Paths of one fish entry that are kept.
const PATHS_MAX: usize = 64;

/// A line that is a stamp, or a comment that looks like one.
struct Comment {
    text: Vec<u8>,
    at: Address,
    /// Where the command behind it starts.
    command_at: Address,
}

/// One command so far.
struct Entry {
    shell: Option<&'static str>,
    time: Option<Timestamp>,
    /// Its stamp may be a comment that a person typed: the next line tells.
    unsure: Option<Comment>,
    /// The text is a stamp behind a stamp: a typed comment, or the stamp of the next line.
    doubtful: Option<Timestamp>,
    text: Vec<u8>,
    lines: usize,
    seconds: Option<String>,
    paths: Vec<String>,
    addresses: Vec<Address>,
}

impl Entry {
    fn new(text: &[u8], address: Address) -> Self {
        Self {
            shell: None,
            time: None,
            unsure: None,
            doubtful: None,
            text: text.to_vec(),
            lines: 1,
            seconds: None,
            paths: Vec::new(),
            addresses: vec![address],
        }
    }

    /// A command of bash behind its stamp, which stands at `at`.
    fn stamped(time: Timestamp, text: &[u8], at: Address) -> Self {
        Self { shell: Some("bash"), time: Some(time), ..Self::new(text, at) }
    }

    /// Makes the address reach to the end of a further line.
    fn cite(&mut self, address: Address) {
        match self.addresses.last_mut() {
            Some(last) if last.source == address.source && last.offset <= address.offset => {
                last.length = address.offset + address.length - last.offset;
            }
            _ => self.addresses.push(address),
        }
    }

    /// Whether a further line belongs to the command.
    fn is_open(&self) -> bool {
        self.lines < LINES_MAX
            && self.text.len() < COMMAND_BYTES_MAX
            && match self.shell {
                Some("fish") => false,
                Some("zsh") => words::ends_with_backslash(&self.text),
                _ => words::ends_with_backslash(&self.text) || words::is_open(&self.text),
            }
    }

    fn append(&mut self, line: &[u8], address: Address) {
        if words::ends_with_backslash(&self.text) {
            self.text.pop();
        }
        self.text.push(b'\n');
        self.text.extend_from_slice(line);
        self.lines += 1;
        self.cite(address);
    }
}

/// The history of one file.
pub(super) struct Entries {
    modified: Option<Timestamp>,
    /// The command whose end is not known yet.
    entry: Option<Entry>,
    /// A bash stamp whose command has not come, with its text.
    stamp: Option<(Timestamp, Vec<u8>, Address)>,
    /// Whether the latest command had a stamp, so that the next stamp is one as well.
    stamped: bool,
    first: bool,
}

impl Entries {
    pub fn new(modified: Option<Timestamp>) -> Self {
        Self { modified, entry: None, stamp: None, stamped: false, first: true }
    }

    /// The entry is whole.
    fn give(&mut self, out: &mut Batch) {
        let Some(entry) = self.entry.take() else { return };
        let Some(&first) = entry.addresses.first() else { return };
        let id = EventId::new(first.source, first.offset, 0);
        let time = entry.time.or(self.modified).unwrap_or_default();
        let mut event = Event::draft(id, time, NAME, Action::ShellCommand);
        if entry.time.is_none() {
            event.time_basis = TimeBasis::Unknown;
        }
        let command = decoded(entry.text, entry.shell);
        event.actor.argv = words::split(&command).into_iter().map(Bytes::from).collect();
        let facts = &mut event.facts;
        facts.insert("command", text::fact(&command));
        facts.extend(entry.shell.map(|shell| ("shell".to_string(), shell.to_string())));
        facts.extend(entry.seconds.map(|seconds| ("duration_s".to_string(), seconds)));
        if !entry.paths.is_empty() {
            facts.insert("paths", serde_json::json!(entry.paths).to_string());
        }
        event.addresses = entry.addresses;
        out.drafts.push(event);
    }

    /// A `#EPOCH` line.
    fn stamp(&mut self, time: Timestamp, line: &[u8], address: Address, out: &mut Batch) {
        if let Some((before, _, at)) = self.stamp.take() {
            // Two in a row: the second is what a person typed, unless a command follows it.
            let mut entry = Entry::stamped(before, line, at);
            entry.doubtful = Some(time);
            entry.cite(address);
            self.entry = Some(entry);
            return;
        }
        if let Some(entry) = &mut self.entry {
            self.stamped |= entry.unsure.take().is_some();
        }
        self.give(out);
        self.stamped |= self.first;
        self.stamp = Some((time, line.to_vec(), address));
    }

    /// A line that is a command or belongs to one.
    fn text(&mut self, line: &[u8], address: Address, out: &mut Batch) {
        if let Some((time, comment, at)) = self.stamp.take() {
            let mut entry = Entry::stamped(time, line, at);
            entry.unsure = (!self.stamped).then_some(Comment { text: comment, at, command_at: address });
            entry.cite(address);
            self.entry = Some(entry);
            return;
        }
        match &mut self.entry {
            Some(entry) if entry.doubtful.is_some() => {
                // The first stamp had no command; the second is this line's.
                entry.time = entry.doubtful.take();
                entry.text = line.to_vec();
                entry.cite(address);
            }
            Some(entry) if entry.is_open() => entry.append(line, address),
            _ => {
                self.part_comment(out);
                self.give(out);
                self.stamped = false;
                self.entry = Some(Entry::new(line, address));
            }
        }
    }

    /// Among commands without stamps, the stamp of the latest one was a comment: both are commands without a time.
    fn part_comment(&mut self, out: &mut Batch) {
        let Some(entry) = &mut self.entry else { return };
        let Some(comment) = entry.unsure.take() else { return };
        entry.time = None;
        entry.shell = None;
        if let Some(first) = entry.addresses.first_mut().filter(|first| first.source == comment.command_at.source) {
            let end = first.offset + first.length;
            *first = Address { length: end.saturating_sub(comment.command_at.offset), ..comment.command_at };
        } else if entry.addresses.len() > 1 {
            entry.addresses.remove(0);
        }
        let command = self.entry.replace(Entry::new(&comment.text, comment.at));
        self.give(out);
        self.entry = command;
    }

    /// A line of fish behind `- cmd:`; `false` where none stands before it.
    fn fish(&mut self, line: &Line<'_>, address: Address) -> bool {
        let Some(entry) = self.entry.as_mut().filter(|entry| entry.shell == Some("fish")) else { return false };
        match line {
            Line::FishWhen(time) => entry.time = Some(*time),
            Line::FishDetail(path) if !path.is_empty() && entry.paths.len() < PATHS_MAX => {
                entry.paths.push(text::fact(&decoded(path.to_vec(), Some("fish"))));
            }
            _ => {}
        }
        entry.cite(address);
        true
    }
}

impl Reader for Entries {
    fn record(&mut self, text: &[u8], origin: &Origin<'_>, out: &mut Batch) -> Result<(), Fault> {
        if text.contains(&0) {
            return Err((ProblemKind::NotARecord, "NUL bytes: no line of a shell's history".to_string()));
        }
        let address = origin.address;
        out.records += 1;
        let line = Line::of(text);
        match line {
            Line::FishWhen(_) | Line::FishDetail(_) if self.fish(&line, address) => {}
            // Inside a zsh command's lines, and in a here-document, any line may stand.
            Line::Zsh { time, seconds, command } => {
                self.give(out);
                let seconds = Some(String::from_utf8_lossy(seconds).into_owned());
                self.entry =
                    Some(Entry { shell: Some("zsh"), time: Some(time), seconds, ..Entry::new(command, address) });
            }
            Line::Fish(command) => {
                self.give(out);
                self.entry = Some(Entry { shell: Some("fish"), ..Entry::new(command, address) });
            }
            Line::Stamp(time, line) => self.stamp(time, line, address, out),
            _ => self.text(text, address, out),
        }
        self.first = false;
        Ok(())
    }

    fn finish(&mut self, out: &mut Batch) {
        self.give(out);
        if let Some((_, _, address)) = self.stamp.take() {
            let text = "a time without a command at the end of a shell's history".to_string();
            out.problems.push(Problem { kind: ProblemKind::Incomplete, address, text });
        }
    }
}

/// The command as it was typed.
fn decoded(bytes: Vec<u8>, shell: Option<&str>) -> Vec<u8> {
    match shell {
        Some("fish") => unescaped(&bytes),
        Some("zsh") => unmetafied(&bytes),
        // zsh writes the same escapes without times. Text that is UTF-8 has none.
        None if std::str::from_utf8(&bytes).is_err() => {
            let plain = unmetafied(&bytes);
            if std::str::from_utf8(&plain).is_ok() { plain } else { bytes }
        }
        _ => bytes,
    }
}

/// zsh: the byte 0x83 says that bit 5 of the next one is inverted.
fn unmetafied(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut bytes = bytes.iter();
    while let Some(&byte) = bytes.next() {
        match byte {
            0x83 => out.push(bytes.next().map_or(byte, |next| next ^ 32)),
            _ => out.push(byte),
        }
    }
    out
}

/// fish: `\\` is a backslash, `\n` a line end.
fn unescaped(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((&first, after)) = rest.split_first() {
        let (byte, used) = match (first, after.first()) {
            (b'\\', Some(b'n')) => (b'\n', 2),
            (b'\\', Some(b'\\')) => (b'\\', 2),
            _ => (first, 1),
        };
        out.push(byte);
        rest = &rest[used..];
    }
    out
}
