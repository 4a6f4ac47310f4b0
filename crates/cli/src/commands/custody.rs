//! `custody verify` and `custody show`.

use clap::ArgMatches;

use super::{case_directory, path};
use crate::{
    exit::Exit,
    screen::{Screen, Tone},
};

pub(super) fn run(arguments: &ArgMatches, screen: &mut Screen) -> anyhow::Result<Exit> {
    match arguments.subcommand() {
        Some(("verify", arguments)) => verify(arguments, screen),
        Some(("show", arguments)) => show(arguments, screen),
        _ => Ok(Exit::Usage),
    }
}

/// Needs only the log, a checkpoint and the public key; a case directory has all three.
fn verify(arguments: &ArgMatches, screen: &mut Screen) -> anyhow::Result<Exit> {
    let case = case_directory(arguments);
    let given = |name: &str| path(arguments, name);
    let all_from_case = [given("log"), given("checkpoint"), given("public-key")].iter().all(Option::is_none);
    let report = if all_from_case {
        flow::verify_case_custody(&case)?
    } else {
        let file = |name: &str, default: &str| given(name).unwrap_or_else(|| case.join(default));
        let (log, checkpoint) = (file("log", "custody.log"), file("checkpoint", "checkpoint"));
        flow::verify_custody(&log, &checkpoint, &file("public-key", "custody.pub"))?
    };
    if screen.json {
        screen.json_value(&report)?;
        return Ok(Exit::Done);
    }
    let (entries, root) = (report.sealed.to_string(), report.root.to_string());
    let line = screen.texts.get("cli-custody-good", &[("entries", &entries), ("root", &root)]);
    let line = screen.paint(Tone::Good, &line);
    screen.data(&line)?;
    let counts = [
        ("cli-custody-unsealed", report.unsealed),
        ("cli-custody-unfinished", report.unfinished.len() as u64),
        ("cli-custody-torn", report.torn.len() as u64 + u64::from(report.torn_tail_bytes > 0)),
        ("cli-custody-clock", report.clock_steps_back.len() as u64),
    ];
    for (key, count) in counts.into_iter().filter(|(_, count)| *count > 0) {
        let line = screen.texts.get(key, &[("count", &count.to_string())]);
        screen.warn(&line);
    }
    if all_from_case {
        screen.say("cli-custody-own-key", &[]);
    }
    Ok(Exit::Done)
}

fn show(arguments: &ArgMatches, screen: &mut Screen) -> anyhow::Result<Exit> {
    let case = case_directory(arguments);
    screen.case = Some(case.clone());
    for line in flow::custody_lines(&case)? {
        // Entries are JSON of our own making; what they quote is escaped there, and here once more for the terminal.
        screen.data(&model::display_safe(&line?))?;
    }
    Ok(Exit::Done)
}
