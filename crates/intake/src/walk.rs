//! Goes through the layers of one original and shows every source to a visitor, in the order of
//! the bytes: at intake as the content says, later as the intake recorded it.

use std::io::{self, Cursor, Read};

use model::{EvidenceSource, Layer, ProblemKind, Timestamp};

use crate::{
    layers::{HEAD_BYTES, Opening, Stream, TarReader},
    limits::Limits,
    notes::{Cut, Notes},
    state_trees::{LeftAlone, left_alone},
};

/// A source on its way to a visitor.
pub(crate) struct Found<'a> {
    pub(crate) layers: &'a [Layer],
    pub(crate) modified: Timestamp,
    pub(crate) reader: &'a mut dyn Read,
}

/// Whether a visitor wants to see more sources.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Go {
    On,
    Stop,
}

/// Decides what a stream is opened as.
pub(crate) trait Guide {
    /// How the stream below `layers` that starts with `head` is to be opened; `None`: it is a source.
    fn opening(&mut self, layers: &[Layer], head: &[u8]) -> Option<Opening>;

    /// Why a member of an archive is passed over, if it is.
    fn left_alone(&self, _member: &[u8]) -> Option<&'static str> {
        None
    }

    /// Takes a source.
    fn visit(&mut self, found: Found<'_>) -> io::Result<Go>;
}

/// Walks through `reader`, the bytes of an original.
pub(crate) fn walk(
    reader: impl Read,
    modified: Timestamp,
    limits: &Limits,
    notes: &Notes,
    guide: &mut dyn Guide,
) -> io::Result<()> {
    let stream = Stream { reader: Box::new(reader), cut: Cut::default() };
    let mut walk = Walk { limits, notes, guide, sources: 0 };
    walk.enter(stream, modified, &mut Vec::new()).map(|_| ())
}

struct Walk<'a> {
    limits: &'a Limits,
    notes: &'a Notes,
    guide: &'a mut dyn Guide,
    sources: usize,
}

impl Walk<'_> {
    fn enter(&mut self, stream: Stream<'_>, modified: Timestamp, layers: &mut Vec<Layer>) -> io::Result<Go> {
        let (head, stream) = peek(stream)?;
        let opening = self.guide.opening(layers, &head);
        let too_deep = opening.is_some() && layers.len() >= self.limits.layers_max;
        match opening {
            Some(opening) if !too_deep => self.open(opening, stream, modified, layers),
            _ => {
                if too_deep {
                    let text = format!("not opened further: it lies below {} layers already", layers.len());
                    self.notes.add(ProblemKind::Bound, text);
                }
                self.source(stream, modified, layers)
            }
        }
    }

    fn open(
        &mut self,
        opening: Opening,
        stream: Stream<'_>,
        modified: Timestamp,
        layers: &mut Vec<Layer>,
    ) -> io::Result<Go> {
        match opening {
            Opening::Compressed(compression) => {
                let stream = compression.open(stream, layers, self.limits, self.notes);
                layers.push(compression.layer());
                let went = self.enter(stream, modified, layers);
                layers.pop();
                went
            }
            Opening::Tar => {
                let mut archive = TarReader::new(stream, self.notes.clone());
                let mut left = LeftAlone::default();
                while let Some(member) = archive.next_member()? {
                    if let Some(what) = self.guide.left_alone(member.name.as_bytes()) {
                        left.add(what);
                        continue;
                    }
                    let content = Stream { reader: Box::new(&mut archive), cut: Cut::default() };
                    layers.push(Layer::Tar { member: member.name });
                    let went = self.enter(content, member.modified, layers);
                    layers.pop();
                    if went? == Go::Stop {
                        return Ok(Go::Stop);
                    }
                }
                if let Some(text) = left.text("files") {
                    self.notes.add_of_archive(ProblemKind::LeftAlone, text);
                }
                Ok(Go::On)
            }
        }
    }

    fn source(&mut self, mut stream: Stream<'_>, modified: Timestamp, layers: &[Layer]) -> io::Result<Go> {
        if self.sources >= self.limits.members_max {
            let text = format!("more than {} sources in one original; the rest is not read", self.limits.members_max);
            self.notes.add_of_archive(ProblemKind::Bound, text);
            return Ok(Go::Stop);
        }
        self.sources += 1;
        self.guide.visit(Found { layers, modified, reader: &mut stream.reader })
    }
}

/// The first bytes of a stream, and the stream with them still to come.
pub(crate) fn peek(mut stream: Stream<'_>) -> io::Result<(Vec<u8>, Stream<'_>)> {
    let mut head = Vec::with_capacity(HEAD_BYTES);
    stream.reader.by_ref().take(HEAD_BYTES as u64).read_to_end(&mut head)?;
    let whole = Cursor::new(head.clone()).chain(stream.reader);
    Ok((head, Stream { reader: Box::new(whole), cut: stream.cut }))
}

/// Opens what the content shows, at intake.
pub(crate) struct ByContent<F>(pub(crate) F);

impl<F: FnMut(Found<'_>) -> io::Result<Go>> Guide for ByContent<F> {
    fn opening(&mut self, _layers: &[Layer], head: &[u8]) -> Option<Opening> {
        Opening::recognise(head)
    }

    fn left_alone(&self, member: &[u8]) -> Option<&'static str> {
        left_alone(member)
    }

    fn visit(&mut self, found: Found<'_>) -> io::Result<Go> {
        (self.0)(found)
    }
}

/// Opens what an intake recorded, and shows the recorded sources in order.
pub(crate) struct AsRecorded<'a, F> {
    pub(crate) sources: &'a [EvidenceSource],
    pub(crate) next: usize,
    pub(crate) visit: F,
}

impl<F: FnMut(&EvidenceSource, &mut dyn Read) -> io::Result<()>> Guide for AsRecorded<'_, F> {
    fn opening(&mut self, layers: &[Layer], _head: &[u8]) -> Option<Opening> {
        let expected = &self.sources.get(self.next)?.layers;
        let on_the_way = expected.len() > layers.len() && expected.starts_with(layers);
        on_the_way.then(|| Opening::recorded(&expected[layers.len()]))
    }

    fn visit(&mut self, found: Found<'_>) -> io::Result<Go> {
        match self.sources.get(self.next) {
            Some(source) if source.layers == found.layers => {
                self.next += 1;
                (self.visit)(source, found.reader)?;
            }
            Some(_) => {}
            None => return Ok(Go::Stop),
        }
        Ok(if self.next < self.sources.len() { Go::On } else { Go::Stop })
    }
}
