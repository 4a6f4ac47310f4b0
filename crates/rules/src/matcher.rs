//! What a test asks of one value, compiled.

use std::{
    collections::HashSet,
    net::{IpAddr, Ipv6Addr},
};

use aho_corasick::AhoCorasick;
use regex::bytes::{Regex, RegexBuilder, RegexSet, RegexSetBuilder};

use crate::{
    fault::{Kind, Reason},
    truth::Truth,
};

/// Bytes that one pattern may take when compiled, and its cache while it runs.
const PATTERN_BYTES_MAX: usize = 1 << 20;
/// Bytes of a pattern's text.
const PATTERN_TEXT_MAX: usize = 8 << 10;

/// A question to one value.
#[derive(Debug)]
pub(crate) enum Matcher {
    /// It is one of these.
    Set(HashSet<Box<[u8]>>),
    /// It is a number in that relation to this one.
    Number(Order, f64),
    /// It has one of these inside.
    Contains(AhoCorasick, Vec<Box<[u8]>>),
    /// It begins with one of these.
    Starts(Vec<Box<[u8]>>),
    /// It ends with one of these.
    Ends(Vec<Box<[u8]>>),
    /// The pattern matches.
    Pattern(Regex),
    /// One of the patterns matches.
    Patterns(RegexSet),
    /// It is an address in one of these networks.
    Nets(Vec<Net>),
    /// One of these paths is it, or a directory above it.
    Paths(HashSet<Box<[u8]>>),
}

/// Relations of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Order {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Order {
    pub(crate) fn holds(self, left: f64, right: f64) -> bool {
        match self {
            Self::Less => left < right,
            Self::LessOrEqual => left <= right,
            Self::Greater => left > right,
            Self::GreaterOrEqual => left >= right,
        }
    }
}

/// A network: addresses that share so many leading bits. IPv4 is kept as mapped IPv6.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Net {
    bits: u128,
    mask: u128,
}

impl Net {
    /// Reads `192.0.2.0/24`, `2001:db8::/32`, or one address.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length.parse::<u32>().ok()?)),
            None => (text, None),
        };
        let address: IpAddr = address.trim().parse().ok()?;
        let (short, most) = if address.is_ipv4() { (96, 32) } else { (0, 128) };
        let length = length.unwrap_or(most);
        if length > most {
            return None;
        }
        let mask = u128::MAX.checked_shl(128 - (short + length)).unwrap_or(0);
        Some(Self { bits: mapped(address) & mask, mask })
    }

    fn holds(&self, address: IpAddr) -> bool {
        mapped(address) & self.mask == self.bits
    }

    /// Whether all its addresses are a host's own: loopback, or none at all.
    fn is_own(&self) -> bool {
        let within =
            |net: &str| Self::read(net).is_some_and(|net| self.bits & net.mask == net.bits && self.mask >= net.mask);
        ["127.0.0.0/8", "0.0.0.0/32", "::1/128", "::/128"].iter().any(|net| within(net))
    }
}

fn mapped(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().to_bits(),
        IpAddr::V6(address) => Ipv6Addr::to_bits(address),
    }
}

impl Matcher {
    pub(crate) fn set<T: AsRef<[u8]>>(values: impl IntoIterator<Item = T>) -> Self {
        Self::Set(values.into_iter().map(|value| value.as_ref().into()).collect())
    }

    pub(crate) fn starts<T: AsRef<[u8]>>(values: impl IntoIterator<Item = T>) -> Self {
        Self::Starts(values.into_iter().map(|value| value.as_ref().into()).collect())
    }

    pub(crate) fn ends<T: AsRef<[u8]>>(values: impl IntoIterator<Item = T>) -> Self {
        Self::Ends(values.into_iter().map(|value| value.as_ref().into()).collect())
    }

    /// Fails when the automaton of the texts has no room.
    pub(crate) fn contains<T: AsRef<[u8]>>(values: impl IntoIterator<Item = T>) -> Result<Self, Reason> {
        let values: Vec<Box<[u8]>> = values.into_iter().map(|value| value.as_ref().into()).collect();
        let automaton = AhoCorasick::new(&values).map_err(|cause| Reason::new(Kind::TooLarge, cause.to_string()))?;
        Ok(Self::Contains(automaton, values))
    }

    /// Fails when the pattern is none, needs what finite automata cannot do, or takes too much memory.
    pub(crate) fn pattern(text: &str) -> Result<Self, Reason> {
        short_enough(text)?;
        let built = RegexBuilder::new(text)
            .unicode(false)
            .size_limit(PATTERN_BYTES_MAX)
            .dfa_size_limit(PATTERN_BYTES_MAX)
            .build()
            // Classes such as \p{L} need Unicode, which costs more.
            .or_else(|_| {
                RegexBuilder::new(text).size_limit(PATTERN_BYTES_MAX).dfa_size_limit(PATTERN_BYTES_MAX).build()
            });
        Ok(Self::Pattern(built.map_err(|cause| bad_pattern(text, &cause))?))
    }

    /// Fails as [`Matcher::pattern`] does.
    pub(crate) fn patterns(texts: &[String]) -> Result<Self, Reason> {
        if let [text] = texts {
            return Self::pattern(text);
        }
        texts.iter().try_for_each(|text| short_enough(text))?;
        let set = RegexSetBuilder::new(texts)
            .unicode(false)
            .size_limit(PATTERN_BYTES_MAX * 4)
            .dfa_size_limit(PATTERN_BYTES_MAX)
            .build();
        Ok(Self::Patterns(set.map_err(|cause| bad_pattern(&texts.join(" "), &cause))?))
    }

    pub(crate) fn paths<T: AsRef<[u8]>>(values: impl IntoIterator<Item = T>) -> Self {
        Self::Paths(values.into_iter().map(|value| trimmed(value.as_ref()).into()).collect())
    }

    /// Whether it asks for addresses that only a host itself has. The peer of an address that is not one of them is
    /// none of them either.
    pub(crate) fn is_of_own_addresses(&self) -> bool {
        matches!(self, Self::Nets(nets) if nets.iter().all(Net::is_own))
    }

    /// The answer for a whole number of which only the least that it can be is known.
    pub(crate) fn holds_from(&self, least: i64) -> Truth {
        #[expect(clippy::cast_precision_loss, reason = "bounds are 0, 1 and the like")]
        let least = least as f64;
        let decided = match self {
            Self::Set(values) => {
                values.iter().all(|value| number(value).is_none_or(|one| one < least)).then_some(false)
            }
            Self::Number(Order::Less, right) => (*right <= least).then_some(false),
            Self::Number(Order::LessOrEqual, right) => (*right < least).then_some(false),
            Self::Number(Order::Greater, right) => (*right < least).then_some(true),
            Self::Number(Order::GreaterOrEqual, right) => (*right <= least).then_some(true),
            _ => None,
        };
        decided.map_or(Truth::Unknown, Truth::from)
    }

    pub(crate) fn holds(&self, value: &[u8]) -> bool {
        match self {
            Self::Set(values) => values.contains(value),
            Self::Number(order, right) => number(value).is_some_and(|left| order.holds(left, *right)),
            Self::Contains(automaton, _) => automaton.is_match(value),
            Self::Starts(values) => values.iter().any(|start| value.starts_with(start)),
            Self::Ends(values) => values.iter().any(|end| value.ends_with(end)),
            Self::Pattern(pattern) => pattern.is_match(value),
            Self::Patterns(patterns) => patterns.is_match(value),
            Self::Nets(nets) => address(value).is_some_and(|address| nets.iter().any(|net| net.holds(address))),
            Self::Paths(paths) => below(value, paths),
        }
    }
}

fn short_enough(text: &str) -> Result<(), Reason> {
    if text.len() > PATTERN_TEXT_MAX {
        return Err(Reason::new(Kind::TooLarge, format!("a pattern of {} bytes", text.len())));
    }
    Ok(())
}

fn bad_pattern(text: &str, cause: &regex::Error) -> Reason {
    let cause = match cause {
        regex::Error::CompiledTooBig(limit) => format!("it takes more than {limit} bytes when compiled"),
        // The first lines draw the pattern; the last one says what is wrong.
        other => other.to_string().lines().last().unwrap_or_default().trim_start_matches("error: ").to_string(),
    };
    Reason::new(Kind::BadPattern, format!("{text}: {cause}"))
}

/// A decimal, hexadecimal or floating number.
pub(crate) fn number(value: &[u8]) -> Option<f64> {
    let text = std::str::from_utf8(value).ok()?.trim();
    #[expect(clippy::cast_precision_loss, reason = "compared as numbers, not counted with")]
    if let Some(digits) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        return u64::from_str_radix(digits, 16).ok().map(|number| number as f64);
    }
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

fn address(value: &[u8]) -> Option<IpAddr> {
    std::str::from_utf8(value).ok()?.trim_matches(['[', ']']).parse().ok()
}

fn trimmed(path: &[u8]) -> &[u8] {
    let end = path.iter().rposition(|&byte| byte != b'/').map_or(0, |last| last + 1);
    &path[..end]
}

/// Whether the path, or a directory that it lies in, is among those: component by component.
fn below(path: &[u8], paths: &HashSet<Box<[u8]>>) -> bool {
    let path = trimmed(path);
    let ends = path.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(at, _)| at);
    ends.chain([path.len()]).any(|end| paths.contains(&path[..end]))
}

/// A shell pattern (`*`, `?`, `[a-z]`, `[!a]`, `\`) as a regular expression of the whole value.
pub(crate) fn of_glob(glob: &str) -> String {
    let mut out = String::from("(?s)\\A");
    let mut characters = glob.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '*' => out.push_str(".*"),
            '?' => out.push('.'),
            '\\' => out.push_str(&regex::escape(&characters.next().unwrap_or('\\').to_string())),
            '[' => {
                let rest: String = characters.clone().collect();
                match class(&rest) {
                    Some((class, length)) => {
                        out.push_str(&class);
                        characters.nth(length - 1);
                    }
                    None => out.push_str("\\["),
                }
            }
            other => out.push_str(&regex::escape(&other.to_string())),
        }
    }
    out.push_str("\\z");
    out
}

/// The class behind `[`, and how many characters it takes with its `]`.
fn class(rest: &str) -> Option<(String, usize)> {
    let negated = rest.starts_with(['!', '^']);
    let start = usize::from(negated);
    let mut out = String::from(if negated { "[^" } else { "[" });
    for (at, character) in rest.chars().enumerate().skip(start) {
        match character {
            ']' if at > start => {
                out.push(']');
                return Some((out, at + 1));
            }
            '-' => out.push('-'),
            '[' | ']' | '\\' | '^' | '&' | '~' => {
                out.push('\\');
                out.push(character);
            }
            other => out.push(other),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_hold_their_addresses_only() {
        let holds = |net: &str, address: &str| Net::read(net).unwrap().holds(address.parse().unwrap());
        assert!(holds("192.0.2.0/24", "192.0.2.200") && !holds("192.0.2.0/24", "192.0.3.1"));
        assert!(holds("0.0.0.0/0", "203.0.113.9") && !holds("0.0.0.0/0", "2001:db8::1"));
        assert!(holds("2001:db8::/32", "2001:db8:1::1") && holds("::/0", "2001:db8::1"));
        assert!(holds("192.0.2.1", "192.0.2.1") && !holds("192.0.2.1", "192.0.2.2"));
        assert!(Net::read("192.0.2.0/33").is_none() && Net::read("nothing/8").is_none());
    }

    #[test]
    fn a_path_lies_below_whole_components() {
        let paths = Matcher::paths(["/var/run/", "/etc/shadow"]);
        assert!(paths.holds(b"/var/run") && paths.holds(b"/var/run/docker.sock") && paths.holds(b"/etc/shadow"));
        assert!(!paths.holds(b"/var/run2") && !paths.holds(b"/etc/shadow-") && !paths.holds(b"/var"));
        assert!(Matcher::paths(["/"]).holds(b"/anything"));
    }

    #[test]
    fn shell_patterns_cover_the_whole_value() {
        let holds = |glob: &str, value: &str| Matcher::pattern(&of_glob(glob)).unwrap().holds(value.as_bytes());
        assert!(holds("/proc/*/mem", "/proc/1/task/1/mem") && !holds("/proc/*/mem", "/proc/1/mem2"));
        assert!(holds("a?c", "abc") && !holds("a?c", "ac"));
        assert!(holds("[a-c]1", "b1") && holds("[!a]1", "b1") && !holds("[!a]1", "a1") && holds("[]]", "]"));
        assert!(holds("\\*", "*") && !holds("\\*", "x") && holds("[open", "[open") && holds("a.c", "a.c"));
        assert!(!holds("a.c", "abc"));
    }

    #[test]
    fn patterns_have_a_bound() {
        assert!(Matcher::pattern("(a{1000}){1000}").is_err());
        assert!(Matcher::pattern(&"a".repeat(PATTERN_TEXT_MAX + 1)).is_err());
        assert!(Matcher::pattern("(?=look)").is_err());
    }
}
