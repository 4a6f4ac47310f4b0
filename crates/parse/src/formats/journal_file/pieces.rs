//! Reads small pieces of a source at any offset through a small cache of blocks.

use std::io;

use crate::ReadAt;

/// Bytes of a block; most lookups of an entry's fields fall into a few of them.
const BLOCK_BYTES: usize = 64 * 1024;
/// Blocks that are kept: 4 MiB, enough for the walk and the hot data objects of a real file.
const BLOCKS: usize = 64;

/// The cache. A block's place depends on its number alone.
pub(super) struct Pieces {
    blocks: Vec<Option<(u64, Vec<u8>)>>,
}

impl Pieces {
    pub fn new() -> Self {
        Self { blocks: (0..BLOCKS).map(|_| None).collect() }
    }

    /// Appends at most `length` bytes at `offset` to `into`, fewer at the end of the source.
    pub fn read(&mut self, bytes: &dyn ReadAt, offset: u64, length: usize, into: &mut Vec<u8>) -> io::Result<()> {
        let (mut offset, mut left) = (offset, length);
        while left > 0 {
            let found = self.at(bytes, offset)?;
            let found = &found[..found.len().min(left)];
            if found.is_empty() {
                break;
            }
            into.extend_from_slice(found);
            offset += found.len() as u64;
            left -= found.len();
        }
        Ok(())
    }

    /// Exactly `N` bytes at `offset`; those behind the end of the source are zero. Gives how many there were.
    pub fn array<const N: usize>(&mut self, bytes: &dyn ReadAt, offset: u64) -> io::Result<([u8; N], usize)> {
        let (mut array, mut filled) = ([0; N], 0);
        while filled < N {
            let found = self.at(bytes, offset + filled as u64)?;
            let length = found.len().min(N - filled);
            if length == 0 {
                break;
            }
            array[filled..filled + length].copy_from_slice(&found[..length]);
            filled += length;
        }
        Ok((array, filled))
    }

    /// How many zero bytes stand at `offset`, looking at one block at most; 0 at the end of the source.
    pub fn zeros(&mut self, bytes: &dyn ReadAt, offset: u64) -> io::Result<(u64, bool)> {
        let rest = self.at(bytes, offset)?;
        let zeros = rest.iter().position(|&byte| byte != 0);
        Ok((zeros.unwrap_or(rest.len()) as u64, zeros.is_none()))
    }

    /// What its block holds from `offset` on; empty at the end of the source.
    fn at(&mut self, bytes: &dyn ReadAt, offset: u64) -> io::Result<&[u8]> {
        let block = self.block(bytes, offset / BLOCK_BYTES as u64)?;
        let within = usize::try_from(offset % BLOCK_BYTES as u64).unwrap_or(0);
        Ok(block.get(within..).unwrap_or_default())
    }

    fn block(&mut self, bytes: &dyn ReadAt, number: u64) -> io::Result<&[u8]> {
        let slot = usize::try_from(number % BLOCKS as u64).unwrap_or(0);
        if self.blocks[slot].as_ref().is_none_or(|block| block.0 != number) {
            let mut block = self.blocks[slot].take().map(|block| block.1).unwrap_or_default();
            block.resize(BLOCK_BYTES, 0);
            let mut filled = 0;
            while filled < BLOCK_BYTES {
                match bytes.read_at(&mut block[filled..], number * BLOCK_BYTES as u64 + filled as u64)? {
                    0 => break,
                    read => filled += read,
                }
            }
            block.truncate(filled);
            self.blocks[slot] = Some((number, block));
        }
        Ok(self.blocks[slot].as_ref().map_or(&[], |block| &block.1))
    }
}
