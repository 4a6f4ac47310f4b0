//! The one state machine behind both folds: hosts, boots, processes, containers, mounts.

mod acts;
mod starts;
mod told;

use std::collections::{BTreeMap, BTreeSet};

use model::{
    Action, Bytes, Confidence, ContainerRef, Event, KnownContainer, Object, ObjectKind, Outcome, ProcessKey, Timestamp,
    View,
};

use crate::{
    containers::Container,
    knowledge::Knowledge,
    known::Known,
    launch::{self, LaunchVerb},
    memory::{Forgotten, HOSTS_MAX, Held, NAMES_MAX, PLACE_BYTES_MAX, PROCESS_BYTES_MAX},
    mounts::{
        ByHost, Claim, Sample, complete_binds, guess_mount_points, learn_changed_roots, learn_mount_point,
        settle_claims,
    },
    names::Names,
    naming::{parent_of, remember_files},
    policy::Policy,
    processes::Processes,
    resolve::{self, Place, Viewpoint},
    shims::Shims,
};

/// Most samples of names that are kept per container to find mount points inside it.
const SAMPLES_MAX: usize = 4_096;

/// Most samples of all containers together (about 40 MB); a source can name any number of containers.
const ALL_SAMPLES_MAX: usize = 250_000;

/// Most directory names of processes of unknown descent that are kept until learning ends (about 50 MB).
const CLAIMS_MAX: usize = 250_000;

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
    /// The container of the process that is acted on, or `host`.
    target: Option<String>,
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
    /// Containers by the ids with which sources name them.
    told: BTreeMap<String, usize>,
    /// Number of the host's own mount namespace, where a source states it.
    mount_namespace: Option<u64>,
}

impl Host {
    fn held(&self) -> Held {
        let (directories, files) = self.knowledge.bytes();
        Held { processes: self.processes.bytes(), directories, files, claims: self.claims.len() }
    }

    /// Notes a container's name by the pid of a shim or runtime.
    fn hint(&mut self, pid: u32, name: (String, Confidence)) {
        if self.hints.len() < NAMES_MAX || self.hints.contains_key(&pid) {
            self.hints.insert(pid, name);
        }
    }

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
    names: Names,
    /// How many containers the present fold has met; equal events meet them in equal order.
    met: usize,
    samples: Vec<Sample>,
    /// What the state of runtimes says.
    known: Known,
    /// What all hosts hold.
    held: Held,
    forgotten: Forgotten,
}

impl Tracker {
    pub(crate) fn new(policy: Policy) -> Self {
        let (hosts, known) = (BTreeMap::new(), Known::default());
        Self {
            policy,
            hosts,
            containers: Vec::new(),
            names: Names::default(),
            met: 0,
            samples: Vec::new(),
            known,
            held: Held::default(),
            forgotten: Forgotten::default(),
        }
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
        let Some(mut host) = self.hosts.remove(&name).or_else(|| self.new_host(&name)) else {
            self.forgotten.events_of_hosts += 1;
            return Labels::default();
        };
        let before = host.held();
        let room = |held: usize| PLACE_BYTES_MAX.saturating_sub(held);
        host.knowledge.room = (room(self.held.directories), room(self.held.files));
        let labels = self.step_on(&mut host, &name, event, mode);
        self.held = self.held.after(before, host.held());
        self.hosts.insert(name, host);
        self.forget_processes();
        labels
    }

    fn new_host(&self, name: &str) -> Option<Host> {
        (self.hosts.len() < HOSTS_MAX).then(|| Host { name: name.to_string(), ..Host::default() })
    }

    /// Keeps the process tables within their bound: the largest one gives way.
    fn forget_processes(&mut self) {
        if self.held.processes <= PROCESS_BYTES_MAX {
            return;
        }
        let Some(host) = self.hosts.values_mut().max_by_key(|host| host.processes.bytes()) else { return };
        let before = host.held();
        self.forgotten.processes += host.processes.forget_half() as u64;
        self.held = self.held.after(before, host.held());
    }

    /// What had no room so far.
    pub(crate) fn forgotten(&self) -> Forgotten {
        let places: u64 = self.hosts.values().map(|host| host.knowledge.forgotten).sum();
        Forgotten { places: self.forgotten.places + places, ..self.forgotten }
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
        let is_claim = self.is_claim(host, event);
        if (is_claim || !told::names_the_process(event)) && self.told_id(event).is_some() {
            return self.reported_container(host, event, (boot, mode));
        }
        if is_claim {
            return Labels { boot: Some(boot), ..Labels::default() };
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
                host.hint(launcher, (id, confidence));
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
        self.tell(host, event, pid, mode);
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
            target: None,
        };
        if mode == Mode::Labelling {
            let root = process.root.as_ref();
            let container = container.map(|(container, _)| container);
            let place = |object: &Object| self.places_of(host, process.view, root, container, event, object);
            labels.places = event.objects.iter().map(place).collect();
            labels.target = told::target_pid(event).and_then(|pid| {
                let target = host.processes.get(pid)?;
                Some(target.container.map_or(told::HOST.to_string(), |(index, _)| self.containers[index].label()))
            });
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

    /// Ends learning: finds mount points that no record states, and starts the processes anew.
    pub(crate) fn finish_learning(&mut self) {
        self.containers.iter_mut().for_each(|container| self.known.equip(container));
        let mut of_hosts = ByHost::of(&self.containers, std::mem::take(&mut self.samples));
        for host in self.hosts.values_mut() {
            let before = host.held();
            let knowledge = &mut host.knowledge;
            knowledge.room.0 = PLACE_BYTES_MAX.saturating_sub(self.held.directories);
            let mut own = of_hosts.take(&host.name);
            settle_claims(
                std::mem::take(&mut host.claims),
                &own.containers,
                &self.containers,
                knowledge,
                &mut own.samples,
            );
            for sample in &own.samples {
                learn_mount_point(&mut self.containers[sample.container], sample, knowledge);
            }
            let samples = own.by_container();
            let paths = knowledge.paths_by_device();
            for &index in &own.containers {
                let samples = samples.get(&index).map_or(&[][..], Vec::as_slice);
                complete_binds(&mut self.containers[index], samples, knowledge, &paths);
                guess_mount_points(&mut self.containers[index], samples);
            }
            learn_changed_roots(&mut self.containers, &own.samples, knowledge);
            host.boot = 0;
            host.told.clear();
            host.forget_pids();
            self.held = self.held.after(before, host.held());
        }
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
            event.facts.insert(model::BUILDS_CONTAINER, container);
            if let Some(comm) = launched_by {
                event.facts.insert(model::LAUNCHED_BY, comm.to_text());
            }
        }
        if let Some(container) = labels.target {
            event.facts.insert(model::TARGET_CONTAINER, container);
        }
        for (object, place) in event.objects.iter_mut().zip(labels.places) {
            object.resolved = place.resolved;
            object.domain = place.domain;
        }
        self.known.name_container(event);
    }
}
