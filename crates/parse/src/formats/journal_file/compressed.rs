//! Unpacks the payload of a data object, up to a bound.

use std::io::{BufRead, Read};

/// What could be unpacked.
pub(super) struct Unpacked {
    /// The payload, at most as long as asked for.
    pub bytes: Vec<u8>,
    /// Whether there is more than that, or the rest is damaged.
    pub cut: bool,
}

/// Memory that unpacking one XZ payload may take. journald writes preset 0 (a dictionary of 256 KiB);
/// every preset fits into this.
const XZ_MEMORY_MAX: u64 = 128 * 1024 * 1024;
/// Largest window of a Zstandard payload, as a power of two: the library's own default for untrusted frames.
const ZSTD_WINDOW_LOG_MAX: u32 = 27;

/// Unpacks at most `bytes_max` bytes. `compression` is the object's flag: 1 XZ, 2 LZ4, 4 Zstandard.
pub(super) fn unpack(packed: &[u8], compression: u8, bytes_max: usize) -> Option<Unpacked> {
    match compression {
        1 => {
            let stream = liblzma::stream::Stream::new_stream_decoder(XZ_MEMORY_MAX, 0).ok()?;
            Some(up_to(liblzma::bufread::XzDecoder::new_stream(packed, stream), bytes_max))
        }
        2 => lz4(packed, bytes_max),
        4 => {
            let mut decoder = zstd::stream::read::Decoder::with_buffer(packed).ok()?;
            decoder.window_log_max(ZSTD_WINDOW_LOG_MAX).ok()?;
            Some(up_to(decoder, bytes_max))
        }
        _ => None,
    }
}

fn up_to(decoder: impl Read, bytes_max: usize) -> Unpacked {
    let mut reader = std::io::BufReader::with_capacity(16 * 1024, decoder.take(bytes_max as u64 + 1));
    let mut bytes = Vec::new();
    let mut damaged = false;
    loop {
        match reader.fill_buf() {
            Ok([]) => break,
            Ok(piece) => {
                bytes.extend_from_slice(piece);
                let length = piece.len();
                reader.consume(length);
            }
            Err(_) => {
                damaged = true;
                break;
            }
        }
    }
    let cut = damaged || bytes.len() > bytes_max;
    bytes.truncate(bytes_max);
    Unpacked { bytes, cut }
}

/// A block of LZ4 behind its unpacked size, 64 bits little-endian.
fn lz4(packed: &[u8], bytes_max: usize) -> Option<Unpacked> {
    /// LZ4 cannot shrink better than 255 to 1, so a larger claim is a lie.
    const RATIO_MAX: u64 = 255;
    let block = packed.get(8..)?;
    let size = super::layout::u64_at(packed, 0);
    if size > (block.len() as u64).saturating_mul(RATIO_MAX) {
        return None;
    }
    if size > bytes_max as u64 {
        // A block is unpacked whole or not at all; journald compresses fields of up to 768 MiB like that.
        return Some(Unpacked { bytes: lz4_start(block, bytes_max), cut: true });
    }
    let mut bytes = vec![0; usize::try_from(size).ok()?];
    let length = lz4_flex::block::decompress_into(block, &mut bytes).ok()?;
    bytes.truncate(length);
    Some(Unpacked { cut: (length as u64) < size, bytes })
}

/// The first `bytes_max` bytes of a block.
///
/// A block is a row of sequences: a token, literal bytes, then a copy of what came before.
/// Source: LZ4 project, "LZ4 Block Format Description".
fn lz4_start(block: &[u8], bytes_max: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes_max);
    let mut rest = block.iter().copied();
    let long = |start: u8, rest: &mut dyn Iterator<Item = u8>| {
        let mut length = usize::from(start);
        if start == 15 {
            for byte in rest {
                length = length.saturating_add(usize::from(byte));
                if byte != 255 {
                    break;
                }
            }
        }
        length
    };
    while let Some(token) = rest.next() {
        let literals = long(token >> 4, &mut rest);
        let room = bytes_max - out.len();
        out.extend(rest.by_ref().take(literals.min(room)));
        let (Some(low), Some(high)) = (rest.next(), rest.next()) else { break };
        let distance = usize::from(u16::from_le_bytes([low, high]));
        let length = long(token & 15, &mut rest).saturating_add(4);
        if distance == 0 || distance > out.len() || out.len() == bytes_max {
            break;
        }
        for _ in 0..length.min(bytes_max - out.len()) {
            out.push(out[out.len() - distance]);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text() -> Vec<u8> {
        (0..40_000_u32).flat_map(|at| format!("line {} of {at}\n", at % 7).into_bytes()).collect()
    }

    fn packed(text: &[u8]) -> Vec<(u8, Vec<u8>)> {
        use std::io::Write as _;
        let mut xz = liblzma::write::XzEncoder::new(Vec::new(), 0);
        xz.write_all(text).unwrap();
        // A block without a match: literals only, as the format description allows for the last sequence.
        let mut lz4 = (text.len() as u64).to_le_bytes().to_vec();
        lz4.push(0xf0);
        lz4.extend(std::iter::repeat_n(255, (text.len() - 15) / 255));
        lz4.push(u8::try_from((text.len() - 15) % 255).unwrap());
        lz4.extend_from_slice(text);
        vec![(1, xz.finish().unwrap()), (2, lz4), (4, zstd::bulk::compress(text, 3).unwrap())]
    }

    #[test]
    fn every_compression_is_unpacked_up_to_the_bound() {
        let text = text();
        for (compression, packed) in packed(&text) {
            let whole = unpack(&packed, compression, text.len()).unwrap();
            assert!(whole.bytes == text && !whole.cut, "{compression}");
            let start = unpack(&packed, compression, 1000).unwrap();
            assert!(start.bytes == text[..1000] && start.cut, "{compression}");
            let torn = unpack(&packed[..packed.len() / 2], compression, text.len());
            assert!(torn.is_none_or(|torn| torn.cut && text.starts_with(&torn.bytes)), "{compression}");
        }
    }

    #[test]
    fn a_block_that_lies_about_its_size_is_refused() {
        let mut bomb = u64::MAX.to_le_bytes().to_vec();
        bomb.extend_from_slice(&[0x1f, b'a', 1, 0, 255, 255, 255, 255]);
        assert!(unpack(&bomb, 2, 1000).is_none());
        bomb[..8].copy_from_slice(&1500_u64.to_le_bytes());
        let start = unpack(&bomb, 2, 1000).unwrap();
        assert!(start.cut && start.bytes.len() == 1000 && start.bytes.iter().all(|&byte| byte == b'a'));
    }
}
