//! What log services put around audit events: lists, fields, a time before the line.
//!
//! Sources: Azure Monitor resource logs (blob and event hub: `records`, `properties.log`); Amazon CloudWatch Logs
//! (subscription payload, `FilterLogEvents`, `GetLogEvents`, `GetQueryResults`, export to S3); Fluent Bit, fluentd,
//! Loki (`logcli --output=jsonl`), Splunk export.

use std::borrow::Cow;

use model::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::json_values::{cut, string_of, time_of};

/// What an envelope says about what is in it.
#[derive(Default, Clone)]
pub(super) struct Context<'a> {
    pub time: Option<Timestamp>,
    pub host: Option<Cow<'a, str>>,
    /// The cluster, as the service names it.
    pub cluster: Option<Cow<'a, str>>,
    pub category: Option<Cow<'a, str>>,
    pub group: Option<Cow<'a, str>>,
    /// Which of the programs of a cluster writes to this stream.
    pub stream: Option<Cow<'a, str>>,
    /// CloudWatch's identity of a message.
    pub id: Option<Cow<'a, str>>,
}

impl<'a> Context<'a> {
    /// With what an outer envelope says where this one says nothing.
    pub fn over(self, outer: &Context<'a>) -> Self {
        Self {
            time: self.time.or(outer.time),
            host: self.host.or_else(|| outer.host.clone()),
            cluster: self.cluster.or_else(|| outer.cluster.clone()),
            category: self.category.or_else(|| outer.category.clone()),
            group: self.group.or_else(|| outer.group.clone()),
            stream: self.stream.or_else(|| outer.stream.clone()),
            id: self.id.or_else(|| outer.id.clone()),
        }
    }

    /// The facts of a message.
    pub fn facts(&self, facts: &mut model::Facts) {
        let named = [
            ("cluster", &self.cluster),
            ("category", &self.category),
            ("log_group", &self.group),
            ("log_stream", &self.stream),
        ];
        for (name, value) in named {
            if let Some(value) = value {
                facts.insert(name, cut(value));
            }
        }
    }
}

/// The fields of all envelopes.
#[derive(Deserialize)]
pub(super) struct Envelope<'a> {
    // Lists.
    #[serde(borrow)]
    items: Option<&'a RawValue>,
    #[serde(borrow)]
    records: Option<&'a RawValue>,
    #[serde(borrow, rename = "logEvents")]
    log_events: Option<&'a RawValue>,
    #[serde(borrow)]
    events: Option<&'a RawValue>,
    #[serde(borrow)]
    results: Option<&'a RawValue>,
    // The event, or a message.
    #[serde(borrow)]
    properties: Option<&'a RawValue>,
    #[serde(borrow)]
    log: Option<&'a RawValue>,
    #[serde(borrow)]
    message: Option<&'a RawValue>,
    #[serde(borrow, rename = "@message")]
    at_message: Option<&'a RawValue>,
    #[serde(borrow)]
    msg: Option<&'a RawValue>,
    #[serde(borrow)]
    line: Option<&'a RawValue>,
    #[serde(borrow)]
    log_s: Option<&'a RawValue>,
    #[serde(borrow)]
    event: Option<&'a RawValue>,
    #[serde(borrow)]
    result: Option<&'a RawValue>,
    #[serde(borrow, rename = "_raw")]
    raw: Option<&'a RawValue>,
    // When, and where from.
    #[serde(borrow)]
    time: Option<&'a RawValue>,
    #[serde(borrow)]
    timestamp: Option<&'a RawValue>,
    #[serde(borrow, rename = "@timestamp")]
    at_timestamp: Option<&'a RawValue>,
    #[serde(borrow)]
    date: Option<&'a RawValue>,
    #[serde(borrow, rename = "TimeGenerated")]
    time_generated: Option<&'a RawValue>,
    #[serde(borrow)]
    host: Option<&'a RawValue>,
    #[serde(borrow)]
    category: Option<&'a RawValue>,
    #[serde(borrow, rename = "Category")]
    table_category: Option<&'a RawValue>,
    #[serde(borrow, rename = "resourceId")]
    resource_id: Option<&'a RawValue>,
    #[serde(borrow, rename = "ResourceId")]
    table_resource_id: Option<&'a RawValue>,
    #[serde(borrow, rename = "logGroup")]
    log_group: Option<&'a RawValue>,
    #[serde(borrow, rename = "logStream")]
    log_stream: Option<&'a RawValue>,
    #[serde(borrow, rename = "logStreamName")]
    log_stream_name: Option<&'a RawValue>,
    #[serde(borrow, rename = "@logStream")]
    at_log_stream: Option<&'a RawValue>,
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow, rename = "eventId")]
    event_id: Option<&'a RawValue>,
}

/// Members of one list that are read: more than any service puts into one line of at most a mebibyte.
const MEMBERS_MAX: usize = 65_535;

impl<'a> Envelope<'a> {
    /// Whether a message may be an envelope itself. A program's own JSON message is cheaper kept than taken apart.
    pub fn may_be(text: &str) -> bool {
        ["\"log\"", "\"message\"", "\"items\"", "\"records\"", "\"logEvents\""].iter().any(|name| text.contains(name))
    }

    /// The raw members of its list, where it is around one.
    pub fn members(&self) -> Option<Vec<&'a str>> {
        let lists = [self.items, self.records, self.log_events, self.events, self.results];
        let list = lists.into_iter().flatten().find(|list| list.get().starts_with('['))?;
        let members: Vec<&RawValue> = serde_json::from_str(list.get()).ok()?;
        Some(members.into_iter().take(MEMBERS_MAX).map(RawValue::get).collect())
    }

    /// The value that holds the event or the message.
    pub fn payload(&self) -> Option<&'a str> {
        #[derive(Deserialize)]
        struct Inner<'b> {
            #[serde(borrow)]
            log: Option<&'b RawValue>,
            #[serde(borrow, rename = "_raw")]
            raw: Option<&'b RawValue>,
        }
        let inside = |outer: Option<&'a RawValue>| {
            let inner = serde_json::from_str::<Inner<'a>>(outer?.get()).ok()?;
            inner.log.or(inner.raw)
        };
        let named = [self.log, self.at_message, self.message, self.msg, self.line, self.log_s, self.raw, self.event];
        let payload =
            inside(self.properties).or_else(|| inside(self.result)).or_else(|| named.into_iter().flatten().next());
        payload.map(RawValue::get)
    }

    pub fn context(&self) -> Context<'a> {
        let text = |tokens: &[Option<&'a RawValue>]| {
            tokens.iter().flatten().find_map(|token| string_of(token.get())).filter(|text| !text.is_empty())
        };
        let times = [self.timestamp, self.at_timestamp, self.time, self.date, self.time_generated];
        let group = text(&[self.log_group]);
        Context {
            time: times.into_iter().flatten().find_map(|token| time_of(token.get())),
            host: text(&[self.host]),
            cluster: cluster(text(&[self.resource_id, self.table_resource_id]), group.as_deref()),
            category: text(&[self.category, self.table_category]),
            group,
            stream: text(&[self.log_stream, self.log_stream_name, self.at_log_stream]),
            id: text(&[self.id, self.event_id]),
        }
    }
}

/// `…/MANAGEDCLUSTERS/NAME` of Azure, `/aws/eks/NAME/cluster` of CloudWatch.
fn cluster<'a>(resource: Option<Cow<'a, str>>, group: Option<&str>) -> Option<Cow<'a, str>> {
    if let Some(resource) = resource {
        let mut parts = resource.rsplit('/');
        let (name, kind) = (parts.next()?, parts.next()?);
        return kind.eq_ignore_ascii_case("managedClusters").then(|| Cow::Owned(name.to_string()));
    }
    let name = group?.strip_prefix("/aws/eks/")?.split('/').next()?;
    (!name.is_empty()).then(|| Cow::Owned(name.to_string()))
}

/// A row of a CloudWatch Logs Insights result, as `GetQueryResults` gives it: fields by name.
pub(super) struct Row<'a> {
    pub message: Cow<'a, str>,
    pub context: Context<'a>,
}

/// Reads such a row; `None` for other lists.
pub(super) fn row(text: &str) -> Option<Row<'_>> {
    #[derive(Deserialize)]
    struct Field<'b> {
        #[serde(borrow)]
        field: Cow<'b, str>,
        #[serde(borrow)]
        value: &'b RawValue,
    }
    let fields: Vec<Field<'_>> = serde_json::from_str(text).ok()?;
    let value = |name: &str| fields.iter().find(|field| field.field == name).map(|field| field.value.get());
    Some(Row {
        message: string_of(value("@message")?)?,
        context: Context {
            time: value("@timestamp").and_then(time_of),
            stream: value("@logStream").and_then(string_of),
            ..Context::default()
        },
    })
}

/// A line that starts with its time: an export of CloudWatch to S3 (`TIME MESSAGE`), a file of fluentd
/// (`TIME<tab>TAG<tab>RECORD`). Gives the time and what follows.
pub(super) fn timed(line: &str) -> Option<(Timestamp, &str)> {
    if !line.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    let end = line.find([' ', '\t'])?;
    let (time, rest) = line.split_at(end);
    let time = Timestamp::parse(time).ok()?;
    let rest = match rest.strip_prefix('\t').and_then(|rest| rest.split_once('\t')) {
        Some((_, record)) if record.starts_with('{') => record,
        _ => &rest[1..],
    };
    Some((time, rest))
}
