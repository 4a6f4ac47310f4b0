//! `rules`: what rules of others can answer, what they match, and why.

use clap::ArgMatches;
use flow::{Carried, LoadedRules, Rule, RuleAnswers, RuleFault, RuleFiles, RuleLine, Truth};
use model::{Event, EventId};
use serde_json::json;

use super::{Misuse, case_of_environment, looked_with, open_case, path, paths, text, texts};
use crate::{
    exit::Exit,
    screen::{Screen, Tone},
    table::Table,
};

/// Ways to print matches; the first is used when none is given.
pub(crate) const TYPES: &[&str] = &["table", "jsonl"];

/// Rules that were not loaded which other commands than `check` name.
const FAULTS_SHOWN: usize = 5;

pub(super) fn run(arguments: &ArgMatches, screen: &mut Screen) -> anyhow::Result<Exit> {
    match arguments.subcommand() {
        Some(("check", arguments)) => check(arguments, screen),
        Some(("run", arguments)) => matches(arguments, screen),
        _ => Ok(Exit::Usage),
    }
}

/// The rule files of `--falco-rules` and `--sigma-rules`.
pub(super) fn files(arguments: &ArgMatches) -> RuleFiles {
    RuleFiles { falco: paths(arguments, "falco-rules"), sigma: paths(arguments, "sigma-rules"), any: Vec::new() }
}

/// Says which rules were not loaded, the first of them by name.
pub(super) fn tell_faults(faults: &[RuleFault], screen: &mut Screen) {
    for fault in faults.iter().take(FAULTS_SHOWN) {
        let line = told(fault, screen);
        screen.warn(&line);
    }
    if faults.len() > FAULTS_SHOWN {
        let more = (faults.len() - FAULTS_SHOWN).to_string();
        let line = screen.texts.get("cli-rules-more-faults", &[("count", &more)]);
        screen.warn(&line);
    }
}

fn told(fault: &RuleFault, screen: &Screen) -> String {
    let reason = screen.texts.get(&fault.reason.kind.text(), &[("detail", &fault.reason.detail)]);
    let rule = fault.rule.as_ref().map(|rule| format!("{}: ", model::display_safe(rule))).unwrap_or_default();
    format!("{}:{}: {rule}{reason}", model::display_safe(&fault.file), fault.line)
}

fn check(arguments: &ArgMatches, screen: &mut Screen) -> anyhow::Result<Exit> {
    let LoadedRules { rules, faults, .. } =
        flow::load_rules(&RuleFiles { any: paths(arguments, "rules"), ..RuleFiles::default() })?;
    let count = rules.all().len();
    let with_case = path(arguments, "case").or_else(case_of_environment).is_some();
    let survey = if with_case {
        let mut case = open_case(arguments, screen)?;
        let survey = flow::survey_rules(&case, rules)?;
        looked_with(&mut case, "rules", &[], screen);
        survey
    } else {
        rules.all().iter().map(|rule| (rule.clone(), Vec::new())).collect()
    };
    if screen.json {
        let rules = survey.iter().map(|(rule, formats)| {
            let formats = formats.iter().map(|(format, fields)| (format.clone(), answered(fields)));
            json!({
                "rule": rule.name, "language": rule.language.name(), "file": rule.file, "line": rule.line,
                "level": rule.level, "enabled": rule.enabled,
                "sources": with_case.then(|| formats.collect::<serde_json::Map<_, _>>()),
            })
        });
        let not_loaded = faults.iter().map(|fault| {
            json!({
                "file": fault.file, "line": fault.line, "rule": fault.rule, "kind": fault.reason.kind.name(),
                "detail": fault.reason.detail,
            })
        });
        screen.json_value(&json!({
            "rules": rules.collect::<Vec<_>>(), "not_loaded": not_loaded.collect::<Vec<_>>(),
        }))?;
    } else {
        if with_case {
            for (rule, formats) in &survey {
                show_survey(rule, formats, screen)?;
            }
        }
        for fault in &faults {
            let line = told(fault, screen);
            screen.data(&screen.paint(Tone::Bad, &line))?;
        }
        screen.say("cli-rules-loaded", &[("count", &count.to_string()), ("faults", &faults.len().to_string())]);
    }
    Ok(if faults.is_empty() { Exit::Done } else { Exit::Input })
}

fn answered(fields: &[(String, Carried)]) -> serde_json::Value {
    let all = fields
        .iter()
        .map(|(name, carried)| (name.clone(), json!({ "asked": carried.asked, "answered": carried.answered })));
    serde_json::Value::Object(all.collect())
}

fn show_survey(rule: &Rule, formats: &[(String, Vec<(String, Carried)>)], screen: &mut Screen) -> anyhow::Result<()> {
    let name = screen.paint(Tone::Strong, &model::display_safe(&rule.name));
    screen.data(&name)?;
    if !rule.enabled {
        let line = screen.texts.get("cli-rules-switched-off", &[]);
        return Ok(screen.paragraph(4, Tone::Faint, &line)?);
    }
    if formats.is_empty() {
        let line = screen.texts.get("cli-rules-of-no-source", &[]);
        screen.paragraph(4, Tone::Faint, &line)?;
    }
    for (format, fields) in formats {
        let named = |wanted: &dyn Fn(&Carried) -> bool| {
            let names: Vec<&str> =
                fields.iter().filter(|(_, carried)| wanted(carried)).map(|(name, _)| name.as_str()).collect();
            names.join(", ")
        };
        let never = named(&|carried| carried.answered == 0);
        let sometimes = named(&|carried| carried.answered > 0 && carried.answered < carried.asked);
        let mut lines = Vec::new();
        if never.is_empty() && sometimes.is_empty() {
            lines.push(screen.texts.get("cli-rules-of-source", &[("source", format)]));
        }
        for (key, missing) in [("cli-rules-of-source-missing", never), ("cli-rules-of-source-sometimes", sometimes)] {
            if !missing.is_empty() {
                lines.push(screen.texts.get(key, &[("source", format), ("missing", &missing)]));
            }
        }
        for line in lines {
            screen.paragraph(4, Tone::Plain, &line)?;
        }
    }
    Ok(())
}

fn matches(arguments: &ArgMatches, screen: &mut Screen) -> anyhow::Result<Exit> {
    let files = files(arguments);
    if files.is_empty() {
        return Err(Misuse("no rules were given: --falco-rules PATH or --sigma-rules PATH".to_string()).into());
    }
    let mut case = open_case(arguments, screen)?;
    let LoadedRules { rules, faults, sha256 } = flow::load_rules(&files)?;
    tell_faults(&faults, screen);
    let names = texts(arguments, "rule");
    if let Some(unknown) = names.iter().find(|name| !rules.all().iter().any(|rule| rule.name == **name)) {
        return Err(Misuse(format!("--rule {unknown}: no rule of this name was loaded")).into());
    }
    let hash = sha256.map(|hash| hash.to_string()).unwrap_or_default();
    looked_with(&mut case, "rules", &[("rules_sha256", &hash)], screen);
    if let Some(event) = text(arguments, "explain") {
        let event: EventId = event.parse().map_err(|wrong| Misuse(format!("--explain {event}: {wrong}")))?;
        let explained = flow::explain_rules(&case, rules, event, &names)?;
        return explain(explained, screen);
    }
    let kind = text(arguments, "type").unwrap_or_else(|| if screen.json { "jsonl" } else { TYPES[0] }.to_string());
    let wanted = |rule: &Rule| names.is_empty() || names.contains(&rule.name);
    if kind == "jsonl" {
        // Written as it is found; how far the work is cannot be shown beside it.
        let mut each = |event: &Event, rule: &Rule| -> anyhow::Result<()> {
            if wanted(rule) {
                screen.data(&line(event, rule).to_string())?;
            }
            Ok(())
        };
        flow::run_rules(&case, rules, &mut each, &mut |_| {})?;
        return Ok(Exit::Done);
    }
    let mut answers = flow::run_rules(&case, rules, &mut |_, _| anyhow::Ok(()), &mut |at| screen.progress(at))?;
    answers.matches.retain(|found| wanted(&answers.rules[found.rule]));
    show(&answers, &wanted, screen)?;
    Ok(Exit::Done)
}

/// A match for a program.
fn line(event: &Event, rule: &Rule) -> serde_json::Value {
    let text = |bytes: Option<&model::Bytes>| bytes.map(model::Bytes::to_text);
    json!({
        "time": event.time.to_string(),
        "event": event.id,
        "rule": rule.name,
        "language": rule.language.name(),
        "level": rule.level,
        "tags": rule.tags,
        "attack": rule.attack(),
        "format": event.format,
        "action": event.action,
        "host": event.host,
        "container": event.container.as_ref().map(|container| &container.id),
        "pid": event.actor.pid,
        "process": text(event.actor.comm.as_ref()),
        "user": event.actor.user,
        "path": text(event.objects.iter().find_map(|object| object.name.as_ref())),
    })
}

fn show(answers: &RuleAnswers, wanted: &dyn Fn(&Rule) -> bool, screen: &mut Screen) -> anyhow::Result<()> {
    let headings = ["rule", "level", "host", "container", "count", "first", "last", "example"];
    let headings = headings.map(|name| screen.texts.get(&format!("cli-rules-heading-{name}"), &[]));
    let mut table = Table::new(headings.to_vec());
    for found in &answers.matches {
        let rule = &answers.rules[found.rule];
        let finding = &found.finding;
        let container = finding.container.as_ref().map(|container| container.id.chars().take(12).collect());
        table.row(vec![
            model::display_safe(&rule.name),
            model::display_safe(&rule.level),
            finding.host.as_deref().map(model::display_safe).unwrap_or_default(),
            container.map(|id: String| model::display_safe(&id)).unwrap_or_default(),
            finding.count.to_string(),
            finding.time.to_millis_text(),
            finding.last.to_millis_text(),
            finding.events.first().map(ToString::to_string).unwrap_or_default(),
        ]);
    }
    let events = answers.events.to_string();
    if answers.matches.is_empty() {
        let line = screen.texts.get("cli-rules-none-matched", &[("count", &events)]);
        screen.paragraph(0, Tone::Plain, &line)?;
    } else {
        for (at, line) in table.lines().iter().enumerate() {
            let line = screen.paint(if at == 0 { Tone::Strong } else { Tone::Plain }, line);
            screen.data(&line)?;
        }
    }
    let open = answers.rules.iter().zip(&answers.answered);
    let open: Vec<_> = open.filter(|(rule, answered)| wanted(rule) && answered.unknown > 0).collect();
    if !open.is_empty() {
        let heading = screen.texts.get("cli-rules-open-heading", &[]);
        let heading = screen.paint(Tone::Strong, &heading);
        screen.data("")?;
        screen.data(&heading)?;
    }
    for (rule, answered) in open {
        let missing = answered.missing.join(", ");
        let facts = [("rule", rule.name.as_str()), ("count", &answered.unknown.to_string()), ("missing", &missing)];
        let line = screen.texts.get("cli-rules-open", &facts);
        screen.paragraph(2, Tone::Faint, &line)?;
    }
    screen.say("cli-rules-matched", &[("count", &events)]);
    Ok(())
}

fn explain(explained: Option<flow::Explanation>, screen: &mut Screen) -> anyhow::Result<Exit> {
    let Some(explained) = explained else {
        return Err(Misuse(screen.texts.get("cli-rules-no-event", &[])).into());
    };
    if screen.json {
        let all = explained.iter().map(|(rule, truth, lines)| {
            let parts = lines.iter().map(|line| {
                json!({ "level": line.level, "part": line.part, "answer": line.truth.name(), "values": line.values })
            });
            json!({ "rule": rule.name, "answer": truth.name(), "parts": parts.collect::<Vec<_>>() })
        });
        screen.json_value(&all.collect::<Vec<_>>())?;
        return Ok(Exit::Done);
    }
    if explained.is_empty() {
        let line = screen.texts.get("cli-rules-no-answer", &[]);
        screen.paragraph(0, Tone::Plain, &line)?;
    }
    for (rule, truth, lines) in &explained {
        let name = screen.paint(Tone::Strong, &model::display_safe(&rule.name));
        screen.data(&format!("{name}: {}", word(*truth, screen)))?;
        for line in lines {
            show_line(line, screen)?;
        }
    }
    Ok(Exit::Done)
}

fn show_line(line: &RuleLine, screen: &mut Screen) -> anyhow::Result<()> {
    let is_joint = matches!(line.part.as_str(), "and" | "or" | "not" | "always");
    let values = match &line.values {
        _ if is_joint => String::new(),
        None => format!("   {}", screen.texts.get("cli-rules-not-carried", &[])),
        Some(values) if values.is_empty() => format!("   {}", screen.texts.get("cli-rules-no-value", &[])),
        Some(values) => format!("   [{}]", values.join(", ")),
    };
    let margin = "  ".repeat(line.level + 1);
    let tone = match line.truth {
        Truth::Yes => Tone::Good,
        Truth::No => Tone::Faint,
        Truth::Unknown => Tone::Warning,
    };
    let part = model::display_safe(&line.part);
    let text = format!("{margin}{}  {part}{values}", word(line.truth, screen));
    screen.data(&screen.paint(tone, &text))?;
    Ok(())
}

fn word(truth: Truth, screen: &Screen) -> String {
    screen.texts.get(&format!("cli-rules-{}", truth.name().replace(' ', "-")), &[])
}
