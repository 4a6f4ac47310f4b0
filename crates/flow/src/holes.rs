//! Serials that one log of a host's audit events lacks and another one has.
//!
//! The kernel numbers its events once, however many programs write them down: what auditd's log lost to rotation may
//! stand in laurel's, and what laurel filters out in auditd's. Only what no log has is a hole.

use std::collections::BTreeMap;

use model::{Event, SerialGap, SourceCoverage, SourceId, Timestamp};
use normalise::clocks::Labels;

/// Formats of audit events, whichever source carries them.
const AUDIT: &[&str] = &["auditd", "laurel"];

/// How far outside of a hole, by its times, an event of its serials can lie: calls that waited come late.
const LATE_NS: i64 = 2_000_000_000;

/// Stretches of found serials that are kept in all (about 10 MB); what is found beyond stays missing.
const FOUND_MAX: usize = 100_000;

/// Whether the event is one of the kernel's audit events.
pub(crate) fn is_audit(event: &Event) -> bool {
    AUDIT.contains(&event.format.as_str())
}

/// The holes of all sources under construction.
#[derive(Debug, Default)]
pub(crate) struct Holes {
    /// By host and source, in the order of their times.
    by_host: BTreeMap<Option<String>, BTreeMap<SourceId, Vec<Hole>>>,
    kept: usize,
}

/// One hole, in corrected time.
#[derive(Debug)]
struct Hole {
    after: u64,
    before: u64,
    from: Timestamp,
    to: Timestamp,
    address: model::Address,
    /// Stretches of serials that were found elsewhere, by their first one.
    found: BTreeMap<u64, u64>,
}

impl Holes {
    /// The holes that these sources reported.
    pub(crate) fn of<'a>(sources: impl Iterator<Item = &'a SourceCoverage>, labels: &Labels) -> Self {
        let mut holes = Self::default();
        for source in sources {
            let id = source.source;
            // What was summed up says not which serials are missing.
            for gap in
                source.serial_gaps.iter().filter(|gap| gap.before.checked_sub(gap.after) == Some(gap.missing + 1))
            {
                let host = gap.host.clone().or(labels.host_of(id).map(|(host, _)| host.to_string()));
                let at = |time| labels.corrected(id, gap.host.as_deref(), time);
                holes.by_host.entry(host).or_default().entry(id).or_default().push(Hole {
                    after: gap.after,
                    before: gap.before,
                    from: at(gap.from),
                    to: at(gap.to),
                    address: gap.address,
                    found: BTreeMap::new(),
                });
            }
        }
        for of_source in holes.by_host.values_mut().flat_map(BTreeMap::values_mut) {
            of_source.sort_by_key(|hole| (hole.from, hole.after));
        }
        holes
    }

    /// Notes that an audit event was found; of its own source too, where it came too late to be waited for.
    pub(crate) fn event(&mut self, event: &Event) {
        let (false, Some(serial)) = (self.by_host.is_empty(), event.serial) else { return };
        let Some(of_host) = self.by_host.get_mut(&event.host) else { return };
        for holes in of_host.values_mut() {
            let end = holes.partition_point(|hole| hole.from.0.saturating_sub(LATE_NS) <= event.time.0);
            for hole in holes[..end].iter_mut().rev() {
                // The holes of a log do not overlap: those before ended earlier.
                if hole.to.0.saturating_add(LATE_NS) < event.time.0 {
                    break;
                }
                if hole.after < serial && serial < hole.before && self.kept < FOUND_MAX {
                    self.kept += usize::from(hole.take(serial));
                }
            }
        }
    }

    /// How many serials of the gap no source has. `gap` and its host as they were given to [`Holes::of`].
    pub(crate) fn still_missing(&self, host: &Option<String>, source: SourceId, gap: &SerialGap) -> u64 {
        let holes = self.by_host.get(host).and_then(|of_host| of_host.get(&source));
        let hole = holes.and_then(|holes| {
            holes.iter().find(|hole| (hole.after, hole.before, hole.address) == (gap.after, gap.before, gap.address))
        });
        gap.missing.saturating_sub(hole.map_or(0, |hole| hole.found.iter().map(|(first, last)| last - first + 1).sum()))
    }
}

impl Hole {
    /// Adds a serial; says whether it began a stretch.
    fn take(&mut self, serial: u64) -> bool {
        let before = self.found.range(..=serial).next_back().map(|(&first, &last)| (first, last));
        match before {
            Some((_, last)) if last >= serial => return false,
            Some((first, last)) if last + 1 == serial => {
                let next = self.found.remove(&(serial + 1));
                self.found.insert(first, next.unwrap_or(serial));
                return false;
            }
            _ => {}
        }
        let next = self.found.remove(&(serial + 1));
        self.found.insert(serial, next.unwrap_or(serial));
        next.is_none()
    }
}

#[cfg(test)]
mod tests;
