//! auditd's log, raw or enriched: `type=… msg=audit(SECONDS.MILLIS:SERIAL): key=value …`.
//!
//! The records of one event share time and serial, may interleave with others and may come out of
//! order; [`assemble`] joins them, [`draft`] says what an event means, [`serials`] and [`recorder`]
//! watch for what is not there.
//!
//! Sources: Linux `kernel/audit.c`, `kernel/auditsc.c` (what is written, in which order, how names
//! are encoded), audit-userspace `docs/` and `lib/` (record types, enrichment).

mod assemble;
mod calls;
mod clock;
mod draft;
mod execve;
mod fields;
pub(crate) mod flags;
mod header;
mod message;
mod objects;
mod paths;
mod recorder;
mod serials;
mod sockaddr;

use model::{Address, Problem, ProblemKind, SourceId};

use crate::{
    Batch, Decoder, Format, Piece, Source,
    carried::CarriedFormat,
    lines::{Content, LINE_BYTES_MAX, Line, Lines},
    records::{self, Fault, Origin},
};
use assemble::Assembler;
pub(super) use assemble::{Rebuilt, Whole};
use header::Header;

/// The format.
pub(crate) struct Auditd;

impl Format for Auditd {
    fn name(&self) -> &'static str {
        "auditd"
    }

    fn sniff(&self, head: &[u8]) -> u8 {
        let (mut good, mut carried, mut bad) = (0_u32, 0_u32, 0_u32);
        for line in head.split(|&byte| byte == b'\n').filter(|line| !header::is_blank(line)).take(64) {
            match header::read(line) {
                // Behind a printable prefix it stands in another log, whose format knows who wrote it.
                Ok(header) if header.start > 0 && header::junk_before(&line[..header.start]) == 0 => carried += 1,
                Ok(_) => good += 1,
                Err(_) => bad += 1,
            }
        }
        match (good, carried, bad) {
            (0, 0, _) => 0,
            (_, 0, 0) => 98,
            // The last line of the head is usually cut, and rotated files may start with a torn one.
            _ => u8::try_from((95 * good + 55 * carried) / (good + carried + bad)).unwrap_or(0).max(20),
        }
    }

    fn decoder(&self, source: Source) -> Box<dyn Decoder> {
        Box::new(AuditdDecoder { lines: Lines::default(), reader: Reader::new(source.id) })
    }
}

impl CarriedFormat for Auditd {
    fn recognises(&self, message: &[u8], _origin: &Origin<'_>) -> bool {
        header::read(message).is_ok()
    }

    fn writers(&self) -> &'static [&'static str] {
        &["kernel", "auditd", "audisp", "audispd"]
    }

    /// The kernel's records reach no container's output.
    fn in_containers(&self) -> bool {
        false
    }

    fn reader(&self) -> Box<dyn records::Reader> {
        Box::new(CarriedRecords::default())
    }
}

/// Audit records in the messages of a journal or syslog.
#[derive(Default)]
struct CarriedRecords {
    assembler: Assembler,
}

impl records::Reader for CarriedRecords {
    fn record(&mut self, text: &[u8], origin: &Origin<'_>, out: &mut Batch) -> Result<(), Fault> {
        let found = header::read(text);
        let header = found.map_err(|_| (ProblemKind::NotARecord, "no audit record".to_string()))?;
        let header = Header { node: header.node.or(origin.host.map(str::as_bytes)), ..header };
        out.records += 1;
        self.assembler.record(&header, &text[header.body..], origin.address, out);
        Ok(())
    }

    fn finish(&mut self, out: &mut Batch) {
        self.assembler.finish(out);
    }
}

/// Follows the recorder of events whose records another program has put together (laurel), as if they stood in an
/// audit log.
#[derive(Default)]
pub(super) struct WholeEvents {
    assembler: Assembler,
}

impl WholeEvents {
    /// Takes the next event and what it [says](Whole::interpret).
    pub fn event(&mut self, event: &Whole, said: Batch, out: &mut Batch) {
        self.assembler.whole(event, said, out);
    }

    /// The source has ended: reports the serials that never came.
    pub fn finish(&mut self, out: &mut Batch) {
        self.assembler.finish(out);
    }
}

struct AuditdDecoder {
    lines: Lines,
    reader: Reader,
}

impl Decoder for AuditdDecoder {
    fn push(&mut self, chunk: &[u8], out: &mut Batch) {
        let reader = &mut self.reader;
        self.lines.push(chunk, |line| reader.line(&line, out));
    }

    fn continue_in(&mut self, next: Source, out: &mut Batch) {
        let reader = &mut self.reader;
        self.lines.finish(|line| reader.line(&line, out));
        reader.flush_junk(out);
        reader.source = next.id;
        self.lines = Lines::default();
    }

    fn finish(&mut self, out: &mut Batch) {
        let reader = &mut self.reader;
        self.lines.finish(|line| reader.line(&line, out));
        reader.finish(out);
    }

    fn defer(&mut self) {
        self.reader.assembler.defer();
    }

    fn pieces(&mut self) -> Vec<Box<dyn Piece>> {
        self.reader.assembler.pieces()
    }
}

/// Turns lines into records and hands them to the assembler.
struct Reader {
    source: SourceId,
    assembler: Assembler,
    /// Neighbouring lines that are no records, reported as one problem.
    junk: Option<Junk>,
}

struct Junk {
    offset: u64,
    end: u64,
    lines: u64,
}

impl Reader {
    fn new(source: SourceId) -> Self {
        Self { source, assembler: Assembler::default(), junk: None }
    }

    fn finish(&mut self, out: &mut Batch) {
        self.flush_junk(out);
        self.assembler.finish(out);
    }

    fn line(&mut self, line: &Line<'_>, out: &mut Batch) {
        match line.content {
            Content::TooLong => {
                let text = format!("line of {} bytes; at most {LINE_BYTES_MAX} are read", line.bytes);
                self.problem(ProblemKind::TooLong, line.offset, line.bytes, text, out);
                out.problem_bytes += line.bytes;
            }
            Content::Text(text) if header::is_blank(text) => out.record_bytes += line.bytes,
            Content::Text(text) => self.text(text, line, out),
        }
    }

    /// A line is one record, unless a crash joined a torn one with the next.
    fn text(&mut self, text: &[u8], line: &Line<'_>, out: &mut Batch) {
        let header = match header::read(text) {
            Ok(header) => header,
            Err(fault) => return self.no_record(fault, line, out),
        };
        let junk_before = header::junk_before(&text[..header.start]);
        if junk_before > 0 {
            let text = "bytes before the record that no audit log has (a crash leaves blocks of NUL)".to_string();
            self.problem(ProblemKind::NotARecord, line.offset, junk_before as u64, text, out);
            out.problem_bytes += junk_before as u64;
        }
        self.flush_junk(out);
        out.record_bytes += line.bytes - junk_before as u64;
        let second = header::second_record(text, &header);
        let first = &text[..second.unwrap_or(text.len())];
        let torn = second.is_some() || !line.ended && header::is_cut_off(&header, &first[header.body..]);
        if torn {
            let address = Address { source: self.source, offset: line.offset, length: first.len() as u64 };
            let text = "the record breaks off; its last value was not used".to_string();
            out.problems.push(Problem { kind: ProblemKind::Torn, address, text });
        }
        self.record(first, &header, torn, line.offset, junk_before, out);
        if let Some(at) = second
            && let Ok(header) = header::read(&text[at..])
        {
            self.record(&text[at..], &header, false, line.offset + at as u64, 0, out);
        }
    }

    fn record(&mut self, text: &[u8], header: &Header<'_>, torn: bool, offset: u64, skipped: usize, out: &mut Batch) {
        out.records += 1;
        let address =
            Address { source: self.source, offset: offset + skipped as u64, length: (text.len() - skipped) as u64 };
        let body = &text[header.body..];
        // A value that breaks off may look whole: `syscall=16` of `syscall=165`.
        let body = if torn { &body[..memchr::memrchr(b' ', body).unwrap_or(0)] } else { body };
        self.assembler.record(header, body, address, out);
    }

    fn no_record(&mut self, fault: header::Fault, line: &Line<'_>, out: &mut Batch) {
        out.problem_bytes += line.bytes;
        let length = line.bytes;
        match fault {
            header::Fault::NotARecord if line.ended => {
                let junk = self.junk.get_or_insert(Junk { offset: line.offset, end: line.offset, lines: 0 });
                junk.end = line.offset + line.bytes;
                junk.lines += 1;
            }
            header::Fault::NotARecord | header::Fault::Torn => {
                let text = "a record that stops before its serial number".to_string();
                let kind = if fault == header::Fault::Torn { ProblemKind::Torn } else { ProblemKind::NotARecord };
                let text = if fault == header::Fault::Torn { text } else { "no audit record".to_string() };
                self.problem(kind, line.offset, length, text, out);
            }
            header::Fault::BadTime => {
                let text =
                    "expected `audit(SECONDS.MILLISECONDS:SERIAL)`; the time or serial cannot be read".to_string();
                self.problem(ProblemKind::BadTime, line.offset, length, text, out);
            }
        }
    }

    fn flush_junk(&mut self, out: &mut Batch) {
        if let Some(junk) = self.junk.take() {
            let lines = if junk.lines == 1 { "line that is" } else { "lines that are" };
            let text = format!("{} {lines} no audit record (`type=… msg=audit(…)`)", junk.lines);
            let address = Address { source: self.source, offset: junk.offset, length: junk.end - junk.offset };
            out.problems.push(Problem { kind: ProblemKind::NotARecord, address, text });
        }
    }

    fn problem(&mut self, kind: ProblemKind, offset: u64, length: u64, text: String, out: &mut Batch) {
        self.flush_junk(out);
        out.problems.push(Problem { kind, address: Address { source: self.source, offset, length }, text });
    }
}
