//! Only `restore` writes to a target; who else writes at all is listed here with where and why.

use crate::{
    manifests::manifests,
    modules::modules,
    rust_code::{code, names, without_tests},
    tidy::Fault,
    tree::Tree,
};

/// Source files that may write, by the start of their path.
const MAY_WRITE: &[(&str, &str)] = &[
    ("crates/restore/src/", "the writer: the only one whose paths lie in a target"),
    ("crates/stdx/src/atomic.rs", "files of a case, whole or not at all"),
    ("crates/stdx/src/lib.rs", "gives the writer of case files its short name"),
    ("crates/stdx/src/lock.rs", "the lock file of a case"),
    ("crates/store/src/", "the events directory of a case"),
    ("crates/custody/src/", "the custody log, key and checkpoints of a case"),
    ("crates/intake/src/originals.rs", "copies of the originals in the evidence directory of a case"),
    ("crates/intake/src/take.rs", "that directory, and evidence.json"),
    ("crates/backup/src/backends/restic/version_index.rs", "the version index, in the cache directory of a case"),
    ("crates/flow/src/", "the case directory itself"),
    ("crates/testkit/src/", "accepted answers, when a person asks for it"),
    ("crates/xtask/src/", "generated documents and the demonstration's copies"),
    ("bench/src/", "made-up logs to measure with, in a temporary directory"),
];

/// Functions that write, by their last two components.
const WRITERS: &[(&str, &[&str])] = &[
    (
        "fs",
        &[
            "write",
            "create_dir",
            "create_dir_all",
            "remove_file",
            "remove_dir",
            "remove_dir_all",
            "rename",
            "hard_link",
            "copy",
            "set_permissions",
            "set_times",
            "soft_link",
            "symlink",
            "chown",
            "lchown",
            "fchown",
            "OpenOptions",
            "DirBuilder",
            "renameat",
            "renameat_with",
            "unlinkat",
            "unlink",
            "mkdirat",
            "mkdir",
            "linkat",
            "link",
            "symlinkat",
            "mknodat",
            "fchmod",
            "chmod",
            "chmodat",
            "chownat",
            "fsetxattr",
            "lsetxattr",
            "setxattr",
            "fremovexattr",
            "lremovexattr",
            "removexattr",
            "utimensat",
            "futimens",
            "ftruncate",
            "truncate",
            "fallocate",
        ],
    ),
    ("File", &["create", "create_new", "options"]),
    ("OFlags", &["WRONLY", "RDWR", "CREATE", "TRUNC", "APPEND", "TMPFILE"]),
    ("stdx", &["write_atomic", "atomic"]),
    ("atomic", &["write_atomic"]),
    ("artefact", &["write"]),
];

pub(super) fn faults(tree: &Tree) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut writing = Vec::new();
    for manifest in manifests(tree) {
        for path in modules(tree, &manifest.directory).product {
            let text = without_tests(&code(tree.text(&path).unwrap_or_default()).text);
            for named in names(&text).into_iter().filter(|named| writes(&named.path)) {
                if MAY_WRITE.iter().any(|(allowed, _)| path.starts_with(allowed)) {
                    writing.push(path.clone());
                    break;
                }
                let text =
                    format!("names {}, and may not write; if it must, say where and why in tidy/writes.rs", named.path);
                faults.push(Fault::new(&path, named.line, text));
            }
        }
    }
    for (allowed, _) in MAY_WRITE {
        let (is_there, is_used) =
            (tree.paths().any(|path| path.starts_with(allowed)), writing.iter().any(|path| path.starts_with(allowed)));
        if is_there && !is_used {
            faults.push(Fault::new(allowed, 0, "does not write; take it out of tidy/writes.rs"));
        }
    }
    faults
}

fn writes(path: &str) -> bool {
    let words: Vec<&str> = path.split("::").collect();
    words.windows(2).any(|pair| WRITERS.iter().any(|(module, names)| pair[0] == *module && names.contains(&pair[1])))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::planted;

    fn one(directory: &str, source: &str) -> Vec<String> {
        let manifest = "[package]\nname = \"x\"";
        planted(faults, &[(&format!("{directory}/Cargo.toml"), manifest), (&format!("{directory}/src/lib.rs"), source)])
    }

    #[test]
    fn readers_tests_and_listed_writers_are_fine() {
        assert!(one("crates/backup", "use std::fs::File; fn f() { File::open(p); fs::read(p); }").is_empty());
        assert!(one("crates/backup", "#[cfg(test)] mod tests { fn f() { std::fs::write(a, b); } }").is_empty());
        assert!(one("crates/restore", "use rustix::fs::{renameat, openat2};").is_empty());
    }

    #[test]
    fn every_way_to_write_is_found() {
        for source in [
            "fn f() { std::fs::write(a, b); }",
            "fn f() { fs::remove_file(a); }",
            "fn f() { File::create(a); }",
            "use std::fs::{File, OpenOptions};",
            "use rustix::fs::{openat, OFlags, unlinkat};",
            "fn f() { open(p, OFlags::RDWR | x); }",
            "fn f() { stdx::write_atomic(p, b); }",
            "use std::os::unix::fs::symlink;",
        ] {
            assert_eq!(one("crates/backup", source).len(), 1, "{source}");
        }
        assert!(one("crates/restore", "fn f() {}")[0].contains("does not write"));
    }
}
