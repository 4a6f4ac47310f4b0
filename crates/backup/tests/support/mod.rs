//! Sources for tests: real repositories by the `restic` command, and hand-made ones by `writer`.

#![allow(dead_code, reason = "each test uses its part")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot be set up must fail")]

pub mod writer;

use std::{
    collections::BTreeMap,
    fs,
    io::Read as _,
    os::unix::{ffi::OsStrExt as _, fs::OpenOptionsExt as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, SystemTime},
};

use backup::{Backend, OpenOptions, Password};
use model::{Bytes, Sha256, Timestamp};

/// The first day of all tests: 2026-01-01T00:00:00Z.
pub const FIRST_DAY: i64 = 1_767_225_600;

/// Noon of the day `number`, 0 being 2026-01-01, UTC.
pub fn noon(number: i64) -> Timestamp {
    Timestamp::from_seconds(FIRST_DAY + number * 86_400 + 43_200, 0)
}

pub fn path_bytes(path: &Path) -> Bytes {
    Bytes::from(path.as_os_str().as_bytes())
}

/// Sets the modification time of a file or directory.
pub fn set_time(path: &Path, time: Timestamp) {
    let time = SystemTime::UNIX_EPOCH + Duration::from_nanos(u64::try_from(time.0).unwrap());
    fs::File::open(path).unwrap().set_modified(time).unwrap();
}

/// Runs the command, which must succeed.
pub fn run(command: &mut Command) {
    let text = format!("{command:?}");
    let output = command.stdin(Stdio::null()).output();
    let output =
        output.unwrap_or_else(|error| panic!("{text}: {error} (`make test` installs restic: apt-get install restic)"));
    assert!(output.status.success(), "{text}: {}", String::from_utf8_lossy(&output.stderr));
}

pub fn restic(repository: &Path) -> Command {
    let mut command = Command::new("restic");
    command.env("RESTIC_PASSWORD", "correct horse").env("RESTIC_REPOSITORY", repository).args(["--no-cache", "-q"]);
    command
}

/// A new repository of that format version.
pub fn restic_init(repository: &Path, version: u8) {
    run(restic(repository).args(["init", "--repository-version", &version.to_string()]));
}

/// Backs `root` up as of `time`, and gives the new snapshot file that storage time.
pub fn restic_backup(repository: &Path, root: &Path, time: Timestamp, extra: &[&str]) -> String {
    let before = snapshot_files(repository);
    let declared = time.to_string()[..19].replace('T', " ");
    run(restic(repository).env("TZ", "UTC").args(["backup", "--time", &declared]).args(extra).arg(root));
    let mut new = snapshot_files(repository);
    new.retain(|name, _| !before.contains_key(name));
    let (name, path) = new.pop_first().expect("a new snapshot file");
    set_time(&path, Timestamp(time.0 + 60_000_000_000));
    name
}

pub fn snapshot_files(repository: &Path) -> BTreeMap<String, PathBuf> {
    let entries = fs::read_dir(repository.join("snapshots")).unwrap();
    entries
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.file_name().unwrap().to_str().unwrap().to_string(), path))
        .collect()
}

/// Copies a tree with all attributes and times.
pub fn copy_tree(from: &Path, to: &Path) {
    run(Command::new("cp").arg("-a").arg(from).arg(to));
}

pub fn options() -> OpenOptions {
    OpenOptions { password: Some(Password::Given("correct horse".to_string())), cache: None }
}

pub fn open(url: &str) -> Box<dyn Backend> {
    backup::open(url, &options()).unwrap_or_else(|error| panic!("{error}"))
}

/// Every file below a directory with its hash, mode and times: what must not change.
pub fn fingerprint(directory: &Path) -> Vec<String> {
    let mut lines = Vec::new();
    let mut open = vec![directory.to_path_buf()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            let metadata = fs::symlink_metadata(&path).unwrap();
            let times = format!(
                "{:?} {:?} {:?}",
                metadata.permissions(),
                metadata.modified().unwrap(),
                metadata.accessed().unwrap()
            );
            if metadata.is_dir() {
                lines.push(format!(
                    "{} {:?} {:?}",
                    path.display(),
                    metadata.permissions(),
                    metadata.modified().unwrap()
                ));
                open.push(path);
            } else if metadata.is_file() {
                lines.push(format!("{} {times} {}", path.display(), Sha256::of(&read_untouched(&path))));
            }
        }
    }
    lines.sort();
    lines
}

/// Reads without moving the access time, which is part of what must not change. 0o1000000 is `O_NOATIME`.
fn read_untouched(path: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut file = fs::File::options().read(true).custom_flags(0o1_000_000).open(path).unwrap();
    file.read_to_end(&mut bytes).unwrap();
    bytes
}
