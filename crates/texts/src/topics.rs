//! The catalogue files, one per topic and language.

use crate::Language;

/// One topic of the catalogue, in every language.
pub struct Topic {
    /// Its name: the file is `locales/LANGUAGE/NAME.ftl`.
    pub name: &'static str,
    en: &'static str,
    ja: &'static str,
}

impl Topic {
    /// The topic's Fluent source in `language`.
    pub fn source(&self, language: Language) -> &'static str {
        match language {
            Language::En => self.en,
            Language::Ja => self.ja,
        }
    }
}

macro_rules! topics {
    ($($name:literal,)*) => {
        /// Every topic. A new one is a file per language and a line here.
        pub const TOPICS: &[Topic] = &[$(Topic {
            name: $name,
            en: include_str!(concat!("../locales/en/", $name, ".ftl")),
            ja: include_str!(concat!("../locales/ja/", $name, ".ftl")),
        },)*];
    };
}

topics! {
    "checks",
    "reasons",
    "rules",
    "report",
    "cli",
    "errors",
}
