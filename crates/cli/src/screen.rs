//! What a person sees: colour, progress, warnings and failures, all on standard error except data.

use std::{
    io::{self, IsTerminal, Write},
    os::fd::AsFd,
    path::PathBuf,
};

use clap::ArgMatches;
use flow::{Progress, Stage};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use texts::Texts;

use crate::wrap::wrapped;

/// Widest line of running text: longer ones are hard to read on a wide terminal.
const TEXT_COLUMNS_MAX: usize = 100;

/// Where texts and data go.
pub struct Screen {
    /// Texts in the person's language.
    pub texts: Texts,
    /// Whether data is printed as JSON.
    pub json: bool,
    /// The case that the command works on, once it is known: failures are recorded there.
    pub case: Option<PathBuf>,
    quiet: bool,
    colour: bool,
    /// Columns for running text; `None` without a terminal: programs want whole lines.
    columns: Option<usize>,
    bar: Option<(Stage, ProgressBar)>,
}

/// Colours that carry no meaning of their own: the words say the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Running text.
    Plain,
    /// A heading.
    Strong,
    /// Something that must not be overlooked.
    Warning,
    /// Something good.
    Good,
    /// Something bad.
    Bad,
    /// A particular.
    Faint,
}

impl Screen {
    /// The screen for these arguments. Honours `NO_COLOR`; without a terminal there is neither colour nor progress.
    pub fn new(matches: &ArgMatches, texts: Texts) -> Self {
        let quiet = matches.get_flag("quiet");
        let wanted = !matches.get_flag("no-color") && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        let json = matches.get_flag("json");
        let colour = wanted && io::stdout().is_terminal();
        Self { texts, json, case: None, quiet, colour, columns: columns(&io::stdout()), bar: None }
    }

    /// Columns of the terminal; `None` when output goes to a file or a program.
    pub fn columns(&self) -> Option<usize> {
        self.columns
    }

    /// `text` in a tone, where colour is wanted.
    pub fn paint(&self, tone: Tone, text: &str) -> String {
        if !self.colour {
            return text.to_string();
        }
        let code = match tone {
            Tone::Plain => return text.to_string(),
            Tone::Strong => "1",
            Tone::Warning => "33",
            Tone::Good => "32",
            Tone::Bad => "31",
            Tone::Faint => "2",
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }

    /// Prints a line of data.
    pub fn data(&mut self, line: &str) -> io::Result<()> {
        self.rest();
        writeln!(io::stdout().lock(), "{line}")
    }

    /// Prints running text as data, indented, and on a terminal broken to its width.
    pub fn paragraph(&mut self, indent: usize, tone: Tone, text: &str) -> io::Result<()> {
        let margin = " ".repeat(indent);
        let lines = match self.columns {
            Some(columns) => wrapped(text, columns.saturating_sub(indent)),
            None => vec![text.to_string()],
        };
        for line in lines {
            let line = format!("{margin}{}", self.paint(tone, &line));
            self.data(&line)?;
        }
        Ok(())
    }

    /// Prints a value as JSON, one artefact or record per call.
    pub fn json_value(&mut self, value: &impl serde::Serialize) -> anyhow::Result<()> {
        self.rest();
        let mut out = io::stdout().lock();
        serde_json::to_writer_pretty(&mut out, value)?;
        writeln!(out)?;
        Ok(())
    }

    /// Says something about the work itself.
    pub fn say(&mut self, key: &str, facts: &[(&str, &str)]) {
        let text = self.texts.get(key, facts);
        let columns = columns(&io::stderr());
        for line in columns.map_or_else(|| vec![text.clone()], |columns| wrapped(&text, columns)) {
            self.say_plain(&line);
        }
    }

    /// Says a line that is no text of the catalogue: a command to type, a checkpoint.
    pub fn say_plain(&mut self, line: &str) {
        self.rest();
        if !self.quiet {
            let _ = writeln!(io::stderr().lock(), "{line}");
        }
    }

    /// Says something that must not be overlooked, also when quiet.
    pub fn warn(&mut self, text: &str) {
        self.rest();
        let text = format!("{} {text}", self.texts.get("cli-warning", &[]));
        let columns = columns(&io::stderr());
        for line in columns.map_or_else(|| vec![text.clone()], |columns| wrapped(&text, columns)) {
            let _ = writeln!(io::stderr().lock(), "{line}");
        }
    }

    /// What was tried and found, and what to do next.
    pub fn failure(&mut self, error: &anyhow::Error) {
        self.rest();
        let found = model::display_safe(&format!("{error:#}"));
        let next = match error.downcast_ref::<flow::Error>() {
            Some(error) => error.next_step(),
            None if error.downcast_ref::<crate::commands::Misuse>().is_some() => "next-read-help",
            None => "next-report-bug",
        };
        let next = self.texts.get(next, &[]);
        let mut out = io::stderr().lock();
        let _ = writeln!(out, "{} {found}", self.texts.get("cli-error", &[]));
        let _ = writeln!(out, "{} {next}", self.texts.get("cli-next", &[]));
    }

    /// Shows how far a stage is.
    pub fn progress(&mut self, progress: Progress) {
        if self.quiet || !io::stderr().is_terminal() {
            return;
        }
        if self.bar.as_ref().is_none_or(|(stage, _)| *stage != progress.stage) {
            self.rest();
            let bar = ProgressBar::with_draw_target(progress.total, ProgressDrawTarget::stderr());
            let template = if progress.total.is_some() { "{msg} [{bar:30}] {percent:>3}%" } else { "{msg} {pos}" };
            // The templates are our own; the default style is only a plainer bar.
            bar.set_style(ProgressStyle::with_template(template).unwrap_or(ProgressStyle::default_bar()));
            bar.set_message(self.texts.get(progress.stage.key(), &[]));
            self.bar = Some((progress.stage, bar));
        }
        if let Some((_, bar)) = &self.bar {
            bar.set_position(progress.done);
        }
    }

    /// Takes the progress bar away before other output.
    pub fn rest(&mut self) {
        if let Some((_, bar)) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

/// The terminal's width, at most [`TEXT_COLUMNS_MAX`]; `None` when the stream is no terminal.
fn columns(stream: &impl AsFd) -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(stream).ok()?;
    // A pseudo-terminal that nobody sized says 0.
    let columns = if size.ws_col == 0 { 80 } else { usize::from(size.ws_col) };
    Some(columns.clamp(20, TEXT_COLUMNS_MAX))
}

/// Whether the reader of our output went away, which ends a command without being an error.
pub fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause.downcast_ref::<io::Error>().is_some_and(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
            || cause.downcast_ref::<serde_json::Error>().and_then(serde_json::Error::io_error_kind)
                == Some(io::ErrorKind::BrokenPipe)
    })
}
