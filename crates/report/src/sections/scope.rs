//! The affected objects: touched, settings, transient, derived, exposed, possible.

use model::{Certainty, DerivedObject, ExposedKind, ExposedObject, ObjectRef, Scope, TouchedObject};

use crate::{
    Section,
    draft::Draft,
    figures::object_name,
    sections::coverage,
    story::{operation_name, period},
};

/// Most operations shown per object; a log rotated in a loop would have thousands.
const OPERATIONS_PER_OBJECT_MAX: usize = 8;

pub(crate) struct AffectedObjects;

impl Section for AffectedObjects {
    fn name(&self) -> &'static str {
        "scope"
    }

    fn write(&self, draft: &mut Draft<'_>) {
        let input = draft.input;
        if input.scopes.is_empty() {
            draft.nothing("report-scope-none");
            return;
        }
        draft.explain("report-scope-explain");
        for (at, scope) in input.scopes.iter().enumerate() {
            if input.scopes.len() > 1 {
                draft.heading("report-incident-heading", &[("number", &(at + 1).to_string())]);
            }
            one_scope(draft, scope);
        }
        if !input.coverage.blind_windows.is_empty() {
            draft.heading("report-boundary-limits", &[]);
            coverage::blind_windows(draft);
        }
    }
}

fn one_scope(draft: &mut Draft<'_>, scope: &Scope) {
    touched(draft, "report-scope-touched", "report-scope-no-touched", &scope.touched);
    if !scope.settings.is_empty() {
        touched(draft, "report-scope-settings", "report-scope-no-touched", &scope.settings);
    }
    if !scope.transient.is_empty() {
        touched(draft, "report-scope-transient", "report-scope-no-touched", &scope.transient);
    }
    derived(draft, &scope.derived);
    exposed(draft, &scope.exposed);
    possible(draft, scope);
}

fn touched(draft: &mut Draft<'_>, heading: &str, nothing: &str, objects: &[TouchedObject]) {
    draft.heading(heading, &[("count", &objects.len().to_string())]);
    if objects.is_empty() {
        draft.nothing(nothing);
        return;
    }
    let columns = [
        "report-column-object",
        "report-column-done",
        "report-column-existed",
        "report-column-exists",
        "report-column-where",
    ];
    draft.table(&columns, "scope.json", objects, |row, object| {
        row.wide_cell(|draft| {
            name(draft, &object.object);
            draft.page.markup("<br>");
            draft.certainty(object.certainty);
        });
        row.cell(|draft| operations(draft, object));
        row.cell(|draft| draft.answer(&object.existed_before));
        row.cell(|draft| draft.answer(&object.exists_after));
        row.cell(|draft| place(draft, &object.object));
    });
}

/// The object's name and kind.
fn name(draft: &mut Draft<'_>, object: &ObjectRef) {
    draft.page.code(&object_name(object));
    draft.page.markup(" <span class=\"fine\">");
    draft.named("object", object.kind.name());
    draft.page.markup("</span>");
}

fn operations(draft: &mut Draft<'_>, object: &TouchedObject) {
    draft.page.markup("<ul class=\"acts\">");
    for operation in object.operations.iter().take(OPERATIONS_PER_OBJECT_MAX) {
        draft.page.markup("<li>");
        draft.named("operation", operation_name(operation.kind));
        draft.cite(&[operation.event]);
        draft.page.markup("<br><span class=\"fine\">");
        draft.time(operation.time);
        draft.page.markup("</span></li>");
    }
    draft.page.markup("</ul>");
    if object.operations.len() > OPERATIONS_PER_OBJECT_MAX {
        let more = (object.operations.len() - OPERATIONS_PER_OBJECT_MAX).to_string();
        draft.say_with("report-more-rows", &[("count", &more), ("file", "scope.json")]);
    }
    for (other, key) in [(&object.renamed_to, "report-renamed-to"), (&object.renamed_from, "report-renamed-from")] {
        if let Some(other) = other {
            draft.page.markup("<p class=\"fine\">");
            draft.say_with(key, &[("path", &other.to_string())]);
            draft.page.markup("</p>");
        }
    }
    if !object.later_benign.is_empty() {
        draft.page.markup("<p class=\"fine\">");
        draft.say_with("report-later-benign", &[("count", &object.later_benign.len().to_string())]);
        draft.cite(&object.later_benign);
        draft.page.markup("</p>");
    }
}

/// Device, inode, and how the host path was found.
fn place(draft: &mut Draft<'_>, object: &ObjectRef) {
    if let Some(device) = object.device {
        draft.say_with("report-device", &[("device", &format!("{device}"))]);
        draft.page.markup("<br>");
    }
    if let Some(inode) = object.inode {
        draft.say_with("report-inode", &[("inode", &inode.to_string())]);
        draft.page.markup("<br>");
    }
    match &object.host_path {
        Some(resolution) => {
            let confidence = resolution.confidence.to_string();
            draft.say_with("report-resolved", &[("how", &resolution.how), ("confidence", &confidence)]);
        }
        None => draft.say("report-not-resolved"),
    }
    let host_path = object.host_path.as_ref().map(|resolution| &resolution.path);
    for recorded in object.recorded_paths.iter().filter(|path| Some(*path) != host_path).take(3) {
        draft.page.markup("<br><span class=\"fine\">");
        draft.say_with("report-recorded-as", &[("path", &recorded.to_string())]);
        draft.page.markup("</span>");
    }
}

fn derived(draft: &mut Draft<'_>, objects: &[DerivedObject]) {
    draft.heading("report-scope-derived", &[("count", &objects.len().to_string())]);
    if objects.is_empty() {
        draft.nothing("report-scope-no-derived");
        return;
    }
    draft.explain("report-scope-derived-explain");
    let columns = ["report-column-object", "report-column-rank", "report-column-from-object", "report-column-settle"];
    draft.table(&columns, "scope.json", objects, |row, object| {
        row.wide_cell(|draft| {
            name(draft, &object.object);
            draft.page.markup("<br>");
            draft.certainty(Certainty::Inferred);
        });
        row.cell(|draft| draft.page.text(&object.rank.to_string()));
        row.cell(|draft| {
            draft.page.code(&object.from.to_string());
            draft.cite(&object.events);
        });
        row.cell(|draft| draft.named("settled", &object.cleared_by));
    });
}

fn exposed(draft: &mut Draft<'_>, objects: &[ExposedObject]) {
    draft.heading("report-scope-exposed", &[("count", &objects.len().to_string())]);
    if objects.is_empty() {
        draft.nothing("report-scope-no-exposed");
        return;
    }
    draft.explain("report-scope-exposed-explain");
    let columns = ["report-column-object", "report-column-harm", "report-column-first-read"];
    draft.table(&columns, "scope.json", objects, |row, object| {
        row.wide_cell(|draft| name(draft, &object.object));
        row.cell(|draft| {
            draft.named("content", object.content.name());
            draft.page.markup("<br>");
            if object.kind == ExposedKind::Secret {
                draft.named("exposed", "secret");
            } else {
                draft.named("personal", object.content.is_personal().name());
            }
        });
        row.cell(|draft| {
            draft.time(object.first_act);
            draft.cite(&object.events);
        });
    });
}

fn possible(draft: &mut Draft<'_>, scope: &Scope) {
    draft.heading("report-scope-possible", &[("count", &scope.possible.len().to_string())]);
    if scope.possible.is_empty() {
        draft.nothing("report-scope-no-possible");
        return;
    }
    draft.explain("report-scope-possible-explain");
    let columns = ["report-column-below", "report-column-when", "report-column-settle"];
    draft.table(&columns, "scope.json", &scope.possible, |row, object| {
        row.cell(|draft| {
            match &object.below {
                Some(path) => draft.page.code(&path.to_string()),
                None => draft.say("report-anywhere"),
            }
            draft.page.markup("<br>");
            draft.certainty(Certainty::Possible);
        });
        row.cell(|draft| match draft.input.coverage.blind_windows.get(object.blind_window) {
            Some(window) => {
                let text = period(draft.texts, window.from, window.to, draft.input.display_offset_minutes);
                draft.page.text(&text);
            }
            None => draft.say("unknown"),
        });
        row.cell(|draft| draft.named("settled", &object.settled_by));
    });
}
