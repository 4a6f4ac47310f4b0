//! Adds up how completely each source could be read, and which stretches of time stay blind.

use std::collections::{BTreeMap, BTreeSet};

use model::{
    Action, BlindWindow, BlindWindowKind, Coverage, Event, EvidenceSource, FormatChoice, ProblemKind, SourceCoverage,
    Timestamp,
};
use parse::Batch;

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
    pub(crate) fn new(source: &EvidenceSource, name: String) -> Self {
        let coverage = SourceCoverage {
            source: source.id,
            name,
            format: FormatChoice::default(),
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
        };
        Self { coverage, hosts: BTreeSet::new(), blind: Vec::new() }
    }

    /// States which format was chosen.
    pub(crate) fn format(&mut self, format: FormatChoice) {
        self.coverage.format = format;
    }

    /// Takes one event.
    pub(crate) fn event(&mut self, event: &Event) {
        self.coverage.events += 1;
        self.coverage.first = Some(self.coverage.first.map_or(event.time, |first| first.min(event.time)));
        self.coverage.last = Some(self.coverage.last.map_or(event.time, |last| last.max(event.time)));
        if let Some(host) = &event.host
            && !self.hosts.contains(host)
        {
            self.hosts.insert(host.clone());
        }
    }

    /// Takes what a batch says besides its events.
    pub(crate) fn batch(&mut self, batch: &mut Batch) {
        self.coverage.records += batch.records;
        self.coverage.record_bytes += batch.record_bytes;
        self.coverage.problem_bytes += batch.problem_bytes;
        for problem in batch.problems.drain(..) {
            self.problem(problem);
        }
        self.coverage.serial_gaps.append(&mut batch.serial_gaps);
        self.coverage.drops.append(&mut batch.drops);
        self.blind.append(&mut batch.blind_windows);
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

/// Coverage of the whole case under construction.
#[derive(Default)]
pub(crate) struct Count {
    sources: Vec<SourceCount>,
    actions: BTreeMap<Option<String>, BTreeSet<Action>>,
}

impl Count {
    pub(crate) fn source(&mut self, source: SourceCount) {
        self.sources.push(source);
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
