//! The event store: events sorted in bounded memory, and kept as Parquet by host and day.
//!
//! [`EventWriter`] sorts any number of events on disk; [`SortedEvents::iter`] gives them in
//! [`model::Event::order`], as often as wanted, each once. [`write_partitions`] puts them into the
//! case, [`read_partitions`] brings them back unchanged and in the same order. The same events give
//! the same bytes.

mod columns;
mod error;
mod merge;
mod partitions;
mod read;
mod runs;
mod shelves;
mod sorter;
mod verified;
mod write;

pub use columns::{ORDINAL, schema};
pub use error::Error;
pub use partitions::{EVENTS_DIRECTORY, Partition, partitions};
pub use read::{StoredEvents, fold_partitions, read_partitions};
pub use sorter::{Bounds, Encoded, EncodedEvent, EncodedEvents, EventWriter, Events, SortedEvents};
pub use verified::{VerifiedFiles, verified_files};
pub use write::{write_blocks, write_partitions};
