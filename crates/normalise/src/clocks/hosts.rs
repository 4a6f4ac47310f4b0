//! To which host a source belongs whose records name none.

use std::collections::{BTreeMap, BTreeSet};

use model::{Action, Event, HostKnown, SourceId};

use super::{
    Anchors, StatedHost,
    anchors::{Key, Sample},
    graph,
    keys::Kind,
};

/// Audit events that each of two logs must have in their common time before sharing none means two hosts.
const AUDIT_EVENTS_MIN: usize = 16;

/// Hosts of sources that name none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HostOfSource {
    by_source: BTreeMap<SourceId, (String, HostKnown)>,
}

impl HostOfSource {
    /// Whether no source gets a host.
    pub fn is_empty(&self) -> bool {
        self.by_source.is_empty()
    }

    /// The host of the events of `source` that name none.
    pub fn of(&self, source: SourceId) -> Option<(&str, HostKnown)> {
        self.by_source.get(&source).map(|(host, known)| (host.as_str(), *known))
    }
}

/// Whether an event is recorded on the host that it tells of, and not by an API of a cluster or a collector of many hosts.
pub(super) fn is_of_host(event: &Event) -> bool {
    let is_api = matches!(
        event.action,
        Action::ApiCreate | Action::ApiUpdate | Action::ApiDelete | Action::ApiRead | Action::ApiConnect
    );
    !is_api && !matches!(event.format.as_str(), "k8s_audit" | "ocsf" | "ecs")
}

impl Anchors {
    /// Finds the host of every source that names none: as a person states; else the one host with which it
    /// shares audit events, acts on containers or program starts; else, when the evidence names exactly one host
    /// and the source does not contradict it, that one.
    pub fn hosts(&self, stated: &[StatedHost], name_of: &BTreeMap<SourceId, String>) -> HostOfSource {
        let all = self.in_order();
        let named: BTreeSet<&str> = all
            .iter()
            .filter(|(_, sample)| sample.host_events > 0)
            .filter_map(|(key, _)| key.host.as_deref())
            .collect();
        let mut found = HostOfSource::default();
        let nameless: BTreeSet<SourceId> = all
            .iter()
            .filter(|(key, sample)| key.host.is_none() && sample.host_events > 0)
            .map(|(key, _)| key.source)
            .collect();
        for source in nameless {
            let word = name_of.get(&source).and_then(|name| stated.iter().rev().find(|it| it.sources.matches(name)));
            let host = match word {
                Some(word) => word.host.clone().map(|host| (host, HostKnown::Stated)),
                None => self.shared(source, &all).or_else(|| assumed(source, &all, &named)),
            };
            if let Some(host) = host {
                found.by_source.insert(source, host);
            }
        }
        found
    }

    /// The one host with which the nameless part of `source` shares what only one host can have.
    fn shared(&self, source: SourceId, all: &[(&Key, &Sample)]) -> Option<(String, HostKnown)> {
        let own = all.iter().filter(|(key, _)| key.source == source && key.host.is_none());
        let mut hosts: BTreeSet<&str> = BTreeSet::new();
        for one in own {
            let sharing = all.iter().filter(|other| other.0.host.is_some() && graph::shared(*one, **other).is_some());
            hosts.extend(sharing.filter_map(|(key, _)| key.host.as_deref()));
        }
        // Sharing with two hosts: a collector of both.
        match (hosts.pop_first(), hosts.is_empty()) {
            (Some(host), true) => Some((host.to_string(), HostKnown::Shared)),
            _ => None,
        }
    }
}

/// The only host that the evidence names, unless the source contradicts: two audit logs of one host and time
/// hold the same events.
fn assumed(source: SourceId, all: &[(&Key, &Sample)], named: &BTreeSet<&str>) -> Option<(String, HostKnown)> {
    let host = match named.len() {
        1 => named.first()?,
        _ => return None,
    };
    let own = all.iter().filter(|(key, _)| key.source == source && key.host.is_none());
    for (_, sample) in own {
        let others = all.iter().filter(|(key, _)| key.host.as_deref() == Some(host));
        if others.map(|(_, other)| other).any(|other| are_of_two_hosts(sample, other)) {
            return None;
        }
    }
    Some((host.to_string(), HostKnown::Assumed))
}

fn are_of_two_hosts(one: &Sample, other: &Sample) -> bool {
    let (Some((a, b)), Some((c, d))) = (one.span, other.span) else { return false };
    let (from, to) = (a.max(c), b.min(d));
    let within = |sample: &Sample| {
        let times = sample.of(Kind::Audit).values().flat_map(|times| times.all().first());
        times.filter(|&&time| from <= time && time <= to).count()
    };
    let shares = one.of(Kind::Audit).keys().any(|key| other.of(Kind::Audit).contains_key(key));
    !shares && within(one) >= AUDIT_EVENTS_MIN && within(other) >= AUDIT_EVENTS_MIN
}
