//! `yobitsugi`, the command line: data on standard output, talk on standard error, one exit code
//! from the table in [`exit`].

mod arguments;
mod commands;
mod duration;
mod exit;
mod screen;
mod table;
mod wrap;

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    process::ExitCode,
};

use flow::{Act, ActResult, Case};

use texts::{Language, Texts};

use crate::{exit::Exit, screen::Screen};

/// Events are many small pieces that one thread makes and another drops, which the C library's allocator is slow at.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let words: Vec<OsString> = std::env::args_os().collect();
    let texts = Texts::new(language(&words));
    let matches = match arguments::command(&texts).try_get_matches_from(&words) {
        Ok(matches) => matches,
        Err(answer) => {
            // Help and version are answers, not errors.
            if !answer.use_stderr() {
                let _ = answer.print();
                return Exit::Done.into();
            }
            let _ = answer.print();
            let next = texts.get("next-read-help", &[]);
            eprintln!("\n{} {next}", texts.get("cli-next", &[]));
            let said = answer.render().to_string();
            record(&case_of_words(&words), &words, said.lines().next().unwrap_or_default(), Exit::Usage);
            return Exit::Usage.into();
        }
    };
    let mut screen = Screen::new(&matches, texts);
    match commands::run(&matches, &mut screen) {
        Ok(code) => code.into(),
        Err(error) if screen::is_broken_pipe(&error) => Exit::Done.into(),
        Err(error) => {
            let code = Exit::of(&error);
            screen.failure(&error);
            let case = screen.case.clone().unwrap_or_else(|| case_of_words(&words));
            record(&case, &words, &format!("{error:#}"), code);
            code.into()
        }
    }
}

/// Puts a command that failed on record where there is a case: a command that could not even be
/// understood was an act too. That the record itself fails is passed over, because the person has
/// just been told the error that matters.
fn record(case: &Path, words: &[OsString], error: &str, code: Exit) {
    if !Case::is_case(case) {
        return;
    }
    let Ok(mut case) = Case::open(case) else { return };
    let shown = words.iter().skip(1).map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ");
    let failed = ActResult::Failed { error: error.to_string() };
    let act = Act::ok("command").with("arguments", shown).with("exit", code as u8).result(failed);
    let _ = case.record(act);
    let _ = case.seal();
}

/// The case that the words of the command line name, when they could not be read as arguments.
fn case_of_words(words: &[OsString]) -> PathBuf {
    let named = words.iter().enumerate().find_map(|(at, word)| match word.to_str()? {
        "--case" => words.get(at + 1).map(PathBuf::from),
        word => word.strip_prefix("--case=").map(PathBuf::from),
    });
    named.or_else(commands::case_of_environment).unwrap_or_else(|| PathBuf::from("."))
}

/// The language of `--lang`, which help needs before arguments are parsed, else of the environment.
fn language(words: &[OsString]) -> Language {
    let text = |word: &OsString| word.to_str().map(ToString::to_string);
    for (at, word) in words.iter().enumerate() {
        let Some(word) = text(word) else { continue };
        let value = match word.strip_prefix("--lang") {
            Some("") => words.get(at + 1).and_then(text),
            Some(rest) => rest.strip_prefix('=').map(ToString::to_string),
            None => None,
        };
        if let Some(language) = value.and_then(|value| value.parse().ok()) {
            return language;
        }
    }
    let locales = ["LC_ALL", "LC_MESSAGES", "LANG"].map(|name| std::env::var(name).ok());
    Language::of_locales(&locales.each_ref().map(Option::as_deref))
}
