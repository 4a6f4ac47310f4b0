//! What stands where in a journal file: its header, and the head of every object.
//!
//! Source: systemd, "Journal File Format" and `journal-def.h` (header sizes 208 to 272 by version).

/// The first eight bytes of every journal file.
pub(super) const SIGNATURE: &[u8; 8] = b"LPKSHHRH";
/// Bytes of the newest header.
pub(super) const HEADER_BYTES: usize = 272;
/// Bytes of the oldest header.
const HEADER_BYTES_MIN: u64 = 208;
/// A header that claims more is damaged: the newest has 272 bytes, and grew by 64 in twelve years.
const HEADER_BYTES_MAX: u64 = 4096;
/// Bytes of an object's head: type, flags, six that are zero, size.
pub(super) const OBJECT_HEAD: u64 = 16;
/// Objects begin at multiples of this.
pub(super) const ALIGNMENT: u64 = 8;

/// What the header says of the whole file, as far as reading needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    /// Where the first object starts.
    pub size: u64,
    /// Whether entries and arrays hold 32-bit offsets.
    pub compact: bool,
    /// The file's id, when it keys the hashes.
    pub key: Option<[u8; 16]>,
    /// The file's id.
    pub file_id: [u8; 16],
    /// 0 closed, 1 being written, 2 archived.
    pub state: u8,
    /// Entries that the file says it has: a claim, compared and never relied on.
    pub entries: u64,
    /// Where the last object starts: a claim too.
    pub tail: u64,
}

/// Reads the header from the first bytes of a file, zeros behind its end. `Err` says what is wrong with it,
/// with what can still be assumed.
pub(super) fn header(bytes: &[u8; HEADER_BYTES]) -> Result<Header, (Header, &'static str)> {
    /// Compressed by XZ, LZ4, Zstandard; keyed hashes; compact.
    const FLAGS_KNOWN: u32 = 0b1_1111;
    let flags = u32_at(bytes, 12);
    let mut file_id = [0; 16];
    file_id.copy_from_slice(&bytes[24..40]);
    let header = Header {
        size: u64_at(bytes, 88),
        compact: flags & 16 != 0,
        key: (flags & 4 != 0).then_some(file_id),
        file_id,
        state: bytes[16],
        entries: u64_at(bytes, 152),
        tail: u64_at(bytes, 136),
    };
    let sized = (HEADER_BYTES_MIN..=HEADER_BYTES_MAX).contains(&header.size) && header.size.is_multiple_of(ALIGNMENT);
    match () {
        () if &bytes[..8] != SIGNATURE => Err((Header { size: HEADER_BYTES_MIN, ..header }, "no signature `LPKSHHRH`")),
        () if !sized => Err((Header { size: HEADER_BYTES_MIN, ..header }, "a header size that no version writes")),
        () if flags & !FLAGS_KNOWN != 0 => Err((header, "features of a version that is not known here")),
        () => Ok(header),
    }
}

/// What an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// One field with its value.
    Data,
    /// The name of a field.
    Field,
    /// One log entry: a list of data objects.
    Entry,
    /// A hash table.
    HashTable,
    /// A list of entries.
    EntryArray,
    /// A seal over what was written before.
    Tag,
}

/// The head of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Object {
    /// What it is.
    pub kind: Kind,
    /// How a data object is compressed: 0 not, 1 XZ, 2 LZ4, 4 Zstandard.
    pub compression: u8,
    /// Its bytes, head included, padding excluded.
    pub size: u64,
}

impl Object {
    /// Reads a head; `None` when no object can start like that.
    pub fn read(head: &[u8; OBJECT_HEAD as usize]) -> Option<Self> {
        let (kind, least, step) = match head[0] {
            1 => (Kind::Data, 65, 1),
            2 => (Kind::Field, 41, 1),
            3 => (Kind::Entry, 64, 4),
            4 | 5 => (Kind::HashTable, 32, 16),
            6 => (Kind::EntryArray, 24, 4),
            7 => (Kind::Tag, 64, 64),
            _ => return None,
        };
        let compression = head[1];
        let flagged = matches!(compression, 0 | 1 | 2 | 4) && (compression == 0 || kind == Kind::Data);
        let size = u64_at(head, 8);
        // Nothing comes near 2^48 bytes; beyond it, sums of offsets could overflow.
        let sized = (least..1 << 48).contains(&size) && size.is_multiple_of(step);
        (flagged && sized && head[2..8] == [0; 6]).then_some(Self { kind, compression, size })
    }

    /// Bytes up to the next object.
    pub fn span(&self) -> u64 {
        self.size.next_multiple_of(ALIGNMENT)
    }
}

/// A little-endian number of 64 bits at an offset, 0 where there is none.
pub(super) fn u64_at(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..at + 8).and_then(|bytes| bytes.try_into().ok()).map_or(0, u64::from_le_bytes)
}

/// A little-endian number of 32 bits at an offset, 0 where there is none.
pub(super) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map_or(0, u32::from_le_bytes)
}
