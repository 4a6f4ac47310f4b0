//! Docker's own state: `config.v2.json` and `hostconfig.json` of a container, the list of image names, image
//! configurations, the options of a volume, and what `docker inspect` and `podman inspect` print.
//!
//! `hostconfig.json` does not say whose it is; its path does. Fields that say nothing of identity, mounts or
//! privileges are left alone, and not counted as unmapped: they are the rule here.
//!
//! Sources: moby/moby `daemon/container/container.go`, `api/types/container/hostconfig.go`,
//! `daemon/internal/refstore`, `daemon/volume/local`; containers/podman `libpod/define/container_inspect.go`.

use model::{
    Bytes, ImageState, KnownContainer, LayerName, LayerStore, NamespaceKind, RootFs, StateContent, StateMount,
};
use serde_json::Value;

use crate::{
    Batch, Decoder, Format, Source,
    records::{Fault, Framed, Framing, Origin, Reader},
    state_json::{
        MOUNTS_MAX, at, capabilities, cut, document, env_names, flag, keep, labels, list, path, pid, read_labels, text,
        time, unknown,
    },
};

/// The format.
pub(crate) struct DockerState;

/// Fields by which each kind of document is known, and how many of them it takes.
const SIGNS: &[(usize, &[&str])] = &[
    (
        3,
        &[
            "\"StreamConfig\"",
            "\"HostnamePath\"",
            "\"MountPoints\"",
            "\"RestartCount\"",
            "\"HasBeenStartedBefore\"",
            "\"HasBeenManuallyStopped\"",
            "\"ResolvConfPath\"",
            "\"ProcessLabel\"",
        ],
    ),
    (4, &["\"NetworkMode\"", "\"PidMode\"", "\"Privileged\"", "\"CapAdd\"", "\"IpcMode\"", "\"UsernsMode\""]),
    (2, &["\"rootfs\"", "\"diff_ids\""]),
    (1, &["\"Repositories\":{"]),
    (2, &["\"MountType\"", "\"MountDevice\""]),
];

impl Format for DockerState {
    fn name(&self) -> &'static str {
        "docker_state"
    }

    fn sniff(&self, head: &[u8]) -> u8 {
        let start = head.trim_ascii_start();
        let has = |sign: &&&str| memchr::memmem::find(head, sign.as_bytes()).is_some();
        let known = SIGNS.iter().any(|(least, signs)| signs.iter().filter(has).count() >= *least);
        // Events of an API can show such fields deep inside; here they stand in a document of their own.
        if known && matches!(start.first(), Some(b'{' | b'[')) { 80 } else { 0 }
    }

    fn decoder(&self, source: Source) -> Box<dyn Decoder> {
        Box::new(Framed::new(source, Framing::json(), StateReader))
    }
}

struct StateReader;

impl Reader for StateReader {
    fn record(&mut self, record: &[u8], origin: &Origin<'_>, out: &mut Batch) -> Result<(), Fault> {
        let value = document(record, "state of Docker")?;
        let contents = if let Some(names) = value.get("Repositories") {
            images(names)
        } else if value.get("HostConfig").is_some() {
            vec![inspected(&value)]
        } else if value.get("ID").is_some() && value.get("Config").is_some() {
            vec![container(&value)]
        } else if value.get("NetworkMode").is_some() {
            let mut facts = facts();
            host_config(&value, &mut facts);
            vec![StateContent::Container { facts: Box::new(facts), layer: None, data_root: None }]
        } else if value.get("MountDevice").is_some() {
            vec![StateContent::Volume { name: String::new(), device: path(&value, &["MountDevice"]) }]
        } else if at(&value, &["rootfs", "diff_ids"]).is_some() {
            // An image's configuration; its id is its path, and its names stand in the list of names.
            Vec::new()
        } else {
            return Err(unknown("no state of Docker"));
        };
        keep(origin.address, None, out);
        out.state.extend(contents.into_iter().map(|content| model::StateRecord::new(origin.address, content)));
        Ok(())
    }
}

fn facts() -> KnownContainer {
    KnownContainer { runtimes: vec!["docker".to_string()], ..KnownContainer::default() }
}

/// `{"alpine":{"alpine:3.20":"sha256:…","alpine@sha256:…":"sha256:…"}}`.
fn images(names: &Value) -> Vec<StateContent> {
    let entries = names.as_object().into_iter().flatten().filter_map(|(_, tags)| tags.as_object()).flatten();
    let image = |(name, id): (&String, &Value)| {
        let digest = name.split_once('@').map(|(_, digest)| cut(digest));
        let names = if digest.is_some() { Vec::new() } else { vec![cut(name)] };
        Some(StateContent::Image(ImageState { id: cut(id.as_str()?), digest, names }))
    };
    entries.filter_map(image).collect()
}

/// `config.v2.json`.
fn container(value: &Value) -> StateContent {
    let mut facts = facts();
    facts.id = text(value, &["ID"]).unwrap_or_default();
    described(value, &mut facts);
    facts.image_digest = text(value, &["ImageManifest", "digest"]);
    facts.root = text(value, &["Driver"]).map(|driver| RootFs { driver: Some(driver), ..RootFs::default() });
    let mounts = at(value, &["MountPoints"]).and_then(Value::as_object).into_iter().flatten();
    facts.mounts = mounts.filter_map(|(_, mount)| mount_point(mount)).take(MOUNTS_MAX).collect();
    let below = format!("/containers/{}/", facts.id);
    let data_root = ["HostnamePath", "ResolvConfPath", "HostsPath", "LogPath"].iter().find_map(|name| {
        let path = text(value, &[name])?;
        path.split_once(&below).map(|(root, _)| Bytes::from(root))
    });
    let snapshotter = text(value, &["Driver"]).unwrap_or_default();
    let store = LayerStore::Containerd { namespace: "moby".to_string(), snapshotter };
    let layer = Some(LayerName { store, key: facts.id.clone() });
    StateContent::Container { facts: Box::new(facts), layer, data_root }
}

/// What `config.v2.json` and `inspect` say in the same words.
fn described(value: &Value, facts: &mut KnownContainer) {
    facts.name = text(value, &["Name"]).map(|name| name.trim_start_matches('/').to_string());
    facts.image = text(value, &["Config", "Image"]).or_else(|| text(value, &["ImageName"]));
    facts.image_id = text(value, &["Image"]).map(|id| match id.len() {
        64 => format!("sha256:{id}"),
        _ => id,
    });
    facts.labels = labels(value, &["Config", "Labels"]);
    facts.created = time(value, &["Created"]);
    facts.started = time(value, &["State", "StartedAt"]);
    facts.finished = time(value, &["State", "FinishedAt"]);
    facts.running = flag(value, &["State", "Running"]);
    facts.pid = pid(value, &["State", "Pid"]);
    facts.user = text(value, &["Config", "User"]);
    facts.env_names = env_names(value, &["Config", "Env"]);
    facts.args = text(value, &["Path"]).into_iter().chain(list(value, &["Args"])).collect();
    let selinux = text(value, &["ProcessLabel"]).map(|label| format!("selinux:{label}"));
    facts.confinement = text(value, &["AppArmorProfile"]).or(selinux);
    facts.seccomp = text(value, &["SeccompProfile"]);
    read_labels(facts);
}

fn mount_point(mount: &Value) -> Option<StateMount> {
    let destination = path(mount, &["Destination"])?;
    let volume = text(mount, &["Name"]);
    let kind = text(mount, &["Type"]).unwrap_or_else(|| if volume.is_some() { "volume" } else { "bind" }.to_string());
    Some(StateMount {
        source: path(mount, &["Source"]),
        destination,
        writable: flag(mount, &["RW"]),
        propagation: text(mount, &["Propagation"]),
        volume: volume.filter(|_| kind == "volume"),
        kind,
    })
}

/// What `docker inspect` and `podman inspect` print.
fn inspected(value: &Value) -> StateContent {
    let mut facts = facts();
    facts.id = text(value, &["Id"]).or_else(|| text(value, &["ID"])).unwrap_or_default();
    if value.get("OCIRuntime").is_some_and(|_| value.get("ConmonPidFile").is_some()) {
        facts.runtimes = vec!["containers-storage".to_string()];
    }
    described(value, &mut facts);
    facts.image_digest = text(value, &["ImageDigest"]);
    let mounts = at(value, &["Mounts"]).and_then(Value::as_array).into_iter().flatten();
    facts.mounts = mounts.filter_map(mount_point).take(MOUNTS_MAX).collect();
    if let Some(config) = value.get("HostConfig") {
        host_config(config, &mut facts);
    }
    let bounding = capabilities(value, &["BoundingCaps"]);
    facts.capabilities = Some(bounding).filter(|all| !all.is_empty());
    let data = ["GraphDriver", "Data"];
    let lower = text(value, &[data[0], data[1], "LowerDir"]).unwrap_or_default();
    facts.root = text(value, &["GraphDriver", "Name"]).map(|driver| RootFs {
        driver: Some(driver),
        merged: path(value, &[data[0], data[1], "MergedDir"]),
        upper: path(value, &[data[0], data[1], "UpperDir"]),
        lower: lower.split(':').filter(|part| !part.is_empty()).map(Bytes::from).collect(),
    });
    StateContent::Container { facts: Box::new(facts), layer: None, data_root: None }
}

/// `hostconfig.json`.
fn host_config(value: &Value, facts: &mut KnownContainer) {
    facts.privileged = flag(value, &["Privileged"]).or(facts.privileged);
    facts.capabilities_added = capabilities(value, &["CapAdd"]);
    facts.capabilities_dropped = capabilities(value, &["CapDrop"]);
    facts.read_only_root = flag(value, &["ReadonlyRootfs"]);
    let devices = at(value, &["Devices"]).and_then(Value::as_array).into_iter().flatten();
    facts.devices = devices.filter_map(|device| text(device, &["PathOnHost"])).take(256).collect();
    for option in list(value, &["SecurityOpt"]) {
        match option.split_once(['=', ':']) {
            Some(("seccomp", profile)) => facts.seccomp = Some(profile_name(profile)),
            Some(("apparmor", profile)) => facts.confinement = Some(cut(profile)),
            Some(("label", "disable")) => facts.confinement = Some("selinux:disable".to_string()),
            _ => {}
        }
    }
    namespaces(value, facts);
}

/// A profile is a name, or the whole filter.
fn profile_name(profile: &str) -> String {
    if profile.trim_start().starts_with('{') { "filtered".to_string() } else { cut(profile) }
}

/// Modes of namespaces. An empty mode of the user namespace leaves it to the daemon: nothing is known then.
fn namespaces(value: &Value, facts: &mut KnownContainer) {
    let kinds = [
        ("PidMode", NamespaceKind::Pid, true),
        ("NetworkMode", NamespaceKind::Network, true),
        ("IpcMode", NamespaceKind::Ipc, false),
        ("UTSMode", NamespaceKind::Uts, true),
        ("UsernsMode", NamespaceKind::User, false),
        ("CgroupnsMode", NamespaceKind::Cgroup, false),
    ];
    for (field, kind, empty_is_own) in kinds {
        let Some(mode) = value.get(field).and_then(Value::as_str) else { continue };
        match mode {
            "host" => facts.host_namespaces.push(kind),
            "" if !empty_is_own => {}
            mode if mode.starts_with("container:") => facts.joined_namespaces.push(kind),
            _ => facts.own_namespaces.push(kind),
        }
    }
    facts.host_namespaces.sort_unstable();
    facts.own_namespaces.sort_unstable();
}
