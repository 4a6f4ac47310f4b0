//! The Kubernetes API server's audit log: JSON lines, `EventList`s of the webhook backend, and what log services make of them.
//!
//! One request appears at up to three stages with the same `auditID`; they become one event. What a
//! policy's level hides is not there, and no fact is made up for it: fact `level` says what could be seen.
//! Log services (Azure Monitor, CloudWatch, Loki, Fluent Bit, …) put events into envelopes, beside messages of
//! other programs of the control plane: those are records too, and read by [`carried`] formats or
//! kept as messages.

mod bodies;
mod draft;
mod envelope;
mod record;
mod stages;
mod workload;

use model::{Action, Address, Event, EventId, Problem, ProblemKind, TimeBasis, Timestamp};

use crate::{
    Batch, Decoder, Format, Source,
    ahead::{Ahead, Left},
    carried::{self, Carried, CarriedFormat},
    json_items::Lists,
    json_values::{cut, note_unknown, string_of},
    records::{Fault, Framed, Framing, Origin, Reader, not_json},
};
pub(super) use bodies::Bodies;
pub(super) use draft::{Resource, action};
use envelope::{Context, Envelope};
use record::Record;
use stages::{Requests, Stage, Stages};

/// The format.
pub(crate) struct K8sAudit;

/// Lists of log services; a long one (a blob, a query's result) is read member by member.
const LISTS: Lists = Lists {
    always: Lists::ITEMS.always,
    when_long: &[(1, b"records"), (1, b"logEvents"), (1, b"events"), (1, b"results")],
};

impl Format for K8sAudit {
    fn name(&self) -> &'static str {
        "k8s_audit"
    }

    fn sniff(&self, head: &[u8]) -> u8 {
        let contains = |needle: &[u8]| memchr::memmem::find(head, needle).is_some();
        let is_json = head.iter().find(|byte| !byte.is_ascii_whitespace()).is_some_and(|byte| b"{[".contains(byte));
        let audit_id = contains(b"auditID") || contains(b"AuditId");
        match (is_json, contains(b"audit.k8s.io/"), audit_id) {
            (true, true, true) => 97,
            (_, _, false) if contains(b"\"kube-audit") && contains(b"\"properties\"") => 60,
            (true, true, false) => 60,
            (true, false, true) => 70,
            // An export to object storage puts the time before each event.
            (false, true, true) => {
                if starts_with_time(head) {
                    80
                } else {
                    50
                }
            }
            // The audit events of an EKS cluster share a log group with other programs, whose lines may come first.
            _ if is_json && contains(b"\"logGroup\"") && contains(b"/aws/eks/") => 65,
            _ => 0,
        }
    }

    fn decoder(&self, source: Source) -> Box<dyn Decoder> {
        let reader = AuditReader { modified: source.modified, ..AuditReader::default() };
        Box::new(Framed::new(source, Framing::json_in(LISTS), reader))
    }
}

/// Whether the first line starts with its time.
fn starts_with_time(head: &[u8]) -> bool {
    // The head may end inside a character.
    let line = head.get(..64).unwrap_or(head);
    std::str::from_utf8(&line[..line.iter().take_while(|byte| byte.is_ascii()).count()])
        .is_ok_and(|line| envelope::timed(line).is_some())
}

impl CarriedFormat for K8sAudit {
    fn recognises(&self, message: &[u8], _origin: &Origin<'_>) -> bool {
        message.starts_with(b"{") && memchr::memmem::find(message, b"\"auditID\"").is_some()
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(AuditReader::default())
    }
}

/// What a message that came through a log service names as its carrier.
const CARRIER: &str = "log_service";
/// Envelopes within envelopes (a log service around a container log around the event).
const ENVELOPES_MAX: usize = 5;

/// Reads events and the envelopes around them.
#[derive(Default)]
struct AuditReader {
    requests: Requests,
    carried: Carried,
    /// When the source was last modified: the latest time of a message that has none.
    modified: Option<Timestamp>,
    /// What it leaves, for one that reads ahead of its turn.
    left: Option<Leaving>,
}

/// What a reader ahead of its turn leaves.
#[derive(Default)]
struct Leaving {
    stages: Vec<Stage>,
    /// The record holds a message that may belong together with others.
    must_wait: bool,
}

impl Ahead for AuditReader {
    fn record(&mut self, text: &[u8], origin: &Origin<'_>, out: &mut Batch) -> Result<bool, Fault> {
        let before = self.left.as_ref().map_or(0, |left| left.stages.len());
        let mut found = Batch::default();
        let result = Reader::record(self, text, origin, &mut found);
        if let Some(left) = self.left.as_mut().filter(|left| left.must_wait) {
            left.stages.truncate(before);
            left.must_wait = false;
            return Ok(false);
        }
        out.append(found);
        result.map(|()| true)
    }

    fn leave(&mut self) -> Option<Left> {
        let stages = std::mem::take(&mut self.left.as_mut()?.stages);
        (!stages.is_empty()).then(|| Box::new(stages) as Left)
    }
}

/// Where the reader is in a record.
#[derive(Clone, Copy)]
struct Place<'a> {
    origin: Origin<'a>,
    /// What to cite, and which event of it comes next.
    address: Address,
    part: u16,
    /// Whether the text at hand stands in the source as it is, from the address on: then members of lists have
    /// addresses of their own. Within a string or a carrier the whole is cited.
    exact: bool,
    depth: usize,
}

impl Reader for AuditReader {
    /// Reads one record: an event, a list, an envelope, or a line with a time before it.
    fn record(&mut self, bytes: &[u8], origin: &Origin<'_>, out: &mut Batch) -> Result<(), Fault> {
        let Ok(text) = std::str::from_utf8(bytes) else {
            return Err((ProblemKind::NotARecord, "no audit event in JSON: bytes that are no UTF-8".to_string()));
        };
        let exact = origin.carrier.is_none() && !text.starts_with(|first: char| first.is_whitespace());
        let mut place = Place { origin: *origin, address: origin.address, part: 0, exact, depth: 0 };
        let text = text.trim();
        if let Some((time, rest)) = envelope::timed(text) {
            let context = Context { time: Some(time), ..Context::default() };
            return self.message(rest, &context, &mut Place { exact: false, ..place }, out);
        }
        self.value(text, &Context::default(), &mut place, out)
    }

    fn finish(&mut self, out: &mut Batch) {
        self.requests.finish(out);
        self.carried.finish(out);
    }

    fn ahead(&self) -> Option<(Box<dyn Ahead>, Box<dyn Reader>)> {
        let another = |left| Self { modified: self.modified, left, ..Self::default() };
        Some((Box::new(another(Some(Leaving::default()))), Box::new(another(None))))
    }

    fn join(&mut self, left: Left, out: &mut Batch) {
        if let Ok(stages) = left.downcast::<Vec<Stage>>() {
            stages.into_iter().for_each(|stage| self.requests.take(stage, out));
        }
    }
}

fn none_here() -> Fault {
    (ProblemKind::NotARecord, "JSON that is no audit event (no `auditID`)".to_string())
}

impl AuditReader {
    /// A JSON value: an event, or something around one.
    fn value(
        &mut self,
        text: &str,
        context: &Context<'_>,
        place: &mut Place<'_>,
        out: &mut Batch,
    ) -> Result<(), Fault> {
        if text.starts_with('[') {
            let row = envelope::row(text).filter(|_| place.origin.carrier.is_none()).ok_or_else(none_here)?;
            let context = row.context.over(context);
            return self.message(&row.message, &context, &mut Place { exact: false, ..*place }, out);
        }
        if Record::may_be(text) {
            let record: Record<'_> = serde_json::from_str(text).map_err(|cause| not_json("audit event", &cause))?;
            if record.is_event() {
                note_unknown(text, place.address.offset, "", record::KNOWN, &mut out.unmapped);
                return self.event(&record, context, place, out);
            }
        }
        let envelope: Envelope<'_> = serde_json::from_str(text).map_err(|cause| not_json("audit event", &cause))?;
        let context = envelope.context().over(context);
        place.depth += 1;
        if place.depth > ENVELOPES_MAX {
            return Err(none_here());
        }
        if let Some(members) = envelope.members() {
            self.list(text, &members, &context, place, out);
            return Ok(());
        }
        let payload = envelope.payload().ok_or_else(none_here)?;
        let mut inner = Place { exact: false, ..*place };
        let result = match string_of(payload) {
            Some(message) => self.message(&message, &context, &mut inner, out),
            None if payload.starts_with('{') => self.value(payload, &context, &mut inner, out),
            None => Err(none_here()),
        };
        place.part = inner.part;
        result
    }

    fn list(&mut self, text: &str, members: &[&str], context: &Context<'_>, place: &mut Place<'_>, out: &mut Batch) {
        for member in members {
            let mut inner = *place;
            if place.exact {
                let start = (member.as_ptr() as usize - text.as_ptr() as usize) as u64;
                let offset = place.address.offset + start;
                inner.address = Address { offset, length: member.len() as u64, ..place.address };
                inner.part = 0;
            }
            let result = match member.as_bytes().first() {
                Some(b'{' | b'[') => self.value(member, context, &mut inner, out),
                _ => Err((ProblemKind::NotARecord, "no audit event in JSON".to_string())),
            };
            if !place.exact {
                place.part = inner.part;
            }
            if let Err((kind, text)) = result {
                // The list itself was read: what its members lack does not make it torn.
                let kind = if kind == ProblemKind::Torn { ProblemKind::NotARecord } else { kind };
                let text = format!("a member of a list: {text}");
                out.problems.push(Problem { kind, address: inner.address, text });
            }
        }
    }

    /// A text that a log service keeps: an event as text, or another program's message.
    fn message(
        &mut self,
        text: &str,
        context: &Context<'_>,
        place: &mut Place<'_>,
        out: &mut Batch,
    ) -> Result<(), Fault> {
        let text = text.trim();
        if text.starts_with('{') && (Record::may_be(text) || Envelope::may_be(text)) {
            let result = self.value(text, context, place, out);
            if result.is_ok() || Record::may_be(text) {
                return result;
            }
        }
        // What another format carries is that format's to keep.
        if place.origin.carrier.is_some() || text.is_empty() {
            return Err(none_here());
        }
        let origin = Origin {
            address: place.address,
            time: context.time.or(place.origin.time),
            host: context.host.as_deref(),
            basis: if context.time.is_some() { TimeBasis::Utc } else { place.origin.basis },
            carrier: Some(CARRIER),
            // A stream's name is made of a program's, but is none.
            program: None,
            vouched: None,
            pid: None,
            ended: true,
        };
        if let Some(left) = &mut self.left
            && place.part == 0
            && carried::is_known(text.as_bytes(), &origin)
        {
            left.must_wait = true;
            return Ok(());
        }
        // A reader of another format knows no parts.
        let before = out.drafts.len();
        if place.part == 0 && self.carried.message(text.as_bytes(), &origin, out) {
            place.part += 1;
            let own = out.drafts.iter_mut().skip(before).filter(|draft| draft.addresses == [place.address]);
            own.for_each(|draft| context.facts(&mut draft.facts));
            return Ok(());
        }
        let mut event = self.drafted(&origin, place)?;
        event.facts.insert("message", cut(text));
        event.occurrence = context.id.as_ref().map(|id| format!("cloudwatch:{id}"));
        context.facts(&mut event.facts);
        out.records += 1;
        out.drafts.push(event);
        Ok(())
    }

    fn drafted(&self, origin: &Origin<'_>, place: &mut Place<'_>) -> Result<Event, Fault> {
        let id = EventId::new(place.address.source, place.address.offset, next_part(place)?);
        let time = origin.time.or(self.modified).unwrap_or_default();
        let mut event = Event::draft(id, time, "k8s_audit", Action::LogMessage);
        if origin.time.is_none() {
            event.time_basis = TimeBasis::Unknown;
        }
        event.host = origin.host.map(cut);
        event.addresses = vec![place.address];
        Ok(event)
    }

    fn event(
        &mut self,
        record: &Record<'_>,
        context: &Context<'_>,
        place: &mut Place<'_>,
        out: &mut Batch,
    ) -> Result<(), Fault> {
        let part = next_part(place)?;
        let otherwise = context.time.or(place.origin.time);
        let Some(mut event) = draft::of(record, place.address, part, otherwise) else {
            return Err((ProblemKind::BadTime, "no time that can be read in this audit event".to_string()));
        };
        if let Some(cluster) = &context.cluster {
            event.facts.insert("cluster", cut(cluster));
        }
        if let Some(carrier) = place.origin.carrier {
            event.facts.insert(model::CARRIED_BY, carrier);
        }
        out.records += 1;
        let id = record.audit_id.as_deref().unwrap_or("").to_string();
        event.occurrence = Some(format!("k8s:{}", cut(&id)));
        let stage = Stage { id, event, stages: Stages::of(record.stage.as_deref().unwrap_or("")) };
        match &mut self.left {
            Some(left) => left.stages.push(stage),
            None => self.requests.take(stage, out),
        }
        Ok(())
    }
}

/// The part of the cited bytes that the next event is.
fn next_part(place: &mut Place<'_>) -> Result<u16, Fault> {
    let part = place.part;
    place.part = part
        .checked_add(1)
        .ok_or_else(|| (ProblemKind::TooLong, format!("more than {} events in one text", u16::MAX)))?;
    Ok(part)
}
