//! Absolute host paths as lists of plain names.

use model::Bytes;

/// Longest path that is looked up, in bytes. Linux hands out at most `PATH_MAX` = 4096; deeper ones
/// exist only relative to open directories, and four times as much bounds every recursion here.
pub(crate) const PATH_BYTES_MAX: usize = 16_384;

/// The names of an absolute path; `None` when it is relative, too long, or has `.` or `..` in it.
/// Doubled and trailing slashes are ignored, as the kernel does.
pub(crate) fn names(path: &[u8]) -> Option<Vec<&[u8]>> {
    if path.first() != Some(&b'/') || path.len() > PATH_BYTES_MAX {
        return None;
    }
    let names: Vec<&[u8]> = path.split(|&byte| byte == b'/').filter(|name| !name.is_empty()).collect();
    names.iter().all(|name| stdx::safe_name::check(name).is_ok()).then_some(names)
}

/// The path with `.`, `..` and doubled slashes taken out, as the shell would read it; `None` when it
/// is relative or not a Linux path.
pub(crate) fn normalised(path: &[u8]) -> Option<Bytes> {
    if path.first() != Some(&b'/') {
        return None;
    }
    let mut kept: Vec<&[u8]> = Vec::new();
    for name in path.split(|&byte| byte == b'/') {
        match name {
            b"" | b"." => {}
            b".." => {
                kept.pop();
            }
            _ => kept.push(name),
        }
    }
    Some(join(&kept))
}

/// `/` and the names, joined.
pub(crate) fn join<N: AsRef<[u8]>>(names: &[N]) -> Bytes {
    if names.is_empty() {
        return Bytes(b"/".to_vec());
    }
    let mut path = Vec::new();
    for name in names {
        path.push(b'/');
        path.extend_from_slice(name.as_ref());
    }
    Bytes(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_absolute_paths_are_looked_up() {
        assert_eq!(names(b"/srv//data/"), Some(vec![&b"srv"[..], b"data"]));
        assert_eq!(names(b"/"), Some(Vec::new()));
        for bad in [&b""[..], b"srv", b"/srv/../etc", b"/./a", b"/a\0b"] {
            assert_eq!(names(bad), None, "{bad:?}");
        }
        assert_eq!(names(&vec![b'/'; PATH_BYTES_MAX + 1]), None);
    }

    #[test]
    fn roots_are_read_as_a_shell_would() {
        assert_eq!(normalised(b"/srv/./a/../b//"), Some(Bytes::from("/srv/b")));
        assert_eq!(normalised(b"/../.."), Some(Bytes::from("/")));
        assert_eq!(normalised(b"C:\\Users"), None);
    }
}
