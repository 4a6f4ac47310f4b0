//! The columns of a stored event: what queries filter by, and `body`, the whole event as JSON.

use std::sync::Arc;

use arrow::{
    array::{
        ArrayRef, Int64Builder, RecordBatch, StringBuilder, TimestampNanosecondArray, TimestampNanosecondBuilder,
        UInt8Builder, UInt32Builder, UInt64Builder,
    },
    datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit},
    error::ArrowError,
};
use model::{Bytes, CARRIED_BY, Domain, Event, Outcome, Role, TimeBasis, View};

/// The column that holds the whole event.
pub(crate) const BODY: &str = "body";

/// The column that counts the events of the case from 0 in [`Event::order`]: sorting by it alone gives
/// that order. The text of `id` cannot: its numbers are decimal.
pub const ORDINAL: &str = "ordinal";

macro_rules! columns {
    ($($name:ident: $builder:ty, $kind:expr, $nullable:literal, $value:expr;)*) => {
        /// Builders, one per column.
        #[derive(Default)]
        struct Builders { $($name: $builder,)* }

        /// The columns of stored events, in order.
        pub fn schema() -> SchemaRef {
            Arc::new(Schema::new(vec![$(Field::new(stringify!($name), $kind, $nullable),)*]))
        }

        impl Builders {
            fn push(&mut self, row: &Row<'_>) {
                $({
                    let value: fn(&Row<'_>, &Event) -> Option<_> = $value;
                    self.$name.append_option(value(row, row.event));
                })*
            }

            fn finish(&mut self) -> Vec<ArrayRef> {
                vec![$(Arc::new(self.$name.finish()),)*]
            }
        }
    };
}

/// An event with what is stored beside it.
pub(crate) struct Row<'a> {
    pub(crate) event: &'a Event,
    /// Its JSON.
    pub(crate) body: &'a str,
    pub(crate) ordinal: u64,
}

/// The builder of `time`: nanoseconds since 1970, in a type that says UTC.
struct TimeBuilder(TimestampNanosecondBuilder);

impl Default for TimeBuilder {
    fn default() -> Self {
        Self(TimestampNanosecondBuilder::new().with_data_type(time_type()))
    }
}

impl TimeBuilder {
    fn append_option(&mut self, nanos: Option<i64>) {
        self.0.append_option(nanos);
    }

    fn finish(&mut self) -> TimestampNanosecondArray {
        self.0.finish()
    }
}

/// UTC as an offset: its name would need a table of time zones in every reader.
fn time_type() -> DataType {
    DataType::Timestamp(TimeUnit::Nanosecond, Some("+00:00".into()))
}

columns! {
    ordinal: UInt64Builder, DataType::UInt64, false, |row, _| Some(row.ordinal);
    id: StringBuilder, DataType::Utf8, false, |_, event| Some(event.id.to_string());
    time: TimeBuilder, time_type(), false, |_, event| Some(event.time.0);
    time_recorded: TimeBuilder, time_type(), true, |_, event| event.time_recorded.map(|time| time.0);
    time_error_ns: Int64Builder, DataType::Int64, true, |_, event| event.time_error_ns;
    time_basis: StringBuilder, DataType::Utf8, false, |_, event| Some(basis_name(event.time_basis));
    host: StringBuilder, DataType::Utf8, true, |_, event| event.host.clone();
    boot: UInt32Builder, DataType::UInt32, true, |_, event| event.boot;
    format: StringBuilder, DataType::Utf8, false, |_, event| Some(event.format.clone());
    carried_by: StringBuilder, DataType::Utf8, true, |_, event| event.fact(CARRIED_BY).map(ToString::to_string);
    serial: UInt64Builder, DataType::UInt64, true, |_, event| event.serial;
    action: StringBuilder, DataType::Utf8, false, |_, event| Some(event.action.name());
    outcome: StringBuilder, DataType::Utf8, false, |_, event| Some(outcome_name(event.outcome));
    error: Int64Builder, DataType::Int64, true, |_, event| error_code(event.outcome);
    pid: UInt32Builder, DataType::UInt32, true, |_, event| event.actor.pid;
    ppid: UInt32Builder, DataType::UInt32, true, |_, event| event.actor.ppid;
    uid: UInt32Builder, DataType::UInt32, true, |_, event| event.actor.uid;
    euid: UInt32Builder, DataType::UInt32, true, |_, event| event.actor.euid;
    auid: UInt32Builder, DataType::UInt32, true, |_, event| event.actor.auid;
    session: UInt32Builder, DataType::UInt32, true, |_, event| event.actor.session;
    comm: StringBuilder, DataType::Utf8, true, |_, event| event.actor.comm.as_ref().map(Bytes::to_text);
    exe: StringBuilder, DataType::Utf8, true, |_, event| event.actor.exe.as_ref().map(Bytes::to_text);
    argv: StringBuilder, DataType::Utf8, true, |_, event| joined(event.actor.argv.iter().map(Bytes::to_text));
    cwd: StringBuilder, DataType::Utf8, true, |_, event| event.actor.cwd.as_ref().map(Bytes::to_text);
    user: StringBuilder, DataType::Utf8, true, |_, event| event.actor.user.clone();
    client_addresses: StringBuilder, DataType::Utf8, true, |_, event| joined(event.actor.addresses.iter().cloned());
    user_agent: StringBuilder, DataType::Utf8, true, |_, event| event.actor.user_agent.clone();
    process: StringBuilder, DataType::Utf8, true, |_, event| event.process.as_ref().map(|it| it.first.to_string());
    parent: StringBuilder, DataType::Utf8, true, |_, event| event.parent.as_ref().map(|it| it.first.to_string());
    view: StringBuilder, DataType::Utf8, true, |_, event| event.view.map(view_name);
    container: StringBuilder, DataType::Utf8, true, |_, event| event.container.as_ref().map(|it| it.id.clone());
    container_confidence: UInt8Builder, DataType::UInt8, true, |_, event| event.container.as_ref().map(|it| it.confidence);
    namespace: StringBuilder, DataType::Utf8, true, |_, event| first(event, &["namespace", "k8s.ns.name"]);
    pod: StringBuilder, DataType::Utf8, true, |_, event| first(event, &["pod_name", "k8s.pod.name"]);
    image: StringBuilder, DataType::Utf8, true, |_, event| first(event, &["image", "container.image.repository", "images"]);
    rule: StringBuilder, DataType::Utf8, true, |_, event| first(event, &["rule", "key"]);
    syscall: StringBuilder, DataType::Utf8, true, |_, event| first(event, &["syscall"]);
    message: StringBuilder, DataType::Utf8, true, |_, event| first(event, &["message"]);
    object: StringBuilder, DataType::Utf8, true, |_, event| event.object(Role::Target)?.name.as_ref().map(Bytes::to_text);
    object_kind: StringBuilder, DataType::Utf8, true, |_, event| event.object(Role::Target).map(|it| it.kind.name());
    object_domain: StringBuilder, DataType::Utf8, true, |_, event| event.object(Role::Target)?.domain.map(domain_name);
    object_host_path: StringBuilder, DataType::Utf8, true,
        |_, event| event.object(Role::Target)?.resolved.as_ref().map(|it| it.path.to_text());
    object_from: StringBuilder, DataType::Utf8, true, |_, event| event.object(Role::Source)?.name.as_ref().map(Bytes::to_text);
    device: StringBuilder, DataType::Utf8, true, |_, event| event.object(Role::Target)?.device.map(|it| it.to_string());
    inode: UInt64Builder, DataType::UInt64, true, |_, event| event.object(Role::Target)?.inode;
    source: StringBuilder, DataType::Utf8, true, |_, event| event.addresses.first().map(|it| it.source.to_string());
    offset: UInt64Builder, DataType::UInt64, true, |_, event| event.addresses.first().map(|it| it.offset);
    length: UInt64Builder, DataType::UInt64, true, |_, event| event.addresses.first().map(|it| it.length);
    body: StringBuilder, DataType::Utf8, false, |row, _| Some(row.body.to_string());
}

/// Events on their way into a file.
pub(crate) struct Batch {
    builders: Builders,
    schema: SchemaRef,
    pub(crate) bytes: usize,
}

impl Batch {
    pub(crate) fn new() -> Self {
        Self { builders: Builders::default(), schema: schema(), bytes: 0 }
    }

    /// Adds an event.
    pub(crate) fn push(&mut self, row: &Row<'_>) {
        self.builders.push(row);
        // The columns repeat about half of the body.
        self.bytes += row.body.len() + row.body.len() / 2;
    }

    /// What was added.
    pub(crate) fn finish(mut self) -> Result<RecordBatch, ArrowError> {
        RecordBatch::try_new(self.schema, self.builders.finish())
    }
}

fn outcome_name(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Succeeded => "succeeded",
        Outcome::Failed { .. } => "failed",
        Outcome::Unknown => "unknown",
    }
}

fn basis_name(basis: TimeBasis) -> &'static str {
    match basis {
        TimeBasis::Utc => "utc",
        TimeBasis::Local => "local",
        TimeBasis::Boot => "boot",
        TimeBasis::Unknown => "unknown",
    }
}

fn error_code(outcome: Outcome) -> Option<i64> {
    match outcome {
        Outcome::Failed { code } => code,
        Outcome::Succeeded | Outcome::Unknown => None,
    }
}

fn view_name(view: View) -> &'static str {
    match view {
        View::Host => "host",
        View::Container => "container",
        View::Unidentified => "unidentified",
    }
}

fn domain_name(domain: Domain) -> &'static str {
    match domain {
        Domain::Host => "host",
        Domain::Container => "container",
        Domain::Volume => "volume",
        Domain::Kernel => "kernel",
    }
}

/// The first of these facts that the event has: formats name the same thing differently.
fn first(event: &Event, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| event.fact(name)).map(ToString::to_string)
}

fn joined(texts: impl Iterator<Item = String>) -> Option<String> {
    let texts: Vec<_> = texts.collect();
    (!texts.is_empty()).then(|| texts.join(" "))
}
