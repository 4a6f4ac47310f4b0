//! How much the folds remember, whatever the evidence holds: a log can name any number of hosts, processes and files.
//!
//! The bounds are for all hosts together, so that a case with one host has all the room. What does not fit is counted
//! in [`Forgotten`], because what is not known cannot be labelled.

/// Hosts that are followed. Events of further ones get no labels.
pub(crate) const HOSTS_MAX: usize = 10_000;

/// Containers that are followed.
pub(crate) const CONTAINERS_MAX: usize = 50_000;

/// Bytes of process tables; about 150,000 processes.
pub(crate) const PROCESS_BYTES_MAX: usize = 96 << 20;

/// Bytes of known directories, and as many of known files; about 350,000 of each.
pub(crate) const PLACE_BYTES_MAX: usize = 48 << 20;

/// Names of containers by pid, for each host: more than a host starts in one boot.
pub(crate) const NAMES_MAX: usize = 50_000;

/// What had no room.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Forgotten {
    /// Events of hosts beyond those that are followed.
    pub events_of_hosts: u64,
    /// Processes that were forgotten: if they act again, they count as new ones.
    pub processes: u64,
    /// Sightings of directories, files and mounts that were forgotten or not taken in: a path in a container that leads there
    /// stays a path in the container.
    pub places: u64,
    /// Sightings of containers beyond those that are followed.
    pub containers: u64,
}

/// What all hosts together hold: bytes, and a number of claims.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Held {
    pub(crate) processes: usize,
    pub(crate) directories: usize,
    pub(crate) files: usize,
    pub(crate) claims: usize,
}

impl Held {
    /// The sum after one host's share changed.
    pub(crate) fn after(self, before: Held, now: Held) -> Held {
        let sum = |all: usize, before: usize, now: usize| (all + now).saturating_sub(before);
        Held {
            processes: sum(self.processes, before.processes, now.processes),
            directories: sum(self.directories, before.directories, now.directories),
            files: sum(self.files, before.files, now.files),
            claims: sum(self.claims, before.claims, now.claims),
        }
    }
}
