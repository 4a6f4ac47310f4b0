//! Events without a system call record: messages of programs, the daemon and the kernel itself.

use model::{Action, Event, Object, ObjectKind, Outcome, Problem, ProblemKind, Role};

use super::{
    assemble::{Kind, OpenEvent},
    clock,
    draft::{Facts, actor_field, fact},
    execve,
    fields::{Fields, is_torn, plain, untrusted, untrusted_bytes},
    paths::{self, Bases, NameType, Shape},
    recorder,
};
use crate::text::lossless;

/// Fields of a message that are kept as facts under their own names. The rest says who acted, which
/// the actor holds, or what no check asks for.
const KEPT: &[&[u8]] = &[
    b"op",
    b"acct",
    b"id",
    b"unit",
    b"cmd",
    b"hostname",
    b"terminal",
    b"res",
    b"result",
    b"reason",
    b"sig",
    b"old",
    b"old-auid",
    b"list",
    b"audit_enabled",
    b"audit_pid",
    b"audit_failure",
    b"audit_backlog_limit",
    b"lost",
    b"audit_lost",
    b"dir",
    b"path",
    b"ver",
    b"kernel",
    b"state",
    b"prog-id",
    b"name",
    b"syscall",
    b"arch",
    b"apparmor",
    b"operation",
    b"profile",
    b"denied",
    b"requested_mask",
    b"denied_mask",
    b"scontext",
    b"tcontext",
    b"tclass",
    b"permissive",
    b"vm",
    b"uuid",
];

/// Facts of one message. A program that writes its own message can put any number of fields in it.
const FACTS_MAX: usize = 64;

/// Fills a draft from the records of an event that has no system call record.
pub(super) fn interpret(event: &OpenEvent, draft: &mut Event, problems: &mut Vec<Problem>) -> Option<Event> {
    let parts_only = event.records.iter().all(|record| !matches!(record.kind, Kind::Single | Kind::Other | Kind::Bpf));
    let first = event.records.first()?;
    if parts_only && event.of(Kind::KernelModule).next().is_none() {
        let text = "the SYSCALL record of this event is missing: who acted, and whether it succeeded, is unknown";
        problems.push(Problem { kind: ProblemKind::Incomplete, address: first.address, text: text.to_string() });
    }
    let mut torn = false;
    for record in &event.records {
        let (name, body) = (event.type_name(record), event.body(record));
        match record.kind {
            Kind::Single | Kind::Other => {
                message(name, body, draft, &mut torn);
                draft.action = action(name, body, draft.action);
                clock::record(name, body, draft);
                draft.facts.insert_missing("type", lossless(name));
            }
            Kind::Bpf => {
                bpf(body, draft);
                draft.facts.insert_missing("type", lossless(name));
            }
            Kind::KernelModule => {
                draft.objects.extend(module(body));
                draft.action = Action::ModuleLoad;
            }
            _ => {}
        }
    }
    parts(event, draft, problems, &mut torn);
    if torn {
        let text = "a record of this event breaks off inside a value, which was not used".to_string();
        problems.push(Problem { kind: ProblemKind::Torn, address: first.address, text });
    }
    None
}

/// What a message's type says was done.
fn action(name: &[u8], body: &[u8], so_far: Action) -> Action {
    if recorder::declared_loss(name, body).is_some() {
        return Action::AuditLost;
    }
    match name {
        b"ANOM_ABEND" | b"1701" => Action::ProcessCrash,
        b"CONFIG_CHANGE" => Action::AuditConfig,
        b"SYSTEM_BOOT" => Action::SystemBoot,
        name if name.starts_with(b"DAEMON_") => Action::AuditConfig,
        _ => so_far,
    }
}

/// Reads the fields of a message and those inside its `msg='…'`.
fn message(name: &[u8], body: &[u8], draft: &mut Event, torn: &mut bool) {
    for (key, value) in Fields::of(body) {
        if key == b"msg" {
            *torn |= is_torn(value);
            let inner = value.strip_prefix(b"'").unwrap_or(value);
            let inner = inner.strip_suffix(b"'").unwrap_or(inner);
            for (key, value) in Fields::of(inner) {
                field(key, value, draft, torn);
            }
        } else {
            field(key, value, draft, torn);
        }
    }
    // The crash record names the crashed process; so do all others that name one.
    if name == b"ANOM_ABEND" && draft.objects.is_empty() {
        let mut target = Object::new(Role::Target, ObjectKind::Process);
        target.pid = draft.actor.pid;
        target.name = draft.actor.exe.clone();
        draft.objects.push(target);
    }
}

fn field(key: &[u8], value: &[u8], draft: &mut Event, torn: &mut bool) {
    *torn |= actor_field(&mut draft.actor, key, value);
    match key {
        b"acct" => draft.actor.user = text(value),
        b"cwd" => draft.actor.cwd = untrusted_bytes(value),
        b"addr" => draft.actor.addresses = text(value).into_iter().collect(),
        b"res" | b"result" => {
            draft.outcome = match plain(value).unwrap_or(b"") {
                b"success" | b"1" | b"yes" => Outcome::Succeeded,
                b"failed" | b"0" | b"no" => Outcome::Failed { code: None },
                _ => draft.outcome,
            };
        }
        _ => {}
    }
    if (KEPT.contains(&key) || key == b"key") && draft.facts.len() < FACTS_MAX {
        keep(key, value, &mut draft.facts);
    }
}

fn keep(key: &[u8], value: &[u8], facts: &mut Facts) {
    let text = match key {
        b"cmd" | b"acct" | b"key" | b"dir" | b"path" | b"name" => text(value).map(|text| text.replace('\u{1}', ",")),
        _ => plain(value).map(lossless),
    };
    if let Some(text) = text {
        fact(facts, &lossless(key), text);
    }
}

fn text(value: &[u8]) -> Option<String> {
    untrusted(value).filter(|bytes| !bytes.is_empty()).map(|bytes| lossless(&bytes))
}

/// What siblings say: paths, working directory, arguments.
fn parts(event: &OpenEvent, draft: &mut Event, problems: &mut Vec<Problem>, torn: &mut bool) {
    let Some(first) = event.records.first() else { return };
    let cwd = event.of(Kind::Cwd).next().and_then(|record| {
        let value = Fields::of(event.body(record)).find(|field| field.0 == b"cwd")?.1;
        *torn |= is_torn(value);
        untrusted(value)
    });
    if let Some(arguments) = execve::arguments(event, first.address, problems) {
        draft.actor.argv = arguments;
        draft.action = Action::ProcessExec;
    } else if let Some(title) = event.of(Kind::Proctitle).next() {
        let value = Fields::of(event.body(title)).find(|field| field.0 == b"proctitle").map(|field| field.1);
        draft.actor.argv = value.map(execve::from_title).unwrap_or_default();
    }
    let items = paths::items(event, torn);
    if draft.action == Action::Other && draft.facts.is_empty() {
        let count = |name_type| items.iter().filter(|item| item.name_type == name_type && item.name.is_some()).count();
        draft.action = match (count(NameType::Create), count(NameType::Delete)) {
            (0, 0) => Action::Other,
            (_, 0) => Action::FileCreate,
            (0, _) => Action::FileDelete,
            _ => Action::FileRename,
        };
    }
    let shape = if draft.action == Action::FileRename { Shape::Rename } else { Shape::One };
    // Without the call nobody can say whether relative names start at the working directory.
    let bases = Bases { cwd: None, target_dir: None, source_dir: None };
    draft.objects.extend(paths::read(shape, items, &bases).objects);
    if let Some(cwd) = cwd {
        draft.actor.cwd = Some(model::Bytes(cwd));
    }
}

/// `KERN_MODULE`: the module's name.
pub(super) fn module(body: &[u8]) -> Option<Object> {
    let value = Fields::of(body).find(|field| field.0 == b"name")?.1;
    Some(Object { name: Some(untrusted_bytes(value)?), ..Object::new(Role::Target, ObjectKind::Module) })
}

/// `BPF`: which program came or went.
pub(super) fn bpf(body: &[u8], draft: &mut Event) {
    for (key, value) in Fields::of(body) {
        match key {
            b"op" if value == b"LOAD" && draft.action == Action::Other => draft.action = Action::BpfLoad,
            _ => {}
        }
        if matches!(key, b"op" | b"prog-id") {
            keep(key, value, &mut draft.facts);
        }
    }
}

/// `CONFIG_CHANGE` beside the system call that brought it.
///
/// Deleting a watched file also removes its rule; the event is then still the deletion.
pub(super) fn audit_config(body: &[u8], draft: &mut Event) {
    if draft.action == Action::Other {
        draft.action = Action::AuditConfig;
    }
    for (key, value) in Fields::of(body) {
        if KEPT.contains(&key) || key == b"key" {
            keep(key, value, &mut draft.facts);
        }
    }
}

/// The system call that an io_uring operation does the work of. Source: Linux
/// `include/uapi/linux/io_uring.h`, `enum io_uring_op`; only operations that the kernel audits.
pub(super) fn uring_operation(operation: u64) -> Option<&'static str> {
    Some(match operation {
        16 => "connect",
        18 => "openat",
        28 => "openat2",
        35 => "renameat2",
        36 => "unlinkat",
        37 => "mkdirat",
        38 => "symlinkat",
        39 => "linkat",
        41 => "fsetxattr",
        42 => "setxattr",
        45 => "socket",
        55 => "ftruncate",
        56 => "bind",
        57 => "listen",
        _ => return None,
    })
}
