//! Opens what the repository's master key sealed: AES-256-CTR with Poly1305-AES.
//!
//! Source: restic design document, "Keys, Encryption and MAC": 16 bytes nonce, ciphertext, 16 bytes
//! tag. The tag proves only that somebody with the key wrote it, which every backed-up client is:
//! content is believed by its SHA-256.

use aes256ctr_poly1305aes::{Aes256CtrPoly1305Aes, Key, Nonce, Tag, aead::AeadInPlace as _};

const NONCE_BYTES: usize = 16;
const TAG_BYTES: usize = 16;

/// First byte of a compressed repository file (format 2). Source: same document, "Unpacked Data Format".
const COMPRESSED: u8 = 2;

pub(super) struct Seal(Aes256CtrPoly1305Aes);

impl Seal {
    /// Bytes that sealing adds.
    pub(super) const OVERHEAD: usize = NONCE_BYTES + TAG_BYTES;

    /// From the parts of a master key; `None` when one has a wrong length.
    pub(super) fn of(encrypt: &[u8], k: &[u8], r: &[u8]) -> Option<Self> {
        if (encrypt.len(), k.len(), r.len()) != (32, 16, 16) {
            return None;
        }
        let key = [encrypt, k, r].concat();
        Some(Self(Aes256CtrPoly1305Aes::new(Key::from_slice(&key))))
    }

    /// Decrypts in place; fails when the tag does not fit.
    pub(super) fn open(&self, mut sealed: Vec<u8>) -> Result<Vec<u8>, String> {
        if sealed.len() < Self::OVERHEAD {
            return Err(format!("only {} bytes long", sealed.len()));
        }
        let tag = sealed.split_off(sealed.len() - TAG_BYTES);
        let (nonce, text) = sealed.split_at_mut(NONCE_BYTES);
        self.0
            .decrypt_in_place_detached(Nonce::from_slice(nonce), b"", text, Tag::from_slice(&tag))
            .map_err(|_| "its authentication tag does not fit".to_string())?;
        sealed.drain(..NONCE_BYTES);
        Ok(sealed)
    }

    /// Opens a snapshot or index file: sealed, then perhaps compressed; at most `bytes_max` bytes come out.
    pub(super) fn open_file(&self, sealed: Vec<u8>, bytes_max: u64) -> Result<Vec<u8>, String> {
        let text = self.open(sealed)?;
        match text.split_first() {
            Some((&COMPRESSED, rest)) => decompress(rest, bytes_max),
            Some((b'{' | b'[', _)) => Ok(text),
            _ => Err("it holds neither JSON nor compressed JSON".to_string()),
        }
    }
}

/// Decompresses at most `bytes_max` bytes; more is an error.
pub(super) fn decompress(compressed: &[u8], bytes_max: u64) -> Result<Vec<u8>, String> {
    let decoder = zstd::stream::read::Decoder::with_buffer(compressed).map_err(|cause| cause.to_string())?;
    stdx::capped::read_to_end(decoder, bytes_max).map_err(|cause| cause.to_string())
}
