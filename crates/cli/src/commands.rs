//! The verbs: one file each, from arguments to stage to words.

mod case;
mod containers;
mod coverage_table;
mod custody;
mod evidence;
mod investigate;
mod judgement;
mod plan;
mod query;
mod report;
mod restore;
mod rules;
mod timeline;
mod why;

use std::path::PathBuf;

use clap::ArgMatches;
use flow::{Act, BackupAccess, Case, GivenPassword};

pub(crate) use query::TYPES as QUERY_TYPES;
pub(crate) use rules::TYPES as RULE_TYPES;

use crate::{exit::Exit, screen::Screen};

/// Arguments that cannot be used together, or a value that cannot be understood.
#[derive(Debug)]
pub struct Misuse(pub String);

impl std::fmt::Display for Misuse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Misuse {}

/// Runs the verb that was given.
pub fn run(matches: &ArgMatches, screen: &mut Screen) -> anyhow::Result<Exit> {
    let Some((verb, arguments)) = matches.subcommand() else { return Ok(Exit::Usage) };
    match verb {
        "investigate" => investigate::run(arguments, screen),
        "case" => case::run(arguments, screen),
        "intake" => evidence::intake(arguments, screen),
        "read" => evidence::read(arguments, screen),
        "containers" => containers::run(arguments, screen),
        "coverage" => evidence::coverage(arguments, screen),
        "detect" => judgement::detect(arguments, screen),
        "timeline" => timeline::run(arguments, screen),
        "query" => query::run(arguments, screen),
        "scope" => match arguments.subcommand() {
            Some(("why", arguments)) => why::why(arguments, screen),
            _ => judgement::scope(arguments, screen),
        },
        "plan" => plan::plan(arguments, screen),
        "approve" => plan::approve(arguments, screen),
        "restore" => restore::restore(arguments, screen),
        "undo" => restore::undo(arguments, screen),
        "verify" => restore::verify(arguments, screen),
        "report" => report::run(arguments, screen),
        "rules" => rules::run(arguments, screen),
        "custody" => custody::run(arguments, screen),
        other => Err(Misuse(other.to_string()).into()),
    }
}

/// The directory of `--case`, of `YOBITSUGI_CASE`, else the current one.
fn case_directory(arguments: &ArgMatches) -> PathBuf {
    path(arguments, "case").or_else(case_of_environment).unwrap_or_else(|| PathBuf::from("."))
}

/// The directory of `YOBITSUGI_CASE`.
pub fn case_of_environment() -> Option<PathBuf> {
    std::env::var_os("YOBITSUGI_CASE").filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// Opens the case that the arguments name; from here on a failure is recorded in it.
fn open_case(arguments: &ArgMatches, screen: &mut Screen) -> anyhow::Result<Case> {
    let directory = case_directory(arguments);
    screen.case = Some(directory.clone());
    Ok(Case::open(&directory)?)
}

/// Records that somebody looked at something. Looking must stay possible when the case cannot be
/// written any more (a full disk, a read-only medium), and then says that it is not on record.
fn looked(case: &mut Case, what: &str, screen: &mut Screen) {
    looked_with(case, what, &[], screen);
}

/// The same with particulars.
fn looked_with(case: &mut Case, what: &str, particulars: &[(&str, &str)], screen: &mut Screen) {
    let mut act = Act::ok("show").with("what", what);
    for (name, value) in particulars {
        act = act.with(name, value);
    }
    let recorded = case.record(act).and_then(|()| case.seal());
    if let Err(error) = recorded {
        let cause = error.to_string();
        let text = screen.texts.get("cli-not-recorded", &[("detail", &cause)]);
        screen.warn(&text);
    }
}

fn path(arguments: &ArgMatches, name: &str) -> Option<PathBuf> {
    arguments.get_one::<std::ffi::OsString>(name).map(PathBuf::from)
}

fn paths(arguments: &ArgMatches, name: &str) -> Vec<PathBuf> {
    arguments.get_many::<std::ffi::OsString>(name).into_iter().flatten().map(PathBuf::from).collect()
}

fn text(arguments: &ArgMatches, name: &str) -> Option<String> {
    arguments.get_one::<String>(name).cloned()
}

fn texts(arguments: &ArgMatches, name: &str) -> Vec<String> {
    arguments.get_many::<String>(name).into_iter().flatten().cloned().collect()
}

/// `--format NAME` and `--format SOURCE=NAME`.
fn chosen_formats(arguments: &ArgMatches) -> Vec<flow::ChosenFormat> {
    texts(arguments, "format").iter().map(|text| flow::ChosenFormat::read(text)).collect()
}

/// `--clock SOURCE=+09:00`, `SOURCE=+1500ms`, `SOURCE=TIME`.
fn stated_clocks(arguments: &ArgMatches) -> anyhow::Result<Vec<flow::ClockSetting>> {
    let read = |text: &String| {
        let wrong = || Misuse(format!("--clock {text}: expected SOURCE=+HH:MM, SOURCE=+Nms or SOURCE=TIME-OF-BOOT"));
        flow::ClockSetting::read(text).ok_or_else(|| wrong().into())
    };
    texts(arguments, "clock").iter().map(read).collect()
}

fn flag(arguments: &ArgMatches, name: &str) -> bool {
    arguments.get_flag(name)
}

/// Environment variables that name a password file, and that hold a password: ours first, then
/// restic's own, which operators have set already.
const PASSWORD_FILE_VARIABLES: [&str; 2] = ["YOBITSUGI_PASSWORD_FILE", "RESTIC_PASSWORD_FILE"];
const PASSWORD_VARIABLES: [&str; 2] = ["YOBITSUGI_PASSWORD", "RESTIC_PASSWORD"];

/// How backup sources are opened: `--password-file`, else the environment.
fn access(arguments: &ArgMatches) -> BackupAccess {
    let set = |name: &&str| std::env::var_os(name).filter(|value| !value.is_empty());
    let file =
        path(arguments, "password-file").or_else(|| PASSWORD_FILE_VARIABLES.iter().find_map(set).map(Into::into));
    let password = PASSWORD_VARIABLES.iter().find_map(set).and_then(|value| value.into_string().ok());
    BackupAccess { password_file: file, password: password.map(GivenPassword) }
}

/// Seconds with a fraction, as milliseconds.
fn milliseconds(value: &str) -> anyhow::Result<i64> {
    let seconds: f64 = value.parse().map_err(|_| Misuse(format!("--clock-error {value}: not a number of seconds")))?;
    if !(0.0..=86_400.0).contains(&seconds) {
        return Err(Misuse(format!("--clock-error {value}: must be between 0 and 86400 seconds")).into());
    }
    #[expect(clippy::cast_possible_truncation, reason = "bounded to a day just above")]
    let milliseconds = (seconds * 1_000.0) as i64;
    Ok(milliseconds)
}

/// `--target DIR` stands for the host's `/`; `--map HOST=DIR` for one directory of the host.
fn mappings(arguments: &ArgMatches) -> anyhow::Result<flow::RestoreOptions> {
    let mut options = flow::RestoreOptions { target: path(arguments, "target"), ..flow::RestoreOptions::default() };
    for map in texts(arguments, "map") {
        let Some((host, directory)) = map.split_once('=').filter(|(host, _)| host.starts_with('/')) else {
            return Err(Misuse(format!("--map {map}: expected /path/on/host=DIR")).into());
        };
        if directory.is_empty() {
            return Err(Misuse(format!("--map {map}: the directory behind = is missing")).into());
        }
        options.maps.push((model::Bytes::from(host), PathBuf::from(directory)));
    }
    Ok(options)
}
