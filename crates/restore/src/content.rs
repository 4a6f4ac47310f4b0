//! Where the bytes of a clean version come from.

use std::io::Write;

use model::{RestoreSource, Sha256};

/// Gives out the content of clean versions. (`flow` implements it over the backup backends.)
pub trait ContentSource {
    /// Writes the whole content of `from` to `out`, in order, and returns the SHA-256 of what it wrote.
    ///
    /// The restore hashes what arrives and compares both with the plan, so a source that errs is
    /// noticed. An error of `out` must be passed on as [`FetchError`]; its text then does not
    /// matter, because the restore knows its own error. Any other failure names what could not be read.
    fn fetch(&mut self, from: &RestoreSource, out: &mut dyn Write) -> Result<Sha256, FetchError>;
}

/// Content that could not be fetched.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct FetchError(pub String);
