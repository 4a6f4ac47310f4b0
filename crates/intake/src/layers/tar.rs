//! tar: the regular members of v7, ustar, pax and GNU archives, in order, one at a time.
//!
//! Own framing, because evidence must be read on behind damage and within bounds: the members of
//! a cut archive are used as far as they go, and a damaged header is skipped block by block.
//! Sources: POSIX.1-2017 `pax`, section "ustar Interchange Format"; GNU tar manual, "Basic Tar
//! Format" and "GNU Extensions".

use std::{
    collections::BTreeMap,
    io::{self, Read},
};

use model::{Bytes, ProblemKind, Timestamp};

use super::Stream;
use crate::notes::Notes;

const BLOCK: usize = 512;

/// Longest name or set of pax records that is read into memory; longer ones are skipped.
const EXTENSION_BYTES_MAX: u64 = 1 << 20;

/// Extension headers in a row before a member: a GNU long name, a long link, pax records.
const EXTENSIONS_MAX: usize = 8;

/// Whether a stream starts with a tar header: its checksum fits, and it has the `ustar` magic or,
/// for the v7 format without magic, a name and octal numbers.
pub(super) fn recognise(head: &[u8]) -> bool {
    let Some(header) = head.first_chunk::<BLOCK>() else { return false };
    if !checksum_fits(header) {
        return false;
    }
    header[257..262] == *b"ustar" || (header[0] != 0 && octal(&header[100..108]).is_some() && size_of(header).is_some())
}

/// A regular member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Member {
    /// The name as the archive has it.
    pub(crate) name: Bytes,
    /// Modification time.
    pub(crate) modified: Timestamp,
}

/// Reads an archive member by member; reading gives the content of the current member.
pub(crate) struct TarReader<'a> {
    stream: Stream<'a>,
    /// Bytes of the archive that were read.
    position: u64,
    /// Bytes of the current member that were not.
    left: u64,
    padding: u64,
    notes: Notes,
    /// Members that are not read, by what they are.
    passed_over: BTreeMap<&'static str, u64>,
    ended: bool,
    end_mark: bool,
}

/// What pax records and GNU extensions say about the member behind them.
#[derive(Default)]
struct Extension {
    name: Option<Vec<u8>>,
    size: Option<u64>,
    modified: Option<Timestamp>,
    sparse: bool,
}

impl<'a> TarReader<'a> {
    pub(crate) fn new(stream: Stream<'a>, notes: Notes) -> Self {
        Self {
            stream,
            position: 0,
            left: 0,
            padding: 0,
            notes,
            passed_over: BTreeMap::new(),
            ended: false,
            end_mark: false,
        }
    }

    /// Goes to the next regular member; `None` at the end of the archive.
    pub(crate) fn next_member(&mut self) -> io::Result<Option<Member>> {
        let mut extension = Extension::default();
        let mut extensions = 0;
        loop {
            self.skip_rest()?;
            let Some(header) = self.next_header()? else {
                self.sum_up();
                return Ok(None);
            };
            let size = extension.size.or(size_of(&header)).unwrap_or(0);
            match header[156] {
                kind @ (b'L' | b'x') if extensions < EXTENSIONS_MAX => {
                    extensions += 1;
                    self.enter(size_of(&header).unwrap_or(0));
                    self.read_extension(kind, &mut extension)?;
                    continue;
                }
                b'L' | b'x' | b'K' | b'g' | b'X' => {
                    self.enter(size_of(&header).unwrap_or(0));
                    continue;
                }
                b'1' => self.pass_over("hard links"),
                b'2' => self.pass_over("symbolic links"),
                b'3' | b'4' => self.pass_over("device nodes"),
                b'5' => self.pass_over("directories"),
                b'6' => self.pass_over("named pipes"),
                b'V' | b'D' | b'N' | b'A' | b'M' => {
                    self.enter(size);
                    self.pass_over("special members");
                }
                b'S' => {
                    self.skip_sparse_map(&header)?;
                    self.enter(size);
                    self.pass_over("sparse files");
                }
                _ if extension.sparse => {
                    self.enter(size);
                    self.pass_over("sparse files");
                }
                _ => {
                    let name = extension.name.take().unwrap_or_else(|| name_of(&header));
                    self.enter(size);
                    // The v7 format marks a directory by its name alone.
                    if name.ends_with(b"/") && size == 0 {
                        self.pass_over("directories");
                    } else {
                        let modified = extension.modified.unwrap_or_else(|| modified_of(&header));
                        return Ok(Some(Member { name: Bytes(name), modified }));
                    }
                }
            }
            extension = Extension::default();
            extensions = 0;
        }
    }

    fn pass_over(&mut self, what: &'static str) {
        *self.passed_over.entry(what).or_default() += 1;
    }

    fn enter(&mut self, size: u64) {
        self.left = size;
        self.padding = (BLOCK as u64 - size % BLOCK as u64) % BLOCK as u64;
    }

    /// The next header that is one. Zero blocks are the end mark, but members may follow in
    /// archives that were joined; blocks that are no header are skipped and noted.
    fn next_header(&mut self) -> io::Result<Option<[u8; BLOCK]>> {
        let mut damaged = 0_u64;
        let mut zero_blocks = 0_u32;
        while !self.ended {
            let at = self.position;
            let mut block = [0; BLOCK];
            let got = self.fill(&mut block)?;
            if got < BLOCK {
                self.ended = true;
                if got > 0 {
                    damaged += got as u64;
                }
                break;
            }
            if block.iter().all(|byte| *byte == 0) {
                zero_blocks += 1;
                self.end_mark |= zero_blocks >= 2;
                continue;
            }
            if checksum_fits(&block) && size_of(&block).is_some() {
                self.note_damage(damaged, at);
                self.end_mark = false;
                return Ok(Some(block));
            }
            zero_blocks = 0;
            damaged += BLOCK as u64;
        }
        self.note_damage(damaged, self.position);
        Ok(None)
    }

    fn note_damage(&self, bytes: u64, until: u64) {
        if bytes > 0 {
            let text = format!(
                "{bytes} bytes before byte {until} of the archive are no tar header; members may be missing there"
            );
            self.notes.add_of_archive(ProblemKind::Truncated, text);
        }
    }

    /// Notes, once the archive is at its end, what was not read of it.
    fn sum_up(&mut self) {
        if !self.end_mark && !self.stream.cut.is_set() {
            let text =
                format!("the archive stops at byte {} without an end mark; members may be missing", self.position);
            self.notes.add_of_archive(ProblemKind::Truncated, text);
        }
        self.passed_over.remove("directories");
        if !self.passed_over.is_empty() {
            let counts: Vec<_> = self.passed_over.iter().map(|(what, count)| format!("{count} {what}")).collect();
            let text = format!("members that have no content of their own were not read: {}", counts.join(", "));
            self.notes.add_of_archive(ProblemKind::Unreadable, text);
            self.passed_over.clear();
        }
        self.end_mark = true;
    }

    fn skip_rest(&mut self) -> io::Result<()> {
        let mut scratch = [0; 16 * 1024];
        while self.left > 0 {
            if self.read(&mut scratch)? == 0 {
                return Ok(());
            }
        }
        let padding = usize::try_from(std::mem::take(&mut self.padding)).unwrap_or(0);
        self.fill(&mut scratch[..padding])?;
        Ok(())
    }

    fn skip_sparse_map(&mut self, header: &[u8; BLOCK]) -> io::Result<()> {
        let mut more = header[482] == 1;
        while more {
            let mut block = [0; BLOCK];
            if self.fill(&mut block)? < BLOCK {
                break;
            }
            more = block[504] == 1;
        }
        Ok(())
    }

    fn read_extension(&mut self, kind: u8, extension: &mut Extension) -> io::Result<()> {
        if self.left > EXTENSION_BYTES_MAX {
            let text = format!("a name or attribute record of {} bytes in the archive is not used", self.left);
            self.notes.add_of_archive(ProblemKind::Bound, text);
            return Ok(());
        }
        let mut bytes = Vec::new();
        self.by_ref().take(EXTENSION_BYTES_MAX).read_to_end(&mut bytes)?;
        if kind == b'L' {
            let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
            bytes.truncate(end);
            extension.name = Some(bytes);
        } else {
            apply_pax_records(&bytes, extension);
        }
        Ok(())
    }

    fn fill(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while filled < buffer.len() {
            match self.stream.reader.read(&mut buffer[filled..])? {
                0 => break,
                got => filled += got,
            }
        }
        self.position += filled as u64;
        Ok(filled)
    }
}

impl Read for TarReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let want = buffer.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        if want == 0 {
            return Ok(0);
        }
        let got = self.stream.reader.read(&mut buffer[..want])?;
        self.position += got as u64;
        self.left -= got as u64;
        if got == 0 {
            if !self.stream.cut.is_set() {
                let text =
                    format!("the archive breaks off inside a member, {} bytes before the member's end", self.left);
                self.notes.add(ProblemKind::Truncated, text);
                self.stream.cut.set();
            }
            self.ended = true;
            (self.left, self.padding) = (0, 0);
        }
        Ok(got)
    }
}

fn checksum_fits(header: &[u8; BLOCK]) -> bool {
    let Some(stated) = octal(&header[148..156]) else { return false };
    let field = 148..156;
    let blanked = |index: usize, byte: u8| if field.contains(&index) { b' ' } else { byte };
    let bytes = || header.iter().enumerate().map(|(index, byte)| blanked(index, *byte));
    let unsigned: u64 = bytes().map(u64::from).sum();
    // Some old programs added the bytes up as signed numbers.
    let signed: i64 = bytes().map(|byte| i64::from(byte.cast_signed())).sum();
    stated == unsigned || i64::try_from(stated) == Ok(signed)
}

/// A number in octal digits, with spaces before and a space or zero byte behind; empty is zero.
fn octal(field: &[u8]) -> Option<u64> {
    let text = field.split(|byte| *byte == 0).next().unwrap_or_default().trim_ascii();
    text.iter().try_fold(0_u64, |number, digit| {
        matches!(digit, b'0'..=b'7').then(|| number.checked_mul(8)?.checked_add(u64::from(digit - b'0')))?
    })
}

/// A number in octal or in GNU's base 256; `None` when negative or larger than any file.
fn number(field: &[u8]) -> Option<u64> {
    match field.split_first() {
        Some((0x80, rest)) => {
            rest.iter().try_fold(0_u64, |number, byte| (number >> 56 == 0).then_some(number << 8 | u64::from(*byte)))
        }
        _ => octal(field),
    }
}

fn size_of(header: &[u8; BLOCK]) -> Option<u64> {
    number(&header[124..136]).filter(|size| *size <= i64::MAX.cast_unsigned())
}

fn modified_of(header: &[u8; BLOCK]) -> Timestamp {
    let seconds = number(&header[136..148]).and_then(|seconds| i64::try_from(seconds).ok());
    Timestamp::from_seconds(seconds.unwrap_or(0), 0)
}

fn name_of(header: &[u8; BLOCK]) -> Vec<u8> {
    let text = |field: &[u8]| field.split(|byte| *byte == 0).next().unwrap_or_default().to_vec();
    let name = text(&header[..100]);
    // GNU's own format keeps other things in the prefix field; its magic ends in spaces.
    let prefix = if header[257..263] == *b"ustar\0" { text(&header[345..500]) } else { Vec::new() };
    if prefix.is_empty() { name } else { [&prefix[..], b"/", &name].concat() }
}

/// Reads records of the shape `LENGTH KEY=VALUE\n`, as far as they are well-formed.
fn apply_pax_records(mut bytes: &[u8], extension: &mut Extension) {
    while let Some(space) = bytes.iter().position(|byte| *byte == b' ') {
        let length = std::str::from_utf8(&bytes[..space]).ok().and_then(|text| text.parse::<usize>().ok());
        let Some(record) = length.and_then(|length| bytes.get(space + 1..length)) else { return };
        bytes = &bytes[space + 1 + record.len()..];
        let Some(record) = record.strip_suffix(b"\n") else { return };
        let Some(equals) = record.iter().position(|byte| *byte == b'=') else { return };
        let (key, value) = (&record[..equals], &record[equals + 1..]);
        let text = std::str::from_utf8(value).ok();
        match key {
            b"path" => extension.name = Some(value.to_vec()),
            b"size" => extension.size = text.and_then(|text| text.parse().ok()),
            b"mtime" => extension.modified = text.and_then(decimal_time),
            _ if key.starts_with(b"GNU.sparse.") => extension.sparse = true,
            _ => {}
        }
    }
}

fn decimal_time(text: &str) -> Option<Timestamp> {
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, ""));
    let seconds: i64 = seconds.parse().ok()?;
    let digits: String = fraction.chars().take(9).collect();
    let nanos = if digits.is_empty() { 0 } else { format!("{digits:0<9}").parse::<u32>().ok()? };
    // The fraction of a time before 1970 counts backwards from the second.
    let signed = if text.starts_with('-') { -i64::from(nanos) } else { i64::from(nanos) };
    Some(Timestamp(Timestamp::from_seconds(seconds, 0).0.saturating_add(signed)))
}
