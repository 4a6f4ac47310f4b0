//! What was done: functions, tracepoints and security hooks with their arguments.

use std::borrow::Cow;

use model::{Action, Event, Outcome};

use super::{Batch, fact, node_fact, problem};
use crate::{
    json_tree::Node,
    kernel_acts::{self, Arguments, Function, Kind, Place},
    syscalls::{self, Arch},
};

/// Arguments that are looked at; a policy can select five, tracepoints a few more.
const ARGUMENTS_MAX: usize = 16;

/// Reads an event of a kernel function.
pub(super) fn read(kind: &str, body: &Node<'_>, event: &mut Event, out: &mut Batch) {
    probe_facts(body, event);
    let args = Positional::of(body.get("args"));
    if args.incomplete {
        problem(event, out, "Tetragon could not resolve the whole path (`unresolvedPathComponents`)");
    }
    let name = body.get("function_name").str().or(body.get("event").str()).unwrap_or("");
    let function = match kind {
        "process_lsm" => Function::hook(name),
        _ if is_raw(name) => args.raw_call().map_or(Function::of(name), Function::call),
        _ => Function::of(name),
    };
    if function.place == Place::Call {
        fact(event, "syscall", function.name);
    }
    event.outcome = outcome(&function, body);
    let (kind, arguments) = match function.kind {
        // Only numbers and pointers, in an order of their own.
        Some(kind) if is_raw(name) => (kind, Arguments::default()),
        Some(kind) => (kind, args.arranged(kind, &function)),
        // Unknown to the model: its objects are what the arguments name.
        None => (Kind::Plain(Action::Other), args.first()),
    };
    if kind == Kind::Execute {
        // The process record still shows the program that is being replaced.
        event.actor.argv.clear();
    }
    kernel_acts::apply(kind, &arguments, event);
}

/// The tracepoints of all system calls, which name the call by its number.
fn is_raw(name: &str) -> bool {
    matches!(name, "sys_enter" | "sys_exit")
}

/// Facts that all kinds of probes share.
pub(super) fn probe_facts(body: &Node<'_>, event: &mut Event) {
    for name in [
        "function_name",
        "policy_name",
        "message",
        "action",
        "return_action",
        "subsys",
        "event",
        "symbol",
        "offset",
        "ima_hash",
    ] {
        node_fact(event, name, body.get(name));
    }
    node_fact(event, "tags", body.get("tags"));
    for (at, argument) in body.get("args").items().iter().take(ARGUMENTS_MAX).enumerate() {
        for (kind, value) in argument.fields() {
            // Of a file the path is what matters.
            let value =
                if matches!(&**kind, "file_arg" | "path_arg" | "linux_binprm_arg") { value.get("path") } else { value };
            if kind.ends_with("_arg") || matches!(&**kind, "syscall_id" | "label") {
                node_fact(event, &format!("args.{at}.{kind}"), value);
            }
        }
    }
    if let Some((_, value)) = body.get("return").fields().first() {
        node_fact(event, "return", value);
    }
}

/// Tetragon overrode the call: it failed. Killing the caller does not say whether the call was done before that.
fn outcome(function: &Function<'_>, body: &Node<'_>) -> Outcome {
    let returned = body.get("return").fields().first().and_then(|field| field.1.int());
    match body.get("action").str().unwrap_or("") {
        "KPROBE_ACTION_OVERRIDE" => Outcome::Failed { code: returned.filter(|&code| code < 0).map(|code| -code) },
        _ => function.outcome(returned),
    }
}

/// The arguments in their order; a policy may have left out some.
#[derive(Default)]
struct Positional<'a> {
    /// Texts and paths.
    names: Vec<Cow<'a, str>>,
    numbers: Vec<i64>,
    socket: Option<String>,
    module: Option<&'a str>,
    raw_call: Option<(i64, Arch)>,
    command: Option<&'a str>,
    /// Whether a path lacks its upper part.
    incomplete: bool,
}

impl<'a> Positional<'a> {
    fn of(args: &'a Node<'_>) -> Self {
        let mut all = Self::default();
        for (kind, value) in args.items().iter().take(ARGUMENTS_MAX).flat_map(Node::fields) {
            match &**kind {
                "string_arg" => all.names.extend(value.str().map(Cow::Borrowed)),
                "path_arg" | "file_arg" | "linux_binprm_arg" => all.path(value),
                "int_arg" | "uint_arg" | "size_arg" | "long_arg" => all.numbers.extend(value.int()),
                "sock_arg" | "skb_arg" => all.socket = all.socket.take().or_else(|| remote(value)),
                "sockaddr_arg" => all.socket = address(value.get("addr"), value.get("port")),
                "module_arg" => all.module = value.get("name").str(),
                "bpf_prog_arg" | "bpf_attr_arg" => {
                    all.names.extend(value.any(&["name", "ProgName"]).str().map(Cow::Borrowed));
                }
                "bpf_cmd_arg" => all.command = value.str(),
                "syscall_id" => all.raw_call = value.get("id").int().map(|id| (id, abi(value.get("abi")))),
                _ => {}
            }
        }
        all
    }

    fn path(&mut self, value: &'a Node<'_>) {
        self.incomplete |= value.get("flags").str().is_some_and(|flags| flags.contains("unresolvedPathComponents"));
        self.names.extend(value.get("path").str().map(Cow::Borrowed));
    }

    /// `raw_syscalls` name the call by number only: as `syscall_id`, or as the first number.
    fn raw_call(&self) -> Option<&'static str> {
        let (number, arch) = self.raw_call.or_else(|| self.numbers.first().map(|&number| (number, Arch::X86_64)))?;
        syscalls::name(arch, u64::try_from(number).ok()?)
    }

    /// The first name as target, for functions of which nothing else is known.
    fn first(&self) -> Arguments<'a> {
        Arguments { target: self.names.first().cloned(), socket: self.socket.clone(), ..Arguments::default() }
    }

    fn arranged(&self, kind: Kind, function: &Function<'_>) -> Arguments<'a> {
        let name = |at: usize| self.names.get(at).cloned();
        let number = |at: usize| self.numbers.get(at).copied();
        // Calls with a directory descriptor have it first; a policy that selects one number only may have left it out.
        let at_call = function.place == Place::Call && function.name.ends_with("at");
        let dirfd = number(0).filter(|_| at_call && self.numbers.len() > 1);
        let mut arguments = Arguments { dirfd, ..self.first() };
        match kind {
            Kind::FromTo(_) | Kind::Mount if self.names.len() > 1 => {
                (arguments.source, arguments.target) = (name(0), name(1));
                arguments.file_system = name(2).filter(|_| kind == Kind::Mount);
                arguments.flags = self.numbers.last().copied().filter(|_| kind == Kind::Mount);
            }
            Kind::Mount => arguments.flags = self.numbers.last().copied(),
            Kind::Symlink if function.place == Place::Call && self.names.len() > 1 => {
                (arguments.source, arguments.target) = (name(0), name(1));
            }
            Kind::Open if function.name == "creat" => arguments.flags = Some(0o1101),
            Kind::Open if function.name == "open" => arguments.flags = number(0),
            Kind::Open if at_call => arguments.flags = number(1),
            Kind::Permission => arguments.flags = number(0),
            Kind::Map => (arguments.flags, arguments.mode) = (number(0), number(1)),
            Kind::Mknod => {
                let skipped = usize::from(at_call);
                (arguments.mode, arguments.rdev) = (number(skipped), number(skipped + 1));
            }
            // The mode is the only number besides descriptors, which stand before it.
            Kind::Chmod if matches!(function.name, "chmod" | "path_chmod" | "chmod_common") => {
                arguments.mode = number(0)
            }
            Kind::Chmod => arguments.mode = number(1),
            Kind::Setns => (arguments.descriptor, arguments.flags) = (number(0), number(1)),
            Kind::Unshare | Kind::Clone => arguments.flags = number(0),
            Kind::Signal => {
                (arguments.pid, arguments.number) =
                    (number(0), self.numbers.last().copied().filter(|_| self.numbers.len() > 1));
            }
            Kind::Ptrace => (arguments.number, arguments.pid) = (number(0), number(1)),
            Kind::Bpf => arguments.number = self.command.and_then(kernel_acts::bits).or(number(0)),
            Kind::Module => arguments.target = self.module.map(Cow::Borrowed).or(name(0)),
            _ => {}
        }
        arguments
    }
}

/// The architecture of a raw call: `x64`, `i386`, `arm64`.
fn abi(name: &Node<'_>) -> Arch {
    match name.str() {
        Some("arm64" | "aarch64") => Arch::Aarch64,
        Some("i386" | "x32_compat") => Arch::I386,
        _ => Arch::X86_64,
    }
}

fn remote(socket: &Node<'_>) -> Option<String> {
    address(socket.get("daddr"), socket.get("dport"))
}

/// `192.0.2.1:80`, `[2001:db8::1]:80`, a path.
fn address(host: &Node<'_>, port: &Node<'_>) -> Option<String> {
    let host = host.str()?;
    match (port.int(), host.contains(':')) {
        (Some(port), true) => Some(format!("[{host}]:{port}")),
        (Some(port), false) if !host.starts_with('/') => Some(format!("{host}:{port}")),
        _ => Some(host.to_string()),
    }
}
