//! A source file answers one question; one that needs more lines says why in its first ones.

use crate::{tidy::Fault, tree::Tree};

/// Most lines of a source file without a reason. Files here settle at 60 to 350.
const LINES_MAX: usize = 600;

/// How many lines from the top may hold the reason.
const REASON_WITHIN: usize = 5;

const REASON: &str = "// tidy: long, because ";

pub(super) fn faults(tree: &Tree) -> Vec<Fault> {
    let mut faults = Vec::new();
    for path in tree.matching("", ".rs") {
        let text = tree.text(path).unwrap_or_default();
        let lines = text.lines().count();
        let reason =
            text.lines().take(REASON_WITHIN).any(|line| line.strip_prefix(REASON).is_some_and(|why| why.len() > 10));
        if lines > LINES_MAX && !reason {
            let text = format!("{lines} lines; split it, or say `{REASON}…` in its first {REASON_WITHIN} lines");
            faults.push(Fault::new(path, 0, text));
        } else if lines <= LINES_MAX && reason {
            faults.push(Fault::new(path, 0, format!("{lines} lines are not long; take the reason out")));
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::planted;

    #[test]
    fn long_files_need_a_reason() {
        let long = "x\n".repeat(LINES_MAX + 1);
        let reason = "// tidy: long, because it is one table\n";
        assert!(planted(faults, &[("a.rs", &"x\n".repeat(LINES_MAX))]).is_empty());
        assert!(planted(faults, &[("a.rs", &format!("{reason}{long}"))]).is_empty());
        assert_eq!(planted(faults, &[("a.rs", &long)]).len(), 1);
        assert_eq!(planted(faults, &[("a.rs", &format!("// tidy: long, because \n{long}"))]).len(), 1);
        assert_eq!(planted(faults, &[("a.rs", reason)]).len(), 1);
    }
}
