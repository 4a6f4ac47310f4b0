//! Which language a person reads.

use std::str::FromStr;

use unic_langid::LanguageIdentifier;

/// A language that every text exists in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Language {
    /// English.
    #[default]
    En,
    /// Japanese.
    Ja,
}

/// A language that we have no texts in. The text names the ones that we have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownLanguage(pub String);

impl std::fmt::Display for UnknownLanguage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "no texts in the language {:?}; there are: en, ja", self.0)
    }
}

impl std::error::Error for UnknownLanguage {}

impl Language {
    /// Every language, English first.
    pub const ALL: [Self; 2] = [Self::En, Self::Ja];

    /// The tag for the HTML `lang` attribute and for `--lang`: `en`, `ja`.
    pub fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Ja => "ja",
        }
    }

    /// The language of the first locale that is set, as POSIX orders them: give the values of
    /// `LC_ALL`, `LC_MESSAGES`, `LANG`. An empty value counts as not set; a locale in another language,
    /// `C` and no locale at all give English.
    pub fn of_locales(locales: &[Option<&str>]) -> Self {
        let first = locales.iter().flatten().find(|locale| !locale.is_empty());
        first.and_then(|locale| locale.parse().ok()).unwrap_or_default()
    }

    pub(crate) fn identifier(self) -> LanguageIdentifier {
        // Both tags are valid, which the tests show; "und" would only lose the plural rules.
        self.tag().parse().unwrap_or_default()
    }
}

impl FromStr for Language {
    type Err = UnknownLanguage;

    /// Reads `ja`, `JA`, `ja-JP`, `ja_JP.UTF-8` and the same for `en`.
    fn from_str(text: &str) -> Result<Self, UnknownLanguage> {
        let primary = text.split(['-', '_', '.', '@']).next().unwrap_or_default();
        Self::ALL
            .into_iter()
            .find(|language| language.tag().eq_ignore_ascii_case(primary))
            .ok_or_else(|| UnknownLanguage(text.chars().take(32).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_locale_that_is_set_decides() {
        for (locales, expected) in [
            (&[None, None, Some("ja_JP.UTF-8")][..], Language::Ja),
            (&[Some(""), None, Some("ja_JP.UTF-8")], Language::Ja),
            (&[Some("C"), None, Some("ja_JP.UTF-8")], Language::En),
            (&[Some("en_GB.UTF-8"), None, Some("ja_JP.UTF-8")], Language::En),
            (&[None, Some("ja"), Some("en_US.UTF-8")], Language::Ja),
            (&[Some("de_DE.UTF-8")], Language::En),
            (&[None], Language::En),
            (&[], Language::En),
        ] {
            assert_eq!(Language::of_locales(locales), expected, "{locales:?}");
        }
    }

    #[test]
    fn the_flag_takes_tags_and_refuses_what_we_do_not_have() {
        assert_eq!("JA".parse(), Ok(Language::Ja));
        assert_eq!("en-GB".parse(), Ok(Language::En));
        assert_eq!("japanese".parse::<Language>(), Err(UnknownLanguage("japanese".into())));
    }
}
