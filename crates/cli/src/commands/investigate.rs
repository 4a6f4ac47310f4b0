//! `investigate`: everything in one go, and the story of it.

use std::path::{Path, PathBuf};

use clap::ArgMatches;
use flow::{Case, IntakeOptions, InvestigateOptions, Investigation, ReadOptions, StoryLevel};
use model::{ArtefactKind, Coverage};

use super::{
    Misuse, access, case::settings, case_of_environment, coverage_table::show_tables, flag, mappings, path, paths, text,
};
use crate::{
    exit::Exit,
    screen::{Screen, Tone},
};

pub(super) fn run(arguments: &ArgMatches, screen: &mut Screen) -> anyhow::Result<Exit> {
    let mut restore = mappings(arguments)?;
    restore.access = access(arguments);
    let plan = super::plan::options(arguments);
    let approves = flag(arguments, "approve");
    if approves && restore.target.is_none() && restore.maps.is_empty() {
        return Err(Misuse("--approve needs --target DIR or --map HOST=DIR".to_string()).into());
    }
    let directory = path(arguments, "case").or_else(case_of_environment).unwrap_or_else(new_directory);
    let mut case = open_or_make(arguments, &directory)?;
    screen.case = Some(directory.clone());
    if approves && plan.backups.is_empty() && case.settings.backups.is_empty() {
        return Err(Misuse("--approve needs a backup source to restore from: --backup URL".to_string()).into());
    }
    screen.say("cli-case-used", &[("path", &shown(&directory))]);
    let options = InvestigateOptions {
        intake: IntakeOptions { in_place: flag(arguments, "in-place") },
        read: ReadOptions {
            formats: super::chosen_formats(arguments),
            clocks: super::stated_clocks(arguments)?,
            ..ReadOptions::default()
        },
        rules: super::rules::files(arguments),
        plan,
        approve: approves.then(|| text(arguments, "by").unwrap_or_else(flow::current_user)),
        restore,
    };
    let done = flow::investigate(&mut case, &paths(arguments, "evidence"), &options, &mut |at| screen.progress(at))?;
    let checkpoint = case.seal()?;
    super::rules::tell_faults(&done.rule_faults, screen);
    tell(&case, &done, screen)?;
    what_next(&case, &directory, &done, arguments, screen);
    screen.say("cli-keep-checkpoint", &[]);
    for line in checkpoint.trim_end().lines() {
        screen.say_plain(&format!("  {line}"));
    }
    Ok(judged(&done))
}

/// The worst that came out decides.
fn judged(done: &Investigation) -> Exit {
    if done.incidents.is_empty() {
        return Exit::Done;
    }
    let results = [super::restore::restored(&done.receipts), super::restore::proven(&done.verdicts)];
    results.into_iter().find(|exit| *exit != Exit::Done).unwrap_or(Exit::Incident)
}

/// A new directory for every run that names none: two investigations must not end up in one case unasked.
fn new_directory() -> PathBuf {
    let now = flow::clock::now().to_string();
    let seconds: String = now.chars().take(19).filter(|c| *c != ':').collect();
    PathBuf::from(format!("yobitsugi-case-{seconds}Z"))
}

fn open_or_make(arguments: &ArgMatches, directory: &Path) -> anyhow::Result<Case> {
    if Case::is_case(directory) {
        let case = Case::open(directory)?;
        let (wanted, there) = (settings(arguments, directory)?, &case.settings);
        let differs = [
            ("name", wanted.name != there.name),
            ("volume", wanted.declared_volumes != there.declared_volumes),
            ("clock-error", wanted.clock_error_ms != there.clock_error_ms),
        ];
        // A setting that is passed over in silence would change what the person believes was done.
        let given = |(name, differs): &&(&str, bool)| *differs && arguments.contains_id(name);
        if let Some((name, _)) = differs.iter().find(given) {
            let shown = directory.display();
            let text = format!("--{name}: the case {shown} exists, and its case.toml says something else");
            return Err(Misuse(text).into());
        }
        return Ok(case);
    }
    let evidence = paths(arguments, "evidence");
    if let Some(missing) = evidence.iter().find(|path| path.symlink_metadata().is_err()) {
        // Before anything is made: a mistyped path must not leave an empty case behind.
        return Err(flow::Error::missing_evidence(missing).into());
    }
    Ok(Case::create(directory, settings(arguments, directory)?)?)
}

/// Prints the story on standard output.
fn tell(case: &Case, done: &Investigation, screen: &mut Screen) -> anyhow::Result<()> {
    let report = done.report.html.iter().find(|path| path.ends_with(report_name(screen)));
    let report = report.or(done.report.html.first()).map(PathBuf::as_path);
    if screen.json {
        let value = flow::with_report_input(case, report, |input| json(case, input, screen))?;
        return screen.json_value(&value);
    }
    let lines = flow::with_report_input(case, report, |input| flow::story(input, &screen.texts))?;
    for (index, line) in lines.iter().enumerate() {
        match line.level {
            StoryLevel::Heading => {
                if index > 0 {
                    screen.data("")?;
                }
                let heading = screen.paint(Tone::Strong, &line.text);
                screen.data(&heading)?;
            }
            StoryLevel::Line => screen.paragraph(2, Tone::Plain, &line.text)?,
            StoryLevel::Detail => screen.paragraph(4, Tone::Faint, &line.text)?,
            StoryLevel::Warning => screen.paragraph(2, Tone::Warning, &format!("! {}", line.text))?,
        }
    }
    screen.data("")?;
    let coverage: Coverage = case.read(ArtefactKind::Coverage)?;
    let heading = screen.paint(Tone::Strong, &screen.texts.get("cli-coverage-heading", &[]));
    screen.data(&heading)?;
    show_tables(&coverage, screen)?;
    screen.data("")?;
    Ok(())
}

/// The story and what it is about, for a program.
fn json(case: &Case, input: &flow::ReportInput<'_>, screen: &Screen) -> serde_json::Value {
    let lines = flow::story(input, &screen.texts);
    let lines = lines.iter().map(|line| {
        let level = format!("{:?}", line.level).to_lowercase();
        serde_json::json!({ "level": level, "text": line.text, "events": line.events })
    });
    serde_json::json!({
        "case": shown(case.directory()),
        "incidents": input.incidents.iter().map(|incident| &incident.id).collect::<Vec<_>>(),
        "plan": input.plan.map(|plan| plan.id),
        "report": input.report_path,
        "story": lines.collect::<Vec<_>>(),
    })
}

fn report_name(screen: &Screen) -> String {
    format!("report.{}.html", screen.texts.language().tag())
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// The exact commands that come next.
fn what_next(case: &Case, directory: &Path, done: &Investigation, arguments: &ArgMatches, screen: &mut Screen) {
    let dir = quoted(&shown(directory));
    let mut commands: Vec<(&str, String)> = Vec::new();
    if done.incidents.is_empty() {
        commands.push(("cli-next-coverage", format!("yobitsugi coverage --case {dir}")));
    } else {
        commands.push(("cli-next-scope", format!("yobitsugi scope --case {dir}")));
        commands.push(("cli-next-timeline", format!("yobitsugi timeline --case {dir} --hostile")));
        match &done.plan {
            None => commands.push(("cli-next-plan", format!("yobitsugi plan --case {dir} --backup URL"))),
            Some(_) if done.receipts.is_empty() => {
                let target = target_words(arguments);
                let password = path(arguments, "password-file")
                    .map(|file| format!(" --password-file {}", quoted(&shown(&file))))
                    .unwrap_or_default();
                commands.push(("cli-next-show-plan", format!("yobitsugi plan --case {dir}{password}")));
                commands.push(("cli-next-approve", format!("yobitsugi approve --case {dir}")));
                commands.push(("cli-next-restore", format!("yobitsugi restore --case {dir}{password} {target}")));
                commands.push(("cli-next-verify", format!("yobitsugi verify --case {dir}{password} {target}")));
            }
            Some(_) => {
                let target = target_words(arguments);
                commands.push(("cli-next-undo", format!("yobitsugi undo --case {dir} {target}")));
            }
        }
    }
    commands.push(("cli-next-custody", format!("yobitsugi custody verify --case {dir}")));
    debug_assert!(!case.directory().as_os_str().is_empty(), "a case has a directory");
    screen.say("cli-next-heading", &[]);
    for (key, command) in commands {
        let words = screen.texts.get(key, &[]);
        screen.say_plain(&format!("  {words}"));
        screen.say_plain(&format!("    {command}"));
    }
}

fn target_words(arguments: &ArgMatches) -> String {
    let target = path(arguments, "target").map(|target| format!("--target {}", quoted(&shown(&target))));
    let maps = super::texts(arguments, "map").into_iter().map(|map| format!("--map {}", quoted(&map)));
    let words: Vec<String> = target.into_iter().chain(maps).collect();
    if words.is_empty() { "--target DIR".to_string() } else { words.join(" ") }
}

/// A word that a shell reads as it stands here.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-=:,+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_string()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_can_be_pasted() {
        assert_eq!(quoted("/tmp/case-1"), "/tmp/case-1");
        assert_eq!(quoted("it's $HOME"), r"'it'\''s $HOME'");
    }
}
