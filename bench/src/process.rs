//! Runs a program and measures it from outside; reads a log in this process.

use std::{
    fs::{self, File},
    io::Read,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result};

/// What a run took.
pub struct Measured {
    /// Wall-clock time.
    pub wall: Duration,
    /// Processor time, user and system.
    pub processor: Duration,
    /// Peak resident memory in bytes, as far as it was seen by polling.
    pub peak_bytes: u64,
    /// Whether it ended by itself within the patience.
    pub ended: bool,
    /// What it wrote to standard output, when that was asked for.
    pub output: String,
}

/// Clock ticks per second in `/proc/PID/stat`: 100 on every Linux that Rust runs on.
const TICKS_PER_SECOND: u64 = 100;

/// Runs a command to its end or until `patience` is over.
pub fn run(command: &mut Command, patience: Duration, keep_output: bool) -> Result<Measured> {
    let before = children_processor_time()?;
    let started = Instant::now();
    let output = if keep_output { Stdio::piped() } else { Stdio::null() };
    let mut child = command.stdin(Stdio::null()).stdout(output).stderr(Stdio::null()).spawn().context("starting")?;
    let status = format!("/proc/{}/status", child.id());
    let mut peak_bytes = 0;
    let ended = loop {
        if let Ok(text) = fs::read_to_string(&status) {
            peak_bytes = peak_bytes.max(kilobytes(&text, "VmHWM:").unwrap_or(0) * 1024);
        }
        if child.try_wait()?.is_some() {
            break true;
        }
        if started.elapsed() > patience {
            child.kill()?;
            child.wait()?;
            break false;
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let wall = started.elapsed();
    let mut output = String::new();
    if let Some(mut pipe) = child.stdout.take() {
        pipe.read_to_string(&mut output)?;
    }
    Ok(Measured { wall, processor: children_processor_time()? - before, peak_bytes, ended, output })
}

/// Processor time of all children that have ended.
fn children_processor_time() -> Result<Duration> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or("").split_whitespace().collect();
    // Fields 16 and 17 of proc(5), counted behind the command's name, which is field 2.
    let ticks = |at: usize| fields.get(at).and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
    Ok(Duration::from_millis((ticks(13) + ticks(14)) * 1000 / TICKS_PER_SECOND))
}

fn kilobytes(status: &str, name: &str) -> Option<u64> {
    status.lines().find_map(|line| line.strip_prefix(name))?.split_whitespace().next()?.parse().ok()
}

/// Reads a log in chunks of 1 MiB, drops what comes out, and prints `EVENTS RECORDS PROBLEMS PEAK_BYTES NANOSECONDS`.
pub fn read_here(format: &str, path: &Path) -> Result<()> {
    let format = parse::by_name(format).context("no such format")?;
    let mut file = File::open(path)?;
    let mut decoder = format.decoder(model::Sha256([0; 32]).into());
    let mut chunk = vec![0; 1 << 20];
    let mut batch = parse::Batch::default();
    let (mut events, mut records, mut problems) = (0, 0, 0);
    let started = Instant::now();
    loop {
        let length = file.read(&mut chunk)?;
        if length == 0 {
            decoder.finish(&mut batch);
        } else {
            decoder.push(&chunk[..length], &mut batch);
        }
        events += batch.drafts.len();
        records += batch.records;
        problems += batch.problems.len();
        batch = parse::Batch::default();
        if length == 0 {
            break;
        }
    }
    let nanoseconds = started.elapsed().as_nanos();
    let peak = kilobytes(&fs::read_to_string("/proc/self/status")?, "VmHWM:").unwrap_or(0) * 1024;
    println!("{events} {records} {problems} {peak} {nanoseconds}");
    Ok(())
}
