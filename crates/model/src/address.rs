//! Where in the evidence something stands.

use serde::{Deserialize, Serialize};

use crate::Sha256;

/// A source: one stream of log or data bytes after archives and compression are opened,
/// identified by the SHA-256 of those bytes.
///
/// `evidence.json` says from which handed-over file, through which layers, each source came.
pub type SourceId = Sha256;

/// A byte range of a source: the place to which every conclusion can be walked back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Address {
    /// Which source.
    pub source: SourceId,
    /// First byte, counted from the start of the decoded source.
    pub offset: u64,
    /// Number of bytes.
    pub length: u64,
}
