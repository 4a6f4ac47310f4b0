//! systemd's journal export format: a field per line, binary fields with their length, a blank line between entries.
//!
//! Source: systemd "Journal Export Formats" (systemd.io/JOURNAL_EXPORT_FORMATS).

mod cutter;

use std::ops::Range;

use model::{Address, Problem, ProblemKind, SourceId};

use crate::{
    Batch, Decoder, Format, Source,
    journal::{Entry, Field, Interpreter},
};
use cutter::{Cutter, Piece};

/// The format.
pub(crate) struct JournalExport;

impl Format for JournalExport {
    fn name(&self) -> &'static str {
        "journal_export"
    }

    fn sniff(&self, head: &[u8]) -> u8 {
        let start = head.trim_ascii_start();
        let has = |needle: &[u8]| memchr::memmem::find(head, needle).is_some();
        let whole = start.starts_with(b"__CURSOR=") || start.starts_with(b"__REALTIME_TIMESTAMP=");
        match (whole, has(b"\n__REALTIME_TIMESTAMP=") && has(b"\n_BOOT_ID=")) {
            (true, _) if has(b"_BOOT_ID=") || has(b"__MONOTONIC_TIMESTAMP=") => 99,
            (true, _) => 70,
            // A piece of an export that begins inside an entry.
            (false, true) => 60,
            (false, false) => 0,
        }
    }

    fn decoder(&self, source: Source) -> Box<dyn Decoder> {
        Box::new(Export {
            cutter: Cutter::default(),
            entry: Building::default(),
            sources: vec![(0, source.id)],
            counted: 0,
            junk: None,
            content_until: 0,
            interpreter: Interpreter::new("journal_export"),
        })
    }
}

/// An entry whose fields are still coming.
#[derive(Default)]
struct Building {
    /// Offset of its first field in all sources together, and the end of its last.
    span: Option<Range<u64>>,
    /// Names and values, one behind the other.
    text: Vec<u8>,
    /// Where each name starts, where its value starts and ends, and whether that was cut.
    fields: Vec<(usize, usize, usize, bool)>,
    /// Bytes of the values.
    bytes: usize,
    beyond: usize,
}

impl Building {
    fn has(&self, name: &[u8]) -> bool {
        self.fields.iter().any(|&(start, value, ..)| &self.text[start..value] == name)
    }

    fn push(&mut self, name: &[u8], value: &[u8], cut: bool) {
        let start = self.text.len();
        self.text.extend_from_slice(name);
        self.text.extend_from_slice(value);
        self.fields.push((start, start + name.len(), self.text.len(), cut));
    }

    /// The next entry, in the room of this one.
    fn again(mut self) -> Self {
        self.text.clear();
        self.fields.clear();
        Self { text: self.text, fields: self.fields, ..Self::default() }
    }
}

/// Offsets are counted over all sources that continue each other, so that an entry may lie in two.
struct Export {
    cutter: Cutter,
    entry: Building,
    /// Where each source starts that an open entry may lie in.
    sources: Vec<(u64, SourceId)>,
    /// Up to where bytes were counted as those of a record or of a problem.
    counted: u64,
    /// Bytes that are no fields, reported as one problem.
    junk: Option<Range<u64>>,
    /// Until where entries may be the content of a field whose length was damaged.
    content_until: u64,
    interpreter: Interpreter,
}

impl Decoder for Export {
    fn push(&mut self, chunk: &[u8], out: &mut Batch) {
        let mut cutter = std::mem::take(&mut self.cutter);
        cutter.push(chunk, &mut |piece| self.piece(piece, out));
        self.cutter = cutter;
    }

    fn continue_in(&mut self, next: Source, out: &mut Batch) {
        let end = self.cutter.received();
        self.count(end, false, out);
        // What is open may reach into the next source; what is behind it is not needed any more.
        let open = self.entry.span.as_ref().map_or(self.cutter.consumed(), |span| span.start);
        let keep = self.sources.iter().rposition(|source| source.0 <= open).unwrap_or(0);
        self.sources.drain(..keep);
        self.sources.push((end, next.id));
    }

    fn finish(&mut self, out: &mut Batch) {
        let mut cutter = std::mem::take(&mut self.cutter);
        cutter.finish(&mut |piece| self.piece(piece, out));
        self.cutter = cutter;
        self.close(true, out);
        self.flush_junk(out);
        let end = self.cutter.received();
        self.count(end, false, out);
        self.interpreter.finish(out);
    }
}

impl Export {
    fn piece(&mut self, piece: Piece<'_>, out: &mut Batch) {
        match piece {
            Piece::Blank { end } => {
                self.close(false, out);
                self.flush_junk(out);
                self.count(end, false, out);
            }
            Piece::Field { start, end, name, value, cut } => {
                self.flush_junk(out);
                // Only journald writes names with two underscores, each once: the blank line between is missing.
                let again = name == b"__CURSOR" && !self.entry.fields.is_empty()
                    || name == b"__REALTIME_TIMESTAMP" && self.entry.has(name);
                if again {
                    self.close(true, out);
                }
                self.field(start..end, name, value, cut);
            }
            Piece::Junk { start, end, content_until } => {
                self.count(start, false, out);
                self.count(end, true, out);
                self.content_until = self.content_until.max(content_until.unwrap_or(0));
                match &mut self.junk {
                    Some(junk) if junk.end == start => junk.end = end,
                    _ => {
                        self.flush_junk(out);
                        self.junk = Some(start..end);
                    }
                }
            }
        }
    }

    fn field(&mut self, span: Range<u64>, name: &[u8], value: &[u8], cut: bool) {
        let entry = &mut self.entry;
        let end = span.end;
        entry.span.get_or_insert(span).end = end;
        let full = entry.fields.len() >= crate::journal::ENTRY_FIELDS_MAX
            || entry.bytes + value.len() > crate::journal::ENTRY_BYTES_MAX;
        if full {
            entry.beyond += 1;
        } else {
            entry.bytes += value.len();
            entry.push(name, value, cut);
        }
    }

    /// The open entry is over: by a blank line, or `torn`.
    fn close(&mut self, torn: bool, out: &mut Batch) {
        let building = std::mem::take(&mut self.entry);
        self.take(&building, torn, out);
        self.entry = building.again();
    }

    fn take(&mut self, building: &Building, torn: bool, out: &mut Batch) {
        let Some(span) = &building.span else { return };
        let addresses = self.addresses(span);
        let Some(&address) = addresses.first() else { return };
        let mut problem = |kind, text: String| out.problems.push(Problem { kind, address, text });
        if torn {
            problem(ProblemKind::Torn, "the entry breaks off before its blank line; later fields are missing".into());
        }
        if building.beyond > 0 {
            problem(ProblemKind::Bound, format!("{} fields of this entry were left out: too large", building.beyond));
        }
        let mut entry = Entry { fields: Vec::with_capacity(building.fields.len()), ..Entry::default() };
        for &(start, value, end, cut) in &building.fields {
            let (name, value) = (&building.text[start..value], &building.text[value..end]);
            entry.take(Field { name, value: value.into(), cut });
        }
        let first = out.drafts.len();
        match self.interpreter.entry(&entry, address, out) {
            Ok(()) => self.count(span.end, false, out),
            Err((kind, text)) => {
                self.count(span.end, true, out);
                out.problems.push(Problem { kind, address, text });
            }
        }
        for draft in out.drafts[first..].iter_mut().filter(|draft| draft.addresses == addresses[..1]) {
            draft.addresses.extend_from_slice(&addresses[1..]);
            if span.start < self.content_until {
                draft.facts.insert("after_damage", "yes");
            }
        }
    }

    /// The addresses of a stretch: one per source that it lies in.
    fn addresses(&self, span: &Range<u64>) -> Vec<Address> {
        let ends = self.sources.iter().skip(1).map(|source| source.0).chain([u64::MAX]);
        let parts = self.sources.iter().zip(ends).filter_map(|(&(start, source), end)| {
            let (from, to) = (span.start.max(start), span.end.min(end));
            (from < to).then(|| Address { source, offset: from - start, length: to - from })
        });
        parts.collect()
    }

    fn flush_junk(&mut self, out: &mut Batch) {
        if let Some(junk) = self.junk.take() {
            for address in self.addresses(&junk) {
                let text = "no field of a journal entry (`NAME=value`, or a name and its length)".to_string();
                out.problems.push(Problem { kind: ProblemKind::NotARecord, address, text });
            }
        }
    }

    fn count(&mut self, end: u64, problem: bool, out: &mut Batch) {
        let bytes = end.saturating_sub(self.counted);
        self.counted = self.counted.max(end);
        if problem {
            out.problem_bytes += bytes;
        } else {
            out.record_bytes += bytes;
        }
    }
}
