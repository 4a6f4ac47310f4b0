//! The catalogue is whole: same keys, same variables, no broken syntax, Japanese in Japanese.

#![allow(clippy::panic, clippy::unwrap_used, reason = "tests fail by panicking")]

use std::collections::{BTreeMap, BTreeSet};

use fluent_bundle::FluentResource;
use fluent_syntax::ast::Entry;
use texts::{Language, TOPICS, Texts};

fn keys_by_topic(language: Language) -> BTreeMap<&'static str, Vec<String>> {
    let mut topics = BTreeMap::new();
    for topic in TOPICS {
        let resource = match FluentResource::try_new(topic.source(language).to_string()) {
            Ok(resource) => resource,
            Err((_, errors)) => panic!("{}/{}.ftl: {errors:?}", language.tag(), topic.name),
        };
        let mut keys = Vec::new();
        for entry in resource.entries() {
            match entry {
                Entry::Message(message) => {
                    assert!(message.attributes.is_empty(), "{}: attributes are not used here", message.id.name);
                    keys.push(message.id.name.to_string());
                }
                Entry::Junk { content } => panic!("{}/{}.ftl: not Fluent: {content}", language.tag(), topic.name),
                _ => {}
            }
        }
        topics.insert(topic.name, keys);
    }
    topics
}

#[test]
fn both_languages_have_the_same_keys_in_the_same_topic_and_order() {
    let (english, japanese) = (keys_by_topic(Language::En), keys_by_topic(Language::Ja));
    for topic in TOPICS {
        assert_eq!(english[topic.name], japanese[topic.name], "topic {}", topic.name);
    }
}

#[test]
fn no_key_stands_twice() {
    let mut seen = BTreeMap::new();
    for (topic, keys) in keys_by_topic(Language::En) {
        for key in keys {
            if let Some(before) = seen.insert(key.clone(), topic) {
                panic!("{key} stands in {before}.ftl and in {topic}.ftl");
            }
        }
    }
    assert!(seen.len() > 100, "only {} keys were read", seen.len());
}

#[test]
fn both_languages_use_the_same_variables() {
    let (english, japanese) = (Texts::new(Language::En), Texts::new(Language::Ja));
    for key in english.keys() {
        let shown = |texts: &Texts| -> BTreeSet<String> {
            texts.variables(key).filter(|name| !is_grammar(name)).map(str::to_string).collect()
        };
        assert_eq!(shown(&english), shown(&japanese), "{key}");
    }
}

/// `count` may select a plural in one language and stand only as a number in another, but it must stand in both;
/// what selects words of one language's grammar alone may differ.
fn is_grammar(name: &str) -> bool {
    name.ends_with("_known")
}

#[test]
fn every_japanese_text_is_japanese_and_no_english_text_is() {
    let (english, japanese) = (Texts::new(Language::En), Texts::new(Language::Ja));
    // A text without letters is punctuation only.
    for key in english.keys().filter(|key| english.get(key, &[]).chars().any(char::is_alphabetic)) {
        assert!(japanese.get(key, &[]).chars().any(is_japanese), "ja {key}: {}", japanese.get(key, &[]));
        assert!(!english.get(key, &[]).chars().any(is_japanese), "en {key}: {}", english.get(key, &[]));
    }
}

/// Four plain English words in a row in a Japanese text are a sentence that somebody forgot.
#[test]
fn no_english_sentence_is_left_in_a_japanese_text() {
    let japanese = Texts::new(Language::Ja);
    for key in japanese.keys() {
        let text = japanese.get(key, &[]);
        // What stands in backquotes is typed as it is.
        for (index, part) in text.split('`').enumerate().filter(|(index, _)| index % 2 == 0) {
            let run = longest_run_of_english_words(part);
            assert!(run < 4, "ja {key}, part {index}: {text}");
        }
    }
}

fn longest_run_of_english_words(text: &str) -> usize {
    let (mut longest, mut run) = (0, 0);
    for word in text.split(' ') {
        let plain = !word.is_empty() && word.chars().all(|character| character.is_ascii_lowercase());
        run = if plain { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}

fn is_japanese(character: char) -> bool {
    matches!(character, '\u{3040}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}')
}

/// Every finding's text reads well without any fact and with all of them, in every outcome.
#[test]
fn every_check_has_a_name_a_sentence_and_what_would_settle_it() {
    for language in Language::ALL {
        let texts = Texts::new(language);
        let names: Vec<String> = texts
            .keys()
            .filter_map(|key| key.strip_prefix("check-"))
            .filter(|name| !["-text", "-settle", "-remove"].iter().any(|end| name.ends_with(end)))
            .map(str::to_string)
            .collect();
        assert!(names.len() >= 73, "only {} checks", names.len());
        for name in names {
            for outcome in ["attempted", "unknown", "succeeded"] {
                let bare = texts.get(&format!("check-{name}-text"), &[("outcome", outcome)]);
                assert!(!bare.contains('⟦') && !bare.contains('$') && !bare.contains('{'), "{name}: {bare}");
                assert!(bare.ends_with(['.', '。']), "{name}: {bare}");
                assert!(!bare.starts_with(char::is_lowercase), "{name}: {bare}");
            }
            assert!(texts.has(&format!("check-{name}-settle")), "{name}");
        }
    }
}

#[test]
fn values_are_disarmed_cut_and_never_read_as_fluent() {
    let texts = Texts::new(Language::En);
    let text = texts.get("check-cron_write-text", &[("path", "/etc/{ $container }\u{1b}[31m\u{202e}x")]);
    assert!(text.contains("/etc/{ $container }\\u{1b}[31m\\u{202e}x"), "{text}");
    assert!(!text.contains(['\u{1b}', '\u{202e}', '\u{2068}', '\u{2069}']), "{text}");
    let long = texts.get("check-cron_write-text", &[("path", &"x".repeat(1 << 20))]);
    assert!(long.chars().count() < texts::VALUE_CHARACTERS_MAX + 500 && long.contains("x…"), "{}", long.len());
}

#[test]
fn a_missing_fact_reads_as_unknown_and_an_unknown_key_shows_itself() {
    for (language, container, cut_key) in [
        (Language::En, "a container that the evidence does not identify", "⟦no-such\\u{a}key⟧"),
        (Language::Ja, "コンテナ (特定できず)", "⟦no-such\\u{a}key⟧"),
    ] {
        let texts = Texts::new(language);
        assert!(texts.get("check-core_pattern-text", &[]).contains(container));
        assert_eq!(texts.get("no-such\nkey", &[]), cut_key);
        assert_eq!(texts.named("not-restored", "of_a_newer_version", &[]), "of a newer version");
    }
}

#[test]
fn plurals_follow_the_language_and_other_numbers_keep_their_digits() {
    let (english, japanese) = (Texts::new(Language::En), Texts::new(Language::Ja));
    assert_eq!(english.get("story-files_changed", &[("count", "1")]), "One file of the host was changed.");
    assert_eq!(english.get("story-files_changed", &[("count", "0")]), "0 files of the host were changed.");
    assert_eq!(english.get("story-files_changed", &[("count", "12000")]), "12000 files of the host were changed.");
    assert_eq!(japanese.get("story-files_changed", &[("count", "1")]), "ホスト上の 1 件のファイルが変更されました。");
    let name = |value: &str| english.get("noun-container", &[("container", value)]);
    assert_eq!(name("007"), "container 007");
    assert_eq!(name("18446744073709551615"), "container 18446744073709551615");
    assert_eq!(name("1e3"), "container 1e3");
}

/// Every key that any crate asks for by a literal exists, wherever that crate stands.
#[test]
fn every_key_that_code_asks_for_exists() {
    let texts = Texts::new(Language::En);
    let crates = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut missing = BTreeSet::new();
    let mut asked = 0;
    let mut open = vec![crates];
    while let Some(directory) = open.pop() {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                // A file that another program is just writing may not be whole.
                let code = std::fs::read_to_string(&path).unwrap_or_default();
                for key in literal_keys(&code) {
                    asked += 1;
                    if !texts.has(key) && !path.ends_with("texts/tests/catalogue.rs") {
                        missing.insert(format!("{}: {key}", path.display()));
                    }
                }
            }
        }
    }
    assert!(asked > 5, "the scan found only {asked} keys");
    assert!(missing.is_empty(), "{missing:#?}");
}

/// The literals in `texts.get("…"` and `texts.has("…"`, also where the formatter broke the line.
fn literal_keys(code: &str) -> Vec<&str> {
    let mut keys = Vec::new();
    for call in ["texts.get(", "texts.has(", "texts().get("] {
        for (at, _) in code.match_indices(call) {
            let rest = code[at + call.len()..].trim_start();
            if let Some(literal) = rest.strip_prefix('"').and_then(|rest| rest.split('"').next()) {
                keys.push(literal);
            }
        }
    }
    keys
}

#[test]
fn the_scan_sees_broken_lines_and_the_run_counter_sees_sentences() {
    assert_eq!(literal_keys("texts.get(\n    \"a-b\", &[]) texts.get(key, &[])"), ["a-b"]);
    assert_eq!(longest_run_of_english_words("これは written by an attacker です"), 4);
}
