//! What stops a whole restore, and what stops one step of it.

use std::{io, path::PathBuf};

use model::Sha256;

/// A restore or an undo that could not be run or had to stop between two steps.
///
/// Everything done before is in the journal; running the same command again goes on from there.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The directory that stands for the host cannot be opened.
    #[error("cannot open the target directory {path}: {source}", path = .path.display())]
    Target {
        /// Which directory.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The directory that stands for the host is reached through a symbolic link.
    #[error("the target directory {path} is reached through a symbolic link; give the path without links", path = .path.display())]
    TargetThroughLink {
        /// Which directory.
        path: PathBuf,
    },
    /// A host prefix is not an absolute path of plain names, or is given twice.
    #[error("the host prefix {prefix:?} is not an absolute path of plain names, or is given twice")]
    HostPrefix {
        /// The prefix.
        prefix: String,
    },
    /// The journal was written for another target directory, or another one now has its name.
    #[error(
        "the journal of this plan belongs to another target for {prefix}: the directory then was inode {then}, now it is {now}"
    )]
    OtherTarget {
        /// The host prefix.
        prefix: String,
        /// Inode recorded at the start.
        then: u64,
        /// Inode now.
        now: u64,
    },
    /// The journal belongs to another plan.
    #[error("the journal {path} belongs to plan {found}, not to plan {expected}", path = .path.display())]
    OtherPlan {
        /// The journal.
        path: PathBuf,
        /// The plan it names.
        found: Sha256,
        /// The plan at hand.
        expected: Sha256,
    },
    /// A line of the journal that is not the last one is damaged: going on would be guessing.
    #[error("line {line} of the journal {path} is damaged: {detail}", path = .path.display())]
    JournalDamaged {
        /// The journal.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
        /// What is wrong with it.
        detail: String,
    },
    /// The journal cannot be read or written. Nothing is done that it does not hold.
    #[error("cannot keep the restore journal {path}: {source}", path = .path.display())]
    Journal {
        /// The journal.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Another restore of this case is running.
    #[error("another restore of this case is running: {path} is locked", path = .path.display())]
    AlreadyRunning {
        /// The lock file.
        path: PathBuf,
    },
    /// The steps are not numbered from 1 in their order, so receipts could not name them.
    #[error("the plan's step at place {place} is numbered {found}")]
    StepNumbers {
        /// Its place, from 1.
        place: u32,
        /// Its number.
        found: u32,
    },
    /// There is nothing to undo: this plan was never executed from this case.
    #[error("this plan was not executed from this case: {path} is not there", path = .path.display())]
    NeverExecuted {
        /// The journal that would show it.
        path: PathBuf,
    },
}

impl Error {
    /// The key of the text that tells a person what to do next.
    pub fn next_step(&self) -> &'static str {
        match self {
            Self::Target { .. } => "next-restore-target",
            Self::TargetThroughLink { .. } => "next-restore-target-link",
            Self::HostPrefix { .. } => "next-restore-host-prefix",
            Self::OtherTarget { .. } => "next-restore-other-target",
            Self::OtherPlan { .. } | Self::JournalDamaged { .. } => "next-restore-journal-damaged",
            Self::Journal { .. } => "next-restore-journal",
            Self::AlreadyRunning { .. } => "next-restore-running",
            Self::StepNumbers { .. } => "next-restore-plan-again",
            Self::NeverExecuted { .. } => "next-restore-never-executed",
        }
    }
}

/// Why one object was not looked at or one step not done; the target is as it was.
#[derive(Debug, thiserror::Error)]
#[error("{reason}: {detail}")]
pub struct Refusal {
    /// Message key, one of [`REFUSAL_REASONS`], or `failed`.
    pub reason: &'static str,
    /// The particulars in English, safe to print.
    pub detail: String,
}

/// The reason of a [`Refusal`] that is a plain failure of the operating system or the backup.
pub(crate) const FAILED: &str = "failed";

/// Every message key that a refused step or a refused undo can carry.
pub const REFUSAL_REASONS: &[&str] = &[
    "append_only",
    "changed_during_restore",
    "changed_since_restore",
    "content_mismatch",
    "directory_in_the_way",
    "directory_not_empty",
    "directory_not_empty_of_others",
    "hard_linked",
    "immutable",
    "kind_mismatch",
    "mount_point",
    "nothing_there",
    "no_atomic_exchange",
    "outside_target",
    "parent_missing",
    "path_is_target_root",
    "quarantine_missing",
    "reserved_name",
    "special_file",
    "too_many_entries",
    "unsafe_name",
    "unsafe_parent",
];

impl Refusal {
    pub(crate) fn because(reason: &'static str, detail: impl Into<String>) -> Self {
        // Names and messages of backups and targets may hold anything.
        Self { reason, detail: model::display_safe(&detail.into()) }
    }

    pub(crate) fn failed(detail: impl Into<String>) -> Self {
        Self::because(FAILED, detail)
    }

    /// An operating system's refusal, with what was attempted.
    pub(crate) fn of(attempted: &str, error: &io::Error) -> Self {
        Self::failed(format!("{attempted}: {error}"))
    }
}

/// Ends one step, or the whole run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Stop {
    #[error(transparent)]
    Step(#[from] Refusal),
    #[error(transparent)]
    Run(#[from] Error),
}

/// Names what was attempted when an operation fails.
pub(crate) trait Attempted<T> {
    fn attempted(self, what: &str) -> Result<T, Refusal>;
}

impl<T> Attempted<T> for io::Result<T> {
    fn attempted(self, what: &str) -> Result<T, Refusal> {
        self.map_err(|error| Refusal::of(what, &error))
    }
}
