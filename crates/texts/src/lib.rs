//! Every text that a person reads, in English and Japanese.
//!
//! [`Texts`] is made for one language and asked by key; the words stand in `locales/LANGUAGE/TOPIC.ftl`
//! (Project Fluent syntax) and are compiled in, so that no file has to be found at run time. Values
//! that fill a text come from evidence and are hostile: they are never read as Fluent, and control
//! characters and bidirectional marks in them are made visible by [`model::display_safe`].

mod language;
mod topics;
mod variables;

use std::collections::{BTreeMap, BTreeSet};

use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};

pub use language::{Language, UnknownLanguage};
pub use topics::TOPICS;

/// Longest value, in characters, that is put into a text whole: `PATH_MAX` of Linux. What is longer is
/// cut and ends in `…`, so that one name cannot drown a page or a terminal.
pub const VALUE_CHARACTERS_MAX: usize = 4_096;

/// Largest whole number that is handed to plural rules; above it a float would lose digits.
const PLURAL_NUMBER_MAX: u64 = 1 << 53;

/// The texts of one language.
pub struct Texts {
    language: Language,
    bundle: FluentBundle<FluentResource>,
    /// Per message: the variables it needs, its own and those of the messages it refers to.
    variables: BTreeMap<String, BTreeSet<String>>,
}

impl Texts {
    /// The compiled-in texts of `language`.
    ///
    /// Broken Fluent syntax in a catalogue is a broken assumption about our own files: the entries that
    /// can be read are used, and the crate's tests fail on the others.
    pub fn new(language: Language) -> Self {
        let mut bundle = FluentBundle::new_concurrent(vec![language.identifier()]);
        // Isolation marks would be invisible bytes in every exported line.
        bundle.set_use_isolating(false);
        let mut messages = BTreeMap::new();
        for topic in TOPICS {
            let source = topic.source(language);
            let resource = match FluentResource::try_new(source.to_string()) {
                Ok(resource) | Err((resource, _)) => resource,
            };
            messages.extend(variables::of_messages(&resource));
            bundle.add_resource_overriding(resource);
        }
        Self { language, bundle, variables: variables::with_references(&messages) }
    }

    /// The language of these texts.
    pub fn language(&self) -> Language {
        self.language
    }

    /// Whether there is a text for `key`.
    pub fn has(&self, key: &str) -> bool {
        self.variables.contains_key(key)
    }

    /// Every key, sorted.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.variables.keys().map(String::as_str)
    }

    /// The variables that the text of `key` can show or select by, sorted; empty for an unknown key.
    pub fn variables(&self, key: &str) -> impl Iterator<Item = &str> {
        self.variables.get(key).into_iter().flatten().map(String::as_str)
    }

    /// The text of `key`, filled with `facts`.
    ///
    /// A fact that the text needs and that is not given reads as "unknown" (or as the text's own words
    /// for that case). A value of digits only takes part in plural rules. An unknown key gives the key
    /// itself in `⟦…⟧`: ugly, but never silent.
    pub fn get(&self, key: &str, facts: &[(&str, &str)]) -> String {
        let Some(pattern) = self.bundle.get_message(key).and_then(|message| message.value()) else {
            return format!("⟦{}⟧", model::display_safe(key));
        };
        let needed = self.variables.get(key);
        let unknown = self.unknown();
        let mut arguments = FluentArgs::new();
        for (name, value) in facts {
            arguments.set(name.to_string(), as_fluent_value(value));
        }
        for name in needed.into_iter().flatten() {
            let given = |wanted: &str| facts.iter().any(|(name, value)| *name == wanted && !value.is_empty());
            if let Some(base) = name.strip_suffix(variables::KNOWN) {
                arguments.set(name.clone(), if given(base) { "yes" } else { "no" });
            } else if !facts.iter().any(|(given, _)| given == name) && !variables::only_selects(name) {
                arguments.set(name.clone(), unknown.clone());
            }
        }
        // Errors can only be missing variables used as selectors, which then take their default.
        let mut errors = Vec::new();
        self.bundle.format_pattern(pattern, Some(&arguments), &mut errors).into_owned()
    }

    /// The text of `FAMILY-NAME`, for names that come out of artefacts (`not-restored` and
    /// `path_unknown`). A name that the catalogue does not know is shown as it is, made readable, since
    /// an artefact of a newer version may hold it.
    pub fn named(&self, family: &str, name: &str, facts: &[(&str, &str)]) -> String {
        let key = format!("{family}-{name}");
        if self.has(&key) {
            return self.get(&key, facts);
        }
        cut(&model::display_safe(&name.replace('_', " ")))
    }

    fn unknown(&self) -> String {
        match self.bundle.get_message("unknown").and_then(|message| message.value()) {
            Some(pattern) => self.bundle.format_pattern(pattern, None, &mut Vec::new()).into_owned(),
            None => "?".to_string(),
        }
    }
}

fn as_fluent_value(value: &str) -> FluentValue<'static> {
    match value.parse::<u64>() {
        // The comparison keeps "007" and "+7" as they are.
        Ok(number) if number <= PLURAL_NUMBER_MAX && number.to_string() == value => FluentValue::from(number),
        _ => FluentValue::from(cut(&model::display_safe(value))),
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(VALUE_CHARACTERS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_string(),
    }
}
