//! What the records of one event say together.

use std::sync::OnceLock;

use memchr::memmem::Finder;
use model::{Action, Actor, Bytes, Event, EventId, Object, ObjectKind, Outcome, Problem, ProblemKind, Role};

use super::{
    assemble::{Kind, OpenEvent, Record},
    calls::{self, Call, Changed, Meaning},
    clock, execve,
    fields::{Fields, device_number, id, is_torn, plain, untrusted, untrusted_bytes},
    flags::{self, MountAct},
    objects,
    paths::{self, Bases, NameType, Shape},
};
use crate::{
    Batch,
    syscalls::Arch,
    text::{hex_number, lossless, number, octal, signed},
};

/// Facts of an event.
pub(super) use model::Facts;

/// Reads a closed event and appends its drafts and problems.
pub(super) fn interpret(host: Option<&str>, event: &OpenEvent, out: &mut Batch) {
    let Some(first) = event.records.first() else { return };
    if event.records.iter().all(|record| record.kind == Kind::EndOfEvent) {
        return;
    }
    let id = EventId::new(first.address.source, first.address.offset, 0);
    let mut draft = Event::draft(id, event.time, "auditd", Action::Other);
    draft.host = host.map(str::to_string);
    draft.serial = Some(event.serial);
    draft.addresses = event.records.iter().map(|record| record.address).collect();
    let main = event.records.iter().find(|record| matches!(record.kind, Kind::Syscall | Kind::UringOp));
    let extra = match main {
        Some(record) => system_call(event, record, &mut draft, &mut out.problems),
        None => super::message::interpret(event, &mut draft, &mut out.problems),
    };
    out.drafts.push(draft);
    if let Some(extra) = extra {
        let part = EventId::new(first.address.source, first.address.offset, 1);
        out.drafts.push(Event { id: part, ..extra });
    }
}

/// `items=` of a system call record: how many `PATH` records belong to it.
pub(super) fn declared_items(body: &[u8]) -> u32 {
    static ITEMS: OnceLock<Finder<'static>> = OnceLock::new();
    let finder = ITEMS.get_or_init(|| Finder::new(" items="));
    let Some(at) = finder.find(body) else { return 0 };
    let digits = &body[at + 7..];
    let end = digits.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(digits.len());
    number(&digits[..end]).and_then(|items| u32::try_from(items).ok()).unwrap_or(0)
}

/// The fields of a `SYSCALL` (or `URINGOP`) record that decide what the event is.
#[derive(Default)]
struct SystemCall<'a> {
    arch: Option<u64>,
    number: Option<u64>,
    uring: Option<u64>,
    success: Option<bool>,
    exit: Option<i64>,
    arguments: [Option<u64>; 4],
    key: Option<&'a [u8]>,
    subject: Option<&'a [u8]>,
    torn: bool,
}

impl<'a> SystemCall<'a> {
    fn read(body: &'a [u8], actor: &mut Actor) -> Self {
        let mut call = Self::default();
        for (name, value) in Fields::of(body) {
            match name {
                b"arch" => call.arch = hex_number(value),
                b"syscall" => call.number = number(value),
                b"uring_op" => call.uring = number(value),
                b"success" => {
                    call.success = [(&b"yes"[..], true), (b"no", false)].iter().find(|s| s.0 == value).map(|s| s.1)
                }
                b"exit" => call.exit = signed(value),
                b"a0" => call.arguments[0] = hex_number(value),
                b"a1" => call.arguments[1] = hex_number(value),
                b"a2" => call.arguments[2] = hex_number(value),
                b"a3" => call.arguments[3] = hex_number(value),
                b"key" => {
                    call.torn |= is_torn(value);
                    call.key = Some(value);
                }
                b"subj" => call.subject = plain(value),
                _ => call.torn |= actor_field(actor, name, value),
            }
        }
        call
    }

    fn outcome(&self) -> Outcome {
        /// A connect that goes on, and calls that a signal interrupted to begin anew: not decided yet.
        const UNDECIDED: &[i64] = &[-115, -512, -513, -514, -516];
        match (self.success, self.exit) {
            (_, Some(exit)) if UNDECIDED.contains(&exit) => Outcome::Unknown,
            (Some(true), _) => Outcome::Succeeded,
            (Some(false), Some(exit)) if exit < 0 => Outcome::Failed { code: Some(-exit) },
            (Some(false), _) => Outcome::Failed { code: None },
            (None, Some(exit)) if (-4095..0).contains(&exit) => Outcome::Failed { code: Some(-exit) },
            (None, Some(_)) => Outcome::Succeeded,
            (None, None) => Outcome::Unknown,
        }
    }
}

/// Reads a field that says who acted; gives whether its value breaks off.
pub(super) fn actor_field(actor: &mut Actor, name: &[u8], value: &[u8]) -> bool {
    match name {
        b"pid" => actor.pid = id(value),
        b"ppid" => actor.ppid = id(value),
        b"uid" => actor.uid = id(value),
        b"euid" => actor.euid = id(value),
        b"auid" => actor.auid = id(value),
        b"ses" => actor.session = id(value),
        b"comm" => actor.comm = untrusted_bytes(value),
        b"exe" => actor.exe = untrusted_bytes(value),
        _ => return false,
    }
    is_torn(value)
}

/// Fills a draft from a system call; gives a second event where the call did two things.
fn system_call(event: &OpenEvent, record: &Record, draft: &mut Event, problems: &mut Vec<Problem>) -> Option<Event> {
    let body = event.body(record);
    let call = SystemCall::read(body, &mut draft.actor);
    draft.outcome = call.outcome();
    let mut torn = call.torn;
    let arch = call.arch.and_then(Arch::from_audit);
    let meaning = meaning(&call, arch, body);
    common_facts(&call, arch, meaning, draft);
    exe_deleted(draft);
    let cwd = event.of(Kind::Cwd).next().and_then(|record| working_directory(event.body(record), &mut torn));
    if let Some(arguments) = execve::arguments(event, record.address, problems) {
        draft.actor.argv = arguments;
    } else if let Some(title) = event.of(Kind::Proctitle).next() {
        let value = Fields::of(event.body(title)).find(|field| field.0 == b"proctitle").map(|field| field.1);
        draft.actor.argv = value.map(execve::from_title).unwrap_or_default();
    }
    let items = paths::items(event, &mut torn);
    let missing = i64::from(declared_items(body)) - i64::try_from(items.len()).unwrap_or(i64::MAX);
    if missing > 0 {
        let text = format!("{missing} of the {} PATH records of this event are missing", declared_items(body));
        problems.push(Problem { kind: ProblemKind::Incomplete, address: record.address, text });
    }
    if torn {
        let text = "a record of this event breaks off inside a value, which was not used".to_string();
        problems.push(Problem { kind: ProblemKind::Torn, address: record.address, text });
    }
    let context = Context { event, call: &call, arch, cwd: cwd.as_deref(), created: creates(&items), meaning };
    let shape = context.act(draft);
    if let Some(meaning) = meaning {
        clock::call(meaning.name, &call.arguments, draft);
    }
    let reading = paths::read(shape, items, &context.bases());
    draft.objects = reading.objects;
    objects::from_records(event, draft);
    for (name, dirfd) in [("dirfd", reading.dirfd), ("source_dirfd", reading.source_dirfd)] {
        if let Some(dirfd) = dirfd {
            fact(&mut draft.facts, name, (dirfd & 0xffff_ffff).to_string());
        }
    }
    if let Some(text) = reading.link_text {
        fact(&mut draft.facts, "link_text", text.to_text());
    }
    context.finish_objects(draft);
    draft.actor.cwd = cwd.map(Bytes);
    second_event(draft, reading.exchanged)
}

fn meaning(call: &SystemCall<'_>, arch: Option<Arch>, body: &[u8]) -> Option<Meaning> {
    if let Some(operation) = call.uring {
        return super::message::uring_operation(operation).map(calls::by_name);
    }
    match (arch, call.number) {
        (Some(arch), Some(number)) => calls::meaning(arch, number),
        // An architecture without a table: the name that an enriched log looked up is a second opinion.
        (None, Some(_)) => {
            let name = enriched(body, b"SYSCALL=")?;
            let known = Arch::X86_64.table().iter().chain(Arch::Aarch64.table());
            known.map(|entry| entry.1).find(|known| known.as_bytes() == name).map(calls::by_name)
        }
        _ => None,
    }
}

/// A value of the enrichment behind byte 0x1D.
fn enriched<'a>(body: &'a [u8], key: &[u8]) -> Option<&'a [u8]> {
    let start = memchr::memchr(0x1d, body)?;
    let rest = &body[start + 1..];
    rest.split(|&byte| byte == b' ').find_map(|field| field.strip_prefix(key))
}

fn common_facts(call: &SystemCall<'_>, arch: Option<Arch>, meaning: Option<Meaning>, draft: &mut Event) {
    let facts = &mut draft.facts;
    match (meaning, call.number, call.uring) {
        (Some(meaning), _, uring) => {
            fact(facts, "syscall", meaning.name.to_string());
            if let Some(operation) = uring {
                fact(facts, "uring_op", operation.to_string());
            }
        }
        (None, Some(number), _) => fact(facts, "syscall", number.to_string()),
        (None, None, Some(operation)) => fact(facts, "uring_op", operation.to_string()),
        (None, None, None) => {}
    }
    match (arch, call.arch) {
        (Some(Arch::X86_64), _) | (None, None) => {}
        (Some(arch), _) => fact(facts, "arch", arch.name().to_string()),
        (None, Some(number)) => fact(facts, "arch", format!("{number:x}")),
    }
    if let Some(keys) = call.key.and_then(untrusted) {
        fact(facts, "key", lossless(&keys).replace('\u{1}', ","));
    }
    if let Some(subject) = call.subject.filter(|subject| !matches!(*subject, b"unconfined" | b"=unconfined")) {
        fact(facts, "subj", lossless(subject));
    }
}

/// `exe="/tmp/x (deleted)"`: the path without the kernel's remark, which becomes a fact.
fn exe_deleted(draft: &mut Event) {
    let Some(exe) = draft.actor.exe.as_mut() else { return };
    if let Some(path) = exe.0.strip_suffix(b" (deleted)").map(<[u8]>::to_vec) {
        exe.0 = path;
        fact(&mut draft.facts, "exe_deleted", "yes".to_string());
    }
}

fn working_directory(body: &[u8], torn: &mut bool) -> Option<Vec<u8>> {
    let value = Fields::of(body).find(|field| field.0 == b"cwd")?.1;
    *torn |= is_torn(value);
    untrusted(value)
}

fn creates(items: &[paths::Item]) -> bool {
    items.iter().any(|item| item.name_type == NameType::Create)
}

/// The second of two events that one call makes: a namespace made by clone, or the way back of an exchange.
fn second_event(draft: &mut Event, exchanged: Vec<Object>) -> Option<Event> {
    if !exchanged.is_empty() {
        fact(&mut draft.facts, "exchange", "yes".to_string());
        draft.objects.retain(|object| matches!(object.role, Role::Source | Role::Target));
        return Some(Event { objects: exchanged, ..draft.clone() });
    }
    if draft.action == Action::ProcessFork && draft.facts.contains_key("namespaces") {
        return Some(Event { action: Action::NamespaceCreate, ..draft.clone() });
    }
    None
}

pub(super) fn fact(facts: &mut Facts, name: &str, value: String) {
    facts.insert(name, value);
}

/// An event whose action is being decided.
struct Context<'a> {
    event: &'a OpenEvent,
    call: &'a SystemCall<'a>,
    arch: Option<Arch>,
    cwd: Option<&'a [u8]>,
    /// Whether a `PATH` item says that a name came into being.
    created: bool,
    meaning: Option<Meaning>,
}

impl<'a> Context<'a> {
    fn argument(&self, at: usize) -> Option<u64> {
        self.call.arguments.get(at).copied().flatten()
    }

    fn bases(&self) -> Bases<'a> {
        /// `AT_FDCWD` (-100) as a 32-bit number; programs pass it sign-extended or not.
        const WORKING_DIRECTORY: u64 = 0xffff_ff9c;
        let dir = |at: Option<usize>| {
            at.and_then(|at| self.argument(at)).filter(|descriptor| descriptor & 0xffff_ffff != WORKING_DIRECTORY)
        };
        let meaning = self.meaning.as_ref();
        Bases {
            cwd: self.cwd,
            target_dir: dir(meaning.and_then(|meaning| meaning.target_dir)),
            source_dir: dir(meaning.and_then(|meaning| meaning.source_dir)),
        }
    }

    /// Sets the action and its facts; says how the `PATH` records are to be read.
    fn act(&self, draft: &mut Event) -> Shape {
        let Some(meaning) = self.meaning else {
            self.keep_arguments(draft);
            return Shape::One;
        };
        let facts = &mut draft.facts;
        let (action, shape) = match meaning.call {
            Call::Open(at) => (self.open(self.argument(at), facts), Shape::One),
            Call::Openat2 => (self.open(self.openat2_flags(), facts), Shape::One),
            Call::Creat => (self.open(Some(0o1101), facts), Shape::One),
            Call::Execute => (Action::ProcessExec, Shape::Execute),
            Call::Fork | Call::Clone | Call::Clone3 => (self.fork(meaning.call, facts), Shape::One),
            Call::Exit => {
                self.keep(facts, 0);
                (Action::ProcessExit, Shape::One)
            }
            Call::Chroot => (Action::ProcessChroot, Shape::One),
            Call::Chdir => {
                self.keep(facts, 0);
                (Action::ProcessChdir, Shape::One)
            }
            Call::Credentials => {
                self.keep_all(facts);
                (Action::ProcessCredentials, Shape::One)
            }
            Call::Setns | Call::Unshare => (self.namespace(meaning.call, facts), Shape::One),
            Call::Mount | Call::MoveMount | Call::OpenTree | Call::Unmount | Call::PivotRoot => {
                self.mount(meaning.call, facts)
            }
            Call::Rename => (Action::FileRename, Shape::Rename),
            Call::Link => (Action::FileLink, Shape::Link),
            Call::Symlink => (Action::FileSymlink, Shape::Symlink),
            Call::Unlink | Call::Unlinkat | Call::Rmdir => (self.remove(meaning.call), Shape::One),
            Call::Mkdir => (Action::DirectoryCreate, Shape::One),
            Call::Mknod(mode) => (self.make_node(mode, facts), Shape::One),
            Call::Truncate | Call::Fallocate => {
                self.keep(facts, 1);
                (Action::FileTruncate, Shape::One)
            }
            Call::Metadata(changed) => (self.metadata(changed, facts), Shape::One),
            Call::HandleOpen => {
                self.open_facts(self.argument(2), facts);
                (Action::HandleOpen, Shape::One)
            }
            _ => (self.process_or_other(meaning.call, facts), Shape::One),
        };
        draft.action = action;
        shape
    }

    fn process_or_other(&self, call: Call, facts: &mut Facts) -> Action {
        match call {
            Call::Signal(at) => {
                fact_number(facts, "sig", self.argument(at).map(|signal| signal & 0xffff_ffff));
                Action::ProcessSignal
            }
            Call::Ptrace => {
                if let Some(request) = self.argument(0) {
                    fact(facts, "request", flags::ptrace(request & 0xffff_ffff));
                }
                self.keep_all(facts);
                Action::ProcessPtrace
            }
            Call::ProcessMemory => {
                self.keep_all(facts);
                Action::ProcessPtrace
            }
            Call::ModuleLoad => Action::ModuleLoad,
            Call::Bpf => {
                self.keep(facts, 0);
                if self.argument(0) == Some(5) { Action::BpfLoad } else { Action::Other }
            }
            Call::Connect => Action::SocketConnect,
            Call::Bind => Action::SocketBind,
            Call::Socketcall => {
                self.keep_all(facts);
                match self.argument(0) {
                    Some(2 | 4) => Action::SocketBind,
                    Some(3) => Action::SocketConnect,
                    _ => Action::Other,
                }
            }
            Call::Socket => {
                if let Some(family) = self.argument(0) {
                    fact(facts, "family", flags::family(family & 0xffff_ffff));
                }
                self.keep_all(facts);
                Action::Other
            }
            // FS_IOC_SETFLAGS (both widths) and FS_IOC_FSSETXATTR: chattr.
            Call::Ioctl if matches!(self.argument(1), Some(0x4008_6602 | 0x4004_6602 | 0x401c_5820)) => {
                self.keep(facts, 1);
                Action::FileMetadata
            }
            Call::Watched | Call::Ioctl => {
                self.keep_all(facts);
                if let Some(exit) = self.call.exit {
                    fact(facts, "exit", exit.to_string());
                }
                Action::Other
            }
            _ => Action::Other,
        }
    }

    fn open_facts(&self, flags: Option<u64>, facts: &mut Facts) -> Option<flags::OpenFlags> {
        if let Some(exit) = self.call.exit.filter(|&exit| exit >= 0) {
            fact(facts, "exit", exit.to_string());
        }
        let open = flags::open(self.arch.unwrap_or(Arch::X86_64), flags?);
        fact(facts, "access", open.access().to_string());
        let list = open.list();
        if !list.is_empty() {
            fact(facts, "open_flags", list);
        }
        Some(open)
    }

    /// An open writes, reads, or only makes a handle; a created target decides before the access mode.
    fn open(&self, flags: Option<u64>, facts: &mut Facts) -> Action {
        let open = self.open_facts(flags, facts);
        let succeeded_or_unknown = !matches!(self.call.success, Some(false));
        if self.created && succeeded_or_unknown && open.is_none_or(|open| open.create || open.temporary) {
            return Action::FileCreate;
        }
        match open {
            Some(open) if open.temporary => Action::FileCreate,
            Some(open) if open.write => Action::FileWrite,
            Some(open) if open.read => Action::FileRead,
            // Flags that the record does not hold (openat2, io_uring): what it asked for is unknown.
            _ => Action::Other,
        }
    }

    /// `OPENAT2`: `oflag=0100101 mode=0600 resolve=0x…`.
    fn openat2_flags(&self) -> Option<u64> {
        let record = self.event.of(Kind::Openat2).next()?;
        let value = Fields::of(self.event.body(record)).find(|field| field.0 == b"oflag")?.1;
        octal(value).map(u64::from)
    }

    fn fork(&self, call: Call, facts: &mut Facts) -> Action {
        if let Some(exit) = self.call.exit {
            fact(facts, "exit", exit.to_string());
        }
        if let (Call::Clone, Some(flags)) = (call, self.argument(0)) {
            let (shared, namespaces) = (flags::clone(flags), flags::clone_namespaces(flags));
            if !shared.is_empty() {
                fact(facts, "flags", shared);
            }
            if !namespaces.is_empty() {
                fact(facts, "namespaces", namespaces);
            }
        }
        Action::ProcessFork
    }

    fn namespace(&self, call: Call, facts: &mut Facts) -> Action {
        let flags = self.argument(if call == Call::Setns { 1 } else { 0 });
        self.keep(facts, 0);
        if call == Call::Setns {
            self.keep(facts, 1);
        }
        let list = flags.map(flags::namespaces);
        match (call, list.as_deref()) {
            // Any type: the descriptor decides, and no record names it.
            (Call::Setns, Some("")) => fact(facts, "namespaces", "any".to_string()),
            (_, Some("") | None) => {}
            (_, Some(list)) => fact(facts, "namespaces", list.to_string()),
        }
        match call {
            Call::Setns => Action::NamespaceEnter,
            // Only shared tables are given up (CLONE_FS, CLONE_FILES): no namespace.
            _ if list.as_deref() == Some("") => Action::Other,
            _ => Action::NamespaceCreate,
        }
    }

    fn mount(&self, call: Call, facts: &mut Facts) -> (Action, Shape) {
        match call {
            Call::Mount => {
                let Some(flags) = self.argument(3) else { return (Action::MountAttach, Shape::Mount) };
                fact(facts, "flags", flags::mount(flags & 0xffff_ffff));
                match flags::mount_act(flags & 0xffff_ffff) {
                    MountAct::Bind => (Action::MountAttach, Shape::Bind),
                    MountAct::New => (Action::MountAttach, Shape::Mount),
                    MountAct::Change => (Action::Other, Shape::One),
                }
            }
            Call::MoveMount => (Action::MountAttach, Shape::MoveMount),
            Call::OpenTree => {
                let flags = self.argument(2).unwrap_or(0);
                fact(facts, "flags", flags::open_tree(flags));
                (if flags & 1 != 0 { Action::MountAttach } else { Action::Other }, Shape::Source)
            }
            Call::PivotRoot => (Action::MountPivot, Shape::Pivot),
            _ => {
                if self.meaning.is_some_and(|meaning| meaning.name == "umount2") {
                    let flags = flags::unmount(self.argument(1).unwrap_or(0) & 0xffff_ffff);
                    if !flags.is_empty() {
                        fact(facts, "flags", flags);
                    }
                }
                (Action::MountDetach, Shape::One)
            }
        }
    }

    fn remove(&self, call: Call) -> Action {
        /// `AT_REMOVEDIR`.
        const DIRECTORY: u64 = 0x200;
        let directory = match call {
            Call::Rmdir => true,
            Call::Unlinkat => self.argument(2).is_some_and(|flags| flags & DIRECTORY != 0),
            _ => false,
        };
        if directory { Action::DirectoryDelete } else { Action::FileDelete }
    }

    fn make_node(&self, mode: usize, facts: &mut Facts) -> Action {
        let Some(bits) = self.argument(mode) else { return Action::Other };
        fact(facts, "mode", format!("0{:o}", bits & 0o177_777));
        fact_hex(facts, "rdev", self.argument(mode + 1));
        match bits & 0o170_000 {
            0o020_000 | 0o060_000 => Action::DeviceCreate,
            _ => Action::FileCreate,
        }
    }

    fn metadata(&self, changed: Changed, facts: &mut Facts) -> Action {
        match changed {
            Changed::Mode(at) => {
                if let Some(mode) = self.argument(at) {
                    fact(facts, "mode", format!("0{:o}", mode & 0o7777));
                }
            }
            Changed::Owner(at) => {
                for (name, value) in [("uid", self.argument(at)), ("gid", self.argument(at + 1))] {
                    // -1 leaves the owner or group as it is.
                    fact_number(facts, name, value.map(|id| id & 0xffff_ffff).filter(|&id| id != 0xffff_ffff));
                }
            }
            Changed::Rest => {}
        }
        Action::FileMetadata
    }

    /// What the call itself says of objects that the `PATH` records leave open.
    fn finish_objects(&self, draft: &mut Event) {
        let Some(meaning) = self.meaning else { return };
        // unlinkat's flags are not always recorded (io_uring); the removed item's mode is.
        if draft.action == Action::FileDelete
            && draft.object(Role::Target).is_some_and(|target| target.kind == ObjectKind::Directory)
        {
            draft.action = Action::DirectoryDelete;
        }
        let temporary = draft.facts.get("open_flags").is_some_and(|flags| flags.contains("tmpfile"));
        let directory = matches!(meaning.call, Call::Chroot | Call::Chdir)
            || draft.facts.get("open_flags").is_some_and(|flags| flags.contains("directory")) && !temporary;
        let rdev = match meaning.call {
            Call::Mknod(mode) if draft.action == Action::DeviceCreate => self.argument(mode + 1).map(device_number),
            _ => None,
        };
        for object in draft.objects.iter_mut().filter(|object| object.role == Role::Target) {
            if directory && object.mode.is_none() {
                object.kind = ObjectKind::Directory;
            }
            if object.rdev.is_none() {
                object.rdev = rdev;
            }
            // The item of a file without a name bears the name of the directory it was made in.
            if temporary && object.mode.is_none_or(|mode| mode & 0o170_000 == 0o100_000) {
                object.name = None;
                object.created = true;
            }
        }
    }

    fn keep(&self, facts: &mut Facts, at: usize) {
        const NAMES: [&str; 4] = ["a0", "a1", "a2", "a3"];
        fact_hex(facts, NAMES[at], self.argument(at));
    }

    fn keep_all(&self, facts: &mut Facts) {
        (0..4).for_each(|at| self.keep(facts, at));
    }

    fn keep_arguments(&self, draft: &mut Event) {
        self.keep_all(&mut draft.facts);
    }
}

fn fact_number(facts: &mut Facts, name: &str, value: Option<u64>) {
    if let Some(value) = value {
        fact(facts, name, value.to_string());
    }
}

fn fact_hex(facts: &mut Facts, name: &str, value: Option<u64>) {
    if let Some(value) = value {
        fact(facts, name, format!("{value:x}"));
    }
}
