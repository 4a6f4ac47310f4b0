//! Speed and memory, measured beside the tools that people use today, on generated logs.
//!
//! `scripts/bench.sh formats [LOG…]` measures readers, `scripts/bench.sh stages` the stages of the command,
//! `scripts/bench.sh rules` rules of others. Every figure of
//! `bench/results` comes from such a run; the logs are made from a seed.

mod columns;
mod formats;
mod generate;
mod ours;
mod process;
mod results;
mod rules;
mod stages;

use std::{path::PathBuf, time::Duration};

use anyhow::{Context, Result, bail};
use clap::{Parser, Subcommand};

/// The allocator of the command that is measured.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Readers of one format after the other: ours, DuckDB, Polars, jq, and the format's own tools.
    Formats {
        /// Logs by name; all when none is given.
        logs: Vec<String>,
        /// Size of each log: a number with K, M or G.
        #[arg(long, default_value = "200M", value_parser = size)]
        size: u64,
        /// Seed of the generator.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Seconds after which a slower tool is stopped.
        #[arg(long, default_value_t = 120)]
        patience: u64,
        /// Write no result.
        #[arg(long)]
        no_record: bool,
    },
    /// The command's stages on a big log: one core, all cores, peak memory.
    Stages {
        /// Logs by name; auditd, Falco and Kubernetes audit when none is given.
        logs: Vec<String>,
        /// Size of each log for the comparison of cores: a number with K, M or G.
        #[arg(long, default_value = "500M", value_parser = size)]
        size: u64,
        /// Size of the first log for peak memory.
        #[arg(long, default_value = "10G", value_parser = size)]
        memory_size: u64,
        /// Seed of the generator.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// The command that is measured.
        #[arg(long)]
        yobitsugi: PathBuf,
        /// Write no result.
        #[arg(long)]
        no_record: bool,
    },
    /// Sigma rules over a generated audit log, beside pySigma's statements in SQLite.
    Rules {
        /// Size of the log: a number with K, M or G.
        #[arg(long, default_value = "200M", value_parser = size)]
        size: u64,
        /// Seed of log and rules.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// How many rules.
        #[arg(long, default_value_t = 200)]
        rules: usize,
        /// Write no result.
        #[arg(long)]
        no_record: bool,
    },
    /// Runs rules over one log in this process; the command `rules` calls it.
    #[command(hide = true)]
    Match {
        log: PathBuf,
        rules: PathBuf,
        #[arg(long)]
        flat: PathBuf,
    },
    /// Writes a generated log to standard output.
    Generate {
        /// Which log: a name of the list in `generate.rs`.
        log: String,
        /// Size of the log: a number with K, M or G.
        #[arg(long, default_value = "10M", value_parser = size)]
        size: u64,
        /// Seed of the generator.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Reads one log in this process and prints what it took; the other commands call it.
    #[command(hide = true)]
    Read {
        log: String,
        path: PathBuf,
        /// Another format than the log's, which holds the same.
        #[arg(long)]
        format: Option<String>,
        #[arg(long)]
        parquet: Option<PathBuf>,
    },
}

fn main() -> Result<()> {
    match Arguments::parse().what {
        What::Formats { logs, size, seed, patience, no_record } => formats::run(&formats::Wanted {
            logs,
            size,
            seed,
            patience: Duration::from_secs(patience),
            record: !no_record,
        }),
        What::Stages { logs, size, memory_size, seed, yobitsugi, no_record } => {
            stages::run(&stages::Wanted { logs, size, memory_size, seed, yobitsugi, record: !no_record })
        }
        What::Rules { size, seed, rules, no_record } => {
            rules::run(&rules::Wanted { size, seed, rules, record: !no_record })
        }
        What::Match { log, rules, flat } => rules::matches(&log, &rules, &flat),
        What::Generate { log, size, seed } => {
            let log = generate::by_name(&log).context("no such log")?;
            let mut out = std::io::BufWriter::new(std::io::stdout().lock());
            log.write(size, seed, &mut out).context("writing the log")
        }
        What::Read { log, path, format, parquet } => {
            let log = generate::by_name(&log).context("no such log")?;
            ours::read(log, format.as_deref().unwrap_or(log.format), &path, parquet.as_deref())
        }
    }
}

fn size(text: &str) -> Result<u64> {
    let (digits, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    let factor = match unit {
        "" => 1,
        "K" => 1_000,
        "M" => 1_000_000,
        "G" => 1_000_000_000,
        _ => bail!("expected a size such as 200M"),
    };
    Ok(digits.parse::<u64>()? * factor)
}
