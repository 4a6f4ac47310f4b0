//! The files of the repository, read once: every rule is a function of this value.

use std::{collections::BTreeMap, fs, path::Path, process::Command};

use anyhow::{Context, Result, ensure};

/// Files by their path below the root, with `/` between components.
#[derive(Debug, Default)]
pub struct Tree {
    files: BTreeMap<String, Vec<u8>>,
}

impl Tree {
    /// Reads what git tracks in the checkout at `root`, and what it would track: new files that are
    /// not ignored. Symbolic links are left out.
    ///
    /// Fails where git cannot list the checkout, or a listed file cannot be read.
    pub fn read(root: &Path) -> Result<Self> {
        let listed = Command::new("git")
            .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
            .current_dir(root)
            .output()
            .context("cannot start git, which lists the files of the repository")?;
        ensure!(
            listed.status.success(),
            "git cannot list the files below {}: {}",
            root.display(),
            String::from_utf8_lossy(&listed.stderr)
        );
        let mut tree = Self::default();
        for name in listed.stdout.split(|&byte| byte == 0).filter(|name| !name.is_empty()) {
            let name = String::from_utf8_lossy(name).into_owned();
            let path = root.join(&name);
            // A file that was deleted and not yet committed is still listed.
            if !fs::symlink_metadata(&path).is_ok_and(|what| what.is_file()) {
                continue;
            }
            let bytes = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
            tree.files.insert(name, bytes);
        }
        Ok(tree)
    }

    /// A tree of these files.
    #[cfg(test)]
    pub fn of(files: &[(&str, &str)]) -> Self {
        Self { files: files.iter().map(|(path, text)| (path.to_string(), text.as_bytes().to_vec())).collect() }
    }

    /// All paths, sorted.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// The paths that start with `prefix` and end with `suffix`, sorted.
    pub fn matching<'a>(&'a self, prefix: &'a str, suffix: &'a str) -> impl Iterator<Item = &'a str> {
        self.paths().filter(move |path| path.starts_with(prefix) && path.ends_with(suffix))
    }

    /// Whether there is such a file.
    pub fn contains(&self, path: &str) -> bool {
        self.files.contains_key(path)
    }

    /// Whether there is a file below that directory.
    pub fn has_directory(&self, path: &str) -> bool {
        let prefix = format!("{}/", path.trim_end_matches('/'));
        self.paths().any(|known| known.starts_with(&prefix))
    }

    /// The bytes of a file.
    pub fn bytes(&self, path: &str) -> Option<&[u8]> {
        self.files.get(path).map(Vec::as_slice)
    }

    /// The text of a file, `None` when it is not there or not UTF-8.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.bytes(path).and_then(|bytes| std::str::from_utf8(bytes).ok())
    }

    /// The directories of all crates, `crates/NAME`, sorted.
    pub fn crates(&self) -> Vec<&str> {
        self.paths()
            .filter_map(|path| path.strip_suffix("/Cargo.toml"))
            .filter(|path| path.strip_prefix("crates/").is_some_and(|name| !name.contains('/')))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_files_count_and_ignored_ones_do_not() {
        let directory = tempfile::tempdir().unwrap();
        let run = |arguments: &[&str]| {
            assert!(Command::new("git").args(arguments).current_dir(directory.path()).status().unwrap().success());
        };
        run(&["init", "--quiet"]);
        for (name, text) in [(".gitignore", "*.log\n"), ("tracked", "1"), ("new", "2"), ("gone", "3"), ("x.log", "4")] {
            fs::write(directory.path().join(name), text).unwrap();
        }
        run(&["add", "tracked", "gone"]);
        fs::remove_file(directory.path().join("gone")).unwrap();
        let tree = Tree::read(directory.path()).unwrap();
        assert_eq!(tree.paths().collect::<Vec<_>>(), [".gitignore", "new", "tracked"]);
    }
}
