//! Exports of a handful of events, one golden file each, and what must hold of every line.

#![allow(clippy::panic, clippy::unwrap_used, reason = "tests fail by panicking")]

use model::*;
use report::{EXPORT_NAMES, export};
use serde_json::Value;

struct Made {
    events: Vec<Event>,
}

impl Made {
    fn event(&mut self, action: Action, format: &str) -> &mut Event {
        let number = self.events.len() as u64;
        let source = Sha256::of(format.as_bytes());
        let time = Timestamp::parse("2026-11-22T23:28:52.868123456Z").unwrap();
        let time = Timestamp(time.0 + i64::try_from(number).unwrap() * 1_000_000_000);
        let mut event = Event::draft(EventId::new(source, number * 512, 0), time, format, action);
        event.host = Some("node-1".to_string());
        event.outcome = Outcome::Succeeded;
        event.addresses.push(Address { source, offset: number * 512, length: 300 });
        self.events.push(event);
        self.events.last_mut().unwrap()
    }

    /// An act of a shell in a container, as auditd records it.
    fn act(&mut self, action: Action) -> &mut Event {
        let event = self.event(action, "auditd");
        event.serial = Some(4_200 + event.id.offset);
        let key =
            |pid, offset| ProcessKey { host: "node-1".into(), boot: 0, pid, first: EventId { offset, ..event.id } };
        (event.process, event.parent) = (Some(key(4242, 0)), Some(key(4200, 64)));
        event.actor = Actor {
            pid: Some(4242),
            ppid: Some(4200),
            uid: Some(0),
            euid: Some(0),
            comm: Some("sh".into()),
            exe: Some("/bin/busybox".into()),
            cwd: Some("/".into()),
            ..Actor::default()
        };
        event.container = Some(ContainerRef { id: "c0ffee123456".into(), confidence: 90 });
        event
    }
}

fn object(role: Role, kind: ObjectKind, name: &str) -> Object {
    Object { name: Some(name.into()), ..Object::new(role, kind) }
}

fn facts(event: &mut Event, facts: &[(&str, &str)]) {
    event.facts.extend(facts.iter().map(|(name, value)| (name.to_string(), value.to_string())));
}

/// One of each class, and names that an attacker chose.
fn events() -> Vec<Event> {
    let mut made = Made { events: Vec::new() };
    let exec = made.act(Action::ProcessExec);
    exec.actor.argv = ["sh", "-c", "=cmd|'/C calc'!A0"].map(Bytes::from).to_vec();
    exec.objects.push(object(Role::Target, ObjectKind::File, "/bin/busybox"));
    let write = made.act(Action::FileWrite);
    let mut target = object(Role::Target, ObjectKind::File, "/host/etc/cron.d/\u{202e}\u{1b}[2Jx\n");
    target.resolved =
        Some(Resolution { path: "/etc/cron.d/x".into(), confidence: 95, how: "bind mount / → /host".into() });
    (target.inode, target.mode, target.uid) = (Some(77), Some(0o100_644), Some(0));
    write.objects.push(target);
    facts(write, &[("key", "boundary"), ("syscall", "openat")]);
    let rename = made.act(Action::FileRename);
    rename.objects.push(object(Role::Source, ObjectKind::File, "/host/a"));
    rename.objects.push(object(Role::Target, ObjectKind::File, "/host/b"));
    let setns = made.act(Action::NamespaceEnter);
    setns.outcome = Outcome::Failed { code: Some(1) };
    facts(setns, &[("syscall", "setns")]);
    let module = made.act(Action::ModuleLoad);
    module.objects.push(object(Role::Target, ObjectKind::Module, "evil"));
    let connect = made.act(Action::SocketConnect);
    connect.objects.push(object(Role::Target, ObjectKind::Socket, "[2001:db8::1]:443"));
    let connect = made.act(Action::SocketConnect);
    connect.objects.push(object(Role::Target, ObjectKind::Socket, "/run/docker.sock"));
    let created = made.event(Action::ApiCreate, "k8s_audit");
    created.actor.user = Some("system:serviceaccount:web:default".to_string());
    created.actor.addresses = vec!["192.0.2.7".to_string()];
    created.actor.user_agent = Some("kubectl/v1.31".to_string());
    created.outcome = Outcome::Failed { code: Some(403) };
    created.objects.push(object(Role::Target, ObjectKind::ApiObject, "web/pods/escape"));
    facts(
        created,
        &[("auditID", "a-1"), ("verb", "create"), ("resource", "pods"), ("namespace", "web"), ("name", "escape")],
    );
    let alert = made.event(Action::AlertRaised, "falco");
    alert.outcome = Outcome::Unknown;
    alert.actor.pid = Some(4242);
    let tags = "[\"container\",\"T1611\",\"T1059.004\",\"TA0004\"]";
    facts(alert, &[("rule", "Write below /etc"), ("priority", "Critical"), ("output", "a file"), ("tags", tags)]);
    let line = made.event(Action::LogMessage, "syslog");
    line.time_basis = TimeBasis::Local;
    line.outcome = Outcome::Unknown;
    facts(line, &[("message", "started")]);
    // Without host, actor or object: unknown stays unknown.
    let bare = made.event(Action::FileDelete, "auditd");
    bare.host = None;
    made.events
}

fn all(name: &str) -> String {
    let export = export(name).unwrap();
    let lines = export.head().into_iter().chain(events().into_iter().map(|event| export.line(&event)));
    lines.map(|line| line + "\n").collect()
}

#[test]
fn every_export_reads_as_accepted() {
    for name in EXPORT_NAMES {
        testkit::golden::check(format!("tests/golden/exports/{name}.txt"), &all(name));
    }
}

#[test]
fn every_line_is_one_line_that_deceives_nobody_and_leads_back() {
    for name in EXPORT_NAMES {
        let export = export(name).unwrap();
        for event in events() {
            let line = export.line(&event);
            assert!(!line.contains(is_deceptive), "{name}: {line}");
            assert!(line.contains(&event.id.to_string()), "{name}: {line}");
            assert!(*name == "text" || line.contains(&event.addresses[0].source.to_string()), "{name}: {line}");
        }
    }
}

fn lines(name: &str) -> Vec<Value> {
    all(name).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn events_survive_json_lines() {
    let back: Vec<Event> = all("jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(back, events());
}

#[test]
fn timesketch_has_what_it_requires_and_one_time() {
    for (line, event) in lines("timesketch").iter().zip(events()) {
        assert!(["message", "datetime", "timestamp_desc"].iter().all(|name| line[name].is_string()), "{line}");
        assert_eq!(line["timestamp"].as_i64().unwrap(), event.time.0 / 1_000);
        let datetime = Timestamp::parse(line["datetime"].as_str().unwrap()).unwrap();
        assert_eq!(datetime.0 / 1_000, event.time.0 / 1_000);
        assert!(line.as_object().unwrap().values().all(|value| !value.is_object()), "flat: {line}");
    }
}

#[test]
fn ocsf_has_what_every_class_requires_and_consistent_numbers() {
    let required = [
        (1001, &["/file/name", "/file/type_id", "/device", "/actor"][..]),
        (1002, &["/driver/file/name", "/device", "/actor"]),
        (1003, &["/kernel/name", "/kernel/type_id", "/device", "/actor"]),
        (1007, &["/process/pid", "/device", "/actor"]),
        (2004, &["/finding_info/uid", "/finding_info/title"]),
        (4001, &["/dst_endpoint"]),
        (6003, &["/actor/user/name", "/api/operation", "/src_endpoint/ip"]),
        (0, &[]),
    ];
    for line in lines("ocsf") {
        let number =
            |path: &str| line.pointer(path).and_then(Value::as_u64).unwrap_or_else(|| panic!("{path} in {line}"));
        let class = number("/class_uid");
        assert_eq!(
            (number("/category_uid"), number("/type_uid")),
            (class / 1_000, class * 100 + number("/activity_id"))
        );
        let always = ["/time", "/severity_id", "/metadata/version", "/metadata/product/vendor_name"];
        let (_, own) = required.iter().find(|(known, _)| *known == class).unwrap_or_else(|| panic!("{class}"));
        for path in always.iter().chain(own.iter()) {
            assert!(line.pointer(path).is_some(), "{path} in {line}");
        }
    }
}
