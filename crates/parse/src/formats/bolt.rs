//! bolt databases of runtimes: containerd's `meta.db`, a snapshotter's `metadata.db`, Docker's `volumes/metadata.db`.
//!
//! Read page by page with no library: the file may be a copy taken while it was written to, or hostile. Of the
//! two meta pages the newest valid one is followed; a page that is not what its place says is a problem, and
//! the rest is still read. Bytes of free pages belong to the frame. A database of another kind has no state.
//!
//! Source: etcd-io/bbolt `internal/common/page.go`, `meta.go`, `inode.go`, `bucket.go`.

mod containerd;
mod go_values;
mod page;
mod tree;

use std::io;

use model::{Address, Problem, ProblemKind};

use crate::{
    Batch, Decoder, Format, Source,
    whole::{Buffered, ReadAt, Whole},
};

/// The format.
pub(crate) struct Bolt;

impl Format for Bolt {
    fn name(&self) -> &'static str {
        "bolt"
    }

    fn sniff(&self, head: &[u8]) -> u8 {
        if page::is_meta(head) {
            return 95;
        }
        // The first meta page may be the damaged one.
        let second = page::SIZES.iter().filter_map(|&size| head.get(usize::try_from(size).ok()?..));
        if second.into_iter().any(page::is_meta) { 85 } else { 0 }
    }

    fn decoder(&self, source: Source) -> Box<dyn Decoder> {
        Box::new(Buffered::new(&Self, source))
    }

    fn whole(&self, source: Source, size: u64) -> Option<Box<dyn Whole>> {
        Some(Box::new(BoltReader { source, size }))
    }
}

struct BoltReader {
    source: Source,
    size: u64,
}

impl BoltReader {
    fn address(&self, offset: u64, length: u64) -> Address {
        Address { source: self.source.id, offset, length }
    }
}

impl Whole for BoltReader {
    /// All in one piece: what is kept of a database is bounded by `tree::KEPT_BYTES_MAX`.
    fn read(&mut self, bytes: &dyn ReadAt, out: &mut Batch) -> io::Result<bool> {
        if self.size == 0 {
            return Ok(false);
        }
        let metas = page::metas(bytes, self.size)?;
        let Some(&newest) = metas.first() else {
            let text = "no valid meta page of a bolt database".to_string();
            let address = self.address(0, self.size);
            out.problems.push(Problem { kind: ProblemKind::NotARecord, address, text });
            out.problem_bytes += self.size;
            return Ok(false);
        };
        let mut read = tree::read(bytes, self.size, newest)?;
        if let (true, Some(&older)) = (read.root.is_empty() && !read.faults.is_empty(), metas.get(1)) {
            // The newest root cannot be read: the state of one transaction before is better than none.
            let before = tree::read(bytes, self.size, older)?;
            read.faults.extend(before.faults);
            read = tree::Read { root: before.root, pages: before.pages, faults: read.faults };
        }
        read.faults.sort_by_key(|fault| (fault.offset, fault.length));
        let (mut end, mut lost) = (0, 0);
        for fault in read.faults {
            // Two pointers may lead to the same damage.
            let from = fault.offset.max(end);
            let to = (fault.offset + fault.length).min(self.size);
            if from < to {
                let address = self.address(from, to - from);
                out.problems.push(Problem { kind: fault.kind, address, text: fault.text });
                lost += to - from;
                end = to;
            }
        }
        out.problem_bytes += lost;
        out.record_bytes += self.size - lost;
        out.records += read.pages;
        containerd::state(&read.root, self.source.id, out);
        Ok(false)
    }
}
