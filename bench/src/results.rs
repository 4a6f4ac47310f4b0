//! The committed results.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::{Context, Result};

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("results").join(name)
}

/// Date, command and machine of a run.
pub(crate) fn heading(command: &str) -> Result<String> {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let day = model::Timestamp::from_seconds(i64::try_from(seconds)?, 0).day();
    let cores = std::thread::available_parallelism()?;
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease")?;
    let model = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = model.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or("unknown");
    let (model, kernel) = (model.trim_start_matches([' ', '\t', ':']), kernel.trim());
    Ok(format!("# {day}\n\n`{command}` on {cores} cores (shared), {model}, Linux {kernel}.\n"))
}

/// Writes a result file anew. Fails when the folder cannot be written.
pub(crate) fn replace(name: &str, text: &str) -> Result<()> {
    let path = path(name);
    fs::write(&path, text).with_context(|| format!("writing {}", path.display()))
}
