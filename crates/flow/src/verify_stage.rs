//! Proves what was restored: looks at every object again, and at its clean version in the backup.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, Read, Seek, Write},
    path::{Path, PathBuf},
};

use model::{
    ArtefactKind, Bytes, Catalogue, ContentRef, Fingerprint, Plan, Receipt, RestoreSource, Sha256, Step, StepAction,
    StepState, Undo, Verdict,
};
use restore::{Ownership, PathMapping, Target};
use sha2::Digest as _;
use verify::{CONTENT_BYTES_MAX, Content, Expected, Format, Observed, Owners, There, Wanted};

use crate::{
    Case, Error, Progress, RestoreOptions, Stage,
    case::write_artefact,
    restore_stage::{BackupContent, source_of, sources},
};

/// Bytes of a clean version that are looked at to tell its format: more than any signature needs.
const SNIFF_BYTES: usize = 64 * 1024;

/// Content is read in pieces of this size.
const READ_BYTES: usize = 128 * 1024;

/// How the private quarantine directories at the top of a target begin.
const QUARANTINE_PREFIX: &str = ".yobitsugi-quarantine-";

/// Looks at every object of the plan that the restore was asked for, and at its clean version in the
/// backup once more; writes `verdicts.json`.
///
/// Reads only. Steps that were never carried out or were undone have no verdict. What cannot be looked
/// at is a verdict that says so. Fails when the restore has not run, when the target or a backup
/// source cannot be opened, or when the case cannot be written.
pub fn verify(
    case: &mut Case,
    options: &RestoreOptions,
    observe: &mut dyn FnMut(Progress),
) -> Result<Vec<Verdict>, Error> {
    let directory = case.directory().to_path_buf();
    let plan: Plan = case.read(ArtefactKind::Plan)?;
    let receipts: Vec<Receipt> = case.read(ArtefactKind::Receipts)?;
    let catalogue: Catalogue = case.read(ArtefactKind::Catalogue)?;
    let target = options.open(case)?;
    let urls = sources(&plan);
    case.custody.act_with("verify", Vec::new(), |outcome| {
        outcome.subjects.push(crate::plan_stage::plan_subject(&plan));
        let content = BackupContent::open(&directory, &urls, &options.access)?;
        let mut proving = Proving { target: &target, options, plan: &plan, catalogue: &catalogue, content };
        let by_step: BTreeMap<_, _> = receipts.iter().map(|receipt| (receipt.step, receipt)).collect();
        let mut verdicts = Vec::new();
        for (done, step) in plan.steps.iter().enumerate() {
            observe(Progress { stage: Stage::Verify, done: done as u64, total: Some(plan.steps.len() as u64) });
            let Some(receipt) = by_step.get(&step.id).filter(|receipt| receipt.state != StepState::Undone) else {
                continue;
            };
            verdicts.push(proving.verdict(step, receipt));
        }
        let verdicts = verify::with_neighbours(verdicts, &plan);
        outcome.subjects.push(write_artefact(&directory, ArtefactKind::Verdicts, &verdicts)?);
        let verified = verdicts.iter().filter(|verdict| verdict.verified).count();
        outcome.detail.insert("verified".to_string(), verified.to_string());
        outcome.detail.insert("verdicts".to_string(), verdicts.len().to_string());
        Ok(verdicts)
    })
}

struct Proving<'a> {
    target: &'a Target,
    options: &'a RestoreOptions,
    plan: &'a Plan,
    catalogue: &'a Catalogue,
    content: BackupContent,
}

impl Proving<'_> {
    fn verdict(&mut self, step: &Step, receipt: &Receipt) -> Verdict {
        let expected = self.expected(step, receipt);
        let seen = Seen::look(self.target, &step.path);
        let log = self.write_ahead_log(&expected, &seen, &step.path);
        let mut observed = seen.observed(log.as_deref());
        if let (StepAction::Quarantine, Undo::PutBack { quarantined }) = (&step.action, &receipt.undo) {
            observed.quarantined = self.quarantined(&step.path, quarantined);
        }
        verify::verdict(&expected, &observed)
    }

    fn expected(&mut self, step: &Step, receipt: &Receipt) -> Expected {
        let mut expected = Expected::of_step(step, &receipt.before);
        let owner_skipped = receipt.notes.iter().any(|note| note.starts_with("owner_not_restored"));
        if owner_skipped || self.options.ownership.unwrap_or_else(Ownership::of_this_process) == Ownership::Skip {
            expected.owners = Owners::CannotBeSet;
        }
        let Some(from) = source_of(step) else { return expected };
        // Read from the backup once more: that the restore wrote what it read proves nothing about the source.
        if let Some((sha256, head)) = self.clean_content(from)
            && let Wanted::Version { sha256: wanted, .. } = &mut expected.wanted
        {
            wanted.get_or_insert(sha256);
            expected.format_before = verify::sniff(&head);
        }
        if expected.format_before.is_none() {
            expected.format_before = self.format_of_another_version(step, from);
        }
        expected
    }

    fn clean_content(&mut self, from: &RestoreSource) -> Option<(Sha256, Vec<u8>)> {
        if from.content == ContentRef::Empty {
            return None;
        }
        let mut head = Head(Vec::new());
        let sha256 = self.content.read(from, &mut head)?.ok()?;
        Some((sha256, head.0))
    }

    /// The newest other version whose content tells its format, when the clean one does not.
    fn format_of_another_version(&mut self, step: &Step, chosen: &RestoreSource) -> Option<Format> {
        const VERSIONS_MAX: usize = 4;
        let entry = self.catalogue.entries.iter().find(|entry| entry.object == step.object)?;
        let others =
            entry.versions.iter().rev().filter(|version| {
                version.content != chosen.content && version.stored.time < self.plan.first_hostile_act
            });
        let sources: Vec<RestoreSource> = others
            .take(VERSIONS_MAX)
            .map(|version| RestoreSource {
                source: version.source.clone(),
                snapshot: version.first_snapshot.clone(),
                content: version.content.clone(),
            })
            .collect();
        sources.iter().find_map(|from| verify::sniff(&self.clean_content(from)?.1))
    }

    /// An SQLite database and the log beside it are one: changes may stand in the log alone.
    fn write_ahead_log(&self, expected: &Expected, seen: &Seen, path: &Bytes) -> Option<Vec<u8>> {
        let database = expected.format_before == Some(Format::Sqlite)
            || seen.content.as_deref().and_then(verify::sniff) == Some(Format::Sqlite);
        if !database {
            return None;
        }
        let log = Bytes([path.as_bytes(), b"-wal"].concat());
        Seen::look(self.target, &log).content
    }

    /// What lies in quarantine under the receipt's name, in the directory of the mapping that holds `path`.
    fn quarantined(&self, path: &Bytes, name: &Bytes) -> Option<Fingerprint> {
        let root = Bytes::from("/");
        let given = self.options.target.iter().map(|directory| (&root, directory));
        let maps = self.options.maps.iter().map(|(host, directory)| (host, directory));
        let (_, directory) = given
            .chain(maps)
            .filter(|(host, _)| path.is_within(host.as_bytes()))
            .max_by_key(|(host, _)| host.0.len())?;
        let inside = Bytes([b"/", name.as_bytes()].concat());
        quarantine_directories(&std::path::absolute(directory).ok()?, self.plan).into_iter().find_map(|quarantine| {
            let target = Target::open(&[PathMapping { host_prefix: root.clone(), directory: quarantine }]).ok()?;
            let found = restore::inspect(&target, &inside).ok()?;
            (found != Fingerprint::Nothing).then_some(found)
        })
    }
}

/// The plan's quarantine directories at the top of a target: one, or more when somebody had taken its name.
fn quarantine_directories(target: &Path, plan: &Plan) -> Vec<PathBuf> {
    let prefix = format!("{QUARANTINE_PREFIX}{}", plan.id.short());
    let entries = std::fs::read_dir(target).into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = entries
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(&prefix))
        .map(|entry| entry.path())
        .collect();
    found.sort();
    found
}

/// What was found at one path.
struct Seen {
    there: There,
    content: Option<Vec<u8>>,
    too_large: bool,
    sha256: Option<Sha256>,
    sha256_uncached: Option<Sha256>,
}

impl Seen {
    fn look(target: &Target, path: &Bytes) -> Self {
        let nothing =
            Self { there: There::Nothing, content: None, too_large: false, sha256: None, sha256_uncached: None };
        let found = match restore::observe(target, path) {
            Ok(None) => return nothing,
            Ok(Some(found)) => found,
            // Without its directory the object is not there either.
            Err(refusal) if refusal.reason == "parent_missing" => return nothing,
            Err(refusal) => return Self { there: There::Unreadable(refusal.to_string()), ..nothing },
        };
        let mut seen = Self { there: There::Something(found.metadata.clone()), ..nothing };
        let Some(file) = &found.content else { return seen };
        seen.too_large = found.metadata.size.is_none_or(|size| size > CONTENT_BYTES_MAX);
        match read_all(file, !seen.too_large) {
            Ok((sha256, content)) => {
                seen.sha256 = Some(sha256);
                seen.content = content;
            }
            Err(cause) => return Self { there: There::Unreadable(cause.to_string()), ..seen },
        }
        if found.forget_cached().is_ok() {
            seen.sha256_uncached = read_all(file, false).ok().map(|(sha256, _)| sha256);
        }
        seen
    }

    fn observed<'a>(&'a self, write_ahead_log: Option<&'a [u8]>) -> Observed<'a> {
        let content = match &self.content {
            Some(bytes) => Content::Bytes(bytes),
            None if self.too_large => Content::TooLarge,
            None => Content::None,
        };
        Observed {
            there: self.there.clone(),
            content,
            sha256: self.sha256,
            sha256_uncached: self.sha256_uncached,
            write_ahead_log,
            ..Observed::nothing()
        }
    }
}

/// Hashes a file from its start, and keeps its content when asked to and when it stays within the bound.
fn read_all(mut file: &File, keep: bool) -> io::Result<(Sha256, Option<Vec<u8>>)> {
    file.rewind()?;
    let mut hasher = sha2::Sha256::new();
    let mut content = keep.then(Vec::new);
    let mut buffer = vec![0; READ_BYTES];
    loop {
        let got = match file.read(&mut buffer) {
            Ok(0) => break,
            Ok(got) => got,
            Err(cause) if cause.kind() == io::ErrorKind::Interrupted => continue,
            Err(cause) => return Err(cause),
        };
        hasher.update(&buffer[..got]);
        // It may grow while it is read.
        let fits = content.as_ref().is_some_and(|content| (content.len() + got) as u64 <= CONTENT_BYTES_MAX);
        content = content.filter(|_| fits);
        if let Some(content) = &mut content {
            content.extend_from_slice(&buffer[..got]);
        }
    }
    Ok((Sha256(hasher.finalize().into()), content))
}

/// Keeps the beginning of what is written to it.
struct Head(Vec<u8>);

impl Write for Head {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = SNIFF_BYTES.saturating_sub(self.0.len()).min(bytes.len());
        self.0.extend_from_slice(&bytes[..room]);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
