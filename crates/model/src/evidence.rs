//! Evidence as it was handed over.

use serde::{Deserialize, Serialize};

use crate::{Blake3, Bytes, Problem, Sha256, SourceId, Timestamp};

/// One file as handed over, hashed at first read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceItem {
    /// The file itself.
    pub original: Original,
    /// The sources found inside it: itself when it is neither compressed nor an archive.
    pub sources: Vec<EvidenceSource>,
    /// What could not be opened or read.
    pub problems: Vec<Problem>,
}

/// What is recorded of a file at first read, before anything interprets it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Original {
    /// The path as the person gave it.
    pub path: Bytes,
    /// Further paths at which the very same bytes were handed over, in the order of intake.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also_at: Vec<Bytes>,
    /// SHA-256 of the bytes on disk.
    pub sha256: Sha256,
    /// BLAKE3 of the same bytes.
    pub blake3: Blake3,
    /// Size in bytes.
    pub size: u64,
    /// Modification time of the file.
    pub modified: Timestamp,
    /// Status change time of the file, which a user program cannot set back.
    pub changed: Timestamp,
    /// When Yobitsugi first read it.
    pub taken: Timestamp,
    /// Where the bytes are kept.
    pub storage: Storage,
}

/// Where the bytes of an original are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kept")]
pub enum Storage {
    /// Copied into `evidence/HH/HASH` of the case, read-only.
    Copied,
    /// Left where it was (`--in-place`); every later read compares the hash first.
    InPlace,
}

/// One stream of bytes inside an original.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceSource {
    /// SHA-256 of the decoded bytes; equals the original's hash when there are no layers.
    pub id: SourceId,
    /// What was opened to reach the bytes, outermost first; empty for a plain file.
    pub layers: Vec<Layer>,
    /// Size of the decoded bytes.
    pub size: u64,
    /// Modification time: the archive member's where there is one, else the original's.
    pub modified: Timestamp,
}

/// One step from an original to a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "layer")]
pub enum Layer {
    /// A gzip stream (all members).
    Gzip,
    /// A Zstandard stream (all frames).
    Zstd,
    /// An xz stream.
    Xz,
    /// A member of a tar archive.
    Tar {
        /// The member's name as the archive has it.
        member: Bytes,
    },
}
