//! What the checks share that know a technique by single acts, with or without a memory of earlier ones.

use std::collections::{BTreeMap, BTreeSet};

use model::{Action, Confidence, ContainerRef, CrossingOutcome, Event, EventId, Finding, Object};

use crate::{
    Check, Need,
    grouped::{Grouped, SHARED},
    signs,
};

/// Characters of one fact: as many as a path has bytes at most. Source: `PATH_MAX`, Linux include/uapi/linux/limits.h.
const FACT_CHARS_MAX: usize = 4_096;

/// What an act says of a technique.
pub(super) enum Seen {
    /// Nothing.
    Nothing,
    /// The technique, or a part of it.
    Shown(Sign),
    /// The act may be it; named is what the record lacks to tell, as a key of the texts (`missing-NAME`).
    Undecided(&'static str),
}

/// A part of a technique.
pub(super) struct Sign {
    /// How far the technique got with it; `None`: it is no crossing by itself.
    pub crossing: Option<CrossingOutcome>,
    /// At most this confident.
    pub confidence: Confidence,
    /// Facts for the text of the finding.
    pub facts: Vec<(&'static str, String)>,
    /// What is missing to be surer, until the technique has succeeded.
    pub missing: Option<&'static str>,
    /// Whose finding it is, where that is not the actor's container.
    pub container: Option<ContainerRef>,
    /// Whether it decides what an earlier preparation had left open, also when nothing came of it.
    pub settles: bool,
    /// Events before this one that belong to it.
    pub earlier: Vec<EventId>,
    /// What keeps findings apart where there is no container: a user, an object.
    pub key: Option<String>,
}

impl Sign {
    /// A crossing that got as far as the event.
    pub fn crossing(event: &Event) -> Self {
        Self::of(Some(signs::crossing_of(event.outcome)))
    }

    /// A preparation: what it leads to is not in this record, so that it is an attempt or nobody knows.
    pub fn means(event: &Event) -> Self {
        Self::of(Some(signs::crossing_of(event.outcome).min(CrossingOutcome::Unknown)))
    }

    /// Worth knowing, and no crossing by itself.
    pub fn noted() -> Self {
        Self::of(None)
    }

    fn of(crossing: Option<CrossingOutcome>) -> Self {
        Self {
            crossing,
            confidence: 100,
            facts: Vec::new(),
            missing: None,
            container: None,
            settles: false,
            earlier: Vec::new(),
            key: None,
        }
    }

    /// With a fact for the text, cut where it is longer than any real one.
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        let mut value = value.into();
        if value.len() > FACT_CHARS_MAX {
            value = value.chars().take(FACT_CHARS_MAX).chain(['…']).collect();
        }
        self.facts.push((name, value));
        self
    }

    /// With the object's path, by which it is judged.
    pub fn on(self, object: &Object) -> Self {
        match signs::judged_path(object) {
            Some(path) => self.with("path", path.to_text()),
            None => self,
        }
    }

    /// At most this confident.
    pub fn at_most(mut self, confidence: Confidence) -> Self {
        self.confidence = confidence;
        self
    }

    /// With what is missing to be surer.
    pub fn lacking(mut self, missing: &'static str) -> Self {
        self.missing = Some(missing);
        self
    }

    /// A finding of its own for each key, where there is no container.
    pub fn keyed(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// In that container, and not the actor's.
    pub fn inside(mut self, container: Option<ContainerRef>) -> Self {
        self.container = container;
        self
    }

    /// Decides what was left open before.
    pub fn settling(mut self) -> Self {
        self.settles = true;
        self
    }

    /// With what went before.
    pub fn after(mut self, event: EventId, container: Option<&ContainerRef>) -> Self {
        self.earlier.push(event);
        self.container = container.cloned();
        self
    }
}

/// Makes room for one more in what a check remembers, by forgetting all of it: acts that belong together follow each other
/// closely, and a full memory would be blind from then on.
pub(super) fn make_room<K: Ord, V>(memory: &mut BTreeMap<K, V>, key: &K, most: usize) {
    if memory.len() >= most && !memory.contains_key(key) {
        memory.clear();
    }
}

impl From<Sign> for Seen {
    fn from(sign: Sign) -> Self {
        Self::Shown(sign)
    }
}

impl From<Option<Sign>> for Seen {
    fn from(sign: Option<Sign>) -> Self {
        sign.map_or(Self::Nothing, Self::Shown)
    }
}

/// A technique that acts show. `S` is what the check remembers of earlier acts, within bounds of its own.
pub(super) struct Acts<S = ()> {
    pub name: &'static str,
    pub attack: &'static [&'static str],
    pub needs: &'static [Need],
    pub acts: &'static [Action],
    pub see: fn(&mut S, &Event) -> Seen,
    memory: S,
    found: Grouped<(Option<String>, Option<String>)>,
    undecided: BTreeSet<&'static str>,
}

impl<S: Default> Acts<S> {
    /// A check of that name: which events it needs, which it looks at, and how it reads one.
    pub fn new(
        name: &'static str,
        attack: &'static [&'static str],
        needs: &'static [Need],
        acts: &'static [Action],
        see: fn(&mut S, &Event) -> Seen,
    ) -> Self {
        Self {
            name,
            attack,
            needs,
            acts,
            see,
            memory: S::default(),
            found: Grouped::default(),
            undecided: BTreeSet::new(),
        }
    }
}

impl<S: Send> Check for Acts<S> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn needs(&self) -> &'static [Need] {
        self.needs
    }

    fn acts(&self) -> &'static [Action] {
        self.acts
    }

    fn unanswered(&self) -> Option<String> {
        let open: Vec<&str> = self.undecided.iter().copied().collect();
        (!open.is_empty()).then(|| open.join("; "))
    }

    fn on(&mut self, event: &Event) {
        match (self.see)(&mut self.memory, event) {
            Seen::Nothing => {}
            Seen::Undecided(missing) => {
                self.undecided.insert(missing);
            }
            Seen::Shown(sign) => self.take(event, sign),
        }
    }

    fn findings(&self) -> Vec<Finding> {
        self.found.findings()
    }
}

impl<S> Acts<S> {
    fn take(&mut self, event: &Event, sign: Sign) {
        let container = sign.container.clone().or_else(|| event.container.clone());
        let key = container.as_ref().map(|container| container.id.clone()).or(sign.key);
        let key = (event.host.clone(), key);
        let known = container.as_ref().map_or(100, |container| container.confidence);
        let confidence = signs::confidence(event, None).min(sign.confidence).min(known);
        let make = || {
            let mut finding = signs::finding(self.name, self.attack, event, sign.crossing);
            finding.confidence = confidence;
            if let Some(container) = &container {
                finding.facts.insert("container".to_string(), container.id.clone());
            }
            finding.container.clone_from(&container);
            finding.count += sign.earlier.len() as u64;
            finding.events.splice(0..0, sign.earlier.iter().copied());
            finding
        };
        let mut group = self.found.of(key, make);
        match sign.crossing {
            Some(crossing) => group.extend(event, crossing, confidence),
            None => _ = group.cite(event, confidence),
        }
        let finding = group.finding;
        if finding.missing.iter().any(|missing| missing == SHARED) {
            return;
        }
        if sign.settles && finding.crossing == Some(CrossingOutcome::Unknown) {
            finding.crossing = sign.crossing;
            finding.missing.retain(|missing| missing == signs::RECORDER_IDENTITY);
        }
        for (name, value) in sign.facts {
            finding.facts.entry(name.to_string()).or_insert(value);
        }
        let told = |missing: &str| finding.missing.iter().any(|known| known == missing);
        match (finding.crossing, sign.missing.filter(|missing| !told(missing))) {
            (Some(CrossingOutcome::Succeeded), _) => {
                finding.missing.retain(|missing| missing == signs::RECORDER_IDENTITY);
            }
            // That it was refused is known.
            (Some(CrossingOutcome::Attempted), _) | (_, None) => {}
            (_, Some(missing)) => finding.missing.push(missing.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use model::{Outcome, Timestamp};

    use super::*;

    fn event(at: u64, outcome: Outcome) -> Event {
        let id = EventId { source: [1; 8], offset: at, part: 0 };
        let time = Timestamp(i64::try_from(at).unwrap());
        let mut event = Event::draft(id, time, "auditd", Action::FileWrite);
        event.outcome = outcome;
        event.container = Some(ContainerRef { id: "shop".to_string(), confidence: 90 });
        event
    }

    /// Remembers the first event; prepares with each that does not fail, and a failure settles.
    fn check() -> Acts<Option<EventId>> {
        Acts::new("any", &["T1611"], &[], &[Action::FileWrite], |memory, event| match event.outcome {
            Outcome::Failed { .. } => Sign::crossing(event).settling().into(),
            Outcome::Unknown => Seen::Undecided("host_path"),
            Outcome::Succeeded => {
                let first = *memory.get_or_insert(event.id);
                Sign::means(event).with("path", "x".repeat(10_000)).lacking("device_use").after(first, None).into()
            }
        })
    }

    #[test]
    fn what_is_left_open_is_named_until_a_later_act_settles_it() {
        let mut check = check();
        check.on(&event(1, Outcome::Succeeded));
        check.on(&event(2, Outcome::Unknown));
        let found = check.findings();
        assert_eq!(
            (found[0].crossing, &found[0].missing[..]),
            (Some(CrossingOutcome::Unknown), &["device_use".to_string()][..])
        );
        assert_eq!(check.unanswered().as_deref(), Some("host_path"));
        assert_eq!(found[0].facts["path"].chars().count(), FACT_CHARS_MAX + 1);
        check.on(&event(3, Outcome::Failed { code: Some(1) }));
        let found = check.findings();
        assert_eq!((found.len(), found[0].crossing), (1, Some(CrossingOutcome::Attempted)));
        assert!(found[0].missing.is_empty() && found[0].confidence == 90, "{found:?}");
    }

    #[test]
    fn a_full_memory_forgets_and_goes_on() {
        let mut memory: BTreeMap<u32, ()> = BTreeMap::new();
        for key in 0..25 {
            make_room(&mut memory, &key, 10);
            memory.insert(key, ());
        }
        assert_eq!(memory.len(), 5);
        make_room(&mut memory, &24, 5);
        assert_eq!(memory.len(), 5, "a key that is there needs no room");
    }
}
