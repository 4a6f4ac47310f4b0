//! `intake`, `read`, `coverage`: evidence comes in, is parsed, and what could not be told is shown.

use clap::ArgMatches;
use flow::{IntakeOptions, ReadOptions};
use model::{ArtefactKind, Coverage, EvidenceItem};

use super::{flag, looked, open_case, paths};
use crate::{
    exit::Exit,
    screen::{Screen, Tone},
    table::Table,
};

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
    let options = ReadOptions { formats: super::chosen_formats(arguments), ..ReadOptions::default() };
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

/// Problems of one source that are shown; the artefact lists up to a thousand.
const PROBLEMS_SHOWN: usize = 10;

/// The table of sources, then what is blind.
pub(super) fn show_coverage(coverage: &Coverage, screen: &mut Screen) -> anyhow::Result<()> {
    if screen.json {
        return screen.json_value(coverage);
    }
    let keys = ["source", "format", "first", "last", "records", "problems", "gaps", "drops"];
    let headings = keys.iter().map(|key| screen.texts.get(&format!("cli-column-{key}"), &[]));
    let mut table = Table::new(headings.collect());
    for source in &coverage.sources {
        let time = |time: Option<model::Timestamp>| time.map_or("–".to_string(), model::Timestamp::to_millis_text);
        table.row(vec![
            model::display_safe(&source.name),
            source.format.chosen.clone().unwrap_or_else(|| "?".to_string()),
            time(source.first),
            time(source.last),
            source.records.to_string(),
            source.problems.values().sum::<u64>().to_string(),
            source.serial_gaps.iter().map(|gap| gap.missing).sum::<u64>().to_string(),
            source.drops.len().to_string(),
        ]);
    }
    for line in table.lines() {
        screen.data(&line)?;
    }
    for problem in coverage.sources.iter().flat_map(|source| source.problem_list.iter().take(PROBLEMS_SHOWN)) {
        let kind = screen.texts.named("problem", &name_of(&problem.kind), &[]);
        let (source, address) = (problem.address.source.short(), problem.address);
        let place = format!("{source}:{}+{}", address.offset, address.length);
        screen.paragraph(2, Tone::Plain, &format!("{kind} ⟨{place}⟩ {}", model::display_safe(&problem.text)))?;
    }
    for window in &coverage.blind_windows {
        let mut facts: Vec<(&str, &str)> = window.facts.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        let class = window.facts.get("class").map(|class| screen.texts.named("class", class, &[]));
        if let Some(class) = &class {
            facts.retain(|(name, _)| *name != "class");
            facts.push(("class", class));
        }
        let text = screen.texts.named("blind", &name_of(&window.kind), &facts);
        let host = window.host.as_deref().map(|host| format!(" [{}]", model::display_safe(host))).unwrap_or_default();
        let when = match (window.from, window.to) {
            (None, None) => String::new(),
            (from, to) => {
                let time = |time: Option<model::Timestamp>| time.map_or("…".into(), model::Timestamp::to_millis_text);
                format!(" {} – {}", time(from), time(to))
            }
        };
        screen.paragraph(0, Tone::Warning, &format!("! {text}{host}{when}"))?;
    }
    Ok(())
}

/// The name that an artefact gives to a unit variant.
pub(super) fn name_of(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(ToString::to_string)).unwrap_or_default()
}
