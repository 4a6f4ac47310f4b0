//! The layers that are opened on the way from an original to its sources, recognised by content,
//! never by name.

mod gzip;
mod tar;
mod xz;
mod zstd;

use std::io::{self, Read};

use model::{Layer, ProblemKind};
use stdx::capped::{CapReached, Expansion};

use crate::{
    limits::{Limits, XZ_MEMORY_BYTES_MAX, ZSTD_WINDOW_LOG_MAX},
    notes::{Cut, Notes},
};

pub(crate) use tar::TarReader;

/// Bytes of the start of a stream that are needed to recognise every layer: one tar header.
pub(crate) const HEAD_BYTES: usize = 512;

/// Output of one decoding step: a whole zstd block (128 KiB), so that a step never holds two.
const OUTPUT_BYTES: usize = 128 * 1024;
const INPUT_BYTES: usize = 64 * 1024;

/// What a person can do where a bound ended decompression.
const DO_IT_YOURSELF: &str = "; if the file is sound, decompress it yourself and take the result in as well";

/// What a stream can be opened as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Opening {
    /// A compressed stream.
    Compressed(Compression),
    /// An archive of members.
    Tar,
}

/// The compressions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compression {
    Gzip,
    Zstd,
    Xz,
}

impl Opening {
    /// How a stream that starts with `head` can be opened; `None`: it is a source.
    pub(crate) fn recognise(head: &[u8]) -> Option<Self> {
        if gzip::recognise(head) {
            Some(Self::Compressed(Compression::Gzip))
        } else if zstd::recognise(head) {
            Some(Self::Compressed(Compression::Zstd))
        } else if xz::recognise(head) {
            Some(Self::Compressed(Compression::Xz))
        } else if tar::recognise(head) {
            Some(Self::Tar)
        } else {
            None
        }
    }

    /// The opening that an intake recorded as `layer`.
    pub(crate) fn recorded(layer: &Layer) -> Self {
        match layer {
            Layer::Gzip => Self::Compressed(Compression::Gzip),
            Layer::Zstd => Self::Compressed(Compression::Zstd),
            Layer::Xz => Self::Compressed(Compression::Xz),
            Layer::Tar { .. } => Self::Tar,
        }
    }
}

impl Compression {
    pub(crate) fn layer(self) -> Layer {
        match self {
            Self::Gzip => Layer::Gzip,
            Self::Zstd => Layer::Zstd,
            Self::Xz => Layer::Xz,
        }
    }

    /// The decoded stream of `input`, which lies below `layers`.
    pub(crate) fn open<'a>(self, input: Stream<'a>, layers: &[Layer], limits: &Limits, notes: &Notes) -> Stream<'a> {
        // Decoders inside each other work at the same time; halving keeps their sum below twice the first one's.
        let outer = layers.iter().filter(|layer| matches!(layer, Layer::Zstd | Layer::Xz)).count();
        let halvings = u32::try_from(outer).unwrap_or(u32::MAX).min(ZSTD_WINDOW_LOG_MAX / 2);
        let decoder: Box<dyn Decoder> = match self {
            Self::Gzip => Box::new(gzip::Gzip::default()),
            Self::Zstd => Box::new(zstd::Zstd::new(ZSTD_WINDOW_LOG_MAX - halvings)),
            Self::Xz => Box::new(xz::Xz::new(XZ_MEMORY_BYTES_MAX >> halvings)),
        };
        let cut = Cut::default();
        let pump = Pump {
            decoder,
            input,
            buffer: vec![0; INPUT_BYTES],
            held: 0..0,
            ended: false,
            output: vec![0; OUTPUT_BYTES],
            ready: 0..0,
            consumed: 0,
            produced: 0,
            finished: false,
            expansion: limits.expansion,
            expanded_bytes_max: limits.expanded_bytes_max,
            notes: notes.clone(),
            cut: cut.clone(),
        };
        Stream { reader: Box::new(pump), cut }
    }
}

/// A stream on its way through the layers.
pub(crate) struct Stream<'a> {
    pub(crate) reader: Box<dyn Read + 'a>,
    /// Set once it ended before its time; the reason is noted.
    pub(crate) cut: Cut,
}

/// One compression: turns bytes into bytes, step by step.
trait Decoder {
    /// Decodes from `input` into `output`. `ended`: no more input will come.
    fn decode(&mut self, input: &[u8], output: &mut [u8], ended: bool) -> Step;

    /// Whether the compressed stream may end here.
    fn may_end(&self) -> bool;
}

/// What one decoding step did.
#[derive(Debug, Default)]
struct Step {
    consumed: usize,
    produced: usize,
    /// Something is wrong, but decoding goes on.
    remark: Option<(ProblemKind, String)>,
    /// Decoding cannot go on behind the bytes of this step.
    broken: Option<(ProblemKind, String)>,
}

/// Drives a decoder: reads compressed bytes below, hands decoded bytes up, watches the bounds.
struct Pump<'a> {
    decoder: Box<dyn Decoder>,
    input: Stream<'a>,
    buffer: Vec<u8>,
    held: std::ops::Range<usize>,
    /// The compressed bytes are at their end.
    ended: bool,
    output: Vec<u8>,
    ready: std::ops::Range<usize>,
    consumed: u64,
    produced: u64,
    finished: bool,
    expansion: Expansion,
    expanded_bytes_max: u64,
    notes: Notes,
    cut: Cut,
}

impl Read for Pump<'_> {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        while self.ready.is_empty() && !self.finished && !target.is_empty() {
            self.step()?;
        }
        let length = target.len().min(self.ready.len());
        target[..length].copy_from_slice(&self.output[self.ready.start..self.ready.start + length]);
        self.ready.start += length;
        Ok(length)
    }
}

impl Pump<'_> {
    fn step(&mut self) -> io::Result<()> {
        if self.held.is_empty() && !self.ended {
            let got = self.input.reader.read(&mut self.buffer)?;
            self.held = 0..got;
            self.ended = got == 0;
        }
        let step = self.decoder.decode(&self.buffer[self.held.clone()], &mut self.output, self.ended);
        self.held.start += step.consumed;
        self.consumed += step.consumed as u64;
        self.ready = 0..step.produced;
        self.produced += step.produced as u64;
        if let Some((kind, text)) = step.remark {
            self.notes.add(kind, format!("{text} (compressed byte {})", self.consumed));
        }
        if let Some((kind, text)) = step.broken {
            let next = if kind == ProblemKind::Bound { DO_IT_YOURSELF } else { "" };
            self.stop(kind, format!("{text} (compressed byte {}){next}", self.consumed));
        } else if self.ended && step.produced == 0 && step.consumed == 0 {
            self.end();
        }
        self.watch();
        Ok(())
    }

    /// The compressed bytes are used up and the decoder has nothing more to give.
    fn end(&mut self) {
        self.finished = true;
        if self.input.cut.is_set() {
            self.cut.set();
        } else if !self.decoder.may_end() {
            let text = format!("the compressed stream breaks off at its byte {}", self.consumed);
            self.stop(ProblemKind::Truncated, text);
        }
    }

    fn watch(&mut self) {
        let total = self.notes.expanded(self.ready.len() as u64);
        let mut reached = self.expansion.check(self.consumed, self.produced).err();
        if total > self.expanded_bytes_max {
            reached = Some(CapReached::Bytes { bytes_max: self.expanded_bytes_max });
        }
        if let Some(reached) = reached {
            self.ready = 0..0;
            self.stop(
                ProblemKind::Bound,
                format!("decompression was stopped: {reached}; what was decoded before is used{DO_IT_YOURSELF}"),
            );
        }
    }

    fn stop(&mut self, kind: ProblemKind, text: String) {
        self.finished = true;
        if !self.cut.is_set() {
            self.notes.add(kind, text);
        }
        self.cut.set();
    }
}
