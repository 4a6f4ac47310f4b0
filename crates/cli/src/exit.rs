//! The table of exit codes; `docs/exit-codes.md` says the same for people.

use std::process::ExitCode;

use flow::{Error, ErrorKind, RestoreError};

macro_rules! exits {
    ($($variant:ident = $code:literal, $name:literal, $doc:literal;)*) => {
        /// How a command ended.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[repr(u8)]
        pub enum Exit {
            $(#[doc = $doc] $variant = $code,)*
        }

        impl Exit {
            /// Code and name of every way to end, in the order of the documented table.
            #[cfg(test)]
            const ALL: &[(u8, &'static str)] = &[$(($code, $name),)*];
        }
    };
}

exits! {
    Done = 0, "done", "Done; where evidence was judged: no incident.";
    Usage = 2, "usage", "The command line cannot be understood, or asks for what cannot be.";
    Input = 3, "input", "Evidence or a file of the case cannot be read or understood.";
    Backup = 4, "backup", "A backup source is there and cannot be read.";
    Password = 5, "password", "A backup source needs a password, or refuses the one given.";
    BackupMissing = 6, "backup missing", "A backup source is not where it was said to be.";
    NotReady = 7, "not ready", "A stage has to run first, or the plan is not approved.";
    RestoreIncomplete = 8, "restore incomplete", "Not every step of the restore was done.";
    VerificationFailed = 9, "verification failed", "An object is not what it should be.";
    Incident = 10, "incident", "Done, and there is an incident.";
    Custody = 11, "custody", "The custody log does not verify.";
    DiskFull = 12, "disk full", "No space is left on the disk.";
    Permission = 13, "permission", "The operating system refuses access.";
    Internal = 70, "internal", "A fault of the program itself.";
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

impl Exit {
    /// The code of an error, by what a person has to do next.
    pub fn of(error: &anyhow::Error) -> Self {
        if error.downcast_ref::<crate::commands::Misuse>().is_some() {
            return Self::Usage;
        }
        let Some(error) = error.downcast_ref::<Error>() else { return Self::Internal };
        match error.next_step() {
            "next-storage-full" => return Self::DiskFull,
            "next-file-permission" | "next-intake-permission" | "next-backup-permission" => return Self::Permission,
            "next-backup-password-wrong" | "next-backup-password-missing" => return Self::Password,
            "next-backup-path" => return Self::BackupMissing,
            "next-backup-url" => return Self::Usage,
            "next-report-bug" | "next-report-defect" => return Self::Internal,
            _ => {}
        }
        match error {
            Error::Flow { kind, .. } => Self::of_kind(*kind),
            Error::Custody(_) | Error::CustodyVerify(_) => Self::Custody,
            Error::Backup(_) => Self::Backup,
            Error::Query(error) if error.is_of_statement() => Self::Usage,
            Error::Restore(error) => match error {
                RestoreError::Target { .. } | RestoreError::TargetThroughLink { .. } => Self::Usage,
                RestoreError::HostPrefix { .. } | RestoreError::OtherTarget { .. } => Self::Usage,
                RestoreError::NeverExecuted { .. } => Self::NotReady,
                _ => Self::RestoreIncomplete,
            },
            _ => Self::Input,
        }
    }

    fn of_kind(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::StageMissing(_)
            | ErrorKind::NotApproved
            | ErrorKind::PlanEdited
            | ErrorKind::NoCase
            | ErrorKind::NoIncident => Self::NotReady,
            ErrorKind::NoEvidence | ErrorKind::BadSettings | ErrorKind::NothingReadable => Self::Input,
            ErrorKind::Internal => Self::Internal,
            _ => Self::Usage,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_table_is_this_one() {
        let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/exit-codes.md");
        let page = std::fs::read_to_string(page).unwrap();
        let rows: Vec<(u8, String)> = page
            .lines()
            .filter_map(|line| {
                let mut cells = line.strip_prefix('|')?.split('|').map(str::trim);
                Some((cells.next()?.parse().ok()?, cells.next()?.to_string()))
            })
            .collect();
        let known: Vec<(u8, String)> = Exit::ALL.iter().map(|(code, name)| (*code, name.to_string())).collect();
        assert_eq!(rows, known);
    }
}
