//! Runs a program and measures it from outside.

use std::{
    fs,
    io::Read,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result};

/// What a run took.
pub(crate) struct Measured {
    /// Wall-clock time.
    pub(crate) wall: Duration,
    /// Processor time, user and system, of the program and its children.
    pub(crate) processor: Duration,
    /// Peak resident memory of the program in bytes, as far as it was seen by polling.
    pub(crate) peak_bytes: u64,
    /// Whether it ended with success, within the patience.
    pub(crate) ended: bool,
    /// What it wrote to standard output, when that was asked for.
    pub(crate) output: String,
}

/// Clock ticks per second in `/proc/PID/stat`: 100 on every Linux that Rust runs on.
const TICKS_PER_SECOND: u64 = 100;

/// Where what a program prints goes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Output {
    Dropped,
    Kept,
}

/// Runs a command to its end or until `patience` is over.
pub(crate) fn run(command: &mut Command, patience: Duration, output: Output) -> Result<Measured> {
    let before = processor_time(13)?;
    let started = Instant::now();
    let stdout = if output == Output::Kept { Stdio::piped() } else { Stdio::null() };
    let mut child = command.stdout(stdout).stderr(Stdio::null()).spawn().context("starting")?;
    let status = format!("/proc/{}/status", child.id());
    let mut peak_bytes = 0;
    let ended = loop {
        if let Ok(text) = fs::read_to_string(&status) {
            peak_bytes = peak_bytes.max(kilobytes(&text, "VmHWM:").unwrap_or(0) * 1024);
        }
        if let Some(status) = child.try_wait()? {
            break status.success();
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
    Ok(Measured { wall, processor: processor_time(13)? - before, peak_bytes, ended, output })
}

/// Processor time of this thread; of the process where the kernel does not count threads.
pub(crate) fn own_processor_time() -> Result<Duration> {
    // The scheduler's count of this thread is exact where the ticks of `stat` are hundredths.
    match fs::read_to_string("/proc/thread-self/schedstat") {
        Ok(text) => Ok(Duration::from_nanos(text.split_whitespace().next().unwrap_or("0").parse()?)),
        Err(_) => processor_time(11),
    }
}

/// Two fields of `/proc/self/stat` from `first`, counted from 0 behind the command's name: 11 is the process itself,
/// 13 are its children that have ended. Source: proc(5).
fn processor_time(first: usize) -> Result<Duration> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or("").split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
    Ok(Duration::from_millis((ticks(first) + ticks(first + 1)) * 1000 / TICKS_PER_SECOND))
}

/// A size of `/proc/PID/status` in units of 1024 bytes.
pub(crate) fn kilobytes(status: &str, name: &str) -> Option<u64> {
    status.lines().find_map(|line| line.strip_prefix(name))?.split_whitespace().next()?.parse().ok()
}
