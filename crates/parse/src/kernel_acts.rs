//! What a kernel function means, by its name: system calls, security hooks, and functions that sensors attach to.
//!
//! eBPF sensors report which function was called with which arguments. The same table serves all of them; they
//! differ only in how they write arguments, which their formats bring into [`Arguments`].

mod bits;
mod table;

use std::borrow::Cow;

use model::{Action, Bytes, Event, Object, ObjectKind, Outcome, Role};

use crate::{
    formats::auditd::flags::{self, MountAct},
    syscalls::Arch,
};
pub(crate) use bits::bits;

/// Where in the kernel a function stands: it decides what its return value proves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// A system call: its return value is the call's.
    Call,
    /// A security hook: a refusal is a failure, an approval proves nothing yet.
    Check,
    /// Any other function: it did what it is named after, unless it returned an error.
    Inside,
}

/// How the act of a function is read from its arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// One object, and an action that the name alone decides.
    Plain(Action),
    /// The same, on a directory.
    OnDirectory(Action),
    /// From one name to another.
    FromTo(Action),
    /// The flags say whether it reads or writes.
    Open,
    /// The mask says so.
    Permission,
    /// Protection and sharing say so.
    Map,
    Mount,
    Symlink,
    Execute,
    Mknod,
    /// New permission bits.
    Chmod,
    Setns,
    Unshare,
    Clone,
    Signal,
    Ptrace,
    Socket(Action),
    Module,
    Bpf,
}

/// A function, as far as its meaning is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Function<'a> {
    /// Its name without the prefixes of architecture and hook: `openat`, `file_permission`.
    pub name: &'a str,
    pub place: Place,
    /// `None`: no action of the model.
    pub kind: Option<Kind>,
}

/// Prefixes of system calls' entry points on the architectures that sensors run on.
const CALL_PREFIXES: &[&str] = &[
    "__x64_sys_",
    "__arm64_sys_",
    "__ia32_compat_sys_",
    "__ia32_sys_",
    "__s390x_sys_",
    "__riscv_sys_",
    "__sys_",
    "__se_sys_",
    "ksys_",
    "do_sys_",
    "sys_enter_",
    "sys_exit_",
    "sys_",
];

impl<'a> Function<'a> {
    /// A function as a sensor names it: `__x64_sys_openat`, `security_file_permission`, `tcp_connect`.
    pub fn of(full: &'a str) -> Self {
        if let Some(name) = CALL_PREFIXES.iter().find_map(|prefix| full.strip_prefix(prefix)) {
            return Self { name, place: Place::Call, kind: table::of(name) };
        }
        match full.strip_prefix("security_").or_else(|| full.strip_prefix("bpf_lsm_")) {
            Some(name) => Self::hook(name),
            None => Self { name: full, place: Place::Inside, kind: table::of(full) },
        }
    }

    /// A security hook by its own name: `file_open`.
    pub fn hook(name: &'a str) -> Self {
        Self { name, place: Place::Check, kind: table::of(name) }
    }

    /// An event as Tracee names it: a system call or hook by its own name, or an event of Tracee's.
    pub fn event(name: &'a str) -> Self {
        if table::is_call(name) { Self::call(name) } else { Self::of(name) }
    }

    /// A system call by its own name.
    pub fn call(name: &'a str) -> Self {
        Self { name, place: Place::Call, kind: table::of(name) }
    }

    /// What a return value proves.
    pub fn outcome(&self, returned: Option<i64>) -> Outcome {
        match (self.place, returned) {
            (_, Some(value)) if (-4095..0).contains(&value) => Outcome::Failed { code: Some(-value) },
            (Place::Call | Place::Inside, Some(_)) => Outcome::Succeeded,
            _ => Outcome::Unknown,
        }
    }
}

/// The arguments of a function, whatever the sensor calls them.
#[derive(Debug, Default)]
pub(crate) struct Arguments<'a> {
    pub target: Option<Cow<'a, str>>,
    pub source: Option<Cow<'a, str>>,
    pub file_system: Option<Cow<'a, str>>,
    /// A directory descriptor that the target is relative to.
    pub dirfd: Option<i64>,
    /// Open, mount, clone or namespace flags; a mask; a protection.
    pub flags: Option<i64>,
    /// Mode bits; the sharing of a mapping.
    pub mode: Option<i64>,
    pub rdev: Option<i64>,
    /// A command, request or signal number.
    pub number: Option<i64>,
    pub descriptor: Option<i64>,
    /// A process, as the caller numbers it.
    pub pid: Option<i64>,
    pub socket: Option<String>,
    pub arch: Option<Arch>,
}

/// Fills action, objects and facts of an event from a function and its arguments.
pub(crate) fn apply(kind: Kind, arguments: &Arguments<'_>, event: &mut Event) {
    event.action = match kind {
        Kind::Plain(action) | Kind::OnDirectory(action) | Kind::FromTo(action) | Kind::Socket(action) => action,
        Kind::Open => open(arguments, event),
        Kind::Permission => permission(arguments, event),
        Kind::Map => map(arguments),
        Kind::Mount => mount(arguments, event),
        Kind::Symlink => Action::FileSymlink,
        Kind::Execute => Action::ProcessExec,
        Kind::Mknod => mknod(arguments, event),
        Kind::Chmod => {
            if let Some(mode) = arguments.mode {
                fact(event, "mode", format!("0{:o}", mode & 0o7777));
            }
            Action::FileMetadata
        }
        Kind::Setns | Kind::Unshare | Kind::Clone => namespace(kind, arguments, event),
        Kind::Signal => {
            number(event, "sig", arguments.number);
            Action::ProcessSignal
        }
        Kind::Ptrace => {
            if let Some(request) = arguments.number {
                fact(event, "request", flags::ptrace(low(request)));
            }
            Action::ProcessPtrace
        }
        Kind::Module => Action::ModuleLoad,
        // BPF_PROG_LOAD.
        Kind::Bpf if arguments.number == Some(5) => Action::BpfLoad,
        Kind::Bpf => Action::Other,
    };
    objects(kind, arguments, event);
}

fn objects(kind: Kind, arguments: &Arguments<'_>, event: &mut Event) {
    let of = match kind {
        Kind::OnDirectory(_) => ObjectKind::Directory,
        Kind::Module if !arguments.target.as_deref().is_some_and(|name| name.starts_with('/')) => ObjectKind::Module,
        Kind::Symlink => ObjectKind::Symlink,
        _ => ObjectKind::File,
    };
    if let (Kind::Symlink, Some(text)) = (kind, &arguments.source) {
        fact(event, "link_text", text.to_string());
    } else if let Some(source) = &arguments.source {
        let name = absolute(source, arguments.dirfd, event);
        let source = Object { name: Some(name), ..Object::new(Role::Source, ObjectKind::File) };
        event.objects.push(source);
    }
    if let Some(target) = &arguments.target {
        let name =
            if of == ObjectKind::Module { Bytes::from(&**target) } else { absolute(target, arguments.dirfd, event) };
        let mut target = Object { name: Some(name), ..Object::new(Role::Target, of) };
        if kind == Kind::Mknod {
            target.rdev = arguments.rdev.map(device);
        }
        event.objects.push(target);
    }
    if let Some(address) = &arguments.socket {
        let name = Some(Bytes::from(address.as_str()));
        event.objects.push(Object { name, ..Object::new(Role::Target, ObjectKind::Socket) });
    }
    // As the caller's own pid namespace numbers it: in a container, 1 is not the host's 1.
    number(event, "target_pid", arguments.pid);
    if let Some(file_system) = &arguments.file_system {
        fact(event, "fstype", file_system.to_string());
    }
}

/// A relative name starts at the working directory, unless a descriptor says where.
fn absolute(name: &str, dirfd: Option<i64>, event: &mut Event) -> Bytes {
    /// `AT_FDCWD`.
    const WORKING_DIRECTORY: i64 = -100;
    if name.starts_with('/') {
        return Bytes::from(name);
    }
    match (dirfd, &event.actor.cwd) {
        (None | Some(WORKING_DIRECTORY), Some(cwd)) if cwd.0.starts_with(b"/") => {
            let mut path = cwd.0.clone();
            if !path.ends_with(b"/") {
                path.push(b'/');
            }
            path.extend_from_slice(name.strip_prefix("./").unwrap_or(name).as_bytes());
            Bytes(path)
        }
        (Some(descriptor), _) if descriptor != WORKING_DIRECTORY => {
            fact(event, "dirfd", descriptor.to_string());
            Bytes::from(name)
        }
        _ => Bytes::from(name),
    }
}

fn open(arguments: &Arguments<'_>, event: &mut Event) -> Action {
    let Some(bits) = arguments.flags else {
        fact(event, "access", "unknown".to_string());
        return Action::Other;
    };
    let open = flags::open(arguments.arch.unwrap_or(Arch::X86_64), low(bits));
    fact(event, "access", open.access().to_string());
    if !open.list().is_empty() {
        fact(event, "open_flags", open.list());
    }
    match open {
        open if open.temporary => Action::FileCreate,
        open if open.write => Action::FileWrite,
        open if open.read => Action::FileRead,
        _ => Action::Other,
    }
}

/// `MAY_EXEC` 1, `MAY_WRITE` 2, `MAY_READ` 4, `MAY_APPEND` 8. Source: Linux `include/linux/fs.h`.
fn permission(arguments: &Arguments<'_>, event: &mut Event) -> Action {
    let (action, access) = match arguments.flags {
        Some(mask) if mask & (2 | 8) != 0 => (Action::FileWrite, "write"),
        Some(mask) if mask & 4 != 0 => (Action::FileRead, "read"),
        Some(mask) if mask & 1 != 0 => (Action::Other, "execute"),
        _ => (Action::Other, "unknown"),
    };
    fact(event, "access", access.to_string());
    action
}

/// A shared mapping that may be written changes the file; every other one that may be read reads it.
fn map(arguments: &Arguments<'_>) -> Action {
    match (arguments.flags, arguments.mode) {
        (Some(protection), Some(sharing)) if protection & 2 != 0 && sharing & 1 != 0 => Action::FileWrite,
        (Some(protection), _) if protection & 1 != 0 => Action::FileRead,
        _ => Action::Other,
    }
}

fn mount(arguments: &Arguments<'_>, event: &mut Event) -> Action {
    let Some(bits) = arguments.flags else { return Action::MountAttach };
    let names = flags::mount(low(bits));
    if !names.is_empty() {
        fact(event, "flags", names);
    }
    if flags::mount_act(low(bits)) == MountAct::Change { Action::Other } else { Action::MountAttach }
}

fn mknod(arguments: &Arguments<'_>, event: &mut Event) -> Action {
    let Some(mode) = arguments.mode else { return Action::Other };
    fact(event, "mode", format!("0{:o}", mode & 0o177_777));
    match mode & 0o170_000 {
        0o020_000 | 0o060_000 => Action::DeviceCreate,
        _ => Action::FileCreate,
    }
}

fn namespace(kind: Kind, arguments: &Arguments<'_>, event: &mut Event) -> Action {
    let hex = |value: i64| format!("{:x}", low(value));
    match kind {
        Kind::Setns => {
            if let Some(descriptor) = arguments.descriptor {
                fact(event, "a0", hex(descriptor));
            }
            if let Some(types) = arguments.flags {
                fact(event, "a1", hex(types));
                let names = flags::namespaces(low(types));
                fact(event, "namespaces", if names.is_empty() { "any".to_string() } else { names });
            }
            Action::NamespaceEnter
        }
        _ => {
            let names = arguments.flags.map(|bits| match kind {
                Kind::Clone => flags::clone_namespaces(low(bits)),
                _ => flags::namespaces(low(bits)),
            });
            let none = names.as_deref() == Some("");
            if let Some(names) = names.filter(|names| !names.is_empty()) {
                fact(event, "namespaces", names);
            }
            match kind {
                Kind::Clone => Action::ProcessFork,
                _ if none => Action::Other,
                _ => Action::NamespaceCreate,
            }
        }
    }
}

/// The low half, where the kernel looks for flags.
fn low(value: i64) -> u64 {
    value.cast_unsigned() & 0xffff_ffff
}

/// A device number as mknod(2) takes it.
fn device(number: i64) -> model::Device {
    let part = |value: u64| u32::try_from(value & 0xffff_ffff).unwrap_or(0);
    let number = number.cast_unsigned();
    model::Device { major: part((number & 0xfff00) >> 8), minor: part((number & 0xff) | ((number >> 12) & 0xfff00)) }
}

fn number(event: &mut Event, name: &str, value: Option<i64>) {
    if let Some(value) = value {
        fact(event, name, value.to_string());
    }
}

fn fact(event: &mut Event, name: &str, value: String) {
    event.facts.insert(name, value);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_their_prefixes_and_keep_their_place() {
        for name in ["__x64_sys_openat", "__arm64_sys_openat", "sys_enter_openat", "sys_openat"] {
            let function = Function::of(name);
            assert_eq!((function.name, function.place, function.kind), ("openat", Place::Call, Some(Kind::Open)));
        }
        assert_eq!(Function::of("security_file_permission").kind, Some(Kind::Permission));
        assert_eq!(Function::of("do_init_module").kind, Some(Kind::Module));
        assert_eq!(Function::of("no_such_function").kind, None);
    }

    #[test]
    fn an_approval_proves_nothing_a_refusal_does() {
        assert_eq!(Function::of("security_file_open").outcome(Some(0)), Outcome::Unknown);
        assert_eq!(Function::of("security_file_open").outcome(Some(-1)), Outcome::Failed { code: Some(1) });
        assert_eq!(Function::of("__x64_sys_openat").outcome(Some(3)), Outcome::Succeeded);
        assert_eq!(Function::of("__x64_sys_openat").outcome(None), Outcome::Unknown);
    }
}
