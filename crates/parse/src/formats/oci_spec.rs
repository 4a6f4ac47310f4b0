//! The runtime specification of a container: `config.json` of a bundle, as containerd, Podman and CRI-O hand it to
//! runc; and runc's own `state.json`, which adds the first process.
//!
//! It says what the kernel was asked for: mounts, capabilities, namespaces, devices. It does not say the
//! container's id; the path of the bundle does.
//!
//! Source: opencontainers/runtime-spec `schema/config-schema.json`, `config.md`, `config-linux.md`.

use model::{KnownContainer, NamespaceKind, RootFs, StateContent, StateMount};
use serde_json::Value;

use crate::{
    Batch, Decoder, Format, Source,
    records::{Fault, Framed, Framing, Origin, Reader},
    state_json::{
        MOUNTS_MAX, at, capabilities, document, env_names, flag, keep, labels, list, path, pid, read_labels, text,
        time, unknown,
    },
};

/// The format.
pub(crate) struct OciSpec;

impl Format for OciSpec {
    fn name(&self) -> &'static str {
        "oci_spec"
    }

    fn sniff(&self, head: &[u8]) -> u8 {
        let has = |sign: &str| memchr::memmem::find(head, sign.as_bytes()).is_some();
        let document = head.trim_ascii_start().first() == Some(&b'{');
        if document && has("\"init_process_pid\"") && has("\"namespace_paths\"") {
            return 90;
        }
        if document && has("\"ociVersion\"") && (has("\"process\"") || has("\"root\"")) { 90 } else { 0 }
    }

    fn decoder(&self, source: Source) -> Box<dyn Decoder> {
        Box::new(Framed::new(source, Framing::json(), SpecReader))
    }
}

struct SpecReader;

impl Reader for SpecReader {
    fn record(&mut self, record: &[u8], origin: &Origin<'_>, out: &mut Batch) -> Result<(), Fault> {
        let value = document(record, "runtime specification")?;
        if value.get("init_process_pid").is_some() {
            keep(origin.address, Some(runc_state(&value)), out);
            return Ok(());
        }
        if value.get("ociVersion").is_none() {
            return Err(unknown("no runtime specification (`ociVersion`)"));
        }
        let mut facts = KnownContainer { runtimes: vec!["oci".to_string()], ..KnownContainer::default() };
        facts_of(&value, &mut facts);
        let content = StateContent::Container { facts: Box::new(facts), layer: None, data_root: None };
        keep(origin.address, Some(content), out);
        Ok(())
    }
}

/// runc's state of a container that runs. Its start is when the state was written.
fn runc_state(value: &Value) -> StateContent {
    let started = time(value, &["created"]);
    let facts = KnownContainer {
        id: text(value, &["id"]).unwrap_or_default(),
        runtimes: vec!["oci".to_string()],
        started,
        pid: pid(value, &["init_process_pid"]),
        root: path(value, &["config", "rootfs"]).map(|merged| RootFs { merged: Some(merged), ..RootFs::default() }),
        ..KnownContainer::default()
    };
    StateContent::Container { facts: Box::new(facts), layer: None, data_root: None }
}

/// Reads what a specification says into `facts`.
pub(crate) fn facts_of(spec: &Value, facts: &mut KnownContainer) {
    facts.labels.extend(labels(spec, &["annotations"]));
    read_labels(facts);
    facts.args = list(spec, &["process", "args"]);
    facts.env_names = env_names(spec, &["process", "env"]);
    facts.user = user(spec);
    facts.read_only_root = flag(spec, &["root", "readonly"]).or(spec.get("root").map(|_| false));
    let selinux = text(spec, &["process", "selinuxLabel"]).map(|label| format!("selinux:{label}"));
    facts.confinement = text(spec, &["process", "apparmorProfile"]).or(selinux);
    if let Some(merged) = path(spec, &["root", "path"]) {
        facts.root = Some(RootFs { merged: Some(merged), ..RootFs::default() });
    }
    if spec.get("process").is_some() {
        facts.capabilities = Some(capabilities(spec, &["process", "capabilities", "bounding"]));
    }
    let mounts = at(spec, &["mounts"]).and_then(Value::as_array).into_iter().flatten();
    facts.mounts = mounts.filter_map(mount).take(MOUNTS_MAX).collect();
    if let Some(linux) = spec.get("linux") {
        facts.seccomp = Some(if linux.get("seccomp").is_some() { "filtered" } else { "unconfined" }.to_string());
        let devices = at(linux, &["devices"]).and_then(Value::as_array).into_iter().flatten();
        facts.devices = devices.filter_map(|device| text(device, &["path"])).take(256).collect();
        namespaces(linux, facts);
        let said = facts.privileged;
        facts.privileged = said.or_else(|| Some(is_privileged(linux, facts.capabilities.as_deref()?)));
    }
}

fn user(spec: &Value) -> Option<String> {
    let number = |name: &str| at(spec, &["process", "user", name]).and_then(Value::as_u64);
    Some(format!("{}:{}", number("uid")?, number("gid")?))
}

fn mount(mount: &Value) -> Option<StateMount> {
    let destination = path(mount, &["destination"])?;
    let options = list(mount, &["options"]);
    let has = |name: &str| options.iter().any(|option| option == name);
    let bind = has("bind") || has("rbind");
    let kind = if bind { "bind".to_string() } else { text(mount, &["type"]).unwrap_or_else(|| "bind".to_string()) };
    let propagation = options.iter().find(|option| {
        matches!(
            option.as_str(),
            "private" | "rprivate" | "slave" | "rslave" | "shared" | "rshared" | "unbindable" | "runbindable"
        )
    });
    Some(StateMount {
        source: path(mount, &["source"]).filter(|_| kind == "bind"),
        kind,
        destination,
        writable: Some(!has("ro") && !has("rro")),
        propagation: propagation.cloned(),
        volume: None,
    })
}

/// Namespaces that are not listed are the runtime's own, which is the host's. Those with a path were made before,
/// for the pod or another container; the host's have paths, too.
fn namespaces(linux: &Value, facts: &mut KnownContainer) {
    let listed = at(linux, &["namespaces"]).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let kinds = [
        ("pid", NamespaceKind::Pid),
        ("network", NamespaceKind::Network),
        ("ipc", NamespaceKind::Ipc),
        ("uts", NamespaceKind::Uts),
        ("user", NamespaceKind::User),
        ("mount", NamespaceKind::Mount),
        ("cgroup", NamespaceKind::Cgroup),
    ];
    for (name, kind) in kinds {
        let entry = listed.iter().find(|entry| entry.get("type").and_then(Value::as_str) == Some(name));
        // Docker gives the host's network a name of its own.
        let of_init = |entry: &Value| {
            let path = text(entry, &["path"]).unwrap_or_default();
            path.starts_with("/proc/1/ns/") || path.ends_with("docker/netns/default")
        };
        let list = match entry {
            None => &mut facts.host_namespaces,
            Some(entry) if of_init(entry) => &mut facts.host_namespaces,
            // The sandbox of a pod that shares the host's is joined in the same way: the join of all pieces knows.
            Some(entry) if text(entry, &["path"]).is_some() => &mut facts.joined_namespaces,
            Some(_) => &mut facts.own_namespaces,
        };
        list.push(kind);
    }
}

/// What engines make of "privileged": every device may be used, and the capabilities to do so are there.
fn is_privileged(linux: &Value, capabilities: &[String]) -> bool {
    let all_devices = |rule: &Value| {
        let kind = rule.get("type").and_then(Value::as_str).unwrap_or("a");
        let unbounded = |name: &str| rule.get(name).and_then(Value::as_i64).is_none_or(|number| number < 0);
        rule.get("allow").and_then(Value::as_bool) == Some(true)
            && kind == "a"
            && unbounded("major")
            && unbounded("minor")
            && text(rule, &["access"]).is_none_or(|access| access.contains('w'))
    };
    let rules = at(linux, &["resources", "devices"]).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    // Later rules override earlier ones.
    let devices = rules.iter().rev().find(|rule| {
        all_devices(rule) || rule.get("allow").and_then(Value::as_bool) == Some(false) && rule.get("major").is_none()
    });
    let needed = ["CAP_SYS_ADMIN", "CAP_SYS_RAWIO", "CAP_SYS_MODULE"];
    devices.is_some_and(all_devices) && needed.iter().all(|name| capabilities.iter().any(|own| own == name))
}

#[cfg(test)]
mod tests {
    use model::Bytes;

    use super::*;

    #[test]
    fn later_device_rules_override_earlier_ones() {
        let all = serde_json::json!({"resources": {"devices": [{"allow": true, "access": "rwm"}, {"allow": false}]}});
        let capabilities = ["CAP_SYS_ADMIN", "CAP_SYS_RAWIO", "CAP_SYS_MODULE"].map(String::from);
        assert!(!is_privileged(&all, &capabilities));
        let all = serde_json::json!({"resources": {"devices": [{"allow": false}, {"allow": true, "access": "rwm"}]}});
        assert!(is_privileged(&all, &capabilities));
        assert!(!is_privileged(&all, &capabilities[..1]));
    }

    #[test]
    fn bytes_of_paths_survive() {
        assert_eq!(mount(&serde_json::json!({"destination": "relative"})), None);
        let bind = serde_json::json!({"destination": "/a", "source": "/b", "options": ["rbind", "ro", "rslave"]});
        let bind = mount(&bind).expect("a mount");
        assert_eq!((bind.source, bind.writable), (Some(Bytes::from("/b")), Some(false)));
        assert_eq!(bind.propagation.as_deref(), Some("rslave"));
    }
}
