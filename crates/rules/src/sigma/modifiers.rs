//! What stands behind a field's name: `CommandLine|contains|all`.

use crate::{
    fault::{Kind, Reason},
    form::TimePart,
    matcher::Order,
    sigma::text::{self, Pattern},
};

/// How values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    Equal,
    Contains,
    Starts,
    Ends,
    Pattern,
    Net,
    Number(Order),
    Exists,
}

/// How values are encoded before they are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Wide { big: bool, mark: bool },
    Base64,
    Base64Offset,
    Dashes,
}

/// All modifiers of one field.
#[derive(Debug, Clone)]
pub(crate) struct Modifiers {
    pub(crate) operator: Operator,
    /// Every value, not one of them.
    pub(crate) all: bool,
    pub(crate) cased: bool,
    pub(crate) negated: bool,
    /// The values name fields.
    pub(crate) field: bool,
    pub(crate) part: Option<TimePart>,
    /// Flags of regular expressions.
    pub(crate) flags: String,
    encodings: Vec<Encoding>,
}

/// Values that one value may become.
const ALTERNATIVES_MAX: usize = 64;

impl Modifiers {
    /// Reads the names behind the field. Fails for one that the language does not have, or that two others exclude.
    pub(crate) fn read(names: &[&str]) -> Result<Self, Reason> {
        let mut read = Self {
            operator: Operator::Equal,
            all: false,
            cased: false,
            negated: false,
            field: false,
            part: None,
            flags: String::new(),
            encodings: Vec::new(),
        };
        for name in names {
            read.take(name)?;
        }
        let other = read.all || !read.encodings.is_empty() || read.field;
        if read.operator == Operator::Exists && (other || read.cased) {
            return Err(Reason::new(Kind::UnknownModifier, "exists stands alone"));
        }
        Ok(read)
    }

    fn take(&mut self, name: &str) -> Result<(), Reason> {
        match name {
            "contains" => self.operator(Operator::Contains)?,
            "startswith" => self.operator(Operator::Starts)?,
            "endswith" => self.operator(Operator::Ends)?,
            "re" => self.operator(Operator::Pattern)?,
            "cidr" => self.operator(Operator::Net)?,
            "exists" => self.operator(Operator::Exists)?,
            "lt" => self.operator(Operator::Number(Order::Less))?,
            "lte" => self.operator(Operator::Number(Order::LessOrEqual))?,
            "gt" => self.operator(Operator::Number(Order::Greater))?,
            "gte" => self.operator(Operator::Number(Order::GreaterOrEqual))?,
            "i" | "m" | "s" if self.operator == Operator::Pattern => self.flags.push_str(name),
            "ignorecase" | "multiline" | "dotall" if self.operator == Operator::Pattern => {
                self.flags.push_str(&name.replace("dotall", "s")[..1]);
            }
            "all" => self.all = true,
            "cased" => self.cased = true,
            "neq" => self.negated = true,
            "fieldref" => self.field = true,
            "base64" => self.encodings.push(Encoding::Base64),
            "base64offset" => self.encodings.push(Encoding::Base64Offset),
            "wide" | "utf16le" => self.encodings.push(Encoding::Wide { big: false, mark: false }),
            "utf16be" => self.encodings.push(Encoding::Wide { big: true, mark: false }),
            "utf16" => self.encodings.push(Encoding::Wide { big: false, mark: true }),
            "windash" => self.encodings.push(Encoding::Dashes),
            "minute" => self.part = Some(TimePart::Minute),
            "hour" => self.part = Some(TimePart::Hour),
            "day" => self.part = Some(TimePart::Day),
            "week" => self.part = Some(TimePart::Week),
            "month" => self.part = Some(TimePart::Month),
            "year" => self.part = Some(TimePart::Year),
            "expand" => return Err(Reason::new(Kind::Placeholder, "expand")),
            other => return Err(Reason::new(Kind::UnknownModifier, other)),
        }
        Ok(())
    }

    fn operator(&mut self, operator: Operator) -> Result<(), Reason> {
        if self.operator != Operator::Equal {
            return Err(Reason::new(Kind::UnknownModifier, "two comparisons of one field"));
        }
        self.operator = operator;
        Ok(())
    }

    /// What a value of text becomes: one pattern, or several of which one must match.
    pub(crate) fn patterns(&self, value: &str) -> Result<Vec<Pattern>, Reason> {
        let mut all = vec![Pattern::read(value)];
        for encoding in &self.encodings {
            let mut next = Vec::new();
            for pattern in all {
                let Some(bytes) = pattern.bytes() else {
                    return Err(Reason::new(Kind::UnknownModifier, format!("{value}: wildcards cannot be encoded")));
                };
                match encoding {
                    Encoding::Wide { big, mark } => next.push(Pattern::plain(text::utf16(bytes, *big, *mark))),
                    Encoding::Base64 => next.push(Pattern::plain(text::base64(bytes))),
                    Encoding::Base64Offset => next.extend(text::base64_offsets(bytes).into_iter().map(Pattern::plain)),
                    Encoding::Dashes => {
                        let alternatives = text::dashes(&String::from_utf8_lossy(bytes));
                        next.extend(alternatives.into_iter().map(|text| Pattern::plain(text.into_bytes())));
                    }
                }
            }
            if next.len() > ALTERNATIVES_MAX {
                return Err(Reason::new(Kind::TooLarge, format!("{value}: more than {ALTERNATIVES_MAX} encodings")));
            }
            all = next;
        }
        Ok(all
            .into_iter()
            .map(|pattern| match self.operator {
                Operator::Contains => pattern.open_start().open_end(),
                Operator::Starts => pattern.open_end(),
                Operator::Ends => pattern.open_start(),
                _ => pattern,
            })
            .collect())
    }
}
