//! The event that one line becomes.

use model::{Bytes, CARRIED_BY, Event, EventId, Object, ObjectKind, Problem, ProblemKind, Role, TimeBasis, Timestamp};

use super::{NAME, acts::Act, record::Record};
use crate::{Batch, records::Origin, text};

/// Drafts the event of `record`, whose act is `act`.
pub(super) fn event(
    record: &Record<'_>,
    act: Act<'_>,
    modified: Option<Timestamp>,
    origin: &Origin<'_>,
    out: &mut Batch,
) -> Event {
    let address = origin.address;
    let (time, basis) = time(record, modified, origin, out);
    let mut event = Event::draft(EventId::new(address.source, address.offset, 0), time, NAME, act.action);
    event.time_basis = basis;
    event.addresses = vec![address];
    event.outcome = act.outcome;
    event.host = origin.host.map(str::to_string);
    event.actor.comm = origin.program.map(Bytes::from);
    event.actor.pid = origin.pid;
    event.actor.argv = act.argv;
    let facts = &mut event.facts;
    for (name, value) in act.facts {
        facts.insert(name, value);
    }
    if let Some(container) = act.container {
        event
            .objects
            .push(Object { name: Some(Bytes::from(container)), ..Object::new(Role::Target, ObjectKind::Container) });
        if act.named {
            facts.insert("container.name", text::fact(container.as_bytes()));
        } else {
            facts.insert("container.id", text::fact(container.as_bytes()));
        }
    }
    if !record.level.is_empty() {
        facts.insert("level", text::fact(record.level.as_bytes()));
    }
    facts.insert("message", text::fact(record.message.as_bytes()));
    for (name, value) in &record.fields {
        // The container is the event's object already.
        let shown = !act.named && act.container == Some(value.as_ref());
        if !shown && !facts.contains_key(name.as_ref()) {
            facts.insert(text::fact(name.as_bytes()), text::fact(value.as_bytes()));
        }
    }
    if !record.prefix.is_empty() {
        facts.insert("prefix", text::fact(record.prefix.as_bytes()));
    }
    if let Some(carrier) = origin.carrier {
        facts.insert(CARRIED_BY, carrier);
        // Its own time wins, but the carrier's is the one that others of the host share.
        if let Some(time) = origin.time.filter(|_| record.time.is_some()) {
            facts.insert("carrier_time", time.to_string());
        }
    }
    event
}

/// The record's own time, else the carrier's, else the latest that it can have been.
fn time(
    record: &Record<'_>,
    modified: Option<Timestamp>,
    origin: &Origin<'_>,
    out: &mut Batch,
) -> (Timestamp, TimeBasis) {
    match (record.time, origin.time) {
        // A wall clock without zone says less than a journal's time, which is UTC.
        (Some((_, TimeBasis::Local)), Some(time)) if origin.carrier == Some("journal") => (time, TimeBasis::Utc),
        (Some(own), _) => own,
        (None, Some(time)) => (time, origin.basis),
        (None, None) => {
            if record.field("uptime_seconds").is_none() {
                let text = "no time that can be read in this line of a runtime's log".to_string();
                out.problems.push(Problem { kind: ProblemKind::BadTime, address: origin.address, text });
            }
            (modified.unwrap_or_default(), TimeBasis::Unknown)
        }
    }
}
