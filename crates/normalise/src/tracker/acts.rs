//! What an act changes: what the actor sees from now on, and what is known of places.

use model::{Action, Bytes, Event, ObjectKind, Role, View};

use super::{ALL_SAMPLES_MAX, CLAIMS_MAX, Host, Mode, SAMPLES_MAX, Tracker, told};
use crate::{
    containers::Bind,
    knowledge::below,
    launch,
    mounts::{Claim, Sample},
    naming::{
        CLONE_NEWNS, absolute_name, in_root, is_directory, learn_host_mount, learn_place, learn_upper, namespace_types,
    },
    processes::Process,
};

/// Mounts of one container that are followed: a pod has some dozens, and every name in it is compared with all of them.
const BINDS_MAX: usize = 256;

impl Tracker {
    /// Lets the event change the state: what the actor sees from now on, and what is known.
    pub(super) fn follow(&mut self, host: &mut Host, event: &Event, mode: Mode) {
        let Some(pid) = event.actor.pid else { return };
        let Some(process) = host.processes.get(pid).cloned() else { return };
        if mode == Mode::Learning {
            self.learn(host, event, &process);
        }
        match event.action {
            Action::MountPivot => self.pivot(host, event, &process, mode),
            Action::MountAttach => self.attach(host, event, &process, mode),
            Action::ProcessChroot => change_root(host, event, &process),
            Action::NamespaceEnter => self.enter(host, event, &process),
            Action::ProcessExec => {
                // runc's last stage has become the container's program: now it sees the container only.
                if process.staging
                    && !told::is_building(event)
                    && let Some(process) = host.processes.get_mut(pid)
                {
                    process.staging = false;
                    process.view = View::Container;
                }
            }
            // An alert about an act, where the act itself may not be recorded.
            Action::AlertRaised if event.fact("evt.type") == Some("setns") && process.view == View::Container => {
                self.enter(host, event, &process);
            }
            Action::ProcessExit | Action::ProcessCrash => {
                host.processes.end(pid);
                if self.known.is_first_process(pid) {
                    host.ended.insert(pid);
                }
            }
            _ => {}
        }
    }

    /// Learns places from an actor that sees the host's own file system, and samples from one that does not.
    fn learn(&mut self, host: &mut Host, event: &Event, process: &Process) {
        if let (View::Container, Some((index, _))) = (process.view, process.container) {
            learn_upper(&mut self.containers[index], event);
        }
        for object in &event.objects {
            let Some(name) = object.name.as_ref().filter(|name| !name.is_within(b"/proc")) else { continue };
            let Some(id) = object.device.zip(object.inode) else { continue };
            let Some(path) = absolute_name(event, object, name) else { continue };
            match (process.view, process.container) {
                (View::Host, None) if process.uncertain && process.root.is_none() => {
                    let kept = is_directory(object) && id.0.major != 0 && self.held.claims < CLAIMS_MAX;
                    host.claims.extend(kept.then_some(Claim { id, path }));
                }
                (View::Host, _) if process.root.is_none() => learn_place(&mut host.knowledge, object, id, &path),
                (View::Container, Some((container, _))) => {
                    let Some(name) = in_root(&path, process) else { continue };
                    if self.samples.len() < ALL_SAMPLES_MAX.min(SAMPLES_MAX * (self.containers.len() + 1)) {
                        self.samples.push(Sample { container, name, id, directory: is_directory(object) });
                    }
                }
                _ => {}
            }
        }
        learn_host_mount(&mut host.knowledge, event, process);
    }

    fn pivot(&mut self, host: &mut Host, event: &Event, process: &Process, mode: Mode) {
        let Some((index, _)) = process.container else { return };
        if mode == Mode::Learning {
            let root = event.object(Role::Target).or(event.objects.first());
            let container = &mut self.containers[index];
            container.root = root.and_then(|root| root.device.zip(root.inode)).or(container.root);
            if let Some(id) = container.root
                && container.root_path.is_none()
            {
                container.root_path = host.knowledge.directory(id).cloned();
            }
        }
        if let Some(process) = event.actor.pid.and_then(|pid| host.processes.get_mut(pid)) {
            process.view = View::Container;
            process.root = None;
        }
    }

    fn attach(&mut self, host: &Host, event: &Event, process: &Process, mode: Mode) {
        let Some((index, _)) = process.container else { return };
        if mode != Mode::Learning || process.view == View::Unidentified {
            return;
        }
        let target = event.object(Role::Target).and_then(|target| target.name.as_ref());
        if process.staging && self.containers[index].root_path.is_none() {
            self.containers[index].root_path = event.actor.cwd.clone().filter(|cwd| cwd.as_bytes() != b"/");
        }
        let Some(source) = event.object(Role::Source) else { return };
        let inside = |name: &Bytes| in_root(name, process);
        let bind = if source.kind == ObjectKind::BlockDevice {
            Bind { whole_device: source.rdev, target: target.and_then(inside), ..Bind::default() }
        } else if process.staging {
            let absolute = source.name.as_ref().is_some_and(|name| name.as_bytes().starts_with(b"/"));
            if !absolute || source.name.as_ref() == target {
                return;
            }
            let root = self.containers[index].root_path.as_ref();
            let target = target.zip(root).and_then(|(target, root)| below(target, root.as_bytes()));
            Bind {
                source: source.name.clone(),
                source_id: source.device.zip(source.inode),
                target: target.map(|rest| crate::knowledge::join(b"/", rest)),
                ..Bind::default()
            }
        } else if process.view == View::Container {
            // A bind mount made inside the container: its source is where the source name leads.
            let container = Some(&self.containers[index]);
            let place = self.places_of(host, process.view, process.root.as_ref(), container, event, source);
            let source_id = source.device.zip(source.inode);
            let target = target.and_then(inside);
            match place.resolved.filter(|_| place.domain == Some(model::Domain::Host)) {
                Some(resolved) => Bind { source: Some(resolved.path), source_id, target, ..Bind::default() },
                // The mount points that lead there are known at the end of learning.
                None if source_id.is_some_and(|(device, _)| self.containers[index].is_foreign(device)) => {
                    let name = source.name.as_ref().and_then(|name| absolute_name(event, source, name));
                    Bind { inside: name.as_ref().and_then(inside), source_id, target, ..Bind::default() }
                }
                None => return,
            }
        } else {
            return;
        };
        let binds = &mut self.containers[index].binds;
        if binds.contains(&bind) {
            return;
        }
        if binds.len() >= BINDS_MAX {
            self.forgotten.places += 1;
            return;
        }
        binds.push(bind);
    }

    fn enter(&self, host: &mut Host, event: &Event, process: &Process) {
        let staged = process.comm.as_ref().is_some_and(|comm| launch::is_runc_stage(comm.as_bytes()));
        let types = namespace_types(event);
        let mounts = types.is_none_or(|types| types == 0 || types & CLONE_NEWNS != 0);
        let root = event.objects.iter().find(|object| object.name.as_ref().is_some_and(|name| name.as_bytes() == b"/"));
        let root = root.and_then(|root| root.device.zip(root.inode));
        // A setns without any record of a root is judged by its types alone.
        if staged || root.is_none() && (!mounts || told::states_mounts(event)) {
            return;
        }
        let view = match (root, host.knowledge.host_root) {
            (Some(root), Some(host_root)) if root == host_root => View::Host,
            (Some(root), _)
                if self
                    .containers
                    .iter()
                    .any(|container| container.host == host.name && container.root == Some(root)) =>
            {
                View::Container
            }
            _ if process.container.is_none() => process.view,
            _ => View::Unidentified,
        };
        if let Some(process) = event.actor.pid.and_then(|pid| host.processes.get_mut(pid)) {
            process.view = view;
            process.root = None;
        }
    }
}

fn change_root(host: &mut Host, event: &Event, process: &Process) {
    let Some((target, name)) = event.object(Role::Target).and_then(|target| Some((target, target.name.as_ref()?)))
    else {
        return;
    };
    let Some(path) = absolute_name(event, target, name) else { return };
    let Some(root) = in_root(&path, process) else { return };
    if let Some(process) = event.actor.pid.and_then(|pid| host.processes.get_mut(pid)) {
        process.root = Some(root).filter(|root| root.as_bytes() != b"/");
    }
}
