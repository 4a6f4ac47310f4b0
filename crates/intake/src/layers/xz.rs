//! xz: all streams and blocks. Source: The .xz File Format 1.2.1.

use liblzma::stream::{Action, CONCATENATED, Error, Status, Stream};
use model::ProblemKind;

use super::{Decoder, Step};

/// Whether a stream starts with the xz magic.
pub(super) fn recognise(head: &[u8]) -> bool {
    head.starts_with(&[0xfd, b'7', b'z', b'X', b'Z', 0])
}

/// The state between two steps.
pub(super) struct Xz {
    stream: Option<Stream>,
    ended: bool,
}

impl Xz {
    /// A decoder that may use so much memory.
    pub(super) fn new(memory_bytes_max: u64) -> Self {
        Self { stream: Stream::new_stream_decoder(memory_bytes_max, CONCATENATED).ok(), ended: false }
    }
}

impl Decoder for Xz {
    fn decode(&mut self, input: &[u8], output: &mut [u8], ended: bool) -> Step {
        let Some(stream) = &mut self.stream else {
            return Step {
                broken: Some((ProblemKind::Bound, "no memory for an xz decoder".into())),
                ..Step::default()
            };
        };
        if self.ended {
            return Step::default();
        }
        let (in_before, out_before) = (stream.total_in(), stream.total_out());
        let status = stream.process(input, output, if ended { Action::Finish } else { Action::Run });
        // Counted by the totals, because a failing step may have decoded bytes before its failure.
        let count = |now: u64, before: u64| usize::try_from(now - before).unwrap_or(0);
        let consumed = count(stream.total_in(), in_before);
        let produced = count(stream.total_out(), out_before);
        let broken = match status {
            Ok(Status::StreamEnd) => {
                self.ended = true;
                None
            }
            Ok(_) => None,
            Err(Error::MemLimit | Error::Mem) => {
                Some((ProblemKind::Bound, "the xz stream asks for more memory than a decoder may use".to_string()))
            }
            Err(error) => Some((ProblemKind::Truncated, format!("the xz data cannot be decoded further: {error}"))),
        };
        Step { consumed, produced, broken, ..Step::default() }
    }

    fn may_end(&self) -> bool {
        self.ended
    }
}
