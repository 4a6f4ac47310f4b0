//! A host tree, a case beside it, and plans made of short lines.

use std::{
    collections::BTreeMap,
    fs,
    io::Write,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use model::{
    Approval, Approved, Bytes, ContentRef, EntryKind, Fingerprint, Metadata, ObjectId, Plan, Receipt, RestoreSource,
    Sha256, Step, StepAction, StepId, StepState, Timestamp, Xattr,
};
use restore::{ContentSource, Error, FaultPoint, FetchError, NoFaults, Ownership, Run, Selection, Target, Undone};
use stdx::FixedClock;

pub const CLEAN_TIME: Timestamp = Timestamp(1_700_000_000_123_456_789);

/// Clean content in memory, by hash.
#[derive(Clone, Default)]
pub struct Memory(pub BTreeMap<Sha256, Vec<u8>>);

impl ContentSource for Memory {
    fn fetch(&mut self, from: &RestoreSource, out: &mut dyn Write) -> Result<Sha256, FetchError> {
        let ContentRef::Blobs { blobs, .. } = &from.content else {
            return Err(FetchError("no blobs".into()));
        };
        let bytes = blobs.iter().map(|blob| self.0.get(blob).cloned()).collect::<Option<Vec<_>>>();
        let bytes = bytes.ok_or_else(|| FetchError("blob is missing".into()))?.concat();
        // Small writes of odd lengths, as a backend makes them.
        for part in bytes.chunks(7_919) {
            out.write_all(part).map_err(|error| FetchError(error.to_string()))?;
        }
        Ok(Sha256::of(&bytes))
    }
}

pub struct World {
    _directory: tempfile::TempDir,
    pub host: PathBuf,
    pub outside: PathBuf,
    pub case: PathBuf,
    pub memory: Memory,
    pub steps: Vec<Step>,
}

pub fn metadata(entry: EntryKind, mode: u32) -> Metadata {
    let (uid, gid) = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
    Metadata {
        entry,
        mode: Some(mode),
        uid: Some(uid),
        gid: Some(gid),
        size: None,
        modified: Some(CLEAN_TIME),
        inode: None,
        links: Some(1),
        xattrs: Some(Vec::new()),
    }
}

impl World {
    pub fn new() -> Self {
        Self::in_directory(tempfile::tempdir().unwrap())
    }

    /// On a memory file system, where fsync costs nothing; for tests that run a plan a thousand times.
    pub fn in_memory() -> Self {
        let shared = Path::new("/dev/shm");
        let directory = if shared.is_dir() { tempfile::tempdir_in(shared) } else { tempfile::tempdir() };
        Self::in_directory(directory.unwrap())
    }

    pub fn in_directory(directory: tempfile::TempDir) -> Self {
        let path = directory.path().canonicalize().unwrap();
        let world = Self {
            host: path.join("host"),
            outside: path.join("outside"),
            case: path.join("case"),
            memory: Memory::default(),
            steps: Vec::new(),
            _directory: directory,
        };
        for made in [&world.host, &world.outside, &world.case] {
            fs::create_dir(made).unwrap();
        }
        world
    }

    /// The path on this machine of a host path.
    pub fn at(&self, host_path: &str) -> PathBuf {
        self.host.join(host_path.trim_start_matches('/'))
    }

    /// What the attacker left: a file, with its parents.
    pub fn hacked(&self, host_path: &str, content: &str) -> PathBuf {
        let path = self.at(host_path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    /// Gives everything on the host one time, so that two worlds built alike look alike.
    pub fn settle_times(&self) {
        let time = rustix::fs::Timespec { tv_sec: 1_600_000_000, tv_nsec: 987_654_321 };
        let times = rustix::fs::Timestamps { last_access: time, last_modification: time };
        for path in self.picture().into_keys() {
            let path = self.host.join(path);
            rustix::fs::utimensat(rustix::fs::CWD, &path, &times, rustix::fs::AtFlags::SYMLINK_NOFOLLOW).unwrap();
        }
    }

    fn add(&mut self, path: &[u8], action: StepAction) -> StepId {
        let id = self.steps.len() as StepId + 1;
        self.steps.push(Step {
            id,
            object: ObjectId(format!("host:{}", Bytes::from(path).to_text())),
            path: Bytes::from(path),
            action,
            reason: "content_changed".into(),
            candidates: Vec::new(),
            events: Vec::new(),
        });
        id
    }

    pub fn source(&mut self, content: &[u8]) -> RestoreSource {
        let sha256 = Sha256::of(content);
        self.memory.0.insert(sha256, content.to_vec());
        let content = ContentRef::Blobs { blobs: vec![sha256], sha256: Some(sha256) };
        RestoreSource { source: "memory".into(), snapshot: "s1".into(), content }
    }

    pub fn write_with(&mut self, path: &[u8], content: &[u8], metadata: Metadata) -> StepId {
        let from = self.source(content);
        self.add(path, StepAction::WriteFile { from, metadata })
    }

    pub fn write(&mut self, path: &str, content: &str) -> StepId {
        let metadata = Metadata { size: Some(content.len() as u64), ..metadata(EntryKind::File, 0o640) };
        self.write_with(path.as_bytes(), content.as_bytes(), metadata)
    }

    pub fn set_metadata(&mut self, path: &str, content: &str, metadata: Metadata) -> StepId {
        let from = self.source(content.as_bytes());
        self.add(path.as_bytes(), StepAction::SetMetadata { from, metadata })
    }

    pub fn directory(&mut self, path: &str, mode: u32) -> StepId {
        let from = RestoreSource { source: "memory".into(), snapshot: "s1".into(), content: ContentRef::Empty };
        let metadata = metadata(EntryKind::Directory, mode);
        self.add(path.as_bytes(), StepAction::MakeDirectory { from, metadata })
    }

    pub fn symlink(&mut self, path: &str, text: &str) -> StepId {
        let from = RestoreSource { source: "memory".into(), snapshot: "s1".into(), content: ContentRef::Empty };
        let metadata = metadata(EntryKind::Symlink { target: text.into() }, 0o777);
        self.add(path.as_bytes(), StepAction::MakeSymlink { from, metadata })
    }

    pub fn quarantine(&mut self, path: &str) -> StepId {
        self.add(path.as_bytes(), StepAction::Quarantine)
    }

    pub fn approved(&self) -> Approved {
        approve(self.steps.clone())
    }

    pub fn target(&self) -> Target {
        Target::open_root(&self.host).unwrap()
    }

    pub fn run(&self) -> Vec<Receipt> {
        self.run_with(&self.target(), &NoFaults).unwrap()
    }

    pub fn run_with(&self, target: &Target, faults: &dyn FaultPoint) -> Result<Vec<Receipt>, Error> {
        let clock = FixedClock::at(CLEAN_TIME);
        let mut memory = self.memory.clone();
        let run = Run {
            case: &self.case,
            ownership: Ownership::of_this_process(),
            clock: &clock,
            faults,
            progress: &mut |_| {},
        };
        restore::execute(&self.approved(), target, &mut memory, run)
    }

    pub fn undo(&self, selection: &Selection) -> Undone {
        self.undo_with(selection, &NoFaults).unwrap()
    }

    pub fn undo_with(&self, selection: &Selection, faults: &dyn FaultPoint) -> Result<Undone, Error> {
        let clock = FixedClock::at(CLEAN_TIME);
        let run = Run {
            case: &self.case,
            ownership: Ownership::of_this_process(),
            clock: &clock,
            faults,
            progress: &mut |_| {},
        };
        restore::undo(&self.approved(), &self.target(), selection, run)
    }

    /// Our private directories at the top of the target, sorted.
    pub fn private(&self) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(&self.host)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .filter(|name| name.starts_with(".yobitsugi-"))
            .collect();
        names.sort();
        names
    }

    /// Names and contents in quarantine, sorted.
    pub fn quarantined(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        for directory in self.private().iter().filter(|name| name.contains("quarantine")) {
            for entry in fs::read_dir(self.host.join(directory)).unwrap() {
                let entry = entry.unwrap();
                let kept = snapshot(&entry.path());
                found.push((entry.file_name().to_string_lossy().into_owned(), kept));
            }
        }
        found.sort();
        found
    }

    /// Every object below the host tree but our own, with all that an undo must bring back.
    pub fn picture(&self) -> BTreeMap<PathBuf, String> {
        let mut all = BTreeMap::new();
        picture_into(&self.host, &self.host, &mut all);
        all
    }
}

fn picture_into(root: &Path, directory: &Path, all: &mut BTreeMap<PathBuf, String>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().unwrap().to_string_lossy().starts_with(".yobitsugi-") {
            continue;
        }
        all.insert(path.strip_prefix(root).unwrap().to_path_buf(), snapshot(&path));
        if path.symlink_metadata().unwrap().is_dir() {
            picture_into(root, &path, all);
        }
    }
}

/// Kind, mode, owner, times, content and attributes of one object; directories without their times.
pub fn snapshot(path: &Path) -> String {
    let Ok(found) = path.symlink_metadata() else { return "nothing".into() };
    let kind = found.file_type();
    let what = if kind.is_file() {
        format!("file {:?}", Sha256::of(&fs::read(path).unwrap_or_default()).short())
    } else if kind.is_symlink() {
        format!("link {:?}", fs::read_link(path).unwrap())
    } else if kind.is_dir() {
        "directory".to_string()
    } else {
        format!("special {:o}", found.mode() & 0o170_000)
    };
    let time = if kind.is_dir() { String::new() } else { format!("{}.{:09}", found.mtime(), found.mtime_nsec()) };
    format!("{what} {:o} {}:{} {time} {:?}", found.mode() & 0o7777, found.uid(), found.gid(), xattrs(path))
}

pub fn xattrs(path: &Path) -> Vec<Xattr> {
    let mut list = vec![0_u8; 65_536];
    let length = rustix::fs::llistxattr(path, &mut list[..]).unwrap_or(0);
    let mut found = Vec::new();
    for name in list[..length].split(|&byte| byte == 0).filter(|name| !name.is_empty()) {
        let mut value = vec![0_u8; 65_536];
        if let Ok(length) = rustix::fs::lgetxattr(path, name, &mut value[..]) {
            found.push(Xattr { name: name.into(), value: value[..length].into() });
        }
    }
    found.sort();
    found
}

pub fn approve(steps: Vec<Step>) -> Approved {
    let mut plan = Plan {
        id: Sha256::of(b""),
        first_hostile_act: Timestamp(0),
        clock_error_ns: 0,
        steps,
        not_restored: Vec::new(),
    };
    plan.id = plan.computed_id();
    let approval = Approval { plan: plan.id, by: "a person".into(), at: Timestamp(0) };
    Approved::new(plan, approval).unwrap()
}

pub fn mode(path: &Path) -> u32 {
    path.symlink_metadata().unwrap().permissions().mode() & 0o7777
}

pub fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// The reason of a refused step.
pub fn reason(receipt: &Receipt) -> &str {
    match &receipt.state {
        StepState::Refused { reason, .. } => {
            assert!(restore::REFUSAL_REASONS.contains(&reason.as_str()), "{reason} is not listed");
            reason
        }
        other => panic!("step {} is not refused but {other:?}", receipt.step),
    }
}

pub fn all_done(receipts: &[Receipt]) {
    for receipt in receipts {
        assert_eq!(receipt.state, StepState::Done, "{receipt:?}");
    }
}

pub fn hash_in(print: &Fingerprint) -> Option<Sha256> {
    match print {
        Fingerprint::Something { sha256, .. } => *sha256,
        Fingerprint::Nothing => None,
    }
}
