//! What rules ask for, and where events have it.
//!
//! A field answers with its values, with *no value* where the source carries the field and it is empty here, or with
//! *not known* where the source does not carry it. The names of both languages lead here; see [`falco`] and [`sigma`].

mod act;
mod cluster;
mod container;
mod file;
mod process;

pub(crate) mod falco;
pub(crate) mod sigma;

use model::{Action, Event};

use crate::{family::Family, seen::Seen};

pub(crate) use act::is_told;
pub(crate) use cluster::Cluster;
pub(crate) use container::Container;
pub(crate) use file::{FileField, Side};
pub(crate) use process::{Trait, Who};

/// A field.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Field {
    /// Whether it is an act of the kernel, of the cluster, or a message: `syscall`, `k8s_audit`, `log`, `other`.
    Stream,
    /// What was done, by the model's name.
    Action,
    /// The format that was read.
    Format,
    /// The system call.
    Syscall,
    /// `>` and `<`: a record is made when the call is done, and stands for its beginning too.
    Direction,
    /// `SUCCESS` or an error's name.
    Result,
    /// What the call returned.
    RawResult,
    /// Whether it failed; the text for a yes, and for a no.
    Failed(&'static str, &'static str),
    /// Opened for writing, or reading.
    OpenedFor(Access),
    /// An argument of the call, by Falco's name.
    Argument(String),
    Time,
    Host,
    Process(Who, Trait),
    /// User ids and names of the actor.
    User(UserField),
    File(FileField),
    Container(Container),
    Cluster(Cluster),
    /// Kinds of records that the audit log has of the event.
    RecordTypes,
    /// An argument of the program, or of the call, as the audit log numbers them.
    AuditArgument(usize),
    /// The program that wrote a message.
    Program,
    /// The whole text of a message, or all texts of the event.
    Everything,
    /// A fact by its name.
    Fact(String),
    /// A number that every event has: it is positive, and nothing else is known of it.
    Ordinal,
    /// The language has this field, and no log that is read here does.
    Nowhere,
}

/// What a file is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Access {
    Write,
    Read,
}

/// What is asked of the acting user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum UserField {
    Uid,
    RealUid,
    Name,
    /// `-1` when unset (Falco).
    LoginUid,
    /// `4294967295` when unset (the audit log).
    AuditLoginUid,
}

impl Field {
    /// Whether the event's class decides it: all events with the same [`class`] have the same value.
    pub(crate) fn is_of_class(&self) -> bool {
        matches!(
            self,
            Self::Stream
                | Self::Action
                | Self::Format
                | Self::Syscall
                | Self::Direction
                | Self::Ordinal
                | Self::Cluster(Cluster::Verb | Cluster::Resource | Cluster::Subresource)
        )
    }

    /// What the event says of it.
    pub(crate) fn read<'e>(&self, event: &'e Event, family: &'e Family) -> Seen<'e> {
        match self {
            Self::Stream => Seen::text(act::stream(event)),
            Self::Action => Seen::text(event.action.name()),
            Self::Format => Seen::text(&event.format),
            Self::Syscall => act::syscall(event),
            Self::Direction => act::of_call(event, act::both_directions),
            Self::Result => act::result(event),
            Self::RawResult => act::raw_result(event),
            Self::Failed(yes, no) => act::failed(event, yes, no),
            Self::OpenedFor(access) => act::opened_for(event, *access),
            Self::Argument(name) => act::argument(event, name),
            Self::Time => Seen::owned(event.time.to_millis_text().into_bytes()),
            Self::Host => event.host.as_deref().map_or(Seen::UNKNOWN, Seen::text),
            Self::Process(who, what) => process::read(*who, *what, event, family),
            Self::User(field) => act::user(event, *field),
            Self::File(field) => file::read(*field, event),
            Self::Container(field) => container::read(*field, event),
            Self::Cluster(field) => cluster::read(field, event),
            Self::RecordTypes => act::record_types(event),
            Self::AuditArgument(at) => act::audit_argument(event, *at),
            Self::Program => act::program(event),
            Self::Everything => act::everything(event),
            Self::Fact(name) => event.fact(name).map_or(Seen::UNKNOWN, Seen::text),
            // Rules say "never" by asking for number 0.
            Self::Ordinal => Seen::from(1),
            Self::Nowhere => Seen::UNKNOWN,
        }
    }
}

/// What decides which rules are asked of an event at all: everything that the fields of [`Field::is_of_class`] read.
pub(crate) fn class(event: &Event, out: &mut Vec<u8>) {
    out.clear();
    let fact = |name: &str| event.fact(name).unwrap_or_default();
    let parts = [
        event.format.as_str(),
        event.action.name(),
        fact("syscall"),
        fact("level"),
        fact("verb"),
        fact("resource"),
        fact("subresource"),
        if event.facts.contains_key("message") { "m" } else { "" },
    ];
    for part in parts {
        out.extend_from_slice(part.as_bytes());
        out.push(0);
    }
}

/// Whether the event is one of the Kubernetes API.
pub(crate) fn is_of_cluster(event: &Event) -> bool {
    matches!(
        event.action,
        Action::ApiCreate | Action::ApiUpdate | Action::ApiDelete | Action::ApiRead | Action::ApiConnect
    ) || matches!(event.format.as_str(), "k8s_audit" | "gke_audit")
}
