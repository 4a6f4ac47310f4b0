//! Nothing is only pretended: no empty file, no placeholder, no test that is skipped without a reason.

use crate::{
    rust_code::{code, names},
    tidy::Fault,
    tree::Tree,
};

/// Macros that stand for work not done.
const PLACEHOLDERS: &[&str] = &["todo", "unimplemented"];

pub(super) fn faults(tree: &Tree) -> Vec<Fault> {
    let mut faults = Vec::new();
    for path in tree.paths() {
        if tree.bytes(path).is_some_and(|bytes| bytes.trim_ascii().is_empty()) && !path.contains("/recordings/") {
            faults.push(Fault::new(path, 0, "is empty"));
        }
    }
    for path in tree.matching("", ".rs") {
        let code = code(tree.text(path).unwrap_or_default());
        let words = code.text.split_whitespace().collect::<Vec<_>>().join(" ");
        let is_blank = tree.bytes(path).unwrap_or_default().trim_ascii().is_empty();
        if matches!(words.as_str(), "" | "fn main() {}") && !is_blank {
            faults.push(Fault::new(path, 0, "holds no code"));
        }
        for named in names(&code.text) {
            if PLACEHOLDERS.contains(&named.path.as_str()) && is_macro(&code.text, &named.path) {
                faults.push(Fault::new(path, named.line, format!("{}! stands for work not done", named.path)));
            }
        }
        for (number, line) in code.text.lines().enumerate() {
            if line.replace(' ', "").contains("#[ignore]") {
                let text = "a test is ignored without a reason: #[ignore = \"…\"]";
                faults.push(Fault::new(path, number + 1, text));
            }
        }
    }
    faults
}

fn is_macro(text: &str, name: &str) -> bool {
    text.contains(&format!("{name}!"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::planted;

    #[test]
    fn code_and_reasons_are_fine() {
        let source = "fn f() { let s = \"todo!()\"; }\n#[test]\n#[ignore = \"needs root\"]\nfn t() {}";
        assert!(planted(faults, &[("a.rs", source), ("b.md", "todo")]).is_empty());
    }

    #[test]
    fn every_pretence_is_found() {
        for source in ["", "  \n", "fn main() {}\n", "//! words\n", "fn f() { todo!() }", "#[ignore]\nfn t() {}"] {
            assert_eq!(planted(faults, &[("a.rs", source)]).len(), 1, "{source:?}");
        }
        assert_eq!(planted(faults, &[("docs/a.md", "")]).len(), 1);
    }
}
