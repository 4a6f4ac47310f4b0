//! V0: something was written at the path, or the path is empty where it should be.

use model::Rung;

use crate::{Check, Expected, Observed, Reply, There, Wanted};

pub(super) struct Written;

impl Check for Written {
    fn name(&self) -> &'static str {
        "written"
    }

    fn rung(&self) -> Rung {
        Rung::V0
    }

    fn applies(&self, _: &Expected, _: &Observed) -> bool {
        true
    }

    fn check(&self, expected: &Expected, observed: &Observed) -> Reply {
        match (&expected.wanted, &observed.there) {
            (_, There::Unreadable(cause)) => Reply::cannot_tell("leave to read the path", crate::short(cause)),
            (Wanted::Version { .. }, There::Something(_)) => Reply::yes("something is there"),
            (Wanted::Version { .. }, There::Nothing) => Reply::no("nothing is there"),
            (Wanted::Nothing { .. }, There::Nothing) => Reply::yes("nothing is there, as it should be"),
            (Wanted::Nothing { .. }, There::Something(_)) => {
                Reply::no("something is there that should have been moved aside")
            }
        }
    }
}
