//! A case: one directory that holds everything, with its custody log.

use std::{
    fs,
    path::{Path, PathBuf},
};

use custody::{Custody, Key, Subject};
use model::{ArtefactKind, Bytes, Plan, Sha256};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    Error,
    clock_settings::{ClockSetting, HostSetting},
    error::ErrorKind,
};

/// File with the settings of a case.
pub const CASE_FILE: &str = "case.toml";

/// Directory for plans that were carried out and then replaced.
const EARLIER_DIRECTORY: &str = "earlier";

/// What belongs to one plan.
const OF_PLAN: [ArtefactKind; 5] = [
    ArtefactKind::Catalogue,
    ArtefactKind::Plan,
    ArtefactKind::Approval,
    ArtefactKind::Receipts,
    ArtefactKind::Verdicts,
];

/// The settings of a case: `case.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Name for people.
    pub name: String,
    /// Minutes that the case's local time is ahead of UTC (540 for Japan); 0 shows UTC alone.
    #[serde(default)]
    pub display_offset_minutes: i32,
    /// By how much the clocks of host and backup storage may differ, in milliseconds.
    #[serde(default = "default_clock_error_ms")]
    pub clock_error_ms: i64,
    /// Host directories that containers are meant to write.
    #[serde(default)]
    pub declared_volumes: Vec<String>,
    /// Backup sources, best first.
    #[serde(default)]
    pub backups: Vec<String>,
    /// What a person states of the clocks of sources: `[[clock]]`.
    #[serde(default, rename = "clock", skip_serializing_if = "Vec::is_empty")]
    pub clocks: Vec<ClockSetting>,
    /// What a person states of the hosts of sources that name none: `[[source]]`.
    #[serde(default, rename = "source", skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<HostSetting>,
}

/// auditd stamps with the host's clock, storage with its own; hosts under NTP agree far better.
fn default_clock_error_ms() -> i64 {
    1_000
}

impl Settings {
    /// The settings of a new case of that name.
    pub fn named(name: &str) -> Self {
        Self {
            name: name.to_string(),
            display_offset_minutes: 0,
            clock_error_ms: default_clock_error_ms(),
            declared_volumes: Vec::new(),
            backups: Vec::new(),
            clocks: Vec::new(),
            hosts: Vec::new(),
        }
    }

    /// What `normalise` needs of them.
    pub(crate) fn policy(&self) -> normalise::Policy {
        let declared_volumes = self.declared_volumes.iter().map(|volume| Bytes::from(volume.as_str())).collect();
        normalise::Policy { declared_volumes }
    }

    /// The clock error in nanoseconds.
    pub fn clock_error_ns(&self) -> i64 {
        self.clock_error_ms.max(0).saturating_mul(1_000_000)
    }
}

/// An open case.
pub struct Case {
    directory: PathBuf,
    /// Its settings.
    pub settings: Settings,
    pub(crate) custody: Custody,
}

impl Case {
    /// Makes a new case in `directory`, which must not exist or be empty.
    ///
    /// Fails when something is there, when the directory cannot be made, or when the disk is full.
    pub fn create(directory: &Path, settings: Settings) -> Result<Self, Error> {
        let taken = fs::read_dir(directory).is_ok_and(|mut entries| entries.next().is_some());
        if taken {
            return Err(Error::new(ErrorKind::CaseExists, "make a case in", directory));
        }
        fs::create_dir_all(directory).map_err(|cause| Error::io("make the directory", directory, cause))?;
        match Self::fill(directory, &settings) {
            Ok(custody) => Ok(Self { directory: directory.to_path_buf(), settings, custody }),
            Err(error) => {
                // Half a case would be in the way of the next try. The directory was empty before.
                for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
                    let is_directory = entry.file_type().is_ok_and(|kind| kind.is_dir());
                    let _ = if is_directory { fs::remove_dir_all(entry.path()) } else { fs::remove_file(entry.path()) };
                }
                Err(error)
            }
        }
    }

    fn fill(directory: &Path, settings: &Settings) -> Result<Custody, Error> {
        let text = toml::to_string(settings)
            .map_err(|cause| Error::new(ErrorKind::Internal, "write the settings of", directory).because(cause))?;
        stdx::write_atomic(&directory.join(CASE_FILE), text.as_bytes())?;
        let name = custody_name(&settings.name);
        let custody = Custody::create(directory, &name, Key::InCase, crate::clock::clock())?;
        Ok(custody.with_config(Sha256::of(text.as_bytes())))
    }

    /// Whether `directory` holds a case.
    pub fn is_case(directory: &Path) -> bool {
        directory.join(CASE_FILE).exists()
    }

    /// Opens the case in `directory` and checks its custody log first.
    pub fn open(directory: &Path) -> Result<Self, Error> {
        let path = directory.join(CASE_FILE);
        if !path.exists() {
            return Err(Error::new(ErrorKind::NoCase, "open the case", directory));
        }
        let bytes = stdx::artefact::read_capped(&path, 1 << 20)?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let settings = toml::from_str(&text)
            .map_err(|cause| Error::new(ErrorKind::BadSettings, "read the settings", &path).because(cause))?;
        let custody = Custody::open(directory, crate::clock::clock())?.with_config(Sha256::of(&bytes));
        Ok(Self { directory: directory.to_path_buf(), settings, custody })
    }

    /// Where the case lies.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Reads an artefact. Fails with [`ErrorKind::StageMissing`] when the stage that makes it has not run.
    pub fn read<T: DeserializeOwned>(&self, kind: ArtefactKind) -> Result<T, Error> {
        self.read_if_there(kind)?
            .ok_or_else(|| Error::new(ErrorKind::StageMissing(kind), "read", &self.directory.join(kind.file_name())))
    }

    /// Reads an artefact, `None` when the stage that makes it has not run.
    pub fn read_if_there<T: DeserializeOwned>(&self, kind: ArtefactKind) -> Result<Option<T>, Error> {
        Ok(stdx::artefact::read_if_there(&self.directory, kind)?)
    }

    /// Ends a command: signs a checkpoint and keeps a copy. Returns it.
    pub fn seal(&mut self) -> Result<String, Error> {
        Ok(self.custody.seal()?)
    }

    /// The public key of the custody log.
    pub fn public_key(&self) -> String {
        self.custody.vkey()
    }

    /// Records an act that no stage records by itself.
    pub fn record(&mut self, act: custody::Act) -> Result<(), Error> {
        self.custody.record(act)?;
        Ok(())
    }
}

/// Removes artefacts of later stages, which no longer belong to what has just been made.
pub(crate) fn forget(case: &Path, kinds: &[ArtefactKind]) -> Result<(), Error> {
    for kind in kinds {
        let path = case.join(kind.file_name());
        match fs::remove_file(&path) {
            Ok(()) => {}
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => {}
            Err(cause) => return Err(Error::io("remove the outdated", &path, cause)),
        }
    }
    Ok(())
}

/// Removes catalogue and plan, which no longer belong to what has just been made.
///
/// A plan that was carried out is kept with its approval, receipts and verdicts in `earlier/ID/`:
/// they say what was done to the target.
pub(crate) fn set_aside_plan(case: &Path) -> Result<(), Error> {
    // A plan that cannot be read is kept by its file's hash; what it says does not matter here.
    let path = case.join(ArtefactKind::Plan.file_name());
    if case.join(ArtefactKind::Receipts.file_name()).exists()
        && let Ok(bytes) = stdx::artefact::read_capped(&path, stdx::artefact::ARTEFACT_BYTES_MAX)
    {
        let plan: Option<Plan> = stdx::artefact::read_if_there(case, ArtefactKind::Plan).unwrap_or(None);
        let name = plan.map_or_else(|| Sha256::of(&bytes), |plan| plan.id).short();
        let aside = case.join(EARLIER_DIRECTORY).join(name);
        fs::create_dir_all(&aside).map_err(|cause| Error::io("make the directory", &aside, cause))?;
        for kind in OF_PLAN {
            let (from, to) = (case.join(kind.file_name()), aside.join(kind.file_name()));
            match fs::copy(&from, &to) {
                Ok(_) => {}
                Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => {}
                Err(cause) => return Err(Error::io("keep a copy of", &from, cause)),
            }
        }
    }
    forget(case, &OF_PLAN)
}

/// Writes an artefact file and returns it as a subject of the custody log.
pub(crate) fn write_artefact<T: Serialize>(case: &Path, kind: ArtefactKind, content: &T) -> Result<Subject, Error> {
    stdx::artefact::write(case, kind, content)?;
    artefact_subject(case, kind)
}

/// Largest file of the case that is hashed whole: artefacts are far smaller.
const FILE_BYTES_MAX: u64 = 4 << 30;

/// An artefact file with its hash, for the custody log.
pub(crate) fn artefact_subject(case: &Path, kind: ArtefactKind) -> Result<Subject, Error> {
    file_subject(case, Path::new(kind.file_name()))
}

/// A file of the case with its hash, for the custody log.
pub(crate) fn file_subject(case: &Path, name: &Path) -> Result<Subject, Error> {
    let path = case.join(name);
    let bytes = stdx::artefact::read_capped(&path, FILE_BYTES_MAX)?;
    Ok(Subject::hashed(name.as_os_str().as_encoded_bytes(), Sha256::of(&bytes)))
}

/// The custody log's names allow neither white space nor `+`.
fn custody_name(name: &str) -> String {
    let name: String =
        name.chars().map(|c| if c.is_whitespace() || c == '+' || c.is_control() { '-' } else { c }).collect();
    if name.is_empty() { "case".to_string() } else { name }
}
