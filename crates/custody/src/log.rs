//! Writes the log: one line per act, on disk before the act is reported as recorded.

use std::{
    collections::BTreeMap,
    fmt::Display,
    fs::{self, File, OpenOptions},
    io::{self, Read, Seek as _, SeekFrom, Write as _},
    os::unix::fs::{DirBuilderExt as _, MetadataExt as _},
    path::{Path, PathBuf},
};

use model::Sha256;
use stdx::{Clock, atomic::write_atomic_mode, lock::FileLock, write_atomic};

use crate::{
    Act, ActResult, Actor, CHECKPOINT_BYTES_MAX, Checkpoint, ENTRY_BYTES_MAX, Entry, Error, Subject, Tool, VerifyError,
    entry::bounded,
    note::{NoteError, SignerKey},
    reading::{Chain, Line, Lines, TORN_ACT},
};

/// The log, in the case directory.
pub const LOG_FILE: &str = "custody.log";
/// The newest signed checkpoint.
pub const CHECKPOINT_FILE: &str = "checkpoint";
/// Older checkpoints, named by their number of entries.
pub const CHECKPOINTS_DIRECTORY: &str = "checkpoints";
/// The private key, mode 0600, unless it is kept elsewhere.
pub const KEY_FILE: &str = "custody.key";
/// The public key, a C2SP vkey.
pub const PUBLIC_KEY_FILE: &str = "custody.pub";
const LOCK_FILE: &str = ".custody.lock";

/// Bytes of a torn line that are repeated, readable, in the entry that records it; the line itself stays.
const TORN_SHOWN_BYTES: usize = 256;

/// Where the private key of a case is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key<'a> {
    /// In the case; made when the case is made.
    InCase,
    /// In a file elsewhere, for example on a removable medium.
    External(&'a Path),
}

/// The custody log of one case, open for recording. Several processes may have it open.
pub struct Custody {
    case: PathBuf,
    clock: Box<dyn Clock>,
    key: SignerKey,
    actor: Actor,
    tool: Tool,
    config: Option<Sha256>,
    chain: Chain,
    /// Bytes of the log that `chain` has seen.
    offset: u64,
}

/// What an act adds to the entry that records its end.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Further subjects, known only now.
    pub subjects: Vec<Subject>,
    /// Further facts.
    pub detail: BTreeMap<String, String>,
}

impl Custody {
    /// Starts the log of a new case in the existing directory `case`: makes the key pair (or takes
    /// the external one) and records `case.new`.
    ///
    /// `name` is the case's id: not empty, no white space, no `+`. Fails with [`Error::Exists`] when there is
    /// a log, [`Error::Key`] for a bad name or key, [`Error::File`] or [`Error::Io`].
    pub fn create(case: &Path, name: &str, key: Key<'_>, clock: impl Clock + 'static) -> Result<Self, Error> {
        let path = case.join(LOG_FILE);
        if path.symlink_metadata().is_ok() {
            return Err(Error::Exists { path });
        }
        let key = match key {
            Key::External(path) => read_key(path)?,
            Key::InCase => {
                let path = case.join(KEY_FILE);
                let key = SignerKey::generate(&format!("yobitsugi/{name}"))
                    .map_err(|source| Error::Key { path: path.clone(), source })?;
                write_atomic_mode(&path, format!("{}\n", key.to_secret_text()).as_bytes(), 0o600)?;
                key
            }
        };
        let vkey = format!("{}\n", key.verifier());
        write_atomic(&case.join(PUBLIC_KEY_FILE), vkey.as_bytes())?;
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o777)
            .create(case.join(CHECKPOINTS_DIRECTORY))
            .map_err(|source| Error::Io { doing: "create", path: case.join(CHECKPOINTS_DIRECTORY), source })?;
        let mut custody = Self::unopened(case, key, clock);
        custody.write_checkpoint()?;
        File::create_new(&path)
            .and_then(|file| file.sync_all())
            .and_then(|()| stdx::atomic::sync_directory(&path))
            .map_err(|source| Error::Io { doing: "create", path, source })?;
        custody.record(
            Act::ok("case.new").on(Subject::hashed(PUBLIC_KEY_FILE, Sha256::of(vkey.as_bytes()))).with("case", name),
        )?;
        Ok(custody)
    }

    /// Opens the log of a case with the key in the case; see [`Custody::open_with`].
    pub fn open(case: &Path, clock: impl Clock + 'static) -> Result<Self, Error> {
        Self::open_with(case, Key::InCase, clock)
    }

    /// Opens the log of a case and checks it against its checkpoint before anything can be appended.
    ///
    /// A line torn by a crash is kept and recorded as such (`custody.torn`), entries that a crash
    /// left without signature are recorded too (`custody.unsealed`). Fails with [`Error::Missing`],
    /// [`Error::KeyElsewhere`], [`Error::Key`], [`Error::Damaged`], [`Error::File`] or [`Error::Io`].
    pub fn open_with(case: &Path, key: Key<'_>, clock: impl Clock + 'static) -> Result<Self, Error> {
        let path = case.join(LOG_FILE);
        if !path.exists() {
            return Err(Error::Missing { path });
        }
        let key = match key {
            Key::External(path) => read_key(path)?,
            Key::InCase if case.join(KEY_FILE).exists() => read_key(&case.join(KEY_FILE))?,
            Key::InCase => return Err(Error::KeyElsewhere { path: case.join(KEY_FILE) }),
        };
        let mut custody = Self::unopened(case, key, clock);
        let lock = custody.lock()?;
        let sealed = custody.check()?;
        custody.repair()?;
        let unsealed = custody.chain.tree.size() - sealed;
        drop(lock);
        if unsealed > 0 {
            custody.record(Act::ok("custody.unsealed").with("from", sealed).with("entries", unsealed))?;
        }
        Ok(custody)
    }

    /// Names the person who acts, in place of the user of this process.
    pub fn with_actor(mut self, actor: Actor) -> Self {
        self.actor = actor;
        self
    }

    /// Names the program that acts.
    pub fn with_tool(mut self, tool: Tool) -> Self {
        self.tool = tool;
        self
    }

    /// States the hash of the configuration in force.
    pub fn with_config(mut self, config: Sha256) -> Self {
        self.config = Some(config);
        self
    }

    /// The public key as a C2SP vkey.
    pub fn vkey(&self) -> String {
        self.key.verifier().to_string()
    }

    /// Number of entries.
    pub fn len(&self) -> u64 {
        self.chain.tree.size()
    }

    /// Whether nothing was recorded yet.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether other users of this machine can read the private key in the case, so that a face can warn.
    pub fn key_is_exposed(&self) -> bool {
        fs::metadata(self.case.join(KEY_FILE)).is_ok_and(|key| key.mode() & 0o077 != 0)
    }

    /// Appends one act, makes it durable, and renews the checkpoint.
    ///
    /// Returns the entry as written. On failure ([`Error::Io`], [`Error::File`], [`Error::TooLong`],
    /// [`Error::Damaged`]) the act counts as not recorded, and the caller must not go on as if it were.
    pub fn record(&mut self, act: Act) -> Result<Entry, Error> {
        let _lock = self.lock()?;
        self.catch_up()?;
        self.repair()?;
        let entry = self.append(act, b"")?;
        self.write_checkpoint()?;
        Ok(entry)
    }

    /// Records that `act` starts, does it, and records how it ended, failures included.
    ///
    /// Returns what `work` returned. When the log itself cannot be written before the work, the work is not done;
    /// when it cannot be written afterwards, that error is returned in place of a success.
    pub fn act<T, E>(&mut self, act: &str, subjects: Vec<Subject>, work: impl FnOnce() -> Result<T, E>) -> Result<T, E>
    where
        E: Display + From<Error>,
    {
        self.act_with(act, subjects, |_| work())
    }

    /// [`Custody::act`] for work that learns only on the way what it was done to: `work` adds
    /// subjects and facts to the entry that records its end.
    pub fn act_with<T, E>(
        &mut self,
        act: &str,
        subjects: Vec<Subject>,
        work: impl FnOnce(&mut Outcome) -> Result<T, E>,
    ) -> Result<T, E>
    where
        E: Display + From<Error>,
    {
        let begun = Act { subjects: subjects.clone(), ..Act::ok(act).result(ActResult::Started) };
        let started = self.record(begun)?.n;
        let mut outcome = Outcome { subjects, detail: BTreeMap::new() };
        let done = work(&mut outcome);
        let result = match &done {
            Ok(_) => ActResult::Ok,
            Err(error) => ActResult::Failed { error: error.to_string() },
        };
        let Outcome { subjects, detail } = outcome;
        let recorded = self.record(Act { act: act.into(), subjects, result, detail, started: Some(started) });
        match (done, recorded) {
            // The work's own failure is what the person needs to hear first.
            (Err(error), _) => Err(error),
            (Ok(_), Err(error)) => Err(error.into()),
            (Ok(value), Ok(_)) => Ok(value),
        }
    }

    /// Ends a command: renews the checkpoint and keeps a copy of it in `checkpoints/`.
    /// Returns the signed checkpoint, for a person to keep elsewhere.
    pub fn seal(&mut self) -> Result<String, Error> {
        let _lock = self.lock()?;
        self.catch_up()?;
        self.repair()?;
        let note = self.write_checkpoint()?;
        let name = format!("{:010}", self.chain.tree.size());
        write_atomic(&self.case.join(CHECKPOINTS_DIRECTORY).join(name), note.as_bytes())?;
        Ok(note)
    }

    fn unopened(case: &Path, key: SignerKey, clock: impl Clock + 'static) -> Self {
        Self {
            case: case.to_path_buf(),
            clock: Box::new(clock),
            key,
            actor: Actor::current(),
            tool: Tool::default(),
            config: None,
            chain: Chain::default(),
            offset: 0,
        }
    }

    fn lock(&self) -> Result<FileLock, Error> {
        Ok(FileLock::exclusive(&self.case.join(LOCK_FILE))?)
    }

    fn log_path(&self) -> PathBuf {
        self.case.join(LOG_FILE)
    }

    fn io_error(&self, doing: &'static str) -> impl Fn(io::Error) -> Error + use<> {
        let path = self.log_path();
        move |source| Error::Io { doing, path: path.clone(), source }
    }

    fn damaged(&self, source: VerifyError) -> Error {
        Error::Damaged { path: self.log_path(), source: Box::new(source) }
    }

    /// Reads the whole log and compares it with the checkpoint; returns how many entries are signed.
    fn check(&mut self) -> Result<u64, Error> {
        let path = self.case.join(CHECKPOINT_FILE);
        let note = stdx::artefact::read_capped(&path, CHECKPOINT_BYTES_MAX)?;
        let note = String::from_utf8(note).map_err(|_| self.damaged(VerifyError::Checkpoint(NOT_TEXT)))?;
        let checkpoint = Checkpoint::open(&note, &self.key.verifier()).map_err(|source| match source {
            NoteError::OtherKey(_) => Error::Key { path, source },
            source => self.damaged(VerifyError::Checkpoint(source)),
        })?;
        let sealed = checkpoint.size;
        let root = self.read_on(Some(sealed))?;
        let first = self.chain.first_deviation();
        let entries = self.chain.tree.size();
        match root {
            None => Err(self.damaged(VerifyError::Shorter { entries, sealed, first })),
            Some(root) if root != checkpoint.root => {
                Err(self.damaged(VerifyError::Changed { sealed, first, agrees_until: None }))
            }
            Some(_) => self.in_order().map(|()| sealed),
        }
    }

    /// Reads what other processes appended since.
    fn catch_up(&mut self) -> Result<(), Error> {
        let length = fs::metadata(self.log_path()).map_err(self.io_error("read"))?.len();
        if length < self.offset {
            let (entries, sealed) = (0, self.chain.tree.size());
            return Err(self.damaged(VerifyError::Shorter { entries, sealed, first: None }));
        }
        if length > self.offset {
            self.read_on(None)?;
            self.in_order()?;
        }
        Ok(())
    }

    /// Whether the chain holds; an unexplained last line is left to [`Custody::repair`].
    fn in_order(&self) -> Result<(), Error> {
        match self.chain.first_deviation() {
            Some(first) if Some(first.entry) != self.chain.unexplained => {
                Err(self.damaged(VerifyError::OutOfOrder(first)))
            }
            _ => Ok(()),
        }
    }

    /// Pushes every whole line behind `offset`; returns the root at `size` entries, if asked for and reached.
    fn read_on(&mut self, size: Option<u64>) -> Result<Option<Sha256>, Error> {
        let failed = self.io_error("read");
        let mut file = File::open(self.log_path()).map_err(&failed)?;
        file.seek(SeekFrom::Start(self.offset)).map_err(&failed)?;
        let mut lines = Lines::new(file);
        let mut root = None;
        loop {
            if size == Some(self.chain.tree.size()) {
                root = Some(self.chain.tree.root());
            }
            match lines.next().map_err(&failed)? {
                Some(Line::Whole(line)) => {
                    self.chain.push(&line);
                    self.offset += line.len() as u64 + 1;
                }
                Some(Line::TooLong) => {
                    let entry = self.chain.tree.size();
                    return Err(self.damaged(VerifyError::TooLong { entry }));
                }
                Some(Line::Torn(_)) | None => return Ok(root),
            }
        }
    }

    /// Records a line that a crash tore. The torn bytes stay where they are, as an entry of their
    /// own that is not readable; the next entry says so. Nothing is ever cut off the log.
    fn repair(&mut self) -> Result<(), Error> {
        let before = (self.chain.clone(), self.offset);
        let repaired = self.append_explanation();
        if repaired.is_err() {
            (self.chain, self.offset) = before;
        }
        repaired
    }

    fn append_explanation(&mut self) -> Result<(), Error> {
        let failed = self.io_error("read");
        let mut tail = Vec::new();
        let mut file = File::open(self.log_path()).map_err(&failed)?;
        file.seek(SeekFrom::Start(self.offset)).map_err(&failed)?;
        file.take(ENTRY_BYTES_MAX as u64).read_to_end(&mut tail).map_err(&failed)?;
        let torn_tail = !tail.is_empty();
        if torn_tail {
            self.chain.push(&tail);
            self.offset += tail.len() as u64;
        }
        let entry = match self.chain.unexplained {
            Some(entry) => entry,
            // A whole entry that lost only its line break.
            None if torn_tail => self.chain.tree.size() - 1,
            None => return Ok(()),
        };
        let leaf = self.chain.last_leaf.map(|leaf| leaf.to_string()).unwrap_or_default();
        let shown = model::Bytes::from(&tail[..tail.len().min(TORN_SHOWN_BYTES)]).to_text();
        let act = Act::ok(TORN_ACT).with("entry", entry).with("leaf_hash", leaf).with("bytes", tail.len());
        self.append(act.with("starts", shown), if torn_tail { b"\n" } else { b"" })?;
        Ok(())
    }

    /// Appends one entry behind `before` (nothing, or the line break that a torn line lacks) and makes it durable.
    fn append(&mut self, act: Act, before: &[u8]) -> Result<Entry, Error> {
        let act = bounded(act);
        let entry = Entry {
            n: self.chain.tree.size(),
            previous: self.chain.last_leaf,
            time: self.clock.now(),
            actor: self.actor.clone(),
            tool: self.tool.clone(),
            config: self.config,
            act: act.act,
            subjects: act.subjects,
            result: act.result,
            detail: act.detail,
            started: act.started,
        };
        let failed = self.io_error("append to");
        let line = serde_json::to_vec(&entry).map_err(|cause| failed(io::Error::other(cause)))?;
        if line.len() >= ENTRY_BYTES_MAX {
            return Err(Error::TooLong { bytes: line.len(), bytes_max: ENTRY_BYTES_MAX });
        }
        let bytes = [before, &line, b"\n"].concat();
        let mut file = OpenOptions::new().append(true).open(self.log_path()).map_err(&failed)?;
        if let Err(source) = file.write_all(&bytes).and_then(|()| file.sync_data()) {
            // What was half written was never acknowledged and never signed. If it cannot be taken
            // back either, the next run finds it as a torn line.
            let _ = file.set_len(self.offset);
            return Err(failed(source));
        }
        self.chain.push(&line);
        self.offset += bytes.len() as u64;
        Ok(entry)
    }

    fn write_checkpoint(&self) -> Result<String, Error> {
        let tree = &self.chain.tree;
        let origin = self.key.verifier().name().to_string();
        let path = self.case.join(CHECKPOINT_FILE);
        let note = Checkpoint { origin, size: tree.size(), root: tree.root() }
            .sign(&self.key)
            .map_err(|source| Error::Key { path: path.clone(), source })?;
        write_atomic(&path, note.as_bytes())?;
        Ok(note)
    }
}

const NOT_TEXT: NoteError = NoteError::Note("it is not UTF-8 text");

/// Longest key file that is read.
const KEY_BYTES_MAX: u64 = 4 * 1024;

fn read_key(path: &Path) -> Result<SignerKey, Error> {
    let bytes = stdx::artefact::read_capped(path, KEY_BYTES_MAX)?;
    let text = String::from_utf8_lossy(&bytes);
    SignerKey::parse(&text).map_err(|source| Error::Key { path: path.to_path_buf(), source })
}
