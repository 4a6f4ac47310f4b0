//! One writer at a time: advisory locks that the kernel releases when their process dies.

use std::{
    fs::{File, OpenOptions},
    path::Path,
};

use crate::Error;

/// An exclusive lock on a file, held until dropped.
#[derive(Debug)]
pub struct FileLock(#[expect(dead_code, reason = "held for its lock")] File);

impl FileLock {
    /// Waits for the exclusive lock of the lock file `path`, which is created when missing.
    /// Fails with [`Error::Write`] when it cannot be opened or the file system knows no locks.
    pub fn exclusive(path: &Path) -> Result<Self, Error> {
        let lock = || {
            let file = OpenOptions::new().create(true).truncate(false).write(true).open(path)?;
            file.lock()?;
            Ok(Self(file))
        };
        lock().map_err(|source| Error::Write { path: path.to_path_buf(), source })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_holder_waits_for_the_first() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("lock");
        let held = FileLock::exclusive(&path).unwrap();
        let other = OpenOptions::new().write(true).open(&path).unwrap();
        assert!(other.try_lock().is_err());
        drop(held);
        assert!(other.try_lock().is_ok());
    }
}
