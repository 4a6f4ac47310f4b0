//! `detect` and `scope`: what happened, and which data was affected.

use clap::ArgMatches;
use model::{Answer, ArtefactKind, Detection, ExposedKind, Finding, Incident, Scope};

use super::{evidence::name_of, looked, open_case, text};
use crate::{
    exit::Exit,
    screen::{Screen, Tone},
};

pub(super) fn detect(arguments: &ArgMatches, screen: &mut Screen) -> anyhow::Result<Exit> {
    let mut case = open_case(arguments, screen)?;
    let rules = flow::load_rules(&super::rules::files(arguments))?;
    super::rules::tell_faults(&rules.faults, screen);
    let (detection, incidents, _) = flow::detect(&mut case, rules, &mut |at| screen.progress(at))?;
    case.seal()?;
    if screen.json {
        screen.json_value(&detection)?;
    } else {
        show_findings(&detection, screen)?;
    }
    Ok(judged(&incidents))
}

/// The exit code of a judgement.
pub(super) fn judged(incidents: &[Incident]) -> Exit {
    if incidents.is_empty() { Exit::Done } else { Exit::Incident }
}

fn show_findings(detection: &Detection, screen: &mut Screen) -> anyhow::Result<()> {
    for finding in &detection.findings {
        show_finding(finding, screen)?;
    }
    for answer in &detection.answers {
        if let Answer::CannotTell { missing } = &answer.answer {
            let check = screen.texts.named("check", &answer.check, &[]);
            let line = screen.texts.get("cli-cannot-tell", &[("check", &check), ("missing", missing)]);
            screen.paragraph(0, Tone::Faint, &line)?;
        }
    }
    if detection.findings.is_empty() {
        let line = screen.texts.get("cli-no-findings", &[]);
        screen.paragraph(0, Tone::Plain, &line)?;
    }
    Ok(())
}

fn show_finding(finding: &Finding, screen: &mut Screen) -> anyhow::Result<()> {
    let outcome = finding.crossing.map(|crossing| name_of(&crossing));
    let mut facts: Vec<(&str, &str)> =
        finding.facts.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    facts.extend(outcome.as_deref().map(|outcome| ("outcome", outcome)));
    if let Some(container) = finding.container.as_ref().filter(|_| !finding.facts.contains_key("container")) {
        facts.push(("container", &container.id));
    }
    let title = screen.texts.named("check", &finding.check, &[]);
    let told = screen.texts.named("check", &format!("{}-text", finding.check), &facts);
    let word = outcome.map(|outcome| screen.texts.named("crossing", &outcome, &[]));
    let tone = if word.is_some() { Tone::Bad } else { Tone::Warning };
    let word = word.map(|word| format!(" ({word})")).unwrap_or_default();
    let event = finding.events.first().map(ToString::to_string).unwrap_or_default();
    let title = screen.paint(tone, &title);
    screen.data(&format!("{}  {title}{word} [{}]", finding.time.to_millis_text(), finding.attack.join(" ")))?;
    screen.paragraph(4, Tone::Plain, &told)?;
    screen.paragraph(4, Tone::Faint, &format!("⟨{event}⟩"))?;
    if finding.count > 1 {
        let (count, time) = (finding.count.to_string(), finding.last.to_millis_text());
        let line = screen.texts.get("cli-finding-grouped", &[("count", &count), ("time", &time)]);
        screen.paragraph(4, Tone::Faint, &line)?;
    }
    Ok(())
}

pub(super) fn scope(arguments: &ArgMatches, screen: &mut Screen) -> anyhow::Result<Exit> {
    let mut case = open_case(arguments, screen)?;
    let scopes: Vec<Scope> = case.read(ArtefactKind::Scope)?;
    looked(&mut case, "scope", screen);
    let only = text(arguments, "object");
    if screen.json {
        screen.json_value(&scopes)?;
    } else {
        for scope in &scopes {
            show_scope(scope, only.as_deref(), screen)?;
        }
        if scopes.is_empty() {
            let line = screen.texts.get("cli-scope-empty", &[]);
            screen.data(&line)?;
        }
    }
    Ok(if scopes.is_empty() { Exit::Done } else { Exit::Incident })
}

fn show_scope(scope: &Scope, only: Option<&str>, screen: &mut Screen) -> anyhow::Result<()> {
    let wanted = |id: &model::ObjectId| only.is_none_or(|only| id.0.contains(only));
    let lists = [("touched", &scope.touched), ("transient", &scope.transient), ("settings", &scope.settings)];
    for (name, objects) in lists {
        if objects.is_empty() {
            continue;
        }
        heading(screen, name, objects.len())?;
        for object in objects.iter().filter(|object| wanted(&object.object.id)) {
            let operations: Vec<String> =
                object.operations.iter().map(|o| screen.texts.named("operation", &name_of(&o.kind), &[])).collect();
            let mut shown: Vec<String> = Vec::new();
            for operation in operations {
                if !shown.contains(&operation) {
                    shown.push(operation);
                }
            }
            let line = format!("{}  {}  {}", object.first_act.to_millis_text(), object.object.id, shown.join(", "));
            screen.data(&line)?;
            if only.is_some() {
                chain(object, screen)?;
            }
        }
    }
    if !scope.exposed.is_empty() {
        heading(screen, "exposed", scope.exposed.len())?;
        for object in scope.exposed.iter().filter(|object| wanted(&object.object.id)) {
            let content = screen.texts.named("content", object.content.name(), &[]);
            let harm = match object.kind {
                ExposedKind::Secret => screen.texts.named("exposed", "secret", &[]),
                ExposedKind::Data => screen.texts.named("personal", object.content.is_personal().name(), &[]),
            };
            let line = format!("{}  {}  {content} ({harm})", object.first_act.to_millis_text(), object.object.id);
            screen.data(&line)?;
            if object.kind == ExposedKind::Secret && only.is_some() {
                let what = screen.texts.named("rotate", object.content.name(), &[]);
                screen.paragraph(4, Tone::Plain, &what)?;
            }
            if let Some(identity) = object.identity.as_ref().filter(|_| object.uses_total > 0) {
                let facts = [("identity", identity.as_str()), ("count", &object.uses_total.to_string())];
                let line = screen.texts.get("cli-scope-used", &facts);
                screen.paragraph(4, Tone::Bad, &line)?;
            }
        }
    }
    if !scope.derived.is_empty() {
        heading(screen, "derived", scope.derived.len())?;
        for object in scope.derived.iter().filter(|object| wanted(&object.object.id)) {
            screen.data(&format!("{:>3}  {}  ← {}", object.rank, object.object.id, object.from))?;
        }
    }
    Ok(())
}

/// The evidence for one object, act by act.
fn chain(object: &model::TouchedObject, screen: &mut Screen) -> anyhow::Result<()> {
    if let Some(path) = &object.object.host_path {
        let line = format!("    {} ({} %)", model::display_safe(&path.how), path.confidence);
        screen.data(&line)?;
    }
    for operation in &object.operations {
        let kind = screen.texts.named("operation", &name_of(&operation.kind), &[]);
        screen.data(&format!("    {}  {kind}  ⟨{}⟩", operation.time.to_millis_text(), operation.event))?;
    }
    Ok(())
}

fn heading(screen: &mut Screen, name: &str, count: usize) -> anyhow::Result<()> {
    let text = screen.texts.get(&format!("cli-scope-{name}"), &[("count", &count.to_string())]);
    let text = screen.paint(Tone::Strong, &text);
    screen.data(&text)?;
    Ok(())
}
