//! What the databases say: containers, images and snapshots of containerd, layers of a snapshotter, volumes of Docker.
//!
//! Sources: containerd `core/metadata/buckets.go`, `core/snapshots/storage/bolt.go`, `internal/cri/store`;
//! moby/moby `daemon/volume/service/db.go`.

use model::{
    Address, ImageState, KnownContainer, LayerName, LayerState, LayerStore, RootFs, SourceId, StateContent, StateRecord,
};
use serde_json::Value;

use super::{
    go_values::{any, time, varint},
    tree::Bucket,
};
use crate::{
    Batch,
    formats::oci_spec,
    state_json::{cut, path, read_labels, text},
};

/// `Kind` of a snapshot that is written no more.
const COMMITTED: u8 = 3;
/// Labels of one container.
const LABELS_MAX: usize = 256;

/// Appends what the database says.
pub(super) fn state(root: &Bucket, source: SourceId, out: &mut Batch) {
    let mut records = Vec::new();
    if let Some(v1) = root.bucket("v1") {
        if v1.bucket("parents").is_some() || v1.bucket("snapshots").is_some_and(is_snapshotter) {
            snapshotter(v1, &mut records);
        } else {
            v1.buckets.iter().for_each(|(name, bucket)| namespace(&lossy(name), bucket, &mut records));
        }
    }
    if let Some(volumes) = root.bucket("volumes") {
        volumes.values.iter().for_each(|(name, value)| volume(&lossy(name), value, volumes, &mut records));
    }
    out.state.extend(records.into_iter().map(|((offset, length), content)| {
        let address = Address { source, offset, length };
        StateRecord::new(address, content)
    }));
}

type Records = Vec<((u64, u64), StateContent)>;

fn lossy(bytes: &[u8]) -> String {
    cut(&String::from_utf8_lossy(bytes))
}

fn is_snapshotter(snapshots: &Bucket) -> bool {
    snapshots.buckets.values().next().is_some_and(|snapshot| snapshot.values.contains_key(&b"kind"[..]))
}

fn snapshotter(v1: &Bucket, records: &mut Records) {
    let Some(snapshots) = v1.bucket("snapshots") else { return };
    for (key, snapshot) in &snapshots.buckets {
        let number = snapshot.values.get(&b"id"[..]).and_then(|value| varint(value));
        let layer = LayerState {
            name: LayerName { store: LayerStore::Snapshotter, key: lossy(key) },
            parent: snapshot.text("parent"),
            snapshot: None,
            directory: number.map(|(number, _)| number.to_string()),
            committed: snapshot.values.get(&b"kind"[..]).and_then(|kind| kind.first()).map(|&kind| kind == COMMITTED),
        };
        records.push((snapshot.place, StateContent::Layer(layer)));
    }
}

fn namespace(name: &str, bucket: &Bucket, records: &mut Records) {
    for (image, entry) in bucket.bucket("images").into_iter().flat_map(|images| &images.buckets) {
        let digest = entry.bucket("target").and_then(|target| target.text("digest"));
        let names = vec![lossy(image)];
        // What a name leads to is the manifest or the list of them; the image's own id is the configuration's.
        records.push((entry.place, StateContent::Image(ImageState { id: String::new(), digest, names })));
    }
    for (id, entry) in bucket.bucket("containers").into_iter().flat_map(|containers| &containers.buckets) {
        records.push((entry.place, container(name, lossy(id), entry)));
    }
    for (snapshotter, keys) in bucket.bucket("snapshots").into_iter().flat_map(|snapshots| &snapshots.buckets) {
        for (key, entry) in &keys.buckets {
            let store = LayerStore::Containerd { namespace: name.to_string(), snapshotter: lossy(snapshotter) };
            let layer = LayerState {
                name: LayerName { store, key: lossy(key) },
                parent: entry.text("parent"),
                snapshot: entry.text("name"),
                directory: None,
                committed: None,
            };
            records.push((entry.place, StateContent::Layer(layer)));
        }
    }
}

fn container(namespace: &str, id: String, entry: &Bucket) -> StateContent {
    let mut facts = KnownContainer { id, ..KnownContainer::default() };
    let labels = entry.bucket("labels").into_iter().flat_map(|labels| &labels.values).take(LABELS_MAX);
    facts.labels = labels.map(|(key, value)| (lossy(key), lossy(value))).collect();
    facts.image = entry.text("image");
    facts.created = entry.values.get(&b"createdat"[..]).and_then(|value| time(value));
    let spec: Option<Value> =
        entry.values.get(&b"spec"[..]).and_then(|value| any(value)).and_then(|json| serde_json::from_slice(json).ok());
    if let Some(spec) = spec {
        oci_spec::facts_of(&spec, &mut facts);
    } else {
        read_labels(&mut facts);
    }
    for extension in entry.bucket("extensions").into_iter().flat_map(|extensions| extensions.values.values()) {
        if let Some(metadata) = any(extension).and_then(|json| serde_json::from_slice::<Value>(json).ok()) {
            cri_metadata(&metadata, &mut facts);
        }
    }
    facts.runtimes = vec![if namespace == "moby" { "docker" } else { "containerd" }.to_string()];
    let snapshotter = entry.text("snapshotter");
    let driver = snapshotter.clone();
    facts.root = Some(RootFs { driver, ..facts.root.take().unwrap_or_default() });
    let store = |snapshotter| LayerStore::Containerd { namespace: namespace.to_string(), snapshotter };
    let layer = snapshotter.zip(entry.text("snapshotKey"));
    let layer = layer.map(|(snapshotter, key)| LayerName { store: store(snapshotter), key });
    StateContent::Container { facts: Box::new(facts), layer, data_root: None }
}

/// What the CRI plugin keeps of a container: `{"Version":"v1","Metadata":{…}}`.
fn cri_metadata(value: &Value, facts: &mut KnownContainer) {
    let image = text(value, &["Metadata", "ImageRef"]).filter(|id| id.starts_with("sha256:"));
    facts.image_id = facts.image_id.take().or(image);
    let privileged = value.get("Metadata").and_then(|metadata| {
        let config = metadata.get("Config")?;
        config.pointer("/linux/security_context/privileged").and_then(Value::as_bool)
    });
    facts.privileged = privileged.or(facts.privileged);
}

/// `{"Name":"data","Driver":"local","Options":{"type":"none","o":"bind","device":"/srv/data"}}`.
fn volume(name: &str, value: &[u8], bucket: &Bucket, records: &mut Records) {
    let Ok(value) = serde_json::from_slice::<Value>(value) else { return };
    let device = path(&value, &["Options", "device"]);
    records.push((bucket.place, StateContent::Volume { name: name.to_string(), device }));
}
