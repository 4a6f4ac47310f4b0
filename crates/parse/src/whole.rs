//! Formats whose records point at each other (journal files, bolt databases): read at any offset
//! instead of from the first byte to the last.

use std::io;

use model::{Address, Problem, ProblemKind};

use crate::{Batch, Decoder, Format, Source};

/// The bytes of a source at any offset. (A trait of its own: this crate opens no files.)
pub trait ReadAt {
    /// Reads at most `buffer.len()` bytes at `offset`; fewer only at the end, 0 at and behind it.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;
}

impl ReadAt for [u8] {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let rest = usize::try_from(offset).ok().and_then(|at| self.get(at..)).unwrap_or_default();
        let length = rest.len().min(buffer.len());
        buffer[..length].copy_from_slice(&rest[..length]);
        Ok(length)
    }
}

impl ReadAt for Vec<u8> {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.as_slice().read_at(buffer, offset)
    }
}

/// Reads one source at any offset, a bounded piece per call.
pub trait Whole: Send {
    /// Reads on and appends what it finds; `false` when the source has been read to its end.
    ///
    /// After the last call [`Batch::record_bytes`] and [`Batch::problem_bytes`] of all batches add up to the size.
    /// Damage becomes problems. Fails only when `bytes` cannot be read.
    fn read(&mut self, bytes: &dyn ReadAt, out: &mut Batch) -> io::Result<bool>;
}

/// Bytes of a source that `Buffered` holds. Callers with a file at hand use [`Format::whole`] and need none.
pub const BUFFERED_BYTES_MAX: usize = 64 * 1024 * 1024;

/// The decoder of such a format for callers that only have a stream: holds the source until it ends.
pub(crate) struct Buffered {
    format: &'static dyn Format,
    source: Source,
    bytes: Vec<u8>,
    size: u64,
}

impl Buffered {
    pub fn new(format: &'static dyn Format, source: Source) -> Self {
        Self { format, source, bytes: Vec::new(), size: 0 }
    }

    fn end(&mut self, out: &mut Batch) {
        let bytes = std::mem::take(&mut self.bytes);
        let held = bytes.len() as u64;
        let size = std::mem::take(&mut self.size);
        if size > held {
            let address = Address { source: self.source.id, offset: held, length: size - held };
            let text = format!("more than {BUFFERED_BYTES_MAX} bytes in a stream; the rest was not read");
            out.problems.push(Problem { kind: ProblemKind::Bound, address, text });
            out.problem_bytes += size - held;
        }
        if held == 0 {
            return;
        }
        if let Some(mut whole) = self.format.whole(self.source.clone(), held) {
            // Memory does not fail to be read.
            while whole.read(&bytes, out).unwrap_or(false) {}
        }
    }
}

impl Decoder for Buffered {
    fn push(&mut self, chunk: &[u8], _out: &mut Batch) {
        let room = BUFFERED_BYTES_MAX - self.bytes.len();
        self.bytes.extend_from_slice(&chunk[..chunk.len().min(room)]);
        self.size += chunk.len() as u64;
    }

    fn continue_in(&mut self, next: Source, out: &mut Batch) {
        self.end(out);
        self.source = next;
    }

    fn finish(&mut self, out: &mut Batch) {
        self.end(out);
    }
}
