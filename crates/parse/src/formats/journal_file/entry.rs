//! Entry objects: when, in which boot, and which data objects.

use std::{io, sync::Arc};

use super::{
    data::{Data, Datum},
    layout::{Header, u32_at, u64_at},
    pieces::Pieces,
};
use crate::{
    ReadAt,
    journal::{ENTRY_BYTES_MAX, ENTRY_FIELDS_MAX, Entry, Field},
};

/// Where an entry's list of data objects starts.
const ITEMS_START: usize = 64;

/// An entry with the fields that could be found.
pub(super) struct Stored {
    seqnum: u64,
    realtime: u64,
    monotonic: u64,
    boot: [u8; 16],
    /// Its fields in the order of the object.
    pub fields: Vec<Arc<Datum>>,
    /// Fields that are listed, and not there: nothing readable stands at their place, or something else does.
    pub missing: usize,
    /// Fields that were left out because of a bound.
    pub beyond: usize,
    /// Whether the entry's checksum is that of its fields; `None` where it cannot be computed.
    pub sound: Option<bool>,
}

impl Stored {
    /// The entry as every journal format gives it.
    pub fn entry(&self) -> Entry<'_> {
        // The boot id stands in the entry itself, and again in a field of its own.
        let named = self.fields.iter().filter(|datum| datum.name() != b"_BOOT_ID");
        let fields = named.map(|datum| Field { name: datum.name(), value: datum.value().into(), cut: datum.cut });
        Entry {
            realtime: Some(self.realtime),
            monotonic: Some(self.monotonic),
            boot: Some(self.boot),
            seqnum: Some(self.seqnum),
            fields: fields.collect(),
            unsound: self.fields.iter().filter(|datum| !datum.sound).map(|datum| datum.name()).collect(),
        }
    }

    /// Whether time and boot could be those of a real entry.
    pub fn is_plausible(&self) -> bool {
        /// 2000-01-01 in microseconds since 1970; the format is from 2011.
        const EARLIEST: u64 = 946_684_800_000_000;
        /// systemd's own bound for times of the clock.
        const LATEST: u64 = 1 << 55;
        (EARLIEST..LATEST).contains(&self.realtime) && self.boot != [0; 16]
    }
}

/// Reads an entry of `size` bytes at `offset`.
pub(super) fn read(
    offset: u64,
    size: u64,
    header: &Header,
    data: &mut Data,
    pieces: &mut Pieces,
    bytes: &dyn ReadAt,
) -> io::Result<Stored> {
    let width = if header.compact { 4 } else { 16 };
    let listed = usize::try_from(size).unwrap_or(usize::MAX).saturating_sub(ITEMS_START) / width;
    let taken = listed.min(ENTRY_FIELDS_MAX);
    let mut object = Vec::with_capacity(ITEMS_START + taken * width);
    pieces.read(bytes, offset, ITEMS_START + taken * width, &mut object)?;
    let mut entry = Stored {
        seqnum: u64_at(&object, 16),
        realtime: u64_at(&object, 24),
        monotonic: u64_at(&object, 32),
        boot: object.get(40..56).and_then(|bytes| bytes.try_into().ok()).unwrap_or_default(),
        fields: Vec::with_capacity(taken),
        missing: 0,
        beyond: listed - taken,
        sound: None,
    };
    let (mut checksum, mut room) = (Some(0), ENTRY_BYTES_MAX);
    for item in object.get(ITEMS_START..).unwrap_or_default().chunks_exact(width) {
        let (at, hash) =
            if header.compact { (u64::from(u32_at(item, 0)), None) } else { (u64_at(item, 0), Some(u64_at(item, 8))) };
        let found = if at.is_multiple_of(8) { data.at(at, header, pieces, bytes)? } else { None };
        let Some(datum) = found.filter(|datum| hash.is_none_or(|hash| hash == datum.stated)) else {
            entry.missing += 1;
            checksum = None;
            continue;
        };
        checksum = checksum.zip(datum.jenkins).map(|(sum, hash)| sum ^ hash);
        let length = datum.value().len();
        if length > room {
            entry.beyond += 1;
            continue;
        }
        room -= length;
        entry.fields.push(datum);
    }
    if entry.beyond == 0 {
        entry.sound = checksum.map(|sum| sum == u64_at(&object, 56));
    }
    Ok(entry)
}
