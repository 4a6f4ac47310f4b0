//! Adds to event drafts what needs context: boots, process instances, containers, views of the
//! file system, and where each object lies on the host.
//!
//! Two folds over the same events in [`Event::order`]: [`Context::observe`] learns (which directory
//! inode lies where on the host, where a bind mount appears inside its container, what a container
//! is called), then [`Labeller::label`] writes the labels. What is learnt late (a mount target that
//! only a later record gives away) thus also labels earlier events.
//!
//! auditd carries no container identity; how it is inferred stands in [`containers`].

pub mod clocks;
pub mod containers;
mod joiner;
mod knowledge;
mod known;
mod lanes;
pub mod launch;
mod memory;
mod mounts;
mod names;
mod naming;
mod policy;
mod processes;
mod resolve;
pub mod runtime_state;
mod shims;
mod tracker;

pub use containers::Container;
pub use joiner::Joiner;
pub use lanes::Lanes;
pub use memory::Forgotten;
pub use policy::Policy;

use model::Event;
use tracker::{Mode, Tracker};

/// The first fold: learns from events, changes nothing.
pub struct Context {
    tracker: Tracker,
}

impl Context {
    /// An empty context under `policy`.
    pub fn new(policy: Policy) -> Self {
        Self { tracker: Tracker::new(policy) }
    }

    /// The same, knowing what the state of runtimes says of containers: ids become one spelling, mounts that no
    /// record shows are followed, and processes belong to containers that were started before the log begins.
    pub fn knowing(mut self, containers: &[model::KnownContainer]) -> Self {
        self.tracker.know(containers);
        self
    }

    /// Learns from the next event. Events must come in [`Event::order`].
    pub fn observe(&mut self, event: &Event) {
        self.tracker.step(event, Mode::Learning);
    }

    /// Ends learning.
    pub fn into_labeller(mut self) -> Labeller {
        self.tracker.finish_learning();
        Labeller { tracker: self.tracker }
    }
}

/// The second fold: labels events with what [`Context`] learnt.
pub struct Labeller {
    tracker: Tracker,
}

impl Labeller {
    /// What had no room in the memory of the two folds, so far.
    pub fn forgotten(&self) -> Forgotten {
        self.tracker.forgotten()
    }

    /// Fills `boot`, `process`, `parent`, `container`, `view`, the facts [`model::BUILDS_CONTAINER`] and
    /// [`model::TARGET_CONTAINER`], and each object's `resolved` and `domain` as far as the evidence tells; what it does not tell stays `None`.
    ///
    /// Events must come in the same order as they were observed.
    pub fn label(&mut self, mut event: Event) -> Event {
        let labels = self.tracker.step(&event, Mode::Labelling);
        self.tracker.apply(labels, &mut event);
        event
    }

    /// The containers that the evidence shows, in order of appearance.
    pub fn containers(&self) -> &[Container] {
        self.tracker.containers()
    }
}
