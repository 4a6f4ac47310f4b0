//! The verbs and their arguments, with help in the person's language and an example each.

use clap::{Arg, ArgAction, Command, value_parser};
use texts::Texts;

use crate::commands::{QUERY_TYPES, RULE_TYPES};

/// One argument: the text of its help is `cli-arg-NAME`.
struct Argument {
    name: &'static str,
    shape: Shape,
    heading: &'static str,
}

enum Shape {
    /// Positional, one or more.
    Many(&'static str),
    /// Positional, exactly one.
    One(&'static str),
    /// Positional, exactly one, and text.
    Statement(&'static str),
    /// Positional, at most one.
    Maybe(&'static str),
    /// `--name VALUE`, at most once.
    Value(&'static str),
    /// `--name VALUE`, repeatable.
    Values(&'static str),
    /// `--name PATH`, repeatable; file names may be any bytes.
    Paths(&'static str),
    /// `-t NAME`, `--type NAME`: one of these.
    Type(&'static [&'static str]),
    /// `--name`.
    Flag,
}

const fn argument(name: &'static str, shape: Shape, heading: &'static str) -> Argument {
    Argument { name, shape, heading }
}

const INPUT: &str = "cli-heading-input";
const BACKUP: &str = "cli-heading-backup";
const TARGET: &str = "cli-heading-target";
const FILTER: &str = "cli-heading-filter";
const RULES: &str = "cli-heading-rules";
const OUTPUT: &str = "cli-heading-output";

const CASE: Argument = argument("case", Shape::Value("DIR"), INPUT);
const BACKUPS: Argument = argument("backup", Shape::Values("URL"), BACKUP);
const PASSWORD: Argument = argument("password-file", Shape::Value("FILE"), BACKUP);
const IN_PLACE: Argument = argument("in-place", Shape::Flag, INPUT);
const CLOCK: Argument = argument("clock", Shape::Values("SOURCE=OFFSET"), INPUT);
const FORMAT: Argument = argument("format", Shape::Values("[SOURCE=]NAME"), INPUT);
const TARGET_DIR: Argument = argument("target", Shape::Value("DIR"), TARGET);
const MAP: Argument = argument("map", Shape::Values("HOST=DIR"), TARGET);
const FALCO_RULES: Argument = argument("falco-rules", Shape::Paths("PATH"), RULES);
const SIGMA_RULES: Argument = argument("sigma-rules", Shape::Paths("PATH"), RULES);
const OUT: Argument = argument("out", Shape::Value("PATH"), OUTPUT);

/// A verb with its arguments; its help is `cli-NAME-about`, its example `cli-NAME-example`.
struct Verb {
    name: &'static str,
    arguments: &'static [Argument],
}

const VERBS: &[Verb] = &[
    Verb {
        name: "investigate",
        arguments: &[
            argument("evidence", Shape::Many("EVIDENCE"), INPUT),
            CASE,
            argument("name", Shape::Value("TEXT"), INPUT),
            IN_PLACE,
            FORMAT,
            CLOCK,
            argument("volume", Shape::Values("PATH"), INPUT),
            FALCO_RULES,
            SIGMA_RULES,
            BACKUPS,
            PASSWORD,
            TARGET_DIR,
            MAP,
            argument("approve", Shape::Flag, TARGET),
            argument("by", Shape::Value("NAME"), TARGET),
            argument("clock-error", Shape::Value("SECONDS"), BACKUP),
        ],
    },
    Verb { name: "intake", arguments: &[argument("evidence", Shape::Many("EVIDENCE"), INPUT), CASE, IN_PLACE] },
    Verb { name: "read", arguments: &[CASE, FORMAT, CLOCK] },
    Verb { name: "containers", arguments: &[CASE] },
    Verb { name: "coverage", arguments: &[CASE] },
    Verb { name: "detect", arguments: &[CASE, FALCO_RULES, SIGMA_RULES] },
    Verb {
        name: "timeline",
        arguments: &[
            CASE,
            argument("from", Shape::Value("TIME"), FILTER),
            argument("to", Shape::Value("TIME"), FILTER),
            argument("host", Shape::Value("NAME"), FILTER),
            argument("container", Shape::Value("NAME"), FILTER),
            argument("actor", Shape::Value("WHO"), FILTER),
            argument("path", Shape::Value("TEXT"), FILTER),
            argument("action", Shape::Value("NAME"), FILTER),
            argument("hostile", Shape::Flag, FILTER),
            argument("type", Shape::Type(flow::EXPORT_NAMES), OUTPUT),
        ],
    },
    Verb {
        name: "query",
        arguments: &[
            argument("statement", Shape::Statement("SQL"), INPUT),
            CASE,
            argument("type", Shape::Type(QUERY_TYPES), OUTPUT),
        ],
    },
    Verb { name: "scope", arguments: &[CASE, argument("object", Shape::Maybe("PATH"), FILTER)] },
    Verb {
        name: "plan",
        arguments: &[
            CASE,
            BACKUPS,
            PASSWORD,
            argument("take-clean", Shape::Values("PATH"), BACKUP),
            argument("keep-live", Shape::Values("PATH"), BACKUP),
        ],
    },
    Verb { name: "approve", arguments: &[CASE, argument("by", Shape::Value("NAME"), TARGET)] },
    Verb { name: "restore", arguments: &[CASE, PASSWORD, TARGET_DIR, MAP] },
    Verb { name: "undo", arguments: &[CASE, TARGET_DIR, MAP, argument("step", Shape::Values("N"), TARGET)] },
    Verb { name: "verify", arguments: &[CASE, PASSWORD, TARGET_DIR, MAP] },
    Verb { name: "report", arguments: &[CASE, OUT] },
];

const CASE_NEW: Verb = Verb {
    name: "case-new",
    arguments: &[
        argument("dir", Shape::One("DIR"), INPUT),
        argument("name", Shape::Value("TEXT"), INPUT),
        argument("volume", Shape::Values("PATH"), INPUT),
        argument("offset", Shape::Value("+HH:MM"), OUTPUT),
        BACKUPS,
        argument("clock-error", Shape::Value("SECONDS"), BACKUP),
    ],
};

const SCOPE_WHY: Verb =
    Verb { name: "scope-why", arguments: &[argument("affected", Shape::Statement("OBJECT"), FILTER), CASE] };

const RULES_CHECK: Verb =
    Verb { name: "rules-check", arguments: &[argument("rules", Shape::Many("PATH"), INPUT), CASE] };

const RULES_RUN: Verb = Verb {
    name: "rules-run",
    arguments: &[
        CASE,
        FALCO_RULES,
        SIGMA_RULES,
        argument("rule", Shape::Values("NAME"), FILTER),
        argument("explain", Shape::Value("EVENT"), FILTER),
        argument("type", Shape::Type(RULE_TYPES), OUTPUT),
    ],
};

const CUSTODY_VERIFY: Verb = Verb {
    name: "custody-verify",
    arguments: &[
        CASE,
        argument("log", Shape::Value("FILE"), INPUT),
        argument("checkpoint", Shape::Value("FILE"), INPUT),
        argument("public-key", Shape::Value("FILE"), INPUT),
    ],
};

const CUSTODY_SHOW: Verb = Verb { name: "custody-show", arguments: &[CASE] };

/// The whole command line.
pub fn command(texts: &Texts) -> Command {
    let mut command = shaped(Command::new("yobitsugi"), texts)
        .version(env!("CARGO_PKG_VERSION"))
        .about(texts.get("cli-about", &[]))
        .after_help(texts.get("cli-after-help", &[]))
        .disable_version_flag(true)
        .arg(
            Arg::new("version")
                .short('V')
                .long("version")
                .action(ArgAction::Version)
                .help(texts.get("cli-arg-version", &[]))
                .help_heading(texts.get("cli-heading-display", &[])),
        )
        .args(global(texts));
    command = command.subcommand(subcommand(&VERBS[0], texts)).subcommand(group("case", &[("new", &CASE_NEW)], texts));
    for verb in &VERBS[1..] {
        let mut with_arguments = subcommand(verb, texts);
        if verb.name == "scope" {
            with_arguments = with_arguments
                .subcommand(subcommand(&SCOPE_WHY, texts).name("why"))
                .args_conflicts_with_subcommands(true)
                .disable_help_subcommand(true)
                .subcommand_help_heading(texts.get("cli-heading-commands", &[]));
        }
        command = command.subcommand(with_arguments);
    }
    command = command.subcommand(group("rules", &[("check", &RULES_CHECK), ("run", &RULES_RUN)], texts));
    let custody = group("custody", &[("verify", &CUSTODY_VERIFY), ("show", &CUSTODY_SHOW)], texts);
    needs_verb(command.subcommand(custody), texts)
}

/// A verb with verbs of its own.
fn group(name: &'static str, verbs: &[(&'static str, &Verb)], texts: &Texts) -> Command {
    let mut command = shaped(Command::new(name), texts).about(texts.get(&format!("cli-{name}-about"), &[]));
    for (name, verb) in verbs {
        command = command.subcommand(subcommand(verb, texts).name(name));
    }
    needs_verb(command, texts)
}

fn needs_verb(command: Command, texts: &Texts) -> Command {
    command
        .subcommand_required(true)
        .arg_required_else_help(true)
        .disable_help_subcommand(true)
        .subcommand_help_heading(texts.get("cli-heading-commands", &[]))
}

/// clap writes headings of its own only in English; this says all of them in the person's language.
fn shaped(command: Command, texts: &Texts) -> Command {
    let usage = texts.get("cli-usage", &[]);
    let help = Arg::new("help")
        .short('h')
        .long("help")
        .action(ArgAction::Help)
        .help(texts.get("cli-arg-help", &[]))
        .help_heading(texts.get("cli-heading-display", &[]));
    command
        .help_template(format!("{{about-with-newline}}\n{usage} {{usage}}\n\n{{all-args}}{{after-help}}"))
        .disable_help_flag(true)
        .arg(help)
}

fn subcommand(verb: &Verb, texts: &Texts) -> Command {
    let mut command = shaped(Command::new(verb.name), texts)
        .about(texts.get(&format!("cli-{}-about", verb.name), &[]))
        .after_help(texts.get(&format!("cli-{}-example", verb.name), &[]));
    for argument in verb.arguments {
        command = command.arg(built(argument, texts));
    }
    command
}

fn global(texts: &Texts) -> Vec<Arg> {
    let flag = |name: &'static str| Arg::new(name).long(name).action(ArgAction::SetTrue);
    let lang = Arg::new("lang").long("lang").value_name("LANG").value_parser(["en", "ja"]).hide_possible_values(true);
    let arguments = [
        (lang, "cli-language-help"),
        (flag("json"), "cli-arg-json"),
        (flag("quiet").short('q'), "cli-arg-quiet"),
        (flag("no-color"), "cli-arg-no-color"),
    ];
    let heading = texts.get("cli-heading-display", &[]);
    arguments
        .into_iter()
        .map(|(argument, help)| argument.global(true).help(texts.get(help, &[])).help_heading(heading.clone()))
        .collect()
}

fn built(argument: &Argument, texts: &Texts) -> Arg {
    let path = value_parser!(std::ffi::OsString);
    let kinds = if let Shape::Type(kinds) = argument.shape { kinds.join(", ") } else { String::new() };
    let built = Arg::new(argument.name)
        .help(texts.get(&format!("cli-arg-{}", argument.name), &[("kinds", &kinds)]))
        .help_heading(texts.get(argument.heading, &[]));
    match argument.shape {
        Shape::Many(value) => built.value_name(value).value_parser(path).num_args(1..).required(true),
        Shape::One(value) => built.value_name(value).value_parser(path).required(true),
        Shape::Statement(value) => built.value_name(value).required(true),
        Shape::Type(kinds) => built
            .short('t')
            .long(argument.name)
            .value_name("NAME")
            .value_parser(kinds.to_vec())
            .hide_possible_values(true),
        Shape::Maybe(value) => built.value_name(value),
        Shape::Value(value) if is_path(value) => built.long(argument.name).value_name(value).value_parser(path),
        Shape::Value(value) => built.long(argument.name).value_name(value).allow_hyphen_values(true),
        Shape::Paths(value) => built.long(argument.name).value_name(value).value_parser(path).action(ArgAction::Append),
        Shape::Values(value) => built.long(argument.name).value_name(value).action(ArgAction::Append),
        Shape::Flag => built.long(argument.name).action(ArgAction::SetTrue),
    }
}

/// File names may be any bytes.
fn is_path(value: &str) -> bool {
    matches!(value, "DIR" | "FILE" | "PATH")
}

#[cfg(test)]
mod tests {
    use super::*;
    use texts::Language;

    #[test]
    fn every_verb_and_argument_has_its_texts_in_every_language() {
        for language in Language::ALL {
            let texts = Texts::new(language);
            let mut command = command(&texts);
            command.build();
            let help = command.render_long_help().to_string();
            let all: Vec<String> = std::iter::once(help)
                .chain(command.get_subcommands_mut().map(|verb| verb.render_long_help().to_string()))
                .collect();
            for help in all {
                assert!(!help.contains('⟦'), "{help}");
            }
        }
    }
}
