//! The affected objects: two sets, never one.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

use crate::{Answer, Bytes, Certainty, Device, EventId, IncidentId, ObjectKind, Resolution, Timestamp};

/// Identity of an affected object within a case: `HOST:PATH` where the host path is known, else
/// `HOST:dev=MM:mm,ino=N` or `HOST:?PATH` with the recorded path. Text form of [`Bytes`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ObjectId(pub String);

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&crate::display_safe(&self.0))
    }
}

/// The affected objects of one incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// Which incident.
    pub incident: IncidentId,
    /// Exact: changed by a direct act of a hostile subject. Sorted by host path.
    pub touched: Vec<TouchedObject>,
    /// Made by a hostile subject and gone again before the evidence ends (temporary files): no net change.
    #[serde(default)]
    pub transient: Vec<TouchedObject>,
    /// Kernel settings changed through `/proc` or `/sys` (`core_pattern`): to be set back by a person.
    #[serde(default)]
    pub settings: Vec<TouchedObject>,
    /// Ranked: changed by a benign process after it read something touched. Highest rank first.
    pub derived: Vec<DerivedObject>,
    /// Read by a hostile subject: secrets to rotate, personal data to notify about.
    pub exposed: Vec<ExposedObject>,
    /// May have been touched inside a blind window.
    pub possible: Vec<PossibleObject>,
}

/// What an object is and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectRef {
    /// Identity.
    pub id: ObjectId,
    /// Host, where known.
    pub host: Option<String>,
    /// What kind of object.
    pub kind: ObjectKind,
    /// Device that holds it, where recorded.
    pub device: Option<Device>,
    /// Inode number at the first hostile act, where recorded.
    pub inode: Option<u64>,
    /// Where it lies on the host and how that was found; `None` when it could not be resolved.
    pub host_path: Option<Resolution>,
    /// The names under which hostile subjects used it, as recorded.
    pub recorded_paths: Vec<Bytes>,
}

/// An object that a hostile subject changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TouchedObject {
    /// What and where.
    #[serde(flatten)]
    pub object: ObjectRef,
    /// What was done to it, in order.
    pub operations: Vec<Operation>,
    /// Whether it existed before the first hostile act.
    pub existed_before: Answer,
    /// Whether it exists after the last recorded act on it.
    pub exists_after: Answer,
    /// Where its content went, when it was renamed away.
    pub renamed_to: Option<ObjectId>,
    /// Where its content came from, when something was renamed onto it.
    pub renamed_from: Option<ObjectId>,
    /// Time of the first hostile act on it.
    pub first_act: Timestamp,
    /// Time of the last one.
    pub last_act: Timestamp,
    /// Whether the acts themselves are recorded or inferred.
    pub certainty: Certainty,
    /// Later acts of processes that are not hostile, which a restore may have to keep.
    pub later_benign: Vec<EventId>,
}

/// One act on an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operation {
    /// What.
    pub kind: OperationKind,
    /// When.
    pub time: Timestamp,
    /// The event that shows it.
    pub event: EventId,
}

/// What was done to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OperationKind {
    /// It came into being.
    Created,
    /// It was cut, to nothing or to a length.
    Truncated,
    /// Opened for writing, or another file was renamed over it: its content may differ in any byte.
    Overwritten,
    /// Its name was taken away by a rename.
    RenamedAway,
    /// It got its name by a rename.
    RenamedHere,
    /// A further name was made for it.
    Linked,
    /// Its name was removed.
    Deleted,
    /// Mode, owner, times or attributes were changed.
    Metadata,
}

/// An object that a benign process wrote after it read something touched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DerivedObject {
    /// What and where.
    #[serde(flatten)]
    pub object: ObjectRef,
    /// 0 to 100, higher is more likely affected.
    pub rank: u8,
    /// The touched object it derives from.
    pub from: ObjectId,
    /// Reason as facts: `reader`, `delay_ms`, …
    pub facts: BTreeMap<String, String>,
    /// The read and the write that connect them.
    pub events: Vec<EventId>,
    /// The cheapest proof that would clear it, as a message key: `compare_with_backup`, `compare_with_package`.
    pub cleared_by: String,
}

/// What kind of harm reading an object does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExposedKind {
    /// Key, token, password: must be replaced, cannot be restored.
    Secret,
    /// Any other data.
    Data,
}

/// What an exposed object holds, as far as its place says: first the secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExposedContent {
    /// Password hashes of the host's accounts (`/etc/shadow`).
    AccountPasswords,
    /// A person's or program's SSH private key.
    SshPrivateKey,
    /// The host's own SSH private key.
    SshHostKey,
    /// A private key of a certificate, or a store with one.
    TlsPrivateKey,
    /// What a Kubernetes node shows to the API server (kubelet's key or kubeconfig).
    NodeCredential,
    /// A kubeconfig of a cluster's control plane or administrator.
    ClusterAdminCredential,
    /// A token of a Kubernetes service account.
    ServiceAccountToken,
    /// A kubeconfig of a person or program.
    Kubeconfig,
    /// The database of a Kubernetes cluster: every secret in it.
    EtcdData,
    /// An access key of a cloud.
    CloudCredential,
    /// A login to a container registry.
    RegistryCredential,
    /// A password file of a database client.
    DatabasePassword,
    /// Kerberos keys.
    Keytab,
    /// Settings of a program, which mostly hold passwords (`.env`).
    EnvironmentFile,
    /// Named like a secret, of no kind above.
    OtherSecret,
    /// Names of the host's accounts (`/etc/passwd`).
    AccountList,
    /// Who logged in, when and from where.
    LoginRecords,
    /// Mail.
    Mail,
    /// A file in a person's home directory.
    HomeFile,
    /// A server's log of requests: addresses and what was asked.
    AccessLog,
    /// Files of a database.
    Database,
    /// A document or table of an office program.
    Document,
    /// An archive, a dump or a backup: many files at once.
    Archive,
    /// Data of a container (a volume).
    Volume,
    /// Data of no kind above.
    OtherData,
}

impl ExposedContent {
    /// Every kind of content.
    pub const ALL: &[Self] = &[
        Self::AccountPasswords,
        Self::SshPrivateKey,
        Self::SshHostKey,
        Self::TlsPrivateKey,
        Self::NodeCredential,
        Self::ClusterAdminCredential,
        Self::ServiceAccountToken,
        Self::Kubeconfig,
        Self::EtcdData,
        Self::CloudCredential,
        Self::RegistryCredential,
        Self::DatabasePassword,
        Self::Keytab,
        Self::EnvironmentFile,
        Self::OtherSecret,
        Self::AccountList,
        Self::LoginRecords,
        Self::Mail,
        Self::HomeFile,
        Self::AccessLog,
        Self::Database,
        Self::Document,
        Self::Archive,
        Self::Volume,
        Self::OtherData,
    ];

    /// The spelling used in artefacts.
    pub fn name(self) -> &'static str {
        match self {
            Self::AccountPasswords => "account_passwords",
            Self::SshPrivateKey => "ssh_private_key",
            Self::SshHostKey => "ssh_host_key",
            Self::TlsPrivateKey => "tls_private_key",
            Self::NodeCredential => "node_credential",
            Self::ClusterAdminCredential => "cluster_admin_credential",
            Self::ServiceAccountToken => "service_account_token",
            Self::Kubeconfig => "kubeconfig",
            Self::EtcdData => "etcd_data",
            Self::CloudCredential => "cloud_credential",
            Self::RegistryCredential => "registry_credential",
            Self::DatabasePassword => "database_password",
            Self::Keytab => "keytab",
            Self::EnvironmentFile => "environment_file",
            Self::OtherSecret => "other_secret",
            Self::AccountList => "account_list",
            Self::LoginRecords => "login_records",
            Self::Mail => "mail",
            Self::HomeFile => "home_file",
            Self::AccessLog => "access_log",
            Self::Database => "database",
            Self::Document => "document",
            Self::Archive => "archive",
            Self::Volume => "volume",
            Self::OtherData => "other_data",
        }
    }

    /// What kind of harm reading it does.
    pub fn harm(self) -> ExposedKind {
        if self <= Self::OtherSecret { ExposedKind::Secret } else { ExposedKind::Data }
    }

    /// Whether it is data about persons: by its place alone, where that decides it. Of a secret: no.
    pub fn is_personal(self) -> Answer {
        match self {
            Self::AccountList | Self::LoginRecords | Self::Mail | Self::HomeFile | Self::AccessLog => Answer::Yes,
            _ if self.harm() == ExposedKind::Secret => Answer::No,
            _ => Answer::CannotTell { missing: "content".to_string() },
        }
    }
}

/// An object that a hostile subject read, or opened in a way that allows reading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExposedObject {
    /// What and where.
    #[serde(flatten)]
    pub object: ObjectRef,
    /// What kind of harm. Not `kind` in JSON: that is the object's.
    #[serde(rename = "exposure")]
    pub kind: ExposedKind,
    /// What it holds, as far as its place says.
    pub content: ExposedContent,
    /// Of a credential: who one is to the Kubernetes API with it, where the evidence says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<String>,
    /// What was asked of the API under that identity after the read, from a place or by a program that it had not been
    /// used from before: the first of these acts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub uses: Vec<EventId>,
    /// How many such acts there were.
    #[serde(default)]
    pub uses_total: u64,
    /// First read.
    pub first_act: Timestamp,
    /// The reads.
    pub events: Vec<EventId>,
}

/// Something that may have been touched unseen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PossibleObject {
    /// Which stretch of time (index into `coverage.json`'s blind windows).
    pub blind_window: usize,
    /// Path below which it may have happened, where the subject's reach is known; `None`: anywhere.
    pub below: Option<Bytes>,
    /// What would settle it, as a message key: `compare_hashes_with_backup`.
    pub settled_by: String,
}
