//! Sigma's names of fields, and what its log sources mean here.
//!
//! Source: the Sigma taxonomy (fields of process creation, file and network events follow Sysmon), the audit log's own
//! field names, and the schema `audit.k8s.io/v1`.

use super::{
    Cluster, Field, FileField, Side, UserField,
    process::{Trait, Who},
};

/// The field of that name. Names that are not listed are the source's own and looked up among the event's facts.
pub(crate) fn field(name: &str) -> Field {
    let own = |what| Field::Process(Who::Generation(0), what);
    let parent = |what| Field::Process(Who::Generation(1), what);
    if let Some(number) = name.strip_prefix('a').and_then(|digits| digits.parse::<usize>().ok()) {
        return Field::AuditArgument(number);
    }
    match name {
        "Image" | "exe" | "ProcessPath" | "process.executable" => own(Trait::ExePath),
        "CommandLine" | "proctitle" | "ProcessCommandLine" | "process.command_line" => own(Trait::CommandLine),
        "CurrentDirectory" | "cwd" | "process.working_directory" => own(Trait::Cwd),
        "ProcessId" | "pid" | "process.pid" => own(Trait::Pid),
        "comm" | "ProcessName" | "process.name" => own(Trait::Name),
        "ParentImage" | "process.parent.executable" => parent(Trait::ExePath),
        "ParentCommandLine" | "process.parent.command_line" => parent(Trait::CommandLine),
        "ParentProcessId" | "ppid" | "process.parent.pid" => parent(Trait::Pid),
        "ParentProcessName" | "process.parent.name" => parent(Trait::Name),
        "User" | "USER" | "user" | "user.name" => Field::User(UserField::Name),
        "uid" => Field::User(UserField::RealUid),
        "euid" => Field::User(UserField::Uid),
        "auid" | "loginuid" => Field::User(UserField::AuditLoginUid),
        "TargetFilename" | "FileName" | "file.path" => Field::File(FileField::TargetPath),
        "SourceFilename" => Field::File(FileField::SourcePath),
        "name" => Field::File(FileField::Paths),
        "DestinationIp" | "dst_ip" | "destination.ip" => Field::File(FileField::Address(Side::Server)),
        "DestinationPort" | "dst_port" | "destination.port" => Field::File(FileField::Port(Side::Server)),
        "SourceIp" | "src_ip" | "source.ip" => Field::File(FileField::Address(Side::Client)),
        "SourcePort" | "src_port" | "source.port" => Field::File(FileField::Port(Side::Client)),
        "type" => Field::RecordTypes,
        "syscall" | "SYSCALL" => Field::Syscall,
        "success" => Field::Failed("no", "yes"),
        "exit" => Field::RawResult,
        "hostname" | "Computer" | "host.name" => Field::Host,
        "timestamp" | "@timestamp" | "time" | "EventTime" | "UtcTime" => Field::Time,
        "verb" => Field::Cluster(Cluster::Verb),
        "resource" | "objectRef.resource" => Field::Cluster(Cluster::Resource),
        "subresource" | "objectRef.subresource" => Field::Cluster(Cluster::Subresource),
        "namespace" | "objectRef.namespace" => Field::Cluster(Cluster::Meta("namespace")),
        "objectRef.name" => Field::Cluster(Cluster::Meta("name")),
        "apiGroup" | "objectRef.apiGroup" => Field::Cluster(Cluster::Meta("apiGroup")),
        "username" | "user.username" => Field::Cluster(Cluster::User),
        "groups" | "user.groups" => Field::Cluster(Cluster::MetaList("groups")),
        "userAgent" => Field::Cluster(Cluster::UserAgent),
        "sourceIPs" => Field::Cluster(Cluster::SourceIps),
        "requestURI" => Field::Cluster(Cluster::Meta("requestURI")),
        "stage" => Field::Cluster(Cluster::Stage),
        "auditID" => Field::Cluster(Cluster::Meta("auditID")),
        "level" => Field::Cluster(Cluster::Meta("level")),
        "responseStatus.code" | "ResponseStatus.code" => Field::Cluster(Cluster::Code),
        "responseStatus.reason" => Field::Cluster(Cluster::Meta("status_reason")),
        "annotations.authorization.k8s.io/decision" => Field::Cluster(Cluster::Meta("decision")),
        "impersonatedUser.username" => Field::Cluster(Cluster::Meta("impersonated")),
        "hostPath" => Field::Cluster(Cluster::BodyList("host_paths")),
        "capabilities" => Field::Cluster(Cluster::BodyList("capabilities")),
        "privileged" | "hostPID" | "hostIPC" | "hostNetwork" => Field::Cluster(Cluster::Body(match name {
            "privileged" => "privileged",
            "hostPID" => "hostPID",
            "hostIPC" => "hostIPC",
            _ => "hostNetwork",
        })),
        "roleRef.name" | "roleRef" => Field::Cluster(Cluster::Role),
        "OriginalFileName"
        | "LogonId"
        | "IntegrityLevel"
        | "Hashes"
        | "ParentUser"
        | "Initiated"
        | "DestinationHostname"
        | "CreationUtcTime" => Field::Nowhere,
        other => Field::Fact(other.to_string()),
    }
}

/// Which events a log source stands for.
pub(crate) struct Meant {
    /// Each must hold: the field has one of these values.
    pub(crate) tests: Vec<(Field, &'static str, &'static [&'static str])>,
}

/// Programs that write into a service's log.
const SERVICES: &[(&str, &[&str])] = &[
    ("sshd", &["sshd", "sshd-session", "sshd-auth"]),
    ("cron", &["cron", "crond", "CRON", "anacron"]),
    ("sudo", &["sudo"]),
    ("su", &["su"]),
    ("vsftpd", &["vsftpd"]),
    ("modsecurity", &["modsecurity", "apache2", "httpd", "nginx"]),
    ("clamav", &["clamd", "clamscan", "freshclam"]),
    ("guacamole", &["guacd", "guacamole"]),
    ("kubelet", &["kubelet"]),
    ("docker", &["dockerd"]),
];

/// What a log source means here. `None` where no log that is read here is of that source.
pub(crate) fn source(product: Option<&str>, category: Option<&str>, service: Option<&str>) -> Option<Meant> {
    let mut tests = Vec::new();
    match product {
        None | Some("linux") => {}
        Some("kubernetes") => tests.push((Field::Stream, "stream", &["k8s_audit"][..])),
        Some(_) => return None,
    }
    if let Some(category) = category {
        let actions: &'static [&'static str] = match category {
            "process_creation" => &["process.exec"],
            "process_termination" => &["process.exit"],
            "file_event" => &["file.create", "file.write", "file.rename", "file.link", "file.symlink", "file.truncate"],
            "file_access" => &["file.read", "file.write", "file.create"],
            "file_change" => &["file.metadata"],
            "file_delete" => &["file.delete"],
            "file_rename" => &["file.rename"],
            "network_connection" => &["socket.connect"],
            "driver_load" => &["module.load"],
            "application" if product == Some("kubernetes") => &[],
            _ => return None,
        };
        if !actions.is_empty() {
            tests.push((Field::Action, "action", actions));
            tests.push((Field::Stream, "stream", &["syscall"]));
        }
    }
    match service {
        None => {}
        Some("auditd") => tests.push((Field::Format, "format", &["auditd", "laurel"])),
        Some("audit") if product == Some("kubernetes") => {}
        // The message decides; which file it was written to is the distribution's choice.
        Some("syslog" | "auth" | "daemon") => tests.push((Field::Stream, "stream", &["log"])),
        Some(service) => {
            let (_, programs) = SERVICES.iter().find(|known| known.0 == service)?;
            tests.push((Field::Stream, "stream", &["log"]));
            tests.push((Field::Program, "program", programs));
        }
    }
    Some(Meant { tests })
}
