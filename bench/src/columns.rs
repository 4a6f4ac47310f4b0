//! The columns that every contestant writes for a log: where peers find them, and where our events have them.

use model::{Event, ObjectKind, Role};

/// One column of the Parquet file.
pub(crate) struct Column {
    pub(crate) name: &'static str,
    /// Where a peer finds it: members of objects, `>` between them; `[0]` is the first of a list; `|` is "or else".
    /// For text the name of the pattern's group, which is the column's own name, and this is empty.
    pub(crate) path: &'static str,
    pub(crate) kind: Kind,
    pub(crate) ours: Ours,
}

/// What a column holds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Integer,
    /// RFC 3339.
    Time,
    /// A number of nanoseconds since the epoch.
    Nanos,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Integer => "integer",
            Self::Time => "time",
            Self::Nanos => "nanos",
        }
    }
}

/// Where an event of ours has it.
#[derive(Clone, Copy)]
pub(crate) enum Ours {
    Time,
    Host,
    Pid,
    Ppid,
    Uid,
    Comm,
    Exe,
    Cwd,
    User,
    Address,
    Agent,
    Container,
    /// The path of the first object that was acted on.
    File,
    Fact(&'static str),
}

/// A value of a column.
pub(crate) enum Value<'a> {
    Text(std::borrow::Cow<'a, str>),
    Integer(i64),
}

impl Ours {
    /// The event's value, `None` where it has none.
    pub(crate) fn of(self, event: &Event) -> Option<Value<'_>> {
        let number = |number: u32| Value::Integer(number.into());
        let actor = &event.actor;
        Some(match self {
            Self::Time => Value::Integer(event.time.0),
            Self::Host => Value::Text(event.host.as_deref()?.into()),
            Self::Pid => number(actor.pid?),
            Self::Ppid => number(actor.ppid?),
            Self::Uid => number(actor.uid?),
            Self::Comm => Value::Text(String::from_utf8_lossy(actor.comm.as_ref()?.as_bytes())),
            Self::Exe => Value::Text(String::from_utf8_lossy(actor.exe.as_ref()?.as_bytes())),
            Self::Cwd => Value::Text(String::from_utf8_lossy(actor.cwd.as_ref()?.as_bytes())),
            Self::User => Value::Text(actor.user.as_deref()?.into()),
            Self::Address => Value::Text(actor.addresses.first()?.to_string().into()),
            Self::Agent => Value::Text(actor.user_agent.as_deref()?.into()),
            Self::Container => Value::Text(event.fact("container.id")?.into()),
            Self::File => {
                let acted =
                    |object: &&model::Object| object.role == Role::Target && object.kind != ObjectKind::Container;
                let object = event.objects.iter().find(acted)?;
                Value::Text(String::from_utf8_lossy(object.name.as_ref()?.as_bytes()))
            }
            Self::Fact(name) => Value::Text(event.fact(name)?.into()),
        })
    }
}

/// How the records stand in the file.
pub(crate) enum Shape {
    /// One JSON object a line.
    Json,
    /// One JSON object a line, which holds the record as text at this path.
    JsonText(&'static str),
    /// Batches: a list at the first path, whose members hold the record as text at the second.
    JsonBatches(&'static str, &'static str),
    /// A line a record; the pattern's groups are the columns.
    Text(&'static str),
    /// No contestant of this kind can be asked for these columns.
    Other,
}

/// The columns of one log.
pub(crate) struct Table {
    pub(crate) shape: Shape,
    pub(crate) columns: &'static [Column],
}

const fn text(name: &'static str, path: &'static str, ours: Ours) -> Column {
    Column { name, path, kind: Kind::Text, ours }
}

const fn integer(name: &'static str, path: &'static str, ours: Ours) -> Column {
    Column { name, path, kind: Kind::Integer, ours }
}

const fn time(path: &'static str) -> Column {
    Column { name: "time", path, kind: Kind::Time, ours: Ours::Time }
}

const fn nanos(path: &'static str) -> Column {
    Column { name: "time", path, kind: Kind::Nanos, ours: Ours::Time }
}

use Ours::{Address, Agent, Comm, Container, Cwd, Exe, Fact, File, Host, Pid, Ppid, Uid, User};

const FALCO: &[Column] = &[
    time("time"),
    text("host", "hostname", Host),
    text("rule", "rule", Fact("rule")),
    text("priority", "priority", Fact("priority")),
    text("call", "output_fields>evt.type", Fact("evt.type")),
    text("file", "output_fields>fd.name", Fact("fd.name")),
    integer("pid", "output_fields>proc.pid", Pid),
    integer("ppid", "output_fields>proc.ppid", Ppid),
    integer("uid", "output_fields>user.uid", Uid),
    text("comm", "output_fields>proc.name", Comm),
    text("exe", "output_fields>proc.exepath", Exe),
    text("command", "output_fields>proc.cmdline", Fact("proc.cmdline")),
    text("container", "output_fields>container.id", Container),
    text("image", "output_fields>container.image.repository", Fact("container.image.repository")),
    text("pod", "output_fields>k8s.pod.name", Fact("k8s.pod.name")),
];

const TETRAGON: &[Column] = &[
    time("time"),
    text("host", "node_name", Host),
    integer("pid", "process_exec>process>pid|process_kprobe>process>pid", Pid),
    integer("ppid", "process_exec>parent>pid|process_kprobe>parent>pid", Ppid),
    integer("uid", "process_exec>process>uid|process_kprobe>process>uid", Uid),
    text("exe", "process_exec>process>binary|process_kprobe>process>binary", Exe),
    text("cwd", "process_exec>process>cwd|process_kprobe>process>cwd", Cwd),
    text("exec_id", "process_exec>process>exec_id|process_kprobe>process>exec_id", Fact("exec_id")),
    text("parent", "process_exec>parent>binary|process_kprobe>parent>binary", Fact("parent.binary")),
    text("function", "process_kprobe>function_name", Fact("function_name")),
    text("pod", "process_exec>process>pod>name|process_kprobe>process>pod>name", Fact("k8s.pod.name")),
    text("namespace", "process_exec>process>pod>namespace|process_kprobe>process>pod>namespace", Fact("k8s.ns.name")),
    text("workload", "process_exec>process>pod>workload|process_kprobe>process>pod>workload", Fact("workload")),
];

const TRACEE: &[Column] = &[
    nanos("timestamp"),
    text("host", "hostName", Host),
    text("event", "eventName", Fact("eventName")),
    text("call", "syscall", Fact("syscall")),
    integer("pid", "hostProcessId", Pid),
    integer("ppid", "hostParentProcessId", Ppid),
    integer("uid", "userId", Uid),
    text("comm", "processName", Comm),
    text("exe", "executable>path", Exe),
    text("container", "container>id", Container),
    text("container_name", "container>name", Fact("container.name")),
    text("pod", "kubernetes>podName", Fact("k8s.pod.name")),
    text("result", "returnValue", Fact("returnValue")),
];

const TRACEE_V1: &[Column] = &[
    time("timestamp"),
    text("event", "name", Fact("eventName")),
    text("event_id", "id", Fact("eventId")),
    integer("pid", "workload>process>host_pid", Pid),
    integer("ppid", "workload>process>ancestors>[0]>host_pid", Ppid),
    integer("uid", "workload>process>real_user>id", Uid),
    text("comm", "workload>process>thread>name", Comm),
    text("call", "workload>process>thread>syscall", Fact("syscall")),
    text("exe", "workload>process>executable>path", Exe),
    text("container", "workload>container>id", Container),
    text("container_name", "workload>container>name", Fact("container.name")),
    text("pod", "workload>k8s>pod>name", Fact("k8s.pod.name")),
];

const K8S: &[Column] = &[
    time("stageTimestamp"),
    text("audit_id", "auditID", Fact("auditID")),
    text("verb", "verb", Fact("verb")),
    text("user", "user>username", User),
    text("address", "sourceIPs>[0]", Address),
    text("agent", "userAgent", Agent),
    text("uri", "requestURI", Fact("requestURI")),
    text("level", "level", Fact("level")),
    text("stage", "stage", Fact("stage")),
    text("resource", "objectRef>resource", Fact("resource")),
    text("namespace", "objectRef>namespace", Fact("namespace")),
    text("name", "objectRef>name", Fact("name")),
    text("subresource", "objectRef>subresource", Fact("subresource")),
    text("decision", "annotations>authorization.k8s.io/decision", Fact("decision")),
    text("reason", "annotations>authorization.k8s.io/reason", Fact("reason")),
];

const GKE: &[Column] = &[
    time("timestamp"),
    text("insert_id", "insertId", Fact("insertId")),
    text("user", "protoPayload>authenticationInfo>principalEmail", User),
    text("method", "protoPayload>methodName", Fact("methodName")),
    text("resource_name", "protoPayload>resourceName", Fact("resourceName")),
    text("address", "protoPayload>requestMetadata>callerIp", Address),
    text("agent", "protoPayload>requestMetadata>callerSuppliedUserAgent", Agent),
    text("log", "logName", Fact("logName")),
    text("cluster", "resource>labels>cluster_name", Fact("cluster")),
    text("location", "resource>labels>location", Fact("location")),
    text("project", "resource>labels>project_id", Fact("project_id")),
    text("decision", "labels>authorization.k8s.io/decision", Fact("decision")),
];

const ECS: &[Column] = &[
    time("@timestamp"),
    text("host", "host>hostname", Fact("host.hostname")),
    text("action", "event>action", Fact("event.action")),
    text("category", "event>category>[0]", Fact("event.category")),
    text("id", "event>id", Fact("event.id")),
    integer("pid", "process>pid", Pid),
    integer("ppid", "process>parent>pid", Ppid),
    text("comm", "process>name", Comm),
    text("exe", "process>executable", Exe),
    text("user", "user>name", User),
    text("file", "file>path", Fact("file.path")),
    text("container", "container>id", Container),
    text("image", "container>image>name", Fact("container.image.name")),
    text("pod", "kubernetes>pod>name", Fact("kubernetes.pod.name")),
    text("pod_uid", "kubernetes>pod>uid", Fact("kubernetes.pod.uid")),
];

const OCSF: &[Column] = &[
    text("class", "class_uid", Fact("class_uid")),
    text("activity", "activity_id", Fact("activity_id")),
    text("time", "time", Fact("time")),
    text("uid", "metadata>uid", Fact("metadata.uid")),
    text("host", "device>hostname", Host),
    text("by_pid", "actor>process>pid", Fact("actor.process.pid")),
    text("by_name", "actor>process>name", Fact("actor.process.name")),
    text("by_path", "actor>process>file>path", Fact("actor.process.file.path")),
    text("container", "actor>process>container>uid", Fact("actor.process.container.uid")),
    text("image", "actor>process>container>image>name", Fact("actor.process.container.image.name")),
    text("pid", "process>pid", Fact("process.pid")),
    text("command", "process>cmd_line", Fact("process.cmd_line")),
    text("file", "file>path", Fact("file.path")),
    text("address", "dst_endpoint>ip", Fact("dst_endpoint.ip")),
];

const DOCKER_EVENTS: &[Column] = &[
    nanos("timeNano"),
    text("type", "Type", Fact("type")),
    text("container", "Actor>ID", Container),
    text("image", "Actor>Attributes>image", Fact("container.image")),
    text("name", "Actor>Attributes>name", Fact("container.name")),
    text("scope", "scope", Fact("scope")),
    text("team", "Actor>Attributes>com.example.team", Fact("Attributes.com.example.team")),
];

const DOCKER_JSON_LOG: &[Column] =
    &[time("time"), text("stream", "stream", Fact("stream")), text("message", "log", Fact("message"))];

const JOURNAL: &[Column] = &[
    text("transport", "_TRANSPORT", Fact("_TRANSPORT")),
    text("boot", "_BOOT_ID", Fact("_BOOT_ID")),
    text("host", "_HOSTNAME", Host),
    text("program", "SYSLOG_IDENTIFIER", Fact("SYSLOG_IDENTIFIER")),
    text("priority", "PRIORITY", Fact("PRIORITY")),
    integer("pid", "_PID", Pid),
    integer("uid", "_UID", Uid),
    text("comm", "_COMM", Comm),
    text("exe", "_EXE", Exe),
    text("command", "_CMDLINE", Fact("_CMDLINE")),
    text("cgroup", "_SYSTEMD_CGROUP", Fact("_SYSTEMD_CGROUP")),
    text("unit", "_SYSTEMD_UNIT", Fact("_SYSTEMD_UNIT")),
    text("message", "MESSAGE", Fact("message")),
];

const LAUREL: &[Column] = &[
    text("host", "NODE", Host),
    text("call", "SYSCALL>SYSCALL", Fact("syscall")),
    integer("pid", "SYSCALL>pid", Pid),
    integer("ppid", "SYSCALL>ppid", Ppid),
    integer("uid", "SYSCALL>uid", Uid),
    text("comm", "SYSCALL>comm", Comm),
    text("exe", "SYSCALL>exe", Exe),
    text("key", "SYSCALL>key", Fact("key")),
    text("exit", "SYSCALL>exit", Fact("exit")),
    text("cwd", "CWD>cwd", Cwd),
    text("parent_comm", "SYSCALL>PPID>comm", Fact("ppid.comm")),
    text("parent_exe", "SYSCALL>PPID>exe", Fact("ppid.exe")),
    text("first_path", "PATH>[0]>name", File),
];

const AUDITD: &[Column] = &[
    text("call", "", Fact("syscall")),
    integer("pid", "", Pid),
    integer("ppid", "", Ppid),
    integer("uid", "", Uid),
    text("comm", "", Comm),
    text("exe", "", Exe),
    text("key", "", Fact("key")),
    text("file", "", File),
];

const RUNTIME_LOG: &[Column] = &[
    time(""),
    text("level", "", Fact("level")),
    text("message", "", Fact("message")),
    text("container", "", Container),
];
const CRI_LOG: &[Column] = &[time(""), text("stream", "", Fact("stream")), text("message", "", Fact("message"))];
const SYSLOG: &[Column] = &[
    text("host", "", Host),
    text("program", "", Fact("program")),
    integer("pid", "", Pid),
    text("message", "", Fact("message")),
];
const KERNEL: &[Column] = &[text("message", "", Fact("message"))];
const SHELL: &[Column] = &[text("command", "", Fact("command"))];

/// The columns for the log of this name; see `generate::LOGS`.
pub(crate) fn table(log: &str) -> Table {
    let (shape, columns) = match log {
        "falco" => (Shape::Json, FALCO),
        "tetragon" => (Shape::Json, TETRAGON),
        "tracee" => (Shape::Json, TRACEE),
        "tracee_v1" => (Shape::Json, TRACEE_V1),
        "k8s_audit" => (Shape::Json, K8S),
        "aks_audit" => (Shape::JsonText("properties>log"), K8S),
        "eks_audit" => (Shape::JsonBatches("logEvents", "message"), K8S),
        "gke_audit" => (Shape::Json, GKE),
        "ecs" => (Shape::Json, ECS),
        "ocsf" => (Shape::Json, OCSF),
        "docker_events" => (Shape::Json, DOCKER_EVENTS),
        "docker_json_log" => (Shape::Json, DOCKER_JSON_LOG),
        "journal_json" => (Shape::Json, JOURNAL),
        "laurel" => (Shape::Json, LAUREL),
        "auditd" => (
            Shape::Text(
                r#"type=SYSCALL .*? ppid=(?<ppid>\d+) pid=(?<pid>\d+) auid=\d+ uid=(?<uid>\d+) .*? comm="(?<comm>[^"]*)" exe="(?<exe>[^"]*)" .*?key="(?<key>[^"]*)"(?:.*? SYSCALL=(?<call>\w+))?(?<file>)"#,
            ),
            AUDITD,
        ),
        "runtime_log" => (
            Shape::Text(
                r#"^time="(?<time>[^"]*)" level=(?<level>\w+) msg="(?<message>(?:[^"\\]|\\.)*)"(?: .*?container=(?<container>\w+))?"#,
            ),
            RUNTIME_LOG,
        ),
        "cri_log" => (Shape::Text(r"^(?<time>\S+) (?<stream>stdout|stderr) [FP] (?<message>.*)$"), CRI_LOG),
        "syslog" => (
            Shape::Text(
                r"^\w{3} [ \d]\d \d\d:\d\d:\d\d (?<host>\S+) (?<program>[^\[: ]+)(?:\[(?<pid>\d+)\])?: (?<message>.*)$",
            ),
            SYSLOG,
        ),
        "syslog_5424" => {
            (Shape::Text(r"^<\d+>1 \S+ (?<host>\S+) (?<program>\S+) (?<pid>\S+) \S+ - (?<message>.*)$"), SYSLOG)
        }
        "kernel" => (Shape::Text(r"^\[ *\d+\.\d+\] (?<message>.*)$"), KERNEL),
        "shell_history" => (Shape::Text(r"^(?<command>[^#].*)$"), SHELL),
        "journal_export" => (Shape::Other, JOURNAL),
        _ => (Shape::Other, &[] as &[Column]),
    };
    Table { shape, columns }
}
