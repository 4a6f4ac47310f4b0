//! Every check survives every content: mutated samples, and content of one format under another's name.

#![allow(clippy::unwrap_used, reason = "a test reports its failure by panicking")]

#[path = "support/samples.rs"]
mod samples;
mod support;

use proptest::prelude::*;
use samples::{KINDS, Random};

#[derive(Debug, Clone)]
enum Mutation {
    Flip {
        at: usize,
        bit: u8,
    },
    Truncate {
        at: usize,
    },
    Overwrite {
        at: usize,
        with: Vec<u8>,
    },
    Remove {
        at: usize,
        count: usize,
    },
    Repeat {
        at: usize,
        count: usize,
    },
    /// Sets four bytes to a number that breaks lengths and offsets.
    Extreme {
        at: usize,
        value: u32,
    },
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let at = any::<prop::sample::Index>().prop_map(|index| index.index(1 << 20));
    prop_oneof![
        (at.clone(), 0..8_u8).prop_map(|(at, bit)| Mutation::Flip { at, bit }),
        at.clone().prop_map(|at| Mutation::Truncate { at }),
        (at.clone(), prop::collection::vec(any::<u8>(), 1..300))
            .prop_map(|(at, with)| Mutation::Overwrite { at, with }),
        (at.clone(), 1..200_usize).prop_map(|(at, count)| Mutation::Remove { at, count }),
        (at.clone(), 1..200_usize).prop_map(|(at, count)| Mutation::Repeat { at, count }),
        (at, prop::sample::select(vec![0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0x0000_ffff]))
            .prop_map(|(at, value)| Mutation::Extreme { at, value }),
    ]
}

fn apply(content: &mut Vec<u8>, mutation: &Mutation) {
    let length = content.len().max(1);
    match mutation {
        Mutation::Flip { at, bit } => {
            if let Some(byte) = content.get_mut(at % length) {
                *byte ^= 1 << bit;
            }
        }
        Mutation::Truncate { at } => content.truncate(at % length),
        Mutation::Overwrite { at, with } => {
            let at = at % length;
            content.iter_mut().skip(at).zip(with).for_each(|(byte, new)| *byte = *new);
        }
        Mutation::Remove { at, count } => {
            let at = at % length;
            let end = (at + count).min(content.len());
            content.drain(at.min(end)..end);
        }
        Mutation::Repeat { at, count } => {
            let at = at % length;
            let end = (at + count).min(content.len());
            let piece = content.get(at..end).unwrap_or_default().to_vec();
            content.splice(at.min(content.len())..at.min(content.len()), piece);
        }
        Mutation::Extreme { at, value } => {
            let at = at % length;
            content.iter_mut().skip(at).zip(value.to_be_bytes()).for_each(|(byte, new)| *byte = new);
        }
    }
}

/// No check may stop in the middle: that would be a panic, contained, and named in the proof.
fn survives(path: &str, content: &[u8], kind: &str) -> Result<(), TestCaseError> {
    let verdict = support::judged(path, content, None);
    for check in &verdict.checks {
        prop_assert!(!check.proof.contains("stopped in the middle"), "{kind} under {path}: {}", check.proof);
        prop_assert!(check.proof.chars().count() < 2000 && !check.proof.contains('\u{1b}'), "{}", check.proof);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn mutated_samples_are_survived(kind in prop::sample::select(&KINDS[..]), seed in 0..400_u64, mutations in prop::collection::vec(mutation(), 1..5)) {
        let mut content = samples::make(kind, &mut Random(seed));
        for mutation in &mutations {
            apply(&mut content, mutation);
        }
        survives(&samples::path(kind), &content, kind)?;
    }

    #[test]
    fn any_bytes_under_any_name_are_survived(kind in prop::sample::select(&KINDS[..]), other in prop::sample::select(&KINDS[..]), seed in 0..60_u64, junk in prop::collection::vec(any::<u8>(), 0..300)) {
        survives(&samples::path(kind), &samples::make(other, &mut Random(seed)), other)?;
        survives(&samples::path(kind), &junk, "junk")?;
        // The right signature with junk behind it.
        let mut content = samples::make(other, &mut Random(seed));
        content.truncate(16);
        content.extend(&junk);
        survives(&samples::path(other), &content, other)?;
    }
}

/// Bombs end at a bound, in bounded memory.
#[test]
fn bombs_are_bounded() {
    for (path, content) in [
        ("/a.json", "[".repeat(5_000_000).into_bytes()),
        ("/a.json", "{\"a\":".repeat(1_000_000).into_bytes()),
        ("/a.yaml", "[".repeat(200_000).into_bytes()),
        ("/a.yaml", "- ".repeat(200_000).into_bytes()),
        ("/a.yaml", "? ".repeat(50_000).into_bytes()),
        ("/a.yaml", "a: &a [x,x,x,x]\n".to_string().into_bytes()),
        ("/a.pdf", [&b"%PDF-1.4\n1 0 obj\n"[..], &b"[".repeat(500_000), b"\nendobj\nstartxref\n9\n%%EOF"].concat()),
        ("/a.pdf", [&b"%PDF-1.4\n1 0 obj\n"[..], &b"<</A".repeat(200_000), b"\nendobj\nstartxref\n9\n%%EOF"].concat()),
    ] {
        let verdict = support::judged(path, &content, None);
        assert!(verdict.checks.iter().all(|check| !check.proof.contains("stopped in the middle")), "{verdict:#?}");
    }
    let mut bomb = String::from("a: &a [x, x, x, x, x, x, x, x, x]\n");
    for (name, before) in ('b'..='p').zip('a'..='o') {
        bomb.push_str(&format!("{name}: &{name} [{}]\n", vec![format!("*{before}"); 9].join(", ")));
    }
    let verdict = support::judged("/bomb.yaml", bomb.as_bytes(), None);
    assert!(verdict.checks.iter().any(|check| check.proof.contains("alias bomb")), "{verdict:#?}");

    // A stream of zeros, repeated: 50 MiB of file would decode to tens of gigabytes.
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::Write::write_all(&mut encoder, &vec![0; 64 << 20]).unwrap();
    let stream = encoder.finish().unwrap();
    let mut pdf = b"%PDF-1.5\n".to_vec();
    for number in 1..60 {
        pdf.extend(
            format!("{number} 0 obj\n<</Type/ObjStm/Filter/FlateDecode/Length {}>>\nstream\n", stream.len()).bytes(),
        );
        pdf.extend(&stream);
        pdf.extend(b"\nendstream\nendobj\n");
    }
    let verdict = support::judged("/bomb.pdf", &pdf, None);
    assert!(verdict.checks.iter().any(|check| check.proof.contains("decoded bytes")), "{verdict:#?}");
}
