//! Serial numbers of audit records are missing right around the acts of a container on its host: records were lost,
//! or somebody cut the log.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use model::{Action, ContainerRef, Event, EventId, Finding, Timestamp};

use crate::{Check, Need, signs};

const NAME: &str = "serial_hole";

/// How near to such an act a hole must lie. Chosen by eye: an intruder cuts what shows the crossing and what led to it.
const NEAR_NS: u64 = 600_000_000_000;
/// Holes that are kept open per host, for records that come late.
const HOLES_MAX: usize = 1_000;
/// More holes than this lie all over a log: it was filtered (`ausearch`), or its recorder could not keep up. Chosen by
/// eye.
const HOLES_OF_A_CUT_MAX: usize = 32;
/// Hosts that are followed.
const HOSTS_MAX: usize = 1_000;
/// A serial so far below the last one is a new count after a boot, no late record.
const LATE_SERIALS_MAX: u64 = 4_096;

/// Numbers that are missing, and the event before them and after.
struct Hole {
    from: u64,
    to: u64,
    before: (Timestamp, EventId),
    after: (Timestamp, EventId),
}

#[derive(Default)]
struct Host {
    last: Option<(u64, Timestamp, EventId)>,
    holes: VecDeque<Hole>,
    /// Acts of containers on the host: when, and of which.
    acts: BTreeSet<(Timestamp, EventId)>,
    container: Option<ContainerRef>,
    /// A record came over a carrier that does not say who wrote it.
    unvouched: bool,
}

/// Catalogue row 46: the audit log itself. That records are missing is certain; that somebody cut them is not.
#[derive(Default)]
pub(super) struct SerialHole {
    hosts: BTreeMap<Option<String>, Host>,
}

impl Check for SerialHole {
    fn name(&self) -> &'static str {
        NAME
    }

    fn needs(&self) -> &'static [Need] {
        &[Need::Containers]
    }

    fn unanswered(&self) -> Option<String> {
        let mut counted = self.hosts.values().filter(|host| host.last.is_some()).peekable();
        let none = counted.peek().is_none();
        let throughout = counted.any(|host| host.holes.len() > HOLES_OF_A_CUT_MAX && !host.acts.is_empty());
        (none || throughout).then(|| "serial_numbers".to_string())
    }

    fn on(&mut self, event: &Event) {
        let acts =
            event.container.is_some() && (signs::acts_on_host(event) || signs::host_changes(event).next().is_some());
        // The daemon's own records have a count of their own.
        let of_daemon = event.fact("type").is_some_and(|kind| kind.starts_with("DAEMON_"));
        let counted = matches!(event.format.as_str(), "auditd" | "laurel") && !of_daemon;
        if !acts && !counted {
            return;
        }
        if !self.hosts.contains_key(&event.host) {
            if self.hosts.len() >= HOSTS_MAX {
                return;
            }
            self.hosts.insert(event.host.clone(), Host::default());
        }
        let Some(host) = self.hosts.get_mut(&event.host) else { return };
        if acts {
            if host.container.is_none() {
                host.container.clone_from(&event.container);
            }
            if host.acts.len() < HOLES_MAX {
                host.acts.insert((event.time, event.id));
            }
        }
        if event.action == Action::SystemBoot {
            host.last = None;
        }
        if let Some(serial) = event.serial.filter(|_| counted) {
            host.unvouched |= signs::is_unvouched(event);
            host.count(serial, event.time, event.id);
        }
    }

    fn findings(&self) -> Vec<Finding> {
        self.hosts.iter().filter_map(|(name, host)| host.finding(name.as_ref())).collect()
    }
}

impl Host {
    fn count(&mut self, serial: u64, time: Timestamp, id: EventId) {
        let Some((last, before, event)) = self.last else {
            self.last = Some((serial, time, id));
            return;
        };
        if serial > last {
            if serial > last + 1 {
                if self.holes.len() >= HOLES_MAX {
                    self.holes.pop_front();
                }
                self.holes.push_back(Hole {
                    from: last + 1,
                    to: serial - 1,
                    before: (before, event),
                    after: (time, id),
                });
            }
            self.last = Some((serial, time, id));
        } else if last - serial > LATE_SERIALS_MAX {
            self.last = Some((serial, time, id));
        } else {
            self.late(serial);
        }
    }

    /// A record that came late fills a part of its hole.
    fn late(&mut self, serial: u64) {
        let Some(at) = self.holes.iter().position(|hole| (hole.from..=hole.to).contains(&serial)) else { return };
        let hole = &mut self.holes[at];
        match (serial == hole.from, serial == hole.to) {
            (true, true) => {
                self.holes.remove(at);
            }
            (true, false) => hole.from += 1,
            (false, true) => hole.to -= 1,
            (false, false) => {
                let rest = Hole { from: serial + 1, to: hole.to, before: hole.before, after: hole.after };
                hole.to = serial - 1;
                self.holes.insert(at + 1, rest);
            }
        }
    }

    fn finding(&self, name: Option<&String>) -> Option<Finding> {
        let near = |hole: &&Hole| {
            let apart = |act: &&(Timestamp, EventId)| {
                act.0.0.abs_diff(hole.before.0.0).min(act.0.0.abs_diff(hole.after.0.0)) <= NEAR_NS
            };
            self.acts.iter().find(apart).is_some()
        };
        if self.holes.len() > HOLES_OF_A_CUT_MAX {
            return None;
        }
        let holes: Vec<&Hole> = self.holes.iter().filter(near).collect();
        let first = holes.first()?;
        let missing: u64 = holes.iter().map(|hole| hole.to - hole.from + 1).sum();
        let container = self.container.clone();
        let facts = [
            ("container", container.as_ref().map(|container| container.id.clone())),
            ("target", Some(format!("{}–{}", first.from, first.to))),
            ("count", Some(missing.to_string())),
        ];
        let mut missing_words = vec!["who_cut".to_string()];
        if self.unvouched {
            missing_words.insert(0, signs::RECORDER_IDENTITY.to_string());
        }
        Some(Finding {
            id: format!("{NAME}@{}", first.before.1),
            check: NAME.to_string(),
            attack: vec!["T1070.002".to_string(), "T1562.012".to_string()],
            crossing: None,
            confidence: 50,
            time: first.before.0,
            host: name.cloned(),
            container,
            subject: None,
            facts: facts.into_iter().filter_map(|(name, value)| Some((name.to_string(), value?))).collect(),
            missing: missing_words,
            events: holes.iter().flat_map(|hole| [hole.before.1, hole.after.1]).collect(),
            count: holes.len() as u64 * 2,
            last: holes.last().map_or(first.after.0, |hole| hole.after.0),
        })
    }
}
