//! `report`: writes the report in both languages.

use clap::ArgMatches;

use super::{open_case, path};
use crate::{exit::Exit, screen::Screen};

pub(super) fn run(arguments: &ArgMatches, screen: &mut Screen) -> anyhow::Result<Exit> {
    let mut case = open_case(arguments, screen)?;
    let files = flow::report(&mut case, path(arguments, "out").as_deref(), &mut |at| screen.progress(at))?;
    case.seal()?;
    for file in &files.html {
        screen.data(&model::display_safe(&file.display().to_string()))?;
    }
    Ok(Exit::Done)
}
