//! Bytes that did not become a record.

use serde::{Deserialize, Serialize};

use crate::Address;

/// What is wrong with the bytes at an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProblemKind {
    /// The bytes are no record of the format at all.
    NotARecord,
    /// A record stops in the middle: end of file, or torn by rotation or a crash.
    Torn,
    /// A record is longer than the bound of its format.
    TooLong,
    /// A field cannot be read; the rest of the record was used.
    BadField,
    /// Records of one event that never came, such as a missing `EOE` or a missing part of a split field.
    Incomplete,
    /// The same record stood in the evidence before.
    Duplicate,
    /// A time that cannot be right: unreadable, or far outside the source's other times.
    BadTime,
    /// A compressed stream or archive broke off or is damaged.
    Truncated,
    /// A bound against hostile input was reached (size, depth, members, expansion ratio).
    Bound,
    /// The content is of no known format.
    UnknownFormat,
    /// The operating system refused to read it.
    Unreadable,
    /// Looks like the record of a recorder, and somebody else wrote it: kept as that one's message.
    Claimed,
    /// Not read on purpose: contents of layers, images and volumes below a container engine's directory.
    LeftAlone,
}

/// Evidence that could not be used in full, with its address: bad input costs its own record,
/// never the run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// What is wrong.
    pub kind: ProblemKind,
    /// Where.
    pub address: Address,
    /// One sentence for a person: what was found, and what was expected.
    pub text: String,
}
