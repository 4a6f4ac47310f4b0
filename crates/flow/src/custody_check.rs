//! Verifies a custody log: with the case's own files, or with files that were kept elsewhere.

use std::{
    fs::File,
    io::{self, BufRead as _, BufReader},
    path::Path,
};

use custody::{Report, VerifyError};

use crate::Error;

/// Checks a log against a checkpoint and a public key. Nothing else is needed, and nothing is written.
///
/// Fails with what is wrong with the log, or which of the three files cannot be read.
pub fn verify_custody(log: &Path, checkpoint: &Path, public_key: &Path) -> Result<Report, Error> {
    let text = |path: &Path| -> Result<String, Error> {
        let bytes = stdx::artefact::read_capped(path, custody::CHECKPOINT_BYTES_MAX)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    };
    let (checkpoint, public_key) = (text(checkpoint)?, text(public_key)?);
    let file = File::open(log).map_err(|source| VerifyError::Read { what: log.display().to_string(), source })?;
    Ok(custody::verify(file, &checkpoint, &public_key)?)
}

/// Checks the log of a case with its own checkpoints, older ones included, and its own key: finds
/// accidents and outsiders, not someone who replaced all of them together.
pub fn verify_case_custody(case: &Path) -> Result<Report, Error> {
    Ok(custody::verify_case(case, None)?)
}

/// The lines of a case's custody log as they stand there, at most up to the first that is longer than
/// any entry. Checks nothing.
pub fn custody_lines(case: &Path) -> Result<impl Iterator<Item = io::Result<String>>, Error> {
    let path = case.join(custody::LOG_FILE);
    let file = File::open(&path).map_err(|cause| Error::io("read the custody log", &path, cause))?;
    let mut reader = BufReader::new(file);
    let mut is_whole = true;
    Ok(std::iter::from_fn(move || {
        if !is_whole {
            return None;
        }
        let mut line = Vec::new();
        let bound = custody::ENTRY_BYTES_MAX as u64 + 1;
        match io::Read::take(&mut reader, bound).read_until(b'\n', &mut line) {
            Ok(0) => None,
            Ok(_) => {
                is_whole = line.pop_if(|last| *last == b'\n').is_some();
                Some(Ok(String::from_utf8_lossy(&line).into_owned()))
            }
            Err(cause) => {
                is_whole = false;
                Some(Err(cause))
            }
        }
    }))
}

/// Name of the user of this process, who approves unless another person is named.
pub fn current_user() -> String {
    custody::Actor::current().user
}
