//! Every format: ours from bytes to event drafts and to Parquet, beside the tools that people use for it today.

use std::{
    fmt::Write as _,
    fs::{self, File},
    io::BufWriter,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use anyhow::{Context, Result, bail};

use crate::{
    columns::{self, Shape},
    generate::{LOGS, Log},
    process::{self, Output},
    results,
};

/// How often ours is run; the fastest counts, because the machine is shared. A peer is run as often.
const RUNS: usize = 3;

/// What the command line asks for.
pub(crate) struct Wanted {
    pub(crate) logs: Vec<String>,
    pub(crate) size: u64,
    pub(crate) seed: u64,
    pub(crate) patience: Duration,
    pub(crate) record: bool,
}

/// One line of a table.
struct Row {
    what: String,
    processor: Duration,
    peak_bytes: u64,
    rows: Option<u64>,
    detail: String,
}

/// Generates each log, measures all contestants on it, prints the tables, and records them where asked to.
pub(crate) fn run(wanted: &Wanted) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut tables = String::new();
    let mut overview = String::from(
        "| log | ours to drafts, MB/s | events/s | ours to Parquet, MB/s | best peer to Parquet, MB/s | ours : peer |\n|---|---|---|---|---|---|\n",
    );
    let is_wanted = |log: &&Log| wanted.logs.is_empty() || wanted.logs.iter().any(|name| name == log.name);
    for log in LOGS.iter().filter(is_wanted) {
        let bench = Bench::new(log, wanted, folder.path())?;
        let rows = bench.measure()?;
        let table = bench.table(&rows);
        println!("{table}");
        tables.push_str(&table);
        overview.push_str(&bench.overview(&rows));
        fs::remove_file(&bench.path)?;
    }
    println!("{overview}");
    if wanted.record {
        let command = format!("scripts/bench.sh formats --size {} --seed {}", wanted.size, wanted.seed);
        let rules = format!(
            "One core each; MB of input per second of processor time (user and system), the best of {RUNS} runs. \"To Parquet\" are the \
             columns of `bench/src/columns.rs`, zstd level 1, the same for all; rows and columns are compared afterwards. What \
             ours does beyond that: every other field becomes a fact too, with the address of its record. Import times of \
             Python libraries are not counted."
        );
        results::replace("formats.md", &format!("{}\n{rules}\n\n{overview}\n{tables}", results::heading(&command)?))?;
    }
    Ok(())
}

struct Bench<'a> {
    log: &'static Log,
    wanted: &'a Wanted,
    folder: &'a Path,
    path: PathBuf,
    bytes: u64,
    spec: PathBuf,
}

impl<'a> Bench<'a> {
    fn new(log: &'static Log, wanted: &'a Wanted, folder: &'a Path) -> Result<Self> {
        let path = folder.join(log.name);
        let mut out = BufWriter::new(File::create(&path)?);
        log.write(wanted.size, wanted.seed, &mut out)?;
        out.into_inner().context("writing the log")?.sync_all()?;
        let bytes = fs::metadata(&path)?.len();
        let spec = folder.join("columns.json");
        let this = Self { log, wanted, folder, path, bytes, spec };
        fs::write(&this.spec, this.specification().to_string())?;
        Ok(this)
    }

    fn specification(&self) -> serde_json::Value {
        let table = columns::table(self.log.name);
        let columns: Vec<_> = table
            .columns
            .iter()
            .map(|column| serde_json::json!({"name": column.name, "path": column.path, "kind": column.kind.name()}))
            .collect();
        let (shape, at, pattern) = match table.shape {
            Shape::Json => ("json", String::new(), ""),
            Shape::JsonText(path) => ("json_text", path.to_string(), ""),
            Shape::JsonBatches(list, member) => ("json_batches", format!("{list}>{member}"), ""),
            Shape::Text(pattern) => ("text", String::new(), pattern),
            Shape::Other => ("other", String::new(), ""),
        };
        serde_json::json!({"columns": columns, "shape": shape, "at": at, "pattern": pattern})
    }

    fn measure(&self) -> Result<Vec<Row>> {
        let ours_parquet = self.folder.join("ours.parquet");
        let drafts = self.ours("yobitsugi: to event drafts", None)?;
        let events = drafts.rows;
        let mut rows = vec![drafts, self.ours("yobitsugi: to Parquet", Some(&ours_parquet))?];
        let shape = columns::table(self.log.name).shape;
        if !matches!(shape, Shape::Other) {
            rows.extend(self.library("duckdb", "DuckDB: to Parquet", &ours_parquet)?);
        }
        if self.log.json {
            rows.extend(self.jq()?);
        }
        if matches!(shape, Shape::Json) {
            rows.extend(self.library("polars", "Polars: to Parquet", &ours_parquet)?);
        }
        if self.log.name == "auditd" {
            let arguments: [(&str, &[&str]); 3] =
                [("ausearch", &["--raw"]), ("aureport", &["--summary"]), ("aureport", &["--file", "--summary"])];
            for (program, options) in arguments {
                let mut command = Command::new(program);
                command.args(options).arg("-if").arg(&self.path);
                rows.extend(self.program(&format!("{program} {}", options.join(" ")), &mut command)?);
            }
            rows.extend(self.laurel()?);
        }
        if self.log.name == "journal_export" {
            rows.extend(self.journal(events)?);
        }
        Ok(rows)
    }

    /// Reads the log in a process of its own.
    fn ours(&self, what: &str, parquet: Option<&Path>) -> Result<Row> {
        self.read(what, self.log.format, &self.path, parquet)
    }

    fn read(&self, what: &str, format: &str, path: &Path, parquet: Option<&Path>) -> Result<Row> {
        let mut best: Option<Row> = None;
        for _ in 0..RUNS {
            let mut command = Command::new(std::env::current_exe()?);
            command.args(["read", self.log.name, "--format", format]).arg(path);
            if let Some(parquet) = parquet {
                command.arg("--parquet").arg(parquet);
            }
            let measured = process::run(&mut command, self.wanted.patience, Output::Kept)?;
            let counts: Vec<u64> = measured.output.split_whitespace().filter_map(|text| text.parse().ok()).collect();
            let [events, records, problems, peak_bytes, nanoseconds] = counts[..] else {
                bail!("the reading process failed: {:?}", measured.output)
            };
            let processor = Duration::from_nanos(nanoseconds);
            if best.as_ref().is_none_or(|best| processor < best.processor) {
                let detail = format!("{records} records, {problems} problems");
                best = Some(Row { what: what.to_string(), processor, peak_bytes, rows: Some(events), detail });
            }
        }
        best.context("no run")
    }

    /// A Python library that writes Parquet, and how its file compares with ours.
    fn library(&self, library: &str, what: &str, ours: &Path) -> Result<Option<Row>> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/peers.py");
        let theirs = self.folder.join("theirs.parquet");
        let mut best: Option<Row> = None;
        for _ in 0..RUNS {
            let mut command = Command::new("python3");
            command
                .env("POLARS_MAX_THREADS", "1")
                .arg(&script)
                .arg(library)
                .arg(&self.spec)
                .arg(&self.path)
                .arg(&theirs);
            let measured = process::run(&mut command, self.wanted.patience, Output::Kept)?;
            let mut words = measured.output.split_whitespace();
            let read = || -> Option<(u64, f64, u64)> {
                Some((words.next()?.parse().ok()?, words.next()?.parse().ok()?, words.next()?.parse().ok()?))
            };
            let Some((count, seconds, peak_bytes)) = { read }() else {
                return Ok(Some(missing(what, "failed, not installed, or out of patience")));
            };
            let processor = Duration::from_secs_f64(seconds);
            if best.as_ref().is_none_or(|best| processor < best.processor) {
                best = Some(Row {
                    what: what.to_string(),
                    processor,
                    peak_bytes,
                    rows: Some(count),
                    detail: String::new(),
                });
            }
        }
        let Some(mut best) = best else { return Ok(None) };
        let mut command = Command::new("python3");
        command.arg(&script).arg("compare").arg(&self.spec).arg(ours).arg(&theirs);
        let compared = process::run(&mut command, self.wanted.patience, Output::Kept)?.output;
        let words: Vec<&str> = compared.split_whitespace().collect();
        best.detail = match words.as_slice() {
            [ours, theirs] if ours == theirs => "all columns equal ours".to_string(),
            [ours, theirs, differing @ ..] if ours == theirs => format!("differing rows: {}", differing.join(" ")),
            [ours, theirs, ..] => format!("{theirs} rows, ours {ours}"),
            _ => "not compared".to_string(),
        };
        Ok(Some(best))
    }

    fn jq(&self) -> Result<Option<Row>> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/peers.py");
        let filter = Command::new("python3").arg(script).arg("jq").arg(&self.spec).output()?;
        let filter = String::from_utf8(filter.stdout)?;
        let mut command = Command::new("jq");
        command.arg("-c").arg(filter.trim()).arg(&self.path);
        self.program("jq: the columns as text", &mut command)
    }

    /// The collector laurel, which turns the records on its standard input into JSON.
    fn laurel(&self) -> Result<Option<Row>> {
        let config = self.folder.join("laurel.toml");
        let text = format!(
            "directory = {:?}\nuser = \"root\"\n[auditlog]\nfile = \"laurel.log\"\nsize = 10000000000\ngenerations = 1\n",
            self.folder.display().to_string()
        );
        fs::write(&config, text)?;
        let mut command = Command::new("laurel");
        command.arg("--config").arg(&config).stdin(Stdio::from(File::open(&self.path)?));
        self.program("laurel: to JSON", &mut command)
    }

    /// The same entries as a native journal file: ours, and journalctl to JSON.
    fn journal(&self, events: Option<u64>) -> Result<Vec<Row>> {
        let remote = "/lib/systemd/systemd-journal-remote";
        let native = self.folder.join("bench.journal");
        let mut command = Command::new(remote);
        command.args(["--compress=yes", "--seal=no", "--split-mode=none", "-o"]).arg(&native).arg(&self.path);
        let what = "systemd-journal-remote: to a native file";
        let Some(made) = self.program(what, &mut command)? else {
            return Ok(vec![missing(what, "not installed (Debian package `systemd-journal-remote`)")]);
        };
        let size = fs::metadata(&native)?.len();
        let mut rows = vec![made];
        let mut ours = self.read("yobitsugi: native file to event drafts", "journal_file", &native, None)?;
        ours.detail =
            format!("{}; file of {:.0} MB; export had {} events", ours.detail, size as f64 / 1e6, events.unwrap_or(0));
        rows.push(ours);
        let mut command = Command::new("journalctl");
        command.args(["-q", "-a", "-o", "json", "--file"]).arg(&native);
        rows.extend(self.program("journalctl -o json: native file", &mut command)?);
        fs::remove_file(native)?;
        Ok(rows)
    }

    /// A program whose output is dropped; one that cannot be started is said to be missing.
    fn program(&self, what: &str, command: &mut Command) -> Result<Option<Row>> {
        let Ok(measured) = process::run(command, self.wanted.patience, Output::Dropped) else {
            return Ok(Some(missing(what, "not installed")));
        };
        let detail = match (measured.ended, measured.wall > self.wanted.patience) {
            (true, _) => "",
            (false, true) => "stopped when patience was over: slower than this",
            (false, false) => "ended with an error",
        };
        Ok(Some(Row {
            what: what.to_string(),
            processor: measured.processor,
            peak_bytes: measured.peak_bytes,
            rows: None,
            detail: detail.to_string(),
        }))
    }

    fn speed(&self, row: &Row) -> f64 {
        self.bytes as f64 / 1e6 / row.processor.as_secs_f64().max(1e-9)
    }

    fn table(&self, rows: &[Row]) -> String {
        let mut text = format!(
            "### {}: {} bytes\n\n| what | MB/s | rows/s | rows | peak MB | |\n|---|---|---|---|---|---|\n",
            self.log.name, self.bytes
        );
        for row in rows {
            let Row { what, processor, peak_bytes, rows, detail } = row;
            if processor.is_zero() {
                let _ = writeln!(text, "| {what} | | | | | {detail} |");
                continue;
            }
            let each = rows.map_or_else(String::new, |rows| format!("{:.0}", rows as f64 / processor.as_secs_f64()));
            let rows = rows.map_or_else(String::new, |rows| rows.to_string());
            let _ = writeln!(
                text,
                "| {what} | {:.0} | {each} | {rows} | {:.0} | {detail} |",
                self.speed(row),
                *peak_bytes as f64 / 1e6
            );
        }
        text.push('\n');
        text
    }

    fn overview(&self, rows: &[Row]) -> String {
        let [drafts, parquet, peers @ ..] = rows else { return String::new() };
        let best = peers
            .iter()
            .filter(|row| row.what.ends_with(": to Parquet") && !row.processor.is_zero())
            .map(|row| self.speed(row))
            .fold(0.0, f64::max);
        let events = drafts.rows.unwrap_or(0) as f64 / drafts.processor.as_secs_f64().max(1e-9);
        let (peer, ratio) = if best > 0.0 {
            (format!("{best:.0}"), format!("{:.2}", self.speed(parquet) / best))
        } else {
            ("none".to_string(), String::new())
        };
        format!(
            "| {} | {:.0} | {events:.0} | {:.0} | {peer} | {ratio} |\n",
            self.log.name,
            self.speed(drafts),
            self.speed(parquet)
        )
    }
}

fn missing(what: &str, why: &str) -> Row {
    Row { what: what.to_string(), processor: Duration::ZERO, peak_bytes: 0, rows: None, detail: why.to_string() }
}
