//! Counts false alarms on a tree of files that are known to be right, such as `/usr` of a fresh machine:
//! `YOBITSUGI_FILES=/usr/share cargo nextest run -p verify --run-ignored only --no-capture real_files`.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test reports its failure by panicking")]

mod support;

use std::{collections::BTreeMap, fs, path::Path};

use model::Answer;

#[test]
#[ignore = "needs a tree of files, given in YOBITSUGI_FILES"]
fn real_files() {
    let roots = std::env::var("YOBITSUGI_FILES").unwrap_or_else(|_| "/usr".to_string());
    let mut counts: BTreeMap<(String, &str), u64> = BTreeMap::new();
    let mut slowest: BTreeMap<String, (u128, String)> = BTreeMap::new();
    for root in roots.split(',') {
        walk(Path::new(root), &mut counts, &mut slowest);
    }
    for ((check, answer), count) in &counts {
        println!("{count:8} {check} {answer}");
    }
    println!("{slowest:#?}");
}

fn walk(
    path: &Path,
    counts: &mut BTreeMap<(String, &'static str), u64>,
    slowest: &mut BTreeMap<String, (u128, String)>,
) {
    let Ok(kind) = fs::symlink_metadata(path) else { return };
    if kind.is_dir() {
        let Ok(entries) = fs::read_dir(path) else { return };
        let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
        paths.sort();
        for path in paths {
            walk(&path, counts, slowest);
        }
        return;
    }
    if !kind.is_file() || kind.len() == 0 || kind.len() > 100 << 20 {
        return;
    }
    let Ok(content) = fs::read(path) else { return };
    let name = path.to_string_lossy();
    let before = std::time::Instant::now();
    let verdict = support::judged(&name, &content, None);
    let took = before.elapsed().as_millis();
    for check in support::opinions(&verdict) {
        let answer = match &check.answer {
            Answer::Yes => "yes",
            Answer::No => "no",
            Answer::CannotTell { .. } => "cannot tell",
        };
        *counts.entry((check.check.clone(), answer)).or_default() += 1;
        if answer == "no" || (answer == "cannot tell" && check.check != "format") {
            println!("{answer} {} {name}: {}", check.check, check.proof);
        }
        let slow = slowest.entry(check.check.clone()).or_default();
        if took > slow.0 {
            *slow = (took, format!("{name}, {} bytes", content.len()));
        }
    }
}
