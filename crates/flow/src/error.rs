//! What can fail while a case is worked on, and which text says what to do next.

use std::{
    fmt::Display,
    io,
    path::{Path, PathBuf},
};

use model::ArtefactKind;

/// What went wrong in the conductor itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The directory holds something already.
    #[error("the directory is not empty")]
    CaseExists,
    /// The directory is no case.
    #[error("there is no case.toml")]
    NoCase,
    /// `case.toml` cannot be understood.
    #[error("case.toml cannot be understood")]
    BadSettings,
    /// An earlier stage has to run first.
    #[error("the stage that makes {} has not run", .0.file_name())]
    StageMissing(ArtefactKind),
    /// No evidence was given, or none of it could be used.
    #[error("there is no evidence in the case")]
    NoEvidence,
    /// Nothing in the evidence is a log of a known format: nothing can be judged.
    #[error("nothing in the evidence is a log that could be read")]
    NothingReadable,
    /// The operating system refused to let any of the evidence be read.
    #[error("the operating system refuses to let the evidence be read")]
    EvidenceRefused,
    /// A format was asked for that does not exist.
    #[error("there is no such format")]
    UnknownFormat,
    /// No backup source is known.
    #[error("no backup source was given")]
    NoBackup,
    /// The plan was not approved, or was changed after approval.
    #[error("the plan is not approved, or was changed after it was approved")]
    NotApproved,
    /// The plan's content does not have the hash that is its identity.
    #[error("the plan was changed after it was made")]
    PlanEdited,
    /// A decision names an object that is not affected.
    #[error("no affected object has this path or identity")]
    NoSuchObject,
    /// There is no incident, so there is nothing to plan.
    #[error("there is no incident, so there is nothing to restore")]
    NoIncident,
    /// No target directory was given.
    #[error("no target directory was given")]
    NoTarget,
    /// A mapping or the target cannot be used.
    #[error("the target cannot be used")]
    BadTarget,
    /// Rule files that cannot be used as a whole.
    #[error("the rules cannot be used")]
    BadRules,
    /// Something that cannot happen did.
    #[error("an assumption of the program does not hold")]
    Internal,
}

/// A stage that failed. What it had written before is whole; nothing else was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The conductor.
    #[error("cannot {doing} {path}: {kind}{cause}", path = .path.display())]
    Flow {
        /// What kind.
        kind: ErrorKind,
        /// What was attempted.
        doing: &'static str,
        /// On what.
        path: PathBuf,
        /// Particulars, empty or starting with `: `.
        cause: String,
    },
    /// The operating system.
    #[error("cannot {doing} {path}: {source}", path = .path.display())]
    Io {
        /// What was attempted.
        doing: &'static str,
        /// On what.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// A file of the case.
    #[error(transparent)]
    File(#[from] stdx::Error),
    /// The custody log.
    #[error(transparent)]
    Custody(#[from] custody::Error),
    /// Verification of the custody log.
    #[error(transparent)]
    CustodyVerify(#[from] custody::VerifyError),
    /// Intake of evidence.
    #[error(transparent)]
    Intake(#[from] intake::Error),
    /// The event store.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// A statement over the events.
    #[error(transparent)]
    Query(#[from] query::Error),
    /// A backup source.
    #[error(transparent)]
    Backup(#[from] backup::Error),
    /// The restore.
    #[error(transparent)]
    Restore(#[from] restore::Error),
}

impl Error {
    /// An error of the conductor.
    pub(crate) fn new(kind: ErrorKind, doing: &'static str, path: &Path) -> Self {
        Self::Flow { kind, doing, path: path.to_path_buf(), cause: String::new() }
    }

    /// The same with its cause.
    pub(crate) fn because(mut self, because: impl Display) -> Self {
        if let Self::Flow { cause, .. } = &mut self {
            *cause = format!(": {because}");
        }
        self
    }

    /// An error of the operating system.
    pub(crate) fn io(doing: &'static str, path: &Path, source: io::Error) -> Self {
        Self::Io { doing, path: path.to_path_buf(), source }
    }

    /// Evidence that was given does not exist.
    pub fn missing_evidence(path: &Path) -> Self {
        Self::Intake(intake::Error::Missing { path: path.to_path_buf() })
    }

    /// The key of the text that tells a person what to do next.
    pub fn next_step(&self) -> &'static str {
        if is_storage_full(self) {
            return "next-storage-full";
        }
        match self {
            Self::Flow { kind, .. } => match kind {
                ErrorKind::CaseExists => "next-case-exists",
                ErrorKind::NoCase => "next-case-missing",
                ErrorKind::BadSettings => "next-case-settings",
                ErrorKind::StageMissing(_) => "next-run-earlier-stage",
                ErrorKind::NoEvidence => "next-give-evidence",
                ErrorKind::NothingReadable => "next-look-at-coverage",
                ErrorKind::EvidenceRefused => "next-intake-permission",
                ErrorKind::UnknownFormat => "next-known-formats",
                ErrorKind::NoBackup => "next-give-backup",
                ErrorKind::NotApproved => "next-approve-plan",
                ErrorKind::PlanEdited => "next-plan-anew",
                ErrorKind::NoSuchObject => "next-name-object",
                ErrorKind::NoIncident => "next-nothing-to-plan",
                ErrorKind::NoTarget => "next-give-target",
                ErrorKind::BadTarget => "next-restore-target",
                ErrorKind::BadRules => "next-check-rules",
                ErrorKind::Internal => "next-report-bug",
            },
            Self::Io { source, .. } => match source.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "next-storage-full",
                io::ErrorKind::PermissionDenied => "next-file-permission",
                io::ErrorKind::NotFound => "next-file-missing",
                io::ErrorKind::ReadOnlyFilesystem => "next-file-read-only",
                _ => "next-file-device",
            },
            Self::File(error) => error.next_step(),
            Self::Custody(error) => error.next_step(),
            Self::CustodyVerify(error) => error.next_step(),
            Self::Intake(error) => error.next_step(),
            Self::Store(error) => error.next_step(),
            Self::Query(error) => error.next_step(),
            Self::Backup(error) => error.next_step(),
            Self::Restore(error) => error.next_step(),
        }
    }
}

/// Whether a full disk lies at the bottom of it, however many libraries have wrapped its answer.
fn is_storage_full(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(error) = error.downcast_ref::<io::Error>()
            && matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
        {
            return true;
        }
        next = error.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use texts::{Language, Texts};

    #[test]
    fn the_help_for_an_unknown_format_names_them_all() {
        for language in Language::ALL {
            let text = Texts::new(language).get("next-known-formats", &[]);
            for format in parse::formats() {
                let is_named = |word: &str| word == format.name();
                assert!(
                    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').any(is_named),
                    "{}",
                    format.name()
                );
            }
        }
    }
}
