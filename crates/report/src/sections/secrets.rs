//! Secrets that were read: they cannot be restored, only replaced.

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
        let columns = ["report-column-secret", "report-column-first-read", "report-column-replaced"];
        draft.table(&columns, "scope.json", &secrets, |row, secret| {
            row.wide_cell(|draft| draft.page.code(&object_name(&secret.object)));
            row.cell(|draft| {
                draft.time(secret.first_act);
                draft.cite(&secret.events);
            });
            // To be filled in by hand.
            row.cell(|draft| draft.page.markup("☐ <span class=\"blank\"></span>"));
        });
    }
}
