//! Runs the checks, joins findings into incidents, draws the scope.

use correlate::Correlator;
use detect::Detector;
use model::{ArtefactKind, Coverage, Detection, Incident, Scope};
use scope::Scoper;

use crate::{
    Case, Error, Progress, Stage,
    case::{set_aside_plan, write_artefact},
};

/// Writes `findings.json`, `incidents.json` and `scope.json` from the stored events.
///
/// Without an incident the lists are empty, and `findings.json` says for every check whether that is
/// a "no" or a "cannot tell". Fails when the events have not been read or cannot be read back.
pub fn detect(
    case: &mut Case,
    observe: &mut dyn FnMut(Progress),
) -> Result<(Detection, Vec<Incident>, Vec<Scope>), Error> {
    let directory = case.directory().to_path_buf();
    let coverage: Coverage = case.read(ArtefactKind::Coverage)?;
    let total = coverage.sources.iter().map(|source| source.events).sum::<u64>() * 3;
    let mut done = 0;
    let mut step = || {
        done += 1;
        if done % 4_096 == 0 {
            observe(Progress { stage: Stage::Detect, done, total: Some(total) });
        }
    };
    case.custody.act_with("detect", Vec::new(), |outcome| {
        let mut detector = Detector::default();
        for event in store::read_partitions(&directory)? {
            detector.push(&event?);
            step();
        }
        let detection = detector.detection();
        let mut correlator = Correlator::new(&detection);
        for event in store::read_partitions(&directory)? {
            correlator.push(&event?);
            step();
        }
        let incidents = correlator.incidents();
        let mut scoper = Scoper::new(&incidents);
        for event in store::read_partitions(&directory)? {
            scoper.push(&event?);
            step();
        }
        let scopes = scoper.scopes(&coverage);
        outcome.subjects.push(write_artefact(&directory, ArtefactKind::Findings, &detection)?);
        outcome.subjects.push(write_artefact(&directory, ArtefactKind::Incidents, &incidents)?);
        outcome.subjects.push(write_artefact(&directory, ArtefactKind::Scope, &scopes)?);
        outcome.detail.insert("incidents".to_string(), incidents.len().to_string());
        set_aside_plan(&directory)?;
        Ok((detection, incidents, scopes))
    })
}
