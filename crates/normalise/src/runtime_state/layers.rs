//! Where a container's root file system lies on the host, by the lists of layers of its engine.

use std::collections::BTreeMap;

use model::{Bytes, LayerName, LayerState, LayerStore, RootFs};

use super::places::{Area, Place};

/// Layers on top of each other; overlay2 takes 128, containerd's overlayfs about as many.
const CHAIN_MAX: usize = 512;

/// All that is known of layers. Keys begin with the engine's directory in the evidence.
#[derive(Default)]
pub(super) struct Layers {
    /// Lists with names of their own, each entry with the directory it was found in and its snapshotter.
    lists: BTreeMap<LayerName, Vec<(String, String, LayerState)>>,
    /// Short names to directories.
    links: BTreeMap<(String, String), String>,
    /// The layers below a directory, as short names.
    lowers: BTreeMap<(String, String), Vec<String>>,
    /// A container's directory and driver, in Docker.
    mounts: BTreeMap<(String, String), DockerMount>,
    /// A layer's directory and the layer below, by its chain id.
    chains: BTreeMap<(String, String), (Option<String>, Option<String>)>,
}

#[derive(Default)]
struct DockerMount {
    driver: String,
    directory: Option<String>,
    init: Option<String>,
    /// Chain id of the image's topmost layer.
    parent: Option<String>,
}

impl Layers {
    pub(super) fn learn(&mut self, layer: &LayerState, place: &Place<'_>) {
        let kind = place.kind.to_string();
        self.lists.entry(layer.name.clone()).or_default().push((place.root.clone(), kind, layer.clone()));
    }

    /// A small file of one value. The newest comes first, and stays.
    pub(super) fn learn_value(&mut self, value: &str, place: &Place<'_>) {
        let key = (place.root.clone(), place.id.to_string());
        match (place.area, place.file) {
            (Area::LayerDirectory, "link") => {
                let link = (place.root.clone(), value.to_string());
                self.links.entry(link).or_insert_with(|| place.id.to_string());
            }
            (Area::LayerDirectory, "lower") => {
                let names = value.split(':').filter_map(|part| part.strip_prefix("l/")).take(CHAIN_MAX);
                self.lowers.entry(key).or_insert_with(|| names.map(ToString::to_string).collect());
            }
            (Area::DockerMount, file) => {
                let mount = self.mounts.entry(key).or_default();
                mount.driver = place.kind.to_string();
                let field = match file {
                    "mount-id" => &mut mount.directory,
                    "init-id" => &mut mount.init,
                    "parent" => &mut mount.parent,
                    _ => return,
                };
                field.get_or_insert_with(|| value.to_string());
            }
            (Area::DockerChain, file) => {
                let chain = self.chains.entry((place.root.clone(), format!("sha256:{}", place.id))).or_default();
                match file {
                    "cache-id" => chain.0.get_or_insert_with(|| value.to_string()),
                    "parent" => chain.1.get_or_insert_with(|| value.to_string()),
                    _ => return,
                };
            }
            _ => {}
        }
    }

    /// The root file system of a container whose engine's directory is `root` in the evidence and `host` on the host.
    pub(super) fn root_fs(&self, id: &str, layer: Option<&LayerName>, root: &str, host: &Bytes) -> Option<RootFs> {
        if let Some(mount) = self.mounts.get(&(root.to_string(), id.to_string())) {
            return self.docker(mount, root, host);
        }
        let layer = layer?;
        match layer.store {
            LayerStore::Containerd { .. } => {
                let (_, _, entry) = self.entry(layer, root)?;
                let snapshot = LayerName { store: LayerStore::Snapshotter, key: entry.snapshot.clone()? };
                self.snapshots(&snapshot, layer, root)
            }
            LayerStore::Snapshotter => None,
            LayerStore::ContainersStorage => self.storage(layer, root, host),
        }
    }

    /// The entry of that name, of the same directory where there are several.
    fn entry(&self, name: &LayerName, root: &str) -> Option<&(String, String, LayerState)> {
        let entries = self.lists.get(name)?;
        entries.iter().find(|entry| entry.0 == root).or_else(|| {
            // Docker's containers lie in one directory, their snapshots in containerd's.
            let first = entries.first()?;
            entries.iter().all(|entry| entry.0 == first.0).then_some(first)
        })
    }

    /// A layer and those below it, the layer first.
    fn chain(&self, name: &LayerName, root: &str) -> Vec<&(String, String, LayerState)> {
        let mut chain = Vec::new();
        let mut next = Some(name.clone());
        while let Some(name) = next.take() {
            let Some(entry) = self.entry(&name, root).filter(|_| chain.len() < CHAIN_MAX) else { break };
            next = entry.2.parent.clone().map(|key| LayerName { store: name.store, key });
            chain.push(entry);
        }
        chain
    }

    /// Directories of containerd's snapshots: `snapshots/N/fs`.
    fn snapshots(&self, snapshot: &LayerName, asked: &LayerName, root: &str) -> Option<RootFs> {
        let LayerStore::Containerd { snapshotter, .. } = &asked.store else { return None };
        let directory = |entry: &(String, String, LayerState)| {
            let host = super::places::host_root(&entry.0)?;
            let number = entry.2.directory.as_ref()?;
            let path = format!("{host}/io.containerd.snapshotter.v1.{snapshotter}/snapshots/{number}/fs");
            (entry.1 == *snapshotter).then(|| Bytes::from(path.as_str()))
        };
        let chain = self.chain(snapshot, root);
        let (own, below) = chain.split_first()?;
        Some(RootFs {
            driver: Some(snapshotter.clone()),
            merged: None,
            upper: directory(own),
            lower: below.iter().filter_map(|entry| directory(entry)).collect(),
        })
    }

    fn storage(&self, layer: &LayerName, root: &str, host: &Bytes) -> Option<RootFs> {
        let chain = self.chain(layer, root);
        let driver = chain.first().map_or("overlay", |entry| entry.1.as_str());
        let place = |directory: &str, part: &str| Bytes::from(format!("{host}/{driver}/{directory}/{part}").as_str());
        let by_links = self.below(root, &layer.key);
        let by_chain = || chain.iter().skip(1).filter_map(|entry| entry.2.directory.clone()).collect();
        let below: Vec<String> = by_links.unwrap_or_else(by_chain);
        let overlay = driver == "overlay";
        Some(RootFs {
            driver: Some(driver.to_string()),
            merged: overlay.then(|| place(&layer.key, "merged")),
            upper: overlay.then(|| place(&layer.key, "diff")),
            lower: below.iter().filter(|_| overlay).map(|directory| place(directory, "diff")).collect(),
        })
    }

    fn docker(&self, mount: &DockerMount, root: &str, host: &Bytes) -> Option<RootFs> {
        let own = mount.directory.as_ref()?;
        let driver = &mount.driver;
        let place = |directory: &str, part: &str| Bytes::from(format!("{host}/{driver}/{directory}/{part}").as_str());
        let below = self.below(root, own).unwrap_or_else(|| self.docker_chain(mount, root));
        let overlay = driver == "overlay2";
        Some(RootFs {
            driver: Some(driver.clone()),
            merged: overlay.then(|| place(own, "merged")),
            upper: overlay.then(|| place(own, "diff")),
            lower: below.iter().filter(|_| overlay).map(|directory| place(directory, "diff")).collect(),
        })
    }

    /// By the file `lower`: only when every short name in it is known, else an order would be claimed that is not.
    fn below(&self, root: &str, directory: &str) -> Option<Vec<String>> {
        let names = self.lowers.get(&(root.to_string(), directory.to_string()))?;
        names.iter().map(|name| self.links.get(&(root.to_string(), name.clone())).cloned()).collect()
    }

    /// By the list of layers: the container's first layer, then the image's.
    fn docker_chain(&self, mount: &DockerMount, root: &str) -> Vec<String> {
        let mut below: Vec<String> = mount.init.iter().cloned().collect();
        let mut next = mount.parent.clone();
        while let Some(chain) = next.take().filter(|_| below.len() < CHAIN_MAX) {
            let Some((directory, parent)) = self.chains.get(&(root.to_string(), chain)) else { break };
            below.extend(directory.clone());
            next = parent.clone();
        }
        below
    }
}
