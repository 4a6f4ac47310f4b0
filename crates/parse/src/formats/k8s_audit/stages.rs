//! Joins the stages of a request, which are up to three records with one `auditID`, into one event.

use std::collections::{HashMap, VecDeque};

use model::{Event, Problem, ProblemKind};

use crate::Batch;

/// Requests whose last stage has not come; beyond it the oldest is given out as it is.
const PENDING_MAX: usize = 4096;
/// Records after which a request is given out as far as it is known: a watch or an exec may last for
/// days, and its beginning is what matters.
const HOLD_RECORDS: u64 = 1024;
/// Requests that are remembered after they were given out, to recognise late stages and repeated lines.
const REMEMBERED_MAX: usize = 16_384;

/// Joins the stages of requests.
#[derive(Default)]
pub(super) struct Requests {
    pending: HashMap<String, Pending>,
    /// `auditID`s in the order in which they began, with the number of the record.
    order: VecDeque<(String, u64)>,
    /// Stages of requests that were given out.
    done: HashMap<String, Stages>,
    done_order: VecDeque<String>,
    records: u64,
}

/// One stage of the request `id`.
pub(super) struct Stage {
    pub id: String,
    pub event: Event,
    pub stages: Stages,
}

struct Pending {
    event: Event,
    stages: Stages,
}

/// The stages that came, one bit each.
#[derive(Clone, Copy, Default)]
pub(super) struct Stages(u8);

impl Stages {
    pub fn of(stage: &str) -> Self {
        Self(match stage {
            "RequestReceived" => 1,
            "ResponseStarted" => 2,
            "ResponseComplete" => 4,
            "Panic" => 8,
            _ => 16,
        })
    }

    fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    fn is_last(self) -> bool {
        self.0 & (4 | 8 | 16) != 0
    }
}

impl Requests {
    /// Takes one stage.
    pub fn take(&mut self, stage: Stage, out: &mut Batch) {
        self.records += 1;
        self.join(stage, out);
        self.give_old(out);
    }

    /// Gives out what still waited for a later stage.
    pub fn finish(&mut self, out: &mut Batch) {
        while !self.order.is_empty() {
            self.give_oldest(out);
        }
    }

    fn join(&mut self, stage: Stage, out: &mut Batch) {
        let Stage { id, event, stages } = stage;
        let seen = self.pending.get(&id).map(|pending| pending.stages).or_else(|| self.done.get(&id).copied());
        if seen.is_some_and(|seen| seen.has(stages)) {
            let text = "the same stage of this request stands in the source before; it was counted once".to_string();
            out.problems.extend(event.addresses.first().map(|&address| Problem {
                kind: ProblemKind::Duplicate,
                address,
                text,
            }));
            return;
        }
        if let Some(earlier) = self.done.get_mut(&id) {
            // The late end of a request that was given out when it had lasted long: nothing new to say,
            // unless it failed after all.
            *earlier = earlier.with(stages);
            if matches!(event.outcome, model::Outcome::Failed { .. }) {
                // Another statement than the one that was given out.
                let occurrence = event.occurrence.map(|occurrence| format!("{occurrence}:end"));
                out.drafts.push(Event { occurrence, ..event });
            }
            return;
        }
        match self.pending.remove(&id) {
            Some(pending) => {
                let merged = Pending { event: merge(pending.event, event), stages: pending.stages.with(stages) };
                self.keep_or_give(id, merged, out);
            }
            None => {
                if !stages.is_last() {
                    self.order.push_back((id.clone(), self.records));
                }
                self.keep_or_give(id, Pending { event, stages }, out);
            }
        }
    }

    fn keep_or_give(&mut self, id: String, pending: Pending, out: &mut Batch) {
        if pending.stages.is_last() {
            self.give(id, pending, out);
        } else {
            self.pending.insert(id, pending);
        }
    }

    fn give(&mut self, id: String, pending: Pending, out: &mut Batch) {
        out.drafts.push(pending.event);
        self.done.insert(id.clone(), pending.stages);
        self.done_order.push_back(id);
        if self.done_order.len() > REMEMBERED_MAX
            && let Some(oldest) = self.done_order.pop_front()
        {
            self.done.remove(&oldest);
        }
    }

    fn give_old(&mut self, out: &mut Batch) {
        while let Some((_, began)) = self.order.front() {
            if self.records - began < HOLD_RECORDS && self.order.len() <= PENDING_MAX {
                return;
            }
            self.give_oldest(out);
        }
    }

    fn give_oldest(&mut self, out: &mut Batch) {
        if let Some((id, _)) = self.order.pop_front()
            && let Some(pending) = self.pending.remove(&id)
        {
            self.give(id, pending, out);
        }
    }
}

/// Joins an earlier stage with a later one, which says more.
fn merge(earlier: Event, later: Event) -> Event {
    let mut facts = earlier.facts;
    facts.extend(&later.facts);
    let mut addresses = earlier.addresses;
    addresses.extend(later.addresses);
    let outcome = if later.outcome == model::Outcome::Unknown { earlier.outcome } else { later.outcome };
    Event { id: earlier.id, time: earlier.time.min(later.time), outcome, facts, addresses, ..later }
}
