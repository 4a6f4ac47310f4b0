//! Expected versus observed: one verdict per object, a rung of the ladder with its proof.
//!
//! Pure: whoever calls reads the file (cached and uncached), its metadata and what lies in
//! quarantine, and hands all of it over as values. Content is untrusted: every check has a bound on
//! size, depth, entries and expansion, and a library that panics costs its own answer only.
//!
//! The ladder is climbed from V0. A rung with a *no* ends it. A rung with a *yes* is held. A rung
//! that cannot tell is passed over without counting as held, except V0 and V1: when it is not shown
//! that the chosen version's bytes are there, nothing above them is claimed.

mod checks;
mod database;
mod encoding;
mod expected;
mod format;
mod json_text;
mod observed;
mod set;
mod wal;

use std::panic::{AssertUnwindSafe, catch_unwind};

pub use expected::{Expected, KnownGood, Owners, Wanted};
pub use format::{Format, by_name, sniff};
use model::{Answer, CheckResult, ObjectId, Rung, Sha256, Verdict};
pub use observed::{Content, Observed, There};
pub use set::{set_complete, with_neighbours};

/// Content longer than this is not handed to the checks of a format ([`Content::TooLarge`]): they
/// hold it in memory, SQLite holds a second copy, and the whole case stays within 512 MiB. V0 to V2
/// need no content and have no such bound.
pub const CONTENT_BYTES_MAX: u64 = 192 * 1024 * 1024;

/// One way to ask whether an object is right.
pub trait Check: Sync {
    /// Its name, also the name of its file.
    fn name(&self) -> &'static str;
    /// The rung it speaks for.
    fn rung(&self) -> Rung;
    /// Whether the question makes sense for this object.
    fn applies(&self, expected: &Expected, observed: &Observed) -> bool;
    /// Asks. Called only when it applies; never fails: what goes wrong is a *no* or a *cannot tell*.
    fn check(&self, expected: &Expected, observed: &Observed) -> Reply;
}

/// What a check answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// Yes, no, or cannot tell.
    pub answer: Answer,
    /// What a person can repeat: hashes, counts, the validator's own message.
    pub proof: String,
}

impl Reply {
    /// It holds.
    pub fn yes(proof: impl Into<String>) -> Self {
        Self { answer: Answer::Yes, proof: proof.into() }
    }

    /// It does not hold.
    pub fn no(proof: impl Into<String>) -> Self {
        Self { answer: Answer::No, proof: proof.into() }
    }

    /// It cannot be told, because `missing` is missing.
    pub fn cannot_tell(missing: impl Into<String>, proof: impl Into<String>) -> Self {
        Self { answer: Answer::CannotTell { missing: missing.into() }, proof: proof.into() }
    }
}

/// The names of all checks, in the order in which they are asked.
pub fn check_names() -> Vec<&'static str> {
    checks::ALL.iter().map(|check| check.name()).collect()
}

/// Asks every check that applies and climbs the ladder.
///
/// The neighbours of an object are asked by [`with_neighbours`], once all objects have their verdict.
/// V5 and V6 come from elsewhere (real servers, people).
pub fn verdict(expected: &Expected, observed: &Observed) -> Verdict {
    let mut results: Vec<CheckResult> = checks::ALL
        .iter()
        .filter(|check| check.applies(expected, observed))
        .map(|check| contained(*check, expected, observed))
        .collect();
    let unasked = !results.iter().any(|result| result.rung == Rung::V3);
    if unasked && let Some(reply) = format::why_unasked(expected, observed) {
        results.push(CheckResult {
            check: "format".to_string(),
            rung: Rung::V3,
            answer: reply.answer,
            proof: reply.proof,
        });
    }
    decide(expected.object.clone(), expected.path.clone(), observed.sha256, results)
}

/// Decides a verdict from the results of its checks, which may be more than this crate's own.
pub fn decide(object: ObjectId, path: model::Bytes, sha256: Option<Sha256>, mut checks: Vec<CheckResult>) -> Verdict {
    checks.sort_by_key(|check| check.rung);
    let rung = climb(&checks);
    let known_good = checks.iter().any(|check| check.check == "known_good" && check.answer == Answer::Yes);
    let verified = rung >= Some(Rung::V4) || (rung >= Some(Rung::V2) && known_good);
    Verdict { object, path, sha256, rung, verified, checks }
}

fn climb(checks: &[CheckResult]) -> Option<Rung> {
    let mut held = None;
    for rung in [Rung::V0, Rung::V1, Rung::V2, Rung::V3, Rung::V4, Rung::V5, Rung::V6] {
        let answers: Vec<&Answer> =
            checks.iter().filter(|check| check.rung == rung).map(|check| &check.answer).collect();
        if answers.contains(&&Answer::No) {
            break;
        }
        if answers.contains(&&Answer::Yes) {
            held = Some(rung);
        } else if !answers.is_empty() && rung <= Rung::V1 {
            break;
        }
    }
    held
}

/// Runs one check. A panic is a fault of the check or of its library, not proof of damage: the
/// answer is *cannot tell*, and the proof says what happened.
fn contained(check: &dyn Check, expected: &Expected, observed: &Observed) -> CheckResult {
    let reply = catch_unwind(AssertUnwindSafe(|| check.check(expected, observed))).unwrap_or_else(|panic| {
        let text = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied())
            .unwrap_or("no message");
        Reply::cannot_tell(
            "a validator that survives this content",
            format!("the validator stopped in the middle, which it does on malformed content: {}", short(text)),
        )
    });
    CheckResult { check: check.name().to_string(), rung: check.rung(), answer: reply.answer, proof: reply.proof }
}

/// A library's message, made safe and short: it may quote the content.
pub(crate) fn short(text: &str) -> String {
    const CHARACTERS_MAX: usize = 200;
    let mut out = model::display_safe(&text.chars().take(CHARACTERS_MAX).collect::<String>());
    if text.chars().nth(CHARACTERS_MAX).is_some() {
        out.push('…');
    }
    out
}
