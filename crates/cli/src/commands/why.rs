//! `scope why`: the chain of evidence behind an affected object, record by record.

use std::collections::BTreeMap;

use clap::ArgMatches;
use flow::{Link, Step, Why};

use super::{evidence::name_of, looked, open_case, text};
use crate::{
    exit::Exit,
    screen::{Screen, Tone},
};

/// Characters of a record that are shown; `--json` has more.
const RECORD_CHARACTERS: usize = 200;
/// Records of one event that are shown.
const RECORDS: usize = 12;

pub(super) fn why(arguments: &ArgMatches, screen: &mut Screen) -> anyhow::Result<Exit> {
    let mut case = open_case(arguments, screen)?;
    let wanted = text(arguments, "affected").unwrap_or_default();
    let chains = flow::why(&case, &wanted)?;
    looked(&mut case, "scope", screen);
    if screen.json {
        screen.json_value(&chains)?;
        return Ok(Exit::Incident);
    }
    for chain in &chains {
        show(chain, screen)?;
    }
    Ok(Exit::Incident)
}

fn show(chain: &Why, screen: &mut Screen) -> anyhow::Result<()> {
    let set = screen.texts.named("affected", chain.set, &[]);
    let title = screen.paint(Tone::Strong, &chain.object.to_string());
    screen.data(&format!("{title}  {set}"))?;
    let mut shown: BTreeMap<model::EventId, usize> = BTreeMap::new();
    for (number, step) in chain.steps.iter().enumerate() {
        let tone = if matches!(step.link, Link::Crossing { .. }) { Tone::Bad } else { Tone::Plain };
        let told = told(&step.link, screen);
        screen.data(&format!("{:>3}  {}  ⟨{}⟩", number + 1, step.time.to_millis_text(), step.event))?;
        screen.paragraph(5, tone, &told)?;
        match shown.get(&step.event) {
            Some(at) => {
                let line = screen.texts.get("cli-why-as-shown", &[("number", &at.to_string())]);
                screen.paragraph(5, Tone::Faint, &line)?;
            }
            None => records(step, screen)?,
        }
        shown.entry(step.event).or_insert(number + 1);
    }
    screen.data("")?;
    Ok(())
}

fn told(link: &Link, screen: &Screen) -> String {
    let texts = &screen.texts;
    match link {
        Link::Crossing { check, outcome, .. } => {
            let check = texts.named("check", check, &[]);
            let outcome = texts.named("crossing", &name_of(outcome), &[]);
            texts.get("cli-why-crossing", &[("check", &check), ("outcome", &outcome)])
        }
        Link::Process { reason, comm, pid, certainty } => {
            let reason = texts.named("subject-reason", reason, &[]);
            let certainty = texts.named("certainty", &name_of(certainty), &[]);
            let comm = comm.as_ref().map_or_else(|| "?".to_string(), model::Bytes::to_text);
            let facts =
                [("comm", comm.as_str()), ("pid", &pid.to_string()), ("reason", &reason), ("certainty", &certainty)];
            texts.get("cli-why-process", &facts)
        }
        Link::Act { operation } => {
            let operation = texts.named("operation", &name_of(operation), &[]);
            texts.get("cli-why-act", &[("operation", &operation)])
        }
        Link::Read => texts.get("cli-why-read", &[]),
        Link::ReadTouched { touched } => texts.get("cli-why-read-touched", &[("object", &touched.0)]),
        Link::WroteAfter { delay_ms } => texts.get("cli-why-wrote-after", &[("delay", delay_ms)]),
    }
}

fn records(step: &Step, screen: &mut Screen) -> anyhow::Result<()> {
    let mut source = None;
    for record in step.records.iter().take(RECORDS) {
        if source.replace(&record.source) != Some(&record.source) {
            screen.paragraph(5, Tone::Faint, &model::display_safe(&record.source))?;
        }
        let line = model::display_safe(record.text.to_text().trim_end()).to_string();
        let mut shown: String = line.chars().take(RECORD_CHARACTERS).collect();
        if shown.len() < line.len() {
            shown.push('…');
        }
        screen.paragraph(7, Tone::Plain, &format!("@{}+{}  {shown}", record.offset, record.length))?;
    }
    if step.records.is_empty() {
        let line = screen.texts.get("cli-why-no-records", &[]);
        screen.paragraph(5, Tone::Warning, &line)?;
    }
    if step.records.len() > RECORDS {
        let line = screen.texts.get("cli-why-more-records", &[("count", &(step.records.len() - RECORDS).to_string())]);
        screen.paragraph(5, Tone::Faint, &line)?;
    }
    Ok(())
}
