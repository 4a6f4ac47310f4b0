//! systemd's native journal files, read at any offset by what stands in them.
//!
//! The indexes of the file (hash tables, entry arrays) are not used: entries are found by going from object
//! to object, so that they come out also when the indexes are damaged, the file was cut off, or it was
//! copied while journald wrote to it. What a header claims is compared and never relied on.
//!
//! Sources: systemd "Journal File Format" (systemd.io/JOURNAL_FILE_FORMAT), `journal-def.h`.

#[cfg(test)]
mod compared;
mod compressed;
mod data;
mod entry;
mod examine;
mod hashes;
mod layout;
mod pieces;
mod walk;

use crate::{
    Decoder, Format, Source,
    whole::{Buffered, Whole},
};

/// The format.
pub(crate) struct JournalFile;

impl Format for JournalFile {
    fn name(&self) -> &'static str {
        "journal_file"
    }

    fn sniff(&self, head: &[u8]) -> u8 {
        if head.starts_with(layout::SIGNATURE) { 100 } else { 0 }
    }

    fn decoder(&self, source: Source) -> Box<dyn Decoder> {
        Box::new(Buffered::new(&Self, source))
    }

    fn whole(&self, source: Source, size: u64) -> Option<Box<dyn Whole>> {
        Some(Box::new(walk::Walk::new(source.id, size)))
    }
}
