//! The custody log's checkpoint and the key it is signed with.

use crate::{Section, draft::Draft, times};

pub(crate) struct Custody;

impl Section for Custody {
    fn name(&self) -> &'static str {
        "custody"
    }

    fn write(&self, draft: &mut Draft<'_>) {
        let Some(custody) = draft.input.custody else {
            draft.nothing("report-custody-none");
            return;
        };
        draft.paragraph("report-custody-entries", &[("count", &times::number(custody.entries))]);
        draft.explain("report-custody-explain");
        draft.heading("report-custody-checkpoint", &[]);
        draft.page.markup("<pre>");
        for line in custody.checkpoint.lines().take(64) {
            draft.page.text(&crate::page::short(line));
            draft.page.markup("\n");
        }
        draft.page.markup("</pre>\n");
        draft.heading("report-custody-key", &[]);
        draft.page.markup("<pre>");
        draft.page.text(&crate::page::short(&custody.public_key));
        draft.page.markup("</pre>\n");
    }
}
