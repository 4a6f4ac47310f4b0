//! `intake`, `read`, `coverage`: evidence comes in and is parsed.

use clap::ArgMatches;
use flow::{IntakeOptions, ReadOptions};
use model::{ArtefactKind, Coverage, EvidenceItem};

use super::{coverage_table::show_coverage, flag, looked, open_case, paths};
use crate::{exit::Exit, screen::Screen, table::Table};

pub(super) fn intake(arguments: &ArgMatches, screen: &mut Screen) -> anyhow::Result<Exit> {
    let mut case = open_case(arguments, screen)?;
    let options = IntakeOptions { in_place: flag(arguments, "in-place") };
    let items = flow::intake(&mut case, &paths(arguments, "evidence"), &options, &mut |at| screen.progress(at))?;
    case.seal()?;
    show_items(&items, screen)?;
    Ok(Exit::Done)
}

fn show_items(items: &[EvidenceItem], screen: &mut Screen) -> anyhow::Result<()> {
    if screen.json {
        return screen.json_value(&items);
    }
    let heading = |screen: &Screen, key: &str| screen.texts.get(key, &[]);
    let mut table = Table::new(vec![
        "SHA-256".to_string(),
        heading(screen, "cli-column-bytes"),
        heading(screen, "cli-column-sources"),
        heading(screen, "cli-column-file"),
    ]);
    for item in items {
        let original = &item.original;
        table.row(vec![
            original.sha256.short(),
            original.size.to_string(),
            item.sources.len().to_string(),
            original.path.to_string(),
        ]);
    }
    for line in table.lines() {
        screen.data(&line)?;
    }
    for problem in items.iter().flat_map(|item| &item.problems) {
        let text = screen.texts.named("problem", &name_of(&problem.kind), &[]);
        screen.warn(&format!("{text}: {}", model::display_safe(&problem.text)));
    }
    Ok(())
}

pub(super) fn read(arguments: &ArgMatches, screen: &mut Screen) -> anyhow::Result<Exit> {
    let mut case = open_case(arguments, screen)?;
    let options = ReadOptions {
        formats: super::chosen_formats(arguments),
        clocks: super::stated_clocks(arguments)?,
        ..ReadOptions::default()
    };
    let coverage = flow::read(&mut case, &options, &mut |at| screen.progress(at))?;
    case.seal()?;
    show_coverage(&coverage, screen)?;
    flow::must_be_readable(&case, &coverage)?;
    Ok(Exit::Done)
}

pub(super) fn coverage(arguments: &ArgMatches, screen: &mut Screen) -> anyhow::Result<Exit> {
    let mut case = open_case(arguments, screen)?;
    let coverage: Coverage = case.read(ArtefactKind::Coverage)?;
    looked(&mut case, "coverage", screen);
    show_coverage(&coverage, screen)?;
    Ok(Exit::Done)
}

/// The name that an artefact gives to a unit variant.
pub(super) fn name_of(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(ToString::to_string)).unwrap_or_default()
}
