//! Which container an actor belongs to by how it was started: runtimes' stages and arguments, executables on overlays,
//! names that only one container uses.

use model::{Action, Confidence, Event, Role, View};

use super::{Host, Mode, Tracker};
use crate::{
    containers::Container,
    launch::{self, LaunchVerb},
    memory::{CONTAINERS_MAX, NAMES_MAX},
    naming::{absolute_name, is_foreign_name, named_by, on_host, parent_of, seen_by},
    processes::Process,
};

impl Tracker {
    pub(super) fn note_arguments(&mut self, host: &mut Host, event: &Event, pid: u32, mode: Mode) {
        if let Some((verb, id)) = launch::runtime_request(&event.actor.argv)
            && host.requests.len() < NAMES_MAX
        {
            host.requests.insert(pid, (verb, self.known.canonical(&host.name, &id)));
        }
        if let Some(id) = launch::shim_container(&event.actor.argv) {
            host.hint(pid, (self.known.canonical(&host.name, &id), 95));
        }
        if mode == Mode::Learning {
            host.knowledge.learn_client_binds(launch::client_binds(&event.actor.argv));
        }
    }

    /// A runtime's child has reached the stage at which it becomes a container's process.
    pub(super) fn begin_container(&mut self, host: &mut Host, event: &Event, pid: u32, mode: Mode) {
        let launcher = event.actor.ppid.unwrap_or(pid);
        if host.processes.get(pid).is_some_and(|process| process.container.is_some()) {
            // Already one, or a container started inside a container (or a process that only took the
            // name): it stays on the side on which it was born.
            return;
        }
        if let Some((LaunchVerb::Exec, id)) = host.requests.get(&launcher).cloned() {
            let joined = self.latest_named(host, &id);
            if let (Some(index), Some(process)) = (joined, host.processes.get_mut(pid)) {
                process.container = Some((index, 95));
                process.staging = true;
                return;
            }
        }
        let asked_for_new = matches!(host.requests.get(&launcher), Some((LaunchVerb::Start, _)));
        if let Some((id, _)) = host.hints.get(&launcher)
            && !asked_for_new
            && let Some(index) = self.latest_named(host, id)
            && self.containers[index].launcher_pid != Some(launcher)
            && event.action != Action::MountPivot
            && self.containers[index].root.is_some()
            && let Some(process) = host.processes.get_mut(pid)
        {
            // The cgroup is an existing container's: a further program is started in it.
            process.container = Some((index, 90));
            process.staging = true;
            return;
        }
        if !self.has_room(mode) {
            return;
        }
        let index = self.new_container(event, pid, Some(launcher), 95, mode);
        let starter = host.processes.get(launcher).and_then(Process::parent_pid);
        self.containers[index].launched_by =
            starter.and_then(|starter| host.processes.get(starter)).and_then(|starter| starter.comm.clone());
        let named = host.requests.get(&launcher).map(|(_, id)| (id.clone(), 98));
        let by_pid = self.known.starting(&host.name, pid, event.time).map(|known| (known.id.clone(), 90));
        for (id, confidence) in named.into_iter().chain(host.hints.get(&launcher).cloned()).chain(by_pid) {
            self.offer_name(index, &id, confidence);
        }
        if let Some(process) = host.processes.get_mut(pid) {
            process.container = Some((index, 95));
            process.staging = true;
            process.view = View::Host;
            process.root = None;
        }
    }

    /// The container of that name that was met last on the host.
    pub(super) fn latest_named(&self, host: &Host, id: &str) -> Option<usize> {
        let named = self.names.latest(&host.name, id, self.met);
        // What stands for a name where there is none; nobody asks for it but one who chose it as a name.
        let unnamed = |index: &usize| {
            let container = &self.containers[*index];
            container.host == host.name && container.name.is_none() && container.label() == id
        };
        let unnamed = id.starts_with("pid:").then(|| (0..self.met).rev().find(unnamed)).flatten();
        named.max(unnamed)
    }

    pub(super) fn offer_name(&mut self, index: usize, name: &str, confidence: Confidence) {
        self.names.offer(index, &mut self.containers[index], name, confidence);
    }

    /// Whether one more container is followed; one that was learnt needs no room.
    fn has_room(&mut self, mode: Mode) -> bool {
        let room =
            self.containers.len() < CONTAINERS_MAX || (mode == Mode::Labelling && self.met < self.containers.len());
        if !room {
            self.forgotten.containers += 1;
        }
        room
    }

    pub(super) fn new_container(
        &mut self,
        event: &Event,
        pid: u32,
        launcher: Option<u32>,
        confidence: Confidence,
        mode: Mode,
    ) -> usize {
        // Labelling meets the containers in the order of learning, but may join a process to one that has its name by
        // now: then those that are not met are passed over.
        let is_it = |container: &Container| container.first == event.id && container.init_pid == pid;
        let learnt = self.containers.get(self.met..).filter(|_| mode == Mode::Labelling);
        let index = match learnt.and_then(|learnt| learnt.iter().position(is_it)) {
            Some(at) => self.met + at,
            None => {
                let container = Container::seen(event, pid, confidence);
                self.containers.push(Container { launcher_pid: launcher, ..container });
                self.containers.len() - 1
            }
        };
        self.met = self.met.max(index + 1);
        index
    }

    /// A process without a known parent that names the host's files as only one container sees them
    /// belongs to that container: logs of few rules do not show every parent.
    pub(super) fn adopt(&self, host: &mut Host, event: &Event) {
        let Some(process) = event.actor.pid.and_then(|pid| host.processes.get(pid)) else { return };
        if !process.uncertain || process.container.is_some() || process.view == View::Container {
            return;
        }
        let mut stranger = false;
        let found = event.objects.iter().find_map(|object| {
            let name = absolute_name(event, object, object.name.as_ref()?)?;
            let on_host = on_host(object, parent_of(event, object), &host.knowledge);
            if on_host.as_ref() == Some(&name) {
                return None;
            }
            stranger |= on_host.as_ref().is_some_and(|on_host| is_foreign_name(&name, on_host));
            let met = self.containers[..self.met].iter().enumerate();
            let candidates = met.filter(|(_, container)| container.host == host.name);
            let seen = |container| match &on_host {
                Some(on_host) => seen_by(container, &name, on_host),
                None => named_by(container, object, &name).then_some(None),
            };
            candidates.filter_map(|(index, container)| Some((index, seen(container)?))).next_back()
        });
        let Some(process) = event.actor.pid.and_then(|pid| host.processes.get_mut(pid)) else { return };
        if let Some((index, root)) = found {
            process.container = Some((index, 80));
            process.view = View::Container;
            process.root = root;
        } else if stranger {
            process.view = View::Unidentified;
        }
    }

    /// An executable on an overlay tells of a container whose start was not recorded.
    pub(super) fn overlay_executable(&mut self, host: &mut Host, event: &Event, pid: u32, mode: Mode) {
        let Some(process) = host.processes.get(pid) else { return };
        if process.container.is_some() {
            return;
        }
        let Some((device, path)) = event.object(Role::Target).and_then(|object| object.device.zip(object.name.clone()))
        else {
            return;
        };
        let host_root = host.knowledge.host_root.map(|(device, _)| device);
        let temporary = ["/tmp", "/run", "/dev", "/proc"].iter().any(|top| path.is_within(top.as_bytes()));
        if device.major != 0 || temporary || host_root.is_none() || host_root == Some(device) {
            return;
        }
        let is_own = |container: &Container| container.root.is_some_and(|(root, _)| root == device);
        let known =
            (0..self.met).find(|&index| self.containers[index].host == host.name && is_own(&self.containers[index]));
        if known.is_none() && !self.has_room(mode) {
            return;
        }
        let index = known.unwrap_or_else(|| {
            let index = self.new_container(event, pid, None, 60, mode);
            if mode == Mode::Learning {
                self.containers[index].root = Some((device, 0));
                self.offer_name(index, &format!("overlay:{device}"), 40);
            }
            index
        });
        if let Some(process) = host.processes.get_mut(pid) {
            process.container = Some((index, 60));
            process.view = View::Container;
        }
    }
}
