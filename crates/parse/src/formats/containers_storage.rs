//! containers-storage, where Podman, Buildah and CRI-O keep containers: `containers.json`, `images.json` and
//! `layers.json`.
//!
//! Each is an array; its members are told apart by their fields. Facts of the engine itself stand in
//! `metadata`, which is JSON in a text.
//!
//! Sources: containers/storage `containers.go`, `images.go`, `layers.go`; containers/podman
//! `libpod/storage.go`; cri-o `internal/storage/runtime.go`.

use model::{ImageState, KnownContainer, LayerName, LayerState, LayerStore, RootFs, StateContent};
use serde_json::Value;

use crate::{
    Batch, Decoder, Format, Source,
    records::{Fault, Framed, Framing, Origin, Reader},
    state_json::{cut, document, keep, list, text, time, unknown},
};

/// The format.
pub(crate) struct ContainersStorage;

impl Format for ContainersStorage {
    fn name(&self) -> &'static str {
        "containers_storage"
    }

    fn sniff(&self, head: &[u8]) -> u8 {
        let start = head.trim_ascii_start();
        let Some(rest) = start.strip_prefix(b"[") else { return 0 };
        let id = rest.trim_ascii_start().strip_prefix(b"{").map(<[u8]>::trim_ascii_start);
        let has = |sign: &str| memchr::memmem::find(head, sign.as_bytes()).is_some();
        let signs =
            ["\"layer\"", "\"metadata\"", "\"big-data-names\"", "\"diff-digest\"", "\"diff-size\"", "\"created\""];
        let known = signs.iter().filter(|sign| has(sign)).count();
        if id.is_some_and(|id| id.starts_with(b"\"id\"")) && known >= 2 { 85 } else { 0 }
    }

    fn decoder(&self, source: Source) -> Box<dyn Decoder> {
        Box::new(Framed::new(source, Framing::json(), StorageReader))
    }
}

struct StorageReader;

impl Reader for StorageReader {
    fn record(&mut self, record: &[u8], origin: &Origin<'_>, out: &mut Batch) -> Result<(), Fault> {
        let value = document(record, "entry of containers-storage")?;
        let Some(id) = text(&value, &["id"]) else { return Err(unknown("no entry of containers-storage (`id`)")) };
        let is_container = value.get("image").is_some() && value.get("layer").is_some();
        let content = if is_container {
            container(id, &value)
        } else if value.get("digest").is_some() || value.get("names").is_some() && value.get("layer").is_some() {
            let names = list(&value, &["names"]);
            let digest = text(&value, &["digest"]);
            StateContent::Image(ImageState { id: format!("sha256:{id}"), digest, names })
        } else if value.get("created").is_some() || value.get("parent").is_some() {
            layer(id, &value)
        } else {
            return Err(unknown("no container, image or layer of containers-storage"));
        };
        keep(origin.address, Some(content), out);
        Ok(())
    }
}

fn container(id: String, value: &Value) -> StateContent {
    // A text that is no JSON says nothing more.
    let metadata: Value =
        text(value, &["metadata"]).and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    let name = text(&metadata, &["name"]).or_else(|| text(&metadata, &["container-name"]));
    let facts = KnownContainer {
        id,
        name: name.or_else(|| list(value, &["names"]).into_iter().next()),
        runtimes: vec!["containers-storage".to_string()],
        image: text(&metadata, &["image-name"]),
        image_id: text(value, &["image"]).map(|id| format!("sha256:{id}")),
        created: time(value, &["created"]),
        root: Some(RootFs { driver: None, ..RootFs::default() }),
        ..KnownContainer::default()
    };
    let layer = text(value, &["layer"]).map(|key| LayerName { store: LayerStore::ContainersStorage, key });
    StateContent::Container { facts: Box::new(facts), layer, data_root: None }
}

fn layer(id: String, value: &Value) -> StateContent {
    StateContent::Layer(LayerState {
        name: LayerName { store: LayerStore::ContainersStorage, key: id.clone() },
        parent: text(value, &["parent"]).map(|parent| cut(&parent)),
        snapshot: None,
        directory: Some(id),
        committed: None,
    })
}
