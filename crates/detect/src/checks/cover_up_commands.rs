//! A shell's history has commands that cover traces: they blind the history itself, empty logs, set times, or stop what
//! records. A history says what was typed, not what came of it, and whoever typed may be an administrator at work.

use model::{Action, Event};

use super::acts::{Acts, Seen, Sign};
use crate::Need;

/// What is typed to cover traces: words that a command must have, all of them.
const COMMANDS: &[&[&str]] = &[
    &["unset", "HISTFILE"],
    &["HISTFILE=/dev/null"],
    &["HISTSIZE=0"],
    &["HISTFILESIZE=0"],
    &["set", "+o", "history"],
    &["history", "-c"],
    &["ln", "/dev/null", "_history"],
    &["rm", "_history"],
    &["shred", "_history"],
    &["truncate", "_history"],
    &["journalctl", "--vacuum-"],
    &["auditctl", "-D"],
    &["auditctl", "-e", "0"],
    &["systemctl", "stop", "auditd"],
    &["service", "auditd", "stop"],
    &["rm", "/var/log/"],
    &["truncate", "/var/log/"],
    &["shred", "/var/log/"],
    &["touch", "-r"],
    &["touch", "-d"],
    &["touch", "-t"],
    &["kubectl", "delete", "events"],
];

/// Catalogue row 46, as far as it was typed.
pub(super) fn check() -> Acts {
    let needs = &[Need::AnyOf(&[Action::ShellCommand])];
    Acts::new("cover_up_commands", &["T1070", "T1562.003"], needs, &[Action::ShellCommand], see)
}

fn see((): &mut (), event: &Event) -> Seen {
    let Some(command) = event.fact("command") else { return Seen::Nothing };
    let covers = |part: &str| COMMANDS.iter().any(|words| has(part, words));
    if !command.split([';', '|', '&', '\n']).any(covers) {
        return Seen::Nothing;
    }
    Sign::noted().at_most(40).with("command", command).lacking("program_records").into()
}

/// Whether the command begins with the first word and has the others; a word may be a part of a longer one, where it does
/// not look like an option.
fn has(part: &str, words: &[&str]) -> bool {
    let given: Vec<&str> =
        part.split_whitespace().take(64).filter(|word| *word != "sudo" && *word != "export").collect();
    let Some((first, others)) = words.split_first() else { return false };
    let is_first = given.first().is_some_and(|word| word == first || word.rsplit('/').next() == Some(first));
    is_first
        && others
            .iter()
            .all(|other| given.iter().skip(1).any(|word| word == other || !is_exact(other) && word.contains(other)))
}

/// Short options and numbers are whole words.
fn is_exact(word: &str) -> bool {
    word.len() <= 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_known_by_their_words() {
        let covers = |command: &str| COMMANDS.iter().any(|words| has(command, words));
        for command in [
            "export HISTFILE=/dev/null",
            "unset HISTFILE",
            "history -c",
            "sudo rm -f /var/log/auth.log",
            "ln -sf /dev/null ~/.bash_history",
            "/usr/bin/touch -r /etc/hosts /etc/cron.d/x",
            "journalctl --rotate --vacuum-time=1s",
        ] {
            assert!(covers(command), "{command}");
        }
        for command in ["history", "echo HISTFILE=/dev/null", "ls /var/log/", "touch --help", "rm x", "auditctl -l"] {
            assert!(!covers(command), "{command}");
        }
    }
}
