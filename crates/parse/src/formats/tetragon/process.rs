//! Who acted: process, parent, container, namespaces.

use model::{Bytes, Event};

use super::{fact, node_fact};
use crate::json_tree::Node;

/// Fields of the export that events show (see `Node::note_unmapped`), or that say the same as one that is shown.
#[rustfmt::skip]
pub(super) const KNOWN: &[&str] = &{
    macro_rules! of_process {
        ($($kind:literal)*) => { [$(
            concat!($kind, ".process.exec_id"), concat!($kind, ".process.parent_exec_id"), concat!($kind, ".process.pid"),
            concat!($kind, ".process.uid"), concat!($kind, ".process.auid"), concat!($kind, ".process.cwd"),
            concat!($kind, ".process.binary"), concat!($kind, ".process.arguments"), concat!($kind, ".process.flags"),
            concat!($kind, ".process.start_time"), concat!($kind, ".process.docker"), concat!($kind, ".process.refcnt"),
            concat!($kind, ".process.cap"), concat!($kind, ".process.ns"), concat!($kind, ".process.tid"),
            concat!($kind, ".process.in_init_tree"), concat!($kind, ".process.user.name"),
            concat!($kind, ".process.process_credentials"), concat!($kind, ".process.binary_properties"),
            concat!($kind, ".process.pod.namespace"), concat!($kind, ".process.pod.name"), concat!($kind, ".process.pod.uid"),
            concat!($kind, ".process.pod.workload"), concat!($kind, ".process.pod.workload_kind"),
            concat!($kind, ".process.pod.container.id"), concat!($kind, ".process.pod.container.name"),
            concat!($kind, ".process.pod.container.image"), concat!($kind, ".process.pod.container.start_time"),
            concat!($kind, ".process.pod.container.pid"), concat!($kind, ".process.pod.container.security_context"),
            concat!($kind, ".process.pod.container.maybe_exec_probe"),
            concat!($kind, ".parent"), concat!($kind, ".ancestors"), concat!($kind, ".args"), concat!($kind, ".return"),
            concat!($kind, ".return_action"), concat!($kind, ".action"), concat!($kind, ".function_name"),
            concat!($kind, ".policy_name"), concat!($kind, ".message"), concat!($kind, ".tags"), concat!($kind, ".subsys"),
            concat!($kind, ".event"), concat!($kind, ".path"), concat!($kind, ".symbol"), concat!($kind, ".offset"),
            concat!($kind, ".buildid"), concat!($kind, ".status"), concat!($kind, ".signal"), concat!($kind, ".time"),
            concat!($kind, ".provider"), concat!($kind, ".name"), concat!($kind, ".ima_hash"), concat!($kind, ".type"),
            concat!($kind, ".cgroup"), concat!($kind, ".number_of_dropped_process_events"),
        )* "node_name", "time", "cluster_name", "aggregation_info"] };
    }
    of_process!(
        "process_exec" "process_exit" "process_kprobe" "process_tracepoint" "process_uprobe" "process_usdt" "process_lsm"
        "process_loader" "process_throttle" "rate_limit_info"
    )
};

/// Ancestors that are named in a fact.
const ANCESTORS_MAX: usize = 32;

/// Fills the actor and what is known of its container.
pub(super) fn read(body: &Node<'_>, event: &mut Event) {
    let process = body.get("process");
    let flags = process.get("flags").str().unwrap_or("").to_string();
    let credentials = process.get("process_credentials");
    let actor = &mut event.actor;
    let bytes = |name: &str| process.get(name).str().map(Bytes::from);
    actor.pid = process.get("pid").id();
    actor.ppid = body.get("parent").get("pid").id();
    actor.uid = process.get("uid").id();
    actor.euid = credentials.get("euid").id();
    actor.auid = process.get("auid").id();
    actor.exe = bytes("binary");
    let cwd_unknown = flags.contains("errorCWD") || flags.contains("nocwd");
    actor.cwd = bytes("cwd").filter(|_| !cwd_unknown);
    actor.user = process.get("user").get("name").str().map(str::to_string);
    let arguments = process.get("arguments").str();
    if let Some(binary) = &actor.exe {
        actor.argv.push(binary.clone());
        actor.argv.extend(arguments.map(split).unwrap_or_default());
    }
    for name in ["exec_id", "parent_exec_id", "flags", "in_init_tree"] {
        node_fact(event, name, process.get(name));
    }
    // Where quotes may have been misread, what was recorded stays beside.
    if arguments.is_some_and(|arguments| arguments.contains('"')) {
        node_fact(event, "arguments", process.get("arguments"));
    }
    if process.get("tid").id() != event.actor.pid {
        node_fact(event, "tid", process.get("tid"));
    }
    container(process, event);
    namespaces(process.get("ns"), event);
    for set in ["permitted", "effective", "inheritable"] {
        capabilities(process.get("cap").get(set), set, event);
    }
    properties(process.get("binary_properties"), event);
    family(body, event);
}

/// The container's id: whole where a pod is known, else the beginning of it, as long as the version gives.
fn container(process: &Node<'_>, event: &mut Event) {
    let pod = process.get("pod");
    let container = pod.get("container");
    let prefix = process.get("docker").str();
    let whole = container.get("id").str().map(|id| id.rsplit("://").next().unwrap_or(id));
    if let Some(id) = whole.or(prefix) {
        fact(event, "container.id", id);
    }
    // Two ids that are not of one container: both are kept.
    if let (Some(whole), Some(prefix)) = (whole, prefix)
        && !whole.starts_with(prefix)
    {
        fact(event, "docker", prefix);
    }
    node_fact(event, "container.name", container.get("name"));
    let image = container.get("image");
    node_fact(event, "container.image.repository", image.get("name"));
    if let Some(id) = image.get("id").str() {
        let name = if id.contains("sha256:") { "container.image.digest" } else { "container.image.id" };
        fact(event, name, id.rsplit('@').next().unwrap_or(id));
    }
    node_fact(event, "container.pid", container.get("pid"));
    node_fact(event, "container.start_time", container.get("start_time"));
    node_fact(event, "container.security_context", container.get("security_context"));
    node_fact(event, "maybe_exec_probe", container.get("maybe_exec_probe"));
    node_fact(event, "k8s.ns.name", pod.get("namespace"));
    node_fact(event, "k8s.pod.name", pod.get("name"));
    node_fact(event, "k8s.pod.uid", pod.get("uid"));
    node_fact(event, "k8s.workload", pod.get("workload"));
    node_fact(event, "k8s.workload_kind", pod.get("workload_kind"));
}

fn namespaces(all: &Node<'_>, event: &mut Event) {
    for (name, namespace) in all.fields() {
        if name.len() <= 32 {
            node_fact(event, &format!("ns.{name}.inum"), namespace.get("inum"));
            node_fact(event, &format!("ns.{name}.is_host"), namespace.get("is_host"));
        }
    }
}

/// Capability names with `CAP_` throughout: the schema spells one of them (`DAC_OVERRIDE`) without.
fn capabilities(names: &Node<'_>, set: &str, event: &mut Event) {
    let name = |node: &Node<'_>| {
        let name = node.text().unwrap_or_default().into_owned();
        if name.starts_with("CAP_") { name } else { format!("CAP_{name}") }
    };
    let names: Vec<String> = names.items().iter().map(name).collect();
    if !names.is_empty() {
        fact(event, &format!("cap.{set}"), &names.join(" "));
    }
}

/// What makes this program special: set-user-id bits, capabilities gained, an executable without a name.
fn properties(properties: &Node<'_>, event: &mut Event) {
    for name in ["setuid", "setgid", "privileges_changed"] {
        node_fact(event, &format!("binary.{name}"), properties.get(name));
    }
    let inode = properties.get("file").get("inode");
    if inode.get("links").int() == Some(0) {
        fact(event, "exe_deleted", "yes");
    }
}

fn family(body: &Node<'_>, event: &mut Event) {
    let parent = body.get("parent");
    for name in ["binary", "arguments", "docker"] {
        node_fact(event, &format!("parent.{name}"), parent.get(name));
    }
    node_fact(event, "parent.in_init_tree", parent.get("in_init_tree"));
    let ancestors: Vec<String> = body
        .get("ancestors")
        .items()
        .iter()
        .take(ANCESTORS_MAX)
        .map(|process| {
            let pid = process.get("pid").int().map(|pid| format!("({pid})")).unwrap_or_default();
            format!("{}{pid}", process.get("binary").str().unwrap_or("?"))
        })
        .collect();
    if !ancestors.is_empty() {
        fact(event, "ancestors", &ancestors.join(" < "));
    }
}

/// Splits `arguments`: words, or text in quotes where an argument has a space. Quotes inside are not escaped, so
/// a closing quote is one before a space or the end; without one, the rest is one argument.
fn split(text: &str) -> Vec<Bytes> {
    let mut out = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let end = match rest.strip_prefix('"') {
            Some(inner) => {
                let closing = inner.match_indices('"').map(|quote| quote.0).find(|&at| {
                    let after = &inner[at + 1..];
                    after.is_empty() || after.starts_with(' ')
                });
                match closing {
                    Some(at) => {
                        out.push(Bytes::from(&inner[..at]));
                        at + 2
                    }
                    None => {
                        out.push(Bytes::from(inner));
                        rest.len()
                    }
                }
            }
            None => {
                let at = rest.find(' ').unwrap_or(rest.len());
                out.push(Bytes::from(&rest[..at]));
                at
            }
        };
        rest = rest.get(end..).unwrap_or("");
        rest = rest.strip_prefix(' ').unwrap_or(rest);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_split_at_their_quotes() {
        let words = |text: &str| split(text).iter().map(Bytes::to_text).collect::<Vec<_>>();
        assert_eq!(words("-c \"echo \"hi\"; id\" x"), ["-c", "echo \"hi\"; id", "x"]);
        // Nobody can tell such a quote from a closing one; fact `arguments` keeps what was recorded.
        assert_eq!(words("\"echo \"hi\" there\""), ["echo \"hi", "there\""]);
        assert_eq!(words("\"never closed"), ["never closed"]);
        assert_eq!(words("\"\" b"), ["", "b"]);
        assert_eq!(words("a é=ü"), ["a", "é=ü"]);
    }
}
