//! The answer of the read stage does not depend on how many threads work on it.

#![allow(clippy::unwrap_used, reason = "functions of tests that are not tests themselves")]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use flow::{Case, IntakeOptions, ReadOptions, Settings, intake, read};

/// Reads everything that the laboratory recorded; gives the files of the stage by their paths.
fn read_with(threads: usize) -> BTreeMap<PathBuf, Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    let directory = folder.path().join("case");
    let mut case = Case::create(&directory, Settings::named("cores")).unwrap();
    let recordings = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../lab/recordings");
    intake(&mut case, &[recordings], &IntakeOptions { in_place: true }, &mut |_| {}).unwrap();
    read(&mut case, &ReadOptions { threads, ..ReadOptions::default() }, &mut |_| {}).unwrap();
    let mut found = BTreeMap::new();
    for artefact in ["coverage.json", "containers.json"] {
        found.insert(artefact.into(), fs::read(directory.join(artefact)).unwrap());
    }
    let mut folders = vec![directory.join("events")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.insert(path.strip_prefix(&directory).unwrap().to_path_buf(), fs::read(path).unwrap());
            }
        }
    }
    found
}

#[test]
fn any_number_of_threads_stores_the_same_bytes() {
    let one = read_with(1);
    assert!(one.len() > 10 && one.values().map(Vec::len).sum::<usize>() > 500_000, "{:?}", one.keys());
    for threads in [2, 5] {
        let several = read_with(threads);
        assert_eq!(several.keys().collect::<Vec<_>>(), one.keys().collect::<Vec<_>>());
        for (path, bytes) in &one {
            assert!(several[path] == *bytes, "{} differs with {threads} threads", path.display());
        }
    }
}
