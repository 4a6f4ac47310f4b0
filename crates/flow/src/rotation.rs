//! Which files are parts of one rotated log, and in which order they were written.

use model::Bytes;

/// Ends of compressed parts.
const COMPRESSED: &[&str] = &[".gz", ".zst", ".xz"];

/// A place in a rotated log: parts of one log have the same family, and sort from the oldest to the newest.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// Path of the newest part: `/var/log/audit/audit.log`.
    pub(crate) family: String,
    /// How old: later parts are larger.
    age: std::cmp::Reverse<u64>,
}

/// Reads the place from a file's path: `audit.log.2.gz` is older than `audit.log.1`, that than
/// `audit.log`; `audit.log-20261101` is older than `audit.log-20261102`.
///
/// Names only order the parts; that one continues the other is checked by the records themselves.
pub(crate) fn place(path: &Bytes) -> Place {
    let text = path.to_text();
    let plain = COMPRESSED.iter().find_map(|end| text.strip_suffix(end)).unwrap_or(&text);
    let digits = plain.len() - plain.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let (stem, number) = plain.split_at(plain.len() - digits);
    let number: Option<u64> = number.parse().ok();
    let (family, age) = match (number, stem.strip_suffix('.'), stem.strip_suffix('-')) {
        (Some(number), Some(family), _) if digits <= 5 => (family, number),
        // A date: the larger, the newer, and all older than the file without one.
        (Some(date), _, Some(family)) if digits >= 8 => (family, u64::MAX - date),
        _ => (plain, 0),
    };
    Place { family: family.to_string(), age: std::cmp::Reverse(age) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_one_log_sort_from_the_oldest() {
        let mut names = [
            "a/audit.log",
            "a/audit.log.1",
            "a/audit.log.10.gz",
            "a/audit.log.2.zst",
            "b/x.log-20261102",
            "b/x.log",
            "b/x.log-20261101",
        ];
        names.sort_by_key(|name| place(&Bytes::from(*name)));
        let expected = [
            "a/audit.log.10.gz",
            "a/audit.log.2.zst",
            "a/audit.log.1",
            "a/audit.log",
            "b/x.log-20261101",
            "b/x.log-20261102",
            "b/x.log",
        ];
        assert_eq!(names, expected);
        assert_eq!(place(&Bytes::from("a/audit.log.1")).family, place(&Bytes::from("a/audit.log")).family);
        assert_ne!(place(&Bytes::from("a/node1.log")).family, place(&Bytes::from("a/node2.log")).family);
    }
}
