//! Containers that the state of their runtimes describes: one id for all spellings, and what the log does not show.

use std::collections::{BTreeMap, BTreeSet};

use model::{Event, KnownContainer, Timestamp};

use crate::containers::{Bind, Container};

/// Shortest prefix of an id that names a container: what `docker ps` and most recorders print.
const PREFIX_DIGITS_MIN: usize = 12;

/// How long the state's start can lie behind the first event of the container's first process: the engine
/// notes the start once the process runs, and a loaded host takes its time.
const START_SLACK_NS: i64 = 60_000_000_000;

/// Containers by everything that names them.
#[derive(Debug, Default)]
pub(crate) struct Known {
    containers: Vec<KnownContainer>,
    by_id: BTreeMap<String, Vec<usize>>,
    by_name: BTreeMap<String, Vec<usize>>,
    by_pid: BTreeMap<u32, Vec<usize>>,
    /// By the pod's uid and the container's name in it.
    by_pod: BTreeMap<(String, String), Vec<usize>>,
}

impl Known {
    pub(crate) fn of(containers: &[KnownContainer]) -> Self {
        let mut known = Self { containers: containers.to_vec(), ..Self::default() };
        for (index, container) in containers.iter().enumerate() {
            known.by_id.entry(container.id.clone()).or_default().push(index);
            if let Some(name) = &container.name {
                known.by_name.entry(name.clone()).or_default().push(index);
            }
            let pod = container.pod.as_ref().and_then(|pod| Some((pod.uid.clone()?, pod.container.clone()?)));
            if let Some(pod) = pod {
                known.by_pod.entry(pod).or_default().push(index);
            }
            if let Some(pid) = container.pid {
                known.by_pid.entry(pid).or_default().push(index);
            }
        }
        known
    }

    /// The container that `text` names on the host: by its id, a prefix of it, or its name.
    ///
    /// An id says which container whatever its host; a name or a short id counts only where the host is known.
    /// `None` also when several containers fit.
    pub(crate) fn find(&self, host: &str, text: &str) -> Option<&KnownContainer> {
        if self.containers.is_empty() {
            return None;
        }
        let by_name = || self.only(self.by_name.get(text.trim_start_matches('/'))?, |known| on(known, host));
        let Some(exact) = self.by_id.get(text) else { return self.by_prefix(text).or_else(by_name) };
        self.only(exact, |known| on(known, host) || exact.len() == 1 && (known.host.is_none() && is_hex(text)))
    }

    fn by_prefix(&self, text: &str) -> Option<&KnownContainer> {
        if text.len() < PREFIX_DIGITS_MIN || !is_hex(text) {
            return None;
        }
        let mut fitting = self.by_id.range(text.to_string()..).take_while(|(id, _)| id.starts_with(text));
        let (_, indices) = fitting.next()?;
        if fitting.next().is_some() {
            return None;
        }
        self.only(indices, |_| true)
    }

    fn only(&self, indices: &[usize], fits: impl Fn(&KnownContainer) -> bool) -> Option<&KnownContainer> {
        let mut fitting = indices.iter().map(|&index| &self.containers[index]).filter(|known| fits(known));
        let first = fitting.next()?;
        fitting.next().is_none().then_some(first)
    }

    /// The one id for all spellings of a container; `text` itself when the state does not know it.
    pub(crate) fn canonical(&self, host: &str, text: &str) -> String {
        self.find(host, text).map_or(text, |known| &known.id).to_string()
    }

    /// The container whose first process has that pid at that time, on a host that was started at `booted`.
    pub(crate) fn first_process(
        &self,
        host: &str,
        pid: u32,
        time: Timestamp,
        booted: Option<Timestamp>,
    ) -> Option<&KnownContainer> {
        let alive = |known: &KnownContainer| {
            let began =
                known.started.is_some_and(|started| started <= time && booted.is_none_or(|booted| booted <= started));
            // The end of an earlier run says nothing about this one.
            let ended = known.finished.filter(|&finished| Some(finished) > known.started);
            began && ended.is_none_or(|finished| time <= finished)
        };
        self.only(self.by_pid.get(&pid)?, |known| on(known, host) && alive(known))
    }

    /// The container of that name that ran in the pod at that time; the kubelet makes a new one for every restart.
    pub(crate) fn in_pod(&self, uid: &str, name: &str, time: Timestamp) -> Option<&KnownContainer> {
        if self.by_pod.is_empty() {
            return None;
        }
        let indices = self.by_pod.get(&(uid.to_string(), name.to_string()))?;
        let ran = |known: &KnownContainer| {
            let began = known.started.or(known.created).is_none_or(|began| began <= time);
            let ended = known.finished.filter(|&finished| Some(finished) > known.started);
            began && ended.is_none_or(|finished| time <= finished)
        };
        self.only(indices, ran)
    }

    /// Whether any known container's first process has that pid.
    pub(crate) fn is_first_process(&self, pid: u32) -> bool {
        self.by_pid.contains_key(&pid)
    }

    /// The container that the runtime is just starting as that pid.
    pub(crate) fn starting(&self, host: &str, pid: u32, time: Timestamp) -> Option<&KnownContainer> {
        let just = |known: &KnownContainer| {
            known.started.is_some_and(|started| (0..=START_SLACK_NS).contains(&started.0.saturating_sub(time.0)))
        };
        self.only(self.by_pid.get(&pid)?, |known| on(known, host) && just(known))
    }

    /// Adds what the log did not show of a container: its mounts, and where its root directory lies.
    pub(crate) fn equip(&self, container: &mut Container) {
        let name = container.name.as_ref().map(|(name, _)| name.as_str());
        let Some(known) = name.and_then(|name| self.find(&container.host, name)) else { return };
        let recorded: BTreeSet<_> = container.binds.iter().filter_map(|bind| bind.target.clone()).collect();
        let stated: Vec<Bind> = binds(known).collect();
        for bind in container.binds.iter_mut().filter(|bind| bind.target.is_none()) {
            let mut of_source = stated.iter().filter(|stated| stated.source.is_some() && stated.source == bind.source);
            if let (Some(only), None) = (of_source.next(), of_source.next()) {
                bind.target = only.target.clone();
                bind.volume = only.volume;
            }
        }
        for bind in &mut container.binds {
            let same = stated.iter().find(|stated| stated.target == bind.target && stated.source == bind.source);
            bind.volume |= same.is_some_and(|stated| stated.volume);
        }
        let now: BTreeSet<_> = container.binds.iter().filter_map(|bind| bind.target.clone()).chain(recorded).collect();
        container
            .binds
            .extend(stated.into_iter().filter(|bind| bind.target.as_ref().is_none_or(|it| !now.contains(it))));
        if container.root_path.is_none() {
            container.root_path = known.root.as_ref().and_then(|root| root.merged.clone());
        }
    }

    /// Writes the names that people use beside the id.
    pub(crate) fn name_container(&self, event: &mut Event) {
        let Some(container) = event.container.as_ref().filter(|_| !self.containers.is_empty()) else { return };
        let Some(known) = self.find(event.host.as_deref().unwrap_or_default(), &container.id) else { return };
        let pod = known.pod.as_ref();
        let names = [
            ("container.name", known.name.as_ref().or(pod.and_then(|pod| pod.container.as_ref()))),
            ("container.image", known.image.as_ref()),
            ("k8s.ns.name", pod.and_then(|pod| pod.namespace.as_ref())),
            ("k8s.pod.name", pod.and_then(|pod| pod.name.as_ref())),
            ("k8s.pod.uid", pod.and_then(|pod| pod.uid.as_ref())),
        ];
        for (fact, name) in names {
            if let Some(name) = name {
                event.facts.insert_missing(fact, name);
            }
        }
    }
}

/// What the state says is mounted from the host.
pub(crate) fn binds(known: &KnownContainer) -> impl Iterator<Item = Bind> {
    known.mounts.iter().filter(|mount| mount.source.is_some()).map(|mount| {
        let source = mount.source.clone();
        // A volume whose options name another directory of the host is that directory.
        let own = |name: &String| {
            let directory = format!("/volumes/{name}/");
            source.as_ref().is_some_and(|source| source.to_text().contains(&directory))
        };
        Bind {
            volume: mount.volume.as_ref().is_some_and(own),
            source: source.clone(),
            target: Some(mount.destination.clone()),
            ..Bind::default()
        }
    })
}

fn on(known: &KnownContainer, host: &str) -> bool {
    known.host.as_deref() == Some(host)
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(id: &str, name: &str, host: Option<&str>) -> KnownContainer {
        let (name, host) = (Some(name.to_string()), host.map(ToString::to_string));
        KnownContainer { id: id.to_string(), name, host, ..KnownContainer::default() }
    }

    #[test]
    fn ids_prefixes_and_names_lead_to_one_id() {
        let (a, b) = ("0123456789ab".repeat(5) + "0000", "0123456789ab".repeat(5) + "ffff");
        let c = "c".repeat(64);
        let all = Known::of(&[known(&a, "web", Some("h")), known(&b, "db", Some("h")), known(&c, "x", None)]);
        for (text, expected) in [
            (a.as_str(), Some(&a)),
            (&a[..61], Some(&a)),
            (&a[..12], None),
            ("/web", Some(&a)),
            ("cccccccccccc", Some(&c)),
            ("ccccccccccccccc", Some(&c)),
            ("ccccccccccc", None),
            ("x", None),
            ("nobody", None),
        ] {
            assert_eq!(all.find("h", text).map(|known| &known.id), expected, "{text}");
        }
        assert_eq!(all.find("other", "web"), None, "a name is another host's there");
    }

    #[test]
    fn a_pid_means_a_container_only_while_it_ran() {
        let (started, finished) = (Some(Timestamp(100)), Some(Timestamp(200)));
        let container = KnownContainer { pid: Some(7), started, finished, ..known("a", "a", Some("h")) };
        let all = Known::of(&[container]);
        let at = |time, booted| all.first_process("h", 7, Timestamp(time), booted).is_some();
        assert!(at(150, None) && at(200, Some(Timestamp(50))));
        assert!(!at(99, None) && !at(201, None), "before and after");
        assert!(!at(150, Some(Timestamp(120))), "the host was started again");
        assert!(all.first_process("g", 7, Timestamp(150), None).is_none(), "another host");
        assert!(all.starting("h", 7, Timestamp(90)).is_some() && all.starting("h", 7, Timestamp(101)).is_none());
    }
}
