//! Draws the exact scope of an incident: touched, derived, exposed, possible.
//!
//! *Touched* is exact: every change that a hostile subject's act is recorded to have made to the
//! host. *Derived* is ranked and never mixed into it. A fold over the labelled events, given the
//! incidents.

mod derived;
mod exposed;
mod possible;
pub mod refine;
mod touched;

use std::collections::BTreeMap;

use model::{Coverage, Event, Incident, IncidentId, ProcessKey, Scope, Timestamp};

use derived::Derived;
use exposed::Exposed;
use touched::Touched;

/// Draws scopes.
pub struct Scoper {
    incidents: Vec<Drawn>,
    /// Per subject: its incident, since when its acts count, and whether only those inside its
    /// container do (what the runtime does in its place while it builds the container is not its act).
    subjects: BTreeMap<ProcessKey, (usize, Timestamp, bool)>,
}

/// One incident's scope under construction.
struct Drawn {
    id: IncidentId,
    host: Option<String>,
    first: Timestamp,
    last: Timestamp,
    touched: Touched,
    exposed: Exposed,
    derived: Derived,
}

impl Scoper {
    /// Scopes of these incidents.
    pub fn new(incidents: &[Incident]) -> Self {
        let mut subjects = BTreeMap::new();
        for (index, incident) in incidents.iter().enumerate() {
            for subject in &incident.subjects {
                let inside = subject.reason == "container";
                subjects.insert(subject.process.clone(), (index, subject.since, inside));
            }
        }
        let drawn = incidents.iter().map(|incident| Drawn {
            id: incident.id.clone(),
            host: incident.host.clone(),
            first: incident.first,
            last: incident.last,
            touched: Touched::default(),
            exposed: Exposed::default(),
            derived: Derived::default(),
        });
        Self { incidents: drawn.collect(), subjects }
    }

    /// Follows the next event, in [`Event::order`].
    pub fn push(&mut self, event: &Event) {
        let hostile = event
            .process
            .as_ref()
            .and_then(|process| self.subjects.get(process))
            .filter(|(_, since, inside)| event.time >= *since && (!inside || event.container.is_some()))
            .map(|(index, ..)| *index);
        for (index, drawn) in self.incidents.iter_mut().enumerate() {
            if hostile == Some(index) {
                drawn.touched.hostile(event);
                drawn.exposed.hostile(event);
                continue;
            }
            // The API server's log has a host of its own, or none.
            drawn.exposed.benign(event);
            if hostile.is_none() && event.host == drawn.host {
                drawn.derived.benign(event, &drawn.touched);
                drawn.touched.benign(event);
            }
        }
    }

    /// The scopes, in the order of the incidents. `coverage` says where the evidence is blind.
    pub fn scopes(&self, coverage: &Coverage) -> Vec<Scope> {
        self.incidents
            .iter()
            .map(|drawn| {
                let sets = drawn.touched.sets();
                Scope {
                    incident: drawn.id.clone(),
                    derived: drawn.derived.ranked(&sets.touched),
                    touched: sets.touched,
                    transient: sets.transient,
                    settings: sets.settings,
                    exposed: drawn.exposed.objects(),
                    possible: possible::objects(coverage, drawn.host.as_ref(), drawn.first, drawn.last),
                }
            })
            .collect()
    }
}
