//! The start of a record: node, type, time and serial.

use std::sync::OnceLock;

use memchr::memmem::Finder;
use model::Timestamp;

use crate::text::number;

/// What stands before a record's fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header<'a> {
    /// Where the record starts in the line: at `node=` or `type=`; before it stands a transport's prefix.
    pub start: usize,
    /// `node=`, where given.
    pub node: Option<&'a [u8]>,
    /// The record type as written: `SYSCALL`, `UNKNOWN[1399]`, `1300`.
    pub type_name: &'a [u8],
    /// Time of the event.
    pub time: Timestamp,
    /// Serial of the event.
    pub serial: u64,
    /// Where the fields start in the line.
    pub body: usize,
}

/// Why a line is no record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// Nothing like a record.
    NotARecord,
    /// The start of a record, but the line ends before the serial does.
    Torn,
    /// A record whose time or serial is no number.
    BadTime,
}

/// How far into a line a record may start: syslog and journal prefixes are shorter than this.
const PREFIX_BYTES_MAX: usize = 512;

/// Reads the header of a line.
pub(super) fn read(line: &[u8]) -> Result<Header<'_>, Fault> {
    if line.starts_with(b"type=") || line.starts_with(b"node=") {
        return read_at(line, 0);
    }
    // A syslog prefix, a block of NUL bytes, or junk before a record that is whole.
    static TYPE: OnceLock<Finder<'static>> = OnceLock::new();
    let finder = TYPE.get_or_init(|| Finder::new("type="));
    let window = if line.first() == Some(&0) { line } else { &line[..line.len().min(PREFIX_BYTES_MAX)] };
    let Some(at) = finder.find(window) else { return Err(Fault::NotARecord) };
    let start = match window[..at].iter().rposition(|&byte| byte == b'=') {
        Some(equals) if window[..equals].ends_with(b"node") && !window[equals + 1..at - 1].contains(&b' ') => {
            equals - 4
        }
        _ => at,
    };
    read_at(line, start).map_err(|_| Fault::NotARecord)
}

fn read_at(line: &[u8], start: usize) -> Result<Header<'_>, Fault> {
    let mut rest = &line[start..];
    let mut node = None;
    if let Some(after) = rest.strip_prefix(b"node=") {
        let end = memchr::memchr(b' ', after).ok_or(Fault::Torn)?;
        node = Some(&after[..end]);
        rest = &after[end + 1..];
    }
    let after = rest.strip_prefix(b"type=").ok_or(Fault::NotARecord)?;
    let end = memchr::memchr(b' ', after).ok_or(Fault::Torn)?;
    let type_name = &after[..end];
    if type_name.is_empty() || !type_name.iter().all(|byte| byte.is_ascii_alphanumeric() || b"_[]-".contains(byte)) {
        return Err(Fault::NotARecord);
    }
    rest = &after[end + 1..];
    rest = rest.strip_prefix(b"msg=").unwrap_or(rest);
    let Some(stamp) = rest.strip_prefix(b"audit(") else {
        let torn = b"audit(".starts_with(rest) || b"msg=".starts_with(rest);
        return Err(if torn { Fault::Torn } else { Fault::NotARecord });
    };
    let end = memchr::memchr(b')', stamp).ok_or(Fault::Torn)?;
    let (time, serial) = read_stamp(&stamp[..end]).ok_or(Fault::BadTime)?;
    let mut body = line.len() - stamp.len() + end + 1;
    for expected in [b':', b' '] {
        body += usize::from(line.get(body) == Some(&expected));
    }
    Ok(Header { start, node, type_name, time, serial, body })
}

/// `SECONDS.MILLIS:SERIAL`; auditd writes three digits, but a fraction of any length up to nine is read.
pub(super) fn read_stamp(stamp: &[u8]) -> Option<(Timestamp, u64)> {
    let colon = memchr::memrchr(b':', stamp)?;
    let serial = number(&stamp[colon + 1..])?;
    let time = &stamp[..colon];
    let (seconds, fraction) = match memchr::memchr(b'.', time) {
        Some(dot) => (&time[..dot], &time[dot + 1..]),
        None => (time, &b"0"[..]),
    };
    if fraction.len() > 9 {
        return None;
    }
    let scale = 10_u64.pow(9 - u32::try_from(fraction.len()).ok()?);
    let nanos = u32::try_from(number(fraction)? * scale).ok()?;
    let seconds = i64::try_from(number(seconds)?).ok()?;
    // Beyond the year 2262 the nanoseconds would saturate, and every such event would look simultaneous.
    (seconds < 9_223_372_036).then(|| (Timestamp::from_seconds(seconds, nanos), serial))
}

/// Whether a line holds nothing, or only what `ausearch` writes between events.
pub(super) fn is_blank(line: &[u8]) -> bool {
    line.iter().all(u8::is_ascii_whitespace) || line == b"----" || line.starts_with(b"time->")
}

/// How many bytes before a record are junk rather than a transport's printable prefix.
pub(super) fn junk_before(prefix: &[u8]) -> usize {
    if prefix.iter().all(|&byte| (b' '..0x7f).contains(&byte) || byte == b'\t' || byte >= 0x80)
        && std::str::from_utf8(prefix).is_ok()
    {
        0
    } else {
        prefix.len()
    }
}

/// Where a second record starts inside the line, when the first was torn off by a crash.
///
/// The kernel never lets a space through inside a value, so ` msg=audit(` cannot stand in one; only
/// messages of user programs (`msg='…'`) may hold any text and are left alone.
pub(super) fn second_record(line: &[u8], header: &Header<'_>) -> Option<usize> {
    static STAMP: OnceLock<Finder<'static>> = OnceLock::new();
    let finder = STAMP.get_or_init(|| Finder::new(" msg=audit("));
    let body = line.get(header.body..)?;
    let stamp = finder.find(body)? + header.body;
    if memchr::memmem::find(&line[header.body..stamp], b"msg='").is_some() {
        return None;
    }
    let start = memchr::memmem::rfind(&line[header.body..stamp], b"type=")? + header.body;
    let start = match memchr::memmem::rfind(&line[header.body..start], b"node=") {
        Some(node) if !line[header.body + node..start - 1].contains(&b' ') => header.body + node,
        _ => start,
    };
    read_at(line, start).ok().map(|_| start)
}

/// Whether a record lacks the field that the kernel writes last, or last but for details.
pub(super) fn is_cut_off(header: &Header<'_>, body: &[u8]) -> bool {
    let lacks = |field: &[u8]| memchr::memmem::find(body, field).is_none();
    match header.type_name {
        b"SYSCALL" => lacks(b" key="),
        b"PATH" => lacks(b" nametype=") && lacks(b" objtype="),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_spellings_of_a_header() {
        let seconds =
            |text: &[u8]| read(text).map(|header| (header.node.map(<[u8]>::to_vec), header.serial, header.body));
        assert_eq!(seconds(b"type=EOE msg=audit(1.002:3): "), Ok((None, 3, 29)));
        assert_eq!(seconds(b"node=web-1 type=EOE msg=audit(1.002:3):"), Ok((Some(b"web-1".to_vec()), 3, 39)));
        assert_eq!(seconds(b"audit: type=1300 audit(1.002:3): a=b").map(|header| header.1), Ok(3));
        assert_eq!(
            seconds(b"Nov 22 23:28:50 web audisp-syslog: node=w type=CWD msg=audit(1.002:3): cwd=\"/\"").map(|h| h.0),
            Ok(Some(b"w".to_vec()))
        );
        assert_eq!(seconds(b"type=SYSCALL msg=aud"), Err(Fault::Torn));
        assert_eq!(seconds(b"type=SYSCALL msg=audit(1.0"), Err(Fault::Torn));
        assert_eq!(seconds(b"type=SYSCALL msg=audit(yesterday:3): "), Err(Fault::BadTime));
        assert_eq!(seconds(b"hello"), Err(Fault::NotARecord));
        assert_eq!(seconds(b"type=x y"), Err(Fault::NotARecord));
    }
}
