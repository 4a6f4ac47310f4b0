//! V3: gzip (RFC 1952): every member is decoded to its end, with its CRC-32 and its size. Zeros behind the
//! last member are padding, as tapes leave it; anything else there is not gzip.

use std::io::Read;

use flate2::bufread::GzDecoder;
use model::Rung;

use crate::{Check, Expected, Format, Observed, Reply, format};

/// More decoded bytes than this are not followed. Decoding takes about a second per 300 MB, and the
/// content itself is at most `CONTENT_BYTES_MAX`; DEFLATE expands 1032:1 at most.
const DECODED_BYTES_MAX: u64 = 16 * 1024 * 1024 * 1024;
/// More members than this are not followed: an empty one has 20 bytes.
const MEMBERS_MAX: u64 = 1_000_000;

pub(super) struct Gzip;

impl Check for Gzip {
    fn name(&self) -> &'static str {
        "gzip"
    }

    fn rung(&self) -> Rung {
        Rung::V3
    }

    fn applies(&self, expected: &Expected, observed: &Observed) -> bool {
        format::formats(expected, observed).contains(&Format::Gzip)
    }

    fn check(&self, _: &Expected, observed: &Observed) -> Reply {
        let mut rest = observed.bytes().unwrap_or_default();
        let whole = rest.len();
        let (mut members, mut decoded) = (0_u64, 0_u64);
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let at = whole - rest.len();
            let mut decoder = GzDecoder::new(rest);
            loop {
                match decoder.read(&mut buffer) {
                    Ok(0) => break,
                    Ok(count) => decoded += count as u64,
                    Err(cause) => {
                        return Reply::no(format!(
                            "member {} at byte {at}, after {decoded} decoded bytes: {}",
                            members + 1,
                            crate::short(&cause.to_string())
                        ));
                    }
                }
                if decoded > DECODED_BYTES_MAX {
                    return Reply::cannot_tell(
                        "a validator with a higher bound",
                        format!("more than {DECODED_BYTES_MAX} decoded bytes"),
                    );
                }
            }
            members += 1;
            rest = decoder.into_inner();
            if rest.iter().all(|&byte| byte == 0) {
                let padding = if rest.is_empty() { String::new() } else { format!("; {} zeros behind", rest.len()) };
                return Reply::yes(format!(
                    "{members} members, {decoded} decoded bytes, CRC-32 and size right{padding}"
                ));
            }
            if !rest.starts_with(b"\x1f\x8b") {
                return Reply::no(format!("{} bytes behind the last member are no gzip", rest.len()));
            }
            if members >= MEMBERS_MAX {
                return Reply::cannot_tell(
                    "a validator with a higher bound",
                    format!("more than {MEMBERS_MAX} members"),
                );
            }
        }
    }
}
