//! Falco's alerts: one JSON object per line, possibly behind a text prefix.
//!
//! An alert is another system's conclusion, not a raw event: its fields are carried as facts, and its
//! rule is named. Alerts about Falco's own losses become declared drops.
//!
//! Sources: falcosecurity/falco `userspace/engine/formats.cpp`, `userspace/falco/falco_outputs.cpp`,
//! `event_drops.cpp`; field names of falcosecurity/libs.

use std::{borrow::Cow, fmt};

use model::{
    Action, Bytes, DeclaredDrop, Event, EventId, Facts, Object, ObjectKind, Outcome, ProblemKind, Role, Timestamp,
};
use serde::{
    Deserialize, Deserializer,
    de::{
        IgnoredAny, MapAccess, SeqAccess, Visitor,
        value::{MapAccessDeserializer, SeqAccessDeserializer},
    },
};
use serde_json::Value;

use crate::{
    Batch, Decoder, Format, Source,
    carried::CarriedFormat,
    json_tree::Key,
    records::{Fault, Framed, Framing, Origin, Reader},
};

/// The format.
pub(crate) struct Falco;

impl Format for Falco {
    fn name(&self) -> &'static str {
        "falco"
    }

    fn sniff(&self, head: &[u8]) -> u8 {
        let lines = head.split(|&byte| byte == b'\n').filter(|line| !line.iter().all(u8::is_ascii_whitespace)).take(32);
        let (mut alerts, mut carried, mut others) = (0_u32, 0_u32, 0_u32);
        for line in lines {
            if is_alert(line) {
                alerts += 1;
                // Behind a prefix it stands in another log, whose format knows who wrote it.
                carried += u32::from(!line.trim_ascii_start().starts_with(b"{"));
            } else {
                others += 1;
            }
        }
        match (alerts, others) {
            (0, _) => 0,
            // Falco's start-up messages stand before the alerts when its standard output was kept.
            _ => u8::try_from(55 + 40 * (alerts - carried) / (alerts + others)).unwrap_or(55),
        }
    }

    fn decoder(&self, source: Source) -> Box<dyn Decoder> {
        Box::new(Framed::new(source, Framing::lines(), AlertReader::default()))
    }
}

impl CarriedFormat for Falco {
    fn recognises(&self, message: &[u8], _origin: &Origin<'_>) -> bool {
        message.ends_with(b"}") && is_alert(message)
    }

    fn writers(&self) -> &'static [&'static str] {
        &["falco", "falcosidekick"]
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(AlertReader::default())
    }
}

fn is_alert(line: &[u8]) -> bool {
    [&b"\"rule\""[..], b"\"priority\"", b"\"output"].iter().all(|needle| memchr::memmem::find(line, needle).is_some())
}

/// An alert. `output_fields` holds what the rule's output names, plus what the engine adds.
#[derive(Deserialize)]
struct Alert<'a> {
    #[serde(borrow)]
    time: Option<Cow<'a, str>>,
    #[serde(borrow)]
    rule: Option<Cow<'a, str>>,
    #[serde(borrow)]
    priority: Option<Cow<'a, str>>,
    #[serde(borrow)]
    source: Option<Cow<'a, str>>,
    #[serde(borrow)]
    hostname: Option<Cow<'a, str>>,
    #[serde(borrow)]
    output: Option<Cow<'a, str>>,
    tags: Option<Vec<String>>,
    #[serde(default)]
    output_fields: Fields,
    /// Container logs and log services put the alert into a text field.
    #[serde(borrow)]
    log: Option<Cow<'a, str>>,
    #[serde(borrow)]
    message: Option<Cow<'a, str>>,
}

/// Fields of one alert that are kept; real ones have some dozens.
const FIELDS_MAX: usize = 256;
/// Room for the fields of a usual alert.
const USUAL_BYTES: usize = 768;
const USUAL_FIELDS: usize = 24;
/// Characters of one field; command lines and mount lists are the long ones.
const FIELD_CHARS_MAX: usize = 16_384;
/// Opening brackets that are tried as the alert's beginning behind a prefix.
const PREFIX_BRACKETS_MAX: usize = 4;

#[derive(Default)]
struct AlertReader {
    /// The loss counter of the latest metrics snapshot, which counts since Falco's start.
    drops_so_far: Option<u64>,
}

impl Reader for AlertReader {
    fn record(&mut self, bytes: &[u8], origin: &Origin<'_>, out: &mut Batch) -> Result<(), Fault> {
        let none = || {
            if !origin.ended && bytes.contains(&b'{') {
                return (ProblemKind::Torn, "the source ends inside this alert".to_string());
            }
            (ProblemKind::NotARecord, "no Falco alert in JSON (`rule`, `priority`, `output`)".to_string())
        };
        let text = utf8_start(bytes);
        for start in memchr::memchr_iter(b'{', text.as_bytes()).take(PREFIX_BRACKETS_MAX) {
            // What follows the object on the line (a second copy, a colour code) is left alone.
            let mut values = serde_json::Deserializer::from_str(&text[start..]).into_iter::<Alert<'_>>();
            let Some(Ok(mut alert)) = values.next() else { continue };
            if alert.rule.is_some() {
                return self.alert(&mut alert, origin, out);
            }
            if let Some(inner) = alert.log.as_deref().or(alert.message.as_deref()) {
                let mut alert: Alert<'_> = serde_json::from_str(inner.trim()).map_err(|_| none())?;
                return if alert.rule.is_some() { self.alert(&mut alert, origin, out) } else { Err(none()) };
            }
        }
        Err(none())
    }

    fn another(&self) -> Option<Box<dyn Reader>> {
        Some(Box::new(Self::default()))
    }

    /// The counter of a metrics snapshot means something only beside the one before.
    fn in_order(&self, text: &[u8]) -> bool {
        memchr::memmem::find(text, b"metrics snapshot").is_some()
    }
}

impl AlertReader {
    fn alert(&mut self, alert: &mut Alert<'_>, origin: &Origin<'_>, out: &mut Batch) -> Result<(), Fault> {
        let Fields(fields) = std::mem::take(&mut alert.output_fields);
        let Some(time) = time(alert, &fields) else {
            return Err((ProblemKind::BadTime, "no time that can be read in this alert".to_string()));
        };
        let address = origin.address;
        let id = EventId::new(address.source, address.offset, 0);
        let mut event = Event::draft(id, time, "falco", Action::AlertRaised);
        event.addresses = vec![address];
        let host = alert.hostname.as_deref().or(fields.get("evt.hostname")).or(origin.host);
        event.host = host.map(cut);
        event.outcome = outcome(&fields);
        actor(&fields, &mut event);
        event.objects.extend(object(&fields));
        let lost = self.losses(alert, &fields, &mut event, out);
        event.facts = fields;
        if let Some(lost) = lost {
            event.facts.insert("lost", lost.to_string());
        }
        for (name, value) in
            [("rule", &alert.rule), ("priority", &alert.priority), ("source", &alert.source), ("output", &alert.output)]
        {
            if let Some(value) = value {
                event.facts.insert(name, cut(value));
            }
        }
        if let Some(tags) = alert.tags.as_ref().filter(|tags| !tags.is_empty()) {
            event.facts.insert("tags", serde_json::json!(tags).to_string());
        }
        out.drafts.push(event);
        out.records += 1;
        Ok(())
    }

    /// Falco's own alerts about events that it lost; returns how many, where one says so.
    fn losses(&mut self, alert: &Alert<'_>, fields: &Facts, event: &mut Event, out: &mut Batch) -> Option<u64> {
        let number = |name: &str| fields.get(name).and_then(|text| text.parse::<u64>().ok());
        let rule = alert.rule.as_deref().unwrap_or("");
        let lost = match rule {
            "Falco internal: syscall event drop" => Some(number("n_drops")),
            // The kernel gave no events for a while: nobody knows how many there were.
            "Falco internal: timeouts notification" => Some(None),
            "Falco internal: metrics snapshot" => {
                let total = number("scap.n_drops");
                let before = self.drops_so_far.unwrap_or(0);
                self.drops_so_far = total.or(self.drops_so_far);
                total.filter(|&total| total > before).map(|total| Some(total - before))
            }
            _ => None,
        };
        let count = lost?;
        event.action = Action::AuditLost;
        out.drops.extend(event.addresses.first().map(|&address| DeclaredDrop { time: event.time, count, address }));
        count
    }
}

/// Fields of an alert, which are facts of the event.
#[derive(Default)]
struct Fields(Facts);

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FieldsVisitor)
    }
}

struct FieldsVisitor;

impl<'de> Visitor<'de> for FieldsVisitor {
    type Value = Fields;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of fields")
    }

    fn visit_unit<E>(self) -> Result<Fields, E> {
        Ok(Fields::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Fields, A::Error> {
        let mut facts = Facts::with_room(USUAL_BYTES, USUAL_FIELDS);
        for _ in 0..FIELDS_MAX {
            let Some((Key(name), Field(value))) = access.next_entry()? else { return Ok(Fields(facts)) };
            if let Some(value) = value {
                facts.insert(name, value);
            }
        }
        while access.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Fields(facts))
    }
}

/// A field's value as text; `None` for the spellings of "not available".
struct Field<'a>(Option<Cow<'a, str>>);

impl<'de> Deserialize<'de> for Field<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FieldVisitor)
    }
}

struct FieldVisitor;

impl FieldVisitor {
    /// What is no text is kept as JSON.
    fn json<'a>(value: &Value) -> Field<'a> {
        Field(Some(cut(&value.to_string()).into()))
    }

    fn text(text: Cow<'_, str>) -> Field<'_> {
        let text = Some(text).filter(|text| text != "<NA>" && !text.is_empty());
        Field(text.map(|text| if text.len() <= FIELD_CHARS_MAX { text } else { cut(&text).into() }))
    }
}

impl<'de> Visitor<'de> for FieldVisitor {
    type Value = Field<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a field's value")
    }

    fn visit_unit<E>(self) -> Result<Field<'de>, E> {
        Ok(Field(None))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Field<'de>, E> {
        Ok(Self::text(text.into()))
    }

    fn visit_str<E>(self, text: &str) -> Result<Field<'de>, E> {
        Ok(Self::text(text.to_string().into()))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Field<'de>, E> {
        Ok(Self::json(&value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Field<'de>, E> {
        Ok(Self::json(&value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Field<'de>, E> {
        Ok(Self::json(&value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Field<'de>, E> {
        Ok(Self::json(&value.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, access: A) -> Result<Field<'de>, A::Error> {
        Value::deserialize(SeqAccessDeserializer::new(access)).map(|value| Self::json(&value))
    }

    fn visit_map<A: MapAccess<'de>>(self, access: A) -> Result<Field<'de>, A::Error> {
        Value::deserialize(MapAccessDeserializer::new(access)).map(|value| Self::json(&value))
    }
}

/// The bytes up to the first that are no UTF-8: checked once here, rather than string by string.
fn utf8_start(bytes: &[u8]) -> &str {
    let valid = |end: usize| std::str::from_utf8(&bytes[..end]);
    valid(bytes.len()).or_else(|fault| valid(fault.valid_up_to())).unwrap_or_default()
}

fn cut(text: &str) -> String {
    if text.len() <= FIELD_CHARS_MAX {
        return text.to_string();
    }
    text.chars().take(FIELD_CHARS_MAX).chain(['…']).collect()
}

/// `time`; else `evt.time` or `evt.time.iso8601`, which are nanoseconds since 1970 despite the name,
/// and a text only in some outputs.
fn time(alert: &Alert<'_>, fields: &Facts) -> Option<Timestamp> {
    let stated = alert.time.as_deref().and_then(|text| Timestamp::parse(text).ok());
    let of_field = |name: &str| {
        let text = fields.get(name)?;
        text.parse::<i64>().ok().map(Timestamp).or_else(|| Timestamp::parse(text).ok())
    };
    stated
        .or_else(|| of_field("evt.time"))
        .or_else(|| of_field("evt.time.iso8601"))
        .or_else(|| of_field("evt.rawtime"))
        .filter(|time| time.0 > 0)
}

fn outcome(fields: &Facts) -> Outcome {
    match (fields.get("evt.res"), fields.get("evt.failed")) {
        (Some("SUCCESS"), _) | (_, Some("false")) => Outcome::Succeeded,
        (_, Some("true")) => Outcome::Failed { code: None },
        // An error's name (`EPERM`).
        (Some(name), _) if name.starts_with('E') => Outcome::Failed { code: None },
        _ => Outcome::Unknown,
    }
}

fn actor(fields: &Facts, event: &mut Event) {
    let bytes = |name: &str| fields.get(name).map(Bytes::from);
    let number = |name: &str| fields.get(name).and_then(|text| text.parse::<u32>().ok()).filter(|&id| id != u32::MAX);
    let actor = &mut event.actor;
    actor.pid = number("proc.pid");
    actor.ppid = number("proc.ppid");
    actor.uid = number("user.uid");
    actor.auid = number("user.loginuid");
    actor.comm = bytes("proc.name");
    actor.exe = bytes("proc.exepath");
    actor.cwd = bytes("proc.cwd");
    actor.user = fields.get("user.name").or(fields.get("ka.user.name")).map(str::to_string);
}

/// The file or socket that the alert is about.
fn object(fields: &Facts) -> Option<Object> {
    let name = fields.get("fd.name").or(fields.get("fs.path.name")).or(fields.get("evt.arg.path"))?;
    let kind = match fields.get("fd.type").or(fields.get("fd.typechar")) {
        Some("directory" | "d") => ObjectKind::Directory,
        Some("ipv4" | "ipv6" | "unix" | "4" | "6" | "u") => ObjectKind::Socket,
        Some("pipe" | "p") => ObjectKind::Fifo,
        Some(_) => ObjectKind::File,
        None if !name.starts_with('/') && name.contains("->") => ObjectKind::Socket,
        None => ObjectKind::File,
    };
    Some(Object { name: Some(Bytes::from(name)), ..Object::new(Role::Target, kind) })
}
