//! State directories of real runtimes, against what the runtimes said of themselves at that moment.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::PathBuf,
};

use serde_json::Value;

use crate::world::World;

fn recording(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../lab/recordings/formats").join(name)
}

/// The containers that the state of a recording gives, by id.
fn containers(name: &str) -> BTreeMap<String, Value> {
    let world = World::empty();
    for arguments in [
        vec!["case", "new", "case"],
        vec!["intake", "--case", "case", recording(name).to_str().unwrap()],
        vec!["read", "--case", "case"],
    ] {
        let output = world.command(&arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
    let found = world.artefact("case", "containers.json").unwrap();
    let found = found.as_array().unwrap();
    let by_id: BTreeMap<String, Value> =
        found.iter().map(|one| (one["id"].as_str().unwrap().to_string(), one.clone())).collect();
    assert_eq!(by_id.len(), found.len(), "every id once");
    by_id
}

fn inspected(name: &str) -> Vec<Value> {
    let bytes = zstd::decode_all(fs::File::open(recording(name)).unwrap()).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

/// Source and destination of what is mounted from the host, without what every container gets.
fn mounts(of: &Value, source: &str, destination: &str) -> BTreeSet<(String, String)> {
    let text = |mount: &Value, key: &str| mount[key].as_str().unwrap_or_default().to_string();
    let of = of.as_array().into_iter().flatten();
    of.map(|mount| (text(mount, source), text(mount, destination))).filter(|(source, _)| !source.is_empty()).collect()
}

#[test]
fn docker() {
    let (found, truth) = (containers("docker/state-running.tar.zst"), inspected("docker/inspect-running.json.zst"));
    assert_eq!(found.len(), truth.len());
    for expected in &truth {
        let one = &found[expected["Id"].as_str().unwrap()];
        let name = expected["Name"].as_str().unwrap().trim_start_matches('/');
        assert_eq!(one["name"], name);
        assert_eq!(one["image_id"], expected["Image"], "{name}");
        assert_eq!(one["image"], expected["Config"]["Image"], "{name}");
        assert_eq!(one["running"], expected["State"]["Running"], "{name}");
        assert_eq!(one["pid"].as_u64().unwrap_or(0), expected["State"]["Pid"].as_u64().unwrap(), "{name}");
        assert_eq!(one["privileged"], expected["HostConfig"]["Privileged"], "{name}");
        let host_pid = one["host_namespaces"].as_array().unwrap().contains(&Value::from("pid"));
        assert_eq!(host_pid, expected["HostConfig"]["PidMode"] == "host", "{name}");
        let host_network = one["host_namespaces"].as_array().unwrap().contains(&Value::from("network"));
        assert_eq!(host_network, expected["HostConfig"]["NetworkMode"] == "host", "{name}");
        let stated = mounts(&one["mounts"], "source", "destination");
        let mounted = mounts(&expected["Mounts"], "Source", "Destination");
        assert!(mounted.is_subset(&stated), "{name}: {mounted:?} in {stated:?}");
        let data = &expected["GraphDriver"]["Data"];
        assert_eq!(one["root"]["upper"], data["UpperDir"], "{name}");
        assert_eq!(one["root"]["merged"], data["MergedDir"], "{name}");
        let lower: Vec<&str> = one["root"]["lower"].as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
        assert_eq!(lower.join(":"), data["LowerDir"].as_str().unwrap(), "{name}: the order of the layers");
    }
}

#[test]
fn podman() {
    let (found, truth) = (containers("podman/state-running.tar.zst"), inspected("podman/inspect-running.json.zst"));
    assert_eq!(found.len(), truth.len());
    for expected in &truth {
        let one = &found[expected["Id"].as_str().unwrap()];
        let name = expected["Name"].as_str().unwrap();
        assert_eq!(one["name"], name);
        assert_eq!(one["image_id"], format!("sha256:{}", expected["Image"].as_str().unwrap()), "{name}");
        assert_eq!(one["privileged"], expected["HostConfig"]["Privileged"], "{name}");
        let stated = mounts(&one["mounts"], "source", "destination");
        let mounted = mounts(&expected["Mounts"], "Source", "Destination");
        assert!(mounted.is_subset(&stated), "{name}: {mounted:?} in {stated:?}");
        let data = &expected["GraphDriver"]["Data"];
        assert_eq!(one["root"]["upper"], data["UpperDir"], "{name}");
        let lower: Vec<&str> = one["root"]["lower"].as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
        assert_eq!(lower.join(":"), data["LowerDir"].as_str().unwrap(), "{name}: the order of the layers");
    }
}

#[test]
fn containerd_of_a_kubernetes_node() {
    let found = containers("kubernetes/state-running.tar.zst");
    let bytes = zstd::decode_all(fs::File::open(recording("kubernetes/ctr-info.json.zst")).unwrap()).unwrap();
    let truth: Value = serde_json::from_slice(&bytes).unwrap();
    let truth: Vec<&Value> = truth.as_object().unwrap().values().flat_map(|of| of.as_array().unwrap()).collect();
    assert!(truth.len() >= 7, "{}", truth.len());
    for expected in truth {
        let id = expected["ID"].as_str().unwrap();
        let one = &found[id];
        let labels = &expected["Labels"];
        assert_eq!(one["image"], expected["Image"], "{id}");
        assert_eq!(one["pod"]["uid"], labels["io.kubernetes.pod.uid"], "{id}");
        assert_eq!(one["pod"]["namespace"], labels["io.kubernetes.pod.namespace"], "{id}");
        assert_eq!(one["pod"]["container"], labels["io.kubernetes.container.name"], "{id}");
        if one["pod"]["name"] == "node-agent-b8k2p" {
            let host = one["host_namespaces"].as_array().unwrap();
            for kind in ["pid", "network"] {
                assert!(host.contains(&Value::from(kind)), "{id}: also the container in the sandbox: {host:?}");
            }
        }
        assert_eq!(one["root"]["driver"], expected["Snapshotter"], "{id}");
        let upper = one["root"]["upper"].as_str().unwrap();
        assert!(upper.starts_with("/var/lib/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots/"), "{upper}");
        assert!(one["root"]["lower"].as_array().is_some_and(|lower| !lower.is_empty()), "{id}");
    }
}
