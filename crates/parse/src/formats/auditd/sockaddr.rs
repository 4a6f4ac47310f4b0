//! Socket addresses, which the kernel logs as the bytes of `struct sockaddr`.

use std::net::{Ipv4Addr, Ipv6Addr};

use model::Bytes;

/// A decoded address.
pub(super) struct SocketAddress {
    /// The address family's number.
    pub family: u64,
    /// `/path`, `@abstract name`, `192.0.2.1:80`, `[2001:db8::1]:80`; `None` for families without a
    /// name here, unnamed sockets, and addresses that are cut short.
    pub name: Option<Bytes>,
}

/// Decodes the bytes of `saddr=`; `None` when there is not even a family.
///
/// All architectures with a call table here are little-endian; ports and addresses are in network order.
pub(super) fn decode(bytes: &[u8]) -> Option<SocketAddress> {
    let family = u64::from(u16::from_le_bytes([*bytes.first()?, *bytes.get(1)?]));
    let rest = &bytes[2..];
    let name = match family {
        1 => unix(rest),
        2 => inet(rest),
        10 => inet6(rest),
        40 => vsock(rest),
        _ => None,
    };
    Some(SocketAddress { family, name })
}

fn unix(path: &[u8]) -> Option<Bytes> {
    match path {
        [] => None,
        [0, name @ ..] => {
            // An abstract name may contain NUL; programs that pass the whole structure pad it with NUL.
            let end = name.iter().rposition(|&byte| byte != 0)? + 1;
            let mut text = b"@".to_vec();
            text.extend_from_slice(&name[..end]);
            Some(Bytes(text))
        }
        path => {
            let end = path.iter().position(|&byte| byte == 0).unwrap_or(path.len());
            Some(Bytes::from(&path[..end]))
        }
    }
}

fn inet(rest: &[u8]) -> Option<Bytes> {
    let (port, address) = (rest.get(..2)?, rest.get(2..6)?);
    let port = u16::from_be_bytes(port.try_into().ok()?);
    let address = Ipv4Addr::from(<[u8; 4]>::try_from(address).ok()?);
    Some(Bytes::from(format!("{address}:{port}").as_str()))
}

fn inet6(rest: &[u8]) -> Option<Bytes> {
    let (port, address) = (rest.get(..2)?, rest.get(6..22)?);
    let port = u16::from_be_bytes(port.try_into().ok()?);
    let address = Ipv6Addr::from(<[u8; 16]>::try_from(address).ok()?);
    Some(Bytes::from(format!("[{address}]:{port}").as_str()))
}

fn vsock(rest: &[u8]) -> Option<Bytes> {
    let word = |at: usize| rest.get(at..at + 4).and_then(|word| word.try_into().ok()).map(u32::from_le_bytes);
    Some(Bytes::from(format!("vsock:{}:{}", word(6)?, word(2)?).as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(hex: &str) -> Option<String> {
        decode(&crate::text::unhex(hex.as_bytes()).unwrap())?.name.map(|name| name.to_text())
    }

    #[test]
    fn addresses_are_named() {
        assert_eq!(name("01002F72756E2F646F636B65722E736F636B0000"), Some("/run/docker.sock".into()));
        assert_eq!(name("0100002F636F6E7461696E6572642D7368696D2F61"), Some("@/containerd-shim/a".into()));
        assert_eq!(name("02000050C00002010000000000000000"), Some("192.0.2.1:80".into()));
        assert_eq!(name("0A0001BB0000000020010DB800000000000000000000000100000000"), Some("[2001:db8::1]:443".into()));
        assert_eq!(name("0200"), None);
        assert_eq!(name("100000000000000000000000"), None);
        assert!(decode(b"\x01").is_none());
    }
}
