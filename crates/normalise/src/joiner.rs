//! Joins copies of one event that several sources hold: the audit log and the journal that carries it, a file and
//! its forwarded copy. They are one event with several addresses, counted once.
//!
//! Copies have the very same time, because each recorder stamps an event once. Two equal events of *one* source
//! are two events: a line that stands there twice happened twice.

use std::collections::{BTreeMap, HashMap};

use model::{CARRIED_BY, Event, Facts, SourceId, Timestamp};

/// Events of one time that are held to be compared; a log whose clock stands still must not fill the memory.
const GROUP_EVENTS_MAX: usize = 4_096;

/// Facts that say how an event came here, not what happened.
const OF_THE_COPY: &[&str] = &[CARRIED_BY, "carrier_time", "carrier_unit"];

/// The fold: takes events in [`Event::order`], gives each occurrence once, in the same order.
#[derive(Default)]
pub struct Joiner {
    group: Vec<Event>,
    time: Option<Timestamp>,
    /// How many events of each source were joined to a copy in another.
    pub joined: BTreeMap<SourceId, u64>,
}

impl Joiner {
    /// Takes the next event; gives those that no later event can be a copy of to `each`.
    pub fn push(&mut self, event: Event, each: &mut dyn FnMut(Event)) {
        if self.time != Some(event.time) || self.group.len() >= GROUP_EVENTS_MAX {
            self.finish(each);
        }
        self.time = Some(event.time);
        self.group.push(event);
    }

    /// Gives what is still held.
    pub fn finish(&mut self, each: &mut dyn FnMut(Event)) {
        let group = std::mem::take(&mut self.group);
        let first = group.first().and_then(source);
        if group.iter().all(|event| source(event) == first) {
            group.into_iter().for_each(each);
            return;
        }
        let mut kept: Vec<Event> = Vec::with_capacity(group.len());
        // Per occurrence: which kept events it has, each with the sources that it came from.
        let mut known: HashMap<String, Vec<(usize, Vec<SourceId>)>> = HashMap::new();
        for event in group {
            let Some(from) = source(&event) else {
                kept.push(event);
                continue;
            };
            let copies = known.entry(occurrence(&event)).or_default();
            let same_host = |at: usize| agree(&kept[at].host, &event.host);
            match copies.iter_mut().find(|(at, sources)| !sources.contains(&from) && same_host(*at)) {
                Some((at, sources)) => {
                    sources.push(from);
                    *self.joined.entry(from).or_default() += 1;
                    join(&mut kept[*at], event);
                }
                None => {
                    copies.push((kept.len(), vec![from]));
                    kept.push(event);
                }
            }
        }
        kept.into_iter().for_each(each);
    }
}

fn source(event: &Event) -> Option<SourceId> {
    event.addresses.first().map(|address| address.source)
}

/// Sources that name no host may be of any.
fn agree(one: &Option<String>, other: &Option<String>) -> bool {
    one.is_none() || other.is_none() || one == other
}

/// What two copies of an event have in common.
fn occurrence(event: &Event) -> String {
    let part = event.id.part;
    if let (true, Some(serial)) = (matches!(event.format.as_str(), "auditd" | "laurel"), event.serial) {
        // Several records of one event may be split over parts; the kind tells them apart.
        return format!("audit {serial} {}", event.action.name());
    }
    if let Some(occurrence) = &event.occurrence {
        return format!("{occurrence} {part} {}", event.action.name());
    }
    let facts: BTreeMap<&str, &str> = (event.facts.iter()).filter(|(name, _)| !OF_THE_COPY.contains(name)).collect();
    format!("{:?}", (&event.format, event.action, event.outcome, &event.actor, &event.objects, facts))
}

/// Carriers that take any line from anyone: a copy there can be forged, and must not speak for the event.
const UNVOUCHED: &[&str] = &["syslog", "docker_json_log", "cri_log"];

fn is_unvouched(event: &Event) -> bool {
    event.fact(CARRIED_BY).is_some_and(|carrier| UNVOUCHED.contains(&carrier))
}

/// Adds a copy to an event: where it stands, and what only the copy says.
fn join(event: &mut Event, copy: Event) {
    // The best way in which the event came is what is known of it.
    let came = match (event.fact(CARRIED_BY), copy.fact(CARRIED_BY)) {
        (Some(first), Some(other)) => Some(if is_unvouched(event) { other } else { first }.to_string()),
        _ => None,
    };
    let is_doubtful = is_unvouched(&copy) && !is_unvouched(event);
    let speaks = |event: &Event| (!is_unvouched(event), event.objects.len(), event.addresses.len(), event.facts.len());
    if speaks(&copy) > speaks(event) {
        // The fuller copy speaks; the identity stays that of the first, so that the order holds.
        let is_doubtful = is_unvouched(event) && !is_unvouched(&copy);
        let first = std::mem::replace(event, copy);
        event.id = first.id;
        let later = std::mem::replace(&mut event.addresses, first.addresses);
        event.addresses.extend(later);
        event.host = event.host.take().or(first.host);
        if !is_doubtful {
            fill_facts(event, &first.facts);
        }
    } else {
        event.addresses.extend(copy.addresses);
        event.host = event.host.take().or(copy.host);
        if !is_doubtful {
            fill_facts(event, &copy.facts);
        }
    }
    match came {
        Some(came) => event.facts.insert(CARRIED_BY, came),
        None => {
            event.facts.remove(CARRIED_BY);
        }
    }
}

fn fill_facts(event: &mut Event, facts: &Facts) {
    for (name, value) in facts {
        event.facts.insert_missing(name, value);
    }
}
