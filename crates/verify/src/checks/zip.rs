//! V3: ZIP: every entry is decoded to its end with its CRC-32 and size, and the central directory agrees
//! with the headers before the entries. An archive inside is covered by its own entry's CRC-32 and is not
//! opened: nesting is bounded at one.

use std::io::{Cursor, Read};

use model::Rung;
use zip::{CompressionMethod, ZipArchive, result::ZipError};

use crate::{Check, Expected, Format, Observed, Reply, format};

/// More entries than this are not followed; the largest real archives (caches of packages) have some
/// hundred thousand.
const ENTRIES_MAX: usize = 2_000_000;
/// More decoded bytes than this, over all entries, are not followed.
const DECODED_BYTES_MAX: u64 = 16 * 1024 * 1024 * 1024;

pub(super) struct Zip;

impl Check for Zip {
    fn name(&self) -> &'static str {
        "zip"
    }

    fn rung(&self) -> Rung {
        Rung::V3
    }

    fn applies(&self, expected: &Expected, observed: &Observed) -> bool {
        format::formats(expected, observed).contains(&Format::Zip)
    }

    fn check(&self, _: &Expected, observed: &Observed) -> Reply {
        let content = observed.bytes().unwrap_or_default();
        let mut archive = match ZipArchive::new(Cursor::new(content)) {
            Ok(archive) => archive,
            Err(cause) => return failed("the central directory", &cause),
        };
        if let Err(cause) = ends_with(content, &archive) {
            return Reply::no(cause);
        }
        if archive.len() > ENTRIES_MAX {
            return Reply::cannot_tell("a validator with a higher bound", format!("more than {ENTRIES_MAX} entries"));
        }
        let mut total = Total::default();
        for index in 0..archive.len() {
            if let Err(reply) = total.entry(&mut archive, index, content) {
                return reply;
            }
        }
        match archive.has_overlapping_files() {
            Ok(false) => {}
            Ok(true) => return Reply::no("entries share bytes, as only a decompression bomb's do"),
            Err(cause) => return failed("the places of the entries", &cause),
        }
        total.reply(archive.offset())
    }
}

#[derive(Default)]
struct Total {
    entries: u64,
    decoded: u64,
    encrypted: u64,
    /// Compression methods that this validator does not know.
    unknown: Vec<String>,
}

impl Total {
    fn entry(&mut self, archive: &mut ZipArchive<Cursor<&[u8]>>, index: usize, content: &[u8]) -> Result<(), Reply> {
        self.entries += 1;
        let raw = match archive.by_index_raw(index) {
            Ok(raw) => raw,
            Err(cause) => return Err(failed(&format!("entry {}", index + 1), &cause)),
        };
        let name = crate::short(&String::from_utf8_lossy(raw.name_raw()));
        if let Err(cause) = local_header(content, raw.header_start(), raw.name_raw()) {
            return Err(Reply::no(format!("entry {} ({name}): {cause}", index + 1)));
        }
        let (encrypted, method, stated) = (raw.encrypted(), raw.compression(), raw.size());
        drop(raw);
        if encrypted {
            self.encrypted += 1;
            return Ok(());
        }
        if !matches!(method, CompressionMethod::Stored | CompressionMethod::Deflated) {
            let method = format!("{method:?}");
            if !self.unknown.contains(&method) {
                self.unknown.push(method);
            }
            return Ok(());
        }
        let wrong = |cause: &dyn std::fmt::Display| {
            Reply::no(format!("entry {} ({name}): {}", index + 1, crate::short(&cause.to_string())))
        };
        let mut entry = archive.by_index(index).map_err(|cause| wrong(&cause))?;
        let mut buffer = vec![0; 64 * 1024];
        let mut decoded = 0;
        loop {
            match entry.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => decoded += count as u64,
                Err(cause) => return Err(wrong(&cause)),
            }
            if self.decoded + decoded > DECODED_BYTES_MAX {
                return Err(Reply::cannot_tell(
                    "a validator with a higher bound",
                    format!("more than {DECODED_BYTES_MAX} decoded bytes"),
                ));
            }
        }
        self.decoded += decoded;
        if decoded == stated {
            Ok(())
        } else {
            Err(wrong(&format!("{decoded} bytes, and the directory states {stated}")))
        }
    }

    fn reply(self, offset: u64) -> Reply {
        let mut proof = format!("{} entries, {} decoded bytes, CRC-32 and sizes right", self.entries, self.decoded);
        if offset > 0 {
            proof.push_str(&format!("; {offset} bytes stand before the archive"));
        }
        if self.encrypted > 0 {
            let readable = self.entries - self.encrypted;
            return Reply::cannot_tell(
                "the password",
                format!("{} of {} entries are encrypted; the other {readable} are right", self.encrypted, self.entries),
            );
        }
        if !self.unknown.is_empty() {
            let missing = format!("a validator for the compression {}", self.unknown.join(", "));
            return Reply::cannot_tell(missing, proof);
        }
        Reply::yes(proof)
    }
}

/// The end record must close the file and follow the central directory that was read. Otherwise the
/// reader has found the end record of an archive *inside*, because the outer one's is destroyed.
/// Source: PKWARE APPNOTE 6.3.10, section 4.3.16.
fn ends_with(content: &[u8], archive: &ZipArchive<Cursor<&[u8]>>) -> Result<(), String> {
    const RECORD_BYTES: usize = 22;
    let comment = archive.comment().len();
    let at = content.len().checked_sub(RECORD_BYTES + comment);
    let Some((at, record)) = at.and_then(|at| Some((at, content.get(at..at + RECORD_BYTES)?))) else {
        return Err("no room for an end record".to_string());
    };
    let stated = usize::from(u16::from_le_bytes([record[20], record[21]]));
    if !record.starts_with(b"PK\x05\x06") || stated != comment {
        return Err("the file does not end with the archive's end record".to_string());
    }
    let size = u32::from_le_bytes([record[12], record[13], record[14], record[15]]);
    let directory_end = archive.central_directory_start().checked_add(u64::from(size));
    // With this size the true one stands in a ZIP64 record, between the directory and this one.
    if size != u32::MAX && directory_end != Some(at as u64) && !has_zip64_locator(content, at) {
        return Err("the end record does not follow the central directory".to_string());
    }
    Ok(())
}

fn has_zip64_locator(content: &[u8], end_record: usize) -> bool {
    const LOCATOR_BYTES: usize = 20;
    let locator = end_record.checked_sub(LOCATOR_BYTES).and_then(|at| content.get(at..end_record));
    locator.is_some_and(|locator| locator.starts_with(b"PK\x06\x07"))
}

/// The header before an entry's data must be one, and name the same entry as the central directory.
/// Source: PKWARE APPNOTE 6.3.10, section 4.3.7.
fn local_header(content: &[u8], start: u64, name: &[u8]) -> Result<(), String> {
    let start = usize::try_from(start).unwrap_or(usize::MAX);
    let Some(header) = start.checked_add(30).and_then(|end| content.get(start..end)) else {
        return Err("its header lies outside the file".to_string());
    };
    if !header.starts_with(b"PK\x03\x04") {
        return Err("no header before its data".to_string());
    }
    let length = usize::from(u16::from_le_bytes([header[26], header[27]]));
    match content.get(start + 30..start + 30 + length) {
        Some(local) if local == name => Ok(()),
        Some(local) => {
            Err(format!("the header before its data names {}", crate::short(&String::from_utf8_lossy(local))))
        }
        None => Err("its header is cut off".to_string()),
    }
}

fn failed(what: &str, cause: &ZipError) -> Reply {
    let text = format!("{what}: {}", crate::short(&cause.to_string()));
    match cause {
        ZipError::UnsupportedArchive(_) | ZipError::CompressionMethodNotSupported(_) => {
            Reply::cannot_tell("a validator for this kind of archive", text)
        }
        _ => Reply::no(text),
    }
}
