//! JSON lines in the Open Cybersecurity Schema Framework 1.5: a class per action, the base class where none fits,
//! and what no class has a place for under `unmapped`. Source: github.com/ocsf/ocsf-schema.

use model::{Action, Bytes, Event, Object, ObjectKind, Outcome, ProcessKey, Role};
use serde_json::{Value, json};

use super::{
    Export,
    pieces::{self, Tree},
};

pub(super) struct Ocsf;

/// The version whose classes these are.
const OCSF_VERSION: &str = "1.5.0";

/// Classes that are used here, with their caption; the category is the class divided by 1,000.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
enum Class {
    Base = 0,
    File = 1001,
    KernelExtension = 1002,
    Kernel = 1003,
    Process = 1007,
    EventLog = 1008,
    DetectionFinding = 2004,
    Authentication = 3002,
    Network = 4001,
    Api = 6003,
}

impl Class {
    fn caption(self) -> &'static str {
        match self {
            Self::Base => "Base Event",
            Self::File => "File System Activity",
            Self::KernelExtension => "Kernel Extension Activity",
            Self::Kernel => "Kernel Activity",
            Self::Process => "Process Activity",
            Self::EventLog => "Event Log Activity",
            Self::DetectionFinding => "Detection Finding",
            Self::Authentication => "Authentication",
            Self::Network => "Network Activity",
            Self::Api => "API Activity",
        }
    }

    fn category(self) -> (u32, &'static str) {
        let uid = self as u32 / 1_000;
        let name = match uid {
            1 => "System Activity",
            2 => "Findings",
            3 => "Identity & Access Management",
            4 => "Network Activity",
            6 => "Application Activity",
            _ => "Uncategorized",
        };
        (uid, name)
    }
}

/// Activity of what a class does not list.
const OTHER: (u32, &str) = (99, "Other");

impl Export for Ocsf {
    fn name(&self) -> &'static str {
        "ocsf"
    }

    fn line(&self, event: &Event) -> String {
        let (class, (activity, activity_name)) = class_of(event);
        let mut line = Tree::default();
        let (category, category_name) = class.category();
        line.set("category_uid", Some(category));
        line.set("category_name", Some(category_name));
        line.set("class_uid", Some(class as u32));
        line.set("class_name", Some(class.caption()));
        line.set("activity_id", Some(activity));
        line.set("activity_name", Some(if activity == OTHER.0 { event.action.name() } else { activity_name }));
        line.set("type_uid", Some(class as u32 * 100 + activity));
        line.set("time", Some(event.time.0.div_euclid(1_000_000)));
        line.set("message", Some(model::display_safe(&pieces::sentence(event))));
        severity(event, &mut line);
        status(event, &mut line);
        metadata(event, &mut line);
        if event.host.is_some() || category == 1 {
            line.set("device.hostname", event.host.clone());
            line.set("device.type_id", Some(0));
        }
        actor(event, class, &mut line);
        object(event, class, &mut line);
        unmapped(event, &mut line);
        line.line()
    }
}

/// Class and activity of an event; the base class also when the class's own object is not known.
fn class_of(event: &Event) -> (Class, (u32, &'static str)) {
    let (class, activity) = class_of_action(event.action);
    let has_name = event.object(Role::Target).and_then(pieces::path).is_some();
    let is_complete = match class {
        Class::File | Class::KernelExtension | Class::Network => has_name,
        Class::Process => event.actor.pid.is_some() || event.process.is_some(),
        Class::Authentication => event.actor.user.is_some() || event.actor.uid.is_some(),
        _ => true,
    };
    if is_complete { (class, activity) } else { (Class::Base, OTHER) }
}

fn class_of_action(action: Action) -> (Class, (u32, &'static str)) {
    use Action as A;
    match action {
        A::ProcessExec | A::ProcessFork => (Class::Process, (1, "Launch")),
        A::ProcessExit | A::ProcessCrash => (Class::Process, (2, "Terminate")),
        A::ProcessPtrace => (Class::Process, (4, "Inject")),
        A::ProcessCredentials => (Class::Process, (5, "Set User ID")),
        A::ProcessSignal => (Class::Process, OTHER),
        A::ProcessChroot | A::ProcessChdir | A::NamespaceEnter | A::NamespaceCreate | A::MountPivot | A::ClockStep => {
            (Class::Kernel, (4, "Invoke"))
        }
        A::BpfLoad => (Class::Kernel, (1, "Create")),
        A::ModuleLoad => (Class::KernelExtension, (1, "Load")),
        A::FileCreate | A::FileLink | A::FileSymlink | A::DirectoryCreate | A::DeviceCreate => {
            (Class::File, (1, "Create"))
        }
        A::FileRead => (Class::File, (2, "Read")),
        A::FileWrite | A::FileTruncate => (Class::File, (3, "Update")),
        A::FileDelete | A::DirectoryDelete => (Class::File, (4, "Delete")),
        A::FileRename => (Class::File, (5, "Rename")),
        A::FileMetadata => (Class::File, (6, "Set Attributes")),
        A::MountAttach => (Class::File, (12, "Mount")),
        A::MountDetach => (Class::File, (13, "Unmount")),
        A::HandleOpen => (Class::File, (14, "Open")),
        A::SocketConnect => (Class::Network, (1, "Open")),
        A::SocketBind => (Class::Network, (7, "Listen")),
        A::ApiCreate => (Class::Api, (1, "Create")),
        A::ApiRead => (Class::Api, (2, "Read")),
        A::ApiUpdate => (Class::Api, (3, "Update")),
        A::ApiDelete => (Class::Api, (4, "Delete")),
        A::ApiConnect => (Class::Api, OTHER),
        A::AlertRaised => (Class::DetectionFinding, (1, "Create")),
        A::AuditConfig | A::AuditLost => (Class::EventLog, OTHER),
        A::UserSession => (Class::Authentication, OTHER),
        _ => (Class::Base, OTHER),
    }
}

fn severity(event: &Event, line: &mut Tree) {
    let priority = event.fact("priority").filter(|_| event.action == Action::AlertRaised).map(str::to_lowercase);
    let (id, name) = match priority.as_deref() {
        Some("emergency") => (6, "Fatal"),
        Some("alert" | "critical") => (5, "Critical"),
        Some("error") => (4, "High"),
        Some("warning") => (3, "Medium"),
        Some("notice") => (2, "Low"),
        // Facts are no judgements.
        _ if event.action != Action::AlertRaised => (1, "Informational"),
        Some("informational" | "info" | "debug") => (1, "Informational"),
        _ => (0, "Unknown"),
    };
    line.set("severity_id", Some(id));
    line.set("severity", Some(name));
}

fn status(event: &Event, line: &mut Tree) {
    let (id, name, code) = match event.outcome {
        Outcome::Succeeded => (1, "Success", None),
        Outcome::Failed { code } => (2, "Failure", code),
        Outcome::Unknown => (0, "Unknown", None),
    };
    line.set("status_id", Some(id));
    line.set("status", Some(name));
    line.set("status_code", code.map(|code| code.to_string()));
}

fn metadata(event: &Event, line: &mut Tree) {
    line.set("metadata.version", Some(OCSF_VERSION));
    line.set("metadata.product.name", Some("Yobitsugi"));
    line.set("metadata.product.vendor_name", Some("Yobitsugi"));
    line.set("metadata.product.version", Some(env!("CARGO_PKG_VERSION")));
    line.set("metadata.uid", Some(event.id.to_string()));
    line.set("metadata.log_name", Some(event.format.clone()));
    line.set("metadata.original_time", Some(event.time_recorded.unwrap_or(event.time).to_string()));
    line.set("metadata.sequence", event.serial);
    let mut profiles = vec!["host"];
    profiles.extend(event.container.is_some().then_some("container"));
    line.set("metadata.profiles", Some(profiles));
}

fn actor(event: &Event, class: Class, line: &mut Tree) {
    let actor = &event.actor;
    // A program that starts is the object; who started it is the actor.
    if class == Class::Process && matches!(event.action, Action::ProcessExec) {
        process(event, "process", line);
        let (pid, key) = (actor.ppid, event.parent.as_ref());
        line.set("actor.process.pid", pid);
        line.set("actor.process.uid", key.map(|key| key.first.to_string()));
    } else {
        process(event, "actor.process", line);
    }
    if actor.user.is_some() || actor.uid.is_some() {
        line.set("actor.user.name", actor.user.clone());
        line.set("actor.user.uid", actor.uid.map(|id| id.to_string()));
    }
    line.set("src_endpoint.ip", actor.addresses.first().cloned());
    line.set("http_request.user_agent", actor.user_agent.clone().filter(|_| class == Class::Api));
}

fn process(event: &Event, at: &str, line: &mut Tree) {
    let actor = &event.actor;
    let path = |name: &str| format!("{at}.{name}");
    line.set(&path("pid"), actor.pid);
    line.set(&path("uid"), event.process.as_ref().map(|key: &ProcessKey| key.first.to_string()));
    line.bytes(&path("name"), actor.comm.as_ref());
    line.set(&path("cmd_line"), pieces::command_line(event));
    line.bytes(&path("working_directory"), actor.cwd.as_ref());
    if let Some(exe) = &actor.exe {
        file_at(&path("file"), exe, 1, line);
    }
    line.set(&path("user.uid"), actor.euid.or(actor.uid).map(|id| id.to_string()));
    line.set(&path("container.uid"), event.container.as_ref().map(|container| container.id.clone()));
    if at == "actor.process" {
        line.set(&path("parent_process.pid"), actor.ppid);
        line.set(&path("parent_process.uid"), event.parent.as_ref().map(|key| key.first.to_string()));
    }
}

fn file_at(at: &str, path: &Bytes, type_id: u32, line: &mut Tree) {
    line.bytes(&format!("{at}.path"), Some(path));
    line.set(&format!("{at}.name"), Some(Bytes::from(path.file_name()).to_text()));
    line.set(&format!("{at}.type_id"), Some(type_id));
}

fn object(event: &Event, class: Class, line: &mut Tree) {
    let target = event.object(Role::Target);
    match class {
        Class::File => files(event, line),
        Class::KernelExtension => {
            if let Some(path) = target.and_then(pieces::path) {
                file_at("driver.file", path, 1, line);
            }
        }
        Class::Kernel => {
            line.set("kernel.name", Some(event.fact("syscall").unwrap_or(event.action.name())));
            line.set("kernel.type_id", Some(2));
            line.set("kernel.system_call", event.fact("syscall"));
            line.bytes("kernel.path", target.and_then(pieces::path));
        }
        Class::Process if event.action != Action::ProcessExec => {
            let other = target.filter(|object| object.kind == ObjectKind::Process).and_then(|object| object.pid);
            match other {
                Some(pid) => line.set("process.pid", Some(pid)),
                None => process(event, "process", line),
            }
        }
        Class::Authentication => {
            line.set("user.name", event.actor.user.clone());
            line.set("user.uid", event.actor.uid.map(|id| id.to_string()));
        }
        Class::Network => endpoint(target, line),
        Class::Api => api(event, target, line),
        Class::DetectionFinding => finding(event, line),
        Class::EventLog => line.set("log_provider", Some(event.format.clone())),
        Class::Process | Class::Base => {}
    }
}

fn files(event: &Event, line: &mut Tree) {
    let put = |at: &str, object: &Object, line: &mut Tree| {
        let type_id = match object.kind {
            ObjectKind::File => 1,
            ObjectKind::Directory => 2,
            ObjectKind::CharDevice => 3,
            ObjectKind::BlockDevice => 4,
            ObjectKind::Socket => 5,
            ObjectKind::Fifo => 6,
            ObjectKind::Symlink => 7,
            _ => 99,
        };
        if let Some(path) = pieces::path(object) {
            file_at(at, path, type_id, line);
        }
        line.set(&format!("{at}.uid"), object.inode.map(|inode| inode.to_string()));
    };
    let (target, old) = (event.object(Role::Target), event.object(Role::Source));
    match (event.action, target, old) {
        // The file of a rename is what it was called; its result is the new name.
        (Action::FileRename, Some(target), Some(old)) => {
            put("file", old, line);
            put("file_result", target, line);
        }
        (_, Some(target), _) => put("file", target, line),
        _ => {}
    }
}

fn endpoint(target: Option<&Object>, line: &mut Tree) {
    let Some(name) = target.and_then(|object| object.name.as_ref()) else { return };
    match pieces::host_and_port(name) {
        Some((host, port)) => {
            line.set("dst_endpoint.ip", Some(host));
            line.set("dst_endpoint.port", Some(port));
        }
        None => line.bytes("dst_endpoint.name", Some(name)),
    }
}

fn api(event: &Event, target: Option<&Object>, line: &mut Tree) {
    line.set("api.operation", Some(event.fact("verb").unwrap_or(event.action.name())));
    line.set("api.service.name", Some("kubernetes"));
    line.set("api.request.uid", event.fact("auditID"));
    if let Outcome::Failed { code: Some(code) } = event.outcome {
        line.set("api.response.code", Some(code));
        line.set("api.response.message", event.fact("status_message"));
    }
    if let Some(name) = target.and_then(|object| object.name.as_ref()) {
        let kind = event.fact("resource");
        line.set(
            "resources",
            Some(json!([{ "name": name.to_text(), "type": kind, "namespace": event.fact("namespace") }])),
        );
    }
}

fn finding(event: &Event, line: &mut Tree) {
    line.set("finding_info.uid", Some(event.id.to_string()));
    line.set("finding_info.title", Some(event.fact("rule").unwrap_or(event.action.name())));
    line.set("finding_info.desc", event.fact("output"));
    line.set("is_alert", Some(true));
    let attacks: Vec<Value> = pieces::techniques(event)
        .into_iter()
        .map(|id| match id.split_once('.') {
            Some((technique, _)) => json!({ "technique": { "uid": technique }, "sub_technique": { "uid": id } }),
            None => json!({ "technique": { "uid": id } }),
        })
        .collect();
    line.set("finding_info.attacks", (!attacks.is_empty()).then_some(attacks));
}

/// Everything that no class has a place for.
fn unmapped(event: &Event, line: &mut Tree) {
    line.set("unmapped.evidence", Some(pieces::addresses(event)));
    line.set("unmapped.action", Some(event.action.name()));
    line.set("unmapped.auid", event.actor.auid);
    let confidence = event.container.as_ref().map(|container| container.confidence);
    line.set("unmapped.container_confidence", confidence);
    if let Some(target) = event.object(Role::Target) {
        line.bytes("unmapped.object", target.name.as_ref());
        line.set("unmapped.resolved_by", target.resolved.as_ref().map(|resolved| resolved.how.clone()));
    }
    line.set("unmapped.time_error_ns", event.time_error_ns);
    if !event.time_basis.is_utc() {
        line.set("unmapped.time_basis", serde_json::to_value(event.time_basis).ok());
    }
    let facts: serde_json::Map<String, Value> =
        event.facts.iter().map(|(name, value)| (name.to_string(), value.into())).collect();
    line.set("unmapped.facts", (!facts.is_empty()).then_some(Value::Object(facts)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_no_class_is_for_is_of_the_base_class() {
        let base: Vec<&Action> = Action::ALL.iter().filter(|it| class_of_action(**it).0 == Class::Base).collect();
        for action in base {
            let name = action.name();
            let known = ["container.", "image.", "shell.", "log.", "system.", "other"];
            assert!(known.iter().any(|known| name.starts_with(known)), "{name} needs a line");
        }
    }

    #[test]
    fn categories_are_the_thousands() {
        assert_eq!(Class::File.category(), (1, "System Activity"));
        assert_eq!(Class::Api.category(), (6, "Application Activity"));
        assert_eq!(Class::Base.category(), (0, "Uncategorized"));
        assert_eq!(Class::Authentication.category(), (3, "Identity & Access Management"));
    }
}
