//! The rows of an answer, as plain values.

use arrow::{
    array::{Array, AsArray as _, RecordBatch},
    datatypes::{DataType, Field, Float32Type, Float64Type, Int64Type, UInt64Type},
    util::display::{ArrayFormatter, FormatOptions},
};
use datafusion::physical_plan::SendableRecordBatchStream;
use futures::StreamExt as _;
use tokio::runtime::Runtime;

use crate::{Error, Limits, session::Prepared};

/// One cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Unknown.
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A whole number that may be larger.
    UInt(u64),
    /// A fraction, never infinite and always a number.
    Float(f64),
    /// Text; times in RFC 3339 with nine fractional digits; anything else as the engine writes it.
    Text(String),
}

/// The answer to a statement: its columns, and its rows as they are asked for.
pub struct Answer {
    /// Names of the columns, in order.
    pub columns: Vec<String>,
    // Before the runtime that drives it, so that it is dropped first.
    stream: SendableRecordBatchStream,
    prepared: Prepared,
    runtime: Runtime,
    statement: String,
    limits: Limits,
    /// Rows that were handed out.
    given: usize,
    /// Rows that come again before the next one, because the statement was started again.
    again: usize,
}

impl Answer {
    pub(crate) fn start(runtime: Runtime, prepared: Prepared, statement: &str, limits: &Limits) -> Result<Self, Error> {
        let stream = runtime.block_on(prepared.stream()).map_err(|error| Error::of(&error, statement, limits))?;
        let (statement, limits) = (statement.to_string(), limits.clone());
        Ok(Self { columns: prepared.columns(), stream, prepared, runtime, statement, limits, given: 0, again: 0 })
    }

    /// The next rows, at most about a thousand; `None` behind the last.
    ///
    /// Fails with [`Error::Memory`] when the statement needs more than [`Limits`] allow, and with
    /// [`Error::Failed`] when a file cannot be read or a value cannot be computed.
    pub fn next_rows(&mut self) -> Result<Option<Vec<Vec<Value>>>, Error> {
        loop {
            let batch = match self.runtime.block_on(self.stream.next()) {
                None => return Ok(None),
                Some(Ok(batch)) => batch,
                Some(Err(error)) => {
                    self.start_again(Error::of(&error, &self.statement, &self.limits))?;
                    continue;
                }
            };
            let known = self.again.min(batch.num_rows());
            self.again -= known;
            let batch = batch.slice(known, batch.num_rows() - known);
            if batch.num_rows() > 0 {
                self.given += batch.num_rows();
                return rows(&batch).map(Some).map_err(|cause| Error::Failed { cause: cause.to_string() });
            }
        }
    }

    /// Starts again on one core after memory ran out: several cores hold several rows of each kind at
    /// once, and a merge of sorted parts cannot put anything aside. The order is the same, so what was
    /// handed out is passed over.
    fn start_again(&mut self, error: Error) -> Result<(), Error> {
        let smaller = if matches!(error, Error::Memory { .. }) { self.prepared.smaller() } else { None };
        let Some(smaller) = smaller else { return Err(error) };
        let stream = self.runtime.block_on(smaller.stream());
        self.stream = stream.map_err(|error| Error::of(&error, &self.statement, &self.limits))?;
        (self.prepared, self.again) = (smaller, self.given);
        Ok(())
    }
}

fn rows(batch: &RecordBatch) -> Result<Vec<Vec<Value>>, arrow::error::ArrowError> {
    let mut rows = vec![Vec::with_capacity(batch.num_columns()); batch.num_rows()];
    let schema = batch.schema();
    for (column, field) in batch.columns().iter().zip(schema.fields()) {
        for (row, value) in rows.iter_mut().zip(values(column, field)?) {
            row.push(value);
        }
    }
    Ok(rows)
}

fn values(column: &dyn Array, field: &Field) -> Result<Vec<Value>, arrow::error::ArrowError> {
    use arrow::compute::cast;
    let each = |value: &dyn Fn(usize) -> Value| -> Vec<Value> {
        (0..column.len()).map(|row| if column.is_null(row) { Value::Null } else { value(row) }).collect()
    };
    let kind = field.data_type();
    Ok(match kind {
        DataType::Boolean => each(&|row| Value::Bool(column.as_boolean().value(row))),
        kind if kind.is_signed_integer() => {
            let numbers = cast(column, &DataType::Int64)?;
            each(&|row| Value::Int(numbers.as_primitive::<Int64Type>().value(row)))
        }
        kind if kind.is_unsigned_integer() => {
            let numbers = cast(column, &DataType::UInt64)?;
            each(&|row| Value::UInt(numbers.as_primitive::<UInt64Type>().value(row)))
        }
        DataType::Float32 => each(&|row| fraction(f64::from(column.as_primitive::<Float32Type>().value(row)))),
        DataType::Float64 => each(&|row| fraction(column.as_primitive::<Float64Type>().value(row))),
        kind => {
            let options = FormatOptions::default()
                .with_timestamp_format(Some("%Y-%m-%dT%H:%M:%S%.9f"))
                .with_timestamp_tz_format(Some(zoned(kind)));
            let texts = ArrayFormatter::try_new(column, &options)?;
            let mut values = Vec::with_capacity(column.len());
            for row in 0..column.len() {
                let is_null = column.is_null(row);
                values.push(if is_null { Value::Null } else { Value::Text(texts.value(row).try_to_string()?) });
            }
            values
        }
    })
}

/// UTC ends in `Z`, as in every artefact; a zone that the statement asked for in its offset.
fn zoned(kind: &DataType) -> &'static str {
    match kind {
        DataType::Timestamp(_, Some(zone)) if matches!(&**zone, "+00:00" | "UTC" | "Z") => "%Y-%m-%dT%H:%M:%S%.9fZ",
        _ => "%Y-%m-%dT%H:%M:%S%.9f%:z",
    }
}

fn fraction(value: f64) -> Value {
    if value.is_finite() { Value::Float(value) } else { Value::Text(value.to_string()) }
}
