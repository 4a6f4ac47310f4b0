//! Events in the Open Cybersecurity Schema Framework, version 1: JSON lines or arrays.
//!
//! `class_uid` says what kind of event it is, `activity_id` what was done. Where a record keeps the one it was made from
//! (`raw_data`), that is read instead, with what the record knows of the container; else its own fields give the event, as
//! exactly as they say it. All fields are facts.
//!
//! Source: ocsf/ocsf-schema `events/*`, `objects/*`, versions 1.0 to 1.5.

mod classes;

use std::borrow::Cow;

use model::{CARRIED_BY, Event, EventId, Facts, ProblemKind, TimeBasis, Timestamp};

use crate::{
    Batch, Decoder, Format, Source,
    carried::{Carried, CarriedFormat},
    json_tree::{self, Arena, Node},
    json_values::{cut, time_in},
    records::{Fault, Framed, Framing, Origin, Reader},
    siem::{self, Fields, Wanted, first},
};

/// The format.
pub(crate) struct Ocsf;

const NAME: &str = "ocsf";

impl Format for Ocsf {
    fn name(&self) -> &'static str {
        NAME
    }

    fn sniff(&self, head: &[u8]) -> u8 {
        let contains = |needle: &str| memchr::memmem::find(head, needle.as_bytes()).is_some();
        let is_json = head.iter().find(|byte| !byte.is_ascii_whitespace()).is_some_and(|byte| b"{[".contains(byte));
        if !is_json || !contains("\"class_uid\"") {
            return 0;
        }
        // Before the formats that it carries.
        if contains("\"metadata\"") && (contains("\"category_uid\"") || contains("\"activity_id\"")) { 98 } else { 85 }
    }

    fn decoder(&self, source: Source) -> Box<dyn Decoder> {
        Box::new(Framed::new(source, Framing::json(), Records::default()))
    }
}

impl CarriedFormat for Ocsf {
    fn recognises(&self, message: &[u8], _origin: &Origin<'_>) -> bool {
        message.starts_with(b"{") && memchr::memmem::find(message, b"\"class_uid\"").is_some()
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(Records::default())
    }
}

/// Reads records.
#[derive(Default)]
struct Records {
    carried: Carried,
}

/// What a record is read for: the record that it was made from is no fact, its address leads there; nor is a list that
/// repeats other fields.
const WANTED: Wanted = Wanted { skip: &["raw_data", "observables"], keep: &["raw_data", "resources"] };

impl Reader for Records {
    fn record(&mut self, text: &[u8], origin: &Origin<'_>, out: &mut Batch) -> Result<(), Fault> {
        let arena = Arena::default();
        let mut fields = siem::read(json_tree::utf8(text, "record")?, "record", &WANTED, &arena)?;
        let Some(class) = int(&fields.facts, "class_uid") else {
            return Err((ProblemKind::NotARecord, "JSON that is no record of OCSF (no `class_uid`)".to_string()));
        };
        let stated = ["time", "time_dt"].iter().find_map(|name| time_in(fields.facts.get(name)?));
        let Some(time) = stated.or(origin.time) else {
            return Err((ProblemKind::BadTime, "no time that can be read in this record".to_string()));
        };
        let activity = int(&fields.facts, "activity_id").unwrap_or(0);
        classes::names(class, activity, &mut fields.facts);
        let before = out.drafts.len();
        let was_read = self.original(&fields, time, origin, out);
        siem::keep(draft(fields, (class, activity), time, origin), was_read, before, out);
        Ok(())
    }

    fn finish(&mut self, out: &mut Batch) {
        self.carried.finish(out);
    }

    fn another(&self) -> Option<Box<dyn Reader>> {
        Some(Box::new(Self::default()))
    }

    /// Records that were kept may belong together: those of one audit event, the stages of one request.
    fn in_order(&self, text: &[u8]) -> bool {
        memchr::memmem::find(text, b"raw_data\"").is_some()
    }
}

impl Records {
    /// Reads the record that this one was made from; `false` when no format knows it.
    fn original(&mut self, fields: &Fields<'_>, time: Timestamp, origin: &Origin<'_>, out: &mut Batch) -> bool {
        let facts = &fields.facts;
        let carrying = Origin {
            time: Some(time),
            basis: TimeBasis::Utc,
            host: host(facts).or(origin.host),
            carrier: Some(NAME),
            program: None,
            pid: None,
            ended: true,
            ..*origin
        };
        // As text: an object that is carried by a carried record could nest without end.
        let text = match fields.kept("raw_data") {
            Some(raw @ Node::Map(_)) if origin.carrier.is_none() => Some(Cow::Owned(raw.to_string())),
            raw => raw.and_then(Node::str).map(Cow::Borrowed),
        };
        text.is_some_and(|text| siem::carried(&mut self.carried, &text, facts, &carrying, out))
    }
}

fn host(facts: &Facts) -> Option<&str> {
    first(facts, &["device.hostname", "device.name"])
}

/// A fact as a whole number.
fn int(facts: &Facts, name: &str) -> Option<i64> {
    facts.get(name).and_then(|text| Node::Text(text).int())
}

fn draft(fields: Fields<'_>, (class, activity): (i64, i64), time: Timestamp, origin: &Origin<'_>) -> Event {
    let address = origin.address;
    let facts = &fields.facts;
    let (action, objects) = classes::act(class, activity, &fields);
    let mut event = Event::draft(EventId::new(address.source, address.offset, 0), time, NAME, action);
    event.addresses = vec![address];
    event.host = host(facts).or(origin.host).map(cut);
    event.occurrence = classes::occurrence(class, facts);
    let status = match int(facts, "status_id") {
        Some(1) => Some("success"),
        Some(2) => Some("failure"),
        Some(_) => None,
        None => first(facts, &["status"]),
    };
    let code = first(facts, &["api.response.code", "status_code"]).and_then(|code| code.parse().ok());
    event.outcome = siem::outcome(status, code);
    event.objects = objects;
    classes::actor(class, activity, facts, &mut event.actor);
    event.facts = fields.facts;
    if let Some(carrier) = origin.carrier {
        event.facts.insert(CARRIED_BY, carrier);
    }
    event
}
