//! Pods by the names of a kubelet's files: `pods/UID/…`, `/var/log/pods/NAMESPACE_POD_UID/…`,
//! `/var/log/containers/POD_NAMESPACE_CONTAINER-ID.log`.

use std::collections::{BTreeMap, BTreeSet};

use model::{Bytes, KnownContainer, PodRef};

use super::{
    is_unique,
    places::{Area, Place, plain},
};

/// Pods and containers that are kept of paths alone.
const NAMES_MAX: usize = 100_000;

#[derive(Default)]
pub(super) struct Pods {
    /// Namespace and name by uid.
    by_uid: BTreeMap<String, (Option<String>, String)>,
    /// Pod of a container, by its id.
    by_container: BTreeMap<String, PodRef>,
}

impl Pods {
    /// What the paths say.
    pub(super) fn of_paths<'a>(paths: impl IntoIterator<Item = &'a Bytes>) -> Self {
        let mut pods = Self::default();
        for path in paths {
            let text = plain(path);
            pods.log_directory(&text);
            pods.log_link(&text);
        }
        pods
    }

    /// `…/pods/NAMESPACE_POD_UID/CONTAINER/N.log`.
    fn log_directory(&mut self, path: &str) {
        let Some((_, rest)) = path.split_once("log/pods/") else { return };
        let Some(directory) = rest.split('/').next() else { return };
        let mut parts = directory.split('_');
        let (Some(namespace), Some(name), Some(uid), None) = (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return;
        };
        if self.by_uid.len() < NAMES_MAX {
            self.by_uid.insert(uid.to_string(), (Some(namespace.to_string()), name.to_string()));
        }
    }

    /// `…/log/containers/POD_NAMESPACE_CONTAINER-ID.log`.
    fn log_link(&mut self, path: &str) {
        let Some((_, file)) = path.rsplit_once("log/containers/") else { return };
        let mut parts = file.split('_');
        let (Some(name), Some(namespace), Some(rest), None) = (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return;
        };
        let Some((container, id)) = rest.split(".log").next().and_then(|rest| rest.rsplit_once('-')) else { return };
        if is_unique(id) && self.by_container.len() < NAMES_MAX {
            let pod = PodRef {
                namespace: Some(namespace.to_string()),
                name: Some(name.to_string()),
                uid: None,
                container: Some(container.to_string()),
                sandbox: false,
            };
            self.by_container.insert(id.to_string(), pod);
        }
    }

    /// The pod's `hosts` file: its first name is the pod's.
    pub(super) fn learn_hosts(&mut self, place: &Place<'_>, names: &[String]) {
        let name = names.first().map(|name| name.split('.').next().unwrap_or(name).to_string());
        if let (Area::Pod, Some(name)) = (place.area, name) {
            self.by_uid.entry(place.id.to_string()).or_insert((None, name));
        }
    }

    /// Adds what is known of the container's pod.
    pub(super) fn complete(&self, container: &mut KnownContainer) {
        if let Some(known) = self.by_container.get(&container.id) {
            let pod = container.pod.get_or_insert_with(PodRef::default);
            pod.namespace = pod.namespace.take().or_else(|| known.namespace.clone());
            pod.name = pod.name.take().or_else(|| known.name.clone());
            pod.container = pod.container.take().or_else(|| known.container.clone());
        }
        let Some(pod) = &mut container.pod else { return };
        if let Some((namespace, name)) = pod.uid.as_ref().and_then(|uid| self.by_uid.get(uid)) {
            pod.namespace = pod.namespace.take().or_else(|| namespace.clone());
            pod.name = pod.name.take().or_else(|| Some(name.clone()));
        }
        if pod.uid.is_none() {
            // A name belongs to one pod at a time, but a pod of the same name may have come before.
            let mut uids = self.by_uid.iter().filter(|(_, (namespace, name))| {
                *namespace == pod.namespace && namespace.is_some() && Some(name) == pod.name.as_ref()
            });
            pod.uid = uids.next().map(|(uid, _)| uid.clone()).filter(|_| uids.next().is_none());
        }
    }

    /// Containers that no state file names.
    pub(super) fn unstated(&self, stated: &[KnownContainer]) -> Vec<KnownContainer> {
        let known: BTreeSet<&str> = stated.iter().map(|container| container.id.as_str()).collect();
        let others = self.by_container.keys().filter(|id| !known.contains(id.as_str()));
        let container = |id: &String| KnownContainer {
            id: id.clone(),
            runtimes: vec!["kubelet".to_string()],
            ..KnownContainer::default()
        };
        others.map(container).collect()
    }
}
