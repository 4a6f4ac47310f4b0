//! What a person states about the clock or the host of a source.

use model::Timestamp;

/// Most characters of a pattern; it is matched by comparing every character with every other at worst.
const PATTERN_CHARS_MAX: usize = 1_024;

/// Which sources are meant: a name, the end of a path, or a pattern with `*` and `?`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(String);

impl Pattern {
    /// A pattern of at most 1,024 characters.
    pub fn new(text: &str) -> Option<Self> {
        (!text.is_empty() && text.chars().count() <= PATTERN_CHARS_MAX).then(|| Self(text.to_string()))
    }

    /// As it was stated.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// Whether the source of that name is meant: `syslog` means every `…/syslog`, `*.log` every name with that end.
    pub fn matches(&self, name: &str) -> bool {
        // A member of an archive is named behind its archive.
        let starts = name.match_indices(['/', '›']).map(|(at, cut)| at + cut.len());
        let mut parts = std::iter::once(0).chain(starts).filter_map(|at| name.get(at..)).map(str::trim_start);
        parts.any(|part| like(&self.0, part))
    }
}

/// Glob with `*` (any characters) and `?` (one). Goes back to the last `*` only, so time is bounded by the product.
fn like(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(&c) if c == '?' || c == text[t] => (p, t) = (p + 1, t + 1),
            _ => match star {
                Some((at, from)) => {
                    star = Some((at, from + 1));
                    (p, t) = (at + 1, from + 1);
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|&c| c == '*')
}

/// A person's word about the clocks of some sources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatedClock {
    /// Which sources.
    pub sources: Pattern,
    /// Minutes that times without zone are ahead of UTC.
    pub zone_minutes: Option<i32>,
    /// Nanoseconds that the clock is ahead, besides the zone.
    pub skew_ns: i64,
    /// When the host booted, for times that count from there.
    pub boot: Option<Timestamp>,
}

/// A person's word about the host that some sources are of, where they name none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatedHost {
    /// Which sources.
    pub sources: Pattern,
    /// The host; `None`: none, and none is to be assumed.
    pub host: Option<String>,
}

/// Reads `+09:00`, `-0330`, `+9` or `Z` as minutes ahead of UTC; `None` for other texts and beyond ±14 hours.
pub fn parse_offset(text: &str) -> Option<i32> {
    /// The widest zones of the world, and the bound of what is taken for one.
    const MINUTES_MAX: i32 = 14 * 60;
    if matches!(text, "Z" | "z" | "UTC") {
        return Some(0);
    }
    let (sign, digits) = match text.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-" | "−", digits) => (-1, digits),
        _ => return None,
    };
    let (hours, minutes) = match digits.split_once(':') {
        Some(parts) => parts,
        None if digits.len() == 4 => digits.split_at_checked(2)?,
        None => (digits, "0"),
    };
    let number = |text: &str| text.parse::<i32>().ok().filter(|_| text.len() <= 2 && !text.starts_with(['+', '-']));
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    let all = hours * 60 + minutes;
    (minutes < 60 && all <= MINUTES_MAX).then_some(sign * all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_mean_names_ends_and_globs() {
        let is = |pattern: &str, name: &str| Pattern::new(pattern).is_some_and(|pattern| pattern.matches(name));
        assert!(is("syslog", "evidence/var/log/syslog"));
        assert!(is("log/syslog", "evidence/var/log/syslog"));
        assert!(is("syslog", "all.tar › var/log/syslog"));
        assert!(is("*.log*", "a/kern.log.1"));
        assert!(!is("syslog", "evidence/syslog.1"));
        assert!(!is("og", "evidence/syslog"));
        assert!(is("*a*a*a*a*b", &format!("{}b", "a".repeat(2_000))));
        assert!(Pattern::new("").is_none());
    }

    #[test]
    fn offsets_are_read_as_people_write_them() {
        let read: Vec<Option<i32>> = ["+09:00", "-0330", "+9", "Z", "+14:00"].map(parse_offset).to_vec();
        assert_eq!(read, [Some(540), Some(-210), Some(9 * 60), Some(0), Some(840)]);
        for text in ["", "9", "+15:00", "+09:75", "+-9", "JST", "+090000", "＋9"] {
            assert_eq!(parse_offset(text), None, "{text}");
        }
    }
}
