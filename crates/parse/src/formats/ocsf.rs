//! Events in the Open Cybersecurity Schema Framework, version 1: JSON lines or arrays.
//!
//! `class_uid` says what kind of event it is, `activity_id` what was done. Where a record keeps the one it was made from
//! (`raw_data`), that is read instead, with what the record knows of the container; else its own fields give the event, as
//! exactly as they say it. All fields are facts.
//!
//! Source: ocsf/ocsf-schema `events/*`, `objects/*`, versions 1.0 to 1.5.

mod classes;

use model::{CARRIED_BY, Event, EventId, ProblemKind, TimeBasis, Timestamp};

use crate::{
    Batch, Decoder, Format, Source,
    carried::{Carried, CarriedFormat},
    json_tree::Node,
    json_values::{cut, time_of},
    records::{Fault, Framed, Framing, Origin, Reader, not_json},
    siem::{self, Facts, first},
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

/// Fields that are not kept as facts: the record that this one was made from, which its address leads to, and a list that
/// repeats other fields.
const ORIGINALS: &[&str] = &["raw_data", "observables"];

impl Reader for Records {
    fn record(&mut self, text: &[u8], origin: &Origin<'_>, out: &mut Batch) -> Result<(), Fault> {
        let node: Node<'_> = serde_json::from_slice(text).map_err(|cause| not_json("record", &cause))?;
        let Some(class) = node.get("class_uid").int() else {
            return Err((ProblemKind::NotARecord, "JSON that is no record of OCSF (no `class_uid`)".to_string()));
        };
        let stated = ["time", "time_dt"].iter().find_map(|name| time_of(&node.get(name).to_string()));
        let Some(time) = stated.or(origin.time) else {
            return Err((ProblemKind::BadTime, "no time that can be read in this record".to_string()));
        };
        let mut facts = siem::flat(&node, ORIGINALS);
        let activity = node.get("activity_id").int().unwrap_or(0);
        classes::names(class, activity, &mut facts);
        let before = out.drafts.len();
        let was_read = self.original(&node, &facts, time, origin, out);
        let event = draft(&node, (class, activity), facts, time, origin);
        siem::keep(event, was_read, before, out);
        Ok(())
    }

    fn finish(&mut self, out: &mut Batch) {
        self.carried.finish(out);
    }
}

impl Records {
    /// Reads the record that this one was made from; `false` when no format knows it.
    fn original(
        &mut self,
        node: &Node<'_>,
        facts: &Facts,
        time: Timestamp,
        origin: &Origin<'_>,
        out: &mut Batch,
    ) -> bool {
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
        let text = match node.get("raw_data") {
            Node::Map(_) if origin.carrier.is_none() => Some(node.get("raw_data").to_string()),
            raw => raw.str().map(str::to_string),
        };
        text.is_some_and(|text| siem::carried(&mut self.carried, &text, facts, &carrying, out))
    }
}

fn host(facts: &Facts) -> Option<&str> {
    first(facts, &["device.hostname", "device.name"])
}

fn draft(node: &Node<'_>, (class, activity): (i64, i64), facts: Facts, time: Timestamp, origin: &Origin<'_>) -> Event {
    let address = origin.address;
    let (action, objects) = classes::act(class, activity, &facts, node);
    let mut event = Event::draft(EventId::new(address.source, address.offset, 0), time, NAME, action);
    event.addresses = vec![address];
    event.host = host(&facts).or(origin.host).map(cut);
    event.occurrence = classes::occurrence(class, &facts);
    let status = match node.get("status_id").int() {
        Some(1) => Some("success"),
        Some(2) => Some("failure"),
        Some(_) => None,
        None => first(&facts, &["status"]),
    };
    let code = first(&facts, &["api.response.code", "status_code"]).and_then(|code| code.parse().ok());
    event.outcome = siem::outcome(status, code);
    event.objects = objects;
    classes::actor(class, activity, &facts, &mut event.actor);
    event.facts = facts;
    if let Some(carrier) = origin.carrier {
        event.facts.insert(CARRIED_BY.to_string(), carrier.to_string());
    }
    event
}
