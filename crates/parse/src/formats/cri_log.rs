//! Container logs of Kubernetes nodes (containerd, CRI-O, podman's `k8s-file`): `TIME stdout|stderr F|P TEXT`.
//!
//! `P` marks a piece of a line that is longer than the runtime's buffer; `F` its last piece, or a whole line. Tags after
//! `F` and `P` are separated by `:`. The pod and the container stand in the path, not in the record (see `log_path`).
//!
//! Sources: Kubernetes' design of CRI container logs, `kubelet/kuberuntime/logs`; conmon `ctr_logging.c`. Lines from
//! before 2018 have no tag.

use model::{ProblemKind, Timestamp};

use crate::{
    Batch, Decoder, Format, Source,
    messages::{Messages, Piece, whole_lines},
    records::{Fault, Framed, Framing, Origin, Reader},
};

/// The format.
pub(crate) struct CriLog;

const NAME: &str = "cri_log";

impl Format for CriLog {
    fn name(&self) -> &'static str {
        NAME
    }

    fn sniff(&self, head: &[u8]) -> u8 {
        match whole_lines(head, |line| parts(line).is_some()) {
            (0, _) => 0,
            // More than any format whose records such lines may carry.
            (_, 0) => 98,
            (ours, others) => u8::try_from(90 * ours / (ours + others)).unwrap_or(0),
        }
    }

    fn decoder(&self, source: Source) -> Box<dyn Decoder> {
        let reader = LineReader { messages: Messages::new(NAME, &source) };
        Box::new(Framed::new(source, Framing::lines(), reader))
    }
}

struct Parts<'a> {
    time: Timestamp,
    stream: &'a str,
    last: bool,
    text: &'a [u8],
}

fn parts(line: &[u8]) -> Option<Parts<'_>> {
    let space = memchr::memchr(b' ', line.get(..64.min(line.len()))?)?;
    let (time, rest) = (&line[..space], &line[space + 1..]);
    let stream = match rest.get(..7) {
        Some(b"stdout ") => "stdout",
        Some(b"stderr ") => "stderr",
        _ => return None,
    };
    let time = Timestamp::parse(std::str::from_utf8(time).ok()?).ok()?;
    let rest = &rest[7..];
    let end = memchr::memchr(b' ', rest).unwrap_or(rest.len());
    let (last, text) = match &rest[..end] {
        [b'F'] | [b'F', b':', ..] => (true, rest.get(end + 1..).unwrap_or_default()),
        [b'P'] | [b'P', b':', ..] => (false, rest.get(end + 1..).unwrap_or_default()),
        // No tag: all of it is text.
        _ => (true, rest),
    };
    Some(Parts { time, stream, last, text })
}

struct LineReader {
    messages: Messages,
}

impl Reader for LineReader {
    fn record(&mut self, line: &[u8], origin: &Origin<'_>, out: &mut Batch) -> Result<(), Fault> {
        let Some(parts) = parts(line) else {
            let kind = if origin.ended { ProblemKind::NotARecord } else { ProblemKind::Torn };
            return Err((kind, "no container log line (`TIME stdout|stderr F|P TEXT`)".to_string()));
        };
        let Parts { time, stream, last, text } = parts;
        self.messages.piece(
            Piece { text, last, full: true, time: Some(time), stream, facts: Default::default() },
            origin,
            out,
        );
        Ok(())
    }

    fn finish(&mut self, out: &mut Batch) {
        self.messages.finish(out);
    }
}
