//! A recording unpacked into a temporary directory, and the program run on it.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, Read},
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    process::{Command, Output},
    time::{Duration, SystemTime},
};

use serde_json::Value;
use sha2::Digest as _;
use tempfile::TempDir;

pub(crate) const PASSWORD: &str = "yobitsugi-lab\n";

pub(crate) struct World {
    directory: TempDir,
    scenario: String,
}

impl World {
    /// Unpacks a recording: `target/srv/host`, `backup/restic`, `copies/snapshots`, `password`.
    pub(crate) fn of(scenario: &str) -> Self {
        let world = Self { directory: tempfile::tempdir().unwrap(), scenario: scenario.to_string() };
        let recording = world.recording();
        unpack(&recording.join("target.tar.zst"), &world.path("target/srv"));
        unpack(&recording.join("backup/restic.tar.zst"), &world.path("backup"));
        unpack(&recording.join("backup/snapshots.tar.zst"), &world.path("copies"));
        fs::write(world.path("password"), PASSWORD).unwrap();
        world
    }

    /// An empty directory.
    pub(crate) fn empty() -> Self {
        Self { directory: tempfile::tempdir().unwrap(), scenario: String::new() }
    }

    pub(crate) fn recording(&self) -> PathBuf {
        recording(&self.scenario)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn text(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_string()
    }

    pub(crate) fn truth(&self) -> Value {
        serde_json::from_slice(&fs::read(self.recording().join("truth.json")).unwrap()).unwrap()
    }

    /// The content of an artefact of `case`; `None` when it is not there.
    pub(crate) fn artefact(&self, case: &str, name: &str) -> Option<Value> {
        let bytes = fs::read(self.path(case).join(name)).ok()?;
        Some(serde_json::from_slice::<Value>(&bytes).unwrap()["content"].clone())
    }

    /// The program with these words, not yet run, in a fixed environment.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("yobitsugi"));
        command.args(words).current_dir(self.directory.path()).env_clear().env("LANG", "C.UTF-8");
        command
    }

    pub(crate) fn run(&self, words: &[&str]) -> Ran {
        Ran::of(self.command(words).output().unwrap())
    }

    /// `investigate` on the recording's own evidence with both of its backups.
    pub(crate) fn investigate(&self, case: &str, more: &[&str]) -> Ran {
        let evidence = self.recording().join("evidence");
        let mut words = vec!["investigate", evidence.to_str().unwrap(), "--case", case];
        let (restic, copies) = (self.restic(), self.copies());
        words.extend(["--backup", &restic, "--backup", &copies, "--password-file", "password"]);
        words.extend(more);
        self.run(&words)
    }

    pub(crate) fn restic(&self) -> String {
        format!("restic:{}", self.text("backup/restic"))
    }

    pub(crate) fn copies(&self) -> String {
        format!("dir:{}?root=/srv/host", self.text("copies/snapshots"))
    }
}

pub(crate) fn recording(scenario: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../lab/recordings").join(scenario).canonicalize().unwrap()
}

/// What a run of the program printed and how it ended.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    pub(crate) fn of(output: Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        Self { code: output.status.code().unwrap_or(-1), out: text(&output.stdout), err: text(&output.stderr) }
    }

    #[track_caller]
    pub(crate) fn ends_with(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.out, self.err);
        self
    }

    /// Failed with this code, said what was found and what to do next, and printed no data.
    #[track_caller]
    pub(crate) fn fails_with(self, code: i32, found: &str, next: &str) -> Self {
        let ran = self.ends_with(code);
        assert!(ran.err.contains(found), "found {found:?}:\n{}", ran.err);
        assert!(ran.err.contains("Next: ") && ran.err.contains(next), "next {next:?}:\n{}", ran.err);
        assert!(!ran.err.contains('⟦') && !ran.err.contains("panicked"), "{}", ran.err);
        ran
    }
}

/// The decoded audit log of a recording.
pub(crate) fn log(scenario: &str) -> Vec<u8> {
    let evidence = recording(scenario).join("evidence");
    let mut files: Vec<PathBuf> = fs::read_dir(evidence).unwrap().map(|entry| entry.unwrap().path()).collect();
    // `audit.log.1` is older than `audit.log`.
    files.sort_by_key(|file| std::cmp::Reverse(file.to_string_lossy().contains("log.1")));
    let mut out = Vec::new();
    for file in files {
        let bytes = fs::read(&file).unwrap();
        match file.extension().and_then(|end| end.to_str()) {
            Some("zst") => zstd::stream::copy_decode(&bytes[..], &mut out).unwrap(),
            Some("gz") => {
                flate2::read::MultiGzDecoder::new(&bytes[..]).read_to_end(&mut out).unwrap();
            }
            _ => out.extend(bytes),
        }
    }
    out
}

/// Unpacks an archive of the recordings with owners (as root), modes, times and attributes.
fn unpack(archive: &Path, into: &Path) {
    fs::create_dir_all(into).unwrap();
    let open = || tar::Archive::new(zstd::Decoder::new(fs::File::open(archive).unwrap()).unwrap());
    let mut tar = open();
    tar.set_preserve_permissions(true);
    tar.set_preserve_ownerships(is_root());
    tar.set_preserve_mtime(true);
    tar.set_unpack_xattrs(true);
    tar.unpack(into).unwrap();
    // Times of directories come last: a copy's time is that of its directory.
    for entry in open().entries().unwrap() {
        let entry = entry.unwrap();
        if entry.header().entry_type().is_dir() {
            let directory = fs::File::open(into.join(entry.path().unwrap())).unwrap();
            let modified = SystemTime::UNIX_EPOCH + Duration::from_secs(entry.header().mtime().unwrap());
            directory.set_modified(modified).unwrap();
        }
    }
}

pub(crate) fn is_root() -> bool {
    fs::metadata("/proc/self").unwrap().uid() == 0
}

/// All that a sweep sees of one entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) kind: char,
    pub(crate) mode: u32,
    pub(crate) owner: (u32, u32),
    pub(crate) modified: (i64, i64),
    pub(crate) sha256: Option<String>,
}

/// Every entry below `root` by its path there; our own directories at the top are left out.
pub(crate) fn sweep(root: &Path) -> BTreeMap<String, Seen> {
    let mut seen = BTreeMap::new();
    let mut open = vec![root.to_path_buf()];
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(&directory).unwrap() {
            let path = entry.unwrap().path();
            let below = path.strip_prefix(root).unwrap().to_str().unwrap();
            if below.starts_with(".yobitsugi-") {
                continue;
            }
            let stat = path.symlink_metadata().unwrap();
            let (kind, sha256) = match stat.file_type() {
                kind if kind.is_dir() => ('d', None),
                kind if kind.is_symlink() => {
                    ('l', Some(sha256(fs::read_link(&path).unwrap().as_os_str().as_encoded_bytes())))
                }
                kind if kind.is_file() => ('f', Some(sha256(&fs::read(&path).unwrap()))),
                _ => ('s', None),
            };
            if kind == 'd' {
                open.push(path.clone());
            }
            let entry = Seen {
                kind,
                mode: stat.permissions().mode() & 0o7777,
                owner: (stat.uid(), stat.gid()),
                modified: (stat.mtime(), stat.mtime_nsec()),
                sha256,
            };
            seen.insert(format!("/{below}"), entry);
        }
    }
    seen
}

/// SHA-256 of every file below the quarantine directories at the top of `target`.
pub(crate) fn quarantined(target: &Path) -> Vec<String> {
    let mut hashes = Vec::new();
    let tops = fs::read_dir(target).unwrap().map(|entry| entry.unwrap().path());
    let mut open: Vec<PathBuf> =
        tops.filter(|path| path.to_string_lossy().contains("/.yobitsugi-quarantine-")).collect();
    while let Some(path) = open.pop() {
        let stat = path.symlink_metadata().unwrap();
        if stat.is_dir() {
            open.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if stat.is_file() {
            hashes.push(sha256(&fs::read(&path).unwrap()));
        }
    }
    hashes
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Copies a tree, for runs under another user.
pub(crate) fn copy(from: &Path, to: &Path) -> io::Result<()> {
    if from.is_dir() {
        fs::create_dir_all(to)?;
        for entry in fs::read_dir(from)? {
            let entry = entry?;
            copy(&entry.path(), &to.join(entry.file_name()))?;
        }
        return Ok(());
    }
    fs::copy(from, to).map(drop)
}
