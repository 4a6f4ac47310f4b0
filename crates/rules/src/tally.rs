//! Matches put together: per rule, host and container one finding, however many events there are.

use std::collections::{BTreeMap, BTreeSet};

use model::{Answer, CheckAnswer, CrossingOutcome, Event, EventId, Finding};

use crate::{
    loader::{Language, Rule, Rules},
    runner::Answered,
    truth::Truth,
};

/// Events that one finding cites: the first ones.
const CITED_MAX: usize = 20;
/// Findings of one rule; matches in further containers are put to one that names none.
const PLACES_MAX: usize = 200;
/// Findings of all rules together.
const FINDINGS_MAX: usize = 20_000;
/// Fields that an answer names as missing.
const MISSING_MAX: usize = 12;

/// Matches of one rule in one container (or none) of one host.
#[derive(Debug, Clone)]
pub struct Match {
    /// The rule's number in [`Rules::all`].
    pub rule: usize,
    /// What the first of them shows, how many there are, when the last one was, and the first events.
    pub finding: Finding,
}

/// Which matches are put together: rule, host, container.
type Place = (usize, Option<String>, Option<String>);

/// Puts matches together as they come.
#[derive(Debug, Default)]
pub struct Tally {
    matches: BTreeMap<Place, Match>,
    places: BTreeMap<usize, usize>,
}

impl Tally {
    /// Without matches.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the rules that hold for an event.
    pub fn take(&mut self, rules: &Rules, event: &Event, hits: &[(usize, Truth)]) {
        for &(rule, _) in hits.iter().filter(|hit| hit.1 == Truth::Yes) {
            let container = event.container.as_ref().map(|container| container.id.clone());
            let mut place = (rule, event.host.clone(), container);
            if !self.matches.contains_key(&place) {
                let places = self.places.entry(rule).or_default();
                *places += 1;
                if *places > PLACES_MAX || self.matches.len() >= FINDINGS_MAX {
                    place = (rule, None, None);
                }
            }
            let found = self
                .matches
                .entry(place)
                .or_insert_with(|| Match { rule, finding: finding(&rules.rules[rule], rule, event) });
            found.finding.count += 1;
            found.finding.last = found.finding.last.max(event.time);
            if found.finding.events.len() < CITED_MAX && found.finding.events.last() != Some(&event.id) {
                found.finding.events.push(event.id);
            }
        }
    }

    /// What was put together, in the order of the first matches.
    pub fn matches(&self) -> Vec<&Match> {
        let mut all: Vec<&Match> = self.matches.values().collect();
        all.sort_by(|a, b| (a.finding.time, &a.finding.id).cmp(&(b.finding.time, &b.finding.id)));
        all
    }

    /// The same as findings.
    pub fn findings(&self) -> Vec<Finding> {
        self.matches().into_iter().map(|found| found.finding.clone()).collect()
    }

    /// What the rules of each language answer together.
    pub fn answers(&self, rules: &Rules, answered: &[Answered]) -> Vec<CheckAnswer> {
        let languages: BTreeSet<Language> = rules.rules.iter().map(|rule| rule.language).collect();
        let answer = |language: Language| {
            let of_language = || rules.rules.iter().zip(answered).filter(move |(rule, _)| rule.language == language);
            let matched = self.matches.keys().any(|place| rules.rules[place.0].language == language);
            let open: Vec<&Answered> =
                of_language().map(|pair| pair.1).filter(|answered| answered.unknown > 0).collect();
            let answer = if matched {
                Answer::Yes
            } else if open.is_empty() {
                Answer::No
            } else {
                let fields: BTreeSet<&str> =
                    open.iter().flat_map(|answered| &answered.missing).map(String::as_str).collect();
                let named: Vec<&str> = fields.into_iter().take(MISSING_MAX).collect();
                Answer::CannotTell { missing: format!("for {} rules: {}", open.len(), named.join(", ")) }
            };
            CheckAnswer { check: check(language).to_string(), answer }
        };
        languages.into_iter().map(answer).collect()
    }
}

/// The name under which matches of a language stand among the findings.
pub fn check(language: Language) -> &'static str {
    match language {
        Language::Falco => "falco_rule",
        Language::Sigma => "sigma_rule",
    }
}

/// The finding that an event begins. Whether a boundary was crossed a rule does not say; that its author thinks of
/// one does.
fn finding(rule: &Rule, number: usize, event: &Event) -> Finding {
    let check = check(rule.language);
    let attack = rule.attack();
    let boundary = event.container.is_some() && attack.iter().any(|id| id == "T1611");
    let mut facts = BTreeMap::new();
    let mut fact = |name: &str, value: Option<String>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            facts.insert(name.to_string(), value);
        }
    };
    fact("rule", Some(rule.name.clone()));
    fact("level", Some(rule.level.clone()));
    fact("container", event.container.as_ref().map(|container| container.id.clone()));
    fact("process", event.actor.comm.as_ref().map(model::Bytes::to_text));
    fact("user", event.actor.user.clone());
    let path = event.objects.iter().find_map(|object| object.name.as_ref());
    fact("path", path.map(model::Bytes::to_text));
    Finding {
        id: format!("{check}.{number}@{}", event.id),
        check: check.to_string(),
        attack,
        crossing: boundary.then_some(CrossingOutcome::Unknown),
        confidence: if boundary { 60 } else { 40 },
        time: event.time,
        host: event.host.clone(),
        container: event.container.clone(),
        subject: event.process.clone(),
        facts,
        missing: Vec::new(),
        events: Vec::<EventId>::new(),
        count: 0,
        last: event.time,
    }
}

#[cfg(test)]
mod tests {
    use model::{Action, ContainerRef, Sha256, Timestamp};

    use super::*;
    use crate::Loader;

    fn event(number: u64, container: &str) -> Event {
        let id = EventId::new(Sha256([1; 32]), number, 0);
        let time = Timestamp(i64::try_from(number).unwrap() * 1_000_000_000);
        let mut event = Event::draft(id, time, "auditd", Action::ProcessExec);
        event.container = Some(ContainerRef { id: container.to_string(), confidence: 90 });
        event
    }

    #[test]
    fn many_matches_are_few_findings() {
        let mut loader = Loader::new();
        loader.falco(
            "x",
            "- rule: any\n  desc: x\n  output: x\n  priority: INFO\n  tags: [T1611]\n  condition: evt.num >= 0\n",
        );
        let (rules, _) = loader.finish();
        let mut tally = Tally::new();
        for number in 0..10_000 {
            tally.take(&rules, &event(number, &format!("c{}", number % 3)), &[(0, Truth::Yes)]);
        }
        let findings = tally.findings();
        assert_eq!(findings.len(), 3);
        assert_eq!((findings[0].count, findings[0].last.seconds()), (3_334, 9_999));
        assert_eq!((findings[0].events.len(), findings[0].crossing), (CITED_MAX, Some(CrossingOutcome::Unknown)));
        for number in 0..1_000 {
            tally.take(&rules, &event(number, &format!("d{number}")), &[(0, Truth::Yes), (0, Truth::Unknown)]);
        }
        assert_eq!(tally.findings().len(), PLACES_MAX + 1);
        assert_eq!(tally.matches().iter().map(|found| found.finding.count).sum::<u64>(), 11_000);
    }
}
