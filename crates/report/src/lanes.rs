//! Which source saw which host when: a picture, and the equal table with the clocks.

use std::collections::BTreeMap;

use model::{BlindWindow, ClockKnown, HostKnown, Lane, SourceClock, SourceCoverage, SourceId, TimeBasis, Timestamp};

use crate::{draft::Draft, page::short, times};

/// Most lanes drawn; the table below the picture goes on.
const DRAWN_MAX: usize = 48;
/// Most blind stretches drawn in one lane: more could not be told apart.
const STRETCHES_MAX: usize = 200;

/// Geometry in user units; chosen by eye for an A4 page at 100 %.
const WIDTH: i64 = 760;
const LEFT: i64 = 236;
const RIGHT: i64 = 750;
const TOP: i64 = 40;
const ROW: i64 = 34;
const BAR: i64 = 16;
/// Characters that fit to the left of the bars.
const LABEL_CHARACTERS: usize = 34;
/// What is shorter than a line is drawn this wide, so that it can be seen.
const STRETCH_WIDTH_MIN: i64 = 3;

/// Picture and table of all lanes; nothing when no source covers any time.
pub(crate) fn lanes(draft: &mut Draft<'_>) {
    let sources = &draft.input.coverage.sources;
    let all: Vec<(&SourceCoverage, &Lane)> =
        sources.iter().flat_map(|source| source.lanes.iter().map(move |lane| (source, lane))).collect();
    let (Some(first), Some(last)) =
        (all.iter().map(|(_, lane)| lane.first).min(), all.iter().map(|(_, lane)| lane.last).max())
    else {
        return;
    };
    draft.heading("report-coverage-lanes", &[]);
    draft.explain("report-coverage-lanes-explain");
    picture(draft, &all, &Scale { first: first.0, last: last.0 });
    table(draft, &all);
}

/// From time to place.
struct Scale {
    first: i64,
    last: i64,
}

impl Scale {
    fn x(&self, time: Timestamp) -> i64 {
        let span = i128::from(self.last) - i128::from(self.first);
        let part = i128::from(time.0.clamp(self.first, self.last)) - i128::from(self.first);
        let width = i128::from(RIGHT - LEFT);
        LEFT + i64::try_from(part * width / span.max(1)).unwrap_or(0)
    }
}

fn picture(draft: &mut Draft<'_>, all: &[(&SourceCoverage, &Lane)], scale: &Scale) {
    let drawn = all.get(..DRAWN_MAX).unwrap_or(all);
    let height = TOP + drawn.len() as i64 * ROW + 10;
    let label = draft.texts.get("report-coverage-picture", &[]);
    draft.page.markup("<div class=\"scroll picture\">");
    draft.page.tag("svg", &[("viewBox", &format!("0 0 {WIDTH} {height}")), ("role", "img"), ("aria-label", &label)]);
    draft.page.markup("<defs><pattern id=\"blind\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\">");
    draft.page.markup("<path class=\"hatch\" d=\"M0 6L6 0M-1 1L1 -1M5 7L7 5\"></path></pattern></defs>");
    axis(draft, scale, height);
    incidents(draft, scale, height);
    let stretches = blind(&draft.input.coverage.blind_windows);
    for (at, (source, lane)) in drawn.iter().enumerate() {
        let top = TOP + at as i64 * ROW;
        name(draft, source, lane, top);
        bar(draft, "lane", scale.x(lane.first), scale.x(lane.last), top);
        let own = stretches.get(&source.source).into_iter().flatten();
        // A hole between two parts of a rotated log lies outside of both.
        let end = Timestamp(scale.last);
        let own = own
            .filter(|window| window.host.is_none() || window.host == lane.host)
            .map(|window| (window.from.unwrap_or(lane.first), window.to.unwrap_or(end)));
        let silent = lane.silences.iter().map(|span| (span.from, span.to));
        for (from, to) in own.chain(silent).filter(|(from, to)| from <= to).take(STRETCHES_MAX) {
            bar(draft, "blind", scale.x(from), scale.x(to), top);
        }
    }
    draft.page.markup("</svg></div>\n");
    if all.len() > DRAWN_MAX {
        draft.paragraph("report-coverage-lanes-more", &[("count", &(all.len() - DRAWN_MAX).to_string())]);
    }
}

/// The blind windows that stand in one source. A loss that is only known to lie before its record is drawn at it.
fn blind(windows: &[BlindWindow]) -> BTreeMap<SourceId, Vec<BlindWindow>> {
    let mut found: BTreeMap<SourceId, Vec<BlindWindow>> = BTreeMap::new();
    for window in windows.iter().filter(|window| window.from.is_some() || window.to.is_some()) {
        let mut sources: Vec<SourceId> = window.addresses.iter().map(|address| address.source).collect();
        sources.dedup();
        for source in sources {
            let mut window = window.clone();
            window.from = window.from.or(window.to);
            found.entry(source).or_default().push(window);
        }
    }
    found
}

fn axis(draft: &mut Draft<'_>, scale: &Scale, height: i64) {
    for (time, x, anchor) in [(scale.first, LEFT, "start"), (scale.last, RIGHT, "end")] {
        let (x, bottom) = (x.to_string(), (height - 6).to_string());
        draft.page.tag("line", &[("class", "axis"), ("x1", &x), ("x2", &x), ("y1", "22"), ("y2", &bottom)]);
        draft.page.markup("</line>");
        draft.page.tag("text", &[("class", "side"), ("x", &x), ("y", "15"), ("text-anchor", anchor)]);
        draft.page.text(&format!("{} UTC", times::utc(Timestamp(time))));
        draft.page.markup("</text>");
    }
}

/// The incidents as bands over all lanes, with their numbers.
fn incidents(draft: &mut Draft<'_>, scale: &Scale, height: i64) {
    for (at, incident) in draft.input.incidents.iter().enumerate().take(STRETCHES_MAX) {
        let (left, right) = (scale.x(incident.first), scale.x(incident.last));
        let width = (right - left).max(STRETCH_WIDTH_MIN).to_string();
        let place = [("x", left.to_string()), ("y", "24".to_string()), ("height", (height - 30).to_string())];
        let [x, y, h] = &place;
        draft.page.tag("rect", &[("class", "incident"), (x.0, &x.1), (y.0, &y.1), ("width", &width), (h.0, &h.1)]);
        draft.page.markup("<title>");
        draft.say_plain("report-incident-heading", &[("number", &(at + 1).to_string())]);
        draft.page.markup("</title></rect>");
        draft.page.tag("text", &[("class", "mark"), ("x", &left.to_string()), ("y", "36"), ("text-anchor", "end")]);
        draft.page.text(&format!("{} ", at + 1));
        draft.page.markup("</text>");
    }
}

fn name(draft: &mut Draft<'_>, source: &SourceCoverage, lane: &Lane, top: i64) {
    draft.page.tag("text", &[("class", "name"), ("x", "8"), ("y", &(top + 12).to_string())]);
    let host = lane.host.as_deref().unwrap_or("–");
    draft.page.text(&end_of(host, LABEL_CHARACTERS - 6));
    draft.page.markup("</text>");
    draft.page.tag("text", &[("class", "particulars"), ("x", "8"), ("y", &(top + 26).to_string())]);
    draft.page.text(&end_of(&source.name, LABEL_CHARACTERS));
    draft.page.markup("</text>");
}

fn bar(draft: &mut Draft<'_>, class: &'static str, left: i64, right: i64, top: i64) {
    let width = (right - left).max(STRETCH_WIDTH_MIN);
    // What ends at the right edge grows to the left.
    let left = left.min(RIGHT - width);
    let place = [left, top + 4, width, BAR].map(|number| number.to_string());
    let [x, y, w, h] = &place;
    let mut attributes = vec![("class", class), ("x", x.as_str()), ("y", y), ("width", w), ("height", h)];
    // Beside the style sheet, which may load nothing, so that it holds no address at all.
    attributes.extend((class == "blind").then_some(("fill", "url(#blind)")));
    draft.page.tag("rect", &attributes);
    draft.page.markup("</rect>");
}

/// The last characters, which tell paths apart better than the first.
fn end_of(text: &str, characters: usize) -> String {
    let count = text.chars().count();
    match text.char_indices().nth(count.saturating_sub(characters.saturating_sub(1))) {
        Some((start, _)) if count > characters => format!("…{}", &text[start..]),
        _ => text.to_string(),
    }
}

fn table(draft: &mut Draft<'_>, all: &[(&SourceCoverage, &Lane)]) {
    let columns = [
        "report-column-source",
        "report-column-host",
        "report-column-span",
        "report-column-events",
        "report-column-silences",
        "report-column-clock",
    ];
    draft.table(&columns, "coverage.json", all, |row, (source, lane)| {
        row.wide_cell(|draft| draft.page.code(&source.name));
        row.cell(|draft| host(draft, lane));
        row.cell(|draft| {
            draft.time(lane.first);
            draft.page.markup("<br>");
            draft.time(lane.last);
        });
        row.cell(|draft| draft.page.text(&times::number(lane.events)));
        row.cell(|draft| silences(draft, lane));
        row.cell(|draft| clocks(draft, source, lane));
    });
}

fn host(draft: &mut Draft<'_>, lane: &Lane) {
    let Some(host) = &lane.host else { return draft.say("unknown") };
    draft.page.code(host);
    let key = match lane.host_known {
        HostKnown::Named | HostKnown::Unknown => return,
        HostKnown::Stated => "report-host-stated",
        HostKnown::Shared => "report-host-shared",
        HostKnown::Assumed => "report-host-assumed",
    };
    draft.page.markup("<br><span class=\"fine\">");
    draft.say(key);
    draft.page.markup("</span>");
}

fn silences(draft: &mut Draft<'_>, lane: &Lane) {
    match lane.silence_seconds {
        None => draft.say("report-silences-not-known"),
        Some(seconds) => {
            let facts = [("count", times::number(lane.silences.len() as u64)), ("seconds", times::number(seconds))];
            let [count, seconds] = &facts;
            draft.say_with("report-silences", &[(count.0, &count.1), (seconds.0, &seconds.1)]);
        }
    }
}

fn clocks(draft: &mut Draft<'_>, source: &SourceCoverage, lane: &Lane) {
    // A host that was found out stands in no record, so its clock has none.
    let recorded = if lane.host_known == HostKnown::Named { lane.host.as_ref() } else { None };
    for clock in source.clocks.iter().filter(|clock| clock.host.as_ref() == recorded) {
        draft.page.markup("<p>");
        clock_words(draft, clock);
        draft.page.markup("</p>");
    }
}

fn clock_words(draft: &mut Draft<'_>, clock: &SourceClock) {
    let basis = match clock.basis {
        TimeBasis::Utc => "report-basis-utc",
        TimeBasis::Local => "report-basis-local",
        TimeBasis::Boot => "report-basis-boot",
        TimeBasis::Unknown => "report-basis-unknown",
    };
    draft.say(basis);
    draft.page.text(" ");
    let (offset, error) = (offset(clock), clock.error_ns.map(seconds).unwrap_or_default());
    let shared = times::number(clock.shared);
    let reference = short(clock.reference.as_deref().unwrap_or_default());
    let facts: [(&str, &str); 4] =
        [("offset", &offset), ("error", &error), ("shared", &shared), ("reference", &reference)];
    match clock.known {
        ClockKnown::Stated => draft.say_with("report-clock-stated", &facts),
        ClockKnown::Reference => draft.say("report-clock-reference"),
        ClockKnown::Shared if is_right(clock) => draft.say_with("report-clock-agrees", &facts[1..]),
        ClockKnown::Shared => draft.say_with("report-clock-shared", &facts),
        ClockKnown::NotShared => draft.say_with("report-clock-not_shared", &facts),
    }
}

fn is_right(clock: &SourceClock) -> bool {
    clock.zone_minutes.is_none() && clock.years.is_none() && clock.boot.is_none() && clock.skew_ns == Some(0)
}

/// What is taken off a recorded time: zone, years, skew, or the boot that it counts from.
fn offset(clock: &SourceClock) -> String {
    let mut parts = Vec::new();
    parts.extend(clock.zone_minutes.map(times::zone));
    parts.extend(clock.years.map(|years| format!("{years:+} × 365 d")));
    let skew = clock.skew_ns.filter(|&skew| skew != 0 || parts.is_empty());
    parts.extend(skew.map(|skew| if skew < 0 { format!("−{}", seconds(skew)) } else { format!("+{}", seconds(skew)) }));
    parts.extend(clock.boot.map(times::utc));
    parts.join(" ")
}

/// Seconds to the millisecond, rounded up as an error bound must be.
fn seconds(nanoseconds: i64) -> String {
    let millis = nanoseconds.unsigned_abs().div_ceil(1_000_000);
    format!("{}.{:03} s", times::number(millis / 1_000), millis % 1_000)
}
