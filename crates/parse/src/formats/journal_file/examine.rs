//! Whether what stands at an offset is an object of the journal, or only looks like one.

use std::io;

use super::{
    data::Data,
    entry::{self, Stored},
    hashes,
    layout::{ALIGNMENT, Header, Kind, OBJECT_HEAD, Object, u32_at, u64_at},
    pieces::Pieces,
};
use crate::ReadAt;

/// How sure an object is what its head says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Trust {
    /// Its content contradicts its own checksum or its kind.
    Contradicted,
    /// It has none, or it cannot be computed.
    Possible,
    /// Its checksum is right.
    Proven,
}

/// Payload of a field object that is read; names have at most 64 bytes.
const NAME_BYTES_MAX: u64 = 256;
/// Bytes of an array of entries that are looked at; its beginning tells.
const ARRAY_BYTES: usize = 4096;

/// What of one file the examination needs.
pub(super) struct File<'a> {
    pub header: &'a Header,
    pub size: u64,
    pub data: &'a mut Data,
    pub pieces: &'a mut Pieces,
    pub bytes: &'a dyn ReadAt,
}

impl File<'_> {
    /// The head of the object at `at`, when it lies inside the file.
    pub fn object(&mut self, at: u64) -> io::Result<Option<Object>> {
        let (head, found) = self.pieces.array::<{ OBJECT_HEAD as usize }>(self.bytes, at)?;
        let object = Object::read(&head).filter(|_| found == head.len());
        Ok(object.filter(|object| object.size <= self.size.saturating_sub(at)))
    }

    /// Whether another object, or the end of the file, follows directly.
    pub fn is_followed(&mut self, at: u64, object: &Object) -> io::Result<bool> {
        let end = at + object.span();
        Ok(end >= self.size || self.object(end)?.is_some())
    }

    /// How sure it is that `object` stands at `at`.
    pub fn trust(&mut self, at: u64, object: &Object) -> io::Result<Trust> {
        Ok(match object.kind {
            Kind::Data => match self.data.at(at, self.header, self.pieces, self.bytes)? {
                None => Trust::Contradicted,
                Some(datum) if datum.jenkins.is_none() => Trust::Possible,
                Some(datum) if datum.sound => Trust::Proven,
                Some(_) => Trust::Contradicted,
            },
            Kind::Field => self.field(at, object)?,
            Kind::Entry => trust_in(&self.entry(at, object)?),
            Kind::EntryArray => self.array(at, object)?,
            Kind::HashTable | Kind::Tag => Trust::Possible,
        })
    }

    /// The entry at `at`.
    pub fn entry(&mut self, at: u64, object: &Object) -> io::Result<Stored> {
        entry::read(at, object.size, self.header, self.data, self.pieces, self.bytes)
    }

    fn field(&mut self, at: u64, object: &Object) -> io::Result<Trust> {
        if object.size > 40 + NAME_BYTES_MAX {
            return Ok(Trust::Contradicted);
        }
        let mut bytes = Vec::new();
        self.pieces.read(self.bytes, at, usize::try_from(object.size).unwrap_or(0), &mut bytes)?;
        let name = bytes.get(40..).unwrap_or_default();
        let hash = match &self.header.key {
            Some(key) => hashes::siphash(key, name),
            None => hashes::jenkins(name),
        };
        Ok(if hash == u64_at(&bytes, 16) { Trust::Proven } else { Trust::Contradicted })
    }

    /// An array holds offsets of entries, in rising order, and zeros where it is not filled yet.
    fn array(&mut self, at: u64, object: &Object) -> io::Result<Trust> {
        let mut bytes = Vec::new();
        let length = usize::try_from(object.size).unwrap_or(usize::MAX).min(ARRAY_BYTES);
        self.pieces.read(self.bytes, at, length, &mut bytes)?;
        let width = if self.header.compact { 4 } else { 8 };
        let items = bytes.get(24..).unwrap_or_default().chunks_exact(width);
        let mut before = 0;
        for item in items {
            let offset = if width == 4 { u64::from(u32_at(item, 0)) } else { u64_at(item, 0) };
            let ended = before == u64::MAX;
            let fits =
                offset == 0 || !ended && offset > before && offset < self.size && offset.is_multiple_of(ALIGNMENT);
            if !fits {
                return Ok(Trust::Contradicted);
            }
            before = if offset == 0 { u64::MAX } else { offset };
        }
        Ok(Trust::Possible)
    }

    /// What examining it costs, in steps of some dozen nanoseconds.
    pub fn cost(object: &Object) -> u64 {
        1 + object.size / 32
    }
}

/// How sure an entry is one. A field that was changed is no fault of the entry that points to it.
pub(super) fn trust_in(entry: &Stored) -> Trust {
    let changed = entry.fields.iter().any(|datum| !datum.sound);
    match entry.sound {
        _ if !entry.is_plausible() => Trust::Contradicted,
        Some(true) => Trust::Proven,
        Some(false) if !changed => Trust::Contradicted,
        _ if entry.fields.is_empty() => Trust::Contradicted,
        _ => Trust::Possible,
    }
}
