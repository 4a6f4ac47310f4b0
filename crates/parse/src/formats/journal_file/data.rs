//! Data objects: one `NAME=value` each, shared by all entries that have it.

use std::{collections::HashMap, io, sync::Arc};

use super::{
    compressed, hashes,
    layout::{Header, Kind, OBJECT_HEAD, Object, u64_at},
    pieces::Pieces,
};
use crate::{ReadAt, journal::VALUE_BYTES_MAX};

/// Bytes of a payload that is read before unpacking. Compressed payloads that are longer unpack to more than is kept anyway.
const PACKED_BYTES_MAX: usize = 4 * VALUE_BYTES_MAX;
/// Bytes of data objects kept in memory, twice: what was used lately, and what was used before that.
const CACHE_BYTES_MAX: usize = 8 * 1024 * 1024;
/// What an object costs besides its bytes, roughly; bounds the number of tiny ones.
const OBJECT_COST: usize = 96;
/// Bytes of a field's name; journald takes at most 64.
const NAME_BYTES_MAX: usize = 64;
/// How many times a source's size is read and unpacked as data objects at most. Real files need each object
/// about once; a hostile one can have every entry ask for other large objects, whatever the cache.
const READ_TIMES_MAX: u64 = 16;
/// What is read in any case, so that small files that compress well are read whole.
const READ_BYTES_LEAST: u64 = 256 * 1024 * 1024;

/// A field with its value.
#[derive(Debug)]
pub(super) struct Datum {
    /// `NAME=value`, at most [`VALUE_BYTES_MAX`] bytes of value.
    payload: Vec<u8>,
    /// Where the `=` stands.
    equals: usize,
    /// Whether the value is longer, or could not be unpacked to its end.
    pub cut: bool,
    /// The hash that the object states, by which entries point to it too.
    pub stated: u64,
    /// Jenkins' hash of the payload, from which entries compute their checksum; `None` for a cut one.
    pub jenkins: Option<u64>,
    /// Whether the payload has the hash that the object states. A cut one cannot be checked and counts as sound.
    pub sound: bool,
}

impl Datum {
    /// The field's name.
    pub fn name(&self) -> &[u8] {
        &self.payload[..self.equals]
    }

    /// The field's value.
    pub fn value(&self) -> &[u8] {
        &self.payload[self.equals + 1..]
    }
}

/// The data objects of one file, kept by offset in two generations.
pub(super) struct Data {
    young: HashMap<u64, Option<Arc<Datum>>>,
    old: HashMap<u64, Option<Arc<Datum>>>,
    young_bytes: usize,
    scratch: Vec<u8>,
    /// Bytes that may still be read and unpacked.
    budget: u64,
}

impl Data {
    /// For a source of `size` bytes.
    pub fn new(size: u64) -> Self {
        Self {
            young: HashMap::new(),
            old: HashMap::new(),
            young_bytes: 0,
            scratch: Vec::new(),
            budget: size.saturating_mul(READ_TIMES_MAX).saturating_add(READ_BYTES_LEAST),
        }
    }

    /// The data object at `offset`; `None` when there is none that can be read.
    pub fn at(
        &mut self,
        offset: u64,
        header: &Header,
        pieces: &mut Pieces,
        bytes: &dyn ReadAt,
    ) -> io::Result<Option<Arc<Datum>>> {
        if let Some(found) = self.young.get(&offset) {
            return Ok(found.clone());
        }
        let found = match self.old.remove(&offset) {
            Some(found) => found,
            None => self.load(offset, header, pieces, bytes)?.map(Arc::new),
        };
        self.young_bytes += OBJECT_COST + found.as_ref().map_or(0, |datum| datum.payload.len());
        if self.young_bytes > CACHE_BYTES_MAX {
            self.old = std::mem::take(&mut self.young);
            self.young_bytes = 0;
        }
        self.young.insert(offset, found.clone());
        Ok(found)
    }

    fn load(
        &mut self,
        offset: u64,
        header: &Header,
        pieces: &mut Pieces,
        bytes: &dyn ReadAt,
    ) -> io::Result<Option<Datum>> {
        let (head, found) = pieces.array::<{ OBJECT_HEAD as usize }>(bytes, offset)?;
        let Some(object) = Object::read(&head).filter(|object| object.kind == Kind::Data) else { return Ok(None) };
        if found < head.len() || self.budget == 0 {
            return Ok(None);
        }
        let start = if header.compact { 72 } else { 64 };
        let bound = if object.compression == 0 { NAME_BYTES_MAX + 1 + VALUE_BYTES_MAX } else { PACKED_BYTES_MAX };
        let length = usize::try_from(object.size).unwrap_or(usize::MAX);
        self.scratch.clear();
        pieces.read(bytes, offset, length.min(start + bound), &mut self.scratch)?;
        let cut = self.scratch.len() < length;
        let found = datum(&self.scratch, start, &object, cut, header);
        let unpacked = found.as_ref().map_or(0, |datum| datum.payload.len());
        self.budget = self.budget.saturating_sub((self.scratch.len() + unpacked) as u64);
        Ok(found)
    }
}

/// Reads a data object from its bytes; `None` when it holds no `NAME=`.
fn datum(object: &[u8], start: usize, head: &Object, cut: bool, header: &Header) -> Option<Datum> {
    let stated = u64_at(object, 16);
    let raw = object.get(start..)?;
    let (mut payload, cut) = match head.compression {
        0 => (raw.to_vec(), cut),
        compression => {
            let unpacked = compressed::unpack(raw, compression, NAME_BYTES_MAX + 1 + VALUE_BYTES_MAX)?;
            (unpacked.bytes, cut || unpacked.cut)
        }
    };
    let equals = payload.iter().take(NAME_BYTES_MAX + 1).position(|&byte| byte == b'=')?;
    if equals == 0 {
        return None;
    }
    let cut = cut || payload.len() - equals - 1 > VALUE_BYTES_MAX;
    payload.truncate(equals + 1 + VALUE_BYTES_MAX);
    let jenkins = (!cut).then(|| hashes::jenkins(&payload));
    let sound = match (jenkins, &header.key) {
        (None, _) => true,
        (Some(_), Some(key)) => hashes::siphash(key, &payload) == stated,
        (Some(hash), None) => hash == stated,
    };
    payload.shrink_to_fit();
    Some(Datum { payload, equals, cut, stated, jenkins, sound })
}
