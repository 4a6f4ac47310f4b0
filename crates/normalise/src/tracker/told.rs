//! Membership and view that are told outright: by the runtime's state, or by the source itself.
//!
//! Sources that name containers go by the control group, and a process keeps that when it enters the host's
//! namespaces. So *whose* a process is and *what it sees* are two questions: the name answers the first, the mount
//! namespace that Tetragon and Tracee state answers the second, and where neither is stated the acts that were
//! followed do. All sources share one table of processes and containers, so that they agree.

use model::{Action, CARRIED_BY, ContainerRef, Event, Object, ObjectKind, View};

use super::{Host, Labels, Mode, Tracker};
use crate::{
    containers::Container,
    known, launch,
    mounts::reported_mounts,
    names::{is_id, is_same},
    processes::{Mounts, Process},
};

/// Containers that are kept because a source names them; real hosts have some hundreds in a month. Those beyond are
/// named in their events all the same.
const TOLD_MAX: usize = 10_000;

/// Numbers that the initial mount namespace has: fixed since Linux 6.18, before that among the first that are given
/// out. Source: include/uapi/linux/nsfs.h, fs/proc/generic.c (`PROC_DYNAMIC_FIRST`).
const INITIAL_MOUNTS: &[u64] = &[0xefff_fff8, 0xf000_0000, 0xf000_0001];

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
            self.offer_name(index, &id, 97);
            index
        });
        if let Some(process) = host.processes.get_mut(pid) {
            process.container = Some((index, confidence));
            process.view = View::Container;
            process.root = None;
            process.uncertain = false;
        }
    }

    /// Takes what the source itself says of the actor: its container, and its mount namespace.
    pub(super) fn tell(&mut self, host: &mut Host, event: &Event, pid: u32, mode: Mode) {
        let mounts = mount_namespace(event, host.mount_namespace);
        if let Some(Mounts { number: Some(number), host: true }) = mounts {
            host.mount_namespace = Some(number);
        } else if event.fact("container.id").is_none() && pid == 1 {
            host.mount_namespace = mounts.and_then(|mounts| mounts.number).or(host.mount_namespace);
        }
        match event.fact("container.id") {
            None | Some("") => {}
            // Said of a control group that the source does not know, too: what acts have shown stands.
            Some(HOST) => {
                if let Some(process) = host.processes.get_mut(pid) {
                    process.uncertain = false;
                }
            }
            Some(id) => self.belong(host, event, pid, id, mode),
        }
        if let (Some(mounts), Some(process)) = (mounts, host.processes.get_mut(pid)) {
            see(process, event, mounts);
        }
    }

    /// The actor belongs to the container that the source names.
    fn belong(&mut self, host: &mut Host, event: &Event, pid: u32, id: &str, mode: Mode) {
        let Some(index) = self.told_container(host, event, id, mode) else { return };
        let is_built = is_built(event, mount_namespace(event, host.mount_namespace));
        let Some(process) = host.processes.get_mut(pid) else { return };
        if process.staging && event.fact("containerStarted") == Some("true") {
            process.staging = false;
            process.view = View::Container;
        }
        match process.container {
            Some((own, _)) if own == index => {}
            // It crossed the boundary: from there it can move itself to any control group.
            Some(_) if process.view != View::Container && !process.staging => return,
            Some(_) => {}
            None => {
                process.staging = is_built;
                process.view = if is_built { View::Host } else { View::Container };
                process.root = None;
            }
        }
        process.container = Some((index, 99));
        process.uncertain = false;
    }

    /// The id with which a source names the container, or that the runtime's state has for the pod in a log's path.
    pub(super) fn told_id<'e>(&self, event: &'e Event) -> Option<std::borrow::Cow<'e, str>> {
        if let Some(id) = event.fact("container.id") {
            return Some(id.into());
        }
        let pod = event.fact("k8s.pod.uid").filter(|_| event.action == Action::LogMessage)?;
        let known = self.known.in_pod(pod, event.fact("container.name")?, event.time)?;
        Some(known.id.clone().into())
    }

    /// The container of that name, known or new. `None` when there are too many.
    fn told_container(&mut self, host: &mut Host, event: &Event, id: &str, mode: Mode) -> Option<usize> {
        let index = match host.told.get(id) {
            Some(&index) => index,
            None => {
                let Some(index) = self.first_told(host, event, id, mode) else {
                    self.forgotten.containers += 1;
                    return None;
                };
                host.told.insert(id.to_string(), index);
                index
            }
        };
        let container = &mut self.containers[index];
        if let (true, Some(mounts)) = (container.binds.is_empty(), event.fact("container.mounts")) {
            container.binds = reported_mounts(mounts);
        }
        Some(index)
    }

    fn first_told(&mut self, host: &Host, event: &Event, id: &str, mode: Mode) -> Option<usize> {
        if self.met >= TOLD_MAX {
            return None;
        }
        let name = self.told_name(host, event, id);
        // Inferred for this process before, without a name that says which container it is.
        let own = event.actor.pid.and_then(|pid| host.processes.get(pid)).and_then(|process| process.container);
        let unnamed = |at: &usize| self.containers[*at].name.as_ref().is_none_or(|(_, confidence)| *confidence < 90);
        let found = self.names.latest_same(&host.name, &name, self.met);
        let found = found.or(own.map(|(at, _)| at).filter(unnamed));
        let index = match found {
            Some(index) => index,
            None => self.new_container(event, 0, None, 99, mode),
        };
        let container = &mut self.containers[index];
        // Sources print the id in full or in part.
        let shorter = container.name.as_ref().is_none_or(|(own, _)| name.len() > own.len() || !is_same(own, &name));
        if shorter {
            self.names.set(index, container, name, 99);
        }
        Some(index)
    }

    /// The one id of the container, where it is known or an id is told at all; else the name that the source gives.
    fn told_name(&self, host: &Host, event: &Event, id: &str) -> String {
        let known = self.known.find(&host.name, id).map(|known| known.id.as_str());
        let name = || event.fact("container.name").filter(|name| !name.is_empty() && !is_id(id));
        known.or_else(name).unwrap_or(id).to_string()
    }

    /// What a source says of a container without a process that could be followed: `host` is the host, `<NA>` was
    /// dropped by the parser.
    pub(super) fn reported_container(&mut self, host: &mut Host, event: &Event, (boot, mode): (u32, Mode)) -> Labels {
        let id = self.told_id(event).unwrap_or_default();
        if id == HOST || id.is_empty() {
            let place = |object: &Object| self.places_of(host, View::Host, None, None, event, object);
            let places = event.objects.iter().map(place).collect();
            return Labels { boot: Some(boot), view: Some(View::Host), places, ..Labels::default() };
        }
        let reported;
        let told = if self.is_claim(host, event) { None } else { self.told_container(host, event, &id, mode) };
        let container = match told {
            Some(index) => &self.containers[index],
            None => {
                let stated = self.known.find(&host.name, &id).map(|known| known::binds(known).collect());
                let mounts = event.fact("container.mounts").map(reported_mounts);
                reported = Container {
                    name: Some((self.told_name(host, event, &id), 99)),
                    binds: mounts.or(stated).unwrap_or_default(),
                    ..Container::seen(event, 0, 99)
                };
                &reported
            }
        };
        // Tracee and Tetragon state the namespace also of processes that they give no pid of.
        let is_on_host = mount_namespace(event, host.mount_namespace).is_some_and(|mounts| mounts.host);
        let view = if is_on_host { View::Host } else { View::Container };
        let place = |object: &Object| self.places_of(host, view, None, Some(container), event, object);
        let places = event.objects.iter().map(place).collect();
        let container = Some(ContainerRef { id: container.label(), confidence: 99 });
        Labels { boot: Some(boot), container, view: Some(view), places, ..Labels::default() }
    }
}

/// What the process sees, by the mount namespace that its source states.
///
/// Tetragon states the one that a program was started in, whatever the process did since: only a change tells.
fn see(process: &mut Process, event: &Event, mounts: Mounts) {
    let before = process.mounts.replace(mounts);
    if process.container.is_none() || process.staging || before == Some(mounts) {
        return;
    }
    let is_present = event.action == Action::ProcessExec || !is_of_program_start(event);
    if mounts.host || before.is_some() {
        process.view = if mounts.host { View::Host } else { View::Container };
        process.root = None;
    } else if is_present {
        process.view = View::Container;
    }
}

/// The mount namespace that a source states for the actor. `known` is the number of the host's, once it is known.
fn mount_namespace(event: &Event, known: Option<u64>) -> Option<Mounts> {
    let number = event.fact("ns.mnt.inum").or(event.fact("mountNamespace"));
    let number: Option<u64> = number.and_then(|text| text.parse().ok()).filter(|&number| number > 0);
    let stated = event.fact("ns.mnt.is_host").map(|text| text == "true");
    let is_initial = number.is_some_and(|number| INITIAL_MOUNTS.contains(&number) || known == Some(number));
    (number.is_some() || stated.is_some()).then_some(Mounts { number, host: stated == Some(true) || is_initial })
}

/// Whether the namespaces in the event are those that the actor's program was started in, not the present ones.
/// Source: Tetragon `pkg/process` (a process is described from its `execve` on).
fn is_of_program_start(event: &Event) -> bool {
    event.format == "tetragon"
}

/// Whether the source states the mount namespace that the actor has after the act.
pub(super) fn states_mounts(event: &Event) -> bool {
    !is_of_program_start(event) && mount_namespace(event, None).is_some()
}

/// Whether the actor is still the runtime that builds the container, already in its control group.
pub(super) fn is_building(event: &Event) -> bool {
    is_built(event, mount_namespace(event, None))
}

fn is_built(event: &Event, mounts: Option<Mounts>) -> bool {
    if let Some(started) = event.fact("containerStarted") {
        return started == "false";
    }
    let names = event.actor.comm.iter().chain(&event.actor.exe).chain(event.actor.argv.first());
    let is_runtime = names.into_iter().any(|name| launch::is_runtime(name.as_bytes()));
    // A child of a container's process is the container's, whatever it calls itself.
    is_runtime && mounts.is_some_and(|mounts| mounts.host) && event.fact("parent.docker").is_none()
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

/// Names of containers in which recorders run and print what they record.
const RECORDERS: &[&str] = &["falco", "tetragon", "export-stdout", "tracee"];

impl Tracker {
    /// Whether the record stands in a container's log, and nothing says that this container is a recorder: its programs
    /// can print any record. Such a claim stands with what it says, and changes nothing in what is known of others.
    pub(super) fn is_claim(&self, host: &Host, event: &Event) -> bool {
        if !event.fact(CARRIED_BY).is_some_and(|carrier| matches!(carrier, "docker_json_log" | "cri_log")) {
            return false;
        }
        let is_recorder = |name: &str| RECORDERS.iter().any(|recorder| name.contains(recorder));
        let known = event.fact("carrier.container.id").and_then(|id| self.known.find(&host.name, id));
        let known = known.into_iter().flat_map(|known| [known.name.as_deref(), known.image.as_deref()]).flatten();
        !event.fact("carrier.container.name").into_iter().chain(known).any(is_recorder)
    }
}

/// What sources call the host where they name containers.
pub(super) const HOST: &str = "host";

/// Pid on the host of the process that the event acts on: stated by the kernel, or as the caller numbers it where the
/// caller is in the host's own pid namespace.
pub(super) fn target_pid(event: &Event) -> Option<u32> {
    if let Some(pid) = event.objects.iter().filter(|object| object.kind == ObjectKind::Process).find_map(|o| o.pid) {
        return Some(pid);
    }
    // Tracee gives the actor's pid in both namespaces.
    let own = event.fact("processId").and_then(|pid| pid.parse::<u32>().ok());
    let is_host = event.fact("ns.pid.is_host") == Some("true") || own.is_some() && own == event.actor.pid;
    if !is_host {
        return None;
    }
    // Calls of which the first argument is a process, as Tracee and Tetragon write it; and its memory as a file.
    let call = event.fact("syscall").filter(|_| event.format == "tetragon").or(event.fact("eventName"));
    let first = || event.fact("args.pid").or(event.fact("args.0.int_arg"));
    let argument = call.filter(|call| matches!(*call, "pidfd_open" | "process_vm_writev")).and_then(|_| first());
    let memory = || {
        let names = event.objects.iter().filter_map(|object| object.name.as_ref());
        names.filter_map(|name| name.to_text().strip_prefix("/proc/")?.strip_suffix("/mem")?.parse().ok()).next()
    };
    event.fact("target_pid").or(argument).map_or_else(memory, |pid| pid.parse().ok())
}

/// Whether the pid of the actor is that of the container's process: a message that a runtime passed on has its own.
pub(super) fn names_the_process(event: &Event) -> bool {
    event.actor.pid.is_some() && event.action != Action::LogMessage
}
