//! Stretches of time that a recorder of a host does not cover although it should have spoken.

use std::collections::BTreeMap;

use model::{BlindWindow, BlindWindowKind, Lane, SourceCoverage, Span, Timestamp};

/// Formats that tell all day what a host or an API does; pauses of the others mean nothing.
const STEADY: &[&str] = &["auditd", "laurel", "k8s_audit", "syslog", "tetragon", "tracee"];
/// Formats that record what processes do on a host.
const RECORDERS: &[&str] = &["auditd", "laurel", "tetragon", "tracee"];
/// Recorders may begin and end this much later and earlier than others, in nanoseconds: they are started and
/// collected one after the other. Chosen by eye.
const EDGE_NS: i64 = 600_000_000_000;

/// The windows of silences within sources, and of time in which another source saw the host but no recorder did.
pub(crate) fn windows(sources: &[SourceCoverage]) -> Vec<BlindWindow> {
    let mut windows = Vec::new();
    let mut by_host: BTreeMap<&str, Vec<(&SourceCoverage, &Lane)>> = BTreeMap::new();
    for (source, lane) in sources.iter().flat_map(|source| source.lanes.iter().map(move |lane| (source, lane))) {
        if is_of(source, STEADY) || source.format.chosen.as_deref().is_some_and(|name| name.starts_with("journal")) {
            windows.extend(lane.silences.iter().map(|span| window("source", source, lane.host.as_deref(), *span)));
        }
        if let Some(host) = lane.host.as_deref() {
            by_host.entry(host).or_default().push((source, lane));
        }
    }
    for (host, lanes) in by_host {
        windows.extend(unseen(host, &lanes));
    }
    windows
}

fn is_of(source: &SourceCoverage, formats: &[&str]) -> bool {
    source.format.chosen.as_deref().is_some_and(|format| formats.contains(&format))
}

/// What other sources saw of the host outside of all its recorders. A host without any recorder has no window of
/// its own: nothing of it is seen at all.
fn unseen(host: &str, lanes: &[(&SourceCoverage, &Lane)]) -> Vec<BlindWindow> {
    let mut seen: Vec<Span> =
        lanes.iter().filter(|(source, _)| is_of(source, RECORDERS)).map(|(_, lane)| span(lane)).collect();
    seen.sort_unstable();
    let (Some(first), Some(last)) = (seen.first().map(|span| span.from), seen.iter().map(|span| span.to).max()) else {
        return Vec::new();
    };
    let mut holes = vec![Span { from: Timestamp(i64::MIN), to: first }, Span { from: last, to: Timestamp(i64::MAX) }];
    let mut end = first;
    for span in seen {
        if span.from > end {
            holes.push(Span { from: end, to: span.from });
        }
        end = end.max(span.to);
    }
    let mut windows = Vec::new();
    for hole in holes {
        // The source that shows most of the hole speaks for it.
        let shown = lanes.iter().filter(|(source, _)| !is_of(source, RECORDERS)).map(|(source, lane)| {
            let part = Span { from: hole.from.max(lane.first), to: hole.to.min(lane.last) };
            (part.to.0.saturating_sub(part.from.0), part, *source)
        });
        if let Some((length, part, source)) = shown.max_by_key(|(length, part, _)| (*length, part.from))
            && length > EDGE_NS
        {
            windows.push(window("seen_in", source, Some(host), part));
        }
    }
    windows
}

fn span(lane: &Lane) -> Span {
    Span { from: lane.first, to: lane.last }
}

/// `fact` names the source: the one that is silent, or the one in which the host is seen.
fn window(fact: &str, source: &SourceCoverage, host: Option<&str>, span: Span) -> BlindWindow {
    BlindWindow {
        kind: BlindWindowKind::Silence,
        host: host.map(str::to_string),
        from: Some(span.from),
        to: Some(span.to),
        facts: BTreeMap::from([(fact.to_string(), source.name.clone())]),
        addresses: Vec::new(),
    }
}

#[cfg(test)]
mod tests;
