//! Containers out of the state of their runtimes: joins what many files of several engines say of one container.
//!
//! Most state files do not name their container or layer; their path does (`places`). Root file systems are
//! found through the engines' own lists of layers (`layers`); nothing is mounted and no layer is read.

mod layers;
mod places;
mod pods;

use std::collections::{BTreeMap, BTreeSet};

use model::{
    Bytes, KnownContainer, LayerName, LayerStore, NamespaceKind, RootFs, StateContent, StateFile, StateMount,
    StateRecord, Timestamp,
};

use layers::Layers;
use places::{Area, Place, host_root, place};
use pods::Pods;

/// Files that are listed per container.
const FILES_MAX: usize = 64;
/// Labels that are kept per container.
const LABELS_MAX: usize = 256;
/// Mounts that are kept per container.
const MOUNTS_MAX: usize = 1_024;
/// Containers that are kept; a node that starts one a minute and cleans up nothing reaches this in two months.
const CONTAINERS_MAX: usize = 100_000;

/// Joins the records of all sources.
///
/// `paths` are the paths of all evidence: those of a kubelet name pods and containers. `hosts` are the hosts that
/// the evidence names: a container is on the only one, or on none that could be told. The answer is in order
/// of host and id, and the same for records in any order.
pub fn join<'a>(
    records: &[StateRecord],
    paths: impl IntoIterator<Item = &'a Bytes>,
    hosts: &[String],
) -> Vec<KnownContainer> {
    let mut state = State { pods: Pods::of_paths(paths), ..State::default() };
    let mut in_order: Vec<&StateRecord> = records.iter().collect();
    // The newest first: of equal statements the first one counts.
    in_order.sort_by_key(|record| (std::cmp::Reverse(record.modified), record.address));
    in_order.iter().for_each(|record| state.record(record));
    state.containers(hosts)
}

/// What all records say, before it is joined.
#[derive(Default)]
struct State {
    /// By id, and by host and namespace where ids are names: statements with their rank.
    statements: BTreeMap<(String, String), Vec<Statement>>,
    layers: Layers,
    images: Images,
    pods: Pods,
    /// Host directory or device of named volumes, by data directory and name.
    volumes: BTreeMap<(String, String), Bytes>,
    /// Data directories on the host, by the directory in the evidence.
    data_roots: BTreeMap<String, Bytes>,
}

/// What one record says of a container.
struct Statement {
    /// Lower ones are trusted first.
    rank: u8,
    facts: KnownContainer,
    layer: Option<LayerName>,
    /// The directory in the evidence that the engine calls its own.
    root: String,
    files: Vec<StateFile>,
}

#[derive(Default)]
struct Images {
    /// Digest and names by id.
    by_id: BTreeMap<String, (Option<String>, Vec<String>)>,
    /// Digest by name.
    by_name: BTreeMap<String, String>,
}

impl State {
    fn record(&mut self, record: &StateRecord) {
        let unknown = [Bytes::default()];
        // The same bytes can stand at several paths: every host configuration of equal settings is the same file.
        let paths = if record.paths.is_empty() { &unknown[..] } else { &record.paths };
        for path in paths {
            let text = places::plain(path);
            self.at(record, path, &place(&text));
        }
    }

    fn at(&mut self, record: &StateRecord, path: &Bytes, place: &Place<'_>) {
        match &record.content {
            StateContent::Container { facts, layer, data_root } => {
                let file = StateFile { path: path.clone(), address: record.address };
                self.container(facts, layer.clone(), data_root.as_ref(), place, file);
            }
            StateContent::Image(image) => self.images.learn(image),
            StateContent::Layer(layer) => self.layers.learn(layer, place),
            StateContent::Volume { name, device } => {
                let name = if name.is_empty() { place.volume() } else { Some(name.as_str()) };
                if let (Some(name), Some(device)) = (name, device) {
                    self.volumes.entry((place.root.clone(), name.to_string())).or_insert_with(|| device.clone());
                }
            }
            StateContent::Value(value) => self.value(value, place, path, record),
            StateContent::PodHosts(names) => self.pods.learn_hosts(place, names),
        }
    }

    fn container(
        &mut self,
        facts: &KnownContainer,
        layer: Option<LayerName>,
        data_root: Option<&Bytes>,
        place: &Place<'_>,
        file: StateFile,
    ) {
        let id = if facts.id.is_empty() { place.container().unwrap_or_default() } else { &facts.id };
        if id.is_empty() || self.statements.len() >= CONTAINERS_MAX {
            return;
        }
        if let Some(data_root) = data_root {
            self.data_roots.entry(place.root.clone()).or_insert_with(|| data_root.clone());
        }
        let mut facts = facts.clone();
        facts.id = id.to_string();
        place.complete(&mut facts);
        // What an engine keeps knows names and intent; what it told containerd and runc comes second.
        let told = facts.runtimes.iter().any(|name| name == "oci")
            || place.area == Area::Metadata && facts.runtimes.iter().any(|name| name == "docker");
        let rank = u8::from(told);
        let key = (facts.id.clone(), if is_unique(&facts.id) { String::new() } else { scope(place, layer.as_ref()) });
        let statement = Statement { rank, facts, layer, root: place.root.clone(), files: vec![file] };
        self.statements.entry(key).or_default().push(statement);
    }

    /// A file with one value: of a layer, or the first process of a container.
    fn value(&mut self, value: &str, place: &Place<'_>, path: &Bytes, record: &StateRecord) {
        // containerd's shim and conmon write the first process's pid beside the bundle.
        if !matches!(place.file, "init.pid" | "pidfile") {
            self.layers.learn_value(value, place);
        } else if place.container().is_some() {
            let facts = KnownContainer {
                runtimes: vec!["oci".to_string()],
                pid: value.parse().ok().filter(|&pid| pid > 0),
                ..KnownContainer::default()
            };
            self.container(&facts, None, None, place, StateFile { path: path.clone(), address: record.address });
        }
    }

    fn containers(mut self, hosts: &[String]) -> Vec<KnownContainer> {
        let statements = std::mem::take(&mut self.statements);
        let joined = statements.into_values().map(|statements| self.joined(statements));
        let mut containers: Vec<KnownContainer> = joined.collect();
        containers.extend(self.pods.unstated(&containers));
        for container in &mut containers {
            if let [only] = hosts {
                container.host = Some(only.clone());
            }
            self.pods.complete(container);
            self.images.complete(container);
            container.runtimes.sort();
            container.runtimes.dedup();
            container.stated_by.sort();
            container.stated_by.dedup();
            container.stated_by.truncate(FILES_MAX);
        }
        follow_sandboxes(&mut containers);
        containers.sort_by(|a, b| (&a.host, &a.id, &a.stated_by).cmp(&(&b.host, &b.id, &b.stated_by)));
        containers
    }

    fn joined(&self, mut statements: Vec<Statement>) -> KnownContainer {
        statements.sort_by_key(|statement| statement.rank);
        let mut whole = KnownContainer::default();
        let mut root = RootFs::default();
        for statement in statements {
            let host_directory = self.host_directory(&statement.root);
            let known = host_directory.as_ref().and_then(|directory| {
                self.layers.root_fs(&statement.facts.id, statement.layer.as_ref(), &statement.root, directory)
            });
            for layers in known.into_iter().chain(statement.facts.root.clone()) {
                merge_root(&mut root, layers);
            }
            let mut facts = statement.facts;
            facts.stated_by = statement.files;
            facts.mounts.iter_mut().for_each(|mount| self.volume(mount, &statement.root, host_directory.as_ref()));
            merge(&mut whole, facts);
        }
        whole.root = Some(root).filter(|root| *root != RootFs::default());
        whole
    }

    /// The host path of a directory of state in the evidence.
    fn host_directory(&self, root: &str) -> Option<Bytes> {
        self.data_roots.get(root).cloned().or_else(|| host_root(root))
    }

    /// Where a named volume lies: in the engine's directory, or what its options say is mounted there.
    fn volume(&self, mount: &mut StateMount, root: &str, directory: Option<&Bytes>) {
        let Some(name) = &mount.volume else { return };
        if let Some(device) = self.volumes.get(&(root.to_string(), name.clone())) {
            mount.source = Some(device.clone());
        } else if let (None, Some(directory)) = (&mount.source, directory) {
            mount.source = Some(Bytes::from(format!("{directory}/volumes/{name}/_data").as_str()));
        }
    }
}

/// Where a name is the only one of its kind: the copy of one host, and the runtime's namespace in it.
fn scope(place: &Place<'_>, layer: Option<&LayerName>) -> String {
    let on_host = host_root(&place.root).map(|root| root.to_text()).unwrap_or_default();
    let copy = place.root.trim_end_matches('/');
    let copy = copy.strip_suffix(on_host.as_str()).unwrap_or(copy);
    let namespace = match layer.map(|layer| &layer.store) {
        Some(LayerStore::Containerd { namespace, .. }) => namespace,
        _ => place.kind,
    };
    format!("{copy} {namespace}")
}

/// Whether an id can be the same for one container only: 32 hexadecimal digits or more.
fn is_unique(id: &str) -> bool {
    id.len() >= 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit())
}

impl Images {
    fn learn(&mut self, image: &model::ImageState) {
        if !image.id.is_empty() {
            let known = self.by_id.entry(image.id.clone()).or_default();
            known.0 = known.0.take().or_else(|| image.digest.clone());
            known.1.extend(image.names.iter().cloned());
        }
        if let Some(digest) = &image.digest {
            for name in &image.names {
                self.by_name.entry(name.clone()).or_insert_with(|| digest.clone());
            }
        }
    }

    fn complete(&self, container: &mut KnownContainer) {
        let known = container.image_id.as_ref().and_then(|id| self.by_id.get(id));
        if let Some((digest, names)) = known {
            container.image_digest = container.image_digest.take().or_else(|| digest.clone());
            container.image = container.image.take().or_else(|| names.iter().min().cloned());
        }
        let by_name = container.image.as_ref().and_then(|name| self.by_name.get(name));
        container.image_digest = container.image_digest.take().or_else(|| by_name.cloned());
    }
}

fn merge_root(whole: &mut RootFs, part: RootFs) {
    whole.driver = whole.driver.take().or(part.driver);
    whole.merged = whole.merged.take().or(part.merged);
    whole.upper = whole.upper.take().or(part.upper);
    if whole.lower.is_empty() {
        whole.lower = part.lower;
    }
}

/// Adds what `part` says and nobody said before.
fn merge(whole: &mut KnownContainer, part: KnownContainer) {
    fn first<T>(whole: &mut Option<T>, part: Option<T>) {
        if whole.is_none() {
            *whole = part;
        }
    }
    fn first_list<T>(whole: &mut Vec<T>, part: Vec<T>) {
        if whole.is_empty() {
            *whole = part;
        }
    }
    if whole.id.is_empty() {
        whole.id = part.id;
    }
    whole.runtimes.extend(part.runtimes);
    first(&mut whole.name, part.name);
    first(&mut whole.pod, part.pod);
    first(&mut whole.image, part.image);
    first(&mut whole.image_id, part.image_id);
    first(&mut whole.image_digest, part.image_digest);
    for (key, value) in part.labels {
        if whole.labels.len() < LABELS_MAX {
            whole.labels.entry(key).or_insert(value);
        }
    }
    first(&mut whole.created, part.created);
    merge_run(whole, (part.started, part.finished, part.running, part.pid));
    first(&mut whole.privileged, part.privileged);
    first(&mut whole.capabilities, part.capabilities);
    first_list(&mut whole.capabilities_added, part.capabilities_added);
    first_list(&mut whole.capabilities_dropped, part.capabilities_dropped);
    merge_namespaces(whole, (&part.host_namespaces, &part.own_namespaces, &part.joined_namespaces));
    first_list(&mut whole.devices, part.devices);
    first(&mut whole.seccomp, part.seccomp);
    first(&mut whole.confinement, part.confinement);
    first(&mut whole.user, part.user);
    first_list(&mut whole.args, part.args);
    first_list(&mut whole.env_names, part.env_names);
    first(&mut whole.read_only_root, part.read_only_root);
    let known: BTreeSet<Bytes> = whole.mounts.iter().map(|mount| mount.destination.clone()).collect();
    let new = part.mounts.into_iter().filter(|mount| !known.contains(&mount.destination));
    let room = MOUNTS_MAX.saturating_sub(whole.mounts.len());
    whole.mounts.extend(new.take(room));
    whole.mounts.sort_by(|a, b| a.destination.cmp(&b.destination));
    whole.stated_by.extend(part.stated_by);
}

/// Start, end, whether it runs, pid.
type Run = (Option<Timestamp>, Option<Timestamp>, Option<bool>, Option<u32>);

/// Facts of one run belong together: the pid of an earlier run must not stand beside a later start.
fn merge_run(whole: &mut KnownContainer, (started, finished, running, pid): Run) {
    let same_run = match (whole.started, started) {
        // runc writes its state a moment before the engine notes the start.
        (Some(a), Some(b)) => a.0.abs_diff(b.0) <= SAME_START_NS,
        _ => true,
    };
    if same_run {
        whole.started = whole.started.or(started);
        whole.pid = whole.pid.or(pid);
        whole.finished = whole.finished.or(finished);
    }
    whole.running = whole.running.or(running);
}

/// By how much two statements of one start differ at most; starting takes a second on a loaded host.
const SAME_START_NS: u64 = 10_000_000_000;

/// Lists of namespaces: the host's, its own, joined ones.
type Namespaces<'a> = (&'a [NamespaceKind], &'a [NamespaceKind], &'a [NamespaceKind]);

/// Who says "the host's" is right: a specification that names a namespace by a path may mean the host's too. Docker
/// makes a container's own network before the container, so that its specification looks as if it joined one.
fn merge_namespaces(whole: &mut KnownContainer, (host, own, joined): Namespaces<'_>) {
    let all = |known: &[NamespaceKind], new: &[NamespaceKind]| -> BTreeSet<NamespaceKind> {
        known.iter().chain(new).copied().collect()
    };
    let host = all(&whole.host_namespaces, host);
    let own: BTreeSet<_> = all(&whole.own_namespaces, own).difference(&host).copied().collect();
    let joined = all(&whole.joined_namespaces, joined);
    whole.joined_namespaces = joined.into_iter().filter(|kind| !host.contains(kind) && !own.contains(kind)).collect();
    whole.host_namespaces = host.into_iter().collect();
    whole.own_namespaces = own.into_iter().collect();
}

/// What a container of a pod joined is the host's where the pod's sandbox has the host's.
fn follow_sandboxes(containers: &mut [KnownContainer]) {
    let uid = |container: &KnownContainer| container.pod.as_ref().and_then(|pod| pod.uid.clone());
    let sandboxes: BTreeMap<String, Vec<NamespaceKind>> = containers
        .iter()
        .filter(|container| container.pod.as_ref().is_some_and(|pod| pod.sandbox))
        .filter_map(|container| Some((uid(container)?, container.host_namespaces.clone())))
        .collect();
    for container in containers {
        let Some(of_host) = uid(container).and_then(|uid| sandboxes.get(&uid)) else { continue };
        let joined = std::mem::take(&mut container.joined_namespaces);
        let (host, others): (Vec<_>, Vec<_>) = joined.into_iter().partition(|kind| of_host.contains(kind));
        container.joined_namespaces = others;
        container.host_namespaces.extend(host);
        container.host_namespaces.sort_unstable();
    }
}
