//! Work that a decoder leaves to others: what records mean, once they are framed and joined.
//!
//! Framing a source is quick and must go from its first byte to its last; saying what the records mean is the
//! greater part of the work and mostly needs one record alone. A decoder that was asked to [`defer`](crate::Decoder::defer)
//! hands that part out as pieces, which other threads can complete in any order.

use crate::Batch;

/// A bounded part of the work on a source.
pub trait Piece: Send {
    /// Does the work that needs no other piece, and appends what comes out. Gives back what is left to be done in the
    /// order of the source, if anything.
    fn complete(self: Box<Self>, out: &mut Batch) -> Option<Box<dyn Turn>>;
}

/// What is left of a piece: cheap, and to be done in the order in which the decoder handed out the pieces.
pub trait Turn: Send {
    /// Does it and appends what comes out.
    fn take(self: Box<Self>, out: &mut Batch);
}

/// Bytes of records that make one piece: large enough that handing it over costs nothing, small enough that
/// some dozens in flight stay within a few MiB.
pub(crate) const PIECE_BYTES: usize = 256 * 1024;
