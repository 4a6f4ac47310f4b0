//! `plan` and `approve`: what would be done, and a person's consent to it.

use clap::ArgMatches;
use flow::{PlanOptions, Resolution};
use model::{Catalogue, CleanPoint, Plan, Step, StepAction, Version};

use super::{access, evidence::name_of, open_case, text, texts};
use crate::{
    duration::duration,
    exit::Exit,
    screen::{Screen, Tone},
};

pub(super) fn plan(arguments: &ArgMatches, screen: &mut Screen) -> anyhow::Result<Exit> {
    let mut case = open_case(arguments, screen)?;
    let options = options(arguments);
    let (plan, catalogue) = flow::plan(&mut case, &options, &mut |at| screen.progress(at))?;
    case.seal()?;
    if screen.json {
        screen.json_value(&plan)?;
    } else {
        show(&plan, &catalogue, screen)?;
        if plan.not_restored.iter().any(|left| left.reason == "later_benign_change") {
            screen.say("cli-plan-conflicts", &[]);
        }
        screen.say("cli-plan-next", &[]);
    }
    Ok(Exit::Done)
}

/// Backups and decisions of the arguments.
pub(super) fn options(arguments: &ArgMatches) -> PlanOptions {
    let decided = |name: &str, resolution: Resolution| {
        let known = arguments.try_contains_id(name).unwrap_or(false);
        let named = if known { texts(arguments, name) } else { Vec::new() };
        named.into_iter().map(move |object| (object, resolution))
    };
    let clean = decided("take-clean", Resolution::TakeClean);
    PlanOptions {
        backups: texts(arguments, "backup"),
        access: access(arguments),
        resolve: clean.chain(decided("keep-live", Resolution::KeepLive)).collect(),
    }
}

pub(super) fn approve(arguments: &ArgMatches, screen: &mut Screen) -> anyhow::Result<Exit> {
    let mut case = open_case(arguments, screen)?;
    let approval = flow::approve(&mut case, text(arguments, "by").as_deref())?;
    case.seal()?;
    if screen.json {
        screen.json_value(&approval)?;
        return Ok(Exit::Done);
    }
    let facts = [("plan", approval.plan.short()), ("by", approval.by.clone()), ("time", approval.at.to_millis_text())];
    let facts: Vec<(&str, &str)> = facts.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let line = screen.texts.get("cli-approved", &facts);
    screen.data(&line)?;
    screen.say("cli-approve-next", &[]);
    Ok(Exit::Done)
}

/// The dry run: every step, from where and how old; then every object without a step, and why.
pub(super) fn show(plan: &Plan, catalogue: &Catalogue, screen: &mut Screen) -> anyhow::Result<()> {
    let steps = plan.steps.len().to_string();
    let left = plan.not_restored.len().to_string();
    let facts = [("plan", plan.id.short()), ("steps", steps), ("left", left)];
    let facts: Vec<(&str, &str)> = facts.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let title = screen.texts.get("cli-plan-title", &facts);
    let title = screen.paint(Tone::Strong, &title);
    screen.data(&title)?;
    let first = plan.first_hostile_act.to_millis_text();
    let clean = model::Timestamp(plan.first_hostile_act.0.saturating_sub(plan.clock_error_ns)).to_millis_text();
    let line = screen.texts.get("cli-plan-limit", &[("first", &first), ("clean", &clean)]);
    screen.paragraph(2, Tone::Plain, &line)?;
    let sources = sources(plan);
    if !sources.is_empty() {
        let line = screen.texts.get("cli-plan-loss", &[]);
        screen.paragraph(2, Tone::Plain, &line)?;
        let line = screen.texts.get("cli-plan-where", &[]);
        screen.data("")?;
        let line = screen.paint(Tone::Strong, &line);
        screen.data(&line)?;
    }
    for (letter, source) in letters().zip(&sources) {
        screen.data(&format!("  {letter}  {}", model::display_safe(source)))?;
    }
    for step in &plan.steps {
        show_step(step, catalogue, &sources, screen)?;
    }
    if !plan.not_restored.is_empty() {
        screen.data("")?;
        let heading = screen.texts.get("cli-plan-not-restored", &[]);
        let heading = screen.paint(Tone::Strong, &heading);
        screen.data(&heading)?;
    }
    for object in &plan.not_restored {
        screen.paragraph(2, Tone::Warning, &object.object.to_string())?;
        let reason = screen.texts.named("not-restored", &object.reason, &[]);
        let next = screen.texts.named("next", &object.next, &[]);
        screen.paragraph(6, Tone::Plain, &format!("{reason} {next}"))?;
    }
    for warning in &catalogue.warnings {
        let text = warning_text(warning, screen);
        screen.warn(&text);
    }
    Ok(())
}

/// A warning is a message key, then facts as `name=value`.
fn warning_text(warning: &str, screen: &Screen) -> String {
    let (key, facts) = warning.split_once(' ').unwrap_or((warning, ""));
    let text = screen.texts.named("catalogue-warning", key, &[]);
    if facts.is_empty() { text } else { format!("{text} ({})", model::display_safe(facts)) }
}

fn show_step(step: &Step, catalogue: &Catalogue, sources: &[&str], screen: &mut Screen) -> anyhow::Result<()> {
    screen.data("")?;
    let name = name_of_action(step);
    let action = screen.texts.named("step-action", &name, &[]);
    let action = screen.paint(if name == "quarantine" { Tone::Warning } else { Tone::Good }, &action);
    screen.data(&format!("{:>3}  {action}  {}", step.id, step.path))?;
    let reason = screen.texts.named("step-reason", &step.reason, &[]);
    screen.paragraph(5, Tone::Plain, &reason)?;
    let entry = catalogue.entries.iter().find(|entry| entry.object == step.object);
    let Some((version, age_ns)) = entry.filter(|_| name != "quarantine").and_then(|entry| match &entry.clean {
        CleanPoint::Version { index, age_ns } => Some((entry.versions.get(*index)?, *age_ns)),
        _ => None,
    }) else {
        return Ok(());
    };
    let letter = letters().zip(sources).find(|(_, source)| **source == version.source).map(|(letter, _)| letter);
    let line = source_line(version, letter.as_deref(), age_ns, screen);
    screen.paragraph(5, Tone::Faint, &line)?;
    Ok(())
}

/// The sources that the plan takes from, each once, in the order of the steps.
fn sources(plan: &Plan) -> Vec<&str> {
    let mut sources: Vec<&str> = Vec::new();
    for step in &plan.steps {
        if let StepAction::WriteFile { from, .. }
        | StepAction::SetMetadata { from, .. }
        | StepAction::MakeDirectory { from, .. }
        | StepAction::MakeSymlink { from, .. } = &step.action
            && !sources.contains(&from.source.as_str())
        {
            sources.push(&from.source);
        }
    }
    sources
}

/// `A`, `B`, … `Z`, then `27`, `28`, …: short names for sources whose addresses are long.
fn letters() -> impl Iterator<Item = String> {
    ('A'..='Z').map(String::from).chain((27_u32..).map(|number| number.to_string()))
}

fn source_line(version: &Version, letter: Option<&str>, age_ns: i64, screen: &Screen) -> String {
    let origin = screen.texts.named("time-origin", &name_of(&version.stored.origin), &[]);
    let age = duration(age_ns, &screen.texts);
    let facts = [
        ("source", letter.unwrap_or(&version.source)),
        ("snapshot", short(&version.first_snapshot)),
        ("time", &version.stored.time.to_millis_text()),
        ("origin", &origin),
        ("age", &age),
    ];
    screen.texts.get("cli-plan-source", &facts)
}

fn name_of_action(step: &Step) -> String {
    let value = serde_json::to_value(&step.action).unwrap_or_default();
    value.get("action").and_then(|name| name.as_str()).unwrap_or_default().to_string()
}

/// Enough of a snapshot's name to find it: restic prints eight digits of its sixty-four.
fn short(snapshot: &str) -> &str {
    if snapshot.len() == 64 { snapshot.get(..8).unwrap_or(snapshot) } else { snapshot }
}
