//! The restore journal: what is about to be done, and what was done, kept so that a crash at any
//! point can be settled by reading it and looking at the target.
//!
//! One JSON entry per line, each preceded by sixteen hexadecimal digits of a SHA-256 over the line
//! before it and itself, so that a damaged, missing or reordered line is noticed. The last line may
//! be torn by a crash; it is then as if it had never been written.

use std::{
    collections::BTreeMap,
    fs::{File, OpenOptions},
    io,
    os::unix::fs::{FileExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use model::{Bytes, Fingerprint, Receipt, Sha256, StepId, Timestamp, Xattr};
use serde::{Deserialize, Serialize};

use crate::{Error, calls::Calls};

/// One line of the journal.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "entry")]
pub(crate) enum Entry {
    /// First line: which plan, approved by whom, on which directories.
    Begin { plan: Sha256, approved_by: String, at: Timestamp, roots: Vec<RootIdentity> },
    /// The private directories at the top of a root are about to be made under these names.
    PrivateNamed { root: Bytes, staging: String, quarantine: String },
    /// They were made.
    PrivateMade { root: Bytes, staging_inode: u64, quarantine_inode: u64 },
    /// The next operation changes the target.
    Intent(Intent),
    /// A step reached a state.
    Finished { receipt: Box<Receipt> },
    /// The next operations undo a step.
    UndoIntent { step: StepId },
}

/// A target directory, to notice that a later run is given another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RootIdentity {
    pub(crate) host_prefix: Bytes,
    pub(crate) inode: u64,
}

/// What is about to change, with all that is needed to settle or reverse it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Intent {
    pub(crate) step: StepId,
    pub(crate) change: Change,
    /// What stands at the path.
    pub(crate) before: Fingerprint,
    /// Its extended attributes, for a change in place.
    pub(crate) before_xattrs: Vec<Xattr>,
    /// Inode of the staged object that will stand there.
    pub(crate) ours: Option<u64>,
    /// Name below quarantine for what stands there.
    pub(crate) quarantined: Option<Bytes>,
    /// What the content must hash to afterwards.
    pub(crate) sha256: Option<Sha256>,
    /// Notes that the receipt will carry.
    pub(crate) notes: Vec<String>,
}

/// How the target changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Change {
    /// The staged object and what stands at the path swap places; that then goes to quarantine.
    Exchange,
    /// The staged object is moved to where nothing is.
    Place,
    /// What stands at the path is moved to quarantine.
    TakeAway,
    /// Metadata is set on what stands at the path.
    InPlace,
}

impl Intent {
    pub(crate) fn before_inode(&self) -> Option<u64> {
        match self.before {
            Fingerprint::Nothing => None,
            Fingerprint::Something { inode, .. } => Some(inode),
        }
    }
}

/// What the journal tells about earlier runs.
#[derive(Debug, Default)]
pub(crate) struct History {
    pub(crate) begun: bool,
    /// Per host prefix: names of staging and quarantine.
    pub(crate) private: BTreeMap<Bytes, PrivateNames>,
    /// Intents without a receipt after them.
    pub(crate) pending: BTreeMap<StepId, Intent>,
    /// Inodes that a step found at its path, ever: never deleted from staging.
    pub(crate) former_inodes: BTreeMap<StepId, Vec<u64>>,
    /// The newest receipt of each step.
    pub(crate) receipts: BTreeMap<StepId, Receipt>,
    /// Steps whose undoing was begun and has no receipt yet.
    pub(crate) undo_pending: std::collections::BTreeSet<StepId>,
}

/// Names and inodes of the private directories of one root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PrivateNames {
    pub(crate) staging: String,
    pub(crate) quarantine: String,
    /// `None` until they were made.
    pub(crate) inodes: Option<(u64, u64)>,
}

impl History {
    fn add(&mut self, entry: &Entry) {
        match entry {
            Entry::Begin { .. } => self.begun = true,
            Entry::PrivateNamed { root, staging, quarantine } => {
                let names = PrivateNames { staging: staging.clone(), quarantine: quarantine.clone(), inodes: None };
                self.private.insert(root.clone(), names);
            }
            Entry::PrivateMade { root, staging_inode, quarantine_inode } => {
                if let Some(names) = self.private.get_mut(root) {
                    names.inodes = Some((*staging_inode, *quarantine_inode));
                }
            }
            Entry::Intent(intent) => {
                self.former_inodes.entry(intent.step).or_default().extend(intent.before_inode());
                self.pending.insert(intent.step, intent.clone());
            }
            Entry::Finished { receipt } => {
                self.pending.remove(&receipt.step);
                self.undo_pending.remove(&receipt.step);
                self.receipts.insert(receipt.step, (**receipt).clone());
            }
            Entry::UndoIntent { step } => {
                self.undo_pending.insert(*step);
            }
        }
    }
}

/// The open journal and all that it says.
#[derive(Debug)]
pub(crate) struct Journal {
    path: PathBuf,
    file: File,
    length: u64,
    last_digits: String,
    pub(crate) history: History,
}

/// Largest journal that is read: about a million steps.
const JOURNAL_BYTES_MAX: u64 = 2 << 30;
const DIGITS: usize = 16;

/// Where the journal of a plan lies in a case.
pub(crate) fn journal_path(case: &Path, plan: &Sha256) -> PathBuf {
    case.join(format!("restore-{}.journal", plan.short()))
}

impl Journal {
    /// Opens the plan's journal, or starts it. A torn last line is cut off.
    pub(crate) fn open(calls: Calls<'_>, case: &Path, plan: &Sha256, roots: &[RootIdentity]) -> Result<Self, Error> {
        let path = journal_path(case, plan);
        let failed = |source: io::Error| Error::Journal { path: path.clone(), source };
        calls.reach("journal_open").map_err(failed)?;
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(failed)?;
        let bytes = stdx::capped::read_to_end(&file, JOURNAL_BYTES_MAX).map_err(failed)?;
        let mut journal =
            Self { path: path.clone(), file, length: 0, last_digits: String::new(), history: History::default() };
        journal.read_lines(&bytes, plan, roots)?;
        if journal.length < bytes.len() as u64 {
            journal.file.set_len(journal.length).map_err(failed)?;
        }
        stdx::atomic::sync_directory(&path).map_err(failed)?;
        Ok(journal)
    }

    fn read_lines(&mut self, bytes: &[u8], plan: &Sha256, roots: &[RootIdentity]) -> Result<(), Error> {
        let mut lines = bytes.split_inclusive(|&byte| byte == b'\n').enumerate().peekable();
        while let Some((index, line)) = lines.next() {
            match self.read_line(line) {
                Ok(entry) => {
                    self.check_begin(index, &entry, plan, roots)?;
                    self.history.add(&entry);
                }
                Err(_) if lines.peek().is_none() && is_torn(line) => break,
                Err(detail) => {
                    return Err(Error::JournalDamaged { path: self.path.clone(), line: index + 1, detail });
                }
            }
        }
        Ok(())
    }

    fn read_line(&mut self, line: &[u8]) -> Result<Entry, String> {
        let text = line.strip_suffix(b"\n").ok_or("no line break at its end")?;
        let (digits, json) = text.split_at_checked(DIGITS).ok_or("too short")?;
        let json = json.strip_prefix(b" ").ok_or("no blank after the digits")?;
        let expected = line_digits(&self.last_digits, json);
        if digits != expected.as_bytes() {
            return Err("its check digits do not fit".to_string());
        }
        let entry = serde_json::from_slice(json).map_err(|error| error.to_string())?;
        self.last_digits = expected;
        self.length += line.len() as u64;
        Ok(entry)
    }

    fn check_begin(&self, index: usize, entry: &Entry, plan: &Sha256, roots: &[RootIdentity]) -> Result<(), Error> {
        let Entry::Begin { plan: found, roots: then, .. } = entry else {
            if index > 0 {
                return Ok(());
            }
            let detail = "the journal does not begin with its plan".to_string();
            return Err(Error::JournalDamaged { path: self.path.clone(), line: 1, detail });
        };
        if found != plan {
            return Err(Error::OtherPlan { path: self.path.clone(), found: *found, expected: *plan });
        }
        for root in then {
            let now = roots.iter().find(|now| now.host_prefix == root.host_prefix).map_or(0, |now| now.inode);
            if now != root.inode {
                return Err(Error::OtherTarget { prefix: root.host_prefix.to_string(), then: root.inode, now });
            }
        }
        Ok(())
    }

    /// Appends an entry and makes it durable: for everything that must be known before it is done.
    pub(crate) fn commit(&mut self, calls: Calls<'_>, entry: &Entry) -> Result<(), Error> {
        self.append(calls, entry)?;
        let sync = || {
            calls.reach("journal_sync")?;
            self.file.sync_data()
        };
        sync().map_err(|source| Error::Journal { path: self.path.clone(), source })
    }

    /// Appends an entry; it becomes durable with the next [`Journal::commit`]. If a crash loses it,
    /// looking at the target tells the same.
    pub(crate) fn append(&mut self, calls: Calls<'_>, entry: &Entry) -> Result<(), Error> {
        let failed = |source: io::Error| Error::Journal { path: self.path.clone(), source };
        let json = serde_json::to_vec(entry).map_err(|error| failed(io::Error::other(error)))?;
        let digits = line_digits(&self.last_digits, &json);
        let mut line = format!("{digits} ").into_bytes();
        line.extend_from_slice(&json);
        line.push(b'\n');
        let written = calls.reach("journal_write").and_then(|()| self.file.write_all_at(&line, self.length));
        if let Err(source) = written {
            // Part of the line may be there; the next reader cuts it off as torn, should this fail too.
            let _ = self.file.set_len(self.length);
            return Err(failed(source));
        }
        self.length += line.len() as u64;
        self.last_digits = digits;
        self.history.add(entry);
        Ok(())
    }
}

/// A crash tears the line that was being written: its end is missing, or pages of it were never written.
fn is_torn(line: &[u8]) -> bool {
    !line.ends_with(b"\n") || line.contains(&0)
}

fn line_digits(previous: &str, json: &[u8]) -> String {
    let mut covered = previous.as_bytes().to_vec();
    covered.extend_from_slice(json);
    Sha256::of(&covered).to_string()[..DIGITS].to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::NoFaults;

    fn roots() -> Vec<RootIdentity> {
        vec![RootIdentity { host_prefix: Bytes::from("/"), inode: 2 }]
    }

    fn open(case: &Path) -> Result<Journal, Error> {
        Journal::open(Calls::new(&NoFaults), case, &Sha256::of(b"plan"), &roots())
    }

    fn filled(case: &Path) -> Vec<u8> {
        let calls = Calls::new(&NoFaults);
        let mut journal = open(case).unwrap();
        let begin =
            Entry::Begin { plan: Sha256::of(b"plan"), approved_by: "a".into(), at: Timestamp(0), roots: roots() };
        journal.commit(calls, &begin).unwrap();
        for step in 1..=3 {
            journal.commit(calls, &Entry::UndoIntent { step }).unwrap();
        }
        std::fs::read(journal_path(case, &Sha256::of(b"plan"))).unwrap()
    }

    #[test]
    fn a_journal_torn_at_any_byte_tells_all_whole_lines_and_goes_on() {
        let case = tempfile::tempdir().unwrap();
        let whole = filled(case.path());
        let path = journal_path(case.path(), &Sha256::of(b"plan"));
        for cut in 0..=whole.len() {
            std::fs::write(&path, &whole[..cut]).unwrap();
            let mut journal = open(case.path()).unwrap();
            let lines = whole[..cut].iter().filter(|&&byte| byte == b'\n').count();
            assert_eq!(journal.history.undo_pending.len(), lines.saturating_sub(1), "cut at {cut}");
            if lines > 0 {
                journal.commit(Calls::new(&NoFaults), &Entry::UndoIntent { step: 99 }).unwrap();
                assert!(open(case.path()).unwrap().history.undo_pending.contains(&99), "cut at {cut}");
            }
        }
    }

    #[test]
    fn a_bit_flipped_anywhere_but_in_the_last_line_break_is_noticed() {
        let case = tempfile::tempdir().unwrap();
        let whole = filled(case.path());
        let path = journal_path(case.path(), &Sha256::of(b"plan"));
        for at in 0..whole.len() - 1 {
            let mut flipped = whole.clone();
            flipped[at] ^= 0x04;
            std::fs::write(&path, &flipped).unwrap();
            assert!(matches!(open(case.path()), Err(Error::JournalDamaged { .. })), "byte {at}");
        }
        let mut lines: Vec<_> = whole.split_inclusive(|&byte| byte == b'\n').collect();
        lines.remove(1);
        std::fs::write(&path, lines.concat()).unwrap();
        assert!(open(case.path()).is_err(), "a missing line");
    }

    #[test]
    fn another_target_or_plan_is_not_taken_for_ours() {
        let case = tempfile::tempdir().unwrap();
        filled(case.path());
        let other = [RootIdentity { host_prefix: Bytes::from("/"), inode: 3 }];
        let result = Journal::open(Calls::new(&NoFaults), case.path(), &Sha256::of(b"plan"), &other);
        assert!(matches!(result, Err(Error::OtherTarget { then: 2, now: 3, .. })));
        let renamed = journal_path(case.path(), &Sha256::of(b"other"));
        std::fs::rename(journal_path(case.path(), &Sha256::of(b"plan")), renamed).unwrap();
        let result = Journal::open(Calls::new(&NoFaults), case.path(), &Sha256::of(b"other"), &roots());
        assert!(matches!(result, Err(Error::OtherPlan { .. })));
    }
}
