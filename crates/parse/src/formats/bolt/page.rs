//! Pages: their headers, the two meta pages, the elements of branches and leaves.

use std::io;

use crate::whole::ReadAt;

/// Sizes of pages, which are those of the machine's memory. Smaller ones than 4 KiB occur in tests only.
pub(super) const SIZES: [u64; 9] = [512, 1_024, 2_048, 4_096, 8_192, 16_384, 32_768, 65_536, 131_072];

const MAGIC: u32 = 0xED0C_DAED;
const VERSION: u32 = 2;
/// Header of a page, and of an inline bucket's page.
const HEADER_BYTES: usize = 16;
/// Bytes of an element's header in branches and leaves.
const ELEMENT_BYTES: usize = 16;
/// Bytes of a meta page behind its header.
const META_BYTES: usize = 64;
/// Bytes of them that the checksum covers.
const META_SUMMED_BYTES: usize = 56;

const BRANCH: u16 = 0x01;
const LEAF: u16 = 0x02;
/// Flag of a leaf's element that is a bucket.
const BUCKET: u32 = 0x01;

/// What a meta page says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Meta {
    pub(super) page_size: u64,
    pub(super) root: u64,
    pub(super) transaction: u64,
}

/// Whether `page` begins as a meta page.
pub(super) fn is_meta(page: &[u8]) -> bool {
    u32_at(page, HEADER_BYTES) == Some(MAGIC) && u32_at(page, HEADER_BYTES + 4) == Some(VERSION)
}

/// The valid meta pages, the newest first.
pub(super) fn metas(bytes: &dyn ReadAt, size: u64) -> io::Result<Vec<Meta>> {
    let mut found = Vec::new();
    if let Some(first) = meta_at(bytes, 0)? {
        found.push(first);
    }
    // Where the second stands is known from the first; else every size is tried.
    let places: Vec<u64> = found.first().map_or(SIZES.to_vec(), |meta: &Meta| vec![meta.page_size]);
    for place in places {
        if let Some(meta) = meta_at(bytes, place)?.filter(|meta| meta.page_size == place) {
            found.push(meta);
            break;
        }
    }
    found.retain(|meta| meta.root.checked_mul(meta.page_size).is_some_and(|offset| offset < size));
    found.sort_by_key(|meta| std::cmp::Reverse(meta.transaction));
    Ok(found)
}

fn meta_at(bytes: &dyn ReadAt, offset: u64) -> io::Result<Option<Meta>> {
    let mut page = [0; HEADER_BYTES + META_BYTES];
    if fill(bytes, &mut page, offset)? < page.len() {
        return Ok(None);
    }
    let body = &page[HEADER_BYTES..];
    let valid = is_meta(&page) && u64_at(body, META_SUMMED_BYTES) == Some(fnv1a(&body[..META_SUMMED_BYTES]));
    let meta = || {
        let page_size = u64::from(u32_at(body, 8)?);
        let meta = Meta { page_size, root: u64_at(body, 16)?, transaction: u64_at(body, 48)? };
        SIZES.contains(&page_size).then_some(meta)
    };
    Ok(if valid { meta() } else { None })
}

fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Reads until `buffer` is full or the source ends.
pub(super) fn fill(bytes: &dyn ReadAt, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match bytes.read_at(&mut buffer[filled..], offset.saturating_add(filled as u64)) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// The header of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) id: u64,
    flags: u16,
    count: u16,
    /// Pages that follow and belong to this one.
    pub(super) overflow: u32,
}

/// What a page of a tree is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Branch,
    Leaf,
}

impl Header {
    pub(super) fn read(page: &[u8]) -> Option<Self> {
        Some(Self {
            id: u64_at(page, 0)?,
            flags: u16_at(page, 8)?,
            count: u16_at(page, 10)?,
            overflow: u32_at(page, 12)?,
        })
    }

    /// `None` for pages that are no part of a tree.
    pub(super) fn kind(&self) -> Option<Kind> {
        match self.flags {
            BRANCH => Some(Kind::Branch),
            LEAF => Some(Kind::Leaf),
            _ => None,
        }
    }

    pub(super) fn elements(&self) -> usize {
        usize::from(self.count)
    }
}

/// The page that element `at` of a branch points to.
pub(super) fn branch_element(page: &[u8], at: usize) -> Option<u64> {
    u64_at(page, HEADER_BYTES + at * ELEMENT_BYTES + 8)
}

/// An element of a leaf.
pub(super) struct LeafElement<'a> {
    pub(super) key: &'a [u8],
    pub(super) value: &'a [u8],
    pub(super) is_bucket: bool,
}

/// Element `at` of a leaf; `None` when it points outside the page.
pub(super) fn leaf_element(page: &[u8], at: usize) -> Option<LeafElement<'_>> {
    let start = HEADER_BYTES + at * ELEMENT_BYTES;
    let number = |offset: usize| u32_at(page, start + offset).and_then(|number| usize::try_from(number).ok());
    let key_start = start.checked_add(number(4)?)?;
    let value_start = key_start.checked_add(number(8)?)?;
    let value_end = value_start.checked_add(number(12)?)?;
    Some(LeafElement {
        key: page.get(key_start..value_start)?,
        value: page.get(value_start..value_end)?,
        is_bucket: u32_at(page, start)? & BUCKET != 0,
    })
}

/// Where a bucket's tree begins: its root page, or 0 and the page inside the value.
pub(super) fn bucket(value: &[u8]) -> Option<(u64, &[u8])> {
    Some((u64_at(value, 0)?, value.get(16..)?))
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at.checked_add(2)?)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at.checked_add(8)?)?.try_into().ok()?))
}
