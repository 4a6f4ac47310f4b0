//! Takes evidence into the case.

use std::path::PathBuf;

use custody::Subject;
use model::{ArtefactKind, EvidenceItem};

use crate::{Case, Error, Progress, Stage};

/// How evidence is taken in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct IntakeOptions {
    /// Leave the originals where they are and keep references with their hashes.
    pub in_place: bool,
}

/// Takes files, directories and archives into the case; appends them to
/// `evidence.json` and returns the items of the given paths.
///
/// What cannot be read in full is used as far as it goes and listed as problems. Fails when a given
/// path does not exist or the case cannot be written.
pub fn intake(
    case: &mut Case,
    paths: &[PathBuf],
    options: &IntakeOptions,
    observe: &mut dyn FnMut(Progress),
) -> Result<Vec<EvidenceItem>, Error> {
    let directory = case.directory().to_path_buf();
    let given = paths.iter().map(|path| Subject::named(path.as_os_str().as_encoded_bytes())).collect();
    let options = intake::Options { in_place: options.in_place, ..intake::Options::new(&directory) };
    let clock = crate::clock::clock();
    case.custody.act_with("intake", given, |outcome| {
        let mut before = 0;
        let mut current = (0, 0);
        let mut bytes = |progress: intake::Progress<'_>| {
            if progress.file != current.0 {
                before += current.1;
            }
            current = (progress.file, progress.done_bytes);
            observe(Progress { stage: Stage::Intake, done: before + progress.done_bytes, total: None });
        };
        let items = intake::take(paths, &options, &clock, &mut bytes)?;
        let originals = items.iter().map(|item| Subject::hashed(item.original.path.clone(), item.original.sha256));
        outcome.subjects.extend(originals);
        outcome.subjects.push(crate::case::artefact_subject(&directory, ArtefactKind::Evidence)?);
        Ok(items)
    })
}
