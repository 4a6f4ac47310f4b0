//! What the classes of OCSF mean.

use model::{Action, Actor, Bytes, Facts, Object, ObjectKind, Role};

use crate::{
    formats::k8s_audit::{self, Resource},
    siem::{self, Fields, first, first_in, get_in, id, number},
};

const FILE: i64 = 1001;
const KERNEL_EXTENSION: i64 = 1002;
const PROCESS: i64 = 1007;
const FINDINGS: std::ops::RangeInclusive<i64> = 2001..=2007;
const AUTHENTICATION: i64 = 3002;
const NETWORK: i64 = 4001;
const API: i64 = 6003;

/// Process Activity: a process was launched.
const LAUNCH: i64 = 1;
/// Process Activity: a process ended.
const END: i64 = 2;

/// The names that checks read, of the schema's. The container is the one of the process that acts: an attribute of that
/// process, or (profile `container`) of the record.
pub(super) fn names(class: i64, activity: i64, facts: &mut Facts) {
    let place = acting(class, activity);
    for place in ["", place] {
        siem::rename(
            facts,
            place,
            &[
                ("container.uid", "container.id"),
                ("container.name", "container.name"),
                ("container.image.name", "container.image.repository"),
                ("container.image.uid", "container.image.digest"),
                ("container.pod_uuid", "k8s.pod.uid"),
            ],
        );
    }
    siem::rename(facts, "", &[("finding_info.title", "rule"), ("finding.title", "rule")]);
}

/// Where the process that acts stands: the launched or ended one itself, as every recorder of the kernel sees it, else the
/// actor's. What a finding is about has no other place.
fn acting(class: i64, activity: i64) -> &'static str {
    let itself = class == PROCESS && matches!(activity, LAUNCH | END) || FINDINGS.contains(&class);
    if itself { "process." } else { "actor.process." }
}

/// What was done, and to what.
pub(super) fn act(class: i64, activity: i64, fields: &Fields<'_>) -> (Action, Vec<Object>) {
    let facts = &fields.facts;
    match class {
        FILE => on_file(activity, facts),
        KERNEL_EXTENSION if activity == 1 => {
            let name = first(facts, &["driver.file.path", "driver.file.name"]);
            (Action::ModuleLoad, vec![siem::target(ObjectKind::Module, name)])
        }
        PROCESS => process(activity, facts),
        AUTHENTICATION if matches!(activity, 1 | 2) => (Action::UserSession, Vec::new()),
        NETWORK => network(activity, facts),
        API if is_kubernetes(facts) => request(fields),
        class if FINDINGS.contains(&class) => (Action::AlertRaised, Vec::new()),
        _ => (Action::Other, Vec::new()),
    }
}

/// File System Activity.
fn on_file(activity: i64, facts: &Facts) -> (Action, Vec<Object>) {
    let is_directory = number(facts, &["file.type_id"]) == Some(2);
    let action = match activity {
        1 if is_directory => Action::DirectoryCreate,
        1 => Action::FileCreate,
        2 => Action::FileRead,
        3 => Action::FileWrite,
        4 if is_directory => Action::DirectoryDelete,
        4 => Action::FileDelete,
        5 => Action::FileRename,
        6 | 7 => Action::FileMetadata,
        12 => Action::MountAttach,
        13 => Action::MountDetach,
        // Open does not say for what; the rest reads metadata, encrypts, or is unknown.
        _ => Action::Other,
    };
    let mut objects: Vec<Object> = file(facts, "file.").into_iter().collect();
    if let (Action::FileRename, Some(renamed)) = (action, file(facts, "file_result.")) {
        objects.iter_mut().for_each(|object| object.role = Role::Source);
        objects.push(renamed);
    }
    (action, objects)
}

fn file(facts: &Facts, place: &str) -> Option<Object> {
    let path = first_in(facts, place, &["path", "name"])?;
    let kind = match id(get_in(facts, place, "type_id")) {
        Some(2) => ObjectKind::Directory,
        Some(3) => ObjectKind::CharDevice,
        Some(4) => ObjectKind::BlockDevice,
        Some(5) => ObjectKind::Socket,
        Some(6) => ObjectKind::Fifo,
        Some(7) => ObjectKind::Symlink,
        _ => ObjectKind::File,
    };
    let inode = get_in(facts, place, "inode").and_then(|text| text.parse().ok());
    Some(Object { inode, ..siem::target(kind, Some(path)) })
}

/// Process Activity.
fn process(activity: i64, facts: &Facts) -> (Action, Vec<Object>) {
    let pid = number(facts, &["process.pid"]);
    let other = || Object { pid, ..siem::target(ObjectKind::Process, first(facts, &["process.name"])) };
    match activity {
        LAUNCH => {
            let name = first(facts, &["process.file.path", "process.path", "process.name"]);
            (Action::ProcessExec, vec![siem::target(ObjectKind::File, name)])
        }
        END => (Action::ProcessExit, Vec::new()),
        // Inject.
        4 => (Action::ProcessPtrace, vec![other()]),
        5 => (Action::ProcessCredentials, Vec::new()),
        _ => (Action::Other, vec![other()]),
    }
}

/// Network Activity.
fn network(activity: i64, facts: &Facts) -> (Action, Vec<Object>) {
    let (action, place) = match activity {
        1 => (Action::SocketConnect, "dst_endpoint."),
        7 => (Action::SocketBind, "src_endpoint."),
        _ => return (Action::Other, Vec::new()),
    };
    let name = match (first_in(facts, place, &["ip", "hostname"]), get_in(facts, place, "port")) {
        (Some(ip), Some(port)) if ip.contains(':') => Some(format!("[{ip}]:{port}")),
        (Some(ip), Some(port)) => Some(format!("{ip}:{port}")),
        (ip, _) => ip.map(str::to_string),
    };
    (action, vec![siem::target(ObjectKind::Socket, name.as_deref())])
}

/// API Activity of a Kubernetes cluster, as Amazon Security Lake stores it from EKS. Another service's API is none of our acts.
fn is_kubernetes(facts: &Facts) -> bool {
    let names = ["metadata.product.name", "metadata.product.feature.name", "api.service.name", "metadata.log_name"];
    names.iter().filter_map(|name| facts.get(name)).any(|name| {
        let name = name.to_ascii_lowercase();
        name.contains("kubernetes") || name.contains("eks") || name.contains("kube-audit")
    })
}

fn request(fields: &Fields<'_>) -> (Action, Vec<Object>) {
    let facts = &fields.facts;
    let verb = first(facts, &["api.operation"]).unwrap_or("").to_ascii_lowercase();
    let resource = fields.kept("resources").and_then(|list| list.items().first());
    let part = |name: &str| resource.and_then(|resource| resource.get(name).str()).unwrap_or("");
    let path = first(facts, &["http_request.url.path", "http_request.url.url_string"]).unwrap_or("");
    let kind = part("type");
    // `pods/exec`, or the end of the request's path.
    let (kind, subresource) = kind.split_once('/').unwrap_or((kind, ""));
    let last = path.split('?').next().and_then(|path| path.rsplit('/').next()).unwrap_or("");
    let connects = matches!(last, "exec" | "attach" | "portforward" | "proxy");
    let subresource = if subresource.is_empty() && connects { last } else { subresource };
    let resource = Resource { resource: kind, subresource, namespace: part("namespace"), name: part("name"), path };
    (k8s_audit::action(&verb, subresource), vec![resource.target(None)])
}

/// The recorder's own identity of the event: the request's for the API server's.
pub(super) fn occurrence(class: i64, facts: &Facts) -> Option<String> {
    if let Some(id) = first(facts, &["api.request.uid"]).filter(|_| class == API && is_kubernetes(facts)) {
        return Some(format!("k8s:{id}"));
    }
    first(facts, &["metadata.uid"]).map(|id| format!("ocsf:{id}"))
}

/// Who did it.
pub(super) fn actor(class: i64, activity: i64, facts: &Facts, actor: &mut Actor) {
    let place = acting(class, activity);
    let at = |name: &str| get_in(facts, place, name);
    actor.pid = id(at("pid"));
    actor.ppid = id(at("parent_process.pid"));
    if class == PROCESS && activity == LAUNCH {
        actor.ppid = actor.ppid.or_else(|| number(facts, &["actor.process.pid"]));
    }
    actor.comm = at("name").map(Bytes::from);
    actor.exe = first_in(facts, place, &["file.path", "path"]).map(Bytes::from);
    actor.cwd = at("working_directory").map(Bytes::from);
    actor.uid = id(at("user.uid").or(facts.get("actor.user.uid")));
    actor.euid = id(at("euid"));
    actor.auid = id(at("auid"));
    actor.user = at("user.name").or(first(facts, &["actor.user.name", "user.name"])).map(str::to_string);
    actor.argv = at("cmd_line").map(siem::words).unwrap_or_default();
    actor.addresses = first(facts, &["src_endpoint.ip"]).map(str::to_string).into_iter().collect();
    actor.user_agent = first(facts, &["http_request.user_agent"]).map(str::to_string);
}
