//! Work that a decoder leaves to others: what records mean, once they are framed and joined.
//!
//! Framing a source is quick and must go from its first byte to its last; saying what the records mean is the
//! greater part of the work and mostly needs one record alone. A decoder that was asked to [`defer`](crate::Decoder::defer)
//! hands that part out as pieces, which other threads can complete in any order.

use crate::Batch;

/// A bounded part of the work on a source, independent of all others.
pub trait Piece: Send {
    /// Does the work and appends what comes out.
    fn complete(self: Box<Self>, out: &mut Batch);
}

/// Bytes of records that make one piece: large enough that handing it over costs nothing, small enough that
/// some dozens in flight stay within a few MiB.
pub(crate) const PIECE_BYTES: usize = 256 * 1024;
