//! Which container wrote a log, by the path that its runtime or the kubelet gave the file.
//!
//! - `/var/log/pods/NAMESPACE_POD_UID/CONTAINER/0.log`, and rotated `0.log.20261122-101010.gz`
//! - `/var/log/containers/POD_NAMESPACE_CONTAINER-ID.log`, links to those
//! - `/var/lib/docker/containers/ID/ID-json.log`, and rotated `ID-json.log.1.gz`
//!
//! Only the last parts of the path are looked at, because evidence is collected below other directories.
//! Sources: Kubernetes `pkg/kubelet/kuberuntime/helpers.go` (`BuildPodLogsDirectory`), `legacy.go` (`legacyLogSymlink`);
//! moby `daemon/logger/jsonfilelog`.

use model::Event;

/// Digits of a whole container id.
const ID_DIGITS: usize = 64;
/// Bytes of a name; Kubernetes allows 253.
const NAME_BYTES_MAX: usize = 253;

/// The container that writes a log, as far as the path tells. A claim: whoever placed the file chose its path.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Writer {
    id: Option<String>,
    name: Option<String>,
    namespace: Option<String>,
    pod: Option<String>,
    pod_uid: Option<String>,
}

impl Writer {
    /// What the path of a log says; nothing where it is none of the known ones.
    pub fn of(path: &str) -> Self {
        let mut parts = path.rsplit('/');
        let file = parts.next().unwrap_or("");
        let above = [parts.next(), parts.next(), parts.next()];
        let found = match above {
            [Some(container), Some(pod), Some("pods")] if is_numbered(file) => Self::of_pod(pod, container),
            [Some(id), Some("containers"), _] if is_id(id) => {
                let is_own = file.strip_prefix(id).is_some_and(|rest| rest.starts_with("-json.log"));
                is_own.then(|| Self { id: Some(id.to_string()), ..Self::default() })
            }
            [Some("containers"), ..] => Self::of_link(file),
            _ => None,
        };
        found.unwrap_or_default()
    }

    /// `NAMESPACE_POD_UID` and the container's name; none of them has an underscore.
    fn of_pod(pod: &str, container: &str) -> Option<Self> {
        let [namespace, pod, uid] = three(pod)?;
        Some(Self { name: name(container), namespace, pod, pod_uid: uid, id: None })
    }

    /// `POD_NAMESPACE_CONTAINER-ID.log`.
    fn of_link(file: &str) -> Option<Self> {
        let (names, id) = file.strip_suffix(".log")?.rsplit_once('-')?;
        let [pod, namespace, name] = three(names).filter(|_| is_id(id))?;
        Some(Self { id: Some(id.to_string()), name, namespace, pod, pod_uid: None })
    }

    /// The container's name.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Adds the container to a message of its own.
    pub fn wrote(&self, event: &mut Event) {
        self.add("", event);
    }

    /// Adds the container to a record that stands in its log and may be about others.
    pub fn carries(&self, event: &mut Event) {
        self.add("carrier.", event);
    }

    fn add(&self, prefix: &str, event: &mut Event) {
        for (fact, value) in [
            ("container.id", &self.id),
            ("container.name", &self.name),
            ("k8s.ns.name", &self.namespace),
            ("k8s.pod.name", &self.pod),
            ("k8s.pod.uid", &self.pod_uid),
        ] {
            if let Some(value) = value {
                event.facts.insert_missing(format!("{prefix}{fact}"), value);
            }
        }
    }
}

/// Exactly three names between underscores.
fn three(text: &str) -> Option<[Option<String>; 3]> {
    let mut parts = text.split('_');
    let names = [parts.next()?, parts.next()?, parts.next()?].map(name);
    (parts.next().is_none() && names.iter().all(Option::is_some)).then_some(names)
}

/// A name as Kubernetes allows it.
fn name(text: &str) -> Option<String> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
    ((1..=NAME_BYTES_MAX).contains(&text.len()) && text.bytes().all(fits)).then(|| text.to_string())
}

fn is_id(text: &str) -> bool {
    text.len() == ID_DIGITS && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// `0.log`, `12.log.20261122-101010`: the number of the container's start.
fn is_numbered(file: &str) -> bool {
    file.split_once(".log")
        .is_some_and(|(number, _)| !number.is_empty() && number.bytes().all(|it| it.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(path: &str) -> String {
        let writer = Writer::of(path);
        let all = [&writer.id, &writer.name, &writer.namespace, &writer.pod, &writer.pod_uid];
        all.map(|part| part.as_deref().unwrap_or("-")).join(" ")
    }

    #[test]
    fn paths_name_the_container_wherever_they_were_collected() {
        let id = "ab".repeat(32);
        for (path, expected) in [
            ("/var/log/pods/shop_web-6c7f_7618a938-2586/web/0.log", "- web shop web-6c7f 7618a938-2586".to_string()),
            ("dump/var/log/pods/a_b_c/d/12.log.20261122-101010.gz", "- d a b c".to_string()),
            (&format!("/var/log/containers/web-6c7f_shop_web-{id}.log"), format!("{id} web shop web-6c7f -")),
            (&format!("x/containers/{id}/{id}-json.log.1.gz"), format!("{id} - - - -")),
        ] {
            assert_eq!(facts(path), expected, "{path}");
        }
    }

    #[test]
    fn other_paths_say_nothing() {
        let id = "ab".repeat(32);
        for path in [
            "",
            "/",
            "0.log",
            "/pods/a_b/c/0.log",
            "/pods/a_b_c_d/c/0.log",
            "/pods/a_b_c/d/x.log",
            "/pods/a_b_\u{1b}[31m/d/0.log",
            "/pods/__/d/0.log",
            "/containers/a_b_c-1234.log",
            &format!("/containers/{id}/other-json.log"),
        ] {
            assert_eq!(facts(path), "- - - - -", "{path}");
        }
    }
}
