//! Links between files of the repository lead somewhere, and none leaves it.

use crate::{tidy::Fault, tree::Tree};

pub(super) fn faults(tree: &Tree) -> Vec<Fault> {
    let mut faults = Vec::new();
    for path in tree.matching("", ".md") {
        // Pages are tests: their blocks quote logs.
        if path.contains("/tests/") {
            continue;
        }
        for (number, line) in tree.text(path).unwrap_or_default().lines().enumerate() {
            for target in targets(line) {
                if target.contains("://") || target.starts_with(['#', '<']) || target.starts_with("mailto:") {
                    continue;
                }
                let target = target.split('#').next().unwrap_or_default();
                match resolved(path, target) {
                    None => faults.push(Fault::new(path, number + 1, format!("{target} leaves the repository"))),
                    Some(found) if tree.contains(&found) || tree.has_directory(&found) => {}
                    Some(_) => faults.push(Fault::new(path, number + 1, format!("there is no {target}"))),
                }
            }
        }
    }
    faults
}

/// What stands in `[…](HERE)`, outside of code.
fn targets(line: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = line;
    while let Some(at) = rest.find("](") {
        let inside = &rest[at + 2..];
        let Some(end) = inside.find(')') else { break };
        if rest[..at].matches('`').count().is_multiple_of(2) {
            found.push(inside[..end].split_whitespace().next().unwrap_or_default());
        }
        rest = &inside[end..];
    }
    found
}

/// The path below the root that `target` means in the file at `path`, `None` when it lies outside.
fn resolved(path: &str, target: &str) -> Option<String> {
    let mut parts: Vec<&str> = path.split('/').collect();
    parts.pop();
    for part in target.trim_end_matches('/').split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::planted;

    #[test]
    fn links_that_hold_are_fine() {
        let text = "[a](b.md#part) [c](../lab/) [d](https://x.example/) [e](#here) `[f](nothing.md)`";
        assert!(planted(faults, &[("docs/a.md", text), ("docs/b.md", "x"), ("lab/record", "x")]).is_empty());
    }

    #[test]
    fn broken_and_outside_links_are_found() {
        let found = planted(faults, &[("docs/a.md", "x\n[a](b.md) and [b](../../outside.md)")]);
        assert_eq!(found, ["docs/a.md:2: ../../outside.md leaves the repository", "docs/a.md:2: there is no b.md"]);
    }
}
