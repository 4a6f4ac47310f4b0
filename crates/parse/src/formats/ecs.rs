//! Events in the Elastic Common Schema: what Elastic's shippers and its Defend agent store, exported as JSON lines, as answers of a
//! search (`hits.hits`), or for the bulk interface.
//!
//! Fields may be nested, spelt as dotted paths, or mixed. Where a document keeps the record it was made from
//! (`event.original`, a shipper's `message`, `kubernetes.audit`), that is read instead, with what the shipper knew of the
//! container; else the document's own fields give the event, as exactly as they say it. All fields are facts.
//!
//! Sources: elastic/ecs `schemas/*.yml`; elastic/beats `auditbeat/module/*`; elastic/go-libaudit `aucoalesce`.

mod acts;

use std::borrow::Cow;

use model::{Action, Bytes, CARRIED_BY, Event, EventId, Facts, Object, ProblemKind, TimeBasis, Timestamp};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::{
    Batch, Decoder, Format, Source,
    carried::{Carried, CarriedFormat},
    json_items::Lists,
    json_tree::{self, Arena, Node},
    json_values::{cut, string_of, time_in},
    records::{Fault, Framed, Framing, Origin, Reader},
    siem::{self, Fields, Wanted, bytes, first, number},
};

/// The format.
pub(crate) struct Ecs;

const NAME: &str = "ecs";
const LISTS: Lists = Lists { always: &[(2, b"hits")], when_long: &[] };

impl Format for Ecs {
    fn name(&self) -> &'static str {
        NAME
    }

    fn sniff(&self, head: &[u8]) -> u8 {
        let contains = |needle: &str| memchr::memmem::find(head, needle.as_bytes()).is_some();
        let is_json = head.iter().find(|byte| !byte.is_ascii_whitespace()).is_some_and(|byte| b"{[".contains(byte));
        let time = contains("\"@timestamp\"");
        let schema = contains("\"ecs\"") || contains("\"ecs.version\"");
        let hit = contains("\"_source\"") && contains("\"_index\"");
        let event = contains("\"event.kind\"") || contains("\"event.category\"") || contains("\"category\"");
        match (is_json && time, schema, hit) {
            // Before the formats that it carries.
            (true, true, _) => 98,
            (true, false, true) => 90,
            (true, false, false) if event && (contains("\"event\"") || contains("\"event.")) => 80,
            _ => 0,
        }
    }

    fn decoder(&self, source: Source) -> Box<dyn Decoder> {
        Box::new(Framed::new(source, Framing::json_in(LISTS), Documents::default()))
    }
}

impl CarriedFormat for Ecs {
    fn recognises(&self, message: &[u8], _origin: &Origin<'_>) -> bool {
        let has = |name: &str| memchr::memmem::find(message, name.as_bytes()).is_some();
        message.starts_with(b"{") && has("\"@timestamp\"") && (has("\"ecs\"") || has("\"ecs.version\""))
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(Documents::default())
    }
}

/// Reads documents.
#[derive(Default)]
struct Documents {
    carried: Carried,
}

/// What a document is read for: the record that it was made from is no fact, its address leads there.
const WANTED: Wanted =
    Wanted { skip: &["event.original", "kubernetes.audit"], keep: &["event.original", "process.args"] };

impl Reader for Documents {
    fn record(&mut self, text: &[u8], origin: &Origin<'_>, out: &mut Batch) -> Result<(), Fault> {
        let text = json_tree::utf8(text, "document")?;
        if is_instruction(text) {
            out.records += 1;
            return Ok(());
        }
        let hit = hit(text);
        let arena = Arena::default();
        let mut fields = siem::read(hit.as_ref().map_or(text, |hit| hit.document), "document", &WANTED, &arena)?;
        if let Some(id) = hit.and_then(|hit| hit.id) {
            fields.facts.insert("_id", cut(&id));
        }
        let Some(time) = fields.facts.get("@timestamp").and_then(time_in).or(origin.time) else {
            return Err(match memchr::memmem::find(text.as_bytes(), b"\"@timestamp\"") {
                Some(_) => (ProblemKind::BadTime, "no time that can be read in this document".to_string()),
                None => (ProblemKind::NotARecord, "JSON that is no document of ECS (no `@timestamp`)".to_string()),
            });
        };
        acts::names(&mut fields.facts);
        let before = out.drafts.len();
        let act = acts::action(&fields.facts);
        let was_read = self.original(&fields, text, act.0, time, origin, out);
        siem::keep(draft(fields, act, time, origin), was_read, before, out);
        Ok(())
    }

    fn finish(&mut self, out: &mut Batch) {
        self.carried.finish(out);
    }

    fn another(&self) -> Option<Box<dyn Reader>> {
        Some(Box::new(Self::default()))
    }

    /// Records that documents keep may belong together: those of one audit event, the stages of one request.
    fn in_order(&self, text: &[u8]) -> bool {
        let has = |part: &str| memchr::memmem::find(text, part.as_bytes()).is_some();
        ["original\"", "auditID", "audit(", "{\\\""].iter().any(|part| has(part)) || has_record_as_message(text)
    }
}

/// Whether a document may keep a record as its `message`. One that starts like a sentence is none.
fn has_record_as_message(text: &[u8]) -> bool {
    const NAME: &[u8] = b"message\"";
    memchr::memmem::find_iter(text, NAME).any(|at| {
        let value = text[at + NAME.len()..].trim_ascii_start().strip_prefix(b":").unwrap_or_default();
        let value = value.trim_ascii_start().strip_prefix(b"\"").unwrap_or_default();
        !matches!(value, [b'A'..=b'Z', b'a'..=b'z', ..])
    })
}

impl Documents {
    /// Reads the record that the document keeps; `false` when there is none that a format knows.
    fn original(
        &mut self,
        fields: &Fields<'_>,
        text: &str,
        action: Action,
        time: Timestamp,
        origin: &Origin<'_>,
        out: &mut Batch,
    ) -> bool {
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
        let original = fields.kept("event.original").and_then(Node::str);
        // A shipper that understood nothing leaves the line in `message`.
        let message = first(facts, &["message"]).filter(|_| action == Action::LogMessage);
        for text in [original, message].into_iter().flatten() {
            if siem::carried(&mut self.carried, text, facts, &carrying, out) {
                return true;
            }
        }
        // An object that is carried by a carried document could nest without end.
        let audit = Some(text).filter(|_| origin.carrier.is_none()).and_then(kubernetes_audit);
        audit.is_some_and(|audit| siem::carried(&mut self.carried, audit, facts, &carrying, out))
    }
}

/// The API server's event as Elastic's integration keeps it, field by field.
fn kubernetes_audit(text: &str) -> Option<&str> {
    #[derive(Deserialize)]
    struct Outer<'a> {
        #[serde(borrow, rename = "_source")]
        source: Option<&'a RawValue>,
        #[serde(borrow)]
        kubernetes: Option<&'a RawValue>,
    }
    #[derive(Deserialize)]
    struct Kubernetes<'a> {
        #[serde(borrow)]
        audit: Option<&'a RawValue>,
    }
    memchr::memmem::find(text.as_bytes(), b"\"auditID\"")?;
    let outer: Outer<'_> = serde_json::from_str(text).ok()?;
    let inner = match outer.source {
        Some(source) => serde_json::from_str::<Outer<'_>>(source.get()).ok()?.kubernetes,
        None => outer.kubernetes,
    };
    serde_json::from_str::<Kubernetes<'_>>(inner?.get()).ok()?.audit.map(RawValue::get)
}

/// `{"index":{…}}` before each document of the bulk interface.
fn is_instruction(text: &str) -> bool {
    let start = text.trim_start().strip_prefix('{').map(str::trim_start);
    start.is_some_and(|start| start.starts_with("\"index\"") || start.starts_with("\"create\""))
        && json_tree::read(text.as_bytes(), "instruction", &Arena::default())
            .is_ok_and(|node| matches!(node.fields(), [(_, Node::Map(_))]))
}

/// A document in the answer of a search.
struct Hit<'a> {
    document: &'a str,
    id: Option<Cow<'a, str>>,
}

fn hit(text: &str) -> Option<Hit<'_>> {
    #[derive(Deserialize)]
    struct Outer<'a> {
        #[serde(borrow, rename = "_id")]
        id: Option<&'a RawValue>,
        #[serde(borrow, rename = "_source")]
        source: Option<&'a RawValue>,
        #[serde(borrow)]
        fields: Option<&'a RawValue>,
    }
    let has = |name: &str| memchr::memmem::find(text.as_bytes(), name.as_bytes()).is_some();
    if !has("\"_source\"") && !has("\"fields\"") {
        return None;
    }
    let outer: Outer<'_> = serde_json::from_str(text).ok()?;
    let document = outer.source.or(outer.fields)?.get();
    let is_full = document.strip_prefix('{').is_some_and(|rest| !rest.trim_start().starts_with('}'));
    is_full.then(|| Hit { document, id: outer.id.and_then(|id| string_of(id.get())).filter(|id| !id.is_empty()) })
}

fn host(facts: &Facts) -> Option<&str> {
    first(facts, &["host.hostname", "host.name"])
}

fn draft(fields: Fields<'_>, (action, objects): (Action, Vec<Object>), time: Timestamp, origin: &Origin<'_>) -> Event {
    let address = origin.address;
    let facts = &fields.facts;
    let mut event = Event::draft(EventId::new(address.source, address.offset, 0), time, NAME, action);
    event.addresses = vec![address];
    event.host = host(facts).or(origin.host).map(cut);
    event.occurrence = first(facts, &["event.id", "_id"]).map(|id| format!("ecs:{id}"));
    event.outcome = siem::outcome(first(facts, &["event.outcome"]), acts::error(facts));
    event.objects = objects;
    event.serial = first(facts, &["auditd.sequence"]).and_then(|text| text.parse().ok());
    let actor = &mut event.actor;
    actor.pid = number(facts, &["process.pid"]);
    actor.ppid = number(facts, &["process.parent.pid", "process.ppid"]);
    actor.uid = number(facts, &["user.id", "process.user.id"]);
    actor.euid = number(facts, &["user.effective.id"]);
    actor.auid = number(facts, &["user.audit.id"]);
    actor.session = number(facts, &["auditd.session"]);
    actor.comm = bytes(facts, &["process.name"]);
    actor.exe = bytes(facts, &["process.executable"]);
    actor.cwd = bytes(facts, &["process.working_directory"]);
    actor.user = first(facts, &["user.name", "process.user.name"]).map(str::to_string);
    actor.addresses = first(facts, &["source.ip", "client.ip"]).map(str::to_string).into_iter().collect();
    actor.user_agent = first(facts, &["user_agent.original"]).map(str::to_string);
    actor.argv = match fields.kept("process.args").map(Node::items) {
        Some(args) if !args.is_empty() => args.iter().filter_map(Node::str).map(Bytes::from).collect(),
        _ => first(facts, &["process.command_line"]).map(siem::words).unwrap_or_default(),
    };
    event.facts = fields.facts;
    if let Some(carrier) = origin.carrier {
        event.facts.insert(CARRIED_BY, carrier);
    }
    event
}
