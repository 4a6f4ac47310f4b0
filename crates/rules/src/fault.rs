//! Why a rule, or a whole file, was not loaded.

use std::fmt;

/// A rule (or file) that was not loaded. It costs the others nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The file, as the caller names it.
    pub file: String,
    /// The line where the rule, or the fault, stands; from 1.
    pub line: u32,
    /// The rule (list, macro), where it has a name.
    pub rule: Option<String>,
    /// What is wrong with it.
    pub reason: Reason,
}

impl fmt::Display for Fault {
    /// `FILE:LINE: RULE: KIND: DETAIL`, for programs and tests; people read the text of [`Kind::text`].
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: ", self.file, self.line)?;
        if let Some(rule) = &self.rule {
            write!(f, "{rule}: ")?;
        }
        write!(f, "{}", self.reason)
    }
}

/// What is wrong, and with which part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// The kind, which has a text in every language.
    pub kind: Kind,
    /// The part: a name or value of the rule, or what a library says of it. At most some hundred characters.
    pub detail: String,
}

/// Characters of a detail.
const DETAIL_CHARS_MAX: usize = 300;

impl Reason {
    pub(crate) fn new(kind: Kind, detail: impl Into<String>) -> Self {
        let detail: String = detail.into();
        let detail = match detail.char_indices().nth(DETAIL_CHARS_MAX) {
            Some((end, _)) => format!("{}…", &detail[..end]),
            None => detail,
        };
        Self { kind, detail }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.kind.name())?;
        if !self.detail.is_empty() {
            write!(f, ": {}", model::display_safe(&self.detail))?;
        }
        Ok(())
    }
}

macro_rules! kinds {
    ($($variant:ident = $name:literal, $doc:literal;)*) => {
        /// Kinds of faults.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Kind {
            $(#[doc = $doc] $variant,)*
        }

        impl Kind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// Its name in outputs for programs.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

kinds! {
    NotYaml = "not_yaml", "The text is no YAML.";
    TooLarge = "too_large", "A file, list, pattern or number of rules beyond its bound.";
    TooDeep = "too_deep", "Nested deeper than is followed.";
    NoRule = "no_rule", "A document or item that is no rule, list or macro.";
    Missing = "missing", "A key that a rule must have.";
    BadValue = "bad_value", "A key whose value is of the wrong form.";
    Syntax = "syntax", "A condition that cannot be read.";
    UnknownField = "unknown_field", "A field that the language does not have.";
    UnknownMacro = "unknown_macro", "A macro that is not defined before its use.";
    UnknownSource = "unknown_source", "Events of a source that no log that is read here has.";
    NothingToAppend = "nothing_to_append", "An addition to a rule, list or macro that was not loaded.";
    BadException = "bad_exception", "An exception whose fields, comparisons and values do not fit.";
    BadPattern = "bad_pattern", "A regular expression that cannot be used.";
    UnknownModifier = "unknown_modifier", "A modifier that the language does not have, or that does not fit the value.";
    UnknownSearch = "unknown_search", "A condition that names a search that the rule does not have.";
    Placeholder = "placeholder", "A placeholder whose values nobody gave.";
    UnknownRule = "unknown_rule", "A correlation of a rule that was not loaded.";
}

impl Kind {
    /// The key of its text: `rule-fault-not-yaml`.
    pub fn text(self) -> String {
        format!("rule-fault-{}", self.name().replace('_', "-"))
    }
}
