//! Licence expressions: `MIT OR (Apache-2.0 WITH LLVM-exception AND Zlib)`.
//!
//! Source: SPDX specification 2.3, annex D; `/` for `OR` is the old spelling of crates.io.

/// Whether the expression can be fulfilled with licences of `allowed` alone. `None` when it is no expression.
///
/// A licence with an exception counts as one entry, `Apache-2.0 WITH LLVM-exception`; the exception only adds
/// rights, so the bare licence in `allowed` is enough as well.
pub(super) fn allows(expression: &str, allowed: &[String]) -> Option<bool> {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let mut words = Words { words: spaced.split_whitespace().collect(), at: 0 };
    let answer = words.either(allowed)?;
    (words.at == words.words.len()).then_some(answer)
}

struct Words<'a> {
    words: Vec<&'a str>,
    at: usize,
}

impl<'a> Words<'a> {
    fn next(&mut self) -> Option<&'a str> {
        let word = self.words.get(self.at).copied()?;
        self.at += 1;
        Some(word)
    }

    fn took(&mut self, word: &str) -> bool {
        let is_there = self.words.get(self.at) == Some(&word);
        self.at += usize::from(is_there);
        is_there
    }

    fn either(&mut self, allowed: &[String]) -> Option<bool> {
        let mut answer = self.both(allowed)?;
        while self.took("OR") {
            answer |= self.both(allowed)?;
        }
        Some(answer)
    }

    fn both(&mut self, allowed: &[String]) -> Option<bool> {
        let mut answer = self.one(allowed)?;
        while self.took("AND") {
            answer &= self.one(allowed)?;
        }
        Some(answer)
    }

    fn one(&mut self, allowed: &[String]) -> Option<bool> {
        if self.took("(") {
            let answer = self.either(allowed)?;
            return self.took(")").then_some(answer);
        }
        let name = self.next().filter(|word| !matches!(*word, "OR" | "AND" | "WITH" | ")"))?;
        let is_allowed = |wanted: &str| allowed.iter().any(|known| known == wanted);
        if self.took("WITH") {
            let exception = self.next()?;
            return Some(is_allowed(name) || is_allowed(&format!("{name} WITH {exception}")));
        }
        Some(is_allowed(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_mean_what_they_say() {
        let allowed = ["MIT", "Zlib", "X WITH e"].map(ToString::to_string);
        for (expression, answer) in [
            ("MIT", Some(true)),
            ("GPL-3.0", Some(false)),
            ("GPL-3.0 OR MIT", Some(true)),
            ("GPL-3.0/MIT", Some(true)),
            ("GPL-3.0 AND MIT", Some(false)),
            ("GPL-3.0 OR MIT AND Zlib", Some(true)),
            ("(GPL-3.0 OR MIT) AND GPL-3.0", Some(false)),
            ("(MIT OR GPL-3.0) AND (Zlib)", Some(true)),
            ("X WITH e", Some(true)),
            ("X", Some(false)),
            ("MIT WITH e", Some(true)),
            ("", None),
            ("MIT OR", None),
            ("MIT Zlib", None),
            ("(MIT", None),
            ("OR", None),
        ] {
            assert_eq!(allows(expression, &allowed), answer, "{expression}");
        }
    }
}
