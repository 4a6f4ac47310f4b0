//! gzip: all members of a stream. Source: RFC 1952.

use flate2::{Crc, Decompress, FlushDecompress, Status};
use model::ProblemKind;

use super::{Decoder, Step};

/// Longest header: an extra field of 64 KiB, and names that some tools make long.
const HEADER_BYTES_MAX: usize = 256 * 1024;
const MAGIC: [u8; 3] = [0x1f, 0x8b, 8];
const RESERVED_FLAGS: u8 = 0xe0;
const TRAILER_BYTES: usize = 8;

/// Whether a stream starts as a gzip member does: magic, deflate, no reserved flag.
pub(super) fn recognise(head: &[u8]) -> bool {
    head.starts_with(&MAGIC) && head.get(3).is_some_and(|flags| flags & RESERVED_FLAGS == 0)
}

/// The state between two steps.
#[derive(Default)]
pub(super) struct Gzip {
    part: Part,
    /// Header or trailer bytes so far.
    kept: Vec<u8>,
    members: u64,
}

#[derive(Default)]
enum Part {
    #[default]
    Header,
    Body(Box<Body>),
    Trailer {
        crc: u32,
        length: u32,
    },
    /// Behind a member: another one, zero padding (tapes, block devices), or the end.
    Between,
}

struct Body {
    inflate: Decompress,
    crc: Crc,
}

impl Decoder for Gzip {
    fn decode(&mut self, input: &[u8], output: &mut [u8], ended: bool) -> Step {
        match &mut self.part {
            Part::Header => self.header(input),
            Part::Body(_) => self.body(input, output, ended),
            Part::Trailer { crc, length } => {
                let (crc, length) = (*crc, *length);
                self.trailer(input, crc, length)
            }
            Part::Between => self.between(input),
        }
    }

    fn may_end(&self) -> bool {
        matches!(self.part, Part::Between)
    }
}

impl Gzip {
    fn header(&mut self, input: &[u8]) -> Step {
        let before = self.kept.len();
        self.kept.extend_from_slice(input);
        match header_length(&self.kept) {
            Header::Length(length) => {
                self.kept.clear();
                self.part = Part::Body(Box::new(Body { inflate: Decompress::new(false), crc: Crc::new() }));
                Step { consumed: length.saturating_sub(before), ..Step::default() }
            }
            Header::Incomplete if self.kept.len() <= HEADER_BYTES_MAX => {
                Step { consumed: input.len(), ..Step::default() }
            }
            Header::Incomplete => broken("the header of a gzip member is longer than any real one"),
            Header::NotGzip => broken("the header of a gzip member is damaged"),
        }
    }

    fn body(&mut self, input: &[u8], output: &mut [u8], ended: bool) -> Step {
        let Part::Body(body) = &mut self.part else { return Step::default() };
        let (in_before, out_before) = (body.inflate.total_in(), body.inflate.total_out());
        let flush = if ended { FlushDecompress::Finish } else { FlushDecompress::None };
        let status = body.inflate.decompress(input, output, flush);
        // Counted by the totals, because a failing step may have decoded bytes before its failure.
        let count = |now: u64, before: u64| usize::try_from(now - before).unwrap_or(0);
        let consumed = count(body.inflate.total_in(), in_before);
        let produced = count(body.inflate.total_out(), out_before);
        body.crc.update(&output[..produced]);
        let mut step = Step { consumed, produced, ..Step::default() };
        match status {
            Ok(Status::StreamEnd) => {
                let (crc, length) = (body.crc.sum(), body.crc.amount());
                self.part = Part::Trailer { crc, length };
            }
            Ok(Status::Ok | Status::BufError) => {}
            Err(_) => step.broken = Some((ProblemKind::Truncated, "the compressed data is damaged".into())),
        }
        step
    }

    fn trailer(&mut self, input: &[u8], crc: u32, length: u32) -> Step {
        let take = input.len().min(TRAILER_BYTES - self.kept.len());
        self.kept.extend_from_slice(&input[..take]);
        let mut step = Step { consumed: take, ..Step::default() };
        if let [a, b, c, d, e, f, g, h] = self.kept[..] {
            if (u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes([e, f, g, h])) != (crc, length) {
                let text =
                    format!("the checksum of gzip member {} does not fit its content, which is used", self.members + 1);
                step.remark = Some((ProblemKind::Truncated, text));
            }
            self.kept.clear();
            self.members += 1;
            self.part = Part::Between;
        }
        step
    }

    fn between(&mut self, input: &[u8]) -> Step {
        let zeros = input.iter().take_while(|byte| **byte == 0).count();
        if zeros > 0 || input.is_empty() {
            return Step { consumed: zeros, ..Step::default() };
        }
        if input[0] == MAGIC[0] {
            self.part = Part::Header;
            return self.header(input);
        }
        broken("what follows the last gzip member is no gzip member, and is not used")
    }
}

fn broken(text: &str) -> Step {
    Step { broken: Some((ProblemKind::Truncated, text.into())), ..Step::default() }
}

enum Header {
    Length(usize),
    Incomplete,
    NotGzip,
}

fn header_length(bytes: &[u8]) -> Header {
    let known = bytes.len().min(MAGIC.len());
    if bytes[..known] != MAGIC[..known] {
        return Header::NotGzip;
    }
    let Some(&flags) = bytes.get(3) else { return Header::Incomplete };
    if flags & RESERVED_FLAGS != 0 {
        return Header::NotGzip;
    }
    let mut at = 10;
    if flags & 4 != 0 {
        let Some(&[low, high]) = bytes.get(at..at + 2).and_then(|pair| pair.first_chunk::<2>()) else {
            return Header::Incomplete;
        };
        at += 2 + usize::from(u16::from_le_bytes([low, high]));
    }
    for text in [8, 16] {
        if flags & text != 0 {
            let Some(end) = bytes.get(at..).and_then(|rest| rest.iter().position(|byte| *byte == 0)) else {
                return Header::Incomplete;
            };
            at += end + 1;
        }
    }
    if flags & 2 != 0 {
        at += 2;
    }
    if bytes.len() < at { Header::Incomplete } else { Header::Length(at) }
}
