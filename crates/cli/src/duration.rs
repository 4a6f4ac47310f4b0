//! Durations in words, in the two largest units.

use texts::Texts;

const UNITS: &[(i64, &str)] = &[
    (86_400_000_000_000, "cli-unit-days"),
    (3_600_000_000_000, "cli-unit-hours"),
    (60_000_000_000, "cli-unit-minutes"),
    (1_000_000_000, "cli-unit-seconds"),
    (1_000_000, "cli-unit-milliseconds"),
];

/// `3 h 12 min`; a negative duration counts as none.
pub fn duration(nanoseconds: i64, texts: &Texts) -> String {
    let mut left = nanoseconds.max(0);
    let mut parts: Vec<String> = Vec::new();
    for (unit, key) in UNITS {
        let count = left / unit;
        left %= unit;
        if count > 0 || (parts.is_empty() && *unit == 1_000_000) {
            parts.push(texts.get(key, &[("count", &count.to_string())]));
        } else if !parts.is_empty() {
            break;
        }
        if parts.len() == 2 {
            break;
        }
    }
    parts.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_largest_units_are_shown() {
        let texts = Texts::new(texts::Language::En);
        let words = |milliseconds: i64| duration(milliseconds * 1_000_000, &texts);
        assert_eq!(words(0), "0 ms");
        assert_eq!(words(2_300), "2 s 300 ms");
        assert_eq!(words(3_600_000 * 3 + 60_000 * 12 + 7), "3 h 12 min");
        assert_eq!(words(86_400_000 * 40 + 5), "40 d");
        assert_eq!(words(-5), "0 ms");
    }
}
