//! Readers that stop with a clear error instead of filling memory or disk.

use std::io::{self, Read};

/// The bound that a reader reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CapReached {
    /// More bytes than the bound.
    #[error("more than the bound of {bytes_max} bytes")]
    Bytes {
        /// The bound.
        bytes_max: u64,
    },
    /// A compressed stream grows more than its bound allows, as a decompression bomb does.
    #[error("{consumed} compressed bytes grew to more than {produced} bytes, beyond the bound of {ratio_max}:1")]
    Ratio {
        /// Compressed bytes read so far.
        consumed: u64,
        /// Bytes decoded from them so far.
        produced: u64,
        /// The bound.
        ratio_max: u64,
    },
}

impl From<CapReached> for io::Error {
    fn from(reached: CapReached) -> Self {
        io::Error::new(io::ErrorKind::FileTooLarge, reached)
    }
}

impl CapReached {
    /// The bound behind an error of a reader of this module, `None` for every other error.
    pub fn of(error: &io::Error) -> Option<Self> {
        error.get_ref()?.downcast_ref::<Self>().copied()
    }
}

/// Hands out at most `bytes_max` bytes; if there is one byte more, the read after the last allowed
/// byte fails with [`CapReached::Bytes`]. (Unlike [`Read::take`], which pretends that the input ended.)
#[derive(Debug)]
pub struct Capped<R> {
    inner: R,
    left: u64,
    bytes_max: u64,
}

impl<R: Read> Capped<R> {
    /// Caps `inner` at `bytes_max` bytes.
    pub fn new(inner: R, bytes_max: u64) -> Self {
        Self { inner, left: bytes_max, bytes_max }
    }
}

impl<R: Read> Read for Capped<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            let mut probe = [0];
            return match self.inner.read(&mut probe)? {
                0 => Ok(0),
                _ => Err(CapReached::Bytes { bytes_max: self.bytes_max }.into()),
            };
        }
        let want = buffer.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        let got = self.inner.read(&mut buffer[..want])?;
        self.left -= got as u64;
        Ok(got)
    }
}

/// Reads everything, at most `bytes_max` bytes; fails with [`CapReached::Bytes`] when there is more.
pub fn read_to_end(reader: impl Read, bytes_max: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    Capped::new(reader, bytes_max).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// How far a compressed stream may grow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expansion {
    /// Decoded bytes per compressed byte, once `free_bytes` are exceeded.
    pub ratio_max: u64,
    /// Decoded bytes that are allowed whatever the ratio: small files of equal lines compress extremely well.
    pub free_bytes: u64,
    /// Decoded bytes that are never exceeded.
    pub bytes_max: u64,
}

impl Expansion {
    /// Whether `produced` bytes may come of `consumed` bytes; else which bound they break.
    pub fn check(&self, consumed: u64, produced: u64) -> Result<(), CapReached> {
        if produced > self.bytes_max {
            return Err(CapReached::Bytes { bytes_max: self.bytes_max });
        }
        if produced > self.free_bytes && produced / self.ratio_max.max(1) > consumed {
            return Err(CapReached::Ratio { consumed, produced, ratio_max: self.ratio_max });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_capped_reader_gives_all_allowed_bytes_and_then_says_that_there_are_more() {
        assert_eq!(read_to_end(&b"12345"[..], 5).unwrap(), b"12345");
        let error = read_to_end(&b"123456"[..], 5).unwrap_err();
        assert_eq!(CapReached::of(&error), Some(CapReached::Bytes { bytes_max: 5 }));

        let mut reader = Capped::new(&b"123456"[..], 5);
        let mut got = Vec::new();
        reader.read_to_end(&mut got).unwrap_err();
        assert_eq!(got, b"12345");
    }

    #[test]
    fn growth_is_judged_by_ratio_only_beyond_the_free_bytes() {
        let limit = Expansion { ratio_max: 100, free_bytes: 1_000, bytes_max: 1_000_000 };
        assert_eq!(limit.check(1, 1_000), Ok(()));
        assert_eq!(limit.check(20, 2_000), Ok(()));
        assert!(matches!(limit.check(19, 2_000), Err(CapReached::Ratio { .. })));
        assert!(matches!(limit.check(1_000_000, 1_000_001), Err(CapReached::Bytes { .. })));
    }
}
