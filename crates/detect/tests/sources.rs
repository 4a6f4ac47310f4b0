//! One escape, as every recorder tells it: the same actor, and the same paths on the host.
//!
//! A process of a container enters the host's mount namespace, another one makes `/proc/1/root` its root directory; both
//! then write files of the host. The lines are made up after the formats' pages.

mod common;

use detect::Detector;
use model::{Action, Domain, Event, View};

const ID: &str = "3f2a9c1b7d5e4f60718293a4b5c6d7e8f901234567890abcdef1234567890abc";

/// What was done, in order: who (pid, parent), in which mount namespace afterwards, and the act.
const ACTS: &[(u32, u32, bool, Act)] = &[
    (720, 700, false, Act::Execute("/bin/sh")),
    (720, 700, false, Act::Write("/srv/inside")),
    (730, 720, false, Act::Execute("/usr/bin/nsenter")),
    (730, 720, true, Act::Enter),
    (730, 720, true, Act::Execute("/bin/sh")),
    (740, 730, true, Act::Write("/etc/cron.d/job")),
    (750, 720, false, Act::Chroot("/proc/1/root")),
    (750, 720, false, Act::Write("/root/.ssh/authorized_keys")),
    (720, 700, false, Act::Write("/srv/inside")),
];

#[derive(Clone, Copy)]
enum Act {
    Execute(&'static str),
    Write(&'static str),
    Enter,
    Chroot(&'static str),
}

fn seconds(at: usize) -> usize {
    1_795_469_400 + at
}

fn time(at: usize) -> String {
    model::Timestamp::from_seconds(seconds(at) as i64, 0).to_string()
}

/// Audit records as (type, fields).
fn records(pid: u32, ppid: u32, on_host: bool, act: Act) -> Vec<(&'static str, Vec<(&'static str, String)>)> {
    let call = |number: u32, a1: &str, a2: &str, items: u32| {
        let fields = [
            ("arch", "c000003e".to_string()),
            ("syscall", number.to_string()),
            ("success", "yes".to_string()),
            ("exit", "3".to_string()),
            ("a0", "ffffff9c".to_string()),
            ("a1", a1.to_string()),
            ("a2", a2.to_string()),
            ("a3", "1b6".to_string()),
            ("items", items.to_string()),
            ("ppid", ppid.to_string()),
            ("pid", pid.to_string()),
            ("auid", u32::MAX.to_string()),
            ("uid", "0".to_string()),
            ("ses", u32::MAX.to_string()),
            ("comm", "\"sh\"".to_string()),
            ("exe", "\"/bin/sh\"".to_string()),
        ];
        ("SYSCALL", fields.to_vec())
    };
    let on_host = on_host || pid == 750;
    let path = |item: u32, name: &str, inode: u64, mode: &str, kind: &str| {
        let device = if on_host { "fe:00" } else { "00:40" };
        let fields = [
            ("item", item.to_string()),
            ("name", format!("\"{name}\"")),
            ("inode", inode.to_string()),
            ("dev", device.to_string()),
            ("mode", mode.to_string()),
            ("rdev", "00:00".to_string()),
            ("nametype", kind.to_string()),
        ];
        ("PATH", fields.to_vec())
    };
    let cwd = ("CWD", vec![("cwd", "\"/\"".to_string())]);
    match act {
        Act::Execute(name) => vec![call(59, "0", "0", 1), cwd, path(0, name, 50, "0100755", "NORMAL")],
        Act::Write(name) => {
            let directory = &name[..=name.rfind('/').unwrap_or(0)];
            let parent = path(0, directory, 60 + directory.len() as u64, "040755", "PARENT");
            vec![call(257, "7ffc", "241", 2), cwd, parent, path(1, name, 90 + u64::from(pid), "0100644", "CREATE")]
        }
        Act::Enter => vec![call(308, "20000", "0", 1), cwd, path(0, "/", 2, "040755", "NORMAL")],
        Act::Chroot(name) => vec![call(161, "0", "0", 1), cwd, path(0, name, 2, "040755", "NORMAL")],
    }
}

fn audit_lines(at: usize, records: &[(&str, Vec<(&str, String)>)]) -> String {
    let mut out = String::new();
    for (kind, fields) in records {
        let fields: Vec<String> = fields.iter().map(|(key, value)| format!("{key}={value}")).collect();
        out += &format!("node=web-01 type={kind} msg=audit({}.100:{}): {}\n", seconds(at), 100 + at, fields.join(" "));
    }
    out
}

/// A host's process, so that the root directory's inode is known; and for auditd the container's start.
fn before(with_start: bool) -> String {
    let mut out = audit_lines(0, &records(40, 1, true, Act::Write("/motd")));
    out = out.replace("inode=61 ", "inode=2 ");
    if with_start {
        let mut start = records(710, 700, true, Act::Execute("/usr/bin/runc"));
        let words = ["runc", "run", ID].iter().enumerate().map(|(at, word)| (at, format!("\"{word}\"")));
        let names = ["a0", "a1", "a2"];
        let mut arguments = vec![("argc", "3".to_string())];
        arguments.extend(words.map(|(at, word)| (names[at], word)));
        start.insert(1, ("EXECVE", arguments));
        out += &audit_lines(1, &start).replace("comm=\"sh\" exe=\"/bin/sh\"", "comm=\"runc\" exe=\"/usr/bin/runc\"");
        let mut pivot = records(720, 710, false, Act::Execute("."));
        pivot[0].1[1].1 = "155".to_string();
        let pivot = audit_lines(2, &pivot).replace("mode=0100755", "mode=040755");
        out += &pivot.replace("comm=\"sh\" exe=\"/bin/sh\"", "comm=\"runc:[2:INIT]\" exe=\"/\"");
    }
    out
}

fn auditd() -> String {
    let acts = ACTS.iter().enumerate();
    before(true)
        + &acts
            .map(|(at, &(pid, ppid, on_host, act))| audit_lines(at + 5, &records(pid, ppid, on_host, act)))
            .collect::<String>()
}

fn laurel() -> String {
    let mut out = String::new();
    let mut line = |at: usize, records: &[(&str, Vec<(&str, String)>)], container: &str| {
        let object = |fields: &[(&str, String)]| {
            let one = |(key, value): &(&str, String)| match (*key, value.starts_with('"')) {
                (_, true) => format!("\"{key}\":{value}"),
                ("arch", _) => "\"arch\":\"0xc000003e\"".to_string(),
                ("mode", _) => format!("\"mode\":\"0o{}\"", value.trim_start_matches('0')),
                ("success" | "dev" | "rdev" | "nametype" | "a0" | "a1" | "a2" | "a3", _) => {
                    format!("\"{key}\":\"{value}\"")
                }
                _ => format!("\"{key}\":{value}"),
            };
            let mut parts: Vec<String> =
                fields.iter().filter(|field| !matches!(field.0, "a0" | "a1" | "a2" | "a3")).map(one).collect();
            let argument =
                |name: &str| fields.iter().find(|field| field.0 == name).map(|field| format!("\"0x{}\"", field.1));
            let arguments: Vec<String> = ["a0", "a1", "a2", "a3"].into_iter().filter_map(argument).collect();
            if !arguments.is_empty() {
                parts.push(format!("\"ARGV\":[{}]", arguments.join(",")));
            }
            format!("{{{}}}", parts.join(","))
        };
        let of = |kind: &str| {
            records.iter().filter(|record| record.0 == kind).map(|record| object(&record.1)).collect::<Vec<_>>()
        };
        out += &format!(
            "{{\"ID\":\"{}.100:{}\",\"NODE\":\"web-01\",\"SYSCALL\":{},\"CWD\":{{\"cwd\":\"/\"}},\"PATH\":[{}]{container}}}\n",
            seconds(at),
            100 + at,
            of("SYSCALL").join(""),
            of("PATH").join(",")
        );
    };
    let mut host = records(40, 1, true, Act::Write("/motd"));
    host[2].1[2].1 = "2".to_string();
    line(0, &host, "");
    for (at, &(pid, ppid, on_host, act)) in ACTS.iter().enumerate() {
        line(at + 5, &records(pid, ppid, on_host, act), &format!(",\"CONTAINER_INFO\":{{\"ID\":\"{ID}\"}}"));
    }
    out
}

fn tetragon() -> String {
    let mut out = String::new();
    let mut programs = std::collections::BTreeMap::new();
    for (at, &(pid, ppid, on_host, act)) in ACTS.iter().enumerate() {
        if let Act::Execute(_) = act {
            // The namespaces of a process are those that its program was started in.
            programs.insert(pid, on_host);
        }
        let is_host = programs.get(&pid).or(programs.get(&ppid)).copied().unwrap_or_default();
        let mounts = if is_host { "{\"inum\":4026531841,\"is_host\":true}" } else { "{\"inum\":4026532490}" };
        let binary = if let Act::Execute(name) = act { name } else { "/bin/sh" };
        // The whole id stands where the pod is known, and only a part of it elsewhere.
        let pod = format!(
            ",\"pod\":{{\"name\":\"shop-1\",\"container\":{{\"id\":\"containerd://{ID}\",\"name\":\"shop\"}}}}"
        );
        let pod = if at == 0 { pod } else { String::new() };
        let process = format!(
            "\"process\":{{\"exec_id\":\"e{pid}\",\"pid\":{pid},\"uid\":0,\"cwd\":\"/\",\"binary\":\"{binary}\",\"docker\":\"{}\"{pod},\"ns\":{{\"mnt\":{mounts}}}}},\"parent\":{{\"pid\":{ppid}}}",
            &ID[..31]
        );
        let (kind, rest) = match act {
            Act::Execute(_) => ("process_exec", String::new()),
            Act::Write(name) => ("process_kprobe", format!(",\"function_name\":\"__x64_sys_openat\",\"args\":[{{\"int_arg\":-100}},{{\"string_arg\":\"{name}\"}},{{\"int_arg\":577}}],\"return\":{{\"int_arg\":3}}")),
            Act::Enter => ("process_kprobe", ",\"function_name\":\"__x64_sys_setns\",\"args\":[{\"int_arg\":3},{\"int_arg\":131072}],\"return\":{\"int_arg\":0}".to_string()),
            Act::Chroot(name) => ("process_kprobe", format!(",\"function_name\":\"__x64_sys_chroot\",\"args\":[{{\"string_arg\":\"{name}\"}}],\"return\":{{\"int_arg\":0}}")),
        };
        out += &format!("{{\"{kind}\":{{{process}{rest}}},\"node_name\":\"web-01\",\"time\":\"{}\"}}\n", time(at + 5));
    }
    out
}

fn tracee() -> String {
    let mut out = String::new();
    let mut line = |at: usize, (pid, ppid, mounts): (u32, u32, u64), container: &str, name: &str, args: &str| {
        out += &format!(
            "{{\"timestamp\":{}000000000,\"processId\":7,\"hostProcessId\":{pid},\"hostThreadId\":{pid},\"hostParentProcessId\":{ppid},\"userId\":0,\"mountNamespace\":{mounts},\"processName\":\"sh\",\"hostName\":\"web-01\",\"containerId\":\"{container}\",\"eventId\":\"1\",\"eventName\":\"{name}\",\"returnValue\":3,\"contextFlags\":{{\"containerStarted\":true}},\"args\":[{args}]}}\n",
            seconds(at)
        );
    };
    // The number of the host's namespace need not be the usual one.
    line(
        0,
        (1, 0, 4_026_531_999),
        "",
        "openat",
        "{\"name\":\"pathname\",\"value\":\"/x\"},{\"name\":\"flags\",\"value\":577}",
    );
    for (at, &(pid, ppid, on_host, act)) in ACTS.iter().enumerate() {
        let who = (pid, ppid, if on_host { 4_026_531_999 } else { 4_026_532_490 });
        let path = |key: &str, name: &str| format!("{{\"name\":\"{key}\",\"value\":\"{name}\"}}");
        let (name, args) = match act {
            Act::Execute(name) => ("sched_process_exec", path("pathname", name)),
            Act::Write(name) => ("openat", path("pathname", name) + ",{\"name\":\"flags\",\"value\":577}"),
            Act::Enter => ("setns", "{\"name\":\"fd\",\"value\":3},{\"name\":\"nstype\",\"value\":131072}".to_string()),
            Act::Chroot(name) => ("chroot", path("path", name)),
        };
        line(at + 5, who, ID, name, &args);
    }
    out
}

fn falco() -> String {
    let mut out = String::new();
    for (at, &(pid, ppid, _, act)) in ACTS.iter().enumerate() {
        let (kind, rest) = match act {
            Act::Execute(name) => ("execve", format!("\"proc.exepath\":\"{name}\"")),
            Act::Write(name) => ("openat", format!("\"fd.name\":\"{name}\"")),
            Act::Enter => ("setns", "\"evt.arg.nstype\":\"CLONE_NEWNS\"".to_string()),
            Act::Chroot(name) => ("chroot", format!("\"evt.arg.path\":\"{name}\"")),
        };
        out += &format!(
            "{{\"hostname\":\"web-01\",\"output\":\"x\",\"priority\":\"Notice\",\"rule\":\"x\",\"source\":\"syscall\",\"tags\":[],\"time\":\"{}\",\"output_fields\":{{\"container.id\":\"{}\",\"container.name\":\"shop\",\"evt.type\":\"{kind}\",\"proc.pid\":{pid},\"proc.ppid\":{ppid},\"proc.name\":\"sh\",{rest}}}}}\n",
            time(at + 5),
            &ID[..12]
        );
    }
    out
}

fn events(sources: &[String]) -> Vec<Event> {
    parsed(sources, true)
}

fn parsed(sources: &[String], is_whole: bool) -> Vec<Event> {
    let mut drafts = Vec::new();
    for text in sources {
        let batch = common::read(text.as_bytes()).expect("it is of a known format");
        assert_eq!(batch.problems.is_empty(), is_whole, "{:?}", batch.problems);
        drafts.extend(batch.drafts);
    }
    common::labelled(drafts)
}

/// Pid, container, view; path and domain.
type Told = (Option<u32>, Option<String>, Option<View>, Option<String>, Option<Domain>);

/// Who wrote the file of that name, seeing what; and where it lies.
fn write_of(events: &[Event], name: &str) -> Told {
    let named =
        |event: &&Event| event.objects.iter().any(|object| object.name.as_ref().is_some_and(|it| it.to_text() == name));
    let event = events.iter().rfind(named).expect("an event names it");
    let target = event.objects.iter().rfind(|object| object.name.as_ref().is_some_and(|it| it.to_text() == name));
    let path = target.and_then(|target| target.resolved.as_ref()).map(|resolved| resolved.path.to_text());
    let container = event.container.as_ref().map(|container| container.id.clone());
    (event.actor.pid, container, event.view, path, target.and_then(|target| target.domain))
}

fn on_host(pid: u32, view: View, name: &str) -> Told {
    (Some(pid), Some(ID.to_string()), Some(view), Some(name.to_string()), Some(Domain::Host))
}

#[test]
fn every_recorder_tells_the_same_actor_and_the_same_paths() {
    for text in [auditd(), laurel(), tetragon(), tracee()] {
        let events = events(&[text]);
        let format = &events[0].format;
        assert_eq!(write_of(&events, "/etc/cron.d/job"), on_host(740, View::Host, "/etc/cron.d/job"), "{format}");
        let keys = "/root/.ssh/authorized_keys";
        assert_eq!(write_of(&events, keys), on_host(750, View::Container, keys), "{format}");
        let (pid, container, view, _, domain) = write_of(&events, "/srv/inside");
        assert_eq!((pid, container.as_deref(), view), (Some(720), Some(ID), Some(View::Container)), "{format}");
        assert_ne!(domain, Some(Domain::Host), "{format}: what did not cross stays inside");
        let mut detector = Detector::default();
        events.iter().for_each(|event| detector.push(event));
        let findings = detector.detection().findings;
        for check in ["enters_host_namespace", "writes_host_inode", "cron_write", "authorized_keys_write"] {
            let finding = findings.iter().find(|finding| finding.check == check);
            let container =
                finding.and_then(|finding| finding.container.as_ref()).map(|container| container.id.as_str());
            assert_eq!(container, Some(ID), "{format}: {check}");
        }
    }
}

#[test]
fn program_starts_alone_show_the_crossing_where_the_namespace_is_stated() {
    let text: String =
        tetragon().lines().filter(|line| line.contains("process_exec")).map(|line| format!("{line}\n")).collect();
    let mut detector = Detector::default();
    events(&[text]).iter().for_each(|event| detector.push(event));
    let findings = detector.detection().findings;
    let finding = findings.iter().find(|finding| finding.check == "enters_host_namespace").expect("it is seen");
    assert_eq!(finding.crossing, Some(model::CrossingOutcome::Succeeded));
}

#[test]
fn an_alert_names_no_place_it_cannot_know_and_the_one_that_another_recorder_shows() {
    let alone = events(&[falco()]);
    assert_eq!(write_of(&alone, "/etc/cron.d/job").2, Some(View::Unidentified), "some namespace was entered");
    assert_eq!(write_of(&alone, "/etc/cron.d/job").3, None);
    let beside = events(&[falco(), auditd()]);
    let alerts: Vec<Event> = beside.into_iter().filter(|event| event.action == Action::AlertRaised).collect();
    assert_eq!(write_of(&alerts, "/etc/cron.d/job"), on_host(740, View::Host, "/etc/cron.d/job"));
}

#[test]
fn what_a_runtime_does_on_the_host_for_a_container_is_not_a_crossing() {
    let exec = |pid: u32, ppid: u32, binary: &str, mounts: &str, parent: &str, at: usize| {
        format!(
            "{{\"process_exec\":{{\"process\":{{\"pid\":{pid},\"uid\":0,\"cwd\":\"/\",\"binary\":\"{binary}\",\"docker\":\"{}\",\"ns\":{{\"mnt\":{mounts}}}}},\"parent\":{{\"pid\":{ppid}{parent}}}}},\"node_name\":\"web-01\",\"time\":\"{}\"}}\n",
            &ID[..31],
            time(at)
        )
    };
    let (host, own) = ("{\"inum\":4026531841,\"is_host\":true}", "{\"inum\":4026532490}");
    let start = exec(720, 710, "/usr/bin/runc", host, "", 1) + &exec(720, 710, "/bin/sh", own, "", 2);
    let inside = format!(",\"docker\":\"{}\"", &ID[..31]);
    let found = |text: String| {
        let mut detector = Detector::default();
        events(&[text]).iter().for_each(|event| detector.push(event));
        detector.detection().findings.iter().any(|finding| finding.check == "enters_host_namespace")
    };
    assert!(!found(start.clone()));
    assert!(found(start + &exec(730, 720, "/tmp/runc", host, &inside, 3)), "a name hides nothing");
}

/// The same audit log, each line as syslog has it, written under that name.
fn in_syslog(name: &str) -> String {
    let line = |(at, line): (usize, &str)| format!("Nov 23 21:30:{:02} web-01 {name}: {line}\n", at % 60);
    auditd().lines().enumerate().map(line).collect()
}

#[test]
fn a_record_under_another_name_than_the_recorders_is_a_message() {
    for name in ["logger", "audit", "kernels", "auditdx", "root"] {
        let events = parsed(&[in_syslog(name)], false);
        assert!(events.iter().all(|event| event.action == Action::LogMessage && event.format == "syslog"), "{name}");
    }
    // Under the right name it is taken, and every conclusion says that it can be forged.
    let events = parsed(&[in_syslog("audispd")], true);
    let mut detector = Detector::default();
    events.iter().for_each(|event| detector.push(event));
    let findings = detector.detection().findings;
    assert!(findings.iter().any(|finding| finding.check == "writes_host_inode"));
    for finding in findings {
        assert!(finding.missing.contains(&"recorder_identity".to_string()), "{}", finding.check);
    }
}

#[test]
fn what_a_container_prints_makes_no_process_anybodys() {
    // A container prints an alert that names a process of the host, and mounts that lead elsewhere.
    let alert = falco().lines().next().unwrap_or_default().replace("\"proc.pid\":720", "\"proc.pid\":40");
    let alert = alert
        .replace("\"proc.ppid\":700", "\"proc.ppid\":1")
        .replace("\"proc.name\"", "\"container.mounts\":\"/elsewhere:/srv\",\"proc.name\"");
    let printed = format!("{} stdout F {alert}\n", time(0));
    let with = parsed(&[auditd(), printed], true);
    let without = events(&[auditd()]);
    let acts =
        |events: &[Event]| -> Vec<Event> { events.iter().filter(|event| event.format == "auditd").cloned().collect() };
    assert_eq!(acts(&with), acts(&without));
    let claim = with.iter().find(|event| event.format == "falco").expect("it stays evidence");
    assert_eq!((claim.process.as_ref(), claim.fact(model::CARRIED_BY)), (None, Some("cri_log")));
}
