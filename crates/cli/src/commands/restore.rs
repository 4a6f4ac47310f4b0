//! `restore`, `undo` and `verify`: the approved plan is carried out, taken back, proven.

use clap::ArgMatches;
use model::{Answer, Receipt, StepState, Verdict};

use super::{Misuse, access, evidence::name_of, mappings, open_case, texts};
use crate::{
    exit::Exit,
    screen::{Screen, Tone},
};

pub(super) fn restore(arguments: &ArgMatches, screen: &mut Screen) -> anyhow::Result<Exit> {
    let mut options = mappings(arguments)?;
    options.access = access(arguments);
    let mut case = open_case(arguments, screen)?;
    let receipts = flow::restore(&mut case, &options, &mut |at| screen.progress(at))?;
    case.seal()?;
    show_receipts(&receipts, screen)?;
    screen.say("cli-restore-next", &[]);
    Ok(restored(&receipts))
}

/// The exit code of a restore.
pub(super) fn restored(receipts: &[Receipt]) -> Exit {
    let is_done = |receipt: &Receipt| matches!(receipt.state, StepState::Done | StepState::AlreadyRight);
    if receipts.iter().all(is_done) { Exit::Done } else { Exit::RestoreIncomplete }
}

pub(super) fn undo(arguments: &ArgMatches, screen: &mut Screen) -> anyhow::Result<Exit> {
    let options = mappings(arguments)?;
    let mut steps = Vec::new();
    for step in texts(arguments, "step") {
        steps.push(step.parse().map_err(|_| Misuse(format!("--step {step}: not a step's number")))?);
    }
    let mut case = open_case(arguments, screen)?;
    let undone = flow::undo(&mut case, &options, &steps, &mut |at| screen.progress(at))?;
    case.seal()?;
    show_receipts(&undone.receipts, screen)?;
    for (step, refusal) in &undone.refused {
        let reason = screen.texts.named("refused", refusal.reason, &[]);
        let (step, detail) = (step.to_string(), model::display_safe(&refusal.detail));
        let line = screen.texts.get("cli-undo-refused", &[("step", &step), ("reason", &reason), ("detail", &detail)]);
        screen.warn(&line);
    }
    Ok(if undone.refused.is_empty() { Exit::Done } else { Exit::RestoreIncomplete })
}

fn show_receipts(receipts: &[Receipt], screen: &mut Screen) -> anyhow::Result<()> {
    if screen.json {
        return screen.json_value(&receipts);
    }
    for receipt in receipts {
        let (name, tone) = match receipt.state {
            StepState::Done => ("done", Tone::Good),
            StepState::AlreadyRight => ("already_right", Tone::Good),
            StepState::Refused { .. } => ("refused", Tone::Bad),
            StepState::Failed { .. } => ("failed", Tone::Bad),
            StepState::Undone => ("undone", Tone::Plain),
        };
        let word = screen.texts.named("cli-state", name, &[]);
        let word = screen.paint(tone, &word);
        screen.data(&format!("{:>3}  {word}  {}", receipt.step, receipt.path))?;
        match &receipt.state {
            StepState::Refused { reason, detail } => {
                let text = screen.texts.named("refused", reason, &[]);
                screen.paragraph(7, Tone::Plain, &format!("{text} ({})", model::display_safe(detail)))?;
            }
            StepState::Failed { detail } => screen.paragraph(7, Tone::Plain, &model::display_safe(detail))?,
            _ => {}
        }
        for note in &receipt.notes {
            let (key, facts) = note.split_once([' ', ':']).unwrap_or((note, ""));
            let text = screen.texts.named("note", key, &[]);
            screen.paragraph(7, Tone::Faint, format!("{text} {}", model::display_safe(facts)).trim_end())?;
        }
    }
    Ok(())
}

pub(super) fn verify(arguments: &ArgMatches, screen: &mut Screen) -> anyhow::Result<Exit> {
    let mut options = mappings(arguments)?;
    options.access = access(arguments);
    let mut case = open_case(arguments, screen)?;
    let verdicts = flow::verify(&mut case, &options, &mut |at| screen.progress(at))?;
    case.seal()?;
    show_verdicts(&verdicts, screen)?;
    Ok(proven(&verdicts))
}

/// The exit code of a verification: whether any check of an object itself says no. A set that is not
/// complete because a person still has to decide over a neighbour is not a failed object.
pub(super) fn proven(verdicts: &[Verdict]) -> Exit {
    let fails =
        |verdict: &Verdict| verdict.checks.iter().any(|check| check.answer == Answer::No && check.check != "set");
    if verdicts.iter().any(fails) { Exit::VerificationFailed } else { Exit::Done }
}

fn show_verdicts(verdicts: &[Verdict], screen: &mut Screen) -> anyhow::Result<()> {
    if screen.json {
        return screen.json_value(&verdicts);
    }
    for verdict in verdicts {
        let rung = verdict.rung.map_or("–".to_string(), |rung| name_of(&rung));
        let tone = if verdict.verified { Tone::Good } else { Tone::Warning };
        let word = screen.texts.get(if verdict.verified { "cli-verified" } else { "cli-not-verified" }, &[]);
        let word = screen.paint(tone, &word);
        screen.data(&format!("{rung:<2}  {word}  {}", verdict.path))?;
        for check in &verdict.checks {
            let line = match &check.answer {
                Answer::Yes => continue,
                Answer::No => {
                    let no = screen.texts.get("answer-no", &[]);
                    format!("{} {}: {no}: {}", name_of(&check.rung), check.check, check.proof)
                }
                Answer::CannotTell { missing } => {
                    let text = screen.texts.get("answer-cannot_tell-because", &[("missing", missing)]);
                    format!("{} {}: {text}", name_of(&check.rung), check.check)
                }
            };
            let tone = if check.answer == Answer::No { Tone::Bad } else { Tone::Faint };
            screen.paragraph(6, tone, &model::display_safe(&line))?;
        }
    }
    Ok(())
}
