//! The table of exit codes; `docs/exit-codes.md` says the same for people.

use std::process::ExitCode;

use flow::{Error, ErrorKind};

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done; where evidence was judged: no incident.
    Done = 0,
    /// A fault of the program itself.
    Internal = 70,
    /// The command line cannot be understood.
    Usage = 2,
    /// Evidence or a file of the case cannot be read.
    Input = 3,
    /// A backup source cannot be read.
    Backup = 4,
    /// A backup source refuses the password.
    Password = 5,
    /// A backup source is not there.
    BackupMissing = 6,
    /// A stage has to run first, or the plan is not approved.
    NotReady = 7,
    /// Not every step of the restore was done.
    RestoreIncomplete = 8,
    /// An object failed its verification.
    VerificationFailed = 9,
    /// Done, and there is an incident.
    Incident = 10,
    /// The custody log does not verify.
    Custody = 11,
    /// No space is left on the disk.
    DiskFull = 12,
    /// The operating system refuses access.
    Permission = 13,
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
            "next-backup-path" | "next-backup-kind" => return Self::BackupMissing,
            _ => {}
        }
        match error {
            Error::Flow {
                kind:
                    ErrorKind::StageMissing(_)
                    | ErrorKind::NotApproved
                    | ErrorKind::PlanEdited
                    | ErrorKind::NoCase
                    | ErrorKind::NoIncident,
                ..
            } => Self::NotReady,
            Error::Flow { kind: ErrorKind::Internal, .. } => Self::Internal,
            Error::Flow { kind: ErrorKind::NoEvidence | ErrorKind::BadSettings, .. } => Self::Input,
            Error::Flow { .. } => Self::Usage,
            Error::Custody(_) | Error::CustodyVerify(_) => Self::Custody,
            Error::Backup(_) => Self::Backup,
            Error::Restore(_) => Self::RestoreIncomplete,
            _ => Self::Input,
        }
    }
}
