//! V4 among files: whether everything that a plan brings back into one directory is back.

use std::collections::BTreeMap;

use model::{Answer, Bytes, CheckResult, ObjectId, Plan, Rung, StepAction, Verdict};

use crate::decide;

/// Asks whether the set of a directory is complete.
///
/// Yes: the plan restores at least two of its entries, each of them reached V2 (a quarantined one V1)
/// without a *no* on a rung asked so far, and no affected entry was left out. No: one of them fell short
/// or was left out. Cannot tell: there is no second entry that could speak for the first.
///
/// Left-out objects are found by the path in their identity; what was gone again or is settled by
/// another step does not count. Subdirectories count as entries, what lies in them does not.
pub fn set_complete(directory: &Bytes, plan: &Plan, verdicts: &[Verdict]) -> CheckResult {
    let by_object: BTreeMap<&ObjectId, &Verdict> = verdicts.iter().map(|verdict| (&verdict.object, verdict)).collect();
    let mut restored = 0;
    let mut short = Vec::new();
    for step in plan.steps.iter().filter(|step| parent(&step.path).as_ref() == Some(directory)) {
        let is_quarantine = matches!(step.action, StepAction::Quarantine);
        let needed = if is_quarantine { Rung::V1 } else { Rung::V2 };
        let reached = by_object.get(&step.object).is_some_and(|verdict| {
            let failed = verdict.checks.iter().any(|check| check.answer == Answer::No && check.check != NAME);
            verdict.rung >= Some(needed) && !failed
        });
        restored += u64::from(!is_quarantine);
        if !reached {
            short.push(step.path.to_string());
        }
    }
    for left_out in &plan.not_restored {
        let settled = matches!(left_out.reason.as_str(), "gone_again" | "covered_by_other_step");
        if let Some(path) =
            path_of(&left_out.object).filter(|path| !settled && parent(path).as_ref() == Some(directory))
        {
            short.push(format!("{path} ({})", left_out.reason));
        }
    }
    let (answer, proof) = if !short.is_empty() {
        const NAMED_MAX: usize = 5;
        let more =
            if short.len() > NAMED_MAX { format!(" and {} more", short.len() - NAMED_MAX) } else { String::new() };
        (Answer::No, format!("incomplete in {directory}: {}{more}", short[..short.len().min(NAMED_MAX)].join(", ")))
    } else if restored < 2 {
        let missing = "a neighbour: the plan restores no other entry of this directory".to_string();
        (Answer::CannotTell { missing }, format!("{restored} restored in {directory}"))
    } else {
        (Answer::Yes, format!("all {restored} restored entries of {directory} are back with bytes and metadata"))
    };
    CheckResult { check: NAME.to_string(), rung: Rung::V4, answer, proof }
}

const NAME: &str = "set";

/// Asks the neighbours of every object that a step brings back, and decides its verdict again.
pub fn with_neighbours(mut verdicts: Vec<Verdict>, plan: &Plan) -> Vec<Verdict> {
    let mut sets: BTreeMap<Bytes, CheckResult> = BTreeMap::new();
    let restored: BTreeMap<&ObjectId, Bytes> = plan
        .steps
        .iter()
        .filter(|step| !matches!(step.action, StepAction::Quarantine))
        .filter_map(|step| Some((&step.object, parent(&step.path)?)))
        .collect();
    for directory in restored.values() {
        if !sets.contains_key(directory) {
            sets.insert(directory.clone(), set_complete(directory, plan, &verdicts));
        }
    }
    for verdict in &mut verdicts {
        let Some(set) = restored.get(&verdict.object).and_then(|directory| sets.get(directory)) else { continue };
        let mut checks = std::mem::take(&mut verdict.checks);
        checks.retain(|check| check.check != NAME);
        checks.push(set.clone());
        *verdict = decide(verdict.object.clone(), verdict.path.clone(), verdict.sha256, checks);
    }
    verdicts
}

fn parent(path: &Bytes) -> Option<Bytes> {
    let slash = path.0.iter().rposition(|&byte| byte == b'/')?;
    (path.0.len() > 1).then(|| Bytes(path.0[..slash.max(1)].to_vec()))
}

/// The path in `HOST:PATH`; `None` for identities of other shapes.
fn path_of(object: &ObjectId) -> Option<Bytes> {
    let (_, path) = object.0.split_once(':')?;
    path.starts_with('/').then(|| Bytes::from_text(path))
}
