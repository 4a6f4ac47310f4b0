//! Golden files: a whole file that a test must reproduce.

use std::{fs, path::Path};

/// Compares `actual` with the file at `path`; with `YOBITSUGI_UPDATE=1` writes it instead.
///
/// # Panics
/// When the file is missing or differs, naming the first differing line.
pub fn check(path: impl AsRef<Path>, actual: &str) {
    let path = path.as_ref();
    if crate::updating() {
        write(path, actual);
        return;
    }
    match fs::read_to_string(path) {
        Ok(expected) => {
            if let Some(difference) = crate::first_difference(&expected, actual) {
                fail(&format!(
                    "{} differs at {difference}\nrun again with YOBITSUGI_UPDATE=1 to accept",
                    path.display()
                ));
            }
        }
        Err(cause) => fail(&format!("{}: {cause}\nrun again with YOBITSUGI_UPDATE=1 to write it", path.display())),
    }
}

fn write(path: &Path, text: &str) {
    if let Some(folder) = path.parent()
        && let Err(cause) = fs::create_dir_all(folder)
    {
        fail(&format!("{}: {cause}", folder.display()));
    }
    if let Err(cause) = fs::write(path, text) {
        fail(&format!("{}: {cause}", path.display()));
    }
}

#[allow(clippy::panic, reason = "a test reports its failure by panicking")]
pub(crate) fn fail(text: &str) -> ! {
    panic!("{text}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_equal_file_passes_and_a_differing_or_missing_one_fails() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        fs::write(&path, "one\ntwo\n").unwrap();
        check(&path, "one\ntwo\n");
        assert!(std::panic::catch_unwind(|| check(&path, "one\n2\n")).is_err());
        assert!(std::panic::catch_unwind(|| check(folder.path().join("b.txt"), "")).is_err());
    }
}
