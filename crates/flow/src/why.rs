//! Walks from an affected object back to the records that put it into the scope.

use std::collections::{BTreeMap, BTreeSet};

use model::{
    ArtefactKind, CrossingOutcome, Detection, Event, EventId, Finding, Incident, ObjectId, ObjectRef, OperationKind,
    ProcessKey, Scope, Subject, Timestamp,
};
use report::Quote;
use serde::Serialize;

use crate::{Case, Error, ErrorKind, quotes};

/// Objects that are explained at once; a shorter text names more.
const OBJECTS_MAX: usize = 50;
/// Processes between the container and the act that are told; of more, the first and the last.
const PROCESSES_MAX: usize = 32;
/// Acts on one object that are told, the first ones.
const ACTS_MAX: usize = 100;

/// Why an object is in a scope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Why {
    /// The object.
    pub object: ObjectId,
    /// In which set: `touched`, `transient`, `settings`, `exposed` or `derived`.
    pub set: &'static str,
    /// The incident.
    pub incident: String,
    /// The chain of evidence, from how the boundary was crossed to the acts on the object.
    pub steps: Vec<Step>,
}

/// One link of the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// What it says.
    #[serde(flatten)]
    pub link: Link,
    /// When.
    pub time: Timestamp,
    /// The event that shows it.
    pub event: EventId,
    /// The records that say so, with their addresses. Empty: the evidence cannot be read any more.
    pub records: Vec<Record>,
}

/// What a link of the chain says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "link", rename_all = "snake_case")]
pub enum Link {
    /// The boundary was crossed: the finding that says so.
    Crossing {
        /// The check.
        check: String,
        /// How far it got.
        outcome: CrossingOutcome,
        /// What it found.
        facts: BTreeMap<String, String>,
    },
    /// A process is hostile.
    Process {
        /// Why: see [`Subject::reason`].
        reason: String,
        /// Its task name, where recorded.
        comm: Option<model::Bytes>,
        /// Its process id.
        pid: u32,
        /// Whether that it is hostile was recorded or inferred.
        certainty: model::Certainty,
    },
    /// It did this to the object.
    Act {
        /// What.
        operation: OperationKind,
    },
    /// It read the object.
    Read,
    /// A process that is not hostile read an object that was touched.
    ReadTouched {
        /// That object, which has a chain of its own.
        touched: ObjectId,
    },
    /// It wrote this object after that.
    WroteAfter {
        /// How long after, in milliseconds.
        delay_ms: String,
    },
}

/// A record of the evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Record {
    /// The source's name.
    pub source: String,
    /// Where it stands.
    pub offset: u64,
    /// How long it is.
    pub length: u64,
    /// Its bytes, or their beginning.
    pub text: model::Bytes,
}

/// Explains the objects whose identity or path is `wanted`; without such, those whose identity contains it.
///
/// At most fifty objects are explained. Reads the stored events twice and the cited sources
/// once. Fails with [`ErrorKind::NoSuchObject`] when no scope has one, and when the stages before have not run, or when events or originals cannot be opened.
pub fn why(case: &Case, wanted: &str) -> Result<Vec<Why>, Error> {
    let scopes: Vec<Scope> = case.read(ArtefactKind::Scope)?;
    let incidents: Vec<Incident> = case.read(ArtefactKind::Incidents)?;
    let detection: Detection = case.read(ArtefactKind::Findings)?;
    let chosen = chosen(&scopes, wanted);
    if chosen.is_empty() {
        return Err(Error::new(ErrorKind::NoSuchObject, "explain an object of", case.directory()).because(wanted));
    }
    let acts: BTreeSet<EventId> =
        chosen.iter().flat_map(|affected| affected.acts.iter().map(|(.., event)| *event)).collect();
    let processes = processes(case, &acts)?;
    let mut all: Vec<Why> = chosen
        .into_iter()
        .filter_map(|affected| {
            let incident = incidents.iter().find(|incident| incident.id == affected.incident)?;
            Some(chain(affected, incident, &detection.findings, &processes))
        })
        .collect();
    let cited = all.iter().flat_map(|why| why.steps.iter().map(|step| step.event)).collect();
    let quoted = quotes::quotes(case, &cited)?;
    for step in all.iter_mut().flat_map(|why| &mut why.steps) {
        step.records = quoted.get(&step.event).into_iter().flatten().map(record).collect();
    }
    Ok(all)
}

fn record(quote: &Quote) -> Record {
    Record {
        source: quote.source_name.clone(),
        offset: quote.address.offset,
        length: quote.address.length,
        text: quote.text.clone(),
    }
}

/// An object of a scope with the acts that put it there.
struct Affected<'a> {
    set: &'static str,
    incident: &'a str,
    object: &'a ObjectRef,
    acts: Vec<(Link, Timestamp, EventId)>,
}

fn chosen<'a>(scopes: &'a [Scope], wanted: &str) -> Vec<Affected<'a>> {
    let all: Vec<Affected<'a>> = scopes.iter().flat_map(affected).collect();
    let is_it = |object: &ObjectRef| {
        object.id.0 == wanted || object.host_path.as_ref().is_some_and(|path| path.path.as_bytes() == wanted.as_bytes())
    };
    let is_named = all.iter().any(|affected| is_it(affected.object));
    all.into_iter()
        .filter(|affected| if is_named { is_it(affected.object) } else { affected.object.id.0.contains(wanted) })
        .take(OBJECTS_MAX)
        .collect()
}

fn affected(scope: &Scope) -> Vec<Affected<'_>> {
    let incident = scope.incident.as_str();
    let lists = [("touched", &scope.touched), ("transient", &scope.transient), ("settings", &scope.settings)];
    let changed = lists.into_iter().flat_map(|(set, objects)| {
        objects.iter().map(move |touched| {
            let acts = touched.operations.iter().take(ACTS_MAX);
            let acts = acts.map(|act| (Link::Act { operation: act.kind }, act.time, act.event)).collect();
            Affected { set, incident, object: &touched.object, acts }
        })
    });
    let exposed = scope.exposed.iter().map(|exposed| {
        let acts = exposed.events.iter().take(ACTS_MAX).map(|event| (Link::Read, exposed.first_act, *event)).collect();
        Affected { set: "exposed", incident, object: &exposed.object, acts }
    });
    let derived = scope.derived.iter().map(|derived| {
        let delay_ms = derived.facts.get("delay_ms").cloned().unwrap_or_default();
        let links = [Link::ReadTouched { touched: derived.from.clone() }, Link::WroteAfter { delay_ms }];
        let acts = links.into_iter().zip(&derived.events).map(|(link, event)| (link, Timestamp::default(), *event));
        Affected { set: "derived", incident, object: &derived.object, acts: acts.collect() }
    });
    changed.chain(exposed).chain(derived).collect()
}

/// Time and process of these events.
fn processes(
    case: &Case,
    wanted: &BTreeSet<EventId>,
) -> Result<BTreeMap<EventId, (Timestamp, Option<ProcessKey>)>, Error> {
    let mut found = BTreeMap::new();
    if wanted.is_empty() {
        return Ok(found);
    }
    for event in store::read_partitions(case.directory())? {
        let event: Event = event?;
        if wanted.contains(&event.id) {
            found.insert(event.id, (event.time, event.process));
        }
    }
    Ok(found)
}

fn chain(
    affected: Affected<'_>,
    incident: &Incident,
    findings: &[Finding],
    processes: &BTreeMap<EventId, (Timestamp, Option<ProcessKey>)>,
) -> Why {
    let mut steps = Vec::new();
    let actors: BTreeSet<&ProcessKey> =
        affected.acts.iter().filter_map(|(.., event)| processes.get(event)?.1.as_ref()).collect();
    let hostile = lineage(&actors, incident);
    let until = affected.acts.iter().filter_map(|(.., event)| processes.get(event)).map(|(time, _)| *time).max();
    steps.extend(crossings(incident, findings, &hostile, until));
    steps.extend(hostile.into_iter().map(|subject| Step {
        link: Link::Process {
            reason: subject.reason.clone(),
            comm: subject.comm.clone(),
            pid: subject.process.pid,
            certainty: subject.certainty,
        },
        time: subject.since,
        event: subject.event,
        records: Vec::new(),
    }));
    for (link, stated, event) in affected.acts {
        let time = processes.get(&event).map_or(stated, |(time, _)| *time);
        steps.push(Step { link, time, event, records: Vec::new() });
    }
    Why { object: affected.object.id.clone(), set: affected.set, incident: affected.incident.to_string(), steps }
}

/// The hostile processes among these and those that they descend from, in order of appearance.
fn lineage<'a>(actors: &BTreeSet<&ProcessKey>, incident: &'a Incident) -> Vec<&'a Subject> {
    let subjects: BTreeMap<&ProcessKey, &Subject> =
        incident.subjects.iter().map(|subject| (&subject.process, subject)).collect();
    let mut found: BTreeMap<(Timestamp, &ProcessKey), &Subject> = BTreeMap::new();
    for actor in actors {
        let mut next = subjects.get(*actor).copied();
        while let Some(subject) = next {
            if found.insert((subject.since, &subject.process), subject).is_some() {
                break;
            }
            // One that is hostile by itself needs no parent to be so.
            let inherits = subject.reason == "descendant";
            next = subject.parent.as_ref().filter(|_| inherits).and_then(|parent| subjects.get(parent).copied());
        }
    }
    let mut all: Vec<&Subject> = found.into_values().collect();
    if all.len() > PROCESSES_MAX {
        all.drain(PROCESSES_MAX / 2..all.len() - PROCESSES_MAX / 2);
    }
    all
}

/// The findings by which these processes came out: the first crossing of the incident, and the one that cites the first of
/// the processes, where that is another (the program that the kernel started after a setting was changed). Of crossings
/// at one time the one that got further.
fn crossings(
    incident: &Incident,
    findings: &[Finding],
    hostile: &[&Subject],
    until: Option<Timestamp>,
) -> impl Iterator<Item = Step> {
    let own: BTreeSet<&str> = incident.findings.iter().map(String::as_str).collect();
    let mut all: Vec<(&Finding, CrossingOutcome)> = findings
        .iter()
        .filter(|finding| own.contains(finding.id.as_str()) && until.is_none_or(|until| finding.time <= until))
        .filter_map(|finding| Some((finding, finding.crossing?)))
        .collect();
    all.sort_by_key(|(finding, outcome)| (finding.time, std::cmp::Reverse(*outcome), &finding.id));
    let first = all.first().copied();
    let root = hostile.first();
    let cites = |finding: &Finding| root.is_some_and(|subject| finding.events.contains(&subject.event));
    // A finding that begins with the process is about it; one that goes on to it tells of what led there.
    let begins = |finding: &Finding| root.is_some_and(|subject| finding.events.first() == Some(&subject.event));
    let citing = all.iter().find(|(finding, _)| begins(finding)).or(all.iter().find(|(finding, _)| cites(finding)));
    let citing = citing.copied();
    let both = first.into_iter().chain(citing.filter(|citing| Some(&citing.0.id) != first.map(|first| &first.0.id)));
    let steps: Vec<Step> = both
        .filter_map(|(finding, outcome)| {
            let link = Link::Crossing { check: finding.check.clone(), outcome, facts: finding.facts.clone() };
            Some(Step { link, time: finding.time, event: *finding.events.first()?, records: Vec::new() })
        })
        .collect();
    steps.into_iter()
}
