//! Sigma rules over events, beside the way of Zircolite: each rule a statement, the events in SQLite.
//!
//! The rules are our own, made from a seed. Both sides get the same events and count the matches of each rule.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs::{self, File},
    io::{BufWriter, Read as _, Write as _},
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use model::{Action, Bytes, Event, Role};
use rules::{Loader, Runner, Truth};
use serde_json::{Value, json};

use crate::{
    generate::{self, dice::Dice},
    process::{self, Output},
    results,
};

/// What the command line asks for.
pub(crate) struct Wanted {
    pub(crate) size: u64,
    pub(crate) seed: u64,
    pub(crate) rules: usize,
    pub(crate) record: bool,
}

/// Longer than any run that is worth waiting for.
const PATIENCE: Duration = Duration::from_secs(3 * 3600);

/// Measures both sides, compares what they found, and records it where asked to.
pub(crate) fn run(wanted: &Wanted) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (log, rules, flat) =
        (folder.path().join("audit.log"), folder.path().join("rules"), folder.path().join("events.jsonl"));
    let mut out = BufWriter::new(File::create(&log)?);
    generate::by_name("auditd").context("no log auditd")?.write(wanted.size, wanted.seed, &mut out)?;
    out.into_inner().context("writing the log")?.sync_all()?;
    fs::create_dir(&rules)?;
    for (number, text) in texts(wanted.seed, wanted.rules).iter().enumerate() {
        fs::write(rules.join(format!("{number:05}.yml")), text)?;
    }
    let own = std::env::current_exe()?;
    let mut ours = Command::new("taskset");
    ours.args(["-c", "0"]).arg(&own).arg("match").arg(&log).arg(&rules).arg("--flat").arg(&flat);
    let ours = measured(&mut ours)?;
    let peer = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/rules.py");
    let mut theirs = Command::new("taskset");
    theirs.args(["-c", "0", "python3"]).arg(peer).arg(&rules).arg(&flat);
    let theirs = measured(&mut theirs)?;
    let differing = differing(&ours, &theirs);
    let text = table(&ours, &theirs, &differing)?;
    println!("{text}");
    if wanted.record {
        let command =
            format!("scripts/bench.sh rules --size {} --seed {} --rules {}", wanted.size, wanted.seed, wanted.rules);
        let load = fs::read_to_string("/proc/loadavg")?;
        let load: Vec<&str> = load.split(' ').take(3).collect();
        let heading = results::heading(&command)?;
        results::replace(
            "rules.md",
            &format!("{heading}Load of the machine at the end: {}.\n\n{text}", load.join(", ")),
        )?;
    }
    Ok(())
}

fn measured(command: &mut Command) -> Result<Value> {
    let measured = process::run(command, PATIENCE, Output::Kept)?;
    ensure!(measured.ended, "this failed; run it by hand: {command:?}");
    Ok(serde_json::from_str(&measured.output)?)
}

/// Rules whose matches are not as many on both sides.
fn differing(ours: &Value, theirs: &Value) -> Vec<String> {
    let counts = |value: &Value| -> BTreeMap<String, u64> {
        let counts = value["counts"].as_object().into_iter().flatten();
        counts.map(|(name, count)| (name.clone(), count.as_u64().unwrap_or(0))).collect()
    };
    let (ours, theirs) = (counts(ours), counts(theirs));
    let names = ours.keys().chain(theirs.keys()).collect::<std::collections::BTreeSet<_>>();
    names
        .into_iter()
        .filter(|name| ours.get(*name) != theirs.get(*name))
        .map(|name| format!("{name}: {:?} and {:?}", ours.get(name), theirs.get(name)))
        .collect()
}

fn table(ours: &Value, theirs: &Value, differing: &[String]) -> Result<String> {
    let number = |value: &Value, name: &str| value[name].as_f64().with_context(|| format!("{name} is missing"));
    let matches = |value: &Value| -> u64 {
        value["counts"].as_object().into_iter().flatten().filter_map(|(_, count)| count.as_u64()).sum()
    };
    let events = number(ours, "events")?;
    let rules = ours["counts"].as_object().map_or(0, serde_json::Map::len);
    let mut out = format!(
        "{events:.0} events (system calls of an audit log), {rules} Sigma rules of our own, one core by `taskset`, processor \
         time. Loading is, for us, reading the audit log itself; for the peer, reading the flattened events as JSON into \
         SQLite in memory. Compiling is, for the peer, conversion by pySigma. Ours holds log and events in memory here, so that \
         reading can be told from running; the command does not.\n\n\
         | | compile, s | load, s | run, s | events a second while running | peak MB | matches |\n|---|---|---|---|---|---|---|\n"
    );
    for (name, value) in [("yobitsugi", ours), ("pySigma 2.0.1, its SQLite backend 2.1.1", theirs)] {
        let (compile, load, run) = (number(value, "convert_s")?, number(value, "load_s")?, number(value, "run_s")?);
        let peak = number(value, "peak_bytes")? / 1e6;
        let _ = writeln!(
            out,
            "| {name} | {compile:.2} | {load:.2} | {run:.2} | {:.0} | {peak:.0} | {} |",
            events / run.max(1e-9),
            matches(value)
        );
    }
    let ratio = number(theirs, "run_s")? / number(ours, "run_s")?;
    let _ = write!(out, "\nRunning the rules is {ratio:.0} times as fast as the peer. ");
    match differing {
        [] => out.push_str("Both find as many matches of each rule.\n"),
        some => {
            let _ = writeln!(out, "The counts of {} rules differ:\n", some.len());
            some.iter().take(20).for_each(|line| {
                let _ = writeln!(out, "- {line}");
            });
        }
    }
    Ok(out)
}

/// Rules of the kinds that communities write most: ends, texts inside, several of them at once, lists, filters, patterns.
fn texts(seed: u64, count: usize) -> Vec<String> {
    const TOOLS: &[&str] = &[
        "curl",
        "wget",
        "nc",
        "socat",
        "python3",
        "perl",
        "ruby",
        "bash",
        "sh",
        "dash",
        "busybox",
        "nsenter",
        "unshare",
        "mount",
        "chroot",
        "crontab",
        "systemctl",
        "insmod",
        "modprobe",
        "tar",
        "base64",
        "xxd",
        "openssl",
        "ssh",
        "scp",
        "rsync",
        "cat",
        "less",
        "vi",
        "sed",
        "awk",
        "grep",
        "find",
        "id",
        "whoami",
        "uname",
        "ps",
        "ss",
        "ip",
        "kubectl",
    ];
    const WORDS: &[&str] = &[
        "/dev/tcp/",
        "--privileged",
        "-t 1",
        "http://",
        "https://",
        "/etc/shadow",
        "/etc/passwd",
        "authorized_keys",
        "chmod +s",
        "history -c",
        "LD_PRELOAD",
        "/proc/sys/kernel",
        "release_agent",
        "docker.sock",
        "-e /bin/sh",
        "base64 -d",
        "import pty",
        "| sh",
        "/tmp/",
        "/dev/shm",
        "--no-check",
        "eval",
        "exec",
        "-c",
        "backup",
        "sleep",
        "cron",
        "systemd",
        ".log",
        ".conf",
    ];
    let mut dice = Dice::new(seed);
    let mut pick = |from: &'static [&'static str]| dice.pick(from);
    (0..count)
        .map(|number| {
            let (category, field) = match number % 5 {
                0..3 => ("process_creation", "CommandLine"),
                3 => ("file_event", "TargetFilename"),
                _ => ("file_access", "TargetFilename"),
            };
            let tools: String = (0..3).map(|_| format!("            - '/{}'\n", pick(TOOLS))).collect();
            let detection = match number % 4 {
                0 => format!("    selection:\n        Image|endswith:\n{tools}    condition: selection\n"),
                1 => format!(
                    "    selection:\n        Image|endswith:\n{tools}        {field}|contains:\n            - '{}'\n            - '{}'\n    condition: selection\n",
                    pick(WORDS), pick(WORDS)
                ),
                2 => format!(
                    "    selection:\n        {field}|contains|all:\n            - '{}'\n            - '{}'\n    filter:\n        Image|startswith: '/opt/{}'\n    condition: selection and not filter\n",
                    pick(WORDS), pick(WORDS), pick(TOOLS)
                ),
                _ => format!(
                    "    selection_tool:\n        Image|endswith: '/{}'\n    selection_word:\n        {field}|re: '{}.*[0-9]+'\n    condition: 1 of selection_*\n",
                    pick(TOOLS), pick(TOOLS)
                ),
            };
            format!("title: rule {number:05}\nlogsource:\n    product: linux\n    category: {category}\ndetection:\n{detection}level: low\n")
        })
        .collect()
}

/// Our side, in a process of its own: the log, the rules, and where the flattened events go for the peer. What it prints is
/// JSON as the peer's.
pub(crate) fn matches(log: &Path, folder: &Path, flat: &Path) -> Result<()> {
    let start = process::own_processor_time()?;
    let mut loader = Loader::new();
    let mut files: Vec<PathBuf> = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    files.sort();
    for file in &files {
        loader.sigma(&file.display().to_string(), &fs::read_to_string(file)?);
    }
    let (rules, faults) = loader.finish();
    ensure!(faults.is_empty(), "a rule was not loaded: {}", faults[0]);
    let mut runner = Runner::new(rules);
    let compiled = process::own_processor_time()?;
    let mut bytes = Vec::new();
    File::open(log)?.read_to_end(&mut bytes)?;
    let mut decoder = parse::by_name("auditd").context("no format auditd")?.decoder(model::Sha256([0; 32]).into());
    let mut batch = parse::Batch::default();
    decoder.push(&bytes, &mut batch);
    decoder.finish(&mut batch);
    drop(bytes);
    let loaded = process::own_processor_time()?;
    let mut counts = vec![0_u64; runner.rules().all().len()];
    for event in &batch.drafts {
        for &(rule, truth) in runner.push(event) {
            counts[rule] += u64::from(truth == Truth::Yes);
        }
    }
    let run = process::own_processor_time()?;
    let peak = process::kilobytes(&fs::read_to_string("/proc/self/status")?, "VmHWM:").unwrap_or(0) * 1024;
    let mut out = BufWriter::new(File::create(flat)?);
    for event in &batch.drafts {
        writeln!(out, "{}", flattened(event))?;
    }
    out.flush()?;
    let named: serde_json::Map<String, Value> =
        runner.rules().all().iter().zip(counts).map(|(rule, count)| (rule.name.clone(), count.into())).collect();
    println!(
        "{}",
        json!({
            "events": batch.drafts.len(), "convert_s": (compiled - start).as_secs_f64(), "load_s": (loaded - compiled).as_secs_f64(),
            "run_s": (run - loaded).as_secs_f64(), "peak_bytes": peak, "counts": named,
        })
    );
    Ok(())
}

/// An event as the peer gets it: the fields of the taxonomy, without what the record does not say.
fn flattened(event: &Event) -> Value {
    let text = |bytes: Option<&Bytes>| bytes.map(|bytes| String::from_utf8_lossy(bytes.as_bytes()).into_owned());
    let categories: &[&str] = match event.action {
        Action::ProcessExec => &["process_creation"],
        Action::FileCreate | Action::FileWrite => &["file_event", "file_access"],
        Action::FileRename | Action::FileLink | Action::FileSymlink | Action::FileTruncate => &["file_event"],
        Action::FileRead => &["file_access"],
        _ => &[],
    };
    let actor = &event.actor;
    let words: Vec<_> = actor.argv.iter().map(|word| String::from_utf8_lossy(word.as_bytes())).collect();
    let target = event.object(Role::Target).and_then(|target| target.name.as_ref());
    let line = (event.action == Action::ProcessExec && !words.is_empty()).then(|| words.join(" "));
    json!({
        "categories": categories,
        "Image": text(actor.exe.as_ref()),
        "CommandLine": line,
        "CurrentDirectory": text(actor.cwd.as_ref()),
        "ProcessId": actor.pid.map(|pid| pid.to_string()),
        "ParentProcessId": actor.ppid.map(|pid| pid.to_string()),
        "TargetFilename": text(target),
        "comm": text(actor.comm.as_ref()),
    })
}
