//! Which containers a shim looks after: what it starts without a runtime's name is a program inside one.
//!
//! `docker exec` and its like leave the new program with the shim as its parent. A log of few rules
//! shows neither the runtime that set it up nor its arguments, so that only the shim ties the
//! program to the container.

use std::collections::BTreeMap;

use model::{Confidence, Event, View};

use crate::{launch, processes::Processes};

/// How sure the membership is when the shim looks after one container only.
const BY_SHIM: Confidence = 85;

/// Containers by the pid of the process that became parent of their first process.
#[derive(Debug, Default)]
pub(crate) struct Shims {
    by_pid: BTreeMap<u32, Vec<usize>>,
}

impl Shims {
    /// Forgets everything: pids begin anew.
    pub(crate) fn clear(&mut self) {
        self.by_pid.clear();
    }

    /// Notes the parent of a container's first process once its launcher left it to a shim.
    pub(crate) fn learn(&mut self, event: &Event, index: usize, launcher: Option<u32>, processes: &Processes) {
        let Some(parent) = event.actor.ppid.filter(|&parent| parent > 2 && Some(parent) != launcher) else { return };
        let comm = processes.get(parent).and_then(|parent| parent.comm.as_ref());
        if comm.is_some_and(|comm| !launch::is_shim(comm.as_bytes())) {
            return;
        }
        let containers = self.by_pid.entry(parent).or_default();
        if containers.last() != Some(&index) && !containers.contains(&index) {
            containers.push(index);
        }
    }

    /// Gives a process outside all containers, whose parent is a shim, to the shim's only container.
    /// With none or several the process becomes uncertain: how it names things has to decide.
    pub(crate) fn join(&self, event: &Event, processes: &mut Processes) {
        let (Some(pid), Some(parent)) = (event.actor.pid, event.actor.ppid) else { return };
        let host_program = |comm: &[u8]| launch::is_runtime(comm) || launch::is_shim(comm) || comm == b"exe";
        if event.actor.comm.as_ref().is_none_or(|comm| host_program(comm.as_bytes())) {
            return;
        }
        let outside = processes.get(parent).is_none_or(|parent| parent.container.is_none());
        let named = processes.get(parent).and_then(|parent| parent.comm.as_ref());
        let shim = named.is_some_and(|comm| launch::is_shim(comm.as_bytes()));
        let children = self.by_pid.get(&parent).map_or(&[][..], Vec::as_slice);
        let known = !children.is_empty() && (shim || named.is_none());
        let Some(process) = processes.get_mut(pid) else { return };
        if !outside || process.container.is_some() || process.view != View::Host || !(shim || known) {
            return;
        }
        match children {
            [only] => {
                process.container = Some((*only, BY_SHIM));
                process.view = View::Container;
                process.root = None;
            }
            _ => process.uncertain = true,
        }
    }
}
