//! From scope and catalogue to the ordered restore: exactly one step, or one reason, per affected object.
//!
//! Pure: no disk, no network, no clock. The same scopes, catalogue and options give the same plan,
//! byte for byte, whatever the order in which scopes and entries are handed over.
//!
//! **Later legitimate changes.** A scope says *that* benign processes acted on an object after the
//! hostile act, not what they did. So every object with such acts becomes a conflict
//! (`later_benign_change`), whatever step it would have had: putting the clean version there would
//! take the later change away, and moving an attacker's file aside would take away what a legitimate
//! service since wrote into it. The conflict names the object, so that the attacker's content is not
//! left unmentioned, and a person settles it with a [`Resolution`].

mod affected;
mod candidates;
mod decide;
mod describe;
mod order;
mod settle;

use std::collections::{BTreeMap, BTreeSet};

pub use describe::{PlanLine, data_loss_window, describe};
use model::{Catalogue, CatalogueEntry, NotRestored, ObjectId, Plan, Scope, Step, StepId, Timestamp};
use serde::{Deserialize, Serialize};

/// What the plan depends on besides scope and catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Options {
    /// Clock error between the log and the storage, in nanoseconds, 0 or more (a negative number
    /// counts as 0). Versions stored later than the first hostile act less this are never used.
    pub clock_error_ns: i64,
    /// Time of the first hostile act of all incidents (`Incident::first`). `None`: the earliest act
    /// in the scopes. An earlier act in the scopes always wins.
    pub first_hostile_act: Option<Timestamp>,
    /// The host whose tree the plan is for. `None` when the evidence is of one host; with objects
    /// of several hosts and `None`, no object of a named host gets a step (`host_is_ambiguous`),
    /// because one path means a different file on each.
    pub host: Option<String>,
    /// How a person settled single objects.
    pub resolve: BTreeMap<ObjectId, Resolution>,
}

/// How a person settled the conflict over one object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resolution {
    /// Bring the object to its clean point although later changes are lost from the path (what is
    /// there is kept in quarantine). Also brings back a clean version of an object that, by the
    /// log, did not exist when the attacker made it.
    TakeClean,
    /// Leave what is there; it is listed as `kept_by_decision`.
    KeepLive,
}

/// Makes the plan.
///
/// Every object in `touched`, `transient` and `settings` of any scope ends in exactly one step or
/// one `not_restored` entry. Bad input costs its own object only: a clean point that names no
/// version, is younger than the first hostile act allows, or was looked up under another path
/// becomes a reason. Without any act the plan is empty and its `first_hostile_act` is that of the
/// options, else 1970.
pub fn make(scopes: &[Scope], catalogue: &Catalogue, options: &Options) -> Plan {
    let objects = affected::merge(scopes);
    let clock_error_ns = options.clock_error_ns.max(0);
    let first_hostile_act = objects
        .values()
        .map(|object| object.first_act)
        .chain(options.first_hostile_act)
        .min()
        .or(options.first_hostile_act)
        .unwrap_or_default();
    let context = decide::Context {
        entries: entries(catalogue),
        limit: Timestamp(first_hostile_act.0.saturating_sub(clock_error_ns)),
        hosts: objects.values().filter_map(|object| object.object.host.clone()).collect::<BTreeSet<_>>(),
        options,
        objects: &objects,
    };
    let mut outcomes: Vec<decide::Outcome> = objects.values().map(|object| decide::decide(object, &context)).collect();
    settle::settle(&mut outcomes);
    let (steps, not_restored) = numbered(outcomes);
    let mut plan = Plan { id: model::Sha256::of(b""), first_hostile_act, clock_error_ns, steps, not_restored };
    plan.id = plan.computed_id();
    plan
}

/// The first entry of each object: a second one would be a broken catalogue, and must not depend on order.
fn entries(catalogue: &Catalogue) -> BTreeMap<&ObjectId, &CatalogueEntry> {
    let mut entries = BTreeMap::new();
    for entry in &catalogue.entries {
        entries.entry(&entry.object).or_insert(entry);
    }
    entries
}

fn numbered(outcomes: Vec<decide::Outcome>) -> (Vec<Step>, Vec<NotRestored>) {
    let mut drafts = Vec::new();
    let mut not_restored = Vec::new();
    for outcome in outcomes {
        let object = outcome.object.object.id.clone();
        match (outcome.what, outcome.path) {
            (decide::What::Step(draft), Some(path)) => drafts.push((object, path, *draft)),
            (decide::What::Step(_), None) => unreachable!("a step is drafted only for a known path"),
            (decide::What::NotRestored { reason, next }, _) => {
                not_restored.push(NotRestored { object, reason, next: next.to_string() });
            }
        }
    }
    drafts.sort_by_key(|(_, path, draft)| order::key(path, &draft.action));
    let steps = (1..)
        .zip(drafts)
        .map(|(id, (object, path, draft)): (StepId, _)| Step {
            id,
            object,
            path,
            action: draft.action,
            reason: draft.reason.to_string(),
            candidates: draft.candidates,
            events: draft.events,
        })
        .collect();
    (steps, not_restored)
}
