//! A database file as it reads with its write-ahead log, without writing to either.
//!
//! Source: "Database File Format", section 4 (The Write-Ahead Log), sqlite.org/fileformat2.html.

use std::{
    collections::BTreeMap,
    io::{self, Read},
};

const HEADER_BYTES: usize = 32;
const FRAME_HEADER_BYTES: usize = 24;

/// The committed pages of a log.
#[derive(Default)]
pub(crate) struct Pages<'a> {
    /// Newest committed content of each page, by number from 1.
    pages: BTreeMap<u32, &'a [u8]>,
    /// Size of the database in pages after the last commit; 0: no commit.
    size: u32,
    /// Frames of the current generation behind the last commit or with a wrong checksum.
    pub(crate) frames_left: u64,
}

impl<'a> Pages<'a> {
    /// Reads a log. As SQLite does, reading stops at the first frame of another generation or with a
    /// wrong checksum, and what no commit follows does not count. A log that is empty, or whose header
    /// is wrong, has no pages.
    pub(crate) fn read(log: &'a [u8], page_size: usize) -> Self {
        let mut found = Self::default();
        let Some(header) = log.get(..HEADER_BYTES) else { return found };
        let little_endian = match word(header, 0) {
            0x377f_0682 => true,
            0x377f_0683 => false,
            _ => return found,
        };
        let mut sum = checksum(little_endian, (0, 0), &header[..24]);
        if sum != (word(header, 24), word(header, 28)) || word(header, 8) as usize != page_size {
            return found;
        }
        let salts = &header[16..24];
        let mut waiting: Vec<(u32, &[u8])> = Vec::new();
        for frame in log[HEADER_BYTES..].chunks_exact(FRAME_HEADER_BYTES + page_size) {
            let (head, page) = frame.split_at(FRAME_HEADER_BYTES);
            if &head[8..16] != salts {
                break;
            }
            sum = checksum(little_endian, checksum(little_endian, sum, &head[..8]), page);
            if sum != (word(head, 16), word(head, 20)) || word(head, 0) == 0 {
                found.frames_left += 1;
                break;
            }
            waiting.push((word(head, 0), page));
            let committed = word(head, 4);
            if committed > 0 {
                found.size = committed;
                found.pages.extend(waiting.drain(..));
            }
        }
        found.frames_left += waiting.len() as u64;
        found
    }

    pub(crate) fn count(&self) -> usize {
        self.pages.len()
    }
}

/// The bytes of a database file with the pages of its log in their places, in rollback mode.
pub(crate) struct Image<'a> {
    content: &'a [u8],
    log: Pages<'a>,
    page_size: usize,
    at: usize,
}

impl<'a> Image<'a> {
    pub(crate) fn new(content: &'a [u8], log: Pages<'a>, page_size: usize) -> Self {
        Self { content, log, page_size, at: 0 }
    }

    /// Length in bytes. A log that claims more pages than it and the file hold is not believed.
    pub(crate) fn len(&self) -> usize {
        if self.log.size == 0 {
            return self.content.len();
        }
        let last = self.log.pages.keys().next_back().copied().unwrap_or(0).min(self.log.size) as usize;
        let pages = (self.log.size as usize).min(last.max(self.content.len() / self.page_size));
        pages * self.page_size
    }
}

impl Read for Image<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.len().saturating_sub(self.at);
        if left == 0 || buffer.is_empty() {
            return Ok(0);
        }
        let (page, offset) = (self.at / self.page_size, self.at % self.page_size);
        let count = left.min(buffer.len()).min(self.page_size - offset);
        let number = u32::try_from(page + 1).unwrap_or(u32::MAX);
        let source = match self.log.pages.get(&number) {
            Some(page) => &page[offset..],
            None => self.content.get(self.at..).unwrap_or_default(),
        };
        let from_source = count.min(source.len());
        buffer[..from_source].copy_from_slice(&source[..from_source]);
        // A hole between the file's end and a page of the log reads as zeros, as the file system would show it.
        buffer[from_source..count].fill(0);
        // SQLite refuses to deserialise a database in write-ahead mode, because an image has no log file:
        // the two version bytes of the header (18 and 19) say 1, rollback mode, in this image alone.
        for version_byte in [18, 19] {
            if (self.at..self.at + count).contains(&version_byte) {
                buffer[version_byte - self.at] = 1;
            }
        }
        self.at += count;
        Ok(count)
    }
}

fn word(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map_or(0, u32::from_be_bytes)
}

fn checksum(little_endian: bool, (mut first, mut second): (u32, u32), bytes: &[u8]) -> (u32, u32) {
    for pair in bytes.chunks_exact(8) {
        let (left, right) = if little_endian {
            (word(pair, 0).swap_bytes(), word(pair, 4).swap_bytes())
        } else {
            (word(pair, 0), word(pair, 4))
        };
        first = first.wrapping_add(left).wrapping_add(second);
        second = second.wrapping_add(right).wrapping_add(first);
    }
    (first, second)
}
