//! Speed and memory, measured beside the tools that people use today, on generated logs.
//!
//! `cargo run --release -p bench -- auditd [--size 200M] [--seed 1]` prints a table and appends it to
//! `bench/results/auditd.md`. Every figure comes from that run; the log is made from the seed.

mod auditd;
mod generate;
mod process;

use anyhow::{Context, Result, bail};
use clap::{Parser, Subcommand};

#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Reads a generated audit log: ours, ausearch, aureport.
    Auditd {
        /// Size of the log: a number with K, M or G.
        #[arg(long, default_value = "200M", value_parser = size)]
        size: u64,
        /// Seed of the generator.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Seconds after which a slower tool is stopped; its speed is then given as "below".
        #[arg(long, default_value_t = 300)]
        patience: u64,
        /// Measure only ours, and write no result.
        #[arg(long)]
        ours_only: bool,
    },
    /// Writes a generated audit log to standard output.
    Generate {
        /// Size of the log: a number with K, M or G.
        #[arg(long, default_value = "10M", value_parser = size)]
        size: u64,
        /// Seed of the generator.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Reads one log in this process and prints what it took; the other commands call it.
    #[command(hide = true)]
    Read { format: String, path: std::path::PathBuf },
}

fn main() -> Result<()> {
    match Arguments::parse().what {
        What::Auditd { size, seed, patience, ours_only } => auditd::run(size, seed, patience, ours_only),
        What::Generate { size, seed } => {
            let mut out = std::io::BufWriter::new(std::io::stdout().lock());
            generate::audit_log(size, seed, &mut out).context("writing the log")?;
            Ok(())
        }
        What::Read { format, path } => process::read_here(&format, &path),
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
