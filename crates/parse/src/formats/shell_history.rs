//! Histories of bash, zsh and fish, with times or without.
//!
//! Weak evidence: a history is written when its shell exits, its owner can edit it, and nothing says that a command ran.
//! bash writes `#EPOCH` before each command when `HISTTIMEFORMAT` is set, and several lines of one command as they are;
//! zsh writes `: EPOCH:DURATION;command` with a backslash before an inner line end, and its own escapes for some bytes;
//! fish writes `- cmd:`, `when:` and `paths:`. A command without a time has that of the file's modification as its latest.
//!
//! Sources: bash `lib/readline/histfile.c`; zsh `Src/hist.c`, `Src/utils.c` (`metafy`); fish `src/history_file`.

mod entries;
mod line;
mod words;

use crate::{
    Decoder, Format, Source,
    records::{Framed, Framing},
};
use entries::Entries;
use line::Line;

/// The format.
pub(crate) struct ShellHistory;

const NAME: &str = "shell_history";

/// The confidence in a file of which nothing but the words say that it is a history. Any other format that knows the
/// file at all is surer.
const BY_WORDS_ONLY: u8 = 4;

impl Format for ShellHistory {
    fn name(&self) -> &'static str {
        NAME
    }

    fn sniff(&self, head: &[u8]) -> u8 {
        // A script is no history.
        if head.starts_with(b"#!") {
            return 0;
        }
        let mut lines: Vec<&[u8]> = head.split(|&byte| byte == b'\n').take(201).collect();
        // The last one may be cut off.
        if lines.len() > 1 {
            lines.pop();
        }
        lines.retain(|line| !line.iter().all(u8::is_ascii_whitespace));
        let lines: Vec<Line<'_>> = lines.into_iter().map(Line::of).collect();
        let count = |which: fn(&Line<'_>) -> bool| lines.iter().filter(|line| which(line)).count();
        let fish = count(|line| matches!(line, Line::Fish(_)));
        let details = count(|line| matches!(line, Line::FishWhen(_) | Line::FishDetail(_)));
        let zsh = count(|line| matches!(line, Line::Zsh { .. }));
        let stamps = count(|line| matches!(line, Line::Stamp(..)));
        match lines.first() {
            Some(Line::Fish(_)) if fish + details == lines.len() && details > 0 => 95,
            Some(Line::Zsh { .. }) if zsh * 4 >= lines.len() => 95,
            // A comment line in a script may hold nothing but a number; a history has one before each command.
            Some(Line::Stamp(..)) if lines.len() > 1 && stamps * 4 >= lines.len() => 85,
            Some(Line::Zsh { .. } | Line::Stamp(..)) => 30,
            _ if !head.contains(&0) && look_like_commands(&lines) => BY_WORDS_ONLY,
            _ => 0,
        }
    }

    fn decoder(&self, source: Source) -> Box<dyn Decoder> {
        let reader = Entries::new(source.modified);
        Box::new(Framed::new(source, Framing::lines(), reader))
    }
}

/// Lines that a file must have at least for its words to tell anything.
const WORDS_LINES_MIN: usize = 3;

/// Whether at least three of five lines start with a word that people type.
fn look_like_commands(lines: &[Line<'_>]) -> bool {
    let known = lines.iter().filter(|line| match line {
        Line::Text(text) => words::is_command(text),
        Line::Stamp(..) => true,
        _ => false,
    });
    lines.len() >= WORDS_LINES_MIN && known.count() * 5 >= lines.len() * 3
}
