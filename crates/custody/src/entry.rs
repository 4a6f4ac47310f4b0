//! What one line of the log says: who did what, with which tool, on what, with which result.

use std::collections::BTreeMap;

use model::{Bytes, Sha256, Timestamp};
use serde::{Deserialize, Serialize};

/// Longest line that is written or read. Room for [`SUBJECTS_MAX`] paths of Linux's 4,096 bytes,
/// each byte escaped to four.
pub const ENTRY_BYTES_MAX: usize = 32 << 20;

/// Subjects that one entry names; of more it keeps the first, their number and their hash.
pub const SUBJECTS_MAX: usize = 1_000;

/// Longest error text that is kept, in bytes; chosen by eye.
const ERROR_BYTES_MAX: usize = 16 * 1024;

/// One act, as the caller describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// `intake`, `parse`, `plan`, `approve`, `restore`, `verify`, `report`, `case.new`, …
    pub act: String,
    /// What it was done to or with.
    pub subjects: Vec<Subject>,
    /// How it ended.
    pub result: ActResult,
    /// Further facts under stable names.
    pub detail: BTreeMap<String, String>,
    /// Number of the entry that recorded the start of this act.
    pub started: Option<u64>,
}

impl Act {
    /// An act without subjects or details that went well.
    pub fn ok(act: &str) -> Self {
        Self { act: act.into(), subjects: vec![], result: ActResult::Ok, detail: BTreeMap::new(), started: None }
    }

    /// The same act with a further subject.
    pub fn on(mut self, subject: Subject) -> Self {
        self.subjects.push(subject);
        self
    }

    /// The same act with a further fact.
    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.detail.insert(name.into(), value.to_string());
        self
    }

    /// The same act with that result.
    pub fn result(mut self, result: ActResult) -> Self {
        self.result = result;
        self
    }
}

/// One line of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its number, counted from 0.
    pub n: u64,
    /// RFC 6962 leaf hash of the entry before, so that damage can be located; `None` for the first.
    pub previous: Option<Sha256>,
    /// When, by the clock of the machine that wrote it.
    pub time: Timestamp,
    /// Who.
    pub actor: Actor,
    /// With what.
    pub tool: Tool,
    /// SHA-256 of the configuration in force, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config: Option<Sha256>,
    /// What.
    pub act: String,
    /// On what.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subjects: Vec<Subject>,
    /// How it ended.
    #[serde(flatten)]
    pub result: ActResult,
    /// Further facts.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub detail: BTreeMap<String, String>,
    /// Number of the entry that recorded the start of this act.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started: Option<u64>,
}

/// How an act ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "result")]
pub enum ActResult {
    /// It began; another entry says how it ended, unless the process died.
    Started,
    /// It was done.
    Ok,
    /// It was not done, or not wholly.
    Failed {
        /// What the program said.
        error: String,
    },
}

/// Something an act was done to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// Path or name.
    pub name: Bytes,
    /// SHA-256 of its bytes, where it has any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<Sha256>,
}

impl Subject {
    /// A subject of which only the name is known.
    pub fn named(name: impl Into<Bytes>) -> Self {
        Self { name: name.into(), sha256: None }
    }

    /// A subject with the hash of its bytes.
    pub fn hashed(name: impl Into<Bytes>, sha256: Sha256) -> Self {
        Self { name: name.into(), sha256: Some(sha256) }
    }
}

/// Who acted.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Actor {
    /// User name.
    pub user: String,
    /// Effective user id.
    pub uid: u32,
    /// User id of the login session, which the kernel keeps through `sudo` and `su`; `None` when unset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login_uid: Option<u32>,
    /// Host name of the machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
}

impl Actor {
    /// The user of this process on this machine.
    pub fn current() -> Self {
        const UNSET: u32 = u32::MAX;
        let uid = nix::unistd::geteuid();
        let user = nix::unistd::User::from_uid(uid).ok().flatten().map_or_else(|| uid.to_string(), |user| user.name);
        let login_uid = std::fs::read_to_string("/proc/self/loginuid").ok().and_then(|text| text.trim().parse().ok());
        let host = nix::unistd::gethostname().ok().and_then(|name| name.into_string().ok());
        Self { user, uid: uid.as_raw(), login_uid: login_uid.filter(|uid| *uid != UNSET), host }
    }
}

/// The program that acted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tool {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}

impl Default for Tool {
    fn default() -> Self {
        Self { name: "yobitsugi".into(), version: env!("CARGO_PKG_VERSION").into() }
    }
}

/// Keeps an act within the bounds of an entry without losing what it says.
pub(crate) fn bounded(mut act: Act) -> Act {
    if act.subjects.len() > SUBJECTS_MAX {
        // Serialising a list of names and hashes cannot fail; an empty hash input would be visible.
        let all = serde_json::to_vec(&act.subjects).unwrap_or_default();
        act.detail.insert("subjects_total".into(), act.subjects.len().to_string());
        act.detail.insert("subjects_sha256".into(), Sha256::of(&all).to_string());
        act.subjects.truncate(SUBJECTS_MAX);
    }
    if let ActResult::Failed { error } = &mut act.result
        && error.len() > ERROR_BYTES_MAX
    {
        error.truncate(error.floor_char_boundary(ERROR_BYTES_MAX));
        error.push('\u{2026}');
    }
    act
}
