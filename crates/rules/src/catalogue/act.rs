//! Fields of the act itself: which call, with what result and arguments.

use std::borrow::Cow;

use model::{Action, Event, Object, ObjectKind, Outcome, Role};

use super::{Access, UserField, file, is_of_cluster};
use crate::seen::{Extent, Seen};

/// Texts of one event that a search without a field looks through.
const TEXTS_MAX: usize = 512;

/// Actions that a kernel recorder tells.
fn is_of_kernel(action: Action) -> bool {
    matches!(
        action,
        Action::ProcessExec
            | Action::ProcessFork
            | Action::ProcessExit
            | Action::ProcessSignal
            | Action::ProcessPtrace
            | Action::ProcessChroot
            | Action::ProcessChdir
            | Action::ProcessCredentials
            | Action::NamespaceEnter
            | Action::NamespaceCreate
            | Action::MountAttach
            | Action::MountDetach
            | Action::MountPivot
            | Action::FileRead
            | Action::FileWrite
            | Action::FileCreate
            | Action::FileTruncate
            | Action::FileRename
            | Action::FileLink
            | Action::FileSymlink
            | Action::FileDelete
            | Action::FileMetadata
            | Action::DirectoryCreate
            | Action::DirectoryDelete
            | Action::DeviceCreate
            | Action::HandleOpen
            | Action::SocketConnect
            | Action::SocketBind
            | Action::ModuleLoad
            | Action::BpfLoad
    )
}

pub(super) fn stream(event: &Event) -> &'static str {
    if is_of_cluster(event) {
        "k8s_audit"
    } else if event.action == Action::AlertRaised {
        "other"
    } else if is_of_kernel(event.action) || event.facts.contains_key("syscall") {
        "syscall"
    } else if event.facts.contains_key("message") || matches!(event.action, Action::LogMessage | Action::UserSession) {
        "log"
    } else {
        "other"
    }
}

/// A field that every system call has and nothing else.
pub(super) fn of_call<'e>(event: &'e Event, read: impl FnOnce() -> Seen<'e>) -> Seen<'e> {
    if stream(event) == "syscall" { read() } else { Seen::ABSENT }
}

/// Falco has an event when a call begins and one when it ends.
pub(super) fn both_directions<'e>() -> Seen<'e> {
    Seen::many(vec![Cow::Borrowed(&b"<"[..]), Cow::Borrowed(&b">"[..])], Extent::All)
}

pub(super) fn syscall(event: &Event) -> Seen<'_> {
    match event.fact("syscall") {
        Some(name) => Seen::text(name),
        None => of_call(event, || Seen::one_of(calls_of(event.action))),
    }
}

/// The calls that an action can have been.
fn calls_of(action: Action) -> &'static [&'static str] {
    match action {
        Action::ProcessExec => &["execve", "execveat"],
        Action::ProcessFork => &["clone", "clone3", "fork", "vfork"],
        Action::ProcessExit => &["procexit"],
        Action::ProcessSignal => &["kill", "tkill", "tgkill"],
        Action::ProcessPtrace => &["ptrace", "process_vm_writev", "process_vm_readv", "open", "openat"],
        Action::ProcessChroot => &["chroot"],
        Action::ProcessChdir => &["chdir", "fchdir"],
        Action::ProcessCredentials => {
            &["setuid", "setgid", "setreuid", "setregid", "setresuid", "setresgid", "setfsuid", "setfsgid", "capset"]
        }
        Action::NamespaceEnter => &["setns"],
        Action::NamespaceCreate => &["unshare", "clone", "clone3"],
        Action::MountAttach => &["mount", "move_mount", "open_tree", "fsmount"],
        Action::MountDetach => &["umount", "umount2"],
        Action::MountPivot => &["pivot_root"],
        Action::FileRead => &["open", "openat", "openat2"],
        Action::FileWrite => &["open", "openat", "openat2", "creat"],
        Action::FileCreate => &["open", "openat", "openat2", "creat", "mknod", "mknodat"],
        Action::FileTruncate => &["truncate", "ftruncate", "fallocate"],
        Action::FileRename => &["rename", "renameat", "renameat2"],
        Action::FileLink => &["link", "linkat"],
        Action::FileSymlink => &["symlink", "symlinkat"],
        Action::FileDelete => &["unlink", "unlinkat"],
        Action::DirectoryCreate => &["mkdir", "mkdirat"],
        Action::DirectoryDelete => &["rmdir", "unlinkat"],
        Action::DeviceCreate => &["mknod", "mknodat"],
        Action::HandleOpen => &["open_by_handle_at"],
        Action::SocketConnect => &["connect"],
        Action::SocketBind => &["bind", "listen"],
        Action::ModuleLoad => &["init_module", "finit_module"],
        Action::BpfLoad => &["bpf"],
        _ => &[],
    }
}

/// Names of the errors that rules ask for. Source: Linux `include/uapi/asm-generic/errno-base.h`, `errno.h`.
const ERRORS: &[(i64, &str)] = &[
    (1, "EPERM"),
    (2, "ENOENT"),
    (3, "ESRCH"),
    (4, "EINTR"),
    (5, "EIO"),
    (9, "EBADF"),
    (11, "EAGAIN"),
    (12, "ENOMEM"),
    (13, "EACCES"),
    (14, "EFAULT"),
    (16, "EBUSY"),
    (17, "EEXIST"),
    (18, "EXDEV"),
    (19, "ENODEV"),
    (20, "ENOTDIR"),
    (21, "EISDIR"),
    (22, "EINVAL"),
    (24, "EMFILE"),
    (28, "ENOSPC"),
    (30, "EROFS"),
    (36, "ENAMETOOLONG"),
    (38, "ENOSYS"),
    (39, "ENOTEMPTY"),
    (40, "ELOOP"),
    (95, "EOPNOTSUPP"),
    (98, "EADDRINUSE"),
    (101, "ENETUNREACH"),
    (110, "ETIMEDOUT"),
    (111, "ECONNREFUSED"),
    (113, "EHOSTUNREACH"),
    (115, "EINPROGRESS"),
];

pub(super) fn result(event: &Event) -> Seen<'_> {
    of_call(event, || match event.outcome {
        Outcome::Succeeded => Seen::text("SUCCESS"),
        Outcome::Failed { code: Some(code) } => match ERRORS.iter().find(|error| error.0 == code) {
            Some((_, name)) => Seen::text(name),
            None => Seen::number(code),
        },
        _ => Seen::UNKNOWN,
    })
}

pub(super) fn raw_result(event: &Event) -> Seen<'_> {
    of_call(event, || match (event.outcome, returned(event)) {
        (Outcome::Failed { code: Some(code) }, _) => Seen::number(-code),
        (_, Some(value)) => value,
        (Outcome::Succeeded, None) => Seen::from(0),
        _ => Seen::UNKNOWN,
    })
}

/// What a call that succeeded returned, where that was kept.
pub(super) fn returned(event: &Event) -> Option<Seen<'_>> {
    ["exit", "returnValue", "return"]
        .iter()
        .find_map(|name| event.fact(name))
        .filter(|value| value.parse::<i64>().is_ok())
        .map(Seen::text)
}

pub(super) fn failed<'e>(event: &Event, yes: &'static str, no: &'static str) -> Seen<'e> {
    match event.outcome {
        Outcome::Succeeded => Seen::text(no),
        Outcome::Failed { .. } => Seen::text(yes),
        Outcome::Unknown => Seen::UNKNOWN,
    }
}

/// Whether the event is the opening of a file; `None` when that is not known.
fn is_open(event: &Event) -> Option<bool> {
    match event.fact("syscall") {
        Some(name) => Some(matches!(name, "open" | "openat" | "openat2" | "creat" | "open_by_handle_at")),
        None if event.action == Action::FileCreate || event.action == Action::Other => None,
        None => Some(matches!(event.action, Action::FileRead | Action::FileWrite | Action::HandleOpen)),
    }
}

pub(super) fn opened_for(event: &Event, access: Access) -> Seen<'_> {
    of_call(event, || match (is_open(event), event.fact("access")) {
        (Some(false), _) => Seen::ABSENT,
        (_, Some(how @ ("read" | "write" | "read_write" | "none" | "path"))) => Seen::truth(match access {
            Access::Write => how.contains("write"),
            Access::Read => how.contains("read"),
        }),
        _ => Seen::UNKNOWN,
    })
}

/// An argument of a call by the name that Falco gives it.
pub(super) fn argument<'e>(event: &'e Event, name: &str) -> Seen<'e> {
    of_call(event, || match name {
        "res" | "fd" => raw_result(event),
        "flags" => flags(event),
        "name" | "filename" | "path" | "pathname" | "dir" | "linkpath" | "newpath" => file::path(event, Role::Target),
        "oldpath" | "source" | "dev" => file::path(event, Role::Source),
        "target" => event.fact("link_text").map_or(Seen::UNKNOWN, Seen::text),
        "type" => event.fact("fstype").map_or(Seen::UNKNOWN, Seen::text),
        "mode" => event.fact("mode").and_then(mode).map_or(Seen::UNKNOWN, |mode| Seen::owned(mode.into_bytes())),
        "sig" => event.fact("sig").map_or(Seen::UNKNOWN, Seen::text),
        // A request without a name here is given as its number.
        "request" => match event.fact("request").filter(|request| !request.starts_with(|c: char| c.is_ascii_digit())) {
            Some(request) => Seen::owned(format!("PTRACE_{}", request.to_ascii_uppercase()).into_bytes()),
            None => Seen::UNKNOWN,
        },
        "uid" => event.fact("uid").map_or(Seen::UNKNOWN, Seen::text),
        "exe" => event.actor.argv.first().map_or(Seen::UNKNOWN, |exe| Seen::borrowed(exe.as_bytes())),
        _ => Seen::UNKNOWN,
    })
}

/// The bits of a mode by name, as Falco writes them. Source: Linux `include/uapi/linux/stat.h`.
fn mode(octal: &str) -> Option<String> {
    const NAMES: &[(u32, &str)] = &[
        (0o1, "S_IXOTH"),
        (0o2, "S_IWOTH"),
        (0o4, "S_IROTH"),
        (0o10, "S_IXGRP"),
        (0o20, "S_IWGRP"),
        (0o40, "S_IRGRP"),
        (0o100, "S_IXUSR"),
        (0o200, "S_IWUSR"),
        (0o400, "S_IRUSR"),
        (0o1000, "S_ISVTX"),
        (0o2000, "S_ISGID"),
        (0o4000, "S_ISUID"),
    ];
    let bits = u32::from_str_radix(octal, 8).ok()?;
    let names: Vec<&str> = NAMES.iter().filter(|(bit, _)| bits & bit != 0).map(|(_, name)| *name).collect();
    Some(names.join("|"))
}

/// Flags that are told of: of others nothing is known, also not that they are not there.
const FLAGS: &[&str] = &[
    "O_RDONLY",
    "O_WRONLY",
    "O_RDWR",
    "O_CREAT",
    "O_TRUNC",
    "O_APPEND",
    "O_EXCL",
    "O_DIRECTORY",
    "O_PATH",
    "O_TMPFILE",
    "CLONE_NEWNS",
    "CLONE_NEWUSER",
    "CLONE_NEWPID",
    "CLONE_NEWNET",
    "CLONE_NEWIPC",
    "CLONE_NEWUTS",
    "CLONE_NEWCGROUP",
];

/// Whether events can say if they have this flag.
pub(crate) fn is_told(flag: &str) -> bool {
    FLAGS.contains(&flag)
}

/// `O_RDWR|O_CREAT|…` of an open, `CLONE_NEWNS|…` of a namespace call.
fn flags(event: &Event) -> Seen<'_> {
    let mut out: Vec<String> = Vec::new();
    match event.action {
        Action::FileRead | Action::FileWrite | Action::FileCreate | Action::HandleOpen => {
            match event.fact("access") {
                Some("read") => out.push("O_RDONLY".to_string()),
                Some("write") => out.push("O_WRONLY".to_string()),
                Some("read_write") => out.push("O_RDWR".to_string()),
                _ => return Seen::UNKNOWN,
            }
            for flag in event.fact("open_flags").unwrap_or_default().split(',').filter(|flag| !flag.is_empty()) {
                let name = match flag {
                    "create" => "CREAT",
                    "truncate" => "TRUNC",
                    "exclusive" => "EXCL",
                    other => other,
                };
                out.push(format!("O_{}", name.to_ascii_uppercase()));
            }
        }
        Action::NamespaceCreate | Action::NamespaceEnter => {
            let Some(names) = event.fact("namespaces").filter(|names| *names != "any") else { return Seen::UNKNOWN };
            for name in names.split(',') {
                let flag = match name {
                    "mount" | "mnt" => "CLONE_NEWNS",
                    "user" => "CLONE_NEWUSER",
                    "pid" => "CLONE_NEWPID",
                    "net" | "network" => "CLONE_NEWNET",
                    "ipc" => "CLONE_NEWIPC",
                    "uts" => "CLONE_NEWUTS",
                    "cgroup" => "CLONE_NEWCGROUP",
                    "time" => "CLONE_NEWTIME",
                    _ => return Seen::UNKNOWN,
                };
                out.push(flag.to_string());
            }
        }
        // Of other calls the names of flags are not Falco's.
        _ => return Seen::UNKNOWN,
    }
    Seen::owned(out.join("|").into_bytes())
}

pub(super) fn user(event: &Event, field: UserField) -> Seen<'_> {
    let actor = &event.actor;
    let uid = actor.euid.or(actor.uid);
    // The audit log always records the login user; what is not there is "unset".
    let unset = |text: &'static str| {
        let recorded = matches!(event.format.as_str(), "auditd" | "laurel") && event.facts.contains_key("syscall");
        if recorded { Seen::text(text) } else { Seen::UNKNOWN }
    };
    match field {
        UserField::Uid => uid.map_or(Seen::UNKNOWN, Seen::number),
        UserField::RealUid => actor.uid.map_or(Seen::UNKNOWN, Seen::number),
        UserField::Name => match (&actor.user, uid) {
            (Some(user), _) => Seen::text(user),
            (None, Some(0)) => Seen::text("root"),
            _ => Seen::UNKNOWN,
        },
        UserField::LoginUid => actor.auid.map_or_else(|| unset("-1"), Seen::number),
        UserField::AuditLoginUid => actor.auid.map_or_else(|| unset("4294967295"), Seen::number),
    }
}

/// Kinds of records that auditd writes of such an event.
pub(super) fn record_types(event: &Event) -> Seen<'_> {
    if !matches!(event.format.as_str(), "auditd" | "laurel") {
        return Seen::UNKNOWN;
    }
    if !event.facts.contains_key("syscall") {
        return event.fact("type").map_or(Seen::UNKNOWN, Seen::text);
    }
    let has = |kinds: &[ObjectKind]| event.objects.iter().any(|object| kinds.contains(&object.kind));
    let mut types = vec!["SYSCALL"];
    if event.action == Action::ProcessExec {
        types.push("EXECVE");
    }
    if event.actor.cwd.is_some() {
        types.push("CWD");
    }
    if event.objects.iter().any(|object| !matches!(object.kind, ObjectKind::Socket | ObjectKind::Process)) {
        types.push("PATH");
    }
    if has(&[ObjectKind::Socket]) {
        types.push("SOCKADDR");
    }
    if has(&[ObjectKind::Process]) {
        types.push("OBJ_PID");
    }
    if !event.actor.argv.is_empty() {
        types.push("PROCTITLE");
    }
    Seen::many(types.into_iter().map(|name| name.as_bytes().into()).collect(), Extent::All)
}

/// `a0`, `a1`, …: of the program where one was started, of the call otherwise.
pub(super) fn audit_argument(event: &Event, at: usize) -> Seen<'_> {
    /// Names of the facts of a call's arguments.
    const NAMES: [&str; 4] = ["a0", "a1", "a2", "a3"];
    if event.action == Action::ProcessExec {
        return match event.actor.argv.get(at) {
            Some(argument) => Seen::borrowed(argument.as_bytes()),
            None if event.actor.argv.is_empty() => Seen::UNKNOWN,
            None => Seen::ABSENT,
        };
    }
    NAMES.get(at).and_then(|name| event.fact(name)).map_or(Seen::UNKNOWN, Seen::text)
}

pub(super) fn program(event: &Event) -> Seen<'_> {
    match (event.fact("program"), &event.actor.comm) {
        (Some(program), _) => Seen::text(program),
        (None, Some(comm)) => Seen::borrowed(comm.as_bytes()),
        _ if event.format == "kernel" => Seen::text("kernel"),
        _ => Seen::UNKNOWN,
    }
}

/// What a search without a field looks through.
pub(super) fn everything(event: &Event) -> Seen<'_> {
    let mut texts: Vec<Cow<'_, [u8]>> = Vec::new();
    let message = event.fact("message");
    texts.extend(event.facts.iter().take(TEXTS_MAX).map(|(_, text)| Cow::from(text.as_bytes())));
    texts.extend(
        event.objects.iter().filter_map(|object: &Object| object.name.as_ref()).map(|name| name.0.as_slice().into()),
    );
    let actor = &event.actor;
    texts.extend([&actor.comm, &actor.exe, &actor.cwd].into_iter().flatten().map(|text| text.0.as_slice().into()));
    texts.extend(actor.user.iter().map(|user| user.as_bytes().into()));
    if !actor.argv.is_empty() {
        texts.push(actor.argv.iter().map(model::Bytes::as_bytes).collect::<Vec<_>>().join(&b' ').into());
    }
    // A message is the whole record; of other records events keep only what they mean.
    Seen::many(texts, if message.is_some() { Extent::All } else { Extent::AtLeast })
}
