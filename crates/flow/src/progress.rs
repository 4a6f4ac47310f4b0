//! What a stage tells while it works, for a face to show.

/// A stage of an investigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Evidence is taken in.
    Intake,
    /// Evidence is parsed.
    Read,
    /// Events are labelled and stored.
    Normalise,
    /// Checks look at events, incidents and scope are drawn.
    Detect,
    /// Versions are looked up in backups.
    Catalogue,
    /// Objects are restored.
    Restore,
    /// Restored objects are verified.
    Verify,
    /// The report is written.
    Report,
}

impl Stage {
    /// The key of its text: `stage-NAME`.
    pub fn key(self) -> &'static str {
        match self {
            Self::Intake => "stage-intake",
            Self::Read => "stage-read",
            Self::Normalise => "stage-normalise",
            Self::Detect => "stage-detect",
            Self::Catalogue => "stage-catalogue",
            Self::Restore => "stage-restore",
            Self::Verify => "stage-verify",
            Self::Report => "stage-report",
        }
    }
}

/// How far a stage is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Which stage.
    pub stage: Stage,
    /// Done so far, in bytes or objects.
    pub done: u64,
    /// All there is, where known.
    pub total: Option<u64>,
}
