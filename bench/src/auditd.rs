//! The audit log: ours from bytes to event drafts, beside `ausearch` and `aureport` of audit-userspace.

use std::{
    fmt::Write as _,
    fs::{self, OpenOptions},
    io::{BufWriter, Write as _},
    path::Path,
    process::Command,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use anyhow::{Context, Result};

use crate::{
    generate,
    process::{self, Measured},
};

/// How often ours is run; the fastest counts, because the machine is shared.
const RUNS: usize = 3;

/// Generates the log, measures, prints and records the result.
pub fn run(size: u64, seed: u64, patience: u64, ours_only: bool) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("audit.log");
    let mut out = BufWriter::new(fs::File::create(&path)?);
    generate::audit_log(size, seed, &mut out)?;
    out.into_inner().context("writing the log")?.sync_all()?;
    let bytes = fs::metadata(&path)?.len();
    let patience = Duration::from_secs(patience);

    let mut rows = String::new();
    let mut best: Option<Measured> = None;
    for _ in 0..RUNS {
        let this = std::env::current_exe()?;
        let measured = process::run(Command::new(this).args(["read", "auditd"]).arg(&path), patience, true)?;
        if best.as_ref().is_none_or(|best| measured.processor < best.processor) {
            best = Some(measured);
        }
    }
    let ours = best.context("no run")?;
    let counts: Vec<u64> = ours.output.split_whitespace().filter_map(|text| text.parse().ok()).collect();
    let [events, records, problems, peak, nanoseconds] = counts[..] else {
        anyhow::bail!("the reading process failed: {:?}", ours.output)
    };
    let reading = Duration::from_nanos(nanoseconds);
    let detail = format!(
        "{events} events of {records} records, {problems} problems; {:.0} events/s",
        per_second(events, reading)
    );
    row(
        &mut rows,
        "yobitsugi: bytes to event drafts",
        bytes,
        &Measured { wall: reading, peak_bytes: peak, ..ours },
        &detail,
    );
    if !ours_only {
        peer(&mut rows, "ausearch --raw", "ausearch", &["--raw"], &path, bytes, patience)?;
        peer(&mut rows, "aureport --summary", "aureport", &["--summary"], &path, bytes, patience)?;
        peer(&mut rows, "aureport --file --summary", "aureport", &["--file", "--summary"], &path, bytes, patience)?;
    }
    let table = format!(
        "| what | MB/s of processor time | processor s | wall s | peak MB | |\n|---|---|---|---|---|---|\n{rows}"
    );
    println!("{table}");
    if ours_only {
        return Ok(());
    }
    record(&format!("{}\n{table}\n", heading(size, seed, bytes)?))
}

fn per_second(count: u64, time: Duration) -> f64 {
    count as f64 / time.as_secs_f64().max(1e-9)
}

fn row(rows: &mut String, what: &str, bytes: u64, measured: &Measured, detail: &str) {
    let below = if measured.ended { "" } else { "below " };
    let _ = writeln!(
        rows,
        "| {what} | {below}{:.1} | {:.2} | {:.2} | {:.0} | {detail} |",
        per_second(bytes, measured.processor) / 1e6,
        measured.processor.as_secs_f64(),
        measured.wall.as_secs_f64(),
        measured.peak_bytes as f64 / 1e6,
    );
}

/// Measures a tool of Debian's package `auditd`; a missing one is said to be missing.
fn peer(
    rows: &mut String,
    what: &str,
    program: &str,
    arguments: &[&str],
    path: &Path,
    bytes: u64,
    patience: Duration,
) -> Result<()> {
    let program = ["/usr/sbin/", "/sbin/"]
        .map(|folder| format!("{folder}{program}"))
        .into_iter()
        .find(|path| Path::new(path).exists());
    let Some(program) = program else {
        let _ = writeln!(rows, "| {what} | not installed (Debian package `auditd`) | | | | |");
        return Ok(());
    };
    let measured = process::run(Command::new(program).args(arguments).arg("-if").arg(path), patience, false)?;
    let detail = if measured.ended { "" } else { "stopped when patience was over" };
    row(rows, what, bytes, &measured, detail);
    Ok(())
}

/// Date, command and machine of a run.
fn heading(size: u64, seed: u64, bytes: u64) -> Result<String> {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let day = model::Timestamp::from_seconds(i64::try_from(seconds)?, 0).day();
    let cores = std::thread::available_parallelism()?;
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease")?;
    let model = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = model.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or("unknown");
    Ok(format!(
        "## {day}\n\n`cargo run --release -p bench -- auditd --size {size} --seed {seed}`: {bytes} bytes generated; {cores} cores \
         (shared), {}, Linux {}. Ours runs on one core; the best of {RUNS} runs.\n",
        model.trim_start_matches([' ', '\t', ':']),
        kernel.trim()
    ))
}

fn record(text: &str) -> Result<()> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("results/auditd.md");
    let mut file = OpenOptions::new().append(true).create(true).open(&path).context("opening the results")?;
    file.write_all(text.as_bytes())?;
    Ok(())
}
