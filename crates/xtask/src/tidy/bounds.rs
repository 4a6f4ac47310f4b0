//! Nothing is read or unpacked whole without a bound: an attacker chooses how much there is.

use crate::{
    manifests::{Floor, floor, manifests},
    modules::modules,
    rust_code::{code, names, without_tests},
    tidy::Fault,
    tree::Tree,
};

/// Functions that read or unpack until there is no more, by their last two components.
const UNBOUNDED: &[(&str, &str)] = &[
    ("fs", "read"),
    ("fs", "read_to_string"),
    ("zstd", "decode_all"),
    ("stream", "decode_all"),
    ("stream", "copy_decode"),
    ("io", "copy"),
    ("io", "read_to_string"),
];

/// Source files that may call them, each with what bounds the input there.
const MAY: &[(&str, &str)] =
    &[("crates/custody/src/entry.rs", "files of the kernel in /proc that hold one number or name")];

pub(super) fn faults(tree: &Tree) -> Vec<Fault> {
    let mut faults = Vec::new();
    for manifest in manifests(tree).into_iter().filter(|manifest| floor(&manifest.name) != Some(Floor::Beside)) {
        for path in modules(tree, &manifest.directory).product {
            if MAY.iter().any(|(allowed, _)| path == *allowed) {
                continue;
            }
            let text = without_tests(&code(tree.text(&path).unwrap_or_default()).text);
            for named in names(&text) {
                let mut words = named.path.rsplit("::");
                let pair = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
                if UNBOUNDED.contains(&(pair.1, pair.0)) {
                    let text = format!(
                        "{} has no bound; use stdx::capped or a decoder that is fed piece by piece",
                        named.path
                    );
                    faults.push(Fault::new(&path, named.line, text));
                }
            }
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::planted;

    fn one(name: &str, source: &str) -> Vec<String> {
        let manifest = format!("[package]\nname = \"{name}\"");
        planted(faults, &[("crates/x/Cargo.toml", &manifest), ("crates/x/src/lib.rs", source)])
    }

    #[test]
    fn bounded_readers_and_tests_are_fine() {
        assert!(one("intake", "fn f() { stdx::capped::read_to_end(file, MAX); file.read(&mut piece); }").is_empty());
        assert!(one("intake", "#[cfg(test)] mod tests { fn f() { fs::read(p); } }").is_empty());
        assert!(one("testkit", "fn f() { fs::read_to_string(p); }").is_empty());
    }

    #[test]
    fn unbounded_readers_are_found() {
        for source in
            ["fn f() { std::fs::read(p); }", "use std::fs::read_to_string;", "fn f() { zstd::stream::decode_all(r); }"]
        {
            assert_eq!(one("intake", source).len(), 1, "{source}");
        }
    }
}
