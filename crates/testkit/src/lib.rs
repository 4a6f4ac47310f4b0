//! Test support shared by all crates: pages and golden files. A dev-dependency only.
//!
//! Both compare what a test produced with what a person read and accepted. With the environment
//! variable `YOBITSUGI_UPDATE=1` they write the new answer instead of failing; the change is then
//! read in review like any other. Tests run in their crate's directory, so paths are relative to it.

pub mod golden;
pub mod page;

/// Whether accepted answers are to be rewritten: `YOBITSUGI_UPDATE=1`.
fn updating() -> bool {
    std::env::var_os("YOBITSUGI_UPDATE").is_some_and(|value| value == "1")
}

/// The first differing line of two texts with one line of context, or `None` when they are equal.
fn first_difference(expected: &str, actual: &str) -> Option<String> {
    if expected == actual {
        return None;
    }
    let (mut old, mut new) = (expected.lines(), actual.lines());
    let (mut number, mut before) = (0, "");
    loop {
        number += 1;
        match (old.next(), new.next()) {
            (Some(left), Some(right)) if left == right => before = left,
            (None, None) => return Some("the texts differ in their line ends only".to_string()),
            (left, right) => {
                let (left, right) = (left.unwrap_or("(end)"), right.unwrap_or("(end)"));
                return Some(format!("line {number}:\n      {before}\n    - {left}\n    + {right}"));
            }
        }
    }
}
