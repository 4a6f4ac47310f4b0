//! What one run of `execute` or `undo` works with.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{File, OpenOptions, TryLockError},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
    rc::Rc,
};

use model::{Approved, Fingerprint, Metadata, Plan, Receipt, Sha256, Step, StepAction, StepId, StepState, Undo};
use stdx::Clock;

use crate::{
    Error, FaultPoint, Ownership, Refusal, Target,
    calls::Calls,
    error::FAILED,
    journal::{Entry, Intent, Journal, RootIdentity},
    look::{self, Hashing},
    private::Private,
    target,
};

/// What a run needs besides the plan and the target.
pub struct Run<'a> {
    /// The case directory: the journal and the lock lie there. No step may touch it.
    pub case: &'a Path,
    /// Whether owners are restored.
    pub ownership: Ownership,
    /// For the times in receipts.
    pub clock: &'a dyn Clock,
    /// [`crate::NoFaults`], except in tests.
    pub faults: &'a dyn FaultPoint,
    /// Is told how far the run is.
    pub progress: &'a mut dyn FnMut(Progress),
}

/// How far a run is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// A step begins.
    Started {
        /// Which.
        step: StepId,
        /// How many the plan has.
        steps: usize,
    },
    /// Content is being fetched into staging.
    Fetched {
        /// For which step.
        step: StepId,
        /// Bytes so far.
        bytes: u64,
    },
    /// A step reached this state.
    Finished {
        /// Which.
        step: StepId,
        /// Its state.
        state: StepState,
    },
}

/// An open run: holds the lock until it is dropped.
pub(crate) struct Session<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) target: &'a Target,
    pub(crate) calls: Calls<'a>,
    pub(crate) ownership: Ownership,
    pub(crate) clock: &'a dyn Clock,
    pub(crate) journal: Journal,
    pub(crate) private: BTreeMap<usize, Rc<Private>>,
    /// Intents in place that a crash interrupted: what stood there before it.
    pub(crate) interrupted: BTreeMap<StepId, Intent>,
    /// Interrupted changes that cannot be settled now, because their place cannot be reached safely. They stay
    /// pending in the journal; these receipts say so meanwhile.
    pub(crate) unsettled: BTreeMap<StepId, Receipt>,
    /// Paths that the plan quarantines, as names.
    pub(crate) quarantined_paths: BTreeSet<Vec<Vec<u8>>>,
    _lock: File,
}

impl<'a> Session<'a> {
    pub(crate) fn open<'b: 'a>(approved: &'a Approved, target: &'a Target, run: &Run<'b>) -> Result<Self, Error> {
        let plan = approved.plan();
        if let Some(step) = plan.steps.iter().zip(1..).find(|(step, place)| step.id != *place) {
            return Err(Error::StepNumbers { place: step.1, found: step.0.id });
        }
        let calls = Calls::new(run.faults);
        let lock = lock(calls, run.case)?;
        let roots: Vec<_> = target
            .roots()
            .iter()
            .map(|root| RootIdentity { host_prefix: root.host_prefix.clone(), inode: root.inode })
            .collect();
        let mut journal = Journal::open(calls, run.case, &plan.id, &roots)?;
        if !journal.history.begun {
            let approved_by = approved.approval().by.clone();
            journal.commit(calls, &Entry::Begin { plan: plan.id, approved_by, at: run.clock.now(), roots })?;
        }
        let quarantined = plan.steps.iter().filter(|step| matches!(step.action, StepAction::Quarantine));
        Ok(Self {
            plan,
            target,
            calls,
            ownership: run.ownership,
            clock: run.clock,
            journal,
            private: BTreeMap::new(),
            interrupted: BTreeMap::new(),
            unsettled: BTreeMap::new(),
            quarantined_paths: quarantined.filter_map(|step| target::components(&step.path).ok()).collect(),
            _lock: lock,
        })
    }

    /// A receipt for a step after which everything is as before.
    pub(crate) fn unchanged(&self, step: &Step, state: StepState, found: Fingerprint, notes: Vec<String>) -> Receipt {
        Receipt {
            step: step.id,
            object: step.object.clone(),
            path: step.path.clone(),
            state,
            before: found.clone(),
            after: found,
            undo: Undo::Nothing,
            at: self.clock.now(),
            notes,
        }
    }

    /// A receipt for a step that changed nothing because of `refusal`.
    pub(crate) fn refused(&self, step: &Step, refusal: &Refusal) -> Receipt {
        let found = self.target.place(self.calls, &step.path).ok().and_then(|place| {
            let found = look::Look::at_place(self.calls, self.target, &place).ok()?;
            look::fingerprint_of(self.calls, found.as_ref(), Hashing::Never).ok()
        });
        let mut notes = Vec::new();
        if found.is_none() {
            notes.push("not_looked_at".to_string());
        }
        self.unchanged(step, refused_state(refusal), found.unwrap_or(Fingerprint::Nothing), notes)
    }

    pub(crate) fn finish(&mut self, receipt: &Receipt) -> Result<(), Error> {
        self.journal.append(self.calls, &Entry::Finished { receipt: Box::new(receipt.clone()) })
    }
}

pub(crate) fn refused_state(refusal: &Refusal) -> StepState {
    if refusal.reason == FAILED {
        StepState::Failed { detail: refusal.detail.clone() }
    } else {
        StepState::Refused { reason: refusal.reason.to_string(), detail: refusal.detail.clone() }
    }
}

/// The metadata that a step gives its object.
pub(crate) fn wanted(step: &Step) -> Option<&Metadata> {
    match &step.action {
        StepAction::WriteFile { metadata, .. }
        | StepAction::SetMetadata { metadata, .. }
        | StepAction::MakeDirectory { metadata, .. }
        | StepAction::MakeSymlink { metadata, .. } => Some(metadata),
        StepAction::Quarantine => None,
    }
}

/// The content hash that a source states.
pub(crate) fn stated_hash(content: &model::ContentRef) -> Option<Sha256> {
    match content {
        model::ContentRef::Blobs { sha256, .. } | model::ContentRef::Path { sha256, .. } => *sha256,
        model::ContentRef::Empty => None,
    }
}

fn lock(calls: Calls<'_>, case: &Path) -> Result<File, Error> {
    let path = case.join("restore.lock");
    let open = || {
        calls.reach("lock")?;
        OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&path)
    };
    let file = open().map_err(|source| Error::Journal { path: path.clone(), source })?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::AlreadyRunning { path }),
        Err(TryLockError::Error(source)) => Err(Error::Journal { path, source }),
    }
}
