//! Shared by the tests: an expectation and an observation of one file.
#![allow(dead_code, reason = "each test binary uses its part")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test reports its failure by panicking")]

use model::{Answer, Bytes, CheckResult, EntryKind, Metadata, ObjectId, Rung, Sha256, Timestamp, Verdict};
use verify::{Expected, Format, Observed, Owners, Wanted};

pub fn metadata(size: u64) -> Metadata {
    Metadata {
        entry: EntryKind::File,
        mode: Some(0o640),
        uid: Some(0),
        gid: Some(42),
        size: Some(size),
        modified: Some(Timestamp(1_700_000_000_123_456_789)),
        inode: None,
        links: Some(1),
        xattrs: Some(vec![]),
    }
}

/// Expects a file of this path; `clean` is the chosen version's content.
pub fn expected(path: &str, clean: &[u8], format_before: Option<Format>) -> Expected {
    Expected {
        object: ObjectId(format!("web:{path}")),
        path: Bytes::from_text(path),
        wanted: Wanted::Version { metadata: metadata(clean.len() as u64), sha256: Some(Sha256::of(clean)) },
        format_before,
        known_good: None,
        owners: Owners::MustEqual,
    }
}

/// The verdict on `content`, restored to the byte from a version with that very content. What the
/// format's checks answer is then their own opinion.
pub fn judged(path: &str, content: &[u8], format_before: Option<Format>) -> Verdict {
    // A damaged file stands for a damaged backup version here; only an empty one must not look wanted.
    let mut expected = expected(path, content, format_before);
    if let Wanted::Version { metadata, .. } = &mut expected.wanted {
        metadata.size = Some(content.len().max(1) as u64);
    }
    let mut found = metadata(content.len() as u64);
    found.size = Some(content.len().max(1) as u64);
    verify::verdict(&expected, &Observed::file(found, content))
}

/// The results of V3 and V4.
pub fn opinions(verdict: &Verdict) -> Vec<&CheckResult> {
    verdict.checks.iter().filter(|check| check.rung >= Rung::V3).collect()
}

pub fn says_no(verdict: &Verdict) -> bool {
    opinions(verdict).iter().any(|check| check.answer == Answer::No)
}

pub fn says_yes(verdict: &Verdict) -> bool {
    let opinions = opinions(verdict);
    !opinions.is_empty() && opinions.iter().all(|check| check.answer == Answer::Yes)
}
