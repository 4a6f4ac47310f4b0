//! Membership that is told outright: by the runtime's state, or by the source itself.

use model::{Action, ContainerRef, Event, Object, View};

use super::{Host, Labels, Mode, Tracker};
use crate::{containers::Container, known, launch, mounts::reported_mounts};

impl Tracker {
    /// Gives a process to the container that the runtime's state names as its own, when no record showed its start.
    pub(super) fn join_known(&mut self, host: &mut Host, event: &Event, pid: u32, mode: Mode) {
        let Some(process) = host.processes.get(pid) else { return };
        let runtime = process.comm.as_ref().is_some_and(|comm| launch::is_runtime(comm.as_bytes()));
        if process.container.is_some() || process.staging || process.view != View::Host || runtime {
            return;
        }
        // Its own pid, or that of a parent of which no record came.
        let parent = event.actor.ppid.filter(|&ppid| host.processes.get(ppid).is_none());
        let named = [(Some(pid), 90), (parent, 85)].into_iter().find_map(|(pid, confidence)| {
            let pid = pid.filter(|pid| !host.ended.contains(pid))?;
            let known = self.known.first_process(&host.name, pid, event.time, host.booted)?;
            Some((known.id.clone(), pid, confidence))
        });
        let Some((id, init_pid, confidence)) = named else { return };
        let index = self.latest_named(host, &id).unwrap_or_else(|| {
            let index = self.new_container(event, init_pid, None, confidence, mode);
            self.containers[index].offer_name(&id, 97);
            index
        });
        if let Some(process) = host.processes.get_mut(pid) {
            process.container = Some((index, confidence));
            process.view = View::Container;
            process.root = None;
            process.uncertain = false;
        }
    }

    /// A source that names containers itself (Falco): `host` is the host, `<NA>` was dropped by the parser.
    pub(super) fn reported_container(&mut self, host: &mut Host, event: &Event, boot: u32) -> Labels {
        let id = event.fact("container.id").unwrap_or_default();
        if id == "host" || id.is_empty() {
            let place = |object: &Object| self.places_of(host, View::Host, None, None, event, object);
            let places = event.objects.iter().map(place).collect();
            return Labels { boot: Some(boot), view: Some(View::Host), places, ..Labels::default() };
        }
        let name = event.fact("container.name").filter(|name| !name.is_empty()).unwrap_or(id);
        // Sources print the id in full or in part; the state knows the whole of it.
        let known = self.known.find(&host.name, id);
        let name = known.map_or(name, |known| known.id.as_str()).to_string();
        let stated = || known.map(|known| known::binds(known).collect());
        let reported = event.fact("container.mounts").map(reported_mounts);
        let container = Container {
            name: Some((name.clone(), 99)),
            binds: reported.or_else(stated).unwrap_or_default(),
            ..Container::seen(event, 0, 99)
        };
        let place = |object: &Object| self.places_of(host, View::Container, None, Some(&container), event, object);
        let places = event.objects.iter().map(place).collect();
        Labels {
            boot: Some(boot),
            container: Some(ContainerRef { id: name, confidence: 99 }),
            view: Some(View::Container),
            places,
            ..Labels::default()
        }
    }
}

/// Whether a container runtime's daemon states what it did with a container.
pub(super) fn is_of_a_runtime(event: &Event) -> bool {
    matches!(
        event.action,
        Action::ContainerCreate
            | Action::ContainerStart
            | Action::ContainerExec
            | Action::ContainerCopy
            | Action::ContainerStop
            | Action::ContainerDelete
            | Action::ImageChange
    ) || matches!(event.format.as_str(), "runtime_log" | "docker_events")
}
