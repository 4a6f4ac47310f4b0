//! What JSON documents of runtime state have in common: picking fields, bounds, the pod in the labels.
//!
//! Such documents are few and small, and their fields vary with versions, so they are read as values, and a
//! field of another type than expected is a field that is missing.

use std::collections::BTreeMap;

use model::{Address, Bytes, KnownContainer, PodRef, ProblemKind, StateContent, StateRecord, Timestamp};
use serde_json::Value;

use crate::{Batch, records::Fault};

/// Characters of one text that are kept; labels hold whole configurations at times.
const TEXT_CHARS_MAX: usize = 4_096;
/// Labels of one container; real ones have some dozens.
const LABELS_MAX: usize = 256;
/// Arguments, environment names, devices, capabilities.
const LIST_MAX: usize = 256;
/// Mounts of one container; a pod with many secrets has about a hundred.
pub(crate) const MOUNTS_MAX: usize = 1_024;

/// The value at a path of keys.
pub(crate) fn at<'a>(value: &'a Value, path: &[&str]) -> Option<&'a Value> {
    path.iter().try_fold(value, |value, key| value.get(key))
}

/// A text that says something.
pub(crate) fn text(value: &Value, path: &[&str]) -> Option<String> {
    at(value, path).and_then(Value::as_str).filter(|text| !text.is_empty()).map(cut)
}

/// A text as a path.
pub(crate) fn path(value: &Value, keys: &[&str]) -> Option<Bytes> {
    text(value, keys).filter(|text| text.starts_with('/')).map(|text| Bytes::from(text.as_str()))
}

/// True or false.
pub(crate) fn flag(value: &Value, path: &[&str]) -> Option<bool> {
    at(value, path).and_then(Value::as_bool)
}

/// A process id; 0 stands for none.
pub(crate) fn pid(value: &Value, path: &[&str]) -> Option<u32> {
    at(value, path).and_then(Value::as_u64).and_then(|pid| u32::try_from(pid).ok()).filter(|&pid| pid > 0)
}

/// A time; Go's zero time stands for none.
pub(crate) fn time(value: &Value, path: &[&str]) -> Option<Timestamp> {
    at(value, path).and_then(Value::as_str).and_then(|text| Timestamp::parse(text).ok()).filter(|time| time.0 > 0)
}

/// The texts of a list.
pub(crate) fn list(value: &Value, path: &[&str]) -> Vec<String> {
    let items = at(value, path).and_then(Value::as_array).into_iter().flatten();
    items.filter_map(Value::as_str).take(LIST_MAX).map(cut).collect()
}

/// The texts of an object, by their keys.
pub(crate) fn labels(value: &Value, path: &[&str]) -> BTreeMap<String, String> {
    let items = at(value, path).and_then(Value::as_object).into_iter().flatten();
    items.filter_map(|(key, value)| Some((cut(key), cut(value.as_str()?)))).take(LABELS_MAX).collect()
}

/// The names of `NAME=value`; the values may be secrets.
pub(crate) fn env_names(value: &Value, path: &[&str]) -> Vec<String> {
    let name = |text: String| text.split('=').next().unwrap_or_default().to_string();
    list(value, path).into_iter().map(name).collect()
}

/// Capabilities in one spelling: `SYS_ADMIN` and `cap_sys_admin` are `CAP_SYS_ADMIN`.
pub(crate) fn capabilities(value: &Value, path: &[&str]) -> Vec<String> {
    let mut names: Vec<String> = list(value, path).iter().map(|name| capability(name)).collect();
    names.sort();
    names.dedup();
    names
}

fn capability(name: &str) -> String {
    let upper = name.to_uppercase();
    if upper == "ALL" || upper.starts_with("CAP_") { upper } else { format!("CAP_{upper}") }
}

pub(crate) fn cut(text: &str) -> String {
    match text.char_indices().nth(TEXT_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_string(),
    }
}

/// The document in a record.
pub(crate) fn document(record: &[u8], what: &str) -> Result<Value, Fault> {
    serde_json::from_slice(record).map_err(|cause| crate::records::not_json(what, &cause))
}

/// The fault of a document of another kind.
pub(crate) fn unknown(what: &str) -> Fault {
    (ProblemKind::NotARecord, format!("JSON, but {what}"))
}

/// Counts the record and keeps what it says.
pub(crate) fn keep(address: Address, content: Option<StateContent>, out: &mut Batch) {
    out.records += 1;
    out.state.extend(content.map(|content| StateRecord::new(address, content)));
}

/// The first of the labels' values.
fn first(labels: &BTreeMap<String, String>, keys: &[&str]) -> Option<String> {
    keys.iter().find_map(|key| labels.get(*key)).filter(|text| !text.is_empty()).cloned()
}

/// Reads what engines write into labels and annotations: the pod, the image, whether it is privileged.
///
/// Sources: containerd `internal/cri/annotations`, cri-o `pkg/annotations`, the kubelet's
/// `pkg/kubelet/types/labels.go`, cri-dockerd `libdocker`, Podman `libpod/define/annotations.go`.
pub(crate) fn read_labels(facts: &mut KnownContainer) {
    let labels = &facts.labels;
    let kind = first(
        labels,
        &[
            "io.kubernetes.cri.container-type",
            "io.kubernetes.cri-o.ContainerType",
            "io.cri-containerd.kind",
            "io.kubernetes.docker.type",
        ],
    );
    let pod = PodRef {
        namespace: first(
            labels,
            &["io.kubernetes.pod.namespace", "io.kubernetes.cri.sandbox-namespace", "io.kubernetes.cri-o.Namespace"],
        ),
        name: first(
            labels,
            &["io.kubernetes.pod.name", "io.kubernetes.cri.sandbox-name", "io.kubernetes.cri-o.KubeName"],
        ),
        uid: first(labels, &["io.kubernetes.pod.uid", "io.kubernetes.cri.sandbox-uid"]),
        container: first(labels, &["io.kubernetes.container.name", "io.kubernetes.cri.container-name"])
            .filter(|name| name != "POD"),
        sandbox: kind.is_some_and(|kind| kind.ends_with("sandbox")),
    };
    if pod != PodRef::default() && facts.pod.is_none() {
        facts.pod = Some(pod);
    }
    let image = first(
        labels,
        &["io.kubernetes.cri.image-name", "io.kubernetes.cri-o.ImageName", "org.opencontainers.image.ref.name"],
    );
    facts.image = facts.image.take().or(image);
    let name = first(labels, &["nerdctl/name", "io.kubernetes.cri-o.Name"]);
    facts.name = facts.name.take().or(name);
    let privileged = first(labels, &["io.podman.annotations.privileged", "io.kubernetes.cri-o.PrivilegedRuntime"]);
    facts.privileged = facts.privileged.or(privileged.map(|text| text.eq_ignore_ascii_case("true")));
}
