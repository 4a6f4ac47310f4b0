//! The nouns of Yobitsugi: every value that crosses a stage.
//!
//! Types here derive `serde` and *are* the documented artefact formats of a case (see
//! `docs/artefacts.md`). This crate does no input, no output and reads no clock.

mod address;
mod answer;
mod artefact;
mod bytes;
mod catalogue;
mod container;
mod coverage;
mod event;
mod evidence;
mod facts;
mod finding;
mod hash;
mod incident;
mod plan;
mod problem;
mod receipt;
mod scope;
mod time;
mod verdict;

pub use address::{Address, SourceId};
pub use answer::{Answer, Certainty, Confidence};
pub use artefact::{Artefact, ArtefactKind, SCHEMA_VERSION};
pub use bytes::{Bytes, display_safe, is_deceptive};
pub use catalogue::{
    Candidate, Catalogue, CatalogueEntry, CleanPoint, ContentRef, EntryKind, Metadata, StorageTime, TimeOrigin,
    Version, Xattr,
};
pub use container::{
    ImageState, KnownContainer, LayerName, LayerState, LayerStore, NamespaceKind, PodRef, RootFs, StateContent,
    StateFile, StateMount, StateRecord,
};
pub use coverage::{
    BlindWindow, BlindWindowKind, ClockKnown, Coverage, DeclaredDrop, FormatChoice, HostKnown, Lane, SerialGap,
    SourceClock, SourceCoverage, Span,
};
pub use event::{
    Action, Actor, ContainerRef, Device, Domain, Event, EventId, Object, ObjectKind, Outcome, ProcessKey, Resolution,
    Role, TimeBasis, View,
};
pub use event::{BUILDS_CONTAINER, CARRIED_BY, CARRIER_TIME, LAUNCHED_BY, TARGET_CONTAINER};
pub use evidence::{EvidenceItem, EvidenceSource, Layer, Original, Storage};
pub use facts::Facts;
pub use finding::{CheckAnswer, CrossingOutcome, Detection, Finding, FindingId};
pub use hash::{Blake3, Sha256};
pub use incident::{Crossing, Incident, IncidentId, StoryPart, StoryStep, Subject};
pub use plan::{Approval, Approved, NotRestored, Plan, RestoreSource, Step, StepAction, StepId};
pub use problem::{Problem, ProblemKind};
pub use receipt::{Fingerprint, Receipt, StepState, Undo};
pub use scope::{
    DerivedObject, ExposedContent, ExposedKind, ExposedObject, ObjectId, ObjectRef, Operation, OperationKind,
    PossibleObject, Scope, TouchedObject,
};
pub use time::{InvalidTimestamp, Timestamp};
pub use verdict::{CheckResult, Rung, Verdict};
