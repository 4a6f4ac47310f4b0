//! Ranked, never exact: what benign processes wrote after they read something touched.

use std::collections::BTreeMap;

use detect::signs;
use model::{
    Action, Bytes, DerivedObject, Event, EventId, ObjectId, Outcome, ProcessKey, Role, Timestamp, TouchedObject,
};

use crate::touched::{Touched, identity, reference};

/// Most derived objects that are kept; the lowest ranks are dropped.
const KEPT_MAX: usize = 1_000;

/// Beyond this many different files read, a process reads everything (a backup, a search), and what
/// it writes says little about any one of them. Chosen by eye.
const READS_EVERYTHING: usize = 50;

/// Programs whose work is to read everything and write copies: what they write holds the touched data,
/// but nobody else's.
const COPIERS: &[&str] = &["restic", "rustic", "borg", "rsync", "tar", "rclone", "kopia", "duplicity"];

/// Rank of what such a reader writes.
const COPY_RANK: u8 = 10;

/// Readers of touched objects and what they wrote.
#[derive(Debug, Default)]
pub(crate) struct Derived {
    readers: BTreeMap<ProcessKey, Reader>,
    written: BTreeMap<ObjectId, DerivedObject>,
}

#[derive(Debug)]
struct Reader {
    from: ObjectId,
    read: EventId,
    at: Timestamp,
    files: usize,
}

/// Directories whose files packages bring, but for what is made locally.
/// Source: Filesystem Hierarchy Standard 3.0, sections 3 and 4.
const OF_PACKAGES: &[&str] = &["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"];
const LOCAL: &str = "/usr/local";

/// The cheapest proof that a file is clean: a package's own hash needs no backup to be found and opened.
fn proof(path: &Bytes) -> &'static str {
    let is_within = |top: &str| path.is_within(top.as_bytes());
    if OF_PACKAGES.iter().any(|top| is_within(top)) && !is_within(LOCAL) {
        "compare_with_package"
    } else {
        "compare_with_backup"
    }
}

impl Derived {
    /// An act of a process that is not hostile.
    pub(crate) fn benign(&mut self, event: &Event, touched: &Touched) {
        let Some(process) = &event.process else { return };
        if matches!(event.outcome, Outcome::Failed { .. }) {
            return;
        }
        if event.action == Action::FileRead {
            self.read(event, process, touched);
        } else if signs::changes_data(event.action) && self.readers.contains_key(process) {
            self.write(event, process);
        }
    }

    fn read(&mut self, event: &Event, process: &ProcessKey, touched: &Touched) {
        if let Some(reader) = self.readers.get_mut(process) {
            reader.files += 1;
        } else if let Some((from, since)) = touched.read_by(event)
            && event.time >= since
        {
            let reader = Reader { from: from.clone(), read: event.id, at: event.time, files: 1 };
            self.readers.insert(process.clone(), reader);
        }
    }

    fn write(&mut self, event: &Event, process: &ProcessKey) {
        let (Some(reader), Some(target)) = (self.readers.get(process), event.object(Role::Target)) else { return };
        if target.resolved.is_none() || !signs::holds_data(target) || target.domain != Some(model::Domain::Host) {
            return;
        }
        let id = identity(event, target);
        if id == reader.from {
            return;
        }
        let delay_ms = event.time.0.saturating_sub(reader.at.0) / 1_000_000;
        let late = u8::try_from((delay_ms / 1_000).clamp(0, 50)).unwrap_or(50);
        let copier = event
            .actor
            .comm
            .as_ref()
            .is_some_and(|comm| COPIERS.iter().any(|program| program.as_bytes() == comm.as_bytes()));
        let rank = if copier || reader.files > READS_EVERYTHING { COPY_RANK } else { 80 - late };
        let mut facts = BTreeMap::from([("delay_ms".to_string(), delay_ms.to_string())]);
        if let Some(comm) = &event.actor.comm {
            facts.insert("reader".to_string(), comm.to_text());
        }
        let derived = DerivedObject {
            object: reference(event, target, id.clone()),
            rank,
            from: reader.from.clone(),
            facts,
            events: vec![reader.read, event.id],
            cleared_by: proof(&target.resolved.as_ref().map_or_else(Bytes::default, |place| place.path.clone()))
                .to_string(),
        };
        let better = self.written.get(&id).is_none_or(|known| known.rank < rank);
        if better {
            self.written.insert(id, derived);
        }
    }

    /// The derived objects that are not touched themselves, highest rank first.
    pub(crate) fn ranked(&self, touched: &[TouchedObject]) -> Vec<DerivedObject> {
        let mut ranked: Vec<DerivedObject> = self
            .written
            .values()
            .filter(|derived| touched.iter().all(|object| object.object.id != derived.object.id))
            .cloned()
            .collect();
        ranked
            .sort_by(|a, b| (std::cmp::Reverse(a.rank), &a.object.id).cmp(&(std::cmp::Reverse(b.rank), &b.object.id)));
        ranked.truncate(KEPT_MAX);
        ranked
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_packages_bring_is_compared_with_them() {
        for path in ["/usr/bin/ssh", "/lib/x86_64-linux-gnu/libc.so.6", "/sbin/init"] {
            assert_eq!(proof(&Bytes::from(path)), "compare_with_package", "{path}");
        }
        for path in ["/usr/local/bin/x", "/etc/hosts", "/srv/usr/bin/x", "/library/x", ""] {
            assert_eq!(proof(&Bytes::from(path)), "compare_with_backup", "{path}");
        }
    }
}
