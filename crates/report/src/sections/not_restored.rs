//! What is not restored, why, and what a person can do about it.

use crate::{Section, draft::Draft};

pub(crate) struct NotRestored;

impl Section for NotRestored {
    fn name(&self) -> &'static str {
        "not-restored"
    }

    fn write(&self, draft: &mut Draft<'_>) {
        let Some(plan) = draft.input.plan else {
            draft.nothing("report-plan-none");
            return;
        };
        if plan.not_restored.is_empty() {
            draft.nothing("report-not-restored-none");
            return;
        }
        let columns = ["report-column-object", "report-column-reason", "report-column-next"];
        draft.table(&columns, "plan.json", &plan.not_restored, |row, object| {
            row.wide_cell(|draft| draft.page.code(&object.object.to_string()));
            row.cell(|draft| draft.named("not-restored", &object.reason));
            row.cell(|draft| draft.named("next", &object.next));
        });
    }
}
