//! Events of sensors on the host, and the same in a SIEM's export.

use std::fmt::Write as _;

use super::scene::{Act, HOST, Happening, Scene, container_id};

/// A list of strings in JSON. The scene's texts need no escapes.
fn list(texts: &[String]) -> String {
    let quoted: Vec<String> = texts.iter().map(|text| format!("\"{text}\"")).collect();
    format!("[{}]", quoted.join(","))
}

fn repository(number: u64) -> String {
    format!("registry.example/shop/service-{}", number % 12)
}

/// Falco's JSON output: one alert a line, fields in the order of their names.
pub(crate) fn falco(scene: &mut Scene, out: &mut String) {
    let Happening { actor, act } = scene.happening();
    let (call, flags, name, kind, address) = match &act {
        Act::Execute => ("execve", "", actor.exe.as_str(), "", String::new()),
        Act::Read(path) => ("openat", "O_RDONLY", path.as_str(), "f", String::new()),
        Act::Write(path) => ("openat", "O_WRONLY|O_CREAT|O_TRUNC", path.as_str(), "f", String::new()),
        Act::Rename(from, _) => ("rename", "", from.as_str(), "f", String::new()),
        Act::Unlink(path) => ("unlinkat", "", path.as_str(), "f", String::new()),
        Act::Connect { address, port } => ("connect", "", "", "4", format!("10.0.0.1:40112->{address}:{port}")),
    };
    let name = if address.is_empty() { name } else { &address };
    let command = actor.arguments.join(" ");
    let time = scene.rfc3339();
    let (seconds, nanos) = scene.epoch();
    let container = match actor.container {
        Some(number) => format!(
            "\"container.id\":\"{}\",\"container.image.repository\":\"{}\",\"container.image.tag\":\"1.4\",\"container.name\":\"web-{number}\"",
            &container_id(number)[..12],
            repository(number)
        ),
        None => "\"container.id\":\"host\",\"container.image.repository\":null,\"container.image.tag\":null,\"container.name\":\"host\"".to_string(),
    };
    let _ = writeln!(
        out,
        "{{\"hostname\":\"{HOST}\",\"output\":\"{}: Warning File or program of interest (file={name} command={command} user=root)\",\
         \"output_fields\":{{{container},\"evt.arg.flags\":\"{flags}\",\"evt.res\":\"SUCCESS\",\"evt.time\":{seconds}{nanos:09},\
         \"evt.type\":\"{call}\",\"fd.name\":\"{name}\",\"fd.typechar\":\"{kind}\",\"k8s.ns.name\":\"shop\",\"k8s.pod.name\":\"web-6c7f\",\
         \"proc.aname[2]\":\"containerd-shim\",\"proc.cmdline\":\"{command}\",\"proc.exepath\":\"{}\",\"proc.name\":\"{}\",\"proc.pid\":{},\
         \"proc.pname\":\"sh\",\"proc.ppid\":{},\"proc.tty\":0,\"user.loginuid\":-1,\"user.name\":\"root\",\"user.uid\":0}},\
         \"priority\":\"Warning\",\"rule\":\"File or program of interest\",\"source\":\"syscall\",\"tags\":[\"T1555\",\"container\",\"filesystem\"],\
         \"time\":\"{time}\"}}",
        &time[11..29],
        actor.exe,
        actor.comm,
        actor.pid,
        actor.ppid,
    );
}

/// Tetragon's export: `process_exec` and `process_kprobe`, with process, parent and pod.
pub(crate) fn tetragon(scene: &mut Scene, out: &mut String) {
    let Happening { actor, act } = scene.happening();
    let time = scene.rfc3339();
    let pod = actor.container.map_or_else(String::new, |number| {
        let id = container_id(number);
        format!(
            ",\"pod\":{{\"namespace\":\"shop\",\"name\":\"web-{number}\",\"container\":{{\"id\":\"containerd://{id}\",\"name\":\"web\",\
             \"image\":{{\"id\":\"{repo}@sha256:{id}\",\"name\":\"{repo}:1.4\"}},\"start_time\":\"2026-11-22T20:00:00Z\",\"pid\":12}},\
             \"pod_labels\":{{\"app\":\"web\",\"tier\":\"front\"}},\"workload\":\"web\",\"workload_kind\":\"Deployment\"}},\"docker\":\"{}\"",
            &id[..31],
            repo = repository(number)
        )
    });
    let process = |pid: u64, binary: &str, arguments: &str, parent: u64, more: &str| {
        format!(
            "{{\"exec_id\":\"bm9kZTE6MTIzNDU2Nzg5MDo{pid:05}\",\"pid\":{pid},\"uid\":0,\"cwd\":\"/\",\"binary\":\"{binary}\",\"arguments\":\"{arguments}\",\
             \"flags\":\"execve clone\",\"start_time\":\"{time}\",\"auid\":4294967295{more},\
             \"parent_exec_id\":\"bm9kZTE6MTIzNDU2Nzg5MDo{parent:05}\",\"refcnt\":1,\"tid\":{pid},\"in_init_tree\":false}}"
        )
    };
    let arguments = actor.arguments.get(1..).unwrap_or(&[]).join(" ");
    let child = process(actor.pid, &actor.exe, &arguments, actor.ppid, &pod);
    let parent = process(actor.ppid, "/bin/sh", "-c entry", 1, "");
    let what = match &act {
        Act::Execute => None,
        Act::Read(path) => Some((
            "security_file_permission",
            format!("{{\"file_arg\":{{\"path\":\"{path}\",\"permission\":\"-rw-r-----\"}}}},{{\"int_arg\":4}}"),
        )),
        Act::Write(path) => Some((
            "security_file_permission",
            format!("{{\"file_arg\":{{\"path\":\"{path}\",\"permission\":\"-rw-r-----\"}}}},{{\"int_arg\":2}}"),
        )),
        Act::Rename(from, to) => Some((
            "security_path_rename",
            format!("{{\"path_arg\":{{\"path\":\"{from}\"}}}},{{\"path_arg\":{{\"path\":\"{to}\"}}}}"),
        )),
        Act::Unlink(path) => Some(("security_path_unlink", format!("{{\"path_arg\":{{\"path\":\"{path}\"}}}}"))),
        Act::Connect { address, port } => Some((
            "tcp_connect",
            format!(
                "{{\"sock_arg\":{{\"family\":\"AF_INET\",\"type\":\"SOCK_STREAM\",\"protocol\":\"IPPROTO_TCP\",\"saddr\":\"10.0.0.1\",\
                 \"daddr\":\"{address}\",\"sport\":40112,\"dport\":{port}}}}}"
            ),
        )),
    };
    let _ = match what {
        None => writeln!(
            out,
            "{{\"process_exec\":{{\"process\":{child},\"parent\":{parent}}},\"node_name\":\"{HOST}\",\"time\":\"{time}\"}}"
        ),
        Some((function, arguments)) => writeln!(
            out,
            "{{\"process_kprobe\":{{\"process\":{child},\"parent\":{parent},\"function_name\":\"{function}\",\"args\":[{arguments}],\
             \"action\":\"KPROBE_ACTION_POST\",\"policy_name\":\"files\",\"return_action\":\"KPROBE_ACTION_POST\"}},\
             \"node_name\":\"{HOST}\",\"time\":\"{time}\"}}"
        ),
    };
}

/// What Tracee calls the act: event id, event, system call, arguments as (name, value in JSON).
fn traced(happening: &Happening) -> (u32, &'static str, &'static str, Vec<(&'static str, String)>) {
    let Happening { actor, act } = happening;
    match act {
        Act::Execute => (
            1014,
            "sched_process_exec",
            "execve",
            vec![
                ("cmdpath", format!("\"{}\"", actor.exe)),
                ("pathname", format!("\"{}\"", actor.exe)),
                ("dev", "265289728".to_string()),
                ("inode", "231".to_string()),
                ("argv", list(&actor.arguments)),
            ],
        ),
        Act::Read(path) | Act::Write(path) => (
            1031,
            "security_file_open",
            "openat",
            vec![
                ("pathname", format!("\"{path}\"")),
                ("flags", if matches!(act, Act::Read(_)) { "0" } else { "577" }.to_string()),
                ("dev", "265289728".to_string()),
                ("inode", "4711".to_string()),
                ("syscall_pathname", format!("\"{path}\"")),
            ],
        ),
        Act::Rename(from, to) => (
            1067,
            "security_inode_rename",
            "rename",
            vec![("old_path", format!("\"{from}\"")), ("new_path", format!("\"{to}\""))],
        ),
        Act::Unlink(path) => (
            1029,
            "security_inode_unlink",
            "unlinkat",
            vec![("pathname", format!("\"{path}\"")), ("inode", "4711".to_string()), ("dev", "265289728".to_string())],
        ),
        Act::Connect { address, port } => (
            1034,
            "security_socket_connect",
            "connect",
            vec![
                ("sockfd", "5".to_string()),
                (
                    "remote_addr",
                    format!("{{\"sa_family\":\"AF_INET\",\"sin_addr\":\"{address}\",\"sin_port\":\"{port}\"}}"),
                ),
            ],
        ),
    }
}

/// Tracee's legacy JSON output.
pub(crate) fn tracee(scene: &mut Scene, out: &mut String) {
    let happening = scene.happening();
    let (seconds, nanos) = scene.epoch();
    let (number, name, call, arguments) = traced(&happening);
    let actor = &happening.actor;
    let container = actor.container.map_or_else(
        || "\"containerId\":\"\",\"container\":{},\"kubernetes\":{}".to_string(),
        |number| {
            let id = container_id(number);
            format!(
                "\"containerId\":\"{id}\",\"container\":{{\"id\":\"{id}\",\"name\":\"web\",\"image\":\"{}:1.4\",\"imageDigest\":\"sha256:{id}\"}},\
                 \"kubernetes\":{{\"podName\":\"web-{number}\",\"podNamespace\":\"shop\",\"podUID\":\"7618a938-2586-486a-abaf-dd9a1b0c64d8\"}}",
                repository(number)
            )
        },
    );
    let count = arguments.len();
    let arguments: Vec<String> = arguments
        .into_iter()
        .map(|(name, value)| format!("{{\"name\":\"{name}\",\"type\":\"x\",\"value\":{value}}}"))
        .collect();
    let _ = writeln!(
        out,
        "{{\"timestamp\":{seconds}{nanos:09},\"threadStartTime\":{seconds}{nanos:09},\"processorId\":1,\"processId\":7,\"cgroupId\":9789,\
         \"threadId\":7,\"parentProcessId\":1,\"hostProcessId\":{pid},\"hostThreadId\":{pid},\"hostParentProcessId\":{},\"userId\":0,\
         \"mountNamespace\":4026532490,\"pidNamespace\":4026532491,\"processName\":\"{}\",\"executable\":{{\"path\":\"{}\"}},\
         \"hostName\":\"{HOST}\",{container},\"eventId\":\"{number}\",\"eventName\":\"{name}\",\"matchedPolicies\":[\"files\"],\
         \"argsNum\":{count},\"returnValue\":0,\"syscall\":\"{call}\",\"stackAddresses\":null,\
         \"contextFlags\":{{\"containerStarted\":{},\"isCompat\":false}},\"threadEntityId\":1,\"processEntityId\":1747443885,\
         \"parentEntityId\":3131917597,\"args\":[{}]}}",
        actor.ppid,
        actor.comm,
        actor.exe,
        actor.container.is_some(),
        arguments.join(","),
        pid = actor.pid,
    );
}

/// Tracee's `v1beta1` output.
pub(crate) fn tracee_v1(scene: &mut Scene, out: &mut String) {
    let happening = scene.happening();
    let time = scene.rfc3339();
    let (number, name, call, arguments) = traced(&happening);
    let actor = &happening.actor;
    let container = actor.container.map_or_else(String::new, |number| {
        let id = container_id(number);
        format!(
            ",\"container\":{{\"id\":\"{id}\",\"name\":\"web\",\"image\":{{\"id\":\"sha256:{id}\",\"name\":\"{}:1.4\"}},\"started\":true}},\
             \"k8s\":{{\"pod\":{{\"name\":\"web-{number}\",\"uid\":\"7618a938-2586-486a-abaf-dd9a1b0c64d8\"}},\"namespace\":{{\"name\":\"shop\"}}}}",
            repository(number)
        )
    });
    let arguments: Vec<String> =
        arguments.into_iter().map(|(name, value)| format!("{{\"name\":\"{name}\",\"value\":{value}}}")).collect();
    let _ = writeln!(
        out,
        "{{\"timestamp\":\"{time}\",\"id\":{number},\"name\":\"{name}\",\"workload\":{{\"process\":{{\"executable\":{{\"path\":\"{}\"}},\
         \"unique_id\":99,\"host_pid\":{pid},\"pid\":7,\"real_user\":{{\"id\":0}},\"thread\":{{\"start_time\":\"{time}\",\"name\":\"{}\",\
         \"host_tid\":{pid},\"tid\":7,\"syscall\":\"{call}\"}},\"ancestors\":[{{\"host_pid\":{},\"pid\":1}}]}}{container}}},\
         \"data\":[{}]}}",
        actor.exe,
        actor.comm,
        actor.ppid,
        arguments.join(","),
        pid = actor.pid,
    );
}

/// laurel's JSON of one audit event, enriched.
pub(crate) fn laurel(scene: &mut Scene, out: &mut String) {
    const USER: &str =
        "\"auid\":4294967295,\"uid\":0,\"gid\":0,\"euid\":0,\"suid\":0,\"fsuid\":0,\"egid\":0,\"sgid\":0,\"fsgid\":0";
    const NAMES: &str = "\"AUID\":\"unset\",\"UID\":\"root\",\"GID\":\"root\",\"EUID\":\"root\",\"SUID\":\"root\",\"FSUID\":\"root\",\
                         \"EGID\":\"root\",\"SGID\":\"root\",\"FSGID\":\"root\"";
    let Happening { actor, act } = scene.happening();
    let (seconds, nanos) = scene.epoch();
    let id = format!("{seconds}.{:03}:{}", nanos / 1_000_000, 20_000 + scene.number);
    let path = |item: usize, name: &str, inode: u64, mode: &str, kind: &str| {
        format!(
            "{{\"item\":{item},\"name\":\"{name}\",\"inode\":{inode},\"dev\":\"fe:00\",\"mode\":\"{mode}\",\"ouid\":0,\"ogid\":0,\
             \"rdev\":\"00:00\",\"nametype\":\"{kind}\",\"cap_fp\":\"0x0\",\"cap_fi\":\"0x0\",\"cap_fe\":0,\"cap_fver\":\"0x0\",\
             \"cap_frootid\":\"0\",\"OUID\":\"root\",\"OGID\":\"root\"}}"
        )
    };
    let folder = |name: &str| name.rfind('/').map_or_else(|| "/".to_string(), |at| name[..=at].to_string());
    let inode = 1000 + scene.dice.below(9_000_000);
    let file = "0o100644";
    let (number, name, arguments, paths) = match &act {
        Act::Execute => {
            (59, "execve", ["0x55d0", "0x55d8", "0x55e0"], vec![path(0, &actor.exe, inode, "0o100755", "NORMAL")])
        }
        Act::Read(name) => {
            (257, "openat", ["0xffffff9c", "0x7f01", "0x80000"], vec![path(0, name, inode, file, "NORMAL")])
        }
        Act::Write(name) => (
            257,
            "openat",
            ["0xffffff9c", "0x7f01", "0x241"],
            vec![path(0, &folder(name), 77, "0o40755", "PARENT"), path(1, name, inode, file, "CREATE")],
        ),
        Act::Rename(from, to) => (
            82,
            "rename",
            ["0x13f2", "0x7fff", "0x0"],
            vec![
                path(0, &folder(from), 77, "0o40755", "PARENT"),
                path(1, &folder(to), 77, "0o40755", "PARENT"),
                path(2, from, inode, file, "DELETE"),
                path(3, to, inode, file, "CREATE"),
            ],
        ),
        Act::Unlink(name) => (
            263,
            "unlinkat",
            ["0xffffff9c", "0x7fff", "0x0"],
            vec![path(0, &folder(name), 77, "0o40755", "PARENT"), path(1, name, inode, file, "DELETE")],
        ),
        Act::Connect { .. } => (42, "connect", ["0x5", "0x7fff", "0x10"], Vec::new()),
    };
    let mut rest = String::new();
    if matches!(act, Act::Execute) {
        let _ = write!(rest, ",\"EXECVE\":{{\"argc\":{},\"ARGV\":{}}}", actor.arguments.len(), list(&actor.arguments));
    }
    if let Act::Connect { address, port } = &act {
        let _ = write!(
            rest,
            ",\"SOCKADDR\":[{{\"SADDR\":{{\"family\":\"ipv4\",\"addr\":\"{address}\",\"port\":{port}}}}}]"
        );
    }
    if !paths.is_empty() {
        let _ = write!(rest, ",\"CWD\":{{\"cwd\":\"/\"}},\"PATH\":[{}]", paths.join(","));
    }
    let [a0, a1, a2] = arguments;
    let _ = writeln!(
        out,
        "{{\"ID\":\"{id}\",\"NODE\":\"{HOST}\",\"SYSCALL\":{{\"arch\":\"0xc000003e\",\"syscall\":{number},\"success\":\"yes\",\"exit\":0,\
         \"items\":{},\"ppid\":{},\"pid\":{},{USER},\"tty\":\"(none)\",\"ses\":4294967295,\"comm\":\"{}\",\"exe\":\"{}\",\"key\":\"hostdata\",\
         {NAMES},\"ARGV\":[\"{a0}\",\"{a1}\",\"{a2}\",\"0x0\"],\"ARCH\":\"x86_64\",\"SYSCALL\":\"{name}\",\
         \"PPID\":{{\"EVENT_ID\":\"{id}\",\"comm\":\"sh\",\"exe\":\"/usr/bin/dash\",\"ppid\":1}}}}{rest},\
         \"PROCTITLE\":{{\"ARGV\":{}}}}}",
        paths.len(),
        actor.ppid,
        actor.pid,
        actor.comm,
        actor.exe,
        list(&actor.arguments),
    );
}

/// Elastic Common Schema, as Auditbeat and an export write it.
pub(crate) fn ecs(scene: &mut Scene, out: &mut String) {
    let Happening { actor, act } = scene.happening();
    let time = scene.rfc3339();
    let (category, kind, action, more) = match &act {
        Act::Execute => ("process", "start", "exec", String::new()),
        Act::Read(path) => (
            "file",
            "access",
            "opened-file",
            format!(",\"file\":{{\"path\":\"{path}\",\"inode\":\"4711\",\"mode\":\"0640\"}}"),
        ),
        Act::Write(path) => (
            "file",
            "creation",
            "created",
            format!(",\"file\":{{\"path\":\"{path}\",\"inode\":\"4711\",\"mode\":\"0640\"}}"),
        ),
        Act::Rename(_, to) => {
            ("file", "change", "renamed", format!(",\"file\":{{\"path\":\"{to}\",\"inode\":\"4711\"}}"))
        }
        Act::Unlink(path) => ("file", "deletion", "deleted", format!(",\"file\":{{\"path\":\"{path}\"}}")),
        Act::Connect { address, port } => {
            ("network", "start", "connected-to", format!(",\"destination\":{{\"ip\":\"{address}\",\"port\":{port}}}"))
        }
    };
    let container = actor.container.map_or_else(String::new, |number| {
        format!(
            ",\"container\":{{\"id\":\"{}\",\"image\":{{\"name\":\"{}\",\"tag\":[\"1.4\"]}}}},\"kubernetes\":{{\"namespace\":\"shop\",\
             \"pod\":{{\"name\":\"web-{number}\",\"uid\":\"3feb9ac6-5724-4ebf-ae62-b29974900664\"}},\"container\":{{\"name\":\"web\"}}}}",
            container_id(number),
            repository(number)
        )
    });
    let _ = writeln!(
        out,
        "{{\"@timestamp\":\"{time}\",\"ecs\":{{\"version\":\"8.11.0\"}},\"agent\":{{\"type\":\"auditbeat\",\"version\":\"8.15.1\"}},\
         \"host\":{{\"hostname\":\"{HOST}\",\"name\":\"{HOST}\"}},\
         \"event\":{{\"kind\":\"event\",\"category\":[\"{category}\"],\"type\":[\"{kind}\"],\"action\":\"{action}\",\"id\":\"N{}\",\
         \"outcome\":\"success\"}},\"process\":{{\"pid\":{},\"name\":\"{}\",\"executable\":\"{}\",\"args\":{},\"parent\":{{\"pid\":{}}},\
         \"working_directory\":\"/\"}},\"user\":{{\"id\":\"0\",\"name\":\"root\"}}{container}{more}}}",
        scene.number,
        actor.pid,
        actor.comm,
        actor.exe,
        list(&actor.arguments),
        actor.ppid,
    );
}

/// Open Cybersecurity Schema Framework 1.3: process, file and network activity.
pub(crate) fn ocsf(scene: &mut Scene, out: &mut String) {
    let Happening { actor, act } = scene.happening();
    let (seconds, nanos) = scene.epoch();
    let container = actor.container.map_or_else(String::new, |number| {
        format!(
            ",\"container\":{{\"uid\":\"{}\",\"name\":\"web\",\"image\":{{\"name\":\"{}\",\"uid\":\"sha256:54b6\"}}}}",
            container_id(number),
            repository(number)
        )
    });
    let process = |pid: u64, name: &str, exe: &str, more: &str| {
        format!(
            "{{\"pid\":{pid},\"name\":\"{name}\",\"file\":{{\"path\":\"{exe}\",\"name\":\"{name}\",\"type_id\":1}},\
             \"user\":{{\"name\":\"root\",\"uid\":\"0\"}}{more}{container}}}"
        )
    };
    let file = |path: &str| {
        let name = path.rsplit('/').next().unwrap_or(path);
        format!("{{\"path\":\"{path}\",\"name\":\"{name}\",\"type_id\":1}}")
    };
    let (category, class, activity, more) = match &act {
        Act::Execute => {
            let command = format!(",\"cmd_line\":\"{}\"", actor.arguments.join(" "));
            (1, 1007, 1, format!(",\"process\":{}", process(actor.pid, actor.comm, &actor.exe, &command)))
        }
        Act::Read(path) => (1, 1001, 2, format!(",\"file\":{}", file(path))),
        Act::Write(path) => (1, 1001, 3, format!(",\"file\":{}", file(path))),
        Act::Rename(from, to) => (1, 1001, 5, format!(",\"file\":{},\"file_result\":{}", file(from), file(to))),
        Act::Unlink(path) => (1, 1001, 4, format!(",\"file\":{}", file(path))),
        Act::Connect { address, port } => {
            (4, 4001, 1, format!(",\"dst_endpoint\":{{\"ip\":\"{address}\",\"port\":{port}}}"))
        }
    };
    let by = if matches!(act, Act::Execute) {
        process(actor.ppid, "sh", "/bin/sh", "")
    } else {
        process(actor.pid, actor.comm, &actor.exe, "")
    };
    let _ = writeln!(
        out,
        "{{\"category_uid\":{category},\"class_uid\":{class},\"activity_id\":{activity},\"type_uid\":{class}{activity:02},\"severity_id\":1,\
         \"time\":{seconds}{:03},\"metadata\":{{\"version\":\"1.3.0\",\"product\":{{\"name\":\"Sensor\",\"vendor_name\":\"Example\"}},\
         \"uid\":\"m-{}\"}},\"device\":{{\"hostname\":\"{HOST}\",\"type_id\":1}}{more},\"actor\":{{\"process\":{by}}},\"status_id\":1}}",
        nanos / 1_000_000,
        scene.number,
    );
}
