//! Reads at an offset, without a shared cursor that two readers could move under each other.

use std::{
    fs::File,
    io::{self, Read},
    os::unix::fs::FileExt,
};

/// Bytes that can be read at any offset.
pub trait ReadAt {
    /// Reads at most `buffer.len()` bytes at `offset`; 0 at and behind the end.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;

    /// Fills `buffer` from `offset`; fails with `UnexpectedEof` when there are not so many bytes.
    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        let got = read_fully_at(self, buffer, offset)?;
        if got < buffer.len() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(())
    }
}

/// Reads until `buffer` is full or the bytes end, and says how many were read.
pub fn read_fully_at<S: ReadAt + ?Sized>(source: &S, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        let Some(at) = offset.checked_add(filled as u64) else { break };
        match source.read_at(&mut buffer[filled..], at) {
            Ok(0) => break,
            Ok(got) => filled += got,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

impl ReadAt for File {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        // The kernel's offset is signed; nothing lies behind its end.
        if i64::try_from(offset).is_err() {
            return Ok(0);
        }
        FileExt::read_at(self, buffer, offset)
    }
}

impl ReadAt for [u8] {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let rest = usize::try_from(offset).ok().and_then(|at| self.get(at..)).unwrap_or_default();
        let length = rest.len().min(buffer.len());
        buffer[..length].copy_from_slice(&rest[..length]);
        Ok(length)
    }
}

impl ReadAt for Vec<u8> {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.as_slice().read_at(buffer, offset)
    }
}

/// A cursor of its own over a file that others may be reading too.
#[derive(Debug)]
pub struct Cursor {
    file: File,
    /// Offset of the next byte.
    pub position: u64,
}

impl Cursor {
    /// Starts at byte 0.
    pub fn new(file: File) -> Self {
        Self { file, position: 0 }
    }

    /// The file.
    pub fn file(&self) -> &File {
        &self.file
    }
}

impl Read for Cursor {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let got = FileExt::read_at(&self.file, buffer, self.position)?;
        self.position += got as u64;
        Ok(got)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn both(bytes: &[u8], check: impl Fn(&dyn ReadAt)) {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        check(&file);
        check(&bytes.to_vec());
    }

    #[test]
    fn files_and_memory_read_alike() {
        both(b"0123456789", |source| {
            let mut four = [0; 4];
            source.read_exact_at(&mut four, 6).unwrap();
            assert_eq!(&four, b"6789");
            assert_eq!(source.read_exact_at(&mut four, 7).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
            for offset in [10, u64::MAX - 2, u64::MAX] {
                assert_eq!(source.read_at(&mut four, offset).unwrap(), 0, "{offset}");
            }
        });
    }
}
