//! Secrets that were read: they cannot be restored, only replaced.

use model::ExposedObject;

use crate::{
    Section,
    draft::Draft,
    figures::{object_name, secrets},
};

pub(crate) struct Secrets;

impl Section for Secrets {
    fn name(&self) -> &'static str {
        "secrets"
    }

    fn write(&self, draft: &mut Draft<'_>) {
        let secrets = secrets(draft.input);
        if secrets.is_empty() {
            draft.nothing("report-secrets-none");
            return;
        }
        draft.explain("report-secrets-explain");
        let columns = [
            "report-column-secret",
            "report-column-do",
            "report-column-first-read",
            "report-column-used",
            "report-column-replaced",
        ];
        draft.table(&columns, "scope.json", &secrets, |row, secret| {
            row.wide_cell(|draft| {
                draft.page.code(&object_name(&secret.object));
                draft.page.markup("<br>");
                draft.named("content", secret.content.name());
            });
            row.cell(|draft| draft.named("rotate", secret.content.name()));
            row.cell(|draft| {
                draft.time(secret.first_act);
                draft.cite(&secret.events);
            });
            row.cell(|draft| used(draft, secret));
            // To be filled in by hand.
            row.cell(|draft| draft.page.markup("☐ <span class=\"blank\"></span>"));
        });
    }
}

/// Who one is with it, and whether somebody was since.
fn used(draft: &mut Draft<'_>, secret: &ExposedObject) {
    let Some(identity) = &secret.identity else {
        draft.say("report-secrets-unknown-use");
        return;
    };
    draft.say_with("report-secrets-identity", &[("identity", identity)]);
    draft.page.text(" ");
    // Under another's name no request can be seen without the API server's log.
    let mut formats = draft.input.coverage.sources.iter().filter_map(|source| source.format.chosen.as_deref());
    let sees_requests = formats.any(|format| matches!(format, "k8s_audit" | "gke_audit"));
    if secret.uses_total == 0 && !sees_requests {
        draft.say("report-secrets-unknown-use");
    } else if secret.uses_total == 0 {
        draft.say("report-secrets-unused");
    } else {
        draft.say_with("report-secrets-used", &[("count", &secret.uses_total.to_string())]);
        draft.cite(&secret.uses);
    }
}
