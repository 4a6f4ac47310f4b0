//! Lines for the people who answer for the report.

use crate::{Section, draft::Draft};

const ROLES: [&str; 5] = [
    "report-role-investigator",
    "report-role-operator",
    "report-role-approver",
    "report-role-owner",
    "report-role-auditor",
];

pub(crate) struct SignOff;

impl Section for SignOff {
    fn name(&self) -> &'static str {
        "sign-off"
    }

    fn write(&self, draft: &mut Draft<'_>) {
        draft.explain("report-sign-off-explain");
        let columns = ["report-column-role", "report-column-name", "report-column-date", "report-column-signature"];
        draft.table(&columns, "signoffs.json", &ROLES, |row, role| {
            row.cell(|draft| draft.say(role));
            for _ in 0..3 {
                row.cell(|draft| draft.page.markup("<span class=\"blank\"></span>"));
            }
        });
    }
}
