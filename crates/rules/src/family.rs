//! Processes and who started them, learned from the events as they come.

use std::collections::HashMap;

use model::{Action, Bytes, Event, ProcessKey};

/// Processes that are remembered at least; twice as many at most.
const PROCESSES_MIN: usize = 200_000;
/// Bytes of one text that are remembered.
const TEXT_BYTES_MAX: usize = 4_096;
/// Arguments of one program that are remembered.
const ARGUMENTS_MAX: usize = 256;

/// What is known of a process.
#[derive(Debug, Clone, Default)]
pub(crate) struct Member {
    pub(crate) comm: Option<Bytes>,
    pub(crate) exe: Option<Bytes>,
    /// Of its latest program start; empty when none was seen.
    pub(crate) argv: Vec<Bytes>,
    pub(crate) parent: Option<ProcessKey>,
    pub(crate) pid: u32,
    /// Nobody started it: the first process of its host, or one that the kernel made.
    pub(crate) is_first: bool,
}

/// All processes that are remembered. What is not met again for long is forgotten first.
#[derive(Debug, Default)]
pub(crate) struct Family {
    young: HashMap<ProcessKey, Member>,
    old: HashMap<ProcessKey, Member>,
}

impl Family {
    /// Notes what the event says of its actor.
    pub(crate) fn meet(&mut self, event: &Event) {
        let Some(key) = &event.process else { return };
        if !self.young.contains_key(key) {
            let known = self.old.remove(key).unwrap_or_default();
            if self.young.len() >= PROCESSES_MIN {
                self.old = std::mem::take(&mut self.young);
            }
            self.young.insert(key.clone(), known);
        }
        let Some(member) = self.young.get_mut(key) else { return };
        let actor = &event.actor;
        member.pid = key.pid;
        member.is_first = key.pid == 1 || actor.ppid == Some(0);
        set(&mut member.comm, actor.comm.as_ref());
        set(&mut member.exe, actor.exe.as_ref());
        if event.parent.is_some() {
            member.parent.clone_from(&event.parent);
        }
        if event.action == Action::ProcessExec && !actor.argv.is_empty() {
            member.argv = actor.argv.iter().take(ARGUMENTS_MAX).map(short).collect();
        }
    }

    pub(crate) fn get(&self, key: &ProcessKey) -> Option<&Member> {
        self.young.get(key).or_else(|| self.old.get(key))
    }
}

fn set(known: &mut Option<Bytes>, new: Option<&Bytes>) {
    if let Some(new) = new.filter(|new| known.as_ref() != Some(*new)) {
        *known = Some(short(new));
    }
}

fn short(text: &Bytes) -> Bytes {
    Bytes::from(&text.as_bytes()[..text.as_bytes().len().min(TEXT_BYTES_MAX)])
}
