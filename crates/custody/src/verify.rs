//! Checks a log against a checkpoint and a public key: nothing else is needed, and nothing is written.

use std::{collections::BTreeMap, fs::File, io, io::Read, path::Path};

use model::{Sha256, Timestamp};
use serde::Serialize;

use crate::{
    CHECKPOINT_BYTES_MAX, CHECKPOINT_FILE, CHECKPOINTS_DIRECTORY, Checkpoint, ENTRY_BYTES_MAX, LOG_FILE,
    PUBLIC_KEY_FILE,
    note::{NoteError, VerifierKey},
    reading::{Chain, Line, Lines},
};

/// Earlier checkpoints of a case that are looked at, the newest first: one per command that was run.
const CHECKPOINTS_MAX: usize = 10_000;

/// What a good log says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Origin of the checkpoint: `yobitsugi/CASE`.
    pub origin: String,
    /// Entries that the checkpoint vouches for.
    pub sealed: u64,
    /// Entries behind the checkpoint: in order, but no signature vouches for them yet.
    pub unsealed: u64,
    /// Root that was recomputed and equals the signed one.
    pub root: Sha256,
    /// Lines that a crash tore, as a later entry records.
    pub torn: Vec<u64>,
    /// Bytes behind the last line break: a write that a crash cut off, not yet recorded.
    pub torn_tail_bytes: u64,
    /// Acts that were started and have no recorded end: the process died (at most 1,000 are named).
    pub unfinished: Vec<u64>,
    /// Entries whose clock lies before the entry before them (at most 1,000 are named).
    pub clock_steps_back: Vec<u64>,
    /// Time of the first entry.
    pub first: Option<Timestamp>,
    /// Time of the last entry.
    pub last: Option<Timestamp>,
    /// Earlier checkpoints that agree with the log.
    pub earlier_checkpoints: u64,
}

/// The first place of a log that is out of order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("entry {entry} {kind}")]
pub struct Deviation {
    /// Number of the entry, counted from 0; line `entry` + 1 of the file.
    pub entry: u64,
    /// What is wrong there.
    pub kind: DeviationKind,
}

/// What is wrong with an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "snake_case", tag = "deviation")]
pub enum DeviationKind {
    /// It is not an entry at all, and no later entry says that a crash tore it.
    #[error("is not readable")]
    Unreadable,
    /// It carries another number: entries were removed, added, repeated or moved.
    #[error("carries the number {found}: entries were removed, added, repeated or moved here")]
    Number {
        /// The number it carries.
        found: u64,
    },
    /// The entry behind it states another hash for it.
    #[error("was changed: the entry behind it states another hash for it")]
    Chain,
}

/// Why a log is not accepted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// The log, the checkpoint or the key cannot be read.
    #[error("cannot read {what}: {source}")]
    Read {
        /// Which input.
        what: String,
        /// Why.
        source: io::Error,
    },
    /// The public key is malformed.
    #[error("the public key: {0}")]
    Key(NoteError),
    /// The checkpoint is malformed, of another key, or its signature does not fit.
    #[error("the checkpoint: {0}")]
    Checkpoint(NoteError),
    /// The log has fewer entries than were signed.
    #[error("the log holds {entries} entries, but {sealed} were signed: entries were removed{}", place(.first))]
    Shorter {
        /// Whole entries in the log.
        entries: u64,
        /// Entries that the checkpoint vouches for.
        sealed: u64,
        /// The first place that is out of order, where the rest shows it.
        first: Option<Deviation>,
    },
    /// The signed entries were changed.
    #[error("the first {sealed} entries are not those that were signed{}{}", place(.first), agrees(.agrees_until))]
    Changed {
        /// Entries that the checkpoint vouches for.
        sealed: u64,
        /// The first place that is out of order. `None`: the entries agree with each other, so
        /// either only the last one was changed, or all from some place on were written anew.
        first: Option<Deviation>,
        /// Number of entries up to which an earlier checkpoint still agrees.
        agrees_until: Option<u64>,
    },
    /// The entries behind the checkpoint, or the signed ones as they were signed, are out of order.
    #[error("{0}")]
    OutOfOrder(Deviation),
    /// An earlier checkpoint contradicts this log: it was rolled back or rewritten.
    #[error("an earlier checkpoint over {size} entries contradicts the log: it was rolled back or written anew")]
    EarlierCheckpoint {
        /// Its number of entries.
        size: u64,
    },
    /// A line is longer than any entry can be.
    #[error("entry {entry} is longer than the bound of {ENTRY_BYTES_MAX} bytes")]
    TooLong {
        /// Its number.
        entry: u64,
    },
}

impl VerifyError {
    /// The key of the text that tells a person what to do next.
    pub fn next_step(&self) -> &'static str {
        match self {
            Self::Read { .. } => "next-custody-verify-inputs",
            Self::Key(_) | Self::Checkpoint(NoteError::OtherKey(_)) => "next-custody-wrong-key",
            _ => "next-custody-damaged",
        }
    }
}

fn place(first: &Option<Deviation>) -> String {
    first.as_ref().map_or_else(String::new, |deviation| format!("; {deviation}"))
}

fn agrees(until: &Option<u64>) -> String {
    until.map_or_else(String::new, |size| format!("; an earlier checkpoint still agrees with the first {size} entries"))
}

/// Checks `log` (the bytes of `custody.log`) against a signed checkpoint and a public key (`vkey`).
///
/// Success means: the first [`Report::sealed`] entries are exactly those that the key's holder
/// signed. Memory is bounded by one entry. Every error is one of [`VerifyError`].
pub fn verify(log: impl Read, checkpoint: &str, vkey: &str) -> Result<Report, VerifyError> {
    verify_with(log, checkpoint, vkey, &[])
}

/// [`verify()`] with earlier checkpoints of the same log, such as one that was handed to another
/// person: they narrow down where a damaged log still agrees, and find a log that was rolled back.
pub fn verify_with(log: impl Read, checkpoint: &str, vkey: &str, earlier: &[String]) -> Result<Report, VerifyError> {
    let key = VerifierKey::parse(vkey).map_err(VerifyError::Key)?;
    let checkpoint = Checkpoint::open(checkpoint, &key).map_err(VerifyError::Checkpoint)?;
    let mut expected = BTreeMap::new();
    for note in earlier {
        let earlier = Checkpoint::open(note, &key).map_err(VerifyError::Checkpoint)?;
        if expected.insert(earlier.size, earlier.root).is_some_and(|other| other != earlier.root) {
            return Err(VerifyError::EarlierCheckpoint { size: earlier.size });
        }
    }
    let read = read_log(log, &checkpoint, &expected)?;
    judge(read, checkpoint, &expected)
}

/// Checks the log of a case with its own checkpoints and, unless another is given, its own public key.
///
/// A key from the case itself finds accidents and outsiders, not someone who replaced key, log and
/// checkpoints together: for that, give the key (and a checkpoint) that was kept elsewhere.
pub fn verify_case(case: &Path, vkey: Option<&str>) -> Result<Report, VerifyError> {
    let read_text = |path: &Path| {
        let bytes = File::open(path).and_then(|file| stdx::capped::read_to_end(file, CHECKPOINT_BYTES_MAX));
        let text = bytes.and_then(|bytes| {
            String::from_utf8(bytes).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "not UTF-8 text"))
        });
        text.map_err(|source| VerifyError::Read { what: path.display().to_string(), source })
    };
    let vkey = match vkey {
        Some(vkey) => vkey.to_string(),
        None => read_text(&case.join(PUBLIC_KEY_FILE))?,
    };
    let checkpoint = read_text(&case.join(CHECKPOINT_FILE))?;
    let mut names: Vec<_> = match std::fs::read_dir(case.join(CHECKPOINTS_DIRECTORY)) {
        Ok(entries) => entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect(),
        Err(_) => Vec::new(),
    };
    names.retain(|path| path.file_name().is_some_and(|name| name.as_encoded_bytes().iter().all(u8::is_ascii_digit)));
    names.sort();
    let newest = names.len().saturating_sub(CHECKPOINTS_MAX);
    let earlier = names[newest..].iter().map(|path| read_text(path)).collect::<Result<Vec<_>, _>>()?;
    let path = case.join(LOG_FILE);
    let log = File::open(&path).map_err(|source| VerifyError::Read { what: path.display().to_string(), source })?;
    verify_with(log, &checkpoint, &vkey, &earlier)
}

/// The log as it is.
struct ReadLog {
    chain: Chain,
    /// Root of the first `checkpoint.size` entries, when there are so many.
    root: Option<Sha256>,
    /// Sizes of the earlier checkpoints whose roots are those of the log.
    agreeing: Vec<u64>,
    torn_tail_bytes: u64,
}

fn read_log(log: impl Read, checkpoint: &Checkpoint, expected: &BTreeMap<u64, Sha256>) -> Result<ReadLog, VerifyError> {
    let mut read = ReadLog { chain: Chain::default(), root: None, agreeing: Vec::new(), torn_tail_bytes: 0 };
    let mut lines = Lines::new(log);
    loop {
        let size = read.chain.tree.size();
        if size == checkpoint.size {
            read.root = Some(read.chain.tree.root());
        }
        if expected.get(&size).is_some_and(|root| *root == read.chain.tree.root()) {
            read.agreeing.push(size);
        }
        let line = lines.next().map_err(|source| VerifyError::Read { what: "the log".into(), source })?;
        match line {
            None => break,
            Some(Line::Whole(line)) => read.chain.push(&line),
            Some(Line::TooLong) => return Err(VerifyError::TooLong { entry: size }),
            Some(Line::Torn(tail)) => {
                read.torn_tail_bytes = tail.len() as u64;
                break;
            }
        }
    }
    Ok(read)
}

fn judge(read: ReadLog, checkpoint: Checkpoint, expected: &BTreeMap<u64, Sha256>) -> Result<Report, VerifyError> {
    let (entries, sealed, first) = (read.chain.tree.size(), checkpoint.size, read.chain.first_deviation());
    match read.root {
        None => return Err(VerifyError::Shorter { entries, sealed, first }),
        Some(root) if root != checkpoint.root => {
            return Err(VerifyError::Changed { sealed, first, agrees_until: read.agreeing.last().copied() });
        }
        Some(_) => {}
    }
    if let Some(size) = expected.keys().find(|size| !read.agreeing.contains(size)) {
        return Err(VerifyError::EarlierCheckpoint { size: *size });
    }
    if let Some(first) = first {
        return Err(VerifyError::OutOfOrder(first));
    }
    let chain = read.chain;
    Ok(Report {
        origin: checkpoint.origin,
        sealed,
        unsealed: entries - sealed,
        root: checkpoint.root,
        torn: chain.torn,
        torn_tail_bytes: read.torn_tail_bytes,
        unfinished: chain.unfinished,
        clock_steps_back: chain.clock_steps_back,
        first: chain.span.map(|(first, _)| first),
        last: chain.span.map(|(_, last)| last),
        earlier_checkpoints: expected.len() as u64,
    })
}
