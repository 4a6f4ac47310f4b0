//! Adds up how completely each source could be read, and which stretches of time stay blind.

use std::collections::{BTreeMap, BTreeSet};

use model::{
    Action, BlindWindow, BlindWindowKind, Coverage, Event, EvidenceItem, EvidenceSource, FormatChoice, KnownContainer,
    ProblemKind, SourceCoverage, SourceId, Timestamp,
};
use normalise::{
    Forgotten, Lanes,
    clocks::{Anchors, Labels, StatedClock, StatedHost},
};
use parse::Batch;

use crate::{
    holes::{self, Holes},
    runtime_state::RuntimeState,
    silences,
};

/// Most problems that are listed with their addresses per source; all are counted.
const PROBLEMS_LISTED: usize = 1_000;

/// Classes of events without which a conclusion cannot be drawn, by the key of their text.
const CLASSES: &[(&str, &[Action])] = &[
    ("program_starts", &[Action::ProcessExec]),
    (
        "file_changes",
        &[Action::FileWrite, Action::FileCreate, Action::FileRename, Action::FileDelete, Action::FileMetadata],
    ),
    ("file_reads", &[Action::FileRead]),
    ("namespaces_and_mounts", &[Action::NamespaceEnter, Action::MountAttach, Action::NamespaceCreate]),
    ("runtime_sockets", &[Action::SocketConnect]),
];

/// Coverage of one source under construction.
pub(crate) struct SourceCount {
    coverage: SourceCoverage,
    hosts: BTreeSet<String>,
    blind: Vec<BlindWindow>,
}

impl SourceCount {
    fn new(source: &EvidenceSource, name: &str, format: FormatChoice) -> Self {
        let coverage = empty(source.id, name, format);
        Self { coverage, hosts: BTreeSet::new(), blind: Vec::new() }
    }

    /// Takes what a part of its events says.
    fn said(&mut self, said: Said) {
        self.coverage.events += said.events;
        self.coverage.first = self.coverage.first.into_iter().chain(said.first).min();
        self.coverage.last = self.coverage.last.max(said.last);
        self.hosts.extend(said.hosts);
    }

    /// Notes that no format recognised the source: all its bytes are a problem.
    pub(crate) fn unknown(&mut self, source: &EvidenceSource) {
        self.coverage.problem_bytes = source.size;
        self.problem(model::Problem {
            kind: model::ProblemKind::UnknownFormat,
            address: model::Address { source: source.id, offset: 0, length: source.size },
            text: "the content is of no known log format".to_string(),
        });
    }

    /// Takes one problem.
    pub(crate) fn problem(&mut self, problem: model::Problem) {
        *self.coverage.problems.entry(problem.kind).or_default() += 1;
        if self.coverage.problem_list.len() < PROBLEMS_LISTED {
            self.coverage.problem_list.push(problem);
        }
    }
}

/// Coverage of a source of which nothing is read yet.
pub(crate) fn empty(source: SourceId, name: &str, format: FormatChoice) -> SourceCoverage {
    SourceCoverage {
        source,
        name: name.to_string(),
        format,
        hosts: Vec::new(),
        first: None,
        last: None,
        records: 0,
        events: 0,
        record_bytes: 0,
        problem_bytes: 0,
        problems: BTreeMap::new(),
        problem_list: Vec::new(),
        serial_gaps: Vec::new(),
        drops: Vec::new(),
        joined: 0,
        unmapped: BTreeMap::new(),
        lanes: Vec::new(),
        clocks: Vec::new(),
    }
}

/// What some events say about their sources; made by each worker for its own.
#[derive(Default)]
pub(crate) struct Tally {
    sources: BTreeMap<SourceId, Said>,
    anchors: Anchors,
}

/// What the events of one source say.
#[derive(Default)]
struct Said {
    events: u64,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
    hosts: BTreeSet<String>,
}

impl Tally {
    /// Takes one event.
    pub(crate) fn draft(&mut self, event: &Event) {
        self.anchors.event(event);
        let Some(source) = event.addresses.first().map(|address| address.source) else { return };
        let said = self.sources.entry(source).or_default();
        said.events += 1;
        said.first = Some(said.first.map_or(event.time, |first| first.min(event.time)));
        said.last = said.last.max(Some(event.time));
        if let Some(host) = event.host.as_ref().filter(|host| !said.hosts.contains(*host)) {
            said.hosts.insert(host.clone());
        }
    }
}

/// Coverage of the whole case under construction.
#[derive(Default)]
pub(crate) struct Count {
    sources: Vec<SourceCount>,
    anchors: Anchors,
    lanes: Lanes,
    actions: BTreeMap<Option<String>, BTreeSet<Action>>,
    state: RuntimeState,
    holes: Holes,
    forgotten: Forgotten,
}

impl Count {
    /// The containers that state files describe. What hosts there are is known once everything is read.
    pub(crate) fn containers(&self, items: &[EvidenceItem]) -> Vec<KnownContainer> {
        let hosts: BTreeSet<&String> = self.sources.iter().flat_map(|source| &source.hosts).collect();
        let hosts: Vec<String> = hosts.into_iter().cloned().collect();
        self.state.containers(items, &hosts)
    }

    /// Begins a source and returns its place.
    pub(crate) fn begin(&mut self, source: &EvidenceSource, name: String, format: FormatChoice) -> usize {
        self.sources.push(SourceCount::new(source, &name, format));
        self.sources.len() - 1
    }

    /// The source at that place.
    pub(crate) fn source(&mut self, at: usize) -> &mut SourceCount {
        &mut self.sources[at]
    }

    /// Takes what the events say that were drafted while the source at `current` was read.
    pub(crate) fn tally(&mut self, tally: Tally, current: usize) {
        self.anchors.join(tally.anchors);
        for (source, said) in tally.sources {
            let at = self.place_of(source, current);
            self.sources[at].said(said);
        }
    }

    /// Takes how many events of each source were copies of events in others.
    pub(crate) fn joined(&mut self, joined: &BTreeMap<SourceId, u64>) {
        for source in &mut self.sources {
            source.coverage.joined = joined.get(&source.coverage.source).copied().unwrap_or(0);
        }
    }

    /// Takes what had no room in memory.
    pub(crate) fn forgotten(&mut self, forgotten: Forgotten) {
        self.forgotten = forgotten;
    }

    /// Takes what a batch says besides its events. What has an address goes to that source: an event
    /// that rotation cut in two begins in the one before.
    pub(crate) fn batch(&mut self, batch: Batch, current: usize) {
        self.state.keep(current, batch.state);
        let coverage = &mut self.sources[current].coverage;
        coverage.records += batch.records;
        coverage.record_bytes += batch.record_bytes;
        coverage.problem_bytes += batch.problem_bytes;
        for (field, count) in batch.unmapped.fields {
            *coverage.unmapped.entry(field).or_default() += count;
        }
        self.sources[current].blind.extend(batch.blind_windows);
        for problem in batch.problems {
            let at = self.place_of(problem.address.source, current);
            self.sources[at].problem(problem);
        }
        for gap in batch.serial_gaps {
            let at = self.place_of(gap.address.source, current);
            self.sources[at].coverage.serial_gaps.push(gap);
        }
        for drop in batch.drops {
            let at = self.place_of(drop.address.source, current);
            self.sources[at].coverage.drops.push(drop);
        }
    }

    /// The source that an address stands in: the current one, or one read shortly before.
    fn place_of(&self, id: SourceId, current: usize) -> usize {
        if self.sources[current].coverage.source == id {
            return current;
        }
        self.sources[..current].iter().rposition(|source| source.coverage.source == id).unwrap_or(current)
    }

    /// Puts a problem of an archive or compressed stream beside the source it stands in.
    pub(crate) fn intake_problem(&mut self, problem: &model::Problem, has_sources: bool) {
        let here = self.sources.iter().rposition(|source| source.coverage.source == problem.address.source);
        // What is wrong with an archive as a whole stands beside its last source: there the rest would follow.
        let here = here.or(self.sources.len().checked_sub(1).filter(|_| has_sources));
        if let Some(source) = here.and_then(|at| self.sources.get_mut(at)) {
            source.problem(problem.clone());
        }
    }

    /// The names of the sources that have begun.
    pub(crate) fn names(&self) -> BTreeMap<SourceId, String> {
        self.sources.iter().map(|it| (it.coverage.source, it.coverage.name.clone())).collect()
    }

    /// What has to be changed in the drafts: times by their clocks, hosts where they name none.
    pub(crate) fn labels(&mut self, clocks: &[StatedClock], hosts: &[StatedHost]) -> Labels {
        let names = self.names();
        let labels = Labels::new(self.anchors.estimate(clocks, &names), self.anchors.hosts(hosts, &names));
        self.holes = Holes::of(self.sources.iter().map(|source| &source.coverage), &labels);
        labels
    }

    /// Notes when the event's sources and host are seen, and which classes of events the host records.
    pub(crate) fn event(&mut self, event: &Event) {
        self.lanes.event(event);
        if !holes::is_audit(event) {
            return;
        }
        self.holes.event(event);
        match self.actions.get_mut(&event.host) {
            Some(actions) => {
                actions.insert(event.action);
            }
            None => {
                self.actions.insert(event.host.clone(), BTreeSet::from([event.action]));
            }
        }
    }

    /// The coverage, with the blind windows that follow from gaps, drops, silences and classes never recorded.
    pub(crate) fn coverage(self, labels: &Labels) -> Coverage {
        let names = self.names();
        let mut coverage = Coverage::default();
        let mut lanes = self.lanes.finish(|source| labels.host_of(source));
        for mut source in self.sources {
            let found = &mut source.coverage;
            found.lanes = lanes.remove(&found.source).unwrap_or_default();
            found.clocks = labels.clocks().of_source(found.source, &names);
            found.hosts = source.hosts.into_iter().collect();
            if !found.lanes.is_empty() {
                found.first = found.lanes.iter().map(|lane| lane.first).min();
                found.last = found.lanes.iter().map(|lane| lane.last).max();
            }
            correct(found, labels);
            let mut windows = source.blind;
            windows.iter_mut().for_each(|window| labels.apply_to_window(window));
            windows.extend(of_losses(found, &self.holes));
            windows.extend(broken_off(found));
            coverage.blind_windows.extend(windows);
            coverage.sources.push(source.coverage);
        }
        for (host, actions) in &self.actions {
            for (class, members) in CLASSES {
                if !members.iter().any(|action| actions.contains(action)) {
                    coverage.blind_windows.push(not_recorded(host.clone(), class));
                }
            }
        }
        coverage.blind_windows.extend(not_followed(self.forgotten));
        let silent = silences::windows(&coverage.sources);
        coverage.blind_windows.extend(silent);
        coverage.blind_windows.sort_by(|a, b| (order(a), a.to).cmp(&(order(b), b.to)));
        coverage.blind_windows.dedup_by(is_copy);
        coverage
    }
}

fn not_followed(forgotten: Forgotten) -> Option<BlindWindow> {
    let Forgotten { events_of_hosts, processes, places, containers } = forgotten;
    let counts = [("hosts", events_of_hosts), ("processes", processes), ("places", places), ("containers", containers)];
    counts.iter().any(|(_, count)| *count > 0).then(|| BlindWindow {
        kind: BlindWindowKind::NotFollowed,
        host: None,
        from: None,
        to: None,
        facts: counts.map(|(name, count)| (name.to_string(), count.to_string())).into(),
        addresses: Vec::new(),
    })
}

/// Puts what recorders said of their own losses into corrected time.
fn correct(source: &mut SourceCoverage, labels: &Labels) {
    let id = source.source;
    for gap in &mut source.serial_gaps {
        gap.from = labels.corrected(id, gap.host.as_deref(), gap.from);
        gap.to = labels.corrected(id, gap.host.as_deref(), gap.to);
        if gap.host.is_none() {
            gap.host = labels.host_of(id).map(|(host, _)| host.to_string());
        }
    }
    let host = source.hosts.first().cloned().filter(|_| source.hosts.len() == 1);
    for drop in &mut source.drops {
        drop.time = labels.corrected(id, host.as_deref(), drop.time);
    }
}

/// The blind windows of serial gaps, as far as no other source fills them, and of declared drops.
fn of_losses(source: &SourceCoverage, holes: &Holes) -> Vec<BlindWindow> {
    let missing = |count: u64| ("missing".to_string(), count.to_string());
    let gaps = source.serial_gaps.iter().filter_map(|gap| {
        let lost = holes.still_missing(&gap.host, source.source, gap);
        (lost > 0).then(|| BlindWindow {
            kind: BlindWindowKind::SerialGap,
            host: gap.host.clone(),
            from: Some(gap.from),
            to: Some(gap.to),
            facts: BTreeMap::from([missing(lost)]),
            addresses: vec![gap.address],
        })
    });
    let drops = source.drops.iter().map(|drop| BlindWindow {
        kind: BlindWindowKind::DeclaredDrop,
        host: only_host(source),
        from: None,
        to: Some(drop.time),
        facts: drop.count.map(missing).into_iter().collect(),
        addresses: vec![drop.address],
    });
    gaps.chain(drops).collect()
}

/// The host of a source that is of one only.
fn only_host(source: &SourceCoverage) -> Option<String> {
    let mut hosts: BTreeSet<&String> = source.hosts.iter().collect();
    hosts.extend(source.lanes.iter().filter_map(|lane| lane.host.as_ref()));
    hosts.first().copied().cloned().filter(|_| hosts.len() == 1)
}

/// A source that ends before its end: what would have followed is not known.
fn broken_off(source: &SourceCoverage) -> Option<BlindWindow> {
    let is_end =
        |kind: ProblemKind| matches!(kind, ProblemKind::Truncated | ProblemKind::Bound | ProblemKind::Unreadable);
    let addresses: Vec<_> = source.problem_list.iter().filter(|it| is_end(it.kind)).map(|it| it.address).collect();
    if addresses.is_empty() {
        return None;
    }
    Some(BlindWindow {
        kind: BlindWindowKind::Unreadable,
        host: only_host(source),
        from: source.last,
        to: None,
        facts: BTreeMap::from([("source".to_string(), source.name.clone())]),
        addresses,
    })
}

/// Whether another copy of one log says the same; the kept one then cites both.
fn is_copy(copy: &mut BlindWindow, kept: &mut BlindWindow) -> bool {
    let is_same = order(copy) == order(kept) && copy.to == kept.to && !copy.addresses.is_empty();
    // Two losses in one log at one time are two.
    let cited = |address: &model::Address| kept.addresses.iter().any(|other| other.source == address.source);
    let is_other_log = is_same && !copy.addresses.iter().any(cited);
    if is_other_log {
        kept.addresses.append(&mut copy.addresses);
    }
    is_other_log
}

fn order(window: &BlindWindow) -> (Option<Timestamp>, BlindWindowKind, &Option<String>, &BTreeMap<String, String>) {
    (window.from, window.kind, &window.host, &window.facts)
}

fn not_recorded(host: Option<String>, class: &str) -> BlindWindow {
    BlindWindow {
        kind: BlindWindowKind::NotRecorded,
        host,
        from: None,
        to: None,
        facts: BTreeMap::from([("class".to_string(), class.to_string())]),
        addresses: Vec::new(),
    }
}
