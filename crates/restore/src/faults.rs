//! Where a test can make any single operation fail, or end the process.

use std::io;

/// Is asked before every system call on the target and every write of the journal.
///
/// The production implementation is [`NoFaults`]. A test passes one that counts, and fails or
/// kills at the Nth operation: that is how "safe whatever fails, wherever it stops" is shown.
pub trait FaultPoint {
    /// `Ok` lets the operation happen; an error is returned in its place.
    fn reach(&self, call: &'static str) -> io::Result<()>;
}

/// Lets every operation happen.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoFaults;

impl FaultPoint for NoFaults {
    fn reach(&self, _call: &'static str) -> io::Result<()> {
        Ok(())
    }
}
