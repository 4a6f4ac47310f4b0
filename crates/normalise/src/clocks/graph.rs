//! From differences between clocks to the offset of each from one reference.

use std::collections::BTreeMap;

use model::{ClockKnown, SourceId, TimeBasis, Timestamp};

use super::{
    Anchors, StatedClock,
    anchors::{Key, Sample},
    corrections::{Clock, Clocks},
    keys::Kind,
    offset::{self, Offset},
    split::{self, UNKNOWN_ZONE_NS},
};

/// A boot record is written when services start: up to this much after the clock of the boot began.
const BOOT_RECORD_ERROR_NS: i64 = 120_000_000_000;
/// Boot records of one boot lie this close together.
const ONE_BOOT_NS: i64 = 300_000_000_000;

/// One clock among the others.
struct Node<'a> {
    key: &'a Key,
    sample: &'a Sample,
    /// What a person states of it.
    stated: Option<i64>,
}

/// A way to a reference: offset and error so far.
#[derive(Clone, Copy)]
struct Reached {
    offset_ns: i64,
    error_ns: i64,
    shared: u64,
    root: usize,
}

impl Anchors {
    /// Estimates every clock. `name_of` gives the names by which `stated` means sources.
    pub fn estimate(&self, stated: &[StatedClock], name_of: &BTreeMap<SourceId, String>) -> Clocks {
        let all = self.in_order();
        let nodes: Vec<Node<'_>> = all
            .iter()
            .map(|&(key, sample)| Node { key, sample, stated: stated_offset(key, stated, name_of, &all) })
            .collect();
        let edges = edges(&nodes);
        let mut reached: Vec<Option<Reached>> = vec![None; nodes.len()];
        for (at, node) in nodes.iter().enumerate() {
            let start = |offset_ns| Reached { offset_ns, error_ns: node.sample.precision_ns, shared: 0, root: at };
            reached[at] = node.stated.map(start);
        }
        let is_stated: Vec<bool> = reached.iter().map(Option::is_some).collect();
        // Clocks in UTC first: a stated zone is only as good as a second or so.
        let utc_stated = (0..nodes.len()).filter(|&at| is_stated[at] && nodes[at].key.basis == TimeBasis::Utc);
        spread(utc_stated.collect(), &edges, &mut reached);
        for at in references(&nodes) {
            if reached[at].is_none() && edges.iter().any(|edge| edge.0 == at) {
                reached[at] = Some(Reached { offset_ns: 0, error_ns: 0, shared: 0, root: at });
                spread(vec![at], &edges, &mut reached);
            }
        }
        spread((0..nodes.len()).filter(|&at| is_stated[at]).collect(), &edges, &mut reached);
        // A clock of which only carried records tell stamps no event itself.
        let own = nodes.iter().enumerate().filter(|(_, node)| node.sample.events > 0);
        let clocks = own.map(|(at, node)| {
            let clock = match reached[at] {
                Some(way) if is_stated[at] => known(node, way, ClockKnown::Stated, None),
                Some(way) if way.root == at => known(node, way, ClockKnown::Reference, None),
                Some(way) if is_far_fetched(node, way) => unknown(node),
                Some(way) => known(node, way, ClockKnown::Shared, Some(nodes[way.root].key.source)),
                None => boot_by_record(node, &nodes, &reached).unwrap_or_else(|| unknown(node)),
            };
            (node.key.clone(), clock)
        });
        Clocks::new(clocks.collect(), self.are_beyond_bound())
    }
}

/// The offset that a person states of a clock. The last statement that means it counts, as on a command line.
fn stated_offset(
    key: &Key,
    stated: &[StatedClock],
    name_of: &BTreeMap<SourceId, String>,
    all: &[(&Key, &Sample)],
) -> Option<i64> {
    let name = name_of.get(&key.source)?;
    let stated = stated.iter().rev().find(|stated| stated.sources.matches(name))?;
    match key.basis {
        TimeBasis::Boot => Some(stated.boot?.0.saturating_neg()),
        TimeBasis::Local => Some(minutes(stated.zone_minutes?).saturating_add(stated.skew_ns)),
        // A zone is meant for the times without one; records with their own zone keep it, unless there are no others.
        TimeBasis::Utc => {
            let has_local = all.iter().any(|(other, _)| other.source == key.source && other.basis == TimeBasis::Local);
            let zone = if has_local { 0 } else { minutes(stated.zone_minutes.unwrap_or(0)) };
            let offset = zone.saturating_add(stated.skew_ns);
            (offset != 0 || (stated.zone_minutes.is_some() && !has_local)).then_some(offset)
        }
        TimeBasis::Unknown => None,
    }
}

fn minutes(minutes: i32) -> i64 {
    i64::from(minutes) * 60_000_000_000
}

/// Two recorders in UTC on one host read one clock; what looks like more than this apart are like programs with like
/// pids on two hosts, as after two machines made of one image boot.
const LIKE_HOSTS_NS: i64 = 60_000_000_000;

/// How far `one` is ahead of `other`, if they can be of one host and share events.
pub(super) fn shared(one: (&Key, &Sample), other: (&Key, &Sample)) -> Option<Offset> {
    let is_named_alike = one.0.host.is_some() && one.0.host == other.0.host;
    if one.0.host.is_some() && other.0.host.is_some() && !is_named_alike {
        return None;
    }
    let are_utc = one.0.basis == TimeBasis::Utc && other.0.basis == TimeBasis::Utc;
    let by_chance = |offset: &Offset| {
        let is_weak = matches!(offset.kind, Kind::Exec | Kind::Message);
        is_weak && are_utc && !is_named_alike && offset.ns.saturating_abs() > LIKE_HOSTS_NS
    };
    offset::between(one.1, other.1).filter(|offset| !by_chance(offset))
}

/// All differences, in both directions, in order.
fn edges(nodes: &[Node<'_>]) -> Vec<(usize, usize, Offset)> {
    let mut edges = Vec::new();
    for (a, one) in nodes.iter().enumerate() {
        for (b, other) in nodes.iter().enumerate().skip(a + 1) {
            if let Some(offset) = shared((one.key, one.sample), (other.key, other.sample)) {
                edges.push((a, b, offset));
                edges.push((b, a, offset.reversed()));
            }
        }
    }
    edges
}

/// Clocks in UTC, the best recorders first, among equals those with most events.
fn references(nodes: &[Node<'_>]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..nodes.len()).filter(|&at| nodes[at].key.basis == TimeBasis::Utc).collect();
    order.sort_by_key(|&at| (nodes[at].sample.rank, std::cmp::Reverse(nodes[at].sample.events), at));
    order
}

/// Goes from the roots to every clock that is not reached yet, always over the smallest error.
fn spread(roots: Vec<usize>, edges: &[(usize, usize, Offset)], reached: &mut [Option<Reached>]) {
    let mut out = BTreeMap::<usize, Vec<(usize, Offset)>>::new();
    for &(from, to, offset) in edges {
        out.entry(from).or_default().push((to, offset));
    }
    let mut waiting: std::collections::BTreeSet<(i64, usize, usize)> = std::collections::BTreeSet::new();
    let mut ways: BTreeMap<(usize, usize), Reached> = BTreeMap::new();
    let look = |at: usize,
                way: Reached,
                reached: &[Option<Reached>],
                waiting: &mut std::collections::BTreeSet<_>,
                ways: &mut BTreeMap<_, _>| {
        for &(to, offset) in out.get(&at).into_iter().flatten() {
            if reached[to].is_none() {
                // `offset` says how far `at` is ahead of `to`.
                let error_ns = way.error_ns.saturating_add(offset.error_ns);
                let offset_ns = way.offset_ns.saturating_sub(offset.ns);
                waiting.insert((error_ns, to, at));
                ways.insert((to, at), Reached { offset_ns, error_ns, shared: offset.shared, root: way.root });
            }
        }
    };
    for root in roots {
        if let Some(way) = reached[root] {
            look(root, way, reached, &mut waiting, &mut ways);
        }
    }
    while let Some((_, to, from)) = waiting.pop_first() {
        if reached[to].is_none()
            && let Some(way) = ways.get(&(to, from)).copied()
        {
            reached[to] = Some(way);
            look(to, way, reached, &mut waiting, &mut ways);
        }
    }
}

/// Whether few shared events say that a clock is off by days or years: one record that was copied or made up later
/// would move all others.
fn is_far_fetched(node: &Node<'_>, way: Reached) -> bool {
    const SHARED_MIN: u64 = 3;
    const DAY_NS: i64 = 86_400_000_000_000;
    node.key.basis != TimeBasis::Boot && way.shared < SHARED_MIN && way.offset_ns.saturating_abs() > DAY_NS
}

fn known(node: &Node<'_>, way: Reached, known: ClockKnown, reference: Option<SourceId>) -> Clock {
    let mut clock = Clock::untouched(known);
    clock.error_ns = Some(way.error_ns);
    (clock.reference, clock.shared) = (reference, way.shared);
    let settle = |skew_ns: i64| if known == ClockKnown::Shared && skew_ns.abs() <= way.error_ns { 0 } else { skew_ns };
    match node.key.basis {
        TimeBasis::Boot => {
            clock.offset_ns = way.offset_ns;
            clock.boot = Some(Timestamp(way.offset_ns.saturating_neg()));
        }
        TimeBasis::Local => {
            let parts = split::parts(way.offset_ns);
            let skew_ns = settle(parts.skew_ns);
            clock.offset_ns = way.offset_ns.saturating_sub(parts.skew_ns).saturating_add(skew_ns);
            (clock.zone_minutes, clock.years, clock.skew_ns) = (Some(parts.zone_minutes), parts.years, Some(skew_ns));
        }
        TimeBasis::Utc | TimeBasis::Unknown => {
            clock.offset_ns = settle(way.offset_ns);
            clock.skew_ns = Some(clock.offset_ns);
        }
    }
    clock
}

fn unknown(node: &Node<'_>) -> Clock {
    let mut clock = Clock::untouched(ClockKnown::NotShared);
    clock.error_ns = (node.key.basis == TimeBasis::Local).then_some(UNKNOWN_ZONE_NS);
    clock
}

/// A clock that counts from boot, on a host of which exactly one boot is recorded.
fn boot_by_record(node: &Node<'_>, nodes: &[Node<'_>], reached: &[Option<Reached>]) -> Option<Clock> {
    if node.key.basis != TimeBasis::Boot {
        return None;
    }
    let mut boots: Vec<i64> = Vec::new();
    for (other, way) in nodes.iter().zip(reached) {
        let is_same = other.key.host == node.key.host && other.key.basis == TimeBasis::Utc;
        let offset_ns = way.map_or(0, |way| way.offset_ns);
        boots.extend(other.sample.boots.iter().filter(|_| is_same).map(|boot| boot.0.saturating_sub(offset_ns)));
    }
    let (first, last) = (*boots.iter().min()?, *boots.iter().max()?);
    if last.saturating_sub(first) > ONE_BOOT_NS {
        return None;
    }
    let mut clock = Clock::untouched(ClockKnown::Shared);
    clock.offset_ns = first.saturating_neg();
    clock.boot = Some(Timestamp(first));
    (clock.error_ns, clock.shared) = (Some(BOOT_RECORD_ERROR_NS), 1);
    Some(clock)
}

#[cfg(test)]
mod tests;
