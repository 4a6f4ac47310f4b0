//! Carries out an approved plan on a target, and takes it back.

use std::{collections::BTreeMap, io::Write, path::PathBuf};

use backup::Backend;
use custody::Subject;
use model::{Approval, Approved, ArtefactKind, Bytes, Plan, Receipt, RestoreSource, Sha256, StepId, StepState};
use restore::{ContentSource, FetchError, NoFaults, Ownership, PathMapping, Run, Selection, Target, Undone};

use crate::{BackupAccess, Case, Error, ErrorKind, Progress, Stage, backups::open_all, case::write_artefact};

/// Where and how a plan is carried out.
#[derive(Debug, Clone, Default)]
pub struct RestoreOptions {
    /// Directory that stands for the host's `/`.
    pub target: Option<PathBuf>,
    /// Further directories: a host path and the directory that stands for it.
    pub maps: Vec<(Bytes, PathBuf)>,
    /// How backup sources are opened.
    pub access: BackupAccess,
    /// Whether owners are restored; `None`: as the rights of this process allow.
    pub ownership: Option<Ownership>,
}

impl RestoreOptions {
    /// Opens the target.
    pub(crate) fn open(&self, case: &Case) -> Result<Target, Error> {
        let mut mappings: Vec<PathMapping> = Vec::new();
        let given = self.target.iter().map(|directory| (Bytes::from("/"), directory));
        for (host_prefix, directory) in given.chain(self.maps.iter().map(|(host, here)| (host.clone(), here))) {
            let directory = std::path::absolute(directory)
                .map_err(|cause| Error::io("find the target directory", directory, cause))?;
            mappings.push(PathMapping { host_prefix, directory });
        }
        if mappings.is_empty() {
            return Err(Error::new(ErrorKind::NoTarget, "work on a target for", case.directory()));
        }
        for mapping in &mappings {
            let (case, target) = (case.directory().canonicalize(), mapping.directory.canonicalize());
            if let (Ok(case), Ok(target)) = (case, target)
                && case.starts_with(&target)
                && target.parent().is_some()
            {
                // The case would be part of what is restored; only a live root is allowed to hold it.
                let because = "the case lies inside the target directory";
                return Err(Error::new(ErrorKind::BadTarget, "restore to", &mapping.directory).because(because));
            }
        }
        Ok(Target::open(&mappings)?)
    }

    fn ownership(&self) -> Ownership {
        self.ownership.unwrap_or_else(Ownership::of_this_process)
    }

    fn subjects(&self) -> Vec<Subject> {
        let maps = self.maps.iter().map(|(_, directory)| directory);
        self.target.iter().chain(maps).map(|path| Subject::named(path.as_os_str().as_encoded_bytes())).collect()
    }
}

/// The plan with its approval. Fails when there is no plan, when it is not approved, or when either was
/// changed since.
pub(crate) fn approved(case: &Case) -> Result<Approved, Error> {
    let plan: Plan = case.read(ArtefactKind::Plan)?;
    let path = case.directory().join(ArtefactKind::Plan.file_name());
    if plan.id != plan.computed_id() {
        return Err(Error::new(ErrorKind::PlanEdited, "carry out", &path));
    }
    let approval: Option<Approval> = case.read_if_there(ArtefactKind::Approval)?;
    approval
        .and_then(|approval| Approved::new(plan, approval))
        .ok_or_else(|| Error::new(ErrorKind::NotApproved, "carry out", &path))
}

/// Carries out the approved plan on the target; writes `receipts.json` and returns the receipts.
///
/// A step that is refused or fails is a receipt, not an error, and the others go on. After a crash the
/// same call goes on where it stopped. Fails when the plan is not approved, when no target is given or
/// the target or a backup source cannot be opened, or when the case cannot be written.
pub fn restore(
    case: &mut Case,
    options: &RestoreOptions,
    observe: &mut dyn FnMut(Progress),
) -> Result<Vec<Receipt>, Error> {
    let directory = case.directory().to_path_buf();
    let approved = approved(case)?;
    let target = options.open(case)?;
    let urls = sources(approved.plan());
    let clock = crate::clock::clock();
    case.custody.act_with("restore", options.subjects(), |outcome| {
        outcome.subjects.push(crate::plan_stage::plan_subject(approved.plan()));
        let mut content = BackupContent::open(&directory, &urls, &options.access)?;
        let mut watch = watch(observe);
        let run = Run {
            case: &directory,
            ownership: options.ownership(),
            clock: &clock,
            faults: &NoFaults,
            progress: &mut watch,
        };
        let receipts = restore::execute(&approved, &target, &mut content, run)?;
        outcome.subjects.push(write_artefact(&directory, ArtefactKind::Receipts, &receipts)?);
        crate::case::forget(&directory, &[ArtefactKind::Verdicts])?;
        outcome.detail.extend(states(&receipts));
        Ok(receipts)
    })
}

/// Takes steps of the restore back, last first: all, or those named. Rewrites `receipts.json`.
///
/// A step whose result was changed since is refused and stays. Fails like [`restore()`], and when the
/// plan was never carried out.
pub fn undo(
    case: &mut Case,
    options: &RestoreOptions,
    steps: &[StepId],
    observe: &mut dyn FnMut(Progress),
) -> Result<Undone, Error> {
    let directory = case.directory().to_path_buf();
    let approved = approved(case)?;
    let target = options.open(case)?;
    let selection = if steps.is_empty() { Selection::All } else { Selection::Steps(steps.iter().copied().collect()) };
    let clock = crate::clock::clock();
    case.custody.act_with("undo", options.subjects(), |outcome| {
        outcome.subjects.push(crate::plan_stage::plan_subject(approved.plan()));
        let mut watch = watch(observe);
        let run = Run {
            case: &directory,
            ownership: options.ownership(),
            clock: &clock,
            faults: &NoFaults,
            progress: &mut watch,
        };
        let undone = restore::undo(&approved, &target, &selection, run)?;
        outcome.subjects.push(write_artefact(&directory, ArtefactKind::Receipts, &undone.receipts)?);
        crate::case::forget(&directory, &[ArtefactKind::Verdicts])?;
        outcome.detail.extend(states(&undone.receipts));
        outcome.detail.insert("refused".to_string(), undone.refused.len().to_string());
        Ok(undone)
    })
}

fn watch<'a>(observe: &'a mut dyn FnMut(Progress)) -> impl FnMut(restore::Progress) + 'a {
    let mut total = None;
    let mut done = 0;
    move |progress| {
        match progress {
            restore::Progress::Started { steps, .. } => total = Some(steps as u64),
            restore::Progress::Finished { .. } => done += 1,
            restore::Progress::Fetched { .. } => {}
        }
        observe(Progress { stage: Stage::Restore, done, total });
    }
}

/// How many steps reached which state, for the custody log.
fn states(receipts: &[Receipt]) -> BTreeMap<String, String> {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for receipt in receipts {
        let name = match receipt.state {
            StepState::Done => "done",
            StepState::AlreadyRight => "already_right",
            StepState::Refused { .. } => "refused",
            StepState::Failed { .. } => "failed",
            StepState::Undone => "undone",
        };
        *counts.entry(name).or_default() += 1;
    }
    counts.into_iter().map(|(name, count)| (name.to_string(), count.to_string())).collect()
}

/// The sources that the plan's steps name, each once, in order.
pub(crate) fn sources(plan: &Plan) -> Vec<String> {
    let mut urls: Vec<String> = Vec::new();
    for from in plan.steps.iter().filter_map(source_of) {
        if !urls.contains(&from.source) {
            urls.push(from.source.clone());
        }
    }
    urls
}

pub(crate) fn source_of(step: &model::Step) -> Option<&RestoreSource> {
    use model::StepAction;
    match &step.action {
        StepAction::WriteFile { from, .. }
        | StepAction::SetMetadata { from, .. }
        | StepAction::MakeDirectory { from, .. }
        | StepAction::MakeSymlink { from, .. } => Some(from),
        StepAction::Quarantine => None,
    }
}

/// Content of clean versions out of the backups.
pub(crate) struct BackupContent {
    backends: BTreeMap<String, Box<dyn Backend>>,
}

impl BackupContent {
    pub(crate) fn open(case: &std::path::Path, urls: &[String], access: &BackupAccess) -> Result<Self, Error> {
        if urls.is_empty() {
            return Ok(Self { backends: BTreeMap::new() });
        }
        let opened = open_all(case, urls, access)?;
        Ok(Self { backends: urls.iter().cloned().zip(opened).collect() })
    }

    /// Writes the content to `out`; `None` when the source is not open.
    pub(crate) fn read(&mut self, from: &RestoreSource, out: &mut dyn Write) -> Option<Result<Sha256, backup::Error>> {
        let backend = self.backends.get_mut(&from.source)?;
        Some(backend.read_content(&from.content, out))
    }
}

impl ContentSource for BackupContent {
    fn fetch(&mut self, from: &RestoreSource, out: &mut dyn Write) -> Result<Sha256, FetchError> {
        match self.read(from, out) {
            Some(read) => read.map_err(|error| FetchError(error.to_string())),
            None => Err(FetchError(format!("the backup source {} is not open", from.source))),
        }
    }
}
