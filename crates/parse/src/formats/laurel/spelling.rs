//! How values are spelt: laurel's JSON on one side, the kernel's records on the other.

use std::borrow::Cow;

use crate::text::hex_number;

/// The bytes that laurel's text stands for: `%`, `+`, control characters and bytes outside UTF-8 are percent-encoded.
pub(super) fn decoded(text: &str) -> Cow<'_, [u8]> {
    if !text.contains('%') {
        return Cow::Borrowed(text.as_bytes());
    }
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some(at) = memchr::memchr(b'%', rest) {
        out.extend_from_slice(&rest[..at]);
        let digits = rest.get(at + 1..at + 3);
        match digits.and_then(hex_number).and_then(|value| u8::try_from(value).ok()) {
            Some(byte) => {
                out.push(byte);
                rest = &rest[at + 3..];
            }
            // Not laurel's own doing; taken as written.
            None => {
                out.push(b'%');
                rest = &rest[at + 1..];
            }
        }
    }
    out.extend_from_slice(rest);
    Cow::Owned(out)
}

/// How the value of a field stands in a kernel record.
enum Spelling {
    /// A name from outside: quoted, or hexadecimal when it has a byte that could be taken for syntax.
    Name,
    /// Bytes, always hexadecimal.
    Bytes,
    /// A number without prefix that laurel 0.5 takes for hexadecimal bytes where the digits come in pairs.
    Digits,
    /// The text of a user program, with fields of its own.
    Message,
    /// A word or number.
    Word,
}

fn spelling(type_name: &str, key: &str) -> Spelling {
    match (type_name, key) {
        (_, "comm" | "exe" | "cwd" | "name" | "key" | "proctitle" | "ocomm" | "acct" | "cmd" | "dir" | "path") => {
            Spelling::Name
        }
        ("EXECVE", _) if key != "argc" => Spelling::Name,
        (_, "saddr" | "data") => Spelling::Bytes,
        ("OPENAT2", "oflag") | ("URINGOP", "uring_op") | ("BPF", "prog-id") => Spelling::Digits,
        (_, "msg") => Spelling::Message,
        _ => Spelling::Word,
    }
}

/// Appends a text value in the kernel's spelling.
pub(super) fn write(type_name: &str, key: &str, text: &str, out: &mut Vec<u8>) {
    let bytes = decoded(text);
    match spelling(type_name, key) {
        // Programs write so what they do not know; the kernel's own names are never bare.
        Spelling::Name if type_name.starts_with("USER") && matches!(text, "?" | "(none)" | "(null)") => {
            out.extend_from_slice(&bytes);
        }
        Spelling::Name => name(&bytes, out),
        Spelling::Bytes => hex(&bytes, out),
        // One digit can only come from a pair in these fields, except for the number of a BPF program.
        Spelling::Digits if bytes.len() % 2 == 1 && (bytes.len() > 1 || key == "prog-id") && is_digits(&bytes) => {
            out.extend_from_slice(&bytes);
        }
        Spelling::Digits => hex(&bytes, out),
        Spelling::Message => {
            out.push(b'\'');
            out.extend_from_slice(&bytes);
            out.push(b'\'');
        }
        Spelling::Word => word(&bytes, out),
    }
}

fn is_digits(bytes: &[u8]) -> bool {
    bytes.iter().all(u8::is_ascii_digit)
}

/// A name as the kernel writes it (`audit_log_untrustedstring`).
pub(super) fn name(bytes: &[u8], out: &mut Vec<u8>) {
    if bytes.iter().all(|&byte| byte > b' ' && byte < 0x7f && byte != b'"') {
        out.push(b'"');
        out.extend_from_slice(bytes);
        out.push(b'"');
    } else {
        hex(bytes, out);
    }
}

/// Appends bytes as hexadecimal digits.
pub(super) fn hex(bytes: &[u8], out: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for &byte in bytes {
        out.extend([DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
    }
}

/// A word: without laurel's `0x` or `0o` before numbers, in quotes where it would not end by itself.
fn word(bytes: &[u8], out: &mut Vec<u8>) {
    let is_number = |rest: &[u8]| !rest.is_empty() && rest.iter().all(u8::is_ascii_hexdigit);
    let number = bytes.strip_prefix(b"0x").or_else(|| bytes.strip_prefix(b"0o")).filter(|rest| is_number(rest));
    if let Some(digits) = number {
        out.extend_from_slice(digits);
    } else if bytes.iter().all(|&byte| byte > b' ' && byte != b'"' && byte != 0x7f) {
        out.extend_from_slice(bytes);
    } else {
        name(bytes, out);
    }
}

/// `struct sockaddr` of an address that laurel has translated.
pub(super) fn socket_address(family: &str, address: &str, port: u16, path: &str, out: &mut Vec<u8>) -> bool {
    let mut bytes = Vec::new();
    match family {
        "inet" | "ipv4" => {
            let Ok(address) = address.parse::<std::net::Ipv4Addr>() else { return false };
            bytes.extend([2, 0]);
            bytes.extend(port.to_be_bytes());
            bytes.extend(address.octets());
            bytes.extend([0; 8]);
        }
        "inet6" | "ipv6" => {
            let Ok(address) = address.parse::<std::net::Ipv6Addr>() else { return false };
            bytes.extend([10, 0]);
            bytes.extend(port.to_be_bytes());
            bytes.extend([0; 4]);
            bytes.extend(address.octets());
            bytes.extend([0; 4]);
        }
        "local" | "unix" => {
            bytes.extend([1, 0]);
            bytes.extend_from_slice(&decoded(path));
        }
        "netlink" => bytes.extend([16, 0]),
        _ => return false,
    }
    hex(&bytes, out);
    true
}

/// A number of laurel's `SYSCALL.ARGV`, without `0x`.
pub(super) fn argument(text: &str) -> Option<&[u8]> {
    let digits = text.strip_prefix("0x").unwrap_or(text).as_bytes();
    hex_number(digits).map(|_| digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(type_name: &str, key: &str, text: &str) -> String {
        let mut out = Vec::new();
        write(type_name, key, text, &mut out);
        String::from_utf8_lossy(&out).into_owned()
    }

    #[test]
    fn values_get_their_kernel_spelling_back() {
        assert_eq!(*decoded("/tmp/%ff%2b%25ä%zz%"), *b"/tmp/\xff+%\xc3\xa4%zz%");
        assert_eq!(written("PATH", "name", "cafe"), "\"cafe\"");
        assert_eq!(written("PATH", "name", "a b"), "612062");
        assert_eq!(written("PATH", "mode", "0o100644"), "100644");
        assert_eq!(written("SYSCALL", "arch", "0xc000003e"), "c000003e");
        assert_eq!(written("PATH", "name", "0xff"), "\"0xff\"");
        assert_eq!(written("USER_CMD", "msg", "cwd=\"/\" cmd=6C73"), "'cwd=\"/\" cmd=6C73'");
        assert_eq!(written("SOCKADDR", "saddr", "%01%00/a"), "01002F61");
    }

    #[test]
    fn numbers_that_were_taken_for_bytes_come_back() {
        assert_eq!(written("OPENAT2", "oflag", "%02%00%00%01"), "02000001");
        assert_eq!(written("OPENAT2", "oflag", "0100101"), "0100101");
        assert_eq!(written("URINGOP", "uring_op", "%18"), "18");
        assert_eq!(written("URINGOP", "uring_op", "6"), "36");
        assert_eq!(written("BPF", "prog-id", "%12"), "12");
        assert_eq!(written("BPF", "prog-id", "123"), "123");
    }
}
