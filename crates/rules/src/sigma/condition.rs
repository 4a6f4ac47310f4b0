//! Sigma's conditions: names of searches, joined.

use crate::{
    fault::{Kind, Reason},
    form::{Forms, NodeId},
};

/// Nesting of one condition.
const DEPTH_MAX: usize = 64;
/// Words of one condition.
const WORDS_MAX: usize = 10_000;

/// Compiles a condition over searches that are compiled.
pub(crate) fn compile(text: &str, searches: &[(String, NodeId)], forms: &mut Forms) -> Result<NodeId, Reason> {
    let words = words(text)?;
    let mut parser = Parser { words: &words, at: 0, depth: 0, searches, forms };
    let root = parser.or()?;
    match parser.next() {
        None => Ok(root),
        Some("|") => Err(Reason::new(Kind::Syntax, "an aggregation behind `|`: write a correlation rule instead")),
        Some(word) => Err(Reason::new(Kind::Syntax, format!("`{word}` where `and`, `or` or the end was expected"))),
    }
}

fn words(text: &str) -> Result<Vec<String>, Reason> {
    let mut words = Vec::new();
    for part in text.split_whitespace() {
        let mut rest = part;
        while !rest.is_empty() {
            let end = rest.find(['(', ')', '|']).map_or(rest.len(), |at| at.max(1));
            words.push(rest[..end].to_string());
            rest = &rest[end..];
        }
        if words.len() > WORDS_MAX {
            return Err(Reason::new(Kind::TooLarge, format!("a condition of more than {WORDS_MAX} words")));
        }
    }
    Ok(words)
}

struct Parser<'p> {
    words: &'p [String],
    at: usize,
    depth: usize,
    searches: &'p [(String, NodeId)],
    forms: &'p mut Forms,
}

impl<'p> Parser<'p> {
    fn next(&mut self) -> Option<&'p str> {
        let word = self.words.get(self.at)?;
        self.at += 1;
        Some(word)
    }

    fn take(&mut self, word: &str) -> bool {
        let found = self.words.get(self.at).is_some_and(|next| next.eq_ignore_ascii_case(word));
        self.at += usize::from(found);
        found
    }

    fn or(&mut self) -> Result<NodeId, Reason> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(Reason::new(Kind::TooDeep, format!("more than {DEPTH_MAX} levels in one condition")));
        }
        let mut all = vec![self.and()?];
        while self.take("or") {
            all.push(self.and()?);
        }
        self.depth -= 1;
        self.forms.or(all)
    }

    fn and(&mut self) -> Result<NodeId, Reason> {
        let mut all = vec![self.not()?];
        while self.take("and") {
            all.push(self.not()?);
        }
        self.forms.and(all)
    }

    fn not(&mut self) -> Result<NodeId, Reason> {
        let mut negated = false;
        while self.take("not") {
            negated = !negated;
        }
        let inner = self.one()?;
        if negated { self.forms.not(inner) } else { Ok(inner) }
    }

    fn one(&mut self) -> Result<NodeId, Reason> {
        if self.take("(") {
            let inner = self.or()?;
            return if self.take(")") { Ok(inner) } else { Err(Reason::new(Kind::Syntax, "a `(` without `)`")) };
        }
        let expected = || Reason::new(Kind::Syntax, "the condition ends where a search was expected");
        let word = self.next().ok_or_else(expected)?;
        if self.take("of") {
            return self.some_of(word);
        }
        if matches!(word, ")" | "|") {
            return Err(Reason::new(Kind::Syntax, format!("`{word}` where a search was expected")));
        }
        let found = self.searches.iter().find(|search| search.0 == word);
        found.map(|search| search.1).ok_or_else(|| Reason::new(Kind::UnknownSearch, word))
    }

    /// `1 of them`, `all of selection_*`, `any of …`.
    fn some_of(&mut self, quantity: &str) -> Result<NodeId, Reason> {
        let pattern = self.next().ok_or_else(|| Reason::new(Kind::Syntax, "nothing behind `of`"))?;
        let matches = |name: &str| match pattern {
            // Names with `_` at the beginning are kept out of `them`.
            "them" => !name.starts_with('_'),
            pattern => wildcard(pattern.as_bytes(), name.as_bytes()),
        };
        let chosen: Vec<NodeId> =
            self.searches.iter().filter(|search| matches(&search.0)).map(|search| search.1).collect();
        if chosen.is_empty() {
            return Err(Reason::new(Kind::UnknownSearch, pattern));
        }
        match quantity.to_ascii_lowercase().as_str() {
            "1" | "any" => self.forms.or(chosen),
            "all" => self.forms.and(chosen),
            other => Err(Reason::new(Kind::Syntax, format!("{other} of: only 1, any and all are known"))),
        }
    }
}

/// Whether a name matches a pattern with `*`. Goes back to the last `*` only, so it is at most quadratic.
fn wildcard(pattern: &[u8], name: &[u8]) -> bool {
    let (mut at, mut in_name) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while in_name < name.len() {
        if pattern.get(at) == Some(&b'*') {
            star = Some((at, in_name));
            at += 1;
        } else if pattern.get(at) == Some(&name[in_name]) {
            at += 1;
            in_name += 1;
        } else if let Some((behind, from)) = star {
            star = Some((behind, from + 1));
            at = behind + 1;
            in_name = from + 1;
        } else {
            return false;
        }
    }
    pattern[at..].iter().all(|&byte| byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_match_with_wildcards() {
        assert!(wildcard(b"selection_*", b"selection_a") && wildcard(b"*", b"") && wildcard(b"a*b*c", b"axxbbc"));
        assert!(!wildcard(b"selection_*", b"filter") && !wildcard(b"a*b", b"abc") && !wildcard(b"a", b""));
    }
}
