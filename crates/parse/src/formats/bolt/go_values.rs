//! Values as Go programs write them: binary times, varints, protobuf's `Any`.

use model::Timestamp;

/// Seconds from the year 1 to 1970.
const YEAR_ONE_TO_EPOCH_SECONDS: i64 = 62_135_596_800;

/// `time.Time.MarshalBinary`: version, seconds since the year 1, nanoseconds, zone (which changes nothing).
pub(super) fn time(value: &[u8]) -> Option<Timestamp> {
    if !matches!(value.first(), Some(1 | 2)) {
        return None;
    }
    let seconds = i64::from_be_bytes(value.get(1..9)?.try_into().ok()?).checked_sub(YEAR_ONE_TO_EPOCH_SECONDS)?;
    let nanos = u32::from_be_bytes(value.get(9..13)?.try_into().ok()?);
    (seconds > 0 && nanos < 1_000_000_000).then(|| Timestamp::from_seconds(seconds, nanos)).filter(|time| time.0 > 0)
}

/// A number of `binary.PutUvarint`, and the bytes behind it.
pub(super) fn varint(value: &[u8]) -> Option<(u64, &[u8])> {
    let mut number = 0_u64;
    // Ten groups of seven bits hold 64.
    for (at, &byte) in value.iter().enumerate().take(10) {
        number |= u64::from(byte & 0x7f).checked_shl(u32::try_from(at * 7).ok()?)?;
        if byte & 0x80 == 0 {
            return Some((number, &value[at + 1..]));
        }
    }
    None
}

/// The value inside a protobuf `Any`, which is JSON in all that is read here.
pub(super) fn any(mut message: &[u8]) -> Option<&[u8]> {
    let mut found = None;
    // Each turn takes at least one byte off.
    while !message.is_empty() {
        let (tag, rest) = varint(message)?;
        message = match tag & 7 {
            0 => varint(rest)?.1,
            2 => {
                let (length, rest) = varint(rest)?;
                let (content, rest) = rest.split_at_checked(usize::try_from(length).ok()?)?;
                if tag >> 3 == 2 {
                    found = Some(content);
                }
                rest
            }
            _ => return None,
        };
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_go_are_read() {
        let mut time_value = vec![1];
        time_value.extend((YEAR_ONE_TO_EPOCH_SECONDS + 1_000).to_be_bytes());
        time_value.extend(5_u32.to_be_bytes());
        time_value.extend([0xff, 0xff]);
        assert_eq!(time(&time_value), Some(Timestamp::from_seconds(1_000, 5)));
        assert_eq!(varint(&[0xac, 0x02, 9]), Some((300, &[9][..])));
        assert_eq!(varint(&[0xff; 11]), None);
        assert_eq!(any(b"\x0a\x01t\x12\x02{}"), Some(&b"{}"[..]));
        assert_eq!(any(b"\x12\x7f{}"), None);
    }
}
