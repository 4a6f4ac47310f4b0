//! Content hashes.

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, Visitor},
};
use sha2::Digest as _;

macro_rules! hash_type {
    ($name:ident, $what:literal) => {
        #[doc = concat!("A ", $what, " digest, 64 lower-case hexadecimal digits in artefacts.")]
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; 32]);

        impl $name {
            /// Reads 64 hexadecimal digits; `None` for anything else.
            pub fn from_hex(text: &str) -> Option<Self> {
                let mut out = [0; 32];
                hex::decode_to_slice(text, &mut out).ok()?;
                Some(Self(out))
            }

            /// The first twelve digits, enough to tell the objects of one case apart for a reader.
            pub fn short(&self) -> String {
                self.to_string()[..12].to_string()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                with_digits::<32, 64, _>(&self.0, |digits| f.write_str(digits))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                with_digits::<32, 64, _>(&self.0, |digits| serializer.serialize_str(digits))
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Digits;

                impl Visitor<'_> for Digits {
                    type Value = $name;

                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str("64 hexadecimal digits")
                    }

                    fn visit_str<E: de::Error>(self, text: &str) -> Result<$name, E> {
                        $name::from_hex(text).ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
                    }
                }
                deserializer.deserialize_str(Digits)
            }
        }
    };
}

/// Gives the `DIGITS` hexadecimal digits of some bytes to `each`: every event states several, and to format them byte
/// by byte costs.
pub(crate) fn with_digits<const BYTES: usize, const DIGITS: usize, T>(
    bytes: &[u8; BYTES],
    each: impl FnOnce(&str) -> T,
) -> T {
    const { assert!(DIGITS == 2 * BYTES, "a byte has two digits") };
    let mut digits = [b'0'; DIGITS];
    // Fails only for a room of another size.
    let _ = hex::encode_to_slice(bytes, &mut digits);
    each(std::str::from_utf8(&digits).unwrap_or_default())
}

hash_type!(Sha256, "SHA-256");
hash_type!(Blake3, "BLAKE3");

impl Sha256 {
    /// The digest of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(sha2::Sha256::digest(bytes).into())
    }
}
