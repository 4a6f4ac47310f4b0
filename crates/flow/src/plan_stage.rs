//! Looks up clean versions, makes the plan, and takes a person's approval.

use std::collections::{BTreeMap, BTreeSet};

use backup::LookedUp;
use custody::Subject;
use model::{
    Approval, ArtefactKind, Catalogue, Coverage, Detection, Incident, ObjectId, Plan, Scope, Timestamp, TouchedObject,
};

use crate::{
    BackupAccess, Case, Error, ErrorKind, Progress, Stage,
    backups::{open_all, subjects, urls},
    case::{artefact_subject, set_aside_plan, write_artefact},
    links,
};

/// How a plan is made.
#[derive(Debug, Clone, Default)]
pub struct PlanOptions {
    /// Backup sources, best first; empty: those of the case's settings.
    pub backups: Vec<String>,
    /// How they are opened.
    pub access: BackupAccess,
    /// A person's decisions over single objects, named by host path or identity.
    pub resolve: Vec<(String, plan::Resolution)>,
}

/// Looks every affected object up in the backups and makes the plan; writes `catalogue.json`,
/// `plan.json` and, where the backups know more of an object's place than the log, `scope.json` anew.
///
/// Nothing is written but the case. The same scope and backups give the same plan. Fails without an
/// incident or a backup source, when a source cannot be opened, when a decision names no affected
/// object, or when the case cannot be written.
pub fn plan(
    case: &mut Case,
    options: &PlanOptions,
    observe: &mut dyn FnMut(Progress),
) -> Result<(Plan, Catalogue), Error> {
    let directory = case.directory().to_path_buf();
    let incidents: Vec<Incident> = case.read(ArtefactKind::Incidents)?;
    let mut scopes: Vec<Scope> = case.read(ArtefactKind::Scope)?;
    let Some(first_hostile_act) = incidents.iter().map(|incident| incident.first).min() else {
        return Err(Error::new(ErrorKind::NoIncident, "plan a restore for", &directory));
    };
    let urls = urls(case, &options.backups);
    let clock_error_ns = clock_error_ns(case, &incidents)?;
    let earlier: Option<Plan> = case.read_if_there(ArtefactKind::Plan).unwrap_or(None);
    case.custody.act_with("plan", subjects(&urls), |outcome| {
        let mut backends = open_all(&directory, &urls, &options.access)?;
        let limit = Timestamp(first_hostile_act.0.saturating_sub(clock_error_ns));
        let is_refined = links::refine(&directory, &incidents, &mut scopes, &mut backends, limit)?;
        if is_refined {
            outcome.subjects.push(write_artefact(&directory, ArtefactKind::Scope, &scopes)?);
        }
        let objects = looked_up(&scopes);
        let all = objects.len() as u64;
        observe(Progress { stage: Stage::Catalogue, done: 0, total: Some(all) });
        let mut sources = |done: u64, of: u64| {
            let done = all.saturating_mul(done) / of.max(1);
            observe(Progress { stage: Stage::Catalogue, done, total: Some(all) });
        };
        let catalogue = backup::catalogue(&mut backends, &objects, first_hostile_act, clock_error_ns, &mut sources)?;
        let resolve = decisions(&scopes, &options.resolve, &directory)?;
        outcome.detail.extend(resolve.iter().map(|(object, decision)| (object.0.clone(), format!("{decision:?}"))));
        let options = plan::Options { clock_error_ns, first_hostile_act: Some(first_hostile_act), host: None, resolve };
        let plan = plan::make(&scopes, &catalogue, &options);
        outcome.detail.insert("plan".to_string(), plan.id.to_string());
        // The same plan again leaves approval and receipts as they are.
        if earlier.is_none_or(|earlier| earlier.id != plan.id) {
            set_aside_plan(&directory)?;
        }
        outcome.subjects.push(write_artefact(&directory, ArtefactKind::Catalogue, &catalogue)?);
        outcome.subjects.push(write_artefact(&directory, ArtefactKind::Plan, &plan)?);
        Ok((plan, catalogue))
    })
}

/// The clock error of the case: what its settings say, and never less than the estimated error of the clocks of the
/// sources that the incidents rest on.
fn clock_error_ns(case: &Case, incidents: &[Incident]) -> Result<i64, Error> {
    let coverage: Coverage = case.read(ArtefactKind::Coverage)?;
    let detection: Detection = case.read(ArtefactKind::Findings)?;
    let belong: BTreeSet<&str> = incidents.iter().flat_map(|it| &it.findings).map(String::as_str).collect();
    let findings = detection.findings.iter().filter(|finding| belong.contains(finding.id.as_str()));
    let cited: BTreeSet<[u8; 8]> = findings.flat_map(|finding| &finding.events).map(|event| event.source).collect();
    let sources = coverage.sources.iter().filter(|source| cited.contains(&source.source.0[..8]));
    let estimated = sources.flat_map(|source| &source.clocks).filter_map(|clock| clock.error_ns).max();
    Ok(case.settings.clock_error_ns().max(estimated.unwrap_or(0)))
}

/// What is looked up: every affected object whose path is known.
fn looked_up(scopes: &[Scope]) -> Vec<LookedUp> {
    let mut objects: BTreeMap<&ObjectId, LookedUp> = BTreeMap::new();
    for object in affected(scopes) {
        let Some(resolution) = &object.object.host_path else { continue };
        let id = &object.object.id;
        let entry = objects.entry(id).or_insert_with(|| (id.clone(), resolution.path.clone(), object.first_act));
        entry.2 = entry.2.min(object.first_act);
    }
    objects.into_values().collect()
}

fn affected(scopes: &[Scope]) -> impl Iterator<Item = &TouchedObject> {
    scopes.iter().flat_map(|scope| scope.touched.iter().chain(&scope.transient))
}

/// The decisions by object identity. A decision over an object that is not affected is a mistake that
/// must not pass unnoticed.
fn decisions(
    scopes: &[Scope],
    wanted: &[(String, plan::Resolution)],
    case: &std::path::Path,
) -> Result<BTreeMap<ObjectId, plan::Resolution>, Error> {
    let mut decisions = BTreeMap::new();
    for (name, decision) in wanted {
        let mut found = false;
        for object in affected(scopes) {
            let path = object.object.host_path.as_ref().map(|resolution| resolution.path.to_text());
            if object.object.id.0 == *name || path.as_deref() == Some(name) {
                decisions.insert(object.object.id.clone(), *decision);
                found = true;
            }
        }
        if !found {
            return Err(Error::new(ErrorKind::NoSuchObject, "decide over an object of", case).because(name));
        }
    }
    Ok(decisions)
}

/// Takes a person's consent to the plan as it stands; writes `approval.json`.
///
/// `by` is the person; `None`: the user of this process. Fails when there is no plan, or when the
/// plan was edited after it was made.
pub fn approve(case: &mut Case, by: Option<&str>) -> Result<Approval, Error> {
    let directory = case.directory().to_path_buf();
    let plan: Plan = case.read(ArtefactKind::Plan)?;
    let by = by.map_or_else(|| custody::Actor::current().user, str::to_string);
    let clock = crate::clock::clock();
    case.custody.act_with("approve", Vec::new(), |outcome| {
        outcome.subjects.push(artefact_subject(&directory, ArtefactKind::Plan)?);
        outcome.detail.insert("plan".to_string(), plan.id.to_string());
        outcome.detail.insert("by".to_string(), by.clone());
        if plan.id != plan.computed_id() {
            let path = directory.join(ArtefactKind::Plan.file_name());
            return Err(Error::new(ErrorKind::PlanEdited, "approve", &path));
        }
        let known: Option<Approval> = stdx::artefact::read_if_there(&directory, ArtefactKind::Approval)?;
        if let Some(known) = known.filter(|known| known.plan == plan.id && known.by == by) {
            return Ok(known);
        }
        let approval = Approval { plan: plan.id, by, at: stdx::Clock::now(&clock) };
        outcome.subjects.push(write_artefact(&directory, ArtefactKind::Approval, &approval)?);
        Ok(approval)
    })
}

/// The plan's cited name in the custody log.
pub(crate) fn plan_subject(plan: &Plan) -> Subject {
    Subject::hashed("plan", plan.id)
}
