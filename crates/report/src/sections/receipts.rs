//! What was done, step by step, and how it can be undone.

use model::{Fingerprint, Receipt, StepState, Undo};

use crate::{Section, draft::Draft, story::note_text, times};

/// Most notes shown per step; a file may have hundreds of extended attributes.
const NOTES_MAX: usize = 5;

pub(crate) struct Receipts;

impl Section for Receipts {
    fn name(&self) -> &'static str {
        "receipts"
    }

    fn write(&self, draft: &mut Draft<'_>) {
        if draft.input.receipts.is_empty() {
            draft.nothing("report-receipts-none");
            return;
        }
        // What went wrong comes first: it must not hide behind row 500.
        let mut receipts: Vec<&Receipt> = draft.input.receipts.iter().collect();
        receipts.sort_by_key(|receipt| (!has_failed(receipt), receipt.step));
        let columns = [
            "report-column-step",
            "report-column-path",
            "report-column-result",
            "report-column-before",
            "report-column-after",
            "report-column-undo",
        ];
        draft.table(&columns, "receipts.json", &receipts, |row, receipt| {
            row.cell(|draft| draft.page.text(&receipt.step.to_string()));
            row.wide_cell(|draft| draft.page.code(&receipt.path.to_string()));
            row.cell(|draft| {
                state(draft, &receipt.state);
                for note in receipt.notes.iter().take(NOTES_MAX) {
                    let text = note_text(draft.texts, note);
                    draft.page.markup("<br><span class=\"missing\">");
                    draft.page.marked(&text);
                    draft.page.markup("</span>");
                }
                draft.page.markup("<br><span class=\"fine\">");
                draft.time(receipt.at);
                draft.page.markup("</span>");
            });
            row.cell(|draft| fingerprint(draft, &receipt.before));
            row.cell(|draft| fingerprint(draft, &receipt.after));
            row.cell(|draft| undo(draft, &receipt.undo));
        });
    }
}

fn has_failed(receipt: &Receipt) -> bool {
    matches!(receipt.state, StepState::Refused { .. } | StepState::Failed { .. })
}

fn state(draft: &mut Draft<'_>, state: &StepState) {
    let (open, name) = match state {
        StepState::Done => ("<span class=\"badge good\">✓ ", "done"),
        StepState::AlreadyRight => ("<span class=\"badge good\">= ", "already_right"),
        StepState::Refused { .. } => ("<span class=\"badge bad\">! ", "refused"),
        StepState::Failed { .. } => ("<span class=\"badge bad\">! ", "failed"),
        StepState::Undone => ("<span class=\"badge tried\">↶ ", "undone"),
    };
    draft.page.markup(open);
    draft.named("step-state", name);
    draft.page.markup("</span>");
    match state {
        StepState::Refused { reason, detail } => {
            draft.page.markup("<br>");
            draft.named("refused", reason);
            particulars(draft, detail);
        }
        StepState::Failed { detail } => particulars(draft, detail),
        StepState::Done | StepState::AlreadyRight | StepState::Undone => {}
    }
}

fn particulars(draft: &mut Draft<'_>, detail: &str) {
    if !detail.is_empty() {
        draft.page.markup("<br>");
        draft.page.code(detail);
    }
}

fn fingerprint(draft: &mut Draft<'_>, fingerprint: &Fingerprint) {
    match fingerprint {
        Fingerprint::Nothing => draft.say("fingerprint-nothing"),
        Fingerprint::Something { kind, mode, uid, gid, size, sha256, .. } => {
            draft.named("fingerprint", kind);
            draft.page.text(&format!(" {mode:04o} {uid}:{gid}"));
            draft.page.markup("<br><span class=\"fine\">");
            draft.say_with("report-bytes", &[("count", &times::number(*size))]);
            if let Some(hash) = sha256 {
                draft.page.markup("<br>");
                draft.hash(hash);
            }
            draft.page.markup("</span>");
        }
    }
}

fn undo(draft: &mut Draft<'_>, undo: &Undo) {
    match undo {
        Undo::Nothing => draft.say("undo-nothing"),
        Undo::Remove => draft.say("undo-remove"),
        Undo::PutBack { quarantined } => draft.say_with("undo-put_back", &[("name", &quarantined.to_string())]),
        Undo::ResetMetadata { .. } => draft.say("undo-reset_metadata"),
    }
}
