//! Falco's condition language: text to expression.
//!
//! Source of the grammar: falcosecurity/libs `userspace/libsinsp/filter/parser.h`.

use crate::fault::{Kind, Reason};

/// Bytes of one condition, additions included. The longest of the upstream rules have some thousand.
const CONDITION_BYTES_MAX: usize = 256 << 10;
/// Nesting of one condition, the bound of Falco's own parser.
const DEPTH_MAX: usize = 100;

/// An expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Expression {
    And(Vec<Expression>),
    Or(Vec<Expression>),
    Not(Box<Expression>),
    Macro(String),
    Check { left: FieldOf, operator: &'static str, right: Right },
}

/// A field with its argument and transformers, the outermost last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FieldOf {
    pub(crate) name: String,
    pub(crate) argument: Option<String>,
    pub(crate) transformers: Vec<&'static str>,
}

/// What a field is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Right {
    Nothing,
    Text(String),
    /// Items, and whether each was quoted: a quoted one is never the name of a list.
    List(Vec<(String, bool)>),
    Field(FieldOf),
}

/// Transformers of one field. `val` changes nothing; it says that a field stands on the right.
const TRANSFORMERS: &[&str] = &["tolower", "toupper", "b64", "basename", "len", "val"];
/// Operators that are words, longer ones before those that they begin with.
const WORDS: &[&str] = &[
    "exists",
    "icontains",
    "bcontains",
    "contains",
    "bstartswith",
    "startswith",
    "endswith",
    "iglob",
    "glob",
    "regex",
    "intersects",
    "pmatch",
    "in",
];
const SYMBOLS: &[&str] = &["==", "=", "!=", "<=", "<", ">=", ">"];

/// Reads a condition. Fails with where it breaks off and what was expected there.
pub(crate) fn parse(text: &str) -> Result<Expression, Reason> {
    if text.len() > CONDITION_BYTES_MAX {
        return Err(Reason::new(Kind::TooLarge, format!("a condition of {} bytes", text.len())));
    }
    let mut parser = Parser { text, at: 0, depth: 0 };
    let expression = parser.or()?;
    parser.blanks();
    if parser.at < text.len() { Err(parser.expected("`and`, `or` or the end")) } else { Ok(expression) }
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
}

impl<'t> Parser<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn expected(&self, what: &str) -> Reason {
        /// Characters of the text that a fault quotes.
        const QUOTED: usize = 40;
        let quoted: String = self.rest().lines().next().unwrap_or_default().chars().take(QUOTED).collect();
        let quoted = if quoted.is_empty() { "the end".to_string() } else { format!("`{quoted}`") };
        Reason::new(Kind::Syntax, format!("at character {}: expected {what}, found {quoted}", self.at + 1))
    }

    fn blanks(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    fn take(&mut self, text: &str) -> bool {
        let found = self.rest().starts_with(text);
        if found {
            self.at += text.len();
        }
        found
    }

    /// Takes a word that ends here.
    fn word(&mut self, word: &str) -> bool {
        let follows = self.rest().strip_prefix(word).map(|rest| rest.chars().next());
        let ends = match follows {
            None => return false,
            Some(next) => next.is_none_or(|next| !(next.is_ascii_alphanumeric() || next == '_' || next == '.')),
        };
        if ends {
            self.at += word.len();
        }
        ends
    }

    fn or(&mut self) -> Result<Expression, Reason> {
        self.deeper()?;
        let mut all = vec![self.and()?];
        while self.joined_by("or") {
            all.push(self.and()?);
        }
        self.depth -= 1;
        Ok(if all.len() == 1 { all.remove(0) } else { Expression::Or(all) })
    }

    fn and(&mut self) -> Result<Expression, Reason> {
        let mut all = vec![self.not()?];
        while self.joined_by("and") {
            all.push(self.not()?);
        }
        Ok(if all.len() == 1 { all.remove(0) } else { Expression::And(all) })
    }

    fn joined_by(&mut self, word: &str) -> bool {
        self.blanks();
        self.word(word)
    }

    fn deeper(&mut self) -> Result<(), Reason> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(Reason::new(Kind::TooDeep, format!("more than {DEPTH_MAX} levels in one condition")));
        }
        Ok(())
    }

    fn not(&mut self) -> Result<Expression, Reason> {
        let mut negated = false;
        self.blanks();
        // `not` may stand many times; that is no nesting.
        while self.word("not") {
            negated = !negated;
            self.blanks();
        }
        let inner = self.check()?;
        Ok(if negated { Expression::Not(Box::new(inner)) } else { inner })
    }

    fn check(&mut self) -> Result<Expression, Reason> {
        self.blanks();
        if self.take("(") {
            let inner = self.or()?;
            self.blanks();
            return if self.take(")") { Ok(inner) } else { Err(self.expected("`)`")) };
        }
        if let Some(left) = self.transformed()? {
            return self.compared(left);
        }
        let Some(name) = self.name() else { return Err(self.expected("a field, a macro or `(`")) };
        if !name.contains('.') {
            return Ok(Expression::Macro(name));
        }
        let left = self.field(name)?;
        self.compared(left)
    }

    /// An identifier, or a field's name with its dots.
    fn name(&mut self) -> Option<String> {
        let rest = self.rest();
        if !rest.starts_with(|first: char| first.is_ascii_alphabetic()) {
            return None;
        }
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '.')).unwrap_or(rest.len());
        let name = rest[..end].trim_end_matches('.');
        self.at += name.len();
        Some(name.to_string())
    }

    fn field(&mut self, name: String) -> Result<FieldOf, Reason> {
        let mut argument = None;
        if self.take("[") {
            let text = match self.quoted()? {
                Some(text) => text,
                None => {
                    let rest = self.rest();
                    let end = rest.find(|c: char| c.is_whitespace() || "[]\"'".contains(c)).unwrap_or(rest.len());
                    self.at += end;
                    rest[..end].to_string()
                }
            };
            if text.is_empty() || !self.take("]") {
                return Err(self.expected("an argument and `]`"));
            }
            argument = Some(text);
        }
        Ok(FieldOf { name, argument, transformers: Vec::new() })
    }

    /// `tolower(proc.name)`, also one in another.
    fn transformed(&mut self) -> Result<Option<FieldOf>, Reason> {
        let found =
            TRANSFORMERS.iter().find(|name| self.rest().strip_prefix(**name).is_some_and(|rest| rest.starts_with('(')));
        let Some(transformer) = found else { return Ok(None) };
        self.at += transformer.len() + 1;
        self.deeper()?;
        self.blanks();
        let mut field = match self.transformed()? {
            Some(field) => field,
            None => match self.name().filter(|name| name.contains('.')) {
                Some(name) => self.field(name)?,
                None => return Err(self.expected("a field")),
            },
        };
        self.depth -= 1;
        self.blanks();
        if !self.take(")") {
            return Err(self.expected("`)`"));
        }
        if *transformer != "val" {
            field.transformers.push(transformer);
        }
        Ok(Some(field))
    }

    fn compared(&mut self, left: FieldOf) -> Result<Expression, Reason> {
        self.blanks();
        let symbol = SYMBOLS.iter().find(|symbol| self.rest().starts_with(**symbol)).copied();
        let operator = match symbol {
            Some(symbol) => {
                self.at += symbol.len();
                symbol
            }
            None => match WORDS.iter().find(|word| self.word(word)) {
                Some(word) => word,
                None => return Err(self.expected("an operator")),
            },
        };
        let right = match operator {
            "exists" => Right::Nothing,
            "in" | "intersects" | "pmatch" => self.list()?,
            _ => self.value()?,
        };
        Ok(Expression::Check { left, operator, right })
    }

    fn value(&mut self) -> Result<Right, Reason> {
        self.blanks();
        if let Some(text) = self.quoted()? {
            return Ok(Right::Text(text));
        }
        if let Some(field) = self.transformed()? {
            return Ok(Right::Field(field));
        }
        match self.bare() {
            Some(text) => Ok(Right::Text(text)),
            None => Err(self.expected("a value")),
        }
    }

    fn list(&mut self) -> Result<Right, Reason> {
        self.blanks();
        if let Some(field) = self.transformed()? {
            return Ok(Right::Field(field));
        }
        if !self.take("(") {
            // A list's name alone.
            return match self.bare() {
                Some(name) => Ok(Right::List(vec![(name, false)])),
                None => Err(self.expected("`(`")),
            };
        }
        let mut items = Vec::new();
        loop {
            self.blanks();
            if self.take(")") {
                return Ok(Right::List(items));
            }
            match self.quoted()? {
                Some(text) => items.push((text, true)),
                None => match self.bare() {
                    Some(text) => items.push((text, false)),
                    None => return Err(self.expected("a value or `)`")),
                },
            }
            self.blanks();
            if !self.take(",") && !self.rest().starts_with(')') {
                return Err(self.expected("`,` or `)`"));
            }
        }
    }

    fn bare(&mut self) -> Option<String> {
        let rest = self.rest();
        let end = rest.find(|c: char| c.is_whitespace() || "(),=\"'".contains(c)).unwrap_or(rest.len());
        self.at += end;
        (end > 0).then(|| rest[..end].to_string())
    }

    /// Text in quotes of either kind, in which `\` stands before a quote or itself.
    fn quoted(&mut self) -> Result<Option<String>, Reason> {
        let rest = self.rest();
        let Some(quote) = rest.chars().next().filter(|first| matches!(first, '"' | '\'')) else { return Ok(None) };
        let mut text = String::new();
        let mut characters = rest.char_indices().skip(1).peekable();
        while let Some((at, character)) = characters.next() {
            match character {
                '\\' => match characters.next_if(|next| next.1 == quote || next.1 == '\\') {
                    Some((_, escaped)) => text.push(escaped),
                    None => text.push('\\'),
                },
                character if character == quote => {
                    self.at += at + quote.len_utf8();
                    return Ok(Some(text));
                }
                other => text.push(other),
            }
        }
        Err(self.expected("a closing quote"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(expression: &Expression) -> String {
        let joined = |all: &[Expression], by: &str| all.iter().map(shown).collect::<Vec<_>>().join(by);
        match expression {
            Expression::And(all) => format!("({})", joined(all, " and ")),
            Expression::Or(all) => format!("({})", joined(all, " or ")),
            Expression::Not(one) => format!("not {}", shown(one)),
            Expression::Macro(name) => name.clone(),
            Expression::Check { left, operator, right } => format!("{}{left:?} {operator} {right:?}", ""),
        }
        .replace("FieldOf { name: ", "")
        .replace(", argument: None, transformers: [] }", "")
        .replace('"', "")
    }

    fn read(text: &str) -> String {
        match parse(text) {
            Ok(expression) => shown(&expression),
            Err(reason) => reason.to_string(),
        }
    }

    #[test]
    fn and_binds_closer_than_or_and_not_closest() {
        assert_eq!(read("a or b and not c"), "(a or (b and not c))");
        assert_eq!(read("(a or b)and(not(c))"), "((a or b) and not c)");
        assert_eq!(read("not not not a"), "not a");
        assert_eq!(read("android and nothing or order"), "((android and nothing) or order)");
    }

    #[test]
    fn operators_need_no_blanks_where_they_are_symbols() {
        assert_eq!(read("evt.dir=< and fd.num>=0"), "(evt.dir = Text(<) and fd.num >= Text(0))");
        assert_eq!(read("a.b in(x,\"y z\" , 'q\\'s')"), "a.b in List([(x, false), (y z, true), (q's, true)])");
        assert_eq!(read("a.b in some_list"), "a.b in List([(some_list, false)])");
        assert_eq!(read("a.b in ()"), "a.b in List([])");
    }

    #[test]
    fn arguments_and_transformers() {
        let Ok(Expression::Check { left, right, .. }) = parse("tolower(basename(proc.aname[2])) = val(a.b['c d'])")
        else {
            unreachable!("it is a check")
        };
        assert_eq!((left.argument.as_deref(), left.transformers), (Some("2"), vec!["basename", "tolower"]));
        let Right::Field(right) = right else { unreachable!("it is a field") };
        assert_eq!((right.argument.as_deref(), right.transformers.len()), (Some("c d"), 0));
    }

    #[test]
    fn faults_say_where() {
        assert_eq!(read("a.b = "), "syntax: at character 7: expected a value, found the end");
        assert_eq!(read("a.b near c"), "syntax: at character 5: expected an operator, found `near c`");
        assert_eq!(read("(a or b"), "syntax: at character 8: expected `)`, found the end");
        assert_eq!(read("a b"), "syntax: at character 3: expected `and`, `or` or the end, found `b`");
        assert!(read(&"(".repeat(5_000)).starts_with("too_deep"));
        assert!(read(&format!("{}a", "not ".repeat(5_000))).starts_with('a'));
        assert!(read(&"tolower(".repeat(5_000)).starts_with("too_deep"));
    }
}
