//! Nothing of the machine it was written on stands in the repository: the checkout's own path, and
//! the words that a developer lists in `.git/info/private-words`, one a line (host names, customers, …).

use std::{fs, path::Path, sync::OnceLock};

use crate::{tidy::Fault, tree::Tree};

static PRIVATE: OnceLock<Vec<String>> = OnceLock::new();

/// Tells which words are private to the checkout at `root`.
pub(super) fn set_private(root: &Path) {
    let listed = fs::read_to_string(root.join(".git/info/private-words")).unwrap_or_default();
    PRIVATE.get_or_init(|| private_words(root, &listed));
}

fn private_words(root: &Path, listed: &str) -> Vec<String> {
    let mut words: Vec<String> = listed
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(ToString::to_string)
        .collect();
    // A checkout at `/repo` would make an ordinary word of every document private.
    if root.components().count() > 2 {
        words.push(root.to_string_lossy().into_owned());
    }
    words
}

pub(super) fn faults(tree: &Tree) -> Vec<Fault> {
    found(tree, PRIVATE.get().map_or(&[], Vec::as_slice))
}

fn found(tree: &Tree, private: &[String]) -> Vec<Fault> {
    let mut faults = Vec::new();
    for path in tree.paths() {
        if let Some(word) = private.iter().find(|word| path.contains(word.as_str())) {
            faults.push(Fault::new(path, 0, format!("its name holds the private word {word:?}")));
        }
        for (number, line) in tree.text(path).unwrap_or_default().lines().enumerate() {
            if let Some(word) = private.iter().find(|word| line.contains(word.as_str())) {
                faults.push(Fault::new(path, number + 1, format!("holds the private word {word:?}")));
            }
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_words_are_found() {
        let private = private_words(Path::new("/home/someone/main"), "# customers\nAcme Corp\n\n");
        assert_eq!(private, ["Acme Corp", "/home/someone/main"]);
        let tree = Tree::of(&[("a.md", "one\nfor Acme Corp\n"), ("b.sh", "cd /home/someone/main/x"), ("c.md", "fine")]);
        let faults: Vec<(String, usize)> =
            found(&tree, &private).into_iter().map(|fault| (fault.path, fault.line)).collect();
        assert_eq!(faults, [("a.md".to_string(), 2), ("b.sh".to_string(), 1)]);
        assert_eq!(private_words(Path::new("/repo"), ""), Vec::<String>::new());
    }
}
