//! The process tree across the boundary: a picture, and the equal table.

use std::collections::{BTreeMap, BTreeSet};

use model::{Bytes, CrossingOutcome, Incident, ProcessKey, Subject};

use crate::{ReportInput, Section, draft::Draft, figures::findings_by_id};

/// Most processes drawn; the table below the picture goes on.
const DRAWN_MAX: usize = 40;

/// Geometry of the picture in user units; chosen by eye for an A4 page at 100 %.
const WIDTH: usize = 760;
const ROW: usize = 46;
const TOP: usize = 34;
const BOX_HEIGHT: usize = 34;
const BOX_WIDTH: usize = 300;
const INDENT: usize = 14;
const DEPTH_MAX: usize = 5;
const HOST_LEFT: usize = 385;
/// Characters of the fixed-width face that fit into a box.
const LABEL_CHARACTERS: usize = 34;

pub(crate) struct Processes;

impl Section for Processes {
    fn name(&self) -> &'static str {
        "processes"
    }

    fn write(&self, draft: &mut Draft<'_>) {
        let incidents = draft.input.incidents;
        if incidents.iter().all(|incident| incident.subjects.is_empty()) {
            draft.nothing("report-processes-none");
            return;
        }
        draft.explain("report-processes-explain");
        for (at, incident) in incidents.iter().enumerate().filter(|(_, incident)| !incident.subjects.is_empty()) {
            if incidents.len() > 1 {
                draft.heading("report-incident-heading", &[("number", &(at + 1).to_string())]);
            }
            let rows = layout(incident, &entered(draft.input, incident));
            picture(draft, &rows);
            table(draft, incident, &rows);
        }
    }
}

/// On which side of the boundary a process acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Container,
    Host,
}

/// One process with its place in the picture.
struct Placed<'a> {
    subject: &'a Subject,
    side: Side,
    depth: usize,
    /// Row of the process that started it, when that is drawn above.
    parent: Option<usize>,
}

/// Checks whose subject stands on the host from then on, when they succeeded.
const ENTRIES: [&str; 3] = ["enters_host_namespace", "host_namespace_entry", "chroot_host_root"];

/// The processes of the incident that findings show to have entered the host.
fn entered<'a>(input: &ReportInput<'a>, incident: &Incident) -> BTreeSet<&'a ProcessKey> {
    let findings = findings_by_id(input);
    let own = incident.findings.iter().chain(incident.crossings.iter().flat_map(|crossing| &crossing.findings));
    own.filter_map(|id| findings.get(id.as_str()))
        .filter(|finding| finding.crossing == Some(CrossingOutcome::Succeeded))
        .filter(|finding| ENTRIES.contains(&finding.check.as_str()))
        .filter_map(|finding| finding.subject.as_ref())
        .collect()
}

/// Depth-first order, children under their parents in order of appearance.
fn layout<'a>(incident: &'a Incident, entered: &BTreeSet<&ProcessKey>) -> Vec<Placed<'a>> {
    let subjects = &incident.subjects;
    let index: BTreeMap<&ProcessKey, usize> =
        subjects.iter().enumerate().rev().map(|(at, subject)| (&subject.process, at)).collect();
    let mut children: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let mut roots = Vec::new();
    for (at, subject) in subjects.iter().enumerate() {
        match subject.parent.as_ref().and_then(|parent| index.get(parent)).filter(|parent| **parent != at) {
            Some(parent) => children.entry(*parent).or_default().push(at),
            None => roots.push(at),
        }
    }
    let mut placed: Vec<Placed<'_>> = Vec::new();
    let mut seen = vec![false; subjects.len()];
    // A cycle of parents cannot be reached from a root: what is left over becomes a root of its own.
    for start in roots.into_iter().chain(0..subjects.len()) {
        let mut open = vec![(start, 0_usize, None::<usize>)];
        while let Some((at, depth, parent)) = open.pop() {
            let (Some(subject), Some(done)) = (subjects.get(at), seen.get_mut(at)) else { continue };
            if std::mem::replace(done, true) {
                continue;
            }
            let above = parent.and_then(|row| placed.get(row)).map(|placed| placed.side);
            placed.push(Placed { subject, side: side_of(subject, above, entered), depth, parent });
            let row = placed.len() - 1;
            for child in children.get(&at).into_iter().flatten().rev() {
                open.push((*child, depth + 1, Some(row)));
            }
        }
    }
    placed
}

fn side_of(subject: &Subject, parent: Option<Side>, entered: &BTreeSet<&ProcessKey>) -> Side {
    if entered.contains(&subject.process) {
        return Side::Host;
    }
    match subject.reason.as_str() {
        "container" => Side::Container,
        "entered_host_namespace" | "kernel_helper" | "persistence" | "runs_written_program" => Side::Host,
        _ => parent.unwrap_or(Side::Container),
    }
}

fn left_of(placed: &Placed<'_>) -> usize {
    let side = if placed.side == Side::Host { HOST_LEFT } else { 10 };
    side + placed.depth.min(DEPTH_MAX) * INDENT
}

fn picture(draft: &mut Draft<'_>, rows: &[Placed<'_>]) {
    let drawn = rows.get(..DRAWN_MAX).unwrap_or(rows);
    let height = TOP + drawn.len() * ROW + 10;
    let label = draft.texts.get("report-processes-picture", &[]);
    draft.page.markup("<div class=\"scroll picture\">");
    draft.page.tag("svg", &[("viewBox", &format!("0 0 {WIDTH} {height}")), ("role", "img"), ("aria-label", &label)]);
    sides(draft, height);
    for (at, placed) in drawn.iter().enumerate() {
        edge(draft, rows, at, placed);
    }
    for (at, placed) in drawn.iter().enumerate() {
        process_box(draft, at, placed);
    }
    draft.page.markup("</svg></div>\n");
    if rows.len() > DRAWN_MAX {
        draft.paragraph("report-processes-more", &[("count", &(rows.len() - DRAWN_MAX).to_string())]);
    }
}

fn sides(draft: &mut Draft<'_>, height: usize) {
    let middle = (HOST_LEFT - 8).to_string();
    draft.page.tag(
        "line",
        &[("class", "boundary"), ("x1", &middle), ("x2", &middle), ("y1", "4"), ("y2", &(height - 4).to_string())],
    );
    draft.page.markup("</line>");
    for (key, left) in [("report-side-container", 10), ("report-side-host", HOST_LEFT)] {
        draft.page.tag("text", &[("class", "side"), ("x", &left.to_string()), ("y", "18")]);
        draft.say(key);
        draft.page.markup("</text>");
    }
}

fn edge(draft: &mut Draft<'_>, rows: &[Placed<'_>], at: usize, placed: &Placed<'_>) {
    let Some((row, parent)) = placed.parent.and_then(|row| Some((row, rows.get(row)?))) else { return };
    let crosses = parent.side != placed.side;
    let to_y = TOP + at * ROW + BOX_HEIGHT / 2;
    let path = if crosses {
        let from_x = left_of(parent) + BOX_WIDTH;
        let from_y = TOP + row * ROW + BOX_HEIGHT / 2;
        let to_x = left_of(placed);
        format!("M{from_x} {from_y} C{} {from_y} {} {to_y} {to_x} {to_y}", from_x + 30, to_x.saturating_sub(30))
    } else {
        let from_x = left_of(parent) + INDENT / 2;
        let from_y = TOP + row * ROW + BOX_HEIGHT;
        format!("M{from_x} {from_y} V{to_y} H{}", left_of(placed).max(from_x + 1))
    };
    draft.page.tag("path", &[("class", if crosses { "edge crosses" } else { "edge" }), ("d", &path)]);
    draft.page.markup("</path>");
}

fn process_box(draft: &mut Draft<'_>, at: usize, placed: &Placed<'_>) {
    let (left, top) = (left_of(placed), TOP + at * ROW);
    let class = match (placed.side, placed.subject.certainty) {
        (Side::Container, model::Certainty::Observed) => "process",
        (Side::Container, _) => "process unsure",
        (Side::Host, model::Certainty::Observed) => "process host",
        (Side::Host, _) => "process host unsure",
    };
    let width = BOX_WIDTH.min(WIDTH - left - 6);
    draft.page.tag(
        "rect",
        &[
            ("class", class),
            ("x", &left.to_string()),
            ("y", &top.to_string()),
            ("width", &width.to_string()),
            ("height", &BOX_HEIGHT.to_string()),
            ("rx", "4"),
        ],
    );
    draft.page.markup("</rect>");
    let label = label(placed.subject);
    let fits = LABEL_CHARACTERS.min(width / 8);
    for (y, class, text) in [(top + 14, "name", label.0), (top + 28, "particulars", label.1)] {
        draft.page.tag("text", &[("class", class), ("x", &(left + 8).to_string()), ("y", &y.to_string())]);
        draft.page.text(&fit(&text, fits));
        draft.page.markup("</text>");
    }
}

/// Two lines for a process: task name with pid, and its arguments.
fn label(subject: &Subject) -> (String, String) {
    let comm = subject.comm.as_ref().map_or_else(|| "?".to_string(), Bytes::to_string);
    (format!("{comm} · pid {}", subject.process.pid), arguments(subject))
}

/// Most arguments joined for a label or a cell.
const ARGUMENTS_MAX: usize = 64;

fn arguments(subject: &Subject) -> String {
    let arguments: Vec<String> = subject.argv.iter().take(ARGUMENTS_MAX).map(Bytes::to_string).collect();
    arguments.join(" ")
}

/// Cuts to a width in half-width characters; wide (East Asian) ones count double.
fn fit(text: &str, width: usize) -> String {
    let mut used = 0;
    let mut out = String::new();
    for character in model::display_safe(text).chars() {
        used += if u32::from(character) >= 0x1100 { 2 } else { 1 };
        if used > width {
            out.push('…');
            break;
        }
        out.push(character);
    }
    out
}

fn table(draft: &mut Draft<'_>, incident: &Incident, rows: &[Placed<'_>]) {
    let columns = [
        "report-column-process",
        "report-column-started-by",
        "report-column-side",
        "report-column-why-hostile",
        "report-column-since",
    ];
    let known: BTreeMap<&ProcessKey, &Subject> =
        incident.subjects.iter().rev().map(|subject| (&subject.process, subject)).collect();
    draft.table(&columns, "incidents.json", rows, |row, placed| {
        let subject = placed.subject;
        row.wide_cell(|draft| {
            draft.page.code(&label(subject).0);
            if !subject.argv.is_empty() {
                draft.page.markup("<br>");
                draft.page.code(&arguments(subject));
            }
        });
        row.cell(|draft| match &subject.parent {
            Some(parent) => match known.get(parent) {
                Some(parent) => draft.page.code(&label(parent).0),
                None => draft.page.code(&format!("pid {}", parent.pid)),
            },
            None => draft.say("unknown"),
        });
        row.cell(|draft| {
            draft.say(if placed.side == Side::Host { "report-side-host" } else { "report-side-container" });
        });
        row.cell(|draft| {
            draft.named("subject-reason", &subject.reason);
            draft.page.markup("<br>");
            draft.certainty(subject.certainty);
            draft.cite(&[subject.event]);
        });
        row.cell(|draft| draft.time(subject.since));
    });
}
