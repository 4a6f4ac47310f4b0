//! The report as a whole: golden files, hostile names, empty input, contrast.

#![allow(clippy::panic, clippy::unwrap_used, reason = "tests fail by panicking")]

mod case;

use std::collections::BTreeMap;

use case::{Case, HONEST, Names, case};
use model::{Coverage, Detection, Sha256};
use report::{StoryLevel, StoryLine, cited_events, data_hashes, html, story};
use texts::{Language, Texts};

fn story_text(lines: &[StoryLine]) -> String {
    lines
        .iter()
        .map(|line| match line.level {
            StoryLevel::Heading => format!("{}\n", line.text),
            StoryLevel::Line => format!("  {}\n", line.text),
            StoryLevel::Detail => format!("    {}\n", line.text),
            StoryLevel::Warning => format!("  ! {}\n", line.text),
        })
        .collect()
}

#[test]
fn the_small_case_reads_as_accepted_in_both_languages() {
    let case = case(&HONEST);
    for language in Language::ALL {
        let texts = Texts::new(language);
        let tag = language.tag();
        testkit::golden::check(format!("tests/golden/report.{tag}.html"), &html(&case.input(), &texts));
        testkit::golden::check(format!("tests/golden/story.{tag}.txt"), &story_text(&story(&case.input(), &texts)));
    }
}

#[test]
fn the_empty_case_reads_as_accepted_in_both_languages() {
    let case = Case { name: "Nothing yet".to_string(), ..Case::default() };
    for language in Language::ALL {
        let texts = Texts::new(language);
        let tag = language.tag();
        testkit::golden::check(format!("tests/golden/empty.{tag}.html"), &html(&case.input(), &texts));
        testkit::golden::check(
            format!("tests/golden/empty-story.{tag}.txt"),
            &story_text(&story(&case.input(), &texts)),
        );
    }
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let texts = Texts::new(Language::Ja);
    assert_eq!(html(&case(&HONEST).input(), &texts), html(&case(&HONEST).input(), &texts));
}

/// What must hold of every report, whatever is in it.
fn assert_harmless(html: &str) {
    let lower = html.to_ascii_lowercase();
    for forbidden in ["<script", "<img", "<iframe", "<object", "<embed", "<form", "<base", "<link"] {
        assert!(!lower.contains(forbidden), "{forbidden} in the report");
    }
    assert!(lower.matches("<style").count() <= 1, "a second style sheet");
    let style = lower.split("<style>").nth(1).and_then(|rest| rest.split("</style>").next()).unwrap_or_default();
    assert!(!style.contains("url(") && !style.contains("@import"), "the style sheet loads something");
    assert!(!html.contains('⟦'), "a text is missing: {}", &html[html.find('⟦').unwrap_or(0)..][..80]);
    assert!(!html.chars().any(|character| character.is_control() && character != '\n'), "control character");
    assert!(!html.contains(['\u{202e}', '\u{2066}', '\u{200b}', '\u{61c}', '\u{e000}', '\u{e001}']), "hidden mark");
    for tag in tags(html) {
        assert!(!attributes(tag).any(|(name, _)| name.starts_with("on")), "{tag}");
        for (name, value) in attributes(tag) {
            if ["href", "src", "xlink:href", "action"].contains(&name) {
                assert!(value.starts_with('#'), "{tag}");
            }
        }
    }
    assert_balanced(html);
}

/// Every tag of the body is closed in order: no text broke out of its element.
fn assert_balanced(html: &str) {
    let body = &html[html.find("<body>").unwrap()..];
    let mut open: Vec<&str> = Vec::new();
    for tag in tags(body) {
        let name = tag.trim_start_matches('/').split([' ', '\n']).next().unwrap_or_default();
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name), "closing tag without its opening one");
        } else if name != "br" {
            open.push(name);
        }
    }
    // The html element was opened before the body; its end is the one that remains.
    assert!(open.is_empty(), "{open:?}");
}

fn tags(html: &str) -> impl Iterator<Item = &str> {
    let end = html.len() - "</html>\n".len();
    html[..end].split('<').skip(1).filter(|part| !part.starts_with('!')).filter_map(|part| part.split('>').next())
}

fn attributes(tag: &str) -> impl Iterator<Item = (&str, &str)> {
    tag.split("=\"").zip(tag.split("=\"").skip(1)).map(|(before, after)| {
        (before.rsplit([' ', '"']).next().unwrap_or_default(), after.split('"').next().unwrap_or_default())
    })
}

#[test]
fn hostile_names_stay_text() {
    let long = "A".repeat(1 << 17);
    for hostile in [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "' onmouseover='alert(1)",
        "&#x3c;script&#x3e;",
        "javascript:alert(1)",
        "</code></td></table></style><style>*{background:url(https://evil.example/)}",
        "]]><!--",
        "--></pre></li></ol>",
        "\u{1b}[2J\u{1b}]0;title\u{7}",
        "\u{202e}gnp.exe\u{2066}",
        "\u{e000}\u{e001}\u{e001}\u{e000}",
        "⟨{ $container }{ noun-path }⟩",
        "a\0b\r\nc\u{85}\u{2028}d",
        "\u{61c}\u{200b}\u{feff}",
        long.as_str(),
    ] {
        let names = Names {
            container: hostile,
            process: hostile,
            argument: hostile,
            path: hostile,
            host: hostile,
            record: hostile,
        };
        let mut case = case(&names);
        case.name = hostile.to_string();
        case.catalogue.warnings.push(hostile.to_string());
        case.incidents[0].crossings[0].technique = hostile.to_string();
        case.incidents[0].crossings[0].attack = vec![hostile.to_string()];
        case.incidents[0].story[0].text = hostile.to_string();
        case.incidents[0].subjects[0].reason = hostile.to_string();
        case.coverage.sources[0].format.chosen = Some(hostile.to_string());
        case.coverage.sources[0].name = hostile.to_string();
        case.custody.as_mut().unwrap().checkpoint = hostile.to_string();
        for language in Language::ALL {
            let report = html(&case.input(), &Texts::new(language));
            assert_harmless(&report);
            assert!(report.len() < 1 << 20, "a long name made {} bytes", report.len());
            for line in story(&case.input(), &Texts::new(language)) {
                assert!(!line.text.contains(['\u{1b}', '\n', '\r', '\u{202e}', '\0', '\u{e000}']), "{line:?}");
            }
        }
    }
}

#[test]
fn the_checks_for_harm_can_fail() {
    for planted in [
        "<p>a</p><script>1</script>",
        "<p onclick=\"1\">a</p>",
        "<a href=\"javascript:1\">a</a>",
        "<p>a",
        "<p>\u{202e}</p>",
    ] {
        let page = format!("<html><body>{planted}</body></html>\n");
        assert!(std::panic::catch_unwind(|| assert_harmless(&page)).is_err(), "{planted}");
    }
    assert_harmless("<html><body><p>a<br>b</p></body></html>\n");
}

#[test]
fn every_section_stands_in_every_report_and_every_link_has_its_end() {
    let full = case(&HONEST);
    let empty = Case::default();
    for case in [&full, &empty] {
        for language in Language::ALL {
            let report = html(&case.input(), &Texts::new(language));
            assert_harmless(&report);
            assert!(report.contains(&format!("<html lang=\"{}\">", language.tag())));
            let sections = report.matches("<section id=").count();
            assert_eq!(sections, 17);
            assert_eq!(sections, report.matches("<h2>").count());
            for tag in tags(&report) {
                for (name, value) in attributes(tag) {
                    if name == "href" {
                        let end = format!("id=\"{}\"", value.trim_start_matches('#'));
                        assert_eq!(report.matches(&end).count(), 1, "{value}");
                    }
                }
            }
            // No section is a bare heading.
            for section in report.split("<section id=").skip(1) {
                let body = section.split("</h2>").nth(1).unwrap().split("</section>").next().unwrap();
                assert!(body.trim().len() > 20, "{section}");
            }
        }
    }
}

#[test]
fn no_incident_says_so_and_says_what_could_not_be_told() {
    let full = case(&HONEST);
    let quiet = Case {
        evidence: full.evidence.clone(),
        coverage: full.coverage.clone(),
        detection: Detection { findings: Vec::new(), answers: full.detection.answers.clone() },
        ..Case::default()
    };
    let text = story_text(&story(&quiet.input(), &Texts::new(Language::En)));
    assert!(
        text.contains("No crossing of the container boundary was found in this evidence. That is no proof"),
        "{text}"
    );
    assert!(text.contains("17 serial numbers are missing"), "{text}");
    assert!(text.contains("One check cannot tell"), "{text}");
    let report = html(&quiet.input(), &Texts::new(Language::En));
    assert!(report.contains("no event of <code>socket.connect</code>"), "what the check lacks");
}

/// Text between tags, without what is quoted as code: names, paths, hashes, records.
fn prose(html: &str) -> Vec<String> {
    let mut prose = Vec::new();
    let mut code = 0_u32;
    let body = &html[html.find("<body>").unwrap()..];
    for part in body.split('<').skip(1) {
        let (tag, text) = part.split_once('>').unwrap_or((part, ""));
        let name = tag.split(' ').next().unwrap_or_default();
        match name {
            "code" | "pre" | "svg" => code += 1,
            "/code" | "/pre" | "/svg" => code -= 1,
            _ if tag.starts_with("span class=\"proof\"") => continue,
            _ => {}
        }
        if code == 0 {
            prose.push(text.to_string());
        }
    }
    prose
}

#[test]
fn the_japanese_report_has_no_english_sentence() {
    let report = html(&case(&HONEST).input(), &Texts::new(Language::Ja));
    let mut japanese = 0;
    for text in prose(&report) {
        japanese += usize::from(text.chars().any(|character| matches!(character, '\u{3040}'..='\u{30ff}')));
        let mut run = 0;
        for word in text.split_whitespace() {
            let plain = word.chars().all(|character| character.is_ascii_lowercase());
            run = if plain { run + 1 } else { 0 };
            assert!(run < 3, "{text}");
        }
    }
    assert!(japanese > 100, "only {japanese} pieces of Japanese text");
    let english = prose(&html(&case(&HONEST).input(), &Texts::new(Language::En)));
    assert!(!english.concat().chars().any(|character| matches!(character, '\u{3040}'..='\u{30ff}')));
}

#[test]
fn big_tables_are_capped_and_say_what_was_left_out() {
    let mut case = case(&HONEST);
    let object = case.scopes[0].touched[1].clone();
    case.scopes[0].touched = (0..2_000)
        .map(|number| {
            let mut object = object.clone();
            object.object.id.0 = format!("node1:/srv/data/{number}");
            object.object.host_path.as_mut().unwrap().path = format!("/srv/data/{number}").as_str().into();
            object
        })
        .collect();
    let texts = Texts::new(Language::En);
    let report = html(&case.input(), &texts);
    assert!(report.contains("1500 more in <code>scope.json</code>."));
    assert!(report.len() < 3 << 20, "{}", report.len());
    let lines = story(&case.input(), &texts);
    assert!(lines.len() <= 40, "{} lines", lines.len());
    assert!(story_text(&lines).contains("/srv/data/: 2000 objects"), "{}", story_text(&lines));
}

#[test]
fn the_story_of_the_small_case_is_short() {
    for language in Language::ALL {
        let lines = story(&case(&HONEST).input(), &Texts::new(language));
        assert!(lines.len() <= 45, "{} lines:\n{}", lines.len(), story_text(&lines));
        assert!(lines.iter().all(|line| !line.text.contains('⟦')));
    }
}

#[test]
fn every_statement_can_be_walked_back_to_quoted_bytes() {
    let case = case(&HONEST);
    let cited = cited_events(&case.input());
    assert!(cited.len() > 10, "{cited:?}");
    let report = html(&case.input(), &Texts::new(Language::En));
    for (at, event) in cited.iter().enumerate() {
        let entry = report.split(&format!("<li id=\"evidence-{}\">", at + 1)).nth(1).unwrap();
        let entry = entry.split("</li>").next().unwrap();
        assert!(entry.contains(&event.to_string()), "{entry}");
        assert!(entry.contains(&Sha256::of(b"audit.log").to_string()), "{entry}");
        assert!(entry.contains(&format!("Offset {}, length", event.offset)), "{entry}");
        assert!(entry.contains("name=&quot;/host/etc/cron.d/job&quot;"), "{entry}");
    }
    let without = report::ReportInput { quotes: &BTreeMap::new(), ..case.input() };
    assert!(html(&without, &Texts::new(Language::En)).contains("were not handed to the report"));
}

#[test]
fn the_data_hash_follows_the_data_and_nothing_else() {
    let mut case = case(&HONEST);
    let before = data_hashes(&case.input());
    assert!(html(&case.input(), &Texts::new(Language::En)).contains(&before.all.to_string()));
    case.name = "renamed".to_string();
    case.offset_minutes = 0;
    assert_eq!(data_hashes(&case.input()), before);
    case.coverage = Coverage::default();
    let after = data_hashes(&case.input());
    assert_ne!(after.all, before.all);
    let changed: Vec<&str> = before
        .artefacts
        .iter()
        .zip(&after.artefacts)
        .filter(|(before, after)| before.sha256 != after.sha256)
        .map(|(before, _)| before.file_name)
        .collect();
    assert_eq!(changed, ["coverage.json"]);
}

/// WCAG 2.2, 1.4.3: text has a contrast of at least 4.5 to 1 on every ground it stands on, in every theme.
#[test]
fn every_text_colour_is_readable_on_every_ground_in_every_theme() {
    let style = include_str!("../src/style.css");
    let themes: Vec<BTreeMap<&str, f64>> = style.split(":root").skip(1).map(|block| luminances(block)).collect();
    assert_eq!(themes.len(), 3, "light, dark, print");
    for theme in themes {
        for text in ["--ink", "--soft", "--link", "--bad", "--unsure", "--good"] {
            for ground in ["--paper", "--panel"] {
                let contrast = contrast(theme[text], theme[ground]);
                assert!(contrast >= 4.5, "{text} on {ground}: {contrast:.2}");
            }
        }
        for ground in ["--host", "--container"] {
            for text in ["--ink", "--soft"] {
                let contrast = contrast(theme[text], theme[ground]);
                assert!(contrast >= 4.5, "{text} on {ground}: {contrast:.2}");
            }
        }
    }
    assert!((contrast(1.0, 0.0) - 21.0).abs() < 1e-9);
}

fn luminances(block: &str) -> BTreeMap<&str, f64> {
    let block = block.split('}').next().unwrap_or_default();
    let pairs = block.split(';').filter_map(|pair| pair.split_once(": #"));
    pairs.map(|(name, hex)| (name.rsplit([' ', '\n', '{']).next().unwrap_or_default(), luminance(hex.trim()))).collect()
}

fn luminance(hex: &str) -> f64 {
    let channel = |from: usize| {
        let value = f64::from(u8::from_str_radix(&hex[from..from + 2], 16).unwrap()) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * channel(0) + 0.7152 * channel(2) + 0.0722 * channel(4)
}

fn contrast(left: f64, right: f64) -> f64 {
    (left.max(right) + 0.05) / (left.min(right) + 0.05)
}

#[test]
fn what_was_not_looked_at_is_never_a_zero_or_a_no() {
    let nothing = Case::default();
    let texts = Texts::new(Language::En);
    let report = html(&nothing.input(), &texts);
    assert_eq!(report.matches("<dd class=\"not-known\">not known yet</dd>").count(), 8);
    assert!(report.contains("has not been examined for crossings yet"), "no detection is no absence");
    for claim in
        ["No incident was found", "No crossing of the container boundary was found", "No blind window was found"]
    {
        assert!(!report.contains(claim), "{claim}");
    }
}

#[test]
fn a_process_that_entered_the_host_and_its_children_stand_on_the_host_side() {
    let mut case = case(&HONEST);
    for subject in &mut case.incidents[0].subjects {
        if subject.reason == "entered_host_namespace" {
            subject.reason = "descendant".to_string();
        }
    }
    let texts = Texts::new(Language::En);
    assert_eq!(html(&case.input(), &texts).matches("class=\"process host").count(), 0);
    let entry = case.detection.findings.iter_mut().find(|finding| finding.check == "enters_host_namespace").unwrap();
    entry.subject = Some(case.incidents[0].subjects[2].process.clone());
    assert_eq!(html(&case.input(), &texts).matches("class=\"process host").count(), 0, "unknown is not succeeded");
    let entry = case.detection.findings.iter_mut().find(|finding| finding.check == "enters_host_namespace").unwrap();
    entry.crossing = Some(model::CrossingOutcome::Succeeded);
    let report = html(&case.input(), &texts);
    assert_eq!(report.matches("class=\"process host").count(), 2, "the process and its child");
    assert_eq!(report.matches("class=\"edge crosses\"").count(), 1);
}

#[test]
fn a_circle_of_parents_ends_and_loses_nobody() {
    let mut case = case(&HONEST);
    let subjects = &mut case.incidents[0].subjects;
    subjects[0].parent = Some(subjects[4].process.clone());
    subjects[4].parent = Some(subjects[0].process.clone());
    let own = subjects[3].process.clone();
    subjects[3].parent = Some(own);
    let report = html(&case.input(), &Texts::new(Language::En));
    assert_eq!(report.matches("<rect class=\"process").count(), 5);
    assert_harmless(&report);
}
