//! The columns of a stored event: what queries filter by, and `body`, the whole event as JSON.

use std::sync::Arc;

use arrow::{
    array::{
        ArrayRef, RecordBatch, StringBuilder, TimestampNanosecondArray, TimestampNanosecondBuilder, UInt8Builder,
        UInt32Builder, UInt64Builder,
    },
    datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit},
    error::ArrowError,
};
use model::{Bytes, Event, Outcome, Role};

/// The column that holds the whole event.
pub(crate) const BODY: &str = "body";

macro_rules! columns {
    ($($name:ident: $builder:ty, $kind:expr, $nullable:literal, $value:expr;)*) => {
        /// Builders, one per column.
        #[derive(Default)]
        struct Builders { $($name: $builder,)* }

        /// The columns in order.
        pub(crate) fn schema() -> SchemaRef {
            Arc::new(Schema::new(vec![$(Field::new(stringify!($name), $kind, $nullable),)*]))
        }

        impl Builders {
            fn push(&mut self, event: &Event, body: &str) {
                $({
                    let value: fn(&Event, &str) -> Option<_> = $value;
                    self.$name.append_option(value(event, body));
                })*
            }

            fn finish(&mut self) -> Vec<ArrayRef> {
                vec![$(Arc::new(self.$name.finish()),)*]
            }
        }
    };
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
    id: StringBuilder, DataType::Utf8, false, |event, _| Some(event.id.to_string());
    time: TimeBuilder, time_type(), false, |event, _| Some(event.time.0);
    host: StringBuilder, DataType::Utf8, true, |event, _| event.host.clone();
    boot: UInt32Builder, DataType::UInt32, true, |event, _| event.boot;
    format: StringBuilder, DataType::Utf8, false, |event, _| Some(event.format.clone());
    serial: UInt64Builder, DataType::UInt64, true, |event, _| event.serial;
    action: StringBuilder, DataType::Utf8, false, |event, _| Some(event.action.name());
    outcome: StringBuilder, DataType::Utf8, false, |event, _| Some(outcome_name(event.outcome));
    pid: UInt32Builder, DataType::UInt32, true, |event, _| event.actor.pid;
    ppid: UInt32Builder, DataType::UInt32, true, |event, _| event.actor.ppid;
    uid: UInt32Builder, DataType::UInt32, true, |event, _| event.actor.uid;
    comm: StringBuilder, DataType::Utf8, true, |event, _| event.actor.comm.as_ref().map(Bytes::to_text);
    exe: StringBuilder, DataType::Utf8, true, |event, _| event.actor.exe.as_ref().map(Bytes::to_text);
    argv: StringBuilder, DataType::Utf8, true, |event, _| joined(&event.actor.argv);
    container: StringBuilder, DataType::Utf8, true, |event, _| event.container.as_ref().map(|it| it.id.clone());
    container_confidence: UInt8Builder, DataType::UInt8, true, |event, _| event.container.as_ref().map(|it| it.confidence);
    object: StringBuilder, DataType::Utf8, true, |event, _| event.object(Role::Target)?.name.as_ref().map(Bytes::to_text);
    object_host_path: StringBuilder, DataType::Utf8, true,
        |event, _| event.object(Role::Target)?.resolved.as_ref().map(|it| it.path.to_text());
    device: StringBuilder, DataType::Utf8, true, |event, _| event.object(Role::Target)?.device.map(|it| it.to_string());
    inode: UInt64Builder, DataType::UInt64, true, |event, _| event.object(Role::Target)?.inode;
    source: StringBuilder, DataType::Utf8, true, |event, _| event.addresses.first().map(|it| it.source.to_string());
    offset: UInt64Builder, DataType::UInt64, true, |event, _| event.addresses.first().map(|it| it.offset);
    length: UInt64Builder, DataType::UInt64, true, |event, _| event.addresses.first().map(|it| it.length);
    body: StringBuilder, DataType::Utf8, false, |_, body| Some(body.to_string());
}

/// Events on their way into a file.
pub(crate) struct Batch {
    builders: Builders,
    schema: SchemaRef,
    pub(crate) rows: usize,
    pub(crate) bytes: usize,
}

impl Batch {
    pub(crate) fn new() -> Self {
        Self { builders: Builders::default(), schema: schema(), rows: 0, bytes: 0 }
    }

    /// Adds an event with its JSON.
    pub(crate) fn push(&mut self, event: &Event, body: &str) {
        self.builders.push(event, body);
        self.rows += 1;
        // The columns repeat about half of the body.
        self.bytes += body.len() + body.len() / 2;
    }

    /// Takes out what was added.
    pub(crate) fn take(&mut self) -> Result<RecordBatch, ArrowError> {
        (self.rows, self.bytes) = (0, 0);
        RecordBatch::try_new(self.schema.clone(), self.builders.finish())
    }
}

fn outcome_name(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Succeeded => "succeeded",
        Outcome::Failed { .. } => "failed",
        Outcome::Unknown => "unknown",
    }
}

fn joined(argv: &[Bytes]) -> Option<String> {
    let texts: Vec<_> = argv.iter().map(Bytes::to_text).collect();
    (!texts.is_empty()).then(|| texts.join(" "))
}
