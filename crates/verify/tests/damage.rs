//! Finds damage, and only damage: 200 valid samples of every format, and each again with every kind of
//! damage that encrypting malware does. The counts stand in `tests/damage.md`.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test reports its failure by panicking")]

#[path = "support/samples.rs"]
mod samples;
mod support;

use samples::{KINDS, Random};

const SAMPLES: u64 = 200;

/// Damage by name. Random bytes stand for encrypted ones.
const DAMAGES: [&str; 7] =
    ["full", "first 4 KiB", "alternate 4 KiB", "256 B of 2.5 KiB", "last 25 %", "truncated 10 %", "one bit"];

fn damaged(content: &[u8], damage: &str, random: &mut Random) -> Vec<u8> {
    let mut out = content.to_vec();
    let length = out.len();
    let mut overwrite = |from: usize, to: usize| {
        for byte in out.get_mut(from.min(length)..to.min(length)).unwrap_or_default() {
            *byte = random.next() as u8;
        }
    };
    match damage {
        "full" => overwrite(0, length),
        "first 4 KiB" => overwrite(0, 4096),
        "alternate 4 KiB" => (0..length).step_by(8192).for_each(|at| overwrite(at, at + 4096)),
        // Keeps the header: the first stretch begins behind it.
        "256 B of 2.5 KiB" => (1024.min(length / 2)..length).step_by(2560).for_each(|at| overwrite(at, at + 256)),
        "last 25 %" => overwrite(length - length / 4, length),
        "truncated 10 %" => out.truncate(length - (length / 10).max(1)),
        "one bit" => {
            let at = random.below(length as u64) as usize;
            out[at] ^= 1 << random.below(8);
        }
        other => panic!("no damage {other}"),
    }
    out
}

#[test]
fn damage_is_found_and_valid_samples_are_not_accused() {
    let mut table = String::from(
        "# Damage found, per cent\n\nOf 200 valid samples of each format, made by `tests/support/samples.rs` from one seed. V1 finds every\none of these; here only the checks of the format speak (V3, V4).\n\n| format | false alarms |",
    );
    for damage in DAMAGES {
        table.push_str(&format!(" {damage} |"));
    }
    table.push_str(&format!("\n|---|---|{}\n", "---|".repeat(DAMAGES.len())));
    for kind in KINDS {
        let mut random = Random(2026);
        let (mut accused, mut found) = (Vec::new(), [0_u64; DAMAGES.len()]);
        for sample in 0..SAMPLES {
            let content = samples::make(kind, &mut random);
            let verdict = support::judged(&samples::path(kind), &content, verify::sniff(&content));
            if !support::says_yes(&verdict) {
                accused.push(format!("{kind} {sample}: {:?}", support::opinions(&verdict)));
            }
            for (count, damage) in found.iter_mut().zip(DAMAGES) {
                let damaged = damaged(&content, damage, &mut random);
                let verdict = support::judged(&samples::path(kind), &damaged, verify::sniff(&content));
                *count += u64::from(support::says_no(&verdict));
            }
        }
        assert!(accused.is_empty(), "{} false alarms: {:#?}", accused.len(), &accused[..accused.len().min(5)]);
        if ["gz", "zip", "png"].contains(&kind) {
            // Truncation can end a padded gzip inside its padding; no checksum covers that.
            for (count, damage) in found.iter().zip(DAMAGES).take(5) {
                assert_eq!(*count, SAMPLES, "{kind}, {damage}: a format with checksums hides nothing");
            }
        }
        table.push_str(&format!("| {kind} | {} |", accused.len()));
        for count in found {
            table.push_str(&format!(" {} |", count * 100 / SAMPLES));
        }
        table.push('\n');
    }
    testkit::golden::check("tests/damage.md", &table);
}
