//! The one state machine behind both folds: hosts, boots, processes, containers, mounts.

mod told;

use std::collections::{BTreeMap, BTreeSet};

use model::{
    Action, Bytes, Confidence, ContainerRef, Event, KnownContainer, Object, ObjectKind, Outcome, ProcessKey, Role,
    Timestamp, View,
};

use crate::{
    containers::{Bind, Container},
    knowledge::{Knowledge, below},
    known::Known,
    launch::{self, LaunchVerb},
    mounts::{
        Claim, Sample, complete_binds, guess_mount_points, learn_changed_roots, learn_mount_point, settle_claims,
    },
    naming::{
        absolute_name, in_root, is_directory, is_foreign_name, learn_host_mount, learn_place, learn_upper, named_by,
        namespace_types, on_host, parent_of, remember_files, seen_by,
    },
    policy::Policy,
    processes::{Process, Processes},
    resolve::{self, Place, Viewpoint},
    shims::Shims,
};

/// Most samples of names that are kept per container to find mount points inside it.
const SAMPLES_MAX: usize = 4_096;

/// Most directory names of processes of unknown descent that are kept until learning ends (about 100 MB).
const CLAIMS_MAX: usize = 500_000;

/// `CLONE_NEWNS` of `setns` and `unshare`. Source: include/uapi/linux/sched.h.
const CLONE_NEWNS: u64 = 0x0002_0000;

/// What the current fold does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Learns; labels are not used.
    Learning,
    /// Everything is learnt; only the process table runs again.
    Labelling,
}

/// Labels of one event.
#[derive(Debug, Default)]
pub(crate) struct Labels {
    boot: Option<u32>,
    process: Option<ProcessKey>,
    parent: Option<ProcessKey>,
    container: Option<ContainerRef>,
    view: Option<View>,
    places: Vec<Place>,
    /// The container that the runtime is building with this event.
    builds: Option<(String, Option<Bytes>)>,
}

#[derive(Debug, Default)]
struct Host {
    name: String,
    boot: u32,
    /// When the present boot began, where a record says so.
    booted: Option<Timestamp>,
    /// First processes of known containers that ended in this boot: their pids can come again.
    ended: BTreeSet<u32>,
    processes: Processes,
    knowledge: Knowledge,
    /// Arguments of runtime processes by pid: (verb, container id).
    requests: BTreeMap<u32, (LaunchVerb, String)>,
    /// Directories named by processes of unknown descent.
    claims: Vec<Claim>,
    /// Names of containers by the pid of a shim or runtime, from paths that mention them.
    hints: BTreeMap<u32, (String, Confidence)>,
    shims: Shims,
}

impl Host {
    /// The host starts again, or the second fold does: pids mean nothing any more.
    fn forget_pids(&mut self) {
        self.processes.clear();
        self.requests.clear();
        self.hints.clear();
        self.shims.clear();
        self.ended.clear();
        self.booted = None;
    }
}

pub(crate) struct Tracker {
    policy: Policy,
    hosts: BTreeMap<String, Host>,
    containers: Vec<Container>,
    /// How many containers the present fold has met; equal events meet them in equal order.
    met: usize,
    samples: Vec<Sample>,
    /// What the state of runtimes says.
    known: Known,
}

impl Tracker {
    pub(crate) fn new(policy: Policy) -> Self {
        let (hosts, known) = (BTreeMap::new(), Known::default());
        Self { policy, hosts, containers: Vec::new(), met: 0, samples: Vec::new(), known }
    }

    /// Takes what the state of runtimes says.
    pub(crate) fn know(&mut self, containers: &[KnownContainer]) {
        self.known = Known::of(containers);
    }

    pub(crate) fn containers(&self) -> &[Container] {
        &self.containers
    }

    /// Follows one event and says what it makes known about it.
    pub(crate) fn step(&mut self, event: &Event, mode: Mode) -> Labels {
        let name = event.host.clone().unwrap_or_default();
        let mut host = self.hosts.remove(&name).unwrap_or_else(|| Host { name: name.clone(), ..Host::default() });
        let labels = self.step_on(&mut host, &name, event, mode);
        self.hosts.insert(name, host);
        labels
    }

    fn step_on(&mut self, host: &mut Host, name: &str, event: &Event, mode: Mode) -> Labels {
        if event.action == Action::SystemBoot {
            host.boot += 1;
            host.forget_pids();
            host.booted = Some(event.time);
        }
        let boot = host.boot;
        if told::is_of_a_runtime(event) {
            // The daemon acts on the container; nothing that the container did.
            return Labels { boot: Some(boot), view: Some(View::Host), ..Labels::default() };
        }
        if event.fact("container.id").is_some() {
            return self.reported_container(host, event, boot);
        }
        if host.processes.meet(event, name, boot).is_none() {
            return Labels { boot: Some(boot), ..Labels::default() };
        }
        self.identify(host, event, mode);
        if mode == Mode::Labelling {
            self.adopt(host, event);
        }
        let labels = self.labels(host, event, boot, mode);
        if mode == Mode::Labelling {
            remember_files(&mut host.knowledge, event, &labels.places);
        }
        if event.outcome == Outcome::Succeeded || event.outcome == Outcome::Unknown {
            self.follow(host, event, mode);
        }
        labels
    }

    /// Finds out which container the actor belongs to.
    fn identify(&mut self, host: &mut Host, event: &Event, mode: Mode) {
        let Some(pid) = event.actor.pid else { return };
        let comm = event.actor.comm.clone().unwrap_or_default();
        if event.action == Action::ProcessExec && !matches!(event.outcome, Outcome::Failed { .. }) {
            self.note_arguments(host, event, pid, mode);
        }
        for object in &event.objects {
            if let Some((id, confidence)) = object.name.as_ref().and_then(launch::container_in_path) {
                let id = self.known.canonical(&host.name, &id);
                let launcher = event.actor.ppid.unwrap_or(pid);
                host.hints.insert(launcher, (id, confidence));
            }
        }
        let pivots = event.action == Action::MountPivot
            && (launch::is_runtime(comm.as_bytes())
                || event.actor.exe.as_ref().is_some_and(|exe| launch::is_runtime(exe.as_bytes())));
        let mounts = event.action == Action::MountAttach && launch::keeps_its_name(comm.as_bytes());
        if launch::is_runc_init(comm.as_bytes()) || pivots || mounts {
            self.begin_container(host, event, pid, mode);
        } else if event.action == Action::ProcessExec {
            self.overlay_executable(host, event, pid, mode);
        }
        self.join_known(host, event, pid, mode);
        match host.processes.get(pid).and_then(|process| process.container) {
            Some((index, _)) if self.containers[index].init_pid == pid => {
                host.shims.learn(event, index, self.containers[index].launcher_pid, &host.processes);
            }
            Some(_) => {}
            None => host.shims.join(event, &mut host.processes),
        }
    }

    fn note_arguments(&mut self, host: &mut Host, event: &Event, pid: u32, mode: Mode) {
        if let Some(process) = host.processes.get_mut(pid) {
            process.argv.clone_from(&event.actor.argv);
        }
        if let Some((verb, id)) = launch::runtime_request(&event.actor.argv) {
            host.requests.insert(pid, (verb, self.known.canonical(&host.name, &id)));
        }
        if let Some(id) = launch::shim_container(&event.actor.argv) {
            let id = self.known.canonical(&host.name, &id);
            host.hints.insert(pid, (id, 95));
        }
        if mode == Mode::Learning {
            host.knowledge.learn_client_binds(launch::client_binds(&event.actor.argv));
        }
    }

    /// A runtime's child has reached the stage at which it becomes a container's process.
    fn begin_container(&mut self, host: &mut Host, event: &Event, pid: u32, mode: Mode) {
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
        let index = self.new_container(event, pid, Some(launcher), 95, mode);
        let starter = host.processes.get(launcher).and_then(Process::parent_pid);
        self.containers[index].launched_by =
            starter.and_then(|starter| host.processes.get(starter)).and_then(|starter| starter.comm.clone());
        let named = host.requests.get(&launcher).map(|(_, id)| (id.clone(), 98));
        let by_pid = self.known.starting(&host.name, pid, event.time).map(|known| (known.id.clone(), 90));
        for (id, confidence) in named.into_iter().chain(host.hints.get(&launcher).cloned()).chain(by_pid) {
            self.containers[index].offer_name(&id, confidence);
        }
        if let Some(process) = host.processes.get_mut(pid) {
            process.container = Some((index, 95));
            process.staging = true;
            process.view = View::Host;
            process.root = None;
        }
    }

    /// The container of that name that was met last on the host.
    fn latest_named(&self, host: &Host, id: &str) -> Option<usize> {
        (0..self.met)
            .rev()
            .find(|&index| self.containers[index].host == host.name && self.containers[index].label() == id)
    }

    fn new_container(
        &mut self,
        event: &Event,
        pid: u32,
        launcher: Option<u32>,
        confidence: Confidence,
        mode: Mode,
    ) -> usize {
        let index = self.met;
        self.met += 1;
        if mode == Mode::Learning || index >= self.containers.len() {
            let container = Container::seen(event, pid, confidence);
            self.containers.push(Container { launcher_pid: launcher, ..container });
        }
        index
    }

    /// A process without a known parent that names the host's files as only one container sees them
    /// belongs to that container: logs of few rules do not show every parent.
    fn adopt(&self, host: &mut Host, event: &Event) {
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
    fn overlay_executable(&mut self, host: &mut Host, event: &Event, pid: u32, mode: Mode) {
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
        let index = known.unwrap_or_else(|| {
            let index = self.new_container(event, pid, None, 60, mode);
            if mode == Mode::Learning {
                self.containers[index].root = Some((device, 0));
                self.containers[index].offer_name(&format!("overlay:{device}"), 40);
            }
            index
        });
        if let Some(process) = host.processes.get_mut(pid) {
            process.container = Some((index, 60));
            process.view = View::Container;
        }
    }

    fn labels(&mut self, host: &Host, event: &Event, boot: u32, mode: Mode) -> Labels {
        let Some(process) = event.actor.pid.and_then(|pid| host.processes.get(pid)) else {
            return Labels { boot: Some(boot), ..Labels::default() };
        };
        let container = process.container.map(|(index, confidence)| (&self.containers[index], confidence));
        // What the runtime does while it builds the container is not the container's act.
        let builds = container
            .filter(|_| process.staging)
            .map(|(container, _)| (container.label(), container.launched_by.clone()));
        let container = container.filter(|_| !process.staging);
        let mut labels = Labels {
            boot: Some(boot),
            process: Some(process.key.clone()),
            parent: process.parent.clone(),
            container: container.map(|(container, confidence)| ContainerRef { id: container.label(), confidence }),
            view: Some(process.view),
            places: Vec::new(),
            builds,
        };
        if mode == Mode::Labelling {
            let root = process.root.as_ref();
            let container = container.map(|(container, _)| container);
            let place = |object: &Object| self.places_of(host, process.view, root, container, event, object);
            labels.places = event.objects.iter().map(place).collect();
        }
        labels
    }

    fn places_of(
        &self,
        host: &Host,
        view: View,
        root: Option<&Bytes>,
        container: Option<&Container>,
        event: &Event,
        object: &Object,
    ) -> Place {
        let file = !matches!(
            object.kind,
            ObjectKind::Process | ObjectKind::Container | ObjectKind::ApiObject | ObjectKind::Module
        );
        let network = object.kind == ObjectKind::Socket
            && object.name.as_ref().is_none_or(|name| !name.as_bytes().starts_with(b"/"));
        if !file || network {
            return Place::default();
        }
        let viewpoint = Viewpoint { view, root, container };
        resolve::place(&viewpoint, object, parent_of(event, object), &host.knowledge, &self.policy)
    }

    /// Lets the event change the state: what the actor sees from now on, and what is known.
    fn follow(&mut self, host: &mut Host, event: &Event, mode: Mode) {
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
                    && let Some(process) = host.processes.get_mut(pid)
                {
                    process.staging = false;
                    process.view = View::Container;
                }
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
                    let kept = is_directory(object) && id.0.major != 0 && host.claims.len() < CLAIMS_MAX;
                    host.claims.extend(kept.then_some(Claim { id, path }));
                }
                (View::Host, _) if process.root.is_none() => learn_place(&mut host.knowledge, object, id, &path),
                (View::Container, Some((container, _))) => {
                    let Some(name) = in_root(&path, process) else { continue };
                    if self.samples.len() < SAMPLES_MAX * (self.containers.len() + 1) {
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
            let Some(resolved) = place.resolved.filter(|_| place.domain == Some(model::Domain::Host)) else { return };
            let source_id = source.device.zip(source.inode);
            Bind { source: Some(resolved.path), source_id, target: target.and_then(inside), ..Bind::default() }
        } else {
            return;
        };
        self.containers[index].binds.push(bind);
    }

    fn enter(&self, host: &mut Host, event: &Event, process: &Process) {
        let staged = process.comm.as_ref().is_some_and(|comm| launch::is_runc_stage(comm.as_bytes()));
        let types = namespace_types(event);
        let mounts = types.is_none_or(|types| types == 0 || types & CLONE_NEWNS != 0);
        let root = event.objects.iter().find(|object| object.name.as_ref().is_some_and(|name| name.as_bytes() == b"/"));
        let root = root.and_then(|root| root.device.zip(root.inode));
        // A setns without any record of a root is judged by its types alone.
        if staged || !mounts && root.is_none() {
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

    /// Ends learning: finds mount points that no record states, and starts the processes anew.
    pub(crate) fn finish_learning(&mut self) {
        self.containers.iter_mut().for_each(|container| self.known.equip(container));
        for host in self.hosts.values_mut() {
            let knowledge = &mut host.knowledge;
            let claims = std::mem::take(&mut host.claims);
            settle_claims(claims, &host.name, &self.containers, knowledge, &mut self.samples);
            for sample in &self.samples {
                let container = &mut self.containers[sample.container];
                if container.host == host.name {
                    learn_mount_point(container, sample, knowledge);
                }
            }
            for (index, container) in self.containers.iter_mut().enumerate() {
                if container.host == host.name {
                    complete_binds(container, index, &self.samples, knowledge);
                }
            }
            host.boot = 0;
            host.forget_pids();
        }
        for index in 0..self.containers.len() {
            guess_mount_points(&mut self.containers[index], index, &self.samples);
        }
        for host in self.hosts.values() {
            learn_changed_roots(&host.name, &mut self.containers, &self.samples, &host.knowledge);
        }
        self.samples = Vec::new();
        self.met = 0;
    }

    /// Writes the labels into the event.
    pub(crate) fn apply(&self, labels: Labels, event: &mut Event) {
        event.boot = labels.boot;
        event.process = labels.process;
        event.parent = labels.parent;
        event.container = labels.container;
        event.view = labels.view;
        if let Some((container, launched_by)) = labels.builds {
            event.facts.insert(model::BUILDS_CONTAINER.to_string(), container);
            if let Some(comm) = launched_by {
                event.facts.insert(model::LAUNCHED_BY.to_string(), comm.to_text());
            }
        }
        for (object, place) in event.objects.iter_mut().zip(labels.places) {
            object.resolved = place.resolved;
            object.domain = place.domain;
        }
        self.known.name_container(event);
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
