//! Signed notes and their keys: C2SP signed-note with Ed25519 (signature type 1).
//!
//! Sources: <https://c2sp.org/signed-note>, and the documentation of `golang.org/x/mod/sumdb/note`,
//! whose private key text form is used.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use sha2::Digest as _;

/// The signature type byte of Ed25519.
const ED25519: u8 = 1;

/// Signature lines of one note that are looked at; C2SP asks verifiers for a bound, 16 at least.
const SIGNATURES_MAX: usize = 64;

/// What is wrong with a note or a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// A key name is empty or contains white space, a control character or `+`.
    #[error("a key name must not be empty or contain white space or `+`: {0:?}")]
    Name(String),
    /// A text is no key.
    #[error("not a key of the shape {0}")]
    Key(&'static str),
    /// The text has no well-formed signature block.
    #[error("not a signed note: {0}")]
    Note(&'static str),
    /// No signature is by the given key.
    #[error("not signed by the key {0}")]
    OtherKey(String),
    /// The signature by the given key does not fit the text.
    #[error("the signature of {0} does not fit the text: the text, the signature or the key was changed")]
    Signature(String),
}

/// A public key with its name; its text form is the C2SP vkey `NAME+HASH+BASE64`.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    key: VerifyingKey,
}

/// A private key with its name; its text form is `PRIVATE+KEY+NAME+HASH+BASE64`.
pub struct SignerKey {
    name: String,
    key: SigningKey,
}

impl VerifierKey {
    /// Reads `NAME+HASH+BASE64`; white space around it is ignored.
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        const SHAPE: &str = "NAME+HASH+BASE64";
        let mut parts = text.trim().splitn(3, '+');
        let (Some(name), Some(id), Some(bytes)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(NoteError::Key(SHAPE));
        };
        check_name(name)?;
        let bytes = ed25519_bytes(bytes).ok_or(NoteError::Key(SHAPE))?;
        let key = VerifyingKey::from_bytes(&bytes).map_err(|_| NoteError::Key(SHAPE))?;
        let key = Self { name: name.to_string(), key };
        if format_id(key.id()) != id {
            return Err(NoteError::Key("NAME+HASH+BASE64: the hash does not belong to this name and key"));
        }
        Ok(key)
    }

    /// The key's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The first four bytes of `SHA-256(name || "\n" || 0x01 || public key)`.
    pub fn id(&self) -> [u8; 4] {
        let digest = sha2::Sha256::new()
            .chain_update(self.name.as_bytes())
            .chain_update([b'\n', ED25519])
            .chain_update(self.key.as_bytes())
            .finalize();
        [digest[0], digest[1], digest[2], digest[3]]
    }

    /// Checks that `note` carries a good signature by this key, and returns its text (the final line
    /// break included). Signatures by other keys (witnesses) are ignored.
    pub fn open<'note>(&self, note: &'note str) -> Result<&'note str, NoteError> {
        let (text, lines) = split_note(note)?;
        for line in lines.lines().take(SIGNATURES_MAX) {
            let (name, blob) = parse_signature_line(line)?;
            if name != self.name || blob[..4] != self.id() {
                continue;
            }
            let failed = || NoteError::Signature(self.name.clone());
            let signature = Signature::from_slice(&blob[4..]).map_err(|_| failed())?;
            self.key.verify_strict(text.as_bytes(), &signature).map_err(|_| failed())?;
            return Ok(text);
        }
        Err(NoteError::OtherKey(self.to_string()))
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = vec![ED25519];
        bytes.extend_from_slice(self.key.as_bytes());
        write!(f, "{}+{}+{}", self.name, format_id(self.id()), BASE64.encode(bytes))
    }
}

impl fmt::Debug for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl SignerKey {
    /// Makes a new key of the operating system's randomness.
    pub fn generate(name: &str) -> Result<Self, NoteError> {
        check_name(name)?;
        let mut seed = [0; 32];
        let mut filled = 0;
        while filled < seed.len() {
            // The call can fail only where the kernel knows no getrandom (before 3.17) or on a signal.
            match rustix::rand::getrandom(&mut seed[filled..], rustix::rand::GetRandomFlags::empty()) {
                Ok(got) => filled += got,
                Err(rustix::io::Errno::INTR) => {}
                Err(_) => return Err(NoteError::Key("made of the kernel's randomness, which it refused")),
            }
        }
        Ok(Self { name: name.to_string(), key: SigningKey::from_bytes(&seed) })
    }

    /// Reads `PRIVATE+KEY+NAME+HASH+BASE64`; white space around it is ignored.
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        const SHAPE: &str = "PRIVATE+KEY+NAME+HASH+BASE64";
        let rest = text.trim().strip_prefix("PRIVATE+KEY+").ok_or(NoteError::Key(SHAPE))?;
        let mut parts = rest.splitn(3, '+');
        let (Some(name), Some(id), Some(bytes)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(NoteError::Key(SHAPE));
        };
        check_name(name)?;
        let seed = ed25519_bytes(bytes).ok_or(NoteError::Key(SHAPE))?;
        let key = Self { name: name.to_string(), key: SigningKey::from_bytes(&seed) };
        if format_id(key.verifier().id()) != id {
            return Err(NoteError::Key("PRIVATE+KEY+NAME+HASH+BASE64: the hash does not belong to this name and key"));
        }
        Ok(key)
    }

    /// The text form, which is the secret itself.
    pub fn to_secret_text(&self) -> String {
        let mut bytes = vec![ED25519];
        bytes.extend_from_slice(self.key.as_bytes());
        format!("PRIVATE+KEY+{}+{}+{}", self.name, format_id(self.verifier().id()), BASE64.encode(bytes))
    }

    /// The public half.
    pub fn verifier(&self) -> VerifierKey {
        VerifierKey { name: self.name.clone(), key: self.key.verifying_key() }
    }

    /// Signs `text`, which must end in a line break, and returns the whole note.
    pub fn sign(&self, text: &str) -> Result<String, NoteError> {
        if !text.ends_with('\n') {
            return Err(NoteError::Note("the text does not end in a line break"));
        }
        let mut blob = self.verifier().id().to_vec();
        blob.extend_from_slice(&self.key.sign(text.as_bytes()).to_bytes());
        Ok(format!("{text}\n\u{2014} {} {}\n", self.name, BASE64.encode(blob)))
    }
}

impl fmt::Debug for SignerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignerKey({})", self.verifier())
    }
}

/// Splits a note into its text and its signature lines: the last empty line stands between them.
fn split_note(note: &str) -> Result<(&str, &str), NoteError> {
    if note.chars().any(|character| character.is_control() && character != '\n') {
        return Err(NoteError::Note("it contains control characters"));
    }
    let at = note.rfind("\n\n").ok_or(NoteError::Note("no empty line before the signatures"))?;
    let (text, lines) = (&note[..=at], &note[at + 2..]);
    if lines.is_empty() || !lines.ends_with('\n') {
        return Err(NoteError::Note("the signature lines are cut off"));
    }
    Ok((text, lines))
}

fn parse_signature_line(line: &str) -> Result<(&str, Vec<u8>), NoteError> {
    const SHAPE: &str = "a signature line is not of the shape `\u{2014} NAME BASE64`";
    let (name, blob) =
        line.strip_prefix("\u{2014} ").and_then(|rest| rest.split_once(' ')).ok_or(NoteError::Note(SHAPE))?;
    check_name(name).map_err(|_| NoteError::Note(SHAPE))?;
    let blob = BASE64.decode(blob).map_err(|_| NoteError::Note(SHAPE))?;
    if blob.len() < 5 {
        return Err(NoteError::Note(SHAPE));
    }
    Ok((name, blob))
}

fn check_name(name: &str) -> Result<(), NoteError> {
    if name.is_empty() || name.chars().any(|c| c.is_whitespace() || c.is_control() || c == '+') {
        return Err(NoteError::Name(name.chars().take(64).collect()));
    }
    Ok(())
}

fn ed25519_bytes(base64: &str) -> Option<[u8; 32]> {
    let bytes = BASE64.decode(base64).ok()?;
    let (kind, key) = bytes.split_first()?;
    (*kind == ED25519).then(|| key.try_into().ok())?
}

fn format_id(id: [u8; 4]) -> String {
    format!("{:08x}", u32::from_be_bytes(id))
}

#[cfg(test)]
mod tests {
    use super::*;

    // The example of golang.org/x/mod/sumdb/note.
    const GO_SIGNER: &str = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
    const GO_VERIFIER: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const GO_TEXT: &str =
        "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
    const GO_SIGNATURE: &str = "\u{2014} PeterNeumann \
        x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

    // The example of the C2SP signed-note specification.
    const C2SP_VERIFIER: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
    const C2SP_NOTE: &str = "This is an example message.\n\n\u{2014} example.com/foo \
        Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";

    #[test]
    fn signs_and_opens_the_reference_note_byte_for_byte() {
        let signer = SignerKey::parse(GO_SIGNER).unwrap();
        assert_eq!(signer.to_secret_text(), GO_SIGNER);
        assert_eq!(signer.verifier().to_string(), GO_VERIFIER);
        let note = signer.sign(GO_TEXT).unwrap();
        assert_eq!(note, format!("{GO_TEXT}\n{GO_SIGNATURE}"));
        assert_eq!(VerifierKey::parse(GO_VERIFIER).unwrap().open(&note), Ok(GO_TEXT));
    }

    #[test]
    fn opens_the_example_of_the_specification() {
        let key = VerifierKey::parse(C2SP_VERIFIER).unwrap();
        assert_eq!(key.open(C2SP_NOTE), Ok("This is an example message.\n"));
        assert_eq!(key.to_string(), C2SP_VERIFIER);
    }

    #[test]
    fn every_changed_byte_of_a_note_is_refused() {
        let key = VerifierKey::parse(C2SP_VERIFIER).unwrap();
        for at in 0..C2SP_NOTE.len() {
            let mut bytes = C2SP_NOTE.as_bytes().to_vec();
            bytes[at] ^= 1;
            if let Ok(note) = std::str::from_utf8(&bytes) {
                assert!(key.open(note).is_err(), "byte {at}");
            }
            if let Some(cut) = C2SP_NOTE.get(..at) {
                assert!(key.open(cut).is_err(), "cut at {at}");
            }
        }
    }

    #[test]
    fn another_key_and_witness_signatures_are_told_apart() {
        let (ours, other) = (SignerKey::parse(GO_SIGNER).unwrap(), SignerKey::generate("PeterNeumann").unwrap());
        let note = other.sign(GO_TEXT).unwrap();
        assert!(matches!(ours.verifier().open(&note), Err(NoteError::OtherKey(_))));
        let witnessed = format!("{note}{GO_SIGNATURE}");
        assert_eq!(ours.verifier().open(&witnessed), Ok(GO_TEXT));
        assert_eq!(other.verifier().open(&witnessed), Ok(GO_TEXT));
    }

    #[test]
    fn malformed_keys_are_refused() {
        for text in
            ["", "a", "a+b", "a+c74f20a3+", "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"]
        {
            assert!(VerifierKey::parse(text).is_err(), "{text}");
        }
        assert!(matches!(SignerKey::generate("a b"), Err(NoteError::Name(_))));
        assert!(SignerKey::parse(GO_VERIFIER).is_err());
    }
}
