//! The restore plan: per step what is done, from which snapshot, and which time span is lost.

use std::collections::BTreeMap;

use model::{CatalogueEntry, CleanPoint, Plan, Step, StepAction, TimeOrigin};

use crate::{
    Section,
    draft::Draft,
    story::{duration, source_of, warning_text},
    times,
};

pub(crate) struct RestorePlan;

impl Section for RestorePlan {
    fn name(&self) -> &'static str {
        "plan"
    }

    fn write(&self, draft: &mut Draft<'_>) {
        warnings(draft);
        let Some(plan) = draft.input.plan else {
            draft.nothing("report-plan-none");
            return;
        };
        identity(draft, plan);
        if plan.steps.is_empty() {
            draft.nothing("report-plan-no-steps");
            return;
        }
        draft.explain("report-plan-explain");
        let entries: BTreeMap<_, _> =
            draft.input.catalogue.entries.iter().map(|entry| (&entry.object, entry)).collect();
        let columns = [
            "report-column-step",
            "report-column-action",
            "report-column-path",
            "report-column-from-source",
            "report-column-stored",
            "report-column-loss",
        ];
        draft.table(&columns, "plan.json", &plan.steps, |row, step| {
            let entry = entries.get(&step.object).copied();
            row.cell(|draft| draft.page.text(&step.id.to_string()));
            row.cell(|draft| {
                draft.named("step-action", action_name(&step.action));
                draft.page.markup("<br><span class=\"fine\">");
                draft.named("step-reason", &step.reason);
                draft.page.markup("</span>");
                draft.cite(&step.events);
            });
            row.wide_cell(|draft| draft.page.code(&step.path.to_string()));
            row.wide_cell(|draft| source(draft, step));
            row.cell(|draft| stored(draft, step, entry));
            row.cell(|draft| loss(draft, step, entry));
        });
    }
}

fn warnings(draft: &mut Draft<'_>) {
    for warning in draft.input.catalogue.warnings.iter().take(crate::ROWS_MAX) {
        let text = warning_text(draft.texts, warning);
        draft.page.markup("<p class=\"warning\"><span class=\"badge bad\">! ");
        draft.say("report-warning");
        draft.page.markup("</span> ");
        draft.page.marked(&text);
        draft.page.markup("</p>\n");
    }
}

fn identity(draft: &mut Draft<'_>, plan: &Plan) {
    draft.page.markup("<dl class=\"facts\">\n<div><dt>");
    draft.say("report-plan-id");
    draft.page.markup("</dt><dd>");
    draft.hash(&plan.id);
    if plan.id != plan.computed_id() {
        draft.page.markup(" <span class=\"badge bad\">! ");
        draft.say("report-plan-edited");
        draft.page.markup("</span>");
    }
    draft.page.markup("</dd></div>\n<div><dt>");
    draft.say("report-plan-first-act");
    draft.page.markup("</dt><dd>");
    draft.time(plan.first_hostile_act);
    if plan.clock_error_ns > 0 {
        draft.page.markup("<br><span class=\"fine\">");
        let error = format!("{:.3}", plan.clock_error_ns as f64 / 1e9);
        draft.say_with("report-plan-clock-error", &[("duration", &error)]);
        draft.page.markup("</span>");
    }
    draft.page.markup("</dd></div>\n<div><dt>");
    draft.say("report-plan-approval");
    draft.page.markup("</dt><dd>");
    match draft.input.approval {
        Some(approval) if approval.plan == plan.id => {
            draft.say_with("report-plan-approved-by", &[("name", &approval.by)]);
            draft.page.markup(" ");
            draft.time(approval.at);
        }
        Some(_) => draft.say("report-plan-approved-other"),
        None => draft.say("report-plan-not-approved"),
    }
    draft.page.markup("</dd></div>\n</dl>\n");
}

fn action_name(action: &StepAction) -> &'static str {
    match action {
        StepAction::WriteFile { .. } => "write_file",
        StepAction::SetMetadata { .. } => "set_metadata",
        StepAction::MakeDirectory { .. } => "make_directory",
        StepAction::MakeSymlink { .. } => "make_symlink",
        StepAction::Quarantine => "quarantine",
    }
}

fn source(draft: &mut Draft<'_>, step: &Step) {
    match source_of(&step.action) {
        Some(from) => {
            draft.page.code(&from.source);
            draft.page.markup("<br>");
            draft.say_with("report-snapshot", &[("snapshot", &from.snapshot)]);
        }
        None => draft.say("report-no-source-needed"),
    }
}

/// When the chosen version was stored, who says so, and what the snapshot says of itself where that differs.
fn stored(draft: &mut Draft<'_>, step: &Step, entry: Option<&CatalogueEntry>) {
    let chosen = match entry.map(|entry| (entry, &entry.clean)) {
        Some((entry, CleanPoint::Version { index, .. })) => entry.versions.get(*index),
        Some((_, CleanPoint::Absent { stored, snapshot })) => {
            draft.say_with("report-absent-in", &[("snapshot", snapshot)]);
            draft.page.markup("<br>");
            draft.time(*stored);
            return;
        }
        _ => None,
    };
    let Some(version) = chosen else {
        draft.say(if source_of(&step.action).is_some() { "unknown" } else { "report-no-source-needed" });
        return;
    };
    draft.time(version.stored.time);
    draft.page.markup("<br><span class=\"fine\">");
    draft.say("report-stored-says");
    draft.page.markup(" ");
    draft.named(
        "time-origin",
        match version.stored.origin {
            TimeOrigin::Server => "server",
            TimeOrigin::StorageFile => "storage_file",
            TimeOrigin::Declared => "declared",
        },
    );
    if let Some(declared) = version.stored.declared.filter(|declared| *declared != version.stored.time) {
        draft.page.markup("<br>");
        draft.say_with("report-stored-declared", &[("time", &times::utc(declared))]);
    }
    draft.page.markup("</span>");
}

fn loss(draft: &mut Draft<'_>, step: &Step, entry: Option<&CatalogueEntry>) {
    match entry.map(|entry| &entry.clean) {
        Some(CleanPoint::Version { age_ns, .. }) if source_of(&step.action).is_some() => {
            let duration = duration(draft.texts, *age_ns);
            draft.say_with("report-loss-window", &[("duration", &duration)]);
        }
        _ => draft.say("report-no-loss"),
    }
}
