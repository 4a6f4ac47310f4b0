//! All of continuous integration, in the order in which a fault is cheapest to find.

use std::{
    env,
    io::{self, BufRead as _, BufReader, IsTerminal as _, Write as _},
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};

/// One step: what it is called, and what it runs.
struct Step {
    name: &'static str,
    /// Arguments of cargo.
    arguments: &'static [&'static str],
    environment: &'static [(&'static str, &'static str)],
}

const STEPS: &[Step] = &[
    Step { name: "format", arguments: &["fmt", "--all", "--check"], environment: &[] },
    Step { name: "tidy", arguments: &["xtask", "tidy"], environment: &[] },
    Step { name: "licences", arguments: &["xtask", "licences"], environment: &[] },
    Step {
        name: "clippy",
        arguments: &["clippy", "--quiet", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"],
        environment: &[],
    },
    Step {
        name: "documentation",
        arguments: &["doc", "--quiet", "--workspace", "--no-deps", "--document-private-items", "--locked"],
        environment: &[("RUSTDOCFLAGS", "-D warnings")],
    },
    Step {
        name: "documentation tests",
        arguments: &["test", "--quiet", "--doc", "--workspace", "--locked"],
        environment: &[],
    },
    Step {
        name: "tests",
        arguments: &["nextest", "run", "--workspace", "--no-fail-fast", "--locked"],
        environment: &[("NEXTEST_STATUS_LEVEL", "slow"), ("NEXTEST_SHOW_PROGRESS", "none")],
    },
];

/// How a step ended.
struct Ended {
    name: &'static str,
    time: Duration,
    held: bool,
}

/// Runs every step, also after one that failed: one run tells everything. The last line counts the tests.
///
/// Fails when a step failed.
pub(crate) fn run(root: &Path) -> Result<()> {
    let mut ended = Vec::new();
    let mut summary = None;
    for step in STEPS {
        println!("\n== {}: cargo {}", step.name, step.arguments.join(" "));
        let start = Instant::now();
        let (held, last_summary) = one_step(root, step)?;
        summary = last_summary.or(summary);
        let time = start.elapsed();
        println!("== {}: {} after {:.1} s", step.name, if held { "holds" } else { "FAILED" }, time.as_secs_f64());
        ended.push(Ended { name: step.name, time, held });
    }
    println!();
    for step in &ended {
        println!(
            "{:>8.1} s  {:<20} {}",
            step.time.as_secs_f64(),
            step.name,
            if step.held { "holds" } else { "FAILED" }
        );
    }
    let failed: Vec<&str> = ended.iter().filter(|step| !step.held).map(|step| step.name).collect();
    match &summary {
        Some(counts) => println!("{counts}"),
        None => println!("no test was run"),
    }
    ensure!(failed.is_empty(), "ci: failed: {}", failed.join(", "));
    Ok(())
}

/// Runs a step, its output passed through. Returns whether it held, and the test runner's counts if it gave some.
fn one_step(root: &Path, step: &Step) -> Result<(bool, Option<String>)> {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(step.arguments).current_dir(root).envs(step.environment.iter().copied()).stderr(Stdio::piped());
    // The pipe hides the terminal from cargo.
    if io::stderr().is_terminal() && env::var_os("NO_COLOR").is_none() {
        command.env("CARGO_TERM_COLOR", "always");
    }
    let mut child = command.spawn().with_context(|| format!("cannot start {}", step.name))?;
    let mut counts = None;
    if let Some(output) = child.stderr.take() {
        // Tests may print any bytes.
        for line in BufReader::new(output).split(b'\n') {
            let line = line.context("cannot read what cargo says")?;
            counts = summary(&String::from_utf8_lossy(&line)).or(counts);
            let mut err = io::stderr().lock();
            err.write_all(&line).and_then(|()| err.write_all(b"\n")).context("cannot pass on what cargo says")?;
        }
    }
    Ok((child.wait().context("cannot wait for cargo")?.success(), counts))
}

/// The counts of nextest's summary line, every kind that it may leave out said too.
fn summary(line: &str) -> Option<String> {
    let plain = without_colour(line);
    let (_, counts) = plain.trim_start().strip_prefix("Summary [")?.split_once("tests run:")?;
    let count = |word: &str| -> u64 {
        let words: Vec<&str> = counts.split([' ', ',', '(', ')']).filter(|word| !word.is_empty()).collect();
        let at = words.iter().position(|known| *known == word);
        at.and_then(|at| words.get(at.checked_sub(1)?)?.parse().ok()).unwrap_or(0)
    };
    let failed = count("failed") + count("timed");
    Some(format!("{} passed, {failed} failed, {} skipped", count("passed"), count("skipped")))
}

fn without_colour(line: &str) -> String {
    let mut text = String::new();
    let mut parts = line.split('\u{1b}');
    text.push_str(parts.next().unwrap_or_default());
    for part in parts {
        text.push_str(part.split_once('m').map_or("", |(_, rest)| rest));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_runner_s_counts_are_understood() {
        let line = "\u{1b}[32;1m     Summary\u{1b}[0m [   0.9s] \u{1b}[1m9\u{1b}[0m tests run: \u{1b}[1m9\u{1b}[0m passed, 0 skipped";
        assert_eq!(summary(line).as_deref(), Some("9 passed, 0 failed, 0 skipped"));
        let line = "     Summary [   7.2s] 99 tests run: 90 passed (2 slow), 8 failed, 1 timed out, 3 skipped";
        assert_eq!(summary(line).as_deref(), Some("90 passed, 9 failed, 3 skipped"));
        assert_eq!(summary("a test that prints Summary [ 1 tests run:"), None);
    }
}
