//! What was proven of each restored object: the rung it reached, each check and its proof.

use model::{Answer, CheckResult, Rung, Verdict};

use crate::{Section, draft::Draft};

const RUNGS: [Rung; 7] = [Rung::V0, Rung::V1, Rung::V2, Rung::V3, Rung::V4, Rung::V5, Rung::V6];

pub(crate) struct Verification;

impl Section for Verification {
    fn name(&self) -> &'static str {
        "verification"
    }

    fn write(&self, draft: &mut Draft<'_>) {
        ladder_explained(draft);
        if draft.input.verdicts.is_empty() {
            draft.nothing("report-verdicts-none");
            return;
        }
        // The weakest come first: they need a person.
        let mut verdicts: Vec<&Verdict> = draft.input.verdicts.iter().collect();
        verdicts.sort_by(|left, right| {
            (left.verified, left.rung, &left.path).cmp(&(right.verified, right.rung, &right.path))
        });
        let columns = ["report-column-path", "report-column-rung", "report-column-verified", "report-column-proof"];
        draft.table(&columns, "verdicts.json", &verdicts, |row, verdict| {
            row.wide_cell(|draft| {
                draft.page.code(&verdict.path.to_string());
                if let Some(hash) = &verdict.sha256 {
                    draft.page.markup("<br>");
                    draft.hash(hash);
                }
            });
            row.cell(|draft| ladder(draft, verdict));
            row.cell(|draft| verified(draft, verdict.verified));
            row.cell(|draft| {
                draft.page.markup("<ul class=\"checks\">");
                verdict.checks.iter().for_each(|check| proof(draft, check));
                draft.page.markup("</ul>");
            });
        });
    }
}

fn ladder_explained(draft: &mut Draft<'_>) {
    draft.explain("report-verification-explain");
    draft.page.markup("<ul class=\"rungs\">\n");
    for rung in RUNGS {
        draft.page.markup("<li><b>");
        draft.page.text(&format!("{rung:?}"));
        draft.page.markup("</b> ");
        draft.named("rung-meaning", &format!("{rung:?}"));
        draft.page.markup("</li>\n");
    }
    draft.page.markup("</ul>\n");
}

/// The ladder as seven boxes: filled = held, dash = could not be told, cross = failed, empty = not reached.
fn ladder(draft: &mut Draft<'_>, verdict: &Verdict) {
    let label = match verdict.rung {
        Some(rung) => format!("{rung:?}"),
        None => draft.texts.get("rung-none", &[]),
    };
    draft.page.markup("<b>");
    draft.page.text(&label);
    draft.page.markup("</b> <span class=\"ladder\" aria-hidden=\"true\">");
    for rung in RUNGS {
        let answers = || verdict.checks.iter().filter(move |check| check.rung == rung).map(|check| &check.answer);
        let failed = answers().any(|answer| *answer == Answer::No);
        let untold = answers().any(|answer| matches!(answer, Answer::CannotTell { .. }));
        let held = verdict.rung.is_some_and(|reached| rung <= reached) && !untold;
        draft.page.markup(match (failed, held, untold) {
            (true, _, _) => "<i class=\"failed\">×</i>",
            (_, true, _) => "<i class=\"held\">■</i>",
            (_, _, true) => "<i>–</i>",
            _ => "<i>□</i>",
        });
    }
    draft.page.markup("</span>");
}

fn verified(draft: &mut Draft<'_>, verified: bool) {
    draft.page.markup(if verified { "<span class=\"badge good\">✓ " } else { "<span class=\"badge unsure\">! " });
    draft.say(if verified { "report-verified-yes" } else { "report-verified-no" });
    draft.page.markup("</span>");
}

fn proof(draft: &mut Draft<'_>, check: &CheckResult) {
    draft.page.markup("<li>");
    draft.page.text(&format!("{:?} ", check.rung));
    draft.page.code(&check.check);
    draft.page.markup(" ");
    match &check.answer {
        Answer::Yes => draft.page.markup("<span class=\"badge good\">✓ "),
        Answer::No => draft.page.markup("<span class=\"badge bad\">× "),
        Answer::CannotTell { .. } => draft.page.markup("<span>"),
    }
    draft.answer(&check.answer);
    draft.page.markup("</span>");
    if !check.proof.is_empty() {
        draft.page.markup("<br><span class=\"proof\">");
        draft.page.text(&crate::page::short(&check.proof));
        draft.page.markup("</span>");
    }
    draft.page.markup("</li>");
}
