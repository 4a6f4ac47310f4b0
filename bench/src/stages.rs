//! The command's stages on a big log: how much a second core brings, and what they keep in memory.

use std::{
    fmt::Write as _,
    fs::{self, File},
    io::BufWriter,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context, Result};

use crate::{
    generate,
    process::{self, Measured, Output},
    results,
};

/// What the command line asks for.
pub(crate) struct Wanted {
    pub(crate) logs: Vec<String>,
    pub(crate) size: u64,
    pub(crate) memory_size: u64,
    pub(crate) seed: u64,
    pub(crate) yobitsugi: PathBuf,
    pub(crate) record: bool,
}

/// Longer than any run that is worth waiting for.
const PATIENCE: Duration = Duration::from_secs(3 * 3600);

/// How often each is run; the fastest counts, because the machine is shared.
const RUNS: usize = 3;

/// Measures, prints the tables, and records them where asked to.
pub(crate) fn run(wanted: &Wanted) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let defaults = ["auditd", "falco", "k8s_audit"].map(str::to_string);
    let logs = if wanted.logs.is_empty() { &defaults[..] } else { &wanted.logs };
    let mut table = String::from(
        "| log | MB | one core, s | MB/s | all cores, s | MB/s | all : one | peak MB |\n|---|---|---|---|---|---|---|---|\n",
    );
    let mut whole = String::from("| log | MB | s | MB/s | peak MB |\n|---|---|---|---|---|\n");
    for name in logs {
        let path = make(name, wanted.size, wanted.seed, folder.path())?;
        let case = folder.path().join("case");
        take(wanted, &path, &case)?;
        let best = |core: Option<&str>| -> Result<Measured> {
            let runs: Result<Vec<Measured>> = (0..RUNS).map(|_| read(wanted, &case, core)).collect();
            runs?.into_iter().min_by_key(|measured| measured.wall).context("no run")
        };
        let (one, all) = (best(Some("0"))?, best(None)?);
        fs::remove_dir_all(&case)?;
        let megabytes = fs::metadata(&path)?.len() as f64 / 1e6;
        let _ = writeln!(
            table,
            "| {name} | {megabytes:.0} | {:.1} | {:.0} | {:.1} | {:.0} | {:.2} | {:.0} |",
            one.wall.as_secs_f64(),
            megabytes / one.wall.as_secs_f64(),
            all.wall.as_secs_f64(),
            megabytes / all.wall.as_secs_f64(),
            one.wall.as_secs_f64() / all.wall.as_secs_f64(),
            all.peak_bytes as f64 / 1e6,
        );
        let mut command = Command::new(&wanted.yobitsugi);
        command.arg("investigate").arg(&path).arg("--case").arg(&case);
        whole.push_str(&line(name, megabytes, &measured(&mut command, &case)?));
        fs::remove_dir_all(&case)?;
        fs::remove_file(path)?;
    }
    println!("{table}\n{whole}");
    let mut memory = String::from("| log | MB | s | MB/s | peak MB |\n|---|---|---|---|---|\n");
    for name in logs.iter().take(1).filter(|_| wanted.memory_size > 0) {
        let path = make(name, wanted.memory_size, wanted.seed, folder.path())?;
        let case = folder.path().join("case");
        take(wanted, &path, &case)?;
        let megabytes = fs::metadata(&path)?.len() as f64 / 1e6;
        fs::remove_file(path)?;
        memory.push_str(&line(name, megabytes, &read(wanted, &case, None)?));
        fs::remove_dir_all(&case)?;
    }
    println!("{memory}");
    if wanted.record {
        let command = format!(
            "scripts/bench.sh stages --size {} --memory-size {} --seed {}",
            wanted.size, wanted.memory_size, wanted.seed
        );
        let text = format!(
            "{}\n`yobitsugi read`, from the evidence in the case to the stored events: decompressing, reading, sorting, joining copies, \
             learning, labelling and storing. Wall-clock time, the best of {RUNS} runs; one core by `taskset`; peak resident memory.\n\n\
             {table}\n## All stages\n\n`yobitsugi investigate`: hashing and taking the log in, reading, checks, scope and report. One run, \
             all cores.\n\n{whole}\n## Peak memory on a big log\n\n`yobitsugi read`, one run, all cores.\n\n{memory}",
            results::heading(&command)?
        );
        results::replace("stages.md", &text)?;
    }
    Ok(())
}

fn line(name: &str, megabytes: f64, measured: &Measured) -> String {
    let (seconds, peak) = (measured.wall.as_secs_f64(), measured.peak_bytes as f64 / 1e6);
    format!("| {name} | {megabytes:.0} | {seconds:.1} | {:.0} | {peak:.0} |\n", megabytes / seconds)
}

fn make(name: &str, size: u64, seed: u64, folder: &Path) -> Result<PathBuf> {
    let log = generate::by_name(name).with_context(|| format!("no log {name}"))?;
    let path = folder.join(name);
    let mut out = BufWriter::new(File::create(&path)?);
    log.write(size, seed, &mut out)?;
    out.into_inner().context("writing the log")?.sync_all()?;
    Ok(path)
}

/// Makes a case with the log in it.
fn take(wanted: &Wanted, log: &Path, case: &Path) -> Result<()> {
    let mut new = Command::new(&wanted.yobitsugi);
    new.args(["case", "new"]).arg(case);
    let mut intake = Command::new(&wanted.yobitsugi);
    intake.arg("intake").arg(log).arg("--case").arg(case);
    for mut command in [new, intake] {
        let measured = process::run(&mut command, PATIENCE, Output::Dropped)?;
        anyhow::ensure!(measured.ended, "this failed; run it by hand: {command:?}");
    }
    Ok(())
}

fn read(wanted: &Wanted, case: &Path, core: Option<&str>) -> Result<Measured> {
    let mut command = Command::new(if core.is_some() { Path::new("taskset") } else { &wanted.yobitsugi });
    if let Some(core) = core {
        command.args(["-c", core]).arg(&wanted.yobitsugi);
    }
    command.arg("read").arg("--case").arg(case);
    measured(&mut command, case)
}

/// Runs a command that stores events. The exit code is not asked for: it says whether there is an incident.
fn measured(command: &mut Command, case: &Path) -> Result<Measured> {
    let measured = process::run(command, PATIENCE, Output::Dropped)?;
    anyhow::ensure!(case.join("events").exists(), "no events were stored; run it by hand: {command:?}");
    Ok(measured)
}
