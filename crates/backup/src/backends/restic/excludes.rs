//! Whether a path may have been left out of a backup on purpose.
//!
//! A path that matches an exclude pattern of its snapshot was perhaps there and not stored: its
//! absence proves nothing. So the match errs towards "excluded": classes match any one character, and a
//! pattern matches whatever lies below it. Source: restic manual, "Excluding Files".

/// Most patterns that are tried; with more, everything counts as perhaps excluded.
const PATTERNS_MAX: usize = 10_000;

/// Longest pattern that is tried; a longer one counts as a match.
const PATTERN_BYTES_MAX: usize = 4_096;

/// Whether any pattern matches the path (as names) or a directory above it.
pub(super) fn may_exclude(patterns: &[String], names: &[&[u8]]) -> bool {
    patterns.len() > PATTERNS_MAX || patterns.iter().any(|pattern| matches(pattern, names))
}

fn matches(pattern: &str, names: &[&[u8]]) -> bool {
    if pattern.starts_with('!') {
        // It takes something back in; what else excluded that, says so itself.
        return false;
    }
    if pattern.len() > PATTERN_BYTES_MAX {
        return true;
    }
    let anchored = pattern.starts_with('/');
    let parts: Vec<&[u8]> =
        pattern.split('/').filter(|part| !part.is_empty() && *part != ".").map(str::as_bytes).collect();
    if parts.is_empty() {
        return !pattern.is_empty();
    }
    let last_start = if anchored { 0 } else { names.len() };
    (0..=last_start).any(|start| names.get(start..).is_some_and(|names| along(&parts, names)))
}

/// Whether the parts match the first names, whatever follows.
fn along(parts: &[&[u8]], names: &[&[u8]]) -> bool {
    // Reachable positions after each part: `**` reaches all later ones, so no backtracking is needed.
    let mut reached = vec![false; names.len() + 1];
    reached[0] = true;
    for part in parts {
        let mut next = vec![false; names.len() + 1];
        for at in 0..=names.len() {
            if !reached[at] {
                continue;
            }
            if *part == b"**" {
                next[at..].fill(true);
                break;
            }
            if names.get(at).is_some_and(|name| glob(part, name)) {
                next[at + 1] = true;
            }
        }
        reached = next;
    }
    reached.contains(&true)
}

/// `*`, `?` and classes, within one name.
fn glob(pattern: &[u8], name: &[u8]) -> bool {
    let (mut p, mut n) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        let (fits, width) = match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, n));
                p += 1;
                continue;
            }
            Some(b'?') => (true, 1),
            Some(b'[') => (true, class_width(&pattern[p..])),
            Some(b'\\') => (pattern.get(p + 1) == Some(&name[n]), 2),
            Some(byte) => (*byte == name[n], 1),
            None => (false, 0),
        };
        if fits {
            p += width;
            n += 1;
        } else if let Some((at, from)) = star {
            star = Some((at, from + 1));
            p = at + 1;
            n = from + 1;
        } else {
            return false;
        }
    }
    pattern[p.min(pattern.len())..].iter().all(|byte| *byte == b'*')
}

fn class_width(pattern: &[u8]) -> usize {
    let close = pattern.iter().skip(2).position(|byte| *byte == b']');
    close.map_or(pattern.len(), |close| close + 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn excluded(pattern: &str, path: &str) -> bool {
        let names: Vec<&[u8]> = path.split('/').filter(|name| !name.is_empty()).map(str::as_bytes).collect();
        may_exclude(&[pattern.to_string()], &names)
    }

    #[test]
    fn patterns_match_as_in_restic_or_more() {
        for (pattern, path) in [
            ("*.log", "/srv/data/a.log"),
            ("cache", "/home/x/cache/deep/file"),
            ("/srv/data", "/srv/data/a"),
            ("/srv/*/tmp", "/srv/a/tmp/b"),
            ("/srv/**/tmp", "/srv/a/b/c/tmp"),
            ("foo/bar", "/x/foo/bar/y"),
            ("[ab]c", "/x/ac"),
            ("a?c", "/abc"),
            ("/", "/anything"),
        ] {
            assert!(excluded(pattern, path), "{pattern} {path}");
        }
        for (pattern, path) in [
            ("*.log", "/srv/data/a.txt"),
            ("/data", "/srv/data/a"),
            ("cache", "/home/x/caches/a"),
            ("foo/bar", "/foo/x/bar"),
            ("!*.log", "/a.log"),
            ("", "/a"),
        ] {
            assert!(!excluded(pattern, path), "{pattern} {path}");
        }
    }

    #[test]
    fn a_pattern_of_many_stars_takes_no_time() {
        assert!(!excluded(&"*a".repeat(500), &format!("/{}", "a".repeat(200) + "b")));
    }
}
