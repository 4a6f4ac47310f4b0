//! How far one clock is ahead of another.

use std::collections::BTreeMap;

use super::{anchors::Sample, keys::Kind};

/// A difference of two clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Offset {
    /// Nanoseconds that the first clock is ahead of the second.
    pub ns: i64,
    /// By how much that may be wrong either way.
    pub error_ns: i64,
    /// Distinct occurrences that agree.
    pub shared: u64,
    /// The kind of occurrence that decided.
    pub kind: Kind,
}

impl Offset {
    /// The same seen from the other clock.
    pub fn reversed(self) -> Self {
        Self { ns: self.ns.saturating_neg(), ..self }
    }
}

/// Estimates how far `one` is ahead of `other`; `None` when they share too little to tell.
///
/// Each kind of occurrence gives a mode; the one with the smallest error decides. Another kind with as many
/// shared occurrences that contradicts it widens the error.
pub(super) fn between(one: &Sample, other: &Sample) -> Option<Offset> {
    let modes: Vec<Offset> = Kind::ALL.iter().filter_map(|&kind| mode(kind, one, other)).collect();
    let mut best = *modes.iter().min_by_key(|mode| (mode.error_ns, mode.kind))?;
    for mode in &modes {
        let apart = mode.ns.abs_diff(best.ns).min(i64::MAX as u64) as i64;
        if mode.shared >= best.shared && apart > mode.error_ns.saturating_add(best.error_ns) {
            best.error_ns = apart;
        }
    }
    Some(best)
}

fn mode(kind: Kind, one: &Sample, other: &Sample) -> Option<Offset> {
    let mut differences: Vec<(i64, u64)> = Vec::new();
    let theirs = other.of(kind);
    for (key, times) in one.of(kind) {
        let Some(there) = theirs.get(key) else { continue };
        for a in times.all() {
            differences.extend(there.all().iter().map(|b| (a.saturating_sub(*b), *key)));
        }
    }
    differences.sort_unstable();
    let precision = one.precision_ns.max(other.precision_ns);
    let width = kind.tolerance_ns().saturating_add(precision);
    let best = densest(&differences, width, None)?;
    if best.support < kind.support_min() {
        return None;
    }
    let rival = densest(&differences, width, Some((differences[best.from].0, differences[best.to - 1].0)));
    if rival.is_some_and(|rival| rival.support * 2 > best.support) {
        return None;
    }
    let window = &differences[best.from..best.to];
    let (low, high) = (window[0].0, window[window.len() - 1].0);
    let error_ns = (high.saturating_sub(low) / 2).saturating_add(kind.tolerance_ns()).saturating_add(precision);
    Some(Offset { ns: window[window.len() / 2].0, error_ns, shared: best.support as u64, kind })
}

struct Window {
    from: usize,
    to: usize,
    support: usize,
}

/// The window of that width that holds most distinct keys; the first of several. Windows that touch `taken` do not count.
fn densest(differences: &[(i64, u64)], width: i64, taken: Option<(i64, i64)>) -> Option<Window> {
    let touches = |low: i64, high: i64| {
        taken.is_some_and(|(from, to)| low <= to.saturating_add(width) && high >= from.saturating_sub(width))
    };
    let mut counts: BTreeMap<u64, u32> = BTreeMap::new();
    let mut best: Option<Window> = None;
    let mut from = 0;
    for (at, &(high, key)) in differences.iter().enumerate() {
        *counts.entry(key).or_default() += 1;
        while high.saturating_sub(differences[from].0) > width {
            let gone = differences[from].1;
            if let Some(count) = counts.get_mut(&gone) {
                *count -= 1;
                if *count == 0 {
                    counts.remove(&gone);
                }
            }
            from += 1;
        }
        let is_better = best.as_ref().is_none_or(|best| counts.len() > best.support);
        if is_better && !touches(differences[from].0, high) {
            best = Some(Window { from, to: at + 1, support: counts.len() });
        }
    }
    best
}
