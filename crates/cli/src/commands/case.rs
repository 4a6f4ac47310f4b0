//! `case new`: makes a case directory.

use clap::ArgMatches;
use flow::{Case, Settings};

use super::{Misuse, milliseconds, path, text, texts};
use crate::{exit::Exit, screen::Screen};

pub(super) fn run(arguments: &ArgMatches, screen: &mut Screen) -> anyhow::Result<Exit> {
    let Some(("new", arguments)) = arguments.subcommand() else { return Ok(Exit::Usage) };
    let directory = path(arguments, "dir").unwrap_or_default();
    let settings = settings(arguments, &directory)?;
    screen.case = Some(directory.clone());
    let mut case = Case::create(&directory, settings)?;
    let checkpoint = case.seal()?;
    let shown = directory.display().to_string();
    screen.say("cli-case-made", &[("path", &shown)]);
    screen.say("cli-keep-checkpoint", &[]);
    screen.data(checkpoint.trim_end())?;
    screen.data(&case.public_key())?;
    Ok(Exit::Done)
}

/// Settings of a new case from the arguments; the name is the directory's unless given.
pub(super) fn settings(arguments: &ArgMatches, directory: &std::path::Path) -> anyhow::Result<Settings> {
    let name = text(arguments, "name").or_else(|| Some(directory.file_name()?.to_string_lossy().into_owned()));
    let mut settings = Settings::named(name.as_deref().unwrap_or("case"));
    settings.declared_volumes = texts(arguments, "volume");
    settings.backups = texts(arguments, "backup").iter().map(|url| flow::absolute_url(url)).collect();
    if let Some(seconds) = text(arguments, "clock-error") {
        settings.clock_error_ms = milliseconds(&seconds)?;
    }
    if let Ok(Some(offset)) = arguments.try_get_one::<String>("offset") {
        settings.display_offset_minutes = minutes(offset)?;
    }
    Ok(settings)
}

/// `+09:00` as minutes.
fn minutes(offset: &str) -> anyhow::Result<i32> {
    let wrong = || Misuse(format!("--offset {offset}: expected +HH:MM or -HH:MM"));
    let (sign, rest) = match offset.as_bytes().first() {
        Some(b'+') => (1, &offset[1..]),
        Some(b'-') => (-1, &offset[1..]),
        _ => return Err(wrong().into()),
    };
    let (hours, minutes) = rest.split_once(':').ok_or_else(wrong)?;
    let (hours, minutes): (i32, i32) = (hours.parse().map_err(|_| wrong())?, minutes.parse().map_err(|_| wrong())?);
    if !(0..=14).contains(&hours) || !(0..60).contains(&minutes) {
        return Err(wrong().into());
    }
    Ok(sign * (hours * 60 + minutes))
}
