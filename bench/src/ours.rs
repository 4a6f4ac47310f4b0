//! Our side of the comparison, in a process of its own: bytes to event drafts, and on to Parquet.

use std::{
    fs::{self, File},
    io::Read,
    path::Path,
    sync::Arc,
};

use anyhow::{Context, Result};
use arrow::{
    array::{ArrayRef, Int64Builder, RecordBatch, StringBuilder, TimestampNanosecondArray},
    datatypes::{DataType, Field, Schema, TimeUnit},
};
use model::Event;
use parquet::{
    arrow::ArrowWriter,
    basic::{Compression, ZstdLevel},
    file::properties::{EnabledStatistics, WriterProperties},
};

use crate::{
    columns::{self, Column, Kind, Value},
    generate::Log,
    process,
};

/// Bytes read at a time, as the read stage does.
const CHUNK_BYTES: usize = 256 * 1024;

/// Rows that become Arrow arrays together.
const ROWS_TOGETHER: usize = 8192;

/// Level of zstd, the same for all contestants.
const LEVEL: i32 = 1;

/// Reads the log as `format` on one thread and prints `EVENTS RECORDS PROBLEMS PEAK_BYTES CPU_NANOSECONDS`; what comes out is
/// dropped, or written to `parquet`.
pub(crate) fn read(log: &Log, format: &str, path: &Path, parquet: Option<&Path>) -> Result<()> {
    let format = parse::by_name(format).context("no such format")?;
    let mut file = File::open(path)?;
    let table = columns::table(log.name);
    let mut rows = parquet.map(|path| Rows::new(table.columns, path)).transpose()?;
    let (mut events, mut records, mut problems) = (0, 0, 0);
    let before = process::own_processor_time()?;
    let mut take = |batch: &mut parse::Batch| -> Result<()> {
        let batch = std::mem::take(batch);
        events += batch.drafts.len();
        records += batch.records;
        problems += batch.problems.len();
        rows.as_mut().map_or(Ok(()), |rows| batch.drafts.iter().try_for_each(|event| rows.push(event)))
    };
    let mut batch = parse::Batch::default();
    let source: parse::Source = model::Sha256([0; 32]).into();
    if let Some(mut whole) = format.whole(source.clone(), file.metadata()?.len()) {
        let bytes = Positional(file);
        while whole.read(&bytes, &mut batch)? {
            take(&mut batch)?;
        }
        take(&mut batch)?;
    } else {
        let mut decoder = format.decoder(source);
        let mut chunk = vec![0; CHUNK_BYTES];
        loop {
            let length = file.read(&mut chunk)?;
            if length == 0 {
                break;
            }
            decoder.push(&chunk[..length], &mut batch);
            take(&mut batch)?;
        }
        decoder.finish(&mut batch);
        take(&mut batch)?;
    }
    if let Some(rows) = rows {
        rows.finish()?;
    }
    let nanoseconds = (process::own_processor_time()? - before).as_nanos();
    let peak = process::kilobytes(&fs::read_to_string("/proc/self/status")?, "VmHWM:").unwrap_or(0) * 1024;
    println!("{events} {records} {problems} {peak} {nanoseconds}");
    Ok(())
}

struct Positional(File);

impl parse::ReadAt for Positional {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> std::io::Result<usize> {
        std::os::unix::fs::FileExt::read_at(&self.0, buffer, offset)
    }
}

/// Rows on their way into the Parquet file.
struct Rows {
    columns: &'static [Column],
    builders: Vec<Builder>,
    waiting: usize,
    schema: Arc<Schema>,
    writer: ArrowWriter<File>,
}

enum Builder {
    Text(StringBuilder),
    Integer(Int64Builder),
    Time(Int64Builder),
}

impl Builder {
    fn of(kind: Kind) -> Self {
        match kind {
            Kind::Text => Self::Text(StringBuilder::new()),
            Kind::Integer | Kind::Nanos => Self::Integer(Int64Builder::new()),
            Kind::Time => Self::Time(Int64Builder::new()),
        }
    }

    fn push(&mut self, value: Option<Value<'_>>) {
        match (self, value) {
            (Self::Text(builder), Some(Value::Text(text))) => builder.append_value(text),
            (Self::Text(builder), Some(Value::Integer(number))) => builder.append_value(number.to_string()),
            (Self::Text(builder), None) => builder.append_null(),
            (Self::Integer(builder) | Self::Time(builder), Some(Value::Integer(number))) => {
                builder.append_value(number)
            }
            (Self::Integer(builder) | Self::Time(builder), _) => builder.append_null(),
        }
    }

    fn array(&mut self) -> ArrayRef {
        match self {
            Self::Text(builder) => Arc::new(builder.finish()),
            Self::Integer(builder) => Arc::new(builder.finish()),
            Self::Time(builder) => {
                Arc::new(builder.finish().reinterpret_cast::<arrow::datatypes::TimestampNanosecondType>()
                    as TimestampNanosecondArray)
            }
        }
    }
}

impl Rows {
    fn new(columns: &'static [Column], path: &Path) -> Result<Self> {
        let field = |column: &Column| {
            let kind = match column.kind {
                Kind::Text => DataType::Utf8,
                Kind::Integer | Kind::Nanos => DataType::Int64,
                Kind::Time => DataType::Timestamp(TimeUnit::Nanosecond, None),
            };
            Field::new(column.name, kind, true)
        };
        let schema = Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>()));
        // As DuckDB writes them: the least and the greatest value of a row group, no index of pages.
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(LEVEL)?))
            .set_statistics_enabled(EnabledStatistics::Chunk)
            .set_offset_index_disabled(true)
            .build();
        let writer = ArrowWriter::try_new(File::create(path)?, schema.clone(), Some(properties))?;
        let builders = columns.iter().map(|column| Builder::of(column.kind)).collect();
        Ok(Self { columns, builders, waiting: 0, schema, writer })
    }

    fn push(&mut self, event: &Event) -> Result<()> {
        for (column, builder) in self.columns.iter().zip(&mut self.builders) {
            builder.push(column.ours.of(event));
        }
        self.waiting += 1;
        if self.waiting == ROWS_TOGETHER { self.write() } else { Ok(()) }
    }

    fn write(&mut self) -> Result<()> {
        self.waiting = 0;
        let arrays = self.builders.iter_mut().map(Builder::array).collect();
        self.writer.write(&RecordBatch::try_new(self.schema.clone(), arrays)?)?;
        Ok(())
    }

    fn finish(mut self) -> Result<()> {
        if self.waiting > 0 {
            self.write()?;
        }
        self.writer.close()?;
        Ok(())
    }
}
