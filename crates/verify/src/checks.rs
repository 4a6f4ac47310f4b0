//! The table of checks, in the order in which they are asked.

use crate::Check;

mod bytes;
mod elf;
mod gzip;
mod json;
mod known_good;
mod metadata;
mod pdf;
mod png;
mod sqlite;
mod sqlite_integrity;
mod text;
mod written;
mod yaml;
mod zip;

/// Every check.
pub(crate) const ALL: &[&dyn Check] = &[
    &written::Written,
    &bytes::Bytes,
    &known_good::KnownGood,
    &metadata::Metadata,
    &text::Text,
    &json::Json,
    &yaml::Yaml,
    &sqlite::Sqlite,
    &sqlite_integrity::SqliteIntegrity,
    &gzip::Gzip,
    &zip::Zip,
    &png::Png,
    &pdf::Pdf,
    &elf::Elf,
];
