//! JSON lines in the Elastic Common Schema 8: field names and allowed values of its reference, and what it has no
//! field for under `yobitsugi`. Source: Elastic Common Schema, field reference and categorization fields, 8.17.

use model::{Action, Bytes, Event, Object, ObjectKind, Outcome, Role, TimeBasis};
use serde_json::{Value, json};

use super::{
    Export,
    pieces::{self, Tree},
};

pub(super) struct Ecs;

/// The version whose names and values these are.
const ECS_VERSION: &str = "8.17.0";

impl Export for Ecs {
    fn name(&self) -> &'static str {
        "ecs"
    }

    fn line(&self, event: &Event) -> String {
        let mut line = Tree::default();
        line.set("@timestamp", Some(event.time.to_string()));
        line.set("ecs.version", Some(ECS_VERSION));
        line.set("message", Some(model::display_safe(&pieces::sentence(event))));
        categories(event, &mut line);
        line.set("host.name", event.host.clone());
        line.set("host.hostname", event.host.clone());
        line.set("container.id", event.container.as_ref().map(|container| container.id.clone()));
        line.set("container.image.name", event.fact("image").or(event.fact("container.image.repository")));
        process(event, &mut line);
        user(event, &mut line);
        objects(event, &mut line);
        orchestrator(event, &mut line);
        alert(event, &mut line);
        rest(event, &mut line);
        line.line()
    }
}

/// `event.category` and `event.type`; nothing where the schema has no bucket.
fn buckets(action: Action) -> (&'static [&'static str], &'static [&'static str]) {
    use Action as A;
    match action {
        A::ProcessExec | A::ProcessFork | A::ContainerStart | A::ContainerExec => (&["process"], &["start"]),
        A::ProcessExit | A::ProcessCrash | A::ContainerStop => (&["process"], &["end"]),
        A::ProcessSignal | A::ProcessPtrace | A::ProcessChroot | A::ProcessChdir | A::ProcessCredentials => {
            (&["process"], &["change"])
        }
        A::NamespaceEnter | A::NamespaceCreate => (&["process"], &["change"]),
        A::MountAttach | A::MountDetach | A::MountPivot | A::ClockStep => (&["host"], &["change"]),
        A::FileRead | A::HandleOpen | A::ContainerCopy => (&["file"], &["access"]),
        A::FileWrite | A::FileTruncate | A::FileRename | A::FileMetadata => (&["file"], &["change"]),
        A::FileCreate | A::FileLink | A::FileSymlink | A::DirectoryCreate | A::DeviceCreate => {
            (&["file"], &["creation"])
        }
        A::FileDelete | A::DirectoryDelete => (&["file"], &["deletion"]),
        A::SocketConnect => (&["network"], &["connection", "start"]),
        A::SocketBind => (&["network"], &["start"]),
        A::ModuleLoad | A::BpfLoad => (&["driver"], &["start"]),
        A::ApiCreate => (&["api"], &["creation"]),
        A::ApiUpdate => (&["api"], &["change"]),
        A::ApiDelete => (&["api"], &["deletion"]),
        A::ApiRead => (&["api"], &["access"]),
        A::ApiConnect => (&["api"], &["access", "start"]),
        A::AlertRaised => (&["intrusion_detection"], &["info"]),
        A::AuditConfig | A::ImageChange => (&["configuration"], &["change"]),
        A::ContainerCreate => (&["configuration"], &["creation"]),
        A::ContainerDelete => (&["configuration"], &["deletion"]),
        A::AuditLost => (&["host"], &["info"]),
        A::SystemBoot => (&["host"], &["start"]),
        A::UserSession => (&["session"], &["info"]),
        A::ShellCommand => (&["process"], &["info"]),
        _ => (&[], &[]),
    }
}

fn categories(event: &Event, line: &mut Tree) {
    let (categories, types) = buckets(event.action);
    let list = |values: &[&str]| (!values.is_empty()).then(|| json!(values));
    line.set("event.kind", Some(if event.action == Action::AlertRaised { "alert" } else { "event" }));
    line.set("event.category", list(categories));
    line.set("event.type", list(types));
    let outcome = match event.outcome {
        Outcome::Succeeded => "success",
        Outcome::Failed { .. } => "failure",
        Outcome::Unknown => "unknown",
    };
    line.set("event.outcome", Some(outcome));
    line.set("event.action", Some(event.action.name()));
    line.set("event.id", Some(event.id.to_string()));
    line.set("event.module", Some("yobitsugi"));
    line.set("event.dataset", Some(format!("yobitsugi.{}", event.format)));
    line.set("event.provider", Some(event.format.clone()));
    line.set("event.sequence", event.serial);
    if let Outcome::Failed { code: Some(code) } = event.outcome {
        line.set("error.code", Some(code.to_string()));
    }
}

fn process(event: &Event, line: &mut Tree) {
    let actor = &event.actor;
    line.set("process.pid", actor.pid);
    line.set("process.entity_id", event.process.as_ref().map(|process| process.first.to_string()));
    line.set("process.parent.pid", actor.ppid);
    line.set("process.parent.entity_id", event.parent.as_ref().map(|process| process.first.to_string()));
    line.bytes("process.name", actor.comm.as_ref());
    line.bytes("process.executable", actor.exe.as_ref());
    if !actor.argv.is_empty() {
        let args: Vec<String> = actor.argv.iter().map(Bytes::to_text).collect();
        line.set("process.args_count", Some(args.len()));
        line.set("process.args", Some(args));
    }
    line.set("process.command_line", pieces::command_line(event));
    line.bytes("process.working_directory", actor.cwd.as_ref());
    line.set("process.real_user.id", actor.uid.map(|id| id.to_string()));
    line.set("process.user.id", actor.euid.map(|id| id.to_string()));
}

fn user(event: &Event, line: &mut Tree) {
    let actor = &event.actor;
    line.set("user.id", actor.uid.map(|id| id.to_string()));
    line.set("user.name", actor.user.clone());
    line.set("user.effective.id", actor.euid.map(|id| id.to_string()));
    line.set("user_agent.original", actor.user_agent.clone());
    if let Some(client) = actor.addresses.first() {
        line.set("source.address", Some(client.clone()));
        line.set("source.ip", client.parse::<std::net::IpAddr>().ok().map(|address| address.to_string()));
    }
    let all: Vec<&String> = actor.addresses.iter().filter(|text| text.parse::<std::net::IpAddr>().is_ok()).collect();
    line.set("related.ip", (!all.is_empty()).then(|| json!(all)));
}

fn objects(event: &Event, line: &mut Tree) {
    let Some(target) = event.object(Role::Target) else { return };
    if let Some(kind) = file_type(target.kind) {
        file(target, kind, line);
    }
    if matches!(event.action, Action::SocketConnect | Action::SocketBind) {
        let end = if event.action == Action::SocketConnect { "destination" } else { "server" };
        line.bytes(&format!("{end}.address"), target.name.as_ref());
        if let Some((host, port)) = target.name.as_ref().and_then(pieces::host_and_port) {
            line.set(&format!("{end}.ip"), Some(host));
            line.set(&format!("{end}.port"), Some(port));
        }
    }
    line.bytes("yobitsugi.object.name", target.name.as_ref());
    if let Some(resolved) = &target.resolved {
        line.set("yobitsugi.object.resolved_by", Some(resolved.how.clone()));
        line.set("yobitsugi.object.confidence", Some(resolved.confidence));
    }
    let source = event.object(Role::Source);
    line.bytes("yobitsugi.object.from", source.and_then(|object| object.name.as_ref()));
}

/// What the schema calls it; `None` for what is no file.
fn file_type(kind: ObjectKind) -> Option<&'static str> {
    match kind {
        ObjectKind::File => Some("file"),
        ObjectKind::Directory => Some("dir"),
        ObjectKind::Symlink => Some("symlink"),
        ObjectKind::BlockDevice | ObjectKind::CharDevice => Some("device"),
        ObjectKind::Fifo => Some("fifo"),
        ObjectKind::Socket
        | ObjectKind::Process
        | ObjectKind::Container
        | ObjectKind::ApiObject
        | ObjectKind::Module => None,
    }
}

fn file(target: &Object, kind: &'static str, line: &mut Tree) {
    line.set("file.type", Some(kind));
    let path = pieces::path(target);
    line.bytes("file.path", path);
    line.set("file.name", path.map(|path| Bytes::from(path.file_name()).to_text()));
    line.set("file.inode", target.inode.map(|inode| inode.to_string()));
    line.set("file.mode", target.mode.map(|mode| format!("{:04o}", mode & 0o7777)));
    line.set("file.uid", target.uid.map(|id| id.to_string()));
    line.set("file.device", target.device.map(|device| device.to_string()));
}

fn orchestrator(event: &Event, line: &mut Tree) {
    let is_api = event.object(Role::Target).is_some_and(|object| object.kind == ObjectKind::ApiObject);
    let namespace = event.fact("namespace").or(event.fact("k8s.ns.name"));
    line.set("orchestrator.namespace", namespace);
    if is_api {
        line.set("orchestrator.resource.type", event.fact("resource"));
        line.set("orchestrator.resource.name", event.fact("name"));
    } else if let Some(pod) = event.fact("pod_name").or(event.fact("k8s.pod.name")) {
        line.set("orchestrator.resource.type", Some("pod"));
        line.set("orchestrator.resource.name", Some(pod));
    }
    if is_api || line.has("orchestrator") {
        line.set("orchestrator.type", Some("kubernetes"));
    }
    if is_api {
        line.set("url.original", event.fact("requestURI"));
        if let Outcome::Failed { code: Some(code) } = event.outcome {
            line.set("http.response.status_code", Some(code));
        }
    }
}

fn alert(event: &Event, line: &mut Tree) {
    if event.action == Action::AlertRaised {
        line.set("rule.name", event.fact("rule"));
        line.set("rule.ruleset", Some(event.format.clone()));
        line.set("log.level", event.fact("priority").map(str::to_lowercase));
    }
    let (mut techniques, mut subtechniques): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    for id in pieces::techniques(event) {
        match id.split_once('.') {
            Some((technique, _)) => {
                techniques.push(technique.to_string());
                subtechniques.push(id);
            }
            None => techniques.push(id),
        }
    }
    if !techniques.is_empty() {
        line.set("threat.framework", Some("MITRE ATT&CK"));
        line.set("threat.technique.id", Some(techniques));
        line.set("threat.technique.subtechnique.id", (!subtechniques.is_empty()).then_some(subtechniques));
    }
}

/// What the schema has no field for.
fn rest(event: &Event, line: &mut Tree) {
    line.set("yobitsugi.evidence", Some(pieces::addresses(event)));
    line.set("yobitsugi.auid", event.actor.auid);
    line.set("yobitsugi.container_confidence", event.container.as_ref().map(|container| container.confidence));
    line.set("yobitsugi.occurrence", event.occurrence.clone());
    let facts: serde_json::Map<String, Value> =
        event.facts.iter().map(|(name, value)| (name.to_string(), value.into())).collect();
    line.set("yobitsugi.facts", (!facts.is_empty()).then_some(Value::Object(facts)));
    line.set("yobitsugi.time_recorded", event.time_recorded.map(|time| time.to_string()));
    line.set("yobitsugi.time_error_ns", event.time_error_ns);
    if event.time_basis != TimeBasis::Utc {
        line.set("yobitsugi.time_basis", serde_json::to_value(event.time_basis).ok());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expected types per category, of the schema's reference.
    const EXPECTED: &[(&str, &[&str])] = &[
        ("api", &["access", "change", "creation", "deletion", "end", "info", "start"]),
        ("configuration", &["access", "change", "creation", "deletion", "info"]),
        ("driver", &["change", "end", "info", "start"]),
        ("file", &["access", "change", "creation", "deletion", "info"]),
        ("host", &["access", "change", "end", "info", "start"]),
        ("intrusion_detection", &["allowed", "denied", "info"]),
        ("network", &["access", "allowed", "connection", "denied", "end", "info", "protocol", "start"]),
        ("process", &["access", "change", "end", "info", "start"]),
        ("session", &["end", "info", "start"]),
    ];

    #[test]
    fn every_action_has_buckets_that_the_schema_allows() {
        for action in Action::ALL {
            let (categories, types) = buckets(*action);
            let without = matches!(action, Action::Other | Action::LogMessage);
            assert_eq!(categories.is_empty(), without, "{action:?} needs a line");
            for category in categories {
                let (_, allowed) = EXPECTED.iter().find(|(name, _)| name == category).unwrap();
                assert!(types.iter().all(|kind| allowed.contains(kind)), "{action:?}: {types:?}");
            }
        }
    }
}
