//! Zstandard: all frames of a stream. Source: RFC 8878.

use model::ProblemKind;
use zstd::stream::raw::{DParameter, Decoder as Frames, Operation as _};

use super::{Decoder, Step};

/// Smallest frame header; the decoder then says how much it wants next.
const FRAME_START_BYTES: usize = 5;

/// Whether a stream starts with a frame or a skippable frame (RFC 8878, 3.1).
pub(super) fn recognise(head: &[u8]) -> bool {
    match head {
        [0x28, 0xb5, 0x2f, 0xfd, ..] => true,
        // A skippable frame counts only when a real frame follows: its magic is weak.
        [0x50..=0x5f, 0x2a, 0x4d, 0x18, a, b, c, d, rest @ ..] => {
            let length = u32::from_le_bytes([*a, *b, *c, *d]) as usize;
            rest.get(length..).is_some_and(|next| next.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]))
        }
        _ => false,
    }
}

/// The state between two steps.
pub(super) struct Zstd {
    frames: Option<Frames<'static>>,
    /// Bytes that the decoder wants next; 0 between two frames.
    wanted: usize,
}

impl Zstd {
    /// A decoder for frames with windows of at most that power of two.
    pub(super) fn new(window_log_max: u32) -> Self {
        let frames = Frames::new().and_then(|mut frames| {
            frames.set_parameter(DParameter::WindowLogMax(window_log_max))?;
            Ok(frames)
        });
        Self { frames: frames.ok(), wanted: 0 }
    }
}

impl Decoder for Zstd {
    fn decode(&mut self, input: &[u8], output: &mut [u8], _ended: bool) -> Step {
        let Some(frames) = &mut self.frames else {
            return Step {
                broken: Some((ProblemKind::Bound, "no memory for a zstd decoder".into())),
                ..Step::default()
            };
        };
        // Exactly what the decoder asked for, so that one step decodes one block: a failing step
        // returns nothing, and must not take good blocks with it.
        let wanted = if self.wanted == 0 { FRAME_START_BYTES } else { self.wanted };
        let input = &input[..input.len().min(wanted)];
        match frames.run_on_buffers(input, output) {
            Ok(status) => {
                if status.bytes_read > 0 || status.bytes_written > 0 {
                    self.wanted = status.remaining;
                }
                Step { consumed: status.bytes_read, produced: status.bytes_written, ..Step::default() }
            }
            Err(error) => {
                let kind = match error.to_string() {
                    text if text.contains("memory") => ProblemKind::Bound,
                    _ => ProblemKind::Truncated,
                };
                let text = format!("the zstd data cannot be decoded further: {error}");
                Step { broken: Some((kind, text)), ..Step::default() }
            }
        }
    }

    fn may_end(&self) -> bool {
        self.wanted == 0
    }
}
