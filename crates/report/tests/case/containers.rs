//! The containers of the case.

use model::*;

use super::{Names, at};

/// A privileged container of the incident, a pod's that is ordinary, and one of which little is stated.
pub fn containers(names: &Names<'_>) -> Vec<KnownContainer> {
    let mount = |kind: &str, source: &str, destination: &str, writable, volume: Option<&str>| StateMount {
        kind: kind.to_string(),
        source: Some(source.into()),
        destination: destination.into(),
        writable,
        volume: volume.map(ToString::to_string),
        ..StateMount::default()
    };
    let file = |path: &str| StateFile {
        path: path.into(),
        address: Address { source: Sha256::of(path.as_bytes()), offset: 0, length: 900 },
    };
    let directory = format!("/var/lib/docker/overlay2/{}", names.container);
    let attacked = KnownContainer {
        id: names.container.to_string(),
        name: Some("storefront".to_string()),
        runtimes: vec!["docker".to_string()],
        host: Some(names.host.to_string()),
        image: Some(format!("registry.example/{}:1.4", names.process)),
        image_id: Some(format!("sha256:{}", "5a".repeat(32))),
        image_digest: Some(format!("sha256:{}", "a5".repeat(32))),
        created: Some(at(-4_000)),
        started: Some(at(-3_990)),
        running: Some(true),
        privileged: Some(true),
        capabilities_added: vec!["CAP_SYS_ADMIN".to_string(), "CAP_NET_RAW".to_string()],
        host_namespaces: vec![NamespaceKind::Pid, NamespaceKind::Cgroup],
        devices: vec!["/dev/sda".to_string()],
        seccomp: Some("unconfined".to_string()),
        confinement: Some("unconfined".to_string()),
        mounts: vec![
            mount("bind", "/", "/host", Some(true), None),
            mount("bind", names.path, names.path, Some(false), None),
            mount("bind", "/var/run/docker.sock", "/var/run/docker.sock", Some(true), None),
            mount("bind", "/var/lib/docker/containers/x/hosts", "/etc/hosts", Some(true), None),
            mount("volume", "/var/lib/docker/volumes/orders/_data", "/orders", Some(true), Some("orders")),
        ],
        root: Some(RootFs {
            driver: Some("overlay2".to_string()),
            merged: Some(format!("{directory}/merged").as_str().into()),
            upper: Some(format!("{directory}/diff").as_str().into()),
            ..RootFs::default()
        }),
        stated_by: vec![file("/var/lib/docker/containers/x/config.v2.json"), file("/run/runc/state.json")],
        ..KnownContainer::default()
    };
    let pod = PodRef {
        namespace: Some("shop".to_string()),
        name: Some(names.container.to_string()),
        uid: Some("7618a938-2586-486a-abaf-dd9a1b0c64d8".to_string()),
        container: Some("cache".to_string()),
        sandbox: false,
    };
    let ordinary = KnownContainer {
        id: "3f2a9c1b7d5e".repeat(5) + "3f2a",
        runtimes: vec!["containerd".to_string()],
        pod: Some(pod),
        image: Some("registry.example/cache:7".to_string()),
        started: Some(at(-9_000)),
        finished: Some(at(-100)),
        privileged: Some(false),
        stated_by: (0..6).map(|at| file(&format!("/run/containerd/{at}/config.json"))).collect(),
        ..KnownContainer::default()
    };
    let bare = KnownContainer { id: "job".to_string(), ..KnownContainer::default() };
    vec![bare, ordinary, attacked]
}
