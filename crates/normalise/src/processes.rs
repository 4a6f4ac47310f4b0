//! The process table of one host and boot, rebuilt from records that each show a pid and its parent.

use std::collections::BTreeMap;

use model::{Bytes, Confidence, Event, ProcessKey, View};

/// Pid of kthreadd; it and pid 1 are the host's own.
const KTHREADD: u32 = 2;

/// One process instance.
#[derive(Debug, Clone)]
pub(crate) struct Process {
    pub(crate) key: ProcessKey,
    pub(crate) parent: Option<ProcessKey>,
    ppid: Option<u32>,
    pub(crate) comm: Option<Bytes>,
    /// Index of its container and how sure that is.
    pub(crate) container: Option<(usize, Confidence)>,
    pub(crate) view: View,
    /// Root directory inside its view, when it changed it.
    pub(crate) root: Option<Bytes>,
    /// Arguments of the program it runs, where recorded.
    pub(crate) argv: Vec<Bytes>,
    /// A runtime's child that will become a container's program and still sees the host's file system.
    pub(crate) staging: bool,
    /// No record shows where its line of parents begins: where it belongs is judged by how it names things.
    pub(crate) uncertain: bool,
    ended: bool,
}

impl Process {
    /// Pid of its parent, as last recorded.
    pub(crate) fn parent_pid(&self) -> Option<u32> {
        self.ppid
    }
}

/// All process instances that are alive as far as the evidence shows.
#[derive(Debug, Default)]
pub(crate) struct Processes {
    by_pid: BTreeMap<u32, Process>,
}

impl Processes {
    /// The present instance of a pid.
    pub(crate) fn get(&self, pid: u32) -> Option<&Process> {
        self.by_pid.get(&pid)
    }

    /// The present instance of a pid.
    pub(crate) fn get_mut(&mut self, pid: u32) -> Option<&mut Process> {
        self.by_pid.get_mut(&pid)
    }

    /// Forgets everything: the host was started again.
    pub(crate) fn clear(&mut self) {
        self.by_pid.clear();
    }

    /// Notes that the process ended, so that its pid may come again.
    pub(crate) fn end(&mut self, pid: u32) {
        if let Some(process) = self.by_pid.get_mut(&pid) {
            process.ended = true;
        }
    }

    /// Finds or begins the instance that the event's actor belongs to. `None` when the event names no pid.
    ///
    /// A new instance inherits container, view and root from its parent as they are now: a process
    /// that is seen for the first time was started shortly before.
    pub(crate) fn meet(&mut self, event: &Event, host: &str, boot: u32) -> Option<&mut Process> {
        let pid = event.actor.pid?;
        let ppid = event.actor.ppid;
        let reused = self.by_pid.get(&pid).is_some_and(|known| self.is_another(known, event));
        if reused || !self.by_pid.contains_key(&pid) {
            let parent = ppid.filter(|&ppid| ppid != pid).and_then(|ppid| self.by_pid.get(&ppid));
            let process = Process {
                key: ProcessKey { host: host.to_string(), boot, pid, first: event.id },
                parent: parent.map(|parent| parent.key.clone()),
                ppid,
                comm: event.actor.comm.clone(),
                container: parent.and_then(|parent| parent.container),
                view: parent.map_or(View::Host, |parent| parent.view),
                root: parent.and_then(|parent| parent.root.clone()),
                argv: Vec::new(),
                staging: false,
                uncertain: parent.map_or(ppid.is_none_or(|ppid| ppid > KTHREADD), |parent| parent.uncertain),
                ended: false,
            };
            self.by_pid.insert(pid, process);
        }
        let process = self.by_pid.get_mut(&pid)?;
        process.ppid = ppid.or(process.ppid);
        if let Some(comm) = &event.actor.comm {
            if process.staging && !crate::launch::is_runtime(comm.as_bytes()) {
                // It shows its own program's name: the runtime's work is done, even if no record says when.
                process.staging = false;
                process.view = View::Container;
            }
            process.comm = Some(comm.clone());
        }
        Some(process)
    }

    /// Whether the event's actor is another process than the one that had the pid before.
    ///
    /// The parent changes without a new process only when the old parent ended and a reaper (pid 1
    /// or an ancestor) took over, or across runc's stages, whose parent leaves early.
    fn is_another(&self, known: &Process, event: &Event) -> bool {
        if known.ended {
            return true;
        }
        let (Some(before), Some(now)) = (known.ppid, event.actor.ppid) else { return false };
        if before == now || now <= 1 || self.is_ancestor(now, before) {
            return false;
        }
        let staged = known.comm.as_ref().is_some_and(|comm| crate::launch::is_runc_stage(comm.as_bytes()));
        let same_name = known.comm.is_some() && known.comm == event.actor.comm;
        let old_parent_lives = self.by_pid.get(&before).is_some_and(|parent| !parent.ended);
        !staged && !same_name && old_parent_lives
    }

    fn is_ancestor(&self, candidate: u32, of: u32) -> bool {
        // Real process trees are far less deep; the bound only guards against a cycle in forged records.
        const DEPTH_MAX: usize = 256;
        let mut at = of;
        for _ in 0..DEPTH_MAX {
            let Some(parent) = self.by_pid.get(&at).and_then(|process| process.ppid) else { return false };
            if parent == candidate {
                return true;
            }
            at = parent;
        }
        false
    }
}
