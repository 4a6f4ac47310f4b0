//! The recorded scenarios: what each snapshot holds of each touched file, and its clean point, against
//! the truth that an independent oracle wrote down.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on must fail")]

mod support;

use std::{
    collections::BTreeSet,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use backup::{Backend, OpenOptions, Password, PathHistory, Presence};
use model::{Bytes, CleanPoint, EntryKind, ObjectId, Timestamp, Version};
use serde_json::Value;

const CLOCK_ERROR_NS: i64 = 200_000_000;

fn recordings() -> Vec<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../lab/recordings");
    let mut found: Vec<PathBuf> = fs::read_dir(&directory)
        .unwrap_or_else(|error| panic!("{}: {error}", directory.display()))
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("truth.json").is_file())
        .collect();
    found.sort();
    found
}

/// Unpacks with the times of the files, which are the storage times.
fn unpack(archive: &Path, into: &Path) {
    let bytes = zstd::decode_all(fs::File::open(archive).unwrap()).unwrap();
    let mut tar = Command::new("tar").arg("-xf-").arg("-C").arg(into).stdin(Stdio::piped()).spawn().unwrap();
    tar.stdin.take().unwrap().write_all(&bytes).unwrap();
    assert!(tar.wait().unwrap().success(), "{}", archive.display());
}

fn sha256(backend: &mut dyn Backend, version: &Version) -> String {
    backend.read(version, &mut std::io::sink()).unwrap_or_else(|error| panic!("{error}")).to_string()
}

fn names<'v>(truth: &'v Value, list: &str) -> BTreeSet<&'v str> {
    truth[list].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

/// Every snapshot's answer is the oracle's.
fn compare(backend: &mut dyn Backend, prefix: &str, history: &PathHistory, clean: &str, truth: &Value) {
    let (exact, other) = (names(truth, "exact"), names(truth, "other_versions"));
    for (snapshot, presence) in backend.snapshots().unwrap().iter().zip(&history.presence) {
        let short = if prefix == "restic" { &snapshot.id[..8] } else { &snapshot.id };
        let name = format!("{prefix}:{short}");
        let expected = if exact.contains(name.as_str()) {
            "exact"
        } else if other.contains(name.as_str()) {
            "other"
        } else {
            "absent"
        };
        let found = match presence {
            Presence::Absent => "absent",
            // The oracle compares files; after the attack a link can stand there.
            Presence::Version(index) if history.versions[*index].metadata.entry != EntryKind::File => "absent",
            Presence::Version(index) if sha256(backend, &history.versions[*index]) == clean => "exact",
            Presence::Version(_) => "other",
            other => panic!("{name} {}: {other:?}", history.path),
        };
        assert_eq!(found, expected, "{name} {}", history.path);
    }
}

#[test]
fn every_snapshot_and_clean_point_is_as_the_oracle_says() {
    let recordings = recordings();
    assert!(recordings.len() >= 4, "recordings are missing: {recordings:?}");
    let mut files = 0;
    for recording in recordings {
        let truth: Value = serde_json::from_slice(&fs::read(recording.join("truth.json")).unwrap()).unwrap();
        let root = truth["host_root"].as_str().unwrap();
        let work = tempfile::tempdir().unwrap();
        unpack(&recording.join("backup/restic.tar.zst"), work.path());
        unpack(&recording.join("backup/snapshots.tar.zst"), work.path());
        let options = OpenOptions { password: Some(Password::Given("yobitsugi-lab".to_string())), cache: None };
        let open = |url: String| backup::open(&url, &options).unwrap_or_else(|error| panic!("{error}"));
        let mut backends = vec![
            open(format!("restic:{}/restic", work.path().display())),
            open(format!("dir:{}/snapshots?root={root}", work.path().display())),
        ];
        for backend in &mut backends {
            let snapshots = backend.snapshots().unwrap();
            assert!(snapshots.iter().all(|snapshot| snapshot.warnings.is_empty()), "{snapshots:?}");
        }
        let touched: Vec<&String> = truth["touched"].as_object().unwrap().keys().collect();
        let Some(act) = truth["window_utc"][0].as_str().and_then(|text| Timestamp::parse(text).ok()) else { continue };
        let clean_of = |path: &str| truth["clean_sha256"][path].as_str();
        for path in &touched {
            let Some(clean) = clean_of(path) else { continue };
            files += 1;
            for (backend, prefix) in backends.iter_mut().zip(["restic", "directory"]) {
                let history = backend.history(&[Bytes::from_text(path)], &mut |_, _| {}).unwrap().remove(0);
                compare(backend.as_mut(), prefix, &history, clean, &truth["sources"][path.as_str()]);
            }
        }
        let objects: Vec<_> =
            touched.iter().map(|path| (ObjectId(format!("web-01:{path}")), Bytes::from_text(path), act)).collect();
        let catalogue = backup::catalogue(&mut backends, &objects, act, CLOCK_ERROR_NS, &mut |_, _| {}).unwrap();
        let newest = backends
            .iter_mut()
            .flat_map(|backend| backend.snapshots().unwrap())
            .filter(|snapshot| snapshot.stored.time.0 < act.0 - CLOCK_ERROR_NS)
            .max_by_key(|snapshot| snapshot.stored.time);
        for entry in &catalogue.entries {
            let path = entry.path.to_text();
            let known = names(&truth["sources"][&path], "exact");
            let in_newest = newest
                .as_ref()
                .is_some_and(|newest| known.contains(&*format!("restic:{}", newest.id.get(..8).unwrap_or(""))));
            match (&entry.clean, clean_of(&path)) {
                (CleanPoint::Version { index, .. }, Some(clean)) => {
                    let version = &entry.versions[*index];
                    let source = backends.iter_mut().find(|backend| backend.name() == version.source).unwrap();
                    assert_eq!(sha256(source.as_mut(), version) == clean, in_newest, "{path}");
                }
                (CleanPoint::Absent { .. }, clean) => assert!(clean.is_none() || !in_newest, "{path}"),
                (CleanPoint::Version { .. }, None) => {
                    assert!(truth["touched"][&path]["before_type"] != "file", "{path}")
                }
                (CleanPoint::None { reason }, _) => panic!("{path}: {reason}"),
            }
        }
    }
    assert!(files > 20, "only {files} files were compared");
}
