//! The process table of one host and boot, rebuilt from records that each show a pid and its parent.

use std::collections::BTreeMap;

use model::{Bytes, Confidence, Event, ProcessKey, View};

/// Pid of kthreadd; it and pid 1 are the host's own.
const KTHREADD: u32 = 2;

/// A mount namespace as a source states it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mounts {
    /// Its number.
    pub(crate) number: Option<u64>,
    /// Whether it is the host's.
    pub(crate) host: bool,
}

/// One process instance.
#[derive(Debug, Clone)]
pub(crate) struct Process {
    pub(crate) key: ProcessKey,
    pub(crate) parent: Option<ProcessKey>,
    ppid: Option<u32>,
    pub(crate) comm: Option<Bytes>,
    exe: Option<Bytes>,
    /// Audit session; never changes but by a login.
    session: Option<u32>,
    /// Index of its container and how sure that is.
    pub(crate) container: Option<(usize, Confidence)>,
    pub(crate) view: View,
    /// The mount namespace that a source last stated.
    pub(crate) mounts: Option<Mounts>,
    /// Root directory inside its view, when it changed it.
    pub(crate) root: Option<Bytes>,
    /// A runtime's child that will become a container's program and still sees the host's file system.
    pub(crate) staging: bool,
    /// No record shows where its line of parents begins: where it belongs is judged by how it names things.
    pub(crate) uncertain: bool,
    ended: bool,
    /// When it last acted, counted in acts.
    seen: u64,
}

/// Bytes of a process beside its texts: its entry in the table and two keys with the host's name.
const PROCESS_BYTES: usize = 512;

impl Process {
    fn bytes(&self) -> usize {
        let text = |text: &Option<Bytes>| text.as_ref().map_or(0, |text| text.as_bytes().len());
        PROCESS_BYTES + text(&self.comm) + text(&self.exe) + text(&self.root)
    }

    /// What is forgotten first: what has ended, then programs of the host.
    fn worth(&self) -> (bool, bool, u64) {
        (!self.ended, self.container.is_some() || self.view != View::Host, self.seen)
    }

    /// Pid of its parent, as last recorded.
    pub(crate) fn parent_pid(&self) -> Option<u32> {
        self.ppid
    }
}

/// All process instances that are alive as far as the evidence shows.
#[derive(Debug, Default)]
pub(crate) struct Processes {
    by_pid: BTreeMap<u32, Process>,
    /// Bytes of all of them, about.
    bytes: usize,
    /// How many acts there were.
    acts: u64,
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
        self.bytes = 0;
    }

    /// Bytes of the table, about.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Forgets the half that matters least. Returns how many that were.
    pub(crate) fn forget_half(&mut self) -> usize {
        let before = self.by_pid.len();
        let mut worths: Vec<_> = self.by_pid.values().map(Process::worth).collect();
        worths.sort_unstable();
        let Some(&middle) = worths.get(before / 2) else { return 0 };
        self.by_pid.retain(|_, process| process.worth() > middle);
        self.bytes = self.by_pid.values().map(Process::bytes).sum();
        before - self.by_pid.len()
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
                exe: event.actor.exe.clone(),
                session: event.actor.session,
                container: parent.and_then(|parent| parent.container),
                view: parent.map_or(View::Host, |parent| parent.view),
                mounts: parent.and_then(|parent| parent.mounts),
                root: parent.and_then(|parent| parent.root.clone()),
                staging: false,
                uncertain: parent.map_or(ppid.is_none_or(|ppid| ppid > KTHREADD), |parent| parent.uncertain),
                ended: false,
                seen: 0,
            };
            self.bytes += process.bytes();
            let before = self.by_pid.insert(pid, process);
            self.bytes = self.bytes.saturating_sub(before.map_or(0, |before| before.bytes()));
        }
        self.acts += 1;
        let process = self.by_pid.get_mut(&pid)?;
        let bytes = process.bytes();
        process.seen = self.acts;
        process.ppid = ppid.or(process.ppid);
        if ppid.is_some() {
            process.session = event.actor.session;
        }
        process.exe = event.actor.exe.clone().or(process.exe.take());
        if let Some(comm) = &event.actor.comm {
            if process.staging && !crate::launch::is_runtime(comm.as_bytes()) {
                // It shows its own program's name: the runtime's work is done, even if no record says when.
                process.staging = false;
                process.view = View::Container;
            }
            process.comm = Some(comm.clone());
        }
        self.bytes = (self.bytes + process.bytes()).saturating_sub(bytes);
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
        if before == now {
            return false;
        }
        // A login never begins in a process that also changes its parent: logins are for whole sessions.
        if known.session != event.actor.session {
            return true;
        }
        if now <= 1 {
            return self.is_service_with_old_pid(known, event);
        }
        if self.is_ancestor(now, before) {
            return false;
        }
        // Only a shim or a process of the same container takes over a container's process.
        let stranger = self.by_pid.get(&now).is_some_and(|parent| {
            let shim = parent.comm.as_ref().is_some_and(|comm| crate::launch::is_shim(comm.as_bytes()));
            known.container.is_some() && !known.staging && parent.container.is_none() && !shim
        });
        if stranger {
            return true;
        }
        let staged = known.comm.as_ref().is_some_and(|comm| crate::launch::is_runc_stage(comm.as_bytes()));
        let same_name = known.comm.is_some() && known.comm == event.actor.comm;
        let old_parent_lives = self.by_pid.get(&before).is_some_and(|parent| !parent.ended);
        !staged && !same_name && old_parent_lives
    }

    /// Whether what pid 1 has as a child now is a program of the host, and not a container's process
    /// that lost its parent: another program, with another task name, that took no part in an escape.
    fn is_service_with_old_pid(&self, known: &Process, event: &Event) -> bool {
        let inside = known.container.is_some() && !known.staging && known.view == View::Container;
        let other = |before: &Option<Bytes>, now: &Option<Bytes>| before.is_some() && now.is_some() && before != now;
        inside && other(&known.comm, &event.actor.comm) && other(&known.exe, &event.actor.exe)
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
