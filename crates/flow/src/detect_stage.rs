//! Runs the checks, joins findings into incidents, draws the scope.

use correlate::Correlator;
use detect::Detector;
use model::{ArtefactKind, Coverage, Detection, Incident, Scope};
use scope::Scoper;

use crate::{
    Case, Error, LoadedRules, Progress, Stage,
    case::{set_aside_plan, write_artefact},
    rules_stage::RuleRun,
};

/// Writes `findings.json`, `incidents.json` and `scope.json` from the stored events.
///
/// Without an incident the lists are empty, and `findings.json` says for every check whether that is
/// a "no" or a "cannot tell". Matches of `rules` are findings too. Fails when the events have not been read or
/// cannot be read back.
pub fn detect(
    case: &mut Case,
    rules: LoadedRules,
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
        if let Some(hash) = rules.sha256 {
            outcome.detail.insert("rules".to_string(), rules.rules.all().len().to_string());
            outcome.detail.insert("rules_not_loaded".to_string(), rules.faults.len().to_string());
            outcome.detail.insert("rules_sha256".to_string(), hash.to_string());
        }
        let mut of_others = rules.sha256.is_some().then(|| RuleRun::new(rules.rules));
        let threads = stdx::parallel::threads();
        store::fold_partitions(&directory, threads, |event| {
            detector.push(event);
            of_others.iter_mut().for_each(|run| run.push(event));
            step();
        })?;
        let mut detection = detector.detection();
        of_others.iter().for_each(|run| run.add_to(&mut detection));
        // Where nothing crossed, no event makes an incident, and without an incident none has a scope.
        let mut correlator = Correlator::new(&detection);
        if !correlator.is_idle() {
            store::fold_partitions(&directory, threads, |event| {
                correlator.push(event);
                step();
            })?;
        }
        let incidents = correlator.incidents();
        let mut scoper = Scoper::new(&incidents);
        if !incidents.is_empty() {
            store::fold_partitions(&directory, threads, |event| {
                scoper.push(event);
                step();
            })?;
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
