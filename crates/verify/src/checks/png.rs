//! V3: PNG: the CRC-32 of every chunk, the order of the chunks that must be there, and all rows of all
//! frames decoded. Bytes behind the last chunk are stated.

use std::io::Cursor;

use flate2::Crc;
use model::Rung;
use png::{DecodeOptions, Decoder, DecodingError, Limits};

use crate::{Check, Expected, Format, Observed, Reply, format};

/// Memory that a decoder may take for one row, a palette and a text chunk.
const DECODER_BYTES_MAX: usize = 64 * 1024 * 1024;
/// More decoded bytes than this are not followed; it is a picture of some 46,000 × 46,000 pixels.
const DECODED_BYTES_MAX: u64 = 8 * 1024 * 1024 * 1024;
/// More frames than this are not followed.
const FRAMES_MAX: u32 = 100_000;

pub(super) struct Png;

impl Check for Png {
    fn name(&self) -> &'static str {
        "png"
    }

    fn rung(&self) -> Rung {
        Rung::V3
    }

    fn applies(&self, expected: &Expected, observed: &Observed) -> bool {
        format::formats(expected, observed).contains(&Format::Png)
    }

    fn check(&self, _: &Expected, observed: &Observed) -> Reply {
        let content = observed.bytes().unwrap_or_default();
        let chunks = match chunks(content) {
            Ok(chunks) => chunks,
            Err(cause) => return Reply::no(cause),
        };
        match decode(&content[..chunks.end]) {
            Ok(picture) => {
                let behind = content.len() - chunks.end;
                let behind =
                    if behind == 0 { String::new() } else { format!("; {behind} bytes behind the last chunk") };
                Reply::yes(format!("{picture}; {} chunks with right CRC-32{behind}", chunks.count))
            }
            Err(reply) => reply,
        }
    }
}

struct Chunks {
    count: u64,
    /// Offset behind IEND.
    end: usize,
}

/// Walks the chunks. Source: PNG Specification, third edition, sections 5.3 to 5.6.
fn chunks(content: &[u8]) -> Result<Chunks, String> {
    const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";
    if !content.starts_with(SIGNATURE) {
        return Err("the signature is missing".to_string());
    }
    let mut at = SIGNATURE.len();
    let mut count = 0;
    // Every chunk takes at least twelve bytes, so this ends.
    while let Some(head) = content.get(at..at + 8) {
        let length = u32::from_be_bytes([head[0], head[1], head[2], head[3]]) as usize;
        let kind = &head[4..8];
        let Some(body) = content.get(at + 4..at + 8 + length) else {
            return Err(format!("the chunk at byte {at} is cut off: {length} bytes are stated"));
        };
        let Some(stated) = content.get(at + 8 + length..at + 12 + length) else {
            return Err(format!("the chunk at byte {at} has no CRC-32"));
        };
        let mut crc = Crc::new();
        crc.update(body);
        if crc.sum().to_be_bytes() != stated {
            return Err(format!("the chunk at byte {at} has a wrong CRC-32"));
        }
        if count == 0 && kind != b"IHDR" {
            return Err("the first chunk is no IHDR".to_string());
        }
        count += 1;
        at += 12 + length;
        if kind == b"IEND" {
            return Ok(Chunks { count, end: at });
        }
    }
    Err(format!("no IEND after {count} chunks"))
}

fn decode(content: &[u8]) -> Result<String, Reply> {
    let mut options = DecodeOptions::default();
    options.set_ignore_adler32(false);
    let mut decoder = Decoder::new_with_options(Cursor::new(content), options);
    decoder.set_limits(Limits { bytes: DECODER_BYTES_MAX });
    let mut reader = decoder.read_info().map_err(reply)?;
    let info = reader.info();
    let (width, height) = info.size();
    let frames = info.animation_control.map_or(1, |animation| animation.num_frames.max(1));
    let hidden = info.animation_control.is_some() && info.frame_control.is_none();
    let interlaced = if info.interlaced { ", interlaced" } else { "" };
    let images = u64::from(frames) + u64::from(hidden);
    let line = reader.output_line_size(width).unwrap_or(usize::MAX) as u64;
    if frames > FRAMES_MAX || line.saturating_mul(u64::from(height)).saturating_mul(images) > DECODED_BYTES_MAX {
        return Err(Reply::cannot_tell(
            "a validator with a higher bound",
            format!("{width} × {height} in {frames} frames"),
        ));
    }
    for frame in 0..images {
        if frame > 0 {
            reader.next_frame_info().map_err(reply)?;
        }
        while reader.next_row().map_err(reply)?.is_some() {}
    }
    reader.finish().map_err(reply)?;
    Ok(format!("{width} × {height} pixels{interlaced}, {images} frames decoded"))
}

fn reply(error: DecodingError) -> Reply {
    match error {
        DecodingError::LimitsExceeded => {
            Reply::cannot_tell("a validator with a higher bound", "a row or a chunk is too large")
        }
        other => Reply::no(crate::short(&other.to_string())),
    }
}
