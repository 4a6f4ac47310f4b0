//! All stages in one go.

use std::path::PathBuf;

use model::{ArtefactKind, Coverage, Incident, Plan, Receipt, Verdict};

use crate::{
    Case, Error, IntakeOptions, PlanOptions, Progress, ReadOptions, ReportFiles, RestoreOptions, RuleFault, RuleFiles,
    approve, detect, intake, load_rules, must_be_readable, plan, read, report, restore, verify,
};

/// How everything is done in one go.
#[derive(Debug, Clone, Default)]
pub struct InvestigateOptions {
    /// How evidence is taken in.
    pub intake: IntakeOptions,
    /// How it is read.
    pub read: ReadOptions,
    /// Rules of others, whose matches are findings too.
    pub rules: RuleFiles,
    /// How the plan is made; without any backup source there is none.
    pub plan: PlanOptions,
    /// A person who approves the plan here and now; `None` stops after the plan.
    pub approve: Option<String>,
    /// Where and how an approved plan is carried out.
    pub restore: RestoreOptions,
}

/// What came out.
#[derive(Debug)]
pub struct Investigation {
    /// How completely the evidence could be read.
    pub coverage: Coverage,
    /// Empty: no incident was found.
    pub incidents: Vec<Incident>,
    /// Rules that could not be loaded.
    pub rule_faults: Vec<RuleFault>,
    /// The plan, where there is an incident and a backup source.
    pub plan: Option<Plan>,
    /// What was done, where the plan was approved.
    pub receipts: Vec<Receipt>,
    /// What was proven of it.
    pub verdicts: Vec<Verdict>,
    /// The report.
    pub report: ReportFiles,
}

/// Intake, read and detect; with an incident and a backup source also plan; with an approval also
/// restore and verify; then the report.
///
/// Fails where a stage fails. A stage after detection that fails still gets its report written, so that
/// what is known already is not lost; its error is returned afterwards.
pub fn investigate(
    case: &mut Case,
    evidence: &[PathBuf],
    options: &InvestigateOptions,
    observe: &mut dyn FnMut(Progress),
) -> Result<Investigation, Error> {
    if !evidence.is_empty() {
        intake(case, evidence, &options.intake, observe)?;
    }
    // Before the long work: a mistyped path must not cost it.
    let rules = load_rules(&options.rules)?;
    let coverage = read(case, &options.read, observe)?;
    must_be_readable(case, &coverage)?;
    let faults = rules.faults.clone();
    let (_, incidents, _) = detect(case, rules, observe)?;
    let mut done = Investigation {
        coverage,
        incidents,
        rule_faults: faults,
        plan: None,
        receipts: Vec::new(),
        verdicts: Vec::new(),
        report: ReportFiles::default(),
    };
    let repaired = repair(case, options, &mut done, observe);
    let reported = report(case, None, observe);
    repaired?;
    done.report = reported?;
    Ok(done)
}

fn repair(
    case: &mut Case,
    options: &InvestigateOptions,
    done: &mut Investigation,
    observe: &mut dyn FnMut(Progress),
) -> Result<(), Error> {
    let has_backup = !options.plan.backups.is_empty() || !case.settings.backups.is_empty();
    if done.incidents.is_empty() || !has_backup {
        return Ok(());
    }
    done.plan = Some(plan(case, &options.plan, observe)?.0);
    let Some(by) = &options.approve else { return Ok(()) };
    approve(case, Some(by))?;
    let restored = restore(case, &options.restore, observe);
    done.receipts = match restored {
        Ok(receipts) => receipts,
        Err(error) => {
            // What a run that stopped had done before is in its journal; receipts of an earlier run stay.
            done.receipts = case.read_if_there(ArtefactKind::Receipts)?.unwrap_or_default();
            return Err(error);
        }
    };
    done.verdicts = verify(case, &options.restore, observe)?;
    Ok(())
}
