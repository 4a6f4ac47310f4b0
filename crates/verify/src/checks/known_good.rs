//! V1 from outside: the content has the hash that a signed package or an image layer states.
//!
//! A different hash is no failure: configuration files are edited legitimately.

use model::Rung;

use crate::{Check, Expected, Observed, Reply};

pub(super) struct KnownGood;

impl Check for KnownGood {
    fn name(&self) -> &'static str {
        "known_good"
    }

    fn rung(&self) -> Rung {
        Rung::V1
    }

    fn applies(&self, expected: &Expected, _: &Observed) -> bool {
        expected.known_good.is_some() && expected.is_file()
    }

    fn check(&self, expected: &Expected, observed: &Observed) -> Reply {
        let Some(known) = &expected.known_good else {
            return Reply::cannot_tell("a known-good hash", "nobody vouches for this path");
        };
        let source = crate::short(&known.source);
        match observed.sha256 {
            Some(found) if found == known.sha256 => Reply::yes(format!("SHA-256 {found} as in {source}")),
            Some(found) => Reply::cannot_tell(
                "a known-good hash of this content",
                format!(
                    "{source} states SHA-256 {}, found {found}: it may have been edited legitimately",
                    known.sha256
                ),
            ),
            None => Reply::cannot_tell("a reading of the content", "the content was not read"),
        }
    }
}
