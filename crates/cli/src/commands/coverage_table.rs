//! How completely the evidence could be read, as tables for a terminal of 80 columns, and what is blind.

use model::{ClockKnown, Coverage, HostKnown, Lane, SourceClock, SourceCoverage, TimeBasis, Timestamp};

use crate::{
    screen::{Screen, Tone},
    table::{Table, character_width, width},
};

/// Problems of one source that are shown; the artefact lists up to a thousand.
const PROBLEMS_SHOWN: usize = 10;

/// What each source held, when it saw which host by which clock, what could not be used, and what is blind.
pub(super) fn show_coverage(coverage: &Coverage, screen: &mut Screen) -> anyhow::Result<()> {
    if screen.json {
        return screen.json_value(coverage);
    }
    show_tables(coverage, screen)?;
    unmapped(coverage, screen)?;
    let listed = coverage.sources.iter().filter(|source| is_listed(coverage, source));
    let problems: Vec<_> = listed.flat_map(|source| source.problem_list.iter().take(PROBLEMS_SHOWN)).collect();
    for problem in problems.iter().take(PROBLEMS_SHOWN_ALL) {
        let kind = screen.texts.named("problem", &super::evidence::name_of(&problem.kind), &[]);
        let (source, address) = (problem.address.source.short(), problem.address);
        let place = format!("{source}:{}+{}", address.offset, address.length);
        screen.paragraph(2, Tone::Plain, &format!("{kind} ⟨{place}⟩ {}", model::display_safe(&problem.text)))?;
    }
    for window in &coverage.blind_windows {
        let mut facts: Vec<(&str, &str)> = window.facts.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        let class = window.facts.get("class").map(|class| screen.texts.named("class", class, &[]));
        if let Some(class) = &class {
            facts.retain(|(name, _)| *name != "class");
            facts.push(("class", class));
        }
        let text = screen.texts.named("blind", &super::evidence::name_of(&window.kind), &facts);
        let host = window.host.as_deref().map(|host| format!(" [{}]", model::display_safe(host))).unwrap_or_default();
        let when = match (window.from, window.to) {
            (None, None) => String::new(),
            (from, to) => {
                let time = |time: Option<model::Timestamp>| time.map_or("…".into(), model::Timestamp::to_millis_text);
                format!(" {} – {}", time(from), time(to))
            }
        };
        screen.paragraph(0, Tone::Warning, &format!("! {text}{host}{when}"))?;
    }
    Ok(())
}

/// The tables alone.
pub(super) fn show_tables(coverage: &Coverage, screen: &mut Screen) -> anyhow::Result<()> {
    for line in sources(coverage, screen).lines() {
        screen.data(&line)?;
    }
    let unread = coverage.sources.iter().filter(|source| !is_listed(coverage, source)).count();
    if unread > 0 {
        let text = screen.texts.get("cli-coverage-unread", &[("count", &unread.to_string())]);
        screen.paragraph(0, Tone::Faint, &text)?;
    }
    for line in lanes(coverage, screen) {
        screen.data(&line)?;
    }
    Ok(())
}

/// Columns that the numbers before a source's name take.
const NUMBER_COLUMNS: usize = 56;
/// Columns that a name gets at least, however narrow the terminal.
const NAME_COLUMNS_MIN: usize = 24;
/// Columns of a host's name.
const HOST_COLUMNS: usize = 22;
/// Fields without a place that are named per source; the artefact has all.
const UNMAPPED_SHOWN: usize = 8;

/// Sources that are no logs are named while they are few; a runtime's directory holds hundreds of them.
const UNREAD_SHOWN: usize = 10;
/// Problems that are shown in all.
const PROBLEMS_SHOWN_ALL: usize = 60;

fn is_listed(coverage: &Coverage, source: &SourceCoverage) -> bool {
    let is_read = |source: &SourceCoverage| source.format.chosen.is_some();
    is_read(source) || coverage.sources.iter().filter(|source| !is_read(source)).count() <= UNREAD_SHOWN
}

fn headings(screen: &Screen, keys: &[&str]) -> Vec<String> {
    let texts = keys.iter().map(|key| screen.texts.get(&format!("cli-column-{key}"), &[]));
    std::iter::once("#".to_string()).chain(texts).collect()
}

fn sources(coverage: &Coverage, screen: &Screen) -> Table {
    let columns = ["format", "records", "problems", "gaps", "drops", "joined", "source"];
    let mut table = Table::new(headings(screen, &columns));
    for (at, source) in coverage.sources.iter().enumerate().filter(|(_, source)| is_listed(coverage, source)) {
        let name = model::display_safe(&source.name);
        table.row(vec![
            (at + 1).to_string(),
            source.format.chosen.clone().unwrap_or_else(|| "?".to_string()),
            source.records.to_string(),
            source.problems.values().sum::<u64>().to_string(),
            source.serial_gaps.iter().map(|gap| gap.missing).fold(0, u64::saturating_add).to_string(),
            source.drops.len().to_string(),
            source.joined.to_string(),
            match screen.columns() {
                Some(columns) => end_of(&name, columns.saturating_sub(NUMBER_COLUMNS).max(NAME_COLUMNS_MIN)),
                None => name,
            },
        ]);
    }
    table
}

/// One line per source and host; none when no source covers any time.
fn lanes(coverage: &Coverage, screen: &Screen) -> Vec<String> {
    let mut table = Table::new(headings(screen, &["host", "first", "last", "events", "clock"]));
    let mut is_empty = true;
    for (at, source) in coverage.sources.iter().enumerate() {
        for lane in &source.lanes {
            is_empty = false;
            table.row(vec![
                (at + 1).to_string(),
                host(lane, screen),
                time(lane.first),
                match lane.first.day() == lane.last.day() {
                    true => time(lane.last)[11..].to_string(),
                    false => time(lane.last),
                },
                lane.events.to_string(),
                clock_of(source, lane).map_or("–".to_string(), |clock| clock_text(clock, screen)),
            ]);
        }
    }
    let lines = if is_empty { Vec::new() } else { table.lines() };
    std::iter::once(String::new()).filter(|_| !is_empty).chain(lines).collect()
}

fn time(time: Timestamp) -> String {
    time.to_millis_text()[..19].replace('T', " ")
}

fn host(lane: &Lane, screen: &Screen) -> String {
    let name = match &lane.host {
        Some(host) => end_of(&model::display_safe(host), HOST_COLUMNS),
        None => return "–".to_string(),
    };
    let key = match lane.host_known {
        HostKnown::Named | HostKnown::Unknown => return name,
        HostKnown::Stated => "stated",
        HostKnown::Shared => "shared",
        HostKnown::Assumed => "assumed",
    };
    format!("{name} ({})", screen.texts.get(&format!("cli-known-{key}"), &[]))
}

/// The clock that matters most for the lane: the one whose times had to be guessed at.
fn clock_of<'a>(source: &'a SourceCoverage, lane: &Lane) -> Option<&'a SourceClock> {
    // A host that was found out stands in no record, so its clock has none.
    let recorded = if lane.host_known == HostKnown::Named { lane.host.as_ref() } else { None };
    let own = source.clocks.iter().filter(|clock| clock.host.as_ref() == recorded);
    own.min_by_key(|clock| match clock.basis {
        TimeBasis::Local => 0,
        TimeBasis::Boot => 1,
        TimeBasis::Utc => 2,
        TimeBasis::Unknown => 3,
    })
}

/// `+09:00 +1.5 s ±4 s`.
fn clock_text(clock: &SourceClock, screen: &Screen) -> String {
    let word = |key: &str| screen.texts.get(&format!("cli-known-{key}"), &[]);
    let mut parts = Vec::new();
    match clock.known {
        ClockKnown::Reference => parts.push(word("reference")),
        ClockKnown::Stated => parts.push(word("stated")),
        ClockKnown::Shared => {}
        ClockKnown::NotShared if clock.basis == TimeBasis::Utc => return "UTC".to_string(),
        ClockKnown::NotShared => parts.push(word("not_shared")),
    }
    if let Some(minutes) = clock.zone_minutes {
        let sign = if minutes < 0 { '-' } else { '+' };
        parts.push(format!("{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60));
    }
    if let Some(years) = clock.years {
        parts.push(screen.texts.get("cli-clock-years", &[("years", &format!("{years:+}"))]));
    }
    if let Some(skew) = clock.skew_ns.filter(|&skew| skew != 0) {
        let sign = if skew < 0 { '-' } else { '+' };
        parts.push(format!("{sign}{}", duration(skew.unsigned_abs())));
    }
    if let Some(boot) = clock.boot {
        parts.push(format!("0 = {}", time(boot)));
    }
    if let Some(error) = clock.error_ns.filter(|_| clock.known != ClockKnown::Reference) {
        parts.push(format!("±{}", duration(error.unsigned_abs())));
    }
    if parts.is_empty() { "UTC".to_string() } else { parts.join(" ") }
}

/// `14 h`, `4.2 s`, `0.1 s`: rounded up, as an error bound must be.
fn duration(nanoseconds: u64) -> String {
    let tenths = nanoseconds.div_ceil(100_000_000);
    match tenths {
        36_000.. if tenths.is_multiple_of(36_000) => format!("{} h", tenths / 36_000),
        600.. => format!("{} s", tenths.div_ceil(10)),
        _ if tenths.is_multiple_of(10) => format!("{} s", tenths / 10),
        _ => format!("{}.{} s", tenths / 10, tenths % 10),
    }
}

/// Fields that records have and no event shows.
fn unmapped(coverage: &Coverage, screen: &mut Screen) -> anyhow::Result<()> {
    for (at, source) in coverage.sources.iter().enumerate().filter(|(_, source)| !source.unmapped.is_empty()) {
        let mut fields: Vec<(&String, &u64)> = source.unmapped.iter().collect();
        fields.sort_by_key(|(name, count)| (std::cmp::Reverse(**count), *name));
        let names =
            fields.iter().take(UNMAPPED_SHOWN).map(|(name, count)| format!("{} ×{count}", model::display_safe(name)));
        let mut names: Vec<String> = names.collect();
        names.extend((fields.len() > UNMAPPED_SHOWN).then(|| "…".to_string()));
        let (number, names) = ((at + 1).to_string(), names.join(", "));
        let text = screen.texts.get("cli-unmapped", &[("number", &number), ("names", &names)]);
        screen.paragraph(0, Tone::Faint, &text)?;
    }
    Ok(())
}

/// The last columns of a text, which tell paths apart better than the first.
fn end_of(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_string();
    }
    // From the end, because a name may be long: a member of an archive is called what its maker likes.
    let mut left = columns.saturating_sub(1);
    let fits = |(_, character): &(usize, char)| {
        let wide = character_width(*character);
        left.checked_sub(wide).inspect(|rest| left = *rest).is_some()
    };
    let start = text.char_indices().rev().take_while(fits).last().map_or(text.len(), |(at, _)| at);
    let kept = &text[start..];
    format!("…{kept}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_rounded_up_and_names_keep_their_end() {
        assert_eq!(duration(50_400_000_000_000), "14 h");
        assert_eq!(duration(4_010_000_000), "4.1 s");
        assert_eq!(duration(90_000_000_000), "90 s");
        assert_eq!(duration(1_000_000), "0.1 s");
        assert_eq!(end_of("evidence/var/log/audit.log", 10), "…audit.log");
        assert_eq!(end_of("証拠/監査.log", 9), "…監査.log");
        assert_eq!(end_of("a", 1), "a");
        assert_eq!(end_of("ab", 1), "…");
        assert_eq!(end_of(&"x/".repeat(1 << 20), 4), "…/x/", "in a time that grows with the length");
    }
}
