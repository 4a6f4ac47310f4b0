//! Adds up how completely each source could be read, and which stretches of time stay blind.

use std::collections::{BTreeMap, BTreeSet};

use model::{
    Action, BlindWindow, BlindWindowKind, Coverage, Event, EvidenceItem, EvidenceSource, FormatChoice, KnownContainer,
    ProblemKind, SourceCoverage, SourceId, Timestamp,
};
use parse::Batch;

use crate::runtime_state::RuntimeState;

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
    fn new(source: &EvidenceSource, name: String, format: FormatChoice) -> Self {
        let coverage = SourceCoverage {
            source: source.id,
            name,
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
        };
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

/// What some events say about their sources; made by each worker for its own.
#[derive(Default)]
pub(crate) struct Tally {
    sources: BTreeMap<SourceId, Said>,
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
    actions: BTreeMap<Option<String>, BTreeSet<Action>>,
    state: RuntimeState,
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
        self.sources.push(SourceCount::new(source, name, format));
        self.sources.len() - 1
    }

    /// The source at that place.
    pub(crate) fn source(&mut self, at: usize) -> &mut SourceCount {
        &mut self.sources[at]
    }

    /// Takes what the events say that were drafted while the source at `current` was read.
    pub(crate) fn tally(&mut self, tally: Tally, current: usize) {
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

    /// Notes which classes of events the host records.
    pub(crate) fn event(&mut self, event: &Event) {
        if event.format != "auditd" {
            return;
        }
        match self.actions.get_mut(&event.host) {
            Some(actions) => {
                actions.insert(event.action);
            }
            None => {
                self.actions.insert(event.host.clone(), BTreeSet::from([event.action]));
            }
        }
    }

    /// The coverage, with the blind windows that follow from gaps, drops and classes never recorded.
    pub(crate) fn coverage(self) -> Coverage {
        let mut coverage = Coverage::default();
        for mut source in self.sources {
            source.coverage.hosts = source.hosts.into_iter().collect();
            coverage.blind_windows.extend(source.blind);
            coverage.blind_windows.extend(source.coverage.serial_gaps.iter().map(|gap| BlindWindow {
                kind: BlindWindowKind::SerialGap,
                host: gap.host.clone(),
                from: Some(gap.from),
                to: Some(gap.to),
                facts: BTreeMap::from([("missing".to_string(), gap.missing.to_string())]),
                addresses: vec![gap.address],
            }));
            coverage.blind_windows.extend(source.coverage.drops.iter().map(|drop| BlindWindow {
                kind: BlindWindowKind::DeclaredDrop,
                host: source.coverage.hosts.first().cloned().filter(|_| source.coverage.hosts.len() == 1),
                from: None,
                to: Some(drop.time),
                facts: drop.count.map(|count| ("missing".to_string(), count.to_string())).into_iter().collect(),
                addresses: vec![drop.address],
            }));
            coverage.blind_windows.extend(broken_off(&source.coverage));
            coverage.sources.push(source.coverage);
        }
        for (host, actions) in &self.actions {
            for (class, members) in CLASSES {
                if !members.iter().any(|action| actions.contains(action)) {
                    coverage.blind_windows.push(not_recorded(host.clone(), class));
                }
            }
        }
        coverage.blind_windows.sort_by(|a, b| order(a).cmp(&order(b)));
        coverage
    }
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
        host: source.hosts.first().cloned().filter(|_| source.hosts.len() == 1),
        from: source.last,
        to: None,
        facts: BTreeMap::from([("source".to_string(), source.name.clone())]),
        addresses,
    })
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
