//! The Kubernetes API server's audit log: JSON lines, or `EventList`s of the webhook backend.
//!
//! One request appears at up to three stages with the same `auditID`; they become one event. What a
//! policy's level hides is not there, and no fact is made up for it: fact `level` says what could be seen.

mod draft;
mod record;
mod workload;

use std::collections::{HashMap, VecDeque};

use model::{Address, Event, Problem, ProblemKind};

use crate::{
    Batch, Decoder, Format, Source,
    carried::CarriedFormat,
    records::{Fault, Framed, Framing, Origin, Reader, not_json},
};
use record::Record;

/// The format.
pub(crate) struct K8sAudit;

impl Format for K8sAudit {
    fn name(&self) -> &'static str {
        "k8s_audit"
    }

    fn sniff(&self, head: &[u8]) -> u8 {
        let contains = |needle: &[u8]| memchr::memmem::find(head, needle).is_some();
        let is_json = head.iter().find(|byte| !byte.is_ascii_whitespace()).is_some_and(|byte| b"{[".contains(byte));
        match (is_json, contains(b"audit.k8s.io/"), contains(b"auditID")) {
            (true, true, true) => 97,
            (true, true, false) => 60,
            (true, false, true) => 70,
            (false, true, true) => 50,
            _ => 0,
        }
    }

    fn decoder(&self, source: Source) -> Box<dyn Decoder> {
        Box::new(Framed::new(source, Framing::json(), Requests::default()))
    }
}

impl CarriedFormat for K8sAudit {
    fn recognises(&self, message: &[u8], _origin: &Origin<'_>) -> bool {
        message.starts_with(b"{") && memchr::memmem::find(message, b"\"auditID\"").is_some()
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(Requests::default())
    }
}

/// Requests whose last stage has not come; beyond it the oldest is given out as it is.
const PENDING_MAX: usize = 4096;
/// Records after which a request is given out as far as it is known: a watch or an exec may last for
/// days, and its beginning is what matters.
const HOLD_RECORDS: u64 = 1024;
/// Requests that are remembered after they were given out, to recognise late stages and repeated lines.
const REMEMBERED_MAX: usize = 16_384;
/// Wrappers within wrappers (a log service around a container log around the event).
const WRAPPERS_MAX: usize = 3;

/// Joins the stages of requests.
#[derive(Default)]
struct Requests {
    pending: HashMap<String, Pending>,
    /// `auditID`s in the order in which they began, with the number of the record.
    order: VecDeque<(String, u64)>,
    /// Stages of requests that were given out.
    done: HashMap<String, Stages>,
    done_order: VecDeque<String>,
    records: u64,
}

struct Pending {
    event: Event,
    stages: Stages,
}

/// The stages that came, one bit each.
#[derive(Clone, Copy, Default)]
struct Stages(u8);

impl Stages {
    fn of(stage: &str) -> Self {
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

impl Reader for Requests {
    /// Reads one JSON text: an event, a list, or a wrapper.
    fn record(&mut self, text: &[u8], origin: &Origin<'_>, out: &mut Batch) -> Result<(), Fault> {
        let record: Record<'_> = serde_json::from_slice(text).map_err(|cause| not_json("audit event", &cause))?;
        let address = origin.address;
        if record.is_event() {
            return self.event(&record, address, 0, out);
        }
        if let Some(items) = &record.items {
            for (part, item) in (0..=u16::MAX).zip(items) {
                let start = item.get().as_ptr() as usize - text.as_ptr() as usize;
                let member =
                    Address { offset: address.offset + start as u64, length: item.get().len() as u64, ..address };
                // Within a carrier the member's place in the source is not known: the carrier is cited.
                let (member, part) = if origin.carrier.is_some() { (address, part) } else { (member, 0) };
                self.list_member(item.get().as_bytes(), member, part, out);
            }
            return Ok(());
        }
        self.unwrap(&record, address, out)
    }

    fn finish(&mut self, out: &mut Batch) {
        while !self.order.is_empty() {
            self.give_oldest(out);
        }
    }
}

impl Requests {
    fn list_member(&mut self, text: &[u8], address: Address, part: u16, out: &mut Batch) {
        let result = match serde_json::from_slice::<Record<'_>>(text) {
            Ok(record) if record.is_event() => self.event(&record, address, part, out),
            Ok(_) => Err((ProblemKind::NotARecord, "a list member that is no audit event".to_string())),
            Err(cause) => {
                let (_, text) = not_json("audit event", &cause);
                Err((ProblemKind::NotARecord, format!("a list member that is {text}")))
            }
        };
        if let Err((kind, text)) = result {
            out.problems.push(Problem { kind, address, text });
        }
    }

    /// An event inside a log service's envelope, as an object or as text.
    fn unwrap(&mut self, outer: &Record<'_>, address: Address, out: &mut Batch) -> Result<(), Fault> {
        let none = || (ProblemKind::NotARecord, "JSON that is no audit event (no `auditID`)".to_string());
        let mut text = outer.wrapped().ok_or_else(none)?.get().to_string();
        for _ in 0..WRAPPERS_MAX {
            if text.starts_with('"') {
                text = serde_json::from_str(&text).map_err(|_| none())?;
            }
            let record: Record<'_> = serde_json::from_str(&text).map_err(|_| none())?;
            if record.is_event() {
                return self.event(&record, address, 0, out);
            }
            text = record.wrapped().ok_or_else(none)?.get().to_string();
        }
        Err(none())
    }

    fn event(&mut self, record: &Record<'_>, address: Address, part: u16, out: &mut Batch) -> Result<(), Fault> {
        let Some(event) = draft::of(record, address, part) else {
            return Err((ProblemKind::BadTime, "no time that can be read in this audit event".to_string()));
        };
        out.records += 1;
        self.records += 1;
        let stages = Stages::of(record.stage.as_deref().unwrap_or(""));
        let id = record.audit_id.as_deref().unwrap_or("").to_string();
        self.join(id, event, stages, out);
        self.give_old(out);
        Ok(())
    }

    fn join(&mut self, id: String, event: Event, stages: Stages, out: &mut Batch) {
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
                out.drafts.push(event);
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
    facts.extend(later.facts);
    let mut addresses = earlier.addresses;
    addresses.extend(later.addresses);
    let outcome = if later.outcome == model::Outcome::Unknown { earlier.outcome } else { later.outcome };
    Event { id: earlier.id, time: earlier.time.min(later.time), outcome, facts, addresses, ..later }
}
